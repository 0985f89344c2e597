"""Definitions: conservative, or refused.

A recursive definition is accepted if its equations cover every case once (exhaustive, not
overlapping) and every recursive call is on smaller arguments, so that exactly one function
satisfies them. ``define`` is accepted if what it defines occurs neither in the body nor in what
the body is defined by, nor in an earlier axiom. Either way the theory proves nothing new about
the other symbols.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from logic.formulas import (
    Atom,
    Equal,
    Forall,
    Formula,
    Iff,
    close,
    forall,
    free_variables,
    symbols,
)
from logic.printing import show
from logic.terms import App, If, Sort, Term, Var, match_sort, substitute_sort, subterms
from logic.theory import Definition, Function, Predicate, Signature
from mpl import syntax as raw
from mpl.conditionals import TooManyCases, conditional_clauses, without_conditionals
from mpl.context import Context
from mpl.elaborate import Reader, too_many_cases
from mpl.sorts import parameters

STEPS_LIMIT = 20_000
"""How many steps the coverage check may take: its cases can multiply."""


# -- recursive definitions -----------------------------------------------------------------------


def define_by_equations(
    context: Context, function: Function, name: raw.Name, equations: tuple[raw.Expression, ...]
) -> Definition:
    """The definition that equations in braces give a declared function.

    Raises
    ------
    PorismError : an equation is not of the form ``f(patterns) = term``; the equations miss a case,
        overlap, or may recur for ever.
    """
    if not equations:
        raise context.error(
            f"The definition of '{function.name}' has no equations.",
            name,
            "Leave the braces out to declare a function without defining it.",
        )
    read = [_read_equation(context, function, node) for node in equations]
    _check_coverage(context, function, name, equations, read)
    _check_termination(context, function, equations, read)
    clauses: list[Formula] = []
    for node, equation in zip(equations, read, strict=True):
        try:
            clauses += map(close, conditional_clauses(equation))
        except TooManyCases:
            raise too_many_cases(context, node) from None
    return Definition(function.name, tuple(clauses), True, tuple(close(e) for e in read))


def _read_equation(context: Context, function: Function, node: raw.Expression) -> Equal:
    """One equation, its left side a linear pattern."""
    if not isinstance(node, raw.Call) or node.head.text != "=":
        raise context.error(
            f"An equation for '{function.name}' must stand here.",
            node,
            f"Equations have the form '{_shape(function)} = term'.",
        )
    reader = Reader(context)
    equation = reader.finish(reader.formula(node, {}))
    assert isinstance(equation, Equal)
    left = equation.left
    if not isinstance(left, App) or left.symbol != function.name:
        raise context.error(
            f"The left side of this equation is not an application of '{function.name}'.",
            node.args[0],
            f"Equations have the form '{_shape(function)} = term'.",
        )
    seen: set[str] = set()
    for pattern in chain(*map(subterms, left.args)):
        if isinstance(pattern, Var):
            if pattern.name in seen:
                raise context.error(
                    f"'{pattern.name}' stands twice in this pattern.",
                    node.args[0],
                    "Use two variables, and compare them with 'if'.",
                )
            seen.add(pattern.name)
        elif isinstance(pattern, If) or _kind(context, pattern) != "constructor":
            shown = show(pattern) if isinstance(pattern, App) else "if ... then ... else ..."
            raise context.error(
                f"'{shown}' is not a pattern.",
                node.args[0],
                "Patterns consist of constructors and variables.",
            )
    for variable in free_variables(equation.right):
        if variable.name not in seen:
            raise context.error(
                f"'{variable.name}' occurs on the right of this equation, but not on the left.",
                node.args[1],
            )
    _check_generality(
        context, node.args[0], function.name, function.args, [a.sort for a in left.args]
    )
    _check_parameters(context, node.args[1], (*left.args, left), equation.right)
    return equation


def _kind(context: Context, term: App) -> str:
    function = context.function(term.symbol)
    return function.kind if function else ""


def _shape(function: Function) -> str:
    if len(function.args) == 2 and not function.name[0].isalpha():
        return f"pattern {function.name} pattern"
    return f"{function.name}({', '.join('pattern' for _ in function.args)})"


def _check_generality(
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


def _check_parameters(
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


# -- coverage --------------------------------------------------------------------------------------


class _TooManySteps(Exception):
    pass


class _Overlap(Exception):
    def __init__(self, first: int, second: int) -> None:
        self.pair = (first, second)


def _check_coverage(
    context: Context,
    function: Function,
    name: raw.Name,
    nodes: Sequence[raw.Expression],
    equations: Sequence[Equal],
) -> None:
    rows = [(i, list(e.left.args)) for i, e in enumerate(equations) if isinstance(e.left, App)]
    try:
        missing = _missing(context.signature, rows, list(function.args), [STEPS_LIMIT], 0)
    except _Overlap as overlap:
        first, second = sorted(overlap.pair)
        lefts = [equations[i].left for i in (first, second)]
        raise context.error(
            f"Two equations of '{function.name}' overlap: '{_pattern(lefts[0])}' (line"
            f" {context.source.line(nodes[first].at)}) and '{_pattern(lefts[1])}'.",
            nodes[second],
            "Each case must match one equation only.",
        ) from None
    except _TooManySteps:
        raise context.error(
            f"The definition of '{function.name}' has too many cases to check.",
            name,
            "Match on fewer arguments at once.",
        ) from None
    if missing is not None:
        case = App(function.name, tuple(missing), function.result)
        raise context.error(
            f"The definition of '{function.name}' misses a case: {_pattern(case)}.", name
        )


def _pattern(term: Term) -> str:
    return show(term)


def _missing(
    signature: Signature,
    rows: list[tuple[int, list[Term]]],
    sorts: list[Sort],
    steps: list[int],
    depth: int,
) -> list[Term] | None:
    """Values of the given sorts that no row matches, ``_`` for any; None if there are none.

    The classical matrix algorithm: split the first column by the constructors of its sort. Where
    no column is left, the rows that are left all match: more than one means an overlap.
    """
    steps[0] -= 1 + len(rows) // 16
    if steps[0] < 0 or depth > 400:
        raise _TooManySteps
    if not rows:
        return [Var("_", s) for s in sorts]
    if not sorts:
        if len(rows) > 1:
            raise _Overlap(rows[0][0], rows[1][0])
        return None
    sort, rest = sorts[0], sorts[1:]
    if all(isinstance(row[0], Var) for _, row in rows):
        found = _missing(signature, [(i, row[1:]) for i, row in rows], rest, steps, depth + 1)
        return None if found is None else [Var("_", sort), *found]
    for constructor in signature.constructors(sort):
        binding: dict[str, Sort] = {}
        match_sort(constructor.result, sort, binding)
        inner = [substitute_sort(s, binding) for s in constructor.args]
        chosen: list[tuple[int, list[Term]]] = []
        for i, row in rows:
            first = row[0]
            if isinstance(first, Var):
                chosen.append((i, [*(Var("_", s) for s in inner), *row[1:]]))
            elif isinstance(first, App) and first.symbol == constructor.name:
                chosen.append((i, [*first.args, *row[1:]]))
        found = _missing(signature, chosen, inner + rest, steps, depth + 1)
        if found is not None:
            width = len(inner)
            return [App(constructor.name, tuple(found[:width]), sort), *found[width:]]
    return None


# -- termination -----------------------------------------------------------------------------------


def _check_termination(
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


# -- define ----------------------------------------------------------------------------------------


def define(context: Context, node: raw.Define) -> Definition:
    """``define HEAD := BODY``: declares the symbol if nothing has, and defines it.

    Raises
    ------
    PorismError : the head is not a symbol at distinct names; the body has free variables that the
        head lacks; the definition is circular, or comes after an axiom about its symbol.
    """
    head, names, core = _head(context, node.head)
    reader = Reader(context)
    reader.check_distinct(names)
    known = ("symbol", head.text) in context.declared
    _check_definable(context, head, known)

    scope = {}
    for name in names:
        declared = None if core else context.theory.variables.get(name.text)
        sort = declared.sort if declared else reader.sorts.unknown("c" if core else "b")
        if not declared:
            reader.binders.append((sort, name))
        scope[name.text] = Var(name.text, sort)
    signature = context.signature
    function = signature.functions.get(head.text) if known else None
    predicate = signature.predicates.get(head.text) if known else None
    symbol = function or predicate
    if symbol is not None:
        reader.check_arity(node.head, head, len(names), len(symbol.args))
        binding = reader.sorts.instance(symbol.args)
        reader.arguments(node.head, head, names, symbol.args, binding, scope)

    reader.sort_hint = f"Declare '{head.text}' with its sorts first, or write 'var {{}} : S'."
    is_predicate = predicate is not None or (function is None and _is_formula(context, node.body))
    params = tuple(scope.values())
    statement = _read_definition(context, reader, node, is_predicate, function, params)
    bound, inside = (
        (statement.vars, statement.body) if isinstance(statement, Forall) else ((), statement)
    )
    # Sorts are settled now; the head can be built, and declared.
    if symbol is None:
        context.declare("symbol", head, "")
        context.check_operator(head, not is_predicate, len(names))
        args = tuple(v.sort for v in bound)
        if is_predicate:
            signature.predicates[head.text] = Predicate(head.text, args, "defined")
        else:
            assert isinstance(inside, Equal)
            signature.functions[head.text] = Function(head.text, args, inside.right.sort, "defined")
    else:
        _check_generality(context, node.head, head.text, symbol.args, [v.sort for v in bound])
        if function:
            signature.functions[head.text] = Function(
                head.text, function.args, function.result, "defined"
            )
        else:
            signature.predicates[head.text] = Predicate(head.text, symbol.args, "defined")
    return _definition(context, node, head, bound, inside)


def _head(context: Context, head: raw.Expression) -> tuple[raw.Name, tuple[raw.Name, ...], bool]:
    """The symbol, the names of its parameters, and whether they stand in core brackets."""
    match head:
        case raw.CoreAtom(head=name, args=names):
            return name, names, True
        case raw.Name():
            return head, (), False
        case raw.Call(head=name, args=args) if all(isinstance(a, raw.Name) for a in args):
            names = tuple(a for a in args if isinstance(a, raw.Name))
            for parameter in names:
                if context.function(parameter.text):
                    raise context.error(
                        f"'{parameter.text}' is a symbol; a definition's head has variables only.",
                        parameter,
                        "Distinguish cases with 'if', or by equations in braces.",
                    )
            return name, names, False
    raise context.error(
        "A definition's head is a symbol applied to names.",
        head,
        "As in 'define n <= m := ...' or 'define square(n) := ...'.",
    )


def _check_definable(context: Context, head: raw.Name, known: bool) -> None:
    name, theory = head.text, context.theory
    if not known:
        return
    if name in theory.variables:
        raise context.error(f"'{name}' is a variable; it cannot be defined.", head)
    function = theory.signature.functions.get(name)
    if function and function.kind == "constructor":
        raise context.error(f"'{name}' is a constructor; it cannot be defined.", head)
    if name in theory.definitions:
        raise context.error(f"'{name}' is already defined.", head)
    file, place = context.declared["symbol", name]
    if file != context.source.file:
        raise context.error(
            f"'{name}' is declared elsewhere ({place}); only that file can define it.", head
        )
    if axiom := context.assumed.get(name):
        raise context.error(
            f"'{name}' occurs in the axiom '{axiom}' before it is defined.",
            head,
            "Define it before the first axiom about it.",
        )


def _is_formula(context: Context, body: raw.Expression) -> bool:
    match body:
        case raw.Numeral() | raw.Brackets() | raw.Conditional() | raw.Ascription():
            return False
        case raw.Name(text=text):
            return context.predicate(text) is not None
        case raw.Call(head=head):
            return head.text in ("=", "!=") or context.predicate(head.text) is not None
    return True


def _read_definition(
    context: Context,
    reader: Reader,
    node: raw.Define,
    is_predicate: bool,
    function: Function | None,
    params: tuple[Var, ...],
) -> Formula:
    """The body under the parameters, sorts settled: a formula, or ``body = body`` for a term."""
    scope = {v.name: v for v in params}
    if is_predicate:
        return reader.finish(_under(params, reader.formula(node.body, scope)))
    body = reader.term(node.body, scope)
    if function:
        binding: dict[str, Sort] = {}
        for declared, variable in zip(function.args, params, strict=True):
            match_sort(declared, reader.sorts.resolve(variable.sort), binding)
        result = substitute_sort(function.result, binding)
        reader.expect(body, result, node.body, f"The value of '{function.name}'")
    return reader.finish(_under(params, Equal(body, body)))


def _under(params: tuple[Var, ...], body: Formula) -> Formula:
    return Forall(params, body) if params else body


def _definition(
    context: Context, node: raw.Define, head: raw.Name, params: tuple[Var, ...], inside: Formula
) -> Definition:
    theory, name = context.theory, head.text
    own = {v.name for v in params}
    for variable in free_variables(inside):
        if variable.name not in own:
            raise context.error(
                f"'{variable.name}' is free in the definition of '{name}'.",
                node.body,
                "Bind it with a quantifier, or make it a parameter.",
            )
    if circle := _circle(context, name, inside):
        raise context.error(f"The definition of '{name}' is circular: {circle}.", head)
    if name in theory.signature.functions:
        assert isinstance(inside, Equal)
        function = theory.signature.functions[name]
        binding: dict[str, Sort] = {}
        for declared, variable in zip(function.args, params, strict=True):
            match_sort(declared, variable.sort, binding)
        left = App(name, params, substitute_sort(function.result, binding))
        _check_parameters(context, node.body, (left, *params), inside.right)
        equation = Equal(left, inside.right)
        try:
            clauses = tuple(forall(params, c) for c in conditional_clauses(equation))
        except TooManyCases:
            raise too_many_cases(context, node.body) from None
        return Definition(name, clauses, False, (forall(params, equation),))
    _check_parameters(context, node.body, params, inside)
    atom = Atom(name, params)
    try:
        clause = _under(params, Iff(atom, without_conditionals(inside)))
    except TooManyCases:
        raise too_many_cases(context, node.body) from None
    return Definition(name, (clause,), False, (_under(params, Iff(atom, inside)),))


def _circle(context: Context, name: str, body: Formula) -> str:
    """How a definition would come back to its symbol: ``f uses g, g uses f``; or nothing."""
    definitions = context.theory.definitions
    paths = {s: [name, s] for s in sorted(symbols(body))}
    waiting = list(paths)
    while waiting:
        symbol = waiting.pop(0)
        if symbol == name:
            path = paths[symbol]
            return ", ".join(f"{a} uses {b}" for a, b in pairwise(path))
        found = definitions.get(symbol)
        for clause in found.clauses if found else ():
            for used in sorted(symbols(clause) - {symbol}):
                if used not in paths:
                    paths[used] = [*paths[symbol], used]
                    waiting.append(used)
    return ""
