"""Show: every hold there ever was, one of them, and what became of it.

Nothing is written here.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct

from retention.core.hold import (
    HoldAmended,
    Holding,
    HoldPlaced,
    HoldReinstated,
    HoldReleased,
    Moment,
    ServerHoldsTold,
    State,
)
from retention.core.hold.foreign import key
from retention.errors import NoSuchHold
from retention.jobs.acting import ended, trusted
from retention.jobs.world import World
from retention.sealing import open_seal


class Shown(Struct, frozen=True, kw_only=True):
    """A hold and how it stands today. ``doubt`` says why its release counts for nothing, where it does not."""

    state: State
    in_force: bool
    today: date
    doubt: str = ""

    @property
    def standing(self) -> str:
        """One phrase for a table."""
        released = self.state.released
        if self.state.is_told:
            return self._told
        if released is None:
            return "in force"
        if self.doubt:
            return "in force: its release is not signed"
        return f"released, holds until {released.until}" if self.in_force else f"released, over since {released.until}"

    @property
    def _told(self) -> str:
        """How a hold of the mail system stands."""
        last = self.state.versions[-1]
        if last.until is None:
            return "in force in the mail system"
        if not self.in_force:
            return f"ended in the mail system, over since {last.until}"
        if self.today < last.until:
            return f"ended in the mail system, holds until {last.until}"
        return "ended in the mail system, holds until that is certain"


def shown(world: World, custodian: str = "") -> tuple[Shown, ...]:
    """Every hold there ever was, in the order in which they were placed; or those that reach this custodian."""
    found = tuple(_shown(world, state) for state in world.ledger.in_force.holds)
    if not custodian:
        return found
    reach = world.directory.reach_of([custodian.strip().lower()])
    boxes = [box for box in world.directory.mailboxes if reach.has(box)]
    names = {hold.name for box in boxes for hold in world.holds().reaching(box)}
    names |= {one.hold.name for one in world.holds().holdings if not _addresses(one).isdisjoint(reach.addresses)}
    return tuple(one for one in found if one.state.hold.name in names)


def show(world: World, name: str) -> Shown:
    """Raises ``NoSuchHold``."""
    state = world.ledger.in_force.holds.states.get(name)
    if state is None:
        raise NoSuchHold(f"There is no hold '{name}'.", "See `retention hold list` for their names.")
    return _shown(world, state)


def _shown(world: World, state: State) -> Shown:
    in_force = bool(state.in_force(world.today, lambda entry: ended(world, entry)))
    doubt = ""
    if state.release is not None and not trusted(world, state.release.entry):
        doubt = "nobody signed its release"
    return Shown(state=state, in_force=in_force, today=world.today, doubt=doubt)


def _addresses(holding: Holding) -> frozenset[str]:
    return frozenset(address for reach in holding.reach.values() for address in reach.addresses)


def deed(moment: Moment) -> str:
    """What was done, in a word."""
    match moment.told:
        case HoldPlaced():
            return "placed"
        case HoldAmended():
            return "amended"
        case HoldReleased():
            return "released"
        case HoldReinstated():
            return "reinstated"
        case ServerHoldsTold():
            return "told by the mail system"
        case _:
            return "reached"


def told_of(state: State, moment: Moment) -> str:
    """What the mail system told then of its hold; empty for any other moment."""
    if not isinstance(moment.told, ServerHoldsTold):
        return ""
    told = next((one for one in moment.told.holds if key(one.origin) == key(state.hold.origin)), None)
    if told is None:
        return "it is not in force any more"
    if told.everywhere:
        return "it keeps all mail"
    return f"it keeps the mail of {', '.join(told.mailboxes[:3])}{_more(len(told.mailboxes) - 3)}"


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""


def reason_of(moment: Moment, identity: Path | None) -> str:
    """Why it was done; of a sealed hold only with the key that opens it."""
    match moment.told:
        case HoldPlaced(hold=hold):
            sealed, reason = hold.sealed, hold.reason
        case HoldAmended() | HoldReleased() | HoldReinstated() as told:
            sealed, reason = told.sealed, told.reason
        case _:
            return ""
    if not sealed:
        return reason
    return msgspec.json.decode(open_seal(sealed, identity), type=dict[str, str])["reason"] if identity else "sealed"
