"""Ask Porism about a data structure: the queue made of two lists, of queue.mpl.

python examples/ask_queue.py
"""

from pathlib import Path

import porism

theory = porism.load(Path(__file__).parent / "queue.mpl")

# Does it matter whether one pushes before or after turning the back over?
questions = {
    "the same queue": "push(turn(q), x) = turn(push(q, x))",
    "the same content": "content(push(turn(q), x)) = content(turn(push(q, x)))",
}
for question, formula in questions.items():
    outcome = porism.prove(theory, formula, time="60s")
    (verdict,) = outcome.verdicts.values()
    print(f"{question}: {verdict}")

# Nothing counts that the independent checker has not accepted.
outcome = porism.prove(theory)
for theorem in porism.check(outcome).theorems:
    print(f"{theorem.name}: {theorem.statement}, in {theorem.steps} steps")
