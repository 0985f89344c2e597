"""Workflows built step by step in Python.

Each step leads to the next one that is added, until a step says otherwise; ``label`` names a place
that ``to`` can lead to, before or after it. Expressions are texts as in policy files.

>>> from governance.spellings.builder import make_schema, tool
>>> bank = make_schema(tools=[
...     tool("plan", "reason", goal="Text"),
...     tool("send_money", "call", to="Text", amount="Int"),
... ])
>>> b = WorkflowBuilder("pay", bank, principal="ann")
>>> b.variable("choice", "Text", among=["pay", "stop"])
>>> b.variable("paid", "Int", initial=0)
>>> b.label("again")
>>> b.perform("plan", goal='"pay the bill"', into="choice")
'plan'
>>> b.branch({'choice = "pay" and paid < 3': "pay"}, otherwise="stop")
'branch'
>>> b.label("pay")
>>> b.perform("send_money", to='"ACME"', amount=100)
'send_money'
>>> b.set(paid="paid + 1", to="again")
'set'
>>> b.label("stop")
>>> b.end("paid")
'end'
>>> workflow = b.workflow()
>>> [node.name for node in workflow.nodes.values()]
['plan', 'branch', 'send_money', 'set', 'end']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from governance.schema import Schema
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
    Flow,
    Fork,
    Interval,
    Join,
    Node,
    OnDenial,
    Perform,
    SubCall,
    Variable,
    Workflow,
)
from logic.errors import PorismError, nearest


class WorkflowBuilder:
    """Steps in order; :meth:`workflow` makes and checks the graph."""

    def __init__(
        self,
        name: str,
        schema: Schema,
        principal: str = "",
        on_denial: OnDenial = "halt",
        flow: Flow = "values",
    ) -> None:
        self._made = Workflow(
            name=name, schema=schema, nodes={}, start="", principal=principal,
            on_denial=on_denial, flow=flow,
        )  # fmt: skip
        self._read = Expressions(schema, self._made.variables)
        self._labels: dict[str, str] = {}
        self._pending: list[str] = []
        self._open: str = ""
        self._linked: set[str] = set()  # whose ``next`` is a node's name, and no label

    def variable(
        self,
        name: str,
        sort: str,
        initial: object = None,
        among: Sequence[object] | None = None,
        between: tuple[int, int] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Declare a variable; without ``initial`` it is an input.

        ``among`` and ``between`` are its contract: the only values that it takes.
        """
        schema = self._made.schema
        wanted = read_sort(schema, sort)
        domain: Domain = None
        if among is not None:
            domain = tuple(read_value(schema, v, wanted, f"'{name}'", None) for v in among)
        elif between is not None:
            low, high = (read_value(schema, v, wanted, f"'{name}'", None) for v in between)
            domain = Interval(int(low), int(high))
        value = None if initial is None else read_value(schema, initial, wanted, f"'{name}'", None)
        self._made.variables[name] = Variable(name, wanted, value, domain, dict(labels or {}))

    def label(self, name: str) -> None:
        """Name the place where the next step stands."""
        if name in self._labels:
            raise PorismError(f"There are two labels '{name}'.")
        self._labels[name] = ""
        self._pending.append(name)

    # -- steps -----------------------------------------------------------------------------

    def perform(
        self,
        tool: str,
        into: str = "",
        *,
        name: str = "",
        to_next: str = "",
        failed: str = "",
        denied: str = "",
        substitute: object = None,
        principal: str = "",
        labels: Mapping[str, str] | None = None,
        human: bool = False,
        store: str = "",
        stored: str = "",
        recall: str = "",
        conduct: Conduct = DUE,
        **args: object,
    ) -> str:
        """Ask for a directive; see :class:`~governance.workflows.ir.Perform`."""
        declared = self._made.schema.tools.get(tool)
        if declared is None:
            raise PorismError(
                f"There is no tool '{tool}'.", hint=nearest(tool, self._made.schema.tools)
            )
        terms = {}
        for key, value in args.items():
            parameter = declared.parameter(key)
            sort = parameter.sort if parameter else None
            terms[key] = self._read.term(value, sort, f"{tool}.{key}")
        target = self._made.variables.get(into)
        other = (
            None
            if substitute is None
            else self._read.term(substitute, target.sort if target else None, "substitute")
        )
        return self._add(
            Perform(
                name=self._name(name or tool), tool=tool, args=terms, into=into, next=to_next,
                failed=failed, denied=denied, substitute=other, principal=principal,
                labels=dict(labels or {}), human=human, store=store, stored=stored, recall=recall,
                conduct=conduct,
            )
        )  # fmt: skip

    def set(
        self,
        *,
        name: str = "",
        to: str = "",
        labels: Mapping[str, Mapping[str, str]] | None = None,
        **sets: object,
    ) -> str:
        """Set variables, all at once; ``to`` is a label, by default the next step."""
        terms = {}
        for key, value in sets.items():
            v = self._made.variables.get(key)
            terms[key] = self._read.term(value, v.sort if v else None, key)
        return self._add(
            Assign(name=self._name(name or "set"), sets=terms, next=to, labels=dict(labels or {}))
        )

    def branch(
        self, cases: Mapping[str, str] | Sequence[str], otherwise: str = "", *, name: str = ""
    ) -> str:
        """Guards and where they lead, or a sequence of labels of which any may be taken."""
        found = (
            tuple(Case(to, self._read.formula(text, "guard")) for text, to in cases.items())
            if isinstance(cases, Mapping)
            else tuple(Case(to) for to in cases)
        )
        return self._add(
            Branch(name=self._name(name or "branch"), cases=found, otherwise=otherwise)
        )

    def fork(self, branches: Sequence[str], join: str, *, name: str = "") -> str:
        """Start the branches at these labels; they meet at the label of a ``join`` step."""
        return self._add(Fork(name=self._name(name or "fork"), branches=tuple(branches), join=join))

    def join(self, *, name: str = "", to: str = "") -> str:
        """Where the branches of a fork meet."""
        return self._add(Join(name=self._name(name or "join"), next=to))

    def call(
        self,
        workflow: Workflow,
        into: str = "",
        *,
        grants: Sequence[str] | None = None,
        name: str = "",
        to: str = "",
        failed: str = "",
        **args: object,
    ) -> str:
        """Run another workflow with these tools at most."""
        terms = {}
        for key, value in args.items():
            v = workflow.variables.get(key)
            terms[key] = self._read.term(value, v.sort if v else None, key)
        self._made.workflows[workflow.name] = workflow
        return self._add(
            SubCall(
                name=self._name(name or workflow.name), workflow=workflow.name, args=terms,
                into=into, grants=None if grants is None else frozenset(grants), next=to,
                failed=failed,
            )
        )  # fmt: skip

    def goto(self, label: str) -> None:
        """The last step leads to this label."""
        node = self._made.nodes.get(self._open)
        if node is None:
            raise PorismError(f"Nothing leads to '{label}' from here.")
        self._made.nodes[self._open] = replace(node, next=label)
        self._open = ""

    def end(self, result: object = None, *, name: str = "") -> str:
        """The run ends, with a result."""
        term = None if result is None else self._read.term(result, None, "result")
        return self._add(End(name=self._name(name or "end"), result=term))

    def cut(self, reason: str, *, name: str = "") -> str:
        """What comes here is not known."""
        return self._add(Cut(name=self._name(name or "cut"), reason=reason))

    # -- making ----------------------------------------------------------------------------

    def workflow(self) -> Workflow:
        """The workflow, checked.

        Raises
        ------
        PorismError : its parts do not fit together.
        """
        if self._open or self._pending:
            self.end()
        made = self._made
        made.nodes = {name: self._resolved(node) for name, node in made.nodes.items()}
        return made.check()

    def _name(self, wanted: str) -> str:
        if wanted not in self._made.nodes:
            return wanted
        number = 2
        while f"{wanted}_{number}" in self._made.nodes:
            number += 1
        return f"{wanted}_{number}"

    def _add(self, node: Node) -> str:
        nodes = self._made.nodes
        if self._open:
            nodes[self._open] = replace(nodes[self._open], next=node.name)
            self._linked.add(self._open)
        for label in self._pending:
            self._labels[label] = node.name
        self._pending.clear()
        nodes[node.name] = node
        self._made.start = self._made.start or node.name
        straight = isinstance(node, Perform | Assign | Join | SubCall)
        self._open = node.name if straight and not node.next else ""  # type: ignore[attr-defined]
        return node.name

    def _at(self, name: str) -> str:
        return self._labels.get(name, name)

    def _resolved(self, node: Node) -> Node:
        linked = node.name in self._linked
        match node:
            case Perform():
                after = node.next if linked else self._at(node.next)
                return replace(
                    node, next=after, failed=self._at(node.failed), denied=self._at(node.denied)
                )
            case Assign() | Join():
                return replace(node, next=node.next if linked else self._at(node.next))
            case SubCall():
                after = node.next if linked else self._at(node.next)
                return replace(node, next=after, failed=self._at(node.failed))
            case Branch():
                cases = tuple(Case(self._at(c.to), c.guard) for c in node.cases)
                return replace(node, cases=cases, otherwise=self._at(node.otherwise))
            case Fork():
                branches = tuple(map(self._at, node.branches))
                return replace(node, branches=branches, join=self._at(node.join))
        return node
