"""The normal form of a term over +, *, neg, inv, exp and ln, with a proof of every step.

A normal form is a sum of signed products of atoms, sums and products nested to the right and
sorted. Atoms are variables, i, pi, exp of one product, ln of what does not split, and inv of an
atom or a sum. exp(a + b) becomes a product, exp(ln u) becomes u, a logarithm of a product splits
where all factors but one are positive; what a law needs is derived, or else demanded, or else the
law is not used.
"""

from __future__ import annotations

from eml.conditions import Conditions
from eml.laws import UNIT, ZERO, Chain, Equation, Proof, app, reverse
from eml.sums import (
    HALF,
    IMAGINARY,
    ONE,
    PI,
    THREE,
    Product,
    Result,
    Sum,
    is_number,
    product_term,
    without,
)
from logic.formulas import Atom as Relation
from logic.printing import show
from logic.terms import App, Term, Var


class Normalizer(Conditions):
    """Normal forms within one proof; every result comes with the equation that proves it.

    A ``bold`` one also demands what a logarithm needs to split, -pi < Im x <= pi.
    """

    def __init__(self, proof: Proof, bold: bool = False) -> None:
        super().__init__(proof)
        self.bold = bold
        self._keys: dict[Term, tuple[int, str, int]] = {}
        self._forms[ZERO] = ()
        self._done: dict[Term, Result] = {}

    # -- order -------------------------------------------------------------------------------

    def key(self, atom: Term) -> tuple[int, str, int]:
        """Numbers first, then i and pi, then by text; inv(a) right after a."""
        if atom not in self._keys:
            inner = atom.args[0] if isinstance(atom, App) and atom.symbol == "inv" else atom
            number = inner != atom and is_number(inner)
            rank = 0 if number else 1 if inner in (IMAGINARY, PI) else 2
            self._keys[atom] = (rank, show(inner), int(inner != atom))
        return self._keys[atom]

    def _order(self, product: Product) -> tuple[object, ...]:
        return len(product.atoms), tuple(map(self.key, product.atoms)), product.negative

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

    # -- sums --------------------------------------------------------------------------------

    def add(self, a: Sum, b: Sum) -> Result:
        chain = Chain(self.proof, app("+", self._sum(a), self._sum(b)))
        if not a:
            return b, chain.law("zero_add", [self._sum(b)]).equation
        if not b:
            return a, chain.law("add_zero", [self._sum(a)]).equation
        if len(a) == 1:
            return self._insert(a[0], b)
        first, rest = self._sum(a[:1]), self._sum(a[1:])
        chain.law("add_assoc", [first, rest, self._sum(b)])
        tail, equation = self.add(a[1:], b)
        chain.use(equation, 1)
        form, equation = self.add(a[:1], tail)
        return form, chain.use(equation).equation

    def _insert(self, product: Product, form: Sum) -> Result:
        first, head = self._sum((product,)), form[0]
        chain = Chain(self.proof, app("+", first, self._sum(form)))
        bare, rest = product_term(product.atoms), self._sum(form[1:])
        if product.atoms == head.atoms and product.negative != head.negative:
            names = ("neg_add_self", "neg_add_cancel") if product.negative else (
                "add_neg", "add_neg_cancel",
            )  # fmt: skip
            if len(form) == 1:
                return (), chain.law(names[0], [bare]).equation
            return form[1:], chain.law(names[1], [bare, rest]).equation
        if product == head and (merged := self._halves(product)) is not None:
            half, equation = merged
            if len(form) > 1:
                chain.use(
                    reverse(self.proof, self.proof.equation("add_assoc", [first, first, rest]))
                ).use(equation, 0)
                result, equation = self.add(half, form[1:])
                return result, chain.use(equation).equation
            return half, chain.use(equation).equation
        third = Product(False, (app("inv", THREE),))
        if product == third and form == (third, third):
            return ONE, chain.law("third_add", []).equation
        if self._order(product) <= self._order(head):
            result = (product, *form)
            self._sum(result)
            return result, chain.equation
        if len(form) == 1:
            result = (head, product)
            self._sum(result)
            return result, chain.law("add_comm", [first, self._sum(form)]).equation
        chain.law("add_left_comm", [first, self._sum((head,)), rest])
        tail, equation = self._insert(product, form[1:])
        chain.use(equation, 1)
        result, equation = self.add((head,), tail)
        return result, chain.use(equation).equation

    def _halves(self, product: Product) -> Result | None:
        """w/2 + w/2 = w."""
        if not product.atoms or product.atoms[0] != HALF:
            return None
        whole = Product(product.negative, product.atoms[1:])
        term = self._sum((product,))
        chain = Chain(self.proof, app("+", term, term))
        if product.negative:
            bare = product_term(product.atoms)
            chain.use(reverse(self.proof, self.proof.equation("neg_add", [bare, bare])))
        path = (0,) if product.negative else ()
        if whole.atoms:
            chain.law("half_add", [product_term(whole.atoms)], *path)
        else:
            chain.law("half_half", [], *path)
        self._sum((whole,))
        return (whole,), chain.equation

    def neg(self, a: Sum) -> Result:
        chain = Chain(self.proof, app("neg", self._sum(a)))
        if not a:
            return (), chain.law("neg_zero", []).equation
        if len(a) == 1:
            form: Sum = (Product(not a[0].negative, a[0].atoms),)
            self._sum(form)
            if a[0].negative:
                chain.law("neg_neg", [product_term(a[0].atoms)])
            return form, chain.equation
        chain.law("neg_add", [self._sum(a[:1]), self._sum(a[1:])])
        head, equation = self.neg(a[:1])
        chain.use(equation, 0)
        tail, equation = self.neg(a[1:])
        chain.use(equation, 1)
        form, equation = self.add(head, tail)
        return form, chain.use(equation).equation

    # -- products ----------------------------------------------------------------------------

    def mul(self, a: Sum, b: Sum) -> Result:
        x, y = self._sum(a), self._sum(b)
        chain = Chain(self.proof, app("*", x, y))
        if not a:
            return (), chain.law("zero_mul", [y]).equation
        if not b:
            return (), chain.law("mul_zero", [x]).equation
        if a == ONE:
            return b, chain.law("one_mul", [y]).equation
        if b == ONE:
            return a, chain.law("mul_one", [x]).equation
        if len(a) > 1:
            if (whole := self._whole(a, b)) is not None:
                return whole
            first, rest = self._sum(a[:1]), self._sum(a[1:])
            chain.law("add_mul", [first, rest, y])
            return self._both(chain, self.mul(a[:1], b), self.mul(a[1:], b))
        if len(b) > 1:
            if (whole := self._whole(b, a)) is not None:
                chain.law("mul_comm", [x, y])
                form, equation = whole
                return form, chain.use(equation).equation
            first, rest = self._sum(b[:1]), self._sum(b[1:])
            chain.law("mul_add", [x, first, rest])
            return self._both(chain, self.mul(a, b[:1]), self.mul(a, b[1:]))
        return self._monomials(a[0], b[0])

    def _both(self, chain: Chain, left: Result, right: Result) -> Result:
        chain.use(left[1], 0).use(right[1], 1)
        form, equation = self.add(left[0], right[0])
        return form, chain.use(equation).equation

    def _whole(self, a: Sum, b: Sum) -> Result | None:
        """a * (inv(a) * w) = w for a sum a that is not zero."""
        x = self._sum(a)
        inverse = app("inv", x)
        if len(b) != 1 or inverse not in b[0].atoms:
            return None
        step = self.nonzero(a)
        if step is None:
            return None
        y = self._sum(b)
        chain = Chain(self.proof, app("*", x, y))
        others = (Product(b[0].negative, without(b[0].atoms, inverse)),)
        # The product with inv(a) taken out to the front is the same normal form.
        _, taken = self.mul(((Product(False, (inverse,))),), others)
        chain.use(reverse(self.proof, taken), 1)
        if others == ONE:
            return ONE, chain.law("mul_one", [inverse], 1).law(
                "mul_inv", [x], premises=[step]
            ).equation
        z = self._sum(others)
        chain.use(reverse(self.proof, self.proof.equation("mul_assoc", [x, inverse, z])))
        chain.law("mul_inv", [x], 0, premises=[step])
        return others, chain.law("one_mul", [z]).equation

    def _monomials(self, a: Product, b: Product) -> Result:
        x, y = product_term(a.atoms), product_term(b.atoms)
        chain = Chain(self.proof, app("*", self._sum((a,)), self._sum((b,))))
        path: tuple[int, ...] = ()
        if a.negative:
            chain.law("neg_mul", [x, self._sum((b,))])
            path = (0,)
        if b.negative:
            chain.law("mul_neg", [x, y], *path)
            path = (*path, 0)
        form, equation = self._factors(a.atoms, b.atoms)
        chain.use(equation, *path)
        for _ in path:
            path = path[1:]
            form, equation = self.neg(form)
            chain.use(equation, *path)
        return form, chain.equation

    def _factors(self, a: tuple[Term, ...], b: tuple[Term, ...]) -> Result:
        x, y = product_term(a), product_term(b)
        chain = Chain(self.proof, app("*", x, y))
        if not a:
            form: Sum = (Product(False, b),)
            self._sum(form)
            return form, chain.law("one_mul", [y]).equation
        if not b:
            form = (Product(False, a),)
            self._sum(form)
            return form, chain.law("mul_one", [x]).equation
        if len(a) == 1:
            return self._put(a[0], b)
        chain.law("mul_assoc", [a[0], product_term(a[1:]), y])
        tail, equation = self._factors(a[1:], b)
        chain.use(equation, 1)
        form, equation = self.mul((Product(False, a[:1]),), tail)
        return form, chain.use(equation).equation

    def _put(self, atom: Term, atoms: tuple[Term, ...]) -> Result:
        head, rest = atoms[0], product_term(atoms[1:])
        chain = Chain(self.proof, app("*", atom, product_term(atoms)))
        pair = self._pair(atom, head)
        if pair is not None:
            form, equation = pair
            if len(atoms) == 1:
                return form, chain.use(equation).equation
            chain.use(reverse(self.proof, self.proof.equation("mul_assoc", [atom, head, rest])))
            chain.use(equation, 0)
            tail: Sum = (Product(False, atoms[1:]),)
            self._sum(tail)
            form, equation = self.mul(form, tail)
            return form, chain.use(equation).equation
        if self.key(atom) <= self.key(head):
            form = (Product(False, (atom, *atoms)),)
            self._sum(form)
            return form, chain.equation
        if len(atoms) == 1:
            form = (Product(False, (head, atom)),)
            self._sum(form)
            return form, chain.law("mul_comm", [atom, head]).equation
        chain.law("mul_left_comm", [atom, head, rest])
        inner, equation = self._put(atom, atoms[1:])
        chain.use(equation, 1)
        form, equation = self.mul((Product(False, (head,)),), inner)
        return form, chain.use(equation).equation

    def _pair(self, a: Term, b: Term) -> Result | None:
        """What the product of two neighbouring atoms becomes, if anything."""
        assert isinstance(a, App | Var) and isinstance(b, App | Var)
        chain = Chain(self.proof, app("*", a, b))
        if a == b == IMAGINARY:
            return (Product(True, ()),), chain.law("i_squared", []).equation
        if b == app("inv", a) or a == app("inv", b):
            inner = a if b == app("inv", a) else b
            step = self.nonzero_atom(inner)
            if step is None:
                return None
            name = "mul_inv" if b == app("inv", a) else "inv_mul_self"
            return ONE, chain.law(name, [inner], premises=[step]).equation
        if isinstance(a, App) and a.symbol == "exp" and a == b:
            product = self._forms[a.args[0]][0]
            if (merged := self._halves(product)) is not None:
                whole, equation = merged
                chain.use(
                    reverse(self.proof, self.proof.equation("exp_add", [a.args[0], a.args[0]]))
                )
                chain.use(equation, 0)
                form, equation = self.exp(whole)
                return form, chain.use(equation).equation
        return None

    def inv(self, a: Sum) -> Result:
        x = self._sum(a)
        chain = Chain(self.proof, app("inv", x))
        if not a:
            return (), chain.law("inv_zero", []).equation
        if len(a) > 1:
            if (parts := self._common(a)) is not None:
                first, rest, equation = parts
                chain.use(equation, 0).law("inv_mul", [self._sum(first), self._sum(rest)])
                left, equation = self.inv(first)
                chain.use(equation, 0)
                right, equation = self.inv(rest)
                chain.use(equation, 1)
                form, equation = self.mul(left, right)
                return form, chain.use(equation).equation
            form = (Product(False, (app("inv", x),)),)
            self._sum(form)
            return form, chain.equation
        product = a[0]
        if product.negative:
            bare = product_term(product.atoms)
            chain.law("inv_neg", [bare])
            inner, equation = self.inv((Product(False, product.atoms),))
            chain.use(equation, 0)
            form, equation = self.neg(inner)
            return form, chain.use(equation).equation
        if not product.atoms:
            return ONE, chain.law("inv_one", []).equation
        if len(product.atoms) > 1:
            head, tail = product.atoms[:1], product.atoms[1:]
            chain.law("inv_mul", [product_term(head), product_term(tail)])
            left, equation = self.inv((Product(False, head),))
            chain.use(equation, 0)
            right, equation = self.inv((Product(False, tail),))
            chain.use(equation, 1)
            form, equation = self.mul(left, right)
            return form, chain.use(equation).equation
        atom = product.atoms[0]
        if atom == IMAGINARY:
            return (Product(True, (IMAGINARY,)),), chain.law("inv_i", []).equation
        if isinstance(atom, App) and atom.symbol == "inv":
            inner_term = atom.args[0]
            form, equation = self.normal(inner_term)
            return form, chain.law("inv_inv", [inner_term]).use(equation).equation
        form = (Product(False, (app("inv", atom),)),)
        self._sum(form)
        return form, chain.equation

    def _common(self, a: Sum) -> tuple[Sum, Sum, Equation] | None:
        """A factor of all products of a sum, what is left, and a = factor * rest."""
        if all(p.negative for p in a):
            factor: Sum = (Product(True, ()),)
            rest = tuple(Product(False, p.atoms) for p in a)
        else:
            shared = [x for x in a[0].atoms if all(x in p.atoms for p in a)]
            if not shared:
                return None
            factor = (Product(False, (shared[0],)),)
            rest = tuple(
                sorted((Product(p.negative, without(p.atoms, shared[0])) for p in a),
                       key=self._order)
            )  # fmt: skip
        product, equation = self.mul(factor, rest)
        return (factor, rest, reverse(self.proof, equation)) if product == a else None

    def equal(self, a: Sum, b: Sum, depth: int = 6) -> Equation | None:
        """a = b, where needed by multiplying with the denominators."""
        x, y = self._sum(a), self._sum(b)
        if a == b:
            return Equation(x, x, None)
        denominator = next(
            (
                self._forms[atom.args[0]]
                for product in (*a, *b)
                for atom in product.atoms
                if isinstance(atom, App) and atom.symbol == "inv"
                and len(self._forms[atom.args[0]]) > 1
            ),
            None,
        )  # fmt: skip
        if denominator is None or not depth:
            return None
        step = self.nonzero(denominator, True)
        assert step is not None
        z = self._sum(denominator)
        left, first = self.mul(a, denominator)
        right, second = self.mul(b, denominator)
        inner = self.equal(left, right, depth - 1)
        if inner is None:
            return None
        chain = Chain(self.proof, first.left).use(first).use(inner)
        whole = chain.use(reverse(self.proof, second)).equation
        assert whole.step is not None
        return self.proof.equation("mul_cancel", [x, y, z], [step, whole.step])

    # -- exp and ln --------------------------------------------------------------------------

    def exp(self, a: Sum) -> Result:
        x = self._sum(a)
        chain = Chain(self.proof, app("exp", x))
        if not a:
            return ONE, chain.law("exp_zero", []).equation
        if len(a) > 1:
            chain.law("exp_add", [self._sum(a[:1]), self._sum(a[1:])])
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
        self._sum(form)
        return form, chain.equation

    def ln(self, a: Sum) -> Result:
        x = self._sum(a)
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
                terms = [self._sum(first), self._sum(rest)]
                chain.law("ln_mul", terms, premises=[step, other])
                return self._both(chain, self.ln(first), self.ln(rest))
        form: Sum = (Product(False, (app("ln", x),)),)
        self._sum(form)
        return form, Chain(self.proof, app("ln", x)).equation

    def _split(self, product: Product, chain: Chain) -> Result | None:
        """ln of a product by the laws; None where they do not apply."""
        atoms, bare = product.atoms, product_term(product.atoms)
        if product.negative:
            step = self.positive((Product(False, atoms),))
            if step is None:
                return None
            chain.law("ln_neg", [bare], premises=[step])
            form, equation = self.ln((Product(False, atoms),))
            chain.use(equation, 0)
            turn: Sum = (Product(False, (IMAGINARY, PI)),)
            self._sum(turn)
            form, equation = self.add(form, turn)
            return form, chain.use(equation).equation
        if len(atoms) > 1:
            first, rest = (Product(False, atoms[:1]),), (Product(False, atoms[1:]),)
            step = self.positive(first)
            if step is None:
                step = self.positive(rest)
                if step is None:
                    return self._split_boldly(first, rest, chain) if self.bold else None
                chain.law("mul_comm", [self._sum(first), self._sum(rest)], 0)
                first, rest = rest, first
            other = self.nonzero(rest)
            if other is None:
                return None
            chain.law("ln_mul", [self._sum(first), self._sum(rest)], premises=[step, other])
            return self._both(chain, self.ln(first), self.ln(rest))
        atom = atoms[0]
        if atom == IMAGINARY:
            form = (Product(False, (HALF, IMAGINARY, PI)),)
            self._sum(form)
            return form, chain.law("ln_i", []).equation
        if isinstance(atom, App) and atom.symbol == "exp":
            inner = self._forms[atom.args[0]]
            step = self.strip(inner)
            if step is None and self.bold:
                step = self.proof.demand_once(Relation("strip", (atom.args[0],)))
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
                    whole = self._sum(negative)
                    return negative, chain.law("ln_exp", [whole], premises=[step]).equation
            step = self.positive(inner)
            if step is not None:
                chain.law("ln_inv", [atom.args[0]], premises=[step])
                form, equation = self.ln(inner)
                chain.use(equation, 0)
                form, equation = self.neg(form)
                return form, chain.use(equation).equation
            other = self.nonzero(inner) if self.bold else None
            if other is not None:
                logarithm = app("neg", app("ln", atom.args[0]))
                within = self.proof.demand_once(Relation("strip", (logarithm,)))
                chain.law("ln_inv_strip", [atom.args[0]], premises=[other, within])
                form, equation = self.ln(inner)
                chain.use(equation, 0)
                form, equation = self.neg(form)
                return form, chain.use(equation).equation
        return None

    def _split_boldly(self, first: Sum, rest: Sum, chain: Chain) -> Result | None:
        x, y = self._sum(first), self._sum(rest)
        steps = [self.nonzero(first), self.nonzero(rest)]
        if steps[0] is None or steps[1] is None:
            return None
        angle = app("+", app("ln", x), app("ln", y))
        within = self.proof.demand_once(Relation("strip", (angle,)))
        chain.law("ln_mul_strip", [x, y], premises=[steps[0], steps[1], within])
        return self._both(chain, self.ln(first), self.ln(rest))
