"""The report page: findings, witnesses and the rules they are about, in one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from governance.analysis.findings import LEVELS, Finding
from governance.policy import RuleSet
from governance.printing import show_rule


def report(policy: RuleSet, findings: Sequence[Finding]) -> str:
    """A page that needs nothing else: the style of the proof pages is inside."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    templates = Environment(
        loader=PackageLoader("governance.reports"),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    css = files("proofs.html").joinpath("static/porism.css").read_text("utf-8")
    marks: dict[str, list[tuple[int, Finding]]] = {rule.name: [] for rule in policy.own}
    for number, finding in enumerate(findings, 1):
        if finding.rule:
            marks[finding.rule].append((number, finding))
    counts = [(sum(f.level == level for f in findings), level) for level in LEVELS]
    return templates.get_template("report.html.j2").render(
        title=policy.name,
        css=Markup(css),
        lede=f"{len(policy.own)} rules: "
        + ", ".join(f"{n} {level}{'' if n == 1 else 's'}" for n, level in counts)
        + ".",
        findings=findings,
        rules=policy.own,
        numbers={rule.name: i for i, rule in enumerate(policy.own, 1)},
        sources={rule.name: show_rule(rule) for rule in policy.own},
        marks=marks,
    )
