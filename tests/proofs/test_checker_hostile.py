"""Bad and hostile certificates: each gets its sentence, never a traceback."""

from __future__ import annotations

import ast
import contextlib
import copy
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import proofs.check
from proofs.check import Rejected, Unusable, check, main
from tests.proofs.building import Line, Proof, seal
from tests.proofs.samples import CORE, LIST, PEANO, SAMPLES

SOURCE = Path(proofs.check.__file__)


def reason(lines: list[Line]) -> str:
    with pytest.raises(Rejected) as error:
        check(seal(lines))
    return str(error.value)


def rejects(proof: Proof, *words: str) -> None:
    """The proof is rejected at its last line, for a reason with these words."""
    said = reason(proof.end())
    assert said.startswith(f"line {len(proof.lines)}: "), said
    for word in words:
        assert word in said, said


def theory(**changes: Any) -> Line:
    return {**copy.deepcopy(PEANO), **changes}


# -- unsound steps ---------------------------------------------------------------------------------


def test_an_eigenvariable_does_not_escape_by_exists_elim() -> None:
    p = Proof(PEANO)
    known = p.step("reflexivity", "zero = zero")
    known = p.step("exists_intro", "exists n : Nat. n = zero", known, **{"with": {"n": "zero"}})
    scope = p.open({"y": "Nat"}, "y = zero")
    q = p.hypothesis()
    p.step("exists_elim", "y = zero", known, q, scopes=[scope])
    rejects(p, "unknown name y")


def test_an_eigenvariable_does_not_meet_another_of_its_name() -> None:
    p = Proof(PEANO)
    p.open({"n": "Nat"})
    p.open({"n": "Nat"})
    rejects(p, "n is in view already")


def test_an_eigenvariable_is_no_symbol_and_no_keyword() -> None:
    for name, why in (
        ("zero", "in view"),
        ("+", "in view"),
        ("forall", "be a name"),
        ("a b", "be a name"),
        ("", "be a name"),
        ("=", "be a name"),
        ("x\n", "be a name"),
        ("ä", "be a name"),
    ):
        p = Proof(PEANO)
        p.open({name: "Nat"})
        rejects(p, why)


def test_a_closed_scope_is_closed_with_all_that_is_in_it() -> None:
    p = Proof(PEANO)
    scope = p.open({"n": "Nat"})
    inner = p.open({}, "n = zero")
    h = p.hypothesis()
    p.at = scope
    q = p.step("reflexivity", "n = n")
    p.step("discharge", "forall n : Nat. n = n", q, scopes=[scope])
    for where in (scope, inner):
        again = copy.deepcopy(p)
        again.at = where
        again.step("reflexivity", "zero = zero")
        rejects(again, f"scope {where} is closed")
        again = copy.deepcopy(p)
        again.step("discharge", "n = zero -> n = zero", h, scopes=[where])
        rejects(again, "is closed")
    p.step("symmetry", "zero = n", h)
    rejects(p, "not in view")


def test_a_hypothesis_is_not_used_outside_its_scope() -> None:
    p = Proof(PEANO)
    first = p.open({}, "zero = succ(zero)")
    h = p.hypothesis()
    p.leave()
    p.open({}, "zero = zero")
    rejected = copy.deepcopy(p)
    rejected.step("symmetry", "succ(zero) = zero", h)
    rejects(rejected, "not in view")
    p.step("hypothesis", "zero = succ(zero)", of=first, index=0)
    rejects(p, "not in view")


def test_one_scope_does_not_serve_two_cases() -> None:
    p = Proof(PEANO)
    known = p.step("excluded_middle", "zero = zero or zero != zero")
    scope = p.open({}, "zero = zero")
    h = p.hypothesis()
    p.step("cases", "zero = zero", known, h, h, scopes=[scope, scope])
    rejects(p, "closed")


def test_a_scope_is_closed_only_by_its_parent() -> None:
    p = Proof(PEANO)
    p.open({"n": "Nat"}, "n = zero")
    inner = p.open()
    h = p.hypothesis(of=1)
    p.step("discharge", "n = zero", h, scopes=[inner])
    p.lines[-1]["in"] = 0
    rejects(p, "does not stand in the step's scope")


def test_a_hypothesis_does_not_vanish_in_discharge() -> None:
    p = Proof(PEANO)
    scope = p.open({"n": "Nat"}, "n = zero")
    h = p.hypothesis()
    p.step("discharge", "forall n : Nat. n = zero", h, scopes=[scope])
    rejects(p, "does not fit")


def test_substitution_does_not_capture() -> None:
    p = Proof(PEANO)
    scope = p.open({"n": "Nat"})
    q = p.step("reflexivity", "succ(n) = succ(n)")
    q = p.step("exists_intro", "exists m : Nat. m = succ(n)", q, **{"with": {"m": "succ(n)"}})
    general = p.step("discharge", "forall n : Nat. exists m : Nat. m = succ(n)", q, scopes=[scope])
    p.open({"m": "Nat"})
    ok = copy.deepcopy(p)
    ok.step("instance", "exists k : Nat. k = succ(m)", general, **{"with": {"n": "m"}})
    check(seal(ok.end()))
    p.step("instance", "exists m : Nat. m = succ(m)", general, **{"with": {"n": "m"}})
    rejects(p, "it gives")


def test_rewriting_does_not_reach_bound_variables() -> None:
    p = Proof(PEANO)
    p.open({"n": "Nat"}, "n = zero", "forall n : Nat. n + zero = n")
    e, law = p.hypothesis(0), p.hypothesis(1)
    p.step("rewrite", "forall n : Nat. zero + zero = n", law, e, **{"with": {}, "at": [0, 0, 0]})
    rejects(p, "the path leads to a bound variable, not n")


def test_an_instance_is_at_the_first_variables() -> None:
    for terms, formula, word in (
        ({"n": "zero"}, "forall x, z : Nat. zero + x + z = zero + (x + z)", ""),
        ({"m": "zero", "n": "k"}, "forall z : Nat. k + zero + z = k + (zero + z)", ""),
        ({"n": "zero"}, "forall x, z : Nat. zero + z + x = zero + (z + x)", "it gives"),
        ({"m": "zero"}, "forall x, z : Nat. x + zero + z = x + (zero + z)", "first variables"),
    ):
        p = Proof(theory(axioms={"a": "forall n, m, k : Nat. n + m + k = n + (m + k)"}))
        axiom = p.axiom("a")
        scope = p.open({"k": "Nat"})
        p.step("instance", formula, axiom, **{"with": terms})
        if word:
            rejects(p, word)
        else:
            assert scope == 1 and check(seal(p.end())).steps == 2


def test_what_a_scope_ends_with_is_no_premise_outside() -> None:
    """A closed scope counts as its discharged formula, in every rule."""
    for rule, more in (
        ("instance", {"with": {}}),
        ("instance", {"with": {"x": "zero"}}),
        ("and_left", {}),
        ("symmetry", {}),
        ("injectivity", {"index": 0}),
    ):
        p = Proof(PEANO)
        scope = p.open({"x": "Nat"}, "x = succ(x)")
        h = p.hypothesis()
        p.step(rule, "zero = succ(zero)", h, scopes=[scope], **more)
        rejects(p, f"{rule}: ")
    for first in (True, False):
        p = Proof(PEANO)
        known = [p.step("reflexivity", "zero = zero")] if first else []
        scope = p.open({}, "zero = succ(zero)")
        h = p.hypothesis()
        p.step("rewrite", "zero = succ(zero)", *known, h, scopes=[scope], **{"with": {}, "at": [1]})
        rejects(p, "rewrite: ")
    p = Proof(LIST)
    scope = p.open({"x": "A"}, "forall y : A. x = y")
    h = p.hypothesis()
    p.step(
        "instance",
        "forall x : Nat. (forall y : Nat. x = y) -> (forall y : Nat. x = y)",
        h,
        scopes=[scope],
        **{"with": {}, "sorts": {"A": "Nat"}},
    )
    rejects(p, "root scope")


def test_rewriting_names_the_place() -> None:
    p = Proof(PEANO)
    law = p.axiom("add_zero")
    q = p.step("reflexivity", "succ(zero) = succ(zero)")
    p.step("rewrite", "zero = zero", q, law, **{"with": {"n": "zero"}, "at": [1]})
    rejects(p, "rewrite: the path leads to succ(zero), not zero + zero")
    for path in ([2], [-1], [0, 0, 0], [0, 1], [10**30]):
        p.lines[-1]["at"] = path
        rejects(p, "leaves the formula")


def test_injectivity_and_disjointness_need_constructors() -> None:
    for rule, left, right, formula, more in (
        ("injectivity", "n + n", "n + zero", "n = zero", {"index": 1}),
        ("disjointness", "n + n", "zero", "false", {}),
        ("disjointness", "n", "zero", "false", {}),
        ("disjointness", "succ(n)", "succ(zero)", "false", {}),
        ("injectivity", "succ(n)", "zero", "n = zero", {"index": 0}),
    ):
        p = Proof(PEANO)
        p.open({"n": "Nat"}, f"{left} = {right}")
        p.step(rule, formula, p.hypothesis(), **more)
        rejects(p, rule)


def test_induction_needs_every_constructor_and_only_its_hypotheses() -> None:
    p = Proof(PEANO)
    base = p.open()
    q = p.step("reflexivity", "zero = zero")
    p.step("induction", "forall n : Nat. n = n", q, scopes=[base])
    rejects(p, "no data type with 1 constructors")
    p = Proof(PEANO)
    base = p.open()
    q = p.step("reflexivity", "zero = zero")
    p.leave()
    step = p.open({"n": "Nat"}, "succ(n) = zero")
    h = p.hypothesis()
    p.step("induction", "forall n : Nat. n = zero", q, h, scopes=[base, step])
    rejects(p, "gives forall _1 : Nat. (succ(_1) = zero)")


def test_induction_is_for_data_types() -> None:
    p = Proof(theory(sorts=["S"]))
    base = p.open()
    q = p.step("reflexivity", "zero = zero")
    p.step("induction", "forall x : S. x = x", q, scopes=[base])
    rejects(p, "S is no data type")


@pytest.mark.parametrize(
    ("rule", "given", "goal", "more"),
    [
        ("modus_ponens", ["A or B", "A"], "B", {}),
        ("modus_ponens", ["A <-> B", "A"], "B", {}),
        ("modus_ponens", ["A -> B", "B"], "A", {}),
        ("modus_ponens", ["A -> B", "not A"], "not B", {}),
        ("transitivity", ["A or B", "B or C"], "zero = zero", {}),
        ("transitivity", ["n = m", "k = m"], "n = k", {}),
        ("transitivity", ["n = m", "m <= k"], "n = k", {}),
        ("symmetry", ["n <= m"], "m <= n", {}),
        ("symmetry", ["n != m"], "m = n", {}),
        ("rewrite", ["A", "A or B"], "B", {"with": {}, "at": []}),
        ("rewrite", ["A", "A -> B"], "B", {"with": {}, "at": []}),
        ("rewrite", ["not A", "A -> B"], "not B", {"with": {}, "at": [0]}),
        ("rewrite", ["n <= m", "n <= k"], "k <= m", {"with": {}, "at": [0]}),
        ("rewrite", ["n <= m", "A -> n = k"], "k <= m", {"with": {}, "at": [0]}),
        ("rewrite", ["n <= m", "A or n = k", "A"], "k <= m", {"with": {}, "at": [0]}),
        ("rewrite", ["n <= m", "exists x : Nat. n = x"], "m <= m", {"with": {"x": "m"}, "at": [0]}),
        ("rewrite", ["n <= m", "forall x : Nat. n = x"], "m <= m", {"with": {}, "at": [0]}),
        ("instance", ["exists x : Nat. x = m"], "n = m", {"with": {"x": "n"}}),
        ("instance", ["exists x, y : Nat. x = y"], "exists y : Nat. n = y", {"with": {"x": "n"}}),
        ("injectivity", ["succ(n) <= succ(m)"], "n = m", {"index": 0}),
        ("injectivity", ["succ(n) = succ(m)"], "n = m", {"index": 1}),
        ("injectivity", ["succ(n) = succ(m)"], "n = m", {"index": -1}),
        ("injectivity", ["not succ(n) = succ(m)"], "n = m", {"index": 0}),
        ("disjointness", ["zero <= succ(n)"], "false", {}),
        ("disjointness", ["zero != succ(n)"], "false", {}),
        ("and_left", ["A or B"], "A", {}),
        ("and_right", ["A -> B"], "B", {}),
        ("and_intro", ["A", "B"], "A and A", {}),
        ("or_left", ["A"], "B or A", {}),
        ("or_right", ["A"], "A or B", {}),
        ("or_left", ["A"], "A and B", {}),
        ("iff_intro", ["A -> B", "A -> B"], "A <-> B", {}),
        ("iff_intro", ["A -> B", "B -> C"], "A <-> B", {}),
        ("iff_left", ["A -> B"], "B -> A", {}),
        ("iff_left", ["A <-> B"], "B -> A", {}),
        ("iff_right", ["A <-> B"], "A -> B", {}),
        ("excluded_middle", [], "A or not B", {}),
        ("excluded_middle", [], "not A or A", {}),
        ("reflexivity", [], "n = m", {}),
        ("reflexivity", [], "n <= n", {}),
        ("ex_falso", ["true"], "A", {}),
        ("ex_falso", ["not false"], "A", {}),
        ("exists_intro", ["n = m"], "forall x : Nat. x = m", {"with": {"x": "n"}}),
        ("exists_intro", ["n = m"], "exists x : Nat. x = k", {"with": {"x": "n"}}),
        ("exists_intro", ["A"], "B", {"with": {}}),
        ("exists_intro", ["n = m"], "exists x, y : Nat. x = y", {"with": {"x": "n"}}),
    ],
)
def test_a_wrong_inference_is_rejected(
    rule: str, given: list[str], goal: str, more: dict[str, Any]
) -> None:
    letters = {"A": "(n = m)", "B": "(m = k)", "C": "(n <= k)"}

    def formula(text: str) -> str:
        return "".join(letters.get(c, c) for c in text)

    p = Proof(PEANO)
    p.open({"n": "Nat", "m": "Nat", "k": "Nat"}, *map(formula, given))
    steps = [p.hypothesis(index) for index in range(len(given))]
    p.step(rule, formula(goal), *steps, **more)
    rejects(p, f"{rule}: ")


@pytest.mark.parametrize(
    ("rule", "outer", "variables", "assume", "last", "goal"),
    [
        ("exists_elim", "forall x : Nat. x = n", {"y": "Nat"}, ["y = n"], "n = n", "n = n"),
        ("exists_elim", "exists x : Nat. x = n", {"y": "A"}, ["n = n"], "n = n", "n = n"),
        ("exists_elim", "exists x : Nat. x = n", {"y": "Nat"}, ["y = zero"], "n = n", "n = n"),
        (
            "exists_elim",
            "exists x : Nat. x = n",
            {"y": "Nat"},
            ["y = n", "false"],
            "false",
            "false",
        ),
        ("exists_elim", "n = n", {}, ["n = n"], "n = n", "n = n"),
        (
            "exists_elim",
            "exists x : Nat. x = n",
            {"y": "Nat", "z": "Nat"},
            ["y = n"],
            "n = n",
            "n = n",
        ),
        ("cases", "n = m", {}, ["n = n"], "n = n", "n = n"),
        ("cases", "n = m", {}, ["n = m"], "n = m", "m = n"),
        ("cases", "n = m", {"y": "Nat"}, ["n = m"], "n = m", "n = m"),
        ("contradiction", "", {}, ["false"], "false", "n = m"),
        ("contradiction", "", {}, ["n != m"], "n != m", "n = m"),
        ("contradiction", "", {}, [], "n = n", "n = m"),
        ("contradiction", "", {}, ["n != m", "false"], "false", "n = m"),
        ("contradiction", "", {"y": "Nat"}, ["n != m"], "n != m", "n = m"),
        ("negation", "", {}, ["n = m"], "n = m", "n != m"),
        ("negation", "", {}, ["false"], "false", "n != m"),
        ("negation", "", {}, ["n = m", "false"], "false", "n != m"),
        ("negation", "", {}, ["n = m"], "n = m", "n = m"),
        ("discharge", "", {"y": "Nat"}, ["y = n"], "y = n", "exists y : Nat. y = n -> y = n"),
        ("discharge", "", {"y": "Nat"}, ["y = n"], "y = n", "forall y : A. n = n -> n = n"),
        ("discharge", "", {"y": "Nat"}, [], "n = n", "forall y : A. n = n"),
        ("discharge", "", {"y": "Nat"}, [], "n = n", "n = n"),
        ("discharge", "", {}, ["n = m"], "n = m", "n = m"),
        (
            "discharge",
            "",
            {"y": "Nat", "z": "Nat"},
            ["y = z"],
            "y = z",
            "forall y, z : Nat. z = y -> y = z",
        ),
        ("induction", "", {}, [], "n = n", "exists x : Nat. n = n"),
    ],
)
def test_a_scope_is_not_closed_for_what_it_does_not_show(
    rule: str, outer: str, variables: dict[str, str], assume: list[str], last: str, goal: str
) -> None:
    p = Proof(PEANO)
    p.open({"n": "Nat", "m": "Nat"}, *([outer] if outer else []))
    known = [p.hypothesis()] if outer else []
    scope = p.open(variables, *assume)
    end = p.hypothesis(assume.index(last)) if last in assume else p.step("reflexivity", last)
    p.step(rule, goal, *known, end, scopes=[scope])
    rejects(p, f"{rule}: ")


def test_cases_split_disjunctions_only() -> None:
    for connective, fine in (("or", True), ("and", False), ("->", False), ("<->", False)):
        p = Proof(PEANO)
        p.open({"n": "Nat"}, f"n = zero {connective} n = n")
        h = p.hypothesis()
        scopes, ends = [], []
        for case in ("n = zero", "n = n"):
            scopes.append(p.open({}, case))
            ends.append(p.step("reflexivity", "succ(n) = succ(n)"))
            p.leave()
        p.step("cases", "succ(n) = succ(n)", h, *ends, scopes=scopes)
        if fine:
            check(seal(p.end()))
        else:
            rejects(p, "cases: ")


# -- sorts -----------------------------------------------------------------------------------------


def test_sorts_are_checked_where_formulas_are_read() -> None:
    for formula, word in (
        ("nil = zero", "of sort"),
        ("cons(zero, nil) = cons((nil : List(Nat)), nil)", "of sort"),
        ("nil = nil", "not determined"),
        ("length(nil) = zero", "not determined"),
        ("(nil : Nat) = zero", "of sort"),
        ("length(zero) = zero", "of sort"),
        ("forall x : List. x = x", "parameters"),
        ("forall x : Nat(Nat). x = x", "parameters"),
        ("forall x : A(Nat). x = x", "parameters"),
        ("zero", "of sort"),
        ("succ(zero = zero) = zero", "of sort"),
        ("not zero", "of sort"),
        ("zero and zero", "of sort"),
        ("(zero = zero) = (zero = zero)", "formula"),
        ("forall x : Nat. x", "of sort"),
        ("forall zero : Nat. zero = zero", "name of a symbol"),
        ("zero = zero = zero", "a formula"),
        ("n = n", "n"),
        ("zero = ", "end"),
        ("zero = zero <-> zero = zero <-> zero = zero", "where the end should"),
        ("zero = zero)", "end"),
        ("succ(zero, zero) = zero", "1 arguments"),
        ("forall x, x : Nat. x = x", "twice"),
        ("zero =\nzero", "ASCII"),
        ("zero = \u200bzero", "ASCII"),
        ("", "end"),
        ("++(nil, nil) = (nil : List(A))", ""),
        ("zero $ zero", ""),
        ("forall. zero = zero", ""),
        ("forall x. zero = zero", "no sort"),
        ("forall x : Nat, y. zero = zero", "no sort"),
        ("forall ( : Nat. zero = zero", "name"),
        ("forall + : Nat. zero = zero", "name"),
        ("forall (x) : Nat. zero = zero", "name"),
        ("forall not : Nat. zero = zero", "name"),
        ("zero = zero and zero", "of sort"),
        ("zero and zero = zero", "of sort"),
        ("zero = zero -> zero", "of sort"),
        ("zero = + ", "stands where"),
        ("length(++) = zero", "1 arguments"),
        ("exists x : Nat. zero", "of sort"),
        ("zero = not zero = zero", ""),
    ):
        p = Proof(LIST)
        p.step("reflexivity", formula)
        rejects(p, "reflexivity", word)


def test_substituted_terms_have_the_variable_s_sort() -> None:
    p = Proof(LIST)
    clause = p.step("definition", LIST["definitions"]["++"][0], name="++", index=0)
    p.step("instance", "nil ++ zero = zero", clause, **{"with": {"ys": "zero"}})
    rejects(p, "of sort")
    p.lines[-1].update({"with": {"ys": "nil"}, "formula": "(nil : List(Nat)) ++ nil = nil"})
    rejects(p, "it gives")  # for List(A) only, without `sorts`


def test_type_parameters_are_put_only_into_what_was_proved_in_the_root() -> None:
    p = Proof(LIST)
    p.open({"x": "A"}, "forall y : A. x = y")
    h = p.hypothesis()
    p.step("instance", "forall y : Nat. y = y", h, **{"with": {}, "sorts": {"A": "Nat"}})
    rejects(p, "root scope")
    q = Proof(LIST)
    q.open({"n": "Nat"}, "forall x, y : A. x = y")
    h = q.hypothesis()
    r = q.step("reflexivity", "n = n")
    q.step(
        "rewrite",
        "n = zero",
        r,
        h,
        **{"with": {"x": "n", "y": "zero"}, "at": [1], "sorts": {"A": "Nat"}},
    )
    rejects(q, "root scope")


def test_a_sort_is_not_a_type_parameter() -> None:
    p = Proof(LIST)
    scope = p.open({"n": "Nat"})
    q = p.step("reflexivity", "n = n")
    q = p.step("discharge", "forall n : Nat. n = n", q, scopes=[scope])
    p.step("instance", "forall n : List(A). n = n", q, **{"with": {}, "sorts": {"Nat": "List(A)"}})
    rejects(p, "the name of a sort")


def test_constants_at_two_sorts_are_different() -> None:
    p = Proof(LIST)
    p.open({}, "length((nil : List(Nat))) = zero")
    p.step("instance", "length((nil : List(A))) = zero", p.hypothesis(), **{"with": {}})
    rejects(p, "it gives")


# -- the theory ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"sorts": ["Nat"]}, "twice"),
        ({"sorts": ["S", "S"]}, "twice"),
        ({"sorts": ["for all"]}, "name"),
        ({"sorts": [1]}, "JSON type"),
        ({"sorts": "S"}, "JSON type"),
        ({"data": {"Nat": {"params": [], "constructors": ["succ"]}}}, "ground term"),
        ({"data": {"Nat": {"params": [], "constructors": []}}}, "ground term"),
        ({"data": {"Nat": {"params": [], "constructors": ["zero", "zero"]}}}, "twice"),
        ({"data": {"Nat": {"params": [], "constructors": ["zero", "succ", "+", "nil"]}}}, "nil"),
        (
            {
                "data": {**PEANO["data"], "T": {"params": ["A", "A"], "constructors": ["t"]}},
                "functions": {**PEANO["functions"], "t": [[], "T(A, A)"]},
            },
            "twice",
        ),
        ({"data": {"Nat": {"params": ["Nat"], "constructors": ["zero"]}}}, "twice"),
        ({"functions": {**PEANO["functions"], "succ": [["A"], "Nat"]}}, "succ"),
        ({"functions": {**PEANO["functions"], "<=": [[], "Nat"]}}, "twice"),
        ({"functions": {**PEANO["functions"], "and": [[], "Nat"]}}, "name"),
        ({"functions": {**PEANO["functions"], "c": ["Nat"]}}, "c"),
        ({"functions": {**PEANO["functions"], "c": [[1], "Nat"]}}, "not declared as"),
        ({"predicates": {"p": [], "=": []}}, "name"),
        ({"definitions": {"q": ["zero = zero"]}}, "unknown symbol"),
        ({"axioms": {"a": "n = n"}}, "unknown name n"),
        ({"axioms": {"a": "zero"}}, "of sort"),
        (
            {
                "inductions": [
                    {"definition": "<=", "params": ["N", "i"], "set": "N", "from": "i", "by": "i"}
                ]
            },
            "Universe",
        ),
        ({"axioms": {"a\nb": "zero = zero"}}, "one word"),
        ({"extra": []}, "unknown field"),
    ],
)
def test_a_malformed_theory_is_rejected(changes: Line, word: str) -> None:
    changes.setdefault("definitions", {})
    said = reason(Proof(theory(**changes)).end())
    assert said.startswith("line 1: ") and word in said, said


def test_types_with_terms_and_without() -> None:
    tree = {"params": ["A"], "constructors": ["node"]}
    for functions, fine in (
        ({"node": [["A", "List(Tree(A))"], "Tree(A)"]}, True),
        ({"node": [["A", "Tree(A)"], "Tree(A)"]}, False),
        ({"node": [["A", "Pair(Tree(A), Tree(A))"], "Tree(A)"]}, False),
    ):
        given = {
            "name": "T",
            "data": {
                "Tree": tree,
                "List": {"params": ["A"], "constructors": ["nil", "cons"]},
                "Pair": {"params": ["A", "B"], "constructors": ["pair"]},
            },
            "functions": {
                "nil": [[], "List(A)"],
                "cons": [["A", "List(A)"], "List(A)"],
                "pair": [["A", "B"], "Pair(A, B)"],
                **functions,
            },
        }
        if fine:
            assert check(seal(Proof(given).end())).steps == 0
        else:
            assert "ground term" in reason(Proof(given).end())


def test_set_induction_is_about_its_own_set() -> None:
    lines = SAMPLES["core"]().end()
    for line in lines:
        if line.get("rule") == "set_induction":
            line["formula"] = line["formula"].replace("in(x, (+))", "in(x, s)")
    assert "set_induction: it is not about +" in reason(lines)
    broken = copy.deepcopy(CORE)
    broken["inductions"][0]["by"] = "t"
    assert "params" in reason(Proof(broken).end())


# -- lines -----------------------------------------------------------------------------------------


def tampered(old: str, new: str) -> list[str]:
    """The sample's lines with one textual change; the footer's hash is not the reason."""
    texts = seal(SAMPLES["addition"]().end())
    place = next(k for k, text in enumerate(texts) if old in text)
    return [*texts[:place], texts[place].replace(old, new, 1), *texts[place + 1 :]]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('"step": 3,', '"step": 3, "step": 3,', "twice"),
        ('"step": 3,', '"step": 4,', "the next step is 3"),
        ('"step": 3,', '"step": true,', "JSON type"),
        ('"step": 3,', '"step": 3.0,', "JSON type"),
        ('"step": 3,', '"step": NaN,', "JSON type"),
        ('"step": 3,', '"step": 1e400,', "JSON type"),
        ('"step": 3,', '"step": ' + "9" * 5000 + ",", "not JSON"),
        ('"step": 3,', '"step": ' + "9" * 4000 + ",", "next step"),
        ('"step": 3,', '"step": "3",', "JSON type"),
        ('"in": 1, "rule"', '"in": false, "rule"', "JSON type"),
        ('"in": 1, "rule"', '"in": 1, "note": 1, "rule"', "unknown field note"),
        ('"in": 1, "rule"', '"in": 7, "rule"', "no scope 7"),
        ('"in": 1, "rule"', '"in": -1, "rule"', "no scope -1"),
        ('"from": [1]', '"from": [true]', "JSON type"),
        ('"from": [1]', '"from": [0]', "no step 0"),
        ('"from": [1]', '"from": [-1]', "no step -1"),
        ('"from": [1]', '"from": [3]', "no step 3"),
        ('"from": [1]', '"from": [1, 1]', "from these premises"),
        ('"from": [1]', '"from": []', "from these premises"),
        ('"rule": "instance"', '"rule": "magic"', "no such rule"),
        ('"rule": "instance"', '"rule": ["instance"]', "JSON type"),
        ('"rule": "instance"', '"rule": "\\ud800"', "no such rule"),
        ('{"step": 3', '[{"step": 3', "not JSON"),
        ('{"step": 3', "[" * 200000, "nested"),
        ('zero + zero = zero"', "(" * 200000 + '"', "nested"),
        ('zero + zero = zero"', "not " * 200000 + '"', "nested"),
        ('zero + zero = zero"', "zero" + " + zero" * 200000 + ' = zero"', "nested"),
        ('"theorem": "zero_add"', '"theorem": "a b"', "no name"),
        ('"theorem": "zero_add"', '"theorem": "a\\nb"', "no name"),
        ('"theorem": "succ_add"', '"theorem": "zero_add"', "twice"),
        ('"certificate": 1', '"certificate": 2', "version 2"),
        ('"theory": {"name": "Peano"', '"theory": {"name": "Peano "', "hash"),
        ('"end": true', '"end": false', "hash"),
        ('"steps": 76', '"steps": 75', "76 steps"),
    ],
)
def test_a_tampered_line_is_rejected_for_the_reason(old: str, new: str, word: str) -> None:
    with pytest.raises(Rejected) as error:
        check(tampered(old, new))
    assert word in str(error.value), str(error.value)[:300]
    assert len(str(error.value)) < 1000 and str(error.value).isprintable()


def test_truncation_and_additions_are_seen() -> None:
    texts = seal(SAMPLES["group"]().end())
    with pytest.raises(Rejected, match="footer is missing"):
        check(texts[:-1])
    with pytest.raises(Rejected, match="after the footer"):
        check([*texts, texts[-2]])
    with pytest.raises(Rejected, match="not JSON"):
        check([*texts, ""])
    with pytest.raises(Rejected, match="hash of the lines above"):
        check([texts[0].replace(": ", ":  ", 1), *texts[1:]])


STRANGE: list[Any] = [
    *[None, True, 0, -1, 10**30, 1.5, "", "x", "(", "+", "forall", "Nat", "List(A)", "zero"],
    *[[], [1], ["x"], [[]], [None], {}, {"x": "Nat"}, {"x": 1}, {"a": {}}, {"a": []}],
]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_any_json_in_any_place_is_accepted_or_rejected(name: str) -> None:
    def places(item: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield path
        found: Any = item.items() if isinstance(item, dict) else ()
        for key, part in enumerate(item) if isinstance(item, list) else found:
            yield from places(part, (*path, key))

    original = SAMPLES[name]().end()
    everywhere = [path for path in places(original) if path]
    header = [path for path in everywhere if path[0] == 0]
    rng = random.Random(name)
    for _ in range(600):
        lines: Any = copy.deepcopy(original)
        path = rng.choice(rng.choice([header, everywhere]))
        item = lines
        for key in path[:-1]:
            item = item[key]
        item[path[-1]] = copy.deepcopy(rng.choice(STRANGE))
        if all(isinstance(line, dict) for line in lines):
            with contextlib.suppress(Rejected):
                check(seal(lines))


def test_sorts_that_double_are_stopped() -> None:
    given = {
        "name": "T",
        "data": {"Pair": {"params": ["A", "B"], "constructors": ["pair"]}},
        "functions": {"pair": [["A", "B"], "Pair(A, B)"], "dup": [["A"], "Pair(A, A)"]},
    }
    term = "dup(" * 60 + "x" + ")" * 60
    p = Proof(given)
    p.open({"x": "A"})
    p.step("reflexivity", f"{term} = {term}")
    rejects(p, "too large a sort")


# -- the command and the file itself ---------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    return code, capsys.readouterr().out


def test_the_command_prints_each_theorem_with_what_it_rests_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "proof.jsonl"
    path.write_text("\n".join(seal(SAMPLES["addition"]().end())) + "\n")
    code, out = run(capsys, str(path))
    assert code == 0
    assert out.splitlines()[-2:] == [
        "le_trans: forall a, b, c : Nat. a <= b -> b <= c -> a <= c  "
        "[add_zero, add_succ, definition of <=]",
        "6 theorems, 76 steps, accepted",
    ]
    found = check(path).theorems[5]
    assert (found.axioms, found.definitions) == (["add_zero", "add_succ"], ["<="])
    path.write_text(path.read_text().replace("n + m = m + n", "n + m = n + n"))
    code, out = run(capsys, str(path))
    assert code == 1 and "rejected: line " in out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\xff\xfe",
        b"no json",
        b"[]",
        b"{}",
        b"1\n",
        b'"certificate"',
        b"{" * 100000,
        b"\x00" * 1000,
    ],
)
def test_an_unusable_file_exits_with_2(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "noise"
    path.write_bytes(content)
    code, out = run(capsys, str(path))
    assert code == 2 and out.count("\n") == 1, out
    with pytest.raises(Unusable):
        check(path)


def test_a_missing_file_or_a_folder_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, str(tmp_path / "none")) == (
        2,
        f"{tmp_path / 'none'}: rejected: No such file or directory\n",
    )
    assert run(capsys, str(tmp_path))[0] == 2


def test_the_checker_works_copied_out_alone(tmp_path: Path) -> None:
    (tmp_path / "audited.py").write_text(SOURCE.read_text())
    (tmp_path / "p.jsonl").write_text("\n".join(seal(SAMPLES["lists"]().end())))
    done = subprocess.run(
        [sys.executable, "-I", "audited.py", "p.jsonl"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "accepted" in done.stdout and not done.stderr


def test_the_checker_imports_the_standard_library_only() -> None:
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        names = (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else ([node.module] if isinstance(node, ast.ImportFrom) else [])
        )
        assert all(str(name).split(".")[0] in sys.stdlib_module_names for name in names)
        assert not isinstance(node, ast.ImportFrom) or node.level == 0


def test_the_checker_stays_small() -> None:
    assert len(SOURCE.read_text().splitlines()) <= 765
