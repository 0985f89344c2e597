"""What the templates of a proof ask for: its items, formulas and reasons, set and escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from logic import operators as op
from logic.formulas import Formula
from logic.mathml import MathML, group_variables
from logic.printing import printable
from logic.terms import Term, Var
from proofs.narrative import (
    Block,
    Chain,
    Item,
    Narrative,
    Opening,
    Part,
    Reason,
    in_line,
    is_false,
    is_sentence,
)
from proofs.text import DEEPEST


class Row(NamedTuple):
    """A member of a chain."""

    relation: str
    math: Markup
    reason: Markup


class ProofView:
    """One narrative; ``href`` tells where an axiom, a definition or a theorem is explained."""

    deepest = DEEPEST

    def __init__(
        self, narrative: Narrative, mathml: MathML, href: Callable[[str, str], str]
    ) -> None:
        self.narrative = narrative
        self.mathml = mathml
        self.href = href
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
        return Markup(self.mathml.math(node))

    def formula(self, node: Formula) -> Markup:
        return Markup(self.mathml.statement(node))

    def groups(self, vars: Sequence[Var]) -> list[tuple[Markup, str]]:
        return [
            (Markup(self.mathml.variables(names)), printable(str(sort)))
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
        left = self.mathml.variables([variable.name]).removesuffix("</math>")
        right = self.mathml.math(value).removeprefix("<math>")
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
                    Markup(self.mathml.math(member, marks)),
                    self.reason(reason) if reason else Markup(""),
                )
            )
        return rows

    def because(self, reason: Reason) -> Markup:
        return Markup("since " if is_sentence(reason) else "by ") + self.reason(reason)

    def reason(self, reason: Reason) -> Markup:
        """A reason with its links."""
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
                href = escape(self.href(kind, reason.name))
                sign = ' class="sign"' if op.is_operator(reason.name) else ""
                text = f'<a href="{href}"{sign}><bdi>{escape(named(kind, reason.name))}</bdi></a>'
                if kind == "definition":
                    text = f"definition of {text}"
        if reason.reverse and reason.kind != "rule":
            text += ' <abbr class="rev" title="used from right to left">←</abbr>'
        if reason.binding:
            text += f' <span class="sub">{self.mathml.binding(reason.binding)}</span>'
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
