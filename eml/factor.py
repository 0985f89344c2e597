"""Sums of products as polynomials in their atoms, factored with SymPy."""

from __future__ import annotations

from functools import lru_cache

import sympy

from eml.sums import Product, Sum
from logic.terms import Term

MOST_PRODUCTS = 8
MOST_COPIES = 12


@lru_cache(maxsize=4096)
def factor(form: Sum) -> tuple[Sum, Sum] | None:
    """An irreducible factor and what is left, both unsorted; None if there are no two."""
    atoms: list[Term] = []
    for product in form:
        atoms += [atom for atom in product.atoms if atom not in atoms]
    linear = all(len(product.atoms) < 2 for product in form)
    if len(form) > MOST_PRODUCTS or linear or not atoms:
        return None
    symbols = [sympy.Dummy(f"a{k}") for k in range(len(atoms))]
    names = dict(zip(atoms, symbols, strict=True))
    whole = sympy.Add(
        *(sympy.Mul(-1 if p.negative else 1, *(names[a] for a in p.atoms)) for p in form)
    )
    number, found = sympy.factor_list(whole, *symbols)
    if number not in (1, -1) or sum(power for _, power in found) < 2:
        return None
    first = found[0][0]
    parts = []
    for part in (first, sympy.cancel(whole / first)):
        products: list[Product] = []
        for powers, coefficient in sympy.Poly(part, *symbols).terms():
            copies = abs(int(coefficient)) if coefficient.is_Integer else MOST_COPIES + 1
            if copies > MOST_COPIES:
                return None
            of = tuple(a for a, power in zip(atoms, powers, strict=True) for _ in range(power))
            products += [Product(bool(coefficient < 0), of)] * copies
        parts.append(tuple(products))
    return parts[0], parts[1]
