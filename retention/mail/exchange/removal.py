"""Taking a message out of a mailbox: exactly the version that was meant, once, and telling what became of it.

Folders are never removed or emptied here, and nothing is destroyed: each request only moves one message.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgspec import Struct

from retention.core.message import MessageRef, Removal
from retention.mail.asking.removing import not_known, removed
from retention.mail.exchange.answers import TYPES, children, item_id
from retention.mail.exchange.asked import WHERE, delete_item, get_items
from retention.mail.exchange.failures import (
    CHANGED,
    NO_ARCHIVE,
    NO_ENTRY,
    NO_SUCH_ITEM,
    REMOTE_ARCHIVE,
    Malformed,
    ServiceError,
    unreadable,
)
from retention.mail.exchange.folders import (
    ARCHIVE_DELETED_ITEMS,
    ARCHIVE_RECOVERABLE,
    ARCHIVE_ROOT,
    DELETED_ITEMS,
    RECOVERABLE,
    ROOT,
    asked_one_by_one,
    id_of,
)
from retention.mail.exchange.wire import Wire
from retention.mail.interface import MailboxUnreadable, MailTrouble, MessageChanged, MessageGone, RemovalRefused, Sight

DELETE_TYPES = {
    Removal.DELETED_ITEMS: "MoveToDeletedItems",
    Removal.RECOVERABLE: "SoftDelete",
    Removal.PERMANENT: "HardDelete",
}
"""Named in each request: nothing is left to a default, which in exchangelib is the hardest one."""

PLACES = {
    "MoveToDeletedItems": "moved to Deleted Items",
    "SoftDelete": "moved to Recoverable Items (Deletions)",
    "HardDelete": "removed from the mailbox to Purges",
}
"""EWS "Deleting items by using EWS in Exchange": a hard deletion leads to Purges, where holds still keep it."""

UNCLEAR = frozenset({"ErrorInternalServerError", "ErrorDeleteItemsFailed"})
"""Errors that do not say whether anything was done: the message is looked at once more."""

_WANTED = (
    *(ROOT, DELETED_ITEMS, ARCHIVE_ROOT, ARCHIVE_DELETED_ITEMS),
    *RECOVERABLE.values(),
    *ARCHIVE_RECOVERABLE.values(),
)


class State(Struct, frozen=True):
    """A message as it is now."""

    id: str
    change_key: str
    parent: str


class Places:
    """The ids of each mailbox's well-known folders, asked for once. Thread-safe."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def of(self, address: str) -> dict[str, str]:
        """Name → id of those there are. An archive that cannot be reached costs nothing of the mailbox.

        Raises ``ServiceError``.
        """
        with self._lock:
            known = self._known.get(address)
        if known is not None:
            return known
        known, whole = {}, True
        for name, response in asked_one_by_one(self._wire, address, _WANTED).items():
            if response.is_success:
                known[name] = id_of(response)
            elif response.code not in NO_ARCHIVE | REMOTE_ARCHIVE:
                if not name.startswith("archive"):
                    raise response.error
                whole = False
        if whole:
            with self._lock:
                self._known[address] = known
        return known

    def in_deleted_items(self, address: str, parent: str) -> bool:
        known = self.of(address)
        return parent in (known.get(DELETED_ITEMS), known.get(ARCHIVE_DELETED_ITEMS))

    def in_recoverable_items(self, address: str, parent: str) -> bool:
        known = self.of(address)
        return parent in {known.get(name) for name in (*RECOVERABLE.values(), *ARCHIVE_RECOVERABLE.values())}


def read_state(wire: Wire, address: str, ref: MessageRef) -> State:
    """Change key and folder of one message. Raises ``ServiceError``."""
    response = wire.one(get_items([ref.id], WHERE), address)
    try:
        (item,) = children(response, "Items")
        id_, change_key = item_id(item)
        parent = item.find(f"{TYPES}ParentFolderId")
    except (Malformed, ValueError) as error:
        raise ServiceError(200, "MalformedAnswer", "") from error
    return State(id_, change_key, parent.get("Id") or "" if parent is not None else "")


class Remover:
    """The removals of one server. Thread-safe."""

    def __init__(self, wire: Wire, places: Places) -> None:
        self._wire = wire
        self._places = places

    def look(self, address: str, ref: MessageRef) -> Sight:
        """The message's change key now. Raises ``MessageGone``, also for what lies in Recoverable Items already."""
        try:
            state = self._read(address, ref)
            in_deleted_items = self._places.in_deleted_items(address, state.parent)
        except ServiceError as error:
            raise _trouble(error, address, ref) from error
        return Sight(version=state.change_key, in_deleted_items=in_deleted_items)

    def purge(self, address: str, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        """Move this version of the message away; returns Exchange's answer and what it means.

        ``ask`` is called before each request that moves it: a repeated one may come minutes after the first.

        The change key is read and compared first, and sent along: DeleteItem is not documented to heed it, so the
        reading is what counts. An id dies with the move, so a message that is gone after a lost answer was moved, by
        this or by somebody else. Raises ``MessageChanged``, ``MessageGone``, ``RemovalRefused``.
        """
        return removed(
            ref,
            version,
            self._wire.patience,
            look=lambda: self._state(address, ref),
            remove=lambda state: self._asked(address, ref, state, how, ask),
        )

    def _asked(self, address: str, ref: MessageRef, state: State, how: Removal, ask: Callable[[], None]) -> str:
        try:
            delete_type = self._delete_type(address, state, how)
            ask()
            self._wire.one(delete_item(ref.id, state.change_key, delete_type), address, once=True)
            return f"Success, {PLACES[delete_type]}"
        except ServiceError as error:
            if error.code in UNCLEAR and self._is_gone(address, ref):
                return f"was already gone after {error.code}"
            raise _trouble(error, address, ref) from error

    def _delete_type(self, address: str, state: State, how: Removal) -> str:
        """From Deleted Items the next place is Recoverable Items: there is nowhere softer to go."""
        if how is Removal.DELETED_ITEMS and self._places.in_deleted_items(address, state.parent):
            how = Removal.RECOVERABLE
        return DELETE_TYPES[how]

    def _state(self, address: str, ref: MessageRef) -> State:
        try:
            return self._read(address, ref)
        except ServiceError as error:
            raise _trouble(error, address, ref) from error

    def _is_gone(self, address: str, ref: MessageRef) -> bool:
        """Whether it went in spite of the error. Raises ``MailNotAnswering`` where nobody can say."""
        try:
            self._state(address, ref)
        except MessageGone:
            return True
        except MailTrouble as trouble:
            raise not_known(ref) from trouble
        return False

    def _read(self, address: str, ref: MessageRef) -> State:
        state = read_state(self._wire, address, ref)
        if self._places.in_recoverable_items(address, state.parent):
            raise MessageGone(f"Message {ref.id} lies in Recoverable Items.")
        return state


def _trouble(error: ServiceError, address: str, ref: MessageRef) -> MailTrouble:
    if error.code in NO_ENTRY:
        return unreadable(address, error)
    if error.code in NO_SUCH_ITEM:
        return MessageGone(f"There is no message {ref.id} any more ({error.code}).")
    if error.code in CHANGED:
        return MessageChanged(f"Message {ref.id} changed while it was being removed ({error.code}).")
    if error.code.startswith("HTTP ") or error.code == "MalformedAnswer":
        # A proxy or a load balancer answered: only Exchange's own words say anything of the message.
        return MailboxUnreadable(f"Nobody could say how message {ref.id} stands: {error.told}.")
    return RemovalRefused(f"Exchange did not remove message {ref.id}: it answered {error.told}.")
