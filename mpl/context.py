"""The names in view at one place of a file, and the complaints about names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from logic.errors import PorismError, nearest
from logic.operators import FUNCTIONS, RESERVED, is_operator
from logic.source import Source
from logic.terms import UNIVERSE, Sort
from logic.theory import Function, Predicate, Signature, Theory
from mpl import syntax as raw
from mpl.sorts import parameters

Kind = Literal["symbol", "sort", "statement"]
"""Names of one kind are unique: symbols and variables; sorts and type parameters; axioms and
goals."""

_MADE_UP = re.compile(r"T[1-9][0-9]*")

MEMBERSHIP = {"in": 2, "in2": 3, "in3": 4}
"""The predicates of core notation that need no declaration, and their arities."""


class Context:
    """A theory under construction, with what only its readers need to know about it."""

    def __init__(self, theory: Theory, source: Source) -> None:
        self.theory = theory
        self.source = source
        self.declared: dict[tuple[Kind, str], tuple[str, str]] = {}
        """Each declared name's origin: the file it stands in, and ``line 3`` or that file."""
        self.declarations: list[tuple[str, str]] = []
        self.assumed: dict[str, str] = {}
        """The symbols that occur in this file's axioms so far, each with the first such axiom."""
        self.later: dict[str, int] = {}
        """The symbols of this file that are not declared yet, and the line that will."""
        signature = theory.signature
        sorts = [a for d in signature.data.values() for a in d.sort.args]
        sorts += [s for f in signature.functions.values() for s in (*f.args, f.result)]
        sorts += [s for p in signature.predicates.values() for s in p.args]
        self.parameters: dict[str, None] = dict.fromkeys(parameters(sorts))

    @property
    def signature(self) -> Signature:
        return self.theory.signature

    def declare(self, kind: Kind, name: raw.Name, keyword: str) -> None:
        """Take a new name.

        Raises
        ------
        PorismError : the name is taken, or cannot be one.
        """
        text = name.text
        if text[0].isdigit():
            raise self.error(f"'{text}' is a numeral; it cannot be declared.", name)
        if text in RESERVED:
            raise self.error(f"'{text}' is a sign of the language; it cannot be declared.", name)
        if kind != "symbol" and is_operator(text):
            raise self.error(f"An operator such as '{text}' cannot name this.", name)
        if kind == "sort" and text == UNIVERSE.name:
            raise self.error(
                "'Universe' is the built-in sort of core notation; it needs no declaration.", name
            )
        if known := self.declared.get((kind, text)):
            raise self.error(
                f"'{text}' is already declared ({known[1]}).", name, "Choose another name."
            )
        line = self.source.line(name.at)
        self.declared[kind, text] = (self.source.file, f"line {line}")
        if kind == "symbol":
            self.later.pop(text, None)
        if keyword:
            self.declarations.append((keyword, text))

    def check_operator(self, name: raw.Name, is_function: bool, arity: int) -> None:
        """Hold an operator to its place in the table of precedences."""
        if not is_operator(name.text):
            return
        if arity != 2:
            raise self.error(f"The operator '{name.text}' takes 2 arguments, not {arity}.", name)
        if is_function and name.text not in FUNCTIONS:
            raise self.error(
                f"'{name.text}' cannot be a function: it has no precedence among terms.",
                name,
                f"The operators for functions are {' '.join(FUNCTIONS)}.",
            )
        if not is_function and name.text in FUNCTIONS:
            raise self.error(
                f"'{name.text}' cannot be a predicate: it binds as an operator of terms.",
                name,
                "Any other operator can, such as < <= ~ or |.",
            )

    # -- looking up --------------------------------------------------------------------------

    def function(self, name: str) -> Function | None:
        return self.signature.functions.get(name)

    def predicate(self, name: str) -> Predicate | None:
        """A predicate; those of core notation come into being when first named."""
        found = self.signature.predicates.get(name)
        if found is None and name in MEMBERSHIP and ("symbol", name) not in self.declared:
            found = Predicate(name, (UNIVERSE,) * MEMBERSHIP[name])
            self.signature.predicates[name] = found
            self.signature.sorts[UNIVERSE.name] = UNIVERSE
            self.declared["symbol", name] = ("", "by its use as a predicate of core notation")
        return found

    def sort(self, node: raw.SortName, *, inside: bool = False) -> Sort:
        """The sort that a text names; ``inside`` a formula, T1, T2, ... are type parameters too.

        Those are the names of parameters that inference makes up, so a printed formula may have
        them.

        Raises
        ------
        PorismError : it is unknown, or has the wrong number of arguments.
        """
        data = self.signature.data.get(node.name)
        arity = len(data.sort.args) if data else 0
        known = node.name in (*self.signature.sorts, *self.parameters, UNIVERSE.name)
        made_up = inside and not known and data is None and _MADE_UP.fullmatch(node.name)
        if data is None and not known and not made_up:
            names = [*self.signature.sorts, *self.signature.data, *self.parameters]
            raise self.source.error(
                f"The sort '{node.name}' is not declared.",
                node.at,
                node.at + len(node.name),
                nearest(node.name, names) or "Declare it with 'sort' or 'data'.",
            )
        if len(node.args) != arity:
            raise self.source.error(
                f"The sort '{node.name}' takes {counted(arity, 'argument')},"
                f" but {len(node.args) or 'none'} {'is' if len(node.args) < 2 else 'are'} given.",
                node.at,
                node.end,
            )
        if node.name == UNIVERSE.name:
            self.signature.sorts[UNIVERSE.name] = UNIVERSE
        if node.name in self.parameters or made_up:
            return Sort(node.name, parameter=True)
        return Sort(node.name, tuple([self.sort(a, inside=inside) for a in node.args]))

    # -- complaints --------------------------------------------------------------------------

    def error(self, message: str, node: raw.Expression, hint: str = "") -> PorismError:
        return self.source.error(message, node.at, node.end, hint)

    def unknown(self, name: raw.Name, bound: Iterable[str]) -> PorismError:
        """The complaint about a name that nothing declares."""
        line = self.later.get(name.text)
        if line is not None:
            hint = f"It is declared on line {line}; a name must be declared before it is used."
        else:
            known = [
                *bound,
                *self.theory.variables,
                *self.signature.functions,
                *self.signature.predicates,
            ]
            hint = nearest(name.text, known) or (
                "Declare it with 'var', 'const', 'func' or 'pred', or bind it with a quantifier."
            )
        return self.error(f"'{name.text}' is not declared.", name, hint)


def counted(number: int, noun: str) -> str:
    """``no argument``, ``1 argument``, ``2 arguments``."""
    return f"{number or 'no'} {noun}{'s' if number > 1 else ''}"
