"""In a notebook, theories, theorems, proof graphs, verdicts and trees show themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import porism
from eml.prove import prove
from eml.rpn import parse_rpn
from eml.tree import leaf, node
from logic.latex import latex
from proofs.verdict import Verdict
from tests.proofs.sample_proofs import arithmetic, many
from tests.proofs.test_html import HOSTILE, hostile

ROOT = Path(__file__).parents[2]
VOID = {"br"}


class Fragment(HTMLParser):
    """Tags that are open, names of all tags, and every attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def inert(text: str) -> Fragment:
    """A fragment that is well nested, runs nothing, loads nothing and links nowhere."""
    found = Fragment(text)
    assert not {"script", "img", "iframe", "link", "object", "a", "form"} & set(found.tags)
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert name not in ("href", "src", "srcset", "action", "style")
        assert "javascript:" not in (value or "")
    assert "url(" not in text and "@import" not in text
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00]", text)
    return found


def test_a_theory_shows_its_axioms_typeset() -> None:
    theory = porism.load(ROOT / "mpl" / "library" / "peano.mpl")
    shown = inert(theory._repr_html_())
    assert "Peano" in shown.text
    assert "n+succ(m)=succ(n+m)" in shown.text
    assert "zero | succ(Nat)" in shown.text
    assert "math" in shown.tags
    assert r"n+\mathrm{succ}(m)=\mathrm{succ}(n+m)" in theory._repr_latex_()


def test_a_proof_graph_shows_theorems_and_what_rests_on_what() -> None:
    graph = arithmetic()
    shown = inert(graph._repr_html_())
    assert "Peano: 7 theorems" in shown.text
    assert "n+m=m+n" in shown.text
    assert shown.tags.count("svg") == 1
    assert shown.tags.count("rect") == len(graph.theorems) + 3  # two axioms, one definition
    assert r"n+m=m+n" in graph._repr_latex_()


def test_a_large_graph_counts_what_it_does_not_show() -> None:
    shown = inert(many(1000)._repr_html_())
    assert "svg" not in shown.tags
    assert "Peano: 1,000 theorems" in shown.text
    assert "and 800 more" in shown.text


def test_a_theorem_shows_its_statement_and_its_method() -> None:
    theorem = arithmetic().theorems["add_comm"]
    assert "∀n,m:Nat. n+m=m+n" in inert(theorem._repr_html_()).text
    assert theorem._repr_latex_() == r"$\forall n,m\colon \mathrm{Nat}.\; n+m=m+n$"


def test_a_verdict_shows_its_counterexample() -> None:
    shown = inert(Verdict("REFUTED", "they differ", {"n": "<zero>"})._repr_html_())
    assert shown.text == "REFUTED they differn<zero>"


def test_an_outcome_shows_what_is_open() -> None:
    outcome = porism.prove(
        ROOT / "mpl" / "library" / "peano.mpl", "forall n : Nat. n + n = n", time="2s"
    )
    shown = inert(outcome._repr_html_())
    assert "Not proved" in shown.text
    assert "REFUTED" in shown.text


def test_a_tree_shows_its_picture_and_its_measures() -> None:
    tree = parse_rpn("11xE1EE")
    shown = inert(tree._repr_html_())
    assert "K = 7, depth 3, 5 shared" in shown.text
    assert "11xE1EE" in shown.text
    assert shown.tags.count("circle") == 3
    assert tree._repr_latex_().startswith(r"$\operatorname{eml}(1, ")
    big = tree
    for _ in range(12):
        big = node(big, big)
    assert "svg" not in inert(big._repr_html_()).tags


def test_an_equality_of_trees_shows_the_theorem_and_its_domain() -> None:
    import sympy

    shown = inert(prove(parse_rpn("11xE1EE"), sympy.log(sympy.Symbol("x")))._repr_html_())
    assert "PROVED" in shown.text
    assert "domain" in shown.text


def test_hostile_names_come_out_inert() -> None:
    graph = hostile()
    inert(graph._repr_html_())
    inert(graph.theory._repr_html_())
    for theorem in graph.theorems.values():
        inert(theorem._repr_html_())
    for name in HOSTILE:
        inert(Verdict("UNKNOWN", name, {name: name})._repr_html_())
        inert(node(leaf(name), leaf("1"))._repr_html_())


def test_names_in_latex_are_not_commands() -> None:
    graph = hostile()
    for theorem in graph.theorems.values():
        text = latex(theorem.formula, graph.theory.signature)
        assert not re.search(r"(?<!\\)[$%#&]", text)
        allowed = r"\\(?:mathrm|mathit|forall|colon|backslash|hat|tilde|dots|cdot|le|ge|[;#$%&_{}])"
        assert re.sub(allowed, "", text).count("\\") == 0
        assert text.replace(r"\{", "").replace(r"\}", "").count("{") == text.replace(
            r"\{", ""
        ).replace(r"\}", "").count("}")


@pytest.mark.slow
def test_a_real_notebook_runs_and_shows_them(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    cells = [
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import porism",
        f"porism.load({str(ROOT / 'mpl' / 'library' / 'peano.mpl')!r})",
        "from tests.proofs.sample_proofs import arithmetic; arithmetic()",
        "from eml.rpn import parse_rpn; parse_rpn('11xE1EE')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    path = tmp_path / "porism.ipynb"
    nbformat.write(notebook, path)
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "porism.html").read_text(encoding="utf-8")
    assert page.count('<div class="porism">') == 3
    assert "K = 7, depth 3" in page
