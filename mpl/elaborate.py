"""Raw expressions → terms and formulas: names, arities and sorts.

One :class:`Reader` reads one formula (or the parts of one definition). It works in two passes:
the first resolves names and collects what the expression says about sorts, the second
(:meth:`Reader.finish`) fills the sorts in.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, count
from typing import Any, cast

from msgspec import Struct

from logic.errors import PorismError
from logic.formulas import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    close,
    conjunction,
    exists,
    forall,
)
from logic.printing import list_constructors, numeral_constructors
from logic.terms import UNIVERSE, App, If, Sort, Term, Var, substitute_sort
from logic.theory import DataType
from mpl import syntax as raw
from mpl.conditionals import CASES_LIMIT, TooManyCases, without_conditionals
from mpl.context import Context, counted
from mpl.sorts import Unifier, is_unknown, parameters

Scope = Mapping[str, Var]
"""The bound variables in view, by name."""

_CONNECTIVES: dict[str, type[And] | type[Or] | type[Implies] | type[Iff]] = {
    "and": And,
    "or": Or,
    "->": Implies,
    "<->": Iff,
}


def read_statement(context: Context, node: raw.Expression) -> Formula:
    """An axiom, a goal or a formula asked for: closed, and without ``if``.

    Raises
    ------
    PorismError : a name, an arity or a sort is wrong.
    """
    reader = Reader(context)
    formula = reader.finish(reader.formula(node, {}))
    try:
        return close(without_conditionals(formula))
    except TooManyCases:
        raise too_many_cases(context, node) from None


def too_many_cases(context: Context, node: raw.Expression) -> PorismError:
    return context.error(
        f"The 'if's of one equation make more than {CASES_LIMIT} cases.",
        node,
        "Define a function for a part of it.",
    )


class _Special(Struct, frozen=True):
    """A numeral or a list whose data type is not known yet; in the first pass it is a term."""

    value: int | tuple[Term, ...]
    item: Sort
    sort: Sort
    node: raw.Expression


class Reader:
    """Reads expressions that share their free variables and unknown sorts."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.sorts = Unifier()
        self.specials: list[_Special] = []
        self.binders: list[tuple[Sort, raw.Name]] = []
        self.rigid: dict[str, None] = {}  # the type parameters that the author names
        self.generalised: dict[str, Sort] = {}
        self.shared: Sort | None = None
        self.sort_hint = "Write it: '{} : S'."

    # -- terms -------------------------------------------------------------------------------

    def term(self, node: raw.Expression, scope: Scope) -> Term:
        """Read an expression as a term."""
        match node:
            case raw.Name(text=text):
                if found := self.variable(text, scope):
                    return found
                return self.application(node, node, (), scope)
            case raw.Call(head=head, args=args):
                if head.text in ("=", "!="):
                    raise self.not_a_term(node)
                return self.application(node, head, args, scope)
            case raw.Numeral(value=value):
                if str(value) in scope:
                    return scope[str(value)]
                return self.special(node, value, self.sorts.unknown("n"))
            case raw.Brackets(items=items):
                item = self.sorts.unknown("n")
                terms = []
                for n in items:
                    term = self.term(n, scope)
                    self.expect(term, item, n, "Each item of a list")
                    terms.append(term)
                return self.special(node, tuple(terms), item)
            case raw.Ascription(term=inner, sort=written):
                sort = self.context.sort(written, inside=True)
                self.rigid |= dict.fromkeys(parameters([sort]))
                term = self.term(inner, scope)
                self.expect(term, sort, inner, "This term")
                return term
            case raw.Conditional(condition=condition, then=then, otherwise=otherwise):
                test = self.formula(condition, scope)
                a, b = self.term(then, scope), self.term(otherwise, scope)
                if not self.sorts.unify(a.sort, b.sort):
                    raise self.clash("The branches of this 'if'", then, a, otherwise, b, node)
                return If(test, a, b)
            case _:
                raise self.not_a_term(node)

    def variable(self, name: str, scope: Scope) -> Var | None:
        """The variable of that name in view: bound, or declared by ``var``."""
        found = scope.get(name)
        if found is None and (found := self.context.theory.variables.get(name)):
            self.rigid |= dict.fromkeys(parameters([found.sort]))
        return found

    def application(
        self, node: raw.Expression, head: raw.Name, args: tuple[raw.Expression, ...], scope: Scope
    ) -> Term:
        name = head.text
        function = self.context.function(name)
        if function is None:
            if args and self.variable(name, scope):
                raise self.context.error(
                    f"'{name}' is a variable; it cannot be applied to arguments.", head
                )
            if self.context.predicate(name):
                raise self.context.error(
                    f"'{name}' is a predicate, but a term must stand here.", head
                )
            raise self.context.unknown(head, scope)
        self.check_arity(node, head, len(args), len(function.args))
        binding = self.sorts.instance((*function.args, function.result))
        terms = self.arguments(node, head, args, function.args, binding, scope)
        return App(name, terms, substitute_sort(function.result, binding))

    def arguments(
        self,
        node: raw.Expression,
        head: raw.Name,
        args: tuple[raw.Expression, ...],
        sorts: tuple[Sort, ...],
        binding: Mapping[str, Sort],
        scope: Scope,
    ) -> tuple[Term, ...]:
        infix = isinstance(node, raw.Call) and node.infix
        terms = []
        for i, (arg, sort) in enumerate(zip(args, sorts, strict=True)):
            term = self.term(arg, scope)
            if infix:
                what = f"The {'left' if i == 0 else 'right'} side of '{head.text}'"
            elif len(args) == 1:
                what = f"The argument of '{head.text}'"
            else:
                what = f"Argument {i + 1} of '{head.text}'"
            self.expect(term, substitute_sort(sort, binding), arg, what)
            terms.append(term)
        return tuple(terms)

    def special(self, node: raw.Expression, value: int | tuple[Term, ...], item: Sort) -> Term:
        """A numeral or list; its sort is known at once if only one data type has such."""
        special = _Special(value, item, self.sorts.unknown("n"), node)
        candidates = self.candidates(special)
        if not candidates:
            if isinstance(value, int):
                what, example = "numerals", "data Nat = zero | succ(Nat)"
            else:
                what, example = "lists", "data List(A) = nil | cons(A, List(A))"
            raise self.context.error(
                f"No data type here has {what}.", node, f"'{example}' would have them."
            )
        if len(candidates) == 1:
            self.settle(special, candidates[0])
        self.specials.append(special)
        return cast(Term, special)

    def candidates(self, special: _Special) -> list[DataType]:
        shape: Any = numeral_constructors if isinstance(special.value, int) else list_constructors
        return [d for d in self.context.signature.data.values() if shape(d)]

    def settle(self, special: _Special, data: DataType) -> None:
        """Learn that a numeral or list is of a data type."""
        binding = self.sorts.instance((data.sort,))
        if not self.sorts.unify(special.sort, substitute_sort(data.sort, binding)):
            raise self.context.error(
                f"This must be of sort {self.sorts.shown(special.sort)}, but it is of sort"
                f" {data.sort}.",
                special.node,
            )
        if isinstance(special.value, tuple):
            cons = max(data.constructors, key=lambda c: len(c.args))
            of = substitute_sort(cons.args[0], binding)
            if not self.sorts.unify(special.item, of):
                raise self.context.error(
                    f"The items of this list must be of sort {self.sorts.shown(of)}, but they"
                    f" are of sort {self.sorts.shown(special.item)}.",
                    special.node,
                )

    # -- formulas ----------------------------------------------------------------------------

    def formula(self, node: raw.Expression, scope: Scope) -> Formula:
        """Read an expression as a formula."""
        match node:
            case raw.TruthValue(value=value):
                return Truth(value)
            case raw.Negation(body=body):
                return Not(self.formula(body, scope))
            case raw.Connective(operator=operator, left=left, right=right):
                build = _CONNECTIVES[operator]
                return build(self.formula(left, scope), self.formula(right, scope))
            case raw.Quantified(quantifier=quantifier, binders=binders, body=body):
                bound = self.bind(binders)
                inner = {**scope, **{v.name: v for v in bound}}
                quantify = forall if quantifier == "forall" else exists
                return quantify(bound, self.formula(body, inner))
            case raw.Call(head=head, args=args):
                if head.text in ("=", "!="):
                    equation = self.equation(node, args, scope)
                    return equation if head.text == "=" else Not(equation)
                return self.atom(node, head, args, scope)
            case raw.Name():
                return self.atom(node, node, (), scope)
            case raw.CoreAtom(head=head, args=names):
                if head.text in ("=", "!="):
                    self.check_arity(node, head, len(names), 2)
                    equation = self.equation(node, names, scope)
                    return equation if head.text == "=" else Not(equation)
                return self.atom(node, head, names, scope)
            case raw.CoreAnd(parts=parts):
                return conjunction([self.formula(p, scope) for p in parts])
            case raw.CoreImplies(names=names, left=left, right=right):
                bound = self.bind_core(names)
                inner = {**scope, **{v.name: v for v in bound}}
                implication = Implies(self.formula(left, inner), self.formula(right, inner))
                return forall(bound, implication)
            case raw.CoreNot(body=raw.CoreImplies(names=names) as inside) if names and isinstance(
                inside.right, raw.CoreNot
            ):
                bound = self.bind_core(names)
                inner = {**scope, **{v.name: v for v in bound}}
                both = And(self.formula(inside.left, inner), self.formula(inside.right.body, inner))
                return exists(bound, both)
            case raw.CoreNot(body=body):
                return Not(self.formula(body, scope))
            case _:
                raise self.context.error(
                    f"'{self.shown(node)}' is a term, but a formula must stand here.", node
                )

    def equation(
        self, node: raw.Expression, sides: tuple[raw.Expression, ...], scope: Scope
    ) -> Equal:
        left, right = self.term(sides[0], scope), self.term(sides[1], scope)
        if not self.sorts.unify(left.sort, right.sort):
            raise self.clash("The sides of this equation", sides[0], left, sides[1], right, node)
        return Equal(left, right)

    def atom(
        self, node: raw.Expression, head: raw.Name, args: tuple[raw.Expression, ...], scope: Scope
    ) -> Formula:
        name = head.text
        predicate = self.context.predicate(name)
        if predicate is None:
            if self.context.function(name):
                raise self.context.error(
                    f"'{name}' is a function, but a formula must stand here.", head
                )
            if self.variable(name, scope):
                raise self.context.error(
                    f"'{name}' is a variable, but a formula must stand here.", head
                )
            raise self.context.unknown(head, scope)
        self.check_arity(node, head, len(args), len(predicate.args))
        binding = self.sorts.instance(predicate.args)
        return Atom(name, self.arguments(node, head, args, predicate.args, binding, scope))

    def bind(self, binders: tuple[raw.Binder, ...]) -> tuple[Var, ...]:
        """Bound variables; a sort reaches back to all names since the last one."""
        self.check_distinct(tuple(b.name for b in binders))
        bound: list[Var] = []
        sort: Sort | None = None
        for binder in reversed(binders):
            name = binder.name.text
            if binder.sort is not None:
                sort = self.context.sort(binder.sort, inside=True)
                self.rigid |= dict.fromkeys(parameters([sort]))
            if sort is not None:
                bound.append(Var(name, sort))
            elif declared := self.variable(name, {}):
                bound.append(declared)
            else:
                unknown = self.sorts.unknown("b")
                self.binders.append((unknown, binder.name))
                bound.append(Var(name, unknown))
        return tuple(reversed(bound))

    def bind_core(self, names: tuple[raw.Name, ...]) -> tuple[Var, ...]:
        """Variables bound in core notation: of the universe unless something says otherwise."""
        self.check_distinct(names)
        return tuple(Var(n.text, self.core_sort(n)) for n in names)

    def core_sort(self, name: raw.Name) -> Sort:
        unknown = self.sorts.unknown("c")
        self.binders.append((unknown, name))
        return unknown

    # -- checks and complaints -----------------------------------------------------------------

    def check_distinct(self, names: tuple[raw.Name, ...]) -> None:
        seen: set[str] = set()
        for name in names:
            if name.text in seen:
                raise self.context.error(f"'{name.text}' is bound twice here.", name)
            seen.add(name.text)

    def check_arity(self, node: raw.Expression, head: raw.Name, given: int, wanted: int) -> None:
        if given != wanted:
            verb = "is" if given < 2 else "are"
            raise self.context.error(
                f"'{head.text}' takes {counted(wanted, 'argument')}, but {given or 'none'} {verb}"
                " given.",
                node,
            )

    def expect(self, term: Term, sort: Sort, node: raw.Expression, what: str) -> None:
        if not self.sorts.unify(term.sort, sort):
            raise self.context.error(
                f"{what} must be of sort {self.sorts.shown(sort)}, but '{self.shown(node)}' is of"
                f" sort {self.sorts.shown(term.sort)}.",
                node,
            )

    def clash(
        self,
        what: str,
        a: raw.Expression,
        left: Term,
        b: raw.Expression,
        right: Term,
        node: raw.Expression,
    ) -> PorismError:
        return self.context.error(
            f"{what} differ in sort: '{self.shown(a)}' is of sort {self.sorts.shown(left.sort)},"
            f" '{self.shown(b)}' of sort {self.sorts.shown(right.sort)}.",
            node,
        )

    def not_a_term(self, node: raw.Expression) -> PorismError:
        return self.context.error(
            f"'{self.shown(node)}' is a formula, but a term must stand here.", node
        )

    def shown(self, node: raw.Expression) -> str:
        from mpl.format import show_expression

        text = show_expression(node)
        return text if len(text) <= 60 else text[:57] + "..."

    # -- the second pass -----------------------------------------------------------------------

    def finish(self, formula: Formula) -> Formula:
        """The formula with all sorts known.

        Raises
        ------
        PorismError : the sort of a variable, a numeral or a list cannot be inferred.
        """
        self.settle_specials()
        for sort, name in self.binders:
            root = self.sorts.head(sort)
            if is_unknown(root) and root.name[1] == "c":
                self.sorts.unify(root, UNIVERSE)
                self.context.signature.sorts[UNIVERSE.name] = UNIVERSE
            elif is_unknown(root) and root.name[1] == "b":
                raise self.no_sort(name)
        for sort, _ in self.binders:
            self.fill_sort(sort)
        self.shared = self.parameter()
        return self.fill_formula(formula)

    def no_sort(self, name: raw.Name) -> PorismError:
        return self.context.error(
            f"The sort of '{name.text}' cannot be inferred.",
            name,
            self.sort_hint.format(name.text),
        )

    def settle_specials(self) -> None:
        """Find the data types of numerals and lists, from whatever becomes known."""
        waiting = [s for s in self.specials if is_unknown(self.sorts.head(s.sort))]
        while waiting:
            known: list[_Special] = []
            unknown: list[_Special] = []
            for special in waiting:
                still = is_unknown(self.sorts.head(special.sort))
                (unknown if still else known).append(special)
            if not known:
                what = "numeral" if isinstance(waiting[0].value, int) else "list"
                raise self.context.error(
                    f"This {what} could be of several sorts:"
                    f" {', '.join(str(d.sort) for d in self.candidates(waiting[0]))}.",
                    waiting[0].node,
                )
            waiting = unknown
            for special in known:
                self.settle_known(special)
        for special in self.specials:
            self.settle_known(special)

    def settle_known(self, special: _Special) -> None:
        sort = self.sorts.head(special.sort)
        data = self.context.signature.data.get(sort.name)
        if data is None or data not in self.candidates(special):
            what = "numerals" if isinstance(special.value, int) else "lists"
            raise self.context.error(
                f"The sort {self.sorts.shown(sort)} has no {what}.", special.node
            )
        self.settle(special, data)

    def fill_sort(self, sort: Sort) -> Sort:
        """The sort; what is still unknown becomes a type parameter: it holds for every sort.

        Unknown sorts of bound variables become different parameters. Those that no variable
        has, as in ``length(nil) = zero``, share one: so they stay the same when ``if`` is
        explained away, and its parts are repeated.
        """
        sort = self.sorts.resolve(sort)
        for name in parameters([sort]):
            if name[0] == "?" and name not in self.generalised:
                self.generalised[name] = self.shared or self.parameter()
        return substitute_sort(sort, self.generalised)

    def parameter(self) -> Sort:
        """A type parameter that the formula does not name yet, a declared one if possible."""
        signature = self.context.signature
        taken = {*self.rigid, *(s.name for s in self.generalised.values())}
        taken |= {*signature.sorts, *signature.data}
        names = (p for p in self.context.parameters if p not in taken)
        fresh = (f"T{i}" for i in count(1) if f"T{i}" not in taken)
        return Sort(next(chain(names, fresh)), parameter=True)

    def fill_term(self, term: Term) -> Term:
        match cast(Any, term):
            case Var(name, sort):
                return Var(name, self.fill_sort(sort))
            case App(symbol, args, sort):
                return App(symbol, tuple([self.fill_term(a) for a in args]), self.fill_sort(sort))
            case If(condition, then, otherwise):
                return If(
                    self.fill_formula(condition), self.fill_term(then), self.fill_term(otherwise)
                )
            case _Special() as special:
                return self.spell_out(special)
        raise AssertionError(term)

    def spell_out(self, special: _Special) -> Term:
        """A numeral or list as constructors."""
        sort = self.fill_sort(special.sort)
        constructors = self.context.signature.constructors(sort)
        start, step = sorted(constructors, key=lambda c: len(c.args))
        result: Term = App(start.name, (), sort)
        if isinstance(special.value, int):
            for _ in range(special.value):
                result = App(step.name, (result,), sort)
            return result
        for item in reversed(special.value):
            result = App(step.name, (self.fill_term(item), result), sort)
        return result

    def fill_formula(self, formula: Formula) -> Formula:
        match formula:
            case Atom(predicate, args):
                return Atom(predicate, tuple([self.fill_term(a) for a in args]))
            case Equal(a, b):
                return Equal(self.fill_term(a), self.fill_term(b))
            case Truth():
                return formula
            case Not(body):
                return Not(self.fill_formula(body))
            case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                return type(formula)(self.fill_formula(a), self.fill_formula(b))
            case Forall(variables, body) | Exists(variables, body):
                bound = tuple(Var(v.name, self.fill_sort(v.sort)) for v in variables)
                return type(formula)(bound, self.fill_formula(body))
