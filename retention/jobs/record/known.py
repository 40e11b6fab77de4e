"""Bring the catalog's records up to the ledger, and read the sidecars that it tells of.

What the rows look like is in ``catalog/records.py``; nothing on the store is changed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic
from typing import TypeVar

from retention.catalog.records import Said, ToCheck, Trouble
from retention.core.audit import Link, Stored
from retention.core.destruction import RecordDeed, RecordOutcome, RecordRestored, Tombstone
from retention.core.record import Record, sidecar_digest
from retention.errors import RecordMismatch
from retention.jobs.world import Progress, World, silent
from retention.store.interface import RecordStore

AT_ONCE = 16
"""Sidecars that are read at once from a store that answers late."""
LATE = 0.001
"""Seconds from which on an answer comes late: a store over a network, or a slow disk."""
T = TypeVar("T")
_ENTRIES = 2000
"""What is told in so many entries is put on the disk together: what an interruption loses."""


def take_in(world: World, progress: Progress = silent) -> int:
    """Follow the ledger from where it was last read, and read every sidecar that it tells of anew; return how many.

    Killed at any point and called again, the end is the same. A sidecar that is missing, cannot be read, or is not the
    one that the ledger tells of leaves a row without a record, and that trouble. Raises ``StoreNotAnswering``.
    """
    world.ledger.refresh()
    if world.catalog.records.read < world.ledger.in_force.records_told:
        _follow(world)
    world.catalog.records.sweep()
    return _read_sidecars(world, progress)


def said_by(link: Link) -> Iterator[Said]:
    """What this entry says of places on the record store."""
    at = link.entry.at
    match link.entry.body:
        case Stored() as stored:
            yield Said(stored.place, "kept", at, stored.sidecar)
        case RecordDeed(tombstone=Tombstone() as tombstone, place=place):
            yield Said(place, "kept", at, tombstone=tombstone)
        case RecordOutcome(result="quarantined" | "destroyed" as result, place=place):
            yield Said(place, result, at)
        case RecordRestored(places=places):
            yield from (Said(place, "kept", at) for place in places)


def _follow(world: World) -> None:
    records = world.catalog.records
    read, said = records.read, list[Said]()
    for link in world.ledger.links():
        if link.entry.n < read:
            continue
        said += said_by(link)
        if len(said) >= _ENTRIES:
            records.tell(said, link.entry.n + 1)
            said.clear()
    records.tell(said, link.entry.n + 1)


def _read_sidecars(world: World, progress: Progress) -> int:
    records, done = world.catalog.records, 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="records") as pool:
        while unread := records.unread():
            seen = list(zip(unread, sooner(pool, partial(_sidecar, world.store), unread), strict=True))
            with world.catalog.together():
                records.add((one.place, record, one.sidecar) for one, record in seen if record is not None)
                records.doubt((one.place, Trouble.SIDECAR) for one, record in seen if record is None)
            done += len(unread)
            progress(done, None, unread[-1].place.rpartition("/")[0])
    return done


def sooner(pool: ThreadPoolExecutor, ask: Callable[[ToCheck], T], about: Sequence[ToCheck]) -> Iterator[T]:
    """The answers in their order: many at once where the first came late, one after the other where it came at once.

    Threads that only wait for each other take twice as long as one alone.
    """
    began = monotonic()
    yield ask(about[0])
    rest = about[1:]
    yield from pool.map(ask, rest) if monotonic() - began > LATE else map(ask, rest)


def _sidecar(store: RecordStore, told: ToCheck) -> Record | None:
    """The record as its sidecar has it; ``None`` where that is not the one that the ledger tells of."""
    try:
        record = store.record(told.place)
    except RecordMismatch:
        return None
    return record if sidecar_digest(record) == told.sidecar and record.place == told.place else None
