"""Declarations → a theory: each adds to what the next may name."""

from __future__ import annotations

from collections.abc import Callable

from logic.errors import nearest
from logic.formulas import symbols
from logic.operators import is_operator
from logic.terms import Sort, Var
from logic.theory import (
    DataType,
    Exploration,
    Function,
    Induction,
    Predicate,
    Signature,
    Theory,
)
from mpl import syntax as raw
from mpl.context import Context
from mpl.definitions import define
from mpl.elaborate import read_statement
from mpl.inhabited import inhabited
from mpl.parse import Parsed
from mpl.recursion import define_by_equations

Importer = Callable[[raw.Import, Context], None]
"""Merges the theory that an import names into a context."""


def build_theory(parsed: Parsed, name: str, path: str, importer: Importer) -> Context:
    """The theory that declarations denote, with its names' origins.

    Raises
    ------
    PorismError : at the first declaration that cannot be.
    """
    context = Context(Theory(name, Signature({}, {}, {}, {}), path=path), parsed.source)
    for _, declaration in parsed.declarations:
        for symbol in _declares(declaration):
            context.later.setdefault(symbol.text, parsed.source.line(symbol.at))
    named = False
    explore: raw.Explore | None = None
    for piece, declaration in parsed.declarations:
        match declaration:
            case raw.TheoryName(name=own):
                if named:
                    raise context.error("A theory has one name; this is a second.", own)
                named = True
                context.theory.name = own.text
                _record(context, "theory", own.text)
            case raw.Import():
                importer(declaration, context)
                context.theory.imports = (*context.theory.imports, declaration.target)
                _record(context, "import", declaration.target)
            case raw.Sorts(names=names):
                for sort in names:
                    _declare_sort(context, sort)
            case raw.Data():
                _declare_data(context, declaration)
            case raw.Variables():
                _declare_variables(context, declaration)
            case raw.Constants(names=names, sort=sort_name):
                of = context.sort(sort_name)
                for constant in names:
                    context.declare("symbol", constant, "const")
                    context.check_operator(constant, True, 0)
                    context.signature.functions[constant.text] = Function(constant.text, (), of)
            case raw.FunctionDeclaration():
                _declare_function(context, declaration)
            case raw.PredicateDeclaration(name=predicate, args=args):
                sorts = tuple([context.sort(a) for a in args])
                context.declare("symbol", predicate, "pred")
                context.check_operator(predicate, False, len(sorts))
                context.signature.predicates[predicate.text] = Predicate(predicate.text, sorts)
            case raw.Define():
                definition = define(context, declaration)
                context.theory.definitions[definition.symbol] = definition
                _record(context, "define", definition.symbol)
            case raw.Axiom(name=label, formula=formula):
                context.declare("statement", label, "axiom")
                axiom = read_statement(context, formula)
                context.theory.axioms[label.text] = axiom
                for symbol_name in symbols(axiom):
                    context.assumed.setdefault(symbol_name, label.text)
            case raw.Goal(name=label, formula=formula):
                context.declare("statement", label, "goal")
                context.theory.goals[label.text] = read_statement(context, formula)
            case raw.InductionPrinciple():
                _declare_induction(context, declaration)
            case raw.Explore():
                if explore is not None:
                    raise parsed.source.error(
                        "'explore' stands twice; a theory has one.", piece.at, piece.at + 7
                    )
                explore = declaration
                _record(context, "explore", "")
    if explore is not None:
        context.theory.exploration = _exploration(context, explore)
    context.theory.declarations = tuple(context.declarations)
    return context


def _record(context: Context, keyword: str, name: str) -> None:
    context.declarations.append((keyword, name))


def _declares(declaration: raw.Declaration) -> tuple[raw.Name, ...]:
    """The symbols and variables that a declaration adds."""
    match declaration:
        case raw.Data(constructors=constructors):
            return tuple(c.name for c in constructors)
        case raw.Variables(names=names) | raw.Constants(names=names):
            return names
        case raw.FunctionDeclaration(name=name) | raw.PredicateDeclaration(name=name):
            return (name,)
        case raw.Define(head=raw.Call(head=name) | raw.CoreAtom(head=name)):
            return (name,)
    return ()


def _declare_sort(context: Context, name: raw.Name) -> None:
    if name.text in context.parameters:
        raise context.error(
            f"'{name.text}' is already a type parameter of a data type.",
            name,
            "Choose another name.",
        )
    context.declare("sort", name, "sort")
    context.signature.sorts[name.text] = Sort(name.text)


def _declare_data(context: Context, node: raw.Data) -> None:
    seen: set[str] = set()
    for parameter in node.params:
        if ("sort", parameter.text) in context.declared or parameter.text == node.name.text:
            raise context.error(
                f"'{parameter.text}' is already a sort; a type parameter needs another name.",
                parameter,
            )
        if is_operator(parameter.text) or parameter.text[0].isdigit():
            raise context.error(f"'{parameter.text}' cannot name a type parameter.", parameter)
        if parameter.text in seen:
            raise context.error(f"The type parameter '{parameter.text}' stands twice.", parameter)
        seen.add(parameter.text)
    if node.name.text in context.parameters:
        raise context.error(
            f"'{node.name.text}' is already a type parameter of a data type.", node.name
        )
    context.declare("sort", node.name, "data")
    context.parameters |= {p.text: None for p in node.params}
    sort = Sort(node.name.text, tuple(Sort(p.text, parameter=True) for p in node.params))
    context.signature.data[node.name.text] = DataType(sort, ())
    constructors = []
    for constructor in node.constructors:
        args = tuple([context.sort(a) for a in constructor.args])
        for arg, written in zip(args, constructor.args, strict=True):
            _check_constructor_sort(context, node, sort, arg, written)
        context.declare("symbol", constructor.name, "")
        constructors.append(Function(constructor.name.text, args, sort, "constructor"))
    for made in constructors:
        context.signature.functions[made.name] = made
    context.signature.data[node.name.text] = DataType(sort, tuple(constructors))
    if not inhabited(context.signature, sort):
        raise context.error(
            f"The data type '{node.name.text}' has no values: each constructor needs one first.",
            node.name,
            "Add a constructor without it, such as a constant.",
        )


def _check_constructor_sort(
    context: Context,
    node: raw.Data,
    whole: Sort,
    arg: Sort,
    written: raw.SortName,
) -> None:
    """A constructor knows the type's own parameters only, and recurs at the type itself."""
    waiting = [arg]
    own = [p.text for p in node.params]
    while waiting:
        sort = waiting.pop()
        if sort.parameter and sort.name not in own:
            raise context.source.error(
                f"'{sort.name}' is not a type parameter of '{whole.name}'.",
                written.at,
                written.end,
                f"Write 'data {whole.name}({', '.join([*own, sort.name])})'.",
            )
        if sort.name == whole.name and sort != whole:
            raise context.source.error(
                f"'{whole.name}' must recur as {whole}, not as {sort}.", written.at, written.end
            )
        waiting += sort.args


def _declare_variables(context: Context, node: raw.Variables) -> None:
    sort = context.sort(node.sort)
    for name in node.names:
        if is_operator(name.text):
            raise context.error(f"An operator such as '{name.text}' cannot name this.", name)
        context.declare("symbol", name, "var")
        context.theory.variables[name.text] = Var(name.text, sort)


def _declare_function(context: Context, node: raw.FunctionDeclaration) -> None:
    args = tuple([context.sort(a) for a in node.args])
    result = context.sort(node.result)
    context.declare("symbol", node.name, "func")
    context.check_operator(node.name, True, len(args))
    name = node.name.text
    function = Function(name, args, result, "function" if node.equations is None else "defined")
    context.signature.functions[name] = function
    if node.equations is not None:
        definition = define_by_equations(context, function, node.name, node.equations)
        context.theory.definitions[name] = definition


def _declare_induction(context: Context, node: raw.InductionPrinciple) -> None:
    name = node.definition.text
    definition = context.theory.definitions.get(name)
    predicate = context.signature.predicates.get(name)
    if definition is None or predicate is None:
        known = [d for d in context.theory.definitions if d in context.signature.predicates]
        raise context.error(
            f"'{name}' is not a defined predicate; 'induction' needs one.",
            node.definition,
            nearest(name, known),
        )
    if len(node.params) != len(predicate.args):
        raise context.error(
            f"'{name}' has {len(predicate.args)} parameters, but {len(node.params)} are given.",
            node.definition,
        )
    params = [p.text for p in node.params]
    for i, parameter in enumerate(node.params):
        if parameter.text in params[:i]:
            raise context.error(f"'{parameter.text}' is bound twice here.", parameter)
    for part in (node.base_set, node.start, node.successor):
        if part.text not in params:
            raise context.error(
                f"'{part.text}' is not one of the parameters of this principle.",
                part,
                nearest(part.text, params),
            )
    principle = Induction(
        name, tuple(params), node.base_set.text, node.start.text, node.successor.text
    )
    if principle in context.theory.inductions:
        raise context.error("This principle is stated already.", node.definition)
    context.theory.inductions = (*context.theory.inductions, principle)
    _record(context, "induction", name)


def _exploration(context: Context, node: raw.Explore) -> Exploration:
    known = [*context.signature.functions, *context.signature.predicates]
    for symbol in node.symbols:
        if symbol.text not in known:
            if symbol.text in context.theory.variables:
                raise context.error(
                    f"'{symbol.text}' is a variable; 'explore' lists functions and predicates.",
                    symbol,
                )
            raise context.error(
                f"'{symbol.text}' is not declared.",
                symbol,
                nearest(symbol.text, known) or "'explore' lists functions and predicates.",
            )
    if not 1 <= node.size.value <= 100:
        raise context.error("The size to explore must lie between 1 and 100.", node.size)
    symbols = tuple(dict.fromkeys(s.text for s in node.symbols))
    return Exploration(node.size.value, symbols, node.depth.value if node.depth else 0)
