"""Find stored records: by series, custodian, days, holds and the words of their headers; and tell all of one of them.

No content is read here; that is in ``reading.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from retention.catalog.finding import Wanted
from retention.catalog.records import Kept
from retention.core.access import AccessUsed
from retention.core.accession import RecordsExported, TransferAccepted
from retention.core.audit import Entry, Stored
from retention.core.destruction import RecordDeed, RecordOutcome, RecordRestored
from retention.core.disposal import covered
from retention.errors import NoSuchHold, WrongUsage
from retention.jobs.record.due import due_by, work_out
from retention.jobs.record.judging import Judging
from retention.jobs.record.known import take_in
from retention.jobs.world import Progress, World, silent

STATES = ("kept", "quarantined", "destroyed")
DAY = timedelta(days=1)


class Asked(Struct, frozen=True, kw_only=True):
    """What a person asks for; what is empty is not asked. All days are included, in the city's time.

    ``hold`` is a hold's name; ``held``: any hold covers it. ``due_year``: due on a day of that year.
    ``due_changed``: due on another day than when it was captured.
    """

    schedule: str = ""
    series: str = ""
    custodian: str = ""
    first: date | None = None
    last: date | None = None
    due_by: date | None = None
    due_year: int | None = None
    due_changed: bool = False
    held: bool = False
    hold: str = ""
    state: str = ""
    words: str = ""


class Listed(Struct, frozen=True, kw_only=True):
    """One record that was found. ``n`` is its short number; ``held_by`` is only filled where holds were asked for."""

    n: int
    place: str
    state: str
    since: datetime | None
    schedule: str
    series: str
    title: str
    received_at: datetime | None
    received_on: date | None
    subject: str
    sender: str
    custodians: tuple[str, ...]
    size: int | None
    due_on: date | None
    due_why: str
    due_when_captured: date | None
    verified_at: datetime | None
    trouble: str
    held_by: tuple[str, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """The first of what was found, and how many records that is in all.

    ``changed`` counts by series the records whose due dates were just found to be others, by the rules of today.
    """

    shown: tuple[Listed, ...]
    records: int
    changed: dict[str, int]


class Moment(Struct, frozen=True, kw_only=True):
    """What the ledger says of a record in one of its entries."""

    entry: int
    at: datetime
    by: str
    what: str


class Shown(Struct, frozen=True, kw_only=True):
    """All that is known of one record. ``reasons`` say why it is kept as things stand; ``due_why`` names the rule.

    ``gates`` are the consents that its destruction needs, each with why it is shut; empty where one is on file.
    """

    kept: Kept
    due_on: date | None
    due_why: str
    held_by: tuple[str, ...]
    reasons: tuple[str, ...]
    gates: dict[str, str]
    history: tuple[Moment, ...]


def listed(world: World, asked: Asked, limit: int | None = None, progress: Progress = silent) -> Found:
    """The records that are asked for: the best first where words are looked for, else in the order of their capture.

    Raises ``WrongUsage`` and ``NoSuchHold`` for what cannot be asked, and where holds are asked for what ``trusted``
    raises.
    """
    if asked.state and asked.state not in STATES:
        raise WrongUsage(f"'{asked.state}' is no state of a record.", f"It is one of {', '.join(STATES)}.")
    if asked.hold and asked.hold not in world.ledger.in_force.holds.states:
        raise NoSuchHold(f"There is no hold '{asked.hold}'.", "See `retention hold list` for their names.")
    changed = Counter(f"{one.schedule}: {one.series}" for one in work_out(world, progress))
    judging, shown, records = Judging(world), list[Listed](), 0
    for kept in world.catalog.records.wanted(_wanted(world, asked)):
        held_by = _held_by(judging, kept) if asked.held or asked.hold else ()
        if (asked.held and not held_by) or (asked.hold and asked.hold not in held_by):
            continue
        records += 1
        if limit is None or records <= limit:
            shown.append(_listed(world, kept, held_by))
    return Found(shown=tuple(shown), records=records, changed=dict(changed.most_common()))


def show(world: World, text: str) -> Shown:
    """The record with this number, place or digest. Raises ``WrongUsage`` where there is none, or more than one."""
    take_in(world)
    kept = one(world, text)
    judging = Judging(world)
    due_on, due_why, held_by, reasons, gates = kept.due_on, kept.due_why, tuple[str, ...](), tuple[str, ...](), {}
    if kept.record is not None:
        due_on, due_why = due_by(judging, kept.record)
        decision = judging.decide(kept.record)
        held_by, reasons = decision.held_by, tuple(reason.sentence for reason in decision.reasons)
        shut = {one.gate.id: one.sentence for one in judging.shut(kept.record)}
        gates = {gate.title: shut.get(gate.id, "") for gate in judging.gates(kept.record)}
    return Shown(
        kept=kept,
        due_on=due_on,
        due_why=due_why,
        held_by=held_by,
        reasons=reasons,
        gates=gates,
        history=tuple(_history(world, kept)),
    )


def one(world: World, text: str) -> Kept:
    """The one record that is meant; the catalog must have taken in the ledger. Raises ``WrongUsage``."""
    found = world.catalog.records.find(text)
    if not found:
        raise WrongUsage(
            f"There is no record '{text}'.",
            "Give its number as `retention record list` shows it, its place, or the beginning of its digest.",
        )
    if len(found) > 1:
        places = ", ".join(f"{kept.n} at {kept.place.rpartition('/')[0]}" for kept in found[:10])
        raise WrongUsage(f"'{text}' is more than one record: {places}.", "Give the number of the one that is meant.")
    return found[0]


def _wanted(world: World, asked: Asked) -> Wanted:
    addresses = tuple(filter(None, [asked.custodian.strip().lower()]))
    boxes = [box for box in world.directory.mailboxes if set(addresses) & set(map(str.lower, box.addresses))]
    due_from = date(asked.due_year, 1, 1) if asked.due_year else None
    befores = [asked.due_by + DAY] if asked.due_by else []
    befores += [date(asked.due_year + 1, 1, 1)] if asked.due_year else []
    return Wanted(
        schedule=asked.schedule,
        series=asked.series,
        mailboxes=tuple(box.id for box in boxes),
        addresses=addresses,
        received_from=_midnight(world, asked.first),
        received_before=_midnight(world, asked.last + DAY if asked.last else None),
        due_from=due_from,
        due_before=min(befores, default=None),
        due_changed=asked.due_changed,
        state=asked.state,
        words=asked.words,
    )


def _midnight(world: World, on: date | None) -> datetime | None:
    return datetime.combine(on, time(), world.city.zone) if on else None


def _held_by(judging: Judging, kept: Kept) -> tuple[str, ...]:
    return tuple(reason.hold for reason in covered(judging.case(kept.record))) if kept.record is not None else ()


def _listed(world: World, kept: Kept, held_by: tuple[str, ...]) -> Listed:
    record, received = kept.record, kept.received_at
    series = world.series_of(kept.schedule, kept.series)
    return Listed(
        n=kept.n,
        place=kept.place,
        state=kept.state,
        since=kept.since,
        schedule=kept.schedule,
        series=kept.series,
        title=series.title if series else record.title if record else "",
        received_at=received,
        received_on=received.astimezone(world.city.zone).date() if received else None,
        subject=record.subject if record else "",
        sender=record.sender if record else "",
        custodians=tuple(dict.fromkeys(custody.address for custody in record.custody)) if record else (),
        size=kept.size,
        due_on=kept.due_on,
        due_why=kept.due_why,
        due_when_captured=record.due_on if record else None,
        verified_at=kept.verified_at,
        trouble=kept.trouble,
        held_by=held_by,
    )


def _history(world: World, kept: Kept) -> Iterator[Moment]:
    ids = {(custody.mailbox, custody.id) for custody in kept.record.custody} if kept.record else set()
    exported: set[int] = set()
    for link in world.ledger.links():
        entry = link.entry
        what = _told(entry, kept.place, ids, exported)
        if what:
            yield Moment(entry=entry.n, at=entry.at, by=entry.by, what=what)


def _told(entry: Entry, place: str, ids: set[tuple[str, str]], exported: set[int]) -> str:
    """What this entry says of the record at this place; empty where it says nothing of it."""
    what = ""
    match entry.body:
        case Stored() as stored if stored.place == place:
            what = f"captured, by plan {stored.plan[:8]}"
        case RecordDeed(place=of, plan=plan, deed="destroy") if of == place:
            what = f"about to be destroyed, by plan {plan[:8]}"
        case RecordOutcome(place=of, result=result, plan=plan, answer=answer) if of == place:
            what = f"{result}, by plan {plan[:8]}{f': {answer}' if answer else ''}"
        case RecordRestored(places=places, reason=reason) if place in places:
            what = f"taken out of quarantine: {reason}"
        case RecordsExported(purpose=purpose) as told if told.has(place):
            exported.add(entry.n)
            what = f"exported{f': {purpose}' if purpose else ''}"
        case TransferAccepted(export=export, archive=archive, reference=reference) if export in exported:
            what = f"taken over by {archive} ({reference})"
        case AccessUsed(mailbox=mailbox, id=id_, what=used, digest="") if (mailbox, id_) in ids:
            what = f"its content was asked for: {used}"
    return what
