"""The packet's tables: each file is read row by row beside the rows that are made again, and beside the page's.

How rows are made again is not known here.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from typing import Any

from retention.packet.verifier.chain import Broken
from retention.packet.verifier.text import SHOWN, Found, cell

TALLIED = ("in force", "asked", "shown", "under way", "result", "state")
"""Columns of which is counted how often each value stands in them."""
FEW = 3
"""Rows of one table that are named where they differ; the others are only counted."""


class Table:
    """One table: its file, and what proof.json says of it."""

    def __init__(self, folder: str, said: dict[str, Any], found: Found) -> None:
        self.name, self.columns, self.given = str(said["name"]), list(said["columns"]), set(said["given"])
        self.said, self.found, self.taken, self.wrong = said, found, 0, 0
        self._file = open(os.path.join(folder, f"{self.name}.csv"), encoding="utf-8-sig", newline="")  # noqa: SIM115
        self._rows = csv.reader(self._file, strict=True)
        self._next: list[str] | None = None
        self.tally: Counter[tuple[str, str]] = Counter()
        if self._read() != self.columns:
            self._complain("has other columns than proof.json says")
        self._next = self._read()

    @property
    def is_given(self) -> bool:
        """Whether nothing of it is proven by the ledger."""
        return self.given == set(self.columns)

    @property
    def next(self) -> dict[str, str]:
        """The row that comes next in the file; empty after the last."""
        return dict(self._named(self._next)) if self._next and len(self._next) == len(self.columns) else {}

    def take(self, *cells: object) -> None:
        """The next row must be this one, but for what is given and proven by nothing."""
        row, self._next = self._next, self._read() if self._next is not None else None
        if row is None or len(row) != len(self.columns):
            return self._complain(f"lacks a row that the ledger proves: {', '.join(map(str, cells))}")
        for n, column in enumerate(self.columns):
            if column not in self.given and row[n] != cell(cells[n]):
                self._complain(f"says '{row[n]}' for '{column}' in row {self.taken + 1}; the ledger says '{cells[n]}'")
        self._compare(row)
        return None

    def pass_over(self) -> None:
        """Take the next row as it is: nothing that is shown proves it."""
        if self._next is not None:
            row, self._next = self._next, self._read()
            self._compare(row)

    def end(self) -> None:
        """Nothing more is proven: what the file says beyond that is proven by nothing."""
        while self._next is not None and self.is_given:
            self.pass_over()
        if self._next is not None:
            self._complain(f"has rows that the ledger does not prove: {', '.join(self._next)}")
        if self.taken != self.said["count"] or len(self.said["rows"]) != min(self.taken, SHOWN):
            self._complain("has another number of rows than proof.json")
        if self.wrong > FEW:
            self.found.wrong(f"{self.name}.csv: {self.wrong - FEW} more differences.")
        self.close()

    def close(self) -> None:
        self._file.close()

    def _compare(self, row: list[str]) -> None:
        """proof.json, from which the page is made, must have the same row."""
        rows, n = self.said["rows"], self.taken
        if n < SHOWN and (n >= len(rows) or [cell(text) for text in rows[n]] != row):
            self._complain(f"and proof.json differ in row {n + 1}")
        self.taken += 1
        self.tally.update((column, text) for column, text in self._named(row) if column in TALLIED)

    def _named(self, row: list[str]) -> list[tuple[str, str]]:
        return [(column, row[n]) for n, column in enumerate(self.columns) if n < len(row)]

    def _read(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except (csv.Error, ValueError) as error:
            raise Broken(f"{self.name}.csv cannot be read: {error}.") from None

    def _complain(self, what: str) -> None:
        self.wrong += 1
        if self.wrong <= FEW:
            self.found.wrong(f"{self.name}.csv {what}.")
