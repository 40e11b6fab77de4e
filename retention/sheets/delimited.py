"""CSV files: their encoding, what separates their cells, and their rows.

Nothing is known of Excel's own files here, and no heading is understood.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator

from retention.core.spreadsheet.sheet import Line, Sheet
from retention.errors import ScheduleNotValid, WrongUsage
from retention.sheets.limits import MOST_COLUMNS, MOST_ROWS, too_many_columns, too_many_rows

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LOOKED_AT = 200
"""So many rows are looked at to see what separates the cells."""


def read(file: str, data: bytes, encoding: str = "") -> Sheet:
    """The rows of a CSV file, numbered as a spreadsheet program shows them.

    Raises ``ScheduleNotValid`` with the place of what cannot be read.
    """
    text = decoded(file, data, encoding)
    separator = _separator(text)
    lines, filled = [], 0
    for number, cells in _records(file, text, separator):
        stripped = tuple(cell.strip() for cell in cells)
        filled += any(stripped)
        if filled > MOST_ROWS:
            raise ScheduleNotValid(*too_many_rows(file))
        if len(stripped) > MOST_COLUMNS:
            raise ScheduleNotValid(*too_many_columns(file, number))
        if any(stripped):
            lines.append(Line(number, stripped))
    return Sheet("", tuple(lines), even=True)


def written(rows: Iterable[Iterable[str]], *, mark: bool) -> bytes:
    """The rows as CSV in UTF-8, with the line ends that spreadsheet programs write."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def decoded(file: str, data: bytes, encoding: str = "") -> str:
    """The text of the file: as its byte order mark says, else UTF-8, else only as ``encoding`` says."""
    marked = next((name for mark, name in MARKS.items() if data.startswith(mark)), "")
    chosen = marked or _known(encoding) or "utf-8"
    if chosen == "utf-8" and b"\0" in data:
        raise ScheduleNotValid(
            f"{file} has a NUL byte in line {_line(data, data.index(0))}: it is no text, or UTF-16 without its mark.",
            "Save it as 'CSV UTF-8', or say --encoding utf-16-le if that is what it is.",
        )
    try:
        text = data.decode(chosen)
    except UnicodeDecodeError as wrong:
        raise ScheduleNotValid(*_undecoded(file, data, wrong)) from wrong
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ScheduleNotValid(f"{file} has a NUL character in line {line}.", "Save it anew as 'CSV UTF-8'.")
    return text.removeprefix("\ufeff")


def _known(encoding: str) -> str:
    if not encoding:
        return ""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = ""
    if name not in ENCODINGS:
        raise WrongUsage(f"There is no encoding '{encoding}' here.", f"Name one of {', '.join(ENCODINGS)}.")
    return name


def _undecoded(file: str, data: bytes, wrong: UnicodeDecodeError) -> tuple[str, str]:
    byte, line = data[wrong.start], _line(data, wrong.start)
    what = f"{file} is not {wrong.encoding.upper()} text: byte {wrong.start:,} (0x{byte:02X}) in line {line}"
    meant = bytes([byte]).decode("cp1252", "ignore")
    if wrong.encoding.startswith("utf-8") and meant:
        return (
            f"{what} would be '{meant}' in Windows-1252.",
            "Save it as 'CSV UTF-8', or say --encoding cp1252 if all of it is Windows-1252.",
        )
    return f"{what}: {wrong.reason}.", "Open it in the program that made it and save it as 'CSV UTF-8'."


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


def _separator(text: str) -> str:
    """What separates the cells: that under which most rows have the same number of cells."""

    def agreement(separator: str) -> tuple[int, int]:
        try:
            widths = Counter(
                len(row) for row, _ in zip(_reader(text, separator), range(_LOOKED_AT), strict=False) if len(row) > 1
            )
        except csv.Error:
            return (0, 0)
        return max(((rows, width) for width, rows in widths.items()), default=(0, 0))

    return max(SEPARATORS, key=agreement)


def _reader(text: str, separator: str) -> Iterator[list[str]]:
    # Strict: otherwise a quotation mark that nobody closed would swallow the rest of the file without a word.
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _records(file: str, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(_reader(text, separator), start=1):
            yield number, cells
    except csv.Error as wrong:
        raise ScheduleNotValid(
            f"{file} cannot be read from row {number + 1} on: {_plainly(str(wrong))}.",
            f"Correct the quotation marks of that row; cells are taken to be separated by a {SEPARATORS[separator]}.",
        ) from wrong


def _plainly(reason: str) -> str:
    if "end of data" in reason:
        return "a quotation mark is opened there and never closed"
    if "expected after" in reason:
        return "text follows a closing quotation mark"
    if "field larger" in reason:
        return "a cell is longer than 131,072 characters, as if a quotation mark were never closed"
    return reason
