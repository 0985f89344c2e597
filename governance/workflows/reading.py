"""Claims as text: the ``claim`` statements of policy files, and the temporal forms of ``G !a``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from governance import conditions as build
from governance.conditions import RESERVED
from governance.past import Monitor, Pattern, View
from governance.printing import named_monitor
from governance.schema import Schema
from governance.sorts import INT, constant
from governance.spellings.expressions import ConditionReader, Scope
from governance.spellings.parse import Node, Word, parse
from governance.workflows.claims import (
    Claim,
    Form,
    Goal,
    Joined,
    Never,
    Response,
    Until,
)
from governance.workflows.ir import Variable
from logic.errors import PorismError
from logic.formulas import FALSE, TRUE, Atom, Formula, Not
from logic.source import Source
from logic.terms import App

MOST_STEPS = 1_000


def parse_claims(
    source: Source | str, schema: Schema, variables: Mapping[str, Variable] | None = None
) -> list[Claim]:
    """The claims among the statements of a policy file.

    Parameters
    ----------
    variables : what goals may speak of: the variables of a workflow.

    Raises
    ------
    PorismError : a name is unknown, sorts clash, or two claims have one name.
    """
    source = source if isinstance(source, Source) else Source(source, "claims")
    found: dict[str, Claim] = {}
    for node in parse(source):
        if node.kind != "claim":
            continue
        name, body = node.parts
        text: str = name.parts[0].text
        if text in found:
            raise source.error(f"There are two claims '{text}'.", name.at, name.end)
        reader = _ClaimReader(source, schema, variables or {})
        form = reader.form(body)
        found[text] = Claim(
            text,
            form,
            dict(reader.monitors),
            _whole(source.text, body.at, node.end),
            source.span(node.at, node.end),
        )
    return list(found.values())


def _whole(text: str, at: int, end: int) -> str:
    """A claim's text; its last word leaves no trace in the tree."""
    found = re.compile(r"\s+steps?\b").match(text, end)
    return text[at : found.end() if found else end].strip()


def parse_claim(
    text: str, schema: Schema, variables: Mapping[str, Variable] | None = None, name: str = "claim"
) -> Claim:
    """One claim, without or with its ``claim NAME:`` in front."""
    whole = text if re.match(r"\s*claim\b", text) else f"claim {name}: {text}"
    found = parse_claims(Source(whole, "--claim"), schema, variables)
    if len(found) != 1:
        raise PorismError(f"'{text}' is not one claim.")
    return found[0]


class _ClaimReader(ConditionReader):
    """The bodies of claims."""

    def __init__(self, source: Source, schema: Schema, variables: Mapping[str, Variable]) -> None:
        super().__init__(source, schema)
        self._variables = variables

    def form(self, node: Node) -> Form:
        """The form of a claim's body."""
        found: Form = getattr(self, f"_c_{node.kind}")(node)
        return found

    def _c_never(self, node: Node) -> Form:
        _, subject, *clauses = node.parts
        view, tools, scope = self._subject(subject)
        parts = []
        for clause in clauses:
            word, formula = clause.parts
            condition = self.formula(formula, scope)
            parts.append(condition if word.kind == "WHEN" else Not(condition))
        return Never(Pattern(view, tools, build.conjunction(parts)))

    def _c_always(self, node: Node) -> Form:
        _, formula, subject = node.parts
        view, tools, scope = self._subject(subject)
        return Never(Pattern(view, tools, Not(self.formula(formula, scope))))

    def _c_after(self, node: Node) -> Form:
        event, _, subject, release = node.parts
        view, tools, scope = self._subject(subject)
        pattern, keys = self._pattern(event, scope)
        if release is None:
            condition = self._watch("once", pattern, keys)
        else:
            breaking, broken = self._pattern(release, scope)
            if broken and broken != keys:
                raise self.error(
                    "'until' must be tied to the same terms as 'after', or to none.", release
                )
            if breaking.view != pattern.view:
                raise self.error("'after' and 'until' speak of events of one view.", release)
            condition = self._watch("since", pattern, keys, breaking)
        return Never(Pattern(view, tools, condition))

    def _c_precedes(self, node: Node) -> Form:
        first, second = node.parts
        event, _ = self._plain(second)
        scope = Scope(self.schema, event.tools or self.schema.tools)
        pattern, keys = self._pattern(first, scope)
        before = self._watch("once", pattern, keys)
        return Never(
            Pattern(event.view, event.tools, build.conjunction([event.guard, Not(before)]))
        )

    def _c_leads(self, node: Node) -> Form:
        events = [p for p in node.parts if isinstance(p, Node)]
        limit = next((p for p in node.parts if isinstance(p, Word)), None)
        first, *chain = [self._plain(e)[0] for e in events]
        if len({p.view for p in (first, *chain)}) > 1:
            raise self.error("The events of a claim are of one view.", node)
        within = None
        if limit is not None:
            within = int(limit.text.replace("_", "")) if len(limit.text) < 8 else 0
            if not 1 <= within <= MOST_STEPS:
                raise self.error(f"'within' takes 1 to {MOST_STEPS} steps.", limit)
        return Response(first, tuple(chain), within)

    def _c_until(self, node: Node) -> Form:
        hold, release = (self._plain(e)[0] for e in node.parts)
        if hold.view != release.view:
            raise self.error("The events of a claim are of one view.", node)
        return Until(hold, release)

    def _c_bound(self, node: Node) -> Form:
        call, relation, limit = node.parts
        if relation.text not in ("<=", "<"):
            raise self.error("A count or sum is bounded from above: write '<='.", relation)
        event = next(p for p in call.parts if isinstance(p, Node) and p.kind == "event")
        tools = self.event_tools(event.parts[1])
        scope = Scope(self.schema, tools or self.schema.tools)
        total = self.term(call, scope)
        monitor = self.monitors.get(total.symbol) if isinstance(total, App) else None
        if monitor is None or monitor.operation not in ("sum", "count") or monitor.pattern.keys:
            raise self.error("A claim bounds a sum or a count.", call)
        more = monitor.field if monitor.field is not None else constant(1, INT)
        bound = self.term(limit, scope)
        rest = self.checked(node, build.arithmetic, self.schema, "-", bound, total)
        operator = ">" if relation.text == "<=" else ">="
        over = self.checked(node, build.compare, self.schema, operator, more, rest)
        guard = build.conjunction([monitor.pattern.guard, over])
        return Never(Pattern(monitor.pattern.view, monitor.pattern.tools, guard))

    def _c_goal(self, node: Node) -> Form:
        scope = Scope(self.schema, ())
        scope.parameters.update(
            {v.name: v.sort for v in self._variables.values() if v.name not in RESERVED}
        )
        return Goal(self.formula(node.parts[0], scope))

    def _c_both(self, node: Node) -> Form:
        return self._joined("both", node)

    def _c_either(self, node: Node) -> Form:
        return self._joined("either", node)

    def _joined(self, operator: Any, node: Node) -> Form:
        parts = tuple(self.form(p) for p in node.parts)
        if any(isinstance(p, Goal) for p in parts):
            raise self.error("A goal stands alone: it asks for one run, others for all.", node)
        return Joined(operator, parts)

    # -- events ----------------------------------------------------------------------------

    def _subject(self, node: Node) -> tuple[View, tuple[str, ...], Scope]:
        word, tools = node.parts
        names = self.event_tools(tools)
        view: View = word.text if word is not None else "completed"
        return view, names, Scope(self.schema, names or self.schema.tools)

    def _plain(self, event: Node) -> tuple[Pattern, tuple[Any, ...]]:
        """An event that is tied to no other."""
        pattern, keys = self._pattern(event, Scope(self.schema, ()))
        if keys:
            raise self.error("This event is tied to no request.", event)
        return pattern, keys

    def _watch(
        self, operation: Any, pattern: Pattern, keys: Any, breaking: Pattern | None = None
    ) -> Formula:
        monitor = named_monitor(operation, pattern, None, None, breaking)
        self.monitors.setdefault(monitor.name, monitor)
        return Atom(monitor.name, tuple(keys))


# -- the temporal forms of agent graphs ---------------------------------------------------------

_ATOM = r"(?:tool|action):[^\s()]+|[^\s()!]+"
_NESTED = re.compile(r"\((?P<left>.+)\)\s+(?P<op>AND|OR)\s+\((?P<right>.+)\)")
_GLOBALLY = re.compile(rf"G\s+!\s*(?P<a>{_ATOM})")
_BOUNDED = re.compile(rf"(?P<a>{_ATOM})\s*->\s*F\[<=(?P<k>[0-9]{{1,4}})\]\s*(?P<b>{_ATOM})")
_CHAIN = re.compile(rf"(?P<a>{_ATOM})(?P<rest>(?:\s*->\s*F\s+(?:{_ATOM}))+)")
_UNTIL = re.compile(rf"(?P<a>{_ATOM})\s+U\s+(?P<b>{_ATOM})")


def temporal_claim(dsl: str, schema: Schema | None = None, name: str = "claim") -> Claim:
    """A claim from one of the seven forms in which rules for agent graphs are written.

    ``G !a``, ``a -> F b``, ``a -> F[<=k] b``, ``a -> F b -> F c``, ``a U b``, ``(f) AND (g)``,
    ``(f) OR (g)``; the atoms are ``tool:NAME``. A tool that the schema has not is never used;
    without a schema, the claim is about any workflow.

    Raises
    ------
    PorismError : the text is of none of these forms.
    """
    return Claim(name, _temporal(dsl.strip(), schema, 0), {}, dsl)


def _temporal(dsl: str, schema: Schema | None, depth: int) -> Form:
    if depth > 20:
        raise PorismError("This claim nests too deep.")
    if found := _NESTED.fullmatch(dsl):
        parts = tuple(
            _temporal(found[side].strip(), schema, depth + 1) for side in ("left", "right")
        )
        return Joined("both" if found["op"] == "AND" else "either", parts)
    if found := _GLOBALLY.fullmatch(dsl):
        return Never(_event(found["a"], schema))
    if found := _BOUNDED.fullmatch(dsl):
        within = int(found["k"])
        if not 1 <= within <= MOST_STEPS:
            raise PorismError(f"'F[<=k]' takes 1 to {MOST_STEPS} steps.")
        return Response(_event(found["a"], schema), (_event(found["b"], schema),), within)
    if found := _CHAIN.fullmatch(dsl):
        rest = re.findall(rf"->\s*F\s+({_ATOM})", found["rest"])
        return Response(_event(found["a"], schema), tuple(_event(b, schema) for b in rest))
    if found := _UNTIL.fullmatch(dsl):
        return Until(_event(found["a"], schema), _event(found["b"], schema))
    raise PorismError(
        f"'{dsl}' is of none of the temporal forms.",
        hint="They are G !a, a -> F b, a -> F[<=k] b, a -> F b -> F c, a U b, (f) AND (g), "
        "(f) OR (g), where an atom is tool:NAME.",
    )


def _event(atom: str, schema: Schema | None) -> Pattern:
    tool = atom.removeprefix("tool:")
    if schema is None or tool in schema.tools:
        return Pattern("completed", (tool,), TRUE)
    return Pattern("completed", (tool,), FALSE)


def monitors_of(claims: list[Claim]) -> dict[str, Monitor]:
    """The history operators of several claims, by name."""
    return {name: m for c in claims for name, m in c.monitors.items()}
