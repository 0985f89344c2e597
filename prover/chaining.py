"""What conditional laws say of what a block knows: one step forwards from a new literal.

Where ``not x <= y -> y <= x`` is a theorem, a case in which ``x <= y`` fails is one in which
``y <= x`` holds. A law fires when one premise matches the new literal and the others match what the
block knows, or hold by rewriting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from logic.core import Bank
from prover.facts import Fact
from prover.language import Literal

FIRINGS = 8
"""Consequences drawn from one literal by one law, at most."""
CHAIN = 3
"""Consequences of consequences, at most."""


class Implication(msgspec.Struct, frozen=True):
    """A conditional law as literals of a bank; every variable occurs in the premises."""

    fact: Fact
    variables: tuple[int, ...]
    body: tuple[Literal, ...]
    head: Literal


def firings(
    bank: Bank, body: Sequence[Literal], new: Literal, known: Sequence[Literal]
) -> list[dict[int, int]]:
    """Values for a law's variables under which all premises are the new literal or known ones."""
    found: list[dict[int, int]] = []
    for index, premise in enumerate(body):
        rest = [*body[:index], *body[index + 1 :]]
        for start in _matches(bank, premise, new, {}):
            for binding in _extend(bank, rest, [new, *known], start):
                if binding not in found:
                    found.append(binding)
                if len(found) == FIRINGS:
                    return found
    return found


def _extend(
    bank: Bank, premises: Sequence[Literal], known: Sequence[Literal], binding: dict[int, int]
) -> Iterator[dict[int, int]]:
    if not premises:
        yield binding
        return
    for literal in known:
        for more in _matches(bank, premises[0], literal, binding):
            yield from _extend(bank, premises[1:], known, more)


def _matches(
    bank: Bank, pattern: Literal, literal: Literal, binding: dict[int, int]
) -> Iterator[dict[int, int]]:
    """Bindings that make a pattern a ground literal, its sides in either order."""
    for one, two in dict.fromkeys((literal, literal[::-1])):
        first = bank.match(bank.substitute(pattern[0], binding), one)
        if first is None:
            continue
        both = binding | first
        second = bank.match(bank.substitute(pattern[1], both), two)
        if second is not None:
            yield both | second
