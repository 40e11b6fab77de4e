"""What is around a message: its direction, and the departments and offices of its custodian at that time.

Nothing here knows what a schedule makes of it.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from retention.core.message import Mailbox, Message
from retention.core.person import Roll


class Around(Struct, frozen=True, gc=False):
    """What the message itself does not say. ``None`` means not known, which fulfils no condition.

    ``direction`` is ``internal`` where sender and all recipients are the city's own, ``inbound`` where the sender is
    not, and ``outbound`` where only somebody who received it is not.
    """

    direction: str | None = None
    departments: tuple[str, ...] | None = None
    offices: tuple[str, ...] | None = None


NOT_KNOWN = Around()


class Surroundings(Struct, frozen=True):
    """The city as far as it decides what is around a message; ``domains`` are its own, with all below them."""

    roll: Roll
    domains: tuple[str, ...]
    time_zone: str

    @property
    def fingerprint(self) -> str:
        """A digest of all that it says."""
        people = [(one.every_address, one.departments, one.offices) for one in self.roll.people]
        said = (people, self.roll.offices, self.domains, self.time_zone)
        return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


class Looker:
    """Says what is around each message; mailboxes and days repeat by the thousand, and each is looked up once."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._roll = surroundings.roll
        self._domains = tuple(domain.lower() for domain in surroundings.domains)
        self._zone = ZoneInfo(surroundings.time_zone)
        self._posts = lru_cache(maxsize=65536)(self._posts_on)
        self._own = lru_cache(maxsize=65536)(self._is_own)
        terms = [term for terms in self._roll.offices.values() for term in terms]
        terms += [term for person in self._roll.people for term in (*person.departments, *person.offices)]
        self._ever_changes = any(term.from_on or term.to_on for term in terms)

    def around(self, message: Message, mailbox: Mailbox) -> Around:
        """Direction, departments and offices; the custodian's are those of the day on which it was received."""
        departments = offices = None
        if message.received_at is not None:
            # Where nobody's post ever begins or ends, every day is as good as the day itself.
            day = message.received_at.astimezone(self._zone).date() if self._ever_changes else date.min
            departments, offices = self._posts(mailbox.custodian_addresses, day)
        return Around(self._direction(message), departments, offices)

    def _posts_on(self, addresses: tuple[str, ...], day: date) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        departments = self._roll.departments_of(addresses, day)
        offices = self._roll.posts_of(addresses, day)
        # Somebody the city does not list may hold an office all the same: that is not known.
        listed = any(self._roll.with_address(address) for address in addresses)
        return departments, offices if listed or offices else None

    def _direction(self, message: Message) -> str | None:
        if not message.sender or message.to is None or message.cc is None or not self._domains:
            return None
        received = (*message.to, *message.cc, *(message.bcc or ()))
        # The name of an old directory (``/o=…``) may be a colleague's or a stranger's.
        if not all("@" in one for one in (message.sender, *received)):
            return None
        if not self._own(message.sender):
            return "inbound"
        if not received:
            return None
        return "internal" if all(map(self._own, received)) else "outbound"

    def _is_own(self, address: str) -> bool:
        domain = address.rpartition("@")[2].lower()
        return any(domain == own or domain.endswith(f".{own}") for own in self._domains)
