"""People, the accounts they sign in with, and the offices they hold.

How a person is recognised at the keyboard is not known here; that is the command line's business.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who works for the city. ``account`` is the operating system's user name, or empty."""

    address: str
    name: str = ""
    account: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


class Roll(Struct, frozen=True):
    """The city's people and who holds which office."""

    people: tuple[Person, ...] = ()
    offices: Mapping[str, tuple[str, ...]] = {}

    def with_account(self, account: str) -> Person | None:
        """The person who signs in as ``account``; ``None`` where nobody does, or more than one."""
        found = [person for person in self.people if account and person.account == account]
        return found[0] if len(found) == 1 else None

    def with_address(self, address: str) -> Person | None:
        found = [person for person in self.people if person.address == address.lower()]
        return found[0] if found else None

    def offices_of(self, person: Person) -> tuple[str, ...]:
        return tuple(sorted(office for office, holders in self.offices.items() if person.address in holders))
