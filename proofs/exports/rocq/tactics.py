"""Nested proofs in the plainest tactics of Rocq: nothing that searches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.errors import PorismError
from logic.formulas import Forall, Formula
from logic.terms import Sort, match_sort, substitute_sort
from proofs.exports.proof_terms import Link
from proofs.exports.rocq.syntax import RocqSyntax
from proofs.exports.words import apply, atomic
from proofs.graph import Scope, Step


class RocqTactics(RocqSyntax):
    """Writes proofs with scopes."""

    def have(self, name: str, formula: Formula, lines: Sequence[str]) -> Iterator[str]:
        head = f"assert ({name} : {self.formula(formula)})."
        if len(lines) == 1 and len(head) + len(lines[0]) < 90:
            yield f"{head} {{ {lines[0]} }}"
            return
        yield head
        yield f"{{ {lines[0]}"
        yield from (f"  {line}" for line in lines[1:-1])
        if len(lines) > 1:
            yield f"  {lines[-1]} }}"
        else:
            yield "}"

    def exact(self, proof: str) -> str:
        return f"exact {atomic(proof)}."

    def chain(self, links: Sequence[Link]) -> Iterator[str]:
        for link in links[:-1]:
            middle = self.term(link.right, known=self.fixes_its_sort(link.right))
            step = f"transitivity {atomic(middle)}."
            reason = f"{{ {self.exact(link.proof)} }}"
            if len(step) + len(reason) < 90:
                yield f"{step} {reason}"
            else:
                yield step
                yield reason
        yield self.exact(links[-1].proof)

    def scoped(self, step: Step, scopes: Sequence[Scope], depth: int) -> Iterator[str]:
        last = [self.graph.step(p) for p in step.premises[len(step.premises) - len(scopes) :]]
        match step.rule:
            case "discharge":
                names = self.introduce(scopes[0])
                if names:
                    yield f"intros {' '.join(names)}."
                yield from self.prove_inside(last[0], depth)
            case "negation":
                yield f"intros {' '.join(self.introduce(scopes[0]))}."
                yield from self.prove_inside(last[0], depth)
            case "contradiction":
                self.uses_classic = True
                self.helpers["by_contradiction"] = (
                    "Definition by_contradiction : forall P : Prop, (~ P -> False) -> P := "
                    "fun P H => match classic P with or_introl p => p"
                    " | or_intror n => False_ind P (H n) end."
                )
                yield f"refine (by_contradiction {self.formula(step.formula, 9)} _)."
                yield f"intros {' '.join(self.introduce(scopes[0]))}."
                yield from self.prove_inside(last[0], depth)
            case "exists_elim":
                yield from self._eliminate(step, scopes[0])
                yield from self.prove_inside(last[0], depth)
            case "cases":
                yield from self._cases(step, scopes, last, depth)
            case "induction":
                yield from self._induction(step, scopes, last, depth)
            case "set_induction":
                yield f"refine ({self.set_induction(step)} _)."
                yield f"intros {' '.join(self.introduce(scopes[0], induction=True))}."
                yield from self.prove_inside(last[0], depth)

    def _eliminate(self, step: Step, scope: Scope) -> Iterator[str]:
        names = self.introduce(scope)
        proof = self.proof(step.premises[0])
        for name in names[:-2]:
            rest = self.local("H")
            yield f"elim {atomic(proof)}. intros {name} {rest}."
            proof = rest
        yield f"elim {atomic(proof)}. intros {' '.join(names[-2:])}."

    def _cases(
        self, step: Step, scopes: Sequence[Scope], last: Sequence[Step], depth: int
    ) -> Iterator[str]:
        proof = self.proof(step.premises[0])
        if len(scopes) == 1:
            names = self.introduce(scopes[0])
            yield f"refine ((fun {names[0]} => _) {atomic(proof)})."
            yield from self.prove_inside(last[0], depth)
            return
        # Built from the inside: elim p; [ | intros H; elim H; [ | ... ] ]
        inner = ""
        for _ in range(len(scopes) - 2):
            rest = self.local("H")
            inner = f"; [ | intros {rest}; elim {rest}{inner} ]"
        yield f"elim {atomic(proof)}{inner}."
        for scope, conclusion in zip(scopes, last, strict=True):
            lines = [f"intros {' '.join(self.introduce(scope))}."]
            lines += self.prove_inside(conclusion, depth + 1)
            yield from bulleted(lines, depth)

    def _induction(
        self, step: Step, scopes: Sequence[Scope], last: Sequence[Step], depth: int
    ) -> Iterator[str]:
        goal = step.formula
        assert isinstance(goal, Forall)
        variable, rest = goal.vars[0], goal.vars[1:]
        body = Forall(rest, goal.body) if rest else goal.body
        data = self.signature.data[variable.sort.name]
        name = self._induction_principle(data.sort.name, variable.sort)
        types = [self.sort(a, tight=True) for a in variable.sort.args]
        motive = self.function([variable], self.formula(body))
        holes = " ".join("_" for _ in scopes)
        yield f"refine ({apply(name, *types, motive)} {holes})."
        for scope, conclusion in zip(scopes, last, strict=True):
            names = self.introduce(scope, induction=True)
            lines = [f"intros {' '.join(names)}."] if names else []
            lines += self.prove_inside(conclusion, depth + 1)
            yield from bulleted(lines, depth)

    def _induction_principle(self, data_name: str, at: Sort) -> str:
        """``T_induction``: the rule for a data type, proved by its recursion."""
        data = self.signature.data[data_name]
        own = data.sort
        type_name = self.names["sort", data_name]
        name = self.names["induction", f"{type_name}_induction"]
        values: dict[str, Sort] = {}
        match_sort(own, at, values)
        for c in data.constructors:
            here = [substitute_sort(s, values) == at for s in c.args]
            if here != [s == own for s in c.args]:
                raise PorismError(f"Induction on {at} has no counterpart in Rocq.")
        if name in self.helpers:
            return name
        saved, self.own_params = self.own_params, tuple(a.name for a in own.args)
        params = self.types(self.own_params)
        whole = self.sort(own)
        p, t, go = (self.names["helper", letter] for letter in ("P", "t", "go"))
        cases = list(self.induction_cases(data))
        binders = [case.binder for case in cases]
        branches = []
        for case in cases:
            words = [case.hypothesis, *case.variables, *(f"({go} {x})" for x in case.smaller)]
            branches.append(f"{case.value} => {' '.join(words)}")
        self.helpers[name] = (
            f"Definition {name}{params} ({p} : {whole} -> Prop) {' '.join(binders)} :"
            f" forall {t} : {whole}, {p} {t} := fix {go} ({t} : {whole}) : {p} {t} :="
            f" match {t} with {' | '.join(branches)} end."
        )
        self.own_params = saved
        return name


def bulleted(lines: Sequence[str], depth: int) -> Iterator[str]:
    """The lines of one case, below a bullet of that depth."""
    bullet = "-+*"[depth % 3] * (depth // 3 + 1)
    indent = " " * (len(bullet) + 1)
    yield f"{bullet} {lines[0]}"
    yield from (f"{indent}{line}" for line in lines[1:])
