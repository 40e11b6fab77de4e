"""Bring in: place the holds of Exchange Online and eDiscovery as holds here, and widen them by what those keep since.

What an export of them says is read in ``core/hold/exports.py``. Nothing here ends a hold or makes one narrower.
"""

from __future__ import annotations

from msgspec import Struct

from retention.core.authority import HoldKind, hold_act
from retention.core.hold import State
from retention.core.hold.exports import Export, read
from retention.core.hold.foreign import ForeignHold, family, key, lacking, left, widened
from retention.core.spreadsheet.sheet import Sheet
from retention.errors import NoSuchHold, WrongUsage
from retention.jobs.hold.acknowledge import refused
from retention.jobs.hold.place import Placed, amend, place
from retention.jobs.hold.show import show
from retention.jobs.world import World


class Widened(Struct, frozen=True, kw_only=True):
    """A hold brought in before that covers more now: ``mailboxes`` came to it; ``everywhere``: it covers them all."""

    name: str
    mailboxes: tuple[str, ...]
    everywhere: bool


class BroughtIn(Struct, frozen=True, kw_only=True):
    """What came of a file: the holds placed now, those widened, and the names of those that cover all of it already.

    ``ended`` are holds brought in before that are not in it any more, ``left`` the mailboxes that such a hold does not
    name any more: they stay held here. ``again`` names holds that were released here and are in force there, with those
    placed anew for them. ``unknown`` are addresses of which no mailbox is known; they are held all the same.
    """

    placed: tuple[Placed, ...]
    widened: tuple[Widened, ...]
    unchanged: tuple[str, ...]
    ended: tuple[str, ...]
    left: dict[str, tuple[str, ...]]
    again: dict[str, str]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def bring_in(world: World, sheet: Sheet, *, kind: HoldKind, source: str, reason: str = "") -> BroughtIn:
    """Place every hold of an export that is not here yet, and widen those that are.

    Raises ``NotThisOffice``, and ``WrongUsage`` with every problem of the file; then nothing was recorded.
    """
    world.require(hold_act(kind))
    export = read(sheet)
    _refuse_bad(export)
    foreign = {key(hold.origin): hold for hold in export.holds}
    mine = tuple(state for state in world.ledger.in_force.holds if state.hold.origin and not state.is_told)
    standing = {key(state.hold.origin): state for state in mine if state.release is None}
    known = [(standing[origin], hold) for origin, hold in foreign.items() if origin in standing]
    wider = [(state, hold) for state, hold in known if widened(state.scope, hold) is not None]
    for state, _ in wider:
        world.require(hold_act(state.hold.kind))
    placed = {
        origin: place(
            world,
            matter=hold.matter,
            kind=kind,
            reason=_why(hold, source, reason),
            scope=hold.scope,
            origin=hold.origin,
        )
        for origin, hold in foreign.items()
        if origin not in standing
    }
    released = {key(state.hold.origin): state.hold.name for state in mine if state.release is not None}
    return BroughtIn(
        placed=tuple(placed.values()),
        widened=tuple(_widen(world, state, hold, _why(hold, source, reason)) for state, hold in wider),
        unchanged=tuple(state.hold.name for state, hold in known if (state, hold) not in wider),
        ended=tuple(
            state.hold.name
            for origin, state in standing.items()
            if origin not in foreign and family(state.hold.origin, state.scope) in export.families
        ),
        left={state.hold.name: gone for state, hold in known if (gone := left(state.scope, hold))},
        again={released[origin]: one.hold.name for origin, one in placed.items() if origin in released},
        unknown=_unknown(world, export),
        notes=export.notes,
    )


def _widen(world: World, state: State, hold: ForeignHold, why: str) -> Widened:
    """Widen the hold as it stands when that is written: what somebody adds to it meanwhile stays in it."""
    name, more = state.hold.name, lacking(state.scope, hold)
    while (scope := widened(state.scope, hold)) is not None:
        try:
            amend(world, name, scope=scope, reason=why, seen=len(state.history))
            break
        except NoSuchHold:
            now = show(world, name).state
            if now.release is not None or len(now.history) == len(state.history):
                raise
            state = now
    return Widened(name=name, mailboxes=more, everywhere=hold.everywhere)


def _refuse_bad(export: Export) -> None:
    if export.problems:
        error = refused(export.problems)
        raise WrongUsage(error.message, export.next_step) if export.next_step else error


def _why(hold: ForeignHold, source: str, reason: str) -> str:
    """The reason as it is written down: where the hold is in force, since when and by whom, and what says so."""
    since = f" since {hold.since}" if hold.since else ""
    by = f", by {', '.join(hold.by)}" if hold.by else ""
    told = f"in force in Exchange Online{since}{by}; brought in from {source}"
    return f"{reason.strip()} ({told})" if reason.strip() else f"{told[0].upper()}{told[1:]}"


def _unknown(world: World, export: Export) -> tuple[str, ...]:
    known = {address for box in world.directory.mailboxes for address in box.addresses}
    return tuple(sorted({address for hold in export.holds for address in hold.mailboxes} - known))
