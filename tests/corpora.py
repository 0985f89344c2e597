"""Where the corpora of others are: tests use them where they are there, and skip by name if not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CORPORA = Path(
    os.environ.get("PORISM_CORPORA", Path(__file__).resolve().parents[2] / "shared" / "corpora")
)


def corpus(*parts: str) -> tuple[Path, pytest.MarkDecorator]:
    """A folder of the corpora, and the mark of tests that need it."""
    folder = CORPORA.joinpath(*parts)
    return folder, pytest.mark.skipif(
        not folder.is_dir(), reason=f"the corpus {'/'.join(parts)} is not here"
    )
