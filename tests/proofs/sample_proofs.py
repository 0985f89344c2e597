"""Proof graphs to render: Peano arithmetic built by hand, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logic.formulas import (
    FALSE,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Not,
    Or,
    forall,
    implies,
    split_forall,
    split_implies,
    substitute,
)
from logic.terms import App, Sort, Term, Var
from logic.theory import DataType, Definition, Function, Predicate, Signature, Theory
from proofs.graph import ROOT, ProofGraph, Theorem

NAT = Sort("Nat")
ZERO = App("zero", (), NAT)
n, m, k, a, b = (Var(name, NAT) for name in "nmkab")


def succ(t: Term) -> App:
    return App("succ", (t,), NAT)


def plus(s: Term, t: Term) -> App:
    return App("+", (s, t), NAT)


def times(s: Term, t: Term) -> App:
    return App("*", (s, t), NAT)


def leq(s: Term, t: Term) -> Atom:
    return Atom("<=", (s, t))


SOURCE = """\
theory Peano

data Nat = zero | succ(Nat)
var n, m, k : Nat

func (+)(Nat, Nat) -> Nat
axiom add_zero: n + zero = n
axiom add_succ: n + succ(m) = succ(n + m)

func (*)(Nat, Nat) -> Nat
axiom mul_zero: n * zero = zero
axiom mul_succ: n * succ(m) = n * m + n

pred (<=)(Nat, Nat)
define n <= m := exists k. n + k = m

goal add_comm: n + m = m + n
goal wrong: n + m = n
explore size 7 with zero, succ, +, *
"""


def peano() -> Theory:
    zero = Function("zero", (), NAT, "constructor")
    one = Function("succ", (NAT,), NAT, "constructor")
    both = (NAT, NAT)
    below = Forall((n, m), Iff(leq(n, m), Exists((k,), Equal(plus(n, k), m))))
    return Theory(
        "Peano",
        Signature(
            {},
            {"Nat": DataType(NAT, (zero, one))},
            {
                "zero": zero,
                "succ": one,
                "+": Function("+", both, NAT),
                "*": Function("*", both, NAT),
            },
            {"<=": Predicate("<=", both, "defined")},
        ),
        definitions={"<=": Definition("<=", (below,), False, (below,))},
        axioms={
            "add_zero": forall([n], Equal(plus(n, ZERO), n)),
            "add_succ": forall([n, m], Equal(plus(n, succ(m)), succ(plus(n, m)))),
            "mul_zero": forall([n], Equal(times(n, ZERO), ZERO)),
            "mul_succ": forall([n, m], Equal(times(n, succ(m)), plus(times(n, m), n))),
        },
        goals={
            "add_comm": forall([n, m], Equal(plus(n, m), plus(m, n))),
            "wrong": forall([n, m], Equal(plus(n, m), n)),
        },
    )


class Writer:
    """Adds steps whose conclusions it works out."""

    def __init__(self, theory: Theory) -> None:
        self.graph = ProofGraph(theory)
        self.named: dict[str, int] = {}

    def formula(self, step: int) -> Formula:
        return self.graph.step(step).formula

    def law(self, name: str) -> int:
        """The step of an axiom or of a theorem."""
        if name not in self.named:
            axiom = self.graph.theory.axioms[name]
            self.named[name] = self.graph.add(ROOT, "axiom", (), axiom, name=name)
        return self.named[name]

    def same(self, scope: int, term: Term) -> int:
        return self.graph.add(scope, "reflexivity", (), Equal(term, term))

    def assume(self, scope: int, of: int, index: int = 0) -> int:
        formula = self.graph.scopes[of].hypotheses[index]
        return self.graph.add(scope, "hypothesis", (), formula, of=of, index=index)

    def rewrite(
        self,
        scope: int,
        p: int,
        law: int,
        binding: Mapping[str, Term],
        path: Sequence[int],
        facts: Sequence[int] = (),
        reverse: bool = False,
    ) -> int:
        body = split_forall(self.formula(law))[1]
        equation = substitute(split_implies(body)[1], binding)
        assert isinstance(equation, Equal | Iff)
        old, new = equation.left, equation.right
        if reverse:
            old, new = new, old
        conclusion = replace(self.formula(p), tuple(path), old, new)
        return self.graph.add(
            scope,
            "rewrite",
            (p, law, *facts),
            conclusion,
            binding=binding,
            path=path,
            reverse=reverse,
        )

    def induct(
        self, scope: int, formula: Formula, base: int, step: int, ends: tuple[int, int]
    ) -> int:
        return self.graph.add(scope, "induction", ends, formula, scopes=(base, step))

    def discharge(self, scope: int, inner: int, end: int) -> int:
        opened = self.graph.scopes[inner]
        formula = forall(opened.vars, implies(opened.hypotheses, self.formula(end)))
        return self.graph.add(scope, "discharge", (end,), formula, scopes=(inner,))

    def theorem(self, name: str, step: int, **about: object) -> None:
        self.named[name] = step
        self.graph.conclude(Theorem(name, step, self.formula(step), **about))  # type: ignore[arg-type]


def replace(node: Formula | Term, path: tuple[int, ...], old: object, new: object) -> Formula:
    """``node`` with ``new`` for the ``old`` that stands at ``path``."""
    if not path:
        assert node == old, (node, old)
        return new  # type: ignore[return-value]
    here, rest = path[0], path[1:]
    if isinstance(node, App | Atom):
        args = list(node.args)
        args[here] = replace(args[here], rest, old, new)  # type: ignore[call-overload]
        if isinstance(node, App):
            return App(node.symbol, tuple(args), node.sort)  # type: ignore[return-value]
        return Atom(node.predicate, tuple(args))
    if isinstance(node, Forall | Exists):
        return type(node)(node.vars, replace(node.body, rest, old, new))
    if isinstance(node, Not):
        return Not(replace(node.body, rest, old, new))
    sides = [node.left, node.right]  # type: ignore[union-attr]
    sides[here] = replace(sides[here], rest, old, new)
    return type(node)(*sides)  # type: ignore[return-value]


def arithmetic() -> ProofGraph:
    """Every shape of proof: chains, nested induction, cases, a witness, contradiction."""
    w = Writer(peano())
    g = w.graph
    add_zero, add_succ = w.law("add_zero"), w.law("add_succ")

    # zero + n = n
    goal = Forall((n,), Equal(plus(ZERO, n), n))
    base = g.open(ROOT)
    s0 = w.rewrite(base, w.same(base, plus(ZERO, ZERO)), add_zero, {"n": ZERO}, [1])
    step = g.open(ROOT, [a], [Equal(plus(ZERO, a), a)])
    s1 = w.rewrite(step, w.same(step, plus(ZERO, succ(a))), add_succ, {"n": ZERO, "m": a}, [1])
    s1 = w.rewrite(step, s1, w.assume(step, step), {}, [1, 0])
    w.theorem(
        "zero_add",
        w.induct(ROOT, goal, base, step, (s0, s1)),
        method="induction on n",
        essential=True,
    )

    # succ(m) + n = succ(m + n), with m generalised inside each case
    goal = Forall((n, m), Equal(plus(succ(m), n), succ(plus(m, n))))
    base = g.open(ROOT)
    inner = g.open(base, [m])
    s0 = w.rewrite(inner, w.same(inner, plus(succ(m), ZERO)), add_zero, {"n": succ(m)}, [1])
    s0 = w.rewrite(inner, s0, add_zero, {"n": m}, [1, 0], reverse=True)
    s0 = w.discharge(base, inner, s0)
    step = g.open(ROOT, [a], [Forall((m,), Equal(plus(succ(m), a), succ(plus(m, a))))])
    inner = g.open(step, [m])
    s1 = w.same(inner, plus(succ(m), succ(a)))
    s1 = w.rewrite(inner, s1, add_succ, {"n": succ(m), "m": a}, [1])
    s1 = w.rewrite(inner, s1, w.assume(inner, step), {"m": m}, [1, 0])
    s1 = w.rewrite(inner, s1, add_succ, {"n": m, "m": a}, [1, 0], reverse=True)
    s1 = w.discharge(step, inner, s1)
    w.theorem("succ_add", w.induct(ROOT, goal, base, step, (s0, s1)), method="induction on n")

    # n + m = m + n: from both sides at once
    goal = Forall((n, m), Equal(plus(n, m), plus(m, n)))
    base = g.open(ROOT)
    inner = g.open(base, [m])
    s0 = w.rewrite(inner, w.same(inner, m), w.law("zero_add"), {"n": m}, [0], reverse=True)
    s0 = w.rewrite(inner, s0, add_zero, {"n": m}, [1], reverse=True)
    s0 = w.discharge(base, inner, s0)
    step = g.open(ROOT, [a], [Forall((m,), Equal(plus(a, m), plus(m, a)))])
    inner = g.open(step, [m])
    s1 = w.same(inner, plus(succ(a), m))
    s1 = w.rewrite(inner, s1, w.law("succ_add"), {"m": a, "n": m}, [1])
    s1 = w.rewrite(inner, s1, w.assume(inner, step), {"m": m}, [1, 0])
    s1 = w.rewrite(inner, s1, add_succ, {"n": m, "m": a}, [1], reverse=True)
    s1 = w.discharge(step, inner, s1)
    w.theorem(
        "add_comm",
        w.induct(ROOT, goal, base, step, (s0, s1)),
        kind="goal",
        essential=True,
        method="induction on n",
    )

    # n + k = m + k -> n = m, by induction on k, a conditional law

    goal = Forall((k,), Forall((n, m), implies([Equal(plus(n, k), plus(m, k))], Equal(n, m))))
    base = g.open(ROOT)
    inner = g.open(base, [n, m], [Equal(plus(n, ZERO), plus(m, ZERO))])
    h = w.assume(inner, inner)
    h = w.rewrite(inner, h, add_zero, {"n": n}, [0])
    s0 = w.discharge(base, inner, w.rewrite(inner, h, add_zero, {"n": m}, [1]))
    hypothesis = Forall((n, m), implies([Equal(plus(n, a), plus(m, a))], Equal(n, m)))
    step = g.open(ROOT, [a], [hypothesis])
    inner = g.open(step, [n, m], [Equal(plus(n, succ(a)), plus(m, succ(a)))])
    h = w.rewrite(inner, w.assume(inner, inner), add_succ, {"n": n, "m": a}, [0])
    h = w.rewrite(inner, h, add_succ, {"n": m, "m": a}, [1])
    h = g.add(inner, "injectivity", (h,), Equal(plus(n, a), plus(m, a)), index=0)
    ih = g.add(
        inner,
        "instance",
        (w.assume(inner, step),),
        implies([Equal(plus(n, a), plus(m, a))], Equal(n, m)),
        binding={"n": n, "m": m},
    )
    s1 = w.discharge(step, inner, g.add(inner, "modus_ponens", (ih, h), Equal(n, m)))
    w.theorem(
        "add_cancel",
        w.induct(ROOT, goal, base, step, (s0, s1)),
        essential=True,
        method="induction on k",
    )

    # n <= m -> n <= succ(m): obtain a witness, give another
    definition = g.add(
        ROOT, "definition", (), g.theory.definitions["<="].clauses[0], name="<=", index=0
    )
    outer = g.open(ROOT, [n, m], [leq(n, m)])
    some = w.rewrite(outer, w.assume(outer, outer), definition, {"n": n, "m": m}, [])
    inner = g.open(outer, [k], [Equal(plus(n, k), m)])
    s = w.same(inner, plus(n, succ(k)))
    s = w.rewrite(inner, s, add_succ, {"n": n, "m": k}, [1])
    s = w.rewrite(inner, s, w.assume(inner, inner), {}, [1, 0])
    other = Exists((k,), Equal(plus(n, k), succ(m)))
    s = g.add(inner, "exists_intro", (s,), other, binding={"k": succ(k)})
    s = w.rewrite(inner, s, definition, {"n": n, "m": succ(m)}, [], reverse=True)
    s = g.add(outer, "exists_elim", (some, s), leq(n, succ(m)), scopes=(inner,))
    w.theorem("leq_succ", w.discharge(ROOT, outer, s), method="direct")

    # n = zero or exists m. n = succ(m)
    shape = Or(Equal(n, ZERO), Exists((m,), Equal(n, succ(m))))
    base = g.open(ROOT)
    at_zero = substitute(shape, {"n": ZERO})
    assert isinstance(at_zero, Or)
    s0 = g.add(base, "or_left", (w.same(base, ZERO),), at_zero)
    step = g.open(ROOT, [a], [substitute(shape, {"n": a})])
    at_succ = substitute(shape, {"n": succ(a)})
    assert isinstance(at_succ, Or)
    s1 = g.add(step, "exists_intro", (w.same(step, succ(a)),), at_succ.right, binding={"m": a})
    s1 = g.add(step, "or_right", (s1,), at_succ)
    w.theorem(
        "zero_or_succ",
        w.induct(ROOT, Forall((n,), shape), base, step, (s0, s1)),
        method="induction on n",
    )

    # n * zero = zero * n by cases on n; both cases are hand-made to show the form
    outer = g.open(ROOT, [n])
    either = g.add(outer, "instance", (w.law("zero_or_succ"),), shape, binding={"n": n})
    first = g.open(outer, (), [Equal(n, ZERO)])
    s0 = w.rewrite(first, w.same(first, plus(n, ZERO)), w.assume(first, first), {}, [1, 0])
    s0 = g.add(
        first, "or_left", (s0,), Or(Equal(plus(n, ZERO), plus(ZERO, ZERO)), Not(Equal(n, ZERO)))
    )
    conclusion = w.formula(s0)
    second = g.open(outer, (), [Exists((m,), Equal(n, succ(m)))])
    inner = g.open(second, [m], [Equal(n, succ(m))])
    absurd = g.open(inner, (), [Equal(n, ZERO)])
    clash = w.rewrite(absurd, w.assume(absurd, inner), w.assume(absurd, absurd), {}, [0])
    clash = g.add(absurd, "disjointness", (clash,), FALSE)
    s1 = g.add(inner, "negation", (clash,), Not(Equal(n, ZERO)), scopes=(absurd,))
    s1 = g.add(inner, "or_right", (s1,), conclusion)
    s1 = g.add(second, "exists_elim", (w.assume(second, second), s1), conclusion, scopes=(inner,))
    s = g.add(outer, "cases", (either, s0, s1), conclusion, scopes=(first, second))
    w.theorem("by_cases", w.discharge(ROOT, outer, s), method="cases")
    return g


def many(count: int) -> ProofGraph:
    """``count`` theorems, each with an induction and using two before it."""
    w = Writer(peano())
    g = w.graph
    add_zero, add_succ = w.law("add_zero"), w.law("add_succ")
    for i in range(count):
        goal = Forall((n,), Equal(plus(ZERO, n), n))
        base = g.open(ROOT)
        s0 = w.rewrite(base, w.same(base, plus(ZERO, ZERO)), add_zero, {"n": ZERO}, [1])
        step = g.open(ROOT, [a], [Equal(plus(ZERO, a), a)])
        s1 = w.same(step, plus(ZERO, succ(a)))
        for j in (i // 2, i // 3):
            if i > j:
                law = w.law(f"law_{j}")
                s1 = w.rewrite(step, s1, law, {"n": succ(a)}, [1])
                s1 = w.rewrite(step, s1, law, {"n": succ(a)}, [1], reverse=True)
        s1 = w.rewrite(step, s1, add_succ, {"n": ZERO, "m": a}, [1])
        s1 = w.rewrite(step, s1, w.assume(step, step), {}, [1, 0])
        w.theorem(f"law_{i}", w.induct(ROOT, goal, base, step, (s0, s1)), essential=i % 7 == 0)
    return g
