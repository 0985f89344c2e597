"""``Schema``: the tools, principals, roles, labels and enumerations that policies speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

from governance.sorts import (
    LEAST,
    MOST,
    NUMBERS,
    PLAIN,
    Undefined,
    Value,
    class_of,
    convert,
    well_formed,
)
from logic.errors import PorismError, Span, nearest
from logic.terms import Sort

Kind: TypeAlias = Literal["compute", "memory", "reason", "call", "observe"]
"""The five kinds of directive: every tool has one."""

KINDS: tuple[Kind, ...] = get_args(Kind)


class Parameter(msgspec.Struct, frozen=True):
    """One argument of a tool; an ``optional`` one may be left out of a request."""

    name: str
    sort: Sort
    optional: bool = False


class Tool(msgspec.Struct, frozen=True):
    """An effect that can be asked for: its kind and its typed parameters."""

    name: str
    kind: Kind
    parameters: tuple[Parameter, ...] = ()
    span: Span | None = None

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((p for p in self.parameters if p.name == name), None)


class Lattice(msgspec.Struct, frozen=True):
    """A finite lattice of labels; ``order`` holds the pairs (lower, higher) as declared."""

    name: str
    labels: tuple[str, ...]
    order: tuple[tuple[str, str], ...]
    span: Span | None = None

    def below(self) -> dict[str, frozenset[str]]:
        """For each label, all labels that are below it or equal."""
        return {
            label: frozenset({label, *_reach(label, [(b, a) for a, b in self.order])})
            for label in self.labels
        }

    def join(self, labels: Iterable[str]) -> str:
        """The least label above all of these; of none, the bottom."""
        below = self.below()
        given = list(labels)
        above = [c for c in self.labels if all(g in below[c] for g in given)]
        return min(above, key=lambda c: len(below[c]))


class Schema(msgspec.Struct):
    """What a policy may speak of.

    ``roles`` maps a role to the roles it is in, ``principals`` a principal to its roles.
    A principal that is not declared may still ask; its roles then come with its request.
    """

    tools: dict[str, Tool] = {}
    roles: dict[str, tuple[str, ...]] = {}
    principals: dict[str, tuple[str, ...]] = {}
    lattices: dict[str, Lattice] = {}
    enumerations: dict[str, tuple[str, ...]] = {}

    def sort(self, name: str) -> Sort | None:
        """The sort of that name."""
        if name in self.lattices or name in self.enumerations:
            return Sort(name)
        return PLAIN.get(name)

    def members(self, sort: Sort) -> tuple[str, ...]:
        """The labels or enumerators of a sort; none if it has others."""
        if sort.name in self.lattices:
            return self.lattices[sort.name].labels
        return self.enumerations.get(sort.name, ())

    def ordered(self, sort: Sort) -> bool:
        """Whether ``<=`` means something for a sort."""
        return sort in NUMBERS or sort.name in self.lattices

    def above(self, names: Iterable[str]) -> frozenset[str]:
        """These roles and all roles that they are in."""
        edges = [(role, up) for role, ups in self.roles.items() for up in ups]
        found = set(names)
        for name in tuple(found):
            found |= _reach(name, edges)
        return frozenset(found)

    def ancestors(self) -> dict[str, frozenset[str]]:
        """For each declared principal and role, the roles it is in."""
        return {
            **{name: self.above(ups) for name, ups in self.roles.items()},
            **{name: self.above(ups) for name, ups in self.principals.items()},
        }

    def agrees(self, other: Schema) -> bool:
        """Whether two schemas declare the same, wherever they do so."""
        return _placeless(self) == _placeless(other)

    def check(self) -> None:
        """Hold the parts of a schema against each other.

        Raises
        ------
        PorismError : a role, sort or label is unknown, a hierarchy turns in a circle, or an order
            of labels is no lattice.
        """
        for tool in self.tools.values():
            if tool.kind not in KINDS:
                raise PorismError(
                    f"The tool '{tool.name}' has the kind '{tool.kind}', which is none.",
                    tool.span,
                    f"The kinds are {', '.join(KINDS)}.",
                )
            seen = set()
            for p in tool.parameters:
                if p.name in seen:
                    raise PorismError(
                        f"The tool '{tool.name}' has two parameters '{p.name}'.", tool.span
                    )
                seen.add(p.name)
                inner = p.sort.args[0] if p.sort.name == "Set" and p.sort.args else p.sort
                if self.sort(inner.name) is None:
                    raise PorismError(
                        f"The parameter '{p.name}' of '{tool.name}' has the unknown sort "
                        f"'{p.sort}'.",
                        tool.span,
                        nearest(inner.name, [*PLAIN, *self.lattices, *self.enumerations]),
                    )
        for name, ups in (*self.roles.items(), *self.principals.items()):
            for up in ups:
                if up not in self.roles:
                    raise PorismError(
                        f"'{name}' is in '{up}', which is no role.", hint=nearest(up, self.roles)
                    )
            if name in self.roles and name in self.above(ups):
                raise PorismError(f"The role '{name}' is above itself.")
        for lattice in self.lattices.values():
            _check_lattice(lattice)

    def validators(self) -> Mapping[str, Validator]:
        """For each tool, what checks and converts the arguments of a request.

        Tools with the same parameters share one: what many requests touch should be small.
        """
        shared: dict[tuple[Parameter, ...], Validator] = {}
        return {
            name: shared.get(tool.parameters)
            or shared.setdefault(tool.parameters, Validator(self, tool))
            for name, tool in self.tools.items()
        }


class Validator:
    """The arguments of a tool: checked and converted to values."""

    def __init__(self, schema: Schema, tool: Tool) -> None:
        # The class of a value that needs no conversion, where one look tells.
        self._parameters = {
            p.name: (class_of(p.sort), p.sort, frozenset(schema.members(p.sort)))
            for p in tool.parameters
        }
        self._required = [p.name for p in tool.parameters if not p.optional]

    def __call__(self, args: Mapping[str, object]) -> dict[str, Value]:
        """The arguments as values.

        Raises
        ------
        Undefined : one is missing, unknown or of another sort.
        """
        found: dict[str, Value] = {}
        parameters = self._parameters
        for name, value in args.items():
            entry = parameters.get(name)
            if entry is None:
                raise Undefined(
                    f"there is no parameter '{name}'. {hint(name, parameters)}".rstrip()
                )
            cls, sort, members = entry
            if type(value) is cls:
                if cls is str:
                    found[name] = value if value.isascii() else well_formed(value)  # type: ignore[attr-defined, arg-type]
                elif cls is bool or LEAST <= value <= MOST:  # type: ignore[operator]
                    found[name] = value
                else:
                    raise Undefined(f"{name}: {value} does not fit into 64 bits")
            elif members:
                if not isinstance(value, str) or value not in members:
                    raise Undefined(f"'{value}' is no {sort.name}")
                found[name] = value
            else:
                try:
                    found[name] = convert(value, sort)
                except Undefined as why:
                    raise Undefined(f"{name}: {why}") from None
        for name in self._required:
            if name not in found:
                raise Undefined(f"the argument '{name}' is missing")
        return found


def hint(name: str, known: Mapping[str, object]) -> str:
    """The nearest name, where looking for it costs little: requests come from anybody."""
    return nearest(name, known) if len(name) <= 100 and len(known) <= 200 else ""


class Hierarchy:
    """Who is under whom: a schema's roles, and for imports any entities."""

    def __init__(self, ancestors: Mapping[str, frozenset[str]]) -> None:
        self.ancestors = dict(ancestors)

    @classmethod
    def of(cls, parents: Mapping[str, Iterable[str]]) -> Hierarchy:
        """From each name's parents; a circle makes its members each other's ancestors."""
        edges = [(name, up) for name, ups in parents.items() for up in ups]
        return cls({name: frozenset(_reach(name, edges)) for name in parents})


def _placeless(schema: Schema) -> tuple[object, ...]:
    tools = {n: msgspec.structs.replace(t, span=None) for n, t in schema.tools.items()}
    lattices = {n: msgspec.structs.replace(x, span=None) for n, x in schema.lattices.items()}
    return tools, lattices, schema.roles, schema.principals, schema.enumerations


def _reach(start: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    up: dict[str, list[str]] = {}
    for a, b in edges:
        up.setdefault(a, []).append(b)
    found: set[str] = set()
    todo = [start]
    while todo:
        for name in up.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def _check_lattice(lattice: Lattice) -> None:
    below = lattice.below()
    for a in lattice.labels:
        for b in lattice.labels:
            if a != b and a in below[b] and b in below[a]:
                raise PorismError(
                    f"In {lattice.name}, '{a}' and '{b}' are below each other.", lattice.span
                )
            above = [c for c in lattice.labels if a in below[c] and b in below[c]]
            least = [c for c in above if all(c in below[d] for d in above)]
            if len(least) != 1:
                raise PorismError(
                    f"{lattice.name} is no lattice: no least label is above '{a}' and '{b}'.",
                    lattice.span,
                    "Order the labels so that any two have one, as in public < internal < secret.",
                )
    if not [c for c in lattice.labels if all(c in below[d] for d in lattice.labels)]:
        raise PorismError(f"{lattice.name} has no lowest label.", lattice.span)
