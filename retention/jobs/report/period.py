"""The days a report is about, and the months (or years) in which it counts.

What is counted is not known here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.errors import WrongUsage

MOST_MONTHS = 36
"""Of a longer time years are shown, not months."""
_YEAR = re.compile(r"(fy\s?)?(\d{4})", re.IGNORECASE)


class Period(Struct, frozen=True, kw_only=True):
    """Days in the city's zone, both included. ``begins`` are the first days of its columns, ``labels`` their names.

    ``name`` is what a year is called; it is empty for any other days.
    """

    first_on: date
    last_on: date
    zone: ZoneInfo
    begins: tuple[date, ...]
    labels: tuple[str, ...]
    name: str = ""

    @property
    def bounds(self) -> tuple[datetime, ...]:
        """The instants at which the columns begin, and last that at which the final one is over."""
        return tuple(self._midnight(day) for day in (*self.begins, self.last_on + timedelta(days=1)))

    def has(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on

    def column(self, day: date) -> int:
        """In which column a day of the period lies."""
        return bisect_right(self.begins, day) - 1

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    @property
    def words(self) -> str:
        """The days as people read them."""
        return f"{long_day(self.first_on)} to {long_day(self.last_on)}"

    @property
    def over_by(self) -> date:
        return self.last_on + timedelta(days=1)


def period(first_on: date, last_on: date, zone: ZoneInfo, name: str = "") -> Period:
    """From one day to another. Raises ``WrongUsage`` where there is no day between them."""
    if last_on < first_on:
        raise WrongUsage(f"The report would end on {last_on}, before it begins on {first_on}.", "Correct the days.")
    months = tuple(_months(first_on, last_on))
    if len(months) <= MOST_MONTHS:
        labels = tuple(month_of(day) for day in months)
        return Period(first_on=first_on, last_on=last_on, zone=zone, begins=months, labels=labels, name=name)
    years = tuple(max(first_on, date(number, 1, 1)) for number in range(first_on.year, last_on.year + 1))
    labels = tuple(str(day.year) for day in years)
    return Period(first_on=first_on, last_on=last_on, zone=zone, begins=years, labels=labels, name=name)


def last_year(today: date, zone: ZoneInfo) -> Period:
    """The eleven months before this one, and this one until today."""
    months = today.year * 12 + today.month - 12
    return period(date(months // 12, months % 12 + 1, 1), today, zone)


def year(text: str, starts: tuple[int, int], today: date, zone: ZoneInfo) -> Period:
    """A calendar year (``2026``), or a fiscal year (``FY2026``), which is called after the year in which it ends.

    One that is not over ends today. Raises ``WrongUsage`` for what is no year, or one that has not begun.
    """
    found = _YEAR.fullmatch(text.strip())
    if not found or not 1970 <= int(found[2]) <= 9000:
        raise WrongUsage(f"'{text}' after --annual is not a year.", "Write 2026, or FY2026 for a fiscal year.")
    number, fiscal = int(found[2]), bool(found[1])
    first_on = date(number, 1, 1)
    if fiscal and starts != (1, 1):
        first_on = date(number - 1, *starts)
    last_on = first_on.replace(year=first_on.year + 1) - timedelta(days=1)
    name = f"{'fiscal' if fiscal else 'calendar'} year {number}"
    if first_on > today:
        raise WrongUsage(f"The {name} begins on {first_on}, and today is {today}.", "Name a year that has begun.")
    return period(first_on, min(last_on, today), zone, name)


def month_of(day: date) -> str:
    return f"{day:%b %Y}"


def long_day(day: date) -> str:
    """``March 1, 2026``."""
    return f"{day:%B} {day.day}, {day.year}"


def _months(first_on: date, last_on: date) -> Iterator[date]:
    day = first_on
    while day <= last_on:
        yield day
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
