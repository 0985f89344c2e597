"""A proof graph as a script for a proof assistant: what Rocq and Lean have in common.

Each theorem becomes a lemma whose proof follows the certificate step by step. Steps that are short
are written as terms where they are used, the others are stated; rewriting in an equation becomes a
chain of equalities; scopes become nested proofs. Nothing here searches, and nothing is left to the
system's automation: every equation is used at an explicit instance and an explicit place.

A subclass writes the system's syntax; see :class:`proofs.rocq.Rocq`.
"""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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
    fresh_name,
    replace_at,
    split_forall,
    subterm_at,
    symbols,
)
from logic.terms import App, Sort, Term, Var, match_sort, parameters, substitute_sort
from logic.theory import DataType, Definition, Function, Predicate
from proofs.equations import Recursion, applications, recursion
from proofs.graph import ROOT, ProofGraph, Scope, Step, Theorem
from proofs.naming import Names

WIDTH = 100
SHORT = 60
"""Characters of a proof term that is written where it is used."""

LIGHT = frozenset(
    [
        "hypothesis",
        "axiom",
        "definition",
        "instance",
        "modus_ponens",
        "symmetry",
        "injectivity",
        "and_left",
        "and_right",
        "iff_left",
        "iff_right",
    ]
)
"""Rules whose proof terms show what they prove, so that they can stand inside of others."""

SCOPED = frozenset(
    ["discharge", "induction", "set_induction", "cases", "contradiction", "negation", "exists_elim"]
)


class Lemma(NamedTuple):
    """What a root step is called, and the type parameters that it is about.

    ``elements`` are those of which it needs to know an element: sorts are not empty, types may be.
    """

    name: str
    params: tuple[str, ...]
    elements: tuple[str, ...]


class Link(NamedTuple):
    """One equation of a chain, and its proof."""

    left: Term
    proof: str
    right: Term


class Script(ABC):
    """Writes one proof graph; use it once."""

    reserved: frozenset[str] = frozenset()
    infix: Mapping[str, tuple[int, str]] = {}  # how the system's reader binds operators

    def __init__(self, graph: ProofGraph) -> None:
        self.graph = graph
        self.theory = graph.theory
        self.signature = graph.theory.signature
        self.names = Names(self.reserved)
        self.out: list[str] = []
        self.infixes: set[str] = set()  # operators that can be written as such by now
        self.helpers: dict[str, str] = {}  # lemmas about connectives and data types, by name
        self.sort_elements: dict[str, str] = {}
        self.uses_classic = False
        self.lemmas: dict[int, Lemma] = {}
        self.recursions: dict[str, Recursion] = {}
        self.plain: set[str] = set()  # symbols that a definition of the system can define
        self.pointed: set[str] = set()  # functions that need an element of their type parameters
        # of the lemma that is being written:
        self.own_params: tuple[str, ...] = ()
        self.alias: dict[str, str] = {}  # type parameters that go by another one's name for now
        self.own_elements: dict[str, str] = {}
        self.known: dict[int, str] = {}
        self.uses: dict[int, int] = {}
        self.user: dict[int, Step] = {}
        self.hypotheses: dict[tuple[int, int], str] = {}
        self.count = 0
        self.pieces: dict[str, list[str]] = {}  # the lines of each theorem, lemmas included
        self._name_everything()

    # -- names -------------------------------------------------------------------------------

    def _name_everything(self) -> None:
        """Symbols keep their names before variables do, and nothing hides anything else."""
        signature, theory = self.signature, self.theory
        for kind, names in (
            ("sort", [*signature.sorts, *signature.data]),
            ("symbol", [*signature.functions, *signature.predicates]),
            ("theorem", self.graph.theorems),
            ("axiom", theory.axioms),
        ):
            for name in names:
                _ = self.names[kind, name]
        self.section = self.names["theory", theory.name]
        for variable in _variables(self.graph):
            _ = self.names["variable", variable]

    def symbol(self, name: str) -> str:
        return self.names["symbol", name]

    def var(self, name: str) -> str:
        # A name that the writer has made itself comes as it is.
        return name[1:] if name[:1] == "\1" else self.names["variable", name]

    def local(self, stem: str) -> str:
        """A name for a hypothesis or a stated step of this lemma."""
        while True:
            self.count += 1
            name = f"{stem}{self.count}"
            if name not in self.names:
                return name

    # -- sorts and their elements ------------------------------------------------------------

    def sort(self, sort: Sort, tight: bool = False) -> str:
        if sort.parameter:
            known = sort.name in self.own_params
            if sort.name in self.alias:
                return self.names["param", self.alias[sort.name]]
            return self.names["param", sort.name] if known else self.unit[0]
        name = self.names["sort", sort.name]
        if not sort.args:
            return name
        text = " ".join([name, *(self.sort(a, tight=True) for a in sort.args)])
        return f"({text})" if tight else text

    unit = ("unit", "tt")

    def element(self, sort: Sort) -> str:
        """A term of a sort; where only the assumption that sorts are not empty gives one, that."""
        if sort.parameter:
            if sort.name not in self.own_params:
                return self.unit[1]
            if sort.name not in self.own_elements:
                stem = f"{self.names['param', sort.name]}_element"
                self.own_elements[sort.name] = self.names["element", stem]
            return self.own_elements[sort.name]
        if sort.name in self.signature.data:
            found = self._ground(sort, frozenset())
            if found is None:
                raise PorismError(f"The data type {sort.name} has no element.")
            return self.term(found, known=False, tight=True)
        if sort.name not in self.sort_elements:
            stem = f"{self.names['sort', sort.name]}_element"
            self.sort_elements[sort.name] = self.names["element", stem]
        return self.sort_elements[sort.name]

    def _ground(self, sort: Sort, seen: frozenset[str]) -> Term | None:
        """A term without variables; a sort that is no data type gives a variable in its place."""
        if sort.parameter or sort.name not in self.signature.data:
            return Var(f"\0{sort}", sort)
        if sort.name in seen:
            return None
        for constructor in sorted(self.signature.constructors(sort), key=lambda c: len(c.args)):
            values: dict[str, Sort] = {}
            match_sort(constructor.result, sort, values)
            args = []
            for argument in constructor.args:
                found = self._ground(substitute_sort(argument, values), seen | {sort.name})
                if found is None:
                    break
                args.append(found)
            else:
                return App(constructor.name, tuple(args), sort)
        return None

    # -- terms and formulas ------------------------------------------------------------------

    def fixes_its_sort(self, term: Term) -> bool:
        """Whether the term alone tells its sort, so that the system can infer it."""
        if isinstance(term, App):
            function = self.signature.functions[term.symbol]
            told: set[str] = set()
            for sort, argument in zip(function.args, term.args, strict=True):
                if self.fixes_its_sort(argument):
                    told |= parameters(sort)
            return parameters(function.result) <= told
        return True

    def sort_arguments(
        self, symbol: Function | Predicate, args: Sequence[Term], own: Sort | None
    ) -> list[Sort]:
        """The sorts that stand for a symbol's type parameters here."""
        values: dict[str, Sort] = {}
        for sort, argument in zip(symbol.args, args, strict=True):
            match_sort(sort, argument.sort, values)
        if own is not None and isinstance(symbol, Function):
            match_sort(symbol.result, own, values)
        return [values[p] for p in symbol_parameters(symbol)]

    def term(self, term: Term, *, known: bool = True, level: int = 0, tight: bool = False) -> str:
        """A term; ``known``: its place tells its sort; ``level``: operators down to it are bare."""
        if isinstance(term, Var):
            return self.element(term.sort) if term.name[:1] == "\0" else self.var(term.name)
        if not isinstance(term, App):
            raise PorismError("A certificate holds no 'if'.")
        function = self.signature.functions[term.symbol]
        return self._application(function, term.args, term.sort, known, level, tight)

    def _application(
        self,
        symbol: Function | Predicate,
        args: tuple[Term, ...],
        own: Sort | None,
        known: bool,
        level: int,
        tight: bool,
    ) -> str:
        name = self.symbol(symbol.name)
        told = parameters(symbol.result) if known and isinstance(symbol, Function) else set()
        for sort, argument in zip(symbol.args, args, strict=True):
            if self.fixes_its_sort(argument):
                told |= parameters(sort)
        result = parameters(symbol.result) if isinstance(symbol, Function) else set()
        if symbol.name in self.pointed or not result <= told:
            sorts = self.sort_arguments(symbol, args, own)
            name = self.explicit(name, symbol)
            words = [name, *(self.sort(s, tight=True) for s in sorts)]
            if symbol.name in self.pointed:
                words += map(self.element, sorts)
            words += [self.term(a, tight=True) for a in args]
            text = " ".join(words)
            return f"({text})" if tight else text
        inner = [parameters(sort) <= told for sort in symbol.args]
        if symbol.name in self.infixes and len(args) == 2:
            at, side = self.infix[symbol.name]
            # In Rocq a lower level binds tighter.
            left = self.term(args[0], known=inner[0], level=at if side == "left" else at - 1)
            right = self.term(args[1], known=inner[1], level=at if side == "right" else at - 1)
            text = f"{left} {symbol.name} {right}"
            return f"({text})" if tight or at > (level or 69) else text
        if not args:
            return name
        words = [self.term(a, known=k, tight=True) for a, k in zip(args, inner, strict=True)]
        text = " ".join([name, *words])
        return f"({text})" if tight else text

    def explicit(self, name: str, symbol: Function | Predicate) -> str:
        """A symbol that is given its type parameters."""
        return name if symbol.name in self.pointed else f"@{name}"

    @abstractmethod
    def formula(self, formula: Formula, level: int = 200) -> str: ...

    def binders(self, variables: Sequence[Var]) -> str:
        """``x y : Nat``, or in parentheses if there are several sorts."""
        groups: list[tuple[list[str], Sort]] = []
        for v in variables:
            if groups and groups[-1][1] == v.sort:
                groups[-1][0].append(self.var(v.name))
            else:
                groups.append(([self.var(v.name)], v.sort))
        texts = [f"{' '.join(names)} : {self.sort(sort)}" for names, sort in groups]
        return texts[0] if len(texts) == 1 else " ".join(f"({text})" for text in texts)

    # -- proof terms: the system's names of the rules ----------------------------------------

    @abstractmethod
    def function(self, variables: Sequence[Var], body: str) -> str: ...

    @abstractmethod
    def proof_term(self, rule: str, *args: str) -> str:
        """``refl t``, ``sym p``, ``trans p q``, ``congr f p``, ``and p q``, ``left p``, ..."""

    @abstractmethod
    def substitution(self, motive: str, left: str, right: str, equation: str, proof: str) -> str:
        """From l = r and P[l], P[r]."""

    @abstractmethod
    def injection(self, constructor: Function, index: int, equation: Equal, proof: str) -> str: ...

    @abstractmethod
    def discrimination(self, equation: Equal, proof: str) -> str: ...

    @abstractmethod
    def witness(self, goal: Exists, terms: Sequence[Term], proof: str) -> str: ...

    def reference(self, step: int, sorts: Mapping[str, Sort]) -> str:
        """A root step at sorts for its type parameters."""
        found = self.graph.step(step)
        lemma = self.lemmas[step]
        values = {}
        for p in lemma.params:
            sort = Sort(p, parameter=True)
            if found.rule in ("axiom", "definition") and found.sorts:
                sort = substitute_sort(sort, found.sorts)
            values[p] = substitute_sort(sort, sorts)
        words = [self.sort(values[p], tight=True) for p in lemma.params]
        words += [self.element(values[p]) for p in lemma.elements]
        return apply(lemma.name, *words)

    def proof(self, id: int, sorts: Mapping[str, Sort] | None = None) -> str:
        """A proof term of a step, its name if it has one."""
        if id in self.known:
            return self.known[id]
        step = self.graph.step(id)
        if step.scope == ROOT and id in self.lemmas:
            return self.reference(id, sorts or {})
        return self.expression(step)

    def expression(self, step: Step) -> str:
        """The proof term of a step whose rule closes no scope."""
        graph, rule = self.graph, step.rule
        first = step.premises[0] if step.premises else 0
        match rule:
            case "hypothesis":
                return self.hypotheses[step.of or 0, step.index or 0]
            case "axiom" | "definition":
                return self.reference(step.id, {})
            case "instance":
                return self._instance(step)
            case "modus_ponens":
                return apply(*(self.proof(p) for p in step.premises))
            case "reflexivity":
                assert isinstance(step.formula, Equal)
                return self.proof_term("refl", self.term(step.formula.left, known=False))
            case "symmetry":
                return self._symmetric(self.proof(first))
            case "transitivity" | "rewrite":
                links = self.links(step)
                if links is not None:
                    return self._joined(step, links)
                return self._rewritten(step)
            case "injectivity":
                equation = graph.step(first).formula
                assert isinstance(equation, Equal) and isinstance(equation.left, App)
                constructor = self.signature.functions[equation.left.symbol]
                return self.injection(constructor, step.index or 0, equation, self.proof(first))
            case "disjointness":
                equation = graph.step(first).formula
                assert isinstance(equation, Equal)
                return self.discrimination(equation, self.proof(first))
            case "and_intro" | "iff_intro":
                return self.proof_term(rule, self.proof(first), self.proof(step.premises[1]))
            case "and_left" | "and_right" | "or_left" | "or_right" | "iff_left" | "iff_right":
                return self.proof_term(rule, self.proof(first))
            case "ex_falso":
                return self.proof_term(rule, self.formula(step.formula), self.proof(first))
            case "excluded_middle":
                assert isinstance(step.formula, Or)
                return self.classic(step.formula.left)
            case "exists_intro":
                assert isinstance(step.formula, Exists)
                names = _leading(step.formula)
                terms = [(step.binding or {})[v.name] for v in names]
                return self.witness(step.formula, terms, self.proof(first))
        raise PorismError(f"The certificate has a rule '{rule[:40]}', which has no translation.")

    @abstractmethod
    def classic(self, formula: Formula) -> str: ...

    def _instance(self, step: Step) -> str:
        premise = self.graph.step(step.premises[0])
        binding = step.binding or {}
        head = self.proof(premise.id, step.sorts or {})
        variables = [
            Var(v.name, substitute_sort(v.sort, step.sorts or {}))
            for v in split_forall(premise.formula)[0]
        ]
        last = max((i for i, v in enumerate(variables) if v.name in binding), default=-1)
        kept: list[Var] = []
        words = []
        free = {v for t in binding.values() for v in _names(t)}
        for v in variables[: last + 1]:
            if v.name in binding:
                words.append(self.term(binding[v.name], tight=True, known=True))
            else:
                kept.append(Var(fresh_name(v.name, free), v.sort))
                free.add(kept[-1].name)
                words.append(self.var(kept[-1].name))
        text = apply(head, *words)
        return self.function(kept, text) if kept else text

    def _symmetric(self, proof: str) -> str:
        head = self.proof_term("sym", "")
        if proof.startswith(head) and _one(proof[len(head) :]):
            return _bare(proof[len(head) :])
        return self.proof_term("sym", proof)

    # -- chains of equalities ----------------------------------------------------------------

    def links(self, step: Step) -> list[Link] | None:
        """An equation as a chain; None for what is not rewriting in an equation."""
        equation = step.formula
        if not isinstance(equation, Equal):
            return None
        if step.id in self.known:
            return [Link(equation.left, self.known[step.id], equation.right)]
        if step.rule == "reflexivity":
            return []
        if step.rule == "transitivity":
            links: list[Link] = []
            for p in step.premises:
                links += self._inner_links(self.graph.step(p), step)
            return links
        if step.rule != "rewrite" or not step.path:
            return None
        before = self.graph.step(step.premises[0])
        assert isinstance(before.formula, Equal)
        proof = self._equation(step)
        side, inside = step.path[0], step.path[1:]
        old, new = ((f.left, f.right)[side] for f in (before.formula, equation))
        earlier = self._inner_links(before, step)
        if side == 1:
            return [*earlier, Link(old, self._congruence(old, inside, proof), new)]
        return [Link(new, self._congruence(new, inside, self._symmetric(proof)), old), *earlier]

    def _inner_links(self, premise: Step, step: Step) -> list[Link]:
        assert isinstance(premise.formula, Equal)
        if premise.rule == "reflexivity":
            return []
        if self.absorbed(premise, step):
            found = self.links(premise)
            if found is not None:
                return found
        return [Link(premise.formula.left, self.proof(premise.id), premise.formula.right)]

    def absorbed(self, premise: Step, step: Step) -> bool:
        """Whether a step is only a link of the chain that another one makes."""
        return (
            premise.scope == step.scope
            and premise.scope != ROOT
            and premise.id not in self.known
            and premise.rule in ("reflexivity", "rewrite", "transitivity")
            and isinstance(premise.formula, Equal)
            and (premise.rule != "rewrite" or bool(premise.path))
            and (premise.rule == "reflexivity" or self.uses.get(premise.id, 0) == 1)
        )

    def _joined(self, step: Step, links: Sequence[Link]) -> str:
        if not links:
            assert isinstance(step.formula, Equal)
            return self.proof_term("refl", self.term(step.formula.left, known=False))
        text = links[-1].proof
        for link in reversed(links[:-1]):
            text = self.proof_term("trans", link.proof, text)
        return text

    def _equation(self, step: Step) -> str:
        """A proof of old = new, or old <-> new, for a rewriting step."""
        rule = self.graph.step(step.premises[1])
        binding = step.binding or {}
        variables = split_forall(rule.formula)[0]
        head = self.proof(rule.id, step.sorts or {})
        words = [self.term(binding[v.name], tight=True) for v in variables]
        words += [self.proof(q) for q in step.premises[2:]]
        proof = apply(head, *words)
        if not step.reverse:
            return proof
        is_iff = isinstance(conclusion(rule.formula, len(step.premises) - 2), Iff)
        return self.proof_term("iff_sym", proof) if is_iff else self._symmetric(proof)

    def _congruence(self, whole: Term, path: Sequence[int], proof: str) -> str:
        """From s = t, c[s] = c[t]."""
        if not path:
            return proof
        part = subterm_at(whole, path)
        hole = Var(fresh_name("z", _names(whole)), part.sort)  # type: ignore[union-attr]
        context = replace_at(whole, path, hole)
        if isinstance(context, App) and (partial := self._partial(context, hole)):
            return self.proof_term("congr", partial, proof)
        body = self.term(context, known=False)  # type: ignore[arg-type]
        return self.proof_term("congr", self.function([hole], body), proof)

    def _partial(self, context: App, hole: Var) -> str:
        """``cons a`` for the context ``cons a z``; empty where that is not so simple."""
        *others, last = context.args or (None,)
        function = self.signature.functions[context.symbol]
        if last != hole or context.symbol in self.infixes or context.symbol in self.pointed:
            return ""
        if any(hole.name in _names(t) or not self.fixes_its_sort(t) for t in others if t):
            return ""
        if not parameters(function.result) <= set().union(*map(parameters, function.args)):
            return ""
        words = (self.term(t, tight=True) for t in others if t)
        return " ".join([self.symbol(context.symbol), *words])

    def _rewritten(self, step: Step) -> str:
        """Rewriting in a formula: Leibniz's law, or congruence for <->."""
        before = self.graph.step(step.premises[0])
        rule = self.graph.step(step.premises[1])
        path = flat_path(before.formula, step.path or ())
        proof = self._equation(step)
        if isinstance(conclusion(rule.formula, len(step.premises) - 2), Iff):
            inside = self._equivalence(before.formula, path, proof)
            return self.proof_term("mp", inside, self.proof(before.id))
        old = subterm_at(before.formula, path)
        new = subterm_at(step.formula, flat_path(step.formula, step.path or ()))
        hole = Var(fresh_name("z", _names(before.formula)), old.sort)  # type: ignore[union-attr]
        body = replace_at(before.formula, path, hole)
        motive = self.function([hole], self.formula(body))  # type: ignore[arg-type]
        left, right = (self.term(t, known=False) for t in (old, new))  # type: ignore[arg-type]
        return self.substitution(motive, left, right, proof, self.proof(before.id))

    def _equivalence(self, formula: Formula, path: Sequence[int], proof: str) -> str:
        """From F <-> G, P[F] <-> P[G]."""
        if not path:
            return proof
        match formula:
            case Not(body):
                return self.congruent("not", self._equivalence(body, path[1:], proof))
            case And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                kind = type(formula).__name__.lower()
                part, other = (a, b) if path[0] == 0 else (b, a)
                inner = self._equivalence(part, path[1:], proof)
                side = "left" if path[0] == 0 else "right"
                return self.congruent(f"{kind}_{side}", self.formula(other), inner)
            case Forall(variables, body) | Exists(variables, body):
                inner = self._equivalence(body, path[1:], proof)
                for v in reversed(variables):
                    kind = type(formula).__name__.lower()
                    inner = self.congruent(kind, self.function([v], inner))
                return inner
        raise PorismError("A path of the certificate leaves its formula.")

    @abstractmethod
    def congruent(self, kind: str, *args: str) -> str: ...

    # -- proofs ------------------------------------------------------------------------------

    def begin(self, last: Step, params: Sequence[str]) -> None:
        """Start a lemma."""
        self.own_params = tuple(params)
        self.own_elements = {}
        self.known, self.hypotheses, self.count = {}, {}, 0
        self.uses, self.user = {}, {}
        for id in {last.id, *self._inside(last, set(), everything=True)}:
            step = self.graph.step(id)
            for p in step.premises:
                self.uses[p] = self.uses.get(p, 0) + 1
                self.user[p] = step

    def _inside(self, last: Step, outer: set[int], everything: bool = False) -> set[int]:
        """The steps below ``last`` in its own scope, or in all but the outer scopes."""
        found: set[int] = set()
        seen: set[int] = set()
        waiting = list(last.premises)
        while waiting:
            id = waiting.pop()
            if id in seen:
                continue
            seen.add(id)
            step = self.graph.step(id)
            if step.scope == ROOT or step.scope in outer:
                continue
            if everything or step.scope == last.scope:
                found.add(id)
            waiting += step.premises
        return found

    def prove_inside(self, last: Step, depth: int) -> Iterator[str]:
        """The lines that prove the last step of a scope, after those that it needs."""
        outer = set()
        scope = last.scope
        while scope != ROOT:
            scope = self.graph.scopes[scope].parent
            outer.add(scope)
        for id in sorted(self._inside(last, outer)):
            if id not in self.known:
                yield from self._state(self.graph.step(id))
        yield from self.prove(last, depth)

    def _state(self, step: Step) -> Iterator[str]:
        """State a step, unless it is written where it is used."""
        users = self.uses.get(step.id, 0)
        if step.rule in ("hypothesis", "axiom", "definition"):
            return
        if step.rule == "reflexivity" or (
            users == 1 and step.rule in ("rewrite", "transitivity") and self._is_link(step)
        ):
            return
        if step.rule in LIGHT:
            text = self.expression(step)
            if len(text) <= SHORT or (users == 1 and len(text) < len(self.formula(step.formula))):
                self.known[step.id] = text
                return
        name = self.local("h")
        lines = list(self.prove(step, 0))
        yield from self.have(name, step.formula, lines)
        self.known[step.id] = name

    def _is_link(self, step: Step) -> bool:
        user = self.user.get(step.id)
        if user is None or not isinstance(user.formula, Equal) or not self.absorbed(step, user):
            return False
        if user.rule == "transitivity":
            return True
        return user.rule == "rewrite" and bool(user.path) and user.premises[0] == step.id

    @abstractmethod
    def have(self, name: str, formula: Formula, lines: Sequence[str]) -> Iterator[str]: ...

    @abstractmethod
    def exact(self, proof: str) -> str: ...

    @abstractmethod
    def chain(self, links: Sequence[Link]) -> Iterator[str]: ...

    @abstractmethod
    def scoped(self, step: Step, scopes: Sequence[Scope], depth: int) -> Iterator[str]: ...

    def prove(self, step: Step, depth: int) -> Iterator[str]:
        """The lines that prove a step, when all that it uses is stated."""
        if step.id in self.known:
            yield self.exact(self.known[step.id])
        elif step.rule in SCOPED:
            yield from self.scoped(step, [self.graph.scopes[s] for s in step.scopes], depth)
        else:
            links = self.links(step) if step.rule in ("rewrite", "transitivity") else None
            if links is not None and len(links) > 1:
                yield from self.chain(links)
            else:
                yield self.exact(self.expression(step))

    def introduce(self, scope: Scope, induction: bool = False) -> list[str]:
        """Names for the variables and hypotheses of a scope."""
        names = [self.var(v.name) for v in scope.vars]
        for index, _ in enumerate(scope.hypotheses):
            name = self.local("IH" if induction else "H")
            self.hypotheses[scope.id, index] = name
            names.append(name)
        return names

    # -- the file ----------------------------------------------------------------------------

    def write(self) -> str:
        """The whole script."""
        try:
            self._classify()
            body = list(self._lemmas())
            head = list(self.preamble())
        except RecursionError:
            raise PorismError("The proof is nested too deeply to be exported.") from None
        lines = [*head, *body, *self.closing()]
        return "".join(f"{wrapped}\n" for line in lines for wrapped in wrap(line))

    def proofs(self) -> dict[str, str]:
        """For each theorem, its part of the script: its own text, after that of its lemmas."""
        self.write()
        return {
            name: "\n".join(wrapped for line in lines for wrapped in wrap(line)).strip()
            for name, lines in self.pieces.items()
        }

    @abstractmethod
    def preamble(self) -> Iterator[str]: ...

    @abstractmethod
    def closing(self) -> Iterator[str]: ...

    @abstractmethod
    def lemma(self, lemma: Lemma, formula: Formula, proof: Sequence[str], named: bool) -> list[str]:
        """A theorem with its proof."""

    def _classify(self) -> None:
        """Which symbols get a definition, which functions need an element of a type."""
        signature, theory = self.signature, self.theory
        constructors = {c.name for d in signature.data.values() for c in d.constructors}
        order = self.definition_order()
        for name in order:
            definition = theory.definitions[name]
            if name in constructors:
                continue
            if name in signature.functions:
                found = recursion(signature, signature.functions[name], definition)
                if found is not None and (not found.recursive or found.decreasing is not None):
                    self.recursions[name] = found
                    self.plain.add(name)
            elif predicate_definition(signature.predicates[name], definition) is not None:
                self.plain.add(name)
        for name, function in signature.functions.items():
            if name not in constructors and name not in self.plain and not self._harmless(function):
                self.pointed.add(name)
        # What is defined by them is not worth a definition with elements of its own.
        changed = bool(self.pointed)
        while changed:
            bad = {
                name
                for name in self.plain
                if any(self._mentions(c, self.pointed) for c in theory.definitions[name].clauses)
                and symbol_parameters(signature.functions.get(name) or signature.predicates[name])
            }
            self.plain -= bad
            more = {
                n
                for n in bad
                if n in signature.functions and not self._harmless(signature.functions[n])
            } - self.pointed
            self.pointed |= more
            changed = bool(more)
        # In a circle of definitions, all are assumptions.
        for name in order:
            if name in self.plain and self._circular(name):
                self.plain.discard(name)

    def _mentions(self, formula: Formula, names: Iterable[str]) -> bool:
        return any(next(applications(formula, n), None) is not None for n in names)

    def used_by(self, name: str) -> set[str]:
        """The symbols that a definition mentions, itself excluded."""
        found: set[str] = set()
        for clause in self.theory.definitions[name].clauses:
            found |= symbols(clause)
        return found - {name}

    def _circular(self, name: str) -> bool:
        seen: set[str] = set()
        waiting = [s for s in self.used_by(name) if s in self.plain]
        while waiting:
            found = waiting.pop()
            if found == name:
                return True
            if found not in seen:
                seen.add(found)
                waiting += [s for s in self.used_by(found) if s in self.plain]
        return False

    def definition_order(self) -> list[str]:
        """The defined symbols, each after those that it uses."""
        order: dict[str, None] = {}
        opened: set[str] = set()
        for start in self.theory.definitions:
            stack = [(start, False)]
            while stack:
                name, done = stack.pop()
                if done:
                    order.setdefault(name)
                elif name not in opened:
                    opened.add(name)
                    stack.append((name, True))
                    uses = sorted(self.used_by(name) & self.theory.definitions.keys())
                    stack += [(other, False) for other in reversed(uses)]
        return list(order)

    def _harmless(self, function: Function) -> bool:
        """Whether a function of this type exists for empty types too."""
        return not parameters(function.result) or self._given(function.result, function.args)

    def _given(self, sort: Sort, args: Sequence[Sort], seen: frozenset[str] = frozenset()) -> bool:
        if sort in args:
            return True
        if sort.parameter or sort.name not in self.signature.data or sort.name in seen:
            return not sort.parameter and sort.name not in self.signature.data
        for constructor in self.signature.constructors(sort):
            values: dict[str, Sort] = {}
            match_sort(constructor.result, sort, values)
            inner = [substitute_sort(a, values) for a in constructor.args]
            if all(self._given(a, args, seen | {sort.name}) for a in inner):
                return True
        return False

    def _lemmas(self) -> Iterator[str]:
        graph = self.graph
        theorems: dict[int, list[Theorem]] = {}
        for theorem in graph.theorems.values():
            theorems.setdefault(theorem.step, []).append(theorem)
        owner: dict[int, str] = {}
        for id in sorted(theorems):
            waiting = [id]
            while waiting:
                current = waiting.pop()
                if current not in owner:
                    owner[current] = theorems[id][0].name
                    waiting += graph.step(current).premises
        self.infixes = {s for s in self.infix if s not in self.pointed and self._is_binary(s)}
        for id in sorted(owner):
            step = graph.step(id)
            if step.scope != ROOT:
                continue
            named = theorems.get(id, [])
            if step.rule in ("axiom", "definition"):
                self.lemmas[id] = self.assumption(step)
            else:
                stem = self.names["theorem", owner[id]]
                name = stem if named else self.names.fresh(f"{stem}_lemma")
                formula = named[0].formula if named else step.formula
                lines = list(self._lemma(step, name, formula, bool(named)))
                self.pieces.setdefault(named[0].name if named else owner[id], []).extend(lines)
                yield from lines
                named = named[1:]
            for theorem in named:
                lines = list(self._again(step, theorem))
                self.pieces.setdefault(theorem.name, []).extend(lines)
                yield from lines

    def _is_binary(self, symbol: str) -> bool:
        found = self.signature.functions.get(symbol) or self.signature.predicates.get(symbol)
        if found is None or len(found.args) != 2:
            return False
        return (self.infix[symbol][0] == 70) == isinstance(found, Predicate)

    def assumption(self, step: Step) -> Lemma:
        """An axiom, or a clause of a definition."""
        assert step.name is not None
        if step.rule == "axiom":
            formula = self.theory.axioms[step.name]
            params = formula_parameters(formula)
            return Lemma(self.names["axiom", step.name], params, params)
        formula = self.theory.definitions[step.name].clauses[step.index or 0]
        params = formula_parameters(formula)
        elements = () if step.name in self.plain else params
        return Lemma(self.clause_name(step.name, step.index or 0), params, elements)

    def clause_name(self, symbol: str, index: int) -> str:
        if len(self.theory.definitions[symbol].clauses) == 1:
            return self.names["clause", f"{self.symbol(symbol)}_def"]
        return self.names["clause", f"{self.symbol(symbol)}_{index + 1}"]

    def _lemma(self, step: Step, name: str, formula: Formula, named: bool) -> Iterator[str]:
        params = formula_parameters(formula)
        self.begin(step, params)
        proof = list(self.prove_inside(step, 0))
        _ = self.formula(formula)  # it may need elements too
        lemma = Lemma(name, params, tuple(p for p in params if p in self.own_elements))
        self.lemmas[step.id] = lemma
        yield from self.lemma(lemma, formula, proof, named)

    def _again(self, step: Step, theorem: Theorem) -> Iterator[str]:
        """A second name of a step, or a theorem that is an axiom."""
        params = formula_parameters(theorem.formula)
        self.begin(step, params)
        proof = [self.exact(self.reference(step.id, {}))]
        _ = self.formula(theorem.formula)
        elements = tuple(p for p in params if p in self.own_elements)
        lemma = Lemma(self.names["theorem", theorem.name], params, elements)
        yield from self.lemma(lemma, theorem.formula, proof, True)


# -- small things ----------------------------------------------------------------------------


def symbol_parameters(symbol: Function | Predicate) -> list[str]:
    """The type parameters of a symbol in order of occurrence."""
    sorts = [*symbol.args, *([symbol.result] if isinstance(symbol, Function) else [])]
    found: dict[str, None] = {}
    for sort in sorts:
        for name in _ordered_parameters(sort):
            found.setdefault(name)
    return list(found)


def _ordered_parameters(sort: Sort) -> Iterator[str]:
    if sort.parameter:
        yield sort.name
    for a in sort.args:
        yield from _ordered_parameters(a)


def formula_parameters(formula: Formula) -> tuple[str, ...]:
    """The type parameters of a formula in order of occurrence."""
    found: dict[str, None] = {}

    def visit(node: Any) -> None:
        match node:
            case Var(_, sort):
                for name in _ordered_parameters(sort):
                    found.setdefault(name)
            case App(_, args, sort):
                for name in _ordered_parameters(sort):
                    found.setdefault(name)
                for a in args:
                    visit(a)
            case Atom(_, args):
                for a in args:
                    visit(a)
            case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
                visit(a)
                visit(b)
            case Not(body):
                visit(body)
            case Forall(variables, body) | Exists(variables, body):
                for v in variables:
                    visit(v)
                visit(body)
            case _:
                pass

    visit(formula)
    return tuple(found)


def predicate_definition(
    predicate: Predicate, definition: Definition
) -> tuple[tuple[Var, ...], Formula] | None:
    """Head variables and body of forall xs. p(xs) <-> BODY that defines p."""
    if len(definition.clauses) != 1:
        return None
    _, clause = split_forall(definition.clauses[0])
    if not isinstance(clause, Iff) or not isinstance(clause.left, Atom):
        return None
    head, body = clause.left, clause.right
    names = [a.name for a in head.args if isinstance(a, Var)]
    if head.predicate != predicate.name or len(set(names)) != len(predicate.args):
        return None
    if any(a.sort != s for a, s in zip(head.args, predicate.args, strict=True)):
        return None
    params = set().union(*map(parameters, predicate.args)) if predicate.args else set()
    if predicate.name in symbols(body) or not set(formula_parameters(body)) <= params:
        return None
    return tuple(a for a in head.args if isinstance(a, Var)), body


def apply(head: str, *args: str) -> str:
    """A proof term applied."""
    return " ".join([head, *map(atomic, args)]) if args else head


def atomic(text: str) -> str:
    """The text, in parentheses if it is more than one word."""
    return text if " " not in text or _one(text) else f"({text})"


def _one(text: str) -> bool:
    """Whether a text is one word, or one pair of parentheses."""
    if " " not in text:
        return True
    if not text.startswith("("):
        return False
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return i == len(text) - 1
    return False


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") and _one(text) else text


def _leading(formula: Exists) -> tuple[Var, ...]:
    variables: list[Var] = []
    node: Formula = formula
    while isinstance(node, Exists):
        variables += node.vars
        node = node.body
    return tuple(variables)


def conclusion(formula: Formula, premises: int) -> Formula:
    """What stands behind all variables and that many premises."""
    formula = split_forall(formula)[1]
    for _ in range(premises):
        assert isinstance(formula, Implies)
        formula = formula.right
    return formula


def flat_path(formula: Formula, path: Sequence[int]) -> tuple[int, ...]:
    """A path in which every nested quantifier counts; certificates take neighbours as one."""
    result: list[int] = []
    node: Any = formula
    for index in path:
        node = subterm_at(node, [index])
        result.append(index)
        kind = type(subterm_at(formula, result[:-1]))
        while kind in (Forall, Exists) and isinstance(node, kind):
            node = node.body
            result.append(0)
    return tuple(result)


def _names(node: Any) -> set[str]:
    """All names of variables, free or bound."""
    match node:
        case Var(name):
            return {name}
        case App(_, args) | Atom(_, args):
            return set().union(*map(_names, args))
        case Equal(a, b) | And(a, b) | Or(a, b) | Implies(a, b) | Iff(a, b):
            return _names(a) | _names(b)
        case Not(body):
            return _names(body)
        case Forall(variables, body) | Exists(variables, body):
            return {v.name for v in variables} | _names(body)
        case _:
            return set()


def _variables(graph: ProofGraph) -> dict[str, None]:
    """The names of all variables, in order of occurrence."""
    found: dict[str, None] = {}
    for scope in graph.scopes:
        found.update((v.name, None) for v in scope.vars)
    for theorem in graph.theorems.values():
        found.update(dict.fromkeys(sorted(_names(theorem.formula))))
    for step in graph.steps:
        found.update(dict.fromkeys(sorted(_names(step.formula) - found.keys())))
        for term in (step.binding or {}).values():
            found.update(dict.fromkeys(sorted(_names(term) - found.keys())))
    return found


def wrap(line: str) -> list[str]:
    """A line, broken at spaces if it is long; what follows is indented."""
    if len(line) <= WIDTH:
        return [line]
    indent = len(line) - len(line.lstrip()) + 4
    return textwrap.wrap(
        line.strip(),
        WIDTH,
        initial_indent=" " * (indent - 4),
        subsequent_indent=" " * min(indent, 40),
        break_long_words=False,
        break_on_hyphens=False,
    )


def data_groups(data: Mapping[str, DataType]) -> list[list[DataType]]:
    """The data types, those that need each other together, each group after what it uses."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(data)
    for name, kind in data.items():
        for constructor in kind.constructors:
            for sort in constructor.args:
                graph.add_edges_from((used, name) for used in _sort_names(sort) if used in data)
    condensed = nx.condensation(graph)
    place = {name: i for i, name in enumerate(data)}
    groups = [
        sorted(condensed.nodes[n]["members"], key=lambda m: place[m])
        for n in nx.lexicographical_topological_sort(
            condensed, key=lambda n: min(place[m] for m in condensed.nodes[n]["members"])
        )
    ]
    return [[data[m] for m in group] for group in groups]


def _sort_names(sort: Sort) -> Iterator[str]:
    yield sort.name
    for a in sort.args:
        yield from _sort_names(a)
