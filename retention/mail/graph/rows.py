"""Graph's JSON of messages, read into ``Message``: what is absent, what is empty, what cannot be understood.

Nothing is asked for here; one row that is broken never costs the others.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from retention.core.message import SENSITIVITIES, Message
from retention.mail.asking.words import one_line
from retention.mail.dates import believed
from retention.mail.graph.failures import Malformed
from retention.mail.origin import origin_of
from retention.mail.sizes import largest, size_of

SIZE, LARGE_SIZE, CLASS = ("integer", 0x0E08), ("long", 0x0E08), ("string", 0x001A)
SENSITIVITY = ("integer", 0x0036)
HEADERS, UNSUBSCRIBE = ("string", 0x007D), ("string", 0x1045)
REFERENCE = "#microsoft.graph.referenceAttachment"


class _Address(Struct, gc=False):
    address: str | None = None


class _Recipient(Struct, rename="camel", gc=False):
    email_address: _Address | None = None


class _Property(Struct, gc=False):
    id: str = ""
    value: str | None = None


class _Attachment(Struct, gc=False):
    name: str | None = None
    size: Any = None
    type: str = field(default="", name="@odata.type")


Properties = list[_Property] | UnsetType | None
Attachments = list[_Attachment] | UnsetType | None


class _Row(Struct, rename="camel", gc=False):
    id: str
    removed: msgspec.Raw | UnsetType = field(default=UNSET, name="@removed")
    change_key: str | UnsetType | None = UNSET
    internet_message_id: str | UnsetType | None = UNSET
    conversation_id: str | UnsetType | None = UNSET
    conversation_index: str | UnsetType | None = UNSET
    subject: str | UnsetType | None = UNSET
    from_: _Recipient | UnsetType | None = field(default=UNSET, name="from")
    sender: _Recipient | UnsetType | None = UNSET
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
    single_value_extended_properties: Properties = UNSET
    attachments: Attachments = UNSET
    more_attachments: str | None = field(default=None, name="attachments@odata.nextLink")


class _Page(Struct, rename="camel"):
    next_link: str | None = field(default=None, name="@odata.nextLink")
    delta_link: str | None = field(default=None, name="@odata.deltaLink")
    value: list[_Row] = []


class _Detailed(Struct, rename="camel", gc=False):
    id: str
    single_value_extended_properties: Properties = UNSET
    attachments: Attachments = UNSET
    more_attachments: str | None = field(default=None, name="attachments@odata.nextLink")


class _DetailedPage(Struct, rename="camel"):
    next_link: str | None = field(default=None, name="@odata.nextLink")
    value: list[_Detailed] = []


class _LoosePage(Struct, rename="camel"):
    next_link: str | None = field(default=None, name="@odata.nextLink")
    delta_link: str | None = field(default=None, name="@odata.deltaLink")
    value: list[Any] = []


class Detail(Struct, frozen=True, gc=False):
    """What only ``EXPAND`` tells of a message; ``None`` where it was not said."""

    size: int | None = None
    kind: str | None = None
    attachments: tuple[str, ...] | None = None
    linked: tuple[str, ...] | None = None
    origin: str | None = None
    sensitivity: str | None = None
    largest_attachment: int | None = None


class Rows(Struct, frozen=True):
    """One page of a list or of a delta.

    ``fresh`` are the ids of rows whose details are to be asked for: those that carry every field are new to the
    folder, those that tell of attachments have other ones than before.
    """

    messages: tuple[Message, ...]
    removed: tuple[str, ...]
    fresh: tuple[str, ...]
    next_link: str
    delta_link: str


_fast = msgspec.json.Decoder(_Page)
_fast_details = msgspec.json.Decoder(_DetailedPage)

Details = Mapping[str, Detail]
"""By the message's id."""
UNKNOWN = Detail()


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
        fresh=tuple(message.id for message in messages if _fresh(message)),
        next_link=next_link or "",
        delta_link=delta_link or "",
    )


def details_in(body: bytes) -> Details | None:
    """What a list asked for with ``EXPAND`` says; ``None`` where this page is not all of it. Raises ``Malformed``."""
    try:
        page = _fast_details.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        rows = page_of(body, "", None)
        return (
            None
            if rows.next_link
            else {
                row.id: Detail(
                    row.size,
                    row.kind,
                    row.attachments,
                    row.linked,
                    row.origin,
                    row.sensitivity,
                    row.largest_attachment,
                )
                for row in rows.messages
            }
        )
    if page.next_link:
        return None
    return {row.id: _detail(row) for row in page.value}


def detail_of(body: bytes) -> Detail:
    """The details of one message that was asked for with ``EXPAND``."""
    try:
        return _detail(msgspec.json.decode(body, type=_Detailed))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return UNKNOWN


def _fresh(message: Message) -> bool:
    whole = message.internet_id is not None and message.subject is not None and message.to is not None
    return whole or message.has_attachments is not None


def _message(row: _Row, mailbox: str, folder: str | None, details: Details, trouble: str | None = None) -> Message:
    detail = details.get(row.id) or _detail(row)
    sender, version = None if row.from_ is UNSET else _address(row.from_), row.change_key
    return Message(
        mailbox=mailbox,
        id=row.id,
        folder=folder,
        version=None if version is UNSET else version,
        internet_id=_text(row.internet_message_id),
        conversation=_conversation(row),
        subject=_text(row.subject),
        sender=sender,
        to=_people(row.to_recipients),
        cc=_people(row.cc_recipients),
        bcc=_people(row.bcc_recipients),
        received_at=_instant(row.received_date_time),
        sent_at=_instant(row.sent_date_time),
        size=detail.size,
        kind=detail.kind,
        categories=None if row.categories is UNSET else row.categories or (),
        has_attachments=None if row.has_attachments is UNSET else row.has_attachments,
        is_draft=None if row.is_draft is UNSET else row.is_draft,
        is_read=None if row.is_read is UNSET else row.is_read,
        preview=_text(row.body_preview),
        trouble=trouble,
        attachments=detail.attachments,
        origin=detail.origin,
        on_behalf=_on_behalf(row.sender, sender),
        linked=detail.linked,
        sensitivity=detail.sensitivity,
        largest_attachment=detail.largest_attachment,
    )


_INDEX_HEADER = 22
"""Bytes of a conversation index that all messages of one conversation share ([MS-OXOMSG] 2.2.1.3)."""


def _conversation(row: _Row) -> str | None:
    """Which conversation, the same in every mailbox where the cloud says it: the head of Outlook's index.

    ``conversationId`` names a conversation of one mailbox only; it serves where there is no index.
    """
    if row.conversation_index is not UNSET and row.conversation_index:
        try:
            index = base64.b64decode(row.conversation_index, validate=True)
        except ValueError:
            index = b""
        if len(index) >= _INDEX_HEADER:
            return index[:_INDEX_HEADER].hex()
    return _text(row.conversation_id)


def _text(value: str | UnsetType | None) -> str | None:
    return None if value is UNSET else value or ""


def _address(recipient: _Recipient | None) -> str:
    if recipient is None or recipient.email_address is None or recipient.email_address.address is None:
        return ""
    return recipient.email_address.address.lower()


def _on_behalf(by: _Recipient | UnsetType | None, sender: str | None) -> str | None:
    """Who sent it where that is another than it is from: a delegate (Graph resource "message", ``sender``)."""
    if by is UNSET or sender is None:
        return None
    address = _address(by)
    return "" if address == sender else address


def _people(recipients: list[_Recipient] | UnsetType | None) -> tuple[str, ...] | None:
    if recipients is UNSET:
        return None
    if not recipients:
        return ()
    # One with a name and no address stays, as an empty text: a hold must know that somebody is named.
    return tuple([_address(recipient) for recipient in recipients])


def _instant(value: datetime | UnsetType | None) -> datetime | None:
    return None if value is UNSET or value is None else believed(value)


def _detail(row: _Row | _Detailed) -> Detail:
    properties = row.single_value_extended_properties
    if properties is UNSET or properties is None:
        if row.attachments is UNSET:
            return UNKNOWN
        return Detail(attachments=_names(row), linked=_linked(row), largest_attachment=_largest(row))
    said = {_property(each.id): each.value for each in properties}
    size = size_of(said.get(LARGE_SIZE))
    size = size_of(said.get(SIZE)) if size is None else size
    origin = origin_of(said.get(HEADERS) or "")
    if said.get(UNSUBSCRIBE) and origin != "automatic":
        origin = "list"
    mark = said.get(SENSITIVITY) or ""
    marked = SENSITIVITIES[int(mark)] if mark in ("0", "1", "2", "3") else None
    return Detail(size, said.get(CLASS) or None, _names(row), _linked(row), origin, marked, _largest(row))


def _names(row: _Row | _Detailed) -> tuple[str, ...] | None:
    """The names of all attachments; a list that goes on elsewhere does not say them all, and so says nothing."""
    if row.attachments is UNSET or row.attachments is None or row.more_attachments:
        return None
    return tuple([each.name or "" for each in row.attachments]) if row.attachments else ()


def _linked(row: _Row | _Detailed) -> tuple[str, ...] | None:
    """The names of those that are only links; one that does not say of what kind it is leaves that unknown."""
    if row.attachments is UNSET or row.attachments is None or row.more_attachments:
        return None
    if not row.attachments:
        return ()
    if any(not each.type for each in row.attachments):
        return None
    return tuple([each.name or "" for each in row.attachments if each.type == REFERENCE])


def _largest(row: _Row | _Detailed) -> int | None:
    """The size of the largest; where one is not told, or the list goes on elsewhere, that is not known."""
    if row.attachments is UNSET or row.attachments is None or row.more_attachments:
        return None
    # A link has no size of its own.
    return largest(0 if each.type == REFERENCE else each.size for each in row.attachments)


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
