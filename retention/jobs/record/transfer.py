"""Transfer: record that an archive took over the records of a bag, and tell which were taken over.

The bag is made in ``export.py``. A record that was taken over stays on the store until it is destroyed under the law.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from msgspec import Struct

from retention.bagging import check
from retention.core.accession import RecordsExported, TransferAccepted
from retention.core.audit import Entry
from retention.core.authority import Act
from retention.errors import RecordMismatch, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.consent import Document
from retention.jobs.record.known import take_in
from retention.jobs.world import Progress, World, silent

NAMED = 5
"""Records that a refusal names."""


class Accession(Struct, frozen=True, kw_only=True):
    """A bag that was exported, in entry ``export``, and what an archive said of it, in entry ``entry``, if any did."""

    export: int
    bag: str
    records: int
    purpose: str
    entry: int | None = None
    archive: str = ""
    reference: str = ""
    on: date | None = None
    document: str = ""
    file: str = ""


def transfer(
    world: World,
    which: str,
    *,
    archive: str,
    reference: str,
    on: date,
    document: Document | None = None,
    progress: Progress = silent,
) -> Accession:
    """File an archive's receipt for a bag: named by the entry of its export, by its identifier, or by its folder.

    Every record of it must still be what was exported, and the bag, where its folder is named, be whole and that one.
    Raises ``NotThisOffice``, ``WrongUsage`` where there is no such export or its receipt cannot be so, and
    ``RecordMismatch`` where something is not what was exported.
    """
    with world.alone():
        world.ledger.refresh()
        world.require(Act.TRANSFER_RECORDS)
        n, said = _export(world, which)
        document = document or Document()
        told = TransferAccepted(
            export=n,
            archive=_text(archive, "--archive"),
            reference=_text(reference, "--reference"),
            on=on,
            document=document.digest,
            file=document.file,
        )
        _refuse_untimely(world, n, on)
        _refuse_twice(world, told)
        take_in(world)
        _refuse_changed(world, said, progress)
        world.ledger.append(signed(world, Act.TRANSFER_RECORDS, told))
    return next(one for one in reversed(accessions(world)) if one.export == n)


def accessions(world: World) -> tuple[Accession, ...]:
    """Every bag that was exported, and every receipt for one, in the ledger's order."""
    told = world.ledger.in_force.accessions
    found = []
    for n, said in told.items():
        if isinstance(said, RecordsExported):
            receipts = [(m, one) for m, one in told.items() if isinstance(one, TransferAccepted) and one.export == n]
            found += [_accession(n, said, m, receipt) for m, receipt in receipts] or [_accession(n, said)]
    return tuple(found)


def accessions_of(world: World, place: str) -> tuple[Accession, ...]:
    """Those of ``accessions`` whose bag has exactly this record."""
    told = world.ledger.in_force.accessions.items()
    has = {n for n, said in told if isinstance(said, RecordsExported) and said.has(place)}
    return tuple(one for one in accessions(world) if one.export in has)


def _accession(
    n: int, said: RecordsExported, entry: int | None = None, receipt: TransferAccepted | None = None
) -> Accession:
    bare = Accession(export=n, bag=said.bag, records=sum(map(len, said.records.values())), purpose=said.purpose)
    if receipt is None:
        return bare
    return Accession(
        export=n,
        bag=bare.bag,
        records=bare.records,
        purpose=bare.purpose,
        entry=entry,
        archive=receipt.archive,
        reference=receipt.reference,
        on=receipt.on,
        document=receipt.document,
        file=receipt.file,
    )


def _export(world: World, which: str) -> tuple[int, RecordsExported]:
    exports = {n: said for n, said in world.ledger.in_force.accessions.items() if isinstance(said, RecordsExported)}
    wanted = which.strip()
    for n, said in exports.items():
        if wanted in (str(n), said.bag):
            return n, said
    if not Path(wanted).is_dir():
        raise WrongUsage(
            f"'{wanted}' is no entry of an export, no bag's identifier and no folder.",
            "See `retention record transfer --list`.",
        )
    bagged = check(Path(wanted))
    for n, said in exports.items():
        if said.bag == bagged.identifier:
            if said.manifest != bagged.manifest:
                raise RecordMismatch(
                    f"The bag at {wanted} is not the one that entry {n} of the ledger tells of.",
                    "Nothing was recorded; ask what the archive was given.",
                )
            return n, said
    raise WrongUsage(f"The bag at {wanted} was not exported from here.", "See `retention record transfer --list`.")


def _text(said: str, option: str) -> str:
    if not said.strip():
        raise WrongUsage(f"Nothing is said after {option}.", "Say what the archive's receipt says.")
    return said.strip()


def _refuse_untimely(world: World, n: int, on: date) -> None:
    exported_on = _entry_at(world, n).astimezone(world.city.zone).date()
    if on > world.today:
        raise WrongUsage(f"{on} has not come yet.", "Record a receipt once it has been given.")
    if on < exported_on:
        raise WrongUsage(f"The bag of entry {n} was exported on {exported_on}, after {on}.", "See the receipt's date.")


def _entry_at(world: World, n: int) -> datetime:
    entries: Iterator[Entry] = (link.entry for link in world.ledger.links())
    return next(entry.at for entry in entries if entry.n == n)


def _refuse_twice(world: World, told: TransferAccepted) -> None:
    for n, said in world.ledger.in_force.accessions.items():
        if isinstance(said, TransferAccepted) and _is_same(said, told):
            raise WrongUsage(f"Entry {n} says so already.", "Nothing was recorded.")


def _is_same(one: TransferAccepted, other: TransferAccepted) -> bool:
    return (one.export, one.archive, one.reference) == (other.export, other.archive, other.reference)


def _refuse_changed(world: World, said: RecordsExported, progress: Progress) -> None:
    """Raise where a record is not there any more, or other bytes are: the receipt would be for something else."""
    places = [f"{folder}/{digest}" for folder, digests in said.records.items() for digest in digests]
    changed = []
    for done, place in enumerate(places):
        progress(done, len(places), place.rpartition("/")[0])
        try:
            is_same = world.store.digest(place) == place.rpartition("/")[2]
        except RecordMismatch:
            is_same = False
        if not is_same:
            changed.append(place)
    if changed:
        listed = ", ".join(changed[:NAMED])
        raise RecordMismatch(
            f"{len(changed)} of {len(places)} records are not what was exported any more: {listed}.",
            "Nothing was recorded; see `retention record verify`, and export what is there again.",
        )
