"""A real Chromium that opens pages from ``file://``, and keeps what must not happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proofs.html import write_html
from proofs.verdict import Verdict
from tests.proofs.sample_proofs import SOURCE, arithmetic

CHROMIUM = Path("/usr/bin/chromium")

try:
    from playwright import sync_api
except ImportError:
    sync_api = None

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class Reader:
    """Keeps what must not happen: console messages, errors, requests that leave the folder."""

    def __init__(self, browser: sync_api.Browser, folder: Path, **about: object) -> None:
        self.folder = folder
        self.trouble: list[str] = []
        self.context = browser.new_context(**about)
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.trouble.append(m.text))
        self.page.on("pageerror", lambda e: self.trouble.append(str(e)))
        self.page.on("request", self._request)

    def _request(self, request: sync_api.Request) -> None:
        if not request.url.startswith(self.folder.as_uri()):
            self.trouble.append(f"a request left the folder: {request.url}")

    def open(self, path: str) -> sync_api.Page:
        self.page.goto(f"{self.folder.as_uri()}/{path}")
        return self.page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")  # not session: its event loop would be in the way of others
def browser() -> Iterator[sync_api.Browser]:
    if sync_api is None:
        pytest.skip("playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM} on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "html"
    write_html(
        arithmetic(),
        folder,
        stats={"rounds": 3, "seconds": 0.8345},
        unproved={"n * m = m * n": "no proof within the budget"},
        source=SOURCE,
        verdicts={"wrong": Verdict("REFUTED", "", {"n": "zero", "m": "succ(zero)"})},
    )
    return folder


@pytest.fixture
def reader(browser: sync_api.Browser, folder: Path) -> Iterator[Reader]:
    reader = Reader(browser, folder, viewport={"width": 1200, "height": 900})
    yield reader
    reader.context.close()
    assert reader.trouble == []
