"""Read the content of a stored record: by a grant for one of the mailboxes that it was captured from.

Who may read what is decided in ``jobs/access``; this is the one way to a record's bytes for a person.
"""

from __future__ import annotations

import hashlib

from retention.catalog.records import Kept
from retention.core.access import AccessUsed
from retention.core.message import MessageRef
from retention.errors import WrongUsage
from retention.jobs.access import Content, begin_one_of
from retention.jobs.record.known import take_in
from retention.jobs.record.listing import one
from retention.jobs.world import World


def content(world: World, text: str, what: str = "read as a record") -> Content:
    """The bytes of the record with this number, place or digest, written down before the first of them is asked for.

    Raises ``AccessDenied`` where whoever acts may read none of the mailboxes it was captured from, ``WrongUsage`` where
    there is no such record, and ``RecordMismatch`` where its file is missing or is not what was captured.
    """
    take_in(world)
    kept = one(world, text)
    _refuse_gone(kept)
    assert kept.record is not None  # else it would have been refused
    grant, address, ref = begin_one_of(
        world, [(one.address, MessageRef(one.mailbox, one.id)) for one in kept.record.custody], what
    )
    data = world.store.get(kept.place)
    digest = hashlib.sha256(data).hexdigest()
    world.ledger.append(AccessUsed(grant=grant, mailbox=ref.mailbox, id=ref.id, what=what, digest=digest))
    return Content(
        n=kept.n, mailbox=address, source="record store", grant=grant, digest=digest, size=len(data), data=data
    )


def _refuse_gone(kept: Kept) -> None:
    if kept.state == "destroyed":
        raise WrongUsage(
            f"Record {kept.n} was destroyed; nothing is left of its content.",
            f"See `retention record show {kept.n}` for what stays of it.",
        )
    if kept.record is None:
        raise WrongUsage(
            f"Nobody can say whose mail record {kept.n} is: its sidecar is not as the ledger knows it.",
            "Compare it with a copy; `retention record verify` names what is wrong.",
        )
