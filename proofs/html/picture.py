"""The dependency picture: what rests on what, in layers from the axioms up, as inline SVG.

The layout is Sugiyama's in small: every theorem stands above all that it uses, layers hold a
bounded number of nodes, long edges bend through the layers they cross, and a few sweeps put each
node near its neighbours. Edges that follow from others are left out.

The graph page reads nodes (``#n0``, ``#n1``, ...), places and lines (``data-e``, the numbers of
both ends) from this picture, which also stands alone where scripts do not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

_ROW, _GAP, _HEIGHT, _BEND = 62, 16, 26, 8
_HIGHEST = 240  # a row, where a wide picture would otherwise be a thin band
_WIDEST = 7  # nodes in a layer, and more in large pictures, which grow in both directions
_SHOWN = 22  # characters of a name


class Node(NamedTuple):
    """``key`` is unique; the words of ``kind`` become classes, ``title`` a tooltip.

    Without ``href`` a node leads nowhere.
    """

    key: str
    label: str
    href: str
    kind: str
    title: str


def picture(nodes: Sequence[Node], uses: Mapping[str, Sequence[str]], caption: str) -> str:
    """The picture of ``nodes``, each of which uses earlier ones only."""
    index = {node.key: i for i, node in enumerate(nodes)}
    below = _reduced([[index[u] for u in uses.get(n.key, ()) if u in index] for n in nodes])
    ground = {"axiom", "definition"}
    widest = max(_WIDEST, round(len(nodes) ** 0.5))
    layers = _layers(below, [n.kind in ground for n in nodes], widest)
    level = {i: k for k, layer in enumerate(layers) for i in layer}
    widths = [_text_width(n.label) for n in nodes]
    paths: list[tuple[int, int, list[int]]] = []
    links: list[tuple[int, int]] = []
    for i, targets in enumerate(below):
        for j in targets:
            chain = [j]
            for k in range(level[j] + 1, level[i]):
                widths.append(_BEND)
                layers[k].append(len(widths) - 1)
                chain.append(len(widths) - 1)
            chain.append(i)
            links += pairwise(chain)
            paths.append((j, i, chain))
    x = _place(layers, links, widths)
    left = min((x[i] - widths[i] / 2 for i in range(len(widths))), default=0.0)
    x = [at - left + _GAP for at in x]
    width = max((x[i] + widths[i] / 2 for i in range(len(widths))), default=0.0) + _GAP
    row = min(max(_ROW, round(width / (2 * len(layers)))), _HIGHEST) if layers else _ROW
    height = len(layers) * row
    y = {i: height - (k + 0.5) * row for k, layer in enumerate(layers) for i in layer}
    out = [
        f'<svg class="picture" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" role="group" aria-label="{escape(caption)}">'
    ]
    for j, i, chain in paths:
        out.append(f'<path data-e="{j} {i}" d="{_curve([(x[c], y[c]) for c in chain])}"/>')
    for i, node in enumerate(nodes):
        w = widths[i]
        opening = f'a id="n{i}" href="{escape(node.href)}"' if node.href else "g"
        title = f"<title>{escape(node.title)}</title>" if node.title else ""
        label = escape(_short(node.label))
        out.append(
            f'<{opening} class="{node.kind}">{title}'
            f'<rect x="{x[i] - w / 2:.0f}" y="{y[i] - _HEIGHT / 2:.0f}" width="{w:.0f}" '
            f'height="{_HEIGHT}" rx="4"/>'
            f'<text x="{x[i]:.0f}" y="{y[i] + 4:.0f}">{label}</text></{opening[0]}>'
        )
    return "".join(out) + "</svg>"


def _short(label: str) -> str:
    return label if len(label) <= _SHOWN else label[: _SHOWN - 1] + "…"


def _text_width(label: str) -> float:
    return 18 + 7.6 * len(_short(label))


def _reduced(below: list[list[int]]) -> list[list[int]]:
    """Without the edges that a longer way says already."""
    reach: list[int] = []
    kept: list[list[int]] = []
    for targets in below:
        through = 0
        for j in targets:
            through |= reach[j]
        kept.append(sorted({j for j in targets if not through >> j & 1}))
        own = through
        for j in targets:
            own |= 1 << j
        reach.append(own)
    return kept


def _layers(below: list[list[int]], ground: list[bool], widest: int) -> list[list[int]]:
    """The lowest layer for each node that has room; axioms have the lowest ones for themselves."""
    layers: list[list[int]] = []
    level: list[int] = []
    floor = -(-sum(ground) // widest)
    for i, targets in enumerate(below):
        at = max((level[j] + 1 for j in targets), default=0 if ground[i] else floor)
        while at < len(layers) and len(layers[at]) >= widest:
            at += 1
        while len(layers) <= at:
            layers.append([])
        layers[at].append(len(level))
        level.append(at)
    return layers


def _place(
    layers: list[list[int]], links: list[tuple[int, int]], widths: list[float]
) -> list[float]:
    """The abscissa of every node, no two of a layer overlapping."""
    down: list[list[int]] = [[] for _ in widths]
    up: list[list[int]] = [[] for _ in widths]
    for j, i in links:
        down[i].append(j)
        up[j].append(i)
    x = [0.0] * len(widths)
    for layer in layers:
        _spread(layer, [0.0] * len(layer), widths, x)
    for sweep in range(12):
        near = down if sweep % 2 == 0 else up
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wish = {i: _mean([x[j] for j in near[i]], x[i]) for i in layer}
            layer.sort(key=lambda i: (wish[i], i))
            _spread(layer, [wish[i] for i in layer], widths, x)
    return x


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _spread(layer: list[int], wish: list[float], widths: list[float], x: list[float]) -> None:
    """As near to the wished places as the order and the widths allow (pool adjacent violators)."""
    offset = 0.0
    offsets: list[float] = []
    for k, i in enumerate(layer):
        if k:
            a, b = widths[layer[k - 1]], widths[i]
            # Lines that cross a layer side by side need less room than names do.
            offset += (a + b) / 2 + (0 if a == b == _BEND else _GAP)
        offsets.append(offset)
    pools: list[list[float]] = []  # [sum of wishes, count]
    for k in range(len(layer)):
        pools.append([wish[k] - offsets[k], 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    k = 0
    for total, count in pools:
        for _ in range(int(count)):
            x[layer[k]] = total / count + offsets[k]
            k += 1


def _curve(points: list[tuple[float, float]]) -> str:
    """From the top of the lower node to the bottom of the upper one, upright at every bend."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    points = [(x0, y0 - _HEIGHT / 2), *points[1:-1], (x1, y1 + _HEIGHT / 2)]
    path = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for (ax, ay), (bx, by) in pairwise(points):
        middle = (ay + by) / 2
        path += f"C{ax:.0f} {middle:.0f} {bx:.0f} {middle:.0f} {bx:.0f} {by:.0f}"
    return path
