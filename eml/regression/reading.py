"""``Table``: columns of numbers from CSV or Parquet, with their names and units.

A heading such as ``mass [kg]`` or ``mass (kg)`` is a name and a unit. Names become symbols of the
formula: what cannot stand in one is replaced by ``_``.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from logic.errors import PorismError, Span, nearest

Floats: TypeAlias = NDArray[np.float64]

_UNIT = re.compile(r"(.*?)\s*[\[(]([^\[\]()]*)[\])]\s*")
MOST_BYTES = 4 * 1024**3


@dataclass(frozen=True)
class Table:
    """Columns by name.

    Attributes
    ----------
    names : as symbols, in order; ``headings`` as the file has them; ``units`` may be empty.
    values : rows × columns.
    """

    names: tuple[str, ...]
    headings: tuple[str, ...]
    units: tuple[str, ...]
    values: Floats
    notes: tuple[str, ...] = ()

    def split(self, target: str, inputs: Sequence[str] = ()) -> tuple[Table, Floats, str]:
        """The inputs, the target's values, and its name.

        Raises
        ------
        PorismError : there is no such column.
        """
        at = self.index(target)
        wanted = [self.index(name) for name in inputs] or [
            j for j in range(len(self.names)) if j != at
        ]
        if at in wanted:
            raise PorismError(f"'{target}' cannot be both the target and an input.")
        if not wanted:
            raise PorismError("There is no column besides the target.")
        return (
            Table(
                tuple(self.names[j] for j in wanted),
                tuple(self.headings[j] for j in wanted),
                tuple(self.units[j] for j in wanted),
                self.values[:, wanted],
                self.notes,
            ),
            self.values[:, at],
            self.names[at],
        )

    def index(self, name: str) -> int:
        """The number of a column, by its name or its heading."""
        for names in (self.headings, self.names):
            if name in names:
                return names.index(name)
        raise PorismError(
            f"There is no column '{name}'.",
            hint=nearest(name, self.names) or f"The columns are {', '.join(self.names)}.",
        )


def read_table(path: str) -> Table:
    """Read a file of numbers: Parquet where its name ends so, else CSV with a heading.

    Raises
    ------
    PorismError : it cannot be read, or has something that is no finite number; with the place.
    """
    file = Path(path)
    if not file.is_file():
        raise PorismError(
            f"There is no file {path}." if not file.exists() else f"{path} is not a file."
        )
    if file.stat().st_size > MOST_BYTES:
        raise PorismError(f"{path} has more than 4 GB.")
    if file.suffix.lower() in (".parquet", ".pq"):
        return _read_parquet(path)
    return _read_csv(path)


def _read_csv(path: str) -> Table:
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            sample = stream.read(4096)
            stream.seek(0)
            delimiter = max(",;\t", key=lambda d: sample.split("\n", 1)[0].count(d))
            reader = csv.reader(stream, delimiter=delimiter)
            heading = next(reader, None)
            if heading is None or not any(cell.strip() for cell in heading):
                raise PorismError(f"{path} is empty.")
            if all(_number(cell) is not None for cell in heading):
                raise PorismError(
                    "The first line has numbers, not names.",
                    Span(path, 1, 1, delimiter.join(heading)),
                    "Write a heading such as x,y above the data.",
                )
            rows: list[list[float]] = []
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                rows.append(_row(cells, heading, path, reader.line_num, delimiter))
    except UnicodeDecodeError as error:
        raise PorismError(f"{path} is not text in UTF-8: {error.reason}.") from None
    except csv.Error as error:
        raise PorismError(f"{path} is not CSV: {error}.") from None
    except OSError as error:
        raise PorismError(f"{path} cannot be read: {error.strerror}.") from None
    if not rows:
        raise PorismError(f"{path} has a heading and no data.")
    return _table([cell.strip() for cell in heading], np.array(rows, float))


def _row(
    cells: Sequence[str], heading: Sequence[str], path: str, line: int, delimiter: str
) -> list[float]:
    text = delimiter.join(cells)
    if len(cells) != len(heading):
        raise PorismError(
            f"The line has {len(cells)} values, and there are {len(heading)} columns.",
            Span(path, line, 1, text),
        )
    values: list[float] = []
    column = 1
    for cell, name in zip(cells, heading, strict=True):
        value = _number(cell)
        if value is None or not math.isfinite(value):
            raise PorismError(
                _complaint(cell, name.strip()),
                Span(path, line, column, text, max(1, len(cell))),
                "Leave such rows out, or name the columns that matter with --inputs."
                if value is not None or not cell.strip()
                else "Leave the column out of the file, or encode it as numbers.",
            )
        values.append(value)
        column += len(cell) + 1
    return values


def _complaint(cell: str, name: str) -> str:
    stripped = cell.strip()
    if not stripped:
        return f"The column {name} has no value here."
    if _number(stripped) is not None:
        return f"The column {name} has {stripped}, which is not a finite number."
    if re.fullmatch(r"\(?[-+.\deE]*[-+][-+.\deE]*[ij]\)?", stripped):
        return f"The column {name} has the complex number {stripped}; only real ones are read."
    return f"The column {name} has the text '{stripped[:40]}', which is not a number."


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _read_parquet(path: str) -> Table:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise PorismError(
            "Reading Parquet needs pyarrow.", hint="Install it: pip install pyarrow"
        ) from None
    try:
        data: Any = parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise PorismError(f"{path} is not Parquet: {str(error).splitlines()[0]}") from None
    columns, names = [], []
    for field in data.schema:
        numeric = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        if not (numeric or pa.types.is_decimal(field.type)):
            raise PorismError(
                f"The column {field.name} holds {field.type}, not numbers.",
                hint="Leave the column out of the file, or encode it as numbers.",
            )
        values = np.asarray(data.column(field.name).to_numpy(), float)
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise PorismError(
                f"The column {field.name} has {values[bad[0]]} in row {bad[0] + 1}, "
                "which is not a finite number."
            )
        columns.append(values)
        names.append(field.name)
    if not columns or not len(columns[0]):
        raise PorismError(f"{path} has no data.")
    return _table(names, np.column_stack(columns))


def _table(headings: Sequence[str], values: Floats) -> Table:
    bare, units = [], []
    for heading in headings:
        found = _UNIT.fullmatch(heading)
        bare.append(found[1] if found and found[1] else heading)
        units.append(found[2].strip() if found and found[1] else "")
    doubled = {name for name in headings if list(headings).count(name) > 1}
    if doubled:
        raise PorismError(f"Two columns are called '{sorted(doubled)[0]}'.")
    names = identifiers(bare)
    notes = tuple(
        f"{heading!r} is written {name}"
        for heading, name in zip(bare, names, strict=True)
        if heading != name
    )
    return Table(tuple(names), tuple(headings), tuple(units), values, notes)


RESERVED = frozenset(["e", "E", "i", "I", "pi", "oo", "N", "O", "S", "Q"])
"""Names that mean something else in SymPy."""


def identifiers(texts: Sequence[str]) -> list[str]:
    """A symbol's name for each text, all different."""
    names: list[str] = []
    for number, text in enumerate(texts, 1):
        name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or f"x{number}"
        if name[0].isdigit():
            name = f"x_{name}"
        if name in RESERVED:
            name += "_"
        while name in names:
            name += f"_{number}"
        names.append(name)
    return names
