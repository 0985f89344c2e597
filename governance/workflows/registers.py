"""P1 and P2: register machines, with and without an oracle, run under a policy as without.

A Minsky machine (``INC r``, ``DEC r else l``, ``HALT``) is compiled to directives: each register
is an entry of memory, ``reg_0``, ``reg_1``, …; ``QUERY s d`` asks an oracle about register s and
stores its answer in d. That the governed machine computes what the machine computes, for all
registers and any number of steps, is shown instruction by instruction:

* Z3 shows that one compiled instruction takes memory that agrees with the registers to memory that
  agrees with the registers after it (for all contents, and for all oracles);
* the policy permits each of its directives to the workflow's principal, for all numbers and pasts
  (:meth:`governance.analysis.analyse.Analyser.implies`).

The machine then takes every step that it takes without the policy. A directive that the policy
denies is the counterexample, with the shortest program that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from governance.conditions import conjunction
from governance.policy import Policy, Rule, RuleSet, Who
from governance.request import Event, Request
from governance.runtime.decider import Decider
from governance.schema import Parameter, Schema, Tool
from governance.sorts import ANY, ENTITY, INT, TEXT, Entity, constant
from logic.formulas import Atom, Formula, Not
from logic.smt import z3_module
from logic.terms import Var
from proofs.verdict import Verdict


class Inc(NamedTuple):
    """Add one to a register, and go on."""

    register: int


class Dec(NamedTuple):
    """Take one from a register and go on; if it is 0, go to ``zero``."""

    register: int
    zero: int


class Query(NamedTuple):
    """Ask the oracle about a register; the answer goes to another."""

    source: int
    target: int


Instruction: TypeAlias = Inc | Dec | Query
Program: TypeAlias = tuple[Instruction, ...]
"""The machine halts when it comes to the end."""

ADD: Program = (Dec(1, 3), Inc(0), Dec(2, 0))
"""Add register 1 to register 0; register 2 stays 0."""

ASK: Program = (Query(0, 1), Dec(1, 3), Inc(0))


def reference(program: Program, registers: Mapping[int, int], fuel: int,
              oracle: Callable[[int], int] = lambda n: n) -> dict[int, int]:  # fmt: skip
    """The registers after at most so many steps, computed directly."""
    found = dict(registers)
    at = 0
    while at < len(program) and fuel:
        fuel -= 1
        match program[at]:
            case Inc(r):
                found[r] = found.get(r, 0) + 1
                at += 1
            case Dec(r, zero):
                if found.get(r, 0):
                    found[r] -= 1
                    at += 1
                else:
                    at = zero
            case Query(source, target):
                found[target] = oracle(found.get(source, 0))
                at += 1
    return found


class Tools(NamedTuple):
    """The tools of a schema that serve as memory and oracle, and the parameters that they use."""

    recall: Tool
    recall_key: str
    store: Tool
    store_key: str
    value: Parameter
    oracle: Tool | None
    question: Parameter | None


def memory_tools(schema: Schema) -> Tools | str:
    """The tools that serve, or the sentence that says which is missing."""
    memory = [t for t in schema.tools.values() if t.kind == "memory"]
    recall = store = None
    value = None
    for tool in memory:
        needed = [p for p in tool.parameters if not p.optional]
        keys = [p for p in needed if p.sort == TEXT]
        if len(needed) == 1 and keys:
            recall = recall or (tool, keys[0].name)
        if len(needed) == 2 and keys:
            other = next(p for p in reversed(needed) if p is not keys[0])
            if other.sort in (INT, TEXT, ANY):
                store, value = store or (tool, keys[0].name), value or other
    if store is None or value is None:
        return "the schema has no memory tool that stores a number or a text under a name"
    if recall is None:
        return "the schema has no memory tool that recalls by a name"
    oracle = question = None
    for tool in schema.tools.values():
        needed = [p for p in tool.parameters if not p.optional]
        if tool.kind == "reason" and len(needed) == 1 and needed[0].sort in (INT, TEXT):
            oracle, question = tool, needed[0]
            break
    return Tools(recall[0], recall[1], store[0], store[1], value, oracle, question)


class Simulated(NamedTuple):
    """The verdict, and what shows it: a request that is denied after a past, the need for it."""

    verdict: Verdict
    notes: tuple[str, ...]
    denied: Request | None = None
    history: tuple[Event, ...] = ()


def simulate(policy: Policy, principal: str, oracle: bool) -> Simulated:
    """Whether register machines (with an oracle) run governed exactly as ungoverned."""
    tools = memory_tools(policy.schema)
    title = "an oracle machine" if oracle else "a register machine"
    if isinstance(tools, str):
        return Simulated(Verdict("REFUTED", f"{title} needs memory: {tools}"), ())
    if oracle and tools.oracle is None:
        missing = "the schema has no reason tool with one question"
        return Simulated(Verdict("REFUTED", f"{title} needs an oracle: {missing}"), ())
    steps = ["inc", "dec", *(["query"] if oracle else [])]
    for step in steps:
        if not instruction_is_simulated(step):  # type: ignore[arg-type]
            return Simulated(Verdict("UNKNOWN", f"Z3 does not decide the instruction {step}"), ())
    from governance.analysis.analyse import Analyser

    needed = _needed(policy.schema, principal, tools, oracle)
    answer = Analyser(needed, policy).implies(needed, policy)
    capability = "memory and reason" if oracle else "memory"
    if answer.proved:
        wrong = _differs(policy, principal, tools, oracle)
        assert wrong is None, wrong
        return Simulated(
            Verdict("PROVED", f"by induction on instructions; it needs {capability}"),
            (f"{', '.join(steps)}: the simulation is inductive for all registers",
             f"{_names(tools, oracle)}: permitted to {principal} for all numbers and pasts"),
        )  # fmt: skip
    if answer.witness is None:
        return Simulated(Verdict("UNKNOWN", str(answer.verdict)), ())
    request, history = answer.witness.request, answer.witness.history
    kind = policy.schema.tools[request.tool].kind
    after = f" after {len(history)} events" if history else ""
    detail = f"{title} needs the capability {kind}: {request.tool} is not permitted{after}"
    return Simulated(Verdict("REFUTED", detail), (), request, history)


def _names(tools: Tools, oracle: bool) -> str:
    found = [tools.recall.name, tools.store.name]
    if oracle and tools.oracle is not None:
        found.append(tools.oracle.name)
    return ", ".join(found)


def _needed(schema: Schema, principal: str, tools: Tools, oracle: bool) -> RuleSet:
    """What a machine asks for, as a policy that permits just that."""
    held = schema.above(schema.principals.get(principal, ()))
    who = Var("principal", ENTITY)
    bare: list[Formula] = [
        Not(Atom("under", (who, constant(Entity(role), ENTITY))))
        for role in schema.roles
        if role not in held
    ]
    from governance.conditions import label_of
    from logic.formulas import Equal
    from logic.terms import App, Sort

    for name, lattice in schema.lattices.items():
        bottom = App(lattice.join(()), (), Sort(name))
        bare.append(Equal(label_of(name), bottom))

    def rule(name: str, tool: Tool, key: str = "", value: Parameter | None = None) -> Rule:
        parts = list(bare)
        if key:
            parts.append(Atom("like", (Var(key, TEXT), constant("reg_*", TEXT))))
        if value is not None and value.sort == INT:
            parts.append(Atom("<=", (constant(0, INT), Var(value.name, INT))))
        return Rule(name, "permit", (Who("is", principal),), (tool.name,), conjunction(parts))

    rules = [
        rule("recall", tools.recall, tools.recall_key),
        rule("store", tools.store, tools.store_key, tools.value),
    ]
    if oracle and tools.oracle is not None:
        rules.append(rule("ask", tools.oracle, "", tools.question))
    if tools.recall.name == tools.store.name:
        rules = rules[1:]
    return RuleSet("machine", schema, rules)


def instruction_is_simulated(kind: Literal["inc", "dec", "query"], amount: int = 1) -> bool:
    """Whether one compiled instruction keeps memory in agreement with the registers.

    ``amount`` is what the compiled ``INC`` adds; anything but 1 is a wrong compiler, for tests.
    """
    z3 = z3_module()
    context = z3.Context()
    numbers = z3.IntSort(context)
    memory = z3.Array("memory", numbers, numbers)
    registers = z3.Array("registers", numbers, numbers)
    r, s, d = (z3.Int(name, context) for name in "rsd")
    solver = z3.SimpleSolver(ctx=context)
    solver.add(memory == registers)
    if kind == "inc":
        compiled = z3.Store(memory, r, z3.Select(memory, r) + amount)
        direct = z3.Store(registers, r, z3.Select(registers, r) + 1)
        different = compiled != direct
    elif kind == "dec":
        value, known = z3.Select(memory, r), z3.Select(registers, r)
        compiled = z3.If(value > 0, z3.Store(memory, r, value - 1), memory)
        direct = z3.If(known > 0, z3.Store(registers, r, known - 1), registers)
        different = z3.Or(compiled != direct, (value > 0) != (known > 0))
    else:
        oracle = z3.Function("oracle", numbers, numbers)
        compiled = z3.Store(memory, d, oracle(z3.Select(memory, s)))
        direct = z3.Store(registers, d, oracle(z3.Select(registers, s)))
        different = compiled != direct
    solver.add(different)
    return str(solver.check()) == "unsat"


def governed(
    program: Program,
    registers: Mapping[int, int],
    fuel: int,
    policy: Policy,
    principal: str,
    tools: Tools,
    oracle: Callable[[int], int] = lambda n: n,
) -> dict[int, int] | Request:
    """The same machine through directives under a policy: its registers, or what was denied."""
    decider = Decider(policy)
    memory: dict[str, int] = {f"reg_{r}": n for r, n in registers.items()}

    def perform(tool: str, args: Mapping[str, Any]) -> Request | None:
        request = Request(principal, tool, args)
        if not decider.decide(request).permitted:
            return request
        decider.append(Event(request))
        return None

    def written(value: int, sort: Any) -> Any:
        return str(value) if sort == TEXT else value

    at = 0
    while at < len(program) and fuel:
        fuel -= 1
        step = program[at]
        source = step.source if isinstance(step, Query) else step.register
        denied = perform(tools.recall.name, {tools.recall_key: f"reg_{source}"})
        if denied is not None:
            return denied
        value = memory.get(f"reg_{source}", 0)
        target, at = source, at + 1
        match step:
            case Inc():
                value += 1
            case Dec(_, zero):
                if not value:
                    at = zero
                    continue
                value -= 1
            case Query(_, into):
                assert tools.oracle is not None and tools.question is not None
                question = written(value, tools.question.sort)
                denied = perform(tools.oracle.name, {tools.question.name: question})
                if denied is not None:
                    return denied
                value, target = oracle(value), into
        args = {
            tools.store_key: f"reg_{target}",
            tools.value.name: written(value, tools.value.sort),
        }
        denied = perform(tools.store.name, args)
        if denied is not None:
            return denied
        memory[f"reg_{target}"] = value
    return {int(k[4:]): n for k, n in memory.items()}


def _differs(policy: Policy, principal: str, tools: Tools, oracle: bool) -> str | None:
    """A run that differs from the machine's; after the proof there is none."""
    programs: Sequence[Program] = (ADD, ASK) if oracle else (ADD, (Inc(0), Inc(0), Dec(1, 0)))
    for program in programs:
        for start in ({0: 2, 1: 3}, {0: 0, 1: 0}):
            there = governed(program, start, 60, policy, principal, tools, lambda n: n * n + 1)
            here = reference(program, start, 60, lambda n: n * n + 1)
            if there != here and not (
                isinstance(there, dict)
                and {k: v for k, v in there.items() if v} == {k: v for k, v in here.items() if v}
            ):
                return f"{program} from {start}: {there}, and the machine {here}"
    return None
