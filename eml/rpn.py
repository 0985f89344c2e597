"""Trees as text: reverse Polish notation, nested calls and LaTeX, and both of the first back.

RPN writes the arguments, then the operator: ``11xE1EE`` is eml(1, eml(eml(1, x), 1)), which is
ln x. Where every name is one letter the tokens stand together, else with spaces between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count

from eml.operators import EML, Operator
from eml.tree import VARIABLE, Tree, leaf, node
from logic.errors import PorismError, Span

_CALL = re.compile(r"\s*([A-Za-z0-9_]+|[(),])")


def rpn(tree: Tree) -> str:
    """The tree in RPN.

    Examples
    --------
    >>> rpn(parse_rpn("1 x E"))
    '1xE'
    """
    tokens: list[str] = []
    stack: list[Tree | None] = [tree]
    while stack:
        top = stack.pop()
        if top is None:
            tokens.append(tree.operator.token)
        elif top.left is None or top.right is None:
            tokens.append(top.label)
        else:
            stack += [None, top.right, top.left]
    return ("" if all(len(token) == 1 for token in tokens) else " ").join(tokens)


def looks_like_rpn(text: str, operator: Operator = EML) -> bool:
    """Whether a text is a leaf, or consists of RPN tokens with the operator among them."""
    tokens = [token for token, _ in _tokens(text)]
    different = set(tokens)
    known = all(
        token == operator.token or token in operator.constants or VARIABLE.fullmatch(token)
        for token in different
    )
    if not tokens or not known:
        return False
    return tokens[0] != operator.token if len(tokens) == 1 else operator.token in different


def parse_rpn(text: str, operator: Operator = EML) -> Tree:
    """The tree that an RPN text denotes.

    Raises
    ------
    PorismError : with the token where the text goes wrong.
    """
    stack: list[Tree] = []
    starts: list[int] = []  # of the trees on the stack, for messages
    leaves: dict[str, Tree] = {}
    for token, column in _tokens(text):
        if token == operator.token:
            if len(stack) < 2:
                raise _malformed(
                    text,
                    column,
                    f"The operator '{token}' needs two arguments before it and has {len(stack)}.",
                )
            right = stack.pop()
            starts.pop()
            stack[-1] = node(stack[-1], right, operator)
            continue
        tree = leaves.get(token)
        if tree is None:
            if token not in operator.constants and not VARIABLE.fullmatch(token):
                raise _malformed(
                    text, column, f"'{token}' is no token of RPN over {operator.name}."
                )
            tree = leaves[token] = leaf(token, operator)
        stack.append(tree)
        starts.append(column)
    if not stack:
        raise _malformed(text, 1, "There is no expression.")
    if len(stack) > 1:
        raise _malformed(
            text,
            starts[1],
            f"{len(stack)} expressions stand side by side; "
            f"{len(stack) - 1} '{operator.token}' would join them into one.",
        )
    return stack[0]


def nested(tree: Tree) -> str:
    """The tree as nested calls: ``eml(1, x)``."""
    name = tree.operator.name
    parts: list[str] = []
    stack: list[Tree | str] = [tree]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            parts.append(top)
        elif top.left is None or top.right is None:
            parts.append(top.label)
        else:
            parts.append(f"{name}(")
            stack += [")", top.right, ", ", top.left]
    return "".join(parts)


def parse_nested(text: str, operator: Operator = EML) -> Tree:
    """The tree that nested calls denote.

    Raises
    ------
    PorismError : with the place where the text goes wrong.
    """
    stack: list[Tree | str] = []
    position = 0
    while text[position:].strip():
        found = _CALL.match(text, position)
        column = position + 1 + len(text[position:]) - len(text[position:].lstrip())
        token = found[1] if found else text[column - 1]
        if token == operator.name or token in "(,":
            stack.append(token)
        elif token in operator.constants or VARIABLE.fullmatch(token):
            stack.append(leaf(token, operator))
        elif token == ")" and _is_call(stack[-5:], operator):
            left, right = stack[-3], stack[-1]
            assert isinstance(left, Tree) and isinstance(right, Tree)
            stack[-5:] = [node(left, right, operator)]
        else:
            raise _malformed(text, column, f"'{token}' does not fit here.")
        position = found.end() if found else column
    if len(stack) != 1 or not isinstance(stack[0], Tree):
        raise _malformed(text, len(text.rstrip()) or 1, "The expression is not complete.")
    return stack[0]


def _is_call(parts: list[Tree | str], operator: Operator) -> bool:
    return len(parts) == 5 and (
        parts[0] == operator.name
        and parts[1] == "("
        and isinstance(parts[2], Tree)
        and parts[3] == ","
        and isinstance(parts[4], Tree)
    )


def latex(tree: Tree) -> str:
    """The tree as LaTeX: ``\\operatorname{eml}(1, x)``."""
    return nested(tree).replace(
        f"{tree.operator.name}(", f"\\operatorname{{{tree.operator.name}}}("
    )


def _tokens(text: str) -> Iterable[tuple[str, int]]:
    """Tokens with their 1-based columns."""
    bare = text.strip()
    if re.search(r"\s", bare):
        return ((m[0], m.start() + 1) for m in re.finditer(r"\S+", text))
    return zip(bare, count(text.index(bare) + 1), strict=False)


def _malformed(text: str, column: int, why: str) -> PorismError:
    line = text.count("\n", 0, column - 1)
    start = text.rfind("\n", 0, column - 1) + 1
    span = Span("<rpn>", line + 1, column - start, text.splitlines()[line] if text else "")
    return PorismError(why, span, hint="RPN looks like 11xE1EE, or 1 1 x E 1 E E.")
