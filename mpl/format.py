"""Raw syntax → text, each declaration in its normal form: what ``porism fmt`` prints.

The author's notation stays (core or surface, numerals, lists, ``if``), and so do comments and
the blank lines between declarations. A declaration with comments inside a formula is left as it
is: there is no telling which part they speak of.
"""

from __future__ import annotations

from collections.abc import Sequence

from logic import operators as op
from logic.printing import show_name
from logic.source import Source
from mpl import syntax as raw
from mpl.parse import Parsed, parse
from mpl.split import Comment, Piece

_CORE = raw.CoreAtom | raw.CoreImplies | raw.CoreAnd | raw.CoreNot

WIDTH = 100
"""Longer formulas are broken at their connectives."""


def format_source(text: str, unicode: bool = False) -> str:
    """A whole text in normal form; see :func:`mpl.format_source`."""
    parsed = parse(Source(text.replace("\r\n", "\n"), "<text>"))
    return _Formatter(parsed, _Writer(unicode)).text()


class _Formatter:
    """Puts declarations, comments and blank lines back together."""

    def __init__(self, parsed: Parsed, writer: _Writer) -> None:
        self.parsed = parsed
        self.source = parsed.source
        self.writer = writer
        self.comments = {self.source.line(c.at): c for c in parsed.comments}
        self.out: list[str] = []

    def text(self) -> str:
        line = 0  # the last line that has been written
        for piece, declaration in self.parsed.declarations:
            first = self.source.line(piece.at)
            end = piece.at + len(self.parsed.code[piece.at : piece.end].rstrip())
            last = self.source.line(end - 1)
            self.gap(line + 1, first)
            self.out += self.declaration(piece, declaration, first, last, end)
            line = last
        self.gap(line + 1, self.source.line(len(self.source.text)) + 1)
        return "\n".join(self.out).strip("\n") + "\n"

    def gap(self, first: int, stop: int) -> None:
        """The comments and blank lines from line ``first`` up to ``stop``."""
        for line in range(first, stop):
            if comment := self.comments.get(line):
                self.out.append(comment.text)
            elif self.out and self.out[-1]:
                self.out.append("")

    def declaration(
        self, piece: Piece, node: raw.Declaration, first: int, last: int, end: int
    ) -> list[str]:
        nearby = [self.comments[n] for n in range(first, last + 1) if n in self.comments]
        inner = [c for c in nearby if c.at < end]
        trailing = self.comments.get(last)
        tail = f"  {trailing.text}" if trailing and trailing.at >= end else ""
        if piece.equations is None or not isinstance(node, raw.FunctionDeclaration):
            if inner:
                written = self.source.text[piece.at : end].split("\n")
                return [line.rstrip() for line in written[:-1]] + [written[-1].rstrip() + tail]
            return (self.writer.declaration(node) + tail).split("\n")
        return [*self.braces(piece, node, inner), "}" + tail]

    def braces(
        self, piece: Piece, node: raw.FunctionDeclaration, inner: list[Comment]
    ) -> list[str]:
        """A recursive definition up to its closing brace, each comment at its equation."""
        assert piece.equations is not None and node.equations is not None
        lines = [c.text for c in inner if c.at < piece.head_end]
        waiting = [c for c in inner if c.at >= piece.head_end]
        header = self.writer.declaration(node) + " {"
        opening = self.source.line(piece.head_end)
        starts = [self.source.line(at) for at, _ in piece.equations]
        if waiting and self.source.line(waiting[0].at) == opening and opening not in starts:
            header += f"  {waiting.pop(0).text}"
        lines.append(header)
        limits = [at for at, _ in piece.equations[1:]] + [piece.end]
        for (_, end), equation, limit in zip(piece.equations, node.equations, limits, strict=True):
            last = self.source.line(end - 1)
            while waiting and self.source.line(waiting[0].at) < last:
                lines.append(f"  {waiting.pop(0).text}")
            text = f"  {self.writer.at(equation, 0)}"
            if waiting and self.source.line(waiting[0].at) == last and waiting[0].at < limit:
                text += f"  {waiting.pop(0).text}"
            lines.append(text)
        return lines + [f"  {c.text}" for c in waiting]


def show_expression(node: raw.Expression, *, unicode: bool = False) -> str:
    """An expression on one line, in the author's notation, with minimal parentheses."""
    return _Writer(unicode).at(node, 0)


class _Writer:
    """Writes raw expressions; the rules of parentheses are those of ``logic.printing``."""

    def __init__(self, unicode: bool) -> None:
        self.unicode = unicode

    def mark(self, symbol: str) -> str:
        return op.UNICODE.get(symbol, symbol) if self.unicode else symbol

    def name(self, name: raw.Name) -> str:
        return show_name(name.text, unicode=self.unicode)

    def at(self, node: raw.Expression, level: int, closed: bool = True) -> str:
        """The text, in parentheses if it binds looser than ``level``.

        As in ``logic.printing``: an ``if`` that is not ``closed`` off needs none, and one call is
        one level of the tree.
        """
        own = op.PRIMARY
        infix: tuple[str, op.Operator, raw.Expression, raw.Expression] | None = None
        match node:
            case raw.Name():
                text = self.name(node)
            case raw.Numeral(value=value):
                text = str(value)
            case raw.TruthValue(value=truth):
                text = "true" if truth else "false"
            case raw.Call(head=head, args=(left, right)) if op.is_operator(head.text):
                infix = (head.text, op.infix(head.text), left, right)
            case raw.Call(head=raw.Name(text="in"), args=(left, right)) if self.unicode:
                infix = ("in", op.infix("in"), left, right)
            case raw.Call(args=items) | raw.Brackets(items=items):
                parts: list[str] = []
                for item in items:
                    parts.append(self.at(item, 0))
                text = f"[{', '.join(parts)}]"
                if isinstance(node, raw.Call):
                    text = f"{self.name(node.head)}({', '.join(parts)})"
            case raw.Conditional(condition=condition, then=then, otherwise=otherwise):
                text = (
                    f"if {self.at(condition, 0)} then {self.at(then, op.SUM)}"
                    f" else {self.at(otherwise, op.SUM, False)}"
                )
                own = op.SUM if level <= op.SUM and not closed else op.QUANTIFIER
            case raw.Negation(body=body):
                text = ("¬" if self.unicode else "not ") + self.at(body, op.NOT)
                own = op.NOT
            case raw.Connective(operator=operator, left=left, right=right):
                infix = (operator, op.CONNECTIVES[operator], left, right)
            case raw.Quantified(quantifier=quantifier, binders=binders, body=body):
                text = f"{self.binders(quantifier, binders)} {self.at(body, 0)}"
                own = op.QUANTIFIER
            case raw.Ascription(term=term, sort=sort):
                text = f"({self.at(term, op.SUM)} : {show_sort(sort)})"
            # Core notation stays core notation.
            case raw.CoreAtom(head=head, args=args):
                text = f"({head.text}[{_tokens(args)}])"
            case raw.CoreImplies(names=names, left=left, right=right):
                text = f"(>[{_tokens(names)}] {self.operand(left)} {self.operand(right)})"
            case raw.CoreAnd(parts=conjuncts):
                written: list[str] = []
                for conjunct in conjuncts:
                    written.append(self.operand(conjunct))
                text = f"(& {' '.join(written)})"
            case raw.CoreNot(body=body):
                text = f"!{self.operand(body)}"
        if infix is not None:
            symbol, how, left, right = infix
            own = how.level
            mixed = isinstance(left, raw.Call) and op.mixed(left.head.text, symbol)
            a = self.at(left, own if how.associates == "left" and not mixed else own + 1)
            b = self.at(right, own if how.associates == "right" else own + 1, own != op.RELATION)
            text = f"{a} {self.mark(symbol)} {b}"
        return text if own >= level else f"({text})"

    def operand(self, node: raw.Expression) -> str:
        """What stands inside core notation: itself core notation, or in parentheses."""
        text = self.at(node, 0)
        return text if isinstance(node, _CORE | raw.TruthValue) else f"({text})"

    def binders(self, quantifier: str, binders: Sequence[raw.Binder]) -> str:
        """``forall x, y : S.``"""
        bound = [self.name(b.name) + (f" : {show_sort(b.sort)}" if b.sort else "") for b in binders]
        mark = self.mark(quantifier) + ("" if self.unicode else " ")
        return f"{mark}{', '.join(bound)}."

    # Declarations.

    def declaration(self, node: raw.Declaration) -> str:
        """A declaration in normal form; of a recursive definition, what precedes its brace."""
        match node:
            case raw.TheoryName(name=name):
                return f"theory {name.text}"
            case raw.Import(target=target):
                return f"import {target}"
            case raw.Sorts(names=names):
                return f"sort {self.names(names)}"
            case raw.Data(name=name, params=params, constructors=constructors):
                of = f"({self.names(params)})" if params else ""
                made = " | ".join([c.name.text + self.sorts(c.args) for c in constructors])
                return f"data {name.text}{of} = {made}"
            case raw.Variables(names=names, sort=sort):
                return f"var {self.names(names)} : {show_sort(sort)}"
            case raw.Constants(names=names, sort=sort):
                return f"const {self.names(names)} : {show_sort(sort)}"
            case raw.FunctionDeclaration(name=name, args=args, result=result):
                return f"func {self.name(name)}{self.sorts(args)} -> {show_sort(result)}"
            case raw.PredicateDeclaration(name=name, args=args):
                return f"pred {self.name(name)}{self.sorts(args)}"
            case raw.Define(head=head, body=body):
                if isinstance(head, raw.CoreAtom):
                    start = f"define {head.head.text}[{_tokens(head.args)}] := "
                else:
                    start = f"define {self.at(head, 0)} := "
                return start + self.lay_out(body, 0, len(start), 2)
            case raw.Axiom(name=name, formula=formula):
                start = f"axiom {name.text}: "
                return start + self.lay_out(formula, 0, len(start), 2)
            case raw.Goal(name=name, formula=formula):
                start = f"goal {name.text}: "
                return start + self.lay_out(formula, 0, len(start), 2)
            case raw.Explore(size=size, symbols=symbols, depth=depth):
                listed = ", ".join(
                    [self.mark(s.text) if op.is_operator(s.text) else s.text for s in symbols]
                )
                return (
                    f"explore size {size.value}"
                    + (f" with {listed}" if symbols else "")
                    + (f" depth {depth.value}" if depth else "")
                )
            case raw.InductionPrinciple():
                return (
                    f"induction {node.definition.text}[{_tokens(node.params)}]:"
                    f" {node.base_set.text} from {node.start.text} by {node.successor.text}"
                )

    def names(self, names: Sequence[raw.Name]) -> str:
        return ", ".join([self.name(n) for n in names])

    def sorts(self, sorts: Sequence[raw.SortName]) -> str:
        return f"({', '.join([show_sort(s) for s in sorts])})" if sorts else ""

    def lay_out(self, node: raw.Expression, level: int, column: int, indent: int) -> str:
        """The text from ``column`` on, broken and indented where it is too wide."""
        flat = self.at(node, level)
        if column + len(flat) <= WIDTH:
            return flat
        left_end = "\n" + " " * indent
        match node:
            case raw.Connective(operator=operator, left=left, right=right):
                how, mark = op.CONNECTIVES[operator], self.mark(operator)
                tight = how.level if how.associates == "right" else how.level + 1
                opening, closing = ("(", ")") if how.level < level else ("", "")
                inner = indent + (2 if opening else 0)
                left_end = "\n" + " " * inner
                a = self.lay_out(left, how.level + 1, column + len(opening), inner + 2)
                b = self.lay_out(right, tight, inner + len(mark) + 1, inner)
                return f"{opening}{a}{left_end}{mark} {b}{closing}"
            case raw.Quantified(quantifier=quantifier, binders=binders, body=body):
                opening, closing = ("(", ")") if level else ("", "")
                start = opening + self.binders(quantifier, binders)
                return f"{start}{left_end}{self.lay_out(body, 0, indent, indent + 2)}{closing}"
            case raw.CoreImplies(names=names, left=left, right=right):
                start = f"(>[{_tokens(names)}] {self.operand(left)}"
                if column + len(start) > WIDTH:
                    start = f"(>[{_tokens(names)}]{left_end}{self.lay_out_operand(left, indent)}"
                return f"{start}{left_end}{self.lay_out_operand(right, indent)})"
            case raw.CoreAnd(parts=conjuncts):
                parts = [self.lay_out_operand(p, indent) for p in conjuncts]
                return f"(&{left_end}{left_end.join(parts)})"
            case raw.CoreNot(body=body):
                return f"!{self.lay_out_operand(body, indent)}"
        return flat

    def lay_out_operand(self, node: raw.Expression, indent: int) -> str:
        if isinstance(node, _CORE):
            return self.lay_out(node, 0, indent, indent + 2)
        return self.operand(node)


def _tokens(names: Sequence[raw.Name]) -> str:
    return ",".join(n.text for n in names)


def show_sort(sort: raw.SortName) -> str:
    if not sort.args:
        return sort.name
    return f"{sort.name}({', '.join([show_sort(a) for a in sort.args])})"
