"""A proof as plain text, for the terminal.

Chains of equalities stand one member a line with the reasons aligned beside them; a line that
would pass ``width`` columns puts its reason below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from logic.formulas import Formula
from logic.mathml import group_variables
from logic.printing import printable, show
from logic.terms import Term
from proofs.graph import ProofGraph
from proofs.narrate import narrate
from proofs.narrative import (
    Block,
    Chain,
    Claim,
    Item,
    Narrative,
    Opening,
    Part,
    Reason,
    in_line,
    is_false,
    is_sentence,
)

DEEPEST = 40
"""Blocks nested deeper than this are not shown; the certificate has them."""

_INDENTED = 16
"""Blocks nested deeper than this are indented no further, so that lines keep some room."""


def proof_text(graph: ProofGraph, name: str, *, width: int = 80, unicode: bool = False) -> str:
    """The theorem ``name``, its proof as blocks and chains, and what it rests on.

    Raises
    ------
    KeyError : if the graph has no theorem of that name.
    """
    return _Writer(graph, narrate(graph, name), width, unicode).run()


class _Writer:
    def __init__(self, graph: ProofGraph, narrative: Narrative, width: int, unicode: bool) -> None:
        self.graph = graph
        self.narrative = narrative
        self.width = width
        self.unicode = unicode
        self.lines: list[str] = []

    def run(self) -> str:
        n = self.narrative
        theorem = self.graph.theorems[n.name]
        self._put(f"{theorem.kind} {printable(n.name)}: {self._show(n.formula, sorts=True)}", 0)
        self.lines.append("")
        self._items(n.body, 0)
        self.lines.append("∎" if self.unicode else "Q.E.D.")
        axioms, definitions = self.graph.rests_on(theorem.step)
        for what, names in (
            ("rests on", [*axioms, *(f"the definition of {d}" for d in definitions)]),
            ("uses", self.graph.uses(n.name)),
        ):
            if names:
                self.lines.append("")
                self._put(f"{what}: " + ", ".join(map(printable, names)), 0)
        return "\n".join(self.lines) + "\n"

    # -- blocks ----------------------------------------------------------------------------

    def _items(self, body: tuple[Item, ...], depth: int) -> None:
        if depth > DEEPEST:
            self._put("(nested deeper than can be shown; the certificate has every step)", depth)
            return
        for item in in_line(body):
            match item:
                case Chain():
                    self._chain(item, depth)
                case Claim():
                    self._claim(item, depth)
                case Opening(block):
                    self._opening(block, item.part, depth)
                case Block():
                    self._block(item, depth)

    def _block(self, block: Block, depth: int) -> None:
        if block.simple:
            self._put(f"{self._label(block)}Claim: {self._show(block.formula)}", depth)
            self._opening(block, block.parts[0], depth + 1)
            self._items(block.parts[0].body, depth + 1)
            return
        self._put(self._label(block) + self._heading(block), depth)
        for part in block.parts:
            self._part(block, part, depth + 1)

    def _heading(self, block: Block) -> str:
        if block.kind in ("induction", "set_induction") and block.variable:
            over = f", where {self._reason(block.because)} holds" if block.because else ""
            return f"Induction on {printable(block.variable.name)}{over}."
        if block.kind == "cases":
            return f"Cases, by {self._reason(block.because)}:" if block.because else "Cases:"
        because = f", by {self._reason(block.because)}" if block.because else ""
        return f"{self._show(block.formula)}: {block.kind.replace('_', ' ')}{because}."

    def _part(self, block: Block, part: Part, depth: int) -> None:
        names = {"base": "Base case", "step": "Step", "case": f"Case {part.number}"}
        title = names.get(part.role, f"Part {part.number}")
        if part.pattern:
            variable, value = part.pattern
            name, form = printable(variable.name), self._show(value)
            title += f", from {name} to {form}" if part.renewed else f", {name} = {form}"
        lets = "" if part.pattern else self._lets(part)
        words = [title + ".", lets, self._assumed(part)]
        if len(part.body) != 1 or not isinstance(part.body[0], Chain):
            words.append(f"To show: {self._show(part.goal)}.")
        self._put(" ".join(filter(None, words)), depth)
        self._items(part.body, depth + 1)

    def _opening(self, block: Block, part: Part, depth: int) -> None:
        if part.role == "obtain":
            names = ", ".join(printable(v.name) for v in part.vars)
            facts = self._and(
                self._labelled(h.scope, h.index, f) for h in part.hypotheses for f in [h.formula]
            )
            by = f", by {self._reason(block.because)}" if block.because else ""
            self._put(f"Obtain {names} with {facts}{by}.", depth)
        elif part.role == "suppose":
            self._put(f"{self._assumed(part, 'Suppose')} A contradiction follows.", depth)
        else:
            text = " ".join(filter(None, [self._lets(part), self._assumed(part)]))
            if text:
                self._put(text, depth)

    def _lets(self, part: Part) -> str:
        groups = [
            f"{', '.join(map(printable, names))} : {printable(str(sort))}"
            for names, sort in group_variables(part.vars)
        ]
        return f"Let {', '.join(groups)}." if groups else ""

    def _assumed(self, part: Part, verb: str = "Assume") -> str:
        facts = [self._labelled(h.scope, h.index, h.formula) for h in part.hypotheses]
        return f"{verb} {self._and(facts)}." if facts else ""

    def _labelled(self, scope: int, index: int, formula: Formula) -> str:
        label = self.narrative.hypotheses.get((scope, index))
        return f"({label}) {self._show(formula)}" if label else self._show(formula)

    # -- lines -----------------------------------------------------------------------------

    def _claim(self, claim: Claim, depth: int) -> None:
        text = "Contradiction" if is_false(claim.formula) else self._show(claim.formula)
        self._put(f"{self._label(claim)}{text},  {self._because(claim.reason)}", depth)

    def _chain(self, chain: Chain, depth: int) -> None:
        relation = self._word(chain.relation)
        gap = len(relation) + 1
        members = [(" " * gap, chain.start, chain.because)]
        members += [(f"{relation} ", link.to, link.reason) for link in chain.links]
        label = self._label(chain)
        indent = _indent(depth) + " " * max(2, len(label))
        room = self.width - len(indent)
        rows = [(mark + self._show(to), self._fitting(why, room // 2)) for mark, to, why in members]
        fits = [len(left) for left, why in rows if len(left) + 2 + len(why) <= room and why]
        column = max((n for n in fits if n <= room // 2), default=0)
        above = len(self.lines)
        for left, why in rows:
            line = f"{left:<{column}}  {why}" if why else left
            if len(line) <= room:
                self.lines.append(indent + line.rstrip())
            else:
                self._wrap(left, indent, indent + " " * (gap + 2))
                if why:
                    self._wrap("by " + why, indent + " " * (gap + 4), indent + " " * (gap + 6))
        if label:
            start = len(_indent(depth))
            first = self.lines[above]
            self.lines[above] = first[:start] + label + first[start + len(label) :]

    def _fitting(self, reason: Reason | None, room: int) -> str:
        """A chain's reason; where it is long, without the substitution, which the chain shows."""
        if reason is None:
            return ""
        text = self._reason(reason)
        return text if len(text) <= room else self._reason(reason, brief=True)

    def _because(self, reason: Reason) -> str:
        """The reason with the word that joins it to a formula."""
        return f"{'since' if is_sentence(reason) else 'by'} {self._reason(reason)}"

    def _reason(self, reason: Reason, *, brief: bool = False) -> str:
        match reason.kind:
            case "hypothesis":
                name = self.narrative.hypotheses.get((reason.scope, reason.index), "hypothesis")
            case "step":
                label = self.narrative.labels.get(reason.step)
                name = f"({label})" if label else "the above"
            case "definition":
                name = f"definition of {printable(reason.name)}"
            case _:
                name = printable(reason.name)
        words = [name] if name else []
        if reason.reverse and reason.kind != "rule":
            words.append("reversed")
        if reason.binding and not brief:
            pairs = (f"{printable(x)} := {self._show(t)}" for x, t in reason.binding)
            words.append("with " + ", ".join(pairs))
        text = ", ".join(words)
        if reason.given:
            facts = self._and(self._reason(g) for g in reason.given)
            since = reason.kind != "rule" or is_sentence(reason.given[0])
            joint = (", since " if since else ", by ") if text else ""
            text += joint + facts
        return text

    def _label(self, item: Item) -> str:
        label = self.narrative.labels.get(item.step)
        if isinstance(item, Claim) and item.reason.kind == "step" and item.reason.step == item.step:
            return ""
        return f"({label}) " if label else ""

    def _show(self, node: Formula | Term, *, sorts: bool = False) -> str:
        signature = self.graph.theory.signature
        text = show(node, signature=signature, numerals=True, unicode=self.unicode, sorts=sorts)
        return printable(text)

    def _word(self, relation: str) -> str:
        return "↔" if relation == "<->" and self.unicode else relation

    @staticmethod
    def _and(parts: Iterable[str]) -> str:
        words = list(parts)
        return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

    def _put(self, text: str, depth: int) -> None:
        indent = _indent(depth)
        self._wrap(text, indent, indent + "    ")

    def _wrap(self, text: str, first: str, rest: str) -> None:
        self.lines += textwrap.wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _indent(depth: int) -> str:
    return "  " * min(depth, _INDENTED)
