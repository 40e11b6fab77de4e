"""Putting a removed message back into its mailbox, and listing what can be put back.

Nothing is removed here, and which message is put back is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.core.message import Folder, Mailbox, Message, MessageRef
from retention.errors import MailNotAnswering
from retention.mail.asking.patience import ATTEMPTS, Unsure
from retention.mail.graph.clouds import Cloud
from retention.mail.graph.failures import NO_MAILBOX, NO_SUCH_ITEM, Malformed, ServiceError
from retention.mail.graph.folders import folders, reader
from retention.mail.graph.reading import Reading
from retention.mail.graph.wire import Wire, segment
from retention.mail.interface import MailboxUnreadable, MailTrouble, MessageGone, Returned, ReturnRefused

DELETED_ITEMS, DELETIONS, INBOX = "deleteditems", "recoverableitemsdeletions", "inbox"
LISTED = (
    Folder(id=DELETIONS, path="Recoverable Items (Deletions)", well_known=DELETIONS),
    Folder(id=DELETED_ITEMS, path="Deleted Items", well_known=DELETED_ITEMS),
)
"""Read by their well-known names. ``recoverableitemspurges`` is no name that Graph documents (mailFolder resource)."""


class _State(Struct, rename="camel"):
    id: str
    parent_folder_id: str = ""


_state = reader(_State)


class Returner:
    """What is put back in one tenant. Thread-safe: nothing is kept between two calls."""

    def __init__(self, wire: Wire, cloud: Cloud) -> None:
        self._wire = wire
        # A list from its beginning is all that is wanted of these folders: no state of a delta is kept for them.
        self._cloud = replace(cloud, delta=False)

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        """Every message of both folders, once: what is removed while they are listed shifts their pages."""
        seen = set[str]()
        for folder in LISTED:
            for page in Reading(self._wire, mailbox, folder, self._cloud, plain=True).pages(None):
                for message in page.messages:
                    if message.id not in seen:
                        seen.add(message.id)
                        yield message

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        """Look where it lies, and move it where it is not in the mailbox; after a lost answer, look again first.

        Immutable ids stay the same on a move (Graph "Obtain immutable identifiers for Outlook"); the answer has the
        id all the same, and its word counts.
        """
        deleted = self._well_known(ref.mailbox, DELETED_ITEMS)
        removed = {deleted, self._well_known(ref.mailbox, DELETIONS)}
        there = self._place(ref.mailbox, folder, deleted)
        unsure: Unsure | None = None
        for attempt in range(ATTEMPTS):
            if unsure is not None:
                self._wire.patience.wait(attempt, unsure.retry_after)
            try:
                state = self._read(ref)
            except MessageGone as gone:
                if unsure is None or not unsure.maybe_done:
                    raise
                raise _not_known(ref) from gone
            if state.parent_folder_id not in removed:
                return self._found(ref, state, there, unsure)
            try:
                return self._moved(ref, there)
            except Unsure as again:
                unsure = again
        raise MailNotAnswering(
            f"The mail system did not put a message back in {ATTEMPTS} attempts: {unsure.reason if unsure else ''}.",
            "It was not back when last looked at; run again later.",
        )

    def _found(self, ref: MessageRef, state: _State, there: str, unsure: Unsure | None) -> Returned:
        """It lies in no folder of removed mail: in one of the mailbox, or where nobody is let in (Purges)."""
        if state.parent_folder_id != there:
            known = {each.id for each in folders(self._wire, Mailbox(id=ref.mailbox, address=ref.mailbox))}
            if state.parent_folder_id not in known:
                raise MessageGone(f"Message {ref.id} lies where the mail system lets nobody move it from.")
        answer = "was back after a dropped answer" if unsure else "was in the mailbox already"
        return Returned(MessageRef(ref.mailbox, state.id), state.parent_folder_id, answer)

    def _moved(self, ref: MessageRef, there: str) -> Returned:
        target = f"/users/{segment(ref.mailbox)}/messages/{segment(ref.id)}/move"
        body = msgspec.json.encode({"destinationId": there})
        try:
            answer = self._wire.ask("POST", target, mailbox=ref.mailbox, body=body, once=True)
            state = _state(answer.body)
        except ServiceError as error:
            raise _trouble(error, ref) from error
        except Malformed as error:
            raise Unsure("the answer was not whole", True) from error
        return Returned(MessageRef(ref.mailbox, state.id), there, f"{answer.status}, moved back")

    def _read(self, ref: MessageRef) -> _State:
        target = f"/users/{segment(ref.mailbox)}/messages/{segment(ref.id)}?$select=id,parentFolderId"
        try:
            return self._wire.get(target, _state, mailbox=ref.mailbox)
        except ServiceError as error:
            raise _trouble(error, ref) from error

    def _place(self, mailbox: str, wanted: str, deleted: str) -> str:
        """The id of the folder to put it into: the one wanted, or the Inbox."""
        if wanted and self._is_kept(mailbox, wanted, deleted):
            return wanted
        return self._well_known(mailbox, INBOX)

    def _is_kept(self, mailbox: str, folder: str, deleted: str) -> bool:
        """Whether there is such a folder, outside Deleted Items: one that its owner deletes keeps its id in there."""
        seen = set[str]()
        while folder not in seen:
            if folder == deleted:
                return False
            seen.add(folder)
            state = self._folder(mailbox, folder)
            if state is None:
                return len(seen) > 1  # what is above the root is told of in no cloud alike
            folder = state.parent_folder_id
        return True

    def _well_known(self, mailbox: str, name: str) -> str:
        state = self._folder(mailbox, name)
        if state is None:
            raise MailboxUnreadable(f"The mail system does not say where the folder '{name}' of this mailbox is.")
        return state.id

    def _folder(self, mailbox: str, key: str) -> _State | None:
        """A folder by its id or well-known name; ``None`` where there is none."""
        target = f"/users/{segment(mailbox)}/mailFolders/{segment(key)}?$select=id,parentFolderId"
        try:
            return self._wire.get(target, _state, mailbox=mailbox)
        except ServiceError as error:
            if error.status in (400, 404) and not error.is_any(NO_MAILBOX):
                return None
            raise MailboxUnreadable(f"The folders of this mailbox cannot be read: {error.told}.") from error


def _not_known(ref: MessageRef) -> MailNotAnswering:
    return MailNotAnswering(
        f"Whether message {ref.id} was put back is not known: the answer to the request was lost.",
        "Run `retention sync`, then this again: it is looked at first.",
    )


def _trouble(error: ServiceError, ref: MessageRef) -> MailTrouble:
    if error.is_any(NO_MAILBOX):
        return MailboxUnreadable(f"The mailbox of message {ref.id} cannot be read ({error.code}).")
    if error.is_any(NO_SUCH_ITEM):
        return MessageGone(f"The mail system no longer has message {ref.id} ({error.code}).")
    return ReturnRefused(f"Microsoft Graph did not put message {ref.id} back: it answered {error.told}.")
