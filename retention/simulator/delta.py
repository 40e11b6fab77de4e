"""Delta: what a token says, and the page of changes it stands for.

Nothing here knows HTTP; a page is the rows as bytes and the token to go on with.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass

import msgspec

from retention.simulator.answers import GraphError, encode
from retention.simulator.faults import Faults
from retention.simulator.ids import rest_id
from retention.simulator.mailbox import Departure, SimFolder, SimMessage
from retention.simulator.rows import instant, selection

DEFAULT_PAGE = 10
FILTERED_LIMIT = 5000


class Token(msgspec.Struct, array_like=True, frozen=True):
    """A place in a folder's log, with the options of the first call.

    ``at`` is the next entry to read, ``base`` the entry the round began to watch from: a removal that is younger is
    told. ``first`` marks a first round, in which every row is whole. ``since`` (with ``sent``, the rows so far) is the
    filter on receivedDateTime. ``opened`` says that the empty page at the beginning was given.
    """

    stamp: str
    mailbox: int
    folder: int
    epoch: int
    at: int
    base: int
    first: bool
    size: int
    select: str = ""
    changes: str = ""
    since: str = ""
    sent: int = 0
    opened: bool = False

    def text(self) -> str:
        """The token as it stands in a link: opaque to a client, and checked when it comes back."""
        packed = msgspec.json.encode(self)
        return base64.urlsafe_b64encode(zlib.crc32(packed).to_bytes(4, "big") + packed).decode()


@dataclass(frozen=True, slots=True)
class DeltaPage:
    """Encoded rows, the token to continue with, and whether this was the last page of the round."""

    rows: list[bytes]
    token: Token
    complete: bool


def read_token(text: str) -> Token:
    """Raises 400 SyncStateInvalid for a token that was not given by this system."""
    try:
        packed = base64.urlsafe_b64decode(text)
        if zlib.crc32(packed[4:]) != int.from_bytes(packed[:4], "big"):
            raise GraphError(400, "SyncStateInvalid", "Badly formed token.")
        return msgspec.json.decode(packed[4:], type=Token)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise GraphError(400, "SyncStateInvalid", "Badly formed token.") from error


def first_token(
    folder: SimFolder, stamp: str, size: int | None, select: str = "", changes: str = "", since: str = ""
) -> Token:
    """The token of a reading from the very beginning."""
    selection(select, in_delta=True)
    return Token(
        stamp,
        folder.mailbox.number,
        folder.number,
        folder.epoch,
        at=0,
        base=len(folder.log),
        first=True,
        size=size or DEFAULT_PAGE,
        select=select,
        changes=changes,
        since=since,
    )


def is_dead(token: Token, folder: SimFolder, stamp: str) -> bool:
    """Whether the folder's log cannot continue from this token any more, so that the answer is 410."""
    here = (stamp, folder.mailbox.number, folder.number, folder.epoch)
    return (token.stamp, token.mailbox, token.folder, token.epoch) != here or token.at > len(folder.log)


def read_page(folder: SimFolder, token: Token, faults: Faults, immutable: bool) -> DeltaPage:
    """The next page of the round. It may hold fewer rows than asked for, even none, and yet not be the last."""
    if faults.empty_pages and not token.opened:
        return DeltaPage([], msgspec.structs.replace(token, opened=True), False)
    begin = token.at
    size = min(token.size, faults.max_page or token.size)
    end = min(begin + size, len(folder.log))
    if faults.repeat_rows and begin != (0 if token.first else token.base):
        begin = max(begin - max(1, size // 2), 0 if token.first else token.base)
    rows = _rows(folder, token, begin, end, faults.partial_rows, immutable)
    sent = token.sent + len(rows)
    if token.since and sent >= FILTERED_LIMIT:
        rows, end = rows[: FILTERED_LIMIT - token.sent], len(folder.log)
    if faults.repeat_rows and rows:
        rows.append(rows[0])
    complete = end >= len(folder.log)
    if complete:
        following = msgspec.structs.replace(token, at=end, base=end, first=False, sent=0, opened=False)
    else:
        following = msgspec.structs.replace(token, at=end, sent=sent)
    return DeltaPage(rows, following, complete)


def _rows(folder: SimFolder, token: Token, begin: int, end: int, partial: bool, immutable: bool) -> list[bytes]:
    """The rows of a stretch of the log: an entry counts only if it is its message's last one."""
    messages, left, chosen = folder.mailbox.messages, folder.left, selection(token.select, in_delta=True)
    narrowed = bool(token.changes or token.since)
    rows: list[bytes] = []
    for place, serial in enumerate(folder.log[begin:end], begin):
        message = messages[serial]
        if message.folder is folder:
            if message.log_at != place or (narrowed and not _wanted(message, token)):
                continue
            if partial and not token.first and message.added_at < token.base:
                rows.append(chosen.changed(message, immutable, folder.touched.get(place, ())))
            else:
                rows.append(chosen.row(message, immutable))
        elif place >= token.base and token.changes in ("", "deleted"):
            departure = left.get(serial)
            if departure and departure.log_at == place:
                rows.append(_removed(message, departure, immutable))
    return rows


def _wanted(message: SimMessage, token: Token) -> bool:
    """Whether changeType and the filter on receivedDateTime let the row through."""
    new = token.first or message.added_at >= token.base
    if token.changes and token.changes != ("created" if new else "updated"):
        return False
    comparison, _, moment = token.since.partition(" ")
    received = instant(message.received_at) or ""
    return not token.since or received > moment or (comparison == "ge" and received == moment)


def _removed(message: SimMessage, departure: Departure, immutable: bool) -> bytes:
    # Where it went is not said: a move and a deletion look the same from here (concepts/delta-query-messages).
    gone = message.immutable_id if immutable else rest_id(message.mailbox.number, message.serial, departure.moves)
    return encode({"@odata.type": "#microsoft.graph.message", "id": gone, "@removed": {"reason": departure.reason}})


def resized(token: Token, size: int | None) -> Token:
    """The token with the page size that this very request asks for, if it asks."""
    return msgspec.structs.replace(token, size=size) if size else token
