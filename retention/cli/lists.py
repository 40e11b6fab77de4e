"""Lists that a person hands in as a spreadsheet: their one sheet, and what is written down of where it came from.

What its columns mean is not known here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.errors import ScheduleNotValid, WrongUsage

if TYPE_CHECKING:
    from retention.core.spreadsheet.sheet import Sheet

Encoding = Annotated[str, typer.Option("--encoding", help="What the file is in where it is not UTF-8: cp1252.")]


def read_list(path: Path, encoding: str) -> tuple[Sheet, str]:
    """The one sheet of the file, and its name with its SHA-256; raises ``WrongUsage`` where it cannot be read."""
    from retention import sheets

    try:
        book = sheets.read(path, encoding)
    except ScheduleNotValid as wrong:
        # What is said of a schedule's file is true of this one; but no schedule is wrong, and nobody need be called.
        raise WrongUsage(wrong.message, wrong.next_step) from wrong
    if len(book.sheets) != 1:
        raise WrongUsage(f"{path} has {len(book.sheets)} sheets with text.", "Keep the one with the list.")
    return book.sheets[0], f"{book.file} (SHA-256 {book.sha256})"
