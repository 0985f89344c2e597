"""``Sketch``: a workflow while an importer draws it, from its ends to its beginnings.

A step is added with the name of what comes after it; where a loop needs a name before there is a
node, :meth:`Sketch.name` reserves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from governance.conditions import RESERVED
from governance.schema import Kind, Parameter, Schema, Tool
from governance.sorts import TEXT, constant
from governance.workflows.ir import (
    Branch,
    Case,
    Cut,
    Domain,
    End,
    Flow,
    Node,
    Perform,
    Variable,
    Workflow,
)
from logic.errors import PorismError, Span
from logic.terms import Sort, Term, Var

MOST_NODES = 200_000


class Sketch:
    """Nodes, tools, variables and assumptions of one workflow."""

    def __init__(self, name: str, span: Span | None = None) -> None:
        self.title = name
        self.span = span
        self.tools: dict[str, Tool] = {}
        self.nodes: dict[str, Node] = {}
        self.variables: dict[str, Variable] = {}
        self.workflows: dict[str, Workflow] = {}
        self._assumptions: dict[str, None] = {}
        self._taken: set[str] = set()
        self._ends: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._variable_numbers: dict[str, int] = {}

    # -- names -----------------------------------------------------------------------------

    def name(self, wanted: str) -> str:
        """A name that no node has yet, and now is taken."""
        found = wanted
        while found in self._taken:
            # Counted for each name, so that a thousand nodes of one name take a thousand steps.
            number = self._numbers[wanted] = self._numbers.get(wanted, 1) + 1
            found = f"{wanted} ({number})"
        self._taken.add(found)
        if len(self._taken) > MOST_NODES:
            raise PorismError(f"A workflow has at most {MOST_NODES} nodes.", self.span)
        return found

    @property
    def assumptions(self) -> list[str]:
        """What a reader of a verdict should know."""
        return list(self._assumptions)

    def assume(self, sentence: str) -> None:
        """Something that a reader of a verdict should know."""
        self._assumptions[sentence] = None

    def tool(
        self,
        name: str,
        kind: Kind = "call",
        parameters: Iterable[Parameter] = (),
        span: Span | None = None,
    ) -> Tool:
        """Declare a tool, or find it."""
        found = self.tools.get(name)
        if found is None:
            found = self.tools[name] = Tool(name, kind, tuple(parameters), span)
        return found

    def unknown(self, wanted: str, sort: Sort = TEXT, domain: Domain = None) -> Var:
        """A new variable that holds any value of its domain."""
        found = wanted
        while found in self.variables:
            number = self._variable_numbers[wanted] = self._variable_numbers.get(wanted, 1) + 1
            found = f"{wanted} ({number})"
        self.variables[found] = Variable(found, sort, domain=domain)
        return Var(found, sort)

    # -- steps -----------------------------------------------------------------------------

    def add(self, node: Node) -> str:
        """Add a node; its name is taken or new."""
        self._taken.add(node.name)
        self.nodes[node.name] = node
        return node.name

    def end(self, name: str = "end") -> str:
        """Where a run ends; one node a name."""
        if name not in self._ends:
            self._ends[name] = self.add(End(name=self.name(name)))
        return self._ends[name]

    def cut(self, name: str, reason: str, span: Span | None = None) -> str:
        """Where nothing is known of what comes."""
        return self.add(Cut(name=self.name(name), reason=reason, span=span))

    def choice(
        self,
        name: str,
        targets: Sequence[str | Case],
        span: Span | None = None,
        reserved: bool = False,
    ) -> str:
        """Any of the ways; one way alone needs no node."""
        cases = tuple(dict.fromkeys(t if isinstance(t, Case) else Case(t) for t in targets))
        if len(cases) == 1 and cases[0].guard is None and not reserved:
            return cases[0].to
        return self.add(Branch(name=name if reserved else self.name(name), cases=cases, span=span))

    def use(
        self, name: str, tool: Tool, after: str, failed: str = "", span: Span | None = None
    ) -> str:
        """Use a tool with arguments that the agent's model chooses: any values.

        The model is asked for each argument: a directive of the kind ``reason``, for that is where
        values come from that nothing else determines.
        """
        if not tool.parameters:
            return self.add(
                Perform(name=self.name(name), tool=tool.name, next=after, failed=failed, span=span)
            )
        chosen: dict[bool, dict[str, Term]] = {False: {}, True: {}}
        for p in tool.parameters:
            variable = f"{tool.name}.{p.name}"
            if variable not in self.variables:
                self.variables[variable] = Variable(variable, p.sort)
            chosen[p.optional][p.name] = Var(variable, p.sort)
        ways, complete = optional_subsets(chosen[False], chosen[True])
        if not complete:
            self.assume(
                f"Of the optional arguments of '{tool.name}', all, none, any one alone, or all but "
                "one are given."
            )
        uses = [
            self.add(
                Perform(
                    name=self.name(name), tool=tool.name, args=args, next=after, failed=failed,
                    span=span,
                )
            )
            for args in ways
        ]  # fmt: skip
        start = self.choice(f"{name}/given", uses, span)
        asker = self.asker().name
        for p in reversed(tool.parameters):
            start = self.add(
                Perform(
                    name=self.name(f"{name}/{p.name}"), tool=asker,
                    args={"wanted": text(f"{p.name} of {tool.name}")},
                    into=f"{tool.name}.{p.name}", next=start, span=span,
                )
            )  # fmt: skip
        return start

    def asker(self) -> Tool:
        """The tool ``choose``, by which a model is asked for an argument."""
        name, parameters = "choose", (Parameter("wanted", TEXT),)
        while name in self.tools and self.tools[name].parameters != parameters:
            name += "_"
        return self.tool(name, "reason", parameters)

    # -- making ----------------------------------------------------------------------------

    def workflow(self, start: str, flow: Flow = "values") -> Workflow:
        """The workflow, checked."""
        return Workflow(
            name=self.title,
            schema=Schema(self.tools),
            nodes=self.nodes,
            start=start,
            variables=self.variables,
            workflows=self.workflows,
            flow=flow,
            assumptions=self.assumptions,
            span=self.span,
        ).check()


def text(value: str) -> Term:
    """A text constant."""
    return constant(value, TEXT)


def parameter_name(name: str) -> str:
    """The name of a parameter, of which a few have a meaning of their own in conditions."""
    return f"{name}_" if name in RESERVED else name


def optional_subsets(
    required: Mapping[str, Term], optional: Mapping[str, Term]
) -> tuple[list[dict[str, Term]], bool]:
    """Which arguments may be given: all ways to leave optional ones out, and whether that is all.

    Beyond three optional ones: all, none, each alone, each left out.
    """
    names = list(optional)
    if len(names) <= 3:
        chosen = [
            [n for i, n in enumerate(names) if bits >> i & 1] for bits in range(2 ** len(names))
        ]
        complete = True
    else:
        chosen = [names, [], *[[n] for n in names], *[[m for m in names if m != n] for n in names]]
        complete = False
    return [{**required, **{n: optional[n] for n in some}} for some in chosen], complete
