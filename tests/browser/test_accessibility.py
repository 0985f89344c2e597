"""Every kind of page under axe-core, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance import lint, load_policy
from governance.reports.page import report
from tests.browser.conftest import Reader

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

PAGES = ["index.html", "graph.html#n4", "theorems/add_cancel.html", "theorems/by_cases.html"]
PAYMENTS = Path(__file__).parents[2] / "examples" / "payments" / "payments.policy"


def complaints(page: sync_api.Page) -> list[str]:
    """What axe-core finds wrong: rule, and where."""
    # It would load the style sheet once more, which pages from file:// may not.
    found = axe.Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{v['id']}: {node['target']}: {node['failureSummary']}"
        for v in found
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_wrong(
    browser: sync_api.Browser, folder: Path, path: str, theme: str
) -> None:
    reader = Reader(browser, folder, color_scheme=theme)
    assert complaints(reader.open(path)) == []
    reader.context.close()
    assert reader.trouble == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_a_report_on_a_policy(
    browser: sync_api.Browser, tmp_path: Path, theme: str
) -> None:
    rules = load_policy(PAYMENTS)
    (tmp_path / "report.html").write_text(report(rules, lint(rules)), encoding="utf-8")
    reader = Reader(browser, tmp_path, color_scheme=theme)
    assert complaints(reader.open("report.html")) == []
    reader.context.close()
    assert reader.trouble == []
