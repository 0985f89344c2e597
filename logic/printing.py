"""Formulas and terms as text, with as few parentheses as their precedences allow.

Two forms matter. The *certificate form*, ``show(formula)``, states everything: ASCII, a sort at
every binder, constructors spelled out. The *human form*, ``show(formula, signature=...,
variables=..., numerals=True)``, says what an author would write: numerals and list brackets, no
sorts and no outer quantifiers for the names that ``var`` declares. Both are MPL.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from logic import operators as op
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
    forall,
    split_forall,
)
from logic.terms import App, If, Sort, Term, Var, parameters
from logic.theory import DataType, Signature, Theory

# A parenthesised or primary text has the highest level; a text's level is that of its operator.
_Text = tuple[str, int]


def show(
    node: Formula | Term,
    *,
    signature: Signature | None = None,
    variables: Mapping[str, Var] | None = None,
    sorts: bool = True,
    numerals: bool = False,
    unicode: bool = False,
    ascribe: Signature | None = None,
) -> str:
    """A formula or term as MPL text.

    Parameters
    ----------
    node : what to show.
    signature : needed for ``numerals``: tells which data types have numerals and lists.
    variables : names that ``var`` declares. With it, outer universal quantifiers over them are
        dropped, and binders of them show no sort.
    sorts : show the sorts of bound variables (except those that ``variables`` gives).
    numerals : write closed successor chains from 1 on as numerals, and lists in brackets.
    unicode : write ``∀ ∧ ≤ ·`` for ``forall and <= *``, and so on.
    ascribe : the signature to which a polymorphic constant owes its sort. With it, one whose sort
        its neighbours do not determine is written ``(nil : List(A))``, as a certificate needs.

    Examples
    --------
    >>> from logic.terms import Sort, Var, App
    >>> nat = Sort("Nat")
    >>> n, m = Var("n", nat), Var("m", nat)
    >>> law = Forall((n, m), Equal(App("+", (n, m), nat), App("+", (m, n), nat)))
    >>> show(law)
    'forall n, m : Nat. n + m = m + n'
    >>> show(law, variables={"n": n, "m": m}, unicode=True)
    'n + m = m + n'
    """
    writer = _Writer(signature if numerals else None, variables or {}, sorts, unicode, ascribe)
    if variables and isinstance(node, Forall):
        bound, body = split_forall(node)
        kept = tuple(v for v in bound if variables.get(v.name) != v)
        # A name bound twice means its inner binder: then nothing can be dropped safely.
        if len({v.name for v in bound}) == len(bound):
            node = forall(kept, body)
    return writer.write(node)[0]


def show_in(theory: Theory, node: Formula | Term, *, unicode: bool = False) -> str:
    """The human form: as the author of ``theory`` would write it."""
    return show(
        node,
        signature=theory.signature,
        variables=theory.variables,
        numerals=True,
        unicode=unicode,
    )


def formula_text(node: Formula | Term, signature: Signature, variables: Mapping[str, Var]) -> str:
    """The human form with every quantifier kept: what a printer of whole theories needs."""
    return _Writer(signature, variables, True, False).write(node)[0]


def show_name(name: str, *, unicode: bool = False) -> str:
    """A symbol or variable as a name: operators stand in parentheses."""
    if not op.is_operator(name):
        return name
    return f"({op.UNICODE.get(name, name) if unicode else name})"


# -- data types with their own notation ----------------------------------------------------------


def numeral_constructors(data: DataType) -> tuple[str, str] | None:
    """The zero and successor of a data type whose values have numerals.

    It has one constant and one constructor whose only argument is of the type itself.
    """
    if data.sort.args or len(data.constructors) != 2:
        return None
    zero, successor = sorted(data.constructors, key=lambda c: len(c.args))
    if not zero.args and successor.args == (data.sort,):
        return zero.name, successor.name
    return None


def list_constructors(data: DataType) -> tuple[str, str] | None:
    """The empty list and the joining constructor of a data type written in brackets.

    It has one constant and one constructor of two arguments, the second of the type itself and
    the first not.
    """
    if len(data.constructors) != 2:
        return None
    nil, cons = sorted(data.constructors, key=lambda c: len(c.args))
    if not nil.args and len(cons.args) == 2 and cons.args[1] == data.sort != cons.args[0]:
        return nil.name, cons.name
    return None


# -- writing -------------------------------------------------------------------------------------


class _Ascribed(msgspec.Struct, frozen=True):
    """A term with its sort written beside it."""

    term: App


class _Writer:
    def __init__(
        self,
        signature: Signature | None,
        variables: Mapping[str, Var],
        sorts: bool,
        unicode: bool,
        ascribe: Signature | None = None,
    ) -> None:
        self.ascribe = ascribe
        self.variables = variables
        self.sorts = sorts
        self.unicode = unicode
        self.successors: dict[str, str] = {}  # successor -> zero
        self.joins: dict[str, str] = {}  # cons -> nil
        self.bound: list[str] = []  # names in view; a variable may be called 2
        for data in signature.data.values() if signature else ():
            if pair := numeral_constructors(data):
                self.successors[pair[1]] = pair[0]
            elif pair := list_constructors(data):
                self.joins[pair[1]] = pair[0]

    def write(self, node: Formula | Term | _Ascribed) -> _Text:
        match node:
            case _Ascribed(term):
                return f"({self.write(term)[0]} : {term.sort})", op.PRIMARY
            case Var(name):
                return show_name(name, unicode=self.unicode), op.PRIMARY
            case App(symbol, args):
                return self.special(node) or self.application(symbol, args)
            case Atom(predicate, args):
                if predicate == "in" and len(args) == 2 and self.unicode:
                    return self.infix("∈", op.Operator(op.RELATION, "none"), *args)
                return self.application(predicate, args)
            case If(condition, then, otherwise):
                words = (
                    f"if {self.at(condition, 0)} then {self.at(then, op.SUM, closed=True)}"
                    f" else {self.at(otherwise, op.SUM)}"
                )
                return words, op.QUANTIFIER
            case Equal(a, b):
                return self.infix("=", op.infix("="), self.determined(a, b), b)
            case Not(Equal(a, b)):
                return self.infix("!=", op.infix("!="), self.determined(a, b), b)
            case Truth(value):
                return ("true" if value else "false"), op.PRIMARY
            case Not(body):
                mark = "¬" if self.unicode else "not "
                return mark + self.at(body, op.NOT), op.NOT
            case And(a, b):
                return self.infix("and", op.CONNECTIVES["and"], a, b)
            case Or(a, b):
                return self.infix("or", op.CONNECTIVES["or"], a, b)
            case Implies(a, b):
                return self.infix("->", op.CONNECTIVES["->"], a, b)
            case Iff(a, b):
                return self.infix("<->", op.CONNECTIVES["<->"], a, b)
            case Forall(bound, body) | Exists(bound, body):
                word = "forall" if isinstance(node, Forall) else "exists"
                mark = op.UNICODE[word] if self.unicode else word + " "
                self.bound += [v.name for v in bound]
                text = f"{mark}{self.binders(bound)}. {self.at(body, 0)}"
                del self.bound[len(self.bound) - len(bound) :]
                return text, op.QUANTIFIER

    def at(self, node: Formula | Term | _Ascribed, level: int, *, closed: bool = False) -> str:
        """The text, in parentheses if it binds looser than ``level``.

        What ends in an ``if`` reaches as far right as it can; at the level of terms it needs
        parentheses unless nothing follows that it could swallow.
        """
        text, own = self.write(node)
        if isinstance(node, If) and not closed and level <= op.SUM:
            return text
        return text if own >= level else f"({text})"

    def pending(self, term: Term) -> bool:
        """Whether a term's sort is left open by its arguments, as that of ``nil``."""
        if self.ascribe is None or not isinstance(term, App):
            return False
        declared = self.ascribe.functions.get(term.symbol)
        return declared is not None and not (
            parameters(declared.result) <= set().union(*map(parameters, declared.args))
        )

    def determined(self, term: Term, *others: Term) -> Term | _Ascribed:
        """The term, with its sort if it is left open by itself and by all others."""
        if isinstance(term, App) and self.pending(term) and all(map(self.pending, others)):
            return _Ascribed(term)
        return term

    def arguments(self, symbol: str, args: tuple[Term, ...]) -> tuple[Term | _Ascribed, ...]:
        """The arguments, with their sorts where neither they nor their neighbours tell."""
        if self.ascribe is None or not any(map(self.pending, args)):
            return args
        functions, predicates = self.ascribe.functions, self.ascribe.predicates
        declared = (functions if symbol in functions else predicates)[symbol].args
        told = set().union(
            *(parameters(d) for d, a in zip(declared, args, strict=True) if not self.pending(a))
        )
        return tuple(
            a if parameters(d) <= told or not self.pending(a) else _Ascribed(a)  # type: ignore[arg-type]
            for d, a in zip(declared, args, strict=True)
        )

    def application(self, symbol: str, args: tuple[Term, ...]) -> _Text:
        if self.ascribe is not None:
            args = self.arguments(symbol, args)  # type: ignore[assignment]
        if len(args) == 2 and op.is_operator(symbol):
            return self.infix(symbol, op.infix(symbol), *args)
        name = show_name(symbol, unicode=self.unicode)
        if not args:
            return name, op.PRIMARY
        return f"{name}({', '.join(self.at(a, 0) for a in args)})", op.PRIMARY

    def infix(
        self,
        symbol: str,
        how: op.Operator,
        left: Formula | Term | _Ascribed,
        right: Formula | Term | _Ascribed,
    ) -> _Text:
        mark = op.UNICODE.get(symbol, symbol) if self.unicode else symbol
        # Of two different operators of one level, such as /\ and \/, readers know no order.
        mixed = isinstance(left, App) and left.symbol != symbol and {left.symbol, symbol} not in (
            {"+", "-"},
            {"*", "/"},
        )
        loose = how.associates == "left" and not (mixed and len(left.args) == 2)  # type: ignore[union-attr]
        a = self.at(left, how.level if loose else how.level + 1, closed=True)
        tight = how.level if how.associates == "right" else how.level + 1
        # On the right of a relation an `if` may stand open: only what ends it can follow.
        b = self.at(right, tight, closed=how.level != op.RELATION)
        return f"{a} {mark} {b}", how.level

    def binders(self, bound: tuple[Var, ...]) -> str:
        """``x, y : Nat, z``: sorts once a group, none where the author's ``var`` says it.

        A sort reaches back over the names before it, so names without one come last.
        """
        groups: list[tuple[list[str], Sort | None]] = []
        plain = not self.sorts or all(self.variables.get(v.name) == v for v in bound)
        for v in bound:
            sort = None if plain else v.sort
            name = show_name(v.name, unicode=self.unicode)
            if groups and groups[-1][1] == sort:
                groups[-1][0].append(name)
            else:
                groups.append(([name], sort))
        return ", ".join(
            ", ".join(names) + (f" : {sort}" if sort else "") for names, sort in groups
        )

    def special(self, node: App) -> _Text | None:
        """A numeral or a list, where the data type has them."""
        if node.symbol in self.successors and node.args:
            count, inner = 0, node
            while inner.symbol == node.symbol and inner.args:
                below = inner.args[0]
                if not isinstance(below, App):
                    return None
                count, inner = count + 1, below
            if inner.symbol == self.successors[node.symbol] and str(count) not in self.bound:
                return str(count), op.PRIMARY
        if node.symbol in self.joins and node.args:
            items: list[str] = []
            rest: Term = node
            while isinstance(rest, App) and rest.symbol == node.symbol and rest.args:
                items.append(self.at(rest.args[0], 0))
                rest = rest.args[1]
            if isinstance(rest, App) and rest.symbol == self.joins[node.symbol]:
                return f"[{', '.join(items)}]", op.PRIMARY
        return None
