"""One step of a workflow under a policy, in Z3: for data without bounds.

A :class:`State` has a place, values, labels, and what the policy's and the claim's history
operators remember: a truth value for *once*, a number for a count or sum, an array where an
operator has a key. A window is over-approximated: its value is anything between nothing and all
that ever happened; ``approximate`` says that it was, and that a run may then not be one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.analysis.encode import Encoder
from governance.analysis.meaning import Past, Totals, Unanalysed
from governance.analysis.moments import Weighed
from governance.past import Monitor, Pattern
from governance.policy import Policy
from governance.request import Request
from governance.sorts import ANY, BOOL, ENTITY, INT, Value
from governance.workflows.claims import Claim, Joined, Never
from governance.workflows.ir import (
    DUE,
    Assign,
    Branch,
    Cut,
    End,
    Fork,
    Interval,
    Perform,
    Workflow,
)
from governance.workflows.placed import Choices, Placed, State, Taken
from governance.workflows.slicing import Slice
from logic.formulas import TRUE, free_variables
from logic.smt import Expr, Solver
from logic.terms import Sort, Term

DONE, FAILED, DENIED = 0, 1, 2


class System:
    """A flat workflow, its policy and a claim, as a transition relation.

    Raises
    ------
    Unanalysed : something in it is outside of what is encoded; the message names it.
    """

    def __init__(self, workflow: Workflow, policy: Policy, claim: Claim, cut: Slice) -> None:
        self.workflow = workflow
        self.policy = policy
        self.slice = cut
        self.monitors: dict[str, Monitor] = {**policy.monitors, **claim.monitors}
        self.encoder = Encoder(policy.schema, self.monitors)
        self.z3 = self.encoder.z3
        self.meaning = self.encoder.meaning
        self.names = list(workflow.nodes)
        self.index = {n: i for i, n in enumerate(self.names)}
        self.stop = len(self.names)
        self.events = list(_nevers(claim))
        self.approximate = False
        self.now = self.meaning.constant("now", Sort("Time"))
        self._totals = Totals(lambda name: True)
        self._bottom = {
            n: self.meaning.literal(workflow.schema.lattices[n].join(()), Sort(n))
            for n in cut.lattices
        }
        self._windows: dict[tuple[str, int, tuple[int, ...]], Expr] = {}
        for node in workflow.nodes.values():
            if isinstance(node, Fork):
                raise Unanalysed("a fork over unbounded data")
            if isinstance(node, Perform) and (node.conduct != DUE or node.granted is not None):
                raise Unanalysed("a conduct or grant over unbounded data")
        for name in cut.variables:
            sort = workflow.variables[name].sort
            if sort == ANY or sort.name == "Set":
                raise Unanalysed(f"the variable '{name}' of sort {sort}")
        for m in self.monitors.values():
            if len(m.pattern.keys) > 1:
                raise Unanalysed("a history operator with several keys")

    # -- states ----------------------------------------------------------------------------

    def state(self, number: int) -> State:
        """Any state."""
        z3, meaning = self.z3, self.meaning
        labels = {
            (v, n): meaning.constant(f"{v}.{n}@{number}", Sort(n))
            for n in self.slice.lattices
            for v in (*self.workflow.variables, "(memory)", "(session)")
        }
        return State(
            z3.Int(f"place@{number}", meaning.context),
            {
                v: meaning.constant(f"{v}@{number}", self.workflow.variables[v].sort)
                for v in self.slice.variables
            },
            labels,
            {n: self._memory(n, m, number) for n, m in self.monitors.items()},
        )

    def _memory(self, name: str, monitor: Monitor, number: int) -> Expr:
        z3, meaning = self.z3, self.meaning
        value = self._range(monitor)
        if not monitor.pattern.keys:
            return z3.Const(f"{name}@{number}", value)
        key = meaning.sort(monitor.pattern.keys[0].sort)
        return z3.Const(f"{name}@{number}", z3.ArraySort(key, value))

    def _range(self, monitor: Monitor) -> Expr:
        counts = monitor.operation in ("count", "sum", "distinct")
        return self.meaning.sort(INT if counts else BOOL)

    def bounds(self, state: State) -> list[Expr]:
        """What every state satisfies."""
        meaning = self.meaning
        found = [state.place >= 0, state.place <= self.stop]
        for v, e in state.values.items():
            found += meaning.bounds(e, self.workflow.variables[v].sort)
        for (_, n), e in state.labels.items():
            found += meaning.bounds(e, Sort(n))
        for name, m in self.monitors.items():
            if m.operation in ("count", "distinct") and not m.pattern.keys:
                found.append(state.past[name] >= 0)
        return found

    def initial(self, state: State) -> list[Expr]:
        """What a state satisfies at the start."""
        z3, meaning = self.z3, self.meaning
        found = [state.place == self.index[self.workflow.start]]
        for name, e in state.values.items():
            v = self.workflow.variables[name]
            if v.initial is not None:
                found.append(e == meaning.literal(v.initial, v.sort))
            else:
                found += self._within(e, name)
        for (owner, n), e in state.labels.items():
            declared = self.workflow.variables.get(owner)
            label = declared.labels.get(n) if declared is not None else None
            found.append(e == (meaning.literal(label, Sort(n)) if label else self._bottom[n]))
        for name, m in self.monitors.items():
            counts = m.operation in ("count", "sum", "distinct")
            zero = z3.IntVal(0, meaning.context) if counts else z3.BoolVal(False, meaning.context)
            start = zero
            if m.pattern.keys:
                start = z3.K(meaning.sort(m.pattern.keys[0].sort), zero)
            found.append(state.past[name] == start)
        return found

    def _within(self, e: Expr, name: str) -> list[Expr]:
        v = self.workflow.variables[name]
        found = list(self.meaning.bounds(e, v.sort))
        if isinstance(v.domain, Interval):
            found += [e >= v.domain.low, e <= v.domain.high]
        elif isinstance(v.domain, tuple):
            found.append(self.meaning.any([e == self.meaning.literal(x, v.sort) for x in v.domain]))
        return found

    # -- expressions -----------------------------------------------------------------------

    def translated(self, terms: Mapping[str, Term], state: State) -> dict[str, Expr]:
        """The terms whose variables are tracked, in a state."""
        found = {}
        for name, term in terms.items():
            if all(v.name in state.values for v in free_variables(term)):
                found[name] = self.encoder.translator.term(term, state.values)
        return found

    def label(self, node: Perform, state: State) -> dict[str, Expr]:
        """The labels of what a node sends."""
        found = {}
        for n in self.workflow.schema.lattices:
            if n not in self._bottom:
                found[n] = self.meaning.literal(self.workflow.schema.lattices[n].join(()), Sort(n))
            elif self.workflow.flow == "session":
                found[n] = state.labels["(session)", n]
            else:
                reads = sorted({v.name for t in node.args.values() for v in free_variables(t)})
                found[n] = self._join(n, [state.labels[v, n] for v in reads])
        return found

    def _join(self, lattice: str, labels: Sequence[Expr]) -> Expr:
        members = self.workflow.schema.lattices[lattice].labels
        chain = all(
            self.workflow.schema.lattices[lattice].join([a, b]) == b
            for i, b in enumerate(members)
            for a in members[: i + 1]
        )
        if not chain:
            raise Unanalysed("labels that are no chain, over unbounded data")
        found = self._bottom[lattice]
        for label in labels:
            found = self.z3.If(label > found, label, found)
        return found

    def past(self, state: State, step: int) -> Past:
        """The values of history operators in a state."""
        z3 = self.z3

        def look(symbol: str, args: Sequence[Expr]) -> Expr:
            monitor = self.monitors[symbol]
            memory = state.past[symbol]
            whole = z3.Select(memory, args[0]) if monitor.pattern.keys else memory
            if monitor.window is None and monitor.operation != "distinct":
                return whole
            key = (symbol, step, tuple(a.get_id() for a in args))
            found = self._windows.get(key)
            if found is None:
                self.approximate = True
                name = f"{symbol} in its window {len(self._windows)}"
                found = self._windows[key] = z3.Const(name, self._range(monitor))
                if monitor.operation in ("count", "distinct"):
                    self._extra.append(z3.And(found >= 0, found <= whole))
                elif monitor.operation in ("once", "since"):
                    self._extra.append(z3.Implies(found, whole))
            return found

        return look

    # -- steps -----------------------------------------------------------------------------

    def choices(self, number: int) -> Choices:
        """What the world may decide in a step."""
        z3, meaning = self.z3, self.meaning
        sorts = {
            self.workflow.variables[n.into].sort
            for n in self.workflow.performs()
            if n.into in self.slice.variables
        }
        return Choices(
            z3.Int(f"case@{number}", meaning.context),
            z3.Int(f"outcome@{number}", meaning.context),
            {s: meaning.constant(f"answer {s}@{number}", s) for s in sorted(sorts, key=str)},
        )

    def step(self, state: State, choices: Choices, number: int) -> Taken:
        """What may happen in a state."""
        z3, meaning = self.z3, self.meaning
        self._extra: list[Expr] = []
        place: Expr = z3.IntVal(self.stop, meaning.context)
        values, labels, past = dict(state.values), dict(state.labels), dict(state.past)
        allowed: list[Expr] = []
        bad: list[Expr] = []
        decisions: dict[str, Weighed] = {}
        look = self.past(state, number)
        for name, node in self.workflow.nodes.items():
            here = state.place == self.index[name]
            match node:
                case Perform():
                    placed = Placed(self, node, state, look)
                    decision = decisions[name] = placed.decision(self.policy, look)
                    to = self._perform(
                        node, placed, decision, here, state, choices, values, labels, past,
                        allowed, bad,
                    )  # fmt: skip
                case Assign():
                    to = z3.IntVal(self.index[node.next], meaning.context)
                    for v, e in self.translated(node.sets, state).items():
                        if v in values:
                            values[v] = z3.If(here, e, values[v])
                    self._assign_labels(node, here, state, labels)
                    sure = self._totals.terms(
                        [t for v, t in node.sets.items() if v in state.values]
                    )
                    if sure != TRUE:
                        defined = self.encoder.translator.formula(sure, state.values)
                        to = z3.If(defined, to, self.stop)
                case Branch():
                    to = self._branch(node, here, state, choices, allowed)
                case End() | Cut():
                    to = z3.IntVal(self.stop, meaning.context)
                    if isinstance(node, Cut):
                        raise Unanalysed(f"what was not explored: {node.reason}")
                case _:
                    following = next(iter(node.targets()), "")
                    number_ = self.index.get(following, self.stop)
                    to = z3.IntVal(number_, meaning.context)
            place = z3.If(here, to, place)
        after = State(place, values, labels, past)
        return Taken(meaning.all([*allowed, *self._extra]), after, meaning.any(bad), decisions)

    def _branch(
        self, node: Branch, here: Expr, state: State, choices: Choices, allowed: list[Expr]
    ) -> Expr:
        z3, meaning = self.z3, self.meaning
        guards = []
        for case in node.cases:
            if case.guard is None:
                guards.append(meaning.all([]))
            else:
                sure = self._totals.when_true(case.guard)
                guards.append(self.encoder.translator.formula(sure, state.values))
        none = z3.Not(meaning.any(guards))
        other = len(guards)
        ways = [z3.And(choices.case == i, g) for i, g in enumerate(guards)]
        allowed.append(z3.Implies(here, meaning.any([*ways, z3.And(choices.case == other, none)])))
        to: Expr = z3.IntVal(
            self.index[node.otherwise] if node.otherwise else self.stop, meaning.context
        )
        for i, case in enumerate(node.cases):
            to = z3.If(choices.case == i, self.index[case.to], to)
        return to

    def _perform(
        self,
        node: Perform,
        placed: Placed,
        decision: Weighed,
        here: Expr,
        state: State,
        choices: Choices,
        values: dict[str, Expr],
        labels: dict[tuple[str, str], Expr],
        past: dict[str, Expr],
        allowed: list[Expr],
        bad: list[Expr],
    ) -> Expr:
        z3, meaning = self.z3, self.meaning
        outcome = choices.outcome
        ways = [
            z3.And(outcome == DONE, decision.asks),
            z3.And(outcome == DENIED, z3.Not(decision.permits)),
        ]
        if node.failed:
            ways.append(z3.And(outcome == FAILED, decision.asks))
        allowed.append(z3.Implies(here, meaning.any(ways)))
        done, denied = z3.And(here, outcome == DONE), z3.And(here, outcome == DENIED)
        reached = {"attempted": here, "permitted": z3.And(here, outcome != DENIED),
                   "completed": done}  # fmt: skip
        for event in self.events:
            if not event.tools or node.tool in event.tools:
                guard = placed.truth(placed.totals.when_true(event.guard))
                bad.append(z3.And(reached[event.view], guard))
        self._remember(node, placed, reached, state, past)
        self._respond(node, here, done, denied, state, choices, values, labels, allowed)
        index = self.index
        refused = self.stop
        if node.substitute is not None:
            refused = index[node.denied or node.next]
        elif node.denied:
            refused = index[node.denied]
        elif self.workflow.on_denial == "raise" and node.failed:
            refused = index[node.failed]
        to = z3.If(outcome == DENIED, refused, index[node.next])
        if node.failed:
            to = z3.If(outcome == FAILED, index[node.failed], to)
        sure = self._totals.terms([t for n, t in node.args.items() if n in placed.environment])
        if sure != TRUE:
            allowed.append(z3.Implies(here, self.encoder.translator.formula(sure, state.values)))
        return to

    def _respond(
        self,
        node: Perform,
        here: Expr,
        done: Expr,
        denied: Expr,
        state: State,
        choices: Choices,
        values: dict[str, Expr],
        labels: dict[tuple[str, str], Expr],
        allowed: list[Expr],
    ) -> None:
        z3, meaning = self.z3, self.meaning
        if node.into in values:
            answer = choices.responses[self.workflow.variables[node.into].sort]
            if node.recall in state.values:
                answer = state.values[node.recall]
            else:
                inside = self._within(answer, node.into)
                if inside:
                    allowed.append(z3.Implies(done, meaning.all(inside)))
            values[node.into] = z3.If(done, answer, values[node.into])
            if node.substitute is not None:
                other = self.encoder.translator.term(node.substitute, state.values)
                values[node.into] = z3.If(denied, other, values[node.into])
        if node.store in values:
            stored = self.encoder.translator.term(node.args[node.stored], state.values)
            performed = z3.And(here, z3.Not(denied))
            values[node.store] = z3.If(performed, stored, values[node.store])
        own = self.label(node, state)
        box = self.workflow.schema.tools[node.tool].kind == "memory" and not (
            node.store or node.recall
        )
        performed = z3.And(here, z3.Not(denied))
        for n in self.slice.lattices:
            least = (
                meaning.literal(node.labels[n], Sort(n)) if n in node.labels else self._bottom[n]
            )
            response = self._join(n, [own[n], least])
            if box:
                memory = self._join(n, [state.labels["(memory)", n], own[n]])
                response = self._join(n, [response, memory])
                labels["(memory)", n] = z3.If(performed, memory, labels["(memory)", n])
            session = self._join(n, [state.labels["(session)", n], response])
            labels["(session)", n] = z3.If(performed, session, labels["(session)", n])
            if node.recall:
                response = self._join(n, [response, state.labels[node.recall, n]])
            if node.store:
                key = (node.store, n)
                labels[key] = z3.If(performed, own[n], labels[key])
            if node.into:
                key = (node.into, n)
                labels[key] = z3.If(done, response, labels[key])
                if node.substitute is not None:
                    reads = [state.labels[v.name, n] for v in free_variables(node.substitute)]
                    labels[key] = z3.If(denied, self._join(n, reads), labels[key])

    def _assign_labels(
        self, node: Assign, here: Expr, state: State, labels: dict[tuple[str, str], Expr]
    ) -> None:
        for n in self.slice.lattices:
            for v, term in node.sets.items():
                given = node.labels.get(v, {}).get(n)
                if given is not None:
                    own = self.meaning.literal(given, Sort(n))
                else:
                    own = self._join(n, [state.labels[x.name, n] for x in free_variables(term)])
                labels[v, n] = self.z3.If(here, own, labels[v, n])

    def _remember(
        self,
        node: Perform,
        placed: Placed,
        reached: Mapping[str, Expr],
        state: State,
        past: dict[str, Expr],
    ) -> None:
        z3, meaning = self.z3, self.meaning
        for name, m in self.monitors.items():
            view = reached[m.pattern.view]
            before = state.past[name]
            after = before
            if m.breaking is not None and self._may(m.breaking, node):
                broken = self._selects(m.breaking, placed)
                empty = z3.BoolVal(False, meaning.context)
                if not m.pattern.keys:
                    after = z3.If(broken, empty, after)
                elif m.breaking.keys:
                    key = placed.value(m.breaking.keys[0])
                    after = z3.If(broken, z3.Store(after, key, empty), after)
                else:
                    sort = meaning.sort(m.pattern.keys[0].sort)
                    after = z3.If(broken, z3.K(sort, empty), after)
            may = self._may(m.pattern, node)
            if m.operation == "previous":
                if m.pattern.keys:
                    raise Unanalysed("'previous' with a key, over unbounded data")
                chosen = self._selects(m.pattern, placed) if may else meaning.any([])
                past[name] = z3.If(view, chosen, past[name])
                continue
            if may:
                chosen = self._selects(m.pattern, placed)
                after = z3.If(chosen, self._counted(m, placed, after), after)
            if after is not before:
                past[name] = z3.If(view, after, past[name])

    def _counted(self, m: Monitor, placed: Placed, memory: Expr) -> Expr:
        z3 = self.z3
        if m.operation in ("once", "since"):
            new: Expr = z3.BoolVal(True, self.meaning.context)
            if m.pattern.keys:
                return z3.Store(memory, placed.value(m.pattern.keys[0]), new)
            return new
        more = 1 if m.field is None or m.operation == "distinct" else placed.value(m.field)
        if m.pattern.keys:
            key = placed.value(m.pattern.keys[0])
            return z3.Store(memory, key, z3.Select(memory, key) + more)
        return memory + more

    @staticmethod
    def _may(pattern: Pattern, node: Perform) -> bool:
        return not pattern.tools or node.tool in pattern.tools

    def _selects(self, pattern: Pattern, placed: Placed) -> Expr:
        return placed.truth(placed.totals.when_true(pattern.guard))

    # -- reading -----------------------------------------------------------------------------

    def read(self, solver: Solver, e: Expr, sort: Sort) -> Value:
        """A value that a model found."""
        from governance.sorts import DECIMAL, DURATION, TIME, Decimal, Duration, Entity, Time

        value = solver.value(e)
        if members := self.workflow.schema.members(sort):
            return members[int(value)]
        wrap = {DECIMAL: Decimal, DURATION: Duration, TIME: Time}.get(sort)
        if wrap is not None:
            return wrap(int(value))
        return Entity(value) if sort == ENTITY else value


def _nevers(claim: Claim) -> list[Pattern]:
    def visit(form: object) -> list[Pattern]:
        match form:
            case Never(event):
                return [event]
            case Joined("both", parts):
                return [p for part in parts for p in visit(part)]
        raise Unanalysed("a claim about order, over unbounded data")

    return visit(claim.form)


def request_of(node: Perform, workflow: Workflow) -> Request:
    """A request that stands for a node's in a run that is to be replayed."""
    return Request(node.principal or workflow.principal or "agent", node.tool)
