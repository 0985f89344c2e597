"""The search: the paper's shortest forms, found again, and how complete that is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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


def test_a_search_goes_on_from_its_file(tmp_path: Path) -> None:
    target = parse_expression("pi")
    table = Enumeration((), COMPLEX)
    search(target, 25, enumeration=table, forward=21)
    path = str(tmp_path / "search.npz")
    table.save(path)
    again = Enumeration.load(path)
    assert again.levels == table.levels and again.searched == {"pi": 25}
    before = again.candidates
    found = search(target, 27, enumeration=again, forward=21)
    assert found.complete == 27 and again.candidates == before
    whole = search(target, 27, COMPLEX, forward=21)
    assert (whole.tree, whole.complete) == (found.tree, found.complete)
    assert again.grow(23) and table.grow(23) and again.levels == table.levels


def test_a_file_that_is_no_search_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "search.npz"
    for content in (b"", b"PK\x03\x04 no zip", b"[1, 2]"):
        path.write_bytes(content)
        with pytest.raises(PorismError, match="holds no search"):
            Enumeration.load(str(path))
    with path.open("wb") as stream:
        np.savez(stream, about=np.frombuffer(b'{"format": "other"}', np.uint8))
    with pytest.raises(PorismError, match="holds no search"):
        Enumeration.load(str(path))
    with pytest.raises(PorismError, match="cannot be read"):
        Enumeration.load(str(tmp_path / "missing.npz"))
    table = Enumeration(("x",), EXTENDED)
    table.grow(9)
    table.save(str(path))
    with np.load(path) as arrays:
        damaged = {name: arrays[name] for name in arrays}
    damaged["3.0.left"] = damaged["3.0.left"] + 12345
    with path.open("wb") as stream:
        np.savez(stream, **damaged)
    with pytest.raises(PorismError, match="holds no search"):
        Enumeration.load(str(path))


@pytest.mark.parametrize(("text", "k"), [("ln(x)", 7), ("-x", 17), ("x - y", 11), ("x*y", 17)])
def test_the_lower_branch_is_searched_as_well(text: str, k: int) -> None:
    found = shortest(text, Semantics.COMPLEX_LOWER, 21, 9 if "y" in text else 13)
    assert (found.k, found.complete) == (k, k)


def test_the_branch_decides_what_is_found() -> None:
    """eml-ln of -1 is -i pi on the principal branch and i pi on the lower one."""
    below, above = parse_expression("-i*pi"), parse_expression("i*pi")
    upper, lower = Semantics.COMPLEX, Semantics.COMPLEX_LOWER
    ks = [search(t, 25, s, forward=23).k for t in (below, above) for s in (upper, lower)]
    assert ks[0] == ks[3] is not None and ks[1] is None and ks[2] is None
