"""Which messages a text names: those of the catalog, and those that only the ledger still knows of.

What is then said of them is not known here.
"""

from __future__ import annotations

from msgspec import Struct

from retention.catalog import Known
from retention.core.message import MessageRef
from retention.core.record import Record
from retention.core.trail import Search, Trail
from retention.errors import RecordMismatch, StoreNotAnswering, WrongUsage
from retention.jobs.world import World


class Remembered(Struct, frozen=True, kw_only=True):
    """A message that the catalog knows no more, as far as the ledger does, and the record store where it is a record.

    ``address`` is empty where the ledger names only the mailbox's id, and ``place`` where it never became a record.
    ``record`` is what the store still keeps beside its file.
    """

    mailbox: str
    address: str
    id: str
    internet_id: str
    digest: str
    place: str
    record: Record | None


def find(world: World, text: str) -> dict[MessageRef, Known | None]:
    """Every message of that number, id or Message-ID, record's digest or place; ``None``: only the ledger knows it.

    Raises ``WrongUsage`` where there is none.
    """
    found = world.catalog.find(text)
    if found:
        return {known.message.ref: known for known in found}
    search = Search(text)
    for link in world.ledger.links():
        search.add(link.entry)
    if not search.refs:
        raise WrongUsage(
            f"Neither the catalog nor the ledger knows a message '{text}'.",
            "Give its number, its id, its Message-ID, or its record's digest or place; or sync first.",
        )
    return {ref: world.catalog.known(ref) for ref in search.refs}


def remembered(world: World, trail: Trail) -> Remembered:
    """What is still known of the message of this trail."""
    stored, stone = trail.stored, trail.tombstone
    place = stored.place if stored else stone.place if stone else ""
    marks = {MessageRef(mark.mailbox, mark.id): mark.address for mark in stone.custody} if stone else {}
    return Remembered(
        mailbox=trail.ref.mailbox,
        address=trail.address or marks.get(trail.ref, ""),
        id=trail.ref.id,
        internet_id=trail.internet_id or (stone.internet_id if stone else ""),
        digest=stored.digest if stored else stone.digest if stone else "",
        place=place,
        record=_record(world, place) if place and stone is None else None,
    )


def _record(world: World, place: str) -> Record | None:
    """What stands beside the record's file. A store that is away, or has lost it, must not leave the rest unsaid."""
    try:
        return world.store.record(place)
    except (RecordMismatch, StoreNotAnswering):
        return None
