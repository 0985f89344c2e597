"""Reading a certificate (docs/certificate.md) back as a :class:`~proofs.graph.ProofGraph`.

This is the inverse of :mod:`proofs.certificate`, for showing proofs and looking things up. It
trusts what it reads: whether the file proves anything is for :mod:`proofs.check` to say. A file
that is no certificate gives a :class:`~logic.errors.PorismError` with the line.

Formulas in a certificate state everything (a sort at every binder, no numerals), so a small parser
by precedences is enough, and fast: a proof of a thousand steps holds tens of thousands of tokens.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from logic import operators as op
from logic.errors import PorismError
from logic.formulas import (
    FALSE,
    TRUE,
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
)
from logic.terms import App, Sort, Term, Var, match_sort, substitute_sort
from logic.theory import (
    DataType,
    Definition,
    Function,
    Induction,
    Predicate,
    Signature,
    Theory,
)
from proofs.graph import ProofGraph, Step, Theorem

_TOKEN = re.compile(rf"[\w']+|[{re.escape(op.CHARACTERS)}]+|\S")
_JOIN: dict[str, Callable[[Formula, Formula], Formula]] = {
    "<->": Iff,
    "->": Implies,
    "or": Or,
    "and": And,
}


def read_certificate(path: str | os.PathLike[str]) -> ProofGraph:
    """The proof graph in a certificate; its theorems have a name, a step and a formula.

    Raises
    ------
    PorismError
        if the file cannot be read or is not a certificate.
    """
    file = os.fspath(path)
    number = 0
    try:
        with open(path, encoding="utf-8") as lines:
            reader: _Reader | None = None
            for number, text in enumerate(lines, 1):  # noqa: B007 - the message below needs it
                line = json.loads(text)
                if reader is None:
                    reader = _Reader(read_theory(line["theory"]))
                else:
                    reader.line(line)
        if reader is None:
            raise _Malformed("the file is empty")
        return reader.graph
    except OSError as error:
        raise PorismError(f"The certificate {file} cannot be read: {error.strerror}.") from None
    except (
        _Malformed,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        detail = f": {error}" if isinstance(error, _Malformed) else ""
        raise PorismError(
            f"{file}: line {number} is not a line of a certificate{detail}.",
            hint="`porism check` tells whether a certificate is whole.",
        ) from None


def read_theory(header: Mapping[str, Any]) -> Theory:
    """The theory that a certificate's header states.

    A header has no goals and no declared variables, and of a definition only its clauses.
    """
    signature = Signature({}, {}, {}, {})
    sorts, types = header.get("sorts", []), header.get("data", {})
    known = {*sorts, *types}
    for name in sorts:
        signature.sorts[name] = Sort(name)

    def sort(text: str) -> Sort:
        return read_sort(text, known)

    constructors = {c for data in types.values() for c in data["constructors"]}
    defined = header.get("definitions", {})
    for name, (args, result) in header.get("functions", {}).items():
        kind: Literal["function", "constructor", "defined"] = "function"
        if name in constructors or name in defined:
            kind = "constructor" if name in constructors else "defined"
        signature.functions[name] = Function(name, tuple(map(sort, args)), sort(result), kind)
    for name, args in header.get("predicates", {}).items():
        signature.predicates[name] = Predicate(
            name, tuple(map(sort, args)), "defined" if name in defined else "predicate"
        )
    for name, data in types.items():
        own = Sort(name, tuple(Sort(p, parameter=True) for p in data["params"]))
        signature.data[name] = DataType(
            own, tuple(signature.functions[c] for c in data["constructors"])
        )
    theory = Theory(header["name"], signature)
    parser = Parser(signature)
    for name, texts in defined.items():
        clauses = tuple(map(parser.formula, texts))
        recursive = name in signature.functions and len(clauses) > 1
        theory.definitions[name] = Definition(name, clauses, recursive, clauses)
    for name, text in header.get("axioms", {}).items():
        theory.axioms[name] = parser.formula(text)
    theory.inductions = tuple(
        Induction(i["definition"], tuple(i["params"]), i["set"], i["from"], i["by"])
        for i in header.get("inductions", [])
    )
    return theory


def read_sort(text: str, known: Iterable[str]) -> Sort:
    """``Nat``, ``List(A)``; a name that is not known is a type parameter."""
    tokens = _Tokens(text)
    sort = _sort(tokens, set(known))
    tokens.end()
    return sort


class _Malformed(Exception):
    """The text is not in the certificate's form."""


_UNREADABLE = (_Malformed, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading raises when a line is not as the format says."""


class _Reader:
    """The graph so far."""

    def __init__(self, theory: Theory) -> None:
        self.graph = ProofGraph(theory)
        self.parser = Parser(theory.signature)
        self.views: list[dict[str, Sort]] = [{}]  # the variables in view, for each scope

    def line(self, line: dict[str, Any]) -> None:
        if "rule" in line:
            self.step(line)
        elif "scope" in line:
            self.scope(line)
        elif "theorem" in line:
            formula = self.parser.formula(line["formula"])
            self.graph.conclude(Theorem(line["theorem"], line["step"], formula))
        elif "end" not in line:
            raise _Malformed("it is neither a scope, a step, a theorem nor the end")

    def scope(self, line: dict[str, Any]) -> None:
        parent = self.views[line["in"]]
        sorts = {name: self.parser.sort(text) for name, text in line["vars"].items()}
        view = {**parent, **sorts}
        self.graph.open(
            line["in"],
            [Var(name, sort) for name, sort in sorts.items()],
            [self.parser.formula(h, view) for h in line["assume"]],
        )
        self.views.append(view)

    def step(self, line: dict[str, Any]) -> None:
        view = self.views[line["in"]]
        premises = tuple(line.get("from", ()))
        if not all(isinstance(p, int) and 0 < p <= len(self.graph.steps) for p in premises):
            raise _Malformed("a premise is not a step above")
        binding = line.get("with")
        sorts = line.get("sorts")
        path = line.get("at")
        self.graph.steps.append(
            Step(
                len(self.graph.steps) + 1,
                line["in"],
                line["rule"],
                premises,
                self.parser.formula(line["formula"], view),
                line.get("name"),
                line.get("index"),
                line.get("of"),
                None if path is None else tuple(path),
                line.get("reverse", False),
                None
                if binding is None
                else {name: self.parser.term(text, view) for name, text in binding.items()},
                None
                if sorts is None
                else {name: self.parser.sort(text) for name, text in sorts.items()},
                tuple(line.get("scopes", ())),
            )
        )


# -- formulas --------------------------------------------------------------------------------


class _Tokens:
    def __init__(self, text: str) -> None:
        self.items: list[str] = _TOKEN.findall(text)
        self.at = 0
        self.closing: dict[int, int] = {}
        open_ones: list[int] = []
        for i, token in enumerate(self.items):
            if token == "(":
                open_ones.append(i)
            elif token == ")" and open_ones:
                self.closing[open_ones.pop()] = i

    def after_parenthesis(self) -> str:
        """The token behind the parenthesis that opens here."""
        return self.peek(self.closing.get(self.at, self.at) + 1 - self.at)

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.items[place] if place < len(self.items) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def take(self, token: str) -> bool:
        if self.peek() == token:
            self.at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise _Malformed(f"'{token}' is missing before '{self.peek()[:40]}'")

    def end(self) -> None:
        if self.peek():
            raise _Malformed(f"'{self.peek()[:40]}' is too much")

    def list(self) -> Iterator[None]:
        """One turn for each item of a parenthesised list whose ``(`` has been taken."""
        yield
        while self.take(","):
            yield
        self.expect(")")


def _sort(tokens: _Tokens, known: set[str]) -> Sort:
    name = tokens.next()
    if not re.fullmatch(r"[\w']+", name):
        raise _Malformed(f"'{name[:40]}' is not a sort")
    args = [_sort(tokens, known) for _ in tokens.list()] if tokens.take("(") else []
    return Sort(name, tuple(args), parameter=name not in known)


class _Ascribed(NamedTuple):
    """A term written with its sort: ``(nil : List(Nat))``."""

    term: Any
    sort: Sort


class _Open(Exception):
    """The sort of a term does not follow from the term alone (``nil``)."""


class Parser:
    """Formulas and terms of a signature in the certificate's form."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.known = {*signature.sorts, *signature.data}

    def sort(self, text: str) -> Sort:
        return read_sort(text, self.known)

    def formula(self, text: str, variables: Mapping[str, Sort] | None = None) -> Formula:
        """A formula in which the given names are variables."""
        tokens = _Tokens(text)
        result = self._formula(tokens, variables or {}, 0)
        tokens.end()
        return result

    def term(self, text: str, variables: Mapping[str, Sort] | None = None) -> Term:
        """A term in which the given names are variables."""
        tokens = _Tokens(text)
        raw = self._operand(tokens, variables or {}, op.SUM)
        tokens.end()
        return self._settle(raw, None)

    def _formula(self, tokens: _Tokens, view: Mapping[str, Sort], level: int) -> Formula:
        left = self._simple(tokens, view)
        while (found := op.CONNECTIVES.get(tokens.peek())) and found.level >= level:
            join = _JOIN[tokens.next()]
            right = self._formula(
                tokens, view, found.level + (0 if found.associates == "right" else 1)
            )
            left = join(left, right)
        return left

    def _simple(self, tokens: _Tokens, view: Mapping[str, Sort]) -> Formula:
        word = tokens.peek()
        if word in ("forall", "exists"):
            tokens.next()
            bound = self._binders(tokens)
            body = self._formula(tokens, {**view, **{v.name: v.sort for v in bound}}, 0)
            return Forall(bound, body) if word == "forall" else Exists(bound, body)
        if word in ("true", "false"):
            tokens.next()
            return TRUE if word == "true" else FALSE
        if tokens.take("not"):
            return Not(self._formula(tokens, view, op.NOT))
        if word == "(" and not self._is_name(tokens):
            # A parenthesis opens a formula, unless what follows it makes it the start of a term.
            after = tokens.after_parenthesis()
            if after in ("", ")") or after in op.CONNECTIVES:
                tokens.next()
                inner = self._formula(tokens, view, 0)
                tokens.expect(")")
                return inner
        return self._relation(tokens, view)

    def _relation(self, tokens: _Tokens, view: Mapping[str, Sort]) -> Formula:
        left = self._operand(tokens, view, op.SUM)
        symbol = tokens.peek()
        if symbol in ("=", "!="):
            tokens.next()
            right = self._operand(tokens, view, op.SUM)
            equal = self._equal(left, right)
            return equal if symbol == "=" else Not(equal)
        if op.is_operator(symbol) and symbol not in op.RESERVED:
            tokens.next()
            return self._atom(symbol, [left, self._operand(tokens, view, op.SUM)])
        if not isinstance(left, (Var, _Ascribed)) and left[0] in self.signature.predicates:
            return self._atom(left[0], left[1])
        raise _Malformed(f"a relation is missing before '{symbol[:40]}'")

    def _binders(self, tokens: _Tokens) -> tuple[Var, ...]:
        bound: list[Var] = []
        names: list[str] = []
        while True:
            names.append(self._name(tokens))
            if tokens.take(":"):
                sort = _sort(tokens, self.known)
                bound += [Var(name, sort) for name in names]
                names = []
            if tokens.take("."):
                break
            tokens.expect(",")
        if names:
            raise _Malformed(f"the variable {names[0]} has no sort")
        return tuple(bound)

    # Terms are read in two steps: what stands where, as pairs of a symbol and its arguments, and
    # then the sorts, which for a constant such as nil depend on what stands around it.

    def _operand(self, tokens: _Tokens, view: Mapping[str, Sort], level: int) -> Any:
        left = self._primary(tokens, view)
        while (found := self._infix(tokens.peek())) and found.level >= level:
            symbol = tokens.next()
            tight = found.level + (0 if found.associates == "right" else 1)
            left = (symbol, [left, self._operand(tokens, view, tight)])
        return left

    def _infix(self, symbol: str) -> op.Operator | None:
        """How a function's operator binds; one that is not in the table stands with ``+``."""
        if symbol in self.signature.functions and op.is_operator(symbol):
            return op.FUNCTIONS.get(symbol, op.FUNCTIONS["+"])
        return None

    def _primary(self, tokens: _Tokens, view: Mapping[str, Sort]) -> Any:
        if tokens.peek() == "(" and not self._is_name(tokens):
            tokens.next()
            inner = self._operand(tokens, view, op.SUM)
            if tokens.take(":"):
                inner = _Ascribed(inner, _sort(tokens, self.known))
            tokens.expect(")")
            return inner
        name = self._name(tokens)
        if name in view:
            return Var(name, view[name])
        args = []
        if tokens.take("("):
            args = [self._operand(tokens, view, op.SUM) for _ in tokens.list()]
        return (name, args)

    @staticmethod
    def _is_name(tokens: _Tokens) -> bool:
        return tokens.peek(2) == ")" and op.is_operator(tokens.peek(1))

    def _name(self, tokens: _Tokens) -> str:
        if tokens.peek() == "(" and self._is_name(tokens):
            tokens.at += 3
            return tokens.peek(-2)
        name = tokens.next()
        if not re.fullmatch(r"[\w']+", name) or name in op.WORDS:
            raise _Malformed(f"'{name[:40]}' is not a name")
        return name

    def _equal(self, left: Any, right: Any) -> Formula:
        try:
            first = self._sorted(left, None)
        except _Open:
            second = self._settle(right, None)
            return Equal(self._settle(left, second.sort), second)
        return Equal(first, self._settle(right, first.sort))

    def _atom(self, symbol: str, args: list[Any]) -> Formula:
        predicate = self.signature.predicates.get(symbol)
        if predicate is None or len(predicate.args) != len(args):
            raise _Malformed(f"there is no predicate {symbol[:40]} of {len(args)} arguments")
        return Atom(symbol, self._arguments(args, predicate.args, {}))

    def _settle(self, raw: Any, expected: Sort | None) -> Term:
        """A term; a sort that nothing fixes stays the parameter of the declaration."""
        try:
            return self._sorted(raw, expected)
        except _Open:
            return self._sorted(raw, expected, settle=True)

    def _sorted(self, raw: Any, expected: Sort | None, settle: bool = False) -> Term:
        if isinstance(raw, Var):
            return raw
        if isinstance(raw, _Ascribed):
            return self._sorted(raw.term, raw.sort, settle)
        symbol, args = raw
        function = self.signature.functions.get(symbol)
        if function is None or len(function.args) != len(args):
            raise _Malformed(f"there is no function {symbol[:40]} of {len(args)} arguments")
        binding: dict[str, Sort] = {}
        if expected is not None:
            match_sort(function.result, expected, binding)
        terms = self._arguments(args, function.args, binding, settle)
        if not settle and not _parameters(function.result) <= binding.keys():
            raise _Open
        return App(symbol, terms, substitute_sort(function.result, binding))

    def _arguments(
        self,
        args: list[Any],
        sorts: tuple[Sort, ...],
        binding: dict[str, Sort],
        settle: bool = True,
    ) -> tuple[Term, ...]:
        """Arguments in their places; those that fix their own sorts help the others."""
        terms: list[Term | None] = []
        for raw, sort in zip(args, sorts, strict=True):
            fixed = _parameters(sort) <= binding.keys()
            try:
                term = self._sorted(raw, substitute_sort(sort, binding) if fixed else None)
                match_sort(sort, term.sort, binding)
                terms.append(term)
            except _Open:
                terms.append(None)
        for i, (raw, sort) in enumerate(zip(args, sorts, strict=True)):
            if terms[i] is None:
                fixed = _parameters(sort) <= binding.keys()
                expected = substitute_sort(sort, binding) if fixed else None
                terms[i] = self._sorted(raw, expected, settle)
        return tuple(t for t in terms if t is not None)


def _parameters(sort: Sort) -> set[str]:
    if sort.parameter:
        return {sort.name}
    return set().union(*map(_parameters, sort.args))
