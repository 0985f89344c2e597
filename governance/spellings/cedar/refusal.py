"""``NotCovered``: what of Cedar the policy core does not have."""

from __future__ import annotations

from logic.errors import PorismError


class NotCovered(PorismError):
    """Something of Cedar that the core does not have."""
