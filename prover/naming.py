"""Names for theorems that nobody named: after what they say, as a mathematician would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logic.formulas import Atom, Equal, Formula, Not, split_forall, split_implies
from logic.terms import App, Term, Var

WORDS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "^": "pow",
    "++": "append",
    "\\/": "join",
    "/\\": "meet",
    "@": "comp",
    "<=": "le",
    "<": "lt",
    ">=": "ge",
    ">": "gt",
}


def name_theorem(formula: Formula, taken: Iterable[str]) -> str:
    """A name that is not taken, made from the formula's shape."""
    used = set(taken)
    base = _base(formula)
    name, number = base, 2
    while name in used:
        name, number = f"{base}_{number}", number + 1
    return name


def _base(formula: Formula) -> str:
    _, matrix = split_forall(formula)
    premises, conclusion = split_implies(matrix)
    if premises:
        return _conditional(premises, conclusion)
    if isinstance(conclusion, Equal):
        return _equation(conclusion.left, conclusion.right)
    return _plain(conclusion)


def _equation(left: Term, right: Term) -> str:
    match left, right:
        case App(f, (Var(x), Var(y))), App(g, (Var(u), Var(v))) if f == g and (x, y) == (v, u):
            return f"{_word(f)}_comm"
        case App(f, (App(g, (Var(), Var())), Var())), App(h, (Var(), App(k, (Var(), Var())))) if (
            f == g == h == k
        ):
            return f"{_word(f)}_assoc"
        case App(f, (Var(x), Var(y))), Var(z) if x == y == z:
            return f"{_word(f)}_idem"
        case App(f, (App(g, (Var(x),)),)), Var(z) if f == g and x == z:
            return f"{_word(f)}_{_word(f)}"
    return _path(left)


def _path(term: Term) -> str:
    words = list(_words(term))
    return "_".join(words[:5]) or "law"


def _words(term: Term) -> Iterator[str]:
    """Symbols as one would read the term aloud: infix operators between their sides."""
    match term:
        case App(f, (a, b)) if f in WORDS:
            yield from _words(a)
            yield _word(f)
            yield from _words(b)
        case App(f, args):
            yield _word(f)
            for a in args:
                yield from _words(a)


def _conditional(premises: list[Formula], conclusion: Formula) -> str:
    match premises, conclusion:
        case [Equal(App(f, xs), App(g, ys))], Equal(Var() as u, Var() as v) if (
            f == g and len(xs) == len(ys) == 2
        ):
            if xs[0] == ys[0] and {xs[1], ys[1]} == {u, v}:
                return f"{_word(f)}_left_cancel"
            if xs[1] == ys[1] and {xs[0], ys[0]} == {u, v}:
                return f"{_word(f)}_right_cancel"
        case [Equal(App(f, xs), App(g, ys))], Equal() if f == g:
            return f"{_word(f)}_injective"
    parts = [_plain(conclusion), "of", *(_plain(p) for p in premises)]
    return "_".join(parts)


def _plain(formula: Formula) -> str:
    match formula:
        case Atom(p, args):
            return "_".join([_word(p), *(w for a in args for w in _words(a))])
        case Equal(a, b):
            return "_".join(["eq", *_words(a), *_words(b)])
        case Not(body):
            return "not_" + _plain(body)
    return "law"


def _word(symbol: str) -> str:
    return WORDS.get(symbol) or ("".join(c for c in symbol if c.isalnum() or c == "_") or "op")
