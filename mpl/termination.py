"""Does a recursive definition stop? Its calls must shrink, in some order or all together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from logic.formulas import Equal, Formula
from logic.printing import show
from logic.terms import App, Term, Var, subterms
from logic.theory import Function
from mpl import syntax as raw
from mpl.context import Context


def check_termination(
    context: Context,
    function: Function,
    nodes: Sequence[raw.Expression],
    equations: Sequence[Equal],
) -> None:
    """Find an order in which arguments shrink, or a total size that does.

    The order is lexicographic: some position never grows in any call and shrinks in some; those
    calls are done with; the rest must shrink at other positions.
    """
    calls: list[tuple[int, App, list[str]]] = []
    for i, equation in enumerate(equations):
        assert isinstance(equation.left, App)
        for call in _calls(function.name, equation.right):
            pairs = zip(call.args, equation.left.args, strict=True)
            calls.append((i, call, [_compare(a, p) for a, p in pairs]))
    waiting = calls
    while waiting:
        for position in range(len(function.args)):
            column = [how[position] for _, _, how in waiting]
            if "<" in column and "?" not in column:
                waiting = [c for c in waiting if c[2][position] != "<"]
                break
        else:
            break
    if not waiting or all(_smaller(call, equations[i].left) for i, call, _ in calls):
        return
    index, call, _ = waiting[0]
    raise context.error(
        f"The definition of '{function.name}' may not terminate: for {show(equations[index].left)}"
        f" it calls {show(call)}.",
        nodes[index],
        "In a recursive call some argument must be a part of the pattern's.",
    )


def _calls(name: str, node: Term | Formula) -> Iterator[App]:
    """Every application of the function, conditions included."""
    waiting: list[object] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, App) and item.symbol == name:
            yield item
        if isinstance(item, tuple):
            waiting += reversed(item)
        fields = getattr(item, "__struct_fields__", ())
        waiting += [getattr(item, f) for f in reversed(fields) if f not in ("sort", "symbol")]


def _compare(argument: Term, pattern: Term) -> str:
    if argument == pattern:
        return "="
    return "<" if any(argument == part for part in subterms(pattern)) else "?"


def _smaller(call: App, left: Term) -> bool:
    """Whether the arguments together are smaller than the pattern's, whatever the variables are."""
    assert isinstance(left, App)
    ours, theirs = _measure(call.args), _measure(left.args)
    if ours is None or theirs is None:
        return False
    return ours[0] < theirs[0] and all(n <= theirs[1].get(v, 0) for v, n in ours[1].items())


def _measure(terms: Sequence[Term]) -> tuple[int, dict[str, int]] | None:
    """How many symbols, and how often each variable; None if a term is more than a pattern.

    The arguments of a call are patterns if they are built from parts of the pattern: any symbol
    that is not a constructor would have to occur in the pattern too, and none does.
    """
    size, variables = 0, dict[str, int]()
    for part in chain(*map(subterms, terms)):
        if isinstance(part, Var):
            variables[part.name] = variables.get(part.name, 0) + 1
        elif isinstance(part, App):
            size += 1
        else:
            return None
    return size, variables
