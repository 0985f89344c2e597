"""cvc5 as a second opinion on the analyser's questions, where it is installed."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from logic.errors import PorismError


def cvc5_answer(script: str, milliseconds: int = 10_000) -> str:
    """``sat``, ``unsat`` or ``unknown``, for an SMT-LIB script.

    Raises
    ------
    PorismError : cvc5 is not installed.
    """
    try:
        cvc5: Any = import_module("cvc5")
    except ImportError:
        raise PorismError(
            "cvc5 is not installed.", hint="Install it with: pip install 'porism[cvc5]'."
        ) from None
    solver = cvc5.Solver()
    solver.setOption("tlimit-per", str(milliseconds))
    solver.setOption("strings-exp", "true")
    solver.setLogic("ALL")
    parser = cvc5.InputParser(solver)
    # Z3 has its own spelling of a text with one character.
    script = re.sub(r"\(seq\.unit \(_ Char (\d+)\)\)", r"(str.from_code \1)", script)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "question")
    symbols, answer = parser.getSymbolManager(), "unknown"
    try:
        while not (command := parser.nextCommand()).isNull():
            said = command.invoke(solver, symbols).strip()
            if said in ("sat", "unsat", "unknown"):
                answer = said
    except RuntimeError:
        return "unknown"  # not of the language that both solvers share
    return answer
