"""People, the accounts they sign in with, their departments, and the offices they hold from when to when.

How a person is recognised at the keyboard is not known here; that is the command line's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct


class Term(Struct, frozen=True, kw_only=True):
    """From when to when something was somebody's, both days included; ``None`` leaves that side open.

    ``of`` is the person's address in an office, and the department's name for a person.
    """

    of: str
    from_on: date | None = None
    to_on: date | None = None

    def holds(self, on: date) -> bool:
        return (self.from_on or date.min) <= on <= (self.to_on or date.max)


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who works for the city. ``account`` is the operating system's user name, or empty."""

    address: str
    name: str = ""
    account: str = ""
    departments: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


class Roll(Struct, frozen=True):
    """The city's people and who holds which office."""

    people: tuple[Person, ...] = ()
    offices: Mapping[str, tuple[Term, ...]] = {}

    def with_account(self, account: str) -> Person | None:
        """The person who signs in as ``account``; ``None`` where nobody does, or more than one."""
        found = [person for person in self.people if account and person.account == account]
        return found[0] if len(found) == 1 else None

    def with_address(self, address: str) -> Person | None:
        found = [person for person in self.people if person.address == address.lower()]
        return found[0] if found else None

    def offices_of(self, address: str, on: date) -> tuple[str, ...]:
        """The offices that whoever has this address held on that day, in order of their names."""
        held = (
            office
            for office, terms in self.offices.items()
            if any(term.of == address and term.holds(on) for term in terms)
        )
        return tuple(sorted(held))

    def departments_of(self, addresses: Iterable[str], on: date) -> tuple[str, ...] | None:
        """The departments on that day of the people with these addresses; ``None`` where nothing is said of any."""
        people = [person for address in addresses if (person := self.with_address(address))]
        terms = [term for person in people for term in person.departments]
        return tuple(sorted({term.of for term in terms if term.holds(on)})) if terms else None
