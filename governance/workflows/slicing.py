"""What of a workflow matters to a policy and claims: its cone of influence, and its values.

A variable matters if a guard reads it, or if it flows into an argument that some condition looks
at. Everything else is left out of the state. A variable that matters and may have any number, or
any text, takes *samples*: one value for each case that the conditions can tell apart. ``exact``
says whether they are all there is to tell; where they are not (sums, comparisons of two unknowns),
exploring them finds runs, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from governance.conditions import pattern_parts
from governance.past import Monitor
from governance.policy import Policy, Rule
from governance.sorts import (
    ANY,
    BOOL,
    DECIMAL,
    DURATION,
    ENTITY,
    INT,
    LEAST,
    MOST,
    NUMBERS,
    TEXT,
    TIME,
    Decimal,
    Duration,
    Entity,
    Time,
    Value,
    constant_value,
    is_constant,
)
from governance.workflows.claims import Claim
from governance.workflows.ir import (
    Assign,
    Branch,
    End,
    Fork,
    Interval,
    Node,
    Perform,
    Variable,
    Workflow,
)
from logic.formulas import And, Atom, Equal, Formula, Not, Or, free_variables
from logic.terms import App, If, Sort, Term

MOST_VALUES = 1_000
"""Larger intervals are sampled."""

_WRAP = {INT: int, DECIMAL: Decimal, DURATION: Duration, TIME: Time}


class Slice:
    """What matters, for one workflow, policy and set of claims.

    ``parameters`` maps tools to the arguments that conditions look at, ``variables`` are those that
    are tracked, ``lattices`` those whose labels are.
    """

    def __init__(
        self, workflow: Workflow, policy: Policy, claims: Sequence[Claim], results: bool = False
    ) -> None:
        self.workflow = workflow
        self.schema = workflow.schema
        used = {n.tool for n in workflow.performs()}
        self._rules = [r for r in policy.rules if not r.tools or used & set(r.tools)]
        self._monitors = self._needed(policy, claims)
        self._claims = claims
        self.parameters = {tool: self._looked_at(tool) for tool in sorted(used)}
        self.lattices = [
            name
            for name in self.schema.lattices
            if any(f"label {name}" in _names(f) for f in self._conditions())
        ]
        self.kept: set[str] = set()
        """What goals ask about at the end."""
        self.variables = self._cone(results)
        self.clock = any("now" in _names(f) for f in self._conditions())
        self._guards = [
            c.guard
            for n in workflow.nodes.values()
            if isinstance(n, Branch)
            for c in n.cases
            if c.guard is not None
        ]
        self.exact = True
        self._samples: dict[Sort, tuple[Value, ...]] = {}

    def _needed(self, policy: Policy, claims: Sequence[Claim]) -> dict[str, Monitor]:
        mentioned = {s for r in self._rules for s in _symbols(r.condition)}
        found = {n: m for n, m in policy.monitors.items() if n in mentioned}
        for claim in claims:
            found.update(claim.monitors)
        return found

    # -- conditions ------------------------------------------------------------------------

    def _conditions(self) -> Iterator[Formula | Term]:
        yield from (r.condition for r in self._rules)
        for m in self._monitors.values():
            yield from _of_monitor(m)
        for claim in self._claims:
            yield from (p.guard for p in claim.patterns())
            if claim.goal is not None:
                yield claim.goal

    def _looked_at(self, tool: str) -> frozenset[str]:
        names: set[str] = set()
        for rule in self._rules:
            if not rule.tools or tool in rule.tools:
                names |= _names(rule.condition)
        for monitor in self._monitors.values():
            for pattern in monitor.patterns:
                if not pattern.tools or tool in pattern.tools:
                    names |= _names(pattern.guard).union(*map(_names, pattern.keys))
                    if monitor.field is not None:
                        names |= _names(monitor.field)
        for claim in self._claims:
            for pattern in claim.patterns():
                if not pattern.tools or tool in pattern.tools:
                    names |= _names(pattern.guard)
        return frozenset(p.name for p in self.schema.tools[tool].parameters if p.name in names)

    def _cone(self, results: bool) -> list[str]:
        wanted: set[str] = set()
        for claim in self._claims:
            if claim.goal is not None:
                self.kept |= _names(claim.goal) & set(self.workflow.variables)
        wanted |= self.kept
        reads: dict[str, set[str]] = {}
        for node in self.workflow.nodes.values():
            match node:
                case Branch(cases=cases):
                    for case in cases:
                        if case.guard is not None:
                            wanted |= _names(case.guard)
                case Perform(args=args):
                    for name in self.parameters[node.tool]:
                        wanted |= _names(args[name]) if name in args else set()
                    for name, term in (node.conduct.performs or {}).items():
                        if name in self.parameters[node.tool]:
                            wanted |= _names(term)
                    if node.substitute is not None and node.into:
                        reads.setdefault(node.into, set()).update(_names(node.substitute))
                    if node.recall and node.into:
                        reads.setdefault(node.into, set()).add(node.recall)
                    if node.store:
                        reads.setdefault(node.store, set()).update(_names(args[node.stored]))
                case Assign(sets=sets):
                    for name, term in sets.items():
                        reads.setdefault(name, set()).update(_names(term))
                case End(result=result):
                    if results and result is not None:
                        wanted |= _names(result)
                        self.kept |= _names(result)
        todo = list(wanted)
        while todo:
            for name in reads.get(todo.pop(), ()):
                if name not in wanted:
                    wanted.add(name)
                    todo.append(name)
        return [v for v in self.workflow.variables if v in wanted]

    def live(self) -> dict[str, set[str]]:
        """For each node the tracked variables whose values still matter when it is reached."""
        tracked = set(self.variables)
        if not tracked:
            return {}
        nodes = self.workflow.nodes
        uses = {n.name: self._uses(n) & tracked for n in nodes.values()}
        before: dict[str, list[str]] = {}
        for node in nodes.values():
            for target in node.targets():
                before.setdefault(target, []).append(node.name)
            if isinstance(node, Fork):
                before.setdefault(node.join, []).append(node.name)
        live = {name: set(used) for name, used in uses.items()}
        todo = list(nodes)
        while todo:
            name = todo.pop()
            node = nodes[name]
            after: set[str] = set().union(*(live[t] for t in node.targets()), set())
            if isinstance(node, Fork):
                after |= live[node.join]
            certain = not isinstance(node, Perform) or not (
                node.failed or node.denied or node.substitute is not None
            )
            found = uses[name] | (after - set(node.writes()) if certain else after)
            if found != live[name]:
                live[name] = found
                todo += before.get(name, ())
        return live

    def _uses(self, node: Node) -> set[str]:
        match node:
            case Perform():
                used: set[str] = set()
                looked_at = self.parameters[node.tool]
                for args in (node.args, node.conduct.performs or {}):
                    for name, term in args.items():
                        if name in looked_at or name == node.stored:
                            used |= _names(term)
                if node.substitute is not None:
                    used |= _names(node.substitute)
                return used | ({node.recall} if node.recall else set())
            case Assign(sets=sets):
                return set().union(*(_names(t) for n, t in sets.items() if n in self.variables))
            case End():
                names = _names(node.result) if node.result is not None else set()
                return (names & self.kept) | self.kept
        return {name for _, term in node.terms() for name in _names(term)}

    # -- values ----------------------------------------------------------------------------

    def values(self, variable: Variable) -> tuple[Value, ...]:
        """The values that a variable takes when nothing else determines it."""
        domain, sort = variable.domain, variable.sort
        if isinstance(domain, tuple):
            return domain
        if sort == BOOL:
            return (False, True)
        if members := self.schema.members(sort):
            return members
        if isinstance(domain, Interval) and domain.high - domain.low < MOST_VALUES:
            wrap = _WRAP[sort]
            return tuple(wrap(n) for n in range(domain.low, domain.high + 1))
        found = self.samples(sort)
        if isinstance(domain, Interval):
            wrap = _WRAP[sort]
            inside = {int(v) for v in found if domain.low <= int(v) <= domain.high}
            return tuple(wrap(n) for n in sorted(inside | {domain.low, domain.high}))
        return found

    def samples(self, sort: Sort) -> tuple[Value, ...]:
        """Values of a sort that the conditions can tell apart."""
        found = self._samples.get(sort)
        if found is None:
            found = self._samples[sort] = tuple(self._sample(sort))
        return found

    def _sample(self, sort: Sort) -> Iterable[Value]:
        conditions = [*self._conditions(), *self._guards, *self._assigned()]
        if any(_compares(f, sort) for f in conditions) or any(
            _sums(m, sort) for m in self._monitors.values()
        ):
            self.exact = False
        constants = {v for f in conditions for v in _constants(f, sort)}
        if sort in NUMBERS:
            wrap = _WRAP[sort]
            near = {int(v) + d for v in constants for d in (-1, 0, 1)} or {0}
            return [wrap(n) for n in sorted(near) if LEAST <= n <= MOST]
        if sort == ANY:
            known = dict.fromkeys(v for s in (BOOL, INT, DECIMAL, TEXT) for v in self._const(s))
            return [*known, _fresh(v for v in known if isinstance(v, str))]
        if sort in (TEXT, ENTITY):
            patterns = sorted({p for f in conditions for p in _patterns(f)})
            if len(patterns) > 1:
                self.exact = False
            texts = set(map(str, constants))
            for pattern in patterns:
                parts = pattern_parts(pattern)
                texts |= {"".join(parts), "x".join(parts)} if len(parts) > 1 else {parts[0]}
            made = [*sorted(texts), _fresh(texts)]
            return [Entity(t) for t in made] if sort == ENTITY else made
        self.exact = False
        return [frozenset()] if sort.name == "Set" else [None]

    def _const(self, sort: Sort) -> list[Value]:
        conditions = [*self._conditions(), *self._guards]
        return sorted({v for f in conditions for v in _constants(f, sort)}, key=str)

    def _assigned(self) -> Iterator[Term]:
        for node in self.workflow.nodes.values():
            if isinstance(node, Assign):
                yield from (t for v, t in node.sets.items() if v in self.variables)
            elif isinstance(node, Perform):
                wanted = self.parameters[node.tool]
                yield from (t for name, t in node.args.items() if name in wanted)

    def enough(self, monitor: Monitor, rules: Iterable[Rule]) -> int | None:
        """Up to where conditions can tell the counts of a monitor apart; None if without end."""
        if monitor.operation != "count" or monitor.pattern.keys:
            return None
        most = 0
        for condition in [r.condition for r in rules] + [
            p.guard for c in self._claims for p in c.patterns()
        ]:
            for atom in _atoms(condition):
                if monitor.name in _symbols(atom):
                    others = [s for s in _symbols(atom) if "(" in s and s != monitor.name]
                    if others or free_variables(atom):
                        return None
                    most = max(most, sum(abs(int(v)) for v in _constants(atom, INT)) + 2)
        return most or None


def _fresh(taken: Iterable[str]) -> str:
    known, name = set(taken), "other"
    while name in known or any(name in t for t in known):
        name += "_"
    return name


# -- looking into expressions --------------------------------------------------------------------


def _names(expression: Formula | Term) -> set[str]:
    return {v.name for v in free_variables(expression)}


def _of_monitor(monitor: Monitor) -> Iterator[Formula | Term]:
    for pattern in monitor.patterns:
        yield pattern.guard
        yield from pattern.keys
    if monitor.field is not None:
        yield monitor.field


def walk(node: Formula | Term) -> Iterator[Formula | Term]:
    """An expression and all parts of it."""
    todo: list[Formula | Term] = [node]
    while todo:
        node = todo.pop()
        yield node
        match node:
            case And(a, b) | Or(a, b) | Equal(a, b):
                todo += [a, b]
            case Not(body):
                todo.append(body)
            case Atom(_, args) | App(_, args):
                todo += args
            case If(c, t, e):
                todo += [c, t, e]


def _symbols(expression: Formula | Term) -> set[str]:
    found = set()
    for node in walk(expression):
        if isinstance(node, Atom):
            found.add(node.predicate)
        elif isinstance(node, App):
            found.add(node.symbol)
    return found


def _atoms(expression: Formula | Term) -> Iterator[Formula]:
    for node in walk(expression):
        if isinstance(node, Atom | Equal):
            yield node


def _constants(expression: Formula | Term, sort: Sort) -> set[Value]:
    return {
        constant_value(node)
        for node in walk(expression)
        if isinstance(node, App) and is_constant(node) and node.sort == sort
    }


def _patterns(expression: Formula | Term) -> Iterator[str]:
    for node in walk(expression):
        if isinstance(node, Atom) and node.predicate == "like":
            assert isinstance(node.args[1], App)
            yield node.args[1].symbol


def _compares(expression: Formula | Term, sort: Sort) -> bool:
    """Whether values of a sort are compared with others than constants, or computed with."""
    for node in walk(expression):
        match node:
            case App(symbol, args, own) if (
                own == sort and symbol in ("+", "-", "*", "neg") and args
            ):
                return True
            case Atom(predicate, args) if "(" in predicate or predicate.startswith(
                ("once ", "previous ", "no ")
            ):
                if any(a.sort == sort for a in args):
                    return True
            case App(symbol, args, _) if "(" in symbol and any(a.sort == sort for a in args):
                return True
            case Equal(a, b):
                if sort in (a.sort, b.sort) and not (is_constant(a) or is_constant(b)):
                    return True
            case Atom("<" | "<=", (a, b)):
                if sort in (a.sort, b.sort) and not (is_constant(a) or is_constant(b)):
                    return True
            case Atom("in", (a, b)):
                if a.sort == sort and not (isinstance(b, App) and all(map(is_constant, b.args))):
                    return True
    return False


def _sums(monitor: Monitor, sort: Sort) -> bool:
    keyed = any(k.sort == sort for p in monitor.patterns for k in p.keys)
    summed = monitor.operation in ("sum", "distinct") and monitor.field is not None
    return keyed or (summed and monitor.field is not None and monitor.field.sort == sort)
