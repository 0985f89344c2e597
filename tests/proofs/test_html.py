"""The pages of a proof graph: valid, linked, inert, small, and written whole or not at all."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from logic.errors import PorismError
from logic.formulas import And, Equal, Exists, Forall, Formula, Implies, Not, Or
from logic.mathml import MathML
from logic.terms import App, Sort, Term, Var
from logic.theory import DataType, Definition, Function, Signature, Theory
from proofs.exports.rocq import rocq
from proofs.graph import ROOT, ProofGraph, Theorem
from proofs.html import write_html
from proofs.html.folder import MARKER
from proofs.html.names import file_names
from proofs.html.picture import Node, picture
from proofs.html.shapes import shape
from proofs.verdict import Verdict
from tests.proofs.sample_proofs import (
    NAT,
    SOURCE,
    ZERO,
    arithmetic,
    k,
    leq,
    m,
    many,
    n,
    peano,
    plus,
    succ,
    times,
)

VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """Checks that tags nest, and keeps links, ids and text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.raw = path.read_text(encoding="utf-8")
        self.feed(self.raw)
        self.close()
        assert not self.open, (path, self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.tags.append((tag, about))
        if tag not in VOID:
            self.open.append(tag)
        if id := about.get("id"):
            self.ids.append(id)
        self.links += [about[a] or "" for a in ("href", "src") if a in about]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h2", "li", "p", "dt"):
            self.words.append(" ")
        assert self.open, (self.path, tag)
        assert self.open.pop() == tag, (self.path, tag, self.getpos())

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def math(self) -> Iterator[ElementTree.Element]:
        for element in re.findall(r"<math>.*?</math>", self.raw, re.DOTALL):
            yield ElementTree.fromstring(element)


def write(graph: ProofGraph, folder: Path, **about: object) -> dict[str, Page]:
    paths = write_html(graph, folder, **about)  # type: ignore[arg-type]
    return {p.relative_to(folder).as_posix(): Page(p) for p in paths if p.suffix == ".html"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    return write(
        arithmetic(),
        tmp_path_factory.mktemp("site") / "html",
        stats={"rounds": 3, "seconds": 0.8345, "stopped": ""},
        unproved={"n * m = m * n": "no proof within the budget"},
        source=SOURCE,
        verdicts={"wrong": Verdict("REFUTED", "", {"n": "zero", "m": "succ(zero)"})},
    )


def check_links(pages: dict[str, Page]) -> None:
    by_path = {page.path.resolve(): page for page in pages.values()}
    for page in pages.values():
        assert len(page.ids) == len(set(page.ids)), page.path
        for link in page.links:
            parts = urlsplit(link)
            assert not parts.scheme and not parts.netloc, link
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else None
            target = target or page.path.resolve()
            assert target.is_file(), (page.path, link)
            if parts.fragment:
                assert parts.fragment in by_path[target].ids, (page.path, link)


# -- the pages ---------------------------------------------------------------------------------


def test_every_page_is_well_formed_and_every_link_resolves(pages: dict[str, Page]) -> None:
    assert set(pages) == {"index.html", "graph.html"} | {
        f"theorems/{name}.html" for name in arithmetic().theorems
    }
    check_links(pages)


def test_every_formula_is_well_formed_mathml_core(pages: dict[str, Page]) -> None:
    core = {"math", "mi", "mn", "mo", "mrow", "mtext", "msub"}
    count = 0
    for page in pages.values():
        for element in page.math():
            count += 1
            assert {e.tag for e in element.iter()} <= core
    assert count > 100


def test_the_index_says_what_was_proved_and_what_was_not(pages: dict[str, Page]) -> None:
    text = pages["index.html"].text
    assert "7 theorems proved from 4 axioms and 1 definition." in text
    assert "refuted: n = zero, m = succ(zero)" in text
    assert "no proof within the budget" in text
    assert "axiom add_zero: n + zero = n" in text
    assert "0.83 s" in text
    assert "stopped" not in text
    assert text.index("Goals") < text.index("Essential theorems") < text.index("Other theorems")


def test_a_theorem_page_shows_what_it_rests_on_and_who_uses_it(pages: dict[str, Page]) -> None:
    text = pages["theorems/zero_add.html"].text
    assert "Used by add_comm" in text
    text = pages["theorems/add_comm.html"].text
    assert "Rests in the end on add_zero, add_succ" in text
    assert "Induction on n" in text
    assert '"rule": "induction"' in text
    assert '{"theorem": "add_comm"' in text


def test_pages_have_landmarks_a_language_and_headings(pages: dict[str, Page]) -> None:
    for page in pages.values():
        tags = [tag for tag, _ in page.tags]
        assert tags.count("main") == tags.count("h1") == 1
        assert tags.index("title") < tags.index("main")
        assert ("html", {"lang": "en"}) in page.tags
        first = next(about["href"] for tag, about in page.tags if tag == "a")
        assert first == "#main", "the skip link comes first"
        for tag, about in page.tags:
            if tag in ("aside", "nav", "pre", "svg"):
                assert about.get("aria-label"), (page.path, tag)
            if tag == "button":
                assert about["type"] == "button"


def test_pages_are_small(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert len(page.raw.encode()) < 20_000, page.path


def test_nothing_depends_on_a_network() -> None:
    root = Path(__file__).parents[2] / "proofs" / "html"
    # What is vendored names namespaces and home pages; the browser tests watch what it loads.
    for path in [*root.glob("static/*.*"), *root.glob("templates/*")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|//\w+\.\w+/|@import|url\(|fetch\(|XMLHttp", text), path


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    one = write(arithmetic(), tmp_path / "one")
    other = write(arithmetic(), tmp_path / "other")
    assert {k: p.raw for k, p in one.items()} == {k: p.raw for k, p in other.items()}


def test_a_run_without_theorems_still_has_an_index(tmp_path: Path) -> None:
    pages = write(ProofGraph(peano()), tmp_path / "html")
    assert "No theorem was proved." in pages["index.html"].text
    check_links(pages)


def test_colours_have_the_contrast_that_wcag_asks_for() -> None:
    sheet = (Path(__file__).parents[2] / "proofs/html/static/porism.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[:2]
    for theme in (light, dark):
        colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", theme))
        for ground in ("paper", "raised", "lit", "new"):
            for ink in ("ink", "link"):
                assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
        for ground in ("paper", "raised", "lit"):
            assert contrast(colour["soft"], colour[ground]) >= 4.5, ground
        assert contrast(colour["bad"], colour["paper"]) >= 4.5


def contrast(a: str, b: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# -- hostile input -----------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "\"quoted' & </title><img src=x onerror=alert(1)>",
    "\u202eevil\u202c\u200f",
    "x" * 10_000,
    "../../escape",
    "con",
    "Name",
    "name",
    "\ud800",
    "a\nb\x00c",
    "{{ 7*7 }}",
    "]]>-->",
    "",
]


def hostile() -> ProofGraph:
    theory = Theory(
        HOSTILE[0],
        Signature(
            {},
            {HOSTILE[0]: DataType(NAT, (Function(HOSTILE[1], (), NAT, "constructor"),))},
            {name: Function(name, (), NAT) for name in HOSTILE},
        ),
        definitions={
            name: Definition(name, (), False, (Equal(App(name, (), NAT), n),)) for name in HOSTILE
        },
        axioms={name: Forall((n,), Equal(App(name, (), NAT), n)) for name in HOSTILE},
        goals={f"goal {name}": Equal(App(name, (), NAT), n) for name in HOSTILE},
    )
    graph = ProofGraph(theory)
    for name in HOSTILE:
        step = graph.add(ROOT, "axiom", (), theory.axioms[name], name=name)
        inner = graph.open(ROOT, [Var(name, Sort(name))], [Equal(Var(name, NAT), n)])
        assumed = graph.add(inner, "hypothesis", (), Equal(Var(name, NAT), n), of=inner, index=0)
        formula = graph.step(assumed).formula
        end = graph.add(inner, name, (assumed, step), formula, binding={name: App(name, (), NAT)})
        end = graph.add(ROOT, "discharge", (end,), formula, scopes=(inner,))
        graph.conclude(Theorem(name, end, theory.axioms[name], method=name))
    return graph


def test_hostile_names_come_out_inert(tmp_path: Path) -> None:
    pages = write(
        hostile(),
        tmp_path / "html",
        title=HOSTILE[1],
        stats={HOSTILE[0]: HOSTILE[1]},
        unproved={x: x for x in HOSTILE},
        source="\n".join(HOSTILE),
        verdicts={f"goal {x}": Verdict("UNKNOWN", x) for x in HOSTILE},
    )
    assert len(pages) == 2 + len(HOSTILE)
    check_links(pages)
    scripts = ("porism.js", "../porism.js", "graph.js", "vendor/cytoscape.min.js")
    allowed = {*((name, None) for name in scripts), ("vendor/dagre.min.js", None)}
    allowed.add((None, "application/json"))
    for page in pages.values():
        list(page.math())
        for tag, about in page.tags:
            assert tag != "img"
            assert not any(name.startswith("on") for name in about)
            if tag == "script":
                assert (about.get("src"), about.get("type")) in allowed
        assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00]", page.raw)
        assert page.path.resolve().is_relative_to(tmp_path.resolve())
    script = re.search(
        r'<script type="application/json"[^>]*>(.*?)</script>', pages["index.html"].raw
    )
    assert script
    assert len(json.loads(script[1])["theorems"]) == len(HOSTILE)


def test_file_names_are_safe_and_different_on_any_file_system() -> None:
    names = file_names([*HOSTILE, "add_comm", "aux", "COM1"])
    assert names["add_comm"] == "add_comm.html"
    assert len({f.casefold() for f in names.values()}) == len(names)
    for file in names.values():
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}\.html", file), file
        assert file.casefold() not in ("con.html", "aux.html", "com1.html")


def test_terms_nested_a_hundred_thousand_deep_do_not_matter_to_numerals() -> None:
    term: Term = ZERO
    for _ in range(100_000):
        term = succ(term)
    assert MathML(peano().signature).math(term) == "<math><mn>100000</mn></math>"


def test_deep_terms_end_in_an_ellipsis() -> None:
    term: Term = n
    for _ in range(300):
        term = succ(plus(term, n))
    assert "…" in MathML(peano().signature).math(term)


# -- mathematics -------------------------------------------------------------------------------


def plain(formula: Formula | Term, marks: list[tuple[tuple[int, ...], str]] | None = None) -> str:
    text = MathML(peano().signature).math(formula, marks or [])
    return "".join(ElementTree.fromstring(text).itertext())


def test_formulas_read_as_mathematics() -> None:
    assert plain(Forall((n, m), Equal(plus(n, m), plus(m, n)))) == "∀n,m.n+m=m+n"
    assert plain(times(plus(n, m), succ(succ(ZERO)))) == "(n+m)·2"
    assert plain(plus(n, plus(m, k))) == "n+(m+k)"
    assert plain(plus(plus(n, m), k)) == "n+m+k"
    assert plain(Not(Equal(n, ZERO))) == "n≠0"
    assert plain(Implies(leq(n, m), Exists((k,), Equal(plus(n, k), m)))) == "n≤m→(∃k.n+k=m)"
    assert plain(Var("n'", NAT)) == "n′"
    assert "<msub><mi>x</mi><mn>12</mn></msub>" in MathML(peano().signature).math(Var("x12", NAT))


def test_the_changed_subterm_is_marked_at_its_path() -> None:
    text = MathML(peano().signature).math(succ(plus(n, succ(ZERO))), [((0, 1), "new")])
    (marked,) = [e for e in ElementTree.fromstring(text).iter() if e.get("class") == "new"]
    assert "".join(marked.itertext()) == "1"
    # A mark inside a numeral spells the numeral out as far as the mark.
    text = MathML(peano().signature).math(succ(succ(ZERO)), [((0, 0), "new")])
    (marked,) = [e for e in ElementTree.fromstring(text).iter() if e.get("class") == "new"]
    assert "".join(marked.itertext()) == "0"


def test_a_statement_can_wrap_between_its_parts() -> None:
    def parts(formula: Formula) -> list[str]:
        text = MathML(peano().signature).statement(formula)
        found = re.findall(r"<math>.*?</math>|<br>", text)
        return [x if x == "<br>" else "".join(ElementTree.fromstring(x).itertext()) for x in found]

    assert parts(Forall((n, m), Implies(leq(n, m), Equal(n, m)))) == ["∀n,m:Nat.", "n≤m→", "n=m"]
    assert parts(Or(leq(n, m), And(leq(m, n), Forall((k,), leq(k, n))))) == [
        "n≤m",
        "∨m≤n",
        "∧(∀k.",
        "k≤n)",
    ]
    side = plus(plus(plus(n, m), plus(m, n)), plus(succ(n), succ(m)))
    assert [p[0] for p in parts(Equal(side, side))] == ["n", "="]
    # A list of conditions is set as a list.
    many = And(leq(n, m), And(leq(m, n), And(leq(n, k), leq(k, n))))
    assert parts(many) == ["n≤m", "<br>", "∧m≤n", "<br>", "∧n≤k", "<br>", "∧k≤n"]


def test_lists_stand_in_brackets() -> None:
    lists = Sort("List")
    nil = Function("nil", (), lists, "constructor")
    cons = Function("cons", (NAT, lists), lists, "constructor")
    signature = Signature(data={"List": DataType(lists, (nil, cons))})
    term: Term = App("nil", (), lists)
    for item in (m, n):
        term = App("cons", (item, term), lists)
    text = MathML(signature).math(term)
    assert "".join(ElementTree.fromstring(text).itertext()) == "[n,m]"


def test_shapes_forget_names_of_variables() -> None:
    assert shape(Forall((n, m), Equal(plus(n, m), plus(m, n)))) == ["=", ["+", 0, 1], ["+", 1, 0]]
    assert shape(Exists((k,), Equal(k, ZERO))) == ["some", ["=", 0, "zero"]]


def test_the_picture_stands_every_theorem_above_what_it_uses() -> None:
    nodes = [Node(f"x{i}", f"x{i}", f"{i}.html", "found", "") for i in range(40)]
    uses = {f"x{i}": [f"x{i // 2}", f"x{i // 3}"] for i in range(1, 40)}
    svg = ElementTree.fromstring(picture(nodes, uses, "what rests on what"))
    y = {a.get("id", "n")[1:]: float(a.find("rect").get("y")) for a in svg.findall("a")}  # type: ignore
    edges = [p.get("data-e", "").split() for p in svg.findall("path")]
    assert edges
    assert all(y[a] > y[b] for a, b in edges)
    boxes = sorted(
        (float(r.get("y", 0)), float(r.get("x", 0)), float(r.get("width", 0)))
        for r in svg.iter("rect")
    )
    for (y0, x0, w), (y1, x1, _) in pairwise(boxes):
        assert y0 != y1 or x0 + w <= x1, "boxes of a row overlap"


# -- the folder --------------------------------------------------------------------------------


def test_an_earlier_export_is_replaced_whole(tmp_path: Path) -> None:
    write(many(5), tmp_path / "html")
    write(many(2), tmp_path / "html")
    assert sorted(p.name for p in (tmp_path / "html/theorems").iterdir()) == [
        "law_0.html",
        "law_1.html",
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["html"]


def test_a_folder_of_other_things_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html/thesis.tex").write_text("years of work")
    with pytest.raises(PorismError, match="holds something else"):
        write_html(many(1), tmp_path / "html")
    assert [p.name for p in tmp_path.rglob("*.tex")] == ["thesis.tex"]


def test_a_file_of_the_users_among_our_pages_is_kept(tmp_path: Path) -> None:
    write_html(many(1), tmp_path / "html")
    (tmp_path / "html/notes.txt").write_text("mine")
    with pytest.raises(PorismError, match=r"not ours: notes\.txt"):
        write_html(many(1), tmp_path / "html")
    assert (tmp_path / "html/notes.txt").read_text() == "mine"


def test_a_failure_leaves_no_partial_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_html(many(1), tmp_path / "html")
    before = (tmp_path / "html/index.html").read_bytes()

    def full(self: Path, *args: object, **more: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(PorismError, match="No space left on device"):
        write_html(many(3), tmp_path / "html")
    assert (tmp_path / "html/index.html").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["html"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "html").write_text("a file")
    with pytest.raises(PorismError, match="is not a folder"):
        write_html(many(1), tmp_path / "html")


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    write_html(many(1), tmp_path / "html")
    assert (tmp_path / "html" / MARKER).is_file()


# -- what pages cost ---------------------------------------------------------------------------


def test_a_thousand_theorems_have_a_page_each(tmp_path: Path) -> None:
    written = write_html(many(1000), tmp_path / "html")
    assert sum(path.parent.name == "theorems" for path in written) == 1000
    assert (tmp_path / "html" / "graph.html").is_file()


def test_writers_of_proofs_do_not_pay_for_the_templates() -> None:
    """Importing the exporter must not import jinja2."""
    import subprocess
    import sys

    code = "import sys, proofs.html, proofs.text; sys.exit('jinja2' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_a_theorem_page_has_its_rocq_text(tmp_path: Path) -> None:
    graph = arithmetic()
    write_html(graph, tmp_path / "html", title="Peano")
    whole = rocq(graph)
    for name in graph.theorems:
        page = (tmp_path / "html" / "theorems" / f"{name}.html").read_text(encoding="utf-8")
        found = re.search(r'<code id="rocq">(.*?)</code>', page, re.DOTALL)
        assert found is not None
        text = html.unescape(found[1])
        assert f"Theorem {name} : " in text
        assert text in whole
        assert 'data-copy-from="rocq"' in page
