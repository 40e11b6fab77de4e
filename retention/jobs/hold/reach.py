"""Reach: write down whom the holds reach by now, so that what was once reached stays so and can be shown day by day.

Whom a scope reaches is decided in ``core/hold``.
"""

from __future__ import annotations

from collections.abc import Iterator

from retention.core.hold import HoldReached, Reach
from retention.jobs.world import World

NOBODY = Reach()


def reach_out(world: World) -> int:
    """Write an entry for every term of a hold that reaches somebody new; return how many."""
    entries = tuple(_growth(world))
    world.ledger.append(*entries)
    return len(entries)


def told(name: str, version: int, reach: dict[str, Reach]) -> tuple[HoldReached, ...]:
    """The entries that say whom a version of a hold reaches."""
    return tuple(
        HoldReached(
            name=name,
            version=version,
            term=term,
            addresses=tuple(sorted(one.addresses)),
            mailboxes=tuple(sorted(one.mailboxes)),
        )
        for term, one in reach.items()
        if one
    )


def _growth(world: World) -> Iterator[HoldReached]:
    states = world.ledger.in_force.holds.states
    for holding in world.holds().holdings:
        if states[holding.hold.name].hold != holding.hold:
            continue  # another one bears its name: it is asked about as it stands, and cannot be told of by name
        known = next(one for one in states[holding.hold.name].versions if one.n == holding.version).reach
        more = {term: reach - known.get(term, NOBODY) for term, reach in holding.reach.items()}
        yield from told(holding.hold.name, holding.version, more)
