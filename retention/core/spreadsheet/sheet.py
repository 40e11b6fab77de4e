"""A sheet of a spreadsheet as plain text: its lines, what on it cannot be trusted, and what is wrong with a row.

No file is read here, and nothing is known of what a column means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct, field


class Line(Struct, frozen=True):
    """One row, numbered as a spreadsheet program shows it. ``marred`` says of a column why its text is no good."""

    number: int
    cells: tuple[str, ...]
    marred: Mapping[int, str] = field(default_factory=dict)

    def cell(self, column: int) -> str:
        """The text of a column, in one line and without the sign that keeps it from being a formula."""
        return unguarded(_one_line(self.cells[column])) if column < len(self.cells) else ""

    @property
    def filled(self) -> tuple[int, ...]:
        """The columns that hold anything."""
        return tuple(n for n, text in enumerate(self.cells) if text or n in self.marred)


class Merged(Struct, frozen=True):
    """Cells that were merged into one: ``A5:A7``, its rows, and its columns from 0."""

    name: str
    top: int
    left: int
    bottom: int
    right: int

    def covers(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


class Sheet(Struct, frozen=True):
    """One sheet; the only one of a CSV file has no name.

    ``lettered``: its cells are named ``D5``. ``even``: each row should have as many cells as there are headings.
    """

    name: str
    lines: tuple[Line, ...]
    merged: tuple[Merged, ...] = ()
    lettered: bool = False
    even: bool = False

    def place(self, row: int, column: int) -> str:
        return f"{letter(column)}{row}" if self.lettered else ""


class BadRow(Struct, frozen=True, order=True):
    """What a row does not say so that it can be understood; row 0 is the sheet, or the file, as a whole."""

    sheet: str
    row: int
    column: str
    sentence: str
    cell: str = ""

    def __str__(self) -> str:
        where = (
            f"sheet '{self.sheet}'" if self.sheet else "",
            (f"cell {self.cell}" if self.cell else f"row {self.row}") if self.row else "",
            self.column,
        )
        return f"{', '.join(filter(None, where)) or 'the file'}: {self.sentence}"


def letter(column: int) -> str:
    """The letters by which spreadsheets name a column, counted from 0: A, B, ... Z, AA."""
    name, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


# A cell that begins so is a formula to a spreadsheet program, and a formula from somebody's title may do harm.
# Some programs leave out what is blank before it, and take the signs of full width for the plain ones.
_DANGER = re.compile(r"[\s\ufeff\u200b']*[=+\-@＝＋－＠\t\r\n]")


def guarded(text: str) -> str:
    """The text as it may be written into a cell without ever being taken for a formula."""
    return f"'{text}" if _DANGER.match(text) else text


def unguarded(text: str) -> str:
    """The text without the sign that ``guarded`` puts before it."""
    return text[1:] if text.startswith("'") and _DANGER.match(text) else text


def counted(number: int, noun: str) -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Iterable[str]) -> str:
    """Names as they are shown in a sentence: each in quotation marks, the first of them only where there are many."""
    shown = [f"'{name if len(name) <= 60 else f'{name[:57]}...'}'" for name in names]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")


def _one_line(text: str) -> str:
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip()
