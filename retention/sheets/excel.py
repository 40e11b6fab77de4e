"""Excel workbooks: what their cells show as text, which cells are merged, and which cannot be trusted.

No CSV is read here, and no heading is understood. A workbook may come from anywhere: it is measured before it is read.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from retention.core.spreadsheet.sheet import Line, Merged, Sheet, letter
from retention.errors import ScheduleNotValid
from retention.sheets.limits import (
    LARGEST_UNPACKED,
    MOST_COLUMNS,
    MOST_ROWS,
    counted_bytes,
    too_many_columns,
    too_many_rows,
)

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb")
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LONGEST_CELL = 32_767
_LONGEST_NUMBER = 15
"""Digits that Excel keeps of a number."""
_NARROWEST, _WIDEST = 8, 60
"""Letters that a column shows, whatever stands in it."""
_SAVE = "Open it in Excel and save it as .xlsx without a password."


def is_workbook(data: bytes) -> bool:
    """Whether it is one of Excel's own formats, readable or not."""
    return data.startswith((_ZIP, _OLD))


def read(file: str, data: bytes) -> tuple[Sheet, ...]:
    """Every sheet with text in it. Raises ``ScheduleNotValid`` with the reason where there is nothing to read."""
    _measured(file, data)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that are of no use here
            shown = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            typed = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
            pairs = zip(shown.worksheets, typed.worksheets, strict=True)
            sheets = [_sheet(file, data, one, other) for one, other in pairs]
    except ScheduleNotValid:
        raise
    # A damaged workbook fails in openpyxl in any of a dozen ways; none of them is a bug here.
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ScheduleNotValid(f"{file} cannot be read as an Excel workbook ({reason}).", _SAVE) from error
    return tuple(sheet for sheet in sheets if sheet.lines)


def written(rows: Sequence[Sequence[str]], name: str = "Sheet1", counts: Collection[str] = ()) -> bytes:
    """A workbook of one sheet in which every cell is text, so that Excel makes no date or formula of it.

    Only under the headings in ``counts`` a number is a number, so that it can be added up.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    for column, width in enumerate(_widths(rows)):
        sheet.column_dimensions[letter(column)].width = width
    headings = rows[0] if rows else ()
    counting = {column for column, heading in enumerate(headings) if heading in counts}
    for number, row in enumerate(rows, start=1):
        cells = []
        for column, text in enumerate(row):
            place = f"{letter(column)}{number}"
            if len(text) > _LONGEST_CELL:
                raise ScheduleNotValid(
                    f"Cell {place} would have {len(text):,} characters; Excel allows {_LONGEST_CELL:,}.",
                    "Write a .csv file instead.",
                )
            cell = WriteOnlyCell(sheet)
            try:
                cell.value = text
            except IllegalCharacterError as wrong:
                raise ScheduleNotValid(
                    f"Cell {place} would have a character that Excel does not allow.", "Write a .csv file instead."
                ) from wrong
            cell.data_type = "s"
            cell.number_format = "@"
            if column in counting and _is_count(text):
                cell = WriteOnlyCell(sheet, int(text))
            cells.append(cell)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column must be to show its longest cell, within reason."""
    columns = max(map(len, rows), default=0)
    longest = [max((len(row[n]) for row in rows if n < len(row)), default=0) for n in range(columns)]
    return [min(max(length + 2, _NARROWEST), _WIDEST) for length in longest]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and text == str(int(text))


def _measured(file: str, data: bytes) -> None:
    """Refuse what is no workbook, what is locked, and what is too large when unpacked; nothing is unpacked for that."""
    if data.startswith(_OLD):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ScheduleNotValid(f"{file} is protected by a password.", _SAVE)
        raise ScheduleNotValid(f"{file} is in the old Excel format (.xls), or no workbook at all.", _SAVE)
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ScheduleNotValid(f"{file} is damaged: it cannot be unpacked.", _SAVE) from error
    if any(part.flag_bits & 1 for part in parts):
        raise ScheduleNotValid(f"{file} is protected by a password.", _SAVE)
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise ScheduleNotValid(f"{file} is not an Excel workbook (.xlsx){_instead(names)}.", _SAVE)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED:
        raise ScheduleNotValid(
            f"{file} has {counted_bytes(unpacked)} when unpacked; at most {counted_bytes(LARGEST_UNPACKED)} are read.",
            "Keep only the sheet that is meant, without pictures.",
        )


def _instead(names: set[str]) -> str:
    if "content.xml" in names:
        return ", but an OpenDocument file"
    if "xl/workbook.bin" in names:
        return ", but a binary workbook (.xlsb)"
    return ", but a Word document" if any(name.startswith("word/") for name in names) else ", but some other archive"


def _sheet(file: str, data: bytes, shown: Any, typed: Any) -> Sheet:
    """One sheet, read twice side by side: what its cells show, and which of them are formulas."""
    # A sheet says itself how large it is, and may be wrong: read what is there instead.
    shown.reset_dimensions()
    typed.reset_dimensions()
    lines: list[Line] = []
    for number, (row, formulas) in enumerate(zip(shown.iter_rows(), typed.iter_rows(), strict=True), start=1):
        if len(row) > MOST_COLUMNS and any(cell.value is not None for cell in row[MOST_COLUMNS:]):
            raise ScheduleNotValid(*too_many_columns(file, number, shown.title))
        pairs = list(zip(row[:MOST_COLUMNS], formulas[:MOST_COLUMNS], strict=True))
        texts = tuple(_text(cell) for cell, _ in pairs)
        marred = {n: why for n, (cell, formula) in enumerate(pairs) if (why := _marred(cell, formula))}
        if any(texts) or marred:
            lines.append(Line(number, texts, marred))
        if len(lines) > MOST_ROWS:
            raise ScheduleNotValid(*too_many_rows(file, shown.title))
    return Sheet(shown.title, tuple(lines), tuple(_merged(data, shown)), lettered=True)


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (datetime, date, time)):
        return str(value.isoformat())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        # A code such as 04300 is often a number that is only shown with its zeros.
        shown = str(cell.number_format)
        return f"{value:0{len(shown)}d}" if set(shown) == {"0"} else str(value)
    return str(value).strip()


def _marred(cell: Any, formula: Any) -> str:
    """Why the cell's text cannot be trusted, or nothing."""
    value = cell.value
    if formula.data_type == "f" and value is None:
        return "holds a formula whose result was never saved; open the file in Excel and save it"
    if isinstance(value, (datetime, date, time, timedelta)):
        return (
            f"is a date for Excel ({value}), not text; it may have been typed as 2-3: format it as text, type it again"
        )
    if cell.data_type == "e":
        return f"holds the error {value}"
    return ""


def _merged(data: bytes, sheet: Any) -> Iterator[Merged]:
    """The merged ranges. Asked of the sheet's own part, because openpyxl makes every cell of a range, however large."""
    from defusedxml.ElementTree import iterparse
    from openpyxl.utils import range_boundaries

    with zipfile.ZipFile(io.BytesIO(data)).open(sheet._worksheet_path) as part:
        for _, element in iterparse(part):
            if element.tag.rpartition("}")[2] == "mergeCell":
                name = str(element.get("ref"))
                left, top, right, bottom = range_boundaries(name)
                yield Merged(name, int(top or 1), int(left or 1) - 1, int(bottom or 1), int(right or 1) - 1)
            element.clear()
