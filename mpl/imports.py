"""Loading files, and the theories that they import.

What an imported theory declares, defines and assumes becomes part of the importing one, and its
goals become lemmas that a prover may try; its variables and its exploration bounds stay its own. A
file reached by two ways is taken once.
"""

from __future__ import annotations

from pathlib import Path

from logic.errors import PorismError, Span, nearest
from logic.source import Source, read_source
from logic.theory import Theory
from mpl import syntax as raw
from mpl.context import Context
from mpl.declarations import build_theory
from mpl.parse import parse

LIBRARY = Path(__file__).parent / "library"
CHAIN_LIMIT = 50
"""How long a chain of imports may be."""


class Loader:
    """Reads files, each once, and knows which are being read."""

    def __init__(self) -> None:
        self._done: dict[Path, Context] = {}
        self._open: list[Path] = []

    def load(self, path: Path, wanted_at: Span | None = None) -> Context:
        """The theory in a file, with its names' origins."""
        try:
            key = path.resolve()
        except (OSError, RuntimeError, ValueError):
            key = path
        if key in self._open:
            names = [p.name for p in self._open[self._open.index(key) :]]
            raise PorismError(
                f"The imports form a circle: {' imports '.join([*names, key.name])}.", wanted_at
            )
        if len(self._open) >= CHAIN_LIMIT:
            raise PorismError(f"More than {CHAIN_LIMIT} imports lead here.", wanted_at)
        if key not in self._done:
            source = read_source(path, "an MPL file", wanted_at)
            self._open.append(key)
            self._done[key] = self.build(source, path.stem, str(path), path.parent)
            self._open.pop()
        return self._done[key]

    def build(self, source: Source, name: str, path: str, folder: Path) -> Context:
        """The theory that a text denotes; its file imports are relative to ``folder``."""

        def importer(node: raw.Import, context: Context) -> None:
            place = source.span(node.at, node.end)
            if node.target in context.theory.imports:
                raise PorismError(f"{node.target} is imported twice.", place)
            merge(context, self.load(_find(node, folder, place), place), node)

        return build_theory(parse(source), name, path, importer)


def _find(node: raw.Import, folder: Path, place: Span) -> Path:
    if node.target.startswith('"'):
        return folder / node.target[1:-1]
    path = LIBRARY / f"{node.target}.mpl"
    if not path.is_file():
        known = sorted(p.stem for p in LIBRARY.glob("*.mpl"))
        hint = nearest(node.target, known) or f"The library has {', '.join(known)}."
        if (folder / f"{node.target}.mpl").is_file():
            hint = f'A file beside this one is imported as "{node.target}.mpl".'
        raise PorismError(f"The library has no theory '{node.target}'.", place, hint)
    return path


def merge(into: Context, other: Context, node: raw.Import) -> None:
    """Add an imported theory.

    Raises
    ------
    PorismError : a name of it is taken by something else.
    """
    theory: Theory = other.theory
    for (kind, name), (file, _) in other.declared.items():
        if kind == "statement" and name not in theory.axioms:
            continue
        if kind == "symbol" and name in theory.variables:
            continue
        if not file:  # a predicate of core notation
            into.declared.setdefault((kind, name), other.declared[kind, name])
            continue
        known = into.declared.get((kind, name))
        if known and known[0] != file:
            raise into.source.error(
                f"The import brings in '{name}', which is already declared ({known[1]}).",
                node.at,
                node.end,
            )
        into.declared[kind, name] = (file, f"in {Path(file).name}")
    clash = [p for p in other.parameters if ("sort", p) in into.declared]
    clash += [p for p in into.parameters if ("sort", p) in other.declared]
    if clash:
        raise into.source.error(
            f"'{clash[0]}' is a sort in one theory and a type parameter in the other.",
            node.at,
            node.end,
        )
    into.parameters |= other.parameters
    ours, theirs = into.signature, theory.signature
    ours.sorts |= theirs.sorts
    ours.data |= theirs.data
    ours.functions |= theirs.functions
    ours.predicates |= theirs.predicates
    into.theory.definitions |= theory.definitions
    into.theory.axioms |= theory.axioms
    into.theory.lemmas |= theory.lemmas | theory.goals
    into.theory.inductions += tuple(i for i in theory.inductions if i not in into.theory.inductions)
