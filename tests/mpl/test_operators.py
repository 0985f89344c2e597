"""The grammar's ladder of levels is the table of ``logic.operators``."""

from __future__ import annotations

from itertools import product

import pytest

from logic.operators import CONNECTIVES, FUNCTIONS, Operator
from logic.source import Source
from mpl import syntax as raw
from mpl.parse import parse_expression


def shape(text: str) -> str:
    """Which of two operators in ``a o b o' c`` binds first: ``left`` or ``right``."""
    node = parse_expression(Source(text, "t"))
    assert isinstance(node, raw.Call | raw.Connective)
    left = node.args[0] if isinstance(node, raw.Call) else node.left
    return "left" if isinstance(left, raw.Call | raw.Connective) else "right"


def expected(first: Operator, second: Operator) -> str:
    if first.level != second.level:
        return "left" if first.level > second.level else "right"
    return first.associates


TABLE = {**FUNCTIONS, **{s: o for s, o in CONNECTIVES.items() if o.associates != "none"}}


@pytest.mark.parametrize(("a", "b"), list(product(TABLE, TABLE)))
def test_each_pair_of_operators_groups_as_the_table_says(a: str, b: str) -> None:
    assert shape(f"x {a} y {b} z") == expected(TABLE[a], TABLE[b])
