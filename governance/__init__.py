"""Policies: what is allowed, decided in microseconds and analysed with counterexamples."""
