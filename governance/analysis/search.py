"""``Searcher``: whether some request and past satisfy a goal, and which.

First with a past of which nothing is known: what no such past satisfies is PROVED never to be.
Otherwise sequences of events are tried, longer and longer ones; what the solver finds is replayed
on the evaluator that enforces, and made small.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import msgspec

from governance.analysis.encode import AnyEncoder, Encoder
from governance.analysis.histories import History, Slot
from governance.analysis.laws import Laws
from governance.analysis.meaning import Past, Unanalysed
from governance.analysis.moments import Moment, Subject
from governance.analysis.situations import WorldEncoder
from governance.analysis.witness import Disagreement, Shrinker, Witness, WorldShrinker
from governance.past import Monitor
from governance.policy import OUTCOMES, Policy
from governance.request import Decision, Event, Request
from governance.runtime.decider import Decider
from governance.worlds import OpenSchema, Situated
from logic.errors import PorismError
from logic.notebook import fragment, plain
from logic.smt import Expr, Solver
from proofs.verdict import Verdict

EFFORT = 8_000_000
"""How hard Z3 tries for one question; some two seconds."""

PATIENCE = 5_000
"""Milliseconds for one question about an open world, whatever it counts as effort."""

DEPTHS = (1, 2, 4, 6)
"""How many events are tried for a past that is a witness."""

SHORT = 2
"""A past that is tried before anything is proved."""

MANY = 8
"""So many cases are first asked about together."""

Goal: TypeAlias = Callable[[Subject, Past], Expr]
"""What a request and a past must satisfy."""


class Answer(msgspec.Struct, frozen=True):
    """A question, its verdict, and what shows it."""

    question: str
    verdict: Verdict
    witness: Witness | None = None
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether the answer is PROVED."""
        return self.verdict.status == "PROVED"

    @property
    def refuted(self) -> bool:
        """Whether the answer is REFUTED."""
        return self.verdict.status == "REFUTED"

    def _repr_html_(self) -> str:
        lines = self.witness.lines() if self.witness else []
        shown = "<pre>" + "\n".join(map(plain, lines)) + "</pre>" if lines else ""
        status, detail = plain(self.verdict.status), plain(self.verdict.detail)
        return fragment(f"<p>{plain(self.question)}: <b>{status}</b> {detail}</p>{shown}")


class Searcher:
    """Answers for goals over one schema.

    Parameters
    ----------
    policies : the policies that questions will be about.
    effort : how hard Z3 tries for one question.
    depth : how many events a past that is a witness may have.
    dump : takes each question as an SMT-LIB script, under a title.
    second : another solver's opinion of a script (see :mod:`governance.analysis.second`),
        which must agree.
    """

    def __init__(
        self,
        *policies: Policy,
        effort: int = EFFORT,
        depth: int = DEPTHS[-1],
        dump: Callable[[str, str], None] | None = None,
        second: Callable[[str], str] | None = None,
    ) -> None:
        first = policies[0]
        for other in policies[1:]:
            if not other.schema.agrees(first.schema):
                raise PorismError(
                    f"'{first.name}' and '{other.name}' speak of different schemas.",
                    hint="Policies are compared over one schema.",
                )
        self.open = first.schema if isinstance(first.schema, OpenSchema) else None
        if not first.schema.tools and self.open is None:
            raise PorismError("There is nothing to analyse: the schema declares no tool.")
        self.policies = policies
        self.schema = first.schema
        monitors = {name: m for p in policies for name, m in p.monitors.items()}
        self.encoder: AnyEncoder = (
            Encoder(self.schema, monitors)
            if self.open is None
            else WorldEncoder(self.open, monitors, policies)
        )
        self.shrinker = Shrinker(policies) if self.open is None else WorldShrinker(self.open)
        self.effort = effort
        # Data types can keep Z3 busy without counting as effort.
        self.patience = PATIENCE if self.open is not None else None
        self.depths = [d for d in DEPTHS if d < depth] + [depth]
        self._dump = dump
        self._second = second
        self._deciders: dict[int, Decider] = {}

    @property
    def native(self) -> Encoder:
        """The encoding of policies over tools.

        Raises
        ------
        Unanalysed : the policies are imported ones, over an open world.
        """
        if not isinstance(self.encoder, Encoder):
            raise Unanalysed("this question about an imported policy")
        return self.encoder

    # -- running policies ------------------------------------------------------------------

    def decider(self, policy: Policy, request: Request, history: Iterable[Event] = ()) -> Decider:
        """The evaluator that enforces, after a past and in the request's world."""
        if isinstance(request, Situated):
            world = request.world
            return Decider(policy, world.hierarchy(), world.attributes, world.tags)
        decider = self._deciders.get(id(policy))
        if decider is None:
            decider = self._deciders[id(policy)] = Decider(policy)
        return decider.replay(history)

    def decide(self, policy: Policy, request: Request, history: Iterable[Event] = ()) -> Decision:
        """What a policy answers, on the evaluator that enforces."""
        return self.decider(policy, request, history).decide(request)

    def rank(self, policy: Policy, request: Request, history: Iterable[Event] = ()) -> int:
        """0, 1 or 2 for deny, ask and permit."""
        return OUTCOMES.index(self.decide(policy, request, history).outcome)

    # -- asking ----------------------------------------------------------------------------

    def find(
        self,
        question: str,
        cases: Iterable[str],
        goal: Goal,
        holds: Callable[[Request, Sequence[Event]], bool],
        decisions: Callable[[Request, Sequence[Event]], dict[str, str]] | None = None,
    ) -> Answer:
        """Whether some request and past satisfy a goal: REFUTED with them, or PROVED if none do.

        ``holds`` says the same of a concrete request and past; the solver's word is not enough.
        """
        start = time.perf_counter()
        worst = Verdict("PROVED")
        for case in self._promising(question, list(cases), goal):
            try:
                verdict, witness = self.find_on(question, case, goal, holds)
            except Unanalysed as why:
                verdict, witness = Verdict("UNKNOWN", f"{why} is not analysed"), None
            if witness is not None:
                found = decisions(*witness) if decisions else {}
                shown = Witness(witness[0], witness[1], found)
                return Answer(question, verdict, shown, time.perf_counter() - start)
            if badness(verdict) > badness(worst):
                worst = verdict
        return Answer(question, worst, None, time.perf_counter() - start)

    def _promising(self, question: str, cases: list[str], goal: Goal) -> list[str]:
        """The cases that are worth a look of their own, the one with an answer first.

        Setting a question up takes longer than answering it: many are asked as one.
        """
        if len(cases) < MANY or self.open is not None:
            return cases
        constraints: dict[int, Expr] = {}
        formulas: dict[str, Expr] = {}
        try:
            for case in cases:
                moment = self.encoder.subject(case)
                formula = goal(moment, moment.any_past)
                if not self.encoder.z3.is_false(formula):
                    formulas[case] = formula
                    constraints |= {c.get_id(): c for c in moment.constraints}
        except Unanalysed:
            return cases
        solver = Solver(self.encoder.meaning, measured=False)
        solver.add(self.encoder.meaning.any(list(formulas.values())), *constraints.values())
        answer = self.check(solver, f"{question}: {len(formulas)} cases")
        if answer == "unsat":
            return []
        if answer == "sat":
            first = next(c for c, f in formulas.items() if solver.value(f))
            return [first, *(c for c in formulas if c != first)]
        return list(formulas)

    def find_on(
        self,
        question: str,
        case: str,
        goal: Goal,
        holds: Callable[[Request, Sequence[Event]], bool],
    ) -> tuple[Verdict, tuple[Request, tuple[Event, ...]] | None]:
        """The same for one case: a verdict, and where it is REFUTED the request and the past."""
        moment = self.encoder.subject(case)
        moment.looked_up.clear()
        formula = goal(moment, moment.any_past)
        if self.encoder.z3.is_false(formula):
            return Verdict("PROVED"), None
        solver = Solver(self.encoder.meaning, measured=False)
        solver.add(formula, *moment.constraints)
        answer = self.check(solver, f"{question}: {case}")
        if answer == "unsat":
            return Verdict("PROVED"), None
        if answer == "unknown":
            return Verdict("UNKNOWN", "the solver's effort ran out"), None
        if not moment.looked_up:
            request = moment.request(solver)
            if self.open is not None and not holds(request, ()):
                # The solver knows less of sets and records than there is to know.
                return Verdict("UNKNOWN", "no world that the solver found shows it"), None
            return Verdict("REFUTED"), self.shrinker.shrink(request, (), holds)
        counts = [
            int(solver.value(value))
            for monitor, value in moment.looked_up.values()
            if monitor.operation == "count"
        ]
        monitors = [monitor for monitor, _ in moment.looked_up.values()]
        assert isinstance(moment, Moment)
        # Most witnesses are short: proofs come before the long ones are looked for.
        short = [d for d in self.depths if d <= SHORT]
        verdict, found = self.search(question, moment, goal, holds, monitors, counts, short)
        if verdict.status != "BOUNDED":
            return verdict, found
        laws = Laws(self.native, moment).found()
        solver.add(*laws)
        if laws and self.check(solver, f"{question}: {case}, after any past") == "unsat":
            return Verdict("PROVED"), None
        deep = [d for d in self.depths if d > SHORT]
        return self.search(
            question, moment, goal, holds, monitors, counts, deep, max(short, default=0)
        )

    def search(
        self,
        question: str,
        moment: Moment,
        goal: Goal,
        holds: Callable[[Request, Sequence[Event]], bool],
        monitors: Sequence[Monitor],
        counts: Sequence[int],
        depths: Sequence[int] | None = None,
        tried: int = 0,
    ) -> tuple[Verdict, tuple[Request, tuple[Event, ...]] | None]:
        """A sequence of events that is a witness, the shortest first."""
        many = max((c for c in counts if 1 < c <= 100_000), default=1)
        verdict = Verdict("BOUNDED", str(tried))
        for depth in self.depths if depths is None else depths:
            history = self.history(moment, monitors, depth, many)
            solver = Solver(self.encoder.meaning, measured=False)
            solver.add(goal(moment, history), *moment.constraints, *history.constraints())
            answer = self.check(solver, f"{question}: {moment.tool.name}, {depth} events")
            if answer == "unknown":
                return Verdict("UNKNOWN", "the solver's effort ran out"), None
            if answer == "sat":
                request, past = moment.request(solver), history.events(solver)
                return Verdict("REFUTED"), self.shrinker.shrink(request, past, holds)
            verdict = Verdict("BOUNDED", str(depth))
        return verdict, None

    def history(
        self, moment: Moment, monitors: Sequence[Monitor], depth: int, many: int = 1
    ) -> History:
        """So many unknown events before a request, of the tools that the monitors look at."""
        names: dict[str, None] = {}
        for monitor in monitors:
            for pattern in monitor.patterns:
                names.update(dict.fromkeys(pattern.tools or self.schema.tools))
            if monitor.operation == "previous":
                names.update(dict.fromkeys(self.schema.tools))
        tools = [self.schema.tools[n] for n in names]
        slots = [Slot(self.native, tools, f"e{i}", many if i == 0 else 1) for i in range(depth)]
        return History(self.native, slots, moment.now)

    def check(self, solver: Solver, title: str) -> str:
        """The solver's answer, written out and confirmed where that is wanted."""
        if self._dump is not None:
            self._dump(title, solver.smtlib())
        answer = solver.check(self.effort, self.patience)
        if self._second is not None and answer != "unknown":
            other = self._second(solver.smtlib())
            if other not in (answer, "unknown"):
                raise Disagreement(f"Z3 says {answer} and the second solver {other}: {title}")
        return answer


def badness(verdict: Verdict) -> int:
    """How little a verdict says for a claim; of several cases the worst one counts."""
    return ("PROVED", "BOUNDED", "UNKNOWN", "REFUTED").index(verdict.status)
