"""Raw syntax → text, each declaration in its normal form: what ``porism fmt`` prints.

The author's notation stays (core or surface, numerals, lists, ``if``), and so do comments and
the blank lines between declarations. A declaration with comments inside a formula is left as it
is: there is no telling which part they speak of.
"""

from __future__ import annotations

from collections.abc import Sequence

from logic import operators as op
from logic.printing import show_name
from mpl import syntax as raw
from mpl.parse import Parsed, parse
from mpl.source import Source
from mpl.split import Comment, Piece

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
            end = piece.at + len(self.code(piece).rstrip())
            last = self.source.line(end - 1)
            self.gap(line + 1, first)
            self.out += self.declaration(piece, declaration, first, last, end)
            line = last
        self.gap(line + 1, self.source.line(len(self.source.text)) + 1)
        return "\n".join(self.out).strip("\n") + "\n"

    def code(self, piece: Piece) -> str:
        """A declaration's text with its comments blanked out."""
        text = self.source.text[piece.at : piece.end]
        for comment in self.parsed.comments:
            if piece.at <= comment.at < piece.end:
                at = comment.at - piece.at
                width = len(comment.text)
                text = text[:at] + " " * width + text[at + width :]
        return text

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
        inner = [c for line, c in self.comments.items() if first <= line <= last and c.at < end]
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
        for (_, end), equation in zip(piece.equations, node.equations, strict=True):
            last = self.source.line(end - 1)
            while waiting and self.source.line(waiting[0].at) < last:
                lines.append(f"  {waiting.pop(0).text}")
            text = f"  {self.writer.at(equation, 0)}"
            if waiting and self.source.line(waiting[0].at) == last:
                # Where two equations share a line, its comment goes with the first.
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

    def at(self, node: raw.Expression, level: int, *, closed: bool = False) -> str:
        """The text, in parentheses if it binds looser than ``level``."""
        text, own = self.write(node)
        if isinstance(node, raw.Conditional) and not closed and level <= op.SUM:
            return text
        return text if own >= level else f"({text})"

    def write(self, node: raw.Expression) -> tuple[str, int]:
        match node:
            case raw.Name():
                return self.name(node), op.PRIMARY
            case raw.Numeral(value=value):
                return str(value), op.PRIMARY
            case raw.TruthValue(value=value):
                return ("true" if value else "false"), op.PRIMARY
            case raw.Brackets(items=items):
                return f"[{', '.join([self.at(i, 0) for i in items])}]", op.PRIMARY
            case raw.Call(head=head, args=args):
                if head.text == "in" and len(args) == 2 and self.unicode:
                    return self.infix("in", op.Operator(op.RELATION, "none"), *args)
                if len(args) == 2 and op.is_operator(head.text):
                    return self.infix(head.text, op.infix(head.text), *args)
                items_ = ", ".join([self.at(a, 0) for a in args])
                return f"{self.name(head)}({items_})", op.PRIMARY
            case raw.Conditional(condition=condition, then=then, otherwise=otherwise):
                return (
                    f"if {self.at(condition, 0)} then {self.at(then, op.SUM, closed=True)}"
                    f" else {self.at(otherwise, op.SUM)}",
                    op.QUANTIFIER,
                )
            case raw.Negation(body=body):
                mark = "¬" if self.unicode else "not "
                return mark + self.at(body, op.NOT), op.NOT
            case raw.Connective(operator=operator, left=left, right=right):
                return self.infix(operator, op.CONNECTIVES[operator], left, right)
            case raw.Quantified(quantifier=quantifier, binders=binders, body=body):
                mark = self.mark(quantifier) + ("" if self.unicode else " ")
                bound = ", ".join(
                    self.name(b.name) + (f" : {show_sort(b.sort)}" if b.sort else "")
                    for b in binders
                )
                return f"{mark}{bound}. {self.at(body, 0)}", op.QUANTIFIER
            case _:
                return self.core(node), op.PRIMARY

    def infix(
        self, symbol: str, how: op.Operator, left: raw.Expression, right: raw.Expression
    ) -> tuple[str, int]:
        a = self.at(left, how.level if how.associates == "left" else how.level + 1, closed=True)
        tight = how.level if how.associates == "right" else how.level + 1
        b = self.at(right, tight, closed=how.level != op.RELATION)
        return f"{a} {self.mark(symbol)} {b}", how.level

    # Core notation stays core notation; what is not core inside it stands in parentheses.

    def core(self, node: raw.Expression) -> str:
        match node:
            case raw.CoreAtom(head=head, args=args):
                return f"({head.text}[{_tokens(args)}])"
            case raw.CoreImplies(names=names, left=left, right=right):
                return f"(>[{_tokens(names)}] {self.operand(left)} {self.operand(right)})"
            case raw.CoreAnd(parts=parts):
                return f"(& {' '.join([self.operand(p) for p in parts])})"
            case raw.CoreNot(body=body):
                return f"!{self.operand(body)}"
        raise AssertionError(node)

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
            case raw.Quantified(body=body):
                closing = ")" if level else ""
                start = flat[: len(flat) - len(closing) - len(self.at(body, 0))].rstrip()
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
        if isinstance(node, raw.CoreAtom | raw.CoreImplies | raw.CoreAnd | raw.CoreNot):
            return self.lay_out(node, 0, indent, indent + 2)
        return self.operand(node)

    def operand(self, node: raw.Expression) -> str:
        if isinstance(node, raw.CoreAtom | raw.CoreImplies | raw.CoreAnd | raw.CoreNot):
            return self.core(node)
        text = self.at(node, 0)
        return text if isinstance(node, raw.TruthValue) else f"({text})"


def _tokens(names: Sequence[raw.Name]) -> str:
    return ",".join(n.text for n in names)


def show_sort(sort: raw.SortName) -> str:
    if not sort.args:
        return sort.name
    return f"{sort.name}({', '.join([show_sort(a) for a in sort.args])})"
