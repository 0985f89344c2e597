"""From a proof graph to the narrative of one theorem.

* Axioms, hypotheses, earlier theorems, their instances and projections become *reasons*;
* ``reflexivity``, ``rewrite``, ``symmetry`` and ``transitivity`` that feed one another become one
  :class:`Chain`: a rewrite on the right side lengthens it at the end, one on the left at the front;
* rules that close scopes become a :class:`Block` with a :class:`Part` for each scope;
* everything else is a :class:`Claim` with its rule and its premises.

Nothing is searched or checked, and any graph whose steps name earlier steps has a narrative. The
walk is iterative: proofs may be deeper than Python's stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from logic.formulas import Equal, Forall, Formula
from logic.terms import App, Term, Var
from proofs.graph import ROOT, ProofGraph, Step
from proofs.narrative import (
    Block,
    Chain,
    Claim,
    Hypothesis,
    Item,
    Link,
    Named,
    Narrative,
    Part,
    Reason,
    reasons_of,
    walk,
)


def narrate(graph: ProofGraph, name: str) -> Narrative:
    """The proof of the theorem ``name``; deterministic.

    Raises
    ------
    KeyError : if the graph has no theorem of that name.
    """
    return _Narrator(graph, name).run()


_PROJECTIONS = frozenset({"and_left", "and_right", "iff_left", "iff_right"})
_INLINED = 4
"""The links of the longest lemma that is spelt out at a subterm."""
_FACTS = 6
"""The facts that a line may name for the premises of its law."""
_LAWS = frozenset({"axiom", "definition"})
_CLOSING = frozenset(
    {"exists_elim", "cases", "contradiction", "negation", "discharge", "induction", "set_induction"}
)
_ROLES: dict[str, Literal["let", "case", "suppose", "obtain"]] = {
    "discharge": "let",
    "cases": "case",
    "contradiction": "suppose",
    "negation": "suppose",
    "exists_elim": "obtain",
}


class _Line(msgspec.Struct):
    """A chain that is still growing: ``start``, then links, first to last."""

    start: Term | Formula
    links: list[Link]
    because: Reason | None = None


class _Narrator:
    def __init__(self, graph: ProofGraph, name: str) -> None:
        self.graph = graph
        self.theorem = graph.theorems[name]
        self.theorems = {
            t.step: t.name for t in graph.theorems.values() if t.step != self.theorem.step
        }
        self.order = self._post_order(self.theorem.step)
        self.users: dict[int, list[int]] = {s: [] for s in self.order}
        for s in self.order:
            for p in self._premises(s):
                self.users[p].append(s)
        self.folded: dict[int, Reason] = {}
        self.lines: dict[int, _Line] = {}
        self.items: dict[int, list[Item]] = {}

    def run(self) -> Narrative:
        for id in self.order:
            step = self.graph.step(id)
            reason = self._fold(step)
            if reason is not None:
                self.folded[id] = reason
                continue
            item = self._item(step)
            if item is not None:
                self.items.setdefault(step.scope, []).append(item)
        body = self._body(ROOT, self.theorem.step)
        return self._label(body)

    def _premises(self, id: int) -> tuple[int, ...]:
        """The premises that this proof looks behind: those of a cited theorem are not."""
        if id in self.theorems:
            return ()
        return tuple(p for p in self.graph.step(id).premises if 0 < p < id)

    def _post_order(self, root: int) -> list[int]:
        """Every needed step after its premises, each premise's own support as close as it gets."""
        order: list[int] = []
        done: set[int] = set()
        stack: list[tuple[int, bool]] = [(root, False)]
        while stack:
            id, ready = stack.pop()
            if ready:
                order.append(id)
            elif id not in done:
                done.add(id)
                stack.append((id, True))
                stack.extend((p, False) for p in reversed(self._premises(id)) if p not in done)
        return order

    # -- reasons ---------------------------------------------------------------------------

    def _fold(self, step: Step) -> Reason | None:
        """The reason that stands for a bookkeeping step wherever it is used."""
        if step.id in self.theorems:
            return Reason("theorem", self.theorems[step.id])
        rule = step.rule
        if rule in ("axiom", "definition") and step.name is not None:
            return Reason("axiom" if rule == "axiom" else "definition", step.name)
        if rule == "hypothesis" and step.of is not None and step.index is not None:
            return Reason("hypothesis", scope=step.of, index=step.index)
        if rule == "excluded_middle":
            return Reason("rule", "excluded middle")
        if rule == "reflexivity" and not self._merges(step):
            return Reason("rule", "both sides are the same")
        if not self._premises(step.id):
            return None
        first = step.premises[0]
        if rule == "instance" or rule in _PROJECTIONS:
            return _with(self._reason(first), step.binding)
        if rule in ("and_intro", "modus_ponens"):
            return self._combined(step)
        if first not in self.folded:
            return None
        if rule == "symmetry":
            return _turn(self.folded[first])
        if rule == "discharge":
            return self._generalised(step, self.folded[first])
        return None

    def _generalised(self, step: Step, reason: Reason) -> Reason | None:
        """The law behind a discharge that does no more than restate one.

        Its quantifiers may be in another order, its variables renamed, its premises taken apart:
        the clause ``x < y -> x <= y`` of a definition is that definition.
        """
        scope = step.scopes[0] if len(step.scopes) == 1 else -1
        if not 0 < scope < len(self.graph.scopes) or self.items.get(scope):
            return None
        if reason.kind == "rule" or not all(isinstance(t, Var) for _, t in reason.binding):
            return None
        own = [r.kind == "hypothesis" and r.scope == scope for r in reason.given]
        given = tuple(r for r, local in zip(reason.given, own, strict=True) if not local)
        rest = msgspec.structs.replace(reason, binding=(), given=given)
        local = any(r.kind == "hypothesis" and r.scope == scope for r in _all(rest))
        return None if local else rest

    def _combined(self, step: Step) -> Reason | None:
        """A law with the facts for its premises, or facts side by side, where that reads easily."""
        reasons = [self._reason(p) for p in self._premises(step.id)]
        if step.rule == "and_intro":
            law, facts = Reason("rule"), reasons
        else:
            law, *facts = reasons
            if law.kind == "rule" or not self._serves_as_law(step):
                return None
        if any(r.given and not _nameless(r) for r in facts):
            return None
        combined = _given(law, tuple(facts))
        return combined if len(combined.given) <= _FACTS else None

    def _serves_as_law(self, step: Step) -> bool:
        """Whether whatever uses a step names it as its law, not as a fact for a law."""
        for id in self.users[step.id]:
            user = self.graph.step(id)
            places = [i for i, p in enumerate(user.premises) if p == step.id]
            law = {"rewrite": 1, "modus_ponens": 0}.get(user.rule)
            easy = user.rule in ("instance", "symmetry") or user.rule in _PROJECTIONS
            if not (easy or user.scopes or places == [law]):
                return False
        return True

    def _reason(self, id: int) -> Reason:
        """How another line refers to a step."""
        return self.folded.get(id) or Reason("step", step=id)

    def _rule_reason(self, step: Step) -> Reason:
        """Why a step holds that is neither folded nor a chain nor a block: its rule, spelt out."""
        premises = [self._reason(p) for p in self._premises(step.id)]
        given = tuple(premises)
        match step.rule:
            case "modus_ponens" if premises:
                return _given(premises[0], given[1:])
            case "rewrite" if len(premises) >= 2:
                law = _with(_given(premises[1], given[2:]), step.binding)
                return Reason(
                    "rule",
                    "rewriting",
                    given=(premises[0], _turn(law) if step.reverse else law),
                )
            case "reflexivity":
                return Reason("rule", "both sides are the same")
            case "injectivity":
                return Reason("rule", f"{self._heads(step)[0]} is injective", given=given)
            case "disjointness":
                one, other = self._heads(step)
                return Reason("rule", f"{one} and {other} differ", given=given)
            case "exists_intro":
                return _with(Reason("rule", "witness", given=given), step.binding)
            case "ex_falso":
                return Reason("rule", "anything follows from a contradiction", given=given)
            case "and_intro" | "or_left" | "or_right" | "iff_intro" if given:
                return Reason("rule", "", given=given) if len(given) > 1 else given[0]
            case _:
                return _with(Reason("rule", step.rule.replace("_", " "), given=given), step.binding)

    def _heads(self, step: Step) -> tuple[str, str]:
        """The constructors at the heads of the equation that a step starts from."""
        for p in self._premises(step.id)[:1]:
            formula = self.graph.step(p).formula
            if isinstance(formula, Equal):
                left, right = formula.left, formula.right
                if isinstance(left, App) and isinstance(right, App):
                    return left.symbol, right.symbol
        return "a constructor", "another"

    # -- chains ----------------------------------------------------------------------------

    def _is_chain(self, step: Step) -> bool:
        """Whether a step lengthens, turns or joins chains of equalities."""
        if not isinstance(step.formula, Equal) or step.id in self.theorems:
            return False
        premises = self._premises(step.id)
        if len(premises) != len(step.premises):
            return False
        equations = [isinstance(self.graph.step(p).formula, Equal) for p in premises]
        match step.rule:
            case "reflexivity":
                return not premises and step.formula.left == step.formula.right
            case "symmetry":
                return equations == [True]
            case "transitivity":
                return bool(equations) and all(equations)
            case "rewrite":
                return len(premises) >= 2 and equations[0] and bool(step.path) and _side(step) <= 1
        return False

    def _is_rewrite(self, step: Step) -> bool:
        """Whether a step rewrites a formula as a whole, or within what is no equation."""
        return (
            step.rule == "rewrite"
            and step.path is not None
            and len(step.premises) >= 2
            and len(self._premises(step.id)) == len(step.premises)
            and not self._is_chain(step)
        )

    def _merges(self, step: Step) -> bool:
        """Whether a step is shown as the beginning or a stretch of the one chain that uses it."""
        users = self.users[step.id]
        if len(users) != 1 or step.id in self.folded or step.rule in _CLOSING or step.scopes:
            return False
        user = self.graph.step(users[0])
        if user.premises.count(step.id) != 1:
            return False
        if self._is_chain(user):
            return (
                isinstance(step.formula, Equal)
                and not self._is_rewrite(step)
                and (user.rule in ("symmetry", "transitivity") or user.premises[0] == step.id)
            )
        return self._is_rewrite(user) and user.premises[0] == step.id and not self._is_chain(step)

    def _inlines(self, step: Step, line: _Line) -> bool:
        """Whether a chain is spelt out inside the one chain that uses it as a law.

        A lemma for a whole member always is; one for a subterm if it is short.
        """
        if len(self.users[step.id]) != 1:
            return False
        user = self.graph.step(self.users[step.id][0])
        if user.rule != "rewrite" or not self._is_chain(user) or len(user.premises) != 2:
            return False
        first = self.graph.step(user.premises[0]).formula
        if user.premises[1] != step.id or not user.path or not isinstance(first, Equal):
            return False
        path = user.path[1:]
        member = first.right if _side(user) == 1 else first.left
        return not path or (len(line.links) <= _INLINED and _put(member, path, member) is not None)

    def _line(self, id: int) -> _Line:
        """The chain that a premise contributes: its own if it merges, else one link citing it."""
        if id in self.lines:
            return self.lines.pop(id)
        formula = self.graph.step(id).formula
        assert isinstance(formula, Equal)
        return _Line(formula.left, [Link(formula.right, self._reason(id), step=id)])

    def _grow(self, step: Step) -> _Line:
        """The chain that ends with an equational step."""
        formula = step.formula
        assert isinstance(formula, Equal)
        match step.rule:
            case "reflexivity":
                return _Line(formula.left, [])
            case "symmetry":
                return _reversed(self._line(step.premises[0]))
            case "transitivity":
                lines = [self._line(p) for p in step.premises]
                return _Line(lines[0].start, [link for line in lines for link in line.links])
        line = self._line(step.premises[0])
        assert step.path
        path = step.path[1:]
        on_right = _side(step) == 1
        lemma = self.lines.pop(step.premises[1], None)
        if lemma is not None:
            # Read from the member that stands there now to the one that this step makes.
            old = line.links[-1].to if on_right and line.links else line.start
            inside = _within(old, path, _reversed(lemma) if step.reverse else lemma)
            if on_right:
                line.links += inside.links
                return line
            return _Line(formula.left, _reversed(inside).links + line.links)
        law = self._law(step)
        if on_right:
            line.links.append(Link(formula.right, law, path or None, step.id))
            return line
        line.links.insert(0, Link(line.start, _turn(law), path or None, step.id))
        return _Line(formula.left, line.links)

    def _law(self, step: Step) -> Reason:
        """The reason of a rewrite: its law, the substitution and the facts that license it."""
        premises = [self._reason(p) for p in step.premises[1:]]
        law = _with(_given(premises[0], tuple(premises[1:])), step.binding)
        return _turn(law) if step.reverse else law

    def _grow_formula(self, step: Step) -> _Line:
        """The chain of equivalent formulas that ends with a rewrite."""
        first = step.premises[0]
        line = self.lines.pop(first, None) or _Line(
            self.graph.step(first).formula, [], self._reason(first)
        )
        line.links.append(Link(step.formula, self._law(step), step.path or None, step.id))
        return line

    # -- items -----------------------------------------------------------------------------

    def _item(self, step: Step) -> Item | None:
        """What a step shows at its own place; None when a later chain takes it up."""
        if step.scopes or step.rule in _CLOSING:
            return self._block(step)
        merges = self._merges(step)
        if self._is_chain(step):
            line = self._grow(step)
            if merges or self._inlines(step, line):
                self.lines[step.id] = line
                return None
            if not line.links:
                return Claim(step.id, step.formula, self._rule_reason(step))
            links = _direct(line).links
            if len(links) == 1 and not links[0].path and links[0].reason.given:
                # A conditional law that gives the whole equation reads as a sentence.
                return Claim(step.id, step.formula, links[0].reason)
            return Chain(step.id, line.start, tuple(links))
        if self._is_rewrite(step):
            line = self._grow_formula(step)
            if merges:
                self.lines[step.id] = line
                return None
            return Chain(step.id, line.start, tuple(line.links), "<->", line.because)
        reason = self._rule_reason(step)
        if not merges:
            return Claim(step.id, step.formula, reason)
        user = self.graph.step(self.users[step.id][0])
        if self._is_chain(user):
            assert isinstance(step.formula, Equal)
            link = Link(step.formula.right, reason, step=step.id)
            self.lines[step.id] = _Line(step.formula.left, [link])
        else:
            self.lines[step.id] = _Line(step.formula, [], reason)
        return None

    def _block(self, step: Step) -> Block:
        scopes = [s for s in step.scopes if 0 < s < len(self.graph.scopes)]
        ends = [p for p in step.premises if 0 < p < step.id]
        ends, before = ends[len(ends) - min(len(scopes), len(ends)) :], ends
        before = before[: len(before) - len(ends)]
        variable = None
        if step.rule in ("induction", "set_induction") and isinstance(step.formula, Forall):
            variable = step.formula.vars[0]
        parts: list[Part] = []
        if step.rule == "set_induction" and len(before) == 2:
            base = self.graph.step(before.pop())
            item = Claim(base.id, base.formula, self._reason(base.id))
            shown = self.items.get(step.scope, [])
            body: tuple[Item, ...] = (item,)
            # The base case has no scope of its own: its proof is taken from where it stands.
            if shown and shown[-1].step == base.id and self.users[base.id] == [step.id]:
                body = (shown.pop(),)
            parts.append(Part("base", 0, (), (), base.formula, body, number=1))
        constructors = (
            self.graph.theory.signature.constructors(variable.sort)
            if variable and step.rule == "induction"
            else ()
        )
        for i, (id, end) in enumerate(zip(scopes, ends, strict=False)):
            scope = self.graph.scopes[id]
            pattern = None
            if variable and len(constructors) == len(scopes):
                constructor = constructors[i]
                if len(constructor.args) == len(scope.vars):
                    pattern = variable, App(constructor.name, scope.vars, variable.sort)
            parts.append(
                Part(
                    self._role(step, scope.hypotheses, scope.vars),
                    id,
                    scope.vars,
                    tuple(Hypothesis(id, k, h) for k, h in enumerate(scope.hypotheses)),
                    self.graph.step(end).formula,
                    self._body(id, end),
                    pattern,
                    len(parts) + 1,
                )
            )
        reasons = [self._reason(p) for p in before]
        return Block(
            step.id,
            step.rule,
            step.formula,
            tuple(parts),
            reasons[0] if reasons else None,
            variable,
            tuple(reasons[1:]),
        )

    @staticmethod
    def _role(
        step: Step, hypotheses: tuple[Formula, ...], vars: tuple[Var, ...]
    ) -> Literal["let", "base", "step", "case", "suppose", "obtain", "part"]:
        if step.rule in ("induction", "set_induction"):
            return "step" if hypotheses else "case" if vars else "base"
        return _ROLES.get(step.rule, "part")

    def _body(self, scope: int, end: int) -> tuple[Item, ...]:
        """What a scope shows, its last line being the step that it arrives at."""
        items = self.items.pop(scope, [])
        reason = self._reason(end)
        # The end may be the last item itself, or nothing but its quantifiers reordered.
        shown = items[-1].step if items else 0
        if reason != Reason("step", step=shown):
            items.append(Claim(end, self.graph.step(end).formula, reason))
        return tuple(items)

    # -- names -----------------------------------------------------------------------------

    def _label(self, body: tuple[Item, ...]) -> Narrative:
        wanted: set[int] = set()
        used: set[tuple[int, int]] = set()
        for node in walk(body):
            for reason in () if isinstance(node, Part) else reasons_of(node):
                if reason.kind == "step":
                    wanted.add(reason.step)
                elif reason.kind == "hypothesis":
                    used.add((reason.scope, reason.index))
        labels: dict[int, str] = {}
        induction: list[tuple[int, int]] = []
        plain: list[tuple[int, int]] = []
        for node in walk(body):
            if isinstance(node, Part):
                keys = [(h.scope, h.index) for h in node.hypotheses]
                if node.role == "step":
                    # In a set induction, what is known of the variables comes before.
                    plain += [k for k in keys if k in used and not node.pattern and k != keys[-1]]
                    induction += keys if node.pattern else keys[-1:]
                else:
                    plain += [k for k in keys if k in used]
            elif node.step in wanted and not (
                isinstance(node, Claim) and node.reason == Reason("step", step=node.step)
            ):
                labels.setdefault(node.step, f"{len(labels) + 1}")
        return Narrative(
            self.theorem.name,
            self.theorem.formula,
            body,
            tuple(sorted(s for s in self.order if s not in self.theorems)),
            labels,
            {**_numbered("IH", induction), **_numbered("H", plain)},
            tuple(self._cited()),
        )

    def _cited(self) -> dict[tuple[Named, str], None]:
        """Taken from the steps, not from the reasons, so that nothing is ever left out."""
        found: dict[tuple[Named, str], None] = {}
        for id in self.order:
            reason = self.folded.get(id)
            if reason and (id in self.theorems or self.graph.step(id).rule in _LAWS):
                found.setdefault((reason.kind, reason.name))
        return found


def _side(step: Step) -> int:
    return step.path[0] if step.path else 2


def _numbered(stem: str, keys: list[tuple[int, int]]) -> dict[tuple[int, int], str]:
    if len(keys) == 1:
        return {keys[0]: stem}
    return {key: f"{stem}{i}" for i, key in enumerate(keys, 1)}


def _turn(reason: Reason) -> Reason:
    return msgspec.structs.replace(reason, reverse=not reason.reverse)


def _nameless(reason: Reason) -> bool:
    """Whether a reason is nothing but facts side by side."""
    return reason.kind == "rule" and not reason.name


def _all(reason: Reason) -> Iterator[Reason]:
    """The reason and those within it."""
    yield reason
    for inner in reason.given:
        yield from _all(inner)


def _given(reason: Reason, facts: tuple[Reason, ...]) -> Reason:
    flat = [r for fact in facts for r in (fact.given if _nameless(fact) else (fact,))]
    facts = tuple(dict.fromkeys(flat))
    return msgspec.structs.replace(reason, given=(*reason.given, *facts)) if facts else reason


def _with(reason: Reason, binding: dict[str, Term] | None) -> Reason:
    """The reason with a substitution; what maps a variable to itself says nothing."""
    told = tuple(
        (name, term)
        for name, term in (binding or {}).items()
        if not (isinstance(term, Var) and term.name == name)
    )
    return msgspec.structs.replace(reason, binding=(*reason.binding, *told)) if told else reason


def _put(term: Term | Formula, path: tuple[int, ...], new: Term | Formula) -> Term | None:
    """The term with ``new`` at ``path``; None where the path does not lead through applications."""
    if not path:
        return new if isinstance(new, Term) else None
    if not isinstance(term, App) or path[0] >= len(term.args):
        return None
    inner = _put(term.args[path[0]], path[1:], new)
    if inner is None:
        return None
    args = (*term.args[: path[0]], inner, *term.args[path[0] + 1 :])
    return App(term.symbol, args, term.sort)


def _within(term: Term | Formula, path: tuple[int, ...], line: _Line) -> _Line:
    """The chain at a place in a term, the rest of which stays."""
    if not path:
        return line
    links = [
        Link(
            _put(term, path, link.to) or link.to,
            link.reason,
            (*path, *(link.path or ())),
            link.step,
        )
        for link in line.links
    ]
    return _Line(term, links)


def _direct(line: _Line) -> _Line:
    """The chain without detours that come back to an earlier member."""
    members = [line.start, *(link.to for link in line.links)]
    last = {member: i for i, member in enumerate(members)}
    if len(last) == len(members) or last[line.start] == len(members) - 1:
        return line
    links: list[Link] = []
    at = last[line.start]
    while at < len(members) - 1:
        links.append(line.links[at])
        at = last[members[at + 1]]
    return _Line(line.start, links)


def _reversed(line: _Line) -> _Line:
    """The chain read from its end."""
    members = [line.start, *(link.to for link in line.links)]
    links = [
        Link(members[i], _turn(link.reason), link.path, link.step)
        for i, link in reversed(list(enumerate(line.links)))
    ]
    return _Line(members[-1], links)
