"""Explore a theory from Python, and ask for what was found.

python examples/laws.py
"""

from pathlib import Path

import porism

theory = porism.load(Path(__file__).parent / "maxmin.mpl")
outcome = porism.explore(theory, time="60s")

# Nothing counts that the independent checker has not accepted.
report = porism.check(outcome)
for theorem in report.theorems:
    print(f"{theorem.name}: {theorem.statement}")

for law in ["max(n, m) = max(m, n)", "min(n, n) = n", "max(n, m) = n"]:
    theorem = porism.find(outcome, law)
    print(f"{law}  {'is ' + theorem.name if theorem else 'is not among them'}")
