"""The days of the period: what was counted on each, and how the hold stood at its end.

Which entries are counted is not known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from retention.packet.verifier.life import Life
from retention.packet.verifier.text import Zone


class Days:
    """What happened on each day; the rows are those of the period, both ends included."""

    def __init__(self, first: str, last: str) -> None:
        self.first, self.last = first, last
        self.counts: dict[str, Counter[str]] = {}
        self.unreadable: dict[str, set[str]] = {}

    def count(self, day: str, what: str) -> None:
        self.counts.setdefault(day, Counter())[what] += 1

    def synchronised(self, day: str, mailboxes: int, unreadable: list[str]) -> None:
        self.count(day, "syncs")
        self.counts[day]["read"] = max(self.counts[day]["read"], mailboxes)
        self.unreadable.setdefault(day, set()).update(unreadable)

    def rows(self, life: Life, zone: Zone) -> Iterator[list[str]]:
        """The hold's life once more, day by day."""
        again, waiting = Life(life.name, life.placed, life.by_key), life.entries[::-1]
        placed_on = zone.day(waiting[-1].at)
        first, last = (date(*map(int, day.split("-"))).toordinal() for day in (self.first, self.last))
        for day in (date.fromordinal(number).isoformat() for number in range(first, last + 1)):
            while waiting and zone.day(waiting[-1].at) <= day:
                again.take(waiting.pop())
            counts = self.counts.get(day, Counter())
            counted = [str(counts[what]) for what in ("runs", "asked", "blocked", "left", "syncs", "read")]
            unreadable = str(len(self.unreadable.get(day, ())))
            yield [day, *again.standing(day, placed_on), *counted, unreadable, str(counts["vanished"])]


def alike(daily: list[list[str]]) -> Iterator[list[str]]:
    """The days put together on which the hold stood alike."""
    begin = 0
    for n in range(1, len(daily) + 1):
        if n == len(daily) or daily[n][1:4] != daily[begin][1:4]:
            yield [daily[begin][0], daily[n - 1][0], *daily[begin][1:4]]
            begin = n


def unread(daily: list[list[str]]) -> Iterator[list[str]]:
    """The days put together on which the hold was in force and nothing was read."""
    found: list[str] = []
    for row in [*daily, ["", "no"]]:
        if row[1] != "no" and row[8] == "0":
            found.append(row[0])
        elif found:
            yield [found[0], found[-1], str(len(found))]
            found = []
