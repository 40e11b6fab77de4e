"""A message as a row of JSON, with the fields that were selected; encoded once and kept until it changes.

Which rows belong to a page is not decided here.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from retention.core.mime import (
    REPLY_MARKS,
    Address,
    Facts,
    body,
    fields_of,
    leaves,
    parsed,
    safely,
    text_of,
    without_markup,
)
from retention.simulator.answers import GraphError, encode
from retention.simulator.mailbox import SimMessage

Field = Callable[[SimMessage, Facts], object]
EVENT_TYPES = (
    ("IPM.Schedule.Meeting.Request", "#microsoft.graph.eventMessageRequest"),
    ("IPM.Schedule.Meeting.Resp", "#microsoft.graph.eventMessageResponse"),
    ("IPM.Schedule", "#microsoft.graph.eventMessage"),
)


def instant(moment: datetime | None) -> str | None:
    """An instant in UTC as Graph writes it, or None."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


@functools.lru_cache(maxsize=10_000)
def recipient(person: Address | None) -> msgspec.Raw | None:
    """A person as Graph writes one; encoded once, because a few people write most of the mail."""
    if person is None:
        return None
    return msgspec.Raw(encode({"emailAddress": {"name": person[0] or person[1], "address": person[1]}}))


def recipients(people: tuple[Address, ...]) -> list[msgspec.Raw | None]:
    """People in the order the header has them."""
    return [recipient(person) for person in people]


def odata_type(kind: str) -> str | None:
    """The type of meeting mail, by its message class: it comes as something other than a plain message."""
    if not kind.startswith("IPM.Schedule"):
        return None
    return next(name for start, name in EVENT_TYPES if kind.startswith(start))


def body_of(message: SimMessage, as_text: bool = False) -> dict[str, str]:
    """The shown text with its type, without markup where plain text is preferred. It is read anew each time."""
    mail = parsed(message.content)
    kind, text = safely(lambda: body(tuple(leaves(mail))), ("text", "")) if mail is not None else ("text", "")
    if as_text and kind == "html":
        kind, text = "text", safely(lambda: without_markup(text), "")
    return {"contentType": kind, "content": text}


def headers_of(message: SimMessage) -> list[dict[str, str]]:
    """The first header of each name, decoded."""
    mail = parsed(message.content)
    fields = fields_of(mail) if mail is not None else {}
    return [{"name": name.title(), "value": text_of(fields, name)} for name in fields]


def conversation_index(facts: Facts) -> str:
    """The same head for all of one conversation, whatever mailbox, and five bytes more for an answer."""
    head = b"\x01\xd6" + bytes(4) + bytes.fromhex(facts.conversation)[:16].ljust(16, b"\0")
    answer = bytes(facts.size % 251 for _ in range(5)) if REPLY_MARKS.match(facts.subject) else b""
    return base64.b64encode(head + answer).decode()


def _web_link(message: SimMessage) -> str:
    return f"https://outlook.office365.com/owa/?ItemID={message.rest_id}&exvsurl=1&viewmodel=ReadMessageItem"


# In this order they stand in an answer, as in the example of message-get.
FIELDS: dict[str, Field] = {
    "createdDateTime": lambda message, facts: facts.received_at or facts.sent_at,
    "lastModifiedDateTime": lambda message, facts: message.modified_at or facts.received_at,
    "changeKey": lambda message, facts: message.change_key,
    "categories": lambda message, facts: message.categories,
    "receivedDateTime": lambda message, facts: facts.received_at,
    "sentDateTime": lambda message, facts: facts.sent_at or facts.received_at,
    "hasAttachments": lambda message, facts: facts.has_attachments or message.serial in message.mailbox.references,
    "internetMessageId": lambda message, facts: facts.internet_id or None,
    "subject": lambda message, facts: facts.subject,
    "bodyPreview": lambda message, facts: facts.preview,
    "importance": lambda message, facts: facts.importance,
    "parentFolderId": lambda message, facts: message.folder.id,
    "conversationId": lambda message, facts: f"AAQkAGI2NGVhZTVl{message.mailbox.number:04x}{facts.conversation}AA=",
    "conversationIndex": lambda message, facts: conversation_index(facts),
    "isDeliveryReceiptRequested": lambda message, facts: False,
    "isReadReceiptRequested": lambda message, facts: False,
    "isRead": lambda message, facts: message.is_read,
    "isDraft": lambda message, facts: message.is_draft,
    "webLink": lambda message, facts: _web_link(message),
    "inferenceClassification": lambda message, facts: "focused",
    "body": lambda message, facts: body_of(message),
    "sender": lambda message, facts: recipient(facts.sender),
    "from": lambda message, facts: recipient(facts.author),
    "toRecipients": lambda message, facts: recipients(facts.to),
    "ccRecipients": lambda message, facts: recipients(facts.cc),
    "bccRecipients": lambda message, facts: recipients(facts.bcc),
    "replyTo": lambda message, facts: recipients(facts.reply_to),
    "flag": lambda message, facts: {"flagStatus": message.flag},
    "uniqueBody": lambda message, facts: body_of(message),
    "internetMessageHeaders": lambda message, facts: headers_of(message),
}
ONLY_WHEN_SELECTED = ("uniqueBody", "internetMessageHeaders")
LEFT_OUT_WHEN_UNKNOWN = ("receivedDateTime", "createdDateTime", "lastModifiedDateTime")
WITH_ANY_CHANGE = ("changeKey", "lastModifiedDateTime", "parentFolderId")


class Selection:
    """The fields a request selected. One object for one ``$select``, so that rows can be kept by it."""

    def __init__(self, names: tuple[str, ...], in_delta: bool) -> None:
        self.in_delta = in_delta
        self.fields = tuple((name, FIELDS[name]) for name in FIELDS if name in names)

    def row(self, message: SimMessage, immutable: bool) -> bytes:
        """The whole row. Only rows with immutable ids are kept: the others are asked for by mistake."""
        if message.row_key is self and message.row is not None and immutable:
            return message.row
        row = encode(self.whole(message, immutable))
        if immutable:
            message.row, message.row_key = row, self
        return row

    def whole(self, message: SimMessage, immutable: bool, as_text: bool = False) -> dict[str, object]:
        """The row before it is encoded. An undated message has no receivedDateTime at all."""
        facts = message.facts
        row = self._start(message, facts, immutable)
        for name, read in self.fields:
            value = body_of(message, True) if as_text and name in ("body", "uniqueBody") else read(message, facts)
            if value is not None or name not in LEFT_OUT_WHEN_UNKNOWN:
                row[name] = value
        return row

    def changed(self, message: SimMessage, immutable: bool, names: tuple[str, ...]) -> bytes:
        """The id and the changed fields among the selected ones, as a later delta round may give them."""
        facts, given = message.facts, (*names, *WITH_ANY_CHANGE)
        row = self._start(message, facts, immutable)
        row.update((name, read(message, facts)) for name, read in self.fields if name in given)
        return encode(row)

    def _start(self, message: SimMessage, facts: Facts, immutable: bool) -> dict[str, object]:
        kind = odata_type(facts.kind) or ("#microsoft.graph.message" if self.in_delta else None)
        row: dict[str, object] = {"@odata.type": kind} if kind else {}
        row["@odata.etag"] = message.etag
        row["id"] = message.immutable_id if immutable else message.rest_id
        return row


@functools.lru_cache(maxsize=256)
def selection(select: str, in_delta: bool = False) -> Selection:
    """The selection of a ``$select``. Raises 400 for a field that v1.0 has not (such as size or item class)."""
    names = tuple(name.strip() for name in select.split(",") if name.strip())
    for name in names:
        if name not in FIELDS and name != "id":
            raise GraphError(
                400,
                "RequestBroker--ParseUri",
                f"Could not find a property named '{name}' on type 'microsoft.graph.message'.",
            )
    return Selection(names or tuple(name for name in FIELDS if name not in ONLY_WHEN_SELECTED), in_delta)


def prepare(messages: Iterable[SimMessage], select: str) -> None:
    """Encode the delta rows of a ``$select`` beforehand, so that the first reader waits as little as the next one."""
    chosen = selection(select, in_delta=True)
    for message in messages:
        chosen.row(message, immutable=True)
