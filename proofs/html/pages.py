"""What the page templates show: narratives, statements and reasons, set and escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec
from markupsafe import Markup, escape

from logic import operators as op
from logic.formulas import Formula
from logic.printing import show, show_in
from logic.terms import Term, Var
from proofs.certificate import scope_line, step_line
from proofs.graph import ProofGraph, Theorem
from proofs.html.mathml import MathML
from proofs.html.names import file_names
from proofs.html.picture import MOST_NODES, Node, picture
from proofs.html.shapes import shape
from proofs.narrative import (
    Block,
    Chain,
    Item,
    Named,
    Narrative,
    Opening,
    Part,
    Reason,
    in_line,
    is_false,
    is_sentence,
    narrate,
)
from proofs.text import DEEPEST, group_variables, printable
from proofs.verdict import Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_LINES = 400
"""A longer proof's page shows this many certificate lines; the file has them all."""


MOST_CONJECTURES = 100
"""The index shows this many conjectures that were not proved, and counts the rest."""


class Law(NamedTuple):
    """An axiom, a definition's clause or a theorem as lists show it."""

    kind: str
    name: str
    href: str
    statement: Markup


class Row(NamedTuple):
    """A member of a chain."""

    relation: str
    math: Markup
    reason: Markup


class Entry(NamedTuple):
    """A theorem in the index."""

    id: str
    name: str
    href: str
    statement: Markup
    method: str


class Site:
    """All pages of one proof graph."""

    def __init__(
        self,
        graph: ProofGraph,
        templates: Environment,
        title: str,
        stats: Mapping[str, object],
        unproved: Mapping[Formula, str] | Mapping[str, str],
        source: str,
        verdicts: Mapping[str, Verdict],
    ) -> None:
        self.graph = graph
        self.theory = graph.theory
        self.templates = templates
        self.title = printable(title)
        self.stats = stats
        self.unproved = unproved
        self.source = source
        self.verdicts = verdicts
        self.mathml = MathML(graph.theory.signature)
        self.theorems = sorted(graph.theorems.values(), key=lambda t: t.step)
        self.files = file_names(t.name for t in self.theorems)
        self.anchors: dict[tuple[str, str], str] = {
            **{("axiom", name): f"a{i}" for i, name in enumerate(self.theory.axioms)},
            **{("definition", name): f"d{i}" for i, name in enumerate(self.theory.definitions)},
        }
        self.narratives = {t.name: narrate(graph, t.name) for t in self.theorems}
        self.uses = {name: _theorems(n) for name, n in self.narratives.items()}
        self.used_by: dict[str, list[str]] = {t.name: [] for t in self.theorems}
        self.rests: dict[str, dict[tuple[Named, str], None]] = {}
        for theorem in self.theorems:
            rests: dict[tuple[Named, str], None] = {}
            for kind, name in self.narratives[theorem.name].cited:
                if kind == "theorem":
                    self.used_by[name].append(theorem.name)
                    rests.update(self.rests[name])
                else:
                    rests.setdefault((kind, name))
            self.rests[theorem.name] = rests
        self._statements: dict[tuple[str, str], Markup] = {}
        self._lines: dict[int, str] = {}

    def pages(self) -> dict[str, str]:
        """Path → text, in a fixed order: the index, then the theorems as they were found."""
        found = {"index.html": self._index()}
        template = self.templates.get_template("theorem.html.j2")
        for i, theorem in enumerate(self.theorems):
            found[f"theorems/{self.files[theorem.name]}"] = self._theorem(template, i, theorem)
        return found

    # -- pages -----------------------------------------------------------------------------

    def _index(self) -> str:
        groups: dict[str, list[Entry]] = {"goal": [], "essential": [], "other": []}
        entries: list[Entry] = []
        for i, theorem in enumerate(self.theorems):
            entry = Entry(
                f"t{i}",
                printable(theorem.name),
                f"theorems/{quote(self.files[theorem.name])}",
                self.statement("theorem", theorem.name),
                printable(theorem.method),
            )
            entries.append(entry)
            kind = theorem.kind if theorem.kind == "goal" else ""
            groups[kind or ("essential" if theorem.essential else "other")].append(entry)
        data = [
            [e.id, e.name, show_in(self.theory, t.formula, unicode=True), shape(t.formula)]
            for e, t in zip(entries, self.theorems, strict=True)
        ]
        search = {
            "theorems": data,
            "symbols": [*self.theory.signature.functions, *self.theory.signature.predicates],
            "numerals": next(iter(self.mathml.successors.items()), None),
        }
        open_goals = [
            (printable(name), self._set(goal), self._verdict(name))
            for name, goal in self.theory.goals.items()
            if name not in self.graph.theorems
        ]
        data_types = [
            (str(d.sort), [self._constructor(c.name, c.args) for c in d.constructors])
            for d in self.theory.signature.data.values()
        ]
        return self.templates.get_template("index.html.j2").render(
            root="",
            title=self.title,
            groups=[
                ("Goals", "What the author asked for.", groups["goal"]),
                (
                    "Essential theorems",
                    "Found on the way; all others follow from the essential ones.",
                    groups["essential"],
                ),
                ("Other theorems", "", groups["other"]),
            ],
            count=len(self.theorems),
            lede=self._lede(),
            axioms=[self._law("axiom", name, "") for name in self.theory.axioms],
            definitions=[self._law("definition", name, "") for name in self.theory.definitions],
            data_types=data_types,
            open_goals=open_goals,
            unproved=[
                (printable(s) if isinstance(s, str) else self._set(s), printable(why))
                for s, why in islice(self.unproved.items(), MOST_CONJECTURES)
            ],
            unproved_count=len(self.unproved),
            source="\n".join(map(printable, self.source.expandtabs().splitlines())),
            facts=list(_facts(self.stats)),
            picture=self._picture(),
            search=Markup(_script_json(search)),
        )

    def _theorem(self, template: Any, i: int, theorem: Theorem) -> str:
        name = theorem.name
        narrative = self.narratives[name]
        view = _Proof(self, narrative)
        previous = self.theorems[i - 1] if i else None
        following = self.theorems[i + 1] if i + 1 < len(self.theorems) else None
        lines = self._certificate(narrative, theorem)
        text: str = template.render(
            root="../",
            title=self.title,
            name=printable(name),
            goal=theorem.kind == "goal",
            essential=theorem.essential,
            method=printable(theorem.method),
            statement=Markup(self.mathml.statement(theorem.formula)),
            mpl=printable(show(theorem.formula)),
            proof=view,
            cited=[self._law(k, n, "../", "") for k, n in narrative.cited],
            rests=[
                self._law(k, n, "../", "") for k, n in (self.rests[name] if self.uses[name] else ())
            ],
            used_by=[self._law("theorem", n, "../", "") for n in self.used_by[name]],
            previous=self._link(previous),
            following=self._link(following),
            lines="\n".join(lines[:MOST_LINES]),
            line_count=len(lines),
            left_out=max(0, len(lines) - MOST_LINES),
        )
        return text

    def _certificate(self, narrative: Narrative, theorem: Theorem) -> list[str]:
        """The certificate's lines of one proof, those of the theorems it cites excluded."""
        scopes = sorted(
            {self.graph.step(s).scope for s in narrative.steps}
            | {c for s in narrative.steps for c in self.graph.step(s).scopes}
        )
        waiting = [self.graph.scopes[s] for s in scopes if 0 < s < len(self.graph.scopes)]
        waiting.reverse()
        lines: list[str] = []
        for id in narrative.steps:
            if len(lines) > MOST_LINES + 1:
                lines.append("")  # counted, never shown
                continue
            while waiting and waiting[-1].after < id:
                lines.append(_json(scope_line(waiting.pop(), self.graph.theory.signature)))
            line = self._lines.get(id)
            if line is None:
                line = _json(step_line(self.graph.step(id), self.graph.theory.signature))
                if self.graph.step(id).scope == 0:
                    self._lines[id] = line  # steps of the root serve many theorems
            lines.append(line)
        last = {"theorem": theorem.name, "step": theorem.step, "formula": show(theorem.formula)}
        return [*lines, _json(last)]

    def _picture(self) -> Markup | None:
        nodes: list[Node] = []
        for (kind, name), _ in self.anchors.items():
            if any((kind, name) in rests for rests in self.rests.values()):
                label = named(kind, name)
                text = self._text(kind, name)
                nodes.append(Node(f"{kind} {name}", label, self.href(kind, name, ""), kind, text))
        uses: dict[str, list[str]] = {}
        for t in self.theorems:
            kind = t.kind if t.kind == "goal" else "essential" if t.essential else "found"
            text = self._text("theorem", t.name)
            nodes.append(
                Node(
                    f"theorem {t.name}",
                    printable(t.name),
                    self.href("theorem", t.name, ""),
                    kind,
                    text,
                )
            )
            uses[f"theorem {t.name}"] = [f"{k} {n}" for k, n in self.narratives[t.name].cited]
        if not self.theorems or len(nodes) > MOST_NODES:
            return None
        return Markup(picture(nodes, uses, "What rests on what, from the axioms up"))

    # -- pieces ----------------------------------------------------------------------------

    def href(self, kind: str, name: str, root: str, here: str = "theorems/") -> str:
        """Where a law is explained; ``here`` is the folder of theorem pages seen from the page."""
        if kind == "theorem":
            return f"{here}{quote(self.files[name])}"
        anchor = self.anchors.get((kind, name))
        return f"{root}index.html#{anchor}" if anchor else f"{root}index.html"

    def statement(self, kind: str, name: str) -> Markup:
        """A law's statement without its outer quantifiers."""
        key = (kind, name)
        found = self._statements.get(key)
        if found is None:
            parts = [self.mathml.statement(f, binders=False) for f in self._formulas(kind, name)]
            found = self._statements[key] = Markup("<br>".join(parts))
        return found

    def _formulas(self, kind: str, name: str) -> Sequence[Formula]:
        if kind == "theorem":
            return (self.graph.theorems[name].formula,)
        if kind == "axiom":
            return (self.theory.axioms[name],) if name in self.theory.axioms else ()
        definition = self.theory.definitions.get(name)
        return definition.source if definition else ()

    def _text(self, kind: str, name: str) -> str:
        formulas = self._formulas(kind, name)
        return printable("; ".join(show_in(self.theory, f, unicode=True) for f in formulas))

    def _set(self, formula: Formula) -> Markup:
        return Markup(self.mathml.statement(formula, binders=False))

    def _law(self, kind: str, name: str, root: str, here: str = "theorems/") -> Law:
        href = self.href(kind, name, root, here)
        return Law(kind, named(kind, name), href, self.statement(kind, name))

    def _constructor(self, name: str, args: Iterable[object]) -> str:
        inner = ", ".join(map(str, args))
        return printable(f"{name}({inner})" if inner else name)

    def _link(self, theorem: Theorem | None) -> tuple[str, str] | None:
        if theorem is None:
            return None
        return quote(self.files[theorem.name]), printable(theorem.name)

    def _lede(self) -> str:
        base = [
            _count(len(names), word)
            for names, word in (
                (self.theory.axioms, "axiom"),
                (self.theory.definitions, "definition"),
            )
            if names
        ]
        proved = _count(len(self.theorems), "theorem")
        return f"{proved} proved from {' and '.join(base)}" if base else f"{proved} proved"

    def _verdict(self, name: str) -> tuple[str, str]:
        verdict = self.verdicts.get(name)
        if verdict is None:
            return "open", "not proved"
        words = {"REFUTED": "refuted", "UNKNOWN": "not proved", "BOUNDED": "bounded"}
        status = words.get(verdict.status, verdict.status.lower())
        point = ", ".join(f"{x} = {v}" for x, v in (verdict.counterexample or {}).items())
        said = "; ".join(filter(None, [point, verdict.detail]))
        return verdict.status.lower(), printable(f"{status}: {said}" if said else status)


class _Proof:
    """What the proof's macros ask for."""

    deepest = DEEPEST

    def __init__(self, site: Site, narrative: Narrative) -> None:
        self.site = site
        self.narrative = narrative
        self.body = narrative.body

    @staticmethod
    def in_line(body: tuple[Item, ...]) -> list[Item | Opening]:
        return in_line(body)

    @staticmethod
    def kind(item: Item | Opening) -> str:
        return type(item).__name__

    @staticmethod
    def false(formula: Formula) -> bool:
        return is_false(formula)

    def label(self, item: Item) -> str:
        reason = getattr(item, "reason", None)
        if isinstance(reason, Reason) and reason.kind == "step" and reason.step == item.step:
            return ""  # a line that only points to where the step stands
        return self.narrative.labels.get(item.step, "")

    def hypothesis(self, scope: int, index: int) -> str:
        return self.narrative.hypotheses.get((scope, index), "")

    def math(self, node: Formula | Term) -> Markup:
        return Markup(self.site.mathml.math(node))

    def formula(self, node: Formula) -> Markup:
        return Markup(self.site.mathml.statement(node))

    def groups(self, vars: Sequence[Var]) -> list[tuple[Markup, str]]:
        return [
            (Markup(self.site.mathml.variables(names)), printable(str(sort)))
            for names, sort in group_variables(vars)
        ]

    def title(self, block: Block, part: Part) -> str:
        words = {"base": "Base case", "step": "Step", "case": f"Case {part.number}"}
        return words.get(part.role, f"Part {part.number}")

    def pattern(self, part: Part) -> Markup:
        """``n = succ(a)``, or ``from n to succ(n)``: what an induction's case is about."""
        if part.pattern is None:
            return Markup("")
        variable, value = part.pattern
        if part.renewed:
            return Markup("from {} to {}").format(self.math(variable), self.math(value))
        left = self.site.mathml.variables([variable.name]).removesuffix("</math>")
        right = self.site.mathml.math(value).removeprefix("<math>")
        return Markup(f"{left}<mo>=</mo>{right}")

    def rows(self, chain: Chain) -> list[Row]:
        """The members; in each, what the last link made and what the next will change."""
        relation = "=" if chain.relation == "=" else "⇔"
        members = [chain.start, *(link.to for link in chain.links)]
        paths = [None, *(link.path for link in chain.links), None]
        reasons = [chain.because, *(link.reason for link in chain.links)]
        rows: list[Row] = []
        for i, member in enumerate(members):
            marks = []
            if (new := paths[i]) is not None:
                marks.append((new, "new"))
            if (old := paths[i + 1]) is not None:
                marks.append((old, "old"))
            reason = reasons[i]
            rows.append(
                Row(
                    relation if i else "",
                    Markup(self.site.mathml.math(member, marks)),
                    self.reason(reason) if reason else Markup(""),
                )
            )
        return rows

    def because(self, reason: Reason) -> Markup:
        return Markup("since " if is_sentence(reason) else "by ") + self.reason(reason)

    def reason(self, reason: Reason) -> Markup:
        """A reason with its links."""
        site = self.site
        match reason.kind:
            case "hypothesis":
                label = self.hypothesis(reason.scope, reason.index) or "hypothesis"
                text = f'<a href="#h{reason.scope}-{reason.index}">{escape(label)}</a>'
            case "step":
                label = self.narrative.labels.get(reason.step, "")
                shown = f"({label})" if label else "above"
                text = f'<a href="#s{reason.step}">{escape(shown)}</a>'
            case "rule":
                text = str(escape(printable(reason.name)))
            case kind:
                href = escape(site.href(kind, reason.name, "../", ""))
                text = f'<a href="{href}"><bdi>{escape(named(kind, reason.name))}</bdi></a>'
                if kind == "definition":
                    text = f"definition of {text}"
        if reason.reverse and reason.kind != "rule":
            text += ' <abbr class="rev" title="used from right to left">←</abbr>'
        if reason.binding:
            text += f' <span class="sub">{site.mathml.binding(reason.binding)}</span>'
        if reason.given:
            since = reason.kind != "rule" or is_sentence(reason.given[0])
            joint = (", since " if since else ", by ") if reason.name or text else ""
            facts = [str(self.reason(r)) for r in reason.given]
            both = " and ".join([", ".join(facts[:-1]), facts[-1]] if len(facts) > 1 else facts)
            text += joint + both
        return Markup(text)


def named(kind: str, name: str) -> str:
    """A law's name as a page shows it: defined operators as their signs."""
    return printable(op.UNICODE.get(name, name) if kind == "definition" else name)


def _theorems(narrative: Narrative) -> list[str]:
    return [name for kind, name in narrative.cited if kind == "theorem"]


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _facts(stats: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """Counts and times as a person reads them; what is empty says nothing."""
    for key, value in stats.items():
        if value is None or value == "" or isinstance(value, bool):
            continue
        if isinstance(value, float):
            shown = f"{value:.2f}" if value < 10 else f"{value:.0f}"
        else:
            shown = f"{value:,}" if isinstance(value, int) else str(value)
        name = printable(str(key).replace("_", " "))
        if key == "seconds":
            name, shown = "time", f"{shown} s"
        yield name, printable(shown)


def _json(line: dict[str, Any]) -> str:
    """A certificate line; characters that could disturb a page are escaped as JSON allows."""
    text = json.dumps(line, separators=(", ", ": "), ensure_ascii=False)
    if text.isascii():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _script_json(value: object) -> str:
    """JSON that is safe inside a ``script`` element."""
    text = msgspec.json.encode(value).decode() if _encodable(value) else json.dumps(value)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _encodable(value: object) -> bool:
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        return False
    return True
