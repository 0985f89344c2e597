"""``define HEAD := BODY``: conservative, or refused.

A definition is accepted if what it defines occurs neither in the body nor in what the body is
defined by, nor in an earlier axiom: the theory proves nothing new about the other symbols.
"""

from __future__ import annotations

from itertools import pairwise

from logic.formulas import Atom, Equal, Forall, Formula, Iff, forall, free_variables, symbols
from logic.terms import App, Sort, Var, match_sort, substitute_sort
from logic.theory import Definition, Function, Predicate
from mpl import syntax as raw
from mpl.conditionals import TooManyCases, conditional_clauses, without_conditionals
from mpl.context import Context
from mpl.elaborate import Reader, too_many_cases
from mpl.generality import check_generality, check_parameters


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
        check_generality(context, node.head, head.text, symbol.args, [v.sort for v in bound])
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
        check_parameters(context, node.body, (left, *params), inside.right)
        equation = Equal(left, inside.right)
        try:
            clauses = tuple(forall(params, c) for c in conditional_clauses(equation))
        except TooManyCases:
            raise too_many_cases(context, node.body) from None
        return Definition(name, clauses, False, (forall(params, equation),))
    check_parameters(context, node.body, params, inside)
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
