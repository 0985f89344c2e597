"""What the page templates show: narratives, statements and reasons, set and escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from logic.errors import PorismError
from logic.formulas import Formula
from logic.mathml import MathML
from logic.printing import printable, show, show_in
from proofs.certificate import scope_line, step_line
from proofs.exports.rocq import Rocq
from proofs.graph import ProofGraph, Theorem
from proofs.html.names import file_names
from proofs.html.picture import Node, picture
from proofs.html.proof import ProofView, named
from proofs.html.shapes import shape
from proofs.narrate import narrate
from proofs.narrative import Named, Narrative
from proofs.verdict import Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_LINES = 400
"""A longer proof's page shows this many certificate lines; the file has them all."""

LONGEST = 3000
"""In characters of mark-up: a theorem's page does not repeat longer statements that it cites."""

MOST_ROCQ = 6000
"""Characters of Rocq text on a page; the exported file has all of it."""

MOST_NODES = 3000
"""A larger theory has no graph page: nobody could find anything in it."""

MOST_IN_INDEX = 60
"""A picture with more nodes is shown on the graph page only."""

MOST_TITLE = 300
"""Characters of a statement in the graph."""

MOST_CONJECTURES = 100
"""The index shows this many conjectures that were not proved, and counts the rest."""


class Law(NamedTuple):
    """An axiom, a definition's clause or a theorem as lists show it."""

    kind: str
    name: str
    href: str
    statement: Markup

    @property
    def sign(self) -> bool:
        """Whether the name is a sign, which an underline would change (≤)."""
        return not any(c.isalnum() for c in self.name)


class Entry(NamedTuple):
    """A theorem in the index."""

    id: str
    name: str
    href: str
    statement: Markup
    method: str
    essential: bool


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
        nodes = list(self._nodes()) if self.theorems else []
        self.nodes = nodes if len(nodes) <= MOST_NODES else []
        self.places = {node.key: f"n{i}" for i, node in enumerate(self.nodes)}
        self._statements: dict[tuple[str, str], Markup] = {}
        self._lines: dict[int, str] = {}
        try:
            self.rocq = Rocq(graph).proofs()
        except PorismError:
            self.rocq = {}  # what cannot be exported is shown all the same

    def pages(self) -> dict[str, str]:
        """Path → text, in a fixed order: the index, the graph, the theorems as they were found."""
        found = {"index.html": self._index()}
        if self.nodes:
            found["graph.html"] = self._graph()
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
                theorem.essential,
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
                (
                    "Goals",
                    "What the author asked for."
                    + " Essential ones are bold." * any(e.essential for e in groups["goal"]),
                    groups["goal"],
                ),
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
            graph="graph.html" if self.nodes else "",
            picture=self._picture() if 0 < len(self.nodes) <= MOST_IN_INDEX else None,
            search=Markup(_script_json(search)),
        )

    def _theorem(self, template: Any, i: int, theorem: Theorem) -> str:
        name = theorem.name
        narrative = self.narratives[name]
        view = ProofView(narrative, self.mathml, lambda kind, law: self.href(kind, law, "../", ""))
        previous = self.theorems[i - 1] if i else None
        following = self.theorems[i + 1] if i + 1 < len(self.theorems) else None
        lines = self._certificate(narrative, theorem)
        rocq = self.rocq.get(name, "")
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
            graph=f"../graph.html#{self.places[f'theorem {name}']}" if self.nodes else "",
            lines="\n".join(lines[:MOST_LINES]),
            line_count=len(lines),
            left_out=max(0, len(lines) - MOST_LINES),
            rocq=rocq if len(rocq) <= MOST_ROCQ else "",
            rocq_count=rocq.count("\n") + 1,
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
        signature = self.theory.signature
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
        last: dict[str, Any] = {"theorem": theorem.name, "step": theorem.step}
        last["formula"] = show(theorem.formula, ascribe=signature)
        return [*lines, _json(last)]

    def _graph(self) -> str:
        return self.templates.get_template("graph.html.j2").render(
            root="",
            title=self.title,
            picture=self._picture(),
            count=len(self.nodes),
            kinds={kind for node in self.nodes for kind in node.kind.split()},
            some_essential=0 < sum(t.essential for t in self.theorems) < len(self.theorems),
        )

    def _nodes(self) -> Iterable[Node]:
        """Axioms and definitions that serve, and the theorems as they were found."""
        served = set().union(*self.rests.values()) if self.rests else set()
        for kind, name in self.anchors:
            if (kind, name) in served:
                yield self._node(kind, name, kind)
        for t in self.theorems:
            yield self._node("theorem", t.name, t.kind + " essential" * t.essential)

    def _node(self, kind: str, name: str, shown: str) -> Node:
        text = self._text(kind, name)[:MOST_TITLE]
        return Node(f"{kind} {name}", named(kind, name), self.href(kind, name, ""), shown, text)

    def _picture(self) -> Markup:
        uses = {
            f"theorem {name}": [f"{kind} {other}" for kind, other in narrative.cited]
            for name, narrative in self.narratives.items()
        }
        return Markup(picture(self.nodes, uses, "What rests on what, from the axioms up"))

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
        statement = self.statement(kind, name)
        if here == "" and len(statement) > LONGEST:
            statement = Markup("")  # a page beside the index links to what is long
        return Law(kind, named(kind, name), self.href(kind, name, root, here), statement)

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
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
