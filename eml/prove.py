"""Certified equality: PROVED with a certificate, REFUTED by disjoint balls, or NUMERIC.

Both sides are brought to the normal form of :mod:`eml.normal`, each step recorded; equal normal
forms make a theorem over ``mpl/library/elementary.mpl``, which the independent checker must accept.
What a law needs and nothing gives becomes a premise: the premises are the domain on which the
theorem holds. A proof whose premises hold at none of the test points is thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import mpmath
import sympy

from eml import balls
from eml.evaluate import evaluate_mp, magnitude
from eml.laws import COMPLEX, UNIT, Chain, Equation, Proof, elementary, extended, reverse
from eml.normal import Normalizer
from eml.numeric import value_of
from eml.regions import REGIONS
from eml.semantics import Semantics
from eml.sums import Sum, term_of
from eml.translate import to_term
from eml.tree import Tree
from logic.errors import PorismError
from logic.formulas import Atom, Equal, Formula, Not, forall, implies
from logic.mathml import MathML
from logic.notebook import fragment, plain, table
from logic.printing import show_in
from logic.terms import App, Term, Var
from proofs.certificate import certificate
from proofs.check import Rejected, check
from proofs.graph import ROOT, ProofGraph, Theorem
from proofs.verdict import Verdict

Side: TypeAlias = "Tree | sympy.Expr"

MOST_DIGITS = 20_000

DOMAINS = ("complex", "real", "positive")
"""What the variables range over, from the weakest assumption to the strongest."""

_FRACTIONS = ("3/7", "5/3", "17/5", "2/9", "7/4", "13/3", "8/11", "5/2")


class Unprovable(Exception):
    """The laws do not lead to a finite normal form under this semantics."""


@dataclass(frozen=True)
class Equality:
    """What is known about an equation.

    Attributes
    ----------
    verdict : PROVED, REFUTED, NUMERIC or UNKNOWN.
    domain : where the equation is proved, in words.
    graph : the proof, with one theorem, if there is one.
    """

    verdict: Verdict
    semantics: Semantics
    domain: str = ""
    graph: ProofGraph | None = None
    premises: tuple[str, ...] = ()

    @property
    def certificate(self) -> str:
        """The proof as a certificate's text; empty without one."""
        return certificate(self.graph) if self.graph else ""

    def _repr_html_(self) -> str:
        facts = [("semantics", plain(self.semantics.value)), ("domain", plain(self.domain))]
        facts += [("provided that", plain(premise)) for premise in self.premises]
        if self.graph:
            mathml = MathML(self.graph.theory.signature)
            theorems = self.graph.theorems.values()
            facts += [("theorem", mathml.statement(t.formula)) for t in theorems]
        status, detail = plain(self.verdict.status), plain(self.verdict.detail)
        rows = ((head, cell) for head, cell in facts if cell)
        return fragment(f"<p><b>{status}</b> {detail}</p>{table('', rows)}")


def prove(
    left: Side,
    right: Side,
    semantics: Semantics = Semantics.COMPLEX_EXTENDED,
    domain: str = "",
    digits: int = 50,
    region: str = "",
) -> Equality:
    """Whether two trees or expressions are equal.

    Parameters
    ----------
    domain : what the variables range over: ``complex``, ``real`` or ``positive``. Without it, the
        largest for which a proof is found, and positive points for the numerical test.
    digits : how far the numerical test goes.
    region : where on the real axis it goes, such as ``"in (0, 1)"``; by default as the domain says.

    Examples
    --------
    >>> from eml.rpn import parse_rpn
    >>> prove(parse_rpn("11xE1EE"), sympy.log(sympy.Symbol("x")), Semantics.REAL).domain
    'x > 0'
    """
    if domain and domain not in DOMAINS:
        raise PorismError(f"There is no domain '{domain}'.", hint=f"Choose {', '.join(DOMAINS)}.")
    names = sorted({*_names(left), *_names(right)})
    points = points_of(names, domain or "positive", region)
    agreement = _agreement(left, right, points, semantics, digits)
    if agreement.status == "REFUTED":
        return Equality(agreement, semantics, domain)
    domains = [domain] if domain else DOMAINS
    for bold, assumed in [(bold, assumed) for bold in (False, True) for assumed in domains]:
        if assumed == "complex" and (semantics.is_real or not names or bold):
            continue
        try:
            proof = _derive(left, right, names, semantics, assumed, bold)
        except (Unprovable, RecursionError, PorismError):
            continue
        if proof is None or not _premises_hold(proof, points):
            continue
        graph = proof.graph
        try:
            check(certificate(graph).splitlines(keepends=True))
        except Rejected as error:
            raise RuntimeError(f"the independent checker rejects a proof ({error})") from error
        premises = tuple(show_in(graph.theory, h) for h in proof.hypotheses)
        return Equality(
            Verdict("PROVED", "equation"),
            semantics,
            describe(proof.hypotheses, names),
            graph,
            premises,
        )
    return Equality(agreement, semantics, domain or ("positive" if names else ""))


def _names(side: Side) -> Sequence[str]:
    if isinstance(side, Tree):
        return side.variables
    return [str(s.name) for s in side.free_symbols]


# -- derivation ------------------------------------------------------------------------------


def _derive(
    left: Side,
    right: Side,
    names: Sequence[str],
    semantics: Semantics,
    assumed: str,
    bold: bool,
) -> Proof | None:
    """A finished proof; None if the normal forms differ."""
    variables = [Var(name, COMPLEX) for name in names]
    hypotheses: list[Formula] = (
        [] if assumed == "complex" else [Atom(assumed, (v,)) for v in variables]
    )
    for _ in range(8):
        proof = Proof(variables, hypotheses)
        normalizer = Normalizer(proof, bold)
        first = _normal(left, normalizer, semantics)
        second = _normal(right, normalizer, semantics)
        equation = _join(normalizer, first, second)
        if equation is None:
            return None
        if not proof.demands:
            _conclude(proof, variables, equation)
            return proof
        hypotheses = [*hypotheses, *proof.demands]
    return None


def _join(
    normalizer: Normalizer, first: tuple[Any, Equation], second: tuple[Any, Equation]
) -> Equation | None:
    """One equation from two that lead to normal forms; None if these are not equal."""
    (a, left), (b, right) = first, second
    chain = Chain(normalizer.proof, left.left).use(left)
    if a != b:
        if isinstance(a, str) or isinstance(b, str):
            return None
        middle = normalizer.equal(a, b)
        if middle is None:
            return None
        chain.use(middle, 0)
    return chain.use(reverse(normalizer.proof, right)).equation


def _conclude(proof: Proof, variables: list[Var], equation: Equation) -> None:
    step, start = equation.step, equation.left
    if step is None:
        step = proof.graph.add(proof.scope, "reflexivity", (), Equal(start, start))
    formula = forall(variables, implies(proof.hypotheses, proof.graph.step(step).formula))
    last = proof.graph.add(ROOT, "discharge", (step,), formula, scopes=(proof.scope,))
    proof.graph.conclude(Theorem("equation", last, formula, "goal", True, "normal forms"))


def _normal(side: Side, normalizer: Normalizer, semantics: Semantics) -> tuple[Any, Equation]:
    if isinstance(side, Tree):
        return TreeNormalizer(normalizer, semantics).normal(side)
    form, equation = normalizer.normal(to_term(side))
    start = extended("finite", equation.left)
    return form, Chain(normalizer.proof, start).use(equation, 0).equation


@dataclass
class TreeNormalizer:
    """The normal form of an eml tree: a sum, or one of the infinities by name."""

    normalizer: Normalizer
    semantics: Semantics
    values: dict[int, tuple[Sum | str, Equation]] = field(default_factory=dict)

    def normal(self, tree: Tree) -> tuple[Sum | str, Equation]:
        for part in tree.subtrees():
            if part.left is None or part.right is None:
                term: Term = UNIT if part.label == "1" else Var(part.label, COMPLEX)
                form, _ = self.normalizer.normal(term)
                whole = extended("finite", term)
                self.values[id(part)] = form, Equation(whole, whole, None)
            else:
                self.values[id(part)] = self._node(part, part.left, part.right)
        return self.values[id(tree)]

    def zeros(self) -> frozenset[int]:
        """The subtrees whose normal form is zero."""
        return frozenset(i for i, (form, _) in self.values.items() if form == ())

    def _node(self, tree: Tree, left: Tree, right: Tree) -> tuple[Sum | str, Equation]:
        proof = self.normalizer.proof
        (a, first), (b, second) = self.values[id(left)], self.values[id(right)]
        form, equation = self._eml(a, b)
        chain = Chain(proof, extended("eml", first.left, second.left))
        chain.use(first, 0).use(second, 1).use(equation)
        return form, chain.equation

    def _eml(self, a: Sum | str, b: Sum | str) -> tuple[Sum | str, Equation]:
        """eml of two normal forms."""
        n, proof = self.normalizer, self.normalizer.proof
        infinite = isinstance(a, str) or isinstance(b, str) or b == ()
        if infinite and not self.semantics.extended:
            raise Unprovable
        if isinstance(a, str):
            if a != "minus_infinity" or isinstance(b, str) or b == ():
                raise Unprovable
            y = term_of(b)
            step = n.positive(b, True) if self.semantics.is_real else None
            step = n.nonzero(b, True)
            assert step is not None
            equation = proof.equation("eml_minus_infinity", [y], [step])
            logarithm, inner = n.ln(b)
            chain = Chain(proof, equation.left).use(equation).use(inner, 0, 0)
            form, inner = n.neg(logarithm)
            return form, chain.use(inner, 0).equation
        x = term_of(a)
        if isinstance(b, str):
            if b != "infinity":
                raise Unprovable
            return "minus_infinity", proof.equation("eml_infinity", [x])
        if b == ():
            return "infinity", proof.equation("eml_zero", [x])
        y = term_of(b)
        if self.semantics.is_real or self.semantics is Semantics.COMPLEX_LOWER:
            real, positive = n.real(a, True), n.positive(b, True)
            assert real is not None and positive is not None
            equation = proof.equation("eml_real", [x, y], [real, positive])
        else:
            step = n.nonzero(b, True)
            assert step is not None
            equation = proof.equation("eml_complex", [x, y], [step])
        chain = Chain(proof, equation.left).use(equation)
        power, inner = n.exp(a)
        chain.use(inner, 0, 0)
        logarithm, inner = n.ln(b)
        chain.use(inner, 0, 1, 0)
        negative, inner = n.neg(logarithm)
        chain.use(inner, 0, 1)
        form, inner = n.add(power, negative)
        return form, chain.use(inner, 0).equation


# -- the domain ------------------------------------------------------------------------------


def describe(premises: Sequence[Formula], names: Sequence[str]) -> str:
    """Premises in words: ``x > 0, y real, exp(1) + neg(y) != zero``."""
    positive = {p.args[0] for p in premises if isinstance(p, Atom) and p.predicate == "positive"}
    parts = []
    for premise in premises:
        if isinstance(premise, Atom):
            inner = _plain(premise.args[0])
            if premise.predicate == "positive":
                parts.append(f"{inner} > 0")
            elif premise.predicate == "strip":
                parts.append(f"-pi < Im({inner}) ≤ pi")
            elif premise.args[0] not in positive:
                parts.append(f"{inner} real")
        elif isinstance(premise, Not) and isinstance(premise.body, Equal):
            parts.append(f"{_plain(premise.body.left)} ≠ 0")
    free = [n for n in names if not any(p.startswith(f"{n} ") for p in parts)]
    return ", ".join([*parts, *(f"{n} complex" for n in free if not parts)])


def _plain(term: Term) -> str:
    return str(to_expression(term)).replace("**", "^").replace("log(", "ln(")


def to_expression(term: Term) -> sympy.Expr:
    """A term of sort Complex as a SymPy expression."""
    if isinstance(term, Var):
        return sympy.Symbol(term.name)
    assert isinstance(term, App)
    parts = [to_expression(a) for a in term.args]
    match term.symbol:
        case "zero" | "one" | "i" | "pi":
            return {"zero": sympy.S(0), "one": sympy.S(1), "i": sympy.I, "pi": sympy.pi}[
                term.symbol
            ]
        case "+":
            return parts[0] + parts[1]
        case "*":
            return parts[0] * parts[1]
        case "neg":
            return -parts[0]
        case "inv":
            return 1 / parts[0]
        case "exp":
            return sympy.exp(parts[0])
        case _:
            return sympy.log(parts[0])


def points_of(names: Sequence[str], assumed: str, region: str = "") -> list[dict[str, Any]]:
    """Rational points of a domain, or of a region of the real axis."""
    values = [sympy.Rational(text) for text in _FRACTIONS]
    if region:
        values = [sympy.Rational(str(v)) for v in dict(REGIONS)[region]]
    elif assumed != "positive":
        values = [-v if k % 2 else v for k, v in enumerate(values)]
    count = min(6, len(values)) if names else 1
    return [
        {name: values[(k + j * (k + 3)) % len(values)] for j, name in enumerate(names)}
        for k in range(count)
    ]


def _premises_hold(proof: Proof, points: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the premises hold together at some test point: else the theorem says nothing."""
    return any(all(_holds(h, point) for h in proof.hypotheses) for point in points)


def _holds(premise: Formula, point: Mapping[str, Any]) -> bool:
    if isinstance(premise, Not) and isinstance(premise.body, Equal):
        value = value_of(to_expression(premise.body.left), point, 30)
        return bool(mpmath.isfinite(value) and abs(value) > mpmath.mpf(10) ** -25)
    assert isinstance(premise, Atom)
    value = value_of(to_expression(premise.args[0]), point, 30)
    if not mpmath.isfinite(value):
        return False
    small = mpmath.mpf(10) ** -25 * (1 + abs(value))
    if premise.predicate == "strip":
        return bool(-mpmath.pi + small < mpmath.im(value) <= mpmath.pi + small)
    real = abs(mpmath.im(value)) <= small
    return bool(real and (premise.predicate == "real" or mpmath.re(value) > small))


# -- numbers ---------------------------------------------------------------------------------


def _agreement(
    left: Side,
    right: Side,
    points: Sequence[Mapping[str, Any]],
    semantics: Semantics,
    digits: int,
) -> Verdict:
    """REFUTED at a point, NUMERIC, or UNKNOWN if no point could be computed."""
    tested, reason, doubtful, hidden = 0, "", False, False
    asked = digits
    for point in points:
        values = []
        try:
            # exp(−huge) is not 0: it takes as many digits as it has zeros to see that.
            beyond = max(_magnitude(side, point, semantics) for side in (left, right))
            digits = asked + min(beyond, MOST_DIGITS)
            hidden = hidden or beyond > MOST_DIGITS
            for side in (left, right):
                values.append(_value(side, point, semantics, digits))
        except PorismError as error:
            reason = error.message
            continue
        a, b = values
        with mpmath.workdps(digits):
            bound = mpmath.mpf(10) ** (3 - digits) * max(1, abs(b))
            differ = a != b if mpmath.isinf(a) or mpmath.isinf(b) else abs(a - b) > bound
        if differ and _apart(left, right, point, semantics, digits):
            shown = {n: str(v) for n, v in point.items()}
            return Verdict(
                "REFUTED", f"{mpmath.nstr(a, 12)} there against {mpmath.nstr(b, 12)}", shown
            )
        if differ:
            doubtful = True
        tested += 1
    if doubtful:
        return Verdict("UNKNOWN", "the values differ, but no ball shows it")
    if not tested:
        return Verdict("UNKNOWN", reason or "no point could be computed")
    where = f"{digits - 3} digits at {tested} point{'s' * (tested != 1)}"
    return Verdict("NUMERIC", where + ", and more digits may differ" * hidden)


def _magnitude(side: Side, point: Mapping[str, Any], semantics: Semantics) -> int:
    if not isinstance(side, Tree):
        return 0
    exact = {n: mpmath.mpf(int(v.p)) / int(v.q) for n, v in point.items()}
    return magnitude(side, exact, semantics)


def _value(side: Side, point: Mapping[str, Any], semantics: Semantics, digits: int) -> Any:
    if isinstance(side, Tree):
        with mpmath.workdps(digits + 40):
            exact = {n: mpmath.mpf(int(v.p)) / int(v.q) for n, v in point.items()}
        return evaluate_mp(side, exact, semantics, digits)
    value = value_of(side, point, digits)
    if mpmath.isnan(value):
        raise PorismError("The expression is undefined at the test points.")
    return value


def _apart(
    left: Side, right: Side, point: Mapping[str, Any], semantics: Semantics, digits: int
) -> bool:
    """Whether balls around the two values are disjoint."""
    try:
        return balls.disjoint(
            *(_ball(side, point, semantics, digits + 30) for side in (left, right))
        )
    except (balls.Undecided, PorismError):
        return False


def _ball(side: Side, point: Mapping[str, Any], semantics: Semantics, digits: int) -> balls.Ball:
    if isinstance(side, Tree):
        zeros: frozenset[int] = frozenset()
        if semantics.extended:
            proof = Proof([Var(n, COMPLEX) for n in side.variables], [])
            normalizer = TreeNormalizer(Normalizer(proof), semantics)
            with suppress(Unprovable):
                normalizer.normal(side)
            zeros = normalizer.zeros()
        return balls.enclose(side, point, semantics, digits, zeros)
    return balls.enclose_expression(side, point, digits)


__all__ = ["DOMAINS", "Equality", "elementary", "prove"]
