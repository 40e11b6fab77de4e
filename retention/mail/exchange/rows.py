"""Exchange's items, read into ``Message``: what is absent, what is empty, what cannot be understood.

Nothing is asked for here; one item that is broken never costs the others.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from retention.core.message import SENSITIVITIES, Message
from retention.mail.dates import believed
from retention.mail.exchange.answers import TYPES, Element, item_id
from retention.mail.exchange.asked import FROM_SMTP, HEADERS, SENDER_SMTP, UNSUBSCRIBE
from retention.mail.origin import origin_of
from retention.mail.sizes import largest, size_of

PREVIEW = 255
"""Characters, as many as Graph gives, so that a message is read alike through either."""

_INDEX_HEADER = 22
"""Bytes of a conversation index that all messages of one conversation share ([MS-OXOMSG] 2.2.1.3)."""

Said = dict[str, Any]


class _Attachment(NamedTuple):
    name: str
    is_link: bool
    size: str | None


def message_of(item: Element, mailbox: str, folder: str | None) -> Message:
    """An item that was asked for with ``WHOLE``. Raises ``Malformed`` where it has not even an id.

    Exchange leaves out what is empty: what is not there is empty, and not unsaid. What is no mail (a contact) has no
    sender and nobody it is to.
    """
    said: Said = {}
    for element in item:
        if reader := _READERS.get(element.tag):
            name, read = reader
            said[name] = read(element)
        elif element.tag == _EXTENDED:
            uri, value = element[0], element.findtext(_VALUE)
            said[(uri.get("PropertyTag") or "").lower()] = value or ""
    id_, version = item_id(item)
    sender, by = _sender(said, "from", FROM_SMTP), _sender(said, "sender", SENDER_SMTP)
    attachments: list[_Attachment] = said.get("attachments") or []
    return Message(
        mailbox=mailbox,
        id=id_,
        version=version or None,
        folder=folder,
        internet_id=said.get("internet_id", ""),
        conversation=_conversation(said),
        subject=said.get("subject", ""),
        sender=sender,
        to=said.get("to", ()),
        cc=said.get("cc", ()),
        bcc=said.get("bcc", ()),
        received_at=said.get("received"),
        sent_at=said.get("sent"),
        size=said.get("size"),
        kind=said.get("kind") or None,
        categories=said.get("categories", ()),
        has_attachments=said.get("has_attachments", bool(attachments)),
        is_draft=said.get("is_draft", False),
        is_read=said.get("is_read"),
        preview=said.get("preview", "")[:PREVIEW],
        attachments=tuple([each.name for each in attachments]),
        linked=tuple([each.name for each in attachments if each.is_link]),
        # A link has no size of its own.
        largest_attachment=largest(0 if each.is_link else each.size for each in attachments),
        origin=_origin(said),
        on_behalf="" if by == sender else by,
        sensitivity=said.get("sensitivity", SENSITIVITIES[0]),
    )


def _origin(said: Said) -> str | None:
    origin = origin_of(said.get(HEADERS, ""))
    return "list" if said.get(UNSUBSCRIBE) and origin != "automatic" else origin


def _conversation(said: Said) -> str:
    """The head of Outlook's index, as in Graph; ``ConversationId`` names a conversation of one mailbox only."""
    try:
        index = base64.b64decode(said.get("index", ""), validate=True)
    except ValueError:
        index = b""
    return index[:_INDEX_HEADER].hex() if len(index) >= _INDEX_HEADER else said.get("conversation", "")


def _sender(said: Said, name: str, tag: str) -> str:
    """Where Exchange tells a name of its own directory (``/o=…``), the property beside it has the address."""
    address: str = said.get(name, "")
    return address if "@" in address else (said.get(tag, "").strip().lower() or address)


def _text(element: Element) -> str:
    return element.text or ""


def _mark(element: Element) -> str | None:
    mark = _text(element).strip().lower()
    return mark if mark in SENSITIVITIES else None


def _truth(element: Element) -> bool:
    return (element.text or "").strip().lower() in ("true", "1")


def _number(element: Element) -> int | None:
    return size_of(element.text)


def _instant(element: Element) -> datetime | None:
    """In UTC, as it was asked for; one without a zone is in it too."""
    try:
        return believed(datetime.fromisoformat((element.text or "").strip()))
    except (ValueError, OverflowError):
        return None


def _address(mailbox: Element) -> str:
    return (mailbox.findtext(_EMAIL) or "").strip().lower()


def _one(element: Element) -> str:
    mailbox = element.find(_MAILBOX)
    return "" if mailbox is None else _address(mailbox)


def _people(element: Element) -> tuple[str, ...]:
    # One with a name and no address stays, as an empty text: a hold must know that somebody is named.
    return tuple([_address(each) for each in element.findall(_MAILBOX)])


def _strings(element: Element) -> tuple[str, ...]:
    return tuple([each.text or "" for each in element.findall(_STRING)])


def _attachments(element: Element) -> list[_Attachment]:
    return [
        _Attachment(each.findtext(_NAME) or "", each.tag == _REFERENCE, each.findtext(_SIZE))
        for each in element
        if isinstance(each.tag, str)
    ]


def _id(element: Element) -> str:
    """As Graph writes the same id: made fit for an address."""
    return (element.get("Id") or "").replace("/", "-").replace("+", "_")


_EXTENDED, _VALUE, _STRING = f"{TYPES}ExtendedProperty", f"{TYPES}Value", f"{TYPES}String"
_MAILBOX, _EMAIL = f"{TYPES}Mailbox", f"{TYPES}EmailAddress"
_NAME, _SIZE, _REFERENCE = f"{TYPES}Name", f"{TYPES}Size", f"{TYPES}ReferenceAttachment"
_READERS: dict[str, tuple[str, Callable[[Element], Any]]] = {
    f"{TYPES}{tag}": reader
    for tag, reader in {
        "ItemClass": ("kind", _text),
        "Subject": ("subject", _text),
        "Sensitivity": ("sensitivity", _mark),
        "Categories": ("categories", _strings),
        "Size": ("size", _number),
        "DateTimeReceived": ("received", _instant),
        "DateTimeSent": ("sent", _instant),
        "IsDraft": ("is_draft", _truth),
        "HasAttachments": ("has_attachments", _truth),
        "Attachments": ("attachments", _attachments),
        "Preview": ("preview", _text),
        "ConversationId": ("conversation", _id),
        "From": ("from", _one),
        "Sender": ("sender", _one),
        "ToRecipients": ("to", _people),
        "CcRecipients": ("cc", _people),
        "BccRecipients": ("bcc", _people),
        "InternetMessageId": ("internet_id", _text),
        "IsRead": ("is_read", _truth),
        "ConversationIndex": ("index", _text),
    }.items()
}
