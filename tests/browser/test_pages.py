"""The pages as a reader meets them: a real Chromium opens them from ``file://``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proofs.html import write_html
from tests.browser.conftest import Reader
from tests.proofs.sample_proofs import many

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


def shown(page: sync_api.Page) -> list[str]:
    return page.locator(".theorems li:visible > a").all_inner_texts()


# -- reading -----------------------------------------------------------------------------------


def test_from_the_index_to_a_theorem_and_back(reader: Reader) -> None:
    page = reader.open("index.html")
    assert page.title() == "Peano"
    page.get_by_role("link", name="add_comm").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "add_comm"
    page.get_by_role("link", name="add_cancel").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "add_cancel"
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Peano"


def test_a_case_folds_and_unfolds(reader: Reader) -> None:
    page = reader.open("theorems/add_comm.html")
    chain = page.locator(".chain").first
    assert chain.is_visible()
    page.get_by_text("Base case.").click()
    assert not chain.is_visible()
    page.get_by_text("Base case.").click()
    assert chain.is_visible()
    page.get_by_role("button", name="Fold all").click()
    assert page.locator(".chain:visible").count() == 0
    assert page.get_by_text("Base case.").is_visible()
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator(".chain:visible").count() == 2


def test_hovering_a_step_lights_what_it_uses(reader: Reader) -> None:
    page = reader.open("theorems/zero_add.html")
    row = page.locator(".chain li").filter(has=page.get_by_role("link", name="IH"))
    row.hover()
    lit = page.locator(".lit")
    assert lit.count() == 1
    assert "(IH)" in lit.inner_text()
    page.locator(".chain li").filter(has=page.get_by_role("link", name="add_succ")).hover()
    assert "add_succ" in page.locator(".cited .lit").inner_text()
    page.mouse.move(0, 0)
    assert page.locator(".lit").count() == 0


def test_the_keyboard_lights_as_the_mouse_does(reader: Reader) -> None:
    page = reader.open("theorems/zero_add.html")
    page.locator(".chain").get_by_role("link", name="IH").focus()
    assert "(IH)" in page.locator(".lit").inner_text()


def test_a_link_into_a_folded_case_opens_it(reader: Reader) -> None:
    page = reader.open("theorems/add_cancel.html")
    target = page.locator(".chain a[href^='#h']").first.get_attribute("href")
    page.get_by_role("button", name="Fold all").click()
    page.evaluate("hash => { location.hash = hash; }", target)
    page.wait_for_function("hash => document.querySelector(hash).offsetParent !== null", arg=target)


def test_the_certificate_is_folded_and_can_be_copied(reader: Reader) -> None:
    page = reader.open("theorems/zero_add.html")
    lines = page.locator("#lines")
    assert not lines.is_visible()
    page.get_by_text("Certificate, 12 lines").click()
    assert '"rule": "induction"' in lines.inner_text()
    button = page.get_by_role("button", name="Copy lines")
    button.click()
    page.get_by_role("button", name="Copied").wait_for()


def test_the_rocq_text_can_be_copied(reader: Reader) -> None:
    page = reader.open("theorems/zero_add.html")
    page.evaluate(
        "navigator.clipboard.writeText = async (text) => { window.copied = text; }; undefined"
    )
    page.locator("summary", has_text="Rocq").click()
    page.get_by_role("button", name="Copy Rocq text").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("window.copied")
    assert copied == page.locator("#rocq").inner_text()
    assert copied.startswith("Theorem zero_add : forall n : Nat, zero + n = n.")
    assert copied.endswith("Qed.")


def test_a_printed_proof_is_whole_and_without_buttons(reader: Reader) -> None:
    page = reader.open("theorems/add_comm.html")
    page.get_by_role("button", name="Fold all").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".chain:visible").count() == 2
    assert page.locator("button:visible").count() == 0
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_tab_reaches_everything_and_the_skip_link_comes_first(reader: Reader) -> None:
    page = reader.open("theorems/zero_add.html")
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert reached[0] == "Skip to the content"
    assert any(text.startswith("Base case.") for text in reached)
    assert "Copy statement" in reached
    assert "IH" in reached
    order = [reached.index(x) for x in ("Peano", "Copy statement", "Fold all", "IH")]
    assert order == sorted(order)


def test_the_picture_lights_the_neighbours_of_a_node(reader: Reader) -> None:
    page = reader.open("index.html")
    page.locator(".picture a", has_text="add_comm").hover()
    assert page.locator(".picture a.lit").count() == 2
    assert page.locator(".picture path.lit").count() == 2


# -- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?a + ?b = ?b + ?a", ["add_comm"]),
        ("x + y = y + x", ["add_comm"]),
        ("?b + ?a = ?a + ?b", ["add_comm"]),
        ("?a = 0 + ?a", ["zero_add"]),
        ("succ(?x + ?y) = succ(?x) + ?y", ["succ_add"]),
        ("?x ≤ succ(?y)", ["leq_succ"]),
        ("?n + ?k = ?m + ?k -> ?n = ?m", ["add_cancel"]),
        ("n = 0", ["zero_or_succ", "by_cases"]),
        ("CANCEL", ["add_cancel"]),
        ("?a * ?b", []),
        ("no such thing", []),
    ],
)
def test_search_by_name_text_and_shape(reader: Reader, query: str, found: list[str]) -> None:
    page = reader.open("index.html")
    page.get_by_role("searchbox").fill(query)
    got = shown(page)
    assert sorted(got) == sorted(found) if query != "n = 0" else set(found) <= set(got)
    assert page.get_by_role("status").inner_text() == f"{len(got)} of 7 theorems"


def test_slash_goes_to_the_search_and_escape_clears_it(reader: Reader) -> None:
    page = reader.open("index.html")
    page.keyboard.press("/")
    page.keyboard.type("cancel")
    assert shown(page) == ["add_cancel"]
    page.keyboard.press("Escape")
    assert len(shown(page)) == 7


@pytest.mark.parametrize("query", ["(" * 5000, "?a" * 500, "not " * 3000, "<script>", "\\", "+ +"])
def test_queries_that_are_no_shape_do_no_harm(reader: Reader, query: str) -> None:
    page = reader.open("index.html")
    page.get_by_role("searchbox").fill(query)
    assert shown(page) == []


def test_a_search_among_a_thousand_theorems_finds_them_all(
    browser: sync_api.Browser, tmp_path: Path
) -> None:
    write_html(many(1000), tmp_path / "html")
    reader = Reader(browser, tmp_path / "html")
    page = reader.open("index.html")
    for query, count in (("?a + ?b = ?b", 1000), ("law_77", 11), ("?a + ?b = ?b + ?a", 0)):
        page.get_by_role("searchbox").fill(query)
        assert page.get_by_role("status").inner_text() == f"{count} of 1000 theorems"
    reader.context.close()
    assert reader.trouble == []


# -- looks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1200, 2000])
def test_pages_fit_their_width_in_both_themes(
    browser: sync_api.Browser, folder: Path, theme: str, width: int
) -> None:
    reader = Reader(browser, folder, viewport={"width": width, "height": 900}, color_scheme=theme)
    for name in ("index", "theorems/add_cancel", "theorems/by_cases", "theorems/leq_succ"):
        path = f"{name}.html"
        page = reader.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        bright = sum(map(int, ground.removeprefix("rgb(").removesuffix(")").split(","))) / 3
        assert bright > 240 if theme == "light" else bright < 40
        if shots := os.environ.get("PORISM_SCREENSHOTS"):
            file = f"{name.replace('/', '-')}-{width}-{theme}.png"
            page.screenshot(path=f"{shots}/{file}", full_page=True)
    reader.context.close()
    assert reader.trouble == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(
    browser: sync_api.Browser, folder: Path, theme: str
) -> None:
    """WCAG AA: 4.5 to 1 for every text on every page, as the browser computed its colours."""
    reader = Reader(browser, folder, color_scheme=theme)
    for path in ("index.html", "theorems/add_cancel.html", "theorems/by_cases.html"):
        page = reader.open(path)
        assert page.evaluate(CONTRAST) == []
    reader.context.close()


CONTRAST = """() => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const luminance = (c) => rgb(c).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if ((rgb(c)[3] ?? 1) > 0) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest("script, svg")) continue;
    const [low, high] = [luminance(getComputedStyle(e).color), luminance(ground(e))]
      .sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) faint.push(walker.currentNode.data);
  }
  return faint;
}"""


def test_pages_read_without_scripts(browser: sync_api.Browser, folder: Path) -> None:
    reader = Reader(browser, folder, java_script_enabled=False)
    page = reader.open("index.html")
    assert not page.locator("#q").is_visible()
    assert page.locator(".theorems li").count() == 7
    page = reader.open("theorems/add_comm.html")
    assert page.locator(".chain:visible").count() == 2
    assert page.locator("button:visible").count() == 0
    reader.context.close()
    assert reader.trouble == []


def test_every_control_has_a_name_and_every_page_its_landmarks(reader: Reader) -> None:
    for path in ("index.html", "theorems/add_comm.html"):
        page = reader.open(path)
        assert page.get_by_role("main").count() == 1
        for control in page.locator("a, button, input, summary").all():
            name = control.evaluate(
                "e => (e.ariaLabel || e.labels?.[0]?.textContent || e.textContent).trim()"
            )
            assert name
    reader.open("index.html")
    assert reader.page.get_by_role("search").count() == 1
    assert reader.page.get_by_label("Search by name, text or shape").count() == 1
    reader.open("theorems/add_comm.html")
    assert reader.page.get_by_role("complementary").count() == 1
