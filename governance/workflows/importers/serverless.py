"""Serverless Workflow 1.0: YAML or JSON with ``document`` and ``do``.

What tasks do to the world is in :mod:`.serverless_effects`; here is in which order. Conditions
(``if``, ``when``, ``while``) are jq over data that is not followed: both ways are open, unless they
say ``true`` or ``false``. Every effect may fail, which leads to the ``catch`` around it, or ends
the run at ``faulted``. A timeout may strike before any task inside it. Of a fork with ``compete``,
the other branches may be stopped once one is done.

``set`` becomes variables where it sets constants. An expression whose value is an argument gives
any value; inside a loop it is computed anew each time, by the directive ``jq(expression)`` of the
kind *compute*. ``wait`` and ``raise`` ask for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from governance.sorts import INT, TEXT, constant
from governance.workflows.importers.serverless_data import compute_anew, constants
from governance.workflows.importers.serverless_effects import (
    CALLS,
    Effect,
    Effects,
    truth,
)
from governance.workflows.importers.sketch import Sketch, text
from governance.workflows.ir import (
    Assign,
    Case,
    Fork,
    Interval,
    Join,
    Perform,
    Variable,
    Workflow,
)
from governance.workflows.records import Record
from logic.errors import nearest
from logic.formulas import Atom, Equal, Not
from logic.terms import App, Term

MOST_TRIES = 1_000_000
MOST_USES = 5_000
"""Calls of functions, when each is written out where it is called."""

_TOP = ("document", "input", "use", "do", "timeout", "output", "schedule", "evaluate")
_USE = ("authentications", "errors", "functions", "retries", "secrets", "timeouts", "catalogs")
_BASE = ("if", "input", "output", "export", "timeout", "then", "metadata")
_OWN: dict[str, tuple[str, ...]] = {
    "for": ("while", "do"),
    "try": ("catch",),
    "call": ("with",),
    "listen": ("foreach",),
    "do": (),
    "fork": (),
    "emit": (),
    "raise": (),
    "run": (),
    "set": (),
    "switch": (),
    "wait": (),
}


def recognises(data: Any) -> bool:
    """Whether data looks like a Serverless Workflow, of this version or an older one."""
    return isinstance(data, dict) and (
        ("document" in data and "do" in data) or ("states" in data and "specVersion" in data)
    )


def import_serverless(record: Record) -> Workflow:
    """The workflow that the file describes.

    Raises
    ------
    PorismError : it is malformed, or has something that is not understood.
    """
    return _Reader(record).workflow()


class _Around(NamedTuple):
    """Where things lead that do not go on to the next task."""

    failed: str
    ended: str
    interrupts: tuple[Case, ...] = ()


class _Reader:
    def __init__(self, record: Record) -> None:
        self._record = record
        if "states" in record and "do" not in record:
            raise record.at("specVersion").error(
                "This is an older Serverless Workflow, with 'states'.",
                "Only version 1.0 is understood, with 'document' and 'do'.",
            )
        record.known(_TOP, "A workflow")
        document = record.at("document")
        version = document.at("dsl").text("'dsl'") if document.mapping("'document'") else ""
        if not version.startswith("1."):
            raise document.at("dsl").error(f"The version {version} of the language is not known.")
        self._use = record.at("use")
        if "use" in record:
            if "extensions" in self._use:
                raise self._use.at("extensions").error(
                    "Extensions are not understood: they add tasks before and after others."
                )
            self._use.known(_USE, "'use'")
        self._sketch = Sketch(document.at("name").text("The name of a workflow"), document.span)
        self._effects = Effects(self._sketch)
        self._computed: dict[str, Effect] = {}
        self._functions: list[str] = []
        self._uses = 0
        self._kept = constants(record.data)
        for name, sort in self._kept.items():
            self._sketch.variables[name] = Variable(name, sort)

    def workflow(self) -> Workflow:
        record, sketch = self._record, self._sketch
        around = _Around(sketch.end("faulted"), sketch.end())
        around = self._timed(record, around)
        start = self._tasks(record.at("do"), around.ended, around)
        if "schedule" in record:
            sketch.assume("The workflow is one run: that a schedule starts it again is not seen.")
        compute_anew(sketch, self._computed)
        return sketch.workflow(start, flow="session")

    # -- lists of tasks --------------------------------------------------------------------

    def _tasks(self, part: Record, after: str, around: _Around) -> str:
        """Draw a list of tasks; the name of the first node."""
        named = [self._named(item) for item in part.list("A list of tasks")]
        entries: dict[str, str] = {}
        for name, task in named:
            if name in entries:
                raise task.error(f"There are two tasks '{name}' in this list.")
            entries[name] = self._sketch.name(name)
        following = after
        for name, task in reversed(named):
            onward = self._then(task, following, after, entries, around)
            self._task(name, entries[name], task, following, onward, around, (after, entries))
            following = entries[name]
        return following

    def _named(self, item: Record) -> tuple[str, Record]:
        if len(item.mapping("A task")) != 1:
            raise item.error("A task is a mapping of its name to what it does.")
        ((name, task),) = item.items("A task")
        task.mapping(f"The task '{name}'")
        return name, task

    def _then(
        self, part: Record, following: str, after: str, entries: dict[str, str], around: _Around
    ) -> str:
        """Where ``then`` leads."""
        if "then" not in part:
            return following
        where = part.at("then").text("'then'")
        found = {"continue": following, "exit": after, "end": around.ended, **entries}.get(where)
        if found is None:
            raise part.at("then").error(
                f"There is no task '{where}' in this list.",
                nearest(where, entries) or "'then' may also be continue, exit or end.",
            )
        return found

    def _task(
        self, name: str, entry: str, task: Record, following: str, onward: str, around: _Around,
        siblings: tuple[str, dict[str, str]],
    ) -> None:  # fmt: skip
        sketch, kind = self._sketch, self._kind(name, task)
        ways = list(around.interrupts)
        inner = self._timed(task, around)
        condition = truth(task.at("if").text("'if'")) if "if" in task else True
        if condition is not True:
            ways += [Case(following), Case(onward)]
        at = sketch.name(f"{name}/do") if ways else entry
        draw = getattr(self, f"_{kind}")
        if kind == "switch":
            draw(at, name, task, following, siblings, inner)
        else:
            draw(at, name, task, onward, inner)
        if ways:
            first = [] if condition is False else [Case(at)]
            sketch.choice(entry, [*first, *ways], task.span, reserved=True)

    def _kind(self, name: str, task: Record) -> str:
        kinds = [k for k in _OWN if k in task and not (k == "do" and "for" in task)]
        if len(kinds) != 1:
            unknown = next((k for k in task.data if k not in (*_OWN, *_BASE)), "")
            raise task.error(
                f"The task '{name}' does not say what it does.",
                nearest(unknown, _OWN) or f"It has one of {', '.join(_OWN)}.",
            )
        task.known((kinds[0], *_OWN[kinds[0]], *_BASE), f"A task that has '{kinds[0]}'")
        return kinds[0]

    def _timed(self, part: Record, around: _Around) -> _Around:
        """What is around the inside of something with a timeout."""
        if "timeout" not in part:
            return around
        timeout = part.at("timeout")
        if isinstance(timeout.data, str):
            self._reference(timeout, "timeouts", "timeout")
        else:
            timeout.known(("after",), "A timeout")
        strike = Case(around.failed)
        return around._replace(interrupts=tuple(dict.fromkeys((*around.interrupts, strike))))

    def _reference(self, part: Record, group: str, what: str) -> Record:
        """What a name among the reusable components stands for."""
        name, known = part.data, self._use.at(group) if "use" in self._record else None
        if known is None or name not in known:
            names = known.data if known is not None and isinstance(known.data, dict) else {}
            raise part.error(f"There is no {what} '{name}' under 'use'.", nearest(name, names))
        return known.at(name)

    # -- effects ---------------------------------------------------------------------------

    def _perform(self, at: str, effect: Effect, task: Record, after: str, around: _Around) -> str:
        if effect.computed:
            self._computed[at] = effect
        return self._sketch.add(
            Perform(name=at, tool=effect.tool, args=effect.args, next=after, failed=around.failed,
                    span=task.span)
        )  # fmt: skip

    def _call(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        called = task.at("call").text("'call'")
        if called in CALLS:
            effect = self._effects.read(name, called, task.at("with"))
            subscription = task.at("with").at("subscription")
            if called == "asyncapi" and "foreach" in subscription:
                subscription.known(("filter", "consume", "foreach"), "A subscription")
                after = self._each(name, subscription.at("foreach"), after, around)
            self._perform(at, effect, task, after, around)
            return
        functions = self._use.at("functions") if "use" in self._record else self._use
        if called in functions:
            if called in self._functions:
                raise task.at("call").error(f"The function '{called}' calls itself.")
            self._uses += 1
            if self._uses > MOST_USES:
                raise task.at("call").error(
                    f"Functions that call functions come to more than {MOST_USES} calls."
                )
            self._functions.append(called)
            function = functions.at(called)
            function.mapping(f"The function '{called}'")
            start = self._sketch.name(f"{name}/{called}")
            self._task(called, start, function, after, after, around, (after, {}))
            self._functions.pop()
            self._sketch.choice(at, [start], task.span, reserved=True)
            return
        if not ("://" in called or "@" in called):
            known = [*CALLS, *(functions.data or {})]
            raise task.at("call").error(
                f"There is no function '{called}' under 'use'.",
                nearest(called, known) or "A function of a catalogue has a URL, or name@catalogue.",
            )
        self._sketch.assume(f"What the function '{called}' does is not known: it is one call.")
        self._perform(at, self._effects.read(name, "function", task), task, after, around)

    def _emit(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        self._perform(at, self._effects.read(name, "emit", task.at("emit")), task, after, around)

    def _listen(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        if "foreach" in task:
            after = self._each(name, task.at("foreach"), after, around)
        effect = self._effects.read(name, "listen", task.at("listen"))
        self._perform(at, effect, task, after, around)

    def _each(self, name: str, part: Record, after: str, around: _Around) -> str:
        """What is done for each event, as long as events come."""
        part.mapping("'foreach'")
        part.known(("item", "at", "do", "output", "export"), "'foreach'")
        more = self._sketch.name(f"{name}/next event")
        ways = [after]
        if "do" in part:
            ways.insert(0, self._tasks(part.at("do"), more, around))
        return self._sketch.choice(more, ways, part.span, reserved=True)

    def _run(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        part = task.at("run")
        processes = ("container", "script", "shell", "workflow")
        part.mapping("'run'")
        part.known((*processes, "await", "return"), "'run'")
        kinds = [k for k in processes if k in part]
        if len(kinds) != 1:
            raise part.error(f"'run' has one of {', '.join(processes)}.")
        effect = self._effects.read(name, kinds[0], part.at(kinds[0]))
        self._perform(at, effect, task, after, around)

    # -- flow ------------------------------------------------------------------------------

    def _silent(self, at: str, ways: Sequence[str | Case], task: Record) -> None:
        self._sketch.choice(at, ways, task.span, reserved=True)

    def _do(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        self._silent(at, [self._tasks(task.at("do"), after, around)], task)

    def _wait(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        self._silent(at, [after], task)

    def _raise(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        task.at("raise").known(("error",), "'raise'")
        error = task.at("raise").at("error")
        if isinstance(error.data, str):
            self._reference(error, "errors", "error")
        self._silent(at, [around.failed], task)

    def _for(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        task.at("for").known(("each", "in", "at"), "'for'")
        self._silent(at, [self._tasks(task.at("do"), at, around), after], task)

    def _switch(
        self, at: str, name: str, task: Record, following: str,
        siblings: tuple[str, dict[str, str]], around: _Around,
    ) -> None:  # fmt: skip
        after, entries = siblings
        ways: list[str] = []
        default = False
        for item in task.at("switch").list("'switch'"):
            _, case = self._named(item)
            case.known(("when", "then"), "A case")
            if "then" not in case:
                raise case.error("A case says where it leads: 'then'.")
            condition = truth(case.at("when").text("'when'")) if "when" in case else True
            if condition is False:
                continue
            ways.append(self._then(case, following, after, entries, around))
            default = condition is True
            if default:
                break
        if not default:
            ways.append(self._then(task, following, after, entries, around))
        self._silent(at, ways, task)

    def _set(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        given = task.at("set").data
        if not isinstance(given, dict | str) or not given:
            raise task.at("set").error("'set' is a mapping of names to values, or an expression.")
        sets: dict[str, Term] = {
            key: constant(value, self._kept[key])
            for key, value in (given.items() if isinstance(given, dict) else ())
            if key in self._kept
        }
        if sets:
            self._sketch.add(Assign(name=at, sets=sets, next=after, span=task.span))
        else:
            self._silent(at, [after], task)

    def _try(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        sketch, catch = self._sketch, task.at("catch")
        catch.mapping("'catch'")
        catch.known(("errors", "as", "when", "exceptWhen", "retry", "do"), "'catch'")
        caught = sketch.name(f"{name}/catch")
        start = self._tasks(task.at("try"), after, around._replace(failed=caught))
        ways: list[str | Case] = []
        if "retry" in catch:
            ways.append(around.failed)  # when all tries are used up
            again, start = self._retry(name, catch.at("retry"), start, task)
            ways.append(again)
        if any(k in catch for k in ("errors", "when", "exceptWhen")):
            ways.append(around.failed)
        ways.append(self._tasks(catch.at("do"), after, around) if "do" in catch else after)
        sketch.choice(caught, ways, catch.span, reserved=True)
        self._silent(at, [start], task)

    def _retry(self, name: str, part: Record, start: str, task: Record) -> tuple[Case, str]:
        """The way back to what is tried, and the way in."""
        policy = self._reference(part, "retries", "retry") if isinstance(part.data, str) else part
        policy.known(
            ("when", "exceptWhen", "delay", "backoff", "limit", "jitter"), "A policy of retries"
        )
        limit: Any = policy.data
        for key in ("limit", "attempt", "count"):
            limit = limit.get(key) if isinstance(limit, dict) else None
        if type(limit) is not int or not 0 <= limit <= MOST_TRIES:
            return Case(start), start
        sketch = self._sketch
        tries = sketch.unknown(f"{name}.tries", INT, Interval(0, limit))
        more = Atom("<", (tries, constant(limit, INT)))
        one_more = App("+", (tries, constant(1, INT)), INT)
        again = sketch.add(
            Assign(name=sketch.name(f"{name}/retry"), sets={tries.name: one_more}, next=start,
                   span=part.span)
        )  # fmt: skip
        zero = {tries.name: constant(0, INT)}
        first = sketch.add(
            Assign(name=sketch.name(f"{name}/first"), sets=zero, next=start, span=task.span)
        )
        return Case(again, more), first

    def _fork(self, at: str, name: str, task: Record, after: str, around: _Around) -> None:
        sketch, part = self._sketch, task.at("fork")
        part.known(("branches", "compete"), "'fork'")
        branches = part.at("branches").list("'branches'")
        if len(branches) < 2:
            self._silent(at, [self._tasks(part.at("branches"), after, around)], task)
            return
        ends = {"failed": around.failed, "ended": around.ended}
        ends |= {f"stopped {i}": c.to for i, c in enumerate(around.interrupts, 1)}
        values = ("", *ends, *(("won",) if part.data.get("compete") else ()))
        outcome = sketch.unknown(f"{name}.outcome", TEXT, values)
        join = sketch.name(f"{name}/join")

        def becomes(value: str, target: str, span: Record = task) -> str:
            return sketch.add(
                Assign(name=sketch.name(f"{name}/{value or 'start'}"), next=target,
                       sets={outcome.name: text(value)}, span=span.span)
            )  # fmt: skip

        leave = {value: becomes(value, join) for value in values if value}
        stop = Case(join, Not(Equal(outcome, text(""))))
        inner = _Around(
            leave["failed"],
            leave["ended"],
            (
                stop,
                *(Case(leave[f"stopped {i}"], c.guard) for i, c in enumerate(around.interrupts, 1)),
            ),
        )
        done = leave.get("won", join)
        starts = tuple(self._branch(item, done, inner) for item in branches)
        cases = [Case(to, Equal(outcome, text(value))) for value, to in ends.items()]
        passed = [v for v in values if v not in ends]
        cases += [Case(after, Equal(outcome, text(value))) for value in passed]
        decided = sketch.choice(f"{name}/outcome", cases, task.span)
        sketch.add(Join(name=join, next=decided, span=task.span))
        fork = sketch.add(
            Fork(name=sketch.name(f"{name}/fork"), branches=starts, join=join, span=task.span)
        )
        sketch.add(Assign(name=at, sets={outcome.name: text("")}, next=fork, span=task.span))

    def _branch(self, item: Record, done: str, around: _Around) -> str:
        name, task = self._named(item)
        entry = self._sketch.name(name)
        onward = self._then(task, done, done, {}, around)
        self._task(name, entry, task, done, onward, around, (done, {}))
        return entry
