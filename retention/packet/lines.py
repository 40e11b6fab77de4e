"""The ledger's lines as they stand in its file, each with the entry it holds, and how a packet has them.

Which of them a packet shows is decided in ``core/proof``.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from retention.core.audit import Broken, Link, chain, unsaid
from retention.errors import LedgerBroken


class Line(Struct, frozen=True):
    """An entry, its line without its end, and the lines cut off by a crash that stand right before it."""

    link: Link
    whole: bytes
    torn: tuple[bytes, ...]


def lines(path: Path, entries: int) -> Iterator[Line]:
    """The first so many entries of a ledger, checked as they are read; raises ``LedgerBroken``."""
    passed: list[bytes] = []

    def read() -> Generator[bytes]:
        with open(path, "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    passed.append(line[:-1])
                    yield line[:-1]

    if not entries:
        return
    with closing(read()) as source:
        try:
            for link in chain(source):
                *torn, whole = passed
                passed.clear()
                yield Line(link, whole, tuple(torn))
                if link.entry.n + 1 == entries:
                    return
        except Broken as broken:
            raise LedgerBroken(
                f"The ledger {path} is broken: {broken}.", "No proof was written; restore it from a copy."
            ) from broken


def shown(line: Line) -> bytes:
    """The entry whole."""
    return line.whole + b"\n"


def hidden(line: Line) -> tuple[bytes, bool]:
    """The entry left unsaid; and whether it is one of the first form, of which nothing but its digest can be shown."""
    try:
        return unsaid(line.whole) + b"\n", False
    except Broken:
        return b'{"digest":"' + line.link.digest.encode() + b'"}\n', True


def cut_off(line: bytes, whole: bool) -> bytes:
    """A line cut off by a crash: it may speak of another matter, so that only its digest is shown."""
    return line + b"\n" if whole else b'{"torn":"' + sha256(line).hexdigest().encode() + b'"}\n'
