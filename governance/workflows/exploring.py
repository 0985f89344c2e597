"""Exploring a generator function: called again and again with scripts of what is open.

Each call receives symbols for responses. It follows its script of choices (a condition true or
false, a directive permitted or denied) up to the first that the script does not make; there the
call ends, and one script for each choice is put at the end of the queue. So runs are explored
breadth first, and what they do grows into a tree of nodes.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Generator, Sequence
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from governance.request import Decision
from governance.runtime.governor import Denied
from governance.schema import Parameter
from governance.sorts import ANY, BOOL, TEXT, Value, constant
from governance.workflows.directives import Directive, Human
from governance.workflows.expressions import read_value
from governance.workflows.govern import check_directive
from governance.workflows.ir import (
    Branch,
    Case,
    Cut,
    End,
    Interval,
    Node,
    Perform,
    Variable,
    Workflow,
)
from governance.workflows.symbols import Oracle, Symbol, Unexplorable, lift, mentions_symbol
from logic.budget import Budget
from logic.errors import PorismError, Span, nearest
from logic.formulas import Equal, Formula
from logic.terms import Term, Var

if TYPE_CHECKING:
    from governance.workflows.generators import PythonWorkflow

MOST_INSTRUCTIONS = 300_000
"""So many instructions of Python may run between two directives."""

MOST_NODES = 6_000


class _Stop(BaseException):
    """Where a script ends: the run is open here."""


class _Endless(BaseException):
    """Too many instructions without a directive."""


Option: TypeAlias = int
Script: TypeAlias = tuple[Option, ...]


class Explorer(Oracle):
    """Calls a generator function with scripts, breadth first, and grows the tree."""

    def __init__(self, flow: PythonWorkflow, budget: Budget) -> None:
        self.flow = flow
        self.schema = flow.schema
        self._budget = budget
        self._made = Workflow(
            name=flow.name, schema=flow.schema, nodes={}, start="", principal=flow.principal,
            on_denial=flow.on_denial, flow="session", span=flow.span,
        )  # fmt: skip
        self._queue: deque[tuple[Script, str, str]] = deque()
        self._script: Script = ()
        self._at = 0
        self._last: tuple[str, str] = ("", "")
        self._names: dict[str, int] = {}
        self._known: dict[tuple[Script, int], str] = {}
        self._instructions = 0
        self._performed = 0
        self._certain = True

    def explore(self) -> Workflow:
        self._queue.append(((), "", ""))
        while self._queue:
            script, node, edge = self._queue.popleft()
            if self._budget.spent() or len(self._made.nodes) > MOST_NODES:
                reason = "the time ran out" if self._budget.struck else f"over {MOST_NODES} nodes"
                self._attach(node, edge, self._cut(reason))
                continue
            self._follow(script, node, edge)
        made = self._made
        for name, (sort, domain) in self.flow.inputs.items():
            made.variables.setdefault(name, Variable(name, sort, None, domain))
        return made.check()

    # -- one call --------------------------------------------------------------------------

    def _follow(self, script: Script, node: str, edge: str) -> None:
        """Call the function along a script, to the first point that it does not decide."""
        self._script, self._at, self._performed = script, 0, 0
        self._last = (node, edge)
        arguments = {n: Symbol(self, Var(n, s)) for n, (s, _) in self.flow.inputs.items()}
        generator = self.flow.function(**arguments)
        try:
            self._drive(generator)
        except _Stop:
            pass
        finally:
            generator.close()

    def _drive(self, generator: Generator[Any, Any, Any]) -> None:
        try:
            directive = self._resume(generator, None, None)
            while True:
                check = self._check(directive, generator)
                if check is not None:
                    self._end(check)
                    return
                answer, error = self._perform(directive)
                directive = self._resume(generator, answer, error)
        except StopIteration as end:
            self._end(self._finished(end.value))
        except Unexplorable as why:
            self._end(self._cut(str(why)))
        except _Endless:
            self._end(self._cut(f"{MOST_INSTRUCTIONS} instructions run without a directive"))
        except (_Stop, PorismError):
            raise
        except Denied:
            self._end(self._named(End(name="denied")))
        except Exception as error:
            self._end(self._raised(error))

    def _resume(
        self, generator: Generator[Any, Any, Any], answer: Any, error: Exception | None
    ) -> Any:
        self._instructions = 0
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            return generator.throw(error) if error is not None else generator.send(answer)
        finally:
            sys.settrace(before)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        # Lines are not enough: `while True: pass` never comes to another one.
        frame.f_trace_opcodes = True
        self._instructions += 1
        if self._instructions > MOST_INSTRUCTIONS:
            raise _Endless
        return self._trace

    def _check(self, directive: Any, generator: Generator[Any, Any, Any]) -> Node | None:
        if isinstance(directive, Directive) and directive.tool in self.schema.tools:
            kinds = {directive.tool: self.schema.tools[directive.tool].kind}
            try:
                check_directive(directive, kinds)
            except PorismError as error:
                error.span = self._place(generator)
                raise
            if self._performed >= self.flow.steps:
                return self._cut(f"the limit of {self.flow.steps} directives")
            return None
        span = self._place(generator)
        if isinstance(directive, Directive):
            raise PorismError(
                f"'{self.flow.name}' yields a directive for '{directive.tool}', which is no tool.",
                span,
                nearest(directive.tool, self.schema.tools) or "Tools are declared in the schema.",
            )
        try:
            check_directive(directive, {})
        except PorismError as error:
            error.span = span
            raise
        return None

    def _place(self, generator: Generator[Any, Any, Any]) -> Span | None:
        frame = getattr(generator, "gi_frame", None)
        return Span(frame.f_code.co_filename, frame.f_lineno, 1) if frame else self.flow.span

    # -- the tree --------------------------------------------------------------------------

    def _perform(self, directive: Directive) -> tuple[Any, Exception | None]:
        """The next directive: its node is made, or passed on the way to where the script leads."""
        self._performed += 1
        tool = self.schema.tools[directive.tool]
        point = self._script[: self._at], self._performed
        name = self._known.get(point)
        sort, domain = self.flow.answers.get(directive.tool, (ANY, None))
        raising = self.flow.on_denial == "raise"
        if name is None:
            made: dict[str, Term] = {}
            for key, value in directive.args.items():
                parameter = tool.parameter(key)
                if parameter is None:
                    raise PorismError(
                        f"'{self.flow.name}' gives '{directive.tool}' an argument '{key}', "
                        "which it has not.",
                        self.flow.span,
                        nearest(key, [p.name for p in tool.parameters]),
                    )
                made[key] = self._argument(directive, parameter, value)
            name = self._name(directive.tool)
            variable = f"{name}_answer"
            self._made.variables[variable] = Variable(variable, sort, None, domain)
            node = Perform(
                name=name, span=self.flow.span, tool=directive.tool, args=made, into=variable,
                next="?", denied="?" if raising else "", labels=self.flow.labels.get(tool.name, {}),
                human=isinstance(directive, Human),
            )  # fmt: skip
            self._known[point] = name
            self._put(node)
        if raising:
            option = self._decide(name, ("next", "denied"))
            if option:
                return None, Denied(Decision("deny", reason="in an exploration"))
        else:
            self._last = (name, "next")
        return Symbol(self, Var(f"{name}_answer", sort)), None

    def _argument(self, directive: Directive, parameter: Parameter, value: Any) -> Term:
        if isinstance(value, Symbol) and value.term.sort in (ANY, parameter.sort):
            return value.term
        if mentions_symbol(value) and parameter.sort == TEXT:
            name = f"text_{len(self._made.variables)}"
            self._made.variables[name] = Variable(name, TEXT)
            return Var(name, TEXT)
        found = lift(self.schema, value, parameter.sort)
        if found is None or found.sort not in (ANY, parameter.sort):
            if not isinstance(value, str | int | float):
                try:
                    plain: Any = read_value(
                        self.schema, value, parameter.sort, f"'{parameter.name}'", self.flow.span
                    )
                    return constant(plain, parameter.sort)
                except (PorismError, TypeError):
                    pass
            shown = found.sort if found is not None else type(value).__name__
            raise PorismError(
                f"'{self.flow.name}' gives '{directive.tool}' a {shown} for "
                f"'{parameter.name}', which is {parameter.sort}.",
                self.flow.span,
            )
        return found

    def truth(self, formula: Formula) -> bool:
        """A branch: once true, once false."""
        point = self._script[: self._at], -1 - self._performed
        name = self._known.get(point)
        if name is None:
            for v in _variables(formula):
                if v.name not in self._made.variables:
                    sort, domain = self.flow.inputs.get(v.name, (v.sort, None))
                    self._made.variables[v.name] = Variable(v.name, sort, None, domain)
            name = self._name("if")
            self._known[point] = name
            cases = (Case("?", formula),)
            self._put(Branch(name=name, span=self.flow.span, cases=cases, otherwise="?"))
        return self._decide(name, ("yes", "otherwise")) == 0

    def choose(self, symbol: Symbol) -> Value:
        """One branch for each of the few values of a symbol."""
        term = symbol.term
        values = self._few(term)
        for value in values[:-1]:
            if self.truth(Equal(term, constant(value, term.sort))):
                return value
        return values[-1]

    def _few(self, term: Term) -> tuple[Value, ...]:
        if isinstance(term, Var):
            v = self._made.variables.get(term.name)
            domain = v.domain if v else self.flow.inputs.get(term.name, (None, None))[1]
            if isinstance(domain, tuple):
                return domain
            if isinstance(domain, Interval) and domain.high - domain.low < 50:
                return tuple(range(domain.low, domain.high + 1))
            if term.sort == BOOL:
                return (False, True)
            if members := self.schema.members(term.sort):
                return members
        raise Unexplorable("it needs the value of an answer that has no contract")

    def _decide(self, node: str, edges: Sequence[str]) -> int:
        """Which way to go from a node: as the script says, or the end of this call."""
        if self._at < len(self._script):
            option = self._script[self._at]
            self._at += 1
            self._last = (node, edges[option])
            return option
        self._certain = False
        for option, edge in enumerate(edges):
            self._queue.append(((*self._script, option), node, edge))
        raise _Stop

    def _name(self, wanted: str) -> str:
        number = self._names[wanted] = self._names.get(wanted, 0) + 1
        return wanted if number == 1 else f"{wanted}_{number}"

    def _named(self, node: Any) -> Node:
        import msgspec

        found: Node = msgspec.structs.replace(node, name=self._name(node.name))
        return found

    def _put(self, node: Node) -> None:
        self._made.nodes[node.name] = node
        self._made.start = self._made.start or node.name
        if self._last[0]:
            self._attach(*self._last, node)

    def _end(self, node: Node) -> None:
        self._put(node)

    def _attach(self, name: str, edge: str, node: Node) -> None:
        import msgspec

        self._made.nodes[node.name] = node
        self._made.start = self._made.start or node.name
        before: Any = self._made.nodes.get(name)
        if before is None:
            return
        if edge == "yes":
            cases = (Case(node.name, before.cases[0].guard),)
            self._made.nodes[name] = msgspec.structs.replace(before, cases=cases)
        else:
            self._made.nodes[name] = msgspec.structs.replace(before, **{edge: node.name})

    def _cut(self, reason: str) -> Node:
        return Cut(name=self._name("cut"), span=self.flow.span, reason=reason)

    def _finished(self, value: Any) -> Node:
        result = None
        if value is not None:
            result = lift(self.schema, value, getattr(getattr(value, "term", None), "sort", ANY))
        return End(name=self._name("end"), span=self.flow.span, result=result)

    def _raised(self, error: Exception) -> Node:
        span = _where(error.__traceback__, self.flow.span)
        message = f"{type(error).__name__}: {error}".rstrip(": ")
        if self._certain and self._at == len(self._script):
            raise PorismError(f"'{self.flow.name}' raises {message}.", span)
        return self._cut(f"it raises {message}, at {span}")


def _variables(formula: Formula) -> list[Var]:
    from logic.formulas import free_variables

    return free_variables(formula)


def _where(traceback: TracebackType | None, fallback: Span | None) -> Span | None:
    found = fallback
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if fallback is None or file == fallback.file:
            found = Span(file, traceback.tb_lineno, 1)
        traceback = traceback.tb_next
    return found
