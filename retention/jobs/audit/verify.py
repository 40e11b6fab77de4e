"""Verify: check the ledger, its signatures and published heads, and the store, the editions and the catalog against it.

How an entry is checked is decided in ``core/audit``; nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from retention.core.preserved import is_as_told, place_of
from retention.core.record import sidecar_digest
from retention.errors import Disagreement, RecordMismatch
from retention.jobs.acting import Signer
from retention.jobs.audit.editions import check_editions
from retention.jobs.audit.heads import Stamps, check_heads
from retention.jobs.audit.signatures import check_signatures
from retention.jobs.world import Progress, World, silent
from retention.packet.published import Published, filed


class Verified(Struct, frozen=True, kw_only=True):
    """What was checked: entries, the digest of the last one, records and preservation copies read back (or ``None``).

    ``destroyed`` counts records that are gone as the ledger says, ``editions`` the kept texts of adopted schedules, and
    ``unfinished`` the deeds whose end is not written. ``heads`` are published heads with which the ledger agrees,
    ``stamped`` those of them whose timestamp holds, ``signed`` the signatures that do; ``open`` says what could not be
    checked.
    """

    entries: int
    head: str
    records: int | None = None
    copies: int = 0
    destroyed: int = 0
    editions: int = 0
    unfinished: int = 0
    heads: int = 0
    stamped: int = 0
    signed: int = 0
    open: tuple[str, ...] = ()


def verify(
    world: World,
    *,
    records: bool = True,
    published: Iterable[Path] = (),
    signer: Signer | None = None,
    stamps: Stamps | None = None,
    progress: Progress = silent,
) -> Verified:
    """Check all of it. ``published`` are heads that lie elsewhere; ``signer`` and ``stamps`` check what they can check.

    Raises ``LedgerBroken`` naming the entry or the head, ``SignatureInvalid``, ``RecordMismatch``
    naming the file or the edition, or ``Disagreement``. What the catalog has not seen of the ledger is read again.
    """
    world.ledger.refresh()
    entries, head = world.ledger.head
    told = world.catalog.told
    if told.entries < entries:
        for link in world.ledger.links():
            told.take(link.entry)
    heads = check_heads(world.ledger, (*Published(world.ledger.path), *map(filed, published)), told.heads, stamps)
    signatures = check_signatures(world, signer or world.signer)
    _compare(world)
    editions, bad = check_editions(world)
    found, unlike = _on_store(world, progress) if records else ({}, ())
    _refuse((*unlike, *bad))
    return Verified(
        entries=entries,
        head=head,
        **found,
        editions=editions,
        unfinished=len(world.ledger.in_force.open_intents),
        heads=heads.agreed,
        stamped=heads.stamped,
        signed=signatures.good,
        open=(*heads.open, *signatures.open),
    )


def _compare(world: World) -> None:
    """The catalog must not say less than the ledger: a removal it does not know of is a disagreement."""
    for one in world.catalog.told.misremembered():
        raise Disagreement(
            f"The ledger says message {one.n} was {one.ledger}; the catalog says '{one.catalog}'.",
            "Run `retention apply` on the plan again, or sync into a new catalog.",
        )
    for id_, result in world.catalog.told.untold():
        raise Disagreement(
            f"The catalog says that a message was {result}, and the ledger says nothing of it ({id_}).",
            "The ledger was cut or replaced; restore it from a copy.",
        )


def _refuse(bad: tuple[RecordMismatch, ...]) -> None:
    """Raise the first of these, and say how many there are."""
    if bad:
        more = f" {len(bad) - 1} more do not match either." if len(bad) > 1 else ""
        raise RecordMismatch(f"{bad[0].message}{more}", bad[0].next_step)


def _on_store(world: World, progress: Progress) -> tuple[dict[str, int], tuple[RecordMismatch, ...]]:
    """Read back everything on the store that the ledger tells of; how much matches, and all that does not."""
    total = world.catalog.told.count()
    counts = {"records": 0, "copies": 0, "destroyed": 0}
    bad: list[RecordMismatch] = []
    for done, (what, place, told) in enumerate(_places(world)):
        progress(done, total, place)
        try:
            CHECKS[what](world, place, told)
            counts[what] += 1
        except RecordMismatch as mismatch:
            bad.append(mismatch)
    return counts, tuple(bad)


def _places(world: World) -> Iterator[tuple[str, str, str]]:
    """What is to be checked: as what, where, and the digest of its sidecar.

    What was to be destroyed when a run was cut off may be there or not: whichever it is, nothing is missing.
    """
    in_force = world.ledger.in_force
    going = {one.place for (_, _, deed), one in in_force.destructions.open.items() if deed == "destroy"}
    for place, told in world.catalog.told.places(copies=False):
        if place not in going or world.store.has(place):
            yield "records" if told else "destroyed", place, told
    going = {place_of(digest) for digest in in_force.copies.going}
    for place, told in world.catalog.told.places(copies=True):
        if told and (place not in going or world.store.has_copy(place)):
            yield "copies", place, told


def _check_record(world: World, place: str, told: str) -> None:
    world.store.get(place)
    if sidecar_digest(world.store.record(place)) != told:
        raise RecordMismatch(f"The sidecar of the record {place} was changed.", "Compare it with a copy.")


def _check_copy(world: World, place: str, told: str) -> None:
    world.store.get_copy(place)
    if not is_as_told(world.store.copy(place), told):
        raise RecordMismatch(f"The sidecar of the copy {place} was changed.", "Compare it with a backup.")


def _check_gone(world: World, place: str, told: str) -> None:
    if world.store.has(place):
        raise RecordMismatch(
            f"The record {place} was destroyed, as the ledger says, and its file is on the store.",
            "Find out who put it there, then destroy it as a copy that is not the city's record.",
        )


CHECKS = {"records": _check_record, "copies": _check_copy, "destroyed": _check_gone}
