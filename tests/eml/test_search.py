"""The search: the paper's shortest forms, found again, and how complete that is."""

from __future__ import annotations

import pytest

from eml.expression import parse_expression
from eml.prove import prove
from eml.search import Enumeration, Found, search
from eml.semantics import Semantics
from logic.budget import Budget
from logic.errors import PorismError

REAL, EXTENDED, COMPLEX = Semantics.REAL, Semantics.REAL_EXTENDED, Semantics.COMPLEX_EXTENDED


def shortest(text: str, semantics: Semantics, max_k: int = 47, forward: int = 17) -> Found:
    return search(parse_expression(text), max_k, semantics, forward=forward)


@pytest.mark.parametrize(
    ("text", "semantics", "k"),
    [
        ("0", REAL, 7),
        ("-1", EXTENDED, 15),
        ("-1", REAL, 17),
        ("2", REAL, 19),
        ("-2", EXTENDED, 27),
        ("1/2", EXTENDED, 29),
        ("2/3", EXTENDED, 39),
        ("-2/3", EXTENDED, 45),
        ("-2", COMPLEX, 25),
        ("-2/3", COMPLEX, 37),
    ],
)
def test_constants(text: str, semantics: Semantics, k: int) -> None:
    found = shortest(text, semantics, forward=29)
    assert (found.k, found.complete) == (k, k)
    assert found.tree is not None
    verdict = prove(found.tree, parse_expression(text), semantics).verdict
    assert verdict.status == "PROVED"


@pytest.mark.parametrize(
    ("text", "semantics", "k"),
    [
        ("ln(x)", REAL, 7),
        ("-x", EXTENDED, 15),
        ("-x", REAL, 17),
        ("1/x", EXTENDED, 15),
        ("x - 1", EXTENDED, 11),
        ("x + 1", REAL, 19),
        ("x^2", REAL, 17),
        ("x/2", EXTENDED, 29),
        ("x - y", REAL, 11),
        ("x*y", REAL, 17),
        ("x/y", COMPLEX, 17),
    ],
)
def test_functions(text: str, semantics: Semantics, k: int) -> None:
    forward = 11 if "y" in text else 17
    found = shortest(text, semantics, 31, forward)
    assert (found.k, found.complete) == (k, k)


def test_half_of_x_does_not_take_27() -> None:
    """The paper's Table 4 says 27; its real arithmetic has nothing below 29."""
    for semantics in (REAL, EXTENDED):
        assert search(parse_expression("x/2"), 27, semantics, forward=17).complete == 27


def test_the_number_of_workers_changes_nothing() -> None:
    one, two = (Enumeration(("x",), COMPLEX, workers=n) for n in (1, 3))
    assert one.grow(13) and two.grow(13)
    assert one.levels == two.levels


def test_memory_is_bounded() -> None:
    table = Enumeration((), EXTENDED, memory=20_000_000)
    budget = Budget(100)
    assert not table.grow(41, budget)
    assert budget.struck == "memory" and table.used < 20_000_000


def test_a_search_stops_and_goes_on() -> None:
    table = Enumeration((), EXTENDED)
    target = parse_expression("pi")
    stopped = search(target, 61, budget=Budget(0.3), enumeration=table)
    assert stopped.stopped == "time" and stopped.tree is None
    found = search(parse_expression("1/2"), 31, enumeration=table)
    assert found.k == 29


def test_a_target_outside_the_semantics_is_refused() -> None:
    with pytest.raises(PorismError, match="no value under the semantics real"):
        search(parse_expression("i"), 9, REAL)
    with pytest.raises(PorismError, match="no witness for the variable z"):
        search(parse_expression("z + 1"), 9)
