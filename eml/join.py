"""a = b for two different normal forms, with a proof of every step.

Three ways: multiplying with a denominator; two atoms whose arguments are equal; and two logarithms
with one coefficient, ln u + ln v = ln(u v), where u v is something simpler. The numbers at the test
points say where to look, the laws whether it is so.
"""

from __future__ import annotations

from collections.abc import Iterator

from eml.laws import UNIT, ZERO, Chain, Equation, app, reverse
from eml.normal import Normalizer
from eml.sums import IMAGINARY, Product, Sum, without
from logic.formulas import Equal
from logic.printing import show
from logic.terms import App, Term, term_size

DEPTH = 6


def join(n: Normalizer, a: Sum, b: Sum, depth: int = DEPTH) -> Equation | None:
    """The equation a = b, or None."""
    x, y = n.term(a), n.term(b)
    if a == b:
        return Equation(x, x, None)
    if not depth or not n.proof.witness.equal(x, y):
        return None
    return _by_denominator(n, a, b, depth) or _by_difference(n, a, b, depth)


def _by_denominator(n: Normalizer, a: Sum, b: Sum, depth: int) -> Equation | None:
    denominator = next(
        (
            n.form(atom.args[0])
            for product in (*a, *b)
            for atom in product.atoms
            if isinstance(atom, App) and atom.symbol == "inv" and len(n.form(atom.args[0])) > 1
        ),
        None,
    )
    if denominator is None:
        return None
    step = n.nonzero(denominator, True)
    assert step is not None
    z = n.term(denominator)
    left, first = n.mul(a, denominator)
    right, second = n.mul(b, denominator)
    inner = join(n, left, right, depth - 1)
    if inner is None:
        return None
    chain = Chain(n.proof, first.left).use(first).use(inner)
    whole = chain.use(reverse(n.proof, second)).equation
    assert whole.step is not None
    return n.proof.equation("mul_cancel", [n.term(a), n.term(b), z], [step, whole.step])


def _by_difference(n: Normalizer, a: Sum, b: Sum, depth: int) -> Equation | None:
    """a = b because a - b is zero after some replacements."""
    x, y = n.term(a), n.term(b)
    minus, equation = n.neg(b)
    chain = Chain(n.proof, app("+", x, app("neg", y))).use(equation, 1)
    form, equation = n.add(a, minus)
    chain.use(equation)
    for _ in range(2 * DEPTH):
        if not form:
            break
        step = next(_steps(n, form, depth - 1), None)
        if step is None:
            return None
        form, equation = step
        chain.use(equation)
    if form or chain.step is None:
        return None
    assert n.proof.graph.step(chain.step).formula == Equal(chain.start, ZERO)
    return n.proof.equation("difference", [x, y], [chain.step])


def _steps(n: Normalizer, form: Sum, depth: int) -> Iterator[tuple[Sum, Equation]]:
    """Simpler sums that the sum equals."""
    for index, product in enumerate(form):
        for other in form[index + 1 :]:
            for atom in product.atoms:
                yield from _same(n, form, product, other, atom, depth)
                yield from _sum_of_logarithms(n, form, product, other, atom, depth)


def _same(
    n: Normalizer, form: Sum, product: Product, other: Product, atom: Term, depth: int
) -> Iterator[tuple[Sum, Equation]]:
    """Of an atom of one product and one of the other that are equal the larger one is replaced."""
    for second in other.atoms:
        if not (
            isinstance(atom, App)
            and isinstance(second, App)
            and atom != second
            and atom.symbol == second.symbol
            and atom.args
            and n.proof.witness.equal(atom, second)
        ):
            continue
        place, old, new = product, atom, second
        if (term_size(old), show(old)) < (term_size(new), show(new)):
            place, old, new = other, second, atom
        inner = join(n, n.form(old.args[0]), n.form(new.args[0]), depth)
        if inner is None:
            continue
        chain = Chain(n.proof, old).use(inner, 0)
        factor = Product(place.negative, without(place.atoms, old))
        rest, single = _without(form, (place,)), (Product(False, (old,)),)
        yield from _put_back(n, form, rest, factor, single, ((Product(False, (new,)),), chain))


def _sum_of_logarithms(
    n: Normalizer, form: Sum, product: Product, other: Product, atom: Term, depth: int
) -> Iterator[tuple[Sum, Equation]]:
    """c ln u + c ln v = c ln w, where w = u v is a unit or the argument of another logarithm."""
    if not _is_ln(atom):
        return
    factor = Product(product.negative, without(product.atoms, atom))
    for second in other.atoms:
        if not _is_ln(second) or Product(other.negative, without(other.atoms, second)) != factor:
            continue
        assert isinstance(atom, App) and isinstance(second, App)
        u, v = n.form(atom.args[0]), n.form(second.args[0])
        uv = app("*", n.term(u), n.term(v))
        for w in _arguments(form):
            if not n.proof.witness.equal(uv, w):
                continue
            one, another = n.nonzero(u, True), n.nonzero(v, True)
            within = n.dare(app("+", atom, second))
            if one is None or another is None or within is None:
                continue
            result, equation = n.mul(u, v)
            goal, _ = n.normal(w)
            inner = join(n, result, goal, depth)
            if inner is None:
                continue
            law = n.proof.equation("ln_mul_strip", list(uv.args), [one, another, within])
            chain = Chain(n.proof, law.right).use(reverse(n.proof, law)).use(equation, 0)
            chain.use(inner, 0)
            logarithm, equation = n.ln(goal)
            chain.use(equation)
            pair: Sum = (Product(False, (atom,)), Product(False, (second,)))
            rest = _without(form, (product, other))
            yield from _put_back(n, form, rest, factor, pair, (logarithm, chain))


def _is_ln(atom: Term) -> bool:
    return isinstance(atom, App) and atom.symbol == "ln"


def _arguments(form: Sum) -> list[Term]:
    """What the product of two arguments may be: 1, -1, i, -i, and the other arguments."""
    units = [UNIT, app("neg", UNIT), IMAGINARY, app("neg", IMAGINARY)]
    found = [a.args[0] for p in form for a in p.atoms if isinstance(a, App) and _is_ln(a)]
    return [*units, *dict.fromkeys(found)]


def _without(form: Sum, products: tuple[Product, ...]) -> Sum:
    left = list(form)
    for product in products:
        left.remove(product)
    return tuple(left)


def _put_back(
    n: Normalizer,
    form: Sum,
    rest: Sum,
    factor: Product,
    part: Sum,
    new: tuple[Sum, Chain],
) -> Iterator[tuple[Sum, Equation]]:
    """form = rest + factor * part becomes rest + factor * new; the chain proves part = new."""
    scale: Sum = (factor,)
    product, first = n.mul(scale, part)
    whole, second = n.add(rest, product)
    result, chain = new
    if whole != form or chain.start != n.term(part):
        # Parts are sorted within a sum; as a sum of their own they may stand the other way round.
        return
    back = Chain(n.proof, app("+", n.term(rest), first.left)).use(first, 1).use(second)
    forward = Chain(n.proof, n.term(form)).use(reverse(n.proof, back.equation))
    forward.use(chain.equation, 1, 1)
    product, equation = n.mul(scale, result)
    forward.use(equation, 1)
    total, equation = n.add(rest, product)
    yield total, forward.use(equation).equation
