"""Writing a packet: beside its place and under another name until it is whole, synced, and then given its name.

What its tables say is gathered in ``core/proof``.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import msgspec
from msgspec import Struct

from retention import durable
from retention.core.audit import Entry
from retention.core.proof import SHOWN, TABLES, Marks, Row, plain
from retention.errors import StoreNotAnswering, WrongUsage
from retention.packet.lines import Line, cut_off, hidden, shown
from retention.packet.one_file import verifier
from retention.packet.page import Told, page, told
from retention.packet.words import README

FORMULAS = ("=", "+", "-", "@", "'")
"""What a spreadsheet program might take for a formula when a cell begins with it."""


class Head(Struct, frozen=True, kw_only=True):
    """What proof.json says beside its tables. ``zone`` and ``mailboxes`` are needed to make the tables again."""

    format: int = 1
    hold: str
    placed: int
    made_at: str
    made_by: str
    identity: str
    whole: bool
    period: dict[str, str]
    zone: dict[str, Any]
    mailboxes: dict[str, tuple[str, ...]]


class Packet:
    """A packet being written; without ``publish`` nothing of it remains. Only its owner can read it.

    Raises ``WrongUsage`` where something is at its place already, and ``StoreNotAnswering`` where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._part = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.part")
        self._files: dict[str, TextIO] = {}
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, list[Row]] = {table.name: [] for table in TABLES}
        self._counts: dict[str, int] = dict.fromkeys(self._rows, 0)

    def __enter__(self) -> Self:
        if os.path.lexists(self.folder):
            raise WrongUsage(f"There is already something at {self.folder}.", "Name another folder with --output.")
        with self._writing():
            durable.make_folder(self.folder.parent)
            self._part.mkdir(0o700)
            for table in TABLES:
                file = open(self._part / f"{table.name}.csv", "w", encoding="utf-8-sig", newline="")
                self._files[table.name] = file
                self._writers[table.name] = csv.writer(file)
                self._writers[table.name].writerow(table.columns)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files.values():
            file.close()
        shutil.rmtree(self._part, ignore_errors=True)

    def row(self, table: str, row: Iterable[str]) -> None:
        """The next row of a table."""
        cells = tuple(map(plain, row))
        with self._writing():
            self._writers[table].writerow([f"'{cell}" if cell.startswith(FORMULAS) else cell for cell in cells])
        self._counts[table] += 1
        if len(self._rows[table]) < SHOWN:
            self._rows[table].append(cells)

    def ledger(self, lines: Iterable[Line], marks: Marks, whole: bool) -> Iterator[Row]:
        """Every line, in order; what is not marked is left unsaid. Gives what there is to count, as facts."""
        entries = said = left_out = checked_from = 0
        digest = ""
        with self._writing(), open(self._part / "ledger.jsonl", "wb") as file:
            for line in lines:
                for torn in line.torn:
                    file.write(cut_off(torn, whole))
                entries, digest = entries + 1, line.link.digest
                if marks.is_said(line.link.entry.n):
                    said += 1
                    file.write(shown(line))
                    continue
                text, out = hidden(line)
                file.write(text)
                if out:
                    left_out, checked_from = left_out + 1, entries
            _sync(file.fileno(), file)
        yield "Entries of the ledger", str(entries)
        yield "Entries shown here", str(said)
        yield "Entries of the ledger's first form left out", str(left_out)
        yield "The chain is checked from entry", str(checked_from)
        yield "Digest of the last entry", digest

    def signatures(self, entries: Iterable[Entry]) -> None:
        """Statement and signature of each signed entry that is shown, as its own tool wants them."""
        with self._writing():
            for entry in entries:
                (self._part / "signatures").mkdir(exist_ok=True)
                self.file(f"signatures/{entry.n}.json", entry.statement.encode())
                self.file(f"signatures/{entry.n}.sig", entry.signature.encode())

    def file(self, name: str, data: bytes) -> None:
        with self._writing():
            durable.write(self._part / name, data)

    def seal(self, head: Head) -> str:
        """Write the page and all that is left, and the manifest; return the manifest's digest."""
        with self._writing():
            for file in self._files.values():
                _sync(file.fileno(), file)
                file.close()
            tables = tuple(told(one, self._rows[one.name], self._counts[one.name]) for one in TABLES)
            self.file("proof.json", _json(head, tables))
            self.file("proof.html", "".join(page(head.hold, tables)).encode())
            self.file("README.txt", README.encode())
            self.file("verify.py", verifier())
            manifest = "".join(f"{_digest(path)}  {name}\n" for name, path in self._listed()).encode()
            self.file("manifest.sha256", manifest)
            for folder in (self._part / "signatures", self._part):
                if folder.is_dir():
                    durable.sync_folder(folder)
        return sha256(manifest).hexdigest()

    def publish(self) -> None:
        """Give the packet its name: from now on it is there, whole."""
        with self._writing():
            if os.path.lexists(self.folder):
                raise WrongUsage(f"There is something at {self.folder} by now.", "Name another folder with --output.")
            self._part.rename(self.folder)
            durable.sync_folder(self.folder.parent)

    def _listed(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self._part.rglob("*")):
            if path.is_file():
                yield path.relative_to(self._part).as_posix(), path

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreNotAnswering(
                f"The packet {self.folder} cannot be written: {error.strerror or error}.",
                "Nothing of it was kept; make room, or name another folder with --output.",
            ) from error


def _json(head: Head, tables: tuple[Told, ...]) -> bytes:
    said = {**msgspec.structs.asdict(head), "tables": tables}
    return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _sync(descriptor: int, file: Any) -> None:
    file.flush()
    os.fsync(descriptor)
