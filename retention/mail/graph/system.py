"""Microsoft Graph as a mail system: the whole of it behind the one interface.

Each deed is done by a neighbour; only what holds them together is here.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec.structs import replace

from retention.core.hold.foreign import ForeignHold
from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.core.person import Person
from retention.errors import BadConfiguration, Interrupted
from retention.mail.asking.credentials import NOT_FROM_HERE, WhenNeeded, not_from_here, refused_to_each
from retention.mail.asking.patience import Patience
from retention.mail.asking.signin import Application, SignIn, claims_of
from retention.mail.asking.transport import Transport
from retention.mail.asking.urls import is_loopback
from retention.mail.asking.words import one_line
from retention.mail.graph import content, folders, granted, people
from retention.mail.graph.clouds import Cloud, cloud_named
from retention.mail.graph.reading import Reading
from retention.mail.graph.removal import Remover
from retention.mail.graph.returning import Returner
from retention.mail.graph.settings import GraphSettings
from retention.mail.graph.wire import Wire
from retention.mail.interface import HoldsUnreadable, Returned, Sight


class _Removal(NamedTuple):
    """What is done as the application by which mail is removed and put back."""

    sign_in: SignIn
    wire: Wire
    remover: Remover
    returner: Returner


class GraphMail:
    """Mail of one Microsoft 365 tenant, read and purged with application permissions; a ``MailSystem``.

    ``pause`` waits so many seconds before a request is sent again; by default such a wait ends at once when ``close``
    is called. ``jitter`` returns a number from 0 up to 1. ``removal_secret`` looks up the secret of the application
    that removes, where the settings do not hold it: only when that one first signs in. Raises ``BadConfiguration`` for
    settings of no use, those of removal with the first removal; nothing is sent before the first question.
    """

    def __init__(
        self,
        settings: GraphSettings,
        *,
        removal_secret: Callable[[], str] | None = None,
        pause: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.capabilities: Cloud = cloud_named(settings.cloud)
        self._settings = settings
        self._closed = threading.Event()
        graph = _url("graph_url", settings.graph_url) or self.capabilities.graph
        authority = _url("authority_url", settings.authority_url) or self.capabilities.authority
        # A stand-in for Graph alone still wants the tokens of the real one.
        audience = graph if settings.authority_url else self.capabilities.graph
        self._transport = Transport(
            ca_file=settings.ca_file, timeout=settings.timeout, connections=max(settings.requests_in_flight, 4)
        )
        patience = Patience(pause or self._wait, jitter)
        scope = f"{audience.removesuffix('/v1.0')}/.default"
        self._sign_in = SignIn(Application.of(settings), authority, scope, self._transport, patience)
        root = graph if graph.endswith("/v1.0") else f"{graph}/v1.0"
        self._wire = Wire(root, self._transport, self._sign_in, patience, settings.requests_in_flight)
        self._looker, self._lister = Remover(self._wire, self.capabilities), Returner(self._wire, self.capabilities)
        own = _Removal(self._sign_in, self._wire, self._looker, self._lister)

        def as_another() -> _Removal:
            told = replace(settings, removal_secret=removal_secret()) if removal_secret else settings
            sign_in = SignIn(Application.that_removes(told), authority, scope, self._transport, patience)
            wire = self._wire.signed_in_by(sign_in)
            return _Removal(sign_in, wire, Remover(wire, self.capabilities), Returner(wire, self.capabilities))

        self._removal = WhenNeeded(as_another if settings.removal_client else lambda: own)
        self._removing = WhenNeeded(lambda: self._removal().wire) if settings.removal_client else None

    def check_sign_in(self) -> str:
        """Sign in, and say who we are and what we may do, in one sentence (for ``doctor``).

        What the token says of itself is shown and not relied on: permissions limited to some mailboxes (RBAC for
        Applications) are not in it. Raises ``SignInRefused``, ``MailNotAnswering``.
        """
        claims = claims_of(self._sign_in.token())
        tenant = one_line(claims.get("tid") or self._settings.tenant, 80)
        said = f"Signed in to tenant {tenant} as {granted.shown(claims, self._settings.client)}"
        if not self._settings.removal_client:
            return f"{said}."
        try:
            other = claims_of(self._removal().sign_in.token())
        except BadConfiguration:
            removes = one_line(self._settings.removal_client, 80)
            return f"{said}; to remove and put back, as {removes}, which {NOT_FROM_HERE}."
        return f"{said}; to remove and put back, as {granted.shown(other, self._settings.removal_client)}."

    def permissions(self) -> tuple[str, ...]:
        """From the tokens' claims. Raises ``SignInRefused``, ``MailNotAnswering``."""
        claims, removes = claims_of(self._sign_in.token()), self._settings.removal_client
        if not removes:
            return granted.sentences(claims, self._settings.client, granted.FOR_BOTH)
        reading = granted.sentences(claims, self._settings.client, granted.TO_READ)
        try:
            removing = claims_of(self._removal().sign_in.token())
        except BadConfiguration as error:
            return (*reading, not_from_here(removes, granted.TO_REMOVE.purpose, error))
        return (*reading, *granted.sentences(removing, removes, granted.TO_REMOVE))

    def refuses(self, address: str) -> bool | None:
        """By asking for the Inbox's id, as the application that reads and as the one that removes."""
        if not address:
            return None
        return refused_to_each(lambda wire: folders.refuses(wire, address), self._wire, self._removing)

    def time(self) -> datetime | None:
        """Graph's, and not that of the sign-in service."""
        return self._wire.clock.now(lambda: folders.greet(self._wire))

    def mailboxes(self) -> Iterator[Mailbox]:
        """Users and shared mailboxes of the tenant, or those that the settings name."""
        return folders.mailboxes(self._wire, self._settings.mailboxes)

    def people(self) -> Iterator[Person]:
        """Every user of the tenant who is no guest, whichever mailboxes the settings name; shared mailboxes too.

        A list of users does not say which of them is a shared mailbox, or the mailbox of somebody who left.
        """
        return people.people(self._wire)

    def folders(self, mailbox: Mailbox) -> tuple[Folder, ...]:
        """Nested and hidden folders too, parents first; search folders not. Raises ``MailboxUnreadable``.

        A ``/`` in a folder's own name is written ``∕`` (U+2215) in its path.
        """
        return folders.folders(self._wire, mailbox)

    def uncovered(self, mailbox: Mailbox) -> tuple[str, ...]:
        return folders.uncovered(mailbox)

    def holds(self) -> tuple[ForeignHold, ...]:
        """Graph v1.0 tells no litigation hold, Purview retention or eDiscovery hold policy, in any cloud."""
        raise HoldsUnreadable(
            "Microsoft Graph does not tell the holds of Exchange Online and Purview: bring them in with "
            "`retention hold import`."
        )

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        """By delta where the cloud has it. In a full reading the details come in further pages at its end.

        Rows of those further pages say ``size``, ``kind``, ``sensitivity``, ``attachments``, ``linked`` and ``origin``
        and nothing else, not even the folder: for a message that is not yet known they can be ignored, because it comes
        in full with the next reading. Where the service does not give the last three, they are not said.
        """
        return Reading(self._wire, mailbox, folder, self.capabilities).pages(cursor)

    def content(self, ref: MessageRef) -> Iterator[bytes]:
        return content.content(self._wire, ref)

    def look(self, ref: MessageRef) -> Sight:
        """The change key, and whether it lies in Deleted Items; what lies in Recoverable Items is gone."""
        return self._looker.look(ref)

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        return self._removal().remover.purge(ref, version, how, ask)

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        """What lies in Recoverable Items (Deletions), then what lies in Deleted Items; Purges cannot be read."""
        return self._lister.recoverable(mailbox)

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        return self._removal().returner.put_back(ref, folder)

    def close(self) -> None:
        """Let go of connections; threads that wait to ask again stop waiting and raise ``Interrupted``."""
        self._closed.set()
        self._transport.close()

    def _wait(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise Interrupted("The mail system was closed while a request was waiting to be sent again.")


def _url(name: str, url: str) -> str:
    """A configured URL without its last slash. Refuses what would send tokens in the clear."""
    if not url:
        return ""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
        raise BadConfiguration(f"mail.{name} {one_line(url, 100)} is no URL of a host.", "Write https://host[:port].")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise BadConfiguration(f"mail.{name} {one_line(url, 100)} is not encrypted.", "Write https:// instead.")
    return url.rstrip("/")
