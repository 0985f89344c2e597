"""Side conditions: that a sum is positive, real, not zero, or within the strip of the logarithm.

Each is derived from its parts, with the steps that prove it; what cannot be derived is None, or, on
demand, becomes a premise.
"""

from __future__ import annotations

from eml.laws import UNIT, Proof
from eml.sums import (
    E_MINUS_ONE,
    HALF,
    IMAGINARY,
    ONE,
    PI,
    Product,
    Result,
    Sum,
    product_term,
    term_of,
)
from logic.formulas import Atom as Relation
from logic.formulas import Formula
from logic.terms import App, Term


class Conditions:
    """Side conditions within one proof; normal forms come from the class that extends this."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self._forms: dict[Term, Sum] = {UNIT: ONE}

    def _sum(self, form: Sum) -> Term:
        term = term_of(form)
        self._forms[term] = form
        return term

    def normal(self, term: Term) -> Result:
        raise NotImplementedError

    def neg(self, a: Sum) -> Result:
        raise NotImplementedError

    def positive(self, a: Sum, demand: bool = False) -> int | None:
        """positive(a), derived; or demanded."""
        term = self._sum(a)
        goal = Relation("positive", (term,))
        if (known := self.proof.fact(goal)) is not None:
            return known
        step = None
        if a == E_MINUS_ONE:
            step = self.proof.conclude("positive_e_minus_one", [])
        elif a and not any(p.negative for p in a):
            step = self._by_parts("positive", a)
        return step if step is not None or not demand else self.proof.demand(goal)

    def real(self, a: Sum, demand: bool = False) -> int | None:
        """real(a), derived; or demanded."""
        term = self._sum(a)
        goal = Relation("real", (term,))
        if (known := self.proof.fact(goal)) is not None:
            return known
        if not a:
            return self.proof.conclude("real_zero", [])
        step = self._by_parts("real", a)
        return step if step is not None or not demand else self.proof.demand(goal)

    def _by_parts(self, relation: str, a: Sum) -> int | None:
        prove = self.positive if relation == "positive" else self.real
        conclude = self.proof.conclude
        if len(a) > 1:
            first, rest = prove(a[:1]), prove(a[1:])
            if first is None or rest is None:
                return None
            return conclude(f"{relation}_add", [self._sum(a[:1]), self._sum(a[1:])], [first, rest])
        product = a[0]
        if product.negative:
            inner = prove((Product(False, product.atoms),))
            name = f"{relation}_neg"
            return None if inner is None else conclude(name, [product_term(product.atoms)], [inner])
        if len(product.atoms) > 1:
            left: Sum = (Product(False, product.atoms[:1]),)
            right: Sum = (Product(False, product.atoms[1:]),)
            first, rest = prove(left), prove(right)
            if first is None or rest is None:
                return None
            return conclude(f"{relation}_mul", [self._sum(left), self._sum(right)], [first, rest])
        if not product.atoms:
            one = conclude("positive_one", [])
            return one if relation == "positive" else conclude("real_positive", [UNIT], [one])
        return self._of_atom(relation, product.atoms[0])

    def _of_atom(self, relation: str, atom: Term) -> int | None:
        known = self.proof.fact(Relation(relation, (atom,)))
        conclude = self.proof.conclude
        if known is not None or not isinstance(atom, App):
            positive = self.proof.fact(Relation("positive", (atom,)))
            if known is None and positive is not None and relation == "real":
                return conclude("real_positive", [atom], [positive])
            return known
        if atom == PI:
            return conclude(f"{relation}_pi", [])
        if atom.symbol == "exp":
            inner = self.real(self._forms[atom.args[0]])
            return None if inner is None else conclude(f"{relation}_exp", [atom.args[0]], [inner])
        if atom.symbol == "inv":
            form, _ = self.normal(atom.args[0])
            inner = self.positive(form) if relation == "positive" else self.real(form)
            return None if inner is None else conclude(f"{relation}_inv", [atom.args[0]], [inner])
        if atom.symbol == "ln" and relation == "positive":
            form = self._forms[atom.args[0]]
            above = self.positive(form[1:]) if len(form) > 1 and form[:1] == ONE else None
            return None if above is None else conclude("positive_ln", [term_of(form[1:])], [above])
        if atom.symbol == "ln" and relation == "real":
            inner = self.positive(self._forms[atom.args[0]])
            return None if inner is None else conclude("real_ln", [atom.args[0]], [inner])
        return None

    def strip(self, a: Sum) -> int | None:
        """-pi < Im a <= pi, derived."""
        term = self._sum(a)
        real = self.real(a)
        if real is not None:
            return self.proof.conclude("strip_real", [term], [real])
        if len(a) > 1:
            first = self.real(a[:1])
            rest = None if first is None else self.strip(a[1:])
            if first is None or rest is None:
                return None
            return self.proof.conclude(
                "strip_add", [self._sum(a[:1]), self._sum(a[1:])], [first, rest]
            )
        product = a[0]
        if product == Product(False, (IMAGINARY, PI)):
            return self.proof.conclude("strip_i_pi", [])
        if len(product.atoms) > 1 and product.atoms[0] == HALF:
            whole: Sum = (Product(False, product.atoms[1:]),)
            inner = self.strip(whole)
            name = "strip_neg_half" if product.negative else "strip_half"
            return None if inner is None else self.proof.conclude(name, [self._sum(whole)], [inner])
        if len(product.atoms) == 1 and (turn := self._turn(product)) is not None:
            return turn
        if not product.negative and len(product.atoms) == 1:
            atom = product.atoms[0]
            if isinstance(atom, App) and atom.symbol == "ln":
                step = self.nonzero(self._forms[atom.args[0]])
                if step is not None:
                    return self.proof.conclude("strip_ln", [atom.args[0]], [step])
        return None

    def _turn(self, product: Product) -> int | None:
        """strip of exp(i x) for a real x, its neg and inv, whose imaginary parts are sines."""
        atom = product.atoms[0]
        inverse = isinstance(atom, App) and atom.symbol == "inv"
        inner = atom.args[0] if inverse and isinstance(atom, App) else atom
        if not isinstance(inner, App) or inner.symbol != "exp":
            return None
        form = self._forms[inner.args[0]]
        if (
            len(form) != 1
            or form[0].negative
            or form[0].atoms[:1] != (IMAGINARY,)
            or form[0].atoms == (IMAGINARY,)
        ):
            return None
        angle: Sum = (Product(False, form[0].atoms[1:]),)
        real = self.real(angle)
        name = f"strip{'_neg' * product.negative}{'_inv' * inverse}_turn"
        return None if real is None else self.proof.conclude(name, [self._sum(angle)], [real])

    def nonzero(self, a: Sum, demand: bool = False) -> int | None:
        """a != zero, derived; or demanded."""
        term = self._sum(a)
        goal = self.proof.nonzero(term)
        if (known := self.proof.fact(goal)) is not None:
            return known
        positive = self.positive(a)
        if positive is not None:
            return self.proof.conclude("nonzero_positive", [term], [positive])
        step = None
        if len(a) == 1 and a[0].negative:
            inner = self.nonzero((Product(False, a[0].atoms),), demand)
            if inner is not None:
                return self.proof.conclude("nonzero_neg", [product_term(a[0].atoms)], [inner])
        elif len(a) > 1 and all(p.negative for p in a):
            # neg of a sum that is not zero, written as the sum of the negatives
            rest = tuple(Product(False, p.atoms) for p in a)
            inner = self.nonzero(rest, demand)
            form, equation = self.neg(rest)
            if inner is not None and form == a and equation.step is not None:
                bare = self.proof.conclude("nonzero_neg", [self._sum(rest)], [inner])
                return self.proof.rewrite(bare, equation, (0, 0), goal)
        elif len(a) == 1 and len(a[0].atoms) == 1:
            return self.nonzero_atom(a[0].atoms[0], demand)
        elif len(a) == 1 and a[0].atoms:
            left: Sum = (Product(False, a[0].atoms[:1]),)
            right: Sum = (Product(False, a[0].atoms[1:]),)
            one, other = self.nonzero(left, demand), self.nonzero(right, demand)
            if one is not None and other is not None:
                terms = [self._sum(left), self._sum(right)]
                return self.proof.conclude("nonzero_mul", terms, [one, other])
        return step if step is not None or not demand or not a else self.proof.demand(goal)

    def nonzero_atom(self, atom: Term, demand: bool = False) -> int | None:
        goal: Formula = self.proof.nonzero(atom)
        if (known := self.proof.fact(goal)) is not None:
            return known
        positive = self._of_atom("positive", atom)
        if positive is not None:
            return self.proof.conclude("nonzero_positive", [atom], [positive])
        if isinstance(atom, App):
            if atom == IMAGINARY:
                return self.proof.conclude("nonzero_i", [])
            if atom.symbol == "exp":
                return self.proof.conclude("nonzero_exp", [atom.args[0]])
            if atom.symbol == "inv":
                form, _ = self.normal(atom.args[0])
                inner = self.nonzero(form, demand)
                if inner is not None:
                    return self.proof.conclude("nonzero_inv", [atom.args[0]], [inner])
        return self.proof.demand(goal) if demand else None
