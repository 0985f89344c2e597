"""Formulas as LaTeX, for a notebook's conversion to paper: what :mod:`logic.mathml` sets, spelled.

The MathML is the one place that knows how formulas look; here its few elements are respelled.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

from logic.formulas import Formula
from logic.mathml import MathML
from logic.theory import Signature

_SIGNS = {
    "∀": r"\forall ",
    "∃": r"\exists ",
    "∧": r"\land ",
    "∨": r"\lor ",
    "→": r"\to ",
    "↔": r"\leftrightarrow ",
    "¬": r"\lnot ",
    "≠": r"\ne ",
    "≤": r"\le ",
    "≥": r"\ge ",
    "∈": r"\in ",
    "∉": r"\notin ",
    "∪": r"\cup ",
    "∩": r"\cap ",
    "∘": r"\circ ",
    "·": r"\cdot ",
    "×": r"\times ",
    "⊤": r"\top ",
    "⊥": r"\bot ",
    "↦": r"\mapsto ",
    "…": r"\dots ",
    "′": "'",
    ".": r".\;",
    ":": r"\colon ",
    ",": ",",
}
_SPECIAL = {
    "\\": r"\backslash{}",
    "^": r"\hat{}",
    "~": r"\tilde{}",
    **{c: f"\\{c}" for c in "#$%&_{}"},
}


def latex(formula: Formula, signature: Signature, *, binders: bool = True) -> str:
    """A formula as LaTeX for mathematical mode; names come out inert.

    Examples
    --------
    >>> from logic.formulas import Equal
    >>> from logic.terms import App, Sort, Var
    >>> nat = Sort("Nat")
    >>> n, m = Var("n", nat), Var("m", nat)
    >>> latex(Equal(App("*", (n, m), nat), App("*", (m, n), nat)), Signature())
    'n\\\\cdot m=m\\\\cdot n'
    """
    text = MathML(signature).statement(formula, binders=binders).replace("<br>", r"<mo>\;</mo>")
    return " ".join(_spell(element) for element in fromstring(f"<mrow>{text}</mrow>")).strip()


def _spell(element: Element) -> str:
    text = element.text or ""
    match element.tag:
        case "mi":
            letter = len(text) == 1 and text.isascii() and text.isalnum()
            return text if letter else _name(text, "mathit" if element.get("class") else "mathrm")
        case "mn":
            return text
        case "mo":
            return "".join(_SIGNS.get(c, c) for c in text) if text != r"\;" else r"\;"
        case "mtext":
            return f"\\text{{{text}}}"
        case "msub":
            base, index = map(_spell, element)
            return f"{base}_{{{index}}}"
    return "".join(map(_spell, element))


def _name(text: str, font: str) -> str:
    """A name of several letters; each character that LaTeX reads comes out as itself."""
    if text in _SIGNS:
        return _SIGNS[text]
    stem, primes = re.fullmatch("(.*?)(′*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    inert = "".join(_SPECIAL.get(c, c) for c in stem)
    return f"\\{font}{{{inert}}}{chr(39) * len(primes)}"
