"""A table of the personnel office read into people, and a table of shared mailboxes read into who owns them.

How a cell becomes an address or a day is told next door, in ``table``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from retention.core.person import Person, Term
from retention.core.personnel.presence import spans
from retention.core.personnel.table import Row, Table
from retention.core.spreadsheet.sheet import BadRow

PEOPLE = {
    "id": "employee id, employee number, employee no, emp id, emp no, emp number, personnel number, personnel no, "
    "person number, staff id, staff number, worker id, id",
    "name": "name, full name, employee name, display name, employee, person",
    "first": "first name, first, given name, forename",
    "last": "last name, last, surname, family name",
    "address": "email, email address, address, mail, work email, work email address, primary email",
    "addresses": "other addresses, aliases, alias, other emails, other email addresses, other email, past addresses, "
    "former addresses, previous addresses, former email, previous email, email aliases, proxy addresses",
    "department": "department, dept, department name, dept name, home department",
    "office": "office, post, office held",
    "hired": "hired, hire date, date hired, date of hire, hired on, employed from",
    "left": "left, leave date, date left, left on, termination date, date of termination, terminated, term date, "
    "separation date, date of separation, separated, last day, last day worked, employed to, employed until",
    "from": "from, from date, start, starts, start date, started, begin, begin date, begins",
    "to": "to, to date, end, ends, end date, ended, until, through",
    "account": "account, account name, user name, user, login, login name, sam account name, network id",
    "mailboxes": "shared mailboxes, shared mailbox, owns, owner of, mailboxes owned",
}
"""What a table of people can say and under which headings, the surest first; capitals, spaces and hyphens do not count.

``hired`` and ``left`` are of the employment, ``from`` and ``to`` of the row's department and office; where a table has
only one of the two pairs, it says both."""
OWNERS = {
    "mailbox": "mailbox, shared mailbox, mailbox address, shared mailbox address, address, email, email address",
    "custodian": "custodian, custodians, custodian address, owner, owners, owner address, owner email, owned by, "
    "responsible, responsible person, person",
}
"""The same of a table of shared mailboxes and who owns them."""


class People(NamedTuple):
    """The people of a table; what of it could not be read; and what is not read, or is doubtful, and harms nothing."""

    people: tuple[Person, ...]
    problems: tuple[BadRow, ...]
    notes: tuple[BadRow, ...]


class Owner(NamedTuple):
    """A shared mailbox and a custodian who owns it, by their addresses, and the row that says so."""

    mailbox: str
    custodian: str
    row: int


class Owners(NamedTuple):
    """Each shared mailbox of a table with each of its custodians; what could not be read; and what is not read."""

    owners: tuple[Owner, ...]
    problems: tuple[BadRow, ...]
    notes: tuple[BadRow, ...]


def people_of(
    rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), marred: Sequence[Mapping[int, str]] = ()
) -> People:
    """The people in a table of the personnel office.

    The first filled row holds the headings. Rows of one person (the same number, else the same address) are several
    terms of that person; somebody hired again is one person who was employed twice. Dates are written ``2026-03-01``
    or, in the order of the United States, ``3/1/2026`` with the month first. ``numbers`` are those of the rows as a
    spreadsheet program shows them, where not all rows are given; ``marred`` says of each row which cells are no good. A
    row whose dates cannot be read says nothing of any term; its addresses are taken all the same.
    """
    table = Table(rows, numbers, PEOPLE, ("id", "address"), marred=marred)
    said = [one for row in table.rows if (one := _said(row)) is not None]
    groups = sorted(_together(said), key=lambda group: group[0].row)
    notes = (*table.notes, *_shared(groups))
    return People(tuple(map(_person, groups)), tuple(sorted(table.problems)), tuple(sorted(notes)))


def owners_of(
    rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), marred: Sequence[Mapping[int, str]] = ()
) -> Owners:
    """Each shared mailbox of a table with each custodian who owns it, once."""
    table = Table(rows, numbers, OWNERS, ("mailbox", "custodian"), all_needed=True, marred=marred)
    told: dict[tuple[str, str], int] = {}
    for row in table.rows:
        boxes, custodians = row.addresses("mailbox"), row.addresses("custodian")
        for key, found in (("mailbox", boxes), ("custodian", custodians)):
            if not found and not row.text(key):
                row.tell(key, "is empty: an address was expected")
        for pair in ((box, custodian) for box in boxes for custodian in custodians):
            told.setdefault(pair, row.number)
    owners = tuple(Owner(mailbox, custodian, number) for (mailbox, custodian), number in told.items())
    return Owners(owners, tuple(sorted(table.problems)), tuple(sorted(table.notes)))


class _Said(Struct, frozen=True, kw_only=True):
    """What one row says of somebody."""

    row: int
    heading: str
    id: str
    name: str
    account: str
    addresses: tuple[str, ...]
    mailboxes: tuple[str, ...]
    departments: tuple[Term, ...] = ()
    offices: tuple[Term, ...] = ()
    employed: tuple[Term, ...] = ()

    @property
    def from_on(self) -> date:
        return max((term.from_on or date.min for term in (*self.departments, *self.employed)), default=date.min)


def _said(row: Row) -> _Said | None:
    addresses = tuple(dict.fromkeys((*row.addresses("address"), *row.addresses("addresses"))))
    if not addresses and not row.text("id"):
        row.tell("", "neither an employee number nor an address was found: one of them was expected")
        return None
    said = _Said(
        row=row.number,
        heading=row.heading("address"),
        id=row.text("id"),
        name=row.text("name") or f"{row.text('first')} {row.text('last')}".strip(),
        account=row.text("account"),
        addresses=addresses,
        mailboxes=row.addresses("mailboxes"),
    )
    return _with_terms(said, row)


def _with_terms(said: _Said, row: Row) -> _Said:
    days = {key: row.day(key) for key in ("hired", "left", "from", "to")}
    if row.undated:
        return said
    hired = days["hired" if row.has("hired") else "from"]
    left = days["left" if row.has("left") else "to"]
    first, last = days["from"] or hired, days["to"] or left
    for start, end, keys in ((hired, left, ("left", "to")), (first, last, ("to", "left"))):
        if start and end and end < start:
            key = keys[0] if row.has(keys[0]) else keys[1]
            row.tell(key, f"{end} is before the first day, {start}: a later day was expected")
            return said
    department, office = row.text("department"), row.text("office")
    return replace(
        said,
        departments=(Term(of=department, from_on=first, to_on=last),) if department else (),
        offices=(Term(of=office, from_on=first, to_on=last),) if office else (),
        employed=(Term(of="", from_on=hired, to_on=left),) if hired or left else (),
    )


def _together(said: Iterable[_Said]) -> list[list[_Said]]:
    """The rows of each person: the same number, else the same address. Rows with a number go first, they decide."""
    groups: list[list[_Said]] = []
    numbered: dict[str, int] = {}
    at_address: dict[str, int] = {}
    for one in sorted(said, key=lambda one: not one.id):
        by_address = (at_address[address] for address in one.addresses if address in at_address)
        at = numbered.get(one.id) if one.id else next(by_address, None)
        if at is None:
            at = len(groups)
            groups.append([])
        groups[at].append(one)
        if one.id:
            numbered[one.id] = at
        at_address |= dict.fromkeys(one.addresses, at)
    return groups


def _person(group: Sequence[_Said]) -> Person:
    """One person of all rows; of what can only be one, what the row says that begins last."""
    latest = sorted(group, key=lambda one: (one.from_on, one.row), reverse=True)
    addresses = tuple(dict.fromkeys(address for one in latest for address in one.addresses))
    return Person(
        address=next(iter(addresses), ""),
        addresses=addresses[1:],
        id=group[0].id,
        name=next((one.name for one in latest if one.name), ""),
        account=next((one.account for one in latest if one.account), ""),
        mailboxes=tuple(dict.fromkeys(mailbox for one in group for mailbox in one.mailboxes)),
        departments=spans(term for one in group for term in one.departments),
        offices=spans(term for one in group for term in one.offices),
        employed=spans(term for one in group for term in one.employed),
    )


def _shared(groups: Iterable[Sequence[_Said]]) -> Iterator[BadRow]:
    """Each address that two people have or had; it is only told, because an address may be given to another person."""
    had: dict[str, _Said] = {}
    for group in groups:
        told = {address: one for one in reversed(group) for address in one.addresses}
        for address, one in told.items():
            other = had.setdefault(address, one)
            if other.id != one.id:
                sentence = f"{address} is an address of another person too, in row {other.row}: both are kept"
                yield BadRow("", one.row, one.heading, sentence)
