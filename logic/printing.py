"""Formulas and terms as text, with as few parentheses as their precedences allow.

Two forms matter. The *certificate form*, ``show(formula)``, states everything: ASCII, a sort at
every binder, constructors spelled out. The *human form*, ``show(formula, signature=...,
variables=..., numerals=True)``, says what an author would write: numerals and list brackets, no
sorts and no outer quantifiers for the names that ``var`` declares. Both are MPL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from logic.theory import DataType, Function, Signature, Theory


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
    return writer.text(node)


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
    """The human form with every quantifier kept, and sorts ascribed where a reader could not
    infer them: what a printer of whole theories needs."""
    return _Writer(signature, variables, True, False, signature).text(node)


def show_name(name: str, *, unicode: bool = False) -> str:
    """A symbol or variable as a name: operators stand in parentheses."""
    if not op.is_operator(name):
        return name
    return f"({op.UNICODE.get(name, name) if unicode else name})"


# -- data types with their own notation ----------------------------------------------------------


def printable(text: str) -> str:
    """The text without characters that could disturb what stands around it.

    Control and format characters (right-to-left marks among them) and lone surrogates come out
    as their code points, ``<U+202E>``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


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


def _is_open(function: Function) -> bool:
    """Whether the arguments leave the result's sort open."""
    return not parameters(function.result) <= set().union(*map(parameters, function.args))


def _leaves_open(signature: Signature) -> bool:
    return any(map(_is_open, signature.functions.values()))


class _Ascribed(msgspec.Struct, frozen=True):
    """A term with its sort written beside it."""

    term: App


_Shown = Formula | Term | _Ascribed


class _Writer:
    def __init__(
        self,
        signature: Signature | None,
        variables: Mapping[str, Var],
        sorts: bool,
        unicode: bool,
        ascribe: Signature | None = None,
    ) -> None:
        # Without a symbol whose arguments leave its sort open there is nothing to ascribe.
        self.ascribe = ascribe if ascribe is not None and _leaves_open(ascribe) else None
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

    def text(self, node: _Shown, level: int = 0, closed: bool = True) -> str:
        """The node as text, in parentheses if it binds looser than ``level``.

        An ``if`` reaches as far right as it can; where ``closed`` is false, nothing follows that
        it could swallow, and it needs no parentheses among terms. One call is one level of the
        tree, so that the interpreter's stack allows deep ones.
        """
        own = op.PRIMARY
        infix: tuple[str, op.Operator, _Shown, _Shown] | None = None
        match node:
            case _Ascribed(term):
                text = f"({self.text(term)} : {term.sort})"
            case Var(name):
                text = show_name(name, unicode=self.unicode)
            case App(symbol, (left, right)) | Atom(symbol, (left, right)) if op.is_operator(symbol):
                a, b = self.arguments(symbol, (left, right))
                infix = (symbol, op.infix(symbol), a, b)
            case Atom("in", (left, right)) if self.unicode:
                infix = ("in", op.infix("in"), left, right)
            case App(symbol, args) | Atom(symbol, args):
                special = self.special(node) if isinstance(node, App) and args else None
                if isinstance(special, str):
                    text = special
                else:
                    parts: list[str] = []
                    for argument in self.arguments(symbol, args) if special is None else special:
                        parts.append(self.text(argument))
                    listed = ", ".join(parts)
                    if special is not None:
                        text = f"[{listed}]"
                    else:
                        text = show_name(symbol, unicode=self.unicode)
                        text += f"({listed})" if args else ""
            case If(condition, then, otherwise):
                text = (
                    f"if {self.text(condition)} then {self.text(then, op.SUM)}"
                    f" else {self.text(otherwise, op.SUM, False)}"
                )
                own = op.SUM if level <= op.SUM and not closed else op.QUANTIFIER
            case Truth(value):
                text = "true" if value else "false"
            case Equal(left, right):
                infix = ("=", op.infix("="), self.determined(left, right), right)
            case Not(Equal(left, right)):
                infix = ("!=", op.infix("!="), self.determined(left, right), right)
            case Not(body):
                text = ("¬" if self.unicode else "not ") + self.text(body, op.NOT)
                own = op.NOT
            case And(left, right):
                infix = ("and", op.CONNECTIVES["and"], left, right)
            case Or(left, right):
                infix = ("or", op.CONNECTIVES["or"], left, right)
            case Implies(left, right):
                infix = ("->", op.CONNECTIVES["->"], left, right)
            case Iff(left, right):
                infix = ("<->", op.CONNECTIVES["<->"], left, right)
            case Forall(bound, body) | Exists(bound, body):
                word = "forall" if isinstance(node, Forall) else "exists"
                mark = op.UNICODE[word] if self.unicode else word + " "
                self.bound += [v.name for v in bound]
                text = f"{mark}{self.binders(bound)}. {self.text(body)}"
                del self.bound[len(self.bound) - len(bound) :]
                own = op.QUANTIFIER
        if infix is not None:
            symbol, how, first, second = infix
            own = how.level
            # Of two different operators of one level, such as /\ and \/, readers know no order.
            mixed = isinstance(first, App) and op.mixed(first.symbol, symbol)
            mark = op.UNICODE.get(symbol, symbol) if self.unicode else symbol
            left_ = self.text(first, own if how.associates == "left" and not mixed else own + 1)
            # On the right of a relation an `if` may stand open: only what ends it can follow.
            tight = own if how.associates == "right" else own + 1
            right_ = self.text(second, tight, own != op.RELATION)
            text = f"{left_} {mark} {right_}"
        return text if own >= level else f"({text})"

    def pending(self, term: Term) -> bool:
        """Whether a term's sort is left open by its arguments, as that of ``nil``."""
        if self.ascribe is None or isinstance(term, Var):
            return False
        if isinstance(term, If):
            return self.pending(term.then) and self.pending(term.otherwise)
        declared = self.ascribe.functions.get(term.symbol)
        return declared is not None and _is_open(declared)

    def determined(self, term: Term, *others: Term) -> Term | _Ascribed:
        """The term, with its sort if it is left open by itself and by all others."""
        if self.ascribe is None or not self.pending(term) or not all(map(self.pending, others)):
            return term
        if isinstance(term, If):
            then = self.determined(term.then)
            return If(term.condition, then, term.otherwise)  # type: ignore[arg-type]
        return _Ascribed(term) if isinstance(term, App) else term

    def arguments(self, symbol: str, args: tuple[Term, ...]) -> Sequence[Term | _Ascribed]:
        """The arguments, with their sorts where neither they nor their neighbours tell."""
        if self.ascribe is None or not any(map(self.pending, args)):
            return args
        known = self.ascribe.functions.get(symbol) or self.ascribe.predicates[symbol]
        told = set().union(
            *(parameters(d) for d, a in zip(known.args, args, strict=True) if not self.pending(a))
        )
        return [
            a if parameters(d) <= told else self.determined(a)
            for d, a in zip(known.args, args, strict=True)
        ]

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

    def special(self, node: App) -> str | list[Term] | None:
        """A numeral's text or a list's items, where the data type has them."""
        if node.symbol in self.successors:
            count, inner = 0, node
            while inner.symbol == node.symbol and inner.args:
                below = inner.args[0]
                if not isinstance(below, App):
                    return None
                count, inner = count + 1, below
            if inner.symbol == self.successors[node.symbol] and str(count) not in self.bound:
                return str(count)
        if node.symbol in self.joins:
            items: list[Term] = []
            rest: Term = node
            while isinstance(rest, App) and rest.symbol == node.symbol and rest.args:
                items.append(rest.args[0])
                rest = rest.args[1]
            if isinstance(rest, App) and rest.symbol == self.joins[node.symbol]:
                return items
        return None
