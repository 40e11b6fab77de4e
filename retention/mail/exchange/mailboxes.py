"""Which mailboxes there are, who they are of, and by which address an id is known.

No folder is listed and no message read here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from msgspec import Struct

from retention.core.message import Mailbox
from retention.core.person import Person
from retention.errors import BadConfiguration, MailNotAnswering
from retention.mail.exchange.answers import TYPES, Element, children
from retention.mail.exchange.asked import SEARCHABLE_MAILBOXES
from retention.mail.exchange.failures import ServiceError
from retention.mail.exchange.wire import Wire
from retention.mail.interface import MailboxUnreadable

BY_ADDRESS = "smtp:"
"""Begins the id of a mailbox that is known by its address only, because the server tells no list."""

NO_LIST = frozenset({"ErrorAccessDenied", "ErrorInvalidRequest", "ErrorSearchTooManyMailboxes"})


class Listed(Struct, frozen=True):
    """A mailbox as the server lists it."""

    guid: str
    address: str
    name: str
    legacy: str
    """Its name in the server's own directory (``/o=…``), by which holds may name it."""


class Directory:
    """The server's list of mailboxes, and the addresses of those that were met. Thread-safe.

    Everything is asked for by address, and a mailbox's id is the GUID that it keeps when its address changes.
    """

    def __init__(self, wire: Wire, only: tuple[str, ...]) -> None:
        self._wire = wire
        self._only = tuple(dict.fromkeys(address.lower() for address in only))
        self._addresses: dict[str, str] = {}
        self._lock = threading.Lock()

    def mailboxes(self) -> Iterator[Mailbox]:
        """Those that the server lists, or those of them that the settings name.

        The list is the one of eDiscovery (``GetSearchableMailboxes``): there is no other. Where the server does not
        give it, those that the settings name. Raises ``BadConfiguration``.
        """
        try:
            listed = self.listed()
        except ServiceError as error:
            if not self._only:
                raise self._no_list(error) from error
            boxes = [Mailbox(id=f"{BY_ADDRESS}{address}", address=address) for address in self._only]
        else:
            wanted = [each for each in listed if not self._only or each.address in self._only]
            if missing := set(self._only) - {each.address for each in wanted}:
                raise BadConfiguration(
                    f"The server lists no mailbox {', '.join(sorted(missing))}.",
                    "Correct mail.mailboxes, or remove the address from it.",
                )
            boxes = [Mailbox(id=each.guid, address=each.address, name=each.name) for each in wanted]
        for box in boxes:
            self.know(box)
            yield box

    def people(self) -> Iterator[Person]:
        """Whoever has a mailbox: an Exchange Server tells nothing else of people, and not who of them is a person."""
        try:
            listed = self.listed()
        except ServiceError as error:
            if not self._only:
                raise self._no_list(error) from error
            yield from (Person(address=each, directory=f"{BY_ADDRESS}{each}") for each in self._only)
            return
        for each in listed:
            yield Person(address=each.address, name=each.name, directory=each.guid)

    def listed(self) -> list[Listed]:
        """All that the server lists, once each; distribution groups are none. Raises ``ServiceError``."""
        response = self._wire.one(SEARCHABLE_MAILBOXES)
        found = {each.guid: each for each in map(_listed, children(response, "SearchableMailboxes")) if each.address}
        return list(found.values())

    def know(self, mailbox: Mailbox) -> str:
        """Remember the mailbox's address, and give it."""
        with self._lock:
            self._addresses[mailbox.id] = mailbox.address
        return mailbox.address

    def address(self, id_: str) -> str:
        """The address of a mailbox's id. Raises ``MailboxUnreadable`` where the server lists no such mailbox."""
        if id_.startswith(BY_ADDRESS):
            return id_.removeprefix(BY_ADDRESS)
        with self._lock:
            known = self._addresses.get(id_)
        if known:
            return known
        try:
            listed = self.listed()
        except ServiceError as error:
            raise MailboxUnreadable(
                f"Whose mailbox {id_} is cannot be asked: Exchange answered {error.told}."
            ) from error
        with self._lock:
            self._addresses |= {each.guid: each.address for each in listed}
            if id_ in self._addresses:
                return self._addresses[id_]
        raise MailboxUnreadable(f"The server lists no mailbox {id_} any more.")

    def _no_list(self, error: ServiceError) -> BadConfiguration | MailNotAnswering:
        if error.code not in NO_LIST and error.status != 403:
            return MailNotAnswering(
                f"The server does not list its mailboxes ({error.told}).", "Run again later, or check mail.server."
            )
        return BadConfiguration(
            f"The server does not list its mailboxes to the service account ({error.code}).",
            "Give it the role Mailbox Search (role group Discovery Management), or name the mailboxes in "
            "mail.mailboxes.",
        )


def _listed(element: Element) -> Listed:
    """``ExternalEmailAddress`` is that of a mailbox elsewhere, which is listed like any and says so when it is read."""
    if (element.findtext(f"{TYPES}IsMembershipGroup") or "").strip().lower() in ("true", "1"):
        return Listed("", "", "", "")
    told = {tag: (element.findtext(f"{TYPES}{tag}") or "").strip() for tag in _TOLD}
    address = (told["PrimarySmtpAddress"] or told["ExternalEmailAddress"]).lower()
    guid = told["Guid"].strip("{}").lower() or f"{BY_ADDRESS}{address}"
    return Listed(guid, address, told["DisplayName"], told["ReferenceId"].lower())


_TOLD = ("Guid", "PrimarySmtpAddress", "ExternalEmailAddress", "DisplayName", "ReferenceId")
