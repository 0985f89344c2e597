"""``Record``: the data of a JSON or YAML text, each part of which knows its place.

Data comes from anywhere: it is bounded in depth and, because of YAML's anchors, in how much it is
when written out; a key that stands twice is refused, for readers differ in which one they take.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, Protocol, TypeAlias

import yaml

from logic.errors import PorismError, Span, nearest
from logic.source import Source

MOST_DEPTH = 60
MOST_PARTS = 400_000
"""Values in one text, with what anchors repeat written out; more only where the text is longer."""

Path: TypeAlias = tuple[str | int, ...]


class Repeated(Exception):
    """A key that stands twice in one JSON object."""


def read_json(source: Source, at: int = 0, end: int | None = None) -> Any:
    """The data of a JSON text, or of the part from ``at`` to ``end``.

    Raises
    ------
    PorismError : it is none, nests too deep, or has a key twice.
    """
    text = source.text if end is None else source.text[at:end]
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = at + error.pos
        raise source.error(f"This is no JSON: {_sentence(error.msg)}.", place, place + 1) from None
    except Repeated as error:
        (key,) = error.args
        raise _twice(source, key, text, at) from None
    except RecursionError:
        raise PorismError(f"'{source.file}' nests too deep.") from None
    except ValueError as error:  # a number of thousands of digits, NaN
        raise PorismError(f"'{source.file}' is no JSON: {_sentence(str(error))}.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Repeated(key)
            seen.add(key)
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"here stands {name}, which is no number of JSON")


def _sentence(text: str) -> str:
    text = text.partition(";")[0].strip().rstrip(".")
    return text[:1].lower() + text[1:]


def _twice(source: Source, key: str, text: str, at: int) -> PorismError:
    """The complaint about a repeated key, at the first place where it can be seen to repeat."""
    spelled = re.escape(json.dumps(key, ensure_ascii=False))
    found = [m.start() for m in re.finditer(spelled + r"\s*:", text)]
    place = at + (found[1] if len(found) > 1 else 0)
    return source.error(f"'{key}' stands twice in one object.", place, place + len(key) + 2)


class Places(Protocol):
    """Where the parts of a text stand."""

    def of(self, path: Path) -> tuple[int, int]:
        """The offsets of a part; of one that lacks, those of what is around it.

        For a value of a mapping, the place is that of its key.
        """


class JsonPlaces:
    """Places in a well-formed JSON text, looked for only where somebody asks.

    What is found is kept: asking for all parts costs one pass for each level of nesting.
    """

    def __init__(self, text: str, at: int = 0) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode
        self._values: dict[Path, int] = {(): self._skip(at)}
        self._starts: dict[Path, int] = dict(self._values)
        self._opened: set[Path] = set()

    def of(self, path: Path) -> tuple[int, int]:
        for length in range(len(path)):
            self._open(path[:length])
        while path not in self._values:
            path = path[:-1]
        start = self._starts[path]
        if start != self._values[path]:  # a key
            return start, self._decode(self._text, start)[1]
        line = self._text.find("\n", start)
        return start, min(len(self._text) if line < 0 else line, start + 60)

    def _open(self, path: Path) -> None:
        """Find where the parts of a value stand."""
        text, i = self._text, self._values.get(path, -1)
        if path in self._opened or i < 0 or i >= len(text) or text[i] not in "{[":
            return
        self._opened.add(path)
        is_object, count, i = text[i] == "{", 0, i + 1
        while (i := self._skip(i)) < len(text) and text[i] not in "}]":
            start = i
            key: str | int = count
            if is_object:
                key, i = self._decode(text, i)
                i = self._skip(i)
            inner = (*path, key)
            self._starts[inner], self._values[inner] = start, i
            i = self._decode(text, i)[1]
            count += 1

    def _skip(self, i: int) -> int:
        found = _BLANK.match(self._text, i)
        return found.end() if found else i


_BLANK = re.compile(r"[\s,:]*")


class YamlPlaces:
    """Places in a YAML text, found as it was read."""

    def __init__(self, places: dict[Path, tuple[int, int]]) -> None:
        self._places = places

    def of(self, path: Path) -> tuple[int, int]:
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, (0, 1))


class Record:
    """A part of the data, and where it stands."""

    __slots__ = ("data", "path", "places", "source")

    def __init__(self, source: Source, data: Any, places: Places, path: Path = ()) -> None:
        self.source = source
        self.data = data
        self.path = path
        self.places = places

    # -- places ----------------------------------------------------------------------------

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.source.span(*self.places.of(self.path))

    def error(self, message: str, hint: str = "") -> PorismError:
        """A complaint about this part."""
        return PorismError(message, self.span, hint)

    # -- parts -----------------------------------------------------------------------------

    def __contains__(self, key: str) -> bool:
        return isinstance(self.data, dict) and key in self.data

    def at(self, key: str | int) -> Record:
        """The part of that name or number; absent ones hold None."""
        if isinstance(self.data, dict):
            inner = self.data.get(key)
        else:
            inner = self.data[key] if isinstance(key, int) else None
        return Record(self.source, inner, self.places, (*self.path, key))

    def mapping(self, what: str) -> dict[str, Any]:
        """The data, if it is a mapping."""
        if not isinstance(self.data, dict):
            raise self.error(f"{what} is a mapping of names to values, not {shown(self.data)}.")
        return self.data

    def items(self, what: str) -> Iterator[tuple[str, Record]]:
        """The parts of a mapping, by name."""
        for key in self.mapping(what):
            yield key, self.at(key)

    def list(self, what: str) -> list[Record]:
        """The parts of a list."""
        if not isinstance(self.data, list):
            raise self.error(f"{what} is a list, not {shown(self.data)}.")
        return [self.at(i) for i in range(len(self.data))]

    def text(self, what: str) -> str:
        """The data, if it is a text (or a number, as YAML takes ``version: 1.0`` for one)."""
        if isinstance(self.data, bool) or not isinstance(self.data, str | int | float):
            raise self.error(f"{what} is a text, not {shown(self.data)}.")
        return str(self.data)

    def known(self, keys: Iterable[str], what: str) -> None:
        """Refuse, by name, what this mapping has besides these keys."""
        keys = tuple(keys)
        for key in self.mapping(what):
            if key not in keys:
                raise self.at(key).error(
                    f"{what} has no '{key}' that this importer understands.",
                    nearest(key, keys) or f"It understands {', '.join(keys)}.",
                )


def shown(value: Any) -> str:
    """A value for a complaint."""
    if value is None:
        return "nothing"
    kind = {dict: "a mapping", list: "a list", bool: "a truth value"}.get(type(value))
    if kind:
        return kind
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."


def json_record(source: Source) -> Record:
    """The record of a JSON text."""
    return Record(source, read_json(source), JsonPlaces(source.text))


# -- YAML ----------------------------------------------------------------------------------------


def yaml_record(source: Source) -> Record:
    """The record of a YAML text.

    Raises
    ------
    PorismError : it is none, nests too deep, grows without measure by its anchors, has a key twice.
    """
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(source.text, Loader=loader)
        places: dict[Path, tuple[int, int]] = {}
        data = _Plain(source, places).of(node, ()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = mark.index if mark else 0
        reason = error.problem or error.context or "it cannot be read"
        raise source.error(f"This is no YAML: {reason}.", at, at + 1) from None
    except yaml.YAMLError as error:
        raise PorismError(
            f"'{source.file}' is no YAML: {_sentence(str(error).splitlines()[0])}."
        ) from None
    except RecursionError:
        raise PorismError(f"'{source.file}' nests too deep.") from None
    return Record(source, data, YamlPlaces(places))


class _Plain:
    """Nodes of YAML to data."""

    def __init__(self, source: Source, places: dict[Path, tuple[int, int]]) -> None:
        self._source = source
        self._places = places
        self._build: Any = yaml.constructor.SafeConstructor()
        # Without anchors, a text has fewer parts than characters.
        self._left = max(MOST_PARTS, len(source.text))

    def of(self, node: yaml.Node, path: Path) -> Any:
        self._left -= 1
        if self._left < 0 or len(path) > MOST_DEPTH:
            raise self._source.error(
                "This file nests too deep, or repeats itself without measure by its anchors.",
                node.start_mark.index,
                node.start_mark.index + 1,
            )
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise self._source.error(
                        "A key is a text.", key.start_mark.index, key.end_mark.index
                    )
                name = str(key.value)
                at, end = key.start_mark.index, key.end_mark.index
                if key.tag == "tag:yaml.org,2002:merge":
                    raise self._source.error("Merge keys ('<<') are not understood.", at, end)
                if name in found:
                    raise self._source.error(f"'{name}' stands here twice.", at, end)
                inner = (*path, name)
                self._places[inner] = (at, end)
                found[name] = self.of(value, inner)
            return found
        if isinstance(node, yaml.SequenceNode):
            items = []
            for i, value in enumerate(node.value):
                inner = (*path, i)
                self._places[inner] = (value.start_mark.index, value.end_mark.index)
                items.append(self.of(value, inner))
            return items
        return self._scalar(node)

    def _scalar(self, node: Any) -> Any:
        kind = node.tag.rpartition(":")[2]
        try:
            if kind in ("bool", "int", "float", "null"):
                return self._build.construct_object(node)
        except (ValueError, OverflowError):
            raise self._source.error(
                "This is no number.", node.start_mark.index, node.end_mark.index
            ) from None
        return node.value
