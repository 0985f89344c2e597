"""Sums, products and inverses of normal forms, with a proof of every step.

Sums and products are nested to the right and sorted; what cancels cancels, halves merge, an inverse
is taken of each factor. A product of sums is multiplied out, but a sum and its own inverse are one.
"""

from __future__ import annotations

from eml.conditions import Conditions
from eml.factor import factor
from eml.laws import Chain, Equation, Proof, Unprovable, app, reverse
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
    negated,
    product_term,
    without,
)
from logic.printing import show
from logic.terms import App, Term, Var

MOST_PRODUCTS = 300
"""Sums are not multiplied out beyond this: 10^50 is a sum of ones too."""


class Field(Conditions):
    """The arithmetic of normal forms within one proof."""

    def __init__(self, proof: Proof) -> None:
        super().__init__(proof)
        self._keys: dict[Term, tuple[int, str, int]] = {}

    def exp(self, a: Sum) -> Result:
        raise NotImplementedError

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

    # -- sums --------------------------------------------------------------------------------

    def add(self, a: Sum, b: Sum) -> Result:
        if len(a) + len(b) > MOST_PRODUCTS:
            raise Unprovable
        chain = Chain(self.proof, app("+", self.term(a), self.term(b)))
        if not a:
            return b, chain.law("zero_add", [self.term(b)]).equation
        if not b:
            return a, chain.law("add_zero", [self.term(a)]).equation
        if len(a) == 1:
            return self._insert(a[0], b)
        first, rest = self.term(a[:1]), self.term(a[1:])
        chain.law("add_assoc", [first, rest, self.term(b)])
        tail, equation = self.add(a[1:], b)
        chain.use(equation, 1)
        form, equation = self.add(a[:1], tail)
        return form, chain.use(equation).equation

    def _insert(self, product: Product, form: Sum) -> Result:
        first, head = self.term((product,)), form[0]
        chain = Chain(self.proof, app("+", first, self.term(form)))
        bare, rest = product_term(product.atoms), self.term(form[1:])
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
        if (met := self._meet_half(product, form)) is not None:
            result, equation = met
            return result, chain.use(equation).equation
        third = Product(False, (app("inv", THREE),))
        if product == third and form == (third, third):
            return ONE, chain.law("third_add", []).equation
        if self._order(product) <= self._order(head):
            result = (product, *form)
            self.term(result)
            return result, chain.equation
        if len(form) == 1:
            result = (head, product)
            self.term(result)
            return result, chain.law("add_comm", [first, self.term(form)]).equation
        chain.law("add_left_comm", [first, self.term((head,)), rest])
        tail, equation = self._insert(product, form[1:])
        chain.use(equation, 1)
        result, equation = self.add((head,), tail)
        return result, chain.use(equation).equation

    def _meet_half(self, product: Product, form: Sum) -> Result | None:
        """w - w/2 = w/2 and -w/2 + w = w/2, wherever in the sum the other one is."""
        negative, atoms = product
        half = Product(negative, (HALF, *atoms))
        if negated((half,))[0] in form:
            halves, equation = self._halves(half) or (None, None)
            if halves != (product,) or equation is None:
                return None
            first, rest = self.term((half,)), self.term(form)
            chain = Chain(self.proof, app("+", self.term((product,)), rest))
            chain.use(reverse(self.proof, equation), 0).law("add_assoc", [first, first, rest])
            inner, equation = self._insert(half, form)
            chain.use(equation, 1)
            result, equation = self.add((half,), inner)
            return result, chain.use(equation).equation
        whole = Product(not negative, atoms[1:])
        if atoms[:1] != (HALF,) or whole not in form or len(form) == 1:
            if atoms[:1] != (HALF,) or form != (whole,):
                return None
            first, last = self.term((product,)), self.term(form)
            chain = Chain(self.proof, app("+", first, last)).law("add_comm", [first, last])
            result, equation = self._insert(whole, (product,))
            return result, chain.use(equation).equation
        at = form.index(whole)
        rest_form = form[:at] + form[at + 1 :]
        back, equation = self._insert(whole, rest_form)
        if back != form:
            return None
        first, middle, last = (self.term(f) for f in ((product,), (whole,), rest_form))
        chain = Chain(self.proof, app("+", first, self.term(form)))
        chain.use(reverse(self.proof, equation), 1)
        chain.law("add_left_comm", [first, middle, last])
        inner, equation = self._insert(product, rest_form)
        chain.use(equation, 1)
        result, equation = self.add((whole,), inner)
        return result, chain.use(equation).equation

    def _halves(self, product: Product) -> Result | None:
        """w/2 + w/2 = w."""
        if not product.atoms or product.atoms[0] != HALF:
            return None
        whole = Product(product.negative, product.atoms[1:])
        term = self.term((product,))
        chain = Chain(self.proof, app("+", term, term))
        if product.negative:
            bare = product_term(product.atoms)
            chain.use(reverse(self.proof, self.proof.equation("neg_add", [bare, bare])))
        path = (0,) if product.negative else ()
        if whole.atoms:
            chain.law("half_add", [product_term(whole.atoms)], *path)
        else:
            chain.law("half_half", [], *path)
        self.term((whole,))
        return (whole,), chain.equation

    def neg(self, a: Sum) -> Result:
        chain = Chain(self.proof, app("neg", self.term(a)))
        if not a:
            return (), chain.law("neg_zero", []).equation
        if len(a) == 1:
            form: Sum = (Product(not a[0].negative, a[0].atoms),)
            self.term(form)
            if a[0].negative:
                chain.law("neg_neg", [product_term(a[0].atoms)])
            return form, chain.equation
        chain.law("neg_add", [self.term(a[:1]), self.term(a[1:])])
        head, equation = self.neg(a[:1])
        chain.use(equation, 0)
        tail, equation = self.neg(a[1:])
        chain.use(equation, 1)
        form, equation = self.add(head, tail)
        return form, chain.use(equation).equation

    # -- products ----------------------------------------------------------------------------

    def mul(self, a: Sum, b: Sum) -> Result:
        if len(a) * len(b) > MOST_PRODUCTS:
            raise Unprovable
        x, y = self.term(a), self.term(b)
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
            first, rest = self.term(a[:1]), self.term(a[1:])
            chain.law("add_mul", [first, rest, y])
            return self._both(chain, self.mul(a[:1], b), self.mul(a[1:], b))
        if len(b) > 1:
            if (whole := self._whole(b, a)) is not None:
                chain.law("mul_comm", [x, y])
                form, equation = whole
                return form, chain.use(equation).equation
            first, rest = self.term(b[:1]), self.term(b[1:])
            chain.law("mul_add", [x, first, rest])
            return self._both(chain, self.mul(a, b[:1]), self.mul(a, b[1:]))
        return self._monomials(a[0], b[0])

    def _both(self, chain: Chain, left: Result, right: Result) -> Result:
        chain.use(left[1], 0).use(right[1], 1)
        form, equation = self.add(left[0], right[0])
        return form, chain.use(equation).equation

    def _whole(self, a: Sum, b: Sum) -> Result | None:
        """a * (inv(a) * w) = w for a sum a that is not zero."""
        x = self.term(a)
        inverse = app("inv", x)
        if len(b) != 1 or inverse not in b[0].atoms:
            return None
        step = self.nonzero(a)
        if step is None:
            return None
        y = self.term(b)
        chain = Chain(self.proof, app("*", x, y))
        others = (Product(b[0].negative, without(b[0].atoms, inverse)),)
        # The product with inv(a) taken out to the front is the same normal form.
        _, taken = self.mul(((Product(False, (inverse,))),), others)
        chain.use(reverse(self.proof, taken), 1)
        if others == ONE:
            return ONE, chain.law("mul_one", [inverse], 1).law(
                "mul_inv", [x], premises=[step]
            ).equation
        z = self.term(others)
        chain.use(reverse(self.proof, self.proof.equation("mul_assoc", [x, inverse, z])))
        chain.law("mul_inv", [x], 0, premises=[step])
        return others, chain.law("one_mul", [z]).equation

    def _monomials(self, a: Product, b: Product) -> Result:
        x, y = product_term(a.atoms), product_term(b.atoms)
        chain = Chain(self.proof, app("*", self.term((a,)), self.term((b,))))
        path: tuple[int, ...] = ()
        if a.negative:
            chain.law("neg_mul", [x, self.term((b,))])
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
            self.term(form)
            return form, chain.law("one_mul", [y]).equation
        if not b:
            form = (Product(False, a),)
            self.term(form)
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
            self.term(tail)
            form, equation = self.mul(form, tail)
            return form, chain.use(equation).equation
        if self.key(atom) <= self.key(head):
            form = (Product(False, (atom, *atoms)),)
            self.term(form)
            return form, chain.equation
        if len(atoms) == 1:
            form = (Product(False, (head, atom)),)
            self.term(form)
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
        x = self.term(a)
        chain = Chain(self.proof, app("inv", x))
        if not a:
            return (), chain.law("inv_zero", []).equation
        if len(a) > 1:
            if (parts := self._common(a)) is not None:
                first, rest, equation = parts
                chain.use(equation, 0).law("inv_mul", [self.term(first), self.term(rest)])
                left, equation = self.inv(first)
                chain.use(equation, 0)
                right, equation = self.inv(rest)
                chain.use(equation, 1)
                form, equation = self.mul(left, right)
                return form, chain.use(equation).equation
            minus = negated(a)
            if self.positive(minus) is not None:
                _, equation = self.neg(minus)
                chain.use(reverse(self.proof, equation), 0).law("inv_neg", [self.term(minus)])
                inner, equation = self.inv(minus)
                chain.use(equation, 0)
                form, equation = self.neg(inner)
                return form, chain.use(equation).equation
            form = (Product(False, (app("inv", x),)),)
            self.term(form)
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
        self.term(form)
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

    def factors(self, a: Sum) -> tuple[Sum, Sum] | None:
        """Two sums whose product is the sum, as a polynomial in its atoms."""
        found = factor(a)
        if found is None:
            return None
        first, rest = (
            tuple(
                sorted(
                    (Product(p.negative, tuple(sorted(p.atoms, key=self.key))) for p in part),
                    key=self._order,
                )
            )
            for part in found
        )
        return (first, rest) if self.mul(first, rest)[0] == a else None
