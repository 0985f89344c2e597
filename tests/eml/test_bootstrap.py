"""verify_base: which sets generate a calculator."""

from __future__ import annotations

import pytest

from eml.bootstrap import verify_base
from logic.errors import PorismError


@pytest.mark.slow
@pytest.mark.parametrize("base", ["eml", "neml", "calc0", "calc1", "calc2", "calc3", "wolfram"])
def test_the_sets_of_the_paper_generate_the_repertoire(base: str) -> None:
    basis = verify_base([base])
    assert basis.complete
    assert all(link.verdict.status in ("PROVED", "NUMERIC") for link in basis.chain)


def test_addition_alone_does_not() -> None:
    basis = verify_base(["1", "+"])
    assert [link.name for link in basis.chain] == ["2"]
    assert "exp" in basis.missing


def test_names_are_checked() -> None:
    with pytest.raises(PorismError, match="neither a constant nor an operator"):
        verify_base(["1", "elm"])
    with pytest.raises(PorismError, match="no operator"):
        verify_base(["1", "e"])
