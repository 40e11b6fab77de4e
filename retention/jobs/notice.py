"""Notices to staff: who was given the current version of each and signed it, and who is missing.

Which notices a city has is said in its settings; whoever may read content on their strength is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches

from msgspec import Struct

from retention.core.authority import DEFAULT_ACTS, Act
from retention.core.city import StaffNotice
from retention.core.notice import ASKED_BY_LAW, Missing, StaffNoticed, addresses_of, has, missing
from retention.core.person import Person
from retention.core.spreadsheet import notices as rows
from retention.core.spreadsheet.sheet import Sheet
from retention.errors import WrongUsage
from retention.jobs.acting import signed
from retention.jobs.hold.acknowledge import refused, sentence
from retention.jobs.world import World


class Imported(Struct, frozen=True, kw_only=True):
    """What a list came to: what was recorded now, and how many rows had been recorded before."""

    recorded: tuple[StaffNoticed, ...]
    known: int


class Listed(Struct, frozen=True, kw_only=True):
    """One notice: how many have its current version, and everything that was ever recorded of it, in order."""

    notice: StaffNotice
    given: int
    signed: int
    missing: int
    told: tuple[StaffNoticed, ...]


class Due(Struct, frozen=True, kw_only=True):
    """One notice, and everybody who does not have it yet as it asks."""

    notice: StaffNotice
    missing: tuple[Missing, ...]


def record(
    world: World,
    name: str,
    *,
    person: str,
    given: date | None = None,
    signed_on: date | None = None,
    reference: str = "",
    version: str = "",
) -> StaffNoticed:
    """Record that somebody was given a notice, and on which day they signed it where they did.

    Where neither day is said, it was given today; who signs something had it by then. What is recorded already is not
    recorded again. Raises ``NotThisOffice`` and ``WrongUsage``.
    """
    notice = _named(world, name)
    world.require(Act.RECORD_NOTICE)
    if given is None and signed_on is None:
        given = world.today
    try:
        told = _told(world, notice, person, given, signed_on, reference, version)
    except ValueError as error:
        raise WrongUsage(sentence(error), "Nothing was recorded; correct it and run this again.") from error
    if not _is_known(world, told):
        world.ledger.append(signed(world, Act.RECORD_NOTICE, told))
    return told


def import_(world: World, name: str, sheet: Sheet) -> Imported:
    """Record a list of who was given a notice and signed it. Raises ``WrongUsage`` with every problem, and then records
    nothing.

    The rows are not signed one by one: a key would be asked for as often as the list has rows.
    """
    notice = _named(world, name)
    world.require(Act.RECORD_NOTICE)
    found, problems = rows.given(sheet)
    bad, told = list(problems), []
    at: dict[tuple[str, str], int] = {}
    for row in found:
        column = rows.place(row.answer, *rows.WHO)
        try:
            one = _told(world, notice, row.person, row.given_on, row.signed_on, row.reference, row.version)
        except ValueError as error:
            bad.append(row.answer.problem(column, str(error)))
            continue
        first = at.setdefault((one.person, one.version), row.answer.line.number)
        if first != row.answer.line.number:
            bad.append(row.answer.problem(column, f"{one.person} stands in row {first} already; keep one"))
        told.append(one)
    if bad:
        raise refused(bad)
    recorded = tuple(one for one in told if not _is_known(world, one))
    world.ledger.append(*recorded)
    return Imported(recorded=recorded, known=len(told) - len(recorded))


def listed(world: World, name: str = "") -> tuple[Listed, ...]:
    """The city's notices, or the one of that name. Raises ``WrongUsage`` where there is none."""
    return tuple(_listed(world, notice) for notice in _asked(world, name))


def due(world: World, name: str = "") -> tuple[Due, ...]:
    """Everybody of the roll who is employed today and does not have a notice of the city's, or the one of that name."""
    people, given = _staff(world), world.ledger.in_force.notices
    return tuple(
        Due(notice=notice, missing=missing(notice, people, given, world.today)) for notice in _asked(world, name)
    )


def standing(world: World, name: str, person: Person) -> str | None:
    """Why this person does not have the current version of a notice as it asks; ``None`` where they do."""
    notice = _named(world, name)
    notices = world.ledger.in_force.notices
    if has(notices, notice.name, notice.version, person, notice.signed):
        return None
    told = notices.given(notice.name, notice.version, person)
    lacks = f"was given it on {told.given_on} and has not signed" if told else "has not been given"
    return f"{person} {lacks} '{notice.title or notice.name}' in its version {notice.version}."


def waiting(world: World) -> tuple[str, ...]:
    """What somebody has to see to, a sentence for each notice that is missing for anybody.

    Where a law asks for a notice and the city has none, that is said first.
    """
    office = (world.city.acts.get(Act.RECORD_NOTICE) or DEFAULT_ACTS[Act.RECORD_NOTICE])[0]
    laws = {ASKED_BY_LAW[one.jurisdiction] for one in world.schedules if one.jurisdiction in ASKED_BY_LAW}
    sentences = []
    if laws and not world.city.notices.staff:
        sentences.append(
            f"{office}: {' and '.join(sorted(laws))} asks that staff have notice of monitoring, and none is named "
            "under [[notices.staff]]."
        )
    for one in due(world):
        if one.missing:
            count = f"{len(one.missing)} {'person has' if len(one.missing) == 1 else 'people have'}"
            lacks = "not signed" if one.notice.signed else "not been given"
            sentences.append(
                f"{office}: {count} {lacks} '{one.notice.name}' in its version {one.notice.version}; "
                f"see `retention notice due {one.notice.name}`."
            )
    return tuple(sentences)


def _asked(world: World, name: str) -> tuple[StaffNotice, ...]:
    return (_named(world, name),) if name else world.city.notices.staff


def _named(world: World, name: str) -> StaffNotice:
    """The notice of that name; raises ``WrongUsage`` with what may be meant."""
    notices = {notice.name: notice for notice in world.city.notices.staff}
    if name in notices:
        return notices[name]
    near = get_close_matches(name, notices, n=1)
    if near:
        hint = f"Perhaps '{near[0]}' is meant."
    else:
        hint = f"One of {', '.join(notices)}." if notices else "Name one in the settings, under [[notices.staff]]."
    raise WrongUsage(f"There is no notice '{name}'.", hint)


def _listed(world: World, notice: StaffNotice) -> Listed:
    notices = world.ledger.in_force.notices
    people = _staff(world)
    found = [told for one in people if (told := notices.given(notice.name, notice.version, one)) is not None]
    return Listed(
        notice=notice,
        given=len(found),
        signed=sum(told.signed_on is not None for told in found),
        missing=len(missing(notice, people, notices, world.today)),
        told=tuple(
            told
            for (name, _), of in notices.staff.items()
            if name == notice.name
            for one in of.values()
            for told in one
        ),
    )


def _told(
    world: World,
    notice: StaffNotice,
    person: str,
    given: date | None,
    signed_on: date | None,
    reference: str,
    version: str,
) -> StaffNoticed:
    """What is to be recorded. Raises ``ValueError`` with the end of a sentence."""
    whom = _person(world, person)
    version = version.strip() or notice.version
    before = world.ledger.in_force.notices.given(notice.name, version, whom)
    if given is None:
        given = min(before.given_on, signed_on or before.given_on) if before else signed_on or world.today
    for day in filter(None, (given, signed_on)):
        if day > world.today:
            raise ValueError(f"{day} has not come yet")
    if signed_on is not None and given > signed_on:
        raise ValueError(f"nobody signs on {signed_on} what is given to them on {given}")
    return StaffNoticed(
        notice=notice.name,
        version=version,
        person=addresses_of(whom)[0],
        given_on=given,
        signed_on=signed_on,
        reference=" ".join(reference.split()),
        number=whom.id,
    )


def _is_known(world: World, told: StaffNoticed) -> bool:
    return told in world.ledger.in_force.notices.staff.get((told.notice, told.version), {}).get(told.person, ())


def _person(world: World, text: str) -> Person:
    """Whoever has this address now, else who had it. Raises ``ValueError`` with the end of a sentence."""
    address = text.strip().lower()
    found = [one for one in world.roll.having(address) if address in addresses_of(one)]
    if not found:
        near = get_close_matches(address, list(_addresses(world)), n=1)
        raise ValueError(
            f"nobody is known to have the address '{address}'{f'; perhaps {near[0]} is meant' if near else ''}"
        )
    return min(found, key=lambda one: (one.address.lower() != address, one.left_by(world.today)))


def _addresses(world: World) -> Iterator[str]:
    for person in _staff(world):
        yield from addresses_of(person)


def _staff(world: World) -> tuple[Person, ...]:
    """Everybody of the roll who is a person."""
    return tuple(person for person in world.roll.people if person.address not in world.city.services)
