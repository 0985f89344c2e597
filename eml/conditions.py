"""Side conditions: that a sum is positive, real, not zero, or within the strip of the logarithm.

Each is derived from its parts, with the steps that prove it; what cannot be derived is None, or, on
demand, becomes a premise.
"""

from __future__ import annotations

from eml.laws import UNIT, Chain, Proof, app, reverse
from eml.sums import (
    E_MINUS_ONE,
    HALF,
    IMAGINARY,
    ONE,
    PI,
    Product,
    Result,
    Sum,
    negated,
    product_term,
    term_of,
    without,
)
from logic.formulas import Atom as Relation
from logic.formulas import Formula
from logic.terms import App, Term


class Conditions:
    """Side conditions within one proof; normal forms come from the class that extends this."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self._forms: dict[Term, Sum] = {UNIT: ONE}
        self._not_positive: set[Term] = set()

    def term(self, form: Sum) -> Term:
        term = term_of(form)
        self._forms[term] = form
        return term

    def form(self, term: Term) -> Sum:
        """The sum of a term that is a normal form."""
        return self._forms[term]

    def normal(self, term: Term) -> Result:
        raise NotImplementedError

    def add(self, a: Sum, b: Sum) -> Result:
        raise NotImplementedError

    def neg(self, a: Sum) -> Result:
        raise NotImplementedError

    def mul(self, a: Sum, b: Sum) -> Result:
        raise NotImplementedError

    def inv(self, a: Sum) -> Result:
        raise NotImplementedError

    def factors(self, a: Sum) -> tuple[Sum, Sum] | None:
        raise NotImplementedError

    # -- positive and real -------------------------------------------------------------------

    def positive(self, a: Sum, demand: bool = False) -> int | None:
        """positive(a), derived; or demanded."""
        term = self.term(a)
        goal = Relation("positive", (term,))
        if (known := self.proof.fact(goal)) is not None:
            return known
        step = None
        if term not in self._not_positive:
            self._not_positive.add(term)  # until shown; what is asked again on the way is not
            step = self._positive(a, goal)
            if step is not None:
                self._not_positive.discard(term)
        return step if step is not None or not demand else self.proof.demand(goal)

    def _positive(self, a: Sum, goal: Formula) -> int | None:
        if a == E_MINUS_ONE:
            return self.proof.conclude("positive_e_minus_one", [])
        if a and not any(p.negative for p in a):
            step = self._by_parts("positive", a)
            if step is not None:
                return step
        if len(a) > 1:
            parts = self.factors(a)
            return None if parts is None else self._of_two(parts, a, goal)
        if a and len(a[0].atoms) == 1:
            return self._negative_atom(a[0].atoms[0], goal) if a[0].negative else None
        for atom in a[0].atoms if a else ():
            rest: Sum = (Product(a[0].negative, without(a[0].atoms, atom)),)
            step = self._of_two(((Product(False, (atom,)),), rest), a, goal)
            if step is not None:
                return step
        return None

    def _of_two(self, parts: tuple[Sum, Sum], a: Sum, goal: Formula) -> int | None:
        """positive(a) where a is a product of two positive sums, or of two negative ones."""
        for first, rest in (parts, (negated(parts[0]), negated(parts[1]))):
            one = self.positive(first)
            other = None if one is None else self.positive(rest)
            if one is None or other is None:
                continue
            terms = [self.term(first), self.term(rest)]
            step = self.proof.conclude("positive_mul", terms, [one, other])
            product, equation = self.mul(first, rest)
            if product == a:
                return self.proof.rewrite(step, equation, (0,), goal)
        return None

    def _negative_atom(self, atom: Term, goal: Formula) -> int | None:
        """positive(neg(atom)): the logarithm of less than 1, the inverse of what is negative."""
        if not isinstance(atom, App) or atom.symbol not in ("ln", "inv"):
            return None
        form = self._forms.get(atom.args[0])
        if form is None:
            return None
        if atom.symbol == "inv":
            minus = negated(form)
            inner = self.positive(minus)
            result, equation = self.inv(minus)
            if inner is None or result != (Product(True, (atom,)),):
                return None
            step = self.proof.conclude("positive_inv", [self.term(minus)], [inner])
            return self.proof.rewrite(step, equation, (0,), goal)
        above = self.positive(form)
        if above is None:
            return None
        gap, _ = self.add(ONE, negated(form))
        below = self.positive(gap)
        whole, equation = self.add(form, gap)
        if below is None or whole != ONE or equation.step is None:
            return None
        terms = [self.term(form), self.term(gap)]
        return self.proof.conclude("negative_ln", terms, [above, below, equation.step])

    def real(self, a: Sum, demand: bool = False) -> int | None:
        """real(a), derived; or demanded."""
        term = self.term(a)
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
            return conclude(f"{relation}_add", [self.term(a[:1]), self.term(a[1:])], [first, rest])
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
            return conclude(f"{relation}_mul", [self.term(left), self.term(right)], [first, rest])
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
            gap, _ = self.add((Product(True, ()),), form)
            above = self.positive(gap)
            if above is None:
                return None
            step = conclude("positive_ln", [self.term(gap)], [above])
            whole, equation = self.add(ONE, gap)
            if whole != form or equation.step is None:
                return step if whole == form else None
            return self.proof.rewrite(step, equation, (0, 0), Relation("positive", (atom,)))
        if atom.symbol == "ln" and relation == "real":
            inner = self.positive(self._forms[atom.args[0]])
            return None if inner is None else conclude("real_ln", [atom.args[0]], [inner])
        return None

    def strip(self, a: Sum) -> int | None:
        """-pi < Im a <= pi, derived."""
        term = self.term(a)
        real = self.real(a)
        if real is not None:
            return self.proof.conclude("strip_real", [term], [real])
        if len(a) > 1:
            first = self.real(a[:1])
            rest = None if first is None else self.strip(a[1:])
            if first is None or rest is None:
                return None
            return self.proof.conclude(
                "strip_add", [self.term(a[:1]), self.term(a[1:])], [first, rest]
            )
        product = a[0]
        if product == Product(False, (IMAGINARY, PI)):
            return self.proof.conclude("strip_i_pi", [])
        if len(product.atoms) > 1 and product.atoms[0] == HALF:
            whole: Sum = (Product(False, product.atoms[1:]),)
            inner = self.strip(whole)
            name = "strip_neg_half" if product.negative else "strip_half"
            return None if inner is None else self.proof.conclude(name, [self.term(whole)], [inner])
        if len(product.atoms) == 1 and (turn := self._turn(product)) is not None:
            return turn
        if IMAGINARY in product.atoms:
            return self._strip_below_one(product)
        if not product.negative and len(product.atoms) == 1:
            atom = product.atoms[0]
            if isinstance(atom, App) and atom.symbol == "ln":
                step = self.nonzero(self._forms[atom.args[0]])
                if step is not None:
                    return self.proof.conclude("strip_ln", [atom.args[0]], [step])
        return None

    def _strip_below_one(self, product: Product) -> int | None:
        """strip of i x for a real -1 < x < 1."""
        part: Sum = (Product(product.negative, without(product.atoms, IMAGINARY)),)
        steps = []
        for bound in (part, negated(part)):
            whole, equation = self.add(ONE, bound)
            step = self.positive(whole)
            if step is None:
                return None
            if equation.step is not None:
                goal = Relation("positive", (equation.left,))
                back = reverse(self.proof, equation)
                step = self.proof.rewrite(step, back, (0,), goal)
            steps.append(step)
        x = self.term(part)
        if part[0].negative:
            # The law asks for one + neg(neg(y)), which is the same place as one + y.
            inner = x.args[0] if isinstance(x, App) else x
            law = reverse(self.proof, self.proof.equation("neg_neg", [inner]))
            goal = Relation("positive", (app("+", UNIT, app("neg", x)),))
            steps[1] = self.proof.rewrite(steps[1], law, (0, 1), goal)
        step = self.proof.conclude("strip_i_below_one", [x], steps)
        unit: Sum = (Product(False, (IMAGINARY,)),)
        form, equation = self.mul(unit, part)
        if form != (product,):
            return None
        goal = Relation("strip", (self.term(form),))
        return step if equation.step is None else self.proof.rewrite(step, equation, (0,), goal)

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
        return None if real is None else self.proof.conclude(name, [self.term(angle)], [real])

    def nonzero(self, a: Sum, demand: bool = False) -> int | None:
        """a != zero, derived; or demanded."""
        term = self.term(a)
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
        elif len(a) > 1:
            # neg of a sum that is not zero, written as the sum of the negatives
            minus = negated(a)
            every = all(p.negative for p in a)
            inner = self.nonzero(minus, demand) if every else self.positive(minus)
            form, equation = self.neg(minus)
            if inner is not None and form == a and equation.step is not None:
                if not every:
                    inner = self.nonzero(minus)
                    assert inner is not None
                bare = self.proof.conclude("nonzero_neg", [self.term(minus)], [inner])
                return self.proof.rewrite(bare, equation, (0, 0), goal)
            step = self._nonzero_complex(a, goal)
        elif len(a) == 1 and len(a[0].atoms) == 1:
            return self.nonzero_atom(a[0].atoms[0], demand)
        elif len(a) == 1 and a[0].atoms:
            left: Sum = (Product(False, a[0].atoms[:1]),)
            right: Sum = (Product(False, a[0].atoms[1:]),)
            one, other = self.nonzero(left, demand), self.nonzero(right, demand)
            if one is not None and other is not None:
                terms = [self.term(left), self.term(right)]
                return self.proof.conclude("nonzero_mul", terms, [one, other])
        return step if step is not None or not demand or not a else self.proof.demand(goal)

    def _nonzero_complex(self, a: Sum, goal: Formula) -> int | None:
        """a != zero because of its imaginary part."""
        part = tuple(p for p in a if IMAGINARY not in p.atoms)
        turned = tuple(
            Product(p.negative, without(p.atoms, IMAGINARY)) for p in a if IMAGINARY in p.atoms
        )
        if not turned or any(IMAGINARY in p.atoms for p in turned):
            return None
        imaginary, _ = self.add(turned[:1], turned[1:]) if len(turned) > 1 else (turned, None)
        real = self.real(part)
        steps = [real, self.real(imaginary), self.nonzero(imaginary)]
        x, y = self.term(part), self.term(imaginary)
        unit: Sum = (Product(False, (IMAGINARY,)),)
        product, inner = self.mul(unit, imaginary)
        chain = Chain(self.proof, app("+", x, app("*", IMAGINARY, y))).use(inner, 1)
        whole, equation = self.add(part, product)
        chain.use(equation)
        premises = [step for step in steps if step is not None]
        if len(premises) < 3 or whole != a:
            return None
        step = self.proof.conclude("nonzero_complex", [x, y], premises)
        if chain.equation.step is None:
            return step
        return self.proof.rewrite(step, chain.equation, (0, 0), goal)

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
