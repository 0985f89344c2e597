"""The normal form of a term over +, *, neg, inv, exp and ln, with a proof of every step.

A normal form is a sum of signed products of atoms (:mod:`eml.field`). Atoms are variables, i, pi,
exp of one product, ln of what does not split, and inv of an atom or a sum. exp(a + b) becomes a
product, exp(ln u) becomes u, a logarithm of a product splits where all factors but one are
positive; what a law needs is derived, or else demanded, or else the law is not used.
"""

from __future__ import annotations

from eml.field import Field
from eml.laws import UNIT, ZERO, Chain, Proof, app, reverse
from eml.sums import HALF, IMAGINARY, ONE, PI, Product, Result, Sum, negated, product_term, without
from logic.formulas import Atom as Relation
from logic.terms import App, Term, Var


class Normalizer(Field):
    """Normal forms within one proof; every result comes with the equation that proves it.

    A ``bold`` one also demands what a logarithm needs to split, -pi < Im x <= pi.
    """

    def __init__(self, proof: Proof, bold: bool = False) -> None:
        super().__init__(proof)
        self.bold = bold
        self._forms[ZERO] = ()
        self._done: dict[Term, Result] = {}

    # -- terms -------------------------------------------------------------------------------

    def normal(self, term: Term) -> Result:
        """The normal form of any term of sort Complex."""
        if term in self._done:
            return self._done[term]
        chain = Chain(self.proof, term)
        if isinstance(term, Var) or (not term.args and term.symbol in ("i", "pi")):  # type: ignore[union-attr]
            form: Sum = (Product(False, (term,)),)
            self._forms[term] = form
        elif term in (UNIT, ZERO):
            form = self._forms[term]
        else:
            assert isinstance(term, App)
            forms = []
            for place, argument in enumerate(term.args):
                inner, equation = self.normal(argument)
                chain.use(equation, place)
                forms.append(inner)
            operation = {
                "+": self.add, "*": self.mul, "neg": self.neg, "inv": self.inv,
                "exp": self.exp, "ln": self.ln,
            }[term.symbol]  # fmt: skip
            form, equation = operation(*forms)  # type: ignore[operator]
            chain.use(equation)
        self._done[term] = form, chain.equation
        return self._done[term]

    # -- exp and ln --------------------------------------------------------------------------

    def exp(self, a: Sum) -> Result:
        x = self.term(a)
        chain = Chain(self.proof, app("exp", x))
        if not a:
            return ONE, chain.law("exp_zero", []).equation
        if len(a) > 1:
            chain.law("exp_add", [self.term(a[:1]), self.term(a[1:])])
            left, equation = self.exp(a[:1])
            chain.use(equation, 0)
            right, equation = self.exp(a[1:])
            chain.use(equation, 1)
            form, equation = self.mul(left, right)
            return form, chain.use(equation).equation
        product = a[0]
        if product.negative:
            chain.law("exp_neg", [product_term(product.atoms)])
            inner, equation = self.exp((Product(False, product.atoms),))
            chain.use(equation, 0)
            form, equation = self.inv(inner)
            return form, chain.use(equation).equation
        if product.atoms == (IMAGINARY, PI):
            return (Product(True, ()),), chain.law("exp_i_pi", []).equation
        if product.atoms == (HALF, IMAGINARY, PI):
            return (Product(False, (IMAGINARY,)),), chain.law("exp_half_i_pi", []).equation
        atom = product.atoms[0] if len(product.atoms) == 1 else None
        if isinstance(atom, App) and atom.symbol == "ln":
            inner_form = self._forms[atom.args[0]]
            step = self.nonzero(inner_form)
            if step is not None:
                chain.law("exp_ln", [atom.args[0]], premises=[step])
                return inner_form, chain.equation
        form = (Product(False, (app("exp", x),)),)
        self.term(form)
        return form, chain.equation

    def ln(self, a: Sum) -> Result:
        x = self.term(a)
        chain = Chain(self.proof, app("ln", x))
        if a == ONE:
            return (), chain.law("ln_one", []).equation
        if len(a) == 1:
            split = self._split(a[0], chain)
            if split is not None:
                return split
        elif a and (parts := self._common(a)) is not None:
            first, rest, equation = parts
            step, other = self.positive(first), self.nonzero(rest)
            if step is not None and other is not None:
                chain.use(equation, 0)
                terms = [self.term(first), self.term(rest)]
                chain.law("ln_mul", terms, premises=[step, other])
                return self._both(chain, self.ln(first), self.ln(rest))
        if len(a) > 1 and (split := self._split_sum(a, chain)) is not None:
            return split
        form: Sum = (Product(False, (app("ln", x),)),)
        self.term(form)
        return form, Chain(self.proof, app("ln", x)).equation

    def _split_sum(self, a: Sum, chain: Chain) -> Result | None:
        """ln of a sum that has a positive factor, or is negative."""
        minus = negated(a)
        step = self.positive(minus)
        if step is not None:
            _, equation = self.neg(minus)
            return self._split_negative(minus, step, chain.use(reverse(self.proof, equation), 0))
        parts = self.factors(a)
        for first, rest in (parts, (negated(parts[0]), negated(parts[1]))) if parts else ():
            for one, other in ((first, rest), (rest, first)):
                step = self.positive(one)
                nonzero = None if step is None else self.nonzero(other)
                if step is None or nonzero is None:
                    continue
                _, equation = self.mul(one, other)
                chain.use(reverse(self.proof, equation), 0)
                terms = [self.term(one), self.term(other)]
                chain.law("ln_mul", terms, premises=[step, nonzero])
                return self._both(chain, self.ln(one), self.ln(other))
        return None

    def _split_negative(self, minus: Sum, step: int, chain: Chain) -> Result:
        """ln(neg(u)) = ln(u) + i pi for a positive u, where the chain has come to ln(neg(u))."""
        chain.law("ln_neg", [self.term(minus)], premises=[step])
        form, equation = self.ln(minus)
        chain.use(equation, 0)
        turn: Sum = (Product(False, (IMAGINARY, PI)),)
        self.term(turn)
        form, equation = self.add(form, turn)
        return form, chain.use(equation).equation

    def _split(self, product: Product, chain: Chain) -> Result | None:
        """ln of a product by the laws; None where they do not apply."""
        atoms, bare = product.atoms, product_term(product.atoms)
        if product.negative:
            step = self.positive((Product(False, atoms),))
            if step is not None:
                return self._split_negative((Product(False, atoms),), step, chain)
            if atoms == (IMAGINARY,):
                turn: Sum = (Product(True, (HALF, IMAGINARY, PI)),)
                self.term(turn)
                return turn, chain.law("ln_neg_i", []).equation
            if len(atoms) > 1:
                return self._split_factors(product, chain)
            return self._split_inverse_of_negative(atoms[0], chain)
        if len(atoms) == 1 and (step := self.positive((Product(True, atoms),))) is not None:
            chain.use(reverse(self.proof, self.proof.equation("neg_neg", [bare])), 0)
            return self._split_negative((Product(True, atoms),), step, chain)
        if len(atoms) > 1:
            return self._split_factors(product, chain)
        atom = atoms[0]
        if atom == IMAGINARY:
            form: Sum = (Product(False, (HALF, IMAGINARY, PI)),)
            self.term(form)
            return form, chain.law("ln_i", []).equation
        if isinstance(atom, App) and atom.symbol == "exp":
            inner = self._forms[atom.args[0]]
            step = self.strip(inner)
            if step is None and self.bold:
                step = self.dare(atom.args[0])
            if step is not None:
                return inner, chain.law("ln_exp", [atom.args[0]], premises=[step]).equation
        if isinstance(atom, App) and atom.symbol == "inv":
            inner, _ = self.normal(atom.args[0])
            base = atom.args[0]
            if isinstance(base, App) and base.symbol == "exp":
                # inv(exp y) = exp(neg y)
                negative, equation = self.neg(self._forms[base.args[0]])
                step = self.strip(negative)
                if step is not None:
                    law = self.proof.equation("exp_neg", [base.args[0]])
                    chain.use(reverse(self.proof, law), 0).use(equation, 0, 0)
                    whole = self.term(negative)
                    return negative, chain.law("ln_exp", [whole], premises=[step]).equation
            step = self.positive(inner)
            if step is not None:
                chain.law("ln_inv", [atom.args[0]], premises=[step])
                form, equation = self.ln(inner)
                chain.use(equation, 0)
                form, equation = self.neg(form)
                return form, chain.use(equation).equation
            other = self.nonzero(inner) if self.bold else None
            within = self.dare(app("neg", app("ln", atom.args[0]))) if other is not None else None
            if other is not None and within is not None:
                chain.law("ln_inv_strip", [atom.args[0]], premises=[other, within])
                form, equation = self.ln(inner)
                chain.use(equation, 0)
                form, equation = self.neg(form)
                return form, chain.use(equation).equation
        return None

    def _split_inverse_of_negative(self, atom: Term, chain: Chain) -> Result | None:
        """ln(neg(inv(u))) = neg(ln(neg(u))) for a negative u."""
        if not isinstance(atom, App) or atom.symbol != "inv":
            return None
        u = atom.args[0]
        form, equation = self.normal(app("neg", u))
        step = self.positive(form)
        if step is None:
            return None
        chain.use(reverse(self.proof, self.proof.equation("inv_neg", [u])), 0)
        chain.use(equation, 0, 0).law("ln_inv", [self.term(form)], premises=[step])
        inner, equation = self.ln(form)
        chain.use(equation, 0)
        result, equation = self.neg(inner)
        return result, chain.use(equation).equation

    def _split_factors(self, product: Product, chain: Chain) -> Result | None:
        """ln of several factors, of which one is positive."""
        atoms = product.atoms
        for atom in atoms:
            first: Sum = (Product(False, (atom,)),)
            rest: Sum = (Product(product.negative, without(atoms, atom)),)
            step = self.positive(first)
            other = None if step is None else self.nonzero(rest)
            if step is None or other is None:
                continue
            _, equation = self.mul(first, rest)
            chain.use(reverse(self.proof, equation), 0)
            chain.law("ln_mul", [self.term(first), self.term(rest)], premises=[step, other])
            return self._both(chain, self.ln(first), self.ln(rest))
        if product.negative:
            return None
        first, rest = (Product(False, atoms[:1]),), (Product(False, atoms[1:]),)
        if (step := self.positive(rest)) is not None and (other := self.nonzero(first)) is not None:
            chain.law("mul_comm", [self.term(first), self.term(rest)], 0)
            chain.law("ln_mul", [self.term(rest), self.term(first)], premises=[step, other])
            return self._both(chain, self.ln(rest), self.ln(first))
        return self._split_boldly(first, rest, chain) if self.bold else None

    def _split_boldly(self, first: Sum, rest: Sum, chain: Chain) -> Result | None:
        x, y = self.term(first), self.term(rest)
        steps = [self.nonzero(first), self.nonzero(rest)]
        if steps[0] is None or steps[1] is None:
            return None
        angle = app("+", app("ln", x), app("ln", y))
        within = self.dare(angle)
        if within is None:
            return None
        chain.law("ln_mul_strip", [x, y], premises=[steps[0], steps[1], within])
        return self._both(chain, self.ln(first), self.ln(rest))

    def dare(self, angle: Term) -> int | None:
        """strip(angle), a demand if it holds at the test points."""
        goal = Relation("strip", (angle,))
        known = self.proof.fact(goal)
        if known is not None or not self.proof.witness.holds(goal):
            return known
        form, equation = self.normal(angle)
        step = self.strip(form)
        if step is None:
            return self.proof.demand(goal)
        if equation.step is None:
            return step
        return self.proof.rewrite(step, reverse(self.proof, equation), (0,), goal)
