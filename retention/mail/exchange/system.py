"""An Exchange Server as a mail system: the whole of it behind the one interface.

Each deed is done by a neighbour; only what holds them together is here.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from retention.core.hold.foreign import ForeignHold
from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.core.person import Person
from retention.errors import Interrupted
from retention.mail.asking.credentials import WhenNeeded, refused_to_each
from retention.mail.asking.patience import Patience
from retention.mail.asking.signin import AUTHORITY, Application, SignIn
from retention.mail.asking.transport import Transport
from retention.mail.asking.urls import origin_of
from retention.mail.exchange import content, covering, folders, granted, holding
from retention.mail.exchange.connection import Connection
from retention.mail.exchange.mailboxes import Directory
from retention.mail.exchange.reading import Reading
from retention.mail.exchange.removal import Places, Remover
from retention.mail.exchange.returning import Returner
from retention.mail.exchange.settings import ExchangeSettings, check
from retention.mail.exchange.wire import Wire
from retention.mail.exchange.workers import Workers
from retention.mail.interface import Returned, Sight


class _Removal(NamedTuple):
    """What is done as the account by which mail is removed and put back."""

    wire: Wire
    remover: Remover
    returner: Returner


class ExchangeMail:
    """Mail of one Exchange Server, read and purged in its owners' names by a service account; a ``MailSystem``.

    ``pause`` waits so many seconds before a request is sent again; by default such a wait ends at once when ``close``
    is called. ``jitter`` returns a number from 0 up to 1. ``removal_secret`` looks up the password of the account that
    removes, where the settings do not hold it: only when that one first signs in. Raises ``BadConfiguration`` for
    settings of no use, those of removal with the first removal; nothing is sent before the first question.
    """

    def __init__(
        self,
        settings: ExchangeSettings,
        *,
        removal_secret: Callable[[], str] | None = None,
        pause: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        check(settings)
        self._settings = settings
        self._closed = threading.Event()
        self._connections = [Connection(settings)]
        patience = Patience(pause or self._wait, jitter)
        self._transport: Transport | None = None
        self._wire = Wire(self._connections[0], settings, patience, self._signing_in(settings, patience))
        self._workers = Workers(settings.requests_in_flight)
        self._directory = Directory(self._wire, settings.mailboxes)
        places = Places(self._wire)
        self._looker, self._lister = Remover(self._wire, places), Returner(self._wire, places, self._workers)
        own, other = _Removal(self._wire, self._looker, self._lister), settings.that_removes

        def as_another(told: ExchangeSettings) -> _Removal:
            told = replace(told, secret=removal_secret()) if removal_secret else told
            check(told)
            sign_in, connection = self._signing_in(told, patience), Connection(told)
            self._connections.append(connection)
            wire = self._wire.signed_in_by(connection, told, sign_in)
            places = Places(wire)
            return _Removal(wire, Remover(wire, places), Returner(wire, places, self._workers))

        self._removal = WhenNeeded(lambda: own if other is None else as_another(other))
        self._removing = None if other is None else WhenNeeded(lambda: self._removal().wire)

    def check_sign_in(self) -> str:
        """Sign in, and say as whom, and what the service account may do, in one sentence (for ``doctor``).

        Whether it may impersonate is tried with one mailbox: it can be allowed for some and not for others. Raises
        ``SignInRefused``, ``MailNotAnswering``.
        """
        who = f"Signed in to {self._wire.host} as {self._settings.account} ({self._settings.sign_in})"
        return f"{who}; {granted.tried(self._wire, self._directory, self._settings.mailboxes)}."

    def permissions(self) -> tuple[str, ...]:
        """What was tried, and what a token's claims say. Raises ``SignInRefused``, ``MailNotAnswering``."""
        other = self._settings.that_removes
        who = other.account if other is not None else ""
        return granted.sentences(self._wire, self._removing, who, self._directory, self._settings.mailboxes)

    def refuses(self, address: str) -> bool | None:
        """By asking for the mailbox's root, as the account that reads and as the one that removes."""
        if not address:
            return None
        return refused_to_each(lambda wire: granted.refuses(wire, address), self._wire, self._removing)

    def time(self) -> datetime | None:
        return self._wire.clock.now(lambda: granted.greet(self._wire))

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
        return self._looker.look(self._directory.address(ref.mailbox), ref)

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        return self._removal().remover.purge(self._directory.address(ref.mailbox), ref, version, how, ask)

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        """What lies in Recoverable Items (Deletions) and in Deleted Items, of the archive too."""
        return self._lister.recoverable(mailbox.id, self._directory.know(mailbox))

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        return self._removal().returner.put_back(self._directory.address(ref.mailbox), ref, folder)

    def close(self) -> None:
        """Let go of connections; threads that wait to ask again stop waiting and raise ``Interrupted``."""
        self._closed.set()
        self._workers.close()
        for connection in self._connections:
            connection.close()
        if self._transport is not None:
            self._transport.close()

    def _signing_in(self, told: ExchangeSettings, patience: Patience) -> SignIn | None:
        """Tokens of the sign-in service that the server trusts, for the server itself as what they are shown to."""
        if told.sign_in != "oauth":
            return None
        self._transport = self._transport or Transport(ca_file=told.ca_file, timeout=told.timeout)
        authority = told.authority_url or AUTHORITY
        return SignIn(Application.of(told), authority, f"{origin_of(told.server)}/.default", self._transport, patience)

    def _wait(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise Interrupted("The mail system was closed while a request was waiting to be sent again.")
