"""Short forms: trees for the operations of a calculator, from trees for their arguments.

Each function returns the shortest of the ways it knows. With −∞ as a value (``extended``), −x and
1/x take 15 tokens; without, 17 and more. A logarithm of an exponential, and the reverse, are taken
off as they arise; ln(exp u) = u needs −π < Im u ≤ π, and who compiles checks the result.
"""

from __future__ import annotations

from functools import lru_cache

from eml.tree import ONE, Tree, node

LARGEST_STEP = 64
LARGEST_TABLED = 10_000
"""Beyond, only the largest small factor is tried, and 1 + (n - 1) without one."""


def exp(u: Tree) -> Tree:
    """exp(u) = eml(u, 1)."""
    inner = argument_of_ln(u)
    return node(u, ONE) if inner is None else inner


def ln(u: Tree) -> Tree:
    """ln(u) = e − ln(exp(e − ln u))."""
    if u.right is ONE and u.left is not None:
        return u.left
    return node(ONE, node(node(ONE, u), ONE))


def argument_of_ln(u: Tree) -> Tree | None:
    """v, where the tree is the short form of ln(v)."""
    if u.left is ONE and u.right is not None and u.right.right is ONE:
        inner = u.right.left
        if inner is not None and inner.left is ONE:
            return inner.right
    return None


ZERO = node(ONE, node(node(ONE, ONE), ONE))
E = node(ONE, ONE)
MINUS_INFINITY = node(ONE, node(ONE, ZERO))


def shortest(*trees: Tree) -> Tree:
    """The first of the shortest trees."""
    return min(trees, key=lambda tree: tree.k)


class Forms:
    """Short forms under an arithmetic with or without infinities."""

    def __init__(self, extended: bool) -> None:
        self.extended = extended
        self._integers: dict[int, Tree] = {0: ZERO, 1: ONE}

    def sub(self, u: Tree, v: Tree) -> Tree:
        """u − v = eml(ln u, exp v)."""
        return self.neg(v) if u is ZERO else node(ln(u), exp(v))

    def neg(self, u: Tree) -> Tree:
        if self.extended:
            return node(MINUS_INFINITY, exp(u))
        return shortest(
            # (1 − u) − 1, and (exp(u) − u) − exp(u)
            self.sub(node(ZERO, exp(u)), ONE),
            node(ln(node(u, exp(u))), exp(exp(u))),
        )

    def add(self, u: Tree, v: Tree) -> Tree:
        """u + v = e − ((e − v) − u)."""
        if u is ZERO or v is ZERO:
            return v if u is ZERO else u
        return shortest(
            *(node(ONE, exp(node(ln(node(ONE, exp(b))), exp(a)))) for a, b in ((u, v), (v, u))),
            *(node(ln(a), exp(self.neg(b))) for a, b in ((u, v), (v, u))),
        )

    def mul(self, u: Tree, v: Tree) -> Tree:
        if u is ONE or v is ONE:
            return v if u is ONE else u
        return exp(self.add(ln(u), ln(v)))

    def div(self, u: Tree, v: Tree) -> Tree:
        return self.inv(v) if u is ONE else exp(self.sub(ln(u), ln(v)))

    def inv(self, u: Tree) -> Tree:
        """exp(−ln u), and exp((exp(u) − ln u) − exp(u)), which needs no infinity."""
        finite = exp(node(ln(node(u, u)), exp(exp(u))))
        return shortest(exp(self.neg(ln(u))), finite)

    def half(self, u: Tree) -> Tree:
        """u/2 by way of exp(e)/u taken twice, or as exp(ln u − ln 2)."""
        ratio = exp(node(ONE, u))
        twice = node(node(ONE, u), exp(self.neg(ratio)))
        return shortest(exp(node(ONE, twice)), self.div(u, self.integer(2)))

    def sqrt(self, u: Tree) -> Tree:
        return exp(self.half(ln(u)))

    def double(self, u: Tree) -> Tree:
        return shortest(self.add(u, u), self.mul(self.integer(2), u))

    def square(self, u: Tree) -> Tree:
        return shortest(self.mul(u, u), exp(self.mul(self.integer(2), ln(u))))

    def integer(self, n: int) -> Tree:
        """An integer, through its neighbours, factors and, if large, its binary digits."""
        if n in self._integers:
            return self._integers[n]
        if n < 0:
            tree = self.neg(self.integer(-n))
            if n == -1:
                tree = self.sub(ZERO, ONE)
            else:
                tree = shortest(tree, self.sub(self.integer(n + 1), ONE)) if n > -8 else tree
        else:
            ways = [self.add(ONE, self.integer(n - 1))] if n <= LARGEST_STEP or n % 2 else []
            factors = [a for a in range(2, min(LARGEST_STEP, n)) if n % a == 0 and a * a <= n]
            if n > LARGEST_TABLED:
                factors, ways = factors[-1:], ways[: not factors]
            ways += [self.mul(self.integer(a), self.integer(n // a)) for a in factors]
            tree = shortest(*ways)
        self._integers[n] = tree
        return tree

    def i(self, sign: int = 1) -> Tree:
        """±i as √−1: the logarithm's short form is on the lower edge of the cut."""
        lower = self.sqrt(self.integer(-1))
        return lower if sign < 0 else self.inv(lower)

    def pi(self) -> Tree:
        """π = ln(−1)/i, where both are on the lower edge."""
        return self.div(ln(self.integer(-1)), self.i(-1))

    def turned(self, u: Tree, sign: int) -> Tree:
        """±i·u."""
        return shortest(self.div(u, self.i(-sign)), self.mul(u, self.i(sign)))

    # -- functions ---------------------------------------------------------------------------

    def twice_sinh(self, u: Tree) -> Tree:
        return node(u, exp(exp(self.neg(u))))

    def twice_cosh(self, u: Tree) -> Tree:
        return node(u, exp(self.neg(exp(self.neg(u)))))

    def sinh(self, u: Tree) -> Tree:
        return self.half(self.twice_sinh(u))

    def cosh(self, u: Tree) -> Tree:
        return self.half(self.twice_cosh(u))

    def sigmoid(self, u: Tree) -> Tree:
        """exp(u − ln(exp(u) + 1))."""
        return exp(node(ln(u), node(u, exp(self.integer(-1)))))

    def tanh(self, u: Tree) -> Tree:
        """1 − 2/(exp(2u) + 1)."""
        below = node(self.double(u), exp(self.integer(-1)))
        return self.sub(ONE, self.div(self.integer(2), below))

    def asinh(self, u: Tree) -> Tree:
        return ln(self.add(u, self.sqrt(self.add(self.square(u), ONE))))

    def acosh(self, u: Tree) -> Tree:
        return ln(self.add(u, self.sqrt(self.sub(self.square(u), ONE))))

    def atanh(self, u: Tree) -> Tree:
        one_minus = node(ZERO, exp(u))
        return shortest(
            self.half(ln(self.div(self.add(ONE, u), one_minus))),
            self.half(ln(self.sub(self.div(self.integer(2), one_minus), ONE))),
        )

    def sin(self, u: Tree) -> list[Tree]:
        return [self.turned(self.sinh(self.turned(u, s)), -s) for s in (1, -1)]

    def cos(self, u: Tree) -> list[Tree]:
        return [self.cosh(self.turned(u, s)) for s in (1, -1)]

    def tan(self, u: Tree) -> list[Tree]:
        return [self.turned(self.tanh(self.turned(u, s)), -s) for s in (1, -1)]

    def asin(self, u: Tree) -> list[Tree]:
        root = self.sqrt(self.sub(ONE, self.square(u)))
        return [self.turned(ln(self.add(self.turned(u, s), root)), -s) for s in (1, -1)]

    def acos(self, u: Tree) -> list[Tree]:
        root = self.sqrt(self.sub(self.square(u), ONE))
        return [
            self.turned(ln(w), s) for s in (1, -1) for w in (self.add(u, root), self.sub(u, root))
        ]

    def atan(self, u: Tree) -> list[Tree]:
        return [self.turned(self.atanh(self.turned(u, s)), -s) for s in (1, -1)]


@lru_cache(maxsize=2)
def forms(extended: bool) -> Forms:
    """The forms, with the integers that were built before."""
    return Forms(extended)
