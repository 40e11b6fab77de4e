"""Answers about the attachments of a message: files, attached messages, and links to files kept elsewhere.

The message itself is answered by a neighbour.
"""

from __future__ import annotations

import base64
import email.message

from retention.core.mime import attached, attachments_of, header, is_inline, leaves, parsed, safely
from retention.simulator.answers import Answer, Call, GraphError, encode, malformed
from retention.simulator.mailbox import SimMessage
from retention.simulator.rows import instant

MARK = "BEgAQA"
FILE, ITEM, REFERENCE = (f"#microsoft.graph.{kind}Attachment" for kind in ("file", "item", "reference"))
SELECTABLE = ("id", "lastModifiedDateTime", "name", "contentType", "size", "isInline")
"""What every kind of attachment has: ``$select`` knows no field of one kind alone, such as contentBytes."""


def _parts(message: SimMessage) -> tuple[email.message.Message, ...]:
    mail = parsed(message.content)
    return attachments_of(safely(lambda: tuple(leaves(mail)), ())) if mail is not None else ()


def _id(call: Call, message: SimMessage, number: int) -> str:
    own = message.immutable_id if call.immutable else message.rest_id
    return f"{own.rstrip('=')}{MARK}{number:04x}"


def _payload(part: email.message.Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        whole = inner[0] if isinstance(inner, list) and inner else None
        return safely(whole.as_bytes, b"") if isinstance(whole, email.message.Message) else b""
    decoded = safely(lambda: part.get_payload(decode=True), b"")
    return decoded if isinstance(decoded, bytes) else b""


def sizes(message: SimMessage) -> list[int]:
    """Of every attachment in the MIME, in its order."""
    return [len(_payload(part)) for part in _parts(message)]


def _row(part: email.message.Message, message: SimMessage, id_: str) -> dict[str, object]:
    content = _payload(part)
    known = attached(part)
    row: dict[str, object] = {
        "@odata.type": ITEM if known.is_item else FILE,
        "id": id_,
        "lastModifiedDateTime": instant(message.modified_at or message.received_at),
        "name": known.name,
        "contentType": None if known.is_item else safely(part.get_content_type, "application/octet-stream"),
        "size": len(content),
        "isInline": safely(lambda: is_inline(part), False),
    }
    if not known.is_item:
        row["contentId"] = header(part, "Content-ID").strip("<>") or None
        row["contentLocation"] = header(part, "Content-Location") or None
        row["contentBytes"] = base64.b64encode(content).decode()
    return row


def _reference(message: SimMessage, id_: str, name: str) -> dict[str, object]:
    # The file lies in somebody's OneDrive and is not in the MIME (attachment-get).
    return {
        "@odata.type": REFERENCE,
        "id": id_,
        "lastModifiedDateTime": instant(message.modified_at or message.received_at),
        "name": name,
        "contentType": None,
        "size": 0,
        "isInline": False,
    }


def rows(call: Call, message: SimMessage) -> list[dict[str, object]]:
    """Every attachment, links last."""
    parts = _parts(message)
    found = [_row(part, message, _id(call, message, number)) for number, part in enumerate(parts)]
    links = message.mailbox.references.get(message.serial, [])
    found += [
        _reference(message, _id(call, message, number), name) for number, (name, _) in enumerate(links, len(parts))
    ]
    return found


def chosen_fields(select: str) -> tuple[str, ...]:
    """The fields of a ``$select``. Raises 400 for one that not every attachment has."""
    names = tuple(name.strip() for name in select.split(",") if name.strip())
    for name in names:
        if name not in SELECTABLE:
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.attachment'."
            raise GraphError(400, "RequestBroker--ParseUri", message)
    return names


def expanded(call: Call, message: SimMessage, names: tuple[str, ...]) -> list[dict[str, object]]:
    """Attachments within the row of their message, with the fields selected; whole where none are."""
    if not message.facts.attached and message.serial not in message.mailbox.references:
        return []
    if not set(names) <= {"id", "name"} or not names:
        return [_narrowed(row, names) for row in rows(call, message)]
    # Names alone are known without taking the message apart.
    found = [(ITEM if each.is_item else FILE, each.name) for each in message.facts.attached]
    found += [(REFERENCE, name) for name, _ in message.mailbox.references.get(message.serial, [])]
    return [
        _narrowed({"@odata.type": kind, "id": _id(call, message, number), "name": name}, names)
        for number, (kind, name) in enumerate(found)
    ]


def _narrowed(row: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    if not names:
        return row
    return {name: value for name, value in row.items() if name.startswith("@") or name == "id" or name in names}


def listing(call: Call, message: SimMessage) -> Answer:
    """All attachments in one page, with their content unless ``$select`` leaves it out."""
    context = f"{call.root}/$metadata#users('{message.mailbox.id}')/messages('{message.immutable_id}')/attachments"
    names = chosen_fields(call.query.get("$select", ""))
    return Answer(body=encode({"@odata.context": context, "value": [_narrowed(r, names) for r in rows(call, message)]}))


def one(call: Call, message: SimMessage, key: str, as_value: bool) -> Answer:
    """One attachment, or its bytes. A link has none: 405 (attachment-get)."""
    row = next((row for row in rows(call, message) if row["id"] == key), None)
    if row is None:
        raise malformed()
    if not as_value:
        return Answer(body=encode(_narrowed(row, chosen_fields(call.query.get("$select", "")))))
    if row["@odata.type"] == REFERENCE:
        raise GraphError(405, "ErrorInvalidRequest", "A reference attachment has no content here.")
    part = _parts(message)[int(key[-4:], 16)]
    return Answer(body=_payload(part), content_type=str(row["contentType"] or "message/rfc822"))
