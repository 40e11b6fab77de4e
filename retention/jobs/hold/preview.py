"""Preview: what a scope covers now, what of it is gone already, and which mailboxes nobody can speak for.

Nothing is written here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from msgspec import Struct

from retention.catalog import Known, Standing
from retention.core.authority import HoldKind
from retention.core.hold import Covering, Hold, Holding, Holds, Scope, gaps, reached
from retention.core.message import Mailbox, Message, MessageRef
from retention.jobs.hold.place import refuse_unfit, settled
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
    scope = settled(world, scope)
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
    return covered(world, Holds([holding], world.city.zone, world.known_series), progress)


def covered(world: World, holds: Holds, progress: Progress = silent) -> Preview:
    """What these holds cover now."""
    boxes = tuple(box for box in world.catalog.mailboxes() if holds.may_cover(box))
    addresses = {box.address for box in boxes}
    coverage = [row for row in world.catalog.coverage() if row["address"] in addresses]
    total = sum(row["present"] for row in coverage)
    by_mailbox: Counter[str] = Counter()
    away: Counter[Standing] = Counter()
    size = doubtful = 0
    sample: list[tuple[MessageRef, str]] = []
    for lot in _lots(world, holds, boxes, lambda done, box: progress(done, total, box.address)):
        if lot.standing is not Standing.PRESENT:
            away[lot.standing] += lot.messages
            continue
        by_mailbox[lot.mailbox.address] += lot.messages
        size += lot.size
        doubtful += 0 if any(one.certain for one in lot.covering) else lot.messages
        if len(sample) < SAMPLE:
            sample += ((ref, lot.covering[0].because) for ref in islice(lot.refs, SAMPLE - len(sample)))
    progress(total, total, "done")
    return Preview(
        messages=by_mailbox.total(),
        size=size,
        doubtful=doubtful,
        by_mailbox=dict(by_mailbox),
        gone=away[Standing.GONE],
        removed=away[Standing.REMOVED],
        sample=tuple(_headers(world, sample)),
        unreadable=tuple(_unreadable(coverage)),
        unknown=tuple(_unknown(world, holds)),
        unplaced=_unplaced(world, holds, boxes),
        vacant=tuple(_vacant(world, holds)),
    )


class _Lot(Struct, frozen=True):
    """One covered message, or all mail of a mailbox that stands alike where the same holds cover all of it."""

    mailbox: Mailbox
    standing: Standing
    covering: tuple[Covering, ...]
    messages: int
    size: int
    refs: Iterable[MessageRef]


def _lots(
    world: World, holds: Holds, boxes: Iterable[Mailbox], progress: Callable[[int, Mailbox], None]
) -> Iterator[_Lot]:
    """Everything that is covered in these mailboxes; of each message only what the holds ask for is read."""
    done = 0
    for box in boxes:
        progress(done, box)
        asked = holds.looks_at(box)
        if not asked:
            for lot in _at_once(world, holds, box):
                done += lot.messages
                yield lot
            continue
        for glimpse in world.catalog.glimpses.of(box, asked):
            done += 1
            if done % 5000 == 0:
                progress(done, box)
            message = glimpse.message
            filing = glimpse.filing if glimpse.filed_under == world.filing_rules else None
            found = holds.covering(message, box, filing)
            if found:
                yield _Lot(box, glimpse.standing, found, 1, message.size or 0, (message.ref,))


def _at_once(world: World, holds: Holds, box: Mailbox) -> Iterator[_Lot]:
    """Where nothing is asked of a message, what is answered of one is answered of all in its mailbox."""
    found = holds.covering(Message(mailbox=box.id, id=""), box, None)
    glimpses = world.catalog.glimpses
    for standing, (count, size) in glimpses.counted(box).items() if found else ():
        refs = (one.message.ref for one in glimpses.of(box, ()) if one.standing is standing)
        yield _Lot(box, standing, found, count, size, refs)


def _headers(world: World, sample: Iterable[tuple[MessageRef, str]]) -> Iterator[Header]:
    for ref, because in sample:
        known = world.catalog.known(ref)
        if known is not None:
            yield _header(known, because)


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


def _unreadable(coverage: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in coverage:
        if row["trouble"]:
            yield row["trouble"] if row["address"] in row["trouble"] else f"{row['address']}: {row['trouble']}"
        elif row["read_at"] is None:
            yield f"{row['address']}: it was never read to its end."
        elif row["unread"]:
            yield f"{row['address']}: {row['unread']} folders could not be read to their end."


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


def _unplaced(world: World, holds: Holds, boxes: Iterable[Mailbox]) -> int:
    parts = (part for holding in holds.holdings for part, excepted in holding.scope.parts() if not excepted)
    found = {id_ for part in parts for post in part.departments for id_ in world.directory.unplaced(post)}
    return sum(box.id in found for box in boxes)


def _vacant(world: World, holds: Holds) -> list[tuple[str, date, date]]:
    found = []
    for holding in holds.holdings:
        for part, _ in holding.scope.parts():
            for post in part.offices:
                terms = [(term.from_on, term.to_on) for term in world.roll.terms_in(post.name)]
                found += [(post.name, first, last) for first, last in gaps(terms, post, world.today)]
    return found
