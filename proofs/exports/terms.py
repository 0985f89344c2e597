"""Names, sorts and terms in the syntax of a proof assistant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property

from logic.errors import PorismError
from logic.formulas import Formula
from logic.terms import App, Sort, Term, Var, match_sort, parameters, substitute_sort
from logic.theory import Function, Predicate
from proofs.exports.anatomy import all_variables
from proofs.exports.definitions import Definitions
from proofs.exports.naming import Names
from proofs.exports.parameters import symbol_parameters
from proofs.graph import ProofGraph


class Terms(ABC):
    """The names of one proof graph's sorts, symbols and variables, and what is made of them."""

    reserved: frozenset[str] = frozenset()
    infix: Mapping[str, tuple[int, str]] = {}  # how the system's reader binds operators
    unit = ("unit", "tt")  # a type with one element, and the element

    def __init__(self, graph: ProofGraph) -> None:
        self.graph = graph
        self.theory = graph.theory
        self.signature = graph.theory.signature
        self.names = Names(self.reserved)
        self.infixes: set[str] = set()  # operators that can be written as such by now
        self.sort_elements: dict[str, str] = {}
        # of the lemma that is being written:
        self.own_params: tuple[str, ...] = ()
        self.alias: dict[str, str] = {}  # type parameters that go by another one's name for now
        self.own_elements: dict[str, str] = {}
        self.count = 0
        self._name_everything()

    @cached_property
    def defined(self) -> Definitions:
        """What the theory's definitions become."""
        return Definitions(self.theory)

    # -- names -------------------------------------------------------------------------------

    def _name_everything(self) -> None:
        """Symbols keep their names before variables do, and nothing hides anything else."""
        signature, theory = self.signature, self.theory
        for kind, names in (
            ("sort", [*signature.sorts, *signature.data]),
            ("symbol", [*signature.functions, *signature.predicates]),
            ("theorem", self.graph.theorems),
            ("axiom", theory.axioms),
        ):
            for name in names:
                _ = self.names[kind, name]
        self.section = self.names["theory", theory.name]
        for variable in all_variables(self.graph):
            _ = self.names["variable", variable]

    def symbol(self, name: str) -> str:
        return self.names["symbol", name]

    def var(self, name: str) -> str:
        # A name that the writer has made itself comes as it is.
        return name[1:] if name[:1] == "\1" else self.names["variable", name]

    def local(self, stem: str) -> str:
        """A name for a hypothesis or a stated step of this lemma."""
        while True:
            self.count += 1
            name = f"{stem}{self.count}"
            if name not in self.names:
                return name

    # -- sorts and their elements ------------------------------------------------------------

    def sort(self, sort: Sort, tight: bool = False) -> str:
        if sort.parameter:
            known = sort.name in self.own_params
            if sort.name in self.alias:
                return self.names["param", self.alias[sort.name]]
            return self.names["param", sort.name] if known else self.unit[0]
        name = self.names["sort", sort.name]
        if not sort.args:
            return name
        text = " ".join([name, *(self.sort(a, tight=True) for a in sort.args)])
        return f"({text})" if tight else text

    def element(self, sort: Sort) -> str:
        """A term of a sort; where only the assumption that sorts are not empty gives one, that."""
        if sort.parameter:
            if sort.name not in self.own_params:
                return self.unit[1]
            if sort.name not in self.own_elements:
                stem = f"{self.names['param', sort.name]}_element"
                self.own_elements[sort.name] = self.names["element", stem]
            return self.own_elements[sort.name]
        if sort.name in self.signature.data:
            found = self._ground(sort, frozenset())
            if found is None:
                raise PorismError(f"The data type {sort.name} has no element.")
            return self.term(found, known=False, tight=True)
        if sort.name not in self.sort_elements:
            stem = f"{self.names['sort', sort.name]}_element"
            self.sort_elements[sort.name] = self.names["element", stem]
        return self.sort_elements[sort.name]

    def _ground(self, sort: Sort, seen: frozenset[str]) -> Term | None:
        """A term without variables; a sort that is no data type gives a variable in its place."""
        if sort.parameter or sort.name not in self.signature.data:
            return Var(f"\0{sort}", sort)
        if sort.name in seen:
            return None
        for constructor in sorted(self.signature.constructors(sort), key=lambda c: len(c.args)):
            values: dict[str, Sort] = {}
            match_sort(constructor.result, sort, values)
            args = []
            for argument in constructor.args:
                found = self._ground(substitute_sort(argument, values), seen | {sort.name})
                if found is None:
                    break
                args.append(found)
            else:
                return App(constructor.name, tuple(args), sort)
        return None

    # -- terms and formulas ------------------------------------------------------------------

    def fixes_its_sort(self, term: Term) -> bool:
        """Whether the term alone tells its sort, so that the system can infer it."""
        if isinstance(term, App):
            function = self.signature.functions[term.symbol]
            told: set[str] = set()
            for sort, argument in zip(function.args, term.args, strict=True):
                if self.fixes_its_sort(argument):
                    told |= parameters(sort)
            return parameters(function.result) <= told
        return True

    def sort_arguments(
        self, symbol: Function | Predicate, args: Sequence[Term], own: Sort | None
    ) -> list[Sort]:
        """The sorts that stand for a symbol's type parameters here."""
        values: dict[str, Sort] = {}
        for sort, argument in zip(symbol.args, args, strict=True):
            match_sort(sort, argument.sort, values)
        if own is not None and isinstance(symbol, Function):
            match_sort(symbol.result, own, values)
        return [values[p] for p in symbol_parameters(symbol)]

    def term(self, term: Term, *, known: bool = True, level: int = 0, tight: bool = False) -> str:
        """A term; ``known``: its place tells its sort; ``level``: operators down to it are bare."""
        if isinstance(term, Var):
            return self.element(term.sort) if term.name[:1] == "\0" else self.var(term.name)
        if not isinstance(term, App):
            raise PorismError("A certificate holds no 'if'.")
        function = self.signature.functions[term.symbol]
        return self._application(function, term.args, term.sort, known, level, tight)

    def _application(
        self,
        symbol: Function | Predicate,
        args: tuple[Term, ...],
        own: Sort | None,
        known: bool,
        level: int,
        tight: bool,
    ) -> str:
        name = self.symbol(symbol.name)
        told = parameters(symbol.result) if known and isinstance(symbol, Function) else set()
        for sort, argument in zip(symbol.args, args, strict=True):
            if self.fixes_its_sort(argument):
                told |= parameters(sort)
        result = parameters(symbol.result) if isinstance(symbol, Function) else set()
        if symbol.name in self.defined.pointed or not result <= told:
            sorts = self.sort_arguments(symbol, args, own)
            name = self.explicit(name, symbol)
            words = [name, *(self.sort(s, tight=True) for s in sorts)]
            if symbol.name in self.defined.pointed:
                words += map(self.element, sorts)
            words += [self.term(a, tight=True) for a in args]
            text = " ".join(words)
            return f"({text})" if tight else text
        inner = [parameters(sort) <= told for sort in symbol.args]
        if symbol.name in self.infixes and len(args) == 2:
            at, side = self.infix[symbol.name]
            # In Rocq a lower level binds tighter.
            left = self.term(args[0], known=inner[0], level=at if side == "left" else at - 1)
            right = self.term(args[1], known=inner[1], level=at if side == "right" else at - 1)
            text = f"{left} {symbol.name} {right}"
            return f"({text})" if tight or at > (level or 69) else text
        if not args:
            return name
        words = [self.term(a, known=k, tight=True) for a, k in zip(args, inner, strict=True)]
        text = " ".join([name, *words])
        return f"({text})" if tight else text

    def explicit(self, name: str, symbol: Function | Predicate) -> str:
        """A symbol that is given its type parameters."""
        return name if symbol.name in self.defined.pointed else f"@{name}"

    @abstractmethod
    def formula(self, formula: Formula, level: int = 200) -> str: ...

    def binders(self, variables: Sequence[Var]) -> str:
        """``x y : Nat``, or in parentheses if there are several sorts."""
        groups: list[tuple[list[str], Sort]] = []
        for v in variables:
            if groups and groups[-1][1] == v.sort:
                groups[-1][0].append(self.var(v.name))
            else:
                groups.append(([self.var(v.name)], v.sort))
        texts = [f"{' '.join(names)} : {self.sort(sort)}" for names, sort in groups]
        return texts[0] if len(texts) == 1 else " ".join(f"({text})" for text in texts)
