"""Installing: the wheel and the sdist hold all that a user needs."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.porism.command import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(*args: object, cwd: Path) -> str:
    done = subprocess.run(
        list(map(str, args)), cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


def test_the_wheel_works_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    assert "-cp311-abi3-" in wheel.name
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    library = run(
        python, "-c", "import mpl, os; print(os.path.dirname(mpl.__file__))", cwd=tmp_path
    )
    theory = Path(library.strip()) / "library" / "peano.mpl"
    assert environment in theory.parents
    porism = environment / "bin" / "porism"
    run(porism, "explore", theory, "--out", tmp_path / "out", cwd=tmp_path)
    assert "Accepted" in run(porism, "check", tmp_path / "out", cwd=tmp_path)
    assert (tmp_path / "out" / "html" / "index.html").is_file()


def test_the_wheel_holds_the_data_that_the_packages_read(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = [
        path.relative_to(ROOT).as_posix()
        for package in ("logic", "mpl", "proofs", "prover", "porism")
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and path.suffix not in (".pyc", ".so", ".c", ".o")
        and path.name != "Makefile"
        and "__pycache__" not in path.parts
    ]
    assert set(wanted) - names == set()


def test_the_source_archive_is_complete(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    tracked = run("git", "ls-files", cwd=ROOT).splitlines()
    missing = {n for n in tracked if not n.startswith(".")} - names
    assert missing == set()
