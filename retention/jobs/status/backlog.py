"""The backlog: what waits for a person's decision by age, and what lies exposed, from counts that are kept.

Which messages these are, and of which mailbox, is the business of ``jobs/review.py`` and ``jobs/gap.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from retention.catalog.tallies import REVIEW, Kind, Wait
from retention.jobs.gap import Gap
from retention.jobs.world import World

AGES = {"received within 30 days": 30, "within a year": 365}
OLDER, UNDATED = "older", "undated"


class Backlog(Struct, frozen=True, kw_only=True):
    """Messages that fit no series, or more than one, by the age of their receipt; ``since`` is the oldest's day."""

    messages: int = 0
    by_age: dict[str, int] = {}
    since: date | None = None


def backlog(world: World) -> Backlog:
    """How much waits for review. Transitory mail beside a record is not counted: ``review list`` finds it."""
    days = world.catalog.tallies.ages(*REVIEW)
    by_age = dict.fromkeys((*AGES, OLDER, UNDATED), 0)
    for day, number in days.items():
        by_age[_age(world.today, day)] += number
    return Backlog(messages=sum(days.values()), by_age=by_age, since=_first(days))


def exposure(world: World) -> Gap:
    """The capture gap of all mailboxes together: as ``gap`` finds it, its times rounded up to minutes or hours."""
    tallies = world.catalog.tallies
    waits, undated = tallies.waits()
    records = sum(one.records for one in waits)
    waiting, since = tallies.waiting(), _first(tallies.ages(Kind.RECORD))
    gone, gone_records = tallies.gone()
    return Gap(
        captured=records + undated,
        undated=undated,
        median=_within(waits, records, 50),
        ninth=_within(waits, records, 90),
        longest=_within(waits, records, 100),
        waiting=waiting,
        waiting_since=datetime.combine(since, time(12), UTC) if since else None,
        gone=gone,
        gone_records=gone_records,
        gone_since=None,
    )


def _within(waits: Sequence[Wait], records: int, percent: int) -> timedelta | None:
    """Within what time so many of a hundred were captured."""
    wanted = -(-records * percent // 100)
    for one in waits:
        wanted -= one.records
        if wanted <= 0:
            return one.within
    return None


def _first(days: dict[date | None, int]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _age(today: date, received: date | None) -> str:
    if received is None:
        return UNDATED
    return next((age for age, days in AGES.items() if today - received <= timedelta(days=days)), OLDER)
