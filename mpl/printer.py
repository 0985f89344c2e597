"""A theory → MPL text that denotes it."""

from __future__ import annotations

from collections import Counter

from logic.formulas import Equal, Forall, Formula, Iff, close, forall
from logic.printing import formula_text, show_name
from logic.terms import UNIVERSE, Sort, Term, Var
from logic.theory import Definition, Function, Theory
from mpl.format import format_source

_GROUPED = {"sort", "var", "const"}
_TOGETHER = {
    ("theory", "import"), ("import", "import"), ("axiom", "axiom"), ("goal", "goal"),
    ("sort", "sort"), ("sort", "var"), ("data", "var"), ("var", "var"), ("const", "const"),
    ("const", "func"), ("func", "func"), ("func", "axiom"), ("pred", "axiom"), ("pred", "pred"),
    ("pred", "define"), ("define", "define"), ("induction", "induction"),
}  # fmt: skip


def print_theory(theory: Theory, unicode: bool = False) -> str:
    """The declarations of a theory; see :func:`mpl.print_theory`."""
    lines: list[str] = []
    before = ""
    printed: Counter[tuple[str, str]] = Counter()
    declarations = list(theory.declarations)
    while declarations:
        keyword, name = declarations.pop(0)
        names = [name]
        if keyword in _GROUPED:
            while (
                declarations
                and declarations[0][0] == keyword
                and (
                    _sort_of(theory, keyword, declarations[0][1]) == _sort_of(theory, keyword, name)
                )
            ):
                names.append(declarations.pop(0)[1])
        definition = theory.definitions.get(name) if keyword == "func" else None
        braces = definition is not None and definition.recursive
        if before and (braces or before == "}" or (before, keyword) not in _TOGETHER):
            lines.append("")
        lines.append(_declaration(theory, keyword, names, printed[keyword, name]))
        printed[keyword, name] += 1
        before = "}" if braces else keyword
    return format_source("\n".join(lines) + "\n", unicode)


def _sort_of(theory: Theory, keyword: str, name: str) -> Sort | None:
    if keyword == "var":
        return theory.variables[name].sort
    return theory.signature.functions[name].result if keyword == "const" else None


def _declaration(theory: Theory, keyword: str, names: list[str], earlier: int) -> str:
    name, signature = names[0], theory.signature
    listed = ", ".join(map(show_name, names))
    match keyword:
        case "theory" | "import" | "sort":
            return f"{keyword} {listed}"
        case "data":
            data = signature.data[name]
            made = " | ".join(c.name + _sorts(c.args) for c in data.constructors)
            return f"data {data.sort} = {made}"
        case "var" | "const":
            return f"{keyword} {listed} : {_sort_of(theory, keyword, name)}"
        case "func":
            return _function(theory, signature.functions[name])
        case "pred":
            return f"pred {show_name(name)}{_sorts(signature.predicates[name].args)}"
        case "define":
            return _define(theory, theory.definitions[name])
        case "axiom":
            return f"axiom {name}: {_statement(theory, theory.axioms[name])}"
        case "goal":
            return f"goal {name}: {_statement(theory, theory.goals[name])}"
        case "induction":
            # A definition may have several principles; imported ones come before ours.
            own = theory.declarations.count((keyword, name))
            i = [i for i in theory.inductions if i.definition == name][earlier - own]
            return (
                f"induction {i.definition}[{','.join(i.params)}]:"
                f" {i.base_set} from {i.start} by {i.successor}"
            )
        case "explore":
            bounds = theory.exploration
            assert bounds is not None
            symbols = f" with {', '.join(bounds.symbols)}" if bounds.symbols else ""
            depth = f" depth {bounds.depth}" if bounds.depth else ""
            return f"explore size {bounds.size}{symbols}{depth}"
    raise ValueError(f"a theory has no declarations of the kind '{keyword}'")


def _sorts(sorts: tuple[Sort, ...]) -> str:
    return f"({', '.join(map(str, sorts))})" if sorts else ""


def _function(theory: Theory, function: Function) -> str:
    header = f"func {show_name(function.name)}{_sorts(function.args)} -> {function.result}"
    definition = theory.definitions.get(function.name)
    if definition is None or not definition.recursive:
        return header
    equations = [f"  {_statement(theory, s)}" for s in definition.source]
    return "\n".join([header + " {", *equations, "}"])


def _statement(theory: Theory, formula: Formula) -> str:
    """A closed formula without those outer quantifiers that closing puts back."""
    bound = formula.vars if isinstance(formula, Forall) else ()
    body = formula.body if isinstance(formula, Forall) else formula
    for count in range(len(bound), 0, -1):
        dropped = all(theory.variables.get(v.name) == v for v in bound[:count])
        candidate = forall(bound[count:], body)
        if dropped and close(candidate) == formula:
            return _text(theory, candidate)
    return _text(theory, formula)


def _text(theory: Theory, node: Formula | Term) -> str:
    return formula_text(node, theory.signature, theory.variables)


def _define(theory: Theory, definition: Definition) -> str:
    (source,) = definition.source
    params: tuple[Var, ...] = ()
    if isinstance(source, Forall):
        params, source = source.vars, source.body
    assert isinstance(source, Iff | Equal)
    name = definition.symbol
    declared = ("pred", name) in theory.declarations or ("func", name) in theory.declarations
    declared = declared or ("const", name) in theory.declarations
    # In core brackets, parameters are of the universe unless the body says otherwise, and `var`
    # says nothing about them.
    universal = not declared and bool(params) and all(v.sort == UNIVERSE for v in params)
    if universal or any(theory.variables.get(v.name, v) != v for v in params):
        head = f"{name}[{','.join(v.name for v in params)}]"
    else:
        head = _text(theory, source.left)
    return f"define {head} := {_text(theory, source.right)}"
