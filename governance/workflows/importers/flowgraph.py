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
from logic.errors import PorismError, Span
from logic.terms import Term

MOST_INSIDE = 1_000_000
"""Vertices in regions, counted for each region anew."""

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

    @property
    def last(self) -> bool:
        """Whether a run may end here."""
        return not (self.direct or self.alternatives) and (self.ends or not self.loops)

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
        self._led: set[str] = set()
        self._drawn: list[str] = []
        self._after: dict[str, str] | None = None
        self._regions: dict[str, _Region] = {}
        self._within: dict[str, list[_Region]] = {}
        self._size = 0
        self._sources: dict[str, set[str]] | None = None

    def draw(self, entry: str) -> str:
        for name in self._reach([entry]):
            self._entries[name] = self._sketch.name(name)
        # Only what is led to is drawn; a fork before what is inside it.
        start = self._lead(entry)
        for name in self._drawn:
            v = self._vertices[name]
            if len(v.strands()) > 1:
                self._fork(name)
            self._steps(v, self._entries[name], self._onward(v))
        return start

    def _lead(self, name: str) -> str:
        """The node of a vertex, which will be drawn."""
        if name not in self._led:
            self._led.add(name)
            self._drawn.append(name)
        return self._entries[name]

    # -- ways on ---------------------------------------------------------------------------

    def _onward(self, v: Vertex) -> str:
        strands = v.strands()
        ways = [self._hop(v.name, t) for t in dict.fromkeys(v.loops)]
        if v.last:
            ways.append(self._hop(v.name, ENDS))
        if len(strands) == 1:
            ways += [self._hop(v.name, t) for t in strands[0]]
        elif strands:
            ways.append(self._side_by_side(v, strands))
        return self._sketch.choice(f"{v.name}/next", ways, v.span)

    def _hop(self, source: str, target: str) -> str:
        """The node to which an edge leads; a join where strands meet there."""
        found = self._around(source, target)
        if found:
            return found.join
        if target != ENDS:
            return self._lead(target)
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
        region = _Region(inside, meeting, self._sketch.name(f"{name}/join"))
        self._regions[name] = region
        self._size += len(inside)
        if self._size > MOST_INSIDE:
            raise PorismError(
                "This graph forks inside of forks, too deep.", self._vertices[name].span
            )
        for n in inside:
            self._within.setdefault(n, []).append(region)

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
            inner = [region.join if t == region.meeting else self._lead(t) for t in strand]
            branches.append(sketch.choice(f"{v.name}/strand", inner, v.span))
        if region.meeting == ENDS and not self._around(v.name):
            last = [n for n in region.inside if self._vertices[n].last]
            after = self._ending(sorted(last))
        else:
            after = self._hop(v.name, region.meeting)
        sketch.add(Join(name=region.join, next=after, span=v.span))
        return sketch.add(
            Fork(name=sketch.name(f"{v.name}/fork"), branches=tuple(branches), join=region.join,
                 span=v.span)
        )  # fmt: skip

    def _around(self, name: str, meeting: str | None = None) -> _Region | None:
        """The innermost region in which a vertex is; of those that meet there."""
        around = self._within.get(name, ())
        found = [r for r in around if meeting is None or r.meeting == meeting]
        return min(found, key=lambda r: len(r.inside), default=None)

    def _any_order(self, v: Vertex, first: Sequence[str]) -> str:
        """All that the strands can do, in any order."""
        sketch = self._sketch
        around = self._around(v.name)
        meeting = around.meeting if around else ENDS
        if not self._supersteps:
            meeting = self._meeting(first)
        inside = self._reach([t for t in first if t != meeting], meeting)
        again = sketch.name(f"{v.name}/any order")
        ways = []
        for name in inside:
            inner = self._vertices[name]
            if inner.steps:
                entry = sketch.name(f"{v.name}/{name}")
                self._steps(inner, entry, again)
                ways.append(entry)
        if meeting != ENDS or around:
            ways.append(self._hop(v.name, meeting))
        else:
            last = [n for n in inside if self._vertices[n].last]
            ways.append(self._ending(last) if last else sketch.end())
        sketch.assume(
            f"What runs side by side after '{v.name}' does not meet in one place: its steps are "
            "taken in any order, any number of times."
        )
        return sketch.choice(again, ways, v.span, reserved=True)

    def _meeting(self, first: Sequence[str]) -> str:
        """The first vertex on all ways from these to an end; :data:`ENDS` if there is none."""
        if self._after is None:
            self._after = self._always_after()
        ways = []
        for target in dict.fromkeys(first):
            way, at = [], target
            while at != ENDS:
                way.append(at)
                at = self._after.get(at, ENDS)
            ways.append(way)
        common = set(ways[0]).intersection(*ways[1:])
        return next((name for name in ways[0] if name in common), ENDS)

    def _always_after(self) -> dict[str, str]:
        """For each vertex the next one on all ways to an end: its immediate post-dominator.

        Cooper, Harvey and Kennedy, *A Simple, Fast Dominance Algorithm*, on the reversed graph.
        """
        order: list[str] = []  # ends first
        for name in self._entries:
            if self._vertices[name].last:
                order.append(name)
        found = set(order)
        number, todo = {}, [(n, iter(sorted(self._before(n)))) for n in reversed(order)]
        finished: list[str] = []
        while todo:
            name, sources = todo[-1]
            for source in sources:
                if source not in found:
                    found.add(source)
                    todo.append((source, iter(sorted(self._before(source)))))
                    break
            else:
                todo.pop()
                finished.append(name)
        finished.reverse()
        number = {name: i for i, name in enumerate(finished, 1)}
        number[ENDS] = 0
        after: dict[str, str] = {ENDS: ENDS}
        changed = True
        while changed:
            changed = False
            for name in finished:
                v = self._vertices[name]
                targets = [ENDS] if v.last else []
                targets += [t for t in v.targets() if t in number]
                best: str | None = None
                for target in targets:
                    if target not in after:
                        continue
                    if best is None:
                        best = target
                        continue
                    while best != target:
                        while number[best] > number[target]:
                            best = after[best]
                        while number[target] > number[best]:
                            target = after[target]
                if best is not None and after.get(name) != best:
                    after[name] = best
                    changed = True
        return after

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
