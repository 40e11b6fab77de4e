"""People: their addresses, the shared mailboxes they own, their departments and offices from when to when.

How a person is recognised at the keyboard is not known here; that is the command line's business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_MARKS = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4`\u2032", "'") | dict.fromkeys(_HYPHENS, "-"))


class Term(Struct, frozen=True, kw_only=True):
    """From when to when something was somebody's, both days included; ``None`` leaves that side open.

    ``of`` is the person's address in an office, and the name of the department or office for a person.
    """

    of: str
    from_on: date | None = None
    to_on: date | None = None

    def holds(self, on: date) -> bool:
        return (self.from_on or date.min) <= on <= (self.to_on or date.max)

    def meets(self, first: date | None, last: date | None) -> bool:
        """Whether any day of this term lies in the period."""
        return (self.from_on or date.min) <= (last or date.max) and (first or date.min) <= (self.to_on or date.max)


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who works, or worked, for the city. ``account`` is the operating system's user name, or empty.

    ``addresses`` are their other addresses, past and present; ``mailboxes`` the shared ones they own. ``id`` is the
    number by which the city's personnel office knows them, and ``directory`` the mail system's own id. ``employed`` has
    one term for each time they were hired. ``enabled`` says whether their account can sign in; ``None``: not said.
    """

    address: str
    name: str = ""
    account: str = ""
    departments: tuple[Term, ...] = ()
    id: str = ""
    directory: str = ""
    addresses: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    offices: tuple[Term, ...] = ()
    employed: tuple[Term, ...] = ()
    enabled: bool | None = None

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address

    @property
    def every_address(self) -> tuple[str, ...]:
        """Their own addresses, then those of the shared mailboxes they own."""
        every = dict.fromkeys((self.address, *self.addresses, *self.mailboxes))
        return tuple(one for one in every if one)

    @property
    def last_on(self) -> date:
        """The last day on which they are known to be employed; the end of time where none is said."""
        return max((term.to_on or date.max for term in self.employed), default=date.max)

    def left_by(self, on: date) -> bool:
        """Whether they were employed before that day and are not on it; who is yet to come has not left."""
        ended = any((term.to_on or date.max) < on for term in self.employed)
        return ended and not any(term.holds(on) for term in self.employed)


class Roll:
    """The city's people and who holds which office.

    ``offices`` are those whose holders may act; what a person's own ``offices`` say gives nobody a right.
    """

    def __init__(self, people: Iterable[Person] = (), offices: Mapping[str, tuple[Term, ...]] | None = None) -> None:
        self.people = tuple(people)
        self.offices = dict(offices or {})
        self._by_address: dict[str, list[Person]] = {}
        self._by_department: dict[str, list[Person]] = {}
        self._by_office: dict[str, list[Person]] = {}
        for person in self.people:
            for by, terms in ((self._by_department, person.departments), (self._by_office, person.offices)):
                for name in dict.fromkeys(plain_name(term.of) for term in terms):
                    by.setdefault(name, []).append(person)
            for address in dict.fromkeys(one.lower() for one in person.every_address):
                self._by_address.setdefault(address, []).append(person)

    def with_account(self, account: str) -> Person | None:
        """The person who signs in as ``account``; ``None`` where nobody does, or more than one."""
        found = [person for person in self.people if account and person.account == account]
        return found[0] if len(found) == 1 else None

    def with_address(self, address: str) -> Person | None:
        """The person whose first address this is, else whoever has or had it."""
        found = self.having(address)
        return next((person for person in found if person.address == address.lower()), found[0] if found else None)

    def having(self, address: str) -> tuple[Person, ...]:
        """Everybody who has or had this address, or owns the mailbox behind it."""
        return tuple(self._by_address.get(address.lower(), ()))

    def offices_of(self, address: str, on: date) -> tuple[str, ...]:
        """The offices with the right to act that whoever has this address held on that day, in order of their names."""
        held = (
            office
            for office, terms in self.offices.items()
            if any(term.of == address and term.holds(on) for term in terms)
        )
        return tuple(sorted(held))

    def posts_of(self, addresses: Iterable[str], on: date) -> tuple[str, ...]:
        """Every office, with the right to act or without, that the people with these addresses held on that day."""
        addresses = tuple(addresses)
        posts = {office for address in addresses for office in self.offices_of(address, on)}
        people = (person for address in addresses for person in self.having(address))
        posts |= {term.of for person in people for term in person.offices if term.holds(on)}
        return tuple(sorted(posts))

    def departments_of(self, addresses: Iterable[str], on: date) -> tuple[str, ...] | None:
        """The departments on that day of the people with these addresses; ``None`` where nothing is said of any."""
        terms = [term for address in addresses for person in self.having(address) for term in person.departments]
        return tuple(sorted({term.of for term in terms if term.holds(on)})) if terms else None

    def in_department(self, name: str, first: date | None, last: date | None) -> tuple[Person, ...]:
        """Everybody who was in the department on any day of the period."""
        return tuple(
            person
            for person in self._by_department.get(plain_name(name), ())
            if any(_alike(term.of, name) and term.meets(first, last) for term in person.departments)
        )

    def in_office(self, name: str, first: date | None, last: date | None) -> tuple[str, ...]:
        """The addresses of everybody who held the office on any day of the period."""
        addresses = [
            term.of
            for office, terms in self.offices.items()
            if _alike(office, name)
            for term in terms
            if term.meets(first, last)
        ]
        addresses += [
            person.address
            for person in self._by_office.get(plain_name(name), ())
            if any(_alike(term.of, name) and term.meets(first, last) for term in person.offices)
        ]
        return tuple(dict.fromkeys(addresses))

    def terms_in(self, office: str) -> tuple[Term, ...]:
        """From when to when anybody is known to have held the office."""
        terms = [term for name, terms in self.offices.items() if _alike(name, office) for term in terms]
        people = self._by_office.get(plain_name(office), ())
        return (*terms, *(term for person in people for term in person.offices if _alike(term.of, office)))


class Register:
    """What was ever recorded about people, joined: a person once known stays known, and so do their addresses."""

    def __init__(self) -> None:
        self._people: dict[int, Person] = {}
        self._at: dict[tuple[str, str], set[int]] = {}
        self._marks: dict[int, set[tuple[str, str]]] = {}

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, in the order in which they were first told of."""
        return tuple(self._people.values())

    def add(self, said: Person) -> Person:
        """Take in what is said of somebody, and give the person as they are known now."""
        first, *others = self._same(said) or (next(reversed(self._people), -1) + 1,)
        known = self._people.get(first)
        for other in others:
            # Taken for another person until now, when number and directory were first told together.
            known = joined(known, self._people.pop(other)) if known else known
            for mark in self._marks.pop(other):
                self._at[mark].discard(other)
                self._lead(mark, first)
        self._people[first] = joined(known, said) if known else said
        for mark in _marks(self._people[first]):
            self._lead(mark, first)
        return self._people[first]

    def known(self, said: Person) -> Person | None:
        """The person that this would be joined to."""
        same = self._same(said)
        return self._people[same[0]] if same else None

    def _same(self, said: Person) -> tuple[int, ...]:
        """A number of the personnel office or an id of the directory decides; an address only where neither differs.

        An address that was given to another person later does not make one person of two. Where several fit, whoever
        came last is meant; only by a number that is said do people become one.
        """
        numbered = self._at.get(("id", said.id), set())
        listed = {at for at in self._at.get(("directory", said.directory), ()) if not self._other_number(said, at)}
        if numbered or listed:
            return tuple(sorted(numbered | listed)) if said.id else self._latest(listed)
        for kind, mark in _marks(said):
            fitting = {at for at in self._at.get((kind, mark), ()) if kind == "address" and self._may_be(said, at)}
            if fitting:
                return self._latest(fitting)
        return ()

    def _other_number(self, said: Person, at: int) -> bool:
        return _differ(said.id, self._people[at].id)

    def _may_be(self, said: Person, at: int) -> bool:
        return not self._other_number(said, at) and not _differ(said.directory, self._people[at].directory)

    def _latest(self, numbers: set[int]) -> tuple[int, ...]:
        return (max(numbers, key=lambda at: (self._people[at].last_on, at)),)

    def _lead(self, mark: tuple[str, str], at: int) -> None:
        self._at.setdefault(mark, set()).add(at)
        self._marks.setdefault(at, set()).add(mark)


def joined(known: Person, said: Person) -> Person:
    """One person: what is said last replaces a name, an account or a term's end; an address is never taken away."""
    address = said.address or known.address
    everything = dict.fromkeys((*known.addresses, known.address, *said.addresses, said.address))
    return replace(
        known,
        address=address,
        name=said.name or known.name,
        account=said.account or known.account,
        id=said.id or known.id,
        directory=said.directory or known.directory,
        enabled=known.enabled if said.enabled is None else said.enabled,
        addresses=tuple(one for one in everything if one and one != address),
        mailboxes=tuple(dict.fromkeys((*known.mailboxes, *said.mailboxes))),
        departments=_terms(known.departments, said.departments),
        offices=_terms(known.offices, said.offices),
        employed=_employed(known.employed, said.employed),
    )


def _terms(known: tuple[Term, ...], said: tuple[Term, ...]) -> tuple[Term, ...]:
    """A term is known by what it is of and when it began; who says when it ends corrects it."""
    terms = {(term.of, term.from_on): term for term in known}
    terms.update({(term.of, term.from_on): term for term in said})
    return tuple(terms.values())


def _employed(known: tuple[Term, ...], said: tuple[Term, ...]) -> tuple[Term, ...]:
    """Nobody is hired twice at a time: what is said of a time corrects what was known of it, its first day too."""
    kept = (term for term in known if not any(term == each or term.meets(each.from_on, each.to_on) for each in said))
    return tuple(sorted((*kept, *said), key=lambda term: term.from_on or date.min))


def _marks(person: Person) -> Iterator[tuple[str, str]]:
    """By what a person is found again, the surest first. A shared mailbox says nothing of who somebody is."""
    if person.id:
        yield "id", person.id
    if person.directory:
        yield "directory", person.directory
    for address in (person.address, *person.addresses):
        if address:
            yield "address", address.lower()


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _alike(one: str, other: str) -> bool:
    return plain_name(one) == plain_name(other)


def plain_name(name: str) -> str:
    """A name of a department or office as it is compared: capitals, spaces and kinds of apostrophe do not count."""
    letters = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(letters.translate(_MARKS).split())


class PersonRecorded(Struct, frozen=True, kw_only=True, tag="person recorded", tag_field="kind"):
    """What is said of a person; ``source`` says where that is written: a file and its digest, or the directory."""

    person: Person
    source: str = ""
