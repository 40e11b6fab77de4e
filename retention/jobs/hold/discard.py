"""Discard: destroy the preservation copies that no hold in force needs. The one door that destroys in the store.

What is a copy and what is written of it is decided in ``core/preserved.py``; a record is never destroyed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from retention.core.authority import HoldKind, hold_act
from retention.core.hold import Holds
from retention.core.message import Mailbox, Message
from retention.core.preserved import Copy, CopyGone, CopyToGo, Preserved, is_as_told, place_of, sidecar_digest
from retention.errors import RecordMismatch, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.world import Progress, World, silent

HANDFUL = 50
"""Copies destroyed at once: a hold that is being placed waits at most for these."""


class Needless(Struct, frozen=True, kw_only=True):
    """The copies that no hold in force needs, by their digests, and of which kinds the holds were that they are of.

    ``needed`` counts those that stay for a hold, ``doubtful`` says why others stay of which nobody can say.
    """

    digests: tuple[str, ...]
    size: int
    kinds: tuple[HoldKind, ...]
    needed: int
    doubtful: tuple[str, ...]


class Discarded(Struct, frozen=True, kw_only=True):
    """What was destroyed, and how many copies stay because a hold was placed meanwhile."""

    copies: int
    size: int
    stayed: int


def needless(world: World, progress: Progress = silent) -> Needless:
    """Judge every copy that lies on the store, also one that a crash left there unsaid. Nothing is written."""
    told, mailboxes = told_sidecars(world), _mailboxes(world)
    holds = world.holds()
    digests: list[str] = []
    collected_for: set[str] = set()
    doubtful: list[str] = []
    size = needed = 0
    for done, place in enumerate(world.store.copies()):
        progress(done, None, place)
        try:
            copy = world.store.copy(place)
        except RecordMismatch as mismatch:
            doubtful.append(mismatch.message)
            continue
        if not copy.found or (place in told and not is_as_told(copy, told[place])):
            doubtful.append(f"The sidecar of the copy {place} was changed.")
        elif _need(world, holds, copy, mailboxes):
            needed += 1
        else:
            digests.append(copy.digest)
            size += copy.size
            collected_for |= {found.hold for found in copy.found}
    return Needless(
        digests=tuple(digests),
        size=size,
        kinds=_kinds(world, collected_for),
        needed=needed,
        doubtful=tuple(doubtful),
    )


def discard(world: World, *, reason: str, progress: Progress = silent) -> Discarded:
    """Destroy every copy that no hold in force needs, asking the holds again right before each.

    Killed at any point and run again it goes on. Raises ``NotThisOffice`` for whoever may not release holds of every
    kind that the copies were collected for, ``WrongUsage`` without a reason, and ``StoreNotAnswering``.
    """
    with world.alone():
        world.ledger.refresh()
        found = needless(world, progress)
        for kind in found.kinds:
            world.require(hold_act(kind))
        if not reason.strip():
            raise WrongUsage("To discard copies needs a reason.", "Say it with --reason.")
        settle(world)
        if not found.digests:
            return Discarded(copies=0, size=0, stayed=0)
        # The office's order names exactly the copies that are to go.
        order = CopyToGo(digests=found.digests, reason=reason.strip())
        world.ledger.append(signed(world, hold_act(found.kinds[0]), order))
        mailboxes = _mailboxes(world)
        gone = size = 0
        for at in range(0, len(found.digests), HANDFUL):
            progress(at, len(found.digests), "destroying")
            copies = [world.store.copy(place_of(digest)) for digest in found.digests[at : at + HANDFUL]]
            destroyed = _discard(world, copies, mailboxes)
            gone += len(destroyed)
            size += sum(copy.size for copy in destroyed)
        progress(len(found.digests), len(found.digests), "done")
        return Discarded(copies=gone, size=size, stayed=len(found.digests) - gone)


def told_sidecars(world: World) -> dict[str, str]:
    """For every copy that the ledger says is on the store: its place, and the digest of its sidecar as last told."""
    told: dict[str, str] = {}
    for link in world.ledger.links():
        match link.entry.body:
            case Preserved(place=place, sidecar=sidecar):
                told[place] = sidecar
            case CopyGone(digests=digests):
                for digest in digests:
                    told.pop(place_of(digest), None)
    return told


def settle(world: World) -> None:
    """Say what became of the copies that a discard which was cut off was to destroy.

    Some are gone. Those that a hold needs by now are preserved for it; any other is left to be judged again.
    """
    going = sorted(world.ledger.in_force.copies.going)
    if not going:
        return
    holds, mailboxes = world.holds(), _mailboxes(world)
    gone: list[str] = []
    stays: list[Preserved] = []
    for digest in going:
        if world.store.has_copy(place_of(digest)):
            stays += _still_needed(world, place_of(digest), holds, mailboxes)
        else:
            gone.append(digest)
    if gone:
        world.ledger.append(CopyGone(digests=tuple(gone)))
    world.ledger.append(*stays)


def _still_needed(world: World, place: str, holds: Holds, mailboxes: dict[str, Mailbox]) -> list[Preserved]:
    try:
        copy = world.store.copy(place)
    except RecordMismatch:
        return []
    hold = _need(world, holds, copy, mailboxes)
    return list(_preserved(world, copy, hold)) if hold else []


def _discard(world: World, copies: list[Copy], mailboxes: dict[str, Mailbox]) -> list[Copy]:
    """Ask, destroy, and say so; what a hold needs by now is said to be preserved for it."""
    destroyed: list[Copy] = []
    stays: list[Preserved] = []
    try:
        with world.ledger.deeds():
            for copy in copies:
                world.ledger.refresh()
                hold = _need(world, world.holds(), copy, mailboxes)
                if hold:
                    stays += _preserved(world, copy, hold)
                else:
                    _destroy(world, copy.place)
                    destroyed.append(copy)
    finally:
        gone = (CopyGone(digests=tuple(copy.digest for copy in destroyed)),) if destroyed else ()
        world.ledger.append(*gone, *stays)
    return destroyed


def _destroy(world: World, place: str) -> None:
    """THE ONE DOOR. The store takes only a place where a copy lies, never a record's."""
    world.store.destroy_copy(place)


def _need(world: World, holds: Holds, copy: Copy, mailboxes: dict[str, Mailbox]) -> str:
    """The name of a hold in force that covers any message of which this is a copy; empty where there is none.

    Each is judged as it is written beside the copy, and as it is known now: either is enough.
    """
    for message, mailbox in _messages(world, copy, mailboxes):
        # What a message was filed under when it was copied is not known: to a hold on a series that is a doubt.
        for covering in holds.covering(message, mailbox, None):
            return covering.hold.name
    return ""


def _messages(world: World, copy: Copy, mailboxes: dict[str, Mailbox]) -> Iterator[tuple[Message, Mailbox]]:
    for found in copy.found:
        yield found.message, found.mailbox
        yield found.message, mailboxes.get(found.mailbox.id, found.mailbox)
        known = world.catalog.known(found.message.ref)
        if known is not None:
            yield known.message, known.mailbox


def _mailboxes(world: World) -> dict[str, Mailbox]:
    """Every mailbox as it is known now, by its id: it may have got other addresses since something was copied."""
    return {mailbox.id: mailbox for mailbox in world.catalog.mailboxes()}


def _kinds(world: World, names: set[str]) -> tuple[HoldKind, ...]:
    """The kinds of these holds; every kind there is, where one of them is not known to the ledger."""
    states = world.ledger.in_force.holds.states
    if not names <= states.keys():
        return tuple(HoldKind)
    return tuple(kind for kind in HoldKind if any(states[name].hold.kind is kind for name in names))


def _preserved(world: World, copy: Copy, hold: str) -> Iterator[Preserved]:
    """What is to be said of a copy that stays; nothing of one that is not whole, nor of one that another replaced."""
    try:
        world.store.get_copy(copy.place)
    except RecordMismatch:
        return
    for found in copy.found:
        version = found.message.version or ""
        last = world.ledger.in_force.copies.last(found.message.ref)
        if last is not None and (last.version, last.digest) == (version, copy.digest):
            yield Preserved(
                hold=hold,
                mailbox=found.mailbox.id,
                address=found.mailbox.address,
                id=found.message.id,
                version=version,
                digest=copy.digest,
                place=copy.place,
                sidecar=sidecar_digest(copy),
            )
