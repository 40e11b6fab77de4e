"""Likenesses: where else a message lies, in another mailbox or in files, by all that is known of both.

When two messages are alike is decided in ``core/likeness.py``; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.catalog.opening import Connection
from retention.catalog.rows import LOOK, look_of, text_of
from retention.core.likeness import is_alike, message_id, second_of
from retention.core.message import Mailbox, Message, Source

LOOKED_AT = 100
"""So many messages of one Message-ID, or of one second, are compared at most: a sender may give it to all its mail."""

_source = msgspec.json.Decoder(Source)
_LOOK = ", ".join(f"messages.{column}" for column in LOOK)
_LIKE = f"""SELECT {_LOOK}, messages.source, messages.n, coalesce(folders.path, ''),
        mailboxes.id, mailboxes.address, mailboxes.name, mailboxes.kind
    FROM messages JOIN mailboxes ON mailboxes.n = messages.mailbox
    LEFT JOIN folders ON folders.mailbox = messages.mailbox AND folders.id = messages.folder
    WHERE {{found}} AND messages.gone_at IS NULL AND messages.left_at IS NULL LIMIT {LOOKED_AT}"""
_BY_MESSAGE_ID = _LIKE.format(found="messages.internet_id IN (?, ?)")
_IN_SECOND = "messages.sent_at >= ? AND messages.sent_at < ?"
_BY_SECOND = _LIKE.format(found=_IN_SECOND)
_NAMELESS_BY_SECOND = _LIKE.format(found=f"{_IN_SECOND} AND coalesce(messages.internet_id, '') = ''")


class Alike(Struct, frozen=True, kw_only=True):
    """A copy of a message: the short number people type, the mailbox or the files it lies in, and the folder there.

    Of the mailbox no other address is said than the one it has now.
    """

    n: int
    mailbox: Mailbox
    folder: str
    message: Message


def like(db: Connection, message: Message) -> Iterator[Alike]:
    """Every other message that is like this one and has not left its mailbox, each once.

    One that is missed and not settled may still be there, and counts.
    """
    met: set[int] = set()
    for query, values in _asked(message):
        for row in map(tuple, db.execute(query, values).fetchall()):
            source, n, path, id_, address, name, kind = row[len(LOOK) :]
            mailbox = Mailbox(id=id_, address=address, name=name, kind=kind)
            other = look_of(row, id_)
            if source:
                other = replace(other, source=_source.decode(source))
            if n not in met and not _is_itself(message, other) and is_alike(message, other):
                met.add(n)
                yield Alike(n=n, mailbox=mailbox, folder=path, message=other)


def _is_itself(message: Message, other: Message) -> bool:
    """Whether this is no copy: a file that lies in two folders that were added is one file."""
    if message.source and other.source:
        return all(getattr(message.source, part) == getattr(other.source, part) for part in ("file", "folder", "at"))
    return message.ref == other.ref


def _asked(message: Message) -> Iterator[tuple[str, list[str]]]:
    """By which of its marks it is looked for, the surest first."""
    if bare := message_id(message):
        yield _BY_MESSAGE_ID, [bare, f"<{bare}>"]
    if message.sent_at is not None:
        begins, ends = (_bound(text_of(instant) or "") for instant in second_of(message.sent_at))
        # Of those that have a Message-ID only the ones with its own can be alike, and these are found by it.
        yield _NAMELESS_BY_SECOND if bare else _BY_SECOND, [begins, ends]


def _bound(text: str) -> str:
    """An instant before which nothing in its second sorts, whether it is written with a fraction or without."""
    return text.removesuffix("Z")
