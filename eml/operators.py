"""``Operator``: a binary operator and the constants that go with it.

EML itself, the cousins of the paper (arXiv 2603.21852, §3), and any other: an operator is given by
a formula in x and y, and each constant by its name and its value as a formula. What does not need
EML itself (trees, printing, evaluation, enumeration, bootstrapping) works with all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Operator:
    """A binary operator.

    Parameters
    ----------
    name : as people call it; two operators with one name are the same.
    formula : its value in terms of ``x`` and ``y``, such as ``exp(x) - log(y)``.
    constants : name of a leaf → its value as a formula (``oo`` and ``-oo`` included).
    token : how RPN writes the operator.
    """

    name: str
    formula: str
    constants: MappingProxyType[str, str] = field(
        default_factory=lambda: MappingProxyType({"1": "1"}), hash=False
    )
    token: str = "E"


EML = Operator("eml", "exp(x) - log(y)")
"""exp(x) − ln(y), with the constant 1."""

EDL = Operator("edl", "exp(x)/log(y)", MappingProxyType({"e": "exp(1)"}))
"""exp(x)/ln(y), with the constant e."""

NEGATIVE_EML = Operator("neml", "log(x) - exp(y)", MappingProxyType({"n": "-oo"}))
"""ln(x) − exp(y), with the constant −∞, written ``n``."""

OPERATORS = {operator.name: operator for operator in (EML, EDL, NEGATIVE_EML)}
