"""Audit: check the whole ledger, every record and copy it speaks of, and whether the catalog tells the same story.

How an entry is checked is decided in ``core/audit``; nothing is mended here.
"""

from __future__ import annotations

from msgspec import Struct

from retention.core.audit import Outcome, Stored
from retention.core.message import MessageRef
from retention.core.preserved import is_as_told, place_of
from retention.core.record import sidecar_digest
from retention.errors import Disagreement, RecordMismatch
from retention.jobs.hold.discard import told_sidecars
from retention.jobs.world import Progress, World, silent


class Verified(Struct, frozen=True, kw_only=True):
    """What was checked: entries, the digest of the last one, records and preservation copies read back.

    ``unfinished`` counts the deeds whose end is not written.
    """

    entries: int
    head: str
    records: int
    copies: int
    unfinished: int


def verify(world: World, *, records: bool = True, progress: Progress = silent) -> Verified:
    """Read everything again. Raises ``LedgerBroken``, ``RecordMismatch`` naming the file, or ``Disagreement``."""
    entries, head = 0, ""
    outcomes: dict[tuple[str, str], Outcome] = {}
    places: dict[str, str] = {}
    for link in world.ledger.links():
        entries, head = entries + 1, link.digest
        match link.entry.body:
            case Outcome() as outcome:
                outcomes[outcome.mailbox, outcome.id] = outcome
            case Stored() as stored:
                places[stored.place] = stored.sidecar
    _compare(world, outcomes)
    if not records:
        return _verified(world, entries, head, 0, 0)
    copies = told_sidecars(world)
    # A discard that was cut off may have destroyed these, or not yet: whichever it was, nothing is missing.
    for digest in world.ledger.in_force.copies.going:
        if not world.store.has_copy(place_of(digest)):
            copies.pop(place_of(digest), None)
    checks = [(place, told, _check_record) for place, told in sorted(places.items())]
    checks += [(place, told, _check_copy) for place, told in sorted(copies.items())]
    bad = []
    for done, (place, told, check) in enumerate(checks):
        progress(done, len(checks), place)
        try:
            check(world, place, told)
        except RecordMismatch as mismatch:
            bad.append(mismatch)
    if bad:
        more = f" {len(bad) - 1} more do not match either." if len(bad) > 1 else ""
        raise RecordMismatch(f"{bad[0].message}{more}", bad[0].next_step)
    return _verified(world, entries, head, len(places), len(copies))


def _verified(world: World, entries: int, head: str, records: int, copies: int) -> Verified:
    unfinished = len(world.ledger.in_force.open_intents)
    return Verified(entries=entries, head=head, records=records, copies=copies, unfinished=unfinished)


def _check_record(world: World, place: str, told: str) -> None:
    world.store.get(place)
    if sidecar_digest(world.store.record(place)) != told:
        raise RecordMismatch(f"The sidecar of the record {place} was changed.", "Compare it with a copy.")


def _check_copy(world: World, place: str, told: str) -> None:
    world.store.get_copy(place)
    if not is_as_told(world.store.copy(place), told):
        raise RecordMismatch(f"The sidecar of the copy {place} was changed.", "Compare it with a backup.")


def _compare(world: World, outcomes: dict[tuple[str, str], Outcome]) -> None:
    """The catalog must not say less than the ledger: a removal it does not know of is a disagreement."""
    for (mailbox, id_), outcome in outcomes.items():
        if outcome.result not in ("captured", "purged"):
            continue
        known = world.catalog.known(MessageRef(mailbox, id_))
        if known is not None and known.result != outcome.result:
            raise Disagreement(
                f"The ledger says message {known.n} was {outcome.result}; the catalog says '{known.result}'.",
                "Run `retention apply` on the plan again, or sync into a new catalog.",
            )
    for mailbox, id_, result in world.catalog.left():
        known_outcome = outcomes.get((mailbox, id_))
        if known_outcome is None:
            raise Disagreement(
                f"The catalog says that a message was {result}, and the ledger says nothing of it ({id_}).",
                "The ledger was cut or replaced; restore it from a copy.",
            )
