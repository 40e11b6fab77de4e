"""Reach: write down whom the holds reach by now, so that what was once reached stays so and can be shown day by day.

Whom a scope reaches is decided in ``core/hold``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from retention.core.hold import Directory, Holding, HoldReached, Reach
from retention.core.hold import in_force as holds_in_force
from retention.core.person import Person
from retention.jobs.acting import trusted
from retention.jobs.world import World

NOBODY = Reach()


def reach_out(world: World) -> int:
    """Write an entry for every term of a hold that reaches somebody new; return how many."""
    entries = growth(world)
    world.ledger.append(*entries)
    return len(entries)


def growth(world: World, people: tuple[Person, ...] | None = None) -> tuple[HoldReached, ...]:
    """An entry for every term of a hold that reaches somebody new now, or will once these are the people known.

    Whom it reaches now is told as well then: what is said of people next may be that it never should have.
    """
    with world.ledger.still() as in_force:
        now = world.holds().holdings
        if people is None:
            return tuple(_growth(world, zip(now, now, strict=True)))
        directory = Directory(world.city.roll_with(people), world.catalog.mailboxes())
        then = holds_in_force(tuple(in_force.holds), directory, world.today, lambda entry: trusted(world, entry))
        return tuple(_growth(world, zip(now, then, strict=True)))


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


def _growth(world: World, holdings: Iterable[tuple[Holding, Holding]]) -> Iterator[HoldReached]:
    states = world.ledger.in_force.holds.states
    for now, then in holdings:
        if states[now.hold.name].hold != now.hold:
            continue  # another one bears its name: it is asked about as it stands, and cannot be told of by name
        known = next(one for one in states[now.hold.name].versions if one.n == now.version).reach
        more = {term: (now.reach[term] | reach) - known.get(term, NOBODY) for term, reach in then.reach.items()}
        yield from told(now.hold.name, now.version, more)
