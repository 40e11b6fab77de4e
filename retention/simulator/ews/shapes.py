"""An item as EWS writes it, with the properties that a request asks for; written once and kept until it changes.

Which items belong to an answer is not decided here.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from retention.core.mime import Address, Facts
from retention.simulator import attachments
from retention.simulator.ews import names
from retention.simulator.ews.extended import Wanted, extended_element, extended_uri, value_of
from retention.simulator.ews.soap import M, T, escaped
from retention.simulator.mailbox import SimMessage
from retention.simulator.rows import body_of, conversation_index, headers_of, instant

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TAGS = (
    ("IPM.Schedule.Meeting.Request", "MeetingRequest"),
    ("IPM.Schedule.Meeting.Resp", "MeetingResponse"),
    ("IPM.Schedule.Meeting.Canceled", "MeetingCancellation"),
    ("IPM.Schedule", "MeetingMessage"),
    ("IPM.Note", "Message"),
    ("REPORT.", "Message"),
    ("IPM.Post", "PostItem"),
    ("IPM.Appointment", "CalendarItem"),
    ("IPM.Contact", "Contact"),
    ("IPM.Task", "Task"),
)
MAIL_TAGS = ("Message", "MeetingRequest", "MeetingResponse", "MeetingCancellation", "MeetingMessage")
Write = Callable[[SimMessage, Facts, "Shape"], str]


@functools.lru_cache(maxsize=256)
def item_tag(kind: str) -> str:
    """The element that an item of this class comes as."""
    return next((tag for start, tag in TAGS if kind.upper().startswith(start.upper())), "Item")


def identity(message: SimMessage) -> str:
    """The item's id with its change key."""
    return f'<t:ItemId Id="{names.item_id(message)}" ChangeKey="{message.change_key}"/>'


def _text(name: str, value: object) -> str:
    return f"<t:{name}>{escaped(str(value))}</t:{name}>" if value not in ("", None) else ""


def _flag(name: str, value: object) -> str:
    return f"<t:{name}>{'true' if value else 'false'}</t:{name}>"


@functools.lru_cache(maxsize=10_000)
def _person(person: Address, address: bool = True) -> str:
    name = _text("Name", person[0] or person[1])
    if not address or not person[1]:
        return f"<t:Mailbox>{name}</t:Mailbox>"
    told = _text("EmailAddress", person[1]) + "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>OneOff</t:MailboxType>"
    return f"<t:Mailbox>{name}{told}</t:Mailbox>"


def _one(name: str, person: Address | None, shape: Shape) -> str:
    # A list tells the name alone; the address has to be asked for item by item (EXD: FindItem).
    return f"<t:{name}>{_person(person, not shape.in_list)}</t:{name}>" if person else ""


def _people(name: str, people: tuple[Address, ...]) -> str:
    return f"<t:{name}>{''.join(map(_person, people))}</t:{name}>" if people else ""


def _display(people: tuple[Address, ...]) -> str:
    return "; ".join(person[0] or person[1] for person in people)


def _body(name: str, message: SimMessage, as_text: bool) -> str:
    told = body_of(message, as_text)
    kind = "HTML" if told["contentType"] == "html" else "Text"
    return f'<t:{name} BodyType="{kind}">{escaped(told["content"])}</t:{name}>'


def _headers(message: SimMessage) -> str:
    found = headers_of(message)
    rows = [f'<t:InternetMessageHeader HeaderName="{escaped(each["name"])}">{escaped(each["value"])}'
            "</t:InternetMessageHeader>" for each in found]  # fmt: skip
    return f"<t:InternetMessageHeaders>{''.join(rows)}</t:InternetMessageHeaders>" if rows else ""


def _attachments(message: SimMessage, facts: Facts) -> str:
    sizes = attachments.sizes(message) if facts.attached else []
    found = [
        ("ItemAttachment" if each.is_item else "FileAttachment", each.name, _text("Size", str(size)))
        for each, size in zip(facts.attached, sizes, strict=True)
    ]
    links = message.mailbox.references.get(message.serial, [])
    found += [("ReferenceAttachment", name, _text("AttachLongPathName", url)) for name, url in links]
    own = names.item_id(message).rstrip("=")
    rows = [
        f'<t:{kind}><t:AttachmentId Id="{own}BEgAQA{number:04x}"/><t:Name>{escaped(name)}</t:Name>{more}</t:{kind}>'
        for number, (kind, name, more) in enumerate(found)
    ]
    return f"<t:Attachments>{''.join(rows)}</t:Attachments>" if rows else ""


def _mime(message: SimMessage) -> str:
    return f'<t:MimeContent CharacterSet="UTF-8">{base64.b64encode(message.content).decode()}</t:MimeContent>'


def _categories(message: SimMessage) -> str:
    rows = "".join(f"<t:String>{escaped(each)}</t:String>" for each in message.categories)
    return f"<t:Categories>{rows}</t:Categories>" if rows else ""


def _conversation(message: SimMessage, facts: Facts) -> str:
    return f'<t:ConversationId Id="AAQkAGI2NGVhZTVl{message.mailbox.number:04x}{facts.conversation}AA="/>'


# In the order of the schema (ItemType), before and after the extended properties, and then that of MessageType.
BEFORE: dict[str, Write] = {
    "item:MimeContent": lambda message, facts, shape: _mime(message),
    "item:ItemId": lambda message, facts, shape: identity(message),
    "item:ParentFolderId": lambda message, facts, shape: (
        f'<t:ParentFolderId Id="{names.folder_id(message.folder)}" ChangeKey="AQAAAA=="/>'
    ),
    "item:ItemClass": lambda message, facts, shape: _text("ItemClass", facts.kind),
    "item:Subject": lambda message, facts, shape: _text("Subject", facts.subject),
    "item:Sensitivity": lambda message, facts, shape: _text("Sensitivity", facts.sensitivity.title()),
    "item:Body": lambda message, facts, shape: _body("Body", message, shape.as_text),
    "item:Attachments": lambda message, facts, shape: _attachments(message, facts),
    "item:DateTimeReceived": lambda message, facts, shape: _text("DateTimeReceived", instant(facts.received_at)),
    "item:Size": lambda message, facts, shape: _text("Size", facts.size),
    "item:Categories": lambda message, facts, shape: _categories(message),
    "item:Importance": lambda message, facts, shape: _text("Importance", facts.importance.title()),
    "item:IsSubmitted": lambda message, facts, shape: _flag("IsSubmitted", False),
    "item:IsDraft": lambda message, facts, shape: _flag("IsDraft", message.is_draft),
    "item:IsFromMe": lambda message, facts, shape: _flag("IsFromMe", False),
    "item:IsResend": lambda message, facts, shape: _flag("IsResend", False),
    "item:IsUnmodified": lambda message, facts, shape: _flag("IsUnmodified", message.modified_at is None),
    "item:InternetMessageHeaders": lambda message, facts, shape: _headers(message),
    "item:DateTimeSent": lambda message, facts, shape: _text(
        "DateTimeSent", instant(facts.sent_at or facts.received_at)
    ),
    "item:DateTimeCreated": lambda message, facts, shape: _text(
        "DateTimeCreated", instant(facts.received_at or facts.sent_at)
    ),
    "item:DisplayCc": lambda message, facts, shape: _text("DisplayCc", _display(facts.cc)),
    "item:DisplayTo": lambda message, facts, shape: _text("DisplayTo", _display(facts.to)),
    "item:HasAttachments": lambda message, facts, shape: _flag(
        "HasAttachments", facts.has_attachments or message.serial in message.mailbox.references
    ),
}
AFTER: dict[str, Write] = {
    "item:LastModifiedTime": lambda message, facts, shape: _text(
        "LastModifiedTime", instant(message.modified_at or facts.received_at)
    ),
    "item:IsAssociated": lambda message, facts, shape: _flag("IsAssociated", False),
    "item:ConversationId": lambda message, facts, shape: _conversation(message, facts),
    "item:Preview": lambda message, facts, shape: _text("Preview", facts.preview),
    "item:TextBody": lambda message, facts, shape: _body("TextBody", message, True),
}
OF_MAIL: dict[str, Write] = {
    "message:Sender": lambda message, facts, shape: _one("Sender", facts.sender, shape),
    "message:ToRecipients": lambda message, facts, shape: _people("ToRecipients", facts.to),
    "message:CcRecipients": lambda message, facts, shape: _people("CcRecipients", facts.cc),
    "message:BccRecipients": lambda message, facts, shape: _people("BccRecipients", facts.bcc),
    "message:IsReadReceiptRequested": lambda message, facts, shape: _flag("IsReadReceiptRequested", False),
    "message:IsDeliveryReceiptRequested": lambda message, facts, shape: _flag("IsDeliveryReceiptRequested", False),
    "message:ConversationIndex": lambda message, facts, shape: _text("ConversationIndex", conversation_index(facts)),
    "message:ConversationTopic": lambda message, facts, shape: _text("ConversationTopic", facts.subject),
    "message:From": lambda message, facts, shape: _one("From", facts.author, shape),
    "message:InternetMessageId": lambda message, facts, shape: _text("InternetMessageId", facts.internet_id),
    "message:IsRead": lambda message, facts, shape: _flag("IsRead", message.is_read),
    "message:ReplyTo": lambda message, facts, shape: _people("ReplyTo", facts.reply_to),
}
NOT_IN_LISTS = frozenset(
    {"item:MimeContent", "item:Body", "item:TextBody", "item:Attachments", "item:InternetMessageHeaders",
     "message:ToRecipients", "message:CcRecipients", "message:BccRecipients", "message:ReplyTo"}
)  # fmt: skip
"""What FindItem and SyncFolderItems never give, whoever asks (EXD: properties returned by EWS operations)."""
OF_POSTS = ("message:ConversationIndex", "message:ConversationTopic", "message:From", "message:InternetMessageId")
DEFAULT = frozenset(
    {"item:Subject", "item:Size", "item:DateTimeSent", "item:HasAttachments", "message:From", "message:IsRead"}
)
ONLY_WHEN_ASKED = frozenset({"item:MimeContent", "item:Preview", "item:TextBody", "item:IsAssociated"})
EVERYTHING = (BEFORE.keys() | AFTER.keys() | OF_MAIL.keys()) - ONLY_WHEN_ASKED


class Key(Struct, frozen=True):
    """What tells one selection of properties from another."""

    uris: frozenset[str]
    wanted: tuple[Wanted, ...]
    as_text: bool
    in_list: bool


class Shape:
    """The properties that a request asks for. One object for one selection, so that what is written can be kept."""

    def __init__(self, key: Key) -> None:
        uris = key.uris | {"item:ItemId"}
        if key.in_list:
            uris -= NOT_IN_LISTS
        self.as_text: bool = key.as_text
        self.in_list: bool = key.in_list
        self.wanted = key.wanted
        self.with_mime = "item:MimeContent" in uris
        self.only_id = uris == {"item:ItemId"} and not key.wanted
        self.before = _chosen(BEFORE, uris)
        self.after = _chosen(AFTER, uris)
        self.of_mail = _chosen(OF_MAIL, uris)
        self.of_posts = _chosen({uri: OF_MAIL[uri] for uri in OF_POSTS}, uris)

    def row(self, message: SimMessage) -> bytes:
        """The item's element. Content is never kept: it would double the memory of the whole mailbox."""
        if message.soap_key is self and message.soap is not None:
            return message.soap
        row = self._written(message)
        if not self.with_mime and not self.only_id:
            message.soap, message.soap_key = row, self
        return row

    def _written(self, message: SimMessage) -> bytes:
        facts = message.facts
        tag = item_tag(facts.kind)
        if self.only_id:
            return f"<t:{tag}>{identity(message)}</t:{tag}>".encode()
        parts = [f"<t:{tag}>", *(write(message, facts, self) for write in self.before)]
        for wanted in self.wanted:
            value = value_of(message, wanted)
            parts.append("" if value is None else extended_element(wanted, value))
        parts += [write(message, facts, self) for write in self.after]
        own = self.of_mail if tag in MAIL_TAGS else self.of_posts if tag == "PostItem" else ()
        parts += [write(message, facts, self) for write in own]
        return "".join((*parts, f"</t:{tag}>")).encode()


def _chosen(fields: dict[str, Write], uris: Iterable[str]) -> tuple[Write, ...]:
    return tuple(write for uri, write in fields.items() if uri in uris)


def shape_of(element: Element, in_list: bool = False) -> Shape:
    """The selection of a request's ItemShape."""
    shape = element.find(f"{M}ItemShape")
    base = (shape.findtext(f"{T}BaseShape") or "IdOnly") if shape is not None else "IdOnly"
    uris = {"IdOnly": set(), "Default": set(DEFAULT), "AllProperties": set(EVERYTHING)}.get(base, set())
    more = shape.find(f"{T}AdditionalProperties") if shape is not None else None
    asked = list(more) if more is not None else []
    uris |= {each.get("FieldURI", "") for each in asked if each.tag == f"{T}FieldURI"}
    if shape is not None and (shape.findtext(f"{T}IncludeMimeContent") or "").strip() in ("true", "1"):
        uris.add("item:MimeContent")
    as_text = shape is not None and (shape.findtext(f"{T}BodyType") or "") == "Text"
    wanted = tuple(extended_uri(each) for each in asked if each.tag == f"{T}ExtendedFieldURI")
    return _shape(Key(frozenset(uris), wanted, as_text, in_list))


@functools.lru_cache(maxsize=256)
def _shape(key: Key) -> Shape:
    return Shape(key)
