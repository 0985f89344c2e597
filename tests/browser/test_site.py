"""The manual's site: it builds without a warning, opens from ``file://``, and asks nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import Reader

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
for needed in ("mkdocs", "material", "mkdocstrings"):
    pytest.importorskip(needed, reason=f"{needed} is not installed (the extra `docs`)")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with every warning an error."""
    folder = tmp_path_factory.mktemp("manual") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture
def manual(browser: sync_api.Browser, site: Path) -> Reader:
    return Reader(browser, site, viewport={"width": 1300, "height": 900})


def test_every_page_of_the_manual_opens_without_a_request_to_others(
    manual: Reader, site: Path
) -> None:
    for path in sorted(site.glob("*.html")):
        page = manual.open(path.name)
        assert page.get_by_role("heading", level=1).count() == 1, path.name
    manual.context.close()
    assert manual.trouble == []


def test_the_manual_can_be_searched_from_a_file(manual: Reader) -> None:
    page = manual.open("index.html")
    page.get_by_role("textbox", name="Search").press_sequentially("certificate")
    page.locator(".md-search-result__item").first.wait_for()
    assert page.locator(".md-search-result__item").count() > 0
    manual.context.close()
    assert manual.trouble == []


def test_the_living_example_is_part_of_the_site(manual: Reader) -> None:
    page = manual.open("example.html")
    page.get_by_role("link", name="a folder of pages").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Peano"
    page.get_by_role("link", name="add_comm").first.click()
    assert page.locator(".chain").count() > 0
    manual.context.close()
    assert manual.trouble == []


def test_the_reference_has_every_command_and_option(site: Path) -> None:
    import typer

    from porism.cli import app

    text = (site / "command_reference.html").read_text(encoding="utf-8")
    waiting = [("porism", typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        assert f">{path}<" in text
        for parameter in command.params:
            for option in parameter.opts:
                assert option.startswith("-") is False or option in text, (path, option)
        waiting += [(f"{path} {n}", c) for n, c in getattr(command, "commands", {}).items()]


def test_docstrings_come_out_with_their_parameters(site: Path) -> None:
    text = (site / "python.html").read_text(encoding="utf-8")
    for name in ("porism.jobs.explore", "proofs.graph.ProofGraph", "eml.prove.prove"):
        assert f'id="{name}"' in text
    assert "what it imports is looked for beside it and in the library" in text
