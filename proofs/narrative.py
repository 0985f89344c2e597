"""A theorem's proof as a person would write it: what there is to show.

A certificate lists inferences; a mathematician writes blocks ("Induction on n"), chains of
equalities with a reason beside each, and says nothing about bookkeeping. :mod:`proofs.narrate`
turns the first into the second; :mod:`proofs.text` and :mod:`proofs.html` show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from logic.formulas import FALSE, Formula
from logic.terms import Term, Var

Named = Literal["axiom", "theorem", "definition", "hypothesis", "step", "rule"]


class Reason(msgspec.Struct, frozen=True):
    """Why a line holds.

    ``kind`` says what ``name`` names; for ``hypothesis`` and ``step`` the target is ``scope`` and
    ``index``, or ``step``. ``reverse``: an equation used from right to left. ``binding`` is the
    substitution, ``given`` the facts that discharge the law's premises.
    """

    kind: Named
    name: str = ""
    step: int = 0
    scope: int = 0
    index: int = 0
    reverse: bool = False
    binding: tuple[tuple[str, Term], ...] = ()
    given: tuple[Reason, ...] = ()


class Link(msgspec.Struct, frozen=True):
    """One more member of a chain: what it is, why, and where it differs from the one before.

    ``path`` leads to the changed subterm, in this member and in the one before alike; ``None``
    when the whole member changed.
    """

    to: Term | Formula
    reason: Reason
    path: tuple[int, ...] | None = None
    step: int = 0


class Chain(msgspec.Struct, frozen=True):
    """``start = ... = ...`` (terms), or ``start <-> ... <-> ...`` (formulas, of which the first
    holds by ``because``, and so the last)."""

    step: int
    start: Term | Formula
    links: tuple[Link, ...]
    relation: Literal["=", "<->"] = "="
    because: Reason | None = None


class Claim(msgspec.Struct, frozen=True):
    """One formula and its reason."""

    step: int
    formula: Formula
    reason: Reason


class Hypothesis(msgspec.Struct, frozen=True):
    """An assumption of a part, to be found again by (scope, index)."""

    scope: int
    index: int
    formula: Formula


class Part(msgspec.Struct, frozen=True):
    """What is shown under some eigenvariables and hypotheses.

    ``role`` is what the part is for; an induction's part has ``pattern``, the variable and the
    constructor term that stands for it. ``goal`` is what the body arrives at.
    """

    role: Literal["let", "base", "step", "case", "suppose", "obtain", "part"]
    scope: int
    vars: tuple[Var, ...]
    hypotheses: tuple[Hypothesis, ...]
    goal: Formula
    body: tuple[Item, ...]
    pattern: tuple[Var, Term] | None = None
    number: int = 0

    @property
    def renewed(self) -> bool:
        """Whether the pattern reuses its variable: ``n`` to ``succ(n)``, no equation."""
        return self.pattern is not None and self.pattern[0].name in {v.name for v in self.vars}


class Block(msgspec.Struct, frozen=True):
    """A scope-closing step: ``kind`` is its rule, ``because`` the disjunction, existential or
    definition that it starts from."""

    step: int
    kind: str
    formula: Formula
    parts: tuple[Part, ...]
    because: Reason | None = None
    variable: Var | None = None
    given: tuple[Reason, ...] = ()

    @property
    def simple(self) -> bool:
        """Whether it has one part only, which reads on in line where nothing follows."""
        return len(self.parts) == 1 and self.kind not in ("induction", "set_induction", "cases")


class Opening(msgspec.Struct, frozen=True):
    """The first words of a simple block ("Let n : Nat.") whose body follows in line."""

    block: Block

    @property
    def part(self) -> Part:
        return self.block.parts[0]


Item: TypeAlias = Chain | Claim | Block


class Narrative(msgspec.Struct, frozen=True):
    """The proof of one theorem.

    ``steps`` are the steps that it shows or folds, in order, theorems it cites excluded; ``labels``
    numbers the items that others refer to; ``hypotheses`` names the assumptions; ``cited`` are the
    axioms, definitions and theorems among the reasons, as (kind, name), in order of first use.
    """

    name: str
    formula: Formula
    body: tuple[Item, ...]
    steps: tuple[int, ...]
    labels: dict[int, str]
    hypotheses: dict[tuple[int, int], str]
    cited: tuple[tuple[Named, str], ...]


def parts_of(item: Item) -> tuple[Part, ...]:
    """The parts of a block; none for other items."""
    return item.parts if isinstance(item, Block) else ()


def walk(body: tuple[Item, ...]) -> Iterator[Item | Part]:
    """Every item and part in reading order."""
    stack: list[Item | Part] = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        below = node.body if isinstance(node, Part) else parts_of(node)
        stack.extend(reversed(below))


def in_line(body: tuple[Item, ...]) -> list[Item | Opening]:
    """A body with every simple block that ends it opened, so that the proof reads on."""
    shown: list[Item | Opening] = list(body)
    while shown and isinstance(last := shown[-1], Block) and last.simple:
        shown[-1:] = [Opening(last), *last.parts[0].body]
    return shown


def reasons_of(item: Item) -> Iterator[Reason]:
    """All reasons an item gives for itself, those for premises included; not those of its parts."""
    stack: list[Reason] = []
    match item:
        case Chain(because=because, links=links):
            stack = [*([because] if because else []), *(link.reason for link in links)]
        case Claim(reason=reason):
            stack = [reason]
        case Block(because=because, given=given):
            stack = [*([because] if because else []), *given]
    stack.reverse()
    while stack:
        reason = stack.pop()
        yield reason
        stack.extend(reversed(reason.given))


def is_false(formula: Formula) -> bool:
    """Whether a formula is ``false``: the end of a proof by contradiction."""
    return formula == FALSE


def is_sentence(reason: Reason) -> bool:
    """Whether a rule's name reads after "since" ("succ is injective") rather than after "by"."""
    ends = ("the same", "is injective", " differ", "from a contradiction")
    return reason.kind == "rule" and reason.name.endswith(ends)
