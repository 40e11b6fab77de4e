"""A sheet that a person filled in and gave back: its rows by their headings, and what cannot be read of them.

No file is read here, and nothing is known of what an answer means.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from retention.core.spreadsheet.sheet import BadRow, Line, Sheet, listed


class Answer(Struct, frozen=True):
    """One row, by its headings."""

    sheet: Sheet
    line: Line
    columns: dict[str, int]

    def text(self, column: str) -> str:
        """The text under a heading; empty where there is no such column."""
        return self.line.cell(self.columns[column]) if column in self.columns else ""

    def problem(self, column: str, sentence: str) -> BadRow:
        number = self.columns.get(column)
        place = self.sheet.place(self.line.number, number) if number is not None else ""
        return BadRow(self.sheet.name, self.line.number, column, sentence, place)


class Answers(Struct, frozen=True):
    """The rows that can be read, and why others cannot; ``unheaded``: nothing can, for a heading is wrong."""

    rows: tuple[Answer, ...]
    problems: tuple[BadRow, ...]
    unheaded: bool = False


def read(sheet: Sheet, needed: Iterable[str], optional: Iterable[str] = ()) -> Answers:
    """The rows below the headings, which are the sheet's first row; other columns may stand there too."""
    if not sheet.lines:
        return Answers((), (BadRow(sheet.name, 0, "", "there is no row in it"),), unheaded=True)
    head, *lines = sheet.lines
    headings = [" ".join(head.cell(n).casefold().split()) for n in range(len(head.cells))]
    known = (*needed, *optional)
    problems = [
        BadRow(sheet.name, head.number, name, "there is no such column; the headings must stay as they were")
        for name in needed
        if name not in headings
    ]
    problems += [
        BadRow(sheet.name, head.number, name, f"{headings.count(name)} columns are called so; keep one")
        for name in known
        if headings.count(name) > 1
    ]
    if problems:
        return Answers((), tuple(problems), unheaded=True)
    columns = {name: headings.index(name) for name in known if name in headings}
    answers = [Answer(sheet, line, columns) for line in lines]
    return Answers(
        rows=tuple(answer for answer in answers if not _unread(answer, headings)),
        problems=tuple(bad for answer in answers for bad in _unread(answer, headings)),
    )


def _unread(answer: Answer, headings: list[str]) -> list[BadRow]:
    """Why a row cannot be read: cells that cannot be trusted, or more of them than there are headings."""
    names = {number: name for name, number in answer.columns.items()}
    bad = [answer.problem(names[n], why) for n, why in sorted(answer.line.marred.items()) if n in names]
    beyond = [answer.line.cell(n) for n in answer.line.filled if n >= len(headings)]
    if beyond:
        bad.append(answer.problem("", f"has text beyond the last heading ({listed(beyond)}); is a cell split in two?"))
    return bad
