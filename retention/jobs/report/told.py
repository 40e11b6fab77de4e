"""What the ledger tells, counted by day while its entries are read: deeds, decisions of people, and what went wrong.

The ledger is the evidence: what was done is never counted from the catalog, which can be begun anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from retention.core.access import AccessGranted, AccessUsed
from retention.core.audit import (
    Adopted,
    Approved,
    Entry,
    Intent,
    Outcome,
    Refused,
    Reviewed,
    SyncEnded,
    Torn,
)
from retention.core.consent import ConsentRecorded
from retention.core.destruction import RecordDeed, RecordOutcome, RecordRestored
from retention.core.hold import HoldAmended, HoldPlaced, HoldReleased
from retention.core.preserved import HeldVanished
from retention.core.restoring import PutBack
from retention.core.standing import StandingApproved

SeriesKey = tuple[str, str]
"""The name of a schedule, and the key of one of its series; both empty where the ledger names none."""


class Event(StrEnum):
    """What is counted by the day, beside deeds: acts of people, and what an auditor asks about."""

    REVIEWED = "messages decided in review"
    PLACED = "holds placed"
    AMENDED = "holds amended"
    RELEASED = "holds released"
    APPROVED = "plans approved"
    STANDING = "standing approvals given"
    ADOPTED = "schedules adopted"
    CONSENTED = "consents recorded"
    GRANTED = "grants of access to content"
    READ = "messages read under a grant"
    REFUSED = "acts refused, because they were not that person's office's"
    TORN = "ledger entries cut off while they were written, and closed"
    UNREADABLE = "readings in which a mailbox could not be read"
    GONE = "messages found gone without our doing"
    VANISHED = "held messages that vanished from their mailbox"
    PUT_BACK = "messages put back into their mailbox"
    RESTORED = "records taken out of quarantine"


class Deed(NamedTuple):
    """What became of messages or records on one day, and under which series."""

    on: date
    result: str
    series: SeriesKey


class Told:
    """Entries are added in the ledger's order; what is kept grows with days and series alone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.deeds: Counter[Deed] = Counter()
        self.records: Counter[Deed] = Counter()
        self.events: Counter[tuple[date, Event]] = Counter()
        self.by_mailbox: Counter[tuple[str, str]] = Counter()
        self.first_on: date | None = None
        self._intents: dict[tuple[str, int], SeriesKey] = {}
        self._record_deeds: dict[tuple[str, int, str], SeriesKey] = {}
        self._day: tuple[int, date] | None = None

    def add(self, entry: Entry) -> None:
        """Take in one entry."""
        body = entry.body
        match body:
            case Intent():
                self._intents[body.plan, body.step] = (body.schedule, body.series)
            case Outcome():
                self._came_to(entry.at, body)
            case PutBack():
                self.events[self._on(entry.at), Event.PUT_BACK] += 1
                self.by_mailbox[body.mailbox, "put back"] += 1
            case RecordDeed():
                self._record_deeds[body.plan, body.step, body.deed] = _series_of(body)
            case RecordOutcome():
                series = self._record_deeds.pop((body.plan, body.step, body.deed), ("", ""))
                self.records[Deed(self._on(entry.at), body.result, series)] += 1
            case _:
                for event, number in _events(entry):
                    self.events[self._on(entry.at), event] += number
        if self.first_on is None:
            self.first_on = self._on(entry.at)

    def _came_to(self, at: datetime, outcome: Outcome) -> None:
        series = self._intents.pop((outcome.plan, outcome.step), ("", ""))
        self.deeds[Deed(self._on(at), outcome.result, series)] += 1
        self.by_mailbox[outcome.mailbox, outcome.result] += 1

    def _on(self, at: datetime) -> date:
        """The civil day; entries come in their order, so that a quarter of an hour is asked for once."""
        quarter = int(at.timestamp()) // 900
        if self._day is None or self._day[0] != quarter:
            self._day = quarter, at.astimezone(self._zone).date()
        return self._day[1]


def _series_of(deed: RecordDeed) -> SeriesKey:
    if deed.tombstone is not None:
        return deed.tombstone.schedule, deed.tombstone.series
    return deed.place.partition("/")[0], deed.series


_ONCE: dict[type, Event] = {
    HoldPlaced: Event.PLACED,
    HoldAmended: Event.AMENDED,
    HoldReleased: Event.RELEASED,
    Approved: Event.APPROVED,
    StandingApproved: Event.STANDING,
    Adopted: Event.ADOPTED,
    ConsentRecorded: Event.CONSENTED,
    AccessGranted: Event.GRANTED,
    Refused: Event.REFUSED,
    Torn: Event.TORN,
    HeldVanished: Event.VANISHED,
}
"""What counts once for each entry."""


def _events(entry: Entry) -> Iterator[tuple[Event, int]]:
    body = entry.body
    if event := _ONCE.get(type(body)):
        yield event, 1
    match body:
        case Reviewed(ids=ids):
            yield Event.REVIEWED, len(ids)
        case RecordRestored(places=places):
            yield Event.RESTORED, len(places)
        case AccessUsed(digest=""):
            yield Event.READ, 1
        case SyncEnded(gone=gone, unreadable=unreadable):
            yield Event.GONE, gone
            yield Event.UNREADABLE, len(unreadable)
