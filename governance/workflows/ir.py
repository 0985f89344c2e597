"""``Workflow``: what runs, as a typed control graph over the five kinds of directive.

A workflow has typed *variables*, *nodes* and a node where it starts. A *run* is a token that walks
the graph (several between a fork and its join) and a store that gives each variable a value:

* :class:`Perform` asks for a directive and, if it is permitted, performs it. The response is any
  value that the contract of the variable which takes it allows: oracles, tools and people are
  unknown. It may have an edge for failure, and one for denial;
* :class:`Assign` sets variables, all at once;
* :class:`Branch` goes on with any case whose guard is true (a case without a guard is always open);
* :class:`Fork` starts branches that run interleaved until each has come to the :class:`Join`;
* :class:`SubCall` runs another workflow, which may use no other tools than it is granted;
* :class:`End` ends the run with a result, and :class:`Cut` marks what was not explored.

Loops are edges back. Expressions are the terms and formulas of policies
(:mod:`governance.conditions`) over the workflow's variables: ``Var(name, sort)``. The builder and
the file form write them as text (:mod:`governance.workflows.expressions`).

Importers make these objects directly, call :meth:`Workflow.check`, and treat what they do not know
as the worst case: a response without a contract, a branch without guards, a tool that is declared
with the kind ``call``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from governance.schema import Kind, Schema, Tool
from governance.sorts import Value
from logic.errors import Span
from logic.formulas import Formula
from logic.terms import Sort, Term


class Interval(msgspec.Struct, frozen=True):
    """The whole numbers (ten-thousandths, milliseconds) from ``low`` to ``high``, inclusive."""

    low: int
    high: int


Domain: TypeAlias = tuple[Value, ...] | Interval | None
"""Which values a variable can take: these, an interval, or (None) all of its sort."""


class Variable(msgspec.Struct, frozen=True):
    """A variable of a workflow.

    ``initial`` is its value at the start; None means that it is an input, any value of its domain.
    ``labels`` maps lattices to the label that the initial value carries (by default the lowest).
    """

    name: str
    sort: Sort
    initial: Value | None = None
    domain: Domain = None
    labels: Mapping[str, str] = {}


class Conduct(msgspec.Struct, frozen=True):
    """How the code around an effect carries it out; the defaults are how it should be.

    What an importer or an audit finds to be otherwise is recorded here, and verification then shows
    what it leads to.

    * ``mediated`` false: performed without asking at all;
    * ``permit_of``: performed on the permit that this other node got;
    * ``performs``: the arguments that are performed, where they differ from those asked about;
    * ``times``: how often it may be performed on one permit, as by a retry;
    * ``checked``: whether the result is checked afterwards, and ``honoured``: whether a result that
      fails its check is kept from flowing on.
    """

    mediated: bool = True
    permit_of: str = ""
    performs: Mapping[str, Term] | None = None
    times: int = 1
    checked: bool = False
    honoured: bool = True


DUE = Conduct()
"""As it should be."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """What all nodes have: a name that is unique in the workflow, and a place in its file."""

    name: str
    span: Span | None = None

    def targets(self) -> Iterator[str]:
        """The names of the nodes that may come next, in order."""
        next_ = getattr(self, "next", "")
        if next_:
            yield next_

    def terms(self) -> Iterator[tuple[str, Term | Formula]]:
        """The expressions of the node, each with the part that it is."""
        return iter(())

    def writes(self) -> tuple[str, ...]:
        """The variables that the node sets."""
        return ()


class Perform(Node, frozen=True, kw_only=True):
    """Ask for a directive; perform it if it is permitted.

    Parameters
    ----------
    tool : a tool of the schema; its kind is the kind of the directive.
    args : for each parameter an expression; optional ones may be left out.
    into : the variable that takes the response, or none.
    next : where a performed directive leads.
    failed : where a failure of the effect leads; without it, the effect does not fail.
    denied : where a denial leads; without it, the workflow's ``on_denial`` decides.
    substitute : what takes the place of the response of a denied directive.
    principal : who asks; by default the workflow's principal.
    labels : for each lattice, the least label of the response (the labels of what was sent and of
        what was recalled are joined in).
    human : whether it is a person who answers.
    store, recall : for memory, the variable that is the cell written (with the argument of that
        name, see ``stored``) or read back. Without them memory is a black box: what comes out may
        be anything that went in, with all its labels.
    stored : the parameter that holds what is stored.
    kind : the kind that the source declares; it must be the schema's.
    conduct : how the effect is carried out.
    """

    tool: str
    args: Mapping[str, Term] = {}
    into: str = ""
    next: str = ""
    failed: str = ""
    denied: str = ""
    substitute: Term | None = None
    principal: str = ""
    labels: Mapping[str, str] = {}
    human: bool = False
    store: str = ""
    stored: str = ""
    recall: str = ""
    kind: Kind | None = None
    conduct: Conduct = DUE
    granted: frozenset[str] | None = None
    """Set by :func:`flatten`: the tools that the calls around it grant; None: no bound."""

    def targets(self) -> Iterator[str]:
        yield from (t for t in (self.next, self.failed, self.denied) if t)

    def terms(self) -> Iterator[tuple[str, Term | Formula]]:
        yield from self.args.items()
        yield from (self.conduct.performs or {}).items()
        if self.substitute is not None:
            yield "substitute", self.substitute

    def writes(self) -> tuple[str, ...]:
        return tuple(v for v in (self.into, self.store) if v)


class Assign(Node, frozen=True, kw_only=True):
    """Set variables, all at once, from the values before.

    A variable takes the join of the labels of what its expression reads, unless ``labels`` sets
    them: ``{"summary": {"Secrecy": "public"}}`` declassifies, and reports list it.
    """

    sets: Mapping[str, Term]
    next: str = ""
    labels: Mapping[str, Mapping[str, str]] = {}

    def terms(self) -> Iterator[tuple[str, Term | Formula]]:
        return iter(self.sets.items())

    def writes(self) -> tuple[str, ...]:
        return tuple(self.sets)


class Case(msgspec.Struct, frozen=True):
    """One way on: open if its guard is true (None: always)."""

    to: str
    guard: Formula | None = None


class Branch(Node, frozen=True, kw_only=True):
    """Go on with any open case; if none is, with ``otherwise``; else the run is stuck."""

    cases: tuple[Case, ...]
    otherwise: str = ""

    def targets(self) -> Iterator[str]:
        yield from (case.to for case in self.cases)
        if self.otherwise:
            yield self.otherwise

    def terms(self) -> Iterator[tuple[str, Term | Formula]]:
        for number, case in enumerate(self.cases, 1):
            if case.guard is not None:
                yield f"case {number}", case.guard


class Fork(Node, frozen=True, kw_only=True):
    """Start all branches at once; they run interleaved and meet again at the node ``join``."""

    branches: tuple[str, ...]
    join: str

    def targets(self) -> Iterator[str]:
        yield from self.branches


class Join(Node, frozen=True, kw_only=True):
    """Where the branches of a fork wait for each other."""

    next: str = ""


class SubCall(Node, frozen=True, kw_only=True):
    """Run another workflow to its end.

    ``args`` gives its inputs values, ``into`` takes its result. ``grants`` are the tools that it
    may use (None: those of the caller); it never has more than its caller. ``failed`` is where a
    callee that halts leads.
    """

    workflow: str
    args: Mapping[str, Term] = {}
    into: str = ""
    grants: frozenset[str] | None = None
    next: str = ""
    failed: str = ""

    def targets(self) -> Iterator[str]:
        yield from (t for t in (self.next, self.failed) if t)

    def terms(self) -> Iterator[tuple[str, Term | Formula]]:
        return iter(self.args.items())

    def writes(self) -> tuple[str, ...]:
        return (self.into,) if self.into else ()


class End(Node, frozen=True, kw_only=True):
    """The run ends, with a result where there is one."""

    result: Term | None = None

    def terms(self) -> Iterator[tuple[str, Term | Formula]]:
        if self.result is not None:
            yield "result", self.result


class Cut(Node, frozen=True, kw_only=True):
    """Nothing is known of what comes here; ``reason`` says why. No proof reaches beyond it."""

    reason: str = "it was not explored"


OnDenial: TypeAlias = Literal["halt", "raise"]
"""What a denial without an edge of its own does: end the run, or take the edge for failure."""

Flow: TypeAlias = Literal["values", "session"]
"""How labels spread: with each value, or (also through control) to all that is done later."""


class Workflow(msgspec.Struct, kw_only=True):
    """A typed control graph; :meth:`check` holds its parts against each other.

    ``workflows`` are those that :class:`SubCall` names. ``assumptions`` are sentences that a reader
    of a verdict should know: what an importer could not see, and how it was modelled.
    """

    name: str
    schema: Schema
    nodes: dict[str, Node]
    start: str
    variables: dict[str, Variable] = {}
    principal: str = ""
    on_denial: OnDenial = "halt"
    flow: Flow = "values"
    workflows: dict[str, Workflow] = {}
    assumptions: list[str] = []
    span: Span | None = None

    def check(self) -> Workflow:
        """The workflow itself, if its parts fit together.

        Raises
        ------
        PorismError : an edge leads nowhere, a tool or variable is unknown, sorts clash, a fork has
            no join, a workflow calls itself.
        """
        from governance.workflows.wellformed import check

        check(self)
        return self

    def tool(self, node: Perform) -> Tool:
        """The tool that a node asks for."""
        return self.schema.tools[node.tool]

    def performs(self) -> list[Perform]:
        """The nodes that ask for directives, in order."""
        return [n for n in self.nodes.values() if isinstance(n, Perform)]


def within(value: Value, domain: Domain) -> bool:
    """Whether a domain has a value."""
    if domain is None:
        return True
    if isinstance(domain, Interval):
        return domain.low <= int(value) <= domain.high
    return value in domain
