"""The certificate of a destruction: what went, by whose word and by which means, what stays of it and what stayed.

It is made from the ledger alone. How it is printed is not known here, nor where it is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from retention.core.account import Account, Act, Fate
from retention.core.consent import ConsentRecorded
from retention.core.destruction import DestructionStarted, Tombstone
from retention.core.elsewhere import UNSAID, Other, doubts, others

FORMAT = 1
METHODS = {
    "disk": "Each record's file, and the file of its metadata beside it, was deleted from the record store, a file "
    "system. That the medium was overwritten is not claimed: whoever runs it answers for what becomes of it.",
    "object": "Each record's object, and the object of its metadata beside it, was deleted from the record store, an "
    "object store, with every version that it kept. How its provider clears its media is not known here.",
    "": "Each record, and its metadata, was deleted from the record store.",
}
"""How bytes go, by the kind of record store. What was certified is made again from the ledger, byte for byte: these
words, and those of ``elsewhere.py``, must never be changed. Others need a format of another number."""
FINAL = (
    "Nothing that belongs to this product brings these records back: their time in quarantine is over, and what stays "
    "are the tombstones below. Copies that others have, as far as they are known, are listed."
)


class Approval(Struct, frozen=True, kw_only=True):
    """Who approved the plan, when, and in which entry."""

    by: str
    at: datetime
    entry: int


class Allowed(Struct, frozen=True, kw_only=True):
    """A consent by which records went: its entry, what is on file, and how many of the records it opened a gate for."""

    entry: int
    gate: str
    schedule: str
    reference: str
    given_by: str
    given_on: date
    until: date | None
    filed_by: str
    filed_at: datetime
    document: str
    records: int


class OfSeries(Struct, frozen=True, kw_only=True):
    """What went of one series, by the period that was in force: ``years`` are those of receipt, with their records.

    ``first_on`` and ``last_on`` are the days of receipt of its first and last record, where they are known.
    """

    schedule: str
    edition: str
    series: str
    title: str
    retain: str
    citation: str
    years: dict[str, int]
    records: int
    size: int
    first_on: date | None
    last_on: date | None


class Gone(Struct, frozen=True, kw_only=True):
    """A record that was destroyed: what stays of it, by which step, when it went into quarantine and when for good."""

    step: int
    quarantined_at: datetime | None
    destroyed_at: datetime
    consents: tuple[int, ...]
    tombstone: Tombstone


class Stayed(Struct, frozen=True, kw_only=True):
    """A record of the plan that was not destroyed by now, and why."""

    step: int
    place: str
    state: str
    why: str


class Certificate(Struct, frozen=True, kw_only=True):
    """The whole certificate. ``run`` is the entry that began the run, ``by`` who did it, ``made_by`` made the plan.

    ``planned`` = ``records`` + ``earlier`` (destroyed by earlier runs) + the number of ``stayed``.
    """

    format: int = FORMAT
    city: str
    rehearsal: bool
    time_zone: str
    plan: str
    run: int
    begun_at: datetime
    ended_at: datetime
    by: str
    made_by: str
    approvals: tuple[Approval, ...]
    consents: tuple[Allowed, ...]
    reviewed: dict[str, str]
    one_time: bool
    planned: int
    earlier: int
    records: int
    size: int
    series: tuple[OfSeries, ...]
    method: str
    final: str
    elsewhere: tuple[Other, ...]
    backups: str
    doubts: tuple[str, ...]
    gone: tuple[Gone, ...]
    stayed: tuple[Stayed, ...]


class Unfinished(ValueError):
    """There is nothing to certify yet: the run is not there, or has not come to its end."""


def encoded(certificate: Certificate) -> bytes:
    """The certificate as JSON: the same one always gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(certificate), indent=1) + b"\n"


def certificate(account: Account) -> Certificate:
    """The certificate of the account's run. Raises ``Unfinished``."""
    begun, planned = account.begun, account.planned
    if begun is None or planned is None:
        raise Unfinished(f"entry {account.run} begins no destruction")
    if account.ended_at is None:
        raise Unfinished(f"the run of entry {account.run} has not come to its end")
    said, first = begun.said, planned.said
    assert isinstance(said, DestructionStarted) and isinstance(first, DestructionStarted)
    zone = _zone(account)
    gone = tuple(_gone(account))
    places = frozenset(one.tombstone.place for one in gone)
    earlier = sum(fate.state == "destroyed" and fate.run != account.run for fate in account.fates.values())
    return Certificate(
        city=account.city,
        rehearsal=account.rehearsal,
        time_zone=zone.key,
        plan=account.plan,
        run=account.run,
        begun_at=begun.at,
        ended_at=account.ended_at,
        by=begun.by,
        made_by=said.made_by,
        approvals=tuple(_approvals(account, said)),
        consents=tuple(_consents(account, gone)),
        reviewed=dict(sorted(said.reviewed.items())),
        one_time=said.one_time,
        planned=first.records,
        earlier=earlier,
        records=len(gone),
        size=sum(one.tombstone.size for one in gone),
        series=tuple(_series(gone, zone)),
        method=_method(account),
        final=FINAL,
        elsewhere=tuple(others(account.told, places)),
        backups=_backups(account, account.ended_at, zone),
        doubts=tuple(doubts(account.told, places)),
        gone=gone,
        stayed=tuple(_stayed(account, first.records)),
    )


def _zone(account: Account) -> ZoneInfo:
    """The city's by then, as the ledger tells it: what the settings say may have changed since."""
    return ZoneInfo(next((one.time_zone for one in account.told if one.time_zone), "UTC"))


def _gone(account: Account) -> Iterator[Gone]:
    for fate in sorted(account.fates.values(), key=lambda fate: fate.step):
        if fate.state == "destroyed" and fate.run == account.run:
            assert fate.deed is not None and fate.deed.tombstone is not None and fate.ended_at is not None
            yield Gone(
                step=fate.step,
                quarantined_at=fate.quarantined_at,
                destroyed_at=fate.ended_at,
                consents=fate.deed.consents,
                tombstone=fate.deed.tombstone,
            )


def _approvals(account: Account, said: DestructionStarted) -> Iterator[Approval]:
    for by in said.approved_by:
        act = account.approvals.get(by)
        if act is not None:
            yield Approval(by=by, at=act.at, entry=act.entry)


def _consents(account: Account, gone: Iterable[Gone]) -> Iterator[Allowed]:
    counted = Counter(entry for one in gone for entry in one.consents)
    for entry, records in sorted(counted.items()):
        act = account.consents.get(entry)
        if act is not None and isinstance(act.said, ConsentRecorded):
            yield _allowed(act, act.said, records)


def _allowed(act: Act, said: ConsentRecorded, records: int) -> Allowed:
    return Allowed(
        entry=act.entry,
        gate=said.gate,
        schedule=said.schedule,
        reference=said.reference,
        given_by=said.given_by,
        given_on=said.given_on,
        until=said.until,
        filed_by=act.by,
        filed_at=act.at,
        document=said.document,
        records=records,
    )


def _series(gone: Iterable[Gone], zone: ZoneInfo) -> Iterator[OfSeries]:
    groups: dict[tuple[str, ...], list[Tombstone]] = {}
    for one in gone:
        stone = one.tombstone
        key = (stone.schedule, stone.series, stone.edition, stone.title, stone.retain, stone.citation)
        groups.setdefault(key, []).append(stone)
    for (schedule, series, edition, title, retain, citation), stones in sorted(groups.items()):
        days = [stone.received_at.astimezone(zone).date() for stone in stones if stone.received_at]
        years = Counter(stone.place.split("/")[-2] for stone in stones)
        yield OfSeries(
            schedule=schedule,
            edition=edition,
            series=series,
            title=title,
            retain=retain,
            citation=citation,
            years=dict(sorted(years.items())),
            records=len(stones),
            size=sum(stone.size for stone in stones),
            first_on=min(days, default=None),
            last_on=max(days, default=None),
        )


def _stayed(account: Account, planned: int) -> Iterator[Stayed]:
    for fate in sorted(account.fates.values(), key=lambda fate: fate.step):
        if fate.state != "destroyed":
            yield Stayed(step=fate.step, place=fate.place, state=_STATES.get(fate.state, fate.state), why=_why(fate))
    # A run that is still at its first stage may have steps of which nothing is written yet.
    for step in sorted(set(range(1, planned + 1)) - account.fates.keys()):
        yield Stayed(step=step, place="", state="not begun", why="nothing is written of it yet")


_STATES = {"begun": "not known", "quarantined": "in quarantine", "restored": "taken out of quarantine"}


def _why(fate: Fate) -> str:
    if fate.state == "begun":
        return "what became of it is not written"
    return "its time there is not over" if fate.state == "quarantined" else fate.why


def _method(account: Account) -> str:
    kinds = dict.fromkeys(one.store for one in account.told) or {"": None}
    return " ".join(
        METHODS.get(kind, "Each record, and its metadata, was deleted from the record store.") for kind in kinds
    )


def _backups(account: Account, ended_at: datetime, zone: ZoneInfo) -> str:
    told = [one.backups for one in account.told if one.backups]
    if not told:
        return f"Not known: {UNSAID}. A backup may still have what was destroyed here."
    last = max(ended_at.astimezone(zone).date() + timedelta(days=int(one.split(maxsplit=1)[0])) for one in told)
    return (
        f"By the city's word its backups expire: from {last} on none has what was destroyed here. Until then one may."
    )
