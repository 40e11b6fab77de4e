"""Bring the catalog up to what the ledger says was done: after a crash, or when an older copy was put back.

Nothing is done to a message, and no mail system is asked.
"""

from __future__ import annotations

from retention.catalog import Known
from retention.core.audit import Outcome
from retention.core.message import MessageRef
from retention.jobs.world import World

LEFT = ("captured", "purged")


def catch_up(world: World) -> None:
    """Mark what the ledger says was done and the catalog does not know; before a mailbox is read, or it counts as gone.

    A plan that has not ended may have such an outcome after a crash; one that has ended only where the catalog was put
    back from a copy, which the entry that it remembers tells.
    """
    in_force = world.ledger.in_force
    under_way = in_force.outcomes.keys() - in_force.ended
    plans = in_force.outcomes.keys() if _is_older(world) else under_way
    behind = []
    for plan in plans:
        for outcome in in_force.outcomes[plan].values():
            if (outcome.mailbox, outcome.id, outcome.plan, outcome.step) in in_force.restorings.back:
                continue
            known = world.catalog.known(MessageRef(outcome.mailbox, outcome.id))
            if known is not None and _is_behind(known, outcome, plan in under_way):
                behind.append(outcome)
    world.catalog.mark(behind, world.now())


def _is_behind(known: Known, outcome: Outcome, under_way: bool) -> bool:
    """Of a plan that has ended only what left counts: what stayed then may have left since, by another plan."""
    if under_way:
        return known.result != outcome.result
    return outcome.result in LEFT and known.result not in LEFT


def _is_older(world: World) -> bool:
    """Whether the ledger has grown since the catalog was last brought up to it."""
    seen = world.catalog.fact("ledger head")
    return seen is not None and int(seen.split()[0]) < world.ledger.head[0]
