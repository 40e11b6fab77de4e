"""List what was asked for and what was granted, and how each stands now.

Nothing is written here.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from retention.core.access import Given, Request
from retention.core.city import days as days_of
from retention.jobs.access.custodian import doubt, granters, named, people_behind
from retention.jobs.world import World


class Listed(Struct, frozen=True, kw_only=True):
    """A request, and the grant it was given: their entries (``None``: there is none), by whom, from when, until when.

    ``state`` is ``waiting``, ``not yet``, ``live``, ``over``, ``revoked`` or ``counts for nothing``, and then ``doubt``
    says why. ``offices`` may grant what waits, or granted it. ``uses`` counts how often content was read under it.
    """

    custodian: str
    reader: str
    state: str
    offices: tuple[str, ...]
    request: int | None = None
    purpose: str = ""
    asked_by: str = ""
    asked_at: datetime | None = None
    grant: int | None = None
    by: str = ""
    reference: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mailboxes: tuple[str, ...] = ()
    uses: int = 0
    doubt: str = ""


def listed(world: World, *, custodian: str = "", reader: str = "", live: bool = False) -> tuple[Listed, ...]:
    """Every request in order; or those for this custodian, those for this reader, or those granted and live now."""
    whose, who = named(world, custodian) if custodian.strip() else "", reader.strip().lower()
    told = world.ledger.in_force.access
    waiting = [_waiting(world, asked) for entry, asked in told.requests.items() if told.of_request(entry) is None]
    granted = [_granted(world, given, told.requests.get(given.said.request)) for given in told.grants.values()]
    found = sorted((*waiting, *granted), key=lambda one: (one.request or one.grant or 0, one.grant or 0))
    return tuple(
        one
        for one in found
        if whose in ("", one.custodian) and who in ("", one.reader) and (one.state == "live" or not live)
    )


def _waiting(world: World, asked: Request) -> Listed:
    return Listed(
        custodian=asked.said.custodian,
        reader=asked.said.reader,
        state="waiting",
        offices=granters(world, people_behind(world, asked.said.custodian), world.today),
        request=asked.entry,
        purpose=asked.said.purpose,
        asked_by=asked.by,
        asked_at=asked.at,
    )


def _granted(world: World, given: Given, asked: Request | None) -> Listed:
    in_force, longest, zone = world.ledger.in_force, days_of(world.city.access.longest), world.city.zone
    state = in_force.access.standing(given, world.now(), longest, zone)
    why = doubt(world, given) if state in ("live", "not yet") else None
    return Listed(
        custodian=given.said.custodian,
        reader=given.said.reader,
        state="counts for nothing" if why else state,
        offices=(given.said.office,),
        request=asked.entry if asked else None,
        purpose=asked.said.purpose if asked else "",
        asked_by=asked.by if asked else "",
        asked_at=asked.at if asked else None,
        grant=given.entry,
        by=given.by,
        reference=given.said.reference,
        since=given.begins_at(),
        until=given.ends_at(longest, zone),
        mailboxes=tuple(box.address for box in world.directory.mailboxes if given.reaches(box)),
        uses=in_force.access.uses.get(given.entry, 0),
        doubt=why or "",
    )
