"""Microsoft Graph as a mail system: the whole of it behind the one interface.

Each deed is done by a neighbour; only what holds them together is here.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from retention.core.hold.foreign import ForeignHold
from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.core.person import Person
from retention.errors import BadConfiguration, Interrupted
from retention.mail.asking.patience import Patience
from retention.mail.asking.signin import Application, SignIn, claims_of
from retention.mail.asking.transport import Transport
from retention.mail.asking.urls import is_loopback
from retention.mail.asking.words import one_line
from retention.mail.graph import content, folders, people
from retention.mail.graph.clouds import Cloud, cloud_named
from retention.mail.graph.reading import Reading
from retention.mail.graph.removal import Remover
from retention.mail.graph.returning import Returner
from retention.mail.graph.settings import GraphSettings
from retention.mail.graph.wire import Wire
from retention.mail.interface import HoldsUnreadable, Returned, Sight

NEEDED = ("User.Read.All", "Mail.ReadWrite")
"""Application permissions: to list users, and to read, fetch and move their mail."""


class GraphMail:
    """Mail of one Microsoft 365 tenant, read and purged with application permissions; a ``MailSystem``.

    ``pause`` waits so many seconds before a request is sent again; by default such a wait ends at once when ``close``
    is called. ``jitter`` returns a number from 0 up to 1. Raises ``BadConfiguration`` for settings of no use; nothing
    is sent before the first question.
    """

    def __init__(
        self,
        settings: GraphSettings,
        *,
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
        self._sign_in = SignIn(
            Application.of(settings), authority, f"{audience.removesuffix('/v1.0')}/.default", self._transport, patience
        )
        root = graph if graph.endswith("/v1.0") else f"{graph}/v1.0"
        self._wire = Wire(root, self._transport, self._sign_in, patience, settings.requests_in_flight)
        self._remover = Remover(self._wire, self.capabilities)
        self._returner = Returner(self._wire, self.capabilities)

    def check_sign_in(self) -> str:
        """Sign in, and say who we are and what we may do, in one sentence (for ``doctor``).

        What the token says of itself is shown and not relied on: permissions limited to some mailboxes (RBAC for
        Applications) are not in it. Raises ``SignInRefused``, ``MailNotAnswering``.
        """
        claims = claims_of(self._sign_in.token())
        who = one_line(claims.get("app_displayname") or self._settings.client, 80)
        tenant = one_line(claims.get("tid") or self._settings.tenant, 80)
        roles = claims.get("roles")
        if not isinstance(roles, list):
            return f"Signed in to tenant {tenant} as {who}; the token does not list its permissions."
        missing = [role for role in NEEDED if role not in roles]
        lacking = f"; not granted for the whole tenant: {', '.join(missing)}" if missing else ""
        listed = ", ".join(sorted(one_line(role, 60) for role in roles)) or "none"
        return f"Signed in to tenant {tenant} as {who}; permissions: {listed}{lacking}."

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
        return self._remover.look(ref)

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        return self._remover.purge(ref, version, how, ask)

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        """What lies in Recoverable Items (Deletions), then what lies in Deleted Items; Purges cannot be read."""
        return self._returner.recoverable(mailbox)

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        return self._returner.put_back(ref, folder)

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
