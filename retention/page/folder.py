"""A document as files in a folder: the page, the same as JSON, and each figure as CSV.

What it says is not known here. The page is written last: where it is, all it links to is there.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from retention import durable
from retention.errors import StoreNotAnswering, WrongUsage
from retention.page.document import Cell, Document, Figure
from retention.page.html import page
from retention.page.writing import LONGEST, shown

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'", "\t", "\r")
"""What a spreadsheet program might take for a formula when a cell begins with it."""
PAGE, DATA = "report.html", "report.json"


def write(document: Document, folder: Path) -> None:
    """Write all of it. A folder that holds anything but an earlier report is left as it is: ``WrongUsage``."""
    files = {figure.name: f"{figure.name}.csv" for figure in document.figures}
    contents = {files[figure.name]: sheet(figure) for figure in document.figures}
    contents[DATA] = msgspec.json.format(msgspec.json.encode(plainly(document)), indent=2) + b"\n"
    contents[PAGE] = page(document, files).encode("utf-8", "replace")
    try:
        _refuse_other_files(folder, contents.keys())
        durable.make_folder(folder)
        # An earlier page must never stand beside figures that are not its own.
        (folder / PAGE).unlink(missing_ok=True)
        for name, content in contents.items():
            durable.write(folder / name, content)
        durable.sync_folder(folder)
    except OSError as error:
        raise StoreNotAnswering(
            f"The report cannot be written to {folder}: {error.strerror}.", "Name another folder with -o."
        ) from error


def sheet(figure: Figure) -> bytes:
    """The figure as CSV with a byte order mark, which Excel asks for; no cell of it is ever taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe(column.name) for column in figure.table.columns])
    for row in figure.table.rows:
        writer.writerow([safe(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig", "replace")


def safe(cell: Cell) -> str:
    """A cell of a CSV file: text that begins like a formula begins with an apostrophe instead."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return _number(cell)
    text = shown(cell)
    return f"'{text}" if text.startswith(FORMULAS) else text


def plainly(document: Document) -> dict[str, Any]:
    """The document for machines: every figure by its name, each row by the keys of its columns.

    Sizes are bytes, shares fractions of one, and days are written as ``2026-03-01``.
    """
    return {
        "title": document.title,
        "city": document.city,
        "first_on": document.first_on,
        "last_on": document.last_on,
        "made_at": document.made_at,
        "made_by": document.made_by,
        "time_zone": document.zone,
        "rehearsal": document.rehearsal,
        "annual": document.annual,
        "preface": document.preface,
        "facts": [{"name": one.name, "value": one.value, "text": one.text, "tone": one.tone} for one in document.facts],
        "looks": [sentence for section in document.sections for sentence in section.looks],
        "figures": {figure.name: _figure(figure) for figure in document.figures},
    }


def _figure(figure: Figure) -> dict[str, Any]:
    keys = [column.key for column in figure.table.columns]
    total = figure.table.total
    return {
        "title": figure.title,
        "rows": [dict(zip(keys, map(_cut, row), strict=True)) for row in figure.table.rows],
        "total": dict(zip(keys, total, strict=True)) if total and figure.table.rows else None,
    }


def _cut(cell: Cell) -> Cell:
    """A text as long as a mail's may be is cut here too; nothing else of it is changed."""
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode() if len(cell) <= LONGEST else shown(cell)
    return cell


def _number(cell: int | float | date | datetime) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _refuse_other_files(folder: Path, ours: Any) -> None:
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(f"{folder} is not a folder.", "Name a folder with -o.")
    others = sorted(path.name for path in folder.iterdir() if path.name not in ours) if folder.is_dir() else []
    if others:
        raise WrongUsage(
            f"The folder {folder} holds something that is no report, such as '{others[0]}'.",
            "Name another folder with -o, or an empty one.",
        )


__all__ = ["DATA", "PAGE", "plainly", "safe", "sheet", "write"]
