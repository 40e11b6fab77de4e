"""An Exchange Server as a mail system: the whole of it behind the one interface.

Each deed is done by a neighbour; only what holds them together is here.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator

from retention.core.hold.foreign import ForeignHold
from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.core.person import Person
from retention.errors import Interrupted
from retention.mail.asking.patience import Patience
from retention.mail.asking.signin import AUTHORITY, Application, SignIn
from retention.mail.asking.transport import Transport
from retention.mail.asking.urls import origin_of
from retention.mail.exchange import content, covering, folders, holding
from retention.mail.exchange.asked import get_folders
from retention.mail.exchange.connection import Connection
from retention.mail.exchange.failures import ServiceError
from retention.mail.exchange.mailboxes import Directory
from retention.mail.exchange.reading import Reading
from retention.mail.exchange.removal import Places, Remover
from retention.mail.exchange.returning import Returner
from retention.mail.exchange.settings import ExchangeSettings, check
from retention.mail.exchange.wire import Wire
from retention.mail.exchange.workers import Workers
from retention.mail.interface import Returned, Sight


class ExchangeMail:
    """Mail of one Exchange Server, read and purged in its owners' names by a service account; a ``MailSystem``.

    ``pause`` waits so many seconds before a request is sent again; by default such a wait ends at once when ``close``
    is called. ``jitter`` returns a number from 0 up to 1. Raises ``BadConfiguration`` for settings of no use; nothing
    is sent before the first question.
    """

    def __init__(
        self,
        settings: ExchangeSettings,
        *,
        pause: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        check(settings)
        self._settings = settings
        self._closed = threading.Event()
        self._connection = Connection(settings)
        patience = Patience(pause or self._wait, jitter)
        self._transport: Transport | None = None
        self._wire = Wire(self._connection, settings, patience, self._signing_in(patience))
        self._workers = Workers(settings.requests_in_flight)
        self._directory = Directory(self._wire, settings.mailboxes)
        places = Places(self._wire)
        self._remover = Remover(self._wire, places)
        self._returner = Returner(self._wire, places, self._workers)

    def check_sign_in(self) -> str:
        """Sign in, and say as whom, and what the service account may do, in one sentence (for ``doctor``).

        Whether it may impersonate is tried with one mailbox: it can be allowed for some and not for others. Raises
        ``SignInRefused``, ``MailNotAnswering``.
        """
        who = f"Signed in to {self._wire.host} as {self._settings.account} ({self._settings.sign_in})"
        try:
            addresses = [each.address for each in self._directory.listed()]
            listing = f"it may list the mailboxes, of which there are {len(addresses):,}"
        except ServiceError as error:
            addresses = []
            listing = f"it may not list the mailboxes ({error.code}): name them in mail.mailboxes"
        tried = next(iter((*self._settings.mailboxes, *addresses)), "")
        if not tried:
            return f"{who}; {listing}; no mailbox was tried."
        try:
            self._wire.one(get_folders([folders.ROOT]), tried)
        except ServiceError as error:
            return f"{who}; {listing}; it may not open the mailbox of {tried} ({error.code})."
        return f"{who}; {listing}; it may open the mailbox of {tried}."

    def mailboxes(self) -> Iterator[Mailbox]:
        """Those that the server lists for eDiscovery, or those that the settings name."""
        return self._directory.mailboxes()

    def people(self) -> Iterator[Person]:
        return self._directory.people()

    def folders(self, mailbox: Mailbox) -> tuple[Folder, ...]:
        """Nested and hidden folders too, parents first; those of the archive below ``In-Place Archive/``.

        A ``/`` in a folder's own name is written ``∕`` (U+2215) in its path. Raises ``MailboxUnreadable``.
        """
        return folders.folders(self._wire, self._directory.know(mailbox))

    def uncovered(self, mailbox: Mailbox) -> tuple[str, ...]:
        """The Recoverable Items are counted for it: several requests, and none of them fails."""
        return covering.uncovered(self._wire, self._directory.know(mailbox))

    def holds(self) -> tuple[ForeignHold, ...]:
        """In-place holds. Exchange Web Services tell no litigation hold, which ``uncovered`` says."""
        return holding.holds(self._wire, self._directory)

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        """By SyncFolderItems, ids first and then what there is of each; a page is at most 512 changes."""
        address = self._directory.know(mailbox)
        return Reading(self._wire, self._workers, mailbox.id, address, folder).pages(cursor)

    def content(self, ref: MessageRef) -> Iterator[bytes]:
        return content.content(self._wire, self._directory.address(ref.mailbox), ref)

    def look(self, ref: MessageRef) -> Sight:
        """The change key, and whether it lies in Deleted Items; what lies in Recoverable Items is gone."""
        return self._remover.look(self._directory.address(ref.mailbox), ref)

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        return self._remover.purge(self._directory.address(ref.mailbox), ref, version, how, ask)

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        """What lies in Recoverable Items (Deletions) and in Deleted Items, of the archive too."""
        return self._returner.recoverable(mailbox.id, self._directory.know(mailbox))

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        return self._returner.put_back(self._directory.address(ref.mailbox), ref, folder)

    def close(self) -> None:
        """Let go of connections; threads that wait to ask again stop waiting and raise ``Interrupted``."""
        self._closed.set()
        self._workers.close()
        self._connection.close()
        if self._transport is not None:
            self._transport.close()

    def _signing_in(self, patience: Patience) -> SignIn | None:
        """Tokens of the sign-in service that the server trusts, for the server itself as what they are shown to."""
        told = self._settings
        if told.sign_in != "oauth":
            return None
        self._transport = Transport(ca_file=told.ca_file, timeout=told.timeout)
        authority = told.authority_url or AUTHORITY
        return SignIn(Application.of(told), authority, f"{origin_of(told.server)}/.default", self._transport, patience)

    def _wait(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise Interrupted("The mail system was closed while a request was waiting to be sent again.")
