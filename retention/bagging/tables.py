"""The CSV files of a bag: ``mailbag.csv``, a row for each message, and ``attachments.csv`` beside its attachments.

Their form is that of the Mailbag specification 5.5; what a message says is read in ``reading.py``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from retention.bagging.naming import one_line

COLUMNS = (
    "Error", "Mailbag-Message-ID", "Message-ID", "Original-File", "Message-Path", "Derivatives-Path", "Attachments",
    "Date", "From", "To", "Cc", "Bcc", "Subject", "Content-Type",
)  # fmt: skip
ATTACHMENTS = ("Original-Filename", "Mailbag-Filename", "MimeType", "Content-ID")
MOST_ROWS = 100_000
"""Messages in one file: specification 5.3.3."""
FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet program takes for a formula where a cell begins with it."""
DEFUSED = "A value that begins like a formula has an apostrophe before it here, not in the message."


class Rows:
    """``mailbag.csv`` while it is written; more than a hundred thousand messages make several files of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[Path] = []
        self._file: TextIO | None = None
        self._writer: Any = None
        self.count = 0

    def __enter__(self) -> Self:
        self._next()
        self._writer.writerow(COLUMNS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, doubts: Iterable[str], cells: Iterable[str]) -> None:
        """The next message: sentences about what could not be read, and the cells of the other columns."""
        if self.count and self.count % MOST_ROWS == 0:
            self._next()
        self.count += 1
        said = [one_line(cell) for cell in cells]
        safe = [defused(cell) for cell in said]
        doubts = [*doubts, *([DEFUSED] if safe != said else [])]
        self._writer.writerow([" ".join(map(one_line, doubts)), *safe])

    def finish(self) -> None:
        """Give the files their names: numbered, all with the same number of digits, where there are several."""
        self.__exit__(None, None, None)
        width = len(str(len(self._files)))
        for n, path in enumerate(self._files, start=1):
            path.rename(self._folder / ("mailbag.csv" if len(self._files) == 1 else f"mailbag-{n:0{width}}.csv"))

    def _next(self) -> None:
        if self._file is not None:
            self._file.close()
        path = self._folder / f".mailbag.{len(self._files)}.part"
        self._files.append(path)
        self._file = open(path, "w", encoding="utf-8", newline="")  # noqa: SIM115 - closed by __exit__
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL)


def attachments(rows: Iterable[tuple[str, ...]]) -> bytes:
    """The text of an ``attachments.csv``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(ATTACHMENTS)
    writer.writerows([defused(one_line(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def defused(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet program would run it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
