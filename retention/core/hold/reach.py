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
from retention.core.person import Roll


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
        self._ids: dict[str, set[str]] = {}
        for mailbox in self.mailboxes:
            for address in mailbox.addresses:
                self._ids.setdefault(address, set()).add(mailbox.id)
        # Whose department nobody said may be in any: that cannot be judged.
        self.unplaced = frozenset(
            mailbox.id
            for mailbox in self.mailboxes
            if not any(person.departments for address in mailbox.addresses for person in roll.having(address))
        )

    def reach_of(self, addresses: Iterable[str]) -> Reach:
        """Every address and mailbox of whoever has or had one of these addresses, and these addresses themselves."""
        every = {one for address in addresses for one in (address, *self._of_whom(address)) if one}
        return Reach(
            addresses=frozenset(every),
            mailboxes=frozenset(id_ for address in every for id_ in self._ids.get(address, ())),
        )

    def _of_whom(self, address: str) -> Iterator[str]:
        for person in self.roll.having(address):
            # Who owns a shared mailbox is not reached by naming that mailbox.
            if address not in person.mailboxes:
                yield from person.every_address


def reached(scope: Scope, directory: Directory) -> dict[str, Reach]:
    """Whom each term of the scope that stands for people reaches now; what is excepted is fixed and not asked again."""
    return {
        term: _reach(who, directory) for part, excepted in scope.parts() if not excepted for term, who in _terms(part)
    }


def fixed(scope: Scope, directory: Directory, excepted: bool = False) -> Scope:
    """The scope with the mailboxes that it reaches now written into it, part by part.

    An exception never reaches a mailbox only because nobody said whose it is.
    """
    ids = set(scope.mailboxes)
    for _, who in _terms(scope):
        ids |= _reach(who, directory, doubtful=not excepted).mailboxes
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


def _reach(who: _Who, directory: Directory, *, doubtful: bool = True) -> Reach:
    roll = directory.roll
    if who.department:
        people = roll.in_department(who.department.name, who.department.from_on, who.department.to_on)
        reach = directory.reach_of(address for person in people for address in (person.address, *person.addresses))
        return reach | Reach(mailboxes=directory.unplaced) if doubtful else reach
    if who.office:
        return directory.reach_of(roll.in_office(who.office.name, who.office.from_on, who.office.to_on))
    return directory.reach_of([who.custodian])
