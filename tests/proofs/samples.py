"""Correct certificates, built by hand: the material that mutation and fuzzing start from."""

from __future__ import annotations

from collections.abc import Callable

from tests.proofs.building import Line, Proof

NAT = {"params": [], "constructors": ["zero", "succ"]}
ARITHMETIC = {"zero": [[], "Nat"], "succ": [["Nat"], "Nat"], "+": [["Nat", "Nat"], "Nat"]}
AXIOMS = {
    "add_zero": "forall n : Nat. n + zero = n",
    "add_succ": "forall n, m : Nat. n + succ(m) = succ(n + m)",
}
PEANO: Line = {
    "name": "Peano",
    "sorts": [],
    "data": {"Nat": NAT},
    "functions": ARITHMETIC,
    "predicates": {"<=": ["Nat", "Nat"]},
    "definitions": {"<=": ["forall n, m : Nat. n <= m <-> (exists k : Nat. n + k = m)"]},
    "axioms": AXIOMS,
    "inductions": [],
}


def addition() -> Proof:
    """zero + n = n, commutativity, associativity and cancellation of +, <= is transitive."""
    p = Proof(PEANO)
    add_zero, add_succ = p.axiom("add_zero"), p.axiom("add_succ")

    base = p.open()
    q0 = p.step("instance", "zero + zero = zero", add_zero, **{"with": {"n": "zero"}})
    p.leave()
    step = p.open({"n": "Nat"}, "zero + n = n")
    h = p.hypothesis()
    q1 = p.chain(
        "zero + succ(n)",
        (add_succ, {"n": "zero", "m": "n"}, [], "succ(zero + n)"),
        (h, {}, [0], "succ(n)"),
    )
    zero_add = p.step("induction", "forall n : Nat. zero + n = n", q0, q1, scopes=[base, step])
    p.theorem("zero_add", zero_add)

    base = p.open()
    inner = p.open({"n": "Nat"})
    q = p.chain(
        "succ(n) + zero",
        (add_zero, {"n": "succ(n)"}, [], "succ(n)"),
        (add_zero, {"n": "n"}, [0], "succ(n + zero)", True),
    )
    q0 = p.step("discharge", "forall n : Nat. succ(n) + zero = succ(n + zero)", q, scopes=[inner])
    p.leave()
    step = p.open({"m": "Nat"}, "forall n : Nat. succ(n) + m = succ(n + m)")
    h = p.hypothesis()
    inner = p.open({"n": "Nat"})
    q = p.chain(
        "succ(n) + succ(m)",
        (add_succ, {"n": "succ(n)", "m": "m"}, [], "succ(succ(n) + m)"),
        (h, {"n": "n"}, [0], "succ(succ(n + m))"),
        (add_succ, {"n": "n", "m": "m"}, [0], "succ(n + succ(m))", True),
    )
    q1 = p.step(
        "discharge", "forall x : Nat. succ(x) + succ(m) = succ(x + succ(m))", q, scopes=[inner]
    )
    succ_add = p.step(
        "induction", "forall m, n : Nat. succ(n) + m = succ(n + m)", q0, q1, scopes=[base, step]
    )
    p.theorem("succ_add", succ_add)

    base = p.open()
    inner = p.open({"n": "Nat"})
    q = p.chain(
        "n + zero", (add_zero, {"n": "n"}, [], "n"), (zero_add, {"n": "n"}, [], "zero + n", True)
    )
    q0 = p.step("discharge", "forall n : Nat. n + zero = zero + n", q, scopes=[inner])
    p.leave()
    step = p.open({"m": "Nat"}, "forall n : Nat. n + m = m + n")
    h = p.hypothesis()
    inner = p.open({"n": "Nat"})
    q = p.chain(
        "n + succ(m)",
        (add_succ, {"n": "n", "m": "m"}, [], "succ(n + m)"),
        (h, {"n": "n"}, [0], "succ(m + n)"),
        (succ_add, {"n": "m", "m": "n"}, [], "succ(m) + n", True),
    )
    q1 = p.step("discharge", "forall n : Nat. n + succ(m) = succ(m) + n", q, scopes=[inner])
    comm = p.step("induction", "forall m, n : Nat. n + m = m + n", q0, q1, scopes=[base, step])
    p.theorem("add_comm", comm, "forall b : Nat. forall a : Nat. a + b = b + a")

    base = p.open()
    inner = p.open({"n": "Nat", "m": "Nat"})
    q = p.chain(
        "n + m + zero",
        (add_zero, {"n": "n + m"}, [], "n + m"),
        (add_zero, {"n": "m"}, [1], "n + (m + zero)", True),
    )
    q0 = p.step("discharge", "forall n, m : Nat. n + m + zero = n + (m + zero)", q, scopes=[inner])
    p.leave()
    step = p.open({"k": "Nat"}, "forall n, m : Nat. n + m + k = n + (m + k)")
    h = p.hypothesis()
    inner = p.open({"n": "Nat", "m": "Nat"})
    q = p.chain(
        "n + m + succ(k)",
        (add_succ, {"n": "n + m", "m": "k"}, [], "succ(n + m + k)"),
        (h, {"n": "n", "m": "m"}, [0], "succ(n + (m + k))"),
        (add_succ, {"n": "n", "m": "m + k"}, [], "n + succ(m + k)", True),
        (add_succ, {"n": "m", "m": "k"}, [1], "n + (m + succ(k))", True),
    )
    q1 = p.step(
        "discharge", "forall n, m : Nat. n + m + succ(k) = n + (m + succ(k))", q, scopes=[inner]
    )
    assoc = p.step(
        "induction", "forall k, n, m : Nat. n + m + k = n + (m + k)", q0, q1, scopes=[base, step]
    )
    p.theorem("add_assoc", assoc)

    base = p.open()
    inner = p.open({"n": "Nat", "m": "Nat"}, "n + zero = m + zero")
    h = p.hypothesis()
    q = p.step("rewrite", "n = m + zero", h, add_zero, **{"with": {"n": "n"}, "at": [0]})
    q = p.step("rewrite", "n = m", q, add_zero, **{"with": {"n": "m"}, "at": [1]})
    q0 = p.step("discharge", "forall n, m : Nat. n + zero = m + zero -> n = m", q, scopes=[inner])
    p.leave()
    step = p.open({"k": "Nat"}, "forall n, m : Nat. n + k = m + k -> n = m")
    law = p.hypothesis()
    inner = p.open({"n": "Nat", "m": "Nat"}, "n + succ(k) = m + succ(k)")
    h = p.hypothesis()
    q = p.step(
        "rewrite",
        "succ(n + k) = m + succ(k)",
        h,
        add_succ,
        **{"with": {"n": "n", "m": "k"}, "at": [0]},
    )
    q = p.step(
        "rewrite",
        "succ(n + k) = succ(m + k)",
        q,
        add_succ,
        **{"with": {"n": "m", "m": "k"}, "at": [1]},
    )
    q = p.step("injectivity", "n + k = m + k", q, index=0)
    r = p.step("reflexivity", "succ(n) = succ(n)")
    r = p.step(
        "rewrite", "succ(n) = succ(m)", r, law, q, **{"with": {"n": "n", "m": "m"}, "at": [1, 0]}
    )
    r = p.step("injectivity", "n = m", r, index=0)
    q1 = p.step(
        "discharge", "forall n, m : Nat. n + succ(k) = m + succ(k) -> n = m", r, scopes=[inner]
    )
    cancel = p.step(
        "induction", "forall k, n, m : Nat. n + k = m + k -> n = m", q0, q1, scopes=[base, step]
    )
    p.theorem("add_cancel", cancel)

    clause = PEANO["definitions"]["<="][0]
    leq = p.step("definition", clause, name="<=", index=0)
    outer = p.open({"a": "Nat", "b": "Nat", "c": "Nat"}, "a <= b", "b <= c")
    found = []
    for index, (small, large) in enumerate(("ab", "bc")):
        h = p.hypothesis(index)
        witness = f"exists k : Nat. {small} + k = {large}"
        q = p.step(
            "instance",
            f"{small} <= {large} <-> ({witness})",
            leq,
            **{"with": {"n": small, "m": large}},
        )
        q = p.step("iff_left", f"{small} <= {large} -> ({witness})", q)
        found.append(p.step("modus_ponens", witness, q, h))
    first = p.open({"x": "Nat"}, "a + x = b")
    ax = p.hypothesis()
    second = p.open({"y": "Nat"}, "b + y = c")
    by = p.hypothesis()
    q = p.step("rewrite", "a + x + y = c", by, ax, **{"with": {}, "at": [0, 0], "reverse": True})
    q = p.step(
        "rewrite",
        "a + (x + y) = c",
        q,
        assoc,
        **{"with": {"k": "y", "n": "a", "m": "x"}, "at": [0]},
    )
    q = p.step("exists_intro", "exists k : Nat. a + k = c", q, **{"with": {"k": "x + y"}})
    r = p.step(
        "instance", "a <= c <-> (exists k : Nat. a + k = c)", leq, **{"with": {"n": "a", "m": "c"}}
    )
    r = p.step("iff_right", "(exists k : Nat. a + k = c) -> a <= c", r)
    q = p.step("modus_ponens", "a <= c", r, q)
    q = p.step("exists_elim", "a <= c", found[1], q, scopes=[second])
    q = p.step("exists_elim", "a <= c", found[0], q, scopes=[first])
    q = p.step("discharge", "forall a, b, c : Nat. a <= b -> b <= c -> a <= c", q, scopes=[outer])
    p.theorem("le_trans", q)
    return p


def propositions() -> Proof:
    """The rules for the connectives, on equations between numbers."""
    p = Proof(PEANO)
    outer = p.open({"n": "Nat"}, "not not n = zero")
    h = p.hypothesis()
    inner = p.open({}, "n != zero")
    q = p.step("modus_ponens", "false", h, p.hypothesis())
    q = p.step("contradiction", "n = zero", q, scopes=[inner])
    q = p.step("discharge", "forall n : Nat. not not n = zero -> n = zero", q, scopes=[outer])
    p.theorem("double_negation", q)

    outer = p.open({"n": "Nat"})
    inner = p.open({}, "succ(n) = zero")
    q = p.step("disjointness", "false", p.hypothesis())
    q = p.step("negation", "succ(n) != zero", q, scopes=[inner])
    q = p.step("discharge", "forall n : Nat. succ(n) != zero", q, scopes=[outer])
    p.theorem("succ_not_zero", q)

    outer = p.open({"n": "Nat", "m": "Nat"})
    middle = p.step("excluded_middle", "n = m or n != m")
    left = p.open({}, "n = m")
    q0 = p.step("or_right", "n != m or n = m", p.hypothesis())
    p.leave()
    right = p.open({}, "n != m")
    q1 = p.step("or_left", "n != m or n = m", p.hypothesis())
    q = p.step("cases", "n != m or n = m", middle, q0, q1, scopes=[left, right])
    q = p.step("discharge", "forall n, m : Nat. n != m or n = m", q, scopes=[outer])
    p.theorem("decidable", q)

    outer = p.open({"n": "Nat", "m": "Nat"})
    there = p.open({}, "n = m")
    q = p.step("symmetry", "m = n", p.hypothesis())
    one = p.step("discharge", "n = m -> m = n", q, scopes=[there])
    back = p.open({}, "m = n")
    q = p.step("symmetry", "n = m", p.hypothesis())
    other = p.step("discharge", "m = n -> n = m", q, scopes=[back])
    q = p.step("iff_intro", "n = m <-> m = n", one, other)
    swap = p.step("discharge", "forall n, m : Nat. n = m <-> m = n", q, scopes=[outer])
    p.theorem("swap", swap)

    outer = p.open({"n": "Nat"}, "n = zero and zero = succ(n)")
    h = p.hypothesis()
    a = p.step("and_left", "n = zero", h)
    b = p.step("and_right", "zero = succ(n)", h)
    c = p.step("transitivity", "n = succ(n)", a, b)
    c = p.step("and_intro", "n = succ(n) and n = zero", c, a)
    c = p.step(
        "rewrite",
        "succ(n) = n and n = zero",
        c,
        swap,
        **{"with": {"n": "n", "m": "succ(n)"}, "at": [0]},
    )
    d = p.step("disjointness", "false", b)
    d = p.step("ex_falso", "exists x : Nat. x + x = n", d)
    c = p.step("and_intro", "(succ(n) = n and n = zero) and (exists x : Nat. x + x = n)", c, d)
    c = p.step(
        "discharge",
        "forall n : Nat. n = zero and zero = succ(n) -> "
        "(succ(n) = n and n = zero) and (exists x : Nat. x + x = n)",
        c,
        scopes=[outer],
    )
    p.theorem("absurd", c)
    return p


LIST: Line = {
    "name": "List",
    "sorts": [],
    "data": {"Nat": NAT, "List": {"params": ["A"], "constructors": ["nil", "cons"]}},
    "functions": {
        "zero": [[], "Nat"],
        "succ": [["Nat"], "Nat"],
        "nil": [[], "List(A)"],
        "cons": [["A", "List(A)"], "List(A)"],
        "++": [["List(A)", "List(A)"], "List(A)"],
        "length": [["List(A)"], "Nat"],
    },
    "predicates": {},
    "definitions": {
        "++": [
            "forall ys : List(A). nil ++ ys = ys",
            "forall x : A, xs, ys : List(A). cons(x, xs) ++ ys = cons(x, xs ++ ys)",
        ],
        "length": [
            "length((nil : List(A))) = zero",
            "forall x : A, xs : List(A). length(cons(x, xs)) = succ(length(xs))",
        ],
    },
    "axioms": {},
    "inductions": [],
}


def lists() -> Proof:
    """xs ++ nil = xs over List(A), used at List(Nat)."""
    p = Proof(LIST)
    clauses = LIST["definitions"]["++"]
    nil_append = p.step("definition", clauses[0], name="++", index=0)
    cons_append = p.step("definition", clauses[1], name="++", index=1)
    base = p.open()
    q0 = p.step("instance", "(nil : List(A)) ++ nil = nil", nil_append, **{"with": {"ys": "nil"}})
    p.leave()
    step = p.open({"x": "A", "xs": "List(A)"}, "xs ++ nil = xs")
    h = p.hypothesis()
    q1 = p.chain(
        "cons(x, xs) ++ nil",
        (cons_append, {"x": "x", "xs": "xs", "ys": "nil"}, [], "cons(x, xs ++ nil)"),
        (h, {}, [1], "cons(x, xs)"),
    )
    right = p.step("induction", "forall xs : List(A). xs ++ nil = xs", q0, q1, scopes=[base, step])
    p.theorem("append_nil", right)
    at_nat = p.step(
        "instance",
        "forall xs : List(Nat). xs ++ nil = xs",
        right,
        **{"with": {}, "sorts": {"A": "Nat"}},
    )
    p.theorem("append_nil_nat", at_nat)
    clauses = LIST["definitions"]["length"]
    length_nil = p.step("definition", clauses[0], name="length", index=0)
    length_nil = p.step(
        "instance",
        "length((nil : List(List(Nat)))) = zero",
        length_nil,
        **{"with": {}, "sorts": {"A": "List(Nat)"}},
    )
    p.theorem("length_nil", length_nil)
    length_cons = p.step("definition", clauses[1], name="length", index=1)
    scope = p.open({"n": "Nat", "b": "B"})
    q = p.step("reflexivity", "length(cons(n, nil) ++ nil) = length(cons(n, nil) ++ nil)")
    q = p.step(
        "rewrite",
        "length(cons(n, nil) ++ nil) = length(cons(n, nil))",
        q,
        right,
        **{"with": {"xs": "cons(n, nil)"}, "at": [1, 0], "sorts": {"A": "Nat"}},
    )
    q = p.step(
        "rewrite",
        "length(cons(n, nil) ++ nil) = succ(length((nil : List(Nat))))",
        q,
        length_cons,
        **{"with": {"x": "n", "xs": "nil"}, "at": [1], "sorts": {"A": "Nat"}},
    )
    q = p.step(
        "discharge",
        "forall n : Nat, b : B. length(cons(n, nil) ++ nil) = succ(length((nil : List(Nat))))",
        q,
        scopes=[scope],
    )
    p.theorem("length_one", q)
    scope = p.open(
        {"x": "A", "y": "A", "xs": "List(A)", "ys": "List(A)"}, "cons(x, xs) = cons(y, ys)"
    )
    q = p.step("injectivity", "xs = ys", p.hypothesis(), index=1)
    q = p.step(
        "discharge",
        "forall x, y : A, xs, ys : List(A). cons(x, xs) = cons(y, ys) -> xs = ys",
        q,
        scopes=[scope],
    )
    p.theorem("cons_injective", q)
    return p


GROUP: Line = {
    "name": "Group",
    "sorts": ["G"],
    "data": {},
    "functions": {"e": [[], "G"], "inv": [["G"], "G"], "*": [["G", "G"], "G"]},
    "predicates": {},
    "definitions": {},
    "axioms": {
        "assoc": "forall x, y, z : G. x * y * z = x * (y * z)",
        "left_identity": "forall x : G. e * x = x",
        "left_inverse": "forall x : G. inv(x) * x = e",
    },
    "inductions": [],
}


def group() -> Proof:
    """x * inv(x) = e from the left axioms, by rewriting both ways."""
    p = Proof(GROUP)
    assoc, identity, inverse = (p.axiom(name) for name in GROUP["axioms"])
    scope = p.open({"x": "G"})
    i, j = "inv(x)", "inv(inv(x))"
    q = p.chain(
        f"x * {i}",
        (identity, {"x": f"x * {i}"}, [], f"e * (x * {i})", True),
        (inverse, {"x": i}, [0], f"{j} * {i} * (x * {i})", True),
        (assoc, {"x": j, "y": i, "z": f"x * {i}"}, [], f"{j} * ({i} * (x * {i}))"),
        (assoc, {"x": i, "y": "x", "z": i}, [1], f"{j} * ({i} * x * {i})", True),
        (inverse, {"x": "x"}, [1, 0], f"{j} * (e * {i})"),
        (identity, {"x": i}, [1], f"{j} * {i}"),
        (inverse, {"x": i}, [], "e"),
    )
    q = p.step("discharge", "forall x : G. x * inv(x) = e", q, scopes=[scope])
    p.theorem("right_inverse", q)
    return p


CORE: Line = {
    "name": "Core",
    "sorts": ["Universe"],
    "data": {},
    "functions": {},
    "predicates": {"in": ["Universe"] * 2, "in2": ["Universe"] * 3, "Numbers": ["Universe"] * 3},
    "definitions": {
        "Numbers": [
            "forall N, i0, s : Universe. Numbers(N, i0, s) <-> in(i0, N) and "
            "(forall x, y : Universe. in(x, N) and in2(x, y, s) -> in(y, N))"
        ]
    },
    "axioms": {},
    "inductions": [
        {"definition": "Numbers", "params": ["N", "i0", "s"], "set": "N", "from": "i0", "by": "s"}
    ],
}


def core() -> Proof:
    """Every member of N is i0 or has a predecessor, by induction on the set; + is a variable."""
    p = Proof(CORE)
    outer = p.open({"+": "Universe", "i0": "Universe", "s": "Universe"}, "Numbers((+), i0, s)")
    d = p.hypothesis()

    def goal(x: str) -> str:
        return f"{x} = i0 or (exists z : Universe. in(z, (+)) and in2(z, {x}, s))"

    q = p.step("reflexivity", "i0 = i0")
    base = p.step("or_left", goal("i0"), q)
    inner = p.open({"x": "Universe", "y": "Universe"}, "in(x, (+))", "in2(x, y, s)", goal("x"))
    q = p.step("and_intro", "in(x, (+)) and in2(x, y, s)", p.hypothesis(0), p.hypothesis(1))
    q = p.step(
        "exists_intro",
        "exists z : Universe. in(z, (+)) and in2(z, y, s)",
        q,
        **{"with": {"z": "x"}},
    )
    q = p.step("or_right", goal("y"), q)
    q = p.step(
        "set_induction",
        f"forall x : Universe. in(x, (+)) -> {goal('x')}",
        d,
        base,
        q,
        scopes=[inner],
        index=0,
    )
    q = p.step(
        "discharge",
        "forall N, i0, s : Universe. Numbers(N, i0, s) -> (forall x : Universe."
        " in(x, N) -> x = i0 or (exists z : Universe. in(z, N) and in2(z, x, s)))",
        q,
        scopes=[outer],
    )
    p.theorem("predecessor", q)
    return p


SAMPLES: dict[str, Callable[[], Proof]] = {
    f.__name__: f for f in (addition, propositions, lists, group, core)
}
