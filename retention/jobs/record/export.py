"""Export: write records into a bag for an archive, by order of the office that keeps them, and say so before and after.

How a bag is made is in ``bagging``; what an archive answers is in ``transfer.py``. Nothing leaves the record store.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from retention import __version__
from retention.bagging import Facts, Mailbag
from retention.catalog.records import Kept
from retention.core.accession import ExportOrdered, RecordsExported
from retention.core.authority import Act
from retention.core.consent import grouped
from retention.core.period import Dates, Never, due
from retention.core.record import sidecar_digest
from retention.errors import RecordMismatch, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.record.known import take_in
from retention.jobs.record.listing import Asked, listed, one
from retention.jobs.world import Progress, World, silent

WAITS = "it is in quarantine, to be destroyed"
GONE = "it is destroyed"


class Choice(Struct, frozen=True, kw_only=True):
    """Which records are to go: those ``named`` by number, place or digest, or all that are ``asked`` for.

    ``permanent``: of these, only those whose series is kept for good, as the schedule in use says.
    """

    named: tuple[str, ...] = ()
    asked: Asked = Asked()
    permanent: bool = False


class Left(Struct, frozen=True, kw_only=True):
    """A record that is not in the bag, and why. ``broken``: it should be there, and its files are not as they were."""

    place: str
    why: str
    broken: bool = False


class Exported(Struct, frozen=True, kw_only=True):
    """A bag that was written: ``entry`` of the ledger tells of it, ``manifest`` is the SHA-256 of its tag manifest."""

    folder: str
    bag: str
    entry: int
    manifest: str
    records: int
    files: int
    size: int
    left: tuple[Left, ...]


def export(world: World, folder: Path, choice: Choice, *, purpose: str = "", progress: Progress = silent) -> Exported:
    """Write the records that are chosen into a bag at ``folder``, where nothing may be yet.

    The office's order is in the ledger before the first of them is read. Raises ``NotThisOffice``, ``WrongUsage`` where
    there is nothing to export or something at that place, ``RecordMismatch`` where no record or not the bag is as it
    should be, and ``StoreNotAnswering``; then nothing of the bag remains.
    """
    with world.alone():
        world.ledger.refresh()
        world.require(Act.TRANSFER_RECORDS)
        kept, left = _chosen(world, choice, progress)
        if not kept:
            raise WrongUsage(f"There is no record to export{_because(left)}.", "See `retention record list`.")
        bag = str(uuid.uuid4())
        with Mailbag(folder, _facts(world, bag, purpose)) as writing:
            world.ledger.append(signed(world, Act.TRANSFER_RECORDS, _order(bag, kept, choice, purpose)))
            packed = _pack(world, writing, kept, left, progress)
            if not packed:
                raise RecordMismatch(f"There is no record to export{_because(left)}.", "See `retention record verify`.")
            sealed = writing.seal(_entry(world, ExportOrdered, bag))
            writing.publish()
        world.ledger.append(
            RecordsExported(bag=bag, manifest=sealed.manifest, records=dict(grouped(packed)), purpose=purpose.strip())
        )
        return Exported(
            folder=str(writing.folder),
            bag=bag,
            entry=_entry(world, RecordsExported, bag),
            manifest=sealed.manifest,
            records=sealed.messages,
            files=sealed.files,
            size=sealed.size,
            left=tuple(left),
        )


def _chosen(world: World, choice: Choice, progress: Progress) -> tuple[list[Kept], list[Left]]:
    """The records that are meant and kept, by their place, and why the others are not."""
    kept, left = {}, []
    for found in _meant(world, choice, progress):
        match found.state:
            case "kept":
                kept[found.place] = found
            case "quarantined":
                left.append(Left(place=found.place, why=WAITS))
            case "destroyed" if choice.named:
                left.append(Left(place=found.place, why=GONE))
    return [kept[place] for place in sorted(kept)], left


def _meant(world: World, choice: Choice, progress: Progress) -> Iterator[Kept]:
    if choice.named:
        if choice != Choice(named=choice.named):
            raise WrongUsage("Records are named one by one, and chosen as well.", "Name them, or say which by options.")
        take_in(world)
        yield from (one(world, text) for text in choice.named)
        return
    for found in listed(world, choice.asked, progress=progress).shown:
        kept = world.catalog.records.at(found.place)
        if kept is not None and (not choice.permanent or _is_permanent(world, kept)):
            yield kept


def _is_permanent(world: World, kept: Kept) -> bool:
    """Whether no date and no event ever ends its period, as the schedule in use has it."""
    schedule, key = (kept.record.schedule, kept.record.series) if kept.record else (kept.schedule, kept.series)
    series = world.series_of(schedule, key)
    return series is not None and isinstance(due(series.enforced, Dates()), Never)


def _order(bag: str, kept: list[Kept], choice: Choice, purpose: str) -> ExportOrdered:
    places = "".join(f"{record.place}\n" for record in kept)
    return ExportOrdered(
        bag=bag,
        records=len(kept),
        digest=hashlib.sha256(places.encode()).hexdigest(),
        asked="; ".join(_asked(choice)) or "every record",
        purpose=purpose.strip(),
    )


def _asked(choice: Choice) -> Iterator[str]:
    if choice.named:
        yield f"{len(choice.named)} named"
    for field in msgspec.structs.fields(Asked):
        if said := getattr(choice.asked, field.name):
            yield f"{field.name} {said}"
    if choice.permanent:
        yield "permanent"


def _pack(world: World, bag: Mailbag, records: list[Kept], left: list[Left], progress: Progress) -> list[str]:
    """Read every record, check it and put it into the bag; return the places of those that are in it."""
    packed = []
    for done, kept in enumerate(records):
        progress(done, len(records), kept.place.rpartition("/")[0])
        try:
            record = world.store.record(kept.place)
            if record.place != kept.place or sidecar_digest(record) != kept.sidecar:
                raise RecordMismatch("its sidecar is not the one that the ledger tells of")
            bag.add(record, world.store.get(kept.place))
        except RecordMismatch as mismatch:
            left.append(Left(place=kept.place, why=mismatch.message.rstrip("."), broken=True))
            bag.leave_out(kept.record.internet_id if kept.record else "")
            continue
        packed.append(kept.place)
    progress(len(records), len(records), "checking the bag")
    return packed


def _facts(world: World, bag: str, purpose: str) -> Facts:
    return Facts(
        identifier=bag,
        city=world.city.city.name,
        person=world.actor.name,
        address=world.actor.address,
        version=__version__,
        made_at=world.now().astimezone(world.city.zone),
        purpose=purpose.strip(),
    )


def _entry(world: World, kind: type[ExportOrdered | RecordsExported], bag: str) -> int:
    """The entry of this kind about this bag, which was just written."""
    told = world.ledger.in_force.accessions.items()
    return max(n for n, said in told if isinstance(said, kind) and said.bag == bag)


def _because(left: list[Left]) -> str:
    """Why there is none, by the first of those that were meant."""
    return f": of {left[0].place}, {left[0].why}" if left else " that is meant"
