"""Raw syntax → text, each declaration in its normal form: what ``porism fmt`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from logic import operators as op
from logic.printing import show_name
from mpl import syntax as raw


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
