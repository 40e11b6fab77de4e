"""Writing a packet: its tables, its lines of the ledger and its page.

What its tables say is gathered in ``core/proof``, and how a folder gets its name is in ``folder.py``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import msgspec
from msgspec import Struct

from retention.core.proof import SHOWN, TABLES, Marks, Row, plain
from retention.packet.folder import Folder, sync
from retention.packet.lines import Line, cut_off, hidden, shown
from retention.packet.one_file import verifier
from retention.packet.page import Told, page, told
from retention.packet.words import README

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
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


class Packet(Folder):
    """A packet being written, with a file for each of its tables."""

    what = "packet"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._files: dict[str, TextIO] = {}
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, list[Row]] = {table.name: [] for table in TABLES}
        self._counts: dict[str, int] = dict.fromkeys(self._rows, 0)

    def __enter__(self) -> Self:
        super().__enter__()
        with self._writing():
            for table in TABLES:
                file = open(self._part / f"{table.name}.csv", "w", encoding="utf-8-sig", newline="")
                self._files[table.name] = file
                self._writers[table.name] = csv.writer(file)
                self._writers[table.name].writerow(table.columns)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files.values():
            file.close()
        super().__exit__(kind, error, at)

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
            sync(file.fileno(), file)
        yield "Entries of the ledger", str(entries)
        yield "Entries shown here", str(said)
        yield "Entries of the ledger's first form left out", str(left_out)
        yield "The chain is checked from entry", str(checked_from)
        yield "Digest of the last entry", digest

    def seal(self, head: Head) -> str:
        """Write the page and all that is left, and the manifest; return the manifest's digest."""
        with self._writing():
            for file in self._files.values():
                sync(file.fileno(), file)
                file.close()
            tables = tuple(told(one, self._rows[one.name], self._counts[one.name]) for one in TABLES)
            self.file("proof.json", _json(head, tables))
            self.file("proof.html", "".join(page(head.hold, tables)).encode())
            self.file("README.txt", README.encode())
            self.file("verify.py", verifier())
        return self.list_files()


def _json(head: Head, tables: tuple[Told, ...]) -> bytes:
    said = {**msgspec.structs.asdict(head), "tables": tables}
    return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"
