"""Certified equality: PROVED with a certificate, REFUTED by disjoint balls, or NUMERIC.

Both sides are brought to the normal form of :mod:`eml.normal`, each step recorded; equal normal
forms make a theorem over ``mpl/library/elementary.mpl``, which the independent checker must accept.
What a law needs and nothing gives becomes a premise: the premises are the domain on which the
theorem holds. A proof whose premises hold at none of the test points is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eml.agreement import agreement, enclosed
from eml.derive import Attempt, Side, derive
from eml.domain import describe
from eml.laws import Proof, Unprovable
from eml.regions import check_place, points_of
from eml.semantics import Semantics
from eml.tree import Tree
from logic.errors import PorismError
from logic.mathml import MathML
from logic.notebook import fragment, plain, table
from logic.printing import show_in
from proofs.certificate import certificate
from proofs.check import Rejected, check
from proofs.graph import ProofGraph
from proofs.verdict import Verdict


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
    domain : what the variables range over: ``complex``, ``real``, ``positive``, or a region of the
        real axis. Without it, the largest for which a proof is found, and positive points for the
        numerical test.
    digits : how far the numerical test goes.
    region : where on the real axis it goes, such as ``"in (0, 1)"``; by default as the domain says.

    Examples
    --------
    >>> from eml.rpn import parse_rpn
    >>> import sympy
    >>> prove(parse_rpn("11xE1EE"), sympy.log(sympy.Symbol("x")), Semantics.REAL).domain
    'x > 0'
    """
    place = check_place(region or domain or "positive")
    if domain:
        check_place(domain)
    names = sorted({*_names(left), *_names(right)})
    points = points_of(names, place)
    numeric = agreement(left, right, points, semantics, digits)
    if numeric.refutation is not None:
        return Equality(numeric.refutation, semantics, domain)
    best: tuple[int, Proof] | None = None
    for attempt in _attempts(names, semantics, domain, region):
        try:
            proof = derive(left, right, names, semantics, attempt)
        except (Unprovable, RecursionError, PorismError):
            continue
        if proof is None:
            continue
        holds = [all(at) for at in zip(*map(proof.witness.holding, proof.hypotheses), strict=True)]
        missed = holds.count(False)
        if proof.hypotheses and missed == len(holds):
            continue
        if best is None or missed < best[0]:
            best = missed, proof
        if not missed:
            break
    if best is None:
        sure = None if numeric.reason else enclosed(left, right, numeric, semantics)
        return Equality(numeric.verdict(sure), semantics, domain or ("positive" if names else ""))
    return _accepted(best[1], names, semantics)


def _accepted(proof: Proof, names: Sequence[str], semantics: Semantics) -> Equality:
    """The proof as an answer, once the independent checker has accepted it."""
    graph = proof.graph
    try:
        check(certificate(graph).splitlines(keepends=True))
    except Rejected as error:
        raise RuntimeError(f"the independent checker rejects a proof ({error})") from error
    premises = tuple(show_in(graph.theory, h) for h in proof.hypotheses)
    words = describe(proof.hypotheses, names)
    return Equality(Verdict("PROVED", "equation"), semantics, words, graph, premises)


def _attempts(
    names: Sequence[str], semantics: Semantics, domain: str, region: str
) -> Iterator[Attempt]:
    """Where to look for a proof: few premises before many, large domains before small ones."""
    if domain:
        places = [domain]
    elif not names:
        places = ["real"]
    elif region and region not in ("real", "> 0"):
        places = ["complex", "real", "positive", region]
    else:
        places = ["complex", "real", "positive", "in (-1, 1)", "> 1"]
    for bold in (False, True):
        for place in places:
            if place != "complex" or (not semantics.is_real and not bold):
                yield Attempt(place, bold)


def _names(side: Side) -> Sequence[str]:
    if isinstance(side, Tree):
        return side.variables
    return [str(s.name) for s in side.free_symbols]
