"""The days of a proof: what is counted for each, and how the hold stood at its end.

Which entries are counted is decided next door.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.core.audit import Entry
from retention.core.proof.life import LIFE, Life, days
from retention.core.proof.tables import NO, Row


class Period(Struct, frozen=True, kw_only=True):
    """The days that a proof shows day by day, both ends included. What is told entry by entry is told of all days."""

    first: date
    last: date


class Days:
    """What happened on each day; the rows are those of the period."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._counts: dict[date, Counter[str]] = {}
        self._unreadable: dict[date, set[str]] = {}

    def count(self, day: date, what: str) -> None:
        self._counts.setdefault(day, Counter())[what] += 1

    def synchronised(self, day: date, mailboxes: int, unreadable: Iterable[str]) -> None:
        self.count(day, "syncs")
        counts = self._counts[day]
        counts["read"] = max(counts["read"], mailboxes)
        self._unreadable.setdefault(day, set()).update(unreadable)

    def rows(self, life: Life, trusted: Callable[[int], bool], zone: ZoneInfo) -> Iterator[Row]:
        """Every day of the period: the hold as it stood at its end, and what was counted."""
        again, waiting = Life(life.name, life.placed, trusted), list(reversed(life.entries))
        placed_on = _on(waiting[-1], zone) if waiting else None
        for day in days(self._period.first, self._period.last):
            while waiting and _on(waiting[-1], zone) <= day:
                entry = waiting.pop()
                assert isinstance(entry.body, LIFE)  # no other entry is kept of a hold's life
                again.take(entry, entry.body)
            counts = self._counts.get(day, Counter())
            yield (
                str(day),
                *again.standing(day, placed_on),
                *(str(counts[what]) for what in ("runs", "asked", "blocked", "left", "syncs", "read")),
                str(len(self._unreadable.get(day, ()))),
                str(counts["vanished"]),
            )


def standing(daily: Iterable[Row]) -> Iterator[Row]:
    """The days put together on which nothing changed."""
    first, last, how = "", "", ("", "", "")
    for row in daily:
        if last and how != row[1:4]:
            yield first, last, *how
            first = ""
        first, last, how = first or row[0], row[0], (row[1], row[2], row[3])
    if last:
        yield first, last, *how


def unread(daily: Iterable[Row]) -> Iterator[Row]:
    """The days put together on which it was in force and nothing was read from the mail system."""
    first, last, length = "", "", 0
    for row in daily:
        if row[1] != NO and row[8] == "0":
            first, last, length = first or row[0], row[0], length + 1
        elif length:
            yield first, last, str(length)
            first, length = "", 0
    if length:
        yield first, last, str(length)


def offsets(zone: ZoneInfo, first: datetime, last: datetime) -> tuple[tuple[int, int], ...]:
    """From which second (since 1970, UTC) the zone lies how many seconds east of UTC, over this time."""

    def offset(second: int) -> int:
        there = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
        return int(there.total_seconds()) if there else 0

    at, end = int(first.timestamp()), int((last + timedelta(days=1)).timestamp())
    found = [(at, offset(at))]
    while at < end:
        later = at + 86400
        if offset(later) != found[-1][1]:
            low, high = at, later
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
            found.append((high, offset(high)))
        at = later
    return tuple(found)


def _on(entry: Entry, zone: ZoneInfo) -> date:
    return entry.at.astimezone(zone).date()
