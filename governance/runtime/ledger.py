"""``Ledger``: the hash-chained record of what a governor decided.

Each entry is one line of JSON whose last field is its hash: SHA-256 over the hash of the entry
before and the line without that field. The first line tells the format and the policy. Entries are
written before an effect is performed, each with one write; a line that a crash cut short is no
entry, and is removed when the file is next opened.

The chain alone finds an edit, a reordering and a missing entry. That the end of a ledger is missing
shows only against its *head*, its length and last hash, signed with a key (HMAC-SHA-256) and kept
elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from governance.sorts import Value, plain
from logic.errors import PorismError

FORMAT = "porism-ledger"
VERSION = 1
_START = b"0" * 64
_MARK = b',"hash":"'
_TAIL = len(_MARK) + 64 + 2
MOST_BYTES = 64_000_000
"""A longer line is no entry."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_PLAIN = frozenset({str, int, bool})


class Head(msgspec.Struct, frozen=True):
    """How long a ledger is, its last hash, and a signature of both (empty: not signed)."""

    entries: int
    hash: str
    signature: str = ""

    def signed(self, key: bytes) -> Head:
        """The head with a signature."""
        return Head(self.entries, self.hash, _sign(self.entries, self.hash, key))

    def holds(self, key: bytes) -> bool:
        """Whether the signature was made with this key, for this length and hash."""
        return hmac.compare_digest(self.signature, _sign(self.entries, self.hash, key))


class Problem(msgspec.Struct, frozen=True):
    """Where a ledger is not what was written: the entry (from 0; -1: the header) and what."""

    kind: str
    entry: int
    message: str


class Ledger:
    """An append-only chain of entries, in memory or in a file.

    Parameters
    ----------
    path : the file; None keeps the lines in memory (:attr:`lines`). A file that exists is
        continued, after its chain has been checked.
    policy : the name of the policy, for the first line.
    durable : whether each entry is forced to the disk before the call returns.

    Raises
    ------
    PorismError : the file is no ledger, is broken, or is open in another process.
    """

    def __init__(
        self, path: str | Path | None = None, policy: str = "", durable: bool = False
    ) -> None:
        self.path = None if path is None else Path(path)
        self.lines: list[bytes] = []
        self.entries = 0
        self._hash = _START
        self._file: int | None = None
        self._durable = durable
        header = _encode({"format": FORMAT, "version": VERSION, "policy": policy})
        if self.path is None:
            self._append(header)
        else:
            self._open(header)

    def _open(self, header: bytes) -> None:
        assert self.path is not None
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            _lock(self._file, self.path)
            size = os.fstat(self._file).st_size
            if size:
                self._continue(size)
            else:
                self._append(header)
        except OSError as error:
            self.close()
            raise PorismError(
                f"The ledger '{self.path}' cannot be opened: {error.strerror}."
            ) from None
        except PorismError:
            self.close()
            raise

    def _continue(self, size: int) -> None:
        assert self.path is not None and self._file is not None
        report = verify(self.path)
        if report.problem is not None and report.problem.kind != "torn":
            raise PorismError(
                f"The ledger '{self.path}' is broken: {report.problem.message}.",
                hint="It is left as it is; begin a new one.",
            )
        if report.bytes < size:
            os.ftruncate(self._file, report.bytes)
        self.entries, self._hash = report.head.entries, report.head.hash.encode()

    def append(self, record: Mapping[str, Any]) -> str:
        """Add an entry; returns its hash."""
        line = _encode({"n": self.entries, **record})
        found = self._append(line)
        self.entries += 1
        return found

    def decision(
        self,
        principal: str,
        tool: str,
        args: Mapping[str, Value],
        now: int,
        labels: Mapping[str, str],
        roles: Sequence[str],
        outcome: str,
        rules: Sequence[str],
        errors: Mapping[str, str],
        reason: str,
    ) -> None:
        """Add what was asked and what was answered; what is empty is left out."""
        record: dict[str, Any] = {
            "n": self.entries,
            "principal": principal,
            "tool": tool,
            "args": {k: v if type(v) in _PLAIN else plain(v) for k, v in args.items()},
            "time": now,
            "outcome": outcome,
            "rules": rules,
        }
        if labels:
            record["labels"] = labels
        if roles:
            record["roles"] = roles
        if errors:
            record["errors"] = errors
        if reason:
            record["reason"] = reason
        self._append(_encode(record))
        self.entries += 1

    def head(self, key: bytes | None = None) -> Head:
        """The head now, signed if there is a key."""
        head = Head(self.entries, self._hash.decode())
        return head.signed(key) if key else head

    def close(self) -> None:
        """Close the file; a ledger in memory stays as it is."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, body: bytes) -> str:
        digest = hashlib.sha256(self._hash + body).hexdigest().encode()
        line = body[:-1] + _MARK + digest + b'"}'
        if self.path is None:
            self.lines.append(line)
        else:
            if self._file is None:
                raise PorismError(f"The ledger '{self.path}' is closed.")
            try:
                _write(self._file, line + b"\n")
                if self._durable:
                    os.fsync(self._file)
            except OSError as error:
                # What is on the disk is unknown: an entry after a torn one would be no entry.
                self.close()
                raise PorismError(
                    f"The ledger '{self.path}' cannot be written: {error.strerror}."
                ) from None
        self._hash = digest
        return digest.decode()


class Verification(msgspec.Struct, frozen=True):
    """What a ledger's check found: the head up to where it is sound, the first problem."""

    head: Head
    policy: str
    bytes: int
    problem: Problem | None = None


def verify(path: str | Path, head: Head | None = None, key: bytes | None = None) -> Verification:
    """Check a ledger's chain, and that it reaches a head that was kept elsewhere.

    Parameters
    ----------
    head : what the ledger must at least contain.
    key : the key of the head's signature.

    Raises
    ------
    PorismError : the file cannot be read, or is no ledger.
    """
    if head is not None and key is not None and not head.holds(key):
        raise PorismError("The head's signature does not fit the key.")
    previous, entries, size, policy = _START, -1, 0, ""
    at_head = _START if head is not None and head.entries == 0 else None
    problem: Problem | None = None
    try:
        with open(path, "rb") as file:
            for line in iter(lambda: file.readline(MOST_BYTES), b""):
                if entries < 0:
                    policy = _header(line, path)
                problem = _check(line, previous, entries)
                if problem is not None:
                    break
                previous = line[-67:-3]
                entries += 1
                size += len(line)
                if head is not None and entries == head.entries:
                    at_head = previous
    except OSError as error:
        raise PorismError(f"The ledger '{path}' cannot be read: {error.strerror}.") from None
    if entries < 0 and problem is None:
        raise PorismError(f"'{path}' is empty; it is no ledger.")
    if head is not None and (problem is None or problem.kind == "torn"):
        if entries < head.entries:
            problem = Problem(
                "truncated",
                entries,
                f"it has {entries} entries, and {head.entries} were there when its head was signed",
            )
        elif at_head is not None and at_head.decode() != head.hash:
            problem = Problem(
                "replaced", head.entries - 1, "its entries are not those that the head was made of"
            )
    return Verification(Head(max(entries, 0), previous.decode()), policy, size, problem)


def _header(line: bytes, path: str | Path) -> str:
    try:
        header = msgspec.json.decode(line)
        if header["format"] == FORMAT and header["version"] == VERSION:
            return str(header["policy"])
        if header["format"] == FORMAT:
            raise PorismError(f"'{path}' is a ledger of version {header['version']}.")
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError):
        pass
    raise PorismError(f"'{path}' is no ledger: its first line does not say so.")


def _check(line: bytes, previous: bytes, entry: int) -> Problem | None:
    name = f"entry {entry}" if entry >= 0 else "the header"
    if not line.endswith(b"\n"):
        return Problem("torn", entry, f"{name} was cut short while it was written")
    line = line[:-1]
    body, tail = line[:-_TAIL] + b"}", line[-_TAIL:]
    number: object = None
    if entry >= 0:
        try:
            number = msgspec.json.decode(line)["n"]
        except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError):
            return Problem("edited", entry, f"{name} is not what was written")
    digest = hashlib.sha256(previous + body).hexdigest().encode()
    if tail == _MARK + digest + b'"}':
        return None
    if isinstance(number, int) and number != entry:
        kind = "dropped" if number > entry else "reordered"
        return Problem(kind, entry, f"entry {number} stands where entry {entry} should")
    return Problem("edited", entry, f"{name} is not what was written")


def _sign(entries: int, digest: str, key: bytes) -> str:
    return hmac.new(key, f"{FORMAT} {entries} {digest}".encode(), hashlib.sha256).hexdigest()


def _write(file: int, data: bytes) -> None:
    written = os.write(file, data)
    while written < len(data):
        written += os.write(file, data[written:])


def _lock(file: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # pragma: no cover (Windows)
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PorismError(f"The ledger '{path}' is open in another process.") from None
