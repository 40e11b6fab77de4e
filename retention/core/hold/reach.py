"""Whom a scope reaches: the mailboxes of its custodians, departments and offices, then and since.

What was once reached is kept in the ledger and stays reached; nothing is judged here about a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from retention.core.hold.scope import Post, Scope
from retention.core.message import Mailbox
from retention.core.person import Person, Roll


class Reach(Struct, frozen=True, kw_only=True):
    """Addresses and ids of mailboxes."""

    addresses: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()

    def __or__(self, other: Reach) -> Reach:
        return Reach(addresses=self.addresses | other.addresses, mailboxes=self.mailboxes | other.mailboxes)

    def __sub__(self, other: Reach) -> Reach:
        return Reach(addresses=self.addresses - other.addresses, mailboxes=self.mailboxes - other.mailboxes)

    def __bool__(self) -> bool:
        return bool(self.addresses or self.mailboxes)

    def has(self, mailbox: Mailbox) -> bool:
        return mailbox.id in self.mailboxes or not self.addresses.isdisjoint(mailbox.addresses)


NOBODY = Reach()


class Directory:
    """The people and the mailboxes that are known now, each found by its address."""

    def __init__(self, roll: Roll, mailboxes: Iterable[Mailbox]) -> None:
        self.roll = roll
        self.mailboxes = tuple(mailboxes)
        self._known = frozenset(mailbox.id for mailbox in self.mailboxes)
        self._ids: dict[str, set[str]] = {}
        self._listed: dict[str, list[Person]] = {}
        self._unplaced: dict[tuple[date | None, date | None], frozenset[str]] = {}
        for mailbox in self.mailboxes:
            for address in mailbox.addresses:
                self._ids.setdefault(address.lower(), set()).add(mailbox.id)
        for person in roll.people:
            if person.directory:
                self._listed.setdefault(person.directory, []).append(person)

    def people_of(self, mailbox: Mailbox) -> tuple[Person, ...]:
        """Everybody whose it may be: the directory's own id says so, or they have, had or own one of its addresses."""
        people = [person for address in mailbox.addresses for person in self.roll.having(address)]
        return tuple(dict.fromkeys((*self._listed.get(mailbox.id, ()), *people)))

    def unplaced(self, post: Post) -> frozenset[str]:
        """The ids of mailboxes of which nobody said in whose department they were then, so that it may be any."""
        period = (post.from_on, post.to_on)
        if period not in self._unplaced:
            self._unplaced[period] = frozenset(box.id for box in self.mailboxes if not self._is_placed(box, post))
        return self._unplaced[period]

    def _is_placed(self, mailbox: Mailbox, post: Post) -> bool:
        people = self.people_of(mailbox)
        return bool(people) and all(_is_placed(person, post) for person in people)

    def reach_of(self, addresses: Iterable[str]) -> Reach:
        """Every address and mailbox of whoever has or had one of these addresses, and these addresses themselves.

        A mailbox is a person's by the directory's own id too: a catalog that was begun anew knows no former address.
        """
        named = {address.lower() for address in addresses if address}
        # Who owns a shared mailbox is not reached by naming that mailbox.
        people = {person for address in named for person in self.roll.having(address) if address in _own(person)}
        every = named | {address.lower() for person in people for address in person.every_address}
        ids = {id_ for address in every for id_ in self._ids.get(address, ())}
        listed = {person.directory for person in people} & self._known
        return Reach(addresses=frozenset(every), mailboxes=frozenset(ids | listed))


def reached(scope: Scope, directory: Directory) -> dict[str, Reach]:
    """Whom each term of the scope that stands for people reaches now; what is excepted is fixed and not asked again."""
    return {
        term: _reach(who, directory) for part, excepted in scope.parts() if not excepted for term, who in _terms(part)
    }


def fixed(scope: Scope, directory: Directory, excepted: bool = False) -> Scope:
    """The scope with the mailboxes that it reaches now written into it, part by part.

    An exception never reaches a mailbox that may be anybody else's.
    """
    ids = set(scope.mailboxes)
    for _, who in _terms(scope):
        ids |= _excepted(who, directory) if excepted else _reach(who, directory).mailboxes
    return replace(
        scope,
        mailboxes=tuple(sorted(ids)),
        all_of=tuple(fixed(part, directory, excepted) for part in scope.all_of),
        any_of=tuple(fixed(part, directory, excepted) for part in scope.any_of),
        none_of=tuple(fixed(part, directory, not excepted) for part in scope.none_of),
    )


def terms_of(part: Scope) -> tuple[str, ...]:
    """The terms of this one part that stand for people, as they are named in the ledger."""
    return tuple(term for term, _ in _terms(part))


def gaps(terms: Iterable[tuple[date | None, date | None]], post: Post, until: date) -> tuple[tuple[date, date], ...]:
    """The days of the post's period, up to ``until``, on which nobody is known to have held it."""
    first = post.from_on or min((start for start, _ in terms if start), default=until)
    last, found = min(post.to_on or until, until), []
    for start, end in sorted(((s or date.min, e or date.max) for s, e in terms)):
        if start > last:
            break
        if start > first:
            found.append((first, start - timedelta(days=1)))
        if end == date.max:
            return tuple(found)
        first = max(first, end + timedelta(days=1))
    return tuple(found) if first > last else (*found, (first, last))


class _Who(Struct, frozen=True):
    """One term: an address of a person, or a department or an office over a period."""

    custodian: str = ""
    department: Post | None = None
    office: Post | None = None


def _terms(part: Scope) -> Iterator[tuple[str, _Who]]:
    for address in part.custodians:
        yield f"custodian {address}", _Who(custodian=address)
    for post in part.departments:
        yield f"department {post}", _Who(department=post)
    for post in part.offices:
        yield f"office {post}", _Who(office=post)


def _reach(who: _Who, directory: Directory) -> Reach:
    roll = directory.roll
    if who.department:
        people = roll.in_department(who.department.name, who.department.from_on, who.department.to_on)
        reach = directory.reach_of(address for person in people for address in (person.address, *person.addresses))
        return reach | Reach(mailboxes=directory.unplaced(who.department))
    if who.office:
        return directory.reach_of(roll.in_office(who.office.name, who.office.from_on, who.office.to_on))
    return directory.reach_of([who.custodian])


def _excepted(who: _Who, directory: Directory) -> set[str]:
    """The ids of the mailboxes that are certainly theirs and nobody else's."""
    roll = directory.roll
    if who.department:
        within = set(roll.in_department(who.department.name, who.department.from_on, who.department.to_on))
        return {
            box.id for box in directory.mailboxes if (people := directory.people_of(box)) and within.issuperset(people)
        }
    if who.office:
        holders = {one.lower() for one in roll.in_office(who.office.name, who.office.from_on, who.office.to_on)}
        # By the address they have now: a former one may be that of whoever holds the office.
        return {
            box.id
            for box in directory.mailboxes
            if holders.issuperset(one.address.lower() for one in directory.people_of(box))
            and (directory.people_of(box) or box.address in holders)
        }
    address = who.custodian.lower()
    first = [box for box in directory.mailboxes if box.address == address]
    found = first or [box for box in directory.mailboxes if address in box.addresses]
    # Two mailboxes had it, one after the other: it cannot be told which of them is meant.
    return {box.id for box in found if len(found) == 1 and _is_of_one(box, directory)}


def _is_of_one(mailbox: Mailbox, directory: Directory) -> bool:
    """Whether it is one person's, or nobody's own: who owns a shared mailbox is no other than the mailbox itself."""
    people = directory.people_of(mailbox)
    own = [one for one in people if one.directory == mailbox.id or not _own(one).isdisjoint(mailbox.addresses)]
    return not own or len(people) == 1


def _own(person: Person) -> frozenset[str]:
    """The addresses that are or were the person's own, and not those of the shared mailboxes they own."""
    return frozenset(address.lower() for address in (person.address, *person.addresses))


def _is_placed(person: Person, post: Post) -> bool:
    """Whether it is known in which department they were at any time of the post's period, or that they had left."""
    if any(term.meets(post.from_on, post.to_on) for term in person.departments):
        return True
    return bool(person.departments) and person.last_on < (post.from_on or date.min)
