"""Standing approvals: an office's yes, in advance, to plans that take mail of certain series and nothing else.

Who may give one, and whether it can be relied on, is not decided here. Stored records are never destroyed under one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime

from msgspec import Struct

SeriesKey = tuple[str, str]
"""The name of a schedule, and the key of one of its series."""


class StandingApproved(Struct, frozen=True, kw_only=True, tag="standing approved", tag_field="kind"):
    """An office lets mail of these series leave through ``retention run``, until that day and that day included.

    ``editions`` are the fingerprints of their schedules: another edition has to be approved anew. ``largest`` is how
    many messages one plan may take under it.
    """

    series: tuple[SeriesKey, ...]
    editions: dict[str, str]
    largest: int
    until: date
    reason: str = ""


class StandingWithdrawn(Struct, frozen=True, kw_only=True, tag="standing withdrawn", tag_field="kind"):
    """The standing approval of entry ``entry`` approves nothing from now on."""

    entry: int
    reason: str


class ApprovedInAdvance(Struct, frozen=True, kw_only=True, tag="approved in advance", tag_field="kind"):
    """By the standing approval of entry ``entry``, given by ``by``, so many steps of this plan are approved."""

    plan: str
    entry: int
    by: str
    steps: int


Told = StandingApproved | StandingWithdrawn | ApprovedInAdvance
"""What the ledger says of standing approvals."""


class Standings:
    """All that were given, by their entries: who gave each and when. ``used``: plans, and by which one they ran."""

    def __init__(self) -> None:
        self.given: dict[int, tuple[datetime, str, StandingApproved]] = {}
        self.withdrawn: set[int] = set()
        self.used: set[tuple[str, int]] = set()

    def add(self, n: int, at: datetime, by: str, body: Told) -> None:
        """Take in entry ``n``."""
        match body:
            case StandingApproved():
                self.given[n] = at, by, body
            case StandingWithdrawn(entry=entry):
                self.withdrawn.add(entry)
            case ApprovedInAdvance(plan=plan, entry=entry):
                self.used.add((plan, entry))


class Standing(Struct, frozen=True):
    """One that was given: in which entry, by whom, on which day in the city's zone."""

    entry: int
    by: str
    on: date
    said: StandingApproved

    @property
    def until(self) -> date:
        """Its last day; never later than a year after it was given, whatever it says."""
        return min(self.said.until, a_year_from(self.on))

    def lapsed(self, today: date, editions: Mapping[str, str], withdrawn: bool) -> str:
        """Why it approves nothing today, in a sentence; empty where it does.

        ``editions`` are the fingerprints of the schedules that are in use and adopted today, by their names.
        """
        if withdrawn:
            return "It was withdrawn."
        if today > self.until:
            return f"It ended on {self.until}."
        if today < self.on:
            return f"It is in effect from {self.on} only: the clock was set back."
        for schedule, fingerprint in self.said.editions.items():
            if editions.get(schedule) != fingerprint:
                return f"It was given for another edition of the schedule '{schedule}'; it has to be given anew."
        return ""


def a_year_from(on: date) -> date:
    """The last day of a standing approval that was given on this day: it has to be given anew every year."""
    leap_day = (on.month, on.day) == (2, 29)
    return on.replace(year=on.year + 1, day=28 if leap_day else on.day)


def newest(given: Iterable[Standing]) -> dict[SeriesKey, int]:
    """For each series the entry of the newest standing approval that names it: it takes the place of those before.

    One that was withdrawn or has lapsed is among them: what it replaced does not come back.
    """
    by_series: dict[SeriesKey, int] = {}
    for one in sorted(given, key=lambda one: one.entry):
        by_series.update(dict.fromkeys(one.said.series, one.entry))
    return by_series


def shared_out(
    steps: Iterable[SeriesKey], given: Iterable[Standing], counting: Container[int]
) -> tuple[dict[int, int], frozenset[SeriesKey]]:
    """How many of these steps each standing approval approves, by its entry, and the series that none of them covers.

    ``given`` are all there ever were, ``counting`` the entries of those that approve something today.
    """
    by_series = newest(given)
    taken: dict[int, int] = {}
    uncovered = set()
    for key in steps:
        entry = by_series.get(key, -1)
        if entry in counting:
            taken[entry] = taken.get(entry, 0) + 1
        else:
            uncovered.add(key)
    return taken, frozenset(uncovered)
