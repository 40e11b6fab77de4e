"""Between rows of the catalog and the nouns of the core.

No query lives here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from retention.core.classify import Classification
from retention.core.dates import believed
from retention.core.message import Mailbox, Message, Source, Wording

_texts = msgspec.json.Decoder(tuple[str, ...])
_wordings = msgspec.json.Decoder(tuple[Wording, ...])
_source = msgspec.json.Decoder(Source)
_filing = msgspec.json.Decoder(Classification)
TRUTH = {None: None, 0: False, 1: True}

MESSAGE_COLUMNS = (
    "id version folder internet_id conversation subject sender to_ cc bcc received_at sent_at size kind "
    "categories has_attachments is_draft is_read preview trouble attachments origin on_behalf linked sensitivity "
    "source rebuilt largest_attachment"
).split()
"""The columns a mail system fills, in the order in which ``message_values`` gives them."""

PRESENT = "gone_at IS NULL AND left_at IS NULL AND pending IS NULL"
"""Messages that are in their mailbox."""

STORED = "mailbox IN (SELECT n FROM mailboxes WHERE kind = 'files') AND result = 'captured' AND digest = version"
"""Messages of files that were captured as they are now: they stay in their file."""

READ_COLUMNS = (*MESSAGE_COLUMNS, "earlier")
"""The columns that ``message_of`` reads, in its order."""

MESSAGE = ", ".join(f"messages.{column}" for column in READ_COLUMNS)
"""What ``message_of`` reads."""

PART = (
    "messages.id, folder, subject, sender, to_, cc, bcc, received_at, kind, categories, has_attachments, preview, "
    "attachments, origin, messages.trouble"
)
"""What ``part_of`` reads."""

LOOK = (
    "id internet_id conversation subject sender to_ cc bcc on_behalf received_at sent_at size kind has_attachments "
    "preview attachments trouble earlier"
).split()
"""The columns that ``look_of`` reads: all that a hold may ask for."""

RECORD_THREAD = """(messages.conversation != '' AND (
        EXISTS (SELECT 1 FROM record_threads WHERE record_threads.conversation = messages.conversation)
        OR EXISTS (SELECT 1 FROM messages AS other WHERE other.filed IS NULL
            AND other.conversation = messages.conversation AND other.gone_at IS NULL AND other.left_at IS NULL)))"""
"""Whether the conversation of a message holds a record, or mail that is not filed yet."""

KNOWN = f"""
    SELECT {MESSAGE}, folders.path, messages.n, messages.mailbox, first_seen_at, gone_at, left_at, result, answer,
        digest, place, messages.keys, filings.body, filings.rules,
        filings.record = 0 AND {RECORD_THREAD} AS in_record_thread
    FROM messages
    LEFT JOIN folders ON folders.mailbox = messages.mailbox AND folders.id = messages.folder
    LEFT JOIN filings ON filings.n = messages.filed"""
"""What ``known_of`` reads."""


class Known(Struct, frozen=True, kw_only=True):
    """One message as the catalog knows it, with what was decided and done about it so far.

    ``n`` is the short number people type. ``left_at`` is when this product took it out of its mailbox, with
    ``result``, the system's ``answer`` and, for a record, the ``digest`` and ``place`` of its file. ``gone_at`` is
    when it was first missed without our doing. ``filing`` is ``None`` where it was not filed since it last changed, and
    ``filed_under`` is the fingerprint of the rules under which it was. ``keys`` are the keys it bears.
    ``in_record_thread``: its conversation holds a record, or mail that is not filed yet.
    """

    n: int
    mailbox: Mailbox
    message: Message
    filing: Classification | None
    first_seen_at: datetime
    gone_at: datetime | None
    left_at: datetime | None
    filed_under: str
    keys: tuple[str, ...]
    in_record_thread: bool
    result: str
    answer: str
    digest: str
    place: str

    @property
    def is_stored(self) -> bool:
        """Whether exactly this content was captured from a file, where it also stays."""
        return self.mailbox.in_files and self.result == "captured" and self.digest == self.message.version


def text_of(instant: datetime | None) -> str | None:
    # Written by msgspec, which takes a twentieth of what isoformat() takes, twice for every message.
    return str(msgspec.to_builtins(instant.astimezone(UTC))) if instant else None


def instant_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def message_values(message: Message) -> tuple[Any, ...]:
    """The values of ``MESSAGE_COLUMNS``; ``None`` stands for *not said* and must never overwrite."""
    return (
        message.id,
        message.version,
        message.folder,
        message.internet_id,
        message.conversation,
        message.subject,
        message.sender,
        _json(message.to),
        _json(message.cc),
        _json(message.bcc),
        text_of(message.received_at),
        text_of(message.sent_at),
        message.size,
        message.kind,
        _json(message.categories),
        _number(message.has_attachments),
        _number(message.is_draft),
        _number(message.is_read),
        message.preview,
        message.trouble,
        _json(message.attachments),
        message.origin,
        message.on_behalf,
        _json(message.linked),
        message.sensitivity,
        msgspec.json.encode(message.source).decode() if message.source else None,
        _json(message.rebuilt),
        message.largest_attachment,
    )


def message_of(values: Sequence[Any], mailbox_id: str, paths: Mapping[str, str]) -> Message:
    """The message of which these are the values of ``MESSAGE``, in its order; ``paths`` are those of the folders."""
    return Message(
        mailbox=mailbox_id,
        id=values[0],
        version=values[1],
        folder=values[2],
        internet_id=values[3],
        conversation=values[4],
        subject=values[5],
        sender=values[6],
        to=texts_of(values[7]),
        cc=texts_of(values[8]),
        bcc=texts_of(values[9]),
        received_at=believed(instant_of(values[10])),
        sent_at=believed(instant_of(values[11])),
        size=values[12],
        kind=values[13],
        categories=texts_of(values[14]),
        has_attachments=TRUTH[values[15]],
        is_draft=TRUTH[values[16]],
        is_read=TRUTH[values[17]],
        preview=values[18],
        trouble=values[19] or None,
        attachments=texts_of(values[20]),
        origin=values[21],
        on_behalf=values[22],
        linked=texts_of(values[23]),
        sensitivity=values[24],
        source=_source.decode(values[25]) if values[25] else None,
        rebuilt=texts_of(values[26]),
        largest_attachment=values[27],
        earlier=_wordings.decode(values[28]) if values[28] else None,
        path=paths.get(values[2]),
    )


def part_of(values: Sequence[Any], mailbox_id: str, paths: Mapping[str, str]) -> Message:
    """What classification asks of a message, from the values of ``PART``; all else is left unsaid."""
    return Message(
        mailbox=mailbox_id,
        id=values[0],
        path=paths.get(values[1]),
        subject=values[2],
        sender=values[3],
        to=texts_of(values[4]),
        cc=texts_of(values[5]),
        bcc=texts_of(values[6]),
        received_at=believed(instant_of(values[7])),
        kind=values[8],
        categories=texts_of(values[9]),
        has_attachments=TRUTH[values[10]],
        preview=values[11],
        attachments=texts_of(values[12]),
        origin=values[13],
        trouble=values[14] or None,
    )


def look_of(values: Sequence[Any], mailbox_id: str) -> Message:
    """So much of a message as was read of ``LOOK``, in its order; all else is left unsaid."""
    return Message(
        mailbox=mailbox_id,
        id=values[0],
        internet_id=values[1],
        conversation=values[2],
        subject=values[3],
        sender=values[4],
        to=texts_of(values[5]),
        cc=texts_of(values[6]),
        bcc=texts_of(values[7]),
        on_behalf=values[8],
        received_at=believed(instant_of(values[9])),
        sent_at=believed(instant_of(values[10])),
        size=values[11],
        kind=values[12],
        has_attachments=TRUTH[values[13]],
        preview=values[14],
        attachments=texts_of(values[15]),
        trouble=values[16] or None,
        earlier=_wordings.decode(values[17]) if values[17] else None,
    )


def mailbox_of(row: sqlite3.Row) -> Mailbox:
    return Mailbox(
        id=row["id"],
        address=row["address"],
        name=row["name"],
        kind=row["kind"],
        aliases=_texts.decode(row["aliases"]),
    )


def known_of(row: sqlite3.Row, mailbox: Mailbox) -> Known:
    values = tuple(row)
    path, n, _, first_seen, gone_at, left_at, result, answer, digest, place, keys, body, rules, in_record_thread = (
        values[len(READ_COLUMNS) :]
    )
    first_seen_at = instant_of(first_seen)
    assert first_seen_at is not None  # the column is NOT NULL
    return Known(
        n=n,
        mailbox=mailbox,
        message=message_of(values, mailbox.id, {values[2]: path}),
        filing=filing_of(body),
        filed_under=rules or "",
        keys=texts_of(keys) or (),
        in_record_thread=bool(in_record_thread),
        first_seen_at=first_seen_at,
        gone_at=instant_of(gone_at),
        left_at=instant_of(left_at),
        result=result or "",
        answer=answer or "",
        digest=digest or "",
        place=place or "",
    )


@lru_cache(maxsize=16384)
def filing_of(text: str | None) -> Classification | None:
    return _filing.decode(text) if text else None


def _json(values: tuple[str, ...] | None) -> str | None:
    if not values:
        return None if values is None else "[]"
    return msgspec.json.encode(values).decode()


def texts_of(text: str | None) -> tuple[str, ...] | None:
    if text == "[]":
        return ()
    return None if text is None else _texts.decode(text)


def _number(value: bool | None) -> int | None:
    """0 or 1: sqlite3 looks long for an adapter when it is given a truth value."""
    return None if value is None else int(value)
