"""What Cedar's two grammars share: raw tokens, the characters of a text, complaints."""

from __future__ import annotations

import re

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from governance.spellings.parse import NodeBuilder, Word
from logic.errors import PorismError
from logic.source import Source

ESCAPE = re.compile(r"\\(?:u\{[0-9a-fA-F_]{1,8}\}|x[0-9a-fA-F]{2}|.)", re.DOTALL)


class RawBuilder(NodeBuilder):
    """Nodes whose texts keep their quotes: Cedar has escapes of its own."""

    def word(self, token: Token) -> Word:
        return Word(token.type, str(token), token.start_pos or 0, token.end_pos or 0)


def characters(source: Source, text: str, word: Word) -> str:
    """The characters that a text between quotes stands for."""
    return ESCAPE.sub(lambda m: character(source, m, word), text)


def character(source: Source, found: re.Match[str], word: Word) -> str:
    """The character that an escape stands for."""
    code = found[0][1:]
    simple = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'"}
    if code in simple:
        return simple[code]
    digits = code[2:-1] if code.startswith("u{") else code[1:]
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        raise source.error(f"There is no character '{found[0]}'.", word.at, word.end) from None


def complaint(source: Source, error: UnexpectedInput) -> PorismError:
    """What the parser says, as a sentence."""
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            return source.error(
                "The text ends too early.", len(source.text.rstrip()), len(source.text)
            )
        found, at = str(error.token), error.token.start_pos or 0
    else:
        assert isinstance(error, UnexpectedCharacters)
        at = error.pos_in_stream or 0
        found = source.text[at]
    return source.error(f"'{found[:40]}' is unexpected here.", at, at + len(found))
