"""An item of Outlook told as a ``Message``: what a rule, a hold or a reader asks about it.

The content is built elsewhere; only its digest and its length are told here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

from retention.core.message import SENSITIVITIES, Message, Source
from retention.core.mime import conversation, instant, safely
from retention.mail.files.outlook import tags
from retention.mail.files.outlook.building import mime_of
from retention.mail.files.outlook.headers import first
from retention.mail.files.outlook.item import MapiMessage, Unreadable
from retention.mail.files.outlook.opened import Opened, categories_of, opened, subject_of
from retention.mail.files.outlook.people import Named
from retention.mail.files.outlook.rebuilt import not_carried
from retention.mail.origin import origin_of

INDEX_HEADER = 22
"""Bytes of a conversation index that all messages of one conversation share ([MS-OXOMSG] 2.2.1.3)."""


def _nothing() -> None:
    return None


def message_of(item: MapiMessage, at: str, folder: str, went_on: Callable[[], None] = _nothing) -> Message:
    """Everything that is known of the item; what of it is damaged is its ``trouble``, and never raises.

    The content is built once to take its digest, which is empty where it cannot be built; ``went_on`` is called with
    every piece of it.
    """
    of = opened(item)
    said, people, flags = item.properties, of.people, item.properties.number(tags.FLAGS) or 0
    version, length, trouble = _digest(of, went_on)
    if item.damage:
        trouble = "; ".join(item.damage)
    attachments = item.attachments
    return Message(
        mailbox="",
        id=at,
        folder="",
        version=version,
        internet_id=said.text(tags.INTERNET_ID).strip() or first(of.fields, "message-id"),
        conversation=_conversation(of),
        subject=subject_of(item),
        sender=_address(people.author),
        to=tuple(map(_address, people.to)),
        cc=tuple(map(_address, people.cc)),
        bcc=tuple(map(_address, people.bcc)),
        received_at=_received_at(of),
        sent_at=said.instant(tags.SUBMITTED_AT) or instant(first(of.fields, "date").strip()),
        size=said.number(tags.SIZE) or length,
        kind=item.kind or None,
        categories=categories_of(item),
        has_attachments=any(not each.is_shown_in_text for each in attachments),
        is_draft=bool(flags & tags.UNSENT),
        is_read=bool(flags & tags.READ),
        preview=of.body.preview,
        trouble=trouble,
        attachments=tuple([each.name for each in attachments]),
        origin=_origin(of),
        on_behalf=_address(people.on_behalf),
        linked=tuple([each.name for each in attachments if each.is_link]),
        sensitivity=dict(enumerate(SENSITIVITIES)).get(said.number(tags.SENSITIVITY) or 0),
        source=Source(file="", folder=folder, at=at),
        rebuilt=not_carried(item, of.body, of.fields, of.lost_lines, people),
    )


def _digest(of: Opened, went_on: Callable[[], None]) -> tuple[str, int, str | None]:
    """The content's SHA-256, its length, and why there is none."""
    if of.item.damage:
        return "", 0, None
    digest, length = hashlib.sha256(), 0
    try:
        for piece in mime_of(of):
            digest.update(piece)
            length += len(piece)
            went_on()
    except Unreadable as error:
        return "", 0, f"its content cannot be built: {error}"
    return digest.hexdigest(), length, None


def _address(person: Named | None) -> str:
    return person.address.lower() if person is not None else ""


def _conversation(of: Opened) -> str:
    """The head of Outlook's index, as the other mail systems tell it; else the bare subject, as Outlook does it."""
    index = of.item.properties.raw(tags.CONVERSATION_INDEX)
    if len(index) < INDEX_HEADER:
        index = safely(lambda: base64.b64decode(first(of.fields, "thread-index"), validate=True), b"")
    return index[:INDEX_HEADER].hex() if len(index) >= INDEX_HEADER else conversation(subject_of(of.item))


def _origin(of: Opened) -> str | None:
    origin = origin_of(of.headers)
    listed = of.item.properties.text(tags.UNSUBSCRIBE).strip()
    return "list" if listed and origin != "automatic" else origin


def _received_at(of: Opened) -> datetime | None:
    """The latest that any of its own marks says; later means kept for longer.

    What was never delivered nor sent has only the instants at which it was made and last changed.
    """
    said = of.item.properties
    marks = (
        said.instant(tags.DELIVERED_AT),
        said.instant(tags.SUBMITTED_AT),
        instant(first(of.fields, "received").rpartition(";")[2].strip()),
        instant(first(of.fields, "date").strip()),
    )
    known = [mark for mark in marks if mark is not None]
    if not known:
        known = [mark for mark in (said.instant(tags.CREATED_AT), said.instant(tags.CHANGED_AT)) if mark is not None]
    return max(known, default=None)
