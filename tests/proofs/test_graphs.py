"""The graph for other tools: JSON, GraphML and DOT say what the certificate says."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import networkx as nx
import pytest

from proofs.exports import FORMATS, export
from proofs.exports.graphs import to_dot, to_graphml, to_json
from tests.proofs.sample_proofs import arithmetic
from tests.proofs.test_rocq import ALL_SAMPLES, sample


def test_json_has_everything() -> None:
    graph = arithmetic()
    record = json.loads(to_json(graph))
    assert len(record["steps"]) == len(graph.steps)
    assert [t["name"] for t in record["theorems"]] == list(graph.theorems)
    for theorem in record["theorems"]:
        assert theorem["uses"] == graph.uses(theorem["name"])
    assert record["theory"]["name"] == graph.theory.name


def test_graphml_is_the_graph_of_steps() -> None:
    graph = arithmetic()
    read = nx.read_graphml(io.BytesIO(to_graphml(graph).encode()))
    assert read.number_of_nodes() == len(graph.steps)
    assert set(nx.get_node_attributes(read, "theorem").values()) == {"", *graph.theorems}
    assert read.number_of_edges() == graph.to_networkx().number_of_edges()


def test_dot_shows_what_each_theorem_uses() -> None:
    graph = arithmetic()
    text = to_dot(graph)
    for theorem in graph.theorems:
        assert f'"theorem {theorem}" [label=' in text
        for used in graph.uses(theorem):
            assert f'"theorem {used}" -> "theorem {theorem}";' in text
    assert '"axiom add_zero" -> ' in text


@pytest.mark.skipif(shutil.which("dot") is None, reason="there is no dot")
@pytest.mark.parametrize("name", ["addition", "hostile", "lists"])
def test_dot_is_read_by_graphviz(name: str, tmp_path: Path) -> None:
    graph = sample(name, tmp_path)
    ran = subprocess.run(
        ["dot", "-Tplain"], input=to_dot(graph), capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("\nnode ") >= len(graph.theorems)


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("name", ALL_SAMPLES)
def test_every_format_takes_every_sample(to: str, name: str, tmp_path: Path) -> None:
    text = export(sample(name, tmp_path), to)
    assert text.endswith("\n")
    assert text.isascii() or to == "lean"
