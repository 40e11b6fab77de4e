"""Putting a removed message back into its mailbox, and listing what can be put back.

Nothing is removed here, and which message is put back is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from retention.core.message import Folder, Message, MessageRef
from retention.errors import MailNotAnswering
from retention.mail.asking.patience import ATTEMPTS, Unsure
from retention.mail.exchange.answers import children, item_id
from retention.mail.exchange.asked import move_item
from retention.mail.exchange.failures import NO_ENTRY, NO_SUCH_ITEM, Malformed, ServiceError, unreadable
from retention.mail.exchange.folders import ARCHIVE_DELETED_ITEMS, ARCHIVE_ROOT, DELETED_ITEMS, folders
from retention.mail.exchange.reading import Reading
from retention.mail.exchange.removal import Places, State, read_state
from retention.mail.exchange.wire import Wire
from retention.mail.exchange.workers import Workers
from retention.mail.interface import MailboxUnreadable, MailTrouble, MessageGone, Returned, ReturnRefused

DELETIONS, ARCHIVE_DELETIONS, INBOX = "recoverableitemsdeletions", "archiverecoverableitemsdeletions", "inbox"
LIES_IN = {
    DELETIONS: DELETIONS,
    DELETED_ITEMS: DELETED_ITEMS,
    ARCHIVE_DELETIONS: DELETIONS,
    ARCHIVE_DELETED_ITEMS: DELETED_ITEMS,
}
"""Each well-known folder of removed mail, and what its place is called, in the archive as in the mailbox."""


class Returner:
    """What is put back on one server. Thread-safe."""

    def __init__(self, wire: Wire, places: Places, workers: Workers) -> None:
        self._wire = wire
        self._places = places
        self._workers = workers

    def recoverable(self, mailbox: str, address: str) -> Iterator[Message]:
        """Every message of these folders, once. Purges and Versions are not given back to anybody."""
        known, seen = self._known(address), set[str]()
        for name, place in LIES_IN.items():
            if name not in known:
                continue
            folder = Folder(id=known[name], path=name, well_known=name)
            for page in Reading(self._wire, self._workers, mailbox, address, folder).pages(None):
                for message in page.messages:
                    if message.id not in seen:
                        seen.add(message.id)
                        yield replace(message, folder=place)

    def put_back(self, address: str, ref: MessageRef, folder: str) -> Returned:
        """Look where it lies, and move it where it is not in the mailbox. Its id dies with the move.

        So after a lost answer a message that is no longer found was moved, and nobody can say by its id where to: the
        next listing of the folders finds it. It is never asked to be moved twice.
        """
        unsure: Unsure | None = None
        maybe_done = False
        for attempt in range(ATTEMPTS):
            if unsure is not None:
                self._wire.patience.wait(attempt, unsure.retry_after)
            try:
                state = read_state(self._wire, address, ref)
                known = self._known(address)
                if state.parent not in {known[name] for name in LIES_IN if name in known}:
                    return self._found(address, ref, state, known)
                return self._moved(address, ref, state, self._place(address, folder, known))
            except Unsure as again:
                unsure = again
                maybe_done = maybe_done or again.maybe_done
            except ServiceError as error:
                if maybe_done and error.code in NO_SUCH_ITEM:
                    raise _not_known(ref) from error
                raise _trouble(error, address, ref) from error
        raise MailNotAnswering(
            f"The mail system did not put a message back in {ATTEMPTS} attempts: {unsure.reason if unsure else ''}.",
            "It was not back when last looked at; run again later.",
        )

    def _found(self, address: str, ref: MessageRef, state: State, known: dict[str, str]) -> Returned:
        """It lies in no folder of removed mail: in one of the mailbox, or where nobody is let in (Purges)."""
        if self._places.in_recoverable_items(address, state.parent):
            raise MessageGone(f"Message {ref.id} lies where nobody moves it from.")
        return Returned(MessageRef(ref.mailbox, state.id), state.parent, "was in the mailbox already")

    def _moved(self, address: str, ref: MessageRef, state: State, there: str) -> Returned:
        response = self._wire.one(move_item(ref.id, state.change_key, there), address, once=True)
        try:
            (item,) = children(response, "Items")
            id_, _ = item_id(item)
        except (Malformed, ValueError) as error:
            raise Unsure("the answer was not whole", True) from error
        return Returned(MessageRef(ref.mailbox, id_), there, "Success, moved back")

    def _place(self, address: str, wanted: str, known: dict[str, str]) -> str:
        """The id of the folder to put it into: the one wanted, or the Inbox where that is gone or was deleted."""
        listed = folders(self._wire, address)
        bins = {known[name] for name in (DELETED_ITEMS, ARCHIVE_DELETED_ITEMS) if name in known}
        removed = [f"{each.path}/" for each in listed if each.id in bins]
        for each in listed:
            if each.id == wanted and wanted != ARCHIVE_ROOT and not f"{each.path}/".startswith(tuple(removed)):
                return wanted
        inbox = next((each.id for each in listed if each.well_known == INBOX), "")
        if not inbox:
            raise MailboxUnreadable(f"The mail system does not say where the Inbox of {address} is.")
        return inbox

    def _known(self, address: str) -> dict[str, str]:
        try:
            return self._places.of(address)
        except ServiceError as error:
            raise unreadable(address, error) from error


def _not_known(ref: MessageRef) -> MailNotAnswering:
    return MailNotAnswering(
        f"Whether message {ref.id} was put back is not known: the answer to the request was lost.",
        "Run `retention sync`, then this again: it is looked at first.",
    )


def _trouble(error: ServiceError, address: str, ref: MessageRef) -> MailTrouble:
    if error.code in NO_ENTRY:
        return unreadable(address, error)
    if error.code in NO_SUCH_ITEM:
        return MessageGone(f"The mail system no longer has message {ref.id} ({error.code}).")
    return ReturnRefused(f"Exchange did not put message {ref.id} back: it answered {error.told}.")
