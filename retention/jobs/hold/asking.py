"""What a run says of the holds: which of them it asks, and how many messages or records each of them kept.

Whether a hold covers something is decided in ``core/hold``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from retention.core.audit import HoldAsked, HoldKept
from retention.core.hold import Holds
from retention.core.message import Mailbox
from retention.jobs.world import World


def asked(world: World, plan: str, holds: Holds, ids: Collection[str], addresses: Collection[str]) -> list[HoldAsked]:
    """The holds that may hold something in these mailboxes: a city may have thousands that reach none of them.

    Mailboxes are given by their ids and addresses; one that the catalog does not know is none the less asked about.
    """
    known = [box for box in world.catalog.mailboxes() if box.address in addresses or box.id in ids]
    missing = set(ids) - {box.id for box in known}
    boxes = (*known, *(Mailbox(id=id_, address="") for id_ in sorted(missing)))
    names = {hold.name for mailbox in boxes for hold in holds.reaching(mailbox)}
    versions: dict[str, list[int]] = {}
    for one in holds.holdings:
        if one.hold.name in names:
            versions.setdefault(one.hold.name, []).append(one.version)
    return [HoldAsked(plan=plan, name=name, versions=tuple(said)) for name, said in versions.items()]


def kept(plan: str, by_hold: Mapping[str, int]) -> list[HoldKept]:
    """How many messages or records each hold kept, in this run and when its plan was made."""
    return [HoldKept(plan=plan, name=name, messages=number) for name, number in by_hold.items() if number]
