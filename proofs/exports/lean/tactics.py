"""Nested proofs in the plainest tactics of Lean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.formulas import Forall, Formula
from proofs.exports.lean.syntax import LeanSyntax
from proofs.exports.proof_terms import Link
from proofs.exports.words import apply, atomic
from proofs.graph import Scope, Step


class LeanTactics(LeanSyntax):
    """Writes proofs with scopes."""

    def have(self, name: str, formula: Formula, lines: Sequence[str]) -> Iterator[str]:
        yield f"have {name} : {self.formula(formula)} := by"
        yield from (f"  {line}" for line in lines)

    def exact(self, proof: str) -> str:
        return f"exact {proof}"

    def chain(self, links: Sequence[Link]) -> Iterator[str]:
        yield "calc"
        for number, link in enumerate(links):
            left = self.term(link.left, known=self.fixes_its_sort(link.left)) if not number else "_"
            yield f"  {left} = {self.term(link.right)} := {link.proof}"

    def scoped(self, step: Step, scopes: Sequence[Scope], depth: int) -> Iterator[str]:
        last = [self.graph.step(p) for p in step.premises[len(step.premises) - len(scopes) :]]
        match step.rule:
            case "discharge" | "negation":
                yield from self._intro(self.introduce(scopes[0]))
                yield from self.prove_inside(last[0], depth)
            case "contradiction":
                yield "refine Classical.byContradiction ?_"
                yield from self._intro(self.introduce(scopes[0]))
                yield from self.prove_inside(last[0], depth)
            case "exists_elim":
                names = self.introduce(scopes[0])
                proof = self.proof(step.premises[0])
                for name in names[:-2]:
                    below = self.local("H")
                    yield f"refine Exists.elim {atomic(proof)} ?_"
                    yield f"intro {name} {below}"
                    proof = below
                yield f"refine Exists.elim {atomic(proof)} ?_"
                yield from self._intro(names[-2:])
                yield from self.prove_inside(last[0], depth)
            case "cases":
                yield from self._cases(step, scopes, last, depth)
            case "induction":
                goal = step.formula
                assert isinstance(goal, Forall)
                variable, rest = goal.vars[0], goal.vars[1:]
                body = Forall(rest, goal.body) if rest else goal.body
                name = self._induction_principle(variable.sort.name)
                types = [self.sort(a, tight=True) for a in variable.sort.args]
                motive = self.function([variable], self.formula(body))
                yield f"refine {apply(name, *types, motive)} {' '.join('?_' for _ in scopes)}"
                yield from self._bullets(scopes, last, depth, induction=True)
            case "set_induction":
                yield f"refine {self.set_induction(step)} ?_"
                yield from self._intro(self.introduce(scopes[0], induction=True))
                yield from self.prove_inside(last[0], depth)

    @staticmethod
    def _intro(names: Sequence[str]) -> Iterator[str]:
        if names:
            yield f"intro {' '.join(names)}"

    def _bullets(
        self, scopes: Sequence[Scope], last: Sequence[Step], depth: int, induction: bool = False
    ) -> Iterator[str]:
        for scope, end in zip(scopes, last, strict=True):
            lines = list(self._intro(self.introduce(scope, induction)))
            lines += self.prove_inside(end, depth + 1)
            yield f"· {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])

    def _cases(
        self, step: Step, scopes: Sequence[Scope], last: Sequence[Step], depth: int
    ) -> Iterator[str]:
        proof = self.proof(step.premises[0])
        if len(scopes) == 1:
            [name] = self.introduce(scopes[0])
            yield f"have {name} := {proof}"
            yield from self.prove_inside(last[0], depth)
            return
        inner = "?_"
        for _ in range(len(scopes) - 2):
            rest = self.local("H")
            inner = f"(fun {rest} => Or.elim {rest} ?_ {inner})"
        yield f"refine Or.elim {atomic(proof)} ?_ {inner}"
        yield from self._bullets(scopes, last, depth)

    def _induction_principle(self, data_name: str) -> str:
        data = self.signature.data[data_name]
        name = self.names["induction", f"{self.names['sort', data_name]}_induction"]
        if name in self.helpers:
            return name
        saved, self.own_params = self.own_params, tuple(a.name for a in data.sort.args)
        whole, p = self.sort(data.sort), self.names["helper", "P"]
        types = [self.names["param", a] for a in self.own_params]
        cases = list(self.induction_cases(data))
        given = [case.hypothesis for case in cases]
        binders = [case.binder for case in cases]
        branches = []
        for case in cases:
            again = [f"({' '.join([name, *types, p, *given, x])})" for x in case.smaller]
            words = [case.hypothesis, *case.variables, *again]
            branches.append(f"  | {case.value} => {' '.join(words)}")
        params = "".join(f" ({t} : Type)" for t in types)
        head = f"theorem {name}{params} ({p} : {whole} → Prop) {' '.join(binders)} :"
        t = self.names["helper", "t"]
        self.helpers[name] = "\n".join([f"{head} ∀ {t} : {whole}, {p} {t}", *branches])
        self.own_params = saved
        return name
