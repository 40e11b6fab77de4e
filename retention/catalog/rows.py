"""Between rows of the catalog and the nouns of the core.

No query lives here.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from retention.core.classify import Classification
from retention.core.message import Mailbox, Message

_addresses = msgspec.json.Decoder(tuple[str, ...])
_filing = msgspec.json.Decoder(Classification)

MESSAGE_COLUMNS = (
    "id version folder internet_id conversation subject sender to_ cc bcc received_at sent_at size kind "
    "categories has_attachments is_draft is_read preview trouble"
).split()
"""The columns a mail system fills, in the order in which ``message_values`` gives them."""


class Known(Struct, frozen=True, kw_only=True):
    """One message as the catalog knows it, with what was decided and done about it so far.

    ``n`` is the short number people type. ``left_at`` is when this product took it out of its mailbox, with
    ``result``, the system's ``answer`` and, for a record, the ``digest`` and ``place`` of its file. ``gone_at`` is
    when it was first missed without our doing. ``filing`` is ``None`` where it was not filed since it last changed, and
    ``filed_under`` is the fingerprint of the rules under which it was.
    """

    n: int
    mailbox: Mailbox
    message: Message
    filing: Classification | None
    first_seen_at: datetime
    gone_at: datetime | None
    left_at: datetime | None
    filed_under: str
    result: str
    answer: str
    digest: str
    place: str


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
    )


def message_of(row: sqlite3.Row, mailbox_id: str) -> Message:
    return Message(
        mailbox=mailbox_id,
        id=row["id"],
        version=row["version"],
        folder=row["folder"],
        path=row["path"],
        internet_id=row["internet_id"],
        conversation=row["conversation"],
        subject=row["subject"],
        sender=row["sender"],
        to=_tuple(row["to_"]),
        cc=_tuple(row["cc"]),
        bcc=_tuple(row["bcc"]),
        received_at=instant_of(row["received_at"]),
        sent_at=instant_of(row["sent_at"]),
        size=row["size"],
        kind=row["kind"],
        categories=_tuple(row["categories"]),
        has_attachments=_truth(row["has_attachments"]),
        is_draft=_truth(row["is_draft"]),
        is_read=_truth(row["is_read"]),
        preview=row["preview"],
        trouble=row["trouble"] or None,
    )


def mailbox_of(row: sqlite3.Row) -> Mailbox:
    return Mailbox(
        id=row["id"],
        address=row["address"],
        name=row["name"],
        kind=row["kind"],
        aliases=_addresses.decode(row["aliases"]),
    )


def known_of(row: sqlite3.Row, mailbox: Mailbox) -> Known:
    first_seen_at = instant_of(row["first_seen_at"])
    assert first_seen_at is not None  # the column is NOT NULL
    return Known(
        n=row["n"],
        mailbox=mailbox,
        message=message_of(row, mailbox.id),
        filing=filing_of(row["filing"]) if row["classified"] else None,
        filed_under=row["classified"] or "",
        first_seen_at=first_seen_at,
        gone_at=instant_of(row["gone_at"]),
        left_at=instant_of(row["left_at"]),
        result=row["result"] or "",
        answer=row["answer"] or "",
        digest=row["digest"] or "",
        place=row["place"] or "",
    )


def filing_of(text: str | None) -> Classification | None:
    return _filing.decode(text) if text else None


def _json(values: tuple[str, ...] | None) -> str | None:
    if not values:
        return None if values is None else "[]"
    return msgspec.json.encode(values).decode()


def _tuple(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else _addresses.decode(text)


def _number(value: bool | None) -> int | None:
    """0 or 1: sqlite3 looks long for an adapter when it is given a truth value."""
    return None if value is None else int(value)


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)
