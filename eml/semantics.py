"""``Semantics``: in which arithmetic a tree is read. It is part of every result.

A tree that is valid under ``REAL`` is valid under all the others, with the same value.
"""

from __future__ import annotations

from enum import StrEnum

from logic.errors import PorismError, nearest


class Semantics(StrEnum):
    """An arithmetic for exp and ln.

    * ``real``: ln of positive numbers only.
    * ``real_extended``: the reals with ±∞, where ln 0 = −∞, exp(−∞) = 0, exp(∞) = ln ∞ = ∞; ∞ − ∞
      is undefined.
    * ``complex``: the principal branch, −π < Im ln z ≤ π; ln 0 is undefined.
    * ``complex_extended``: the principal branch, and ln 0 = −∞ and so on as in real_extended. This
      is how the paper's programs read a tree.
    * ``complex_lower``: as ``complex``, with −π ≤ Im ln z < π.
    """

    REAL = "real"
    REAL_EXTENDED = "real_extended"
    COMPLEX = "complex"
    COMPLEX_EXTENDED = "complex_extended"
    COMPLEX_LOWER = "complex_lower"

    @property
    def is_real(self) -> bool:
        return self in (Semantics.REAL, Semantics.REAL_EXTENDED)

    @property
    def extended(self) -> bool:
        """Whether −∞ and ∞ are values."""
        return self in (Semantics.REAL_EXTENDED, Semantics.COMPLEX_EXTENDED)

    def admits(self, other: Semantics) -> bool:
        """Whether what is valid under the other semantics is valid, with that value, under this."""
        return self == other or other in _BELOW[self]


_BELOW: dict[Semantics, frozenset[Semantics]] = {
    Semantics.REAL: frozenset(),
    Semantics.REAL_EXTENDED: frozenset({Semantics.REAL}),
    Semantics.COMPLEX: frozenset({Semantics.REAL}),
    Semantics.COMPLEX_LOWER: frozenset({Semantics.REAL}),
    Semantics.COMPLEX_EXTENDED: frozenset(
        {Semantics.REAL, Semantics.REAL_EXTENDED, Semantics.COMPLEX}
    ),
}


def parse_semantics(text: str) -> Semantics:
    """The semantics of that name.

    Raises
    ------
    PorismError : there is none.
    """
    try:
        return Semantics(text.replace("-", "_"))
    except ValueError:
        names = [s.value for s in Semantics]
        raise PorismError(
            f"There is no semantics '{text}'.",
            hint=nearest(text, names) or f"Choose from {', '.join(names)}.",
        ) from None
