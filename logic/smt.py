"""The one bridge from our formulas to Z3.

A :class:`Translator` walks terms and formulas; what a symbol, an ``=`` or a quantifier means in Z3
is decided by the :class:`Interpretation` it is given. :class:`FiniteDomains` reads every sort as a
finite set and every quantifier as a conjunction or disjunction over it; an interpretation over
integers or text is one more subclass. A :class:`Solver` asks, reproducibly.

Z3 is imported when the first context is made, not when this module is. Its Python interface has no
types: its values are called ``Expr`` here and are opaque outside this file.
"""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

from logic.errors import PorismError, nearest
from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
)
from logic.terms import App, If, Sort, Term, Var
from logic.theory import Signature

Expr: TypeAlias = Any
"""A Z3 expression; a formula becomes a Boolean one."""

Environment: TypeAlias = Mapping[str, Expr]
"""What the free variables of a formula stand for, by name."""

Answer: TypeAlias = Literal["sat", "unsat", "unknown"]


def z3_module() -> Any:
    """Z3's Python module, imported on first use."""
    import z3  # type: ignore[import-untyped]

    return z3


class Interpretation(ABC):
    """What symbols, equality and quantifiers mean in Z3.

    An interpretation owns a Z3 context of its own, so that two of them can be used from two
    threads, and so that expressions are numbered, and searches run, the same way each time.
    """

    def __init__(self, context: Any = None) -> None:
        self.z3 = z3_module()
        self.context = self.z3.Context() if context is None else context

    def all(self, parts: Sequence[Expr]) -> Expr:
        """The conjunction of Boolean expressions.

        Z3's own ``And`` looks at the sort of each part; large encodings spend most of their time
        there.
        """
        z3 = self.z3
        if len(parts) < 2:
            return parts[0] if parts else z3.BoolVal(True, self.context)
        array = (z3.Ast * len(parts))(*[p.as_ast() for p in parts])
        return z3.BoolRef(z3.Z3_mk_and(self.context.ref(), len(parts), array), self.context)

    def any(self, parts: Sequence[Expr]) -> Expr:
        """The disjunction of Boolean expressions."""
        z3 = self.z3
        if len(parts) < 2:
            return parts[0] if parts else z3.BoolVal(False, self.context)
        array = (z3.Ast * len(parts))(*[p.as_ast() for p in parts])
        return z3.BoolRef(z3.Z3_mk_or(self.context.ref(), len(parts), array), self.context)

    @abstractmethod
    def apply(self, symbol: str, sort: Sort, args: Sequence[Expr]) -> Expr:
        """A function symbol, with the sort of its result, applied to translated arguments."""

    @abstractmethod
    def atom(self, predicate: str, args: Sequence[Expr]) -> Expr:
        """A predicate symbol applied to translated arguments."""

    @abstractmethod
    def forall(self, variables: Sequence[Var], body: Callable[[Environment], Expr]) -> Expr:
        """A universal quantifier; ``body`` translates what it governs, given the variables."""

    @abstractmethod
    def exists(self, variables: Sequence[Var], body: Callable[[Environment], Expr]) -> Expr:
        """An existential quantifier, likewise."""

    def equal(self, left: Expr, right: Expr) -> Expr:
        """``left = right``; Z3's own equality unless an interpretation knows better."""
        return left == right


class Translator:
    """Terms and formulas to Z3 expressions, over one interpretation."""

    def __init__(self, interpretation: Interpretation) -> None:
        self._meaning = interpretation
        self._z3 = interpretation.z3

    def term(self, term: Term, environment: Environment) -> Expr:
        """Translate a term whose free variables ``environment`` binds."""
        match term:
            case Var(name):
                return environment[name]
            case App(symbol, args, sort):
                return self._meaning.apply(symbol, sort, [self.term(a, environment) for a in args])
            case If(condition, then, otherwise):
                return self._z3.If(
                    self.formula(condition, environment),
                    self.term(then, environment),
                    self.term(otherwise, environment),
                )

    def formula(self, formula: Formula, environment: Environment) -> Expr:
        """Translate a formula whose free variables ``environment`` binds."""
        z3 = self._z3
        match formula:
            case Atom(predicate, args):
                return self._meaning.atom(predicate, [self.term(a, environment) for a in args])
            case Equal(left, right):
                return self._meaning.equal(
                    self.term(left, environment), self.term(right, environment)
                )
            case Truth(value):
                return z3.BoolVal(value, self._meaning.context)
            case Not(body):
                return z3.Not(self.formula(body, environment))
            case And(left, right):
                return self._meaning.all(
                    [self.formula(left, environment), self.formula(right, environment)]
                )
            case Or(left, right):
                return self._meaning.any(
                    [self.formula(left, environment), self.formula(right, environment)]
                )
            case Implies(left, right):
                return z3.Implies(self.formula(left, environment), self.formula(right, environment))
            case Iff(left, right):
                return self.formula(left, environment) == self.formula(right, environment)
            case Forall(variables, body) | Exists(variables, body):
                inner = body

                def governed(bound: Environment) -> Expr:
                    return self.formula(inner, {**environment, **bound})

                if isinstance(formula, Forall):
                    return self._meaning.forall(variables, governed)
                return self._meaning.exists(variables, governed)


class FiniteDomains(Interpretation):
    """Every sort a finite set, its elements numbered from 0; quantifiers are written out.

    An element is a bit-vector of just enough bits and a symbol an uninterpreted function over
    them; :meth:`bounds` keeps it from taking values that are no element. Measured against
    enumeration sorts, bounded integers and one-hot Booleans, for groups, lattices, rings and
    quasigroups of 4 to 8 elements: bit-vectors are never far behind the best of these, and they
    are built fifteen times faster than one-hot clauses, which dominate the time there.

    Parameters
    ----------
    signature : the sorts and symbols; sorts must be uninterpreted and symbols monomorphic.
    sizes : how many elements each sort has, by name; at least one each.
    """

    def __init__(self, signature: Signature, sizes: Mapping[str, int]) -> None:
        super().__init__()
        z3 = self.z3
        self._signature = signature
        self._sizes = dict(sizes)
        self._sorts = {
            name: z3.BitVecSort(max(1, (size - 1).bit_length()), self.context)
            for name, size in sizes.items()
        }
        self._elements = {
            name: [z3.BitVecVal(k, self._sorts[name], self.context) for k in range(size)]
            for name, size in sizes.items()
        }
        # ``!`` opens no name of ours, so these cannot meet Z3's own or each other.
        self._functions = {
            f.name: z3.Function(f"f!{f.name}", *map(self._sort, f.args), self._sort(f.result))
            for f in signature.functions.values()
        }
        self._predicates = {
            p.name: z3.Function(f"p!{p.name}", *map(self._sort, p.args), z3.BoolSort(self.context))
            for p in signature.predicates.values()
        }
        # Instances of an axiom share most of their subterms; looking one up is cheaper than
        # having Z3 build it again.
        self._applied: dict[tuple[int, ...], Expr] = {}

    def _sort(self, sort: Sort) -> Expr:
        if sort.args or sort.parameter or sort.name not in self._sorts:
            raise PorismError(
                f"The sort '{sort}' has no finite domain.",
                hint=nearest(str(sort), self._sorts) or "Only uninterpreted sorts can have one.",
            )
        return self._sorts[sort.name]

    def element(self, sort: str, number: int) -> Expr:
        """The element of that number."""
        return self._elements[sort][number]

    def constant(self, name: str, sort: str) -> Expr:
        """An element that the signature does not name, for a formula's variable to stand for."""
        return self.z3.Const(f"w!{name}", self._sorts[sort])

    def within(self, sort: str, value: Expr) -> list[Expr]:
        """The constraints that make ``value`` one of the elements; none if all bit patterns are."""
        size = self._sizes[sort]
        return [] if size == 1 << value.size() else [self.z3.ULT(value, size)]

    def rows(self, args: Sequence[Sort]) -> Iterator[tuple[int, ...]]:
        """All tuples of element numbers of these sorts, in lexicographic order."""
        return itertools.product(*(range(self._sizes[sort.name]) for sort in args))

    def cell(self, function: str, row: Sequence[int]) -> Expr:
        """The value of a function at given elements: one cell of its table."""
        declared = self._signature.functions[function]
        args = [self.element(s.name, k) for s, k in zip(declared.args, row, strict=True)]
        return self.apply(function, declared.result, args)

    def holds(self, predicate: str, row: Sequence[int]) -> Expr:
        """The truth of a predicate at given elements."""
        declared = self._signature.predicates[predicate]
        args = [self.element(s.name, k) for s, k in zip(declared.args, row, strict=True)]
        return self.atom(predicate, args)

    def apply(self, symbol: str, sort: Sort, args: Sequence[Expr]) -> Expr:
        return self._once(self._functions[symbol], args)

    def atom(self, predicate: str, args: Sequence[Expr]) -> Expr:
        return self._once(self._predicates[predicate], args)

    def _once(self, symbol: Expr, args: Sequence[Expr]) -> Expr:
        key = (symbol.get_id(), *(a.get_id() for a in args))
        found = self._applied.get(key)
        if found is None:
            found = self._applied[key] = symbol(*args)
        return found

    def forall(self, variables: Sequence[Var], body: Callable[[Environment], Expr]) -> Expr:
        return self.z3.And([body(bound) for bound in self._instances(variables)])

    def exists(self, variables: Sequence[Var], body: Callable[[Environment], Expr]) -> Expr:
        return self.z3.Or([body(bound) for bound in self._instances(variables)])

    def _instances(self, variables: Sequence[Var]) -> Iterator[dict[str, Expr]]:
        for v in variables:
            self._sort(v.sort)
        names = [v.name for v in variables]
        for row in itertools.product(*(self._elements[v.sort.name] for v in variables)):
            yield dict(zip(names, row, strict=True))


class Solver:
    """A Z3 solver that gives the same answer to the same questions on every machine.

    Its seed is fixed, and a question is bounded by *effort*, Z3's own count of work done (some four
    million a second); a bound in milliseconds may be added for safety, and is the one thing that
    can make two runs differ.
    """

    def __init__(self, interpretation: Interpretation, measured: bool = True) -> None:
        self._z3 = interpretation.z3
        self._measured = measured
        # The plain incremental solver: the strategies that Z3 picks for a logic cost more to set
        # up than questions of this size take, and are lost with the first ``push``.
        self._solver = self._z3.SimpleSolver(ctx=interpretation.context)
        # Z3 would otherwise take Ctrl-C away from the program for the length of a question.
        self._solver.set(random_seed=0, ctrl_c=False)
        self._bounds = (0, 0)
        self.effort = 0
        """What the questions so far have cost, if the solver is *measured*: looking takes longer
        than a small question."""

    def add(self, *constraints: Expr) -> None:
        """Assert constraints, until the scope they are added in ends."""
        self._solver.add(*constraints)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Forget, at the end, what is added within."""
        self._solver.push()
        try:
            yield
        finally:
            self._solver.pop()

    def check(
        self, effort: int, milliseconds: int | None = None, assuming: Sequence[Expr] = ()
    ) -> Answer:
        """Whether the constraints, and what is assumed for this question only, can hold together.

        ``unknown`` when a bound struck.
        """
        before = self._count() if self._measured else 0
        self._bound(effort, 2**32 - 1 if milliseconds is None else max(1, milliseconds))
        answer: Answer = str(self._solver.check(*assuming))  # type: ignore[assignment]
        if self._measured:
            self.effort += self._count() - before
        return answer

    def core(
        self, assumptions: Sequence[Expr], effort: int, milliseconds: int | None = None
    ) -> list[int] | None:
        """The numbers of a minimal set of assumptions that the constraints rule out together.

        None if the constraints allow all of them, or no answer was found. The set is minimal as far
        as the effort goes: none of it can be left out.
        """
        if self.check(effort, milliseconds, assumptions) != "unsat":
            return None
        found = {e.get_id() for e in self._solver.unsat_core()}
        kept = [i for i, a in enumerate(assumptions) if a.get_id() in found]
        for i in tuple(kept):
            fewer = [j for j in kept if j != i]
            if self.check(effort, milliseconds, [assumptions[j] for j in fewer]) == "unsat":
                kept = fewer
        return kept

    def _bound(self, effort: int, milliseconds: int) -> None:
        if self._bounds != (effort, milliseconds):
            self._bounds = (effort, milliseconds)
            self._solver.set(rlimit=max(1, effort), timeout=milliseconds)

    def smtlib(self) -> str:
        """The constraints as an SMT-LIB script that asks whether they can hold together."""
        return str(self._solver.to_smt2())

    def value(self, expression: Expr) -> bool | int | str:
        """The value of a Boolean, an integer or a text, where the answer was sat."""
        z3, found = self._z3, self._solver.model().eval(expression, model_completion=True)
        if z3.is_bool(found):
            return bool(z3.is_true(found))
        if z3.is_string(found):
            return unescape(found.as_string())
        return int(found.as_long())

    def values(self, expressions: Sequence[Expr]) -> list[int]:
        """The values of bit-vectors, integers and Booleans (0, 1), where the answer was sat."""
        z3, model = self._z3, self._solver.model()
        found = [model.eval(e, model_completion=True) for e in expressions]
        return [int(z3.is_true(v)) if z3.is_bool(v) else int(v.as_long()) for v in found]

    def _count(self) -> int:
        return int(self._solver.statistics().get_key_value("rlimit count"))


_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\u([0-9a-fA-F]{4})")


def unescape(text: str) -> str:
    """A text as Z3 prints it: what is not printable ASCII, and the backslash, as ``\\u{...}``."""
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), text)


def escape(text: str) -> str:
    """A text as Z3 reads it; the inverse of how it prints one."""
    return "".join(c if 32 <= ord(c) < 127 and c != "\\" else f"\\u{{{ord(c):x}}}" for c in text)
