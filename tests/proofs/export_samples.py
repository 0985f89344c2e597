"""Certificates for the exporters: what the samples of the checker lack.

All of them pass the checker; together they have every rule, every connective that a rewriting step
can go through, definitions of every shape, types that may be empty, and names that are words or
quotes of the systems that they are exported to.
"""

from __future__ import annotations

from collections.abc import Callable

import mpl
from proofs.certificate import theory_object
from tests.proofs.building import Line, Proof
from tests.proofs.samples import ARITHMETIC, LIST, NAT

CONTEXTS = (
    "not {}",
    "{} and n = n",
    "n = n and {}",
    "{} or n = n",
    "n = n or {}",
    "{} -> n = n",
    "n = n -> {}",
    "({}) <-> n = n",
    "n = n <-> {}",
    "forall x, y : Nat. {} or x = y",
    "exists x, y : Nat. ({} -> (not x = y and n = x))",
)

LOGIC: Line = {
    "name": "Logic",
    "sorts": [],
    "data": {"Nat": NAT},
    "functions": ARITHMETIC,
    "predicates": {"p": ["Nat"], "q": ["Nat"], "r": ["Nat", "Nat", "Nat"]},
    "definitions": {},
    "axioms": {
        "same": "forall n : Nat. p(n) <-> q(n)",
        "r_all": "forall x, y, z : Nat. r(x, y, z)",
        "three": "forall n : Nat. p(n) or n = zero or q(n)",
        "when": "forall n, m : Nat. q(n) -> n + m = m",
    },
    "inductions": [],
}


def equivalences() -> Proof:
    """Rewriting with <-> through every connective, and with = below quantifiers."""
    p = Proof(LOGIC)
    same = p.axiom("same")
    when = p.axiom("when")
    for number, context in enumerate(CONTEXTS):
        old, new = context.format("p(n)"), context.format("q(n)")
        path = {0: [0], 1: [0], 2: [1], 3: [0], 4: [1], 5: [0], 6: [1], 7: [0], 8: [1]}.get(
            number, [0, 0]
        )
        scope = p.open({"n": "Nat"}, old)
        q = p.step("rewrite", new, p.hypothesis(), same, **{"with": {"n": "n"}, "at": path})
        back = {"with": {"n": "n"}, "at": path, "reverse": True}
        q = p.step("rewrite", old, q, same, **back)
        q = p.step("rewrite", new, q, same, **{"with": {"n": "n"}, "at": path})
        q = p.step("discharge", f"forall n : Nat. ({old}) -> ({new})", q, scopes=[scope])
        p.theorem(f"through_{number}", q)
    old = "exists x : Nat. forall y, z : Nat. not n + x != n + n"
    scope = p.open({"n": "Nat"}, "q(n)", "exists x : Nat. forall y, z : Nat. not n + x != n + n")
    h = p.hypothesis(1)
    new = "exists x : Nat. forall y, z : Nat. not n + x != n"
    q = p.step(
        "rewrite",
        new,
        h,
        when,
        p.hypothesis(0),
        **{"with": {"n": "n", "m": "n"}, "at": [0, 0, 0, 0, 1]},
    )
    q = p.step("discharge", f"forall n : Nat. q(n) -> ({old}) -> ({new})", q, scopes=[scope])
    p.theorem("below_quantifiers", q)
    return p


def quantifiers() -> Proof:
    """Partial instances, several witnesses, three cases."""
    p = Proof(LOGIC)
    r_all, three = p.axiom("r_all"), p.axiom("three")
    p.theorem("an_axiom", r_all)
    q = p.step("instance", "forall y, z : Nat. r(zero, y, z)", r_all, **{"with": {"x": "zero"}})
    p.theorem("partial", q)
    p.theorem("partial_again", q, "forall x : Nat. forall y : Nat. r(zero, x, y)")
    scope = p.open({"x": "Nat"})
    q = p.step(
        "instance", "forall a, b : Nat. r(succ(x), a, b)", r_all, **{"with": {"x": "succ(x)"}}
    )
    q = p.step("discharge", "forall y, a, b : Nat. r(succ(y), a, b)", q, scopes=[scope])
    p.theorem("no_capture", q)
    q = p.step(
        "instance", "r(zero, succ(zero), zero + zero)", r_all,
        **{"with": {"x": "zero", "y": "succ(zero)", "z": "zero + zero"}},
    )  # fmt: skip
    some = "exists x, y, z : Nat. r(x, y, z + x)"
    q = p.step("exists_intro", some, q, **{"with": {"x": "zero", "y": "succ(zero)", "z": "zero"}})
    p.theorem("witnesses", q)
    first = p.open({"a": "Nat", "b": "Nat", "c": "Nat"}, "r(a, b, c + a)")
    h = p.hypothesis()
    inner = p.step("exists_intro", "exists v : Nat. r(a, b, v)", h, **{"with": {"v": "c + a"}})
    inner = p.step(
        "exists_intro", "exists s, t, u : Nat. r(s, t, u)", h,
        **{"with": {"s": "a", "t": "b", "u": "c + a"}},
    )  # fmt: skip
    q = p.step("exists_elim", "exists s, t, u : Nat. r(s, t, u)", q, inner, scopes=[first])
    p.theorem("witnesses_again", q)

    outer = p.open({"n": "Nat"}, "p(n)")
    hp = p.hypothesis()
    all_three = p.step("instance", "p(n) or n = zero or q(n)", three, **{"with": {"n": "n"}})

    def both() -> int:
        return p.step("and_intro", "p(n) and n = n", hp, p.step("reflexivity", "n = n"))

    def case(assumption: str) -> tuple[int, int]:
        scope = p.open({}, assumption)
        end = both()
        p.leave()
        return scope, end

    first, end = case("p(n)")
    rest = p.open({}, "n = zero or q(n)")
    h = p.hypothesis()
    left, left_end = case("n = zero")
    right, right_end = case("q(n)")
    q = p.step("cases", "p(n) and n = n", h, left_end, right_end, scopes=[left, right])
    p.leave()
    q = p.step("cases", "p(n) and n = n", all_three, end, q, scopes=[first, rest])
    q = p.step("and_left", "p(n)", q)
    q = p.step("discharge", "forall n : Nat. p(n) -> p(n)", q, scopes=[outer])
    p.theorem("cases", q)
    scope = p.open({}, "false")
    q = p.step("ex_falso", "true", p.hypothesis())
    q = p.step("discharge", "false -> not false", q, scopes=[scope])
    p.theorem("true", q)
    return p


CHOICE: Line = {
    **LIST,
    "name": "Choice",
    "sorts": ["G"],
    "functions": {
        **LIST["functions"],
        "pick": [["List(A)"], "A"],
        "some": [[], "A"],
        "twice": [["A"], "A"],
        "g": [[], "G"],
    },
    "predicates": {"member": ["A", "List(A)"]},
    "definitions": {
        "++": LIST["definitions"]["++"],
        "length": LIST["definitions"]["length"],
        "twice": ["forall x : A. twice(x) = pick(cons(x, cons((some : A), nil)))"],
    },
    "axioms": {
        "picks": "forall xs : List(A). xs = nil or member(pick(xs), xs)",
        "inhabited": "exists x : A. x = x",
    },
}


def choice() -> Proof:
    """Functions and axioms that hold for all sorts, because sorts are not empty."""
    p = Proof(CHOICE)
    picks, inhabited = p.axiom("picks"), p.axiom("inhabited")
    p.theorem("inhabited_again", inhabited)
    q = p.step(
        "instance", "forall xs : List(List(Nat)). xs = nil or member(pick(xs), xs)", picks,
        **{"with": {}, "sorts": {"A": "List(Nat)"}},
    )  # fmt: skip
    p.theorem("at_lists", q)
    q = p.step(
        "instance", "forall xs : List(G). xs = nil or member(pick(xs), xs)", picks,
        **{"with": {}, "sorts": {"A": "G"}},
    )  # fmt: skip
    p.theorem("at_g", q)
    q = p.step("definition", CHOICE["definitions"]["twice"][0], name="twice", index=0)
    p.theorem("twice", q)
    # A type parameter that the theorem does not show.
    scope = p.open({"b": "B"})
    q = p.step("reflexivity", "(some : B) = some")
    q = p.step("discharge", "forall b : B. (some : B) = some", q, scopes=[scope])
    p.theorem("hidden", q)
    first = p.open({"b": "B"}, "zero = length((nil : List(B)))")
    inner = p.step("symmetry", "length((nil : List(B))) = zero", p.hypothesis())
    claim = "zero = length((nil : List(B))) -> length((nil : List(B))) = zero"
    q = p.step("discharge", f"forall b : B. {claim}", inner, scopes=[first])
    p.theorem("nothing", q)
    return p


def hidden_parameter() -> Proof:
    """A sort that occurs in the proof only: any will do."""
    p = Proof(LIST)
    nothing = p.step("definition", "length((nil : List(A))) = zero", name="length", index=0)
    again = p.step("symmetry", "zero = length((nil : List(A)))", nothing)
    q = p.step("transitivity", "zero = zero", again, nothing)
    p.theorem("zero_is_zero", q)
    scope = p.open({}, "zero = succ(zero)")
    h = p.hypothesis()
    q = p.step("transitivity", "zero = zero", again, nothing)
    q = p.step("transitivity", "zero = succ(zero)", q, h)
    q = p.step("discharge", "zero = succ(zero) -> zero = succ(zero)", q, scopes=[scope])
    p.theorem("shadow", q)
    return p


DEFINITIONS = {
    "structural": """theory Structural
data Nat = zero | succ(Nat)
data Bool = tt | ff
data List(A) = nil | cons(A, List(A))
data Pair(A, B) = pair(A, B)
var n, m, k : Nat
var a, b : Bool
var x : A
var y : B
var ks : List(Nat)
func half(Nat) -> Nat {
  half(zero) = zero
  half(succ(zero)) = zero
  half(succ(succ(n))) = succ(half(n))
}
func max(Nat, Nat) -> Nat {
  max(zero, m) = m
  max(succ(n), zero) = succ(n)
  max(succ(n), succ(m)) = succ(max(n, m))
}
func and2(Bool, Bool) -> Bool {
  and2(a, ff) = ff
  and2(ff, tt) = ff
  and2(tt, tt) = tt
}
func first(Pair(A, B)) -> A {
  first(pair(x, y)) = x
}
func last(Nat, List(Nat)) -> Nat {
  last(n, nil) = n
  last(n, cons(m, nil)) = m
  last(n, cons(m, cons(k, ks))) = last(n, cons(k, ks))
}
define one := succ(zero)
""",
    "conditional": """theory Conditional
data Nat = zero | succ(Nat)
data Colour = red | green(Nat) | blue
data List(A) = nil | cons(A, List(A))
sort P
pred (<=)(P, P)
pred even(Nat)
var n, m : Nat
var x, y : P
var xs : List(P)
var c, d : Colour
var cs : List(Colour)
var a, b : A
var as : List(A)
func insert(P, List(P)) -> List(P) {
  insert(x, nil) = cons(x, nil)
  insert(x, cons(y, xs)) = if x <= y then cons(x, cons(y, xs)) else cons(y, insert(x, xs))
}
func count(Colour, List(Colour)) -> Nat {
  count(c, nil) = zero
  count(c, cons(d, cs)) = if c = d then succ(count(c, cs)) else count(c, cs)
}
func member(A, List(A)) -> Nat {
  member(a, nil) = zero
  member(a, cons(b, as)) = if a = b then succ(zero) else member(a, as)
}
func odd(Nat, Nat) -> Nat {
  odd(n, zero) = if even(n) then (if exists m. n = succ(m) then n else zero) else succ(n)
  odd(zero, succ(m)) = if not even(m) then zero else m
  odd(succ(n), succ(m)) = odd(n, m)
}
""",
    "other": """theory Other
data Nat = zero | succ(Nat)
var n, m : Nat
func ack(Nat, Nat) -> Nat {
  ack(zero, m) = succ(m)
  ack(succ(n), zero) = ack(n, succ(zero))
  ack(succ(n), succ(m)) = ack(n, ack(succ(n), m))
}
func turn(Nat, Nat) -> Nat {
  turn(zero, m) = m
  turn(succ(n), m) = turn(m, n)
}
define n <= m := exists k : Nat. turn(n, k) = m
define n < m := n <= m and n != m
define two := succ(succ(zero))
define small(n) := n < two
""",
}


def definitions(name: str) -> Callable[[], Proof]:
    """Every clause of every definition of a theory as a theorem."""

    def build() -> Proof:
        p = Proof(theory_object(mpl.parse_theory(DEFINITIONS[name])))
        for symbol, clauses in p.lines[0]["theory"]["definitions"].items():
            for index, clause in enumerate(clauses):
                q = p.step("definition", clause, name=symbol, index=index)
                p.theorem(f"{symbol}.{index}", q)
        return p

    return build


TREES: Line = {
    "name": "Trees",
    "data": {
        "Tree": {"params": ["A"], "constructors": ["tree"]},
        "Forest": {"params": ["B"], "constructors": ["empty", "grow"]},
        "Rose": {"params": [], "constructors": ["rose"]},
        "Many": {"params": ["C"], "constructors": ["none", "more"]},
    },
    "functions": {
        "tree": [["A", "Forest(A)"], "Tree(A)"],
        "empty": [[], "Forest(B)"],
        "grow": [["Tree(B)", "Forest(B)"], "Forest(B)"],
        "rose": [["Many(Rose)"], "Rose"],
        "none": [[], "Many(C)"],
        "more": [["C", "Many(C)"], "Many(C)"],
    },
}


def trees() -> Proof:
    """Induction on types that need each other: only what is of the type itself is smaller."""
    p = Proof(TREES)
    one = p.open({"a": "A", "f": "Forest(A)"})
    q = p.step("reflexivity", "tree(a, f) = tree(a, f)")
    q = p.step("induction", "forall t : Tree(A). t = t", q, scopes=[one])
    p.theorem("trees", q)
    zero = p.open()
    q0 = p.step("reflexivity", "(empty : Forest(B)) = empty")
    p.leave()
    more = p.open({"t": "Tree(B)", "f": "Forest(B)"}, "f = f")
    q1 = p.step("reflexivity", "grow(t, f) = grow(t, f)")
    q = p.step("induction", "forall f : Forest(B). f = f", q0, q1, scopes=[zero, more])
    p.theorem("forests", q)
    one = p.open({"r": "Many(Rose)"})
    q = p.step("reflexivity", "rose(r) = rose(r)")
    q = p.step("induction", "forall r : Rose. r = r", q, scopes=[one])
    p.theorem("roses", q)
    scope = p.open({}, "rose(none) = rose(more(rose(none), none))")
    q = p.step("injectivity", "none = more(rose(none), none)", p.hypothesis(), index=0)
    q = p.step("disjointness", "false", q)
    q = p.step(
        "discharge",
        "rose(none) = rose(more(rose(none), none)) -> false",
        q,
        scopes=[scope],
    )
    p.theorem("not_more", q)
    return p


LONG = "a" * 10_000
HOSTILE: Line = {
    "name": '"*)(*<script>',
    "sorts": ["Set", "2nd", LONG],
    "data": {"Type": {"params": ["Prop"], "constructors": ["match", "fun'"]}},
    "functions": {
        "match": [[], "Type(Prop)"],
        "fun'": [["Prop", "Type(Prop)"], "Type(Prop)"],
        "end": [["Set", "Set"], "Set"],
        "'": [[], "Set"],
        "I": [["2nd"], "2nd"],
        "*": [[LONG, LONG], LONG],
        "x1": [["Set"], "Set"],
        "exact": [[], "Set"],
        "zero_1": [[], "Set"],
    }
    | {LONG: [["Set"], "Set"], LONG + "b": [["Set"], "Set"]},
    "predicates": {"eq": ["Set", "Set"], "not_": [], "conj": ["Set"], "with": ["Set"]},
    "definitions": {},
    "axioms": {
        '"': "forall H1, h2 : Set. eq(H1, h2) -> H1 = h2",
        "*)": f"forall x, (**) : {LONG}. x * (**) = (**) * x",
        "Qed.": "with(')",
        "(*": "forall P : Type(Prop). P = match",
    },
    "inductions": [],
}


def hostile() -> Proof:
    """Names that are words, quotes or comments elsewhere, and very long ones."""
    p = Proof(HOSTILE)
    for name in HOSTILE["axioms"]:
        axiom = p.axiom(name)
        p.theorem(f"{name}{name}", axiom)
    scope = p.open({"IH": "Set", "z": "Set", "goal": "Set"}, "eq(IH, z)")
    h = p.hypothesis()
    q = p.step("instance", "eq(IH, z) -> IH = z", 1, **{"with": {"H1": "IH", "h2": "z"}})
    q = p.step("modus_ponens", "IH = z", q, h)
    q = p.step("rewrite", "z = z", q, q, **{"with": {}, "at": [0]})
    r = p.step("reflexivity", f"{LONG}(x1(IH)) = {LONG}(x1(IH))")
    eq = p.step("instance", "eq(IH, z) -> IH = z", 1, **{"with": {"H1": "IH", "h2": "z"}})
    eq = p.step("modus_ponens", "IH = z", eq, h)
    r = p.step("rewrite", f"{LONG}(x1(IH)) = {LONG}(x1(z))", r, eq, **{"with": {}, "at": [1, 0, 0]})
    q = p.step("and_intro", f"z = z and {LONG}(x1(IH)) = {LONG}(x1(z))", q, r)
    q = p.step(
        "discharge",
        f"forall IH, z, goal : Set. eq(IH, z) -> z = z and {LONG}(x1(IH)) = {LONG}(x1(z))",
        q,
        scopes=[scope],
    )
    p.theorem("<script>alert(1)</script>", q)
    return p


EXPORT_SAMPLES: dict[str, Callable[[], Proof]] = {
    **{f.__name__: f for f in (equivalences, quantifiers, choice, hidden_parameter, trees)},
    **{f"{name}_definitions": definitions(name) for name in DEFINITIONS},
    "hostile": hostile,
}
