"""``Block``: a scope of the network with its eigenvariables, hypotheses and facts.

A block sees the facts of the blocks around it and of the root, never those of a sibling. Entering
a block adds its hypotheses to the rules in view; leaving it takes them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Or,
    fresh_name,
    split_forall,
    substitute,
)
from logic.terms import Sort, Term, Var
from logic.theory import Theory
from prover.facts import Fact, is_horn
from prover.fragment import Fragment, Origin
from prover.language import Language
from prover.rewriting import Rules


class Principle(msgspec.Struct, frozen=True):
    """An induction principle of the theory at actual parameters, and the step that grants it."""

    index: int
    premise: int
    base_set: Term
    start: Term
    successor: Term
    parameters: tuple[Term, ...]


class Block:
    """One scope of a proof in the making."""

    def __init__(
        self,
        rules: Rules,
        fragment: Fragment,
        scope: int,
        outer: Block | None = None,
    ) -> None:
        self.rules = rules
        self.language: Language = rules.language
        self.fragment = fragment
        self.scope = scope
        self.outer = outer
        self.values: dict[str, int] = dict(outer.values) if outer else {}
        self.names: dict[int, Term] = dict(outer.names) if outer else {}
        self.facts: list[Fact] = []
        self.absurd: int | None = None
        """A step of this block that states falsity, once its hypotheses are known to clash."""
        self.chained = 0
        """How many consequences of consequences are being drawn."""
        self.choices: list[tuple[int, Formula]] = []
        """Steps that claim a disjunction for all values of some variables."""
        self._taken: dict[tuple[Sort, bool], int] = dict(outer._taken) if outer else {}

    @classmethod
    def root(cls, rules: Rules) -> Block:
        """A fresh root block: no eigenvariables, no hypotheses."""
        return cls(rules, Fragment(), 0)

    @contextmanager
    def inner(
        self,
        variables: Sequence[Var],
        hypotheses: Sequence[Formula],
        high: bool | None = None,
    ) -> Iterator[Block]:
        """A block inside this one. Its hypotheses become facts by :meth:`hypotheses`.

        ``high`` says how its eigenvariables stand to constructors in the order; they are high where
        there are hypotheses about them, if nothing else is said.
        """
        scope = self.fragment.open(self.scope, variables, hypotheses)
        block = Block(self.rules, self.fragment, scope, self)
        block.constants(variables, bool(hypotheses) if high is None else high)
        self.rules.enter()
        try:
            yield block
        finally:
            self.rules.leave()

    def constants(self, variables: Sequence[Var], high: bool = False) -> dict[str, int]:
        """Give variables the next eigenconstants of their sorts; the ids of all in view by name."""
        fresh = self.language.fresh([v.sort for v in variables], self._taken, high)
        for v, constant in zip(variables, fresh, strict=True):
            self.values[v.name] = constant
            self.names[constant] = v
        return self.values

    def some_term(self, sort: Sort) -> int | None:
        """Any ground term of a sort over what is in view."""
        return self.language.some_term(sort, self.names)

    def fresh(self, variables: Sequence[Var], avoid: Sequence[str] = ()) -> list[Var]:
        """The variables, renamed where a name is in view already or is a symbol's."""
        signature = self.language.theory.signature
        taken = {*self.values, *avoid, *signature.functions, *signature.predicates}
        renamed = []
        for v in variables:
            name = fresh_name(v.name, taken)
            taken.add(name)
            renamed.append(Var(name, v.sort))
        return renamed

    def hypotheses(self) -> list[tuple[int, Formula]]:
        """This block's hypotheses as steps."""
        return [
            (self.fragment.add(self.scope, "hypothesis", (), h, of=self.scope, index=i), h)
            for i, h in enumerate(self.fragment.scopes[self.scope].hypotheses)
        ]

    def take(self, new: Fact) -> None:
        """Take a fact into local memory; a conditional equation serves as a rule too."""
        self.facts.append(new)
        if is_horn(new.formula):
            self.rules.add(new, self.values, conditional=isinstance(new.head, Equal))

    def contradiction(self) -> int | None:
        """A step in view that states falsity."""
        if self.absurd is not None or self.outer is None:
            return self.absurd
        return self.outer.contradiction()

    def all_choices(self) -> list[tuple[int, Formula]]:
        """The disjunctions claimed here, around here, and at the root, innermost first."""
        if self.outer is None:
            known = [(self.fragment.origin(o), o.formula) for o in self.rules.choices]
            return [*self.choices, *((s, f) for s, f in known if f is not None)]
        return [*self.choices, *self.outer.all_choices()]

    def local_facts(self) -> list[Fact]:
        """The facts of this block and of those around it, the root's excluded, outermost first."""
        return [*(self.outer.local_facts() if self.outer else []), *self.facts]

    def principles(self) -> list[Principle]:
        """The induction principles whose definition holds here."""
        found = []
        for index, induction in enumerate(self.language.theory.inductions):
            for known in self.local_facts():
                head = known.head
                if (
                    isinstance(head, Atom)
                    and head.predicate == induction.definition
                    and not (known.body or known.variables)
                    and isinstance(known.premise, int)
                ):
                    actual = dict(zip(induction.params, head.args, strict=True))
                    found.append(
                        Principle(
                            index,
                            known.premise,
                            actual[induction.base_set],
                            actual[induction.start],
                            actual[induction.successor],
                            head.args,
                        )
                    )
        return found

    def granted(self) -> list[Fact]:
        """The facts of blocks that assume the definition of an induction principle."""
        granting = {i.definition for i in self.language.theory.inductions}
        own = (
            self.facts
            if any(
                isinstance(h, Atom) and h.predicate in granting
                for h in self.fragment.scopes[self.scope].hypotheses
            )
            else []
        )
        return [*(self.outer.granted() if self.outer else []), *own]

    def assumptions(self) -> list[Formula]:
        """The hypotheses in view, but for atoms that the theory defines."""
        own = [
            h
            for h in self.fragment.scopes[self.scope].hypotheses
            if not (isinstance(h, Atom) and h.predicate in self.language.theory.definitions)
        ]
        return [*(self.outer.assumptions() if self.outer else []), *own]

    def unfold(self, step: int, atom: Formula) -> tuple[int, Formula] | None:
        """The meaning of an atom, where it is defined by something that is not Horn.

        A definition by an existential or a disjunction is opened where it is a hypothesis; others
        serve as facts.
        """
        if not isinstance(atom, Atom):
            return None
        meaning = definition_of(self.language.theory, atom)
        if meaning is None or not claims_choice(meaning[1]):
            return None
        origin, body, binding = meaning
        premise = self.fragment.origin(origin)
        iff = Iff(atom, body)
        if binding:
            premise = self.fragment.add(self.scope, "instance", [premise], iff, binding=binding)
        forward = self.fragment.add(self.scope, "iff_left", [premise], Implies(atom, body))
        return self.fragment.add(self.scope, "modus_ponens", [forward, step], body), body


def definition_of(theory: Theory, atom: Atom) -> tuple[Origin, Formula, dict[str, Term]] | None:
    """The definition of a defined predicate at the arguments of an atom."""
    definition = theory.definitions.get(atom.predicate)
    if definition is None:
        return None
    clause = definition.clauses[0]
    variables, matrix = split_forall(clause)
    if not isinstance(matrix, Iff) or not isinstance(matrix.left, Atom):
        return None
    binding: dict[str, Term] = {
        p.name: a for p, a in zip(matrix.left.args, atom.args, strict=True) if isinstance(p, Var)
    }
    if len(binding) != len(variables):
        return None
    origin = Origin("definition", atom.predicate, 0, clause)
    return origin, substitute(matrix.right, binding), binding


def claims_choice(formula: Formula) -> bool:
    """Whether a claim contains an existential or a disjunction, so that it has no Horn form."""
    match formula:
        case Exists() | Or():
            return True
        case And(a, b) | Iff(a, b):
            return claims_choice(a) or claims_choice(b)
        case Forall(_, body) | Implies(_, body):
            return claims_choice(body)
        case _:
            return False
