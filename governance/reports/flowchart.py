"""The picture of a workflow: its nodes in rows, from the start down, as inline SVG.

A node stands one row below the nearest one that leads to it. Edges that lead down are curves
between rows; those that lead back, or along a row, go around at the right.
"""

from __future__ import annotations

from html import escape

from governance.workflows.ir import Assign, Branch, Cut, End, Fork, Join, Node, Perform, Workflow

_ROW, _GAP, _HEIGHT, _PAD = 62, 18, 28, 14
_SHOWN = 26
MOST_NODES = 150
"""Larger workflows are not drawn whole, but as far as some of their nodes."""


def flowchart(workflow: Workflow, wanted: list[str] | None = None) -> str:
    """The picture, or an empty text if there would be too much to see.

    ``wanted`` are the nodes to draw where there are more than can be.
    """
    names = list(workflow.nodes)
    if len(names) > MOST_NODES:
        names = [n for n in names if n in set(wanted or ())][:MOST_NODES]
        if not names:
            return ""
    rows = _rows(workflow, names)
    widths = {n: 16 + 7.2 * len(_label(workflow.nodes[n])) for n in names}
    at: dict[str, tuple[float, float]] = {}
    total = max(sum(widths[n] + _GAP for n in row) for row in rows)
    for number, row in enumerate(rows):
        x = (total - sum(widths[n] + _GAP for n in row)) / 2 + _GAP / 2
        for name in row:
            at[name] = (x + widths[name] / 2, _PAD + number * _ROW + _HEIGHT / 2)
            x += widths[name] + _GAP
    level = {n: i for i, row in enumerate(rows) for n in row}
    lines, back = [], 0
    for name in names:
        for target in dict.fromkeys(workflow.nodes[name].targets()):
            if target not in at:
                continue
            (x, y), (u, v) = at[name], at[target]
            if level[target] > level[name]:
                top, bottom = y + _HEIGHT / 2, v - _HEIGHT / 2
                bend = (bottom - top) / 2
                path = f"M{x:.0f} {top:.0f}C{x:.0f} {top + bend:.0f} {u:.0f} {bottom - bend:.0f} "
                path += f"{u:.0f} {bottom:.0f}"
            else:
                back += 1
                side = total + 10 + 9 * (back % 6)
                right, end = x + widths[name] / 2, u + widths[target] / 2
                path = f"M{right:.0f} {y:.0f}C{side + 30:.0f} {y:.0f} {side + 30:.0f} {v:.0f} "
                path += f"{end:.0f} {v:.0f}"
            lines.append(f'<path marker-end="url(#arrow)" d="{path}"/>')
    boxes = [_box(workflow.nodes[n], at[n], widths[n], n == workflow.start) for n in names]
    width, height = total + 100, len(rows) * _ROW + _PAD
    return (
        f'<svg class="picture flow" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="{escape(workflow.name, quote=True)}: {len(names)} nodes">'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto-start-reverse"><polygon points="0,1 8,4 0,7"/></marker>'
        f"</defs>{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _rows(workflow: Workflow, names: list[str]) -> list[list[str]]:
    known = set(names)
    level: dict[str, int] = {}
    todo = [workflow.start] if workflow.start in known else names[:1]
    for name in todo:
        level[name] = 0
    rest = [n for n in names if n not in level]
    while todo or rest:
        if not todo:
            name = next((n for n in rest if n not in level), "")
            if not name:
                break
            level[name] = max(level.values(), default=0) + 1
            todo = [name]
        following = []
        for name in todo:
            for target in workflow.nodes[name].targets():
                if target in known and target not in level:
                    level[target] = level[name] + 1
                    following.append(target)
            join = getattr(workflow.nodes[name], "join", "")
            if join in known and join not in level:
                continue
        todo = following
    rows: list[list[str]] = [[] for _ in range(max(level.values(), default=0) + 1)]
    for name in names:
        rows[level[name]].append(name)
    return [row for row in rows if row]


def _label(node: Node) -> str:
    text = node.name
    if isinstance(node, Perform) and node.tool not in node.name:
        text = f"{node.name}: {node.tool}"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _kind(node: Node) -> str:
    match node:
        case Perform():
            return "human" if node.human else "perform"
        case Branch():
            return "branch"
        case End():
            return "end"
        case Cut():
            return "cut"
        case Assign():
            return "assign"
        case Fork() | Join():
            return "fork"
    return "node"


def _box(node: Node, at: tuple[float, float], width: float, start: bool) -> str:
    x, y = at
    kind = _kind(node)
    round_ = 13 if kind in ("end", "branch") else 3
    title = escape(node.name)
    if isinstance(node, Cut):
        title = escape(node.reason)
    classes = f"{kind} start" if start else kind
    return (
        f'<g class="{classes}" data-node="{escape(node.name, quote=True)}"><title>{title}</title>'
        f'<rect x="{x - width / 2:.0f}" y="{y - _HEIGHT / 2:.0f}" width="{width:.0f}" '
        f'height="{_HEIGHT}" rx="{round_}"/>'
        f'<text x="{x:.0f}" y="{y + 4.5:.0f}">{escape(_label(node))}</text></g>'
    )
