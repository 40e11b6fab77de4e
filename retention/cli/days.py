"""Days as people write them: ``2026-03-01``, ``2024-03``, ``4 March 2025``, ``last Monday``, ``3 weeks ago``.

What can be read in two ways is never guessed. What the day is for is not known here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
LONGEST = 60
"""Characters of a day as it is typed."""

EXAMPLES = "Write it as 2026-03-01, 2026-03, 1 March 2026, 'last Monday' or '3 weeks ago'."

_MONTH = "|".join(sorted({form for month in MONTHS for form in (month, month[:3], "sept")}, key=len, reverse=True))
_WEEKDAY = "|".join(sorted({form for name in WEEKDAYS for form in (name, name[:3])}, key=len, reverse=True))
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_YEAR = re.compile(r"(\d{4})", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})", re.ASCII)
_MONTH_YEAR = re.compile(rf"({_MONTH})\.?,? (\d{{4}})", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{1,4})", re.ASCII)
_WEEKDAY_ALONE = re.compile(rf"(?:on |this |the )?({_WEEKDAY})\.?")
_WEEKDAY_BESIDE = re.compile(rf"(last|next) ({_WEEKDAY})\.?")
_PERIOD = re.compile(r"(last|this|next) (month|year)")
# Only these go to the library: it makes a day of nearly anything, and a wrong one of '2 months from today'.
_COUNTED = re.compile(
    r"today|yesterday|tomorrow|the day before yesterday|(?:a|an|one|\d{1,4}) (?:day|week|month|year)s? (?:ago|from now)"
    r"|in (?:a|an|one|\d{1,4}) (?:day|week|month|year)s?",
    re.ASCII,
)
_NAMED = re.compile(
    rf"(?:(?P<weekday>{_WEEKDAY})\.?,? )?(?:(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})\.?,? \d{{4}}"
    rf"|(?:{_MONTH})\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})",
    re.ASCII,
)

_NO_YEAR = re.compile(
    rf"(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})|(?:{_MONTH})(?: \d{{1,2}}(?:st|nd|rd|th)?)?"
)


def read_day(text: str, today: Callable[[], date], *, end: bool = False) -> date:
    """The day that is meant; of a whole month or year its first, or its last where it is the ``end`` of a period.

    ``today`` is asked only where the text counts from it. Raises ``ValueError`` with what is said of the text.
    """
    said = " ".join(text.lower().replace(" from today", " from now").split())
    if len(said) > LONGEST:
        raise ValueError("is too long for a day")
    if numbers := _ISO.fullmatch(said) or _YEAR_FIRST.fullmatch(said):
        return _exactly(*map(int, numbers.groups()))
    if year := _YEAR.fullmatch(said):
        return _of_year(int(year[1]), end)
    if month := _YEAR_MONTH.fullmatch(said):
        return _of_month(int(month[1]), int(month[2]), end)
    if month := _MONTH_YEAR.fullmatch(said):
        return _of_month(int(month[2]), _month(month[1]), end)
    if numbers := _NUMBERS.fullmatch(said):
        return _of_numbers(numbers[1], numbers[2], numbers[3])
    return _in_words(said, today, end)


def is_exact(text: str) -> bool:
    """Whether it is written as ``2026-03-01``, so that nothing had to be understood."""
    return _ISO.fullmatch(text.strip()) is not None


def _in_words(said: str, today: Callable[[], date], end: bool) -> date:
    if weekday := _WEEKDAY_ALONE.fullmatch(said):
        now, number = today(), _weekday(weekday[1])
        before, after = _beside(now, number, -1), _beside(now, number, 1)
        raise ValueError(f"can be {before} or {after}")
    if weekday := _WEEKDAY_BESIDE.fullmatch(said):
        return _beside(today(), _weekday(weekday[2]), -1 if weekday[1] == "last" else 1)
    if period := _PERIOD.fullmatch(said):
        step, now = {"last": -1, "this": 0, "next": 1}[period[1]], today()
        months = now.year * 12 + now.month - 1 + step
        return _of_year(now.year + step, end) if period[2] == "year" else _of_month(months // 12, months % 12 + 1, end)
    if said in ("last week", "this week", "next week"):
        raise ValueError("is not a day: it is a whole week")
    if _COUNTED.fullmatch(said):
        return _by_library(said, today())
    if named := _NAMED.fullmatch(said):
        day = _by_library(said, date(2000, 1, 1))
        if named["weekday"] and day.weekday() != _weekday(named["weekday"]):
            raise ValueError(f"is not a day: {day} is a {WEEKDAYS[day.weekday()].title()}")
        return day
    if _NO_YEAR.fullmatch(said):
        raise ValueError("is not a day: it says no year")
    raise ValueError("is not a day")


def _by_library(said: str, today: date) -> date:
    from datetime import datetime, time

    from dateparser.date import DateDataParser

    base = datetime.combine(today, time(12))  # noon: no change of the clocks moves it to another day
    found = DateDataParser(languages=["en"], settings={"RELATIVE_BASE": base, "STRICT_PARSING": True})
    at: datetime | None = found.get_date_data(said.removeprefix("the ")).date_obj
    if at is None:
        raise ValueError("is not a day: the calendar has none such")
    return at.date()


def _exactly(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError("is not a day: the calendar has none such") from error


def _of_year(year: int, end: bool) -> date:
    return _exactly(year, 12, 31) if end else _exactly(year, 1, 1)


def _of_month(year: int, month: int, end: bool) -> date:
    first = _exactly(year, month, 1)
    return first.replace(day=monthrange(year, month)[1]) if end else first


def _of_numbers(one: str, other: str, year: str) -> date:
    """``25/03/2025``: read only where one order alone makes a day of it."""
    if len(year) != 4:
        raise ValueError("is not a day: write its year with four digits")
    readings = set()
    for month, day in ((int(one), int(other)), (int(other), int(one))):
        if 1 <= month <= 12 and 1 <= day <= monthrange(max(int(year), 1), month)[1]:
            readings.add(_exactly(int(year), month, day))
    if len(readings) > 1:
        first, last = sorted(readings)
        raise ValueError(f"can be {first} or {last}")
    if not readings:
        raise ValueError("is not a day: the calendar has none such")
    return readings.pop()


def _beside(today: date, weekday: int, step: int) -> date:
    """The nearest such weekday before today, or after it; never today itself."""
    away = (step * (weekday - today.weekday())) % 7 or 7
    return today + timedelta(days=step * away)


def _month(name: str) -> int:
    return next(n for n, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))


def _weekday(name: str) -> int:
    return next(n for n, weekday in enumerate(WEEKDAYS) if weekday.startswith(name[:3]))
