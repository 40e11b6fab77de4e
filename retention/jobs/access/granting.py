"""Request, grant and revoke access: by the office that may, in advance, in writing, for no longer than the city allows.

How long that is and whose office it is, is decided in ``core/access.py``; nothing is read here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from retention.core import access
from retention.core.access import AccessGranted, AccessRequested, AccessRevoked, Given, Request
from retention.core.audit import InForce
from retention.core.authority import Act
from retention.core.city import days as days_of
from retention.core.person import Person
from retention.errors import AccessDenied, PersonUnknown, WrongUsage
from retention.jobs.access.custodian import granters, lacking, mailboxes_of, named, people_behind
from retention.jobs.acting import signed
from retention.jobs.world import World

AHEAD = timedelta(days=366)
"""How far from today a grant may begin."""


def request(world: World, *, custodian: str, purpose: str, reader: str = "") -> Request:
    """Ask that ``reader`` (empty: whoever acts) may read the mail of a custodian. It allows nothing yet.

    Raises ``PersonUnknown`` where who acts is not listed, and ``WrongUsage`` for a custodian or a reader who is not
    known, or without a purpose.
    """
    if world.city.roll.with_address(world.actor.address) is None:
        raise PersonUnknown(
            f"{world.actor} is not listed under [people].", "Whoever asks for access must be known; add them there."
        )
    who = world.city.roll.with_address(reader.strip()) if reader.strip() else world.actor
    if who is None:
        raise WrongUsage(
            f"The reader '{reader.strip()}' is not listed under [people].",
            "A grant is for one person who signs in under their own account; add them there.",
        )
    if not purpose.strip():
        raise WrongUsage("A request needs its purpose.", "Say it with --purpose.")
    asked = AccessRequested(custodian=named(world, custodian), reader=who.address, purpose=purpose.strip())
    world.ledger.append(asked)
    mine = (one for one in world.ledger.in_force.access.requests.values() if one.said == asked)
    return max(mine, key=lambda one: one.entry)


def grant(
    world: World,
    entry: int,
    *,
    reference: str,
    days: int | None = None,
    until: date | None = None,
    begin: date | None = None,
) -> Given:
    """Let the reader of this request read the custodian's mail, from now or a later day, for so many calendar days.

    Where neither ``days`` nor ``until`` is said, it is as long as the city allows. Raises ``NotThisOffice`` (and writes
    the attempt down), ``AccessDenied`` where the reader's agreement or the notice to the custodian is lacking, and
    ``WrongUsage`` for a grant that is too long, back-dated, without reference, or a second one.
    """
    asked = _request(world, entry)
    office = _office(world, asked)
    if not reference.strip():
        raise WrongUsage("A grant is given in writing.", "Say where the approval is written with --reference.")
    since, ends = _period(world, days, until, begin)
    why = lacking(world, _reader(world, asked.said.reader), asked.said.custodian)
    if why is not None:
        raise AccessDenied(why, "Nothing was granted; see to that first, then grant it.")
    granted = AccessGranted(
        request=entry,
        custodian=asked.said.custodian,
        reader=asked.said.reader,
        reference=reference.strip(),
        since=since,
        until=ends,
        office=office,
        mailboxes=tuple(box.id for box in mailboxes_of(world, asked.said.custodian, office)),
    )
    _refuse_second(world, world.ledger.in_force, granted)
    act = signed(world, Act.GRANT_ACCESS, granted)
    world.ledger.append(act, unless=lambda in_force: _refuse_second(world, in_force, granted))
    given = world.ledger.in_force.access.of_request(entry)
    assert given is not None  # it was written just now
    return given


def revoke(world: World, entry: int, *, reason: str) -> AccessRevoked:
    """End a grant before its time. Raises ``NotThisOffice`` (and writes the attempt down) and ``WrongUsage``."""
    given = world.ledger.in_force.access.grants.get(entry)
    if given is None:
        raise WrongUsage(f"Ledger entry {entry} is no grant.", "See `retention access list`.")
    today = granters(world, people_behind(world, given.said.custodian), world.today)
    offices = tuple(dict.fromkeys((*today, given.said.office)))
    if not set(offices) & set(_offices_of_actor(world)):
        world.refuse(Act.GRANT_ACCESS, _not_theirs(world, given.said.custodian, offices))
    if not reason.strip():
        raise WrongUsage("A revocation needs its reason.", "Say it with --reason.")
    revoked = AccessRevoked(grant=entry, reason=reason.strip())
    _refuse_ended(world, world.ledger.in_force, given)
    act = signed(world, Act.GRANT_ACCESS, revoked)
    world.ledger.append(act, unless=lambda in_force: _refuse_ended(world, in_force, given))
    return revoked


def _request(world: World, entry: int) -> Request:
    asked = world.ledger.in_force.access.requests.get(entry)
    if asked is None:
        raise WrongUsage(f"Ledger entry {entry} is no request for access.", "See `retention access list`.")
    return asked


def _reader(world: World, address: str) -> Person:
    """The reader as they are listed now: who is listed no more cannot sign in either."""
    person = world.city.roll.with_address(address)
    if person is None:
        raise WrongUsage(f"The reader {address} is no longer listed under [people].", "Nothing was granted.")
    return person


def _office(world: World, asked: Request) -> str:
    """The office in whose name whoever acts may grant this; refused and written down where there is none."""
    offices = granters(world, people_behind(world, asked.said.custodian), world.today)
    mine = [office for office in offices if office in _offices_of_actor(world)]
    if not mine:
        world.refuse(Act.GRANT_ACCESS, _not_theirs(world, asked.said.custodian, offices))
    if world.actor.address in (asked.said.reader, asked.by):
        world.refuse(Act.GRANT_ACCESS, f"{world.actor} asked for this, or is to read it; a second person grants it.")
    return mine[0]


def _offices_of_actor(world: World) -> tuple[str, ...]:
    return world.city.roll.offices_of(world.actor.address, world.today)


def _not_theirs(world: World, custodian: str, offices: tuple[str, ...]) -> str:
    held = ", ".join(_offices_of_actor(world)) or "no office"
    return f"{world.actor} holds {held}; access to the mail of {custodian} is granted by {' or '.join(offices)}."


def _period(world: World, days: int | None, until: date | None, begin: date | None) -> tuple[datetime, datetime]:
    """From when until when, in whole calendar days of the city, of which the first counts however little is left."""
    longest, first = days_of(world.city.access.longest), begin or world.today
    if first < world.today:
        raise WrongUsage(f"{first} is over: access is granted in advance.", "Begin today or on a later day.")
    if first > world.today + AHEAD:
        raise WrongUsage(f"{first} is more than a year away.", "Grant it when the time comes.")
    if days is not None and until is not None:
        raise WrongUsage("--days and --until both say when it ends.", "Say one of them.")
    if until is not None:
        days = (until - first).days + 1
    elif days is None:
        days = longest
    if days < 1:
        raise WrongUsage("The grant would end before it begins.", "Say at least one day.")
    if days > longest:
        raise WrongUsage(
            f"{days} calendar days are too long: a grant is for at most {longest}.",
            "Grant it for that; whatever takes longer needs a new request and a new grant.",
        )
    since = world.now() if first == world.today else access.midnight(first, world.city.zone)
    return since, access.end_of(since, days, world.city.zone)


def _refuse_second(world: World, in_force: InForce, granted: AccessGranted) -> None:
    """Raise where this request was granted before, or the same reader may read the same mail already.

    Two grants at a time would be one that is longer than the city allows.
    """
    if in_force.access.of_request(granted.request) is not None:
        raise WrongUsage(f"The request {granted.request} was granted before.", "A new grant needs a new request.")
    for given in in_force.access.to(granted.reader):
        same = given.said.custodian == granted.custodian
        if same and _standing(world, in_force, given) in ("live", "not yet"):
            raise WrongUsage(
                f"{granted.reader} has a grant for the mail of {granted.custodian} already, entry {given.entry}.",
                "Longer needs a new grant once that one is over; or revoke it first.",
            )


def _refuse_ended(world: World, in_force: InForce, given: Given) -> None:
    standing = _standing(world, in_force, given)
    if standing in ("over", "revoked"):
        raise WrongUsage(f"The grant of entry {given.entry} is {standing} already.", "There is nothing to take back.")


def _standing(world: World, in_force: InForce, given: Given) -> str:
    return in_force.access.standing(given, world.now(), days_of(world.city.access.longest), world.city.zone)
