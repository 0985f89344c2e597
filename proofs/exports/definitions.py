"""What an assistant can define, and in which order; all else is assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from logic.formulas import Atom, Formula, Iff, split_forall, symbols
from logic.terms import Sort, Var, match_sort, parameters, substitute_sort
from logic.theory import DataType, Definition, Function, Predicate, Theory
from proofs.exports.equations import Recursion, applications, recursion
from proofs.exports.parameters import formula_parameters, symbol_parameters


class Definitions:
    """Which symbols of a theory an assistant can define, and which functions need more to exist.

    Attributes
    ----------
    order : the defined symbols, each after those that its definition uses.
    recursions : the functions that are defined by recursion, or without.
    plain : symbols that a definition of the system can define.
    pointed : functions that need an element of their type parameters: in a theory sorts are not
        empty, in an assistant types may be.
    """

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self.signature = theory.signature
        self.order = self._sorted()
        self.recursions: dict[str, Recursion] = {}
        self.plain: set[str] = set()
        self.pointed: set[str] = set()
        self._classify()

    def uses(self, name: str) -> set[str]:
        """The symbols that a definition mentions, itself excluded."""
        found: set[str] = set()
        for clause in self.theory.definitions[name].clauses:
            found |= symbols(clause)
        return found - {name}

    def _classify(self) -> None:
        signature, theory = self.signature, self.theory
        constructors = {c.name for d in signature.data.values() for c in d.constructors}
        for name in self.order:
            definition = theory.definitions[name]
            if name in constructors:
                continue
            if name in signature.functions:
                found = recursion(signature, signature.functions[name], definition)
                if found is not None and (not found.recursive or found.decreasing is not None):
                    self.recursions[name] = found
                    self.plain.add(name)
            elif predicate_definition(signature.predicates[name], definition) is not None:
                self.plain.add(name)
        for name, function in signature.functions.items():
            if name not in constructors and name not in self.plain and not self._harmless(function):
                self.pointed.add(name)
        # What is defined by them is not worth a definition with elements of its own.
        changed = bool(self.pointed)
        while changed:
            bad = {
                name
                for name in self.plain
                if any(self._mentions(c, self.pointed) for c in theory.definitions[name].clauses)
                and symbol_parameters(signature.functions.get(name) or signature.predicates[name])
            }
            self.plain -= bad
            more = {
                n
                for n in bad
                if n in signature.functions and not self._harmless(signature.functions[n])
            } - self.pointed
            self.pointed |= more
            changed = bool(more)
        # In a circle of definitions, all are assumptions.
        for name in self.order:
            if name in self.plain and self._circular(name):
                self.plain.discard(name)

    def _mentions(self, formula: Formula, names: Iterable[str]) -> bool:
        return any(next(applications(formula, n), None) is not None for n in names)

    def _circular(self, name: str) -> bool:
        seen: set[str] = set()
        waiting = [s for s in self.uses(name) if s in self.plain]
        while waiting:
            found = waiting.pop()
            if found == name:
                return True
            if found not in seen:
                seen.add(found)
                waiting += [s for s in self.uses(found) if s in self.plain]
        return False

    def _sorted(self) -> list[str]:
        order: dict[str, None] = {}
        opened: set[str] = set()
        for start in self.theory.definitions:
            stack = [(start, False)]
            while stack:
                name, done = stack.pop()
                if done:
                    order.setdefault(name)
                elif name not in opened:
                    opened.add(name)
                    stack.append((name, True))
                    uses = sorted(self.uses(name) & self.theory.definitions.keys())
                    stack += [(other, False) for other in reversed(uses)]
        return list(order)

    def _harmless(self, function: Function) -> bool:
        """Whether a function of this type exists for empty types too."""
        return not parameters(function.result) or self._given(function.result, function.args)

    def _given(self, sort: Sort, args: Sequence[Sort], seen: frozenset[str] = frozenset()) -> bool:
        if sort in args:
            return True
        if sort.parameter or sort.name not in self.signature.data or sort.name in seen:
            return not sort.parameter and sort.name not in self.signature.data
        for constructor in self.signature.constructors(sort):
            values: dict[str, Sort] = {}
            match_sort(constructor.result, sort, values)
            inner = [substitute_sort(a, values) for a in constructor.args]
            if all(self._given(a, args, seen | {sort.name}) for a in inner):
                return True
        return False


def predicate_definition(
    predicate: Predicate, definition: Definition
) -> tuple[tuple[Var, ...], Formula] | None:
    """Head variables and body of forall xs. p(xs) <-> BODY that defines p."""
    if len(definition.clauses) != 1:
        return None
    _, clause = split_forall(definition.clauses[0])
    if not isinstance(clause, Iff) or not isinstance(clause.left, Atom):
        return None
    head, body = clause.left, clause.right
    names = [a.name for a in head.args if isinstance(a, Var)]
    if head.predicate != predicate.name or len(set(names)) != len(predicate.args):
        return None
    if any(a.sort != s for a, s in zip(head.args, predicate.args, strict=True)):
        return None
    params = set().union(*map(parameters, predicate.args)) if predicate.args else set()
    if predicate.name in symbols(body) or not set(formula_parameters(body)) <= params:
        return None
    return tuple(a for a in head.args if isinstance(a, Var)), body


def data_groups(data: Mapping[str, DataType]) -> list[list[DataType]]:
    """The data types, those that need each other together, each group after what it uses."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(data)
    for name, kind in data.items():
        for constructor in kind.constructors:
            for sort in constructor.args:
                graph.add_edges_from((used, name) for used in _sort_names(sort) if used in data)
    condensed = nx.condensation(graph)
    place = {name: i for i, name in enumerate(data)}
    groups = [
        sorted(condensed.nodes[n]["members"], key=lambda m: place[m])
        for n in nx.lexicographical_topological_sort(
            condensed, key=lambda n: min(place[m] for m in condensed.nodes[n]["members"])
        )
    ]
    return [[data[m] for m in group] for group in groups]


def _sort_names(sort: Sort) -> Iterator[str]:
    yield sort.name
    for a in sort.args:
        yield from _sort_names(a)
