"""Taking a message out of a mailbox: exactly the version that was meant, once, and telling what became of it.

Folders are never removed here, and no Graph request destroys anything: each of these only moves a message.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec
from msgspec import Struct

from retention.core.message import MessageRef, Removal
from retention.mail.asking.removing import removed
from retention.mail.graph.clouds import Cloud
from retention.mail.graph.failures import CHANGED, NO_MAILBOX, NO_SUCH_ITEM, ServiceError
from retention.mail.graph.folders import folder_id, reader
from retention.mail.graph.wire import Wire, segment
from retention.mail.interface import (
    MailboxUnreadable,
    MailTrouble,
    MessageChanged,
    MessageGone,
    RemovalRefused,
    Sight,
)

DELETED_ITEMS, DELETIONS = "deleteditems", "recoverableitemsdeletions"
PLACES = {DELETED_ITEMS: "moved to Deleted Items", DELETIONS: "moved to Recoverable Items (Deletions)"}
PURGES = "removed from the mailbox to Purges"
"""Graph "message: permanentDelete": to the Purges folder of Recoverable Items, where holds still keep it."""


class _State(Struct, rename="camel"):
    id: str
    change_key: str = ""
    parent_folder_id: str = ""


_state = reader(_State)


class Remover:
    """The removals of one tenant. Thread-safe."""

    def __init__(self, wire: Wire, cloud: Cloud) -> None:
        self._wire = wire
        self._cloud = cloud
        self._places: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def look(self, ref: MessageRef) -> Sight:
        """The message's change key now. Raises ``MessageGone``, also for what lies in Recoverable Items already."""
        state = self._read(ref)
        return Sight(version=state.change_key, in_deleted_items=self._is_in(ref, state, DELETED_ITEMS))

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        """Move this version of the message away; returns Graph's answer and what it means.

        ``ask`` is called before each request that moves it: a repeated one may come minutes after the first.

        The change key is read and compared first, and sent along as ``If-Match``: Graph does not document that moves
        heed it, so the reading is what counts. Raises ``MessageChanged``, ``MessageGone``, ``RemovalRefused``.
        """
        if how not in self._cloud.removals:
            raise RemovalRefused(
                f"The cloud {self._cloud.name} has no way to remove a message for good ({how}): "
                "set mail.removal to recoverable."
            )
        return removed(
            ref,
            version,
            self._wire.patience,
            look=lambda: self._read(ref),
            remove=lambda state: self._asked(ref, state, how, ask),
            is_done=lambda state: self._already(ref, state, how),
        )

    def _asked(self, ref: MessageRef, state: _State, how: Removal, ask: Callable[[], None]) -> str:
        ask()
        try:
            return self._moved(ref, state, how)
        except ServiceError as error:
            raise _trouble(error, ref) from error

    def _already(self, ref: MessageRef, state: _State, how: Removal) -> str:
        there = how is Removal.DELETED_ITEMS and self._is_in(ref, state, DELETED_ITEMS)
        return "was already in Deleted Items after a dropped answer" if there else ""

    def _moved(self, ref: MessageRef, state: _State, how: Removal) -> str:
        message = f"/users/{segment(ref.mailbox)}/messages/{segment(ref.id)}"
        if how is Removal.PERMANENT:
            answer = self._wire.ask(
                "POST", f"{message}/permanentDelete", mailbox=ref.mailbox, if_match=state.change_key, once=True
            )
            return f"{answer.status}, {PURGES}"
        there = DELETED_ITEMS if how is Removal.DELETED_ITEMS else DELETIONS
        if there == DELETED_ITEMS and self._is_in(ref, state, DELETED_ITEMS):
            there = DELETIONS
        body = msgspec.json.encode({"destinationId": there})
        answer = self._wire.ask(
            "POST", f"{message}/move", mailbox=ref.mailbox, if_match=state.change_key, body=body, once=True
        )
        return f"{answer.status}, {PLACES[there]}"

    def _read(self, ref: MessageRef) -> _State:
        target = f"/users/{segment(ref.mailbox)}/messages/{segment(ref.id)}?$select=id,changeKey,parentFolderId"
        try:
            state = self._wire.get(target, _state, mailbox=ref.mailbox)
        except ServiceError as error:
            raise _trouble(error, ref) from error
        if self._is_in(ref, state, DELETIONS):
            # Graph still answers for it there, but no folder of the mailbox holds it.
            raise MessageGone(f"Message {ref.id} is in Recoverable Items, and no longer in the mailbox.")
        return state

    def _is_in(self, ref: MessageRef, state: _State, well_known: str) -> bool:
        return bool(state.parent_folder_id) and state.parent_folder_id == self._place(ref.mailbox, well_known)

    def _place(self, mailbox: str, well_known: str) -> str:
        """The id of a well-known folder of this mailbox, asked for once; ``""`` where Graph does not say."""
        key = (mailbox, well_known)
        with self._lock:
            if key in self._places:
                return self._places[key]
        id_ = folder_id(self._wire, mailbox, well_known)
        if id_:
            with self._lock:
                self._places[key] = id_
        return id_


def _trouble(error: ServiceError, ref: MessageRef) -> MailTrouble:
    if error.is_any(NO_MAILBOX):
        return MailboxUnreadable(f"The mailbox of message {ref.id} cannot be read ({error.code}).")
    if error.is_any(NO_SUCH_ITEM):
        return MessageGone(f"There is no message {ref.id} any more ({error.code}).")
    if error.status == 412 or error.is_any(CHANGED):
        return MessageChanged(f"Message {ref.id} changed while it was being removed ({error.code}).")
    if error.status == 404:
        # A proxy or a gateway says so too; only Exchange's own words mean that the message is gone.
        return MailboxUnreadable(f"Nobody could say whether message {ref.id} is there: {error.told}.")
    return RemovalRefused(f"Microsoft Graph did not remove message {ref.id}: it answered {error.told}.")
