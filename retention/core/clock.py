"""The clock: whether it went on as time does since the last deed, and whether the city's zone still counts days alike.

What the machine and the mail system say of the time is told to these functions; nothing is asked here.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

MAY_DIFFER = timedelta(minutes=10)
"""How far two honest clocks may differ, with a program between them that had to wait."""
DRIFT = 0.001
"""How much faster or slower than the machine's own counter a clock may be set while it is kept right."""
CONFIRM = "Set it right; where it is right as it stands, `retention clock confirm --reason …` says so."
FIRST_YEAR, LAST_YEAR = 1990, 2060


class Machine(Struct, frozen=True):
    """Since when the machine has run: a name for this start of it, and the seconds since, sleep included.

    Without a name nothing is known of it.
    """

    boot: str = ""
    up: int = 0


class ClockRead(Struct, frozen=True, kw_only=True, tag="clock read", tag_field="kind"):
    """How the clock stood when deeds began: what the machine had counted, and the digest of the city's time zone."""

    boot: str
    up: int
    zone: str


class ClockConfirmed(Struct, frozen=True, kw_only=True, tag="clock confirmed", tag_field="kind"):
    """An office has looked at the clock, or at the time zone, and says that it is right as it stands."""

    boot: str
    up: int
    zone: str
    reason: str


class Reading(Struct, frozen=True):
    """The clock as it stood at one entry of the ledger.

    ``since`` is the first reading of the same start of the machine, or the last that an office confirmed: a clock that
    is set a little further each time is found by it. ``None`` where this is that reading. ``confirmed_in`` is the entry
    by which an office last confirmed it; ``None`` where none did since the machine was started.
    """

    at: datetime
    boot: str
    up: int
    zone: str
    since: Reading | None = None
    confirmed_in: int | None = None


def reading(n: int, at: datetime, read: ClockRead | ClockConfirmed, before: Reading | None) -> Reading:
    """How the clock stood at entry ``n``. With the machine's start, or an office's word, the measuring begins anew."""
    if isinstance(read, ClockConfirmed):
        return Reading(at, read.boot, read.up, read.zone, confirmed_in=n)
    if before is None or before.boot != read.boot:
        return Reading(at, read.boot, read.up, read.zone)
    return Reading(at, read.boot, read.up, read.zone, before.since or before, before.confirmed_in)


def jumped(before: Reading | None, at: datetime, machine: Machine) -> str:
    """How far the clock went away from what the machine counted meanwhile, in a sentence; empty where it did not.

    Measured from the last reading, and from the first of this start of the machine. After the machine was started anew
    nobody can tell by this.
    """
    if before is None or not machine.boot or machine.boot != before.boot:
        return ""
    return _away(before, at, machine) or (_away(before.since, at, machine) if before.since else "")


def _away(before: Reading, at: datetime, machine: Machine) -> str:
    passed, counted = at - before.at, timedelta(seconds=machine.up - before.up)
    away = passed - counted
    if abs(away) <= MAY_DIFFER + abs(counted) * DRIFT:
        return ""
    which = "ahead" if away > timedelta(0) else "back"
    return f"The clock jumped {which} by {_long(away)} since {before.at:%Y-%m-%d %H:%M} UTC."


def disagrees(at: datetime, told: datetime | None) -> str:
    """How far the clock is from the mail system's, in a sentence; empty where they agree, or where it said nothing."""
    if told is None or abs(at - told) <= MAY_DIFFER:
        return ""
    which = "ahead of" if at > told else "behind"
    return f"The clock is {_long(at - told)} {which} the mail system's, which says {told:%Y-%m-%d %H:%M} UTC."


@lru_cache(maxsize=4)
def zone_digest(name: str) -> str:
    """A digest of how this zone counts, from 1990 to 2060. Raises what ``ZoneInfo`` raises where it is not known."""
    zone = ZoneInfo(name)
    first, last = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 1, 1).toordinal()
    told, before = hashlib.sha256(name.encode()), None
    for day in range(first, last):
        noon = datetime.fromordinal(day).replace(hour=12, tzinfo=UTC).astimezone(zone).utcoffset()
        if noon != before:
            told.update(f"{day} {noon}\n".encode())
            before = noon
    return told.hexdigest()


def _long(span: timedelta) -> str:
    """``3 days``, ``5 hours``, ``20 minutes``: the largest unit of which there are two, rounded down."""
    seconds = int(abs(span).total_seconds())
    for unit, length in (("days", 86_400), ("hours", 3600)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds // 60} minutes"
