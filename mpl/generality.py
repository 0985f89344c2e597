"""A definition must define its symbol at every sort that the declaration promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logic.formulas import Formula
from logic.terms import App, Sort, Term, Var, match_sort
from mpl import syntax as raw
from mpl.context import Context
from mpl.sorts import parameters


def check_generality(
    context: Context,
    node: raw.Expression,
    name: str,
    declared: Sequence[Sort],
    actual: Sequence[Sort],
) -> None:
    """The definition must speak of all sorts that the declaration allows."""
    binding: dict[str, Sort] = {}
    for d, a in zip(declared, actual, strict=True):
        if not match_sort(d, a, binding):
            raise context.error(f"'{name}' is declared for {d}, but this defines it for {a}.", node)
    images = list(binding.values())
    for parameter, image in binding.items():
        if not image.parameter or images.count(image) > 1:
            raise context.error(
                f"'{name}' is declared for every sort {parameter},"
                f" but this defines it only for {image}.",
                node,
            )


def check_parameters(
    context: Context, node: raw.Expression, left: Sequence[Term], right: Term | Formula
) -> None:
    """A type parameter of the body only would say the same thing of all sorts at once."""
    known = parameters(t.sort for t in left)
    for sort in _sorts(right):
        for parameter in parameters([sort]):
            if parameter not in known:
                raise context.error(
                    f"The sort {sort} in this body depends on {parameter}, which the head does"
                    " not determine.",
                    node,
                )


def _sorts(node: Term | Formula) -> Iterator[Sort]:
    """The sorts of all subterms and bound variables."""
    waiting: list[object] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting += item
        elif isinstance(item, Var | App):
            yield item.sort
        fields = getattr(item, "__struct_fields__", ())
        waiting += [getattr(item, f) for f in fields if f not in ("sort", "symbol", "name")]
