"""``Slice``: a part of a budget."""

from __future__ import annotations

from logic.budget import Budget


class Slice(Budget):
    """A part of a budget: spent with the whole, or at its own time on the whole's clock."""

    def __init__(self, whole: Budget, seconds: float) -> None:
        left = whole.remaining()
        super().__init__(seconds if left is None else None)
        self._whole = whole
        self._end = -1.0 if left is None else left - seconds

    def remaining(self) -> float | None:
        left = self._whole.remaining()
        return super().remaining() if left is None else max(0.0, left - self._end)

    def spent(self) -> bool:
        if self._whole.spent() or super().spent():
            return True
        left = self._whole.remaining()
        return left is not None and left <= self._end
