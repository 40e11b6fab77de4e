"""Release a hold, and reinstate it: nothing that it covered goes before the grace period is over.

There is no override: a release by the office, and time, are the only way out of a hold.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec

from retention.core.audit import HoldReinstated, HoldReleased
from retention.core.authority import hold_act
from retention.core.hold import Hold
from retention.errors import NoSuchHold, NotConfirmed, WrongUsage
from retention.jobs.acting import signed, trusted
from retention.jobs.hold.place import refuse_moved, sealed_text
from retention.jobs.hold.server import refuse_told
from retention.jobs.hold.show import show
from retention.jobs.world import World
from retention.sealing import open_seal


def release(world: World, name: str, *, matter: str, reason: str, identity: Path | None = None) -> HoldReleased:
    """Release a hold: what it covered is kept until the grace period is over.

    ``identity`` is the key that opens a sealed matter. Raises ``NoSuchHold``, ``NotThisOffice``, and ``NotConfirmed``
    where the matter typed is not the hold's.
    """
    state = show(world, name).state
    refuse_told(state)
    if state.release is not None and trusted(world, state.release.entry):
        raise NoSuchHold(f"The hold '{name}' was already released.", "See `retention hold show`.")
    world.require(hold_act(state.hold.kind))
    if matter.strip() != matter_of(state.hold, identity):
        raise NotConfirmed(
            f"The hold '{name}' is for another matter than '{matter}'.", "Type the matter exactly as it was placed."
        )
    if not reason.strip():
        raise WrongUsage("A release needs a reason.", "Say it with --reason.")
    released = HoldReleased(
        name=name,
        reason="" if state.hold.sealed else reason.strip(),
        until=world.today + timedelta(days=world.city.rules.release_grace),
        sealed=sealed_text(world, reason=reason.strip()) if state.hold.sealed else "",
    )
    act, seen = signed(world, hold_act(state.hold.kind), released), len(state.history)
    world.ledger.append(act, unless=lambda in_force: refuse_moved(in_force, name, seen))
    return released


def reinstate(world: World, name: str, *, reason: str) -> HoldReinstated:
    """Take a release back within its grace period: the hold goes on as if it had never been released.

    Raises ``NoSuchHold`` where there is no release to take back any more, and ``NotThisOffice``.
    """
    one = show(world, name)
    refuse_told(one.state)
    world.require(hold_act(one.state.hold.kind))
    if one.state.release is None:
        raise NoSuchHold(f"The hold '{name}' is in force.", "There is nothing to reinstate.")
    if not one.in_force:
        raise NoSuchHold(
            f"The grace period of the hold '{name}' is over; what it covered may have gone.",
            "Place a new hold with `retention hold place`.",
        )
    if not reason.strip():
        raise WrongUsage("To reinstate a hold needs a reason.", "Say it with --reason.")
    sealed = one.state.hold.sealed
    reinstated = HoldReinstated(
        name=name,
        reason="" if sealed else reason.strip(),
        sealed=sealed_text(world, reason=reason.strip()) if sealed else "",
    )
    act, seen = signed(world, hold_act(one.state.hold.kind), reinstated), len(one.state.history)
    world.ledger.append(act, unless=lambda in_force: refuse_moved(in_force, name, seen))
    world.ledger.wait_for_deeds()
    return reinstated


def matter_of(hold: Hold, identity: Path | None) -> str:
    """What the hold is for; of a sealed one, only with a key that opens it. Raises ``NotConfirmed`` without one."""
    if not hold.sealed:
        return hold.matter
    if identity is None:
        raise NotConfirmed(f"The matter of '{hold.name}' is sealed.", "Name the key that opens it with --identity.")
    return msgspec.json.decode(open_seal(hold.sealed, identity), type=dict[str, str])["matter"]
