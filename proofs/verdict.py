"""``Verdict``: what may be said about a claim, and nothing softer."""

from __future__ import annotations

from typing import Literal

import msgspec


class Verdict(msgspec.Struct, frozen=True):
    """PROVED, REFUTED (with a counterexample), BOUNDED (none up to a bound) or UNKNOWN (a reason).

    NUMERIC is for equations that agree to some number of digits at some points, and no more.

    ``detail`` is a phrase: the theorem's name, the bound, or the reason. ``counterexample`` maps
    variables to values, both as text.
    """

    status: Literal["PROVED", "REFUTED", "BOUNDED", "NUMERIC", "UNKNOWN"]
    detail: str = ""
    counterexample: dict[str, str] | None = None

    def __str__(self) -> str:
        if self.status == "REFUTED" and self.counterexample:
            point = ", ".join(f"{name} = {value}" for name, value in self.counterexample.items())
            return f"REFUTED: {point}" + (f": {self.detail}" if self.detail else "")
        return f"{self.status}({self.detail})" if self.detail else self.status

    def _repr_html_(self) -> str:
        from proofs.html.notebook import verdict_html

        return verdict_html(self)
