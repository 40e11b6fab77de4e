"""Preview: what a scope covers now, what of it is gone already, and which mailboxes nobody can speak for.

Nothing is written here.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from retention.catalog import Known
from retention.core.authority import HoldKind
from retention.core.hold import Hold, Holding, Holds, Scope, fixed, gaps, reached
from retention.jobs.hold.place import refuse_unfit
from retention.jobs.world import Progress, World, silent

SAMPLE = 10


class Header(Struct, frozen=True, kw_only=True):
    """One covered message, as much of it as a list shows. ``n`` is the short number people type."""

    n: int
    received_at: datetime | None
    mailbox: str
    sender: str
    subject: str
    because: str


class Preview(Struct, frozen=True, kw_only=True):
    """What a scope covers now.

    ``doubtful`` are covered only because they cannot be judged. ``gone`` have left their mailbox without our doing and
    ``removed`` by it, as far as the catalog still has them. ``unreadable`` says which mailboxes that it may reach could
    not be read; ``unknown`` are custodians of whom no mailbox is known yet; ``unplaced`` counts the mailboxes held only
    because nobody said whose department they are of; ``vacant`` the days on which nobody is known in an office.
    """

    messages: int
    size: int
    doubtful: int
    by_mailbox: dict[str, int]
    gone: int
    removed: int
    sample: tuple[Header, ...]
    unreadable: tuple[str, ...]
    unknown: tuple[str, ...]
    unplaced: int
    vacant: tuple[tuple[str, date, date], ...]

    @property
    def custodians(self) -> int:
        return len(self.by_mailbox)


def preview(world: World, scope: Scope, progress: Progress = silent) -> Preview:
    """What a hold of this scope would cover if it were placed now. Raises ``WrongUsage`` for a scope that cannot be."""
    refuse_unfit(world, scope)
    scope = fixed(scope, world.directory)
    draft = Hold(
        name="preview",
        matter="",
        kind=HoldKind.LEGAL,
        reason="",
        scope=scope,
        placed_at=world.now(),
        placed_by=world.actor.address,
    )
    holding = Holding(hold=draft, version=1, scope=scope, reach=reached(scope, world.directory))
    return covered(world, Holds([holding], world.city.zone), progress)


def covered(world: World, holds: Holds, progress: Progress = silent) -> Preview:
    """What these holds cover now."""
    by_mailbox: dict[str, int] = {}
    size = doubtful = gone = removed = 0
    sample: list[Header] = []
    total = world.catalog.tally()["present"]
    for done, known in enumerate(world.catalog.everything()):
        if done % 5000 == 0:
            progress(done, total, known.mailbox.address)
        filing = known.filing if known.filed_under == world.filing_rules else None
        found = holds.covering(known.message, known.mailbox, filing)
        if not found:
            continue
        if known.left_at is not None:
            removed += 1
        elif known.gone_at is not None:
            gone += 1
        else:
            by_mailbox[known.mailbox.address] = by_mailbox.get(known.mailbox.address, 0) + 1
            size += known.message.size or 0
            doubtful += not any(one.certain for one in found)
            if len(sample) < SAMPLE:
                sample.append(_header(known, found[0].because))
    progress(total, total, "done")
    return Preview(
        messages=sum(by_mailbox.values()),
        size=size,
        doubtful=doubtful,
        by_mailbox=by_mailbox,
        gone=gone,
        removed=removed,
        sample=tuple(sample),
        unreadable=tuple(_unreadable(world, holds)),
        unknown=tuple(_unknown(world, holds)),
        unplaced=_unplaced(world, holds),
        vacant=tuple(_vacant(world, holds)),
    )


def _header(known: Known, because: str) -> Header:
    message = known.message
    return Header(
        n=known.n,
        received_at=message.received_at,
        mailbox=known.mailbox.address,
        sender=message.sender or "",
        subject=message.subject or "",
        because=because,
    )


def _unreadable(world: World, holds: Holds) -> list[str]:
    sentences = []
    reaching = {box.address for box in world.directory.mailboxes if holds.reaching(box)}
    for row in world.catalog.coverage():
        if row["address"] not in reaching:
            continue
        if row["trouble"]:
            sentences.append(f"{row['address']}: {row['trouble']}")
        elif row["read_at"] is None:
            sentences.append(f"{row['address']}: it was never read to its end.")
        elif row["unread"]:
            sentences.append(f"{row['address']}: {row['unread']} folders could not be read to their end.")
    return sentences


def _unknown(world: World, holds: Holds) -> list[str]:
    known = {address for box in world.directory.mailboxes for address in box.addresses}
    named = {
        address
        for holding in holds.holdings
        for part, excepted in holding.scope.parts()
        if not excepted
        for address in part.custodians
    }
    return sorted(address for address in named if not known & world.directory.reach_of([address]).addresses)


def _unplaced(world: World, holds: Holds) -> int:
    departments = any(part.departments for one in holds.holdings for part, _ in one.scope.parts())
    return len(world.directory.unplaced) if departments else 0


def _vacant(world: World, holds: Holds) -> list[tuple[str, date, date]]:
    found = []
    for holding in holds.holdings:
        for part, _ in holding.scope.parts():
            for post in part.offices:
                terms = [(term.from_on, term.to_on) for term in world.roll.terms_in(post.name)]
                found += [(post.name, first, last) for first, last in gaps(terms, post, world.today)]
    return found
