"""No single change of a correct certificate is accepted, unless what it then says is still proved.

"Still proved" is checked, not assumed. An accepted mutant must satisfy all of these:

* its report lists the theorems of the original, in the same words up to bound names: one change
  cannot alter a statement *and* the step it names, so a different statement is never accepted;
* if the theory is the same, every step and theorem is true in a model of the theory under the
  hypotheses of its scope, as an evaluator sees it that shares no code with the checker: the change
  made a valid step into a valid step (an unused premise, another name for a bound variable, the
  same equation at a place that reads the same);
* if the theory was changed, the report carries another hash (the claim is about another theory),
  and no theorem rests on an axiom or clause that was changed beyond its bound names.
"""

from __future__ import annotations

import copy
import json
import random
import re
from typing import Any

import pytest

from proofs.check import Rejected, check
from tests.proofs.building import RULES, Line, seal
from tests.proofs.models import MODELS, canonical, read
from tests.proofs.samples import SAMPLES

SEEDS = 700  # mutants of each sample; with five samples, three and a half thousand
TEXT = re.compile(r"[\w']+|[-+*/<>=!]+|[():,.]")


def mutate(lines: list[Line], rng: random.Random) -> str:
    """Change one thing in place; returns what, for the failure message."""
    texts = [line["formula"] for line in lines if "formula" in line]
    vocabulary = sorted({token for text in texts for token in TEXT.findall(text)})

    def text(old: str) -> str:
        tokens = TEXT.findall(old)
        place = rng.randrange(len(tokens))
        match rng.randrange(4):
            case 0:
                del tokens[place]
            case 1:
                tokens.insert(place, rng.choice(tokens))
            case 2:
                other = rng.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case _:
                tokens[place] = rng.choice(vocabulary)
        return " ".join(tokens)

    def value(old: Any) -> Any:
        """Another value of the same JSON type, one change away."""
        if isinstance(old, bool):
            return not old
        if isinstance(old, int):
            return rng.choice([old + 1, old - 1, rng.randrange(0, old + 3)])
        if isinstance(old, str):
            return text(old) if TEXT.search(old) and rng.random() < 0.8 else rng.choice(texts)
        new = copy.copy(old)
        if not old:
            return [0] if isinstance(old, list) else {"n": "zero"}
        if isinstance(old, list):
            place, kind = rng.randrange(len(old)), rng.randrange(4)
            if kind == 0:
                del new[place]
            elif kind == 1:
                new.insert(place, rng.choice(old))
            elif kind == 2:
                rng.shuffle(new)
            else:
                new[place] = value(old[place])
            return new
        key, kind = rng.choice(sorted(old)), rng.randrange(4)
        if kind == 0:
            del new[key]
        elif kind == 1:
            new[text(key)] = new.pop(key)
        elif kind == 2:
            other = rng.choice(sorted(old))
            new[key], new[other] = old[other], old[key]
        else:
            new[key] = value(old[key])
        return new

    place = rng.randrange(len(lines))
    line = lines[place]
    match rng.randrange(12):
        case 0:
            del lines[place]
            return f"dropped line {place + 1}"
        case 1:
            lines.insert(rng.randrange(len(lines)), copy.deepcopy(line))
            return f"repeated line {place + 1}"
        case 2:
            other = rng.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
            return f"swapped lines {place + 1} and {other + 1}"
        case 3 if "rule" in line:
            line["rule"] = rng.choice(sorted(RULES))
            return f"line {place + 1}: another rule"
        case 4:
            del line[rng.choice(sorted(line))]
            return f"line {place + 1}: a field dropped"
        case 5:
            line[rng.choice(["sorts", "reverse", "with", "index", "extra"])] = rng.choice(
                [{}, {"A": "Nat"}, True, False, 0, 1]
            )
            return f"line {place + 1}: a field added"
        case 6:
            table = lines[0]["theory"]
            key = rng.choice(sorted(table))
            table[key] = value(table[key])
            return f"the theory's {key}"
    key = rng.choice([key for key in line if key not in ("theory", "hash")])
    line[key] = value(line[key])
    return f"line {place + 1}: {key}"


def entries(theory: Line) -> dict[tuple[str, str], Any]:
    """What can be assumed from a theory, up to bound names."""
    found: dict[tuple[str, str], Any] = {}
    for name, formula in theory.get("axioms", {}).items():
        found["axioms", name] = canonical(read(formula))
    for name, clauses in theory.get("definitions", {}).items():
        found["definitions", name] = [canonical(read(clause)) for clause in clauses]
    for entry in theory.get("inductions", []):
        places = [entry["params"].index(entry[key]) for key in ("set", "from", "by")]
        found["inductions", entry["definition"]] = (len(entry["params"]), places)
    return found


def same_clauses(old: Any, new: Any, name: str, lines: list[Line]) -> bool:
    """Whether an assumption is unchanged; of a definition, the clauses that steps cite."""
    if not isinstance(old, list):
        return bool(old == new)
    cited = {x["index"] for x in lines if x.get("rule") == "definition" and x["name"] == name}
    return all(old[k] == new[k] for k in cited)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_samples_are_accepted_and_true(name: str) -> None:
    lines = SAMPLES[name]().end()
    report = check(seal(lines))
    assert [t.name for t in report.theorems] == [x["theorem"] for x in lines if "theorem" in x]
    assert MODELS[name].false_lines(lines) == []


def test_samples_use_every_rule() -> None:
    used = {line.get("rule") for sample in SAMPLES.values() for line in sample().lines}
    assert used >= RULES.keys()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_single_change_is_rejected_unless_the_proof_is_still_correct(name: str) -> None:
    original = SAMPLES[name]().end()
    report = check(seal(original))
    statements = sorted(repr(canonical(read(t.statement))) for t in report.theorems)
    known = entries(original[0]["theory"])
    survivors = 0
    for seed in range(SEEDS):
        lines = copy.deepcopy(original)
        change = mutate(lines, random.Random(f"{name} {seed}"))
        try:
            found = check(seal(lines))
        except Rejected as error:
            assert re.match(r"line \d+: ..|the footer is missing", str(error)), error
            continue
        survivors += lines != original
        why = f"seed {seed}: {change}"
        said = sorted(repr(canonical(read(t.statement))) for t in found.theorems)
        if lines[0] == original[0]:
            assert MODELS[name].false_lines(lines) == [], why
            assert said == statements, why  # the name is the line's own to choose
        else:
            assert found.hash != report.hash, why
            now = entries(lines[0]["theory"])
            for theorem in found.theorems:
                for kind in ("axioms", "definitions", "inductions"):
                    for assumed in getattr(theorem, kind):
                        key = (kind, assumed)
                        assert same_clauses(known[key], now[key], assumed, lines), why
    assert survivors < SEEDS // 8, "mutants mostly do nothing: the test has lost its teeth"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_single_change_that_leaves_the_hashes_is_always_rejected(name: str) -> None:
    original = SAMPLES[name]().end()
    sealed = [json.loads(text) for text in seal(original)]
    for seed in range(SEEDS // 2):
        lines = copy.deepcopy(sealed)
        change = mutate(lines, random.Random(f"unsealed {name} {seed}"))
        if lines == sealed:
            continue
        with pytest.raises(Rejected):
            check([json.dumps(line) for line in lines])
            pytest.fail(f"accepted: seed {seed}: {change}")
