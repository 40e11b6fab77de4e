"""Graph's JSON of messages, read into ``Message``: what is absent, what is empty, what cannot be understood.

Nothing is asked for here; one row that is broken never costs the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from retention.core.message import Message
from retention.mail.graph.failures import Malformed, one_line

SELECT = (
    "id,changeKey,internetMessageId,conversationId,subject,from,toRecipients,ccRecipients,bccRecipients,"
    "receivedDateTime,sentDateTime,categories,hasAttachments,isDraft,isRead,bodyPreview"
)
"""Exactly the fields of ``Message``; size and class are MAPI properties and come by ``EXPAND``."""

EXPAND = quote(
    "singleValueExtendedProperties($filter=id eq 'Integer 0x0E08' or id eq 'Long 0x0E08' or id eq 'String 0x001A')",
    safe="($=')",
)
"""PidTagMessageSize, its 64-bit twin, PidTagMessageClass (Graph "Outlook extended properties overview")."""

SIZE, LARGE_SIZE, CLASS = ("integer", 0x0E08), ("long", 0x0E08), ("string", 0x001A)
OLDEST, NEWEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(4500, 1, 1, tzinfo=UTC)
"""Outside of these a date is Exchange's way to say that there is none (0001, 1601, 4501)."""


class _Address(Struct, gc=False):
    address: str | None = None


class _Recipient(Struct, rename="camel", gc=False):
    email_address: _Address | None = None


class _Property(Struct, gc=False):
    id: str = ""
    value: str | None = None


class _Row(Struct, rename="camel", gc=False):
    id: str
    removed: msgspec.Raw | UnsetType = field(default=UNSET, name="@removed")
    change_key: str | UnsetType | None = UNSET
    internet_message_id: str | UnsetType | None = UNSET
    conversation_id: str | UnsetType | None = UNSET
    subject: str | UnsetType | None = UNSET
    from_: _Recipient | UnsetType | None = field(default=UNSET, name="from")
    to_recipients: list[_Recipient] | UnsetType | None = UNSET
    cc_recipients: list[_Recipient] | UnsetType | None = UNSET
    bcc_recipients: list[_Recipient] | UnsetType | None = UNSET
    received_date_time: datetime | UnsetType | None = UNSET
    sent_date_time: datetime | UnsetType | None = UNSET
    categories: tuple[str, ...] | UnsetType | None = UNSET
    has_attachments: bool | UnsetType | None = UNSET
    is_draft: bool | UnsetType | None = UNSET
    is_read: bool | UnsetType | None = UNSET
    body_preview: str | UnsetType | None = UNSET
    single_value_extended_properties: list[_Property] | UnsetType | None = UNSET


class _Page(Struct, rename="camel"):
    next_link: str | None = field(default=None, name="@odata.nextLink")
    delta_link: str | None = field(default=None, name="@odata.deltaLink")
    value: list[_Row] = []


class _Sized(Struct, rename="camel", gc=False):
    id: str
    single_value_extended_properties: list[_Property] | UnsetType | None = UNSET


class _SizedPage(Struct, rename="camel"):
    next_link: str | None = field(default=None, name="@odata.nextLink")
    value: list[_Sized] = []


class _LoosePage(Struct, rename="camel"):
    next_link: str | None = field(default=None, name="@odata.nextLink")
    delta_link: str | None = field(default=None, name="@odata.deltaLink")
    value: list[Any] = []


class Rows(Struct, frozen=True):
    """One page of a list or of a delta. ``fresh`` are the ids of rows that carry every field: new to the folder."""

    messages: tuple[Message, ...]
    removed: tuple[str, ...]
    fresh: tuple[str, ...]
    next_link: str
    delta_link: str


_fast = msgspec.json.Decoder(_Page)
_fast_sized = msgspec.json.Decoder(_SizedPage)

Details = Mapping[str, tuple[int | None, str | None]]
"""Size in bytes and message class by id; ``None`` where not said."""
_UNKNOWN = (None, None)


def page_of(body: bytes, mailbox: str, folder: str | None, details: Details = MappingProxyType({})) -> Rows:
    """A page of messages of one folder, with the ``details`` that another list gave for them.

    Raises ``Malformed`` where the body is no whole JSON object.

    A field that is absent stays ``None`` (*not said*); JSON null becomes ``""`` or ``()``. Where an id comes twice,
    its last row in the page decides whether it is there or removed.
    """
    try:
        page = _fast.decode(body)
        rows, next_link, delta_link = page.value, page.next_link, page.delta_link
        messages = [_message(row, mailbox, folder, details) for row in rows if row.removed is UNSET]
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError):
        # ValidationError is a DecodeError too: one row of the page is not as described.
        loose = _loose(body)
        rows, messages, next_link, delta_link = [], [], loose.next_link, loose.delta_link
        for each in loose.value:
            row, trouble = _mended(each)
            if row is None:
                continue
            rows.append(row)
            if row.removed is UNSET:
                messages.append(_message(row, mailbox, folder, details, trouble))
    gone = {row.id: row.removed is not UNSET for row in rows if row.id} if len(messages) != len(rows) else {}
    removed = tuple(id_ for id_, last in gone.items() if last)
    if removed and messages:
        messages = [message for message in messages if not gone[message.id]]
    return Rows(
        messages=tuple(messages),
        removed=removed,
        fresh=tuple(m.id for m in messages if m.internet_id is not None and m.subject is not None and m.to is not None),
        next_link=next_link or "",
        delta_link=delta_link or "",
    )


def details_in(body: bytes) -> Details | None:
    """What a list asked for with ``EXPAND`` says; ``None`` where this page is not all of it. Raises ``Malformed``."""
    try:
        page = _fast_sized.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        rows = page_of(body, "", None)
        return None if rows.next_link else {row.id: (row.size, row.kind) for row in rows.messages}
    if page.next_link:
        return None
    return {row.id: _details(row.single_value_extended_properties) for row in page.value}


def details_of(body: bytes) -> tuple[int | None, str | None]:
    """Size in bytes and message class of one message that was asked for with ``EXPAND``; ``None`` where not said."""
    try:
        row = msgspec.json.decode(body, type=_Row)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, None
    return _details(row.single_value_extended_properties)


def _message(row: _Row, mailbox: str, folder: str | None, details: Details, trouble: str | None = None) -> Message:
    size, kind = details.get(row.id, _UNKNOWN)
    if row.single_value_extended_properties is not UNSET:
        size, kind = _details(row.single_value_extended_properties)
    from_, version = row.from_, row.change_key
    return Message(
        mailbox=mailbox,
        id=row.id,
        folder=folder,
        version=None if version is UNSET else version,
        internet_id=_text(row.internet_message_id),
        conversation=_text(row.conversation_id),
        subject=_text(row.subject),
        sender=None if from_ is UNSET else _address(from_),
        to=_people(row.to_recipients),
        cc=_people(row.cc_recipients),
        bcc=_people(row.bcc_recipients),
        received_at=_instant(row.received_date_time),
        sent_at=_instant(row.sent_date_time),
        size=size,
        kind=kind,
        categories=None if row.categories is UNSET else row.categories or (),
        has_attachments=None if row.has_attachments is UNSET else row.has_attachments,
        is_draft=None if row.is_draft is UNSET else row.is_draft,
        is_read=None if row.is_read is UNSET else row.is_read,
        preview=_text(row.body_preview),
        trouble=trouble,
    )


def _text(value: str | UnsetType | None) -> str | None:
    return None if value is UNSET else value or ""


def _address(recipient: _Recipient | None) -> str:
    if recipient is None or recipient.email_address is None or recipient.email_address.address is None:
        return ""
    return recipient.email_address.address.lower()


def _people(recipients: list[_Recipient] | UnsetType | None) -> tuple[str, ...] | None:
    if recipients is UNSET:
        return None
    if not recipients:
        return ()
    # One with a name and no address stays, as an empty text: a hold must know that somebody is named.
    return tuple([_address(recipient) for recipient in recipients])


def _instant(value: datetime | UnsetType | None) -> datetime | None:
    if value is UNSET or value is None:
        return None
    if value.tzinfo is not UTC:
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value if OLDEST <= value < NEWEST else None


def _details(properties: Iterable[_Property] | UnsetType | None) -> tuple[int | None, str | None]:
    if properties is UNSET or properties is None:
        return None, None
    said = {_property(each.id): each.value for each in properties}
    size = said.get(LARGE_SIZE) or ""
    if not size.isdecimal():
        size = said.get(SIZE) or ""
    return (int(size) if size.isdecimal() else None), said.get(CLASS) or None


@lru_cache(maxsize=64)
def _property(id_: str) -> tuple[str, int]:
    """Type and tag. Answers write the tag in their own way (``0xe08`` for ``0x0E08``): it is compared as a number."""
    type_, _, tag = id_.partition(" ")
    try:
        return type_.lower(), int(tag, 16)
    except ValueError:
        return "", 0


def _loose(body: bytes) -> _LoosePage:
    """The page with its rows not yet looked at; half surrogate pairs and bytes that are no UTF-8 are mended.

    Graph cuts ``bodyPreview`` at 255 UTF-16 units, so half a pair is to be expected.
    """
    try:
        said = json.loads(body.decode("utf-8", "replace"))
        return msgspec.convert(_whole(said), _LoosePage)
    except (ValueError, RecursionError) as error:
        raise Malformed from error


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    return value


def _mended(said: Any) -> tuple[_Row | None, str | None]:
    """A row with the fields that can be understood, and what could not be; ``None`` for what has not even an id."""
    if not isinstance(said, dict) or not isinstance(said.get("id"), str) or not said["id"]:
        return None, None
    good: dict[str, Any] = {"id": said["id"]}
    bad = []
    for name, value in said.items():
        if name == "@removed":
            continue
        try:
            msgspec.convert({"id": "", name: value}, _Row)
        except msgspec.ValidationError:
            if name not in ("receivedDateTime", "sentDateTime"):
                bad.append(one_line(name, 40))
            continue
        good[name] = value
    trouble = f"The mail system's row could not be understood in: {', '.join(bad)}." if bad else None
    row = msgspec.convert(good, _Row)
    if "@removed" in said:
        row.removed = msgspec.Raw(b"{}")
    return row, trouble
