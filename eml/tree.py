"""``Tree``: an expression over one binary operator, immutable and shared.

A leaf is a constant of the operator or a variable; an inner node is the operator applied to two
trees. Equal trees are one object, so that equality is identity and a tree's size as a shared graph
is a count of objects. Nothing here recurs: trees may be as deep as memory allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from weakref import WeakValueDictionary

from eml.operators import EML, Operator

T = TypeVar("T")

_INTERNED: WeakValueDictionary[tuple[object, ...], Tree] = WeakValueDictionary()


class Tree:
    """A leaf or a node; made by :func:`leaf` and :func:`node`, never directly.

    Attributes
    ----------
    operator : what the nodes mean.
    label : the constant's or variable's name; empty at an inner node.
    left, right : the arguments; None at a leaf.
    k : the number of tokens in RPN, leaves + nodes = 2 · leaves − 1.
    depth : edges from the root to the deepest leaf.
    """

    __slots__ = ("__weakref__", "depth", "k", "label", "left", "operator", "right")

    operator: Operator
    label: str
    left: Tree | None
    right: Tree | None
    k: int
    depth: int

    @property
    def is_leaf(self) -> bool:
        return self.left is None

    @property
    def leaves(self) -> int:
        """How many leaves the tree has, counted with repetition."""
        return (self.k + 1) // 2

    @property
    def shared_size(self) -> int:
        """How many different subtrees there are: the size as a shared graph."""
        return sum(1 for _ in self.subtrees())

    def subtrees(self) -> Iterator[Tree]:
        """Each different subtree once, arguments before the nodes that use them."""
        seen: set[int] = set()
        stack = [(self, False)]
        while stack:
            tree, ready = stack.pop()
            if id(tree) in seen:
                continue
            if ready or tree.left is None or tree.right is None:
                seen.add(id(tree))
                yield tree
            else:
                stack += [(tree, True), (tree.right, False), (tree.left, False)]

    def fold(self, leaf: Callable[[str], T], node: Callable[[T, T], T]) -> T:
        """The value of the tree when leaves and nodes mean the given functions."""
        values: dict[int, T] = {}
        for tree in self.subtrees():
            if tree.left is None or tree.right is None:
                values[id(tree)] = leaf(tree.label)
            else:
                values[id(tree)] = node(values[id(tree.left)], values[id(tree.right)])
        return values[id(self)]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, sorted."""
        constants = self.operator.constants
        return tuple(
            sorted({t.label for t in self.subtrees() if t.is_leaf and t.label not in constants})
        )

    def substitute(self, binding: Mapping[str, Tree]) -> Tree:
        """The tree with trees in place of variables."""
        operator = self.operator
        return self.fold(
            lambda label: binding.get(label) or leaf(label, operator),
            lambda left, right: node(left, right, operator),
        )

    def __repr__(self) -> str:
        from eml.rpn import rpn

        return f"Tree({rpn(self)!r})" if self.k < 200 else f"<Tree with K = {self.k}>"

    def _repr_html_(self) -> str:
        from eml.draw import figure

        return figure(self)

    def _repr_latex_(self) -> str:
        from eml.rpn import latex

        return f"${latex(self)}$"

    def __reduce__(self) -> tuple[object, ...]:
        from eml.rpn import parse_rpn, rpn

        return parse_rpn, (rpn(self), self.operator)


def leaf(label: str, operator: Operator = EML) -> Tree:
    """A constant or a variable."""
    return _intern(operator, label, None, None)


def node(left: Tree, right: Tree, operator: Operator = EML) -> Tree:
    """The operator applied to two trees."""
    return _intern(operator, "", left, right)


def _intern(operator: Operator, label: str, left: Tree | None, right: Tree | None) -> Tree:
    key = (operator.name, label, id(left), id(right))
    found = _INTERNED.get(key)
    if found is not None and (found.operator is operator or found.operator == operator):
        return found
    tree = Tree.__new__(Tree)
    tree.operator = operator
    tree.label, tree.left, tree.right = label, left, right
    if left is None or right is None:
        tree.k, tree.depth = 1, 0
    else:
        tree.k = left.k + right.k + 1
        tree.depth = max(left.depth, right.depth) + 1
    _INTERNED[key] = tree
    return tree


VARIABLE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
"""What a variable's name looks like."""

ONE = leaf("1")
"""The constant of EML."""
