"""What every mail system can do, and how it says that it cannot.

No system lives here; each implementation is a neighbour of this file, and the jobs see only this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.core.person import Person

if TYPE_CHECKING:
    # All of the holds would be loaded for a name in a signature, also by the small process that reads a PST.
    from retention.core.hold.foreign import ForeignHold


class Sight(Struct, frozen=True):
    """A message as it is now: its version, and whether it lies in the Deleted Items folder."""

    version: str
    in_deleted_items: bool = False


class Returned(Struct, frozen=True):
    """Where a message lies that was put back: its id there, the folder's id, and the system's own answer in words."""

    ref: MessageRef
    folder: str
    answer: str


class MailTrouble(Exception):
    """Something about one mailbox, folder or message that stops nothing else. ``str()`` is the reason shown."""


class MailboxUnreadable(MailTrouble):
    """This mailbox cannot be read (no REST mailbox, access denied): it is reported as uncovered."""


class FolderUnreadable(MailTrouble):
    """This folder could not be read to its end in this run; the others can."""


class HoldsUnreadable(MailTrouble):
    """The system has holds of its own, or may have, and does not tell them."""


class ContentUnavailable(MailTrouble):
    """The system will never hand over this message's MIME: it must be kept and listed."""


class MessageGone(MailTrouble):
    """There is no such message in the mailbox any more."""


class MessageChanged(MailTrouble):
    """The message is not the version that was planned: it must be kept."""


class RemovalRefused(MailTrouble):
    """The system would not remove this message, or not in the way asked for."""


class ReturnRefused(MailTrouble):
    """The system would not put this message back."""


class MailSystem(Protocol):
    """A mail system. Every method may also raise ``SignInRefused`` or ``MailNotAnswering``, which end a run.

    All methods may be called from several threads at once; an implementation must itself keep to what the system
    allows (requests in flight, in all and for one mailbox).
    """

    def check_sign_in(self) -> str:
        """Sign in, and say as whom and with which permissions, in one sentence."""
        ...

    def permissions(self) -> tuple[str, ...]:
        """Sentences of what the sign-in is seen to hold; what it holds beyond its need, or lacks, is named after that.

        Empty where nobody signs in. It must never say of a permission that it is not held because it is not shown.
        """
        ...

    def refuses(self, address: str) -> bool | None:
        """Whether the system keeps this mailbox from us: ``False`` where any of our sign-ins could open it.

        ``None`` where nobody can say, as where there is no such mailbox, or no address is given.
        """
        ...

    def time(self) -> datetime | None:
        """What the system's own clock shows now: the instant of its last answer, and what has passed since.

        Where it has answered nothing yet it is asked something small, once. ``None`` where it has no clock of its own,
        or does not answer: it must never raise that it could not be asked.
        """
        ...

    def mailboxes(self) -> Iterator[Mailbox]:
        """Every mailbox the system lists, shared ones included; those that cannot be read are listed all the same."""
        ...

    def people(self) -> Iterator[Person]:
        """Everybody in the system's directory as they are now, once each; addresses are in small letters.

        A directory knows only the present: the terms it gives have no dates. What it lists may be a shared mailbox.
        """
        ...

    def folders(self, mailbox: Mailbox) -> tuple[Folder, ...]:
        """Every folder that holds mail, nested and hidden ones included. Raises ``MailboxUnreadable``."""
        ...

    def uncovered(self, mailbox: Mailbox) -> tuple[str, ...]:
        """Sentences naming what of this mailbox can never be reached through this system."""
        ...

    def holds(self) -> tuple[ForeignHold, ...]:
        """The holds that the system itself keeps mail under, each with the addresses of the mailboxes it keeps.

        Raises ``HoldsUnreadable`` where there may be some that it does not tell. Empty means that there are none.
        """
        ...

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        """Changes since ``cursor``, page by page. Raises ``FolderUnreadable`` or ``MailboxUnreadable``."""
        ...

    def content(self, ref: MessageRef) -> Iterator[bytes]:
        """The message's MIME as the system gives it. Raises ``ContentUnavailable`` or ``MessageGone``."""
        ...

    def look(self, ref: MessageRef) -> Sight:
        """The message as it is now. Raises ``MessageGone``."""
        ...

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        """Remove exactly this version from the mailbox and return the system's own answer in words.

        ``ask`` must be called right before every request that removes, the first and each repeated one; what it
        raises ends the purge before that request is sent.

        Raises ``MessageChanged`` when the version is another, ``MessageGone`` when there is no such message,
        ``RemovalRefused`` when the system will not do it. It must never remove a message whose version differs.
        """
        ...

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        """What was removed from this mailbox and can be put back, each once, with the id it has now.

        ``folder`` is ``recoverableitemsdeletions`` or ``deleteditems``: the well-known name of where it lies. Raises
        ``MailboxUnreadable`` or ``FolderUnreadable``.
        """
        ...

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        """Move a removed message into the folder of this id, or into the Inbox where there is none.

        It must never make a second one, however often it is asked: what lies in a folder of the mailbox already stays
        there and is answered for. Deleted Items is no place to put anything back to. Raises ``MessageGone`` for what
        the system no longer has under this id, or lets nobody move, ``ReturnRefused``, ``MailboxUnreadable``.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
