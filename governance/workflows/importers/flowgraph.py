"""Graphs of agents: vertices with effects, and edges of which all, or one, is taken.

From a vertex all its *direct* edges are taken: several run side by side. Of its *alternatives* one
is taken, nobody knows which; and instead of all that, one of its *loops*.

Vertices that run side by side become a fork where they meet again, or all end: the vertex that lies
on all ways to an end is where they wait for each other. Where they share vertices, lead back before
the fork, or are entered from elsewhere, their steps are taken in any order, any number of times,
which is more than can happen.

LangGraph waits for nobody: it runs all vertices that were reached in one *superstep*, and those
that they lead to in the next. Strands of different lengths then do not meet at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from governance.workflows.importers.sketch import Sketch
from governance.workflows.ir import Fork, Join, Perform, SubCall
from logic.errors import Span
from logic.terms import Term

ENDS = ""
"""Stands for the ends of runs where a vertex is wanted."""


class Do(NamedTuple):
    """Use one tool once; with ``args`` None, with arguments that the model chooses."""

    tool: str
    args: Mapping[str, Term] | None = None
    human: bool = False


class AnyOf(NamedTuple):
    """Some of these, at least one (or, if ``maybe``, none), in any order and number."""

    ways: tuple[Do, ...]
    maybe: bool = False


class Agent(NamedTuple):
    """Ask a model; then use tools and ask again, or go on."""

    ask: Do
    tools: tuple[str, ...]


class Call(NamedTuple):
    """Run another workflow."""

    workflow: str


Step = Do | AnyOf | Agent | Call


class Vertex:
    """A vertex, and where its edges lead."""

    __slots__ = ("alternatives", "direct", "ends", "loops", "name", "span", "steps")

    def __init__(
        self, name: str, steps: Sequence[Step] = (), ends: bool = False, span: Span | None = None
    ) -> None:
        self.name = name
        self.steps = steps
        self.ends = ends
        self.span = span
        self.direct: list[str] = []
        self.alternatives: list[str] = []
        self.loops: list[str] = []

    def strands(self) -> list[tuple[str, ...]]:
        """What runs side by side after this vertex: each the ways of which it takes one."""
        found: list[tuple[str, ...]] = [(target,) for target in dict.fromkeys(self.direct)]
        if self.alternatives:
            found.append(tuple(dict.fromkeys(self.alternatives)))
        return found

    def targets(self) -> Iterator[str]:
        """Where its edges lead."""
        yield from self.direct
        yield from self.alternatives
        yield from self.loops


class _Region(NamedTuple):
    """What runs between a fork and where its strands meet."""

    inside: frozenset[str]
    meeting: str
    join: str


def draw(
    sketch: Sketch, vertices: Mapping[str, Vertex], entry: str, supersteps: bool = True
) -> str:
    """Draw a graph; the name of the node where it starts.

    ``supersteps`` says whether vertices run as in LangGraph, or strands wait for each other.
    """
    return _Drawing(sketch, vertices, supersteps).draw(entry)


class _Drawing:
    def __init__(self, sketch: Sketch, vertices: Mapping[str, Vertex], supersteps: bool) -> None:
        self._sketch = sketch
        self._supersteps = supersteps
        self._vertices = vertices
        self._entries: dict[str, str] = {}
        self._regions: dict[str, _Region] = {}
        self._sources: dict[str, set[str]] | None = None

    def draw(self, entry: str) -> str:
        sketch = self._sketch
        order = self._reach([entry])
        for name in order:
            self._entries[name] = sketch.name(name)
        # Outer forks before inner ones: a fork inside a region comes later in this order.
        for name in order:
            if len(self._vertices[name].strands()) > 1:
                self._fork(name)
        for name in order:
            v = self._vertices[name]
            self._steps(v, self._entries[name], self._onward(v))
        return self._entries[entry]

    # -- ways on ---------------------------------------------------------------------------

    def _onward(self, v: Vertex) -> str:
        strands = v.strands()
        if not strands and not v.loops:
            return self._hop(v.name, ENDS)
        ways = [self._hop(v.name, t) for t in dict.fromkeys(v.loops)]
        if len(strands) == 1:
            ways += [self._hop(v.name, t) for t in strands[0]]
        elif strands:
            ways.append(self._side_by_side(v, strands))
        return self._sketch.choice(f"{v.name}/next", ways, v.span)

    def _hop(self, source: str, target: str) -> str:
        """The node to which an edge leads; a join where strands meet there."""
        around = [r for r in self._regions.values() if source in r.inside and r.meeting == target]
        if around:
            return min(around, key=lambda r: len(r.inside)).join
        if target != ENDS:
            return self._entries[target]
        return self._ending([source])

    def _ending(self, last: Iterable[str]) -> str:
        unknown = [name for name in last if not self._vertices[name].ends]
        if not unknown:
            return self._sketch.end()
        names = ", ".join(f"'{n}'" for n in unknown)
        self._sketch.assume(f"The graph does not say what follows {names}.")
        return self._sketch.cut(f"{unknown[0]}/unknown", f"the graph has no edge from {names}")

    # -- side by side ----------------------------------------------------------------------

    def _fork(self, name: str) -> None:
        """Find the region of a fork, if it is one."""
        strands = self._vertices[name].strands()
        first = [t for strand in strands for t in strand]
        meeting = self._meeting(first)
        parts = [self._reach([t for t in s if t != meeting], meeting) for s in strands]
        inside = frozenset(n for part in parts for n in part)
        apart = sum(map(len, parts)) == len(inside)
        closed = all(s in inside or s == name for n in inside for s in self._before(n))
        loops = set(self._vertices[name].loops)
        if not (apart and closed) or name in inside or inside & loops:
            return
        if self._supersteps and meeting != ENDS and not self._level(first, meeting):
            return
        self._regions[name] = _Region(inside, meeting, self._sketch.name(f"{name}/join"))

    def _level(self, first: Sequence[str], meeting: str) -> bool:
        """Whether all ways to where strands meet are equally long."""
        levels = dict.fromkeys(first, 1)
        todo = deque(levels)
        while todo:
            at = todo.popleft()
            if at == meeting:
                continue
            for target in self._vertices[at].targets():
                if target not in levels:
                    levels[target] = levels[at] + 1
                    todo.append(target)
                elif levels[target] != levels[at] + 1:
                    return False
        return True

    def _side_by_side(self, v: Vertex, strands: Sequence[tuple[str, ...]]) -> str:
        sketch, region = self._sketch, self._regions.get(v.name)
        if region is None:
            return self._any_order(v, [t for strand in strands for t in strand])
        branches = []
        for strand in strands:
            inner = [region.join if t == region.meeting else self._entries[t] for t in strand]
            branches.append(sketch.choice(f"{v.name}/strand", inner, v.span))
        if region.meeting == ENDS and not self._enclosed(v.name):
            last = [n for n in region.inside if not list(self._vertices[n].targets())]
            after = self._ending(sorted(last))
        else:
            after = self._hop(v.name, region.meeting)
        sketch.add(Join(name=region.join, next=after, span=v.span))
        return sketch.add(
            Fork(name=sketch.name(f"{v.name}/fork"), branches=tuple(branches), join=region.join,
                 span=v.span)
        )  # fmt: skip

    def _enclosed(self, name: str) -> bool:
        return any(name in r.inside and r.meeting == ENDS for r in self._regions.values())

    def _any_order(self, v: Vertex, first: Sequence[str]) -> str:
        """All that the strands can do, in any order."""
        sketch = self._sketch
        meeting = ENDS if self._supersteps else self._meeting(first)
        inside = self._reach([t for t in first if t != meeting], meeting)
        again = sketch.name(f"{v.name}/any order")
        ways = []
        for name in inside:
            inner = self._vertices[name]
            if inner.steps:
                entry = sketch.name(f"{v.name}/{name}")
                self._steps(inner, entry, again)
                ways.append(entry)
        if meeting != ENDS:
            ways.append(self._hop(v.name, meeting))
        else:
            last = [n for n in inside if not list(self._vertices[n].targets())]
            ways.append(self._ending(last) if last else sketch.end())
        sketch.assume(
            f"What runs side by side after '{v.name}' does not meet in one place: its steps are "
            "taken in any order, any number of times."
        )
        return sketch.choice(again, ways, v.span, reserved=True)

    def _meeting(self, first: Sequence[str]) -> str:
        """The first vertex on all ways from these to an end; :data:`ENDS` if there is none."""
        for candidate in self._reach(first):
            beside = self._reach([t for t in first if t != candidate], candidate)
            if all(any(True for _ in self._vertices[n].targets()) for n in beside):
                return candidate
        return ENDS

    def _reach(self, first: Iterable[str], avoid: str = ENDS) -> list[str]:
        """What can be reached, breadth first, without going through one vertex."""
        found = dict.fromkeys(first)
        todo = deque(found)
        while todo:
            for target in self._vertices[todo.popleft()].targets():
                if target != avoid and target not in found:
                    found[target] = None
                    todo.append(target)
        return list(found)

    def _before(self, name: str) -> set[str]:
        if self._sources is None:
            self._sources = {n: set() for n in self._vertices}
            for n in self._entries:
                for target in self._vertices[n].targets():
                    self._sources[target].add(n)
        return self._sources[name]

    # -- effects ---------------------------------------------------------------------------

    def _steps(self, v: Vertex, entry: str, after: str) -> None:
        """Draw the effects of a vertex; the first node has the name ``entry``."""
        sketch = self._sketch
        if not v.steps:
            sketch.choice(entry, [after], v.span, reserved=True)
            return
        for i in reversed(range(len(v.steps))):
            name = entry if i == 0 else sketch.name(f"{v.name}/{i + 1}")
            self._step(v.steps[i], name, after, v.span)
            after = name

    def _step(self, step: Step, name: str, after: str, span: Span | None) -> None:
        sketch = self._sketch
        match step:
            case Do(tool, args, human):
                if args is None and sketch.tools[tool].parameters:
                    start = sketch.use(f"{name}/{tool}", sketch.tools[tool], after, span=span)
                    sketch.choice(name, [start], span, reserved=True)
                else:
                    sketch.add(
                        Perform(name=name, tool=tool, args=args or {}, next=after, human=human,
                                span=span)
                    )  # fmt: skip
            case AnyOf(ways, maybe):
                again = sketch.name(f"{name}/again")
                uses = [self._use(way, name, again, span) for way in ways]
                sketch.choice(again, [*uses, after], span, reserved=True)
                sketch.choice(name, [*uses, after] if maybe else uses, span, reserved=True)
            case Agent(ask, tools):
                decide = sketch.name(f"{name}/decide")
                self._step(ask, name, decide, span)
                uses = [self._use(Do(t), name, name, span) for t in tools]
                sketch.choice(decide, [*uses, after], span, reserved=True)
            case Call(workflow):
                sketch.add(SubCall(name=name, workflow=workflow, next=after, span=span))

    def _use(self, way: Do, name: str, again: str, span: Span | None) -> str:
        """One of several things to do; what fails may be tried again, or another."""
        sketch, tool = self._sketch, self._sketch.tools[way.tool]
        if way.args is None:
            return sketch.use(f"{name}/{way.tool}", tool, again, again, span)
        at = sketch.name(f"{name}/{way.tool}")
        self._step(way, at, again, span)
        return at
