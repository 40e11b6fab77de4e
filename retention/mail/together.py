"""The city's mail system and the files of mail that were added, as one mail system.

What either can do is in ``interface.py``; nothing is added here but whom is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from retention.core.files import PREFIX
from retention.core.hold.foreign import ForeignHold
from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.core.person import Person
from retention.mail.interface import MailboxUnreadable, MailSystem, MessageGone, Returned, Sight


class Together:
    """A ``MailSystem`` of the two; either may be missing. What is asked of a mailbox is asked of whoever has it."""

    def __init__(self, server: MailSystem | None, files: MailSystem | None) -> None:
        self._server = server
        self._files = files

    def check_sign_in(self) -> str:
        """The server's answer; nobody signs in to files."""
        return " ".join(system.check_sign_in() for system in self._both()) or "No files of mail were added yet."

    def permissions(self) -> tuple[str, ...]:
        return tuple(sentence for system in self._both() for sentence in system.permissions())

    def refuses(self, address: str) -> bool | None:
        return self._server.refuses(address) if self._server is not None else None

    def time(self) -> datetime | None:
        return self._server.time() if self._server is not None else None

    def mailboxes(self) -> Iterator[Mailbox]:
        """The server's first: of an address that both have, its owner's own mailbox is meant."""
        for system in self._both():
            yield from system.mailboxes()

    def people(self) -> Iterator[Person]:
        """Files know nobody: whose they are was said when they were added."""
        if self._server is not None:
            yield from self._server.people()

    def holds(self) -> tuple[ForeignHold, ...]:
        return self._server.holds() if self._server is not None else ()

    def folders(self, mailbox: Mailbox) -> tuple[Folder, ...]:
        return self._of(mailbox).folders(mailbox)

    def uncovered(self, mailbox: Mailbox) -> tuple[str, ...]:
        return self._of(mailbox).uncovered(mailbox)

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        return self._of(mailbox).pages(mailbox, folder, cursor)

    def content(self, ref: MessageRef) -> Iterator[bytes]:
        return self._having(ref).content(ref)

    def look(self, ref: MessageRef) -> Sight:
        return self._having(ref).look(ref)

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        return self._having(ref).purge(ref, version, how, ask)

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        return self._of(mailbox).recoverable(mailbox)

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        return self._having(ref).put_back(ref, folder)

    def close(self) -> None:
        for system in self._both():
            system.close()

    def _both(self) -> tuple[MailSystem, ...]:
        return tuple(system for system in (self._server, self._files) if system is not None)

    def _of(self, mailbox: Mailbox) -> MailSystem:
        system = self._with(mailbox.id)
        if system is None:
            raise MailboxUnreadable(f"{mailbox.address}: {_GONE}")
        return system

    def _having(self, ref: MessageRef) -> MailSystem:
        system = self._with(ref.mailbox)
        if system is None:
            raise MessageGone(_GONE)
        return system

    def _with(self, id_: str) -> MailSystem | None:
        return self._files if id_.startswith(PREFIX) else self._server


_GONE = "The mail system that it lay in is not the city's any more."
