"""The block network: a theory in, a proof graph out.

Two verbs: ``explore(theory)`` enumerates, tests and proves conjectures; ``prove(theory, goals)``
proves given goals, with what exploration finds on the way as lemmas. Both return an
:class:`Outcome`.
"""

from prover.outcome import Outcome, Progress, Stats
from prover.search import explore, prove

__all__ = ["Outcome", "Progress", "Stats", "explore", "prove"]
