"""What the manual's site has besides its pages: the command reference and the living example.

MkDocs calls these hooks (mkdocs.yml). Nothing is written into the folder of the sources.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]


def on_config(config: Any) -> Any:
    """Pages that the navigation does not name yet stand at the end of the manual."""
    named = str(config["nav"])
    manual = next(part["Manual"] for part in config["nav"] if "Manual" in part)
    manual += [p.name for p in sorted((ROOT / "docs").glob("*.md")) if p.name not in named]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add what is made from the code."""
    from porism.reference import command_reference

    files.append(File.generated(config, "command_reference.md", content=command_reference()))
    for path, text in example().items():
        files.append(File.generated(config, f"peano/{path}", content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links to files of the repository, which the site does not have, become names of files."""
    return re.sub(r"\[([^\]]*)\]\((?:\.\./)([^)#]+)\)", _repository, markdown)


def on_post_build(config: Any) -> None:
    """A folder has no use for the page of a server that misses one."""
    (Path(config["site_dir"]) / "404.html").unlink(missing_ok=True)


def _repository(link: re.Match[str]) -> str:
    words, path = link.groups()
    return words if path in words else f"{words} (`{path}`)"


def example() -> dict[str, str]:
    """Peano arithmetic explored, and a report on a policy with mistakes: path to text."""
    import porism
    from governance import lint, load_policy
    from governance.reports.page import report

    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        outcome = porism.explore(ROOT / "mpl" / "library" / "peano.mpl")
        porism.save(outcome, Path(folder) / "out")
        html = Path(folder) / "out" / "html"
        for path in sorted(html.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                found[path.relative_to(html).as_posix()] = path.read_text(encoding="utf-8")
    policy = load_policy(ROOT / "examples" / "payments" / "payments.policy")
    return {**found, "report.html": report(policy, lint(policy))}
