"""The graph page: what rests on what, by mouse, by keys, by filter, and without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs.html import write_html
from tests.browser.conftest import Reader
from tests.proofs.sample_proofs import many
from tests.proofs.test_html import HOSTILE, hostile

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

# The page draws on a canvas; these ask the graph that it draws.
SHOWN = "porismGraph.nodes().map(n => n.data('label'))"
LINES = (
    "porismGraph.edges().map(e => [e.source().data('label'), e.target().data('label')].join(' '))"
)
LABELLED = "kind => porismGraph.nodes('.' + kind).map(n => n.data('label'))"


def middle(page: sync_api.Page, label: str) -> tuple[float, float]:
    """Where a node's middle is on the screen."""
    box = page.locator("#canvas").bounding_box()
    at = page.evaluate(
        "l => porismGraph.nodes().filter(n => n.data('label') === l).renderedPosition()", label
    )
    assert box is not None
    return box["x"] + at["x"], box["y"] + at["y"]


def choose(page: sync_api.Page, label: str) -> None:
    page.get_by_label("Find").fill(label)


def test_index_and_theorem_pages_lead_to_the_graph_and_back(reader: Reader) -> None:
    page = reader.open("index.html")
    page.get_by_role("link", name="Graph", exact=True).click()
    assert page.title() == "Graph – Peano"
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link").click()
    page.get_by_role("link", name="add_comm").first.click()
    page.get_by_role("link", name="In the graph").click()
    about = page.get_by_role("region", name="Selection")
    about.get_by_role("link", name="add_comm").click()
    assert page.get_by_role("heading", level=1).inner_text() == "add_comm"


def test_every_theorem_stands_above_what_it_rests_on(reader: Reader) -> None:
    page = reader.open("graph.html")
    shown = page.evaluate(SHOWN)
    assert {"add_comm", "zero_add", "add_zero", "add_succ"} <= set(shown)
    wrong = page.evaluate(
        "porismGraph.edges().filter(e => e.source().position().y <= e.target().position().y).length"
    )
    assert wrong == 0 < len(page.evaluate(LINES))


def test_a_click_selects_a_theorem_and_another_lets_it_go(reader: Reader) -> None:
    page = reader.open("graph.html")
    page.mouse.click(*middle(page, "add_comm"))
    about = page.get_by_role("region", name="Selection")
    assert "n + m = m + n" in about.inner_text()
    assert page.evaluate(LABELLED, "chosen") == ["add_comm"]
    near = page.evaluate(LABELLED, "near")
    assert {"zero_add", "succ_add", "add_zero", "add_succ"} == set(near)
    assert "leq_succ" in page.evaluate(LABELLED, "far")
    about.get_by_role("link", name="zero_add").click()
    page.wait_for_function("porismGraph.nodes('.chosen').data('label') === 'zero_add'")
    box = page.locator("#canvas").bounding_box()
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    assert page.evaluate(LABELLED, "chosen") == page.evaluate(LABELLED, "far") == []


def test_pointing_at_a_node_shows_its_statement(reader: Reader) -> None:
    page = reader.open("graph.html")
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.move(*middle(page, "add_comm"), steps=5)
    page.wait_for_function("document.getElementById('pointed').textContent !== ''")
    assert page.locator("#pointed").inner_text() == "add_comm: ∀n, m : Nat. n + m = m + n"
    page.mouse.move(box["x"] + 5, box["y"] + 5, steps=5)
    page.wait_for_function("document.getElementById('pointed').textContent === ''")


def test_two_clicks_open_a_theorem(reader: Reader) -> None:
    page = reader.open("graph.html")
    page.mouse.dblclick(*middle(page, "succ_add"))
    page.wait_for_url("**/theorems/succ_add.html")


def test_the_graph_can_be_walked_and_left_by_keys(reader: Reader) -> None:
    page = reader.open("graph.html")
    page.get_by_role("application").focus()
    choose(page, "add_comm")
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(LABELLED, "chosen")[0] in ("zero_add", "succ_add")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(LABELLED, "chosen") == ["add_comm"]
    page.keyboard.press("ArrowUp")
    assert page.evaluate(LABELLED, "chosen") == ["add_comm"], "nothing rests on it"
    zoom = page.evaluate("porismGraph.zoom()")
    page.keyboard.press("+")
    assert page.evaluate("porismGraph.zoom()") > zoom
    page.keyboard.press("Escape")
    assert page.evaluate(LABELLED, "chosen") == []
    page.keyboard.press("ArrowDown")
    assert len(page.evaluate(LABELLED, "chosen")) == 1
    choose(page, "add_comm")
    page.get_by_role("application").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/theorems/add_comm.html")


def test_the_wheel_zooms_and_a_drag_pans(reader: Reader) -> None:
    page = reader.open("graph.html")
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    before = page.evaluate("({zoom: porismGraph.zoom(), ...porismGraph.pan()})")
    page.mouse.wheel(0, -300)
    page.wait_for_function("z => porismGraph.zoom() > z", arg=before["zoom"])
    pan = page.evaluate("porismGraph.pan().x")
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    page.mouse.up()
    assert page.evaluate("porismGraph.pan().x") > pan + 50
    page.get_by_role("button", name="Whole graph").click()
    assert page.evaluate("porismGraph.zoom()") == pytest.approx(before["zoom"])


def test_the_filter_leaves_essential_theorems_and_lines_through_the_others(
    browser: sync_api.Browser, tmp_path: Path
) -> None:
    write_html(many(30), tmp_path / "html")
    reader = Reader(browser, tmp_path / "html")
    page = reader.open("graph.html")
    assert len(page.evaluate(SHOWN)) == 32
    page.get_by_label("Essential only").check()
    assert set(page.evaluate(SHOWN)) == {
        "add_zero",
        "add_succ",
        *(f"law_{i}" for i in range(0, 30, 7)),
    }
    # law_28 uses law_14 and law_9; law_9 uses law_4 and law_3, and so on down to law_0.
    lines = page.evaluate(LINES)
    assert "law_14 law_28" in lines
    assert "law_0 law_28" not in lines, "it follows from law_14"
    choose(page, "law_7")
    page.get_by_label("Selection only").check()
    assert set(page.evaluate(SHOWN)) == {
        "add_zero",
        "add_succ",
        "law_0",
        "law_7",
        "law_14",
        "law_21",
        "law_28",
    }
    page.get_by_label("Selection only").uncheck()
    page.get_by_label("Essential only").uncheck()
    assert len(page.evaluate(SHOWN)) == 32
    reader.context.close()
    assert reader.trouble == []


def test_the_picture_stands_in_where_scripts_do_not_run(
    browser: sync_api.Browser, folder: Path
) -> None:
    reader = Reader(browser, folder, java_script_enabled=False)
    page = reader.open("graph.html")
    assert page.locator(".picture a").count() > 7
    assert page.locator(".picture").is_visible()
    assert not page.locator("#canvas").is_visible()
    page.locator(".picture a", has_text="add_comm").click()
    assert page.get_by_role("heading", level=1).inner_text() == "add_comm"
    reader.context.close()
    assert reader.trouble == []


def test_printing_shows_the_picture(reader: Reader) -> None:
    page = reader.open("graph.html")
    assert not page.locator(".picture").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".picture").is_visible()
    assert not page.locator("#canvas").is_visible()


def test_hostile_names_are_only_names(browser: sync_api.Browser, tmp_path: Path) -> None:
    write_html(hostile(), tmp_path / "html", title=HOSTILE[0])
    reader = Reader(browser, tmp_path / "html")
    page = reader.open("graph.html")
    elements = page.evaluate("document.querySelectorAll('*').length")
    for i in range(len(page.evaluate(SHOWN))):
        page.evaluate("i => { location.hash = `#n${i}`; }", i)
        page.wait_for_function("i => porismGraph.nodes('.chosen').id() === String(i)", arg=i)
    assert page.locator("main img, main script, main iframe").count() == 0
    assert page.evaluate("document.querySelectorAll('*').length") < elements + 60
    reader.context.close()
    assert reader.trouble == []
