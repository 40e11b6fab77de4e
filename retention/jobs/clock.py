"""The clock, asked before anything is deleted and before any act: a day that cannot be believed ends no period.

What counts as a jump is decided in ``core/clock.py``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfoNotFoundError

from msgspec import Struct

from retention.core import clock
from retention.core.authority import Act, refusal
from retention.core.clock import CONFIRM, ClockConfirmed, ClockRead, Machine, Reading
from retention.errors import ClockWrong, NotThisOffice, RetentionError, TimeZoneMissing, WrongUsage
from retention.jobs.acting import signed, trusted

if TYPE_CHECKING:
    from retention.jobs.world import World

FILES = "files"
"""The mail system that has no clock of its own."""

OFTEN = timedelta(hours=1)
"""So old the last reading may be before a new one is written down."""


class ClockState(Struct, frozen=True, kw_only=True):
    """What is wrong with the clock, a sentence each; empty where nothing is. ``code`` is the exit code it would be."""

    sentences: tuple[str, ...]
    code: int = 0

    @property
    def well(self) -> bool:
        return not self.sentences


def refuse_jumped(world: World) -> None:
    """Raise ``ClockWrong`` or ``TimeZoneMissing`` where no day can be believed. Nothing is written.

    Asked are the ledger's last entry, what the machine has counted since the last deed, the mail system's own clock,
    and the time zone data of the city. A world that nobody told of its machine is asked for the first only.
    """
    world.ledger.refuse_wrong_clock()
    if world.machine is not None:
        # Missing time zone data are to be installed; no word of an office makes up for them.
        _zone(world)
    found = state(world, told=True)
    if not found.well:
        wrong = TimeZoneMissing if found.code == TimeZoneMissing.exit_code else ClockWrong
        raise wrong(" ".join(found.sentences), f"Nothing was deleted. {CONFIRM}")


def refuse_untold(world: World) -> None:
    """Raise ``ClockWrong`` where nobody can say what time it is, before what can never be had again is destroyed.

    That is where the machine was started anew since the clock was last read or confirmed, and the mail system tells no
    time. Where mail lies in files only, or the machine does not count, nobody could ever tell: the ledger's last entry
    has to do.
    """
    if world.machine is None or world.city.mail.system == FILES:
        return
    machine = world.machine()
    if not machine.boot or machine.boot in world.ledger.in_force.clocks or world.told_time() is not None:
        return
    raise ClockWrong(
        "The machine was started anew since the clock was last read, and the mail system does not say what time it is.",
        "Nothing was destroyed. Look at the clock; `retention clock confirm --reason …` says that it is right.",
    )


def reading(world: World) -> tuple[ClockRead, ...]:
    """How the clock stands, for the ledger to keep beside the beginning of deeds; nothing where it was told lately."""
    if world.machine is None:
        return ()
    machine = world.machine()
    before = world.ledger.in_force.clocks.get(machine.boot)
    if before is not None and world.now() - before.at <= OFTEN:
        return ()
    return (ClockRead(boot=machine.boot, up=machine.up, zone=_zone(world)),)


def state(world: World, told: bool = False) -> ClockState:
    """What ``refuse_jumped`` would refuse now; nothing is written. The mail system is asked only where ``told``."""
    try:
        world.ledger.refuse_wrong_clock()
        zone = _zone(world)
    except RetentionError as error:
        return ClockState(sentences=(error.message,), code=error.exit_code)
    if world.machine is None:
        return ClockState(sentences=())
    now, machine, last = world.now(), world.machine(), world.ledger.in_force.clock
    before = world.ledger.in_force.clocks.get(machine.boot)
    wrong = [_unsigned(world, before), clock.jumped(before, now, machine)]
    wrong += [clock.disagrees(now, world.told_time())] if told else []
    sentences = tuple(filter(None, wrong))
    if sentences:
        return ClockState(sentences=sentences, code=ClockWrong.exit_code)
    if last is not None and last.zone != zone:
        return ClockState(sentences=(_changed(world),), code=TimeZoneMissing.exit_code)
    return ClockState(sentences=())


def confirm(world: World, reason: str) -> ClockConfirmed:
    """Write down that an office finds the clock and the time zone right as they stand.

    Raises ``NotThisOffice``, ``WrongUsage`` without a reason, and ``ClockWrong`` where the mail system says otherwise,
    or the clock stands before the ledger's last entry: no word of an office makes those right.
    """
    _require(world)
    if not reason.strip():
        raise WrongUsage("Why the clock is right is missing.", "Say it with --reason.")
    world.ledger.refuse_wrong_clock()
    wrong = clock.disagrees(world.now(), world.told_time())
    if wrong:
        raise ClockWrong(wrong, "Set the clock right.")
    machine = world.machine() if world.machine else Machine()
    confirmed = ClockConfirmed(boot=machine.boot, up=machine.up, zone=_zone(world), reason=reason.strip())
    world.ledger.append(signed(world, Act.APPROVE, confirmed))
    return confirmed


def _require(world: World) -> None:
    """As ``World.require``, which a clock that jumped would not let pass; nor is an attempt written down under one."""
    why = refusal(Act.APPROVE, world.actor, world.city.roll, world.city.acts, world.today)
    if why is None:
        return
    try:
        world.ledger.refuse_jumped_clock()
    except ClockWrong:
        raise NotThisOffice(why, "Ask that office, or set the clock right.") from None
    world.refuse(Act.APPROVE, why)


def _unsigned(world: World, before: Reading | None) -> str:
    """What is wrong with the office's word that the clock is right, where acts are signed and this one cannot be."""
    if before is None or before.confirmed_in is None:
        return ""
    try:
        signed_by_office = trusted(world, before.confirmed_in)
    except RetentionError as error:
        return error.message
    return "" if signed_by_office else f"Nobody signed entry {before.confirmed_in}, that the clock is right."


def _zone(world: World) -> str:
    try:
        return clock.zone_digest(world.city.city.time_zone)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise TimeZoneMissing(
            f"This machine has no data of the time zone {world.city.city.time_zone}.", "Install the system's tzdata."
        ) from error


def _changed(world: World) -> str:
    return f"The time zone data of {world.city.city.time_zone} count days otherwise than when the last deed was done."
