"""Spreadsheets on the disk: CSV and Excel files read into plain text, row by row, and written from it.

What a heading or a cell means is not known here; that is in ``core/spreadsheet``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from retention.core.spreadsheet.sheet import Sheet
from retention.errors import ScheduleNotValid, StoreNotAnswering, WrongUsage
from retention.sheets.limits import LARGEST_FILE, counted_bytes

Rows = tuple[tuple[str, ...], ...]


class Book(Struct, frozen=True):
    """A file of sheets as it was read, and the SHA-256 of its bytes."""

    file: str
    sha256: str
    sheets: tuple[Sheet, ...]


def read(path: Path, encoding: str = "") -> Book:
    """Every sheet of the file, told apart by what the file holds and not by what it is called.

    Raises ``WrongUsage`` where there is no such file, ``ScheduleNotValid`` where it cannot be read as a spreadsheet.
    """
    from retention.sheets import delimited, excel

    data = _bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    if excel.is_workbook(data):
        return Book(path.name, digest, excel.read(path.name, data))
    if path.suffix.lower() in excel.SUFFIXES:
        raise ScheduleNotValid(
            f"{path.name} is called {path.suffix}, but it is not an Excel workbook.",
            "Open it in the program that made it and save it as .xlsx or as CSV.",
        )
    return Book(path.name, digest, (delimited.read(path.name, data, encoding),))


def write(path: Path, rows: Rows, *, mark: bool = True, name: str = "Sheet1", counts: Collection[str] = ()) -> None:
    """Write the rows as CSV or, where the name ends in .xlsx, as a workbook; never over another file.

    ``mark`` begins a CSV file with the byte order mark, without which Excel takes UTF-8 for something else. ``name`` is
    that of the workbook's sheet; in the columns whose headings are in ``counts`` numbers are numbers, all else is text.
    """
    from retention import durable
    from retention.sheets import delimited, excel

    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise WrongUsage(f"{path} is neither .csv nor .xlsx.", "Name a file with one of these endings.")
    content = (
        excel.written(rows, name, counts) if path.suffix.lower() == ".xlsx" else delimited.written(rows, mark=mark)
    )
    try:
        if path.exists():
            raise WrongUsage(f"{path} is there already and is not overwritten.", "Name another place with --output.")
        durable.write(path, content)
        durable.sync_folder(path.resolve().parent)
    except OSError as error:
        raise StoreNotAnswering(
            f"{path} cannot be written: {error.strerror}.", "Name another place with --output."
        ) from error


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise WrongUsage(f"There is no file {path}.", "Name a .csv or .xlsx file.")
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ScheduleNotValid(
                f"{path.name} has {counted_bytes(size)}; no more than {counted_bytes(LARGEST_FILE)} are read.",
                "Keep only the sheet that is meant, without pictures.",
            )
        data = path.read_bytes()
    except OSError as error:
        raise WrongUsage(
            f"{path} cannot be read: {error.strerror}.", "Correct its place or its permissions."
        ) from error
    if not data.strip():
        raise ScheduleNotValid(f"{path.name} is empty.", "Name the file that holds the rows.")
    return data
