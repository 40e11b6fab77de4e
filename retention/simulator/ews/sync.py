"""SyncFolderItems: what a sync state says, and the page of changes it stands for.

Folders that come and go are told by FindFolder, not here.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator

import msgspec

from retention.simulator.answers import Answer
from retention.simulator.ews import names, soap
from retention.simulator.ews.shapes import Shape, shape_of
from retention.simulator.ews.soap import Asked, ItemError, M, SoapFault
from retention.simulator.faults import Faults
from retention.simulator.mailbox import SimFolder, SimMailbox, SimMessage
from retention.simulator.world import World

NAME = "SyncFolderItems"
LARGEST_PAGE = 512


class State(msgspec.Struct, array_like=True, frozen=True):
    """A place in a folder's log.

    ``at`` is the next entry to read, ``base`` the entry that the round began to watch from: what came later is new,
    and a removal that is younger is told. ``first`` marks a first round, in which every item is new. ``opened`` says
    that the empty page at the beginning was given.
    """

    stamp: str
    mailbox: int
    folder: int
    epoch: int
    at: int
    base: int
    first: bool
    opened: bool = False

    def text(self) -> str:
        """The state as a client keeps it: opaque, and checked when it comes back."""
        packed = msgspec.json.encode(self)
        return base64.b64encode(b"H4sI" + zlib.crc32(packed).to_bytes(4, "big") + packed).decode()


def read_state(text: str) -> State:
    """Raises ``ItemError`` for a state that was not given by this system."""
    try:
        packed = base64.b64decode(text, validate=True)
        if packed[:4] == b"H4sI" and zlib.crc32(packed[8:]) == int.from_bytes(packed[4:8], "big"):
            return msgspec.json.decode(packed[8:], type=State)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        pass
    raise dead_state()


def dead_state() -> ItemError:
    """For a sync state that the folder cannot go on from."""
    return ItemError("ErrorInvalidSyncStateData", "The specified synchronization state data is corrupt or unusable.")


def answer(asked: Asked, mailbox: SimMailbox, world: World, faults: Faults) -> Answer:
    """A page of a folder's changes, with the sync state to go on with."""
    try:
        return soap.messages(NAME, [soap.good(NAME, _page(asked, mailbox, world, faults))])
    except ItemError as error:
        return soap.messages(NAME, [soap.bad(NAME, error)])


def _page(asked: Asked, mailbox: SimMailbox, world: World, faults: Faults) -> bytes:
    folder = _folder(asked, mailbox)
    state = _state(asked, folder, world.stamp)
    if faults.empty_pages and not state.opened:
        return _written(msgspec.structs.replace(state, opened=True), False, [])
    size = min(_size(asked), faults.max_page or LARGEST_PAGE)
    begin, end = state.at, min(state.at + size, len(folder.log))
    lowest = 0 if state.first else state.base
    if faults.repeat_rows and begin != lowest:
        begin = max(begin - max(1, size // 2), lowest)
    rows = list(_rows(folder, state, begin, end, shape_of(asked.element, in_list=True)))
    if faults.repeat_rows and rows:
        rows.append(rows[0])
    complete = end >= len(folder.log)
    if complete:
        following = msgspec.structs.replace(state, at=end, base=end, first=False, opened=False)
    else:
        following = msgspec.structs.replace(state, at=end)
    return _written(following, complete, rows)


def _folder(asked: Asked, mailbox: SimMailbox) -> SimFolder:
    elements = names.folder_elements(asked.element, "SyncFolderId")
    if not elements:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: SyncFolderId is missing.")
    try:
        return names.find_folder(mailbox, elements[0])
    except ItemError as error:
        if error.code in ("ErrorItemNotFound", "ErrorFolderNotFound"):
            raise ItemError("ErrorSyncFolderNotFound", "The folder to synchronize could not be found.") from error
        raise


def _size(asked: Asked) -> int:
    text = (asked.element.findtext(f"{M}MaxChangesReturned") or "").strip()
    if not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
        raise SoapFault(
            "ErrorSchemaValidation", "The request failed schema validation: MaxChangesReturned is 1 to 512."
        )
    return int(text)


def _state(asked: Asked, folder: SimFolder, stamp: str) -> State:
    text = (asked.element.findtext(f"{M}SyncState") or "").strip()
    here = (stamp, folder.mailbox.number, folder.number, folder.epoch)
    if not text:
        return State(*here, at=0, base=len(folder.log), first=True)
    state = read_state(text)
    if (state.stamp, state.mailbox, state.folder, state.epoch) != here or state.at > len(folder.log):
        raise dead_state()
    return state


def _rows(folder: SimFolder, state: State, begin: int, end: int, shape: Shape) -> Iterator[bytes]:
    """The changes of a stretch of the log: an entry of what is here counts only if it is its message's last one.

    Each departure is told, also of what came back since: it has another id now, and the old one is dead.
    """
    messages, departures = folder.mailbox.messages, folder.departures
    for place, serial in enumerate(folder.log[begin:end], begin):
        message = messages[serial]
        if place in departures:
            if place >= state.base:
                gone = names.past_item_id(message, departures[place])
                yield f'<t:Delete><t:ItemId Id="{gone}" ChangeKey="{message.change_key}"/></t:Delete>'.encode()
        elif message.folder is folder and message.log_at == place:
            yield _change(folder, message, state, shape)


def _change(folder: SimFolder, message: SimMessage, state: State, shape: Shape) -> bytes:
    if state.first or message.added_at >= state.base:
        return b"<t:Create>" + shape.row(message) + b"</t:Create>"
    if folder.touched.get(message.log_at) == ("isRead",):
        own = f'<t:ItemId Id="{names.item_id(message)}" ChangeKey="{message.change_key}"/>'
        read = "true" if message.is_read else "false"
        return f"<t:ReadFlagChange>{own}<t:IsRead>{read}</t:IsRead></t:ReadFlagChange>".encode()
    return b"<t:Update>" + shape.row(message) + b"</t:Update>"


def _written(state: State, complete: bool, rows: list[bytes]) -> bytes:
    last = "true" if complete else "false"
    head = f"<m:SyncState>{state.text()}</m:SyncState><m:IncludesLastItemInRange>{last}</m:IncludesLastItemInRange>"
    return b"".join((head.encode(), b"<m:Changes>", *rows, b"</m:Changes>"))
