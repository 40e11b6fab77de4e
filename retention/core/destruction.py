"""What the ledger says of the destruction of records, and what it amounts to: quarantined, restored, destroyed.

Whether a record may go is decided in ``disposal.py``, by whose consent in ``gate.py``; nothing is destroyed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal, NamedTuple

from msgspec import Struct

from retention.core.record import Record

Stage = Literal["quarantine", "destroy"]
"""The two stages of a destruction: into quarantine, and after some time the bytes."""


class Mark(Struct, frozen=True, kw_only=True):
    """Which mailbox had it, by which id, and when it was captured from there."""

    mailbox: str
    address: str
    id: str
    captured_at: datetime


class Tombstone(Struct, frozen=True, kw_only=True):
    """What stays of a destroyed record: ids, digests, dates, series and rule. Never a body, a subject or a sender.

    ``digest`` and ``sidecar`` are the SHA-256 of its two files, ``size`` the bytes of the first. ``retain`` and
    ``due_on`` are the period by which it went, ``fingerprint`` that of the edition that said so.
    """

    place: str
    digest: str
    sidecar: str
    size: int
    schedule: str
    edition: str
    fingerprint: str
    series: str
    title: str
    retain: str
    citation: str
    due_on: date | None
    internet_id: str
    received_at: datetime | None
    sent_at: datetime | None
    custody: tuple[Mark, ...]


class DestructionStarted(Struct, frozen=True, kw_only=True, tag="destruction started", tag_field="kind"):
    """A run begins a stage of this plan. ``made_by`` made the plan, ``approved_by`` are those whose approval counts.

    ``holds`` is the fingerprint of the holds by then, ``records`` how many records the stage is about, and ``reviewed``
    the series of which a person said that their records were looked at, each with what they said. ``days`` is how long
    they are to wait in quarantine.
    """

    plan: str
    stage: Stage
    made_by: str
    approved_by: tuple[str, ...]
    holds: str
    records: int
    reviewed: dict[str, str] = {}
    one_time: bool = False
    days: int = 0


class RecordDeed(Struct, frozen=True, kw_only=True, tag="record deed", tag_field="kind"):
    """What is about to be done to one stored record: written before the holds are asked once more and it is done.

    ``consents`` are the entries of those that open its gates. ``tombstone`` becomes true with the outcome "destroyed".
    ``series`` and ``custody`` say what a tombstone says of them, where there is none: a hold's proof asks for both.
    """

    plan: str
    step: int
    deed: Literal["quarantine", "destroy"]
    place: str
    digest: str
    consents: tuple[int, ...] = ()
    tombstone: Tombstone | None = None
    series: str = ""
    custody: tuple[Mark, ...] = ()


class RecordOutcome(Struct, frozen=True, kw_only=True, tag="record outcome", tag_field="kind"):
    """What became of it: ``quarantined``, ``destroyed``, ``held`` or ``skipped``; ``answer`` says why or how."""

    plan: str
    step: int
    deed: Literal["quarantine", "destroy"]
    place: str
    result: Literal["quarantined", "destroyed", "held", "skipped"]
    answer: str = ""
    holds: tuple[str, ...] = ()


class RecordRestored(Struct, frozen=True, kw_only=True, tag="record restored", tag_field="kind"):
    """Records are to be taken out of quarantine, and why. Written before it is done: from now on they stay."""

    places: tuple[str, ...]
    reason: str


class DestructionEnded(Struct, frozen=True, kw_only=True, tag="destruction ended", tag_field="kind"):
    """A stage of this plan came to its end; ``counts`` are its records by what became of each."""

    plan: str
    stage: Stage
    counts: dict[str, int]


class Certified(Struct, frozen=True, kw_only=True, tag="destruction certified", tag_field="kind"):
    """The certificate of a run was written: ``run`` is the entry that began it, ``digest`` the SHA-256 of its JSON."""

    plan: str
    run: int
    records: int
    digest: str


Told = DestructionStarted | RecordDeed | RecordOutcome | RecordRestored | DestructionEnded | Certified
"""What the ledger says of destruction."""


class Quarantined(NamedTuple):
    """A record that waits in quarantine: by which step of which plan, since when, and by what consents."""

    plan: str
    step: int
    since: datetime
    consents: tuple[int, ...]


class Destructions:
    """Which records are in quarantine, and which deeds, stages and runs are open. ``add`` takes entries in their order.

    ``open_runs`` are the runs of the second stage that have not ended, and ``results`` what came of each record so
    far, both by plan; ``uncertified`` those that have ended without a certificate yet.
    """

    def __init__(self) -> None:
        self.quarantined: dict[str, Quarantined] = {}
        self.open: dict[tuple[str, int, str], RecordDeed] = {}
        self.outcomes: dict[str, dict[int, RecordOutcome]] = {}
        self.started: dict[str, DestructionStarted] = {}
        self.ended: set[str] = set()
        self.open_runs: dict[str, int] = {}
        self.results: dict[str, dict[str, str]] = {}
        self.uncertified: dict[int, str] = {}
        self.revision = 0

    def add(self, n: int, at: datetime, body: Told) -> None:
        """Take in one entry."""
        self.revision += 1
        match body:
            case DestructionStarted(plan=plan, stage=stage):
                if stage == "quarantine":
                    self.started[plan] = body
                else:
                    self.open_runs[plan] = n
                    self.results.setdefault(plan, {})
            case RecordDeed(plan=plan, step=step, deed=deed):
                self.open[plan, step, deed] = body
            case RecordOutcome():
                self._came_to(at, body)
            case RecordRestored(places=places):
                for place in places:
                    self.stored(place)
            case DestructionEnded(plan=plan, stage="quarantine"):
                self.ended.add(plan)
                self.outcomes.pop(plan, None)
            case DestructionEnded(plan=plan) if plan in self.open_runs:
                self.uncertified[self.open_runs.pop(plan)] = plan
                self.results.pop(plan, None)
            case Certified(run=run):
                self.uncertified.pop(run, None)

    def stored(self, place: str) -> None:
        """What lies there is wanted (again): its quarantine is over, and so is every deed that was begun on it."""
        self.quarantined.pop(place, None)
        for key in [key for key, deed in self.open.items() if deed.place == place]:
            del self.open[key]

    def waiting(self, plan: str) -> Iterator[tuple[str, Quarantined]]:
        """The places that wait in quarantine by this plan."""
        return ((place, one) for place, one in self.quarantined.items() if one.plan == plan)

    def _came_to(self, at: datetime, outcome: RecordOutcome) -> None:
        deed = self.open.pop((outcome.plan, outcome.step, outcome.deed), None)
        if outcome.deed == "quarantine":
            self.outcomes.setdefault(outcome.plan, {})[outcome.step] = outcome
        elif outcome.plan in self.results:
            self.results[outcome.plan][outcome.place] = outcome.result
        if outcome.result == "quarantined":
            consents = deed.consents if deed else ()
            self.quarantined[outcome.place] = Quarantined(outcome.plan, outcome.step, at, consents)
        elif outcome.result == "destroyed":
            self.quarantined.pop(outcome.place, None)


def tombstone(record: Record, sidecar: str, fingerprint: str, retain: str, due_on: date | None) -> Tombstone:
    """What is to stay of this record, by the edition and the period under which it goes."""
    return Tombstone(
        place=record.place,
        digest=record.digest,
        sidecar=sidecar,
        size=record.size,
        schedule=record.schedule,
        edition=record.edition,
        fingerprint=fingerprint,
        series=record.series,
        title=record.title,
        retain=retain,
        citation=record.citation,
        due_on=due_on,
        internet_id=record.internet_id,
        received_at=record.received_at,
        sent_at=record.sent_at,
        custody=marks(record),
    )


def marks(record: Record) -> tuple[Mark, ...]:
    """From which mailboxes it was captured."""
    return tuple(
        Mark(mailbox=one.mailbox, address=one.address, id=one.id, captured_at=one.captured_at) for one in record.custody
    )
