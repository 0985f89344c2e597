"""JSON schemas → the typed parameters of tools, and the values that they allow.

========================  ========================================================================
JSON schema               parameter
========================  ========================================================================
``string``                Text; with ``enum`` or ``const`` these values, with the format
                          ``date-time`` a Time
``integer``               Int, between ``minimum`` and ``maximum``; with ``enum`` these values
``number``                Decimal, of four places
``boolean``               Bool
``array`` of the above    Set of it: order and repetition are not seen
anything else             Text: its JSON
========================  ========================================================================

What is not in ``required`` is optional, and so is what may be ``null``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from governance.schema import Parameter
from governance.sorts import BOOL, DECIMAL, INT, LEAST, MOST, SCALE, TEXT, TIME, set_of
from governance.workflows.importers.sketch import parameter_name
from governance.workflows.ir import Domain, Interval
from governance.workflows.records import Record
from logic.terms import Sort

MOST_REFERENCES = 20


class Typed(NamedTuple):
    """A parameter, and which values it takes."""

    parameter: Parameter
    domain: Domain


def read_parameters(schema: Record, what: str) -> list[Typed]:
    """The parameters that an object's schema describes.

    Raises
    ------
    PorismError : the schema is not one of an object, or its references lead in a circle.
    """
    if schema.data is None or schema.data is True:
        return []
    data = schema.mapping(f"The schema of {what}")
    if data.get("type", "object") != "object":
        raise schema.at("type").error(f"The arguments of {what} are an object.")
    if not isinstance(data.get("required", []), list):
        raise schema.at("required").error("'required' is a list of names.")
    required = data.get("required", [])
    found: dict[str, Typed] = {}
    if "properties" in data:
        for name, part in schema.at("properties").items("'properties'"):
            sort, domain, nullable = _sort(part, schema, 0)
            optional = nullable or name not in required
            inner = parameter_name(name)
            if inner in found:
                raise part.error(f"Two parameters of {what} would be called '{inner}'.")
            found[inner] = Typed(Parameter(inner, sort, optional), domain)
    for name in required:
        if parameter_name(str(name)) not in found:
            inner = parameter_name(str(name))
            found[inner] = Typed(Parameter(inner, TEXT), None)
    return list(found.values())


def _sort(part: Record, root: Record, depth: int) -> tuple[Sort, Domain, bool]:
    """The sort of a schema, its values, and whether it may be null."""
    data = part.data
    if not isinstance(data, dict):
        if data is True or data is None:
            return TEXT, None, False
        raise part.error("A schema is a mapping.")
    if "$ref" in data:
        return _sort(_resolve(part, root, depth), root, depth + 1)
    for key in ("anyOf", "oneOf"):
        if isinstance(data.get(key), list):
            ways = [w for w in part.at(key).list(f"'{key}'") if w.data != {"type": "null"}]
            nullable = len(ways) < len(data[key])
            if len(ways) == 1:
                sort, domain, inner = _sort(ways[0], root, depth + 1)
                return sort, domain, nullable or inner
            return TEXT, None, nullable
    kind, nullable = data.get("type"), False
    if isinstance(kind, list):
        nullable = "null" in kind
        rest = [k for k in kind if k != "null"]
        kind = rest[0] if len(rest) == 1 else None
    values = data.get("enum", [data["const"]] if "const" in data else None)
    if isinstance(values, list):
        nullable = nullable or None in values
        values = [v for v in values if v is not None]
    else:
        values = None
    sort, domain = _plain(kind, data, values, part, root, depth)
    return sort, domain, nullable


def _plain(
    kind: Any,
    data: dict[str, Any],
    values: list[Any] | None,
    part: Record,
    root: Record,
    depth: int,
) -> tuple[Sort, Domain]:
    if values and all(isinstance(v, str) for v in values) and kind in ("string", None):
        return TEXT, tuple(dict.fromkeys(values))
    if values and all(type(v) is int and LEAST <= v <= MOST for v in values):
        return INT, tuple(dict.fromkeys(values))
    if values and kind != "boolean":
        return TEXT, None
    if kind == "string":
        return (TIME if data.get("format") == "date-time" else TEXT), None
    if kind == "integer":
        return INT, _interval(data, 1)
    if kind == "number":
        return DECIMAL, _interval(data, SCALE)
    if kind == "boolean":
        return BOOL, None
    if kind == "array" and depth < MOST_REFERENCES and isinstance(data.get("items"), dict):
        sort, _, nullable = _sort(part.at("items"), root, depth + 1)
        if sort.name != "Set" and not nullable and _scalar(part.at("items"), root):
            return set_of(sort), None
    return TEXT, None


def _scalar(part: Record, root: Record) -> bool:
    """Whether a schema is one of texts, numbers or truth values, and not of their JSON."""
    kind = _resolve(part, root, 0).data.get("type") if "$ref" in part else part.data.get("type")
    return kind in ("string", "integer", "number", "boolean")


def _interval(data: dict[str, Any], scale: int) -> Domain:
    ends = []
    for key, other in (("minimum", LEAST), ("maximum", MOST)):
        value = data.get(key)
        if type(value) is int and LEAST <= value * scale <= MOST:
            ends.append(value * scale)
        else:
            ends.append(other)
    if ends == [LEAST, MOST] or ends[0] > ends[1]:
        return None
    return Interval(*ends)


def _resolve(part: Record, root: Record, depth: int) -> Record:
    reference = part.data["$ref"]
    if depth > MOST_REFERENCES:
        raise part.error(f"The reference '{reference}' leads in a circle.")
    found = root
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise part.error(
            f"The reference '{reference}' leads out of this schema.", "References begin with '#/'."
        )
    for step in reference[2:].split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        if step not in found:
            raise part.error(f"The reference '{reference}' leads nowhere.")
        found = found.at(step)
    if isinstance(found.data, dict) and "$ref" in found.data and found.path != part.path:
        return _resolve(found, root, depth + 1)
    if not isinstance(found.data, dict) or "$ref" in found.data:
        raise part.error(f"The reference '{reference}' leads in a circle.")
    return found
