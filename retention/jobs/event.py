"""Events: write down that something happened which starts clocks, and take it back.

Which messages bear an event's key is decided in ``core/classify``; when they are due, in ``core/period``.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches

from msgspec import Struct

from retention.core import event as events
from retention.core import period
from retention.core.audit import EventRecorded, EventRetracted
from retention.core.authority import Act
from retention.core.event import Event
from retention.errors import WrongUsage
from retention.jobs.acting import signed
from retention.jobs.world import World


class Told(Struct, frozen=True, kw_only=True):
    """One event in force. ``n`` is its entry in the ledger, by which it is retracted."""

    n: int
    kind: str
    key: str
    on: date
    source: str


def record(world: World, kind: str, *, key: str, on: date, source: str = "") -> Told:
    """Write an event to the ledger: it starts the clock of every message with this key, past and future.

    It may be later than one that was told before, and keep: every deed that was begun before has ended by the return.
    Raises ``NotThisOffice``, and ``WrongUsage`` for a kind that no period could name, an event without a key, or one
    that has not happened yet.
    """
    world.require(Act.RECORD_EVENT)
    event = Event(kind=_kind(kind), key=_key(key), on=on)
    _refuse_slips(world, event)
    if on > world.today:
        raise WrongUsage(f"{on} has not come yet.", "Record an event once it has happened.")
    recorded = EventRecorded(event=event, source=source.strip())
    world.ledger.append(signed(world, Act.RECORD_EVENT, recorded))
    n = max(n for n, one in world.ledger.in_force.events.items() if one == recorded)
    world.ledger.wait_for_deeds()
    return _told(n, recorded)


def retract(world: World, n: int, *, reason: str) -> Told:
    """Take the event of ledger entry ``n`` back: the clocks it started stop.

    Every deed that was begun before has ended by the return. Raises ``NotThisOffice``, and ``WrongUsage`` where that
    entry is no event in force or no reason is given.
    """
    world.require(Act.RECORD_EVENT)
    recorded = world.events.get(n)
    if recorded is None:
        raise WrongUsage(f"Ledger entry {n} is no event in force.", "See `retention event list`.")
    if not reason.strip():
        raise WrongUsage("A retraction needs its reason.", "Say it with --reason.")
    world.ledger.append(signed(world, Act.RECORD_EVENT, EventRetracted(entry=n, reason=reason.strip())))
    world.ledger.wait_for_deeds()
    return _told(n, recorded)


def told(world: World, key: str = "") -> tuple[Told, ...]:
    """The events in force, in the order in which they were recorded; of one key where one is given."""
    wanted = _key(key) if key else ""
    return tuple(_told(n, one) for n, one in sorted(world.events.items()) if not wanted or one.event.key == wanted)


def awaited(world: World) -> tuple[str, ...]:
    """The kinds of events that some series of the city's schedules waits for."""
    kinds = {kind for schedule in world.schedules for one in schedule.series for kind in period.waits_for(one.enforced)}
    return tuple(sorted(kinds))


def _refuse_slips(world: World, event: Event) -> None:
    """A misspelt kind or type of key would start no clock, and nobody would notice."""
    types = {rule.type for schedule in world.schedules for rule in schedule.keys}
    types |= {series.key_type for schedule in world.schedules for series in schedule.series if series.key_type}
    for said, known in ((event.kind, set(awaited(world))), (events.split(event.key)[0], types)):
        near = get_close_matches(said, known, n=1, cutoff=0.75) if said not in known else []
        if near and said not in events.YEARS:
            raise WrongUsage(
                f"The city's schedules know no '{said}'; is '{near[0]}' meant?", "Nothing was written; type it again."
            )


def _told(n: int, recorded: EventRecorded) -> Told:
    event = recorded.event
    return Told(n=n, kind=event.kind, key=event.key, on=event.on, source=recorded.source)


def _kind(text: str) -> str:
    """The kind as periods write it: whatever stands in ``until KIND`` can be read back."""
    plain = " ".join(text.split()).lower()
    try:
        if period.waits_for(period.parse(f"until {plain}")) == (plain,) or plain == "audit":
            return plain
    except ValueError:
        pass
    raise WrongUsage(f"'{text}' is no kind of event.", "Name one as a schedule does, e.g. closed, superseded, audit.")


def _key(text: str) -> str:
    try:
        return events.key(text)
    except ValueError as error:
        raise WrongUsage(
            f"An event needs the key of what it is about: {error}.", "Say it with --key 'contract C-2211'."
        ) from error
