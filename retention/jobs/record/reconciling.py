"""Reconcile: what the store has, what the catalog knows and what the ledger says of records must be the same.

The bytes of records are compared with their digests in ``verify.py``. Nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import chain, groupby

from msgspec import Struct

from retention.catalog.records import Said, Trouble
from retention.core.decide import Action
from retention.errors import RecordMismatch
from retention.jobs.record.known import said_by, take_in
from retention.jobs.world import Progress, World, silent

UNKNOWN, BACK, QUARANTINE, UNEXPECTED, DISAGREEMENT = "unknown", "back", "quarantine", "unexpected", "disagreement"
"""Kinds of findings, beside those of ``Trouble``."""
_TRIES = 3
"""Another process may take in more of the ledger while the two are compared."""
_CUT_OFF = "its capture was cut off, or is under way; `retention apply` takes it up"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is not as the ledger says. ``what`` is a place, or the path of a file in the store.

    ``explained``: something that was begun and not ended explains it, and whoever goes on with that puts it right.
    """

    kind: str
    what: str
    sentence: str
    explained: bool = False


def findings(world: World, progress: Progress = silent) -> list[Finding]:
    """All that does not agree, with the troubles of records that were found so far."""
    progress(0, None, "reconciling")
    strange = list(_strange_places(world))
    found = [*_troubles(world), *strange, *_quarantine(world)]
    missing = {one.what for one in found if one.kind == Trouble.MISSING}
    found += _unexpected(world, missing)
    return found + list(_differences(world))


def _troubles(world: World) -> Iterator[Finding]:
    """Every record with a trouble, and what explains it."""
    going = {deed.place for deed in world.ledger.in_force.destructions.open.values() if deed.deed == "destroy"}
    for place, trouble in world.catalog.records.troubled():
        if place in going and trouble in (Trouble.MISSING, Trouble.SIDECAR):
            sentence = f"The record {place} is half destroyed: `retention record destroy --end-quarantine` ends it."
            yield Finding(kind=trouble, what=place, sentence=sentence, explained=True)
        elif trouble == Trouble.MISSING:
            yield Finding(kind=trouble, what=place, sentence=f"The record {place} is missing from the store.")
        elif trouble == Trouble.MISMATCH:
            yield Finding(kind=trouble, what=place, sentence=f"The record {place} does not match its digest.")
        else:
            yield _of_sidecar(world, place)


def _of_sidecar(world: World, place: str) -> Finding:
    try:
        world.store.record(place)
    except RecordMismatch as mismatch:
        return Finding(kind=Trouble.SIDECAR, what=place, sentence=mismatch.message)
    if _is_being_captured(world, place):
        sentence = f"The sidecar of the record {place} says more than the ledger: {_CUT_OFF}."
        return Finding(kind=Trouble.SIDECAR, what=place, sentence=sentence, explained=True)
    sentence = f"The sidecar of the record {place} is not the one that the ledger knows."
    return Finding(kind=Trouble.SIDECAR, what=place, sentence=sentence)


def _strange_places(world: World) -> Iterator[Finding]:
    """What only the store has, or only the catalog. What only the catalog has is noted there as missing."""
    records = world.catalog.records
    known = ((place, state) for place, state in records.standing())
    there = ((place, "") for place in world.store.places())
    odd = []
    for place, both in groupby(merge(known, there), key=lambda one: one[0]):
        states = [state for _, state in both]
        if (len(states) == 1 and states != ["destroyed"]) or states == ["", "destroyed"]:
            odd.append(place)
    if odd:
        # Somebody may have captured or destroyed it since its row was read.
        take_in(world)
    for place in odd:
        kept, has = records.at(place), world.store.has(place)
        if kept is None and has:
            yield _unknown(world, place)
        elif kept is not None and kept.state == "destroyed" and has:
            sentence = f"The record {place} was destroyed, as the ledger says, and is on the store."
            yield Finding(kind=BACK, what=place, sentence=sentence)
        elif kept is not None and kept.state != "destroyed" and not has:
            records.checked([(place, Trouble.MISSING)], world.now())


def _unknown(world: World, place: str) -> Finding:
    if _is_being_captured(world, place):
        sentence = f"No entry of the ledger speaks of the record {place} yet: {_CUT_OFF}."
        return Finding(kind=UNKNOWN, what=place, sentence=sentence, explained=True)
    return Finding(kind=UNKNOWN, what=place, sentence=f"No entry of the ledger speaks of the record {place}.")


def _is_being_captured(world: World, place: str) -> bool:
    """Whether one of its custodies is of a message whose capture was begun and is not ended."""
    try:
        custody = world.store.record(place).custody
    except RecordMismatch:
        return False
    begun = world.ledger.in_force.open_intents.values()
    under_way = {(intent.mailbox, intent.id) for intent in begun if intent.action == Action.CAPTURE}
    return any((one.mailbox, one.id) in under_way for one in custody)


def _quarantine(world: World) -> Iterator[Finding]:
    """Where the store's marks and the ledger's quarantine differ."""
    marked = set()
    try:
        for place, _ in world.store.quarantined():
            marked.add(place)
    except RecordMismatch as mismatch:
        sentence = f"{mismatch.message} Marks behind it were not compared."
        yield Finding(kind=QUARANTINE, what="quarantine", sentence=sentence)
        return
    destructions = world.ledger.refresh().destructions
    begun = {deed.place for deed in destructions.open.values()}
    for place in sorted(marked - destructions.quarantined.keys()):
        sentence = f"The record {place} is marked as in quarantine, and the ledger does not say that it is."
        if place in begun:
            sentence = f"The record {place} was put into quarantine by a run that was cut off, or is under way."
        yield Finding(kind=QUARANTINE, what=place, sentence=sentence, explained=place in begun)
    for place in sorted(destructions.quarantined.keys() - marked):
        if place not in begun:
            sentence = f"The record {place} is in quarantine, as the ledger says, and has no mark on the store."
            yield Finding(kind=QUARANTINE, what=place, sentence=sentence)


def _unexpected(world: World, missing: set[str]) -> Iterator[Finding]:
    for path in world.store.unexpected():
        name = path.rpartition("/")[2]
        if path.removesuffix(".json") in missing:
            continue  # the sidecar of a record of which it is said already that it is missing
        if name.startswith(".") and name.endswith(".part"):
            sentence = f"The file {path} is half written: what wrote it was cut off, or is under way."
            yield Finding(kind=UNEXPECTED, what=path, sentence=sentence, explained=True)
        else:
            yield Finding(kind=UNEXPECTED, what=path, sentence=f"The file {path} is none of the store's own.")


def _differences(world: World) -> Iterator[Finding]:
    """Where the catalog's rows are not what the ledger says from its first entry on."""
    records = world.catalog.records
    for _ in range(_TRIES):
        read = records.read
        entries = (link for link in world.ledger.links() if link.entry.n < read)
        said = chain.from_iterable(map(_standing, map(said_by, entries)))
        found = records.differences(said)
        if not found or records.read == read:
            break
    for one in found:
        says = f"the ledger says '{one.ledger or 'nothing'}', the catalog '{one.catalog or 'nothing'}'"
        yield Finding(kind=DISAGREEMENT, what=one.place, sentence=f"Of the record {one.place} {says}.")


def _standing(said: Iterator[Said]) -> Iterator[Said]:
    return (one for one in said if one.tombstone is None)
