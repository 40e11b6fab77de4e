"""Hold: place, list and release what suspends every deletion.

Whether a hold covers a message is decided in ``core/hold.py``.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from retention.core.audit import HoldPlaced, HoldReleased, InForce
from retention.core.authority import HoldKind, hold_act
from retention.core.hold import Hold, Scope, covering
from retention.core.record import folder_name
from retention.core.words import words
from retention.errors import NoSuchHold, NotConfirmed, WrongUsage
from retention.jobs.world import World

ADDRESS = r"[^\s@,;<>()\"*]+@[^\s@,;<>()\"*]+"


class HoldState(Struct, frozen=True, kw_only=True):
    """A hold, when it was released if it was, and until when it goes on holding after that."""

    hold: Hold
    released_reason: str = ""
    holds_until: date | None = None

    @property
    def state(self) -> str:
        return f"released, holds until {self.holds_until}" if self.holds_until else "in force"


class Covered(Struct, frozen=True, kw_only=True):
    """What a hold covers now: messages in mailboxes by address, and their bytes where the sizes are known."""

    messages: int
    size: int
    by_mailbox: dict[str, int]


def place(world: World, *, matter: str, kind: HoldKind, reason: str, scope: Scope) -> Hold:
    """Place a hold; it is in force for every deed that begins after this returns, and for tomorrow's mail.

    Raises ``NotThisOffice``, and ``WrongUsage`` for a scope that is empty or has impossible dates.
    """
    world.require(hold_act(kind))
    matter = matter.strip()
    scope = replace(
        scope,
        custodians=tuple(address.strip().lower() for address in scope.custodians),
        participants=tuple(address.strip().lower() for address in scope.participants),
    )
    _check(matter, reason, scope)
    ids = tuple(box.id for box in world.catalog.mailboxes() if set(box.addresses) & set(scope.custodians))
    made = []

    def placed(in_force: InForce) -> HoldPlaced:
        made.append(
            Hold(
                name=_free_name(in_force, matter),
                matter=matter,
                kind=kind,
                reason=reason,
                scope=replace(scope, mailboxes=ids),
                placed_at=world.now(),
                placed_by=world.actor.address,
            )
        )
        return HoldPlaced(hold=made[0])

    world.ledger.append_made(placed)
    world.ledger.wait_for_deeds()
    return made[0]


def release(world: World, name: str, *, matter: str, reason: str) -> HoldReleased:
    """Release a hold: what it covered is kept until the grace period is over.

    Raises ``NoSuchHold``, ``NotThisOffice``, and ``NotConfirmed`` where the matter typed is not the hold's.
    """
    state = show(world, name)
    if state.holds_until:
        raise NoSuchHold(f"The hold '{name}' was already released.", "See `retention hold show`.")
    world.require(hold_act(state.hold.kind))
    if matter.strip() != state.hold.matter:
        raise NotConfirmed(
            f"The hold '{name}' is for another matter than '{matter}'.", "Type the matter exactly as it was placed."
        )
    if not reason.strip():
        raise WrongUsage("A release needs a reason.", "Say it with --reason.")
    until = world.today + timedelta(days=world.city.rules.release_grace)
    released = HoldReleased(name=name, reason=reason, until=until)
    world.ledger.append(released)
    return released


def states(world: World) -> tuple[HoldState, ...]:
    """Every hold there ever was, in the order in which they were placed."""
    return tuple(_state(hold, release) for hold, release in world.ledger.in_force.every_hold())


def show(world: World, name: str) -> HoldState:
    """Raises ``NoSuchHold``."""
    in_force = world.ledger.in_force
    hold = in_force.placed.get(name)
    if hold is None:
        raise NoSuchHold(f"There is no hold '{name}'.", "See `retention hold list` for their names.")
    return _state(hold, in_force.released.get(name))


def covered(world: World, hold: Hold) -> Covered:
    """How many of the messages that are in a mailbox this hold covers."""
    by_mailbox: dict[str, int] = {}
    size = 0
    for known in world.catalog.present():
        if covering(hold, known.message, known.mailbox, world.city.zone) is not None:
            by_mailbox[known.mailbox.address] = by_mailbox.get(known.mailbox.address, 0) + 1
            size += known.message.size or 0
    return Covered(messages=sum(by_mailbox.values()), size=size, by_mailbox=by_mailbox)


def _state(hold: Hold, released: HoldReleased | None) -> HoldState:
    if released is None:
        return HoldState(hold=hold)
    return HoldState(hold=hold, released_reason=released.reason, holds_until=released.until)


def _check(matter: str, reason: str, scope: Scope) -> None:
    if not matter.strip() or not reason.strip():
        raise WrongUsage("A hold needs a matter and a reason.", "Say them with --matter and --reason.")
    if scope.is_empty:
        raise WrongUsage(
            "A hold needs a scope.", "Name at least one --custodian, --participant, --words, --from or --until."
        )
    for phrase in scope.words:
        if not words(phrase).strip() or re.search(r'["*?]|\b(OR|AND|NOT)\b', phrase):
            raise WrongUsage(
                f"'{phrase}' cannot be looked for.",
                "Give whole words without signs; repeat --words for each that will do.",
            )
    for custodian in scope.custodians:
        if not re.fullmatch(ADDRESS, custodian):
            raise WrongUsage(f"'{custodian}' is no mailbox's address.", "Write name@city.example; repeat --custodian.")
    for participant in scope.participants:
        if not re.fullmatch(ADDRESS, participant) and not re.fullmatch(ADDRESS, f"any{participant}"):
            raise WrongUsage(f"'{participant}' is no address.", "Write name@city.example or @city.example.")
    if scope.first_on and scope.last_on and scope.last_on < scope.first_on:
        raise WrongUsage(
            f"The hold would end on {scope.last_on}, before it begins on {scope.first_on}.",
            "Correct --from or --until.",
        )


def _free_name(in_force: InForce, matter: str) -> str:
    """A short name from the matter; a name is never used twice, so that a release ends one hold and no other."""
    stem = folder_name(matter.lower().replace(" ", "-"))[:40].rstrip("-")
    taken = in_force.placed
    names = [stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def parse_day(text: str, option: str) -> date:
    """A day typed as ``2026-03-01``; raises ``WrongUsage`` naming the option."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a civil day has no zone
    except ValueError as error:
        raise WrongUsage(f"'{text}' after {option} is not a day.", "Write it as 2026-03-01.") from error
