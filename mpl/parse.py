"""Text → raw syntax, and the parser's complaints as sentences."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from msgspec import Struct

from logic.errors import PorismError
from logic.operators import ASCII
from logic.source import Source
from mpl import syntax as raw
from mpl.split import Comment, Piece, blank_comments, split


class Parsed(Struct):
    """A text's declarations with the pieces of ``code`` they come from, and its comments.

    ``code`` is the text with spaces in place of comments.
    """

    source: Source
    code: str
    declarations: list[tuple[Piece, raw.Declaration]]
    comments: list[Comment]


def parse(source: Source) -> Parsed:
    """Parse a whole text.

    Raises
    ------
    PorismError : at the first place that does not follow the grammar.
    """
    code, comments = blank_comments(source.text)
    declarations = []
    for piece in split(source, code):
        declaration = _parse(source, code, piece.at, piece.head_end, "declaration")
        if piece.equations is not None:
            equations = tuple(_parse(source, code, *e, "equation") for e in piece.equations)
            declaration = raw.FunctionDeclaration(
                declaration.name, declaration.args, declaration.result, equations
            )
        declarations.append((piece, declaration))
    return Parsed(source, code, declarations, comments)


def parse_expression(source: Source) -> raw.Expression:
    """Parse a text that is one formula.

    Raises
    ------
    PorismError : it does not follow the grammar, or nests too deep.
    """
    code, _ = blank_comments(source.text)
    depth = 0
    for at, character in enumerate(code):
        depth += (character in "([") - (character in ")]")
        if depth > raw.DEPTH_LIMIT:
            raise source.error(f"Brackets nest more than {raw.DEPTH_LIMIT} deep.", at, at + 1)
    result: raw.Expression = _parse(source, code, 0, len(code), "formula")
    return result


def _parse(source: Source, code: str, at: int, end: int, start: str) -> Any:
    parser, builder = _parser()
    builder.source, builder.base = source, at
    text = code[at:end].rstrip()
    try:
        return parser.parse(text, start=start)
    except UnexpectedInput as error:
        raise _complaint(source, at, text, start, error) from None


@cache
def _parser() -> tuple[Lark, _Builder]:
    # Building takes some 60 ms: less than a cache would be worth in code and trust.
    builder = _Builder()
    grammar = files("mpl").joinpath("grammar.lark").read_text("utf-8")
    lark = Lark(
        grammar,
        parser="lalr",
        start=["declaration", "equation", "formula"],
        transformer=builder,
    )
    return lark, builder


# -- building raw syntax -----------------------------------------------------------------------


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Called by the parser at each reduction: a method for each rule of the grammar."""

    source: Source
    base: int

    def _at(self, token: Any) -> int:
        return self.base + int(token.start_pos)

    def _end(self, token: Any) -> int:
        return self.base + int(token.end_pos)

    def _name(self, token: Token) -> raw.Name:
        text = str(token)
        return raw.Name(self._at(token), self._end(token), ASCII.get(text, text))

    def _deep(self, at: int, end: int, depth: int) -> int:
        if depth > raw.DEPTH_LIMIT:
            raise self.source.error(
                f"This expression nests more than {raw.DEPTH_LIMIT} deep"
                " (numerals and lists counted in full).",
                at,
                end,
            )
        return depth

    # expressions

    def symbol(self, token: Token | raw.Name) -> raw.Name:
        return token if isinstance(token, raw.Name) else self._name(token)

    def operator_name(self, token: Token) -> raw.Name:
        return self._name(token)

    def bare(self, token: Token) -> raw.Expression:
        if token.type == "NAME":
            return self._name(token)
        return self._numeral(token)

    def _numeral(self, token: Token) -> raw.Numeral:
        at, end = self._at(token), self._end(token)
        value = int(token) if len(token) < 10 else 10**10
        return raw.Numeral(at, end, value, min(value, 10**6) + 1)

    def application(self, head: Token | raw.Name, *parts: Token | raw.Expression) -> raw.Call:
        name = self.symbol(head)
        args = tuple(p for p in parts if not isinstance(p, Token))
        at, end = name.at, self._end(parts[-1])
        depth = self._deep(at, end, 1 + max(a.depth for a in args))
        return raw.Call(at, end, depth, name, args, False)

    def infix(self, left: raw.Expression, head: Token, right: raw.Expression) -> raw.Call:
        depth = self._deep(left.at, right.end, 1 + max(left.depth, right.depth))
        name = self._name(head)
        if name.text == "∈":
            name = raw.Name(name.at, name.end, "in")
        return raw.Call(left.at, right.end, depth, name, (left, right), True)

    def brackets(self, *parts: Token | raw.Expression) -> raw.Brackets:
        items = tuple(p for p in parts if not isinstance(p, Token))
        at, end = self._at(parts[0]), self._end(parts[-1])
        depth = max((i.depth for i in items), default=0) + len(items) + 1
        return raw.Brackets(at, end, self._deep(at, end, depth), items)

    def conditional(
        self,
        start: Token,
        condition: raw.Expression,
        _then: Token,
        then: raw.Expression,
        _else: Token,
        otherwise: raw.Expression,
    ) -> raw.Conditional:
        at, end = self._at(start), otherwise.end
        depth = 1 + max(condition.depth, then.depth, otherwise.depth)
        return raw.Conditional(at, end, self._deep(at, end, depth), condition, then, otherwise)

    def ascription(self, term: raw.Expression, sort: raw.SortName) -> raw.Ascription:
        depth = self._deep(term.at, sort.end, 1 + max(term.depth, sort.depth))
        return raw.Ascription(term.at, sort.end, depth, term, sort)

    def truth(self, token: Token) -> raw.TruthValue:
        return raw.TruthValue(self._at(token), self._end(token), str(token) == "true")

    def negation(self, mark: Token, body: raw.Expression) -> raw.Negation:
        at = self._at(mark)
        return raw.Negation(at, body.end, self._deep(at, body.end, body.depth + 1), body)

    def connective(
        self, left: raw.Expression, mark: Token, right: raw.Expression
    ) -> raw.Connective:
        depth = self._deep(left.at, right.end, 1 + max(left.depth, right.depth))
        operator = ASCII.get(str(mark), str(mark))
        return raw.Connective(left.at, right.end, depth, operator, left, right)

    def binder(self, name: raw.Name, sort: raw.SortName | None) -> raw.Binder:
        return raw.Binder(name, sort)

    def binders(self, *binders: raw.Binder) -> tuple[raw.Binder, ...]:
        return binders

    def quantified(
        self, mark: Token, binders: tuple[raw.Binder, ...], body: raw.Expression
    ) -> raw.Quantified:
        at, quantifier = self._at(mark), ASCII.get(str(mark), str(mark))
        depth = self._deep(at, body.end, body.depth + 1)
        return raw.Quantified(at, body.end, depth, quantifier, binders, body)

    def tokens(self, *tokens: Token) -> tuple[raw.Name, ...]:
        return tuple(map(self._name, tokens))

    def core_atom(self, head: Token, args: tuple[raw.Name, ...]) -> raw.CoreAtom:
        return raw.CoreAtom(self._at(head), args[-1].end + 1, 2, self._name(head), args)

    def core_implies(
        self,
        mark: Token,
        names: tuple[raw.Name, ...] | None,
        left: raw.Expression,
        right: raw.Expression,
    ) -> raw.CoreImplies:
        at, end = self._at(mark), right.end
        depth = self._deep(at, end, 2 + max(left.depth, right.depth))
        return raw.CoreImplies(at, end, depth, names or (), left, right)

    def core_and(self, mark: Token, *parts: raw.Expression) -> raw.CoreAnd:
        at, end = self._at(mark), parts[-1].end
        depth = self._deep(at, end, max(p.depth for p in parts) + len(parts))
        return raw.CoreAnd(at, end, depth, parts)

    def core_not(self, mark: Token, body: raw.Expression) -> raw.CoreNot:
        at = self._at(mark)
        return raw.CoreNot(at, body.end, self._deep(at, body.end, body.depth + 1), body)

    def equation(self, body: raw.Expression) -> raw.Expression:
        return body

    # declarations

    def names(self, *names: raw.Name) -> tuple[raw.Name, ...]:
        return names

    def sort_list(self, *sorts: raw.SortName) -> tuple[raw.SortName, ...]:
        return sorts

    def sort(self, name: Token, args: tuple[raw.SortName, ...] | None) -> raw.SortName:
        at, end = self._at(name), args[-1].end + 1 if args else self._end(name)
        depth = 1 + max((a.depth for a in args or ()), default=0)
        return raw.SortName(at, end, self._deep(at, end, depth), str(name), args or ())

    def constructor(self, name: Token, args: tuple[raw.SortName, ...] | None) -> raw.Constructor:
        return raw.Constructor(self._name(name), args or ())

    def theory(self, name: Token) -> raw.TheoryName:
        return raw.TheoryName(self._name(name))

    def import_library(self, name: Token) -> raw.Import:
        return raw.Import(self._at(name), self._end(name), str(name))

    import_file = import_library

    def sorts(self, names: tuple[raw.Name, ...]) -> raw.Sorts:
        return raw.Sorts(names)

    def data(
        self, name: Token, params: tuple[raw.Name, ...] | None, *constructors: raw.Constructor
    ) -> raw.Data:
        return raw.Data(self._name(name), params or (), constructors)

    def variables(self, names: tuple[raw.Name, ...], sort: raw.SortName) -> raw.Variables:
        return raw.Variables(names, sort)

    def constants(self, names: tuple[raw.Name, ...], sort: raw.SortName) -> raw.Constants:
        return raw.Constants(names, sort)

    def function(
        self, name: raw.Name, args: tuple[raw.SortName, ...], _arrow: Token, result: raw.SortName
    ) -> raw.FunctionDeclaration:
        return raw.FunctionDeclaration(name, args, result)

    def predicate(
        self, name: raw.Name, args: tuple[raw.SortName, ...] | None
    ) -> raw.PredicateDeclaration:
        return raw.PredicateDeclaration(name, args or ())

    def define(self, head: raw.Expression, _means: Token, body: raw.Expression) -> raw.Define:
        return raw.Define(head, body)

    def axiom(self, name: Token, formula: raw.Expression) -> raw.Axiom:
        return raw.Axiom(self._name(name), formula)

    def goal(self, name: Token, formula: raw.Expression) -> raw.Goal:
        return raw.Goal(self._name(name), formula)

    def explore(
        self, size: Token, symbols: tuple[raw.Name, ...] | None, depth: Token | None
    ) -> raw.Explore:
        return raw.Explore(
            self._numeral(size), symbols or (), self._numeral(depth) if depth else None
        )

    def induction(
        self,
        definition: Token,
        params: tuple[raw.Name, ...],
        base_set: Token,
        start: Token,
        successor: Token,
    ) -> raw.InductionPrinciple:
        return raw.InductionPrinciple(
            self._name(definition),
            params,
            self._name(base_set),
            self._name(start),
            self._name(successor),
        )


# -- complaints --------------------------------------------------------------------------------

_WORDS = {
    "_OPEN": "'('", "_CLOSE": "')'", "_BRACKET": "'['", "_UNBRACKET": "']'", "_COMMA": "','",
    "_DOT": "'.'", "_COLON": "':'", "_BAR": "'|'", "_EQUALS": "'='", "_WITH": "'with'",
    "_DEPTH": "'depth'", "DEFINED": "':='", "ARROW": "'->'", "STRING": "a path in quotes",
    "NUMBER": "a number", "NAME": "a name", "TOKEN": "a name", "THEN": "'then'",
    "ELSE": "'else'", "FROM": "'from'", "BY": "'by'", "SIZE": "'size'", "$END": "the end",
}  # fmt: skip
_OPERATORS = {"SUM", "PRODUCT", "POWER", "RELATION"}
_CONNECTIVES = {"AND", "OR", "ARROW", "IFF"}


def _expectation(accepts: Iterable[str]) -> str:
    """What the parser would take, in words: ``a term, '(' or ','``."""
    expected = set(accepts)
    words: list[str] = []
    if "IF" in expected:
        words.append("a formula" if "FORALL" in expected else "a term")
        expected = {"_UNBRACKET"} & expected
    elif "BANG" in expected:
        words.append("a core formula")
        expected = {"_CLOSE"} & expected
    elif "NAME" in expected and "_OPEN" in expected:
        words.append("a name")
        expected -= {"NAME", "NUMBER", "_OPEN"}
    elif expected & _OPERATORS:
        # After an operand, the end of the clause says more than the operators that could go on.
        words.append("an operator")
        expected -= _OPERATORS | _CONNECTIVES | {"_OPEN", "_BRACKET"}
    elif expected >= _CONNECTIVES:
        words.append("a connective")
        expected -= _CONNECTIVES
    words += sorted({_WORDS.get(e, "") for e in expected} - {"", *words})
    if "the end" in words:
        words.remove("the end")
        words.append("the end of the declaration")
    if len(words) < 2:
        return words[0] if words else "the end of the declaration"
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _complaint(
    source: Source, base: int, text: str, start: str, error: UnexpectedInput
) -> PorismError:
    if isinstance(error, UnexpectedCharacters):
        here = error.pos_in_stream or 0
        at = base + here
        found = text[here]
        accepts: set[str] = set(error.allowed or ())
        end = at + 1
        if found.isalpha() or not found.isascii():
            return source.error(
                f"The character '{found}' cannot stand here.",
                at,
                end,
                "Names are ASCII letters, digits, '_' and primes.",
            )
    elif isinstance(error, UnexpectedToken):
        accepts = set(error.accepts or error.expected)
        if error.token.type == "$END":
            at, found = base + len(text), ""
            end = at + 1
        else:
            found = str(error.token)
            at = base + (error.token.start_pos or 0)
            end = at + len(found)
    else:  # pragma: no cover (the LALR parser raises no other)
        raise error
    wanted = _expectation(accepts)
    if start != "declaration":
        wanted = wanted.replace("the end of the declaration", f"the end of the {start}")
    if not found:
        return source.error(f"The {start} ends too early: {wanted} is missing.", at, end)
    kind = error.token.type if isinstance(error, UnexpectedToken) else ""
    if kind == "IFF" and accepts & {"AND", "_CLOSE", "$END"}:
        return source.error(
            "'<->' does not associate.", at, end, "Add parentheses around one side."
        )
    if kind == "RELATION" and accepts & {"AND", "_CLOSE", "$END"}:
        return source.error(
            f"Relations do not chain: '{ASCII.get(found, found)}' follows another relation.",
            at,
            end,
            "Write 'a < b and b < c' for 'a < b < c'.",
        )
    hint = ""
    if found == "-" and wanted in ("a term", "a formula"):
        hint = "There is no unary minus."
    return source.error(
        f"'{found[:40]}' is unexpected here: {wanted} should stand here.", at, end, hint
    )
