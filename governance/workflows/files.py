"""Workflows in files: YAML, or JSON of the same shape.

.. code-block:: yaml

    workflow: pay                  # its name
    schema: bank.schema            # a file beside this one, or the declarations themselves
    principal: ann                 # who asks (default: agent; a callee asks as its caller)
    on_denial: halt                # or raise: a denial takes the edge for failure
    flow: values                   # how labels spread: values, or session
    variables:
      goal: Text                   # an input: any value
      choice: {sort: Text, among: [pay, stop]}
      paid: {sort: Int, initial: 0}
      price: {sort: Decimal, from: 0, to: 100, labels: {Secrecy: public}}
    start: plan                    # default: the first node
    nodes:
      plan:   {perform: plan, with: {goal: goal}, into: choice}
      what:   {choose: [{when: choice = "pay" and paid < 3, go: send}], otherwise: done}
      send:   {perform: send_money, with: {to: '"ACME"', amount: 100}, failed: done}
      count:  {set: {paid: paid + 1}, next: plan}
      done:   {end: paid}

A node without ``next`` leads to the one below it. Besides these: ``fork: [a, b]`` with
``join: j``, ``{join: true}``, ``{call: other, with: {...}, into: x, grants: [tool, ...]}`` for one
of the ``workflows:`` of the file, and ``{cut: reason}``. A ``perform`` may have ``denied``,
``substitute``, ``principal``, ``labels``, ``human``, ``store`` (with ``stored``), ``recall`` and
``conduct``.

A text is an expression, as in policy files; a text constant is quoted inside it: ``'"ACME"'``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from governance.schema import Schema
from governance.spellings.elaborate import parse_schema
from governance.workflows.expressions import Expressions, read_sort, read_value
from governance.workflows.ir import (
    DUE,
    Assign,
    Branch,
    Case,
    Conduct,
    Cut,
    Domain,
    End,
    Fork,
    Interval,
    Join,
    Node,
    Perform,
    SubCall,
    Variable,
    Workflow,
)
from governance.workflows.records import Path, Record, yaml_record
from logic.errors import PorismError, Span, nearest
from logic.source import Source, read_source

MOST_NODES = 200_000


def load_workflow(path: str | FilePath, schema: Schema | None = None) -> Workflow:
    """Read a workflow file; ``schema`` takes the place of the one that the file names.

    Raises
    ------
    PorismError : the file is none, or its parts do not fit together.
    """
    return parse_workflow(read_source(path, "a workflow"), schema)


def parse_workflow(source: Source | str, schema: Schema | None = None) -> Workflow:
    """The workflow that a text denotes."""
    source = source if isinstance(source, Source) else Source(source, "workflow.yaml")
    return read_workflow(yaml_record(source), schema)  # JSON is YAML


def read_workflow(record: Record, schema: Schema | None = None) -> Workflow:
    """The workflow that a record denotes."""
    if record.data is None:
        raise record.error("This file is empty.", "A workflow begins with its name.")
    return _Reader(record).workflow(record.data, schema, ())


def is_workflow(record: object) -> bool:
    """Whether a record is of this form, and not one that an importer reads."""
    return isinstance(record, dict) and "workflow" in record and "nodes" in record


_TOP = ("workflow", "schema", "principal", "on_denial", "flow", "variables", "start", "nodes",
        "workflows", "assumptions")  # fmt: skip
_KEYS: dict[str, tuple[str, ...]] = {
    "perform": ("with", "into", "next", "failed", "denied", "substitute", "principal", "labels",
                "human", "store", "stored", "recall", "kind", "conduct"),
    "set": ("next", "labels"),
    "choose": ("otherwise",),
    "fork": ("join",),
    "join": ("next",),
    "call": ("with", "into", "grants", "next", "failed"),
    "end": (),
    "cut": (),
}  # fmt: skip
_CONDUCT = ("mediated", "permit_of", "performs", "times", "checked", "honoured")


class _Reader:
    """One file's records to workflows."""

    def __init__(self, record: Record) -> None:
        self._source = record.source
        self._places = record.places

    def workflow(self, record: Any, schema: Schema | None, path: Path, name: str = "") -> Workflow:
        self._mapping(record, path, "A workflow")
        self._known(record, _TOP, path, "A workflow")
        nodes = self._mapping(record.get("nodes"), (*path, "nodes"), "'nodes'")
        if not nodes:
            raise self._error("A workflow has at least one node.", path)
        if len(nodes) > MOST_NODES:
            raise self._error(f"A workflow has at most {MOST_NODES} nodes.", path)
        if schema is None:
            schema = self._schema(record.get("schema"), path)
        made = Workflow(
            name=self._text(record.get("workflow", name), (*path, "workflow")),
            schema=schema,
            nodes={},
            start=str(record.get("start", next(iter(nodes)))),
            principal=self._text(record.get("principal", ""), (*path, "principal")),
            on_denial=self._one(record, "on_denial", ("halt", "raise"), path),
            flow=self._one(record, "flow", ("values", "session"), path),
            span=self._place(path),
        )
        variables = self._mapping(record.get("variables", {}), (*path, "variables"), "'variables'")
        for key, value in variables.items():
            made.variables[key] = self._variable(schema, key, value, (*path, "variables", key))
        inner = self._mapping(record.get("workflows", {}), (*path, "workflows"), "'workflows'")
        for key, value in inner.items():
            made.workflows[key] = self.workflow(value, schema, (*path, "workflows", key), key)
        made.assumptions += [str(a) for a in self._list(record.get("assumptions", []), path)]
        read = Expressions(schema, made.variables)
        below = dict(zip(nodes, [*list(nodes)[1:], ""], strict=True))
        for key, value in nodes.items():
            made.nodes[key] = self._node(made, read, key, value, below[key], (*path, "nodes", key))
        return made.check()

    def _schema(self, wanted: Any, path: Path) -> Schema:
        if not isinstance(wanted, str):
            raise self._error(
                "A workflow names its schema.", path, "Write 'schema: FILE', or the declarations."
            )
        if "\n" in wanted.strip() or " is " in wanted:
            return parse_schema(Source(wanted, f"{self._source.file} (schema)"))
        beside = FilePath(self._source.file).parent / wanted
        return parse_schema(read_source(beside, "a schema", self._place((*path, "schema"))))

    def _variable(self, schema: Schema, name: str, value: Any, path: Path) -> Variable:
        span = self._place(path)
        if isinstance(value, str):
            return Variable(name, read_sort(schema, value, span))
        self._mapping(value, path, f"The variable '{name}'")
        self._known(value, ("sort", "initial", "among", "from", "to", "labels"), path, "A variable")
        sort = read_sort(schema, value.get("sort"), span)
        domain: Domain = None
        if "among" in value:
            among = self._list(value["among"], (*path, "among"))
            domain = tuple(read_value(schema, v, sort, f"'{name}'", span) for v in among)
        elif "from" in value or "to" in value:
            if not ("from" in value and "to" in value):
                raise self._error(f"'{name}' needs both 'from' and 'to'.", path)
            low, high = (
                int(read_value(schema, value[end], sort, f"'{name}'", span))
                for end in ("from", "to")
            )
            domain = Interval(low, high)
        initial = value.get("initial")
        if initial is not None:
            initial = read_value(schema, initial, sort, f"'{name}'", span)
        labels = self._mapping(value.get("labels", {}), (*path, "labels"), "'labels'")
        return Variable(name, sort, initial, domain, labels)

    def _node(
        self,
        made: Workflow,
        read: Expressions,
        name: str,
        value: Any,
        below: str,
        path: Path,
    ) -> Node:
        self._mapping(value, path, f"The node '{name}'")
        kinds = ["fork"] if "fork" in value else [k for k in _KEYS if k in value]
        if len(kinds) != 1:
            known = ", ".join(_KEYS)
            unknown = next((k for k in value if k not in _KEYS), "")
            raise self._error(
                f"The node '{name}' does not say what it does.",
                path,
                nearest(unknown, _KEYS) if unknown else f"It has one of {known}.",
            )
        (kind,) = kinds
        self._known(value, (kind, *_KEYS[kind]), path, f"A node that has '{kind}'")
        span = self._place(path)
        text = {
            k: self._text(value.get(k, ""), (*path, k)) for k in _EDGES if k in value and k != kind
        }
        next_ = text.get("next", below)
        terms: dict[str, Any] = {}
        given = self._mapping(value.get("with", {}), (*path, "with"), "'with'")
        match kind:
            case "perform":
                return self._perform(made, read, name, value, next_, path)
            case "set":
                sets = self._mapping(value["set"], (*path, "set"), "'set'")
                for key, term in sets.items():
                    v = made.variables.get(key)
                    place = self._place((*path, "set", key))
                    terms[key] = read.term(term, v.sort if v else None, f"'{key}'", place)
                labels = self._mapping(value.get("labels", {}), (*path, "labels"), "'labels'")
                return Assign(name=name, span=span, sets=terms, next=next_, labels=labels)
            case "choose":
                cases = []
                for i, case in enumerate(self._list(value["choose"], (*path, "choose"))):
                    at: Path = (*path, "choose", i)
                    if isinstance(case, str):
                        cases.append(Case(case))
                        continue
                    self._mapping(case, at, "A case")
                    self._known(case, ("when", "go"), at, "A case")
                    guard = (
                        read.formula(case["when"], "'when'", self._place((*at, "when")))
                        if "when" in case
                        else None
                    )
                    cases.append(Case(self._text(case.get("go"), at), guard))
                other = text.get("otherwise", "")
                return Branch(name=name, span=span, cases=tuple(cases), otherwise=other)
            case "fork":
                starts = [self._text(b, path) for b in self._list(value["fork"], (*path, "fork"))]
                return Fork(name=name, span=span, branches=tuple(starts), join=text.get("join", ""))
            case "join":
                return Join(name=name, span=span, next=next_)
            case "call":
                called = made.workflows.get(str(value["call"]))
                for key, term in given.items():
                    v = called.variables.get(key) if called else None
                    place = self._place((*path, "with", key))
                    terms[key] = read.term(term, v.sort if v else None, f"'{key}'", place)
                grants = value.get("grants")
                tools = None if grants is None else frozenset(map(str, self._list(grants, path)))
                return SubCall(
                    name=name, span=span, workflow=str(value["call"]), args=terms,
                    into=text.get("into", ""), grants=tools, next=next_,
                    failed=text.get("failed", ""),
                )  # fmt: skip
            case "cut":
                return Cut(name=name, span=span, reason=str(value["cut"]))
        result = value["end"]
        found = None if result in (None, True) else read.term(result, None, "the result", span)
        return End(name=name, span=span, result=found)

    def _perform(
        self,
        made: Workflow,
        read: Expressions,
        name: str,
        value: Mapping[str, Any],
        next_: str,
        path: Path,
    ) -> Perform:
        tool = made.schema.tools.get(str(value["perform"]))
        text = {k: self._text(value[k], (*path, k)) for k in _EDGES if k in value}

        def args(key: tuple[str, ...], given: Any) -> dict[str, Any]:
            terms = {}
            for arg, term in self._mapping(given, (*path, *key), f"'{key[-1]}'").items():
                parameter = tool.parameter(arg) if tool else None
                sort = parameter.sort if parameter else None
                terms[arg] = read.term(term, sort, f"'{arg}'", self._place((*path, *key, arg)))
            return terms

        conduct = DUE
        if "conduct" in value:
            how = self._mapping(value["conduct"], (*path, "conduct"), "'conduct'")
            self._known(how, _CONDUCT, (*path, "conduct"), "'conduct'")
            performs = how.get("performs")
            times = how.get("times", 1)
            if not isinstance(times, int) or not 1 <= times <= 10:
                raise self._error("'times' is a number from 1 to 10.", (*path, "conduct"))
            conduct = Conduct(
                mediated=bool(how.get("mediated", True)),
                permit_of=str(how.get("permit_of", "")),
                performs=None if performs is None else args(("conduct", "performs"), performs),
                times=times,
                checked=bool(how.get("checked", False)),
                honoured=bool(how.get("honoured", True)),
            )
        into = made.variables.get(text.get("into", ""))
        substitute = value.get("substitute")
        return Perform(
            name=name,
            span=self._place(path),
            tool=str(value["perform"]),
            args=args(("with",), value.get("with", {})),
            into=text.get("into", ""),
            next=next_,
            failed=text.get("failed", ""),
            denied=text.get("denied", ""),
            substitute=None
            if substitute is None
            else read.term(substitute, into.sort if into else None, "'substitute'"),
            principal=text.get("principal", ""),
            labels=self._mapping(value.get("labels", {}), (*path, "labels"), "'labels'"),
            human=bool(value.get("human", False)),
            store=text.get("store", ""),
            stored=text.get("stored", ""),
            recall=text.get("recall", ""),
            kind=value.get("kind"),
            conduct=conduct,
        )

    # -- complaints ------------------------------------------------------------------------

    def _place(self, path: Path) -> Span:
        return self._source.span(*self._places.of(path))

    def _error(self, message: str, path: Path, hint: str = "") -> PorismError:
        return PorismError(message, self._place(path), hint)

    def _mapping(self, value: Any, path: Path, what: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._error(f"{what} is a mapping of names to values.", path)
        return value

    def _list(self, value: Any, path: Path) -> list[Any]:
        if not isinstance(value, list):
            raise self._error("Here a list is needed: [a, b].", path)
        return value

    def _text(self, value: Any, path: Path) -> str:
        if not isinstance(value, str):
            raise self._error(f"Here a name is needed, not {json.dumps(value, default=str)}.", path)
        return value

    def _one(self, record: Mapping[str, Any], key: str, known: tuple[str, ...], path: Path) -> Any:
        value = record.get(key, known[0])
        if value not in known:
            raise self._error(
                f"'{key}' is {' or '.join(known)}, not {value!r}.", (*path, key),
                nearest(str(value), known),
            )  # fmt: skip
        return value

    def _known(
        self, record: Mapping[str, Any], known: Iterable[str], path: Path, what: str
    ) -> None:
        known = tuple(known)
        for key in record:
            if key not in known:
                raise self._error(
                    f"{what} has no '{key}'.",
                    (*path, key),
                    nearest(key, known) or f"It has {', '.join(known)}.",
                )


_EDGES = ("next", "failed", "denied", "otherwise", "join", "into", "principal", "store", "stored",
          "recall")  # fmt: skip
