"""Notices: to the custodians of a hold, and to staff about monitoring and policy; who was told what, and who answered.

What a notice says is not known here, nor who the custodians of a hold are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from retention.core.person import Person, plain_name

if TYPE_CHECKING:
    from retention.core.city.sections import StaffNotice

ASKED_BY_LAW: Mapping[str, str] = {"Connecticut": "Conn. Gen. Stat. 31-48d"}
"""Jurisdictions whose law asks that staff be told before their mail is looked at. Since 1 October 2026 Connecticut's
asks for the places of monitoring too (Public Act 26-73), so a notice of before that day is not the current version."""


class CustodianNoticed(Struct, frozen=True, kw_only=True, tag="custodian noticed", tag_field="kind"):
    """A notice of this hold was written for a custodian. ``digest`` is the SHA-256 of its text.

    ``answer_by`` is the day by which it is to be acknowledged. ``number`` is the personnel office's for them, where it
    is known: an address may be given to somebody else later.
    """

    hold: str
    to: str
    digest: str
    answer_by: date
    reminder: bool = False
    number: str = ""


class CustodianAcknowledged(Struct, frozen=True, kw_only=True, tag="custodian acknowledged", tag_field="kind"):
    """The custodian said on that day that they will keep what the hold covers; ``how`` says where that is written.

    ``custodian`` is the address to which the notice went, and ``digest`` that of the notice which they answered.
    """

    hold: str
    custodian: str
    on: date
    how: str = ""
    digest: str = ""


class StaffNoticed(Struct, frozen=True, kw_only=True, tag="staff noticed", tag_field="kind"):
    """Somebody was given a notice or policy in one of its versions, and signed for it if ``signed_on`` says so.

    ``number`` is the personnel office's for them, where it is known.
    """

    notice: str
    version: str
    person: str
    given_on: date
    signed_on: date | None = None
    reference: str = ""
    number: str = ""


Told = CustodianNoticed | CustodianAcknowledged | StaffNoticed
"""What the ledger says of notices."""


class Notices:
    """Every notice that was given: by hold and custodian, and by notice, version and person."""

    def __init__(self) -> None:
        self.noticed: dict[str, dict[str, list[tuple[datetime, CustodianNoticed]]]] = {}
        self.acknowledged: dict[str, dict[str, CustodianAcknowledged]] = {}
        self.staff: dict[tuple[str, str], dict[str, list[StaffNoticed]]] = {}

    def add(self, at: datetime, told: Told) -> None:
        match told:
            case CustodianNoticed():
                self.noticed.setdefault(told.hold, {}).setdefault(told.to, []).append((at, told))
            case CustodianAcknowledged():
                answers = self.acknowledged.setdefault(told.hold, {})
                answered = answers.get(told.custodian)
                # What is told late of an earlier day takes nothing back.
                if answered is None or told.on >= answered.on:
                    answers[told.custodian] = told
            case StaffNoticed():
                of = self.staff.setdefault((told.notice, told.version), {})
                of.setdefault(told.person, []).append(told)

    def given(self, name: str, version: str, person: Person) -> StaffNoticed | None:
        """What was told last of this person and this version of a notice; who has signed once, has signed."""
        of = self.staff.get((name, version), {})
        found = [told for address in addresses_of(person) for told in of.get(address, ()) if same(told, person.id)]
        return next(iter([told for told in reversed(found) if told.signed_on] or found[::-1]), None)


def addresses_of(person: Person) -> tuple[str, ...]:
    """The addresses by which a person is meant: their own, not those of shared mailboxes."""
    return tuple(dict.fromkeys(one.lower() for one in (person.address, *person.addresses) if one))


def same(told: CustodianNoticed | StaffNoticed, number: str) -> bool:
    """Whether it was told of this person, and not of one who had the address at another time."""
    return not (told.number and number) or told.number == number


class Missing(Struct, frozen=True, kw_only=True):
    """Somebody who still has to be given a notice, or to sign it where ``given_on`` says that they have it."""

    person: Person
    given_on: date | None = None


def missing(notice: StaffNotice, people: Iterable[Person], given: Notices, today: date) -> tuple[Missing, ...]:
    """Everybody employed today, of the notice's departments, who does not have its current version as it asks."""
    found = []
    for person in people:
        if not addresses_of(person) or not is_employed(person, today) or not _is_of(person, notice.departments, today):
            continue
        if not has(given, notice.name, notice.version, person, notice.signed):
            told = given.given(notice.name, notice.version, person)
            found.append(Missing(person=person, given_on=told.given_on if told else None))
    return tuple(sorted(found, key=lambda one: one.person.address))


def has(notices: Notices, name: str, version: str, person: Person, signed: bool) -> bool:
    """Whether this person was given this version of the notice, and signed it where that is asked."""
    given = notices.given(name, version, person)
    return given is not None and (given.signed_on is not None or not signed)


def is_employed(person: Person, on: date) -> bool:
    """Of whom the personnel office said nothing is taken to be employed as long as they can sign in."""
    if person.employed:
        return any(term.holds(on) for term in person.employed)
    return person.enabled is not False


def _is_of(person: Person, departments: tuple[str, ...], on: date) -> bool:
    wanted = {plain_name(name) for name in departments}
    return not wanted or any(plain_name(term.of) in wanted for term in person.departments if term.holds(on))
