"""Parts of the real axis on which a form may hold."""

from __future__ import annotations

REGIONS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("real", (-3.7, -1.9, -0.83, -0.29, 0.31, 0.77, 1.3, 2.2, 3.9)),
    ("> 0", (0.31, 0.77, 1.3, 2.2, 3.9)),
    ("in (-1, 1)", (-0.83, -0.29, 0.31, 0.77)),
    ("in (0, 1)", (0.31, 0.54, 0.77)),
    ("> 1", (1.3, 2.2, 3.9)),
    ("< 0", (-3.7, -1.9, -0.83, -0.29)),
)
"""Where a compiled tree is tried, the largest region first, and the test points of each."""
