"""An oracle that shares nothing with the checker: its own reader of formulas, and finite models.

A formula is read into ``("forall", [(name, sort)], body)``, ``("and", P, Q)`` ..., ``("app", name,
args)``, and evaluated: quantifiers range over a few elements of each sort, functions compute.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.proofs.building import Line

Tree = tuple[Any, ...]
PRIORITY = [["<->"], ["->"], ["or"], ["and"], ["not"], ["=", "!=", "<="], ["+", "++"], ["*"]]


def read(text: str) -> Tree:
    """The tree of a formula or term of the sample theories."""
    tokens = re.findall(r"[\w']+|[-+*/<>=!]+|[():,.]", text) + ["."] * 2
    place = 0

    def take() -> str:
        nonlocal place
        place += 1
        return tokens[place - 1]

    def sort() -> str:
        text = take()
        if tokens[place] == "(":
            depth = 0
            while True:
                text += take()
                depth += {"(": 1, ")": -1}.get(text[-1], 0)
                if depth == 0:
                    break
        return text

    def layer(level: int) -> Tree:
        if level == len(PRIORITY):
            return operand()
        ops = PRIORITY[level]
        if ops == ["not"]:
            if tokens[place] == "not":
                take()
                return ("not", layer(level))
            return layer(level + 1)
        left = layer(level + 1)
        while tokens[place] in ops:
            op = take()
            right = layer(level if level in (1, 2, 3) else level + 1)
            if op == "!=":
                left = ("not", ("=", left, right))
            elif level < 6 and op != "<=":
                left = (op, left, right)
            else:
                left = ("app", op, (left, right))
        return left

    def operand() -> Tree:
        token = take()
        if token in ("forall", "exists"):
            binders: list[tuple[str, str]] = []
            waiting: list[str] = []
            while True:
                name = take()
                if name == "(":
                    name = take()
                    take()
                waiting.append(name)
                following = take()
                if following == ":":
                    binders += [(name, sort) for sort in [sort()] for name in waiting]
                    waiting = []
                    following = take()
                if following == ".":
                    return (token, tuple(binders), layer(0))
        if token == "not":  # where a looser operator stands on its right
            return ("not", layer(4))
        if token == "(" and re.fullmatch(r"[-+*/<>=!]+", tokens[place]):
            token = take()
            take()
        elif token == "(":
            inner = layer(0)
            if take() == ":":
                sort()
                take()
            return inner
        args: list[Tree] = []
        if tokens[place] == "(":
            while take() != ")":
                args.append(layer(0))
                if tokens[place] == ")":
                    take()
                    break
        return ("app", token, tuple(args))

    return layer(0)


def canonical(tree: Tree, names: tuple[str, ...] = ()) -> Tree:
    """The tree with bound variables as numbers and one binder a quantifier."""
    if tree[0] == "app":
        if tree[1] in names:
            return ("bound", len(names) - 1 - names[::-1].index(tree[1]))
        return ("app", tree[1], tuple(canonical(t, names) for t in tree[2]))
    if tree[0] in ("forall", "exists"):
        inner = canonical(tree[2], (*names, *(name for name, _ in tree[1])))
        for _, sort in reversed(tree[1]):
            inner = (tree[0], sort, inner)
        return inner
    return (tree[0], *(canonical(t, names) for t in tree[1:]))


class Model:
    """Some elements of each sort, and the meaning of each symbol."""

    def __init__(self, elements: Callable[[str], Sequence[Any]], **symbols: Any) -> None:
        self.elements, self.symbols = elements, symbols

    def value(self, tree: Tree, env: dict[str, Any]) -> Any:
        match tree:
            case ("app", name, args):
                if name in env:
                    return env[name]
                if name in ("true", "false"):
                    return name == "true"
                return self.symbols[name](*(self.value(t, env) for t in args))
            case ("forall" | "exists", binders, body):
                ranges = [self.elements(sort) for _, sort in binders]
                names = [name for name, _ in binders]
                results = (
                    self.value(body, {**env, **dict(zip(names, values, strict=True))})
                    for values in itertools.product(*ranges)
                )
                return all(results) if tree[0] == "forall" else any(results)
            case ("not", body):
                return not self.value(body, env)
            case ("=" | "<->", left, right):
                return self.value(left, env) == self.value(right, env)
            case ("and", left, right):
                return self.value(left, env) and self.value(right, env)
            case ("or", left, right):
                return self.value(left, env) or self.value(right, env)
            case ("->", left, right):
                return not self.value(left, env) or self.value(right, env)
        raise AssertionError(tree)

    def false_lines(self, lines: list[Line]) -> list[Line]:
        """The steps and theorems that do not follow, in the model, from their scopes' hypotheses.

        What a closed theory proves must be true; what a scope holds, wherever its variables make
        all hypotheses in view true.
        """
        scopes: dict[int, Line] = {line["scope"]: line for line in lines if "scope" in line}
        wrong = []
        for line in lines:
            if "formula" not in line:
                continue
            tree = read(line["formula"])
            scope = line.get("in", 0)
            while scope:
                around = scopes[scope]
                for text in reversed(around["assume"]):
                    tree = ("->", read(text), tree)
                if around["vars"]:
                    binders = ((n, sort.replace(" ", "")) for n, sort in around["vars"].items())
                    tree = ("forall", tuple(binders), tree)
                scope = around["in"]
            if not self.value(tree, {}):
                wrong.append(line)
        return wrong


def _numbers_and_lists(sort: str) -> Sequence[Any]:
    if sort.startswith("List("):
        inner = _numbers_and_lists(sort[5:-1])[:2]
        return [(), *((x,) for x in inner), *((x, y) for x in inner for y in inner)]
    return range(3) if sort != "Nat" else range(4)


_SYMMETRIC = list(itertools.permutations(range(3)))

NUMBERS = Model(
    lambda sort: range(5),
    zero=lambda: 0,
    succ=lambda n: n + 1,
    **{"+": lambda n, m: n + m, "<=": lambda n, m: n <= m},
)
LISTS = Model(
    _numbers_and_lists,
    zero=lambda: 0,
    succ=lambda n: n + 1,
    nil=lambda: (),
    length=len,
    cons=lambda x, xs: (x, *xs),
    **{"++": lambda xs, ys: xs + ys},
)
PERMUTATIONS = Model(  # not commutative
    lambda sort: _SYMMETRIC,
    e=lambda: (0, 1, 2),
    inv=lambda x: tuple(x.index(k) for k in range(3)),
    **{"*": lambda x, y: tuple(x[y[k]] for k in range(3))},
)
CIRCLE = Model(  # 0, 1, 2 in a circle: induction from any of them reaches every member of N
    lambda sort: [0, 1, 2, "N", "s"],
    Numbers=lambda n, start, s: n == "N" and start in (0, 1, 2),
    **{
        "in": lambda x, n: n == "N" and x in (0, 1, 2),
        "in2": lambda x, y, s: x in (0, 1, 2) and y == (x + 1) % 3,
    },
)

MODELS = {
    "addition": NUMBERS,
    "propositions": NUMBERS,
    "lists": LISTS,
    "group": PERMUTATIONS,
    "core": CIRCLE,
}
