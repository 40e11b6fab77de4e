"""How long a message is kept and from when: the grammar of retention rules, and due dates.

Nothing here knows which message or series a period belongs to, or what today is.
"""

from __future__ import annotations

import string
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum

from msgspec import Struct

ALLOWED = (
    "allowed are 'permanent', 'no retention required', 'until read', 'until EVENT' and "
    "'N days|months|years after received | sent | end of calendar year received | end of fiscal year received | EVENT'"
)


class Unit(StrEnum):
    """What a period is counted in; months and years are those of the civil calendar."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Of(StrEnum):
    """Which date of the message starts the clock."""

    RECEIVED = "received"
    SENT = "sent"


class YearEnd(StrEnum):
    """Whose year must first come to its end."""

    CALENDAR = "calendar"
    FISCAL = "fiscal"


class Permanent(Struct, frozen=True, tag=True):
    """Kept for ever."""


class NotRequired(Struct, frozen=True, tag=True):
    """No law or schedule asks to keep it."""


class UntilRead(Struct, frozen=True, tag=True):
    """Kept until it was read."""


class UntilEvent(Struct, frozen=True, tag=True):
    """Kept until ``event`` has happened."""

    event: str


class AfterDate(Struct, frozen=True, tag=True):
    """``count`` units after a date of the message, or after the end of the year in which that date lies."""

    count: int
    unit: Unit
    of: Of
    year_end: YearEnd | None = None


class AfterEvent(Struct, frozen=True, tag=True):
    """``count`` units after ``event`` has happened."""

    count: int
    unit: Unit
    event: str


Limit = Permanent | NotRequired | UntilRead | UntilEvent | AfterDate | AfterEvent
"""One condition of a retention rule."""


class Period(Struct, frozen=True):
    """How long: today exactly one limit. ``str`` prints it in the words that ``parse`` reads."""

    limit: Limit

    def __str__(self) -> str:
        return plain(self)


class Dates(Struct, frozen=True, kw_only=True):
    """What a clock can start from: civil dates, already in the city's zone. ``None`` means not known.

    ``fiscal_year_starts`` is month and day.
    """

    received_on: date | None = None
    sent_on: date | None = None
    is_read: bool | None = None
    fiscal_year_starts: tuple[int, int] = (1, 1)


class Waiting(Struct, frozen=True):
    """Cannot be due before something has happened."""

    for_: str

    @property
    def sentence(self) -> str:
        return "waits to be read" if self.for_ == "read" else f"waits for the event '{self.for_}'"


class Never(Struct, frozen=True):
    """Never due."""

    @property
    def sentence(self) -> str:
        return "is kept permanently"


class Undated(Struct, frozen=True):
    """Cannot be counted, because the date ``missing`` is not known."""

    missing: str

    @property
    def sentence(self) -> str:
        return f"has no date on which it was {self.missing}"


Due = date | Waiting | Never | Undated
"""The first day on which it may go, or why there is none."""


# --- reading and printing -------------------------------------------------------------------------------------------

_FIXED: dict[str, Limit] = {
    "permanent": Permanent(),
    "no retention required": NotRequired(),
    "until read": UntilRead(),
}
_FIXED_TEXT = {limit: text for text, limit in _FIXED.items()}

_STARTS: dict[str, tuple[Of, YearEnd | None]] = {
    **{of.value: (of, None) for of in Of},
    **{f"end of {year} year {of}": (of, year) for year in YearEnd for of in Of},
}

# Words by which several limits are combined: they must never be swallowed as the name of an event.
_COMBINING = frozenset(
    {"after", "and", "at", "before", "except", "if", "or", "plus", "then", "unless", "until", "whichever"}
).union({"later", "latest", "earlier", "earliest", "least", "most"})
# Words that mean a date of the message: as an event they would wait for ever without a word to the clerk.
_MEANT = {
    "receipt": "received",
    "date received": "received",
    "date of receipt": "received",
    "received date": "received",
    "creation": "received' or 'sent",
    "created": "received' or 'sent",
    "date sent": "sent",
    "sent date": "sent",
}
_YEAR_ENDS = ("end of calendar", "end of fiscal", "end of current", "end of year", "end of the year")
_EVENT_LETTERS = frozenset(string.ascii_lowercase + " -'")
_LONGEST_DAYS = {Unit.DAY: 1.0, Unit.MONTH: 30.44, Unit.YEAR: 365.25}
_MOST_YEARS = 999


def parse(text: str) -> Period:
    """Read a retention rule such as ``3 years after received``; case and spacing do not matter.

    Raises ValueError with one sentence that names what was not understood and says what is allowed.
    """
    words = " ".join(text.lower().split())
    if words in _FIXED:
        return Period(_FIXED[words])
    if words.startswith("until "):
        return Period(UntilEvent(_event(text, words.removeprefix("until "))))
    length, after, start = words.partition(" after ")
    if not after:
        raise ValueError(f"the period '{text}' is not understood; {ALLOWED}")
    count, unit = _length(text, length)
    if start in _STARTS:
        of, year_end = _STARTS[start]
        return Period(AfterDate(count, unit, of, year_end))
    return Period(AfterEvent(count, unit, _event(text, start)))


def plain(period: Period) -> str:
    """The period in plain English; ``parse`` reads it back as the same period."""
    match period.limit:
        case UntilEvent(event):
            return f"until {event}"
        case AfterEvent(count, unit, event):
            return f"{_counted(count, unit)} after {event}"
        case AfterDate(count, unit, of, None):
            return f"{_counted(count, unit)} after {of}"
        case AfterDate(count, unit, of, year_end):
            return f"{_counted(count, unit)} after end of {year_end} year {of}"
        case limit:
            return _FIXED_TEXT[limit]


def _counted(count: int, unit: Unit) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _length(text: str, length: str) -> tuple[int, Unit]:
    number, _, name = length.partition(" ")
    units = {form: unit for unit in Unit for form in (unit.value, f"{unit}s")}
    if not (number.isascii() and number.isdigit()) or name not in units:
        raise ValueError(f"'{length}' in the period '{text}' is no number of days, months or years; {ALLOWED}")
    count, unit = int(number[:9]), units[name]
    if count == 0:
        raise ValueError(f"the period '{text}' has no length; write 'no retention required' if that is meant")
    if count * _LONGEST_DAYS[unit] > _MOST_YEARS * _LONGEST_DAYS[Unit.YEAR]:
        raise ValueError(f"the period '{text}' is longer than {_MOST_YEARS} years; write 'permanent' if that is meant")
    return count, unit


def _event(text: str, event: str) -> str:
    """The name of an event, refused when it is a slip of the pen or belongs to a rule of several limits."""
    combining = sorted(_COMBINING.intersection(event.split()))
    if combining:
        raise ValueError(f"'{combining[0]}' in the period '{text}' is not understood; {ALLOWED}")
    if not event or not _EVENT_LETTERS.issuperset(event) or not set(string.ascii_lowercase).intersection(event):
        raise ValueError(f"'{event}' in the period '{text}' is no name of an event (letters only); {ALLOWED}")
    if event in _MEANT:
        raise ValueError(f"'{event}' in the period '{text}' is no event; write '{_MEANT[event]}'")
    if event.startswith(_YEAR_ENDS):
        raise ValueError(f"'{event}' in the period '{text}' is not understood; write 'end of calendar year received'")
    if event in {*_STARTS, "read"} or get_close_matches(event, [Of.RECEIVED.value], cutoff=0.85):
        raise ValueError(f"'{event}' in the period '{text}' is no event; {ALLOWED}")
    return event


# --- due dates ------------------------------------------------------------------------------------------------------


def due(period: Period, dates: Dates) -> Due:
    """The first day on which a message of this period may go, or why there is none.

    It must never come early. A period counted from a date is over when its whole anniversary has passed: three years
    after 21 November 2023 is due on 22 November 2026. An anniversary that does not exist (29 February, 31 June) is
    the first day of the next month. After the end of a year, the years that follow are counted whole: two years after
    the end of calendar year 2023 is due on 1 January 2026.
    """
    match period.limit:
        case Permanent():
            return Never()
        case NotRequired():
            return dates.received_on or Undated(Of.RECEIVED.value)
        case UntilRead():
            if dates.is_read is not True:
                return Waiting("read")
            return dates.received_on or Undated(Of.RECEIVED.value)
        case UntilEvent(event) | AfterEvent(_, _, event):
            return Waiting(event)
        case AfterDate() as limit:
            return _after(limit, dates)


def _after(limit: AfterDate, dates: Dates) -> Due:
    anchor = dates.received_on if limit.of is Of.RECEIVED else dates.sent_on
    if anchor is None:
        return Undated(limit.of.value)
    try:
        if limit.year_end is None:
            return _shift(anchor, limit.count, limit.unit) + timedelta(days=1)
        starts = (1, 1) if limit.year_end is YearEnd.CALENDAR else dates.fiscal_year_starts
        return _shift(_next_year(anchor, starts), limit.count, limit.unit)
    except (OverflowError, ValueError):
        # A date so late that the calendar ends before the period does: such a message is never due.
        return Never()


def _next_year(day: date, starts: tuple[int, int]) -> date:
    """The first day of the year after the one in which ``day`` lies, for years that start on this month and day."""
    this = _day(day.year, *starts)
    return this if this > day else _day(day.year + 1, *starts)


def _shift(day: date, count: int, unit: Unit) -> date:
    if unit is Unit.DAY:
        return day + timedelta(days=count)
    months = day.year * 12 + day.month - 1 + count * (12 if unit is Unit.YEAR else 1)
    return _day(months // 12, months % 12 + 1, day.day)


def _day(year: int, month: int, day: int) -> date:
    """That day, or the first day of the next month where the month is too short: later, never earlier."""
    try:
        return date(year, month, day)
    except ValueError:
        if day <= 28:
            raise
        return date(year + month // 12, month % 12 + 1, 1)


def weight(period: Period) -> tuple[int, float]:
    """Orders periods by how long they keep, longest largest: for naming the longer, never for deciding what goes.

    A period that waits for an event counts as longer than any that does not; nobody knows when the event happens.
    """
    match period.limit:
        case Permanent():
            return (3, 0.0)
        case AfterEvent(count, unit, _):
            return (2, count * _LONGEST_DAYS[unit])
        case UntilEvent():
            return (2, 0.0)
        case AfterDate(count, unit, _, year_end):
            return (1, count * _LONGEST_DAYS[unit] + (0.5 if year_end else 0.0))
        case _:
            return (0, 0.0)
