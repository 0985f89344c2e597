"""Temporal rules for agent graphs: a JSON list of ``{"id": ..., "dsl": "G !tool:drop_table"}``.

The seven forms are ``G !a``, ``a -> F b``, ``a -> F[<=k] b``, ``a -> F b -> F c``, ``a U b``,
``(f) AND (g)`` and ``(f) OR (g)``; what the texts mean is read where claims are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from governance.workflows.records import Record, json_record
from logic.errors import Span, nearest
from logic.source import Source, read_source

FORMS = ("forbidden", "implication_future", "bounded_response", "response_chain", "until",
         "conjunction", "disjunction")  # fmt: skip
_KEYS = ("id", "dsl", "form", "motivation", "domain", "on_violation")


class TemporalRule(msgspec.Struct, frozen=True):
    """A rule as the file has it: its name, its text, and what the file says of it."""

    name: str
    text: str
    form: str = ""
    motivation: str = ""
    domain: str = ""
    on_violation: str = ""
    span: Span | None = None


def load_temporal(path: str | Path) -> list[TemporalRule]:
    """The rules of a file.

    Raises
    ------
    PorismError : the file is no list of rules, two have one name, or a form is unknown.
    """
    return parse_temporal(read_source(path, "a list of temporal rules"))


def parse_temporal(source: Source) -> list[TemporalRule]:
    """The rules of a JSON text."""
    found: dict[str, TemporalRule] = {}
    for part in json_record(source).list("A list of temporal rules"):
        rule = _rule(part)
        if rule.name in found:
            raise part.at("id").error(f"There are two rules '{rule.name}'.")
        found[rule.name] = rule
    return list(found.values())


def recognises(data: Any) -> bool:
    """Whether data looks like such a list."""
    return isinstance(data, list) and bool(data) and isinstance(data[0], dict) and "dsl" in data[0]


def _rule(part: Record) -> TemporalRule:
    part.mapping("A rule")
    part.known(_KEYS, "A rule")
    said = {k: part.at(k).text(f"'{k}'") for k in _KEYS if k in part}
    for key in ("id", "dsl"):
        if not said.get(key):
            raise part.error(f"A rule has an '{key}'." if key == "id" else "A rule has a 'dsl'.")
    form = said.get("form", "")
    if form and form not in FORMS:
        raise part.at("form").error(
            f"There is no form '{form}'.", nearest(form, FORMS) or f"There are {', '.join(FORMS)}."
        )
    name, text = said.pop("id"), said.pop("dsl")
    return TemporalRule(name, text, **said, span=part.at("dsl").span)
