"""A tree as a picture: SVG, the root on top, leaves side by side below."""

from __future__ import annotations

from eml.rpn import rpn
from eml.tree import Tree
from logic.errors import PorismError
from logic.notebook import fragment, plain

LARGEST = 2_000
WIDEST = 200
"""In a notebook, a tree with a larger K shows its measures only."""

STEP, DROP, MARGIN, RADIUS = 26, 44, 20, 10

STYLE = (
    "line{stroke:#888;stroke-width:1.2}circle{fill:#fff;stroke:#345;stroke-width:1.4}"
    "text{font:italic 14px serif;text-anchor:middle;fill:#123}"
    ".leaf{font-style:normal}@media(prefers-color-scheme:dark)"
    "{circle{fill:#223;stroke:#9bd}text{fill:#eef}}"
)


PLAIN_STYLE = (
    ".porism .tree{max-width:100%;height:auto}"
    ".porism .tree line{stroke:currentColor;stroke-opacity:.5}"
    ".porism .tree circle{fill:none;stroke:currentColor}"
    ".porism .tree text{font:italic 14px serif;text-anchor:middle;fill:currentColor}"
    ".porism .tree .leaf{font-style:normal}"
)
"""For a picture in a notebook, which has colours of its own."""


def svg(tree: Tree, *, style: bool = True) -> str:
    """The picture as the text of an SVG file.

    ``style``: with colours of its own, as a file by itself needs them.

    Raises
    ------
    PorismError : the tree is too large to look at.
    """
    if tree.k > LARGEST:
        raise PorismError(
            f"A tree with K = {tree.k:,} is too large to draw.", hint=f"K may be {LARGEST:,}."
        )
    lines: list[str] = []
    marks: list[str] = []
    leaves = 0
    # Post-order with the positions of finished subtrees on a second stack.
    stack: list[tuple[Tree, int, bool]] = [(tree, 0, False)]
    places: list[int] = []
    while stack:
        part, depth, ready = stack.pop()
        y = MARGIN + depth * DROP
        if part.left is None or part.right is None:
            x = MARGIN + leaves * STEP
            leaves += 1
            places.append(x)
            marks.append(f'<text class="leaf" x="{x}" y="{y + 5}">{plain(part.label)}</text>')
        elif not ready:
            stack += [(part, depth, True), (part.right, depth + 1, False)]
            stack.append((part.left, depth + 1, False))
        else:
            right, left = places.pop(), places.pop()
            x = (left + right) // 2
            places.append(x)
            for end in (left, right):
                lines.append(f'<line x1="{x}" y1="{y}" x2="{end}" y2="{y + DROP - 9}"/>')
            marks.append(f'<circle cx="{x}" cy="{y}" r="{RADIUS}"/>')
            marks.append(f'<text x="{x}" y="{y + 5}">{plain(part.operator.token)}</text>')
    width, height = 2 * MARGIN + (leaves - 1) * STEP, 2 * MARGIN + tree.depth * DROP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" class="tree">'
        f"<title>a tree with K = {tree.k}</title>{f'<style>{STYLE}</style>' if style else ''}"
        f"{''.join(lines)}{''.join(marks)}</svg>\n"
    )


def figure(tree: Tree) -> str:
    """The tree in a notebook: its measures, its RPN, and its picture unless it is too wide."""
    measures = f"K = {tree.k:,}, depth {tree.depth:,}, {tree.shared_size:,} shared"
    text = rpn(tree) if tree.k <= WIDEST else ""
    code = f"<p><code>{plain(text)}</code></p>" if text else ""
    drawn = svg(tree, style=False) if tree.k <= WIDEST else ""
    return fragment(f'{drawn}{code}<p class="soft">{measures}</p>', PLAIN_STYLE)
