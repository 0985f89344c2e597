"""Formulas and terms as MathML Core, as mathematics sets them.

Operators become signs (``*`` a dot, ``<=`` ≤), variables are italic, trailing digits of a variable
a subscript, closed successor chains numerals, lists brackets. ``marks`` puts a class on the
subterms at given paths: a chain shows what changed. Everything is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TypeAlias

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
)
from logic.printing import list_constructors, numeral_constructors, printable
from logic.terms import App, If, Sort, Term, Var
from logic.theory import Signature

DEEPEST = 120
"""Terms nested deeper end in an ellipsis: browsers give up on deeper mark-up."""

Marks: TypeAlias = Sequence[tuple[tuple[int, ...], str]]

_INDEXED = re.compile(r"([^\W\d_]+)_?(\d+)('*)")

_FENCES = (("prefix", "("), ("postfix", ")"))
_OPEN, _CLOSE = '<mrow><mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo></mrow>'
_OPENING, _CLOSING = (f'<mo stretchy="false" form="{f}">{c}</mo>' for f, c in _FENCES)
_BRACKET, _BRACKETED = _OPEN.replace("(", "["), _CLOSE.replace(")", "]")
_NEW_LINE, _MANY, _SHORT = "\n", 3, 250  # the last in characters of mark-up
_MEMBERSHIP = {"in": 2, "in2": 3, "in3": 4}


class MathML:
    """Sets the formulas of one signature; keeps what it has set."""

    def __init__(self, signature: Signature) -> None:
        self.successors: dict[str, str] = {}
        self.joins: dict[str, str] = {}
        self.zeros: set[str] = set()
        for data in signature.data.values():
            if pair := numeral_constructors(data):
                self.successors[pair[1]] = pair[0]
                self.zeros.add(pair[0])
            elif pair := list_constructors(data):
                self.joins[pair[1]] = pair[0]
        self._names: dict[str, str] = {}

    def math(self, node: Formula | Term, marks: Marks = ()) -> str:
        """One ``<math>`` element."""
        return f"<math>{self._at(node, 0, marks, 0)}</math>"

    def statement(self, formula: Formula, *, binders: bool = True) -> str:
        """A formula as several ``<math>`` elements, so that a long one wraps between them.

        ``binders``: show the outer universal quantifiers, with sorts.
        """
        if not binders:
            while isinstance(formula, Forall):
                formula = formula.body
        pieces = self._pieces(formula, 0, 0)
        return " ".join("<br>" if p == _NEW_LINE else f"<math>{p}</math>" for p in pieces)

    def _pieces(self, formula: Formula, level: int, depth: int) -> list[str]:
        """A formula cut before its connectives and after its binders.

        The white space between two pieces stands for the space of the sign at the cut.
        """
        match formula:
            case _ if depth > DEEPEST:
                return ["<mi>…</mi>"]
            case Forall(bound, body) | Exists(bound, body):
                sign = "∀" if isinstance(formula, Forall) else "∃"
                sorts = depth == 0 and isinstance(formula, Forall)
                # All leading universal quantifiers show their sorts, inner ones do not.
                below = 0 if sorts and isinstance(body, Forall) else depth + 1
                own = op.QUANTIFIER
                binder = self._binder(sign, bound, sorts=sorts, space="0")
                pieces = [binder, *self._pieces(body, 0, below)]
            case And():
                own = op.AND
                parts: list[Formula] = []
                while isinstance(formula, And):
                    parts.append(formula.left)
                    formula = formula.right
                parts.append(formula)
                pieces = self._pieces(parts[0], own + 1, depth + 1)
                for part in parts[1:]:
                    first, *rest = self._pieces(part, own + 1, depth + 1)
                    # A list of conditions reads better as a list.
                    pieces += [_NEW_LINE] if len(parts) > _MANY else []
                    pieces += [f'<mo lspace="0">∧</mo>{first}', *rest]
            case Or(left, right) | Implies(left, right) | Iff(left, right):
                sign, how = _SIGNS[type(formula)]
                own = how.level
                pieces = self._pieces(left, own + (how.associates != "left"), depth + 1)
                first, *rest = self._pieces(right, own + (how.associates != "right"), depth + 1)
                if isinstance(formula, Implies):
                    pieces[-1] += '<mo rspace="0">→</mo>'
                    pieces += [first, *rest]
                else:
                    pieces += [f'<mo lspace="0">{sign}</mo>{first}', *rest]
            case Equal(left, right) if level <= op.RELATION:
                a, b = self._at(left, op.SUM, (), depth), self._at(right, op.SUM, (), depth)
                if len(a) + len(b) < _SHORT:
                    return [f"{a}<mo>=</mo>{b}"]
                return [a, f'<mo lspace="0">=</mo>{b}']
            case _:
                return [self._at(formula, level, (), depth)]
        if own < level:
            pieces[0] = _OPENING + pieces[0]
            pieces[-1] += _CLOSING
        return pieces

    def variables(self, names: Iterable[str]) -> str:
        """Names of variables with commas between them."""
        return f"<math>{'<mo>,</mo>'.join(map(self._variable, names))}</math>"

    def binding(self, pairs: Iterable[tuple[str, Term]]) -> str:
        """A substitution, ``n ↦ succ(m)``."""
        return ", ".join(
            f"<math>{self._variable(x)}<mo>↦</mo>{self._at(t, 0, (), 0)}</math>" for x, t in pairs
        )

    # -- nodes -----------------------------------------------------------------------------

    def _at(self, node: Formula | Term, level: int, marks: Marks, depth: int) -> str:
        """A node, in parentheses if it binds looser than ``level``, marked if a mark is here."""
        if depth > DEEPEST:
            return "<mi>…</mi>"
        text, own = self._write(node, [m for m in marks if m[0]] if marks else marks, depth + 1)
        here = [name for path, name in marks if not path]
        if own < level:
            text = f"{_OPEN}{text}{_CLOSE}"
        return f'<mrow class="{" ".join(here)}">{text}</mrow>' if here else text

    def _write(self, node: Formula | Term, marks: Marks, depth: int) -> tuple[str, int]:
        match node:
            case Var(name):
                return self._variable(name), op.PRIMARY
            case App(symbol, args):
                special = self._special(node, marks, depth)
                if special is not None:
                    return special, op.PRIMARY
                return self._application(symbol, args, marks, depth)
            case Atom(predicate, args):
                if _MEMBERSHIP.get(predicate) == len(args):
                    return self._membership("∈", args, marks, depth)
                return self._application(predicate, args, marks, depth)
            case If(condition, then, otherwise):
                return (
                    f"<mtext>if </mtext>{self._child(condition, 0, 0, marks, depth)}"
                    f"<mtext> then </mtext>{self._child(then, 1, op.SUM, marks, depth)}"
                    f"<mtext> else </mtext>{self._child(otherwise, 2, op.SUM, marks, depth)}",
                    op.QUANTIFIER,
                )
            case Truth(value):
                return f"<mo>{'⊤' if value else '⊥'}</mo>", op.PRIMARY
            case Not(Equal(a, b)):
                below = [(p[1:], name) for p, name in marks if p[0] == 0]
                if all(p for p, _ in below):
                    return self._infix("≠", op.infix("!="), a, b, below, depth)
            case Not(Atom("in", (a, b))) if not marks:
                return self._infix("∉", op.infix("in"), a, b, (), depth)
            case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                sign, how = _SIGNS[type(node)]
                return self._infix(sign, how, a, b, marks, depth)
            case Forall(bound, body) | Exists(bound, body):
                sign = "∀" if isinstance(node, Forall) else "∃"
                text = self._binder(sign, bound) + self._child(body, 0, 0, marks, depth)
                return text, op.QUANTIFIER
        assert isinstance(node, Not)
        return f"<mo>¬</mo>{self._child(node.body, 0, op.NOT, marks, depth)}", op.NOT

    def _child(self, node: Formula | Term, index: int, level: int, marks: Marks, depth: int) -> str:
        below = [(p[1:], name) for p, name in marks if p[0] == index] if marks else marks
        return self._at(node, level, below, depth)

    def _infix(
        self,
        sign: str,
        how: op.Operator,
        left: Formula | Term,
        right: Formula | Term,
        marks: Marks,
        depth: int,
    ) -> tuple[str, int]:
        a = self._child(left, 0, how.level + (how.associates != "left"), marks, depth)
        b = self._child(right, 1, how.level + (how.associates != "right"), marks, depth)
        # Browsers know how to space single signs; of ``++`` they think that it is a suffix.
        space = ' form="infix" lspace=".22em" rspace=".22em"' if len(sign) > 1 else ""
        return f"{a}<mo{space}>{escape(sign)}</mo>{b}", how.level

    def _application(
        self, symbol: str, args: tuple[Term, ...], marks: Marks, depth: int
    ) -> tuple[str, int]:
        if len(args) == 2 and op.is_operator(symbol):
            sign = op.UNICODE.get(symbol, symbol)
            return self._infix(sign, op.infix(symbol), *args, marks, depth)
        if not args:
            return self._symbol(symbol), op.PRIMARY
        inner = self._list(args, marks, depth)
        return f"{self._symbol(symbol)}{_OPEN}{inner}{_CLOSE}", op.PRIMARY

    def _list(self, args: Sequence[Term], marks: Marks, depth: int) -> str:
        return "<mo>,</mo>".join(self._child(a, i, 0, marks, depth) for i, a in enumerate(args))

    def _membership(
        self, sign: str, args: tuple[Term, ...], marks: Marks, depth: int
    ) -> tuple[str, int]:
        *members, whole = args
        inner = self._list(members, marks, depth)
        if len(members) > 1:
            inner = f"{_OPEN}{inner}{_CLOSE}"
        owner = self._child(whole, len(members), op.SUM, marks, depth)
        return f"{inner}<mo>{sign}</mo>{owner}", op.RELATION

    def _special(self, node: App, marks: Marks, depth: int) -> str | None:
        """A numeral or a list in brackets; None where the node is neither, or a mark is inside."""
        if marks:
            return None
        if node.symbol in self.zeros and not node.args:
            return "<mn>0</mn>"
        if node.symbol in self.successors:
            count, inner = 0, node
            while inner.symbol == node.symbol and inner.args:
                below = inner.args[0]
                if not isinstance(below, App):
                    return None
                count, inner = count + 1, below
            if inner.symbol == self.successors[node.symbol]:
                return f"<mn>{count}</mn>"
        elif node.symbol in self.joins and node.args:
            items: list[Term] = []
            rest: Term = node
            while isinstance(rest, App) and rest.symbol == node.symbol and rest.args:
                items.append(rest.args[0])
                rest = rest.args[1]
            if isinstance(rest, App) and rest.symbol == self.joins[node.symbol]:
                return f"{_BRACKET}{self._list(items, (), depth)}{_BRACKETED}"
        return None

    def _binder(
        self, sign: str, bound: Sequence[Var], *, sorts: bool = False, space: str = ".4em"
    ) -> str:
        groups = []
        for names, sort in group_variables(bound):
            text = "<mo>,</mo>".join(map(self._variable, names))
            groups.append(
                f"{text}<mo>:</mo><mi>{escape(printable(str(sort)))}</mi>" if sorts else text
            )
        return f'<mo>{sign}</mo>{"<mo>,</mo>".join(groups)}<mo lspace="0" rspace="{space}">.</mo>'

    # -- names -----------------------------------------------------------------------------

    def _variable(self, name: str) -> str:
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = _variable(name)
        return found

    def _symbol(self, name: str) -> str:
        if op.is_operator(name):
            sign = escape(op.UNICODE.get(name, name))
            return f'<mo lspace="0" rspace="0">{sign}</mo>'
        return f"<mi>{escape(printable(name))}</mi>"


_SIGNS: Mapping[type, tuple[str, op.Operator]] = {
    Equal: ("=", op.infix("=")),
    And: ("∧", op.CONNECTIVES["and"]),
    Or: ("∨", op.CONNECTIVES["or"]),
    Implies: ("→", op.CONNECTIVES["->"]),
    Iff: ("↔", op.CONNECTIVES["<->"]),
}


def group_variables(vars: Iterable[Var]) -> list[tuple[list[str], Sort]]:
    """Neighbours of one sort together, as in ``m, n : Nat``."""
    groups: list[tuple[list[str], Sort]] = []
    for v in vars:
        if groups and groups[-1][1] == v.sort:
            groups[-1][0].append(v.name)
        else:
            groups.append(([v.name], v.sort))
    return groups


def _variable(name: str) -> str:
    indexed = _INDEXED.fullmatch(name)
    if indexed:
        stem, digits, primes = indexed.groups()
        return f"<msub>{_italic(stem + primes)}<mn>{digits}</mn></msub>"
    return _italic(name)


def _italic(name: str) -> str:
    shown = escape(printable(name.replace("'", "′")))
    # A single letter is italic by itself.
    return f"<mi>{shown}</mi>" if len(name) == 1 else f'<mi class="v">{shown}</mi>'
