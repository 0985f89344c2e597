"""Plots of points as SVG, in the colours of the page they stand on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 300, 74, 16, 16, 46


def scatter(
    points: Sequence[tuple[float, float]],
    across: str,
    up: str,
    *,
    labels: Sequence[str] = (),
    line: bool = False,
    marked: int = -1,
    logarithmic: bool = False,
    zero: bool = False,
) -> str:
    """Points in a frame with ticks.

    Parameters
    ----------
    labels : what a pointer on a point says.
    line : join them as steps going down.
    marked : the point that is shown large.
    logarithmic : the vertical axis shows powers of ten, and gets their exponents.
    zero : draw the horizontal line at 0.
    """
    good = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    if not good:
        return ""
    low_x, high_x = _range([x for x, _ in good])
    low_y, high_y = _range([y for _, y in good])

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (x - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (y - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM),
        )

    parts: list[str] = []
    for value in _ticks(low_x, high_x):
        x, _ = place(value, low_y)
        parts.append(f'<path class="tick" d="M{x:.1f} {HEIGHT - BOTTOM}v5"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 19}" text-anchor="middle">'
            f"{_say(value)}</text>"
        )
    for value in _ticks(low_y, high_y, whole=logarithmic):
        _, y = place(low_x, value)
        text = f"10{_superscript(round(value))}" if logarithmic else _say(value)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    if zero and low_y < 0 < high_y:
        parts.append(f'<path class="tick" d="M{LEFT} {place(low_x, 0)[1]:.1f}H{WIDTH - RIGHT}"/>')
    placed = [place(x, y) for x, y in good]
    if line and len(placed) > 1:
        path = f"M{placed[0][0]:.1f} {placed[0][1]:.1f}" + "".join(
            f"H{x:.1f}V{y:.1f}" for x, y in placed[1:]
        )
        parts.append(f'<path class="front" d="{path}"/>')
    for number, (x, y) in enumerate(placed):
        radius = 6 if number == marked else 3.5 if line else 2
        name = escape(labels[number]) if number < len(labels) else ""
        parts.append(
            f'<circle class="{"chosen" if number == marked else "point"}" cx="{x:.1f}" '
            f'cy="{y:.1f}" r="{radius}">{f"<title>{name}</title>" if name else ""}</circle>'
        )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" '
        f'text-anchor="middle">{escape(across)}</text>'
    )
    parts.append(
        f'<text class="axis" transform="translate(15 {middle}) rotate(-90)" '
        f'text-anchor="middle">{escape(up)}</text>'
    )
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(up)} against {escape(across)}">{"".join(parts)}</svg>'
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.05 or abs(low) * 0.05 or 1.0
    return low - room, high + room


def _ticks(low: float, high: float, whole: bool = False) -> list[float]:
    step = 10 ** math.floor(math.log10((high - low) / 3))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= 6:
            step *= factor
            break
    if whole:
        step = max(1, round(step))
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]


def _say(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _superscript(value: int) -> str:
    return str(value).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
