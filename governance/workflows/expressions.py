"""Text → terms and formulas over a workflow's variables, in the spelling of policy files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from governance import conditions as build
from governance.schema import Schema
from governance.sorts import BOOL, INT, PLAIN, TEXT, Undefined, constant, convert, set_of
from governance.spellings.expressions import ConditionReader, Scope
from governance.spellings.parse import Word, parse_expression
from governance.workflows.ir import Variable
from logic.errors import PorismError, Span, nearest
from logic.formulas import Formula
from logic.source import Source
from logic.terms import Sort, Term


class _Reader(ConditionReader):
    """Conditions whose names are variables, and that know no past."""

    def _unknown(self, word: Word, scope: Scope) -> PorismError:
        return self.error(
            f"There is no variable '{word.text}'.",
            word,
            nearest(word.text, [*scope.parameters, *self._names])
            or f'A text is written in quotes inside the expression: "{word.text}".',
        )


class Expressions:
    """Reads the expressions of one workflow.

    Parameters
    ----------
    schema : what tools, labels and enumerations there are.
    variables : what the expressions speak of.
    """

    def __init__(self, schema: Schema, variables: Mapping[str, Variable]) -> None:
        self.schema = schema
        self.variables = variables

    def formula(self, text: object, where: str = "", span: Span | None = None) -> Formula:
        """A condition: ``"amount <= 500 and approved"``, or a truth value."""
        if isinstance(text, bool):
            return build.as_formula(constant(text, BOOL))
        found = self._read(text, where, span, formula=True)
        return cast(Formula, found)

    def term(
        self, text: object, sort: Sort | None = None, where: str = "", span: Span | None = None
    ) -> Term:
        """A value: a text is an expression (``"total + 1"``, ``'"ACME"'``); others are themselves.

        ``sort`` is what its place wants, so that 500 may be a decimal and a bare name a label.
        """
        if isinstance(text, bool):
            return constant(text, BOOL)
        if isinstance(text, int) and not isinstance(text, bool):
            found: Any = constant(text, INT)
        elif isinstance(text, float):
            found = self._read(repr(text), where, span)
        else:
            found = self._read(text, where, span, sort=sort)
        return build.fit(self.schema, found, sort) if sort is not None else found

    def _read(
        self,
        text: object,
        where: str,
        span: Span | None,
        formula: bool = False,
        sort: Sort | None = None,
    ) -> Term | Formula:
        if not isinstance(text, str):
            raise PorismError(f"{where or 'This'} is no expression: {text!r}.", span)
        if sort is not None and text in self.schema.members(sort) and text not in self.variables:
            return build.fit(self.schema, constant(text, TEXT), sort)
        source = Source(text, where or "expression")
        scope = Scope(self.schema, ())
        scope.parameters.update({v.name: v.sort for v in self.variables.values()})
        reader = _Reader(source, self.schema)
        try:
            node = parse_expression(source)
            found = reader.formula(node, scope) if formula else reader.term(node, scope)
            if reader.monitors:
                raise PorismError(
                    "A workflow's expression does not look at the past.",
                    source.span(node.at, node.end),
                    "Rules and claims do.",
                )
            return found
        except PorismError as error:
            if span is None:
                raise
            shown = error.span.text if error.span else text
            raise PorismError(
                f"In {where or 'an expression'}, '{shown}': {error.message}", span, error.hint
            ) from None


def read_sort(schema: Schema, text: object, span: Span | None = None) -> Sort:
    """The sort of that name: ``Int``, ``Set of Text``, a label lattice, an enumeration."""
    if not isinstance(text, str):
        raise PorismError(f"A sort is a name, not {text!r}.", span)
    inner = text.removeprefix("Set of ").strip()
    sort = schema.sort(inner)
    if sort is None:
        known = [*PLAIN, *schema.lattices, *schema.enumerations]
        raise PorismError(
            f"There is no sort '{text}'.",
            span,
            nearest(inner, known) or f"There are {', '.join(known)}.",
        )
    return set_of(sort) if inner != text.strip() else sort


def read_value(schema: Schema, value: object, sort: Sort, what: str, span: Span | None) -> Any:
    """A value of a sort, from what JSON or YAML gives."""
    try:
        members = schema.members(sort)
        found = convert(value if not isinstance(value, float) else repr(value), sort)
        if members and found not in members:
            raise Undefined(
                f"{json.dumps(value)} is no {sort.name}. {nearest(str(value), members)}"
            )
        return found
    except Undefined as why:
        raise PorismError(f"{what}: {why}.".replace("..", "."), span) from None
