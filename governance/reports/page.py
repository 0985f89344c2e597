"""The report page: findings, witnesses and the rules they are about, in one HTML file."""

from __future__ import annotations

from collections.abc import Sequence

from governance.analysis.findings import LEVELS, Finding
from governance.policy import RuleSet
from governance.printing import show_rule
from proofs.html.single import single_page


def report(policy: RuleSet, findings: Sequence[Finding]) -> str:
    """A page that needs nothing else: the style of the proof pages is inside."""
    marks: dict[str, list[tuple[int, Finding]]] = {rule.name: [] for rule in policy.own}
    for number, finding in enumerate(findings, 1):
        if finding.rule:
            marks[finding.rule].append((number, finding))
    counts = [(sum(f.level == level for f in findings), level) for level in LEVELS]
    return single_page(
        "governance.reports",
        "report.html.j2",
        title=policy.name,
        lede=f"{len(policy.own)} rules: "
        + ", ".join(f"{n} {level}{'' if n == 1 else 's'}" for n, level in counts)
        + ".",
        findings=findings,
        rules=policy.own,
        numbers={rule.name: i for i, rule in enumerate(policy.own, 1)},
        sources={rule.name: show_rule(rule) for rule in policy.own},
        marks=marks,
    )
