"""Every kind of page under axe-core, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Reader

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

PAGES = [
    "index.html",
    "graph.html",
    "graph.html#n4",
    "theorems/add_comm.html",
    "theorems/add_cancel.html",
    "theorems/by_cases.html",
    "theorems/leq_succ.html",
]


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
