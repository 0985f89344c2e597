"""States, choices and the request of one node, in Z3: the parts of a transition relation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from governance.analysis.encode import Encoder
from governance.analysis.meaning import Past, Totals
from governance.analysis.moments import Subject, Weighed
from governance.conditions import label_of
from governance.policy import Rule
from governance.schema import Tool
from governance.workflows.ir import Perform
from logic.formulas import TRUE, Formula
from logic.smt import Expr
from logic.terms import Sort, Term

if TYPE_CHECKING:
    from governance.workflows.transition import System


class State(NamedTuple):
    """A state in Z3: everything is an expression."""

    place: Expr
    values: dict[str, Expr]
    labels: dict[tuple[str, str], Expr]
    past: dict[str, Expr]

    def parts(self) -> list[Expr]:
        """All of them, in one order."""
        return [self.place, *self.values.values(), *self.labels.values(), *self.past.values()]


class Choices(NamedTuple):
    """What the world decides in one step: which case, which outcome, which response."""

    case: Expr
    outcome: Expr
    responses: dict[Sort, Expr]


class Taken(NamedTuple):
    """One step: what it satisfies, the state after it, whether the claim is refuted in it."""

    constraint: Expr
    after: State
    bad: Expr
    decisions: dict[str, Weighed]


class Placed(Subject):
    """The request of one node in one state."""

    encoder: Encoder

    def __init__(self, system: System, node: Perform, state: State, past: Past) -> None:
        self.encoder = system.encoder
        self.tool: Tool = system.workflow.schema.tools[node.tool]
        self.looked_up = {}
        meaning = system.encoder.meaning
        self.principal = node.principal or system.workflow.principal or "agent"
        self._past = past
        schema = system.workflow.schema
        self.held = schema.above(schema.principals.get(self.principal, ()))
        self.environment: dict[str, Expr] = {
            "principal": meaning.text(self.principal),
            "tool": meaning.text(node.tool),
            "now": system.now,
            **{label_of(n).name: e for n, e in system.label(node, state).items()},
        }
        known = system.translated(node.args, state)
        for p in self.tool.parameters:
            if p.name in known:
                self.environment[p.name] = known[p.name]
        given = set(node.args)
        self.totals = Totals(lambda name: name in given or name in _SPECIAL or " " in name)

    def hit(self, rule: Rule, past: Past) -> Expr:
        if not self._speaks(rule):
            return self.encoder.meaning.any([])
        if rule.condition == TRUE:
            return self.encoder.meaning.all([])
        return self.truth(self.totals.when_true(rule.condition))

    def _speaks(self, rule: Rule) -> bool:
        return not rule.who or any(
            w.name == self.principal or (w.relation == "in" and w.name in self.held)
            for w in rule.who
        )

    def truth(self, formula: Formula) -> Expr:
        """A total formula about this request."""
        self._here()
        return self.encoder.translator.formula(formula, self.environment)

    def value(self, term: Term) -> Expr:
        """A term about this request."""
        self._here()
        return self.encoder.translator.term(term, self.environment)

    def _here(self) -> None:
        meaning = self.encoder.meaning
        meaning.past, meaning.principal = self._past, self.environment["principal"]
        true = meaning.all([])
        meaning.roles = dict.fromkeys(self.held, true)


_SPECIAL = frozenset({"principal", "tool", "now"})
