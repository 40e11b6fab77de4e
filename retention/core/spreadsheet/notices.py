"""Lists of who acknowledged the notice of a hold, and of who was given a staff notice: what each row says.

No file is read here, and whether a person is known is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from msgspec import Struct

from retention.core.spreadsheet import answers
from retention.core.spreadsheet.answers import Answer
from retention.core.spreadsheet.sheet import BadRow, Sheet, listed

WHO = ("address", "email", "e-mail", "custodian", "person")
"""The headings under which an address is looked for, the surest first: beside one of these ``custodian`` is a name."""
ON = ("on", "date", "acknowledged", "acknowledged on")
GIVEN = ("given", "given on")
SIGNED = ("signed", "signed on")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AP]M)?Z?)?"
_DATED = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_TIME}", re.ASCII | re.IGNORECASE)
_AMERICAN = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_TIME}", re.ASCII | re.IGNORECASE)


class Acknowledged(Struct, frozen=True, kw_only=True):
    """A row of acknowledgements; ``None``: no day is said."""

    answer: Answer
    custodian: str
    on: date | None
    how: str


class Given(Struct, frozen=True, kw_only=True):
    """A row of a staff notice: who was given which version, and who signed it."""

    answer: Answer
    person: str
    given_on: date | None
    signed_on: date | None
    reference: str
    version: str


_Row = TypeVar("_Row", Acknowledged, Given)


def acknowledgements(sheet: Sheet) -> tuple[tuple[Acknowledged, ...], tuple[BadRow, ...]]:
    """The rows, each of one custodian and the day on which they answered, and every problem."""
    return _read(sheet, (*WHO, *ON, "how"), {"custodian": WHO, "on": ON}, _acknowledged)


def given(sheet: Sheet) -> tuple[tuple[Given, ...], tuple[BadRow, ...]]:
    """The rows, each of one person who was given a notice or signed it, and every problem."""
    known = (*WHO, *GIVEN, *SIGNED, "reference", "version")
    return _read(sheet, known, {"person": WHO, "given": (*GIVEN, *SIGNED)}, _given)


def place(answer: Answer, *columns: str) -> str:
    """The column of these that stands in the sheet."""
    return next((column for column in columns if column in answer.columns), columns[0])


def _read(
    sheet: Sheet,
    known: tuple[str, ...],
    needed: dict[str, tuple[str, ...]],
    one: Callable[[Answer, list[BadRow]], _Row | None],
) -> tuple[tuple[_Row, ...], tuple[BadRow, ...]]:
    read = answers.read(sheet, (), known)
    problems = list(read.problems)
    if read.unheaded:
        return (), tuple(problems)
    head = sheet.lines[0]
    headings = {" ".join(head.cell(n).casefold().split()) for n in range(len(head.cells))}
    for name, columns in needed.items():
        if headings.isdisjoint(columns):
            sentence = f"there is no such column; call it {listed(columns)}"
            problems.append(BadRow(sheet.name, head.number, name, sentence))
    if len(sheet.lines) == 1:
        problems.append(BadRow(sheet.name, 0, "", "there is no row below the headings"))
    if len(problems) > len(read.problems):
        return (), tuple(problems)
    rows = [row for answer in read.rows if (row := one(answer, problems)) is not None]
    return tuple(rows), tuple(sorted(problems))


def _acknowledged(answer: Answer, problems: list[BadRow]) -> Acknowledged | None:
    before = len(problems)
    who, on = _address(answer, problems), _day(answer, ON, problems)
    if len(problems) > before:
        return None
    return Acknowledged(answer=answer, custodian=who, on=on, how=answer.text("how"))


def _given(answer: Answer, problems: list[BadRow]) -> Given | None:
    before = len(problems)
    who = _address(answer, problems)
    given_on, signed_on = _day(answer, GIVEN, problems), _day(answer, SIGNED, problems)
    if len(problems) == before and given_on is None and signed_on is None:
        problems.append(answer.problem(place(answer, *GIVEN), "neither says when it was given nor when it was signed"))
    if len(problems) > before:
        return None
    return Given(
        answer=answer,
        person=who,
        given_on=given_on,
        signed_on=signed_on,
        reference=answer.text("reference"),
        version=answer.text("version"),
    )


def _address(answer: Answer, problems: list[BadRow]) -> str:
    column = place(answer, *WHO)
    text = answer.text(column).lower()
    if not _ADDRESS.fullmatch(text):
        said = f"{listed([text])} is no address" if text else "is empty"
        problems.append(answer.problem(column, f"{said}; one like name@city.example was expected"))
    return text


def _day(answer: Answer, columns: tuple[str, ...], problems: list[BadRow]) -> date | None:
    column = place(answer, *columns)
    text = answer.text(column)
    if not text:
        return None
    try:
        if dated := _DATED.fullmatch(text):
            year, month, day = map(int, dated.groups())
        elif american := _AMERICAN.fullmatch(text):
            month, day, year = map(int, american.groups())
        else:
            raise ValueError(text)
        return date(year, month, day)
    except ValueError:
        sentence = f"{listed([text])} is no date; 2026-03-01, or 3/1/2026 with the month first, was expected"
        problems.append(answer.problem(column, sentence))
        return None
