"""Collect: put copies of what a hold covers on the store, because a user can still delete held mail in Outlook.

Nothing is done to a message here and nothing is destroyed: when a copy goes is decided in ``discard.py``.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from msgspec import Struct

from retention.catalog import Known
from retention.core.preserved import Collected, Copy, Found, Preserved, place_of, sidecar_digest
from retention.errors import Disagreement, NoSuchHold, PersonUnknown, RecordMismatch
from retention.jobs.hold.discard import settle
from retention.jobs.hold.show import show
from retention.jobs.world import Progress, World, silent
from retention.mail.interface import ContentUnavailable, MailTrouble, MessageGone

HANDFUL = 16
"""Messages copied at once: what is in flight when a collection is cut off, and is done again by the next."""
LARGEST = 64 * 1024 * 1024
"""Bytes of the messages of one handful, one larger message apart."""
SIDE_BY_SIDE = 4
"""Mailboxes copied from in turn: no mail system here answers more than four requests at a time for one of them."""

EMPTY = "the mail system gave nothing as its content"
UNEQUAL = "what lies on the store is not what was written"


class Uncopied(Struct, frozen=True, kw_only=True):
    """A covered message without a copy: ``reason`` is one of few, ``why`` is what was said about this one."""

    n: int
    address: str
    id: str
    reason: str
    why: str


class Collection(Struct, frozen=True, kw_only=True):
    """What a collection did: covered = copied + had + uncopied. ``size`` is the bytes that were copied.

    ``had`` counts the messages of which this very version had been copied before, for whichever hold.
    """

    hold: str
    covered: int
    copied: int
    had: int
    size: int
    uncopied: tuple[Uncopied, ...]

    @property
    def failed(self) -> dict[str, int]:
        """How many were not copied, by the reason."""
        return dict(Counter(one.reason for one in self.uncopied))


@dataclass
class _Copying:
    """One message on its way to the store: in the end it is either preserved or uncopied."""

    known: Known
    content: bytes = b""
    preserved: Preserved | None = None
    uncopied: Uncopied | None = None

    def fail(self, reason: str, why: Exception | str) -> None:
        known = self.known
        self.uncopied = Uncopied(
            n=known.n, address=known.mailbox.address, id=known.message.id, reason=reason, why=str(why)
        )


@dataclass
class _Tally:
    covered: int = 0
    copied: int = 0
    had: int = 0
    size: int = 0
    uncopied: list[Uncopied] = field(default_factory=list)


def collect(world: World, name: str, progress: Progress = silent) -> Collection:
    """Copy every message in its mailbox that this hold covers and of which there is no copy of this version.

    Killed at any point and run again, the end is the same, and only what was in flight is done twice. What fails for
    one message stops no other. Raises ``NoSuchHold`` for one that is not in force, ``PersonUnknown``, and in the middle
    ``MailNotAnswering``, ``SignInRefused`` or ``StoreNotAnswering``.
    """
    with world.alone():
        world.ledger.refresh()
        _refuse_nobody(world)
        if not show(world, name).in_force:
            raise NoSuchHold(f"The hold '{name}' is over; it covers nothing.", "See `retention hold list`.")
        run = world.catalog.runs.begin("collect", world.now())
        settle(world)
        tally = _Tally()
        # Opened first, so that a store that is not there stops the collection while nothing was asked for.
        _ = world.store
        with ThreadPoolExecutor(HANDFUL, thread_name_prefix="collect") as pool:
            for handful in _handfuls(_to_copy(world, name, tally, progress)):
                _copy(world, name, handful, pool)
                _count(handful, tally)
        collection = _reconciled(name, tally)
        collected = Collected(
            hold=name,
            covered=collection.covered,
            copied=collection.copied,
            had=collection.had,
            failed=collection.failed,
        )
        world.ledger.append(collected)
        world.catalog.runs.end(run, world.now(), collected)
        return collection


def _to_copy(world: World, name: str, tally: _Tally, progress: Progress) -> Iterator[Known]:
    """What the hold covers and has no copy yet; what has one is only counted."""
    holds = world.holds().named(name)
    boxes = [box for box in world.catalog.mailboxes() if holds.may_cover(box)]
    total = sum(world.catalog.present_in(box) for box in boxes)
    for done, known in enumerate(_in_turn(world.catalog.messages_in(box) for box in boxes)):
        if done % 50 == 0:
            progress(done, total, known.mailbox.address)
        filing = known.filing if known.filed_under == world.filing_rules else None
        if not holds.covering(known.message, known.mailbox, filing):
            continue
        tally.covered += 1
        if _is_copied(world, known):
            tally.had += 1
        else:
            yield known
    progress(total, total, "done")


def _in_turn(mailboxes: Iterator[Iterator[Known]]) -> Iterator[Known]:
    """One message of each of a few mailboxes in turn, until there is none in any."""
    waiting = deque(islice(mailboxes, SIDE_BY_SIDE))
    while waiting:
        messages = waiting.popleft()
        known = next(messages, None)
        if known is None:
            waiting.extend(islice(mailboxes, 1))
        else:
            yield known
            waiting.append(messages)


def _is_copied(world: World, known: Known) -> bool:
    """Whether this very version has a copy. Where its version is not known or the file is lost, it is copied again."""
    kept, version = world.ledger.in_force.copies.of(known.message.ref), known.message.version
    return kept is not None and kept.version == version and world.store.has_copy(place_of(kept.digest))


def _handfuls(messages: Iterator[Known]) -> Iterator[list[_Copying]]:
    """A few at a time, so that neither many messages nor large ones fill the memory."""
    handful: list[_Copying] = []
    size = 0
    for known in messages:
        its_size = known.message.size or 0
        if handful and (len(handful) == HANDFUL or size + its_size > LARGEST):
            yield handful
            handful, size = [], 0
        handful.append(_Copying(known))
        size += its_size
    if handful:
        yield handful


def _copy(world: World, name: str, handful: list[_Copying], pool: ThreadPoolExecutor) -> None:
    """The contents, the store, the ledger: each file is on the disk and read back before the ledger speaks of it."""
    for _ in pool.map(lambda one: _fetch(world, one), handful):
        pass
    # The same bytes from two mailboxes are one copy that was found twice: these are written one after the other.
    alike: dict[str, list[_Copying]] = {}
    for one in handful:
        if one.uncopied is None:
            alike.setdefault(hashlib.sha256(one.content).hexdigest(), []).append(one)
    for _ in pool.map(lambda item: _put(world, name, *item), alike.items()):
        pass
    world.ledger.append(*(one.preserved for one in handful if one.preserved))


def _fetch(world: World, one: _Copying) -> None:
    try:
        one.content = b"".join(world.mail.content(one.known.message.ref))
    except MailTrouble as trouble:
        one.fail(_reason(trouble), trouble)
        return
    if not one.content.strip():
        one.fail(EMPTY, EMPTY)


def _reason(trouble: MailTrouble) -> str:
    match trouble:
        case MessageGone():
            return "it was gone from its mailbox"
        case ContentUnavailable():
            return "the mail system does not hand over its content"
        case _:
            return "the mail system could not read it"


def _put(world: World, name: str, digest: str, alike: list[_Copying]) -> None:
    for one in alike:
        message, mailbox = one.known.message, one.known.mailbox
        found = Found(mailbox=mailbox, message=message, hold=name, copied_at=world.now())
        try:
            place = world.store.put_copy(Copy(digest=digest, size=len(one.content), found=(found,)), one.content)
            sidecar = sidecar_digest(world.store.copy(place))
        except RecordMismatch as mismatch:
            one.fail(UNEQUAL, mismatch)
            continue
        one.preserved = Preserved(
            hold=name,
            mailbox=mailbox.id,
            address=mailbox.address,
            id=message.id,
            version=message.version or "",
            digest=digest,
            place=place,
            sidecar=sidecar,
        )


def _count(handful: list[_Copying], tally: _Tally) -> None:
    for one in handful:
        if one.preserved is not None:
            tally.copied += 1
            tally.size += len(one.content)
        elif one.uncopied is not None:
            tally.uncopied.append(one.uncopied)


def _reconciled(name: str, tally: _Tally) -> Collection:
    """The counts; raises ``Disagreement`` where they do not add up to what the hold covers."""
    if tally.covered != tally.copied + tally.had + len(tally.uncopied):
        raise Disagreement(
            f"Of {tally.covered} messages that the hold '{name}' covers, {tally.copied} were copied, {tally.had} had a "
            f"copy and {len(tally.uncopied)} failed: that does not add up.",
            "The copies are kept; run the collection again.",
        )
    return Collection(
        hold=name,
        covered=tally.covered,
        copied=tally.copied,
        had=tally.had,
        size=tally.size,
        uncopied=tuple(tally.uncopied),
    )


def _refuse_nobody(world: World) -> None:
    """To collect keeps more and shows nobody anything: whoever is listed may do it, the service of cron too."""
    if world.city.roll.with_address(world.actor.address) is None:
        raise PersonUnknown(
            f"Nobody under [people] is {world.actor.address.replace(':', ' ')}.",
            "Nothing was copied; list the person, or the service that runs this, with its account.",
        )
