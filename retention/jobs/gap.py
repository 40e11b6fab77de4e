"""The capture gap: how long mail lay exposed to deletion by its owner before it was captured, and what still does.

Nothing is changed. What is a record and what is not was decided when it was filed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from retention.catalog import Exposed
from retention.jobs.world import World


class Gap(Struct, frozen=True, kw_only=True):
    """Of one mailbox, or of all: how long captured records had lain in it, and what is exposed or lost.

    ``captured`` counts the records that were captured, ``undated`` those of them without a date of receipt, of which no
    one can say how long they lay there. ``median``, ``ninth`` (in ten, nine were captured within it) and ``longest``
    are ``None`` where there is none to count. ``waiting`` messages are filed as records and still in the mailbox, the
    oldest received at ``waiting_since``. ``gone`` messages went without our doing since ``gone_since``; of these
    ``gone_records`` were filed as records and never captured.
    """

    address: str = ""
    captured: int
    undated: int
    median: timedelta | None
    ninth: timedelta | None
    longest: timedelta | None
    waiting: int
    waiting_since: datetime | None
    gone: int
    gone_records: int
    gone_since: datetime | None


class Gaps(Struct, frozen=True, kw_only=True):
    """The gap of all mailboxes together, and of each in the order of the addresses."""

    all: Gap
    mailboxes: tuple[Gap, ...]


def gap(world: World) -> Gaps:
    """How long captured mail lay exposed, and what is exposed now: per mailbox and in all."""
    exposed = world.catalog.hindsight.exposed()
    mailboxes = tuple(_gap(one.mailbox.address, one.seconds, (one,)) for one in exposed)
    every = array("q")
    for one in exposed:
        every.extend(one.seconds)
    return Gaps(all=_gap("", every, exposed), mailboxes=mailboxes)


def _gap(address: str, seconds: array[int], exposed: Iterable[Exposed]) -> Gap:
    exposed, ranked = tuple(exposed), sorted(seconds)
    undated = sum(one.undated for one in exposed)
    return Gap(
        address=address,
        captured=len(ranked) + undated,
        undated=undated,
        median=_within(ranked, 50),
        ninth=_within(ranked, 90),
        longest=_within(ranked, 100),
        waiting=sum(one.waiting for one in exposed),
        waiting_since=_first(one.waiting_since for one in exposed),
        gone=sum(one.gone for one in exposed),
        gone_records=sum(one.gone_records for one in exposed),
        gone_since=_first(one.gone_since for one in exposed),
    )


def _within(ranked: list[int], percent: int) -> timedelta | None:
    """Within what time so many of a hundred were captured: the nearest of the times that were, never one between."""
    return timedelta(seconds=ranked[-(-len(ranked) * percent // 100) - 1]) if ranked else None


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in instants if one is not None), default=None)
