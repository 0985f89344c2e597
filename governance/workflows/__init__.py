"""Workflows under policies: what runs, what must hold, and verdicts with runs that show them."""
