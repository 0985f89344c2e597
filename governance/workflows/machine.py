"""A workflow as a transition system over small numbers.

A state of the machine is a *place* (the nodes where its tokens are) and a *store* (the values and
labels of what is tracked), both numbered. :meth:`Machine.moves` says what can happen in one, and is
asked once for each; the product with a policy and a claim (:mod:`governance.workflows.product`)
works on the numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from governance.request import Request
from governance.runtime.evaluate import Compiler, Frame, Test
from governance.schema import Schema
from governance.sorts import (
    Undefined,
    Value,
)
from governance.workflows.ir import (
    Assign,
    Branch,
    Cut,
    End,
    Fork,
    Join,
    Node,
    Perform,
    Workflow,
)
from governance.workflows.performing import Performing, written_first
from governance.workflows.slicing import Slice
from governance.workflows.watching import Ask, Watch
from logic.formulas import free_variables

PLACE_BITS, STORE_BITS = 24, 24
STORE_SHIFT = PLACE_BITS
STATE_MASK = (1 << (PLACE_BITS + STORE_BITS)) - 1
PLACE_MASK = (1 << PLACE_BITS) - 1
MOST_STARTS = 20_000

Ending = Literal["", "ended", "halted", "stuck", "error", "cut"]


class Move(NamedTuple):
    """One thing that can happen.

    ``ask`` is -1 for a silent step, else the number of what is asked. ``done``, ``failed`` and
    ``denied`` are the states that follow; ``details`` says of each in ``done`` which response or
    which way it is.
    """

    ask: int
    done: tuple[int, ...]
    failed: tuple[int, ...]
    denied: tuple[int, ...]
    node: str
    details: tuple[Value, ...]


class Store(NamedTuple):
    """Values of the tracked variables, their labels, what memory and the session carry."""

    values: tuple[Value, ...]
    labels: tuple[tuple[str, ...], ...]
    memory: tuple[str, ...]
    session: tuple[str, ...]


class TooMany(Exception):
    """There are more states than numbers, or than is sensible; the reason is the message."""


class Machine:
    """A flat workflow, sliced, over the requests that a :class:`Watch` numbers."""

    def __init__(self, workflow: Workflow, slice_: Slice, watch: Watch) -> None:
        self.workflow = workflow
        self.slice = slice_
        self.watch = watch
        self.schema: Schema = workflow.schema
        self.compiler = Compiler(self.schema)
        self._names = list(workflow.nodes)
        self._index = {name: i for i, name in enumerate(self._names)}
        count = len(self._names)
        self.halted, self.stuck, self.error = count, count + 1, count + 2
        self._forks = {
            n.join: len(n.branches) for n in workflow.nodes.values() if isinstance(n, Fork)
        }
        self.where = {v: i for i, v in enumerate(slice_.variables)}
        self._lattices = slice_.lattices
        self._labelled = list(workflow.variables) if self._lattices else []
        self._label_at = {v: i for i, v in enumerate(self._labelled)}
        self._bottom = tuple(self.schema.lattices[n].join(()) for n in self._lattices)
        self._joins: dict[tuple[int, str, str], str] = {}
        self._places: list[tuple[int, ...]] = []
        self._place_numbers: dict[tuple[int, ...], int] = {}
        self._stores: list[Store] = []
        self._store_numbers: dict[Store, int] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}
        live = slice_.live()
        self._dead: list[tuple[int, ...]] = [
            tuple(i for i, v in enumerate(slice_.variables) if v not in live[name])
            for name in (self._names if live else ())
        ]
        self._built: list[Any] = [None] * count
        self._reads: dict[int, tuple[str, ...]] = {}
        self.inputs: set[str] = set()
        self.starts = self._start()

    # -- states ----------------------------------------------------------------------------

    def _start(self) -> list[int]:
        inputs: list[Sequence[Value]] = []
        size = 1
        for name in self.slice.variables:
            v = self.workflow.variables[name]
            read_first = v.initial is None and not written_first(self.workflow, name)
            if v.initial is not None:
                inputs.append((v.initial,))
            else:
                found = self.slice.values(v) if read_first else (self.slice.values(v)[0],)
                inputs.append(found)
                size *= len(found)
                if read_first:
                    self.inputs.add(name)
            if size > MOST_STARTS:
                raise TooMany(f"there are more than {MOST_STARTS} combinations of inputs")
        labels = tuple(
            tuple(
                self.workflow.variables[v].labels.get(n, bottom)
                for n, bottom in zip(self._lattices, self._bottom, strict=True)
            )
            for v in self._labelled
        )
        session = self._bottom
        if self.workflow.flow == "session":
            for entry in labels:
                session = self._join(session, entry)
        place = self._place((self._index[self.workflow.start],))
        return [
            self.state(place, Store(values, labels, self._bottom, session))
            for values in itertools.product(*inputs)
        ]

    def state(self, place: int, store: Store) -> int:
        """The number of a state; what no longer matters is forgotten."""
        tokens = self._places[place]
        if len(tokens) == 1 and tokens[0] < len(self._dead) and self._dead[tokens[0]]:
            values = list(store.values)
            for i in self._dead[tokens[0]]:
                values[i] = None
            store = store._replace(values=tuple(values))
        number = self._store_numbers.get(store)
        if number is None:
            number = self._store_numbers[store] = len(self._stores)
            self._stores.append(store)
            if number >> STORE_BITS:
                raise TooMany("there are too many stores")
        return place | number << STORE_SHIFT

    def _place(self, tokens: tuple[int, ...]) -> int:
        number = self._place_numbers.get(tokens)
        if number is None:
            number = self._place_numbers[tokens] = len(self._places)
            self._places.append(tokens)
            if number >> PLACE_BITS:
                raise TooMany("there are too many places")
        return number

    def tokens(self, state: int) -> list[str]:
        """The names of the nodes where a state's tokens are."""
        count = len(self._names)
        return [self._names[t] for t in self._places[state & PLACE_MASK] if t < count]

    def store(self, state: int) -> dict[str, Value]:
        """The tracked variables of a state."""
        store = self._stores[state >> STORE_SHIFT & ((1 << STORE_BITS) - 1)]
        return dict(zip(self.slice.variables, store.values, strict=True))

    def ending(self, state: int) -> Ending:
        """How a run ends in this state; empty if it does not."""
        tokens = self._places[state & PLACE_MASK]
        if len(tokens) == 1:
            (t,) = tokens
            if t == self.halted:
                return "halted"
            if t == self.stuck:
                return "stuck"
            if t == self.error:
                return "error"
            node = self.workflow.nodes[self._names[t]]
            if isinstance(node, End):
                return "ended"
            if isinstance(node, Cut):
                return "cut"
        return ""

    def result(self, state: int) -> Value:
        """The result of a state that has ended; None where there is none or it is not tracked."""
        (t,) = self._places[state & PLACE_MASK]
        node = self.workflow.nodes[self._names[t]]
        if isinstance(node, End) and node.result is not None:
            try:
                return self.compiler.getter(node.result)(Frame("", "", self.store(state)))
            except (Undefined, KeyError):
                return None
        return None

    # -- moves -----------------------------------------------------------------------------

    def moves(self, state: int) -> tuple[Move, ...]:
        """What can happen in a state."""
        found = self._moves.get(state)
        if found is None:
            found = self._moves[state] = tuple(self._compute(state))
        return found

    def _compute(self, state: int) -> list[Move]:
        tokens = self._places[state & PLACE_MASK]
        store = self._stores[state >> STORE_SHIFT]
        found: list[Move] = []
        for i, token in enumerate(tokens):
            if token >= len(self._names) or (i and tokens[i - 1] == token):
                continue
            node = self.workflow.nodes[self._names[token]]
            rest = tokens[:i] + tokens[i + 1 :]
            match node:
                case Perform():
                    found += self._perform(node, token, rest, store)
                case Assign():
                    found.append(self._assign(node, token, rest, store))
                case Branch():
                    found += self._branch(node, token, rest, store)
                case Fork():
                    starts = tuple(self._index[b] for b in node.branches)
                    place = self._place(tuple(sorted((*rest, *starts))))
                    found.append(_silent(node, self.state(place, store)))
                case Join():
                    needed = self._forks.get(node.name, 1)
                    if tokens.count(token) >= needed:
                        left = list(tokens)
                        for _ in range(needed):
                            left.remove(token)
                        there = self._to(node.next, tuple(left))
                        found.append(_silent(node, self.state(there, store)))
        return found

    def _to(self, target: str, rest: tuple[int, ...]) -> int:
        return self._place(
            tuple(sorted((*rest, self._index[target]))) if rest else (self._index[target],)
        )

    def _environment(self, store: Store) -> dict[str, Value]:
        return dict(zip(self.slice.variables, store.values, strict=True))

    def _set(self, store: Store, name: str, value: Value) -> tuple[Value, ...]:
        at = self.where.get(name)
        if at is None:
            return store.values
        return (*store.values[:at], value, *store.values[at + 1 :])

    # -- labels ----------------------------------------------------------------------------

    def _join(self, *labels: tuple[str, ...]) -> tuple[str, ...]:
        if not self._lattices:
            return ()
        found = list(labels[0])
        for other in labels[1:]:
            for i, label in enumerate(other):
                if label != found[i]:
                    key = (i, found[i], label)
                    joined = self._joins.get(key)
                    if joined is None:
                        lattice = self.schema.lattices[self._lattices[i]]
                        joined = self._joins[key] = lattice.join((found[i], label))
                    found[i] = joined
        return tuple(found)

    def _least(self, labels: Any) -> tuple[str, ...]:
        return tuple(labels.get(n, b) for n, b in zip(self._lattices, self._bottom, strict=True))

    def _label_of(self, names: Sequence[str], store: Store) -> tuple[str, ...]:
        return self._join(self._bottom, *[store.labels[self._label_at[n]] for n in names])

    def _relabel(
        self, store: Store, name: str, label: tuple[str, ...]
    ) -> tuple[tuple[str, ...], ...]:
        if not self._lattices:
            return ()
        at = self._label_at[name]
        return (*store.labels[:at], label, *store.labels[at + 1 :])

    # -- nodes -----------------------------------------------------------------------------

    def _perform(
        self, node: Perform, token: int, rest: tuple[int, ...], store: Store
    ) -> list[Move]:
        built = self._built[token]
        if built is None:
            built = self._built[token] = Performing(self, node)
        frame = Frame("", "", self._environment(store))
        try:
            args = {name: get(frame) for name, get in built.args}
            performed = {name: get(frame) for name, get in built.performed}
        except (Undefined, KeyError):
            return [_silent(node, self.state(self._place((self.error,)), store))]
        label = store.session
        if self._lattices and self.workflow.flow == "values":
            label = self._label_of(built.reads, store)
        labels = {
            n: own
            for n, own, b in zip(self._lattices, label, self._bottom, strict=True)
            if own != b
        }
        principal = node.principal or self.workflow.principal or "agent"
        conduct = node.conduct
        request = Request(principal, node.tool, args, 0, (), labels)
        other = (
            request
            if conduct.performs is None
            else Request(principal, node.tool, performed, 0, (), labels)
        )
        asked = request if conduct.mediated and not conduct.permit_of else None
        granted = node.granted is None or node.tool in node.granted
        ask = self.watch.number(Ask(asked, other, conduct.times, granted))
        response = self._join(label, self._least(node.labels)) if self._lattices else ()
        memory, session = store.memory, store.session
        if built.black_box and self._lattices:
            memory = self._join(memory, label)
            response = self._join(response, memory)
        if self._lattices:
            session = self._join(session, response)
        if node.recall and self._lattices:
            response = self._join(response, store.labels[self._label_at[node.recall]])
        values: Sequence[Value] = built.responses
        if node.recall and node.into in self.where and node.recall in self.where:
            values = (store.values[self.where[node.recall]],)
        after = store._replace(memory=memory, session=session)
        if node.store:
            stored = after
            if built.stored is not None:
                stored = stored._replace(values=self._set(stored, node.store, built.stored(frame)))
            after = stored._replace(labels=self._relabel(stored, node.store, label))
        done, details = [], []
        place = self._to(node.next, rest)
        for value in values:
            new = after
            if node.into:
                new = Store(
                    self._set(after, node.into, value),
                    self._relabel(after, node.into, response),
                    memory,
                    session,
                )
            done.append(self.state(place, new))
            details.append(value)
        failed: tuple[int, ...] = ()
        if node.failed:
            failed = (self.state(self._to(node.failed, rest), after),)
        return [
            Move(ask, tuple(done), failed, (self._denied(node, rest, store, built, frame),),
                 node.name, tuple(details))
        ]  # fmt: skip

    def _denied(
        self, node: Perform, rest: tuple[int, ...], store: Store, built: Performing, frame: Frame
    ) -> int:
        if node.substitute is not None:
            new = store
            if node.into and built.substitute is not None:
                value = built.substitute(frame)
                new = store._replace(values=self._set(store, node.into, value))
            if node.into:
                reads = [v.name for v in free_variables(node.substitute)]
                label = self._label_of(reads, store)
                new = new._replace(labels=self._relabel(new, node.into, label))
            return self.state(self._to(node.denied or node.next, rest), new)
        if node.denied:
            return self.state(self._to(node.denied, rest), store)
        if self.workflow.on_denial == "raise" and node.failed:
            return self.state(self._to(node.failed, rest), store)
        return self.state(self._place((self.halted,)), store)

    def _assign(self, node: Assign, token: int, rest: tuple[int, ...], store: Store) -> Move:
        built = self._built[token]
        if built is None:
            built = self._built[token] = [
                (name, self.compiler.getter(term))
                for name, term in node.sets.items()
                if name in self.where
            ]
        values, frame = list(store.values), Frame("", "", self._environment(store))
        try:
            for name, get in built:
                values[self.where[name]] = get(frame)
        except (Undefined, KeyError):
            return _silent(node, self.state(self._place((self.error,)), store))
        labels = store.labels
        if self._lattices:
            changed = list(labels)
            for name, term in node.sets.items():
                reads = [v.name for v in free_variables(term)]
                own = self._label_of(reads, store)
                given = node.labels.get(name)
                if given is not None:
                    own = tuple(given.get(n, o) for n, o in zip(self._lattices, own, strict=True))
                changed[self._label_at[name]] = own
            labels = tuple(changed)
        new = Store(tuple(values), labels, store.memory, store.session)
        return _silent(node, self.state(self._to(node.next, rest), new))

    def _branch(self, node: Branch, token: int, rest: tuple[int, ...], store: Store) -> list[Move]:
        built: list[Test | None] | None = self._built[token]
        if built is None:
            built = self._built[token] = [
                None if c.guard is None else self.compiler.test(c.guard) for c in node.cases
            ]
        frame = Frame("", "", self._environment(store))
        taken = [c.to for c, test in zip(node.cases, built, strict=True) if _open(test, frame)]
        if not taken and node.otherwise:
            taken = [node.otherwise]
        if not taken:
            return [_silent(node, self.state(self._place((self.stuck,)), store))]
        return [
            Move(-1, (self.state(self._to(to, rest), store),), (), (), node.name, (to,))
            for to in dict.fromkeys(taken)
        ]


def _open(test: Test | None, frame: Frame) -> bool:
    try:
        return test is None or test(frame)
    except (Undefined, KeyError):
        return False


def _silent(node: Node, state: int) -> Move:
    return Move(-1, (state,), (), (), node.name, (None,))
