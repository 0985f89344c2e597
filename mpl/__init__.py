"""MPL, the language of theory files: text → :class:`~logic.theory.Theory` and back.

``docs/mpl.md`` is the language reference. Nothing heavy is imported before the first call.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logic.formulas import Formula
    from logic.theory import Theory

__all__ = [
    "format_source",
    "load",
    "parse_formula",
    "parse_theory",
    "print_theory",
]


def load(path: str | os.PathLike[str]) -> Theory:
    """The theory in a file.

    Raises
    ------
    PorismError : the file, or one that it imports, cannot be read or does not denote a theory.

    Examples
    --------
    >>> load("mpl/library/peano.mpl").name
    'Peano'
    """
    from mpl.imports import Loader

    return Loader().load(Path(path)).theory


def parse_theory(
    text: str, name: str = "<text>", path: str | os.PathLike[str] | None = None
) -> Theory:
    """The theory that a text denotes.

    Parameters
    ----------
    text : a whole MPL file.
    name : the theory's name, if the text does not give one.
    path : the file that the text stands for: shown in messages, and file imports are relative
        to it. It need not exist.

    Raises
    ------
    PorismError : the text does not denote a theory.

    Examples
    --------
    >>> theory = parse_theory("data Nat = zero | succ(Nat)")
    >>> list(theory.signature.functions)
    ['zero', 'succ']
    """
    from logic.source import Source
    from mpl.imports import Loader

    file = name if path is None else str(path)
    folder = Path() if path is None else Path(path).parent
    source = Source(text.replace("\r\n", "\n"), file)
    return Loader().build(source, name, "" if path is None else str(path), folder).theory


def parse_formula(text: str, theory: Theory) -> Formula:
    """A formula over a theory's symbols, in either notation, closed as an axiom would be.

    Raises
    ------
    PorismError : the text is not a formula of the theory.

    Examples
    --------
    >>> from logic.printing import show
    >>> theory = parse_theory("data Nat = zero | succ(Nat)\\nvar n : Nat")
    >>> show(parse_formula("succ(n) != 0", theory))
    'forall n : Nat. succ(n) != zero'
    """
    from logic.source import Source
    from logic.theory import Signature, Theory
    from mpl.context import Context
    from mpl.elaborate import read_statement
    from mpl.parse import parse_expression

    s = theory.signature
    # Reading may add the predicates of core notation: to a copy.
    signature = Signature(dict(s.sorts), dict(s.data), dict(s.functions), dict(s.predicates))
    copy = Theory(theory.name, signature, theory.variables)
    source = Source(text, "<formula>")
    return read_statement(Context(copy, source), parse_expression(source))


def print_theory(theory: Theory, unicode: bool = False) -> str:
    """A theory as MPL text; parsing it gives the same theory."""
    from mpl.printer import print_theory

    return print_theory(theory, unicode)


def format_source(text: str, unicode: bool = False) -> str:
    """An MPL text with each declaration in its normal form.

    Comments, the blank lines between declarations and the author's notation (core or surface,
    numerals, lists, ``if``) stay; layout, parentheses and spellings become uniform.

    Raises
    ------
    PorismError : the text does not follow the grammar.
    """
    from mpl.format import format_source

    return format_source(text, unicode)
