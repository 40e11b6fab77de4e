"""Reading one folder: first in full, then what changed, and going on after any interruption.

How items are understood is in ``rows.py``; nothing is kept here between two calls but what the cursor says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.core.message import Cursor, Folder, Message, Page
from retention.mail.asking.patience import ATTEMPTS
from retention.mail.exchange.answers import MESSAGES, TYPES, Response, children, item_id
from retention.mail.exchange.asked import PLAIN, SYNC_PAGE, WHOLE, get_items, sync_folder_items
from retention.mail.exchange.failures import (
    FINAL_CONTENT,
    NO_ENTRY,
    NO_SUCH_ITEM,
    RESYNC,
    Malformed,
    ServiceError,
    folder_trouble,
)
from retention.mail.exchange.folders import ARCHIVE_ROOT
from retention.mail.exchange.rows import message_of
from retention.mail.exchange.wire import Wire
from retention.mail.exchange.workers import Workers
from retention.mail.interface import FolderUnreadable

BATCH = 100
"""Items a request asks for: a request is given one minute of the server's time, and few are slow ("EWS throttling")."""

FRESH_STARTS = 3
ASKED_AGAIN = BATCH
"""Items of a folder that are asked for again in its next reading, at most: they are kept in its cursor."""

_MARK = "ews:"
"""Begins a cursor, so that one of another mail system is never shown to the server."""


class Position(Struct, frozen=True):
    """Where a folder's reading stands: the server's state, and the items that could not be told of by then.

    Their cause may pass, and the server names no item again that does not change.
    """

    state: str
    again: tuple[str, ...] = ()

    @property
    def cursor(self) -> Cursor:
        return Cursor(_MARK + (msgspec.json.encode(self).decode() if self.again else self.state))


def _position(cursor: Cursor | None) -> Position:
    """Of another mail system's cursor nothing is taken; a state is base64 and begins with no brace."""
    text = (cursor or "").removeprefix(_MARK) if (cursor or "").startswith(_MARK) else ""
    if not text.startswith("{"):
        return Position(text)
    try:
        return msgspec.json.decode(text, type=Position)
    except msgspec.DecodeError:
        return Position("")


class Changes(Struct, frozen=True):
    """One answer of SyncFolderItems: ids and change keys only, and the state that leads on."""

    state: str
    is_last: bool
    fresh: dict[str, str]
    """Id → change key, of what is new or was changed."""
    read: dict[str, tuple[str, bool]]
    """Id → change key and whether it is read now, where no more than that was changed."""
    removed: tuple[str, ...]


_NOTHING = Changes(state="", is_last=True, fresh={}, read={}, removed=())


class Reading:
    """One call of ``pages``: one folder, from a cursor to the end. ``workers`` ask for several batches at once."""

    def __init__(self, wire: Wire, workers: Workers, mailbox: str, address: str, folder: Folder) -> None:
        self._wire = wire
        self._workers = workers
        self._mailbox = mailbox
        self._address = address
        self._folder = folder
        self._again: dict[str, None] = {}
        """The items that were told as trouble, by their ids."""

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Pages from the cursor on; a state that the server has lost means the beginning again, with ``restart``.

        Raises ``FolderUnreadable`` or ``MailboxUnreadable``.
        """
        if self._folder.id == ARCHIVE_ROOT:
            raise FolderUnreadable(f"The in-place archive of {self._address} could not be reached.")
        position = _position(cursor)
        self._again = dict.fromkeys(position.again)
        for _ in range(FRESH_STARTS):
            try:
                yield from self._from(position.state)
                return
            except ServiceError as error:
                if error.code not in RESYNC:
                    raise folder_trouble(self._name, self._address, error) from error
                position = Position("")
        raise FolderUnreadable(
            f"{self._name} could not be read to its end: the mail system forgot {FRESH_STARTS} times where it was."
        )

    @property
    def _name(self) -> str:
        return f"The folder {self._folder.path!r} of {self._address}"

    def _from(self, state: str) -> Iterator[Page]:
        """The next ids are asked for while the properties of these are on their way: the state is known already."""
        restart, is_first, ahead = not state, True, None
        try:
            while True:
                changes = ahead.result() if ahead is not None else self._changes(state)
                stuck = changes.state == state and not changes.is_last
                if stuck or not changes.state:
                    raise FolderUnreadable(
                        f"{self._name} could not be read to its end: the mail system gave no state to go on."
                    )
                state = changes.state
                ahead = None if changes.is_last else self._workers.begin(partial(self._changes, state))
                asked_again = self._asked_again(changes) if is_first and not restart else []
                messages = (*asked_again, *self._noted(self._messages(changes), changes))
                yield Page(
                    messages=messages,
                    removed=changes.removed,
                    cursor=Position(state, tuple(self._again)[:ASKED_AGAIN]).cursor,
                    restart=restart,
                    complete=changes.is_last,
                )
                if changes.is_last:
                    return
                restart = is_first = False
        finally:
            if ahead is not None:
                ahead.drop()

    def _changes(self, state: str) -> Changes:
        response = self._wire.one(sync_folder_items(self._folder.id, state, SYNC_PAGE), self._address)
        try:
            return _changes(response)
        except Malformed as error:
            raise ServiceError(200, "MalformedAnswer", str(error)) from error

    def _asked_again(self, changes: Changes) -> list[Message]:
        """What could not be told of when the folder was read before, and can be now."""
        ids = [id_ for id_ in self._again if id_ not in changes.fresh and id_ not in changes.removed]
        found = self._batch(ids, _NOTHING)
        still = {message.id for message in found if message.trouble}
        for id_ in set(ids) - still:
            del self._again[id_]
        return [replace(message, trouble="") for message in found if message.id not in still]

    def _noted(self, messages: tuple[Message, ...], changes: Changes) -> Iterator[Message]:
        """The same, and for the next reading which of them are trouble; one that was and is not says so."""
        for message in messages:
            was_trouble = message.id in self._again and message.id in changes.fresh
            if message.trouble:
                self._again[message.id] = None
            elif was_trouble:
                del self._again[message.id]
            yield replace(message, trouble="") if was_trouble and not message.trouble else message
        for id_ in changes.removed:
            self._again.pop(id_, None)

    def _messages(self, changes: Changes) -> tuple[Message, ...]:
        read = [
            Message(mailbox=self._mailbox, id=id_, version=version or None, folder=self._folder.id, is_read=is_read)
            for id_, (version, is_read) in changes.read.items()
        ]
        ids = tuple(changes.fresh)
        batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        waiting = [self._workers.begin(partial(self._batch, each, changes)) for each in batches[1:]]
        try:
            found = self._batch(batches[0], changes) if batches else []
            for each in waiting:
                found += each.result()
        finally:
            for each in waiting:
                each.drop()
        if len(ids) > 1 and found and all(each.trouble and each.kind is None for each in found):
            # One broken item is its own trouble; where nothing can be told of any, it is the server's.
            raise ServiceError(200, "MalformedAnswer", "nothing could be told of any of its items")
        return tuple(found + read)

    def _batch(self, ids: Sequence[str], changes: Changes, properties: str = WHOLE) -> list[Message]:
        """What the server tells of these. One that it has no longer is left out: its removal comes with the next round.

        An error of the whole request is looked for in its halves, until it is the error of one item.
        """
        found: list[Message] = []
        left, attempt = list(ids), 0
        while left:
            try:
                answers = self._wire.ask(get_items(left, properties), self._address)
            except ServiceError as error:
                if error.code in NO_ENTRY or error.status in (401, 403):
                    raise
                if len(left) > 1:
                    half = len(left) // 2
                    return [
                        *found,
                        *self._batch(left[:half], changes, properties),
                        *self._batch(left[half:], changes, properties),
                    ]
                return [*found, *self._alone(left[0], error, changes, properties)]
            if len(answers) != len(left):
                raise ServiceError(200, "MalformedAnswer", "another number of answers than of items")
            again: list[str] = []
            for id_, answer in zip(left, answers, strict=True):
                if answer.code not in NO_SUCH_ITEM and answer.error.transient:
                    again.append(id_)
                else:
                    found += self._one(id_, answer, changes, properties)
            attempt = attempt + 1 if len(again) == len(left) else 1
            if again and attempt >= ATTEMPTS:
                raise ServiceError(200, "ErrorServerBusy", "the properties of some items did not come")
            if again:
                waits = [answer.wait for answer in answers if answer.wait is not None]
                self._wire.patience.wait(attempt, str(max(waits)) if waits else None)
            left = again
        return found

    def _one(self, id_: str, answer: Response, changes: Changes, properties: str) -> list[Message]:
        if answer.code in NO_SUCH_ITEM:
            return []
        if not answer.is_success:
            return self._alone(id_, answer.error, changes, properties)
        try:
            (item,) = children(answer, "Items")
            message = message_of(item, self._mailbox, self._folder.id)
        except (Malformed, ValueError, IndexError):
            return self._alone(id_, ServiceError(200, "MalformedAnswer", ""), changes, properties)
        if message.id != id_:
            return self._alone(id_, ServiceError(200, "MalformedAnswer", "another item's id"), changes, properties)
        return [message]

    def _alone(self, id_: str, error: ServiceError, changes: Changes, properties: str) -> list[Message]:
        """One item that the server does not tell of: asked for the little that every item has, then told as trouble.

        One that is asked for again has told that little already.
        """
        if properties == PLAIN or id_ not in changes.fresh or error.code in NO_SUCH_ITEM:
            return [] if error.code in NO_SUCH_ITEM else [self._troubled(id_, error, changes)]
        plain = self._batch([id_], changes, PLAIN)
        return [_with_trouble(each, error) if each.trouble is None else each for each in plain]

    def _troubled(self, id_: str, error: ServiceError, changes: Changes) -> Message:
        return Message(
            mailbox=self._mailbox,
            id=id_,
            folder=self._folder.id,
            version=changes.fresh.get(id_) or None,
            trouble=_sentence(error),
        )


def _with_trouble(message: Message, error: ServiceError) -> Message:
    """Of what was asked for with ``PLAIN`` nothing else is known: it is not empty, it is not said."""
    return Message(
        mailbox=message.mailbox,
        id=message.id,
        folder=message.folder,
        version=message.version,
        subject=message.subject,
        received_at=message.received_at,
        sent_at=message.sent_at,
        size=message.size,
        kind=message.kind,
        trouble=_sentence(error),
    )


def _sentence(error: ServiceError) -> str:
    if error.code in FINAL_CONTENT:
        return f"The mail system calls this item broken ({error.code})."
    return f"The mail system does not tell all of this item: it answered {error.told}."


def _changes(response: Response) -> Changes:
    """Where an id comes twice in an answer, its last change counts. Raises ``Malformed``."""
    element = response.element
    last = (element.findtext(f"{MESSAGES}IncludesLastItemInRange") or "").strip().lower()
    if last not in ("true", "false", "1", "0"):
        raise Malformed("changes that do not say whether they are the last ones")
    fresh: dict[str, str] = {}
    read: dict[str, tuple[str, bool]] = {}
    removed: dict[str, None] = {}
    for change in children(response, "Changes"):
        kind = change.tag.removeprefix(TYPES)
        if kind in ("Create", "Update"):
            if not len(change):
                raise Malformed("a change without an item")
            id_, version = item_id(change[0])
            fresh[id_] = version
            removed.pop(id_, None)
        elif kind == "ReadFlagChange":
            id_, version = item_id(change)
            if id_ not in fresh:
                read[id_] = version, (change.findtext(f"{TYPES}IsRead") or "").strip().lower() in ("true", "1")
        elif kind == "Delete":
            id_, _ = item_id(change)
            fresh.pop(id_, None)
            read.pop(id_, None)
            removed[id_] = None
    return Changes(
        state=element.findtext(f"{MESSAGES}SyncState") or "",
        is_last=last in ("true", "1"),
        fresh=fresh,
        read={id_: said for id_, said in read.items() if id_ not in fresh},
        removed=tuple(removed),
    )
