"""Answers about the attachments of a message: files, attached messages, and links to files kept elsewhere.

The message itself is answered by a neighbour.
"""

from __future__ import annotations

import base64
import email.message

from retention.simulator.answers import Answer, Call, GraphError, encode, malformed
from retention.simulator.facts import header, is_attached, is_inline, leaves, parsed, plain, safely
from retention.simulator.mailbox import SimMessage
from retention.simulator.rows import instant

MARK = "BEgAQA"


def _parts(message: SimMessage) -> list[email.message.Message]:
    mail = parsed(message.content)
    return safely(lambda: list(filter(is_attached, leaves(mail))), []) if mail is not None else []


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


def _row(part: email.message.Message, message: SimMessage, id_: str) -> dict[str, object]:
    content = _payload(part)
    attached = part.get_content_type() == "message/rfc822"
    name = plain(safely(lambda: part.get_filename() or "", "")) or ("attached message" if attached else "attachment")
    row: dict[str, object] = {
        "@odata.type": "#microsoft.graph.itemAttachment" if attached else "#microsoft.graph.fileAttachment",
        "id": id_,
        "lastModifiedDateTime": instant(message.modified_at or message.received_at),
        "name": name,
        "contentType": None if attached else safely(part.get_content_type, "application/octet-stream"),
        "size": len(content),
        "isInline": safely(lambda: is_inline(part), False),
    }
    if not attached:
        row["contentId"] = header(part, "Content-ID").strip("<>") or None
        row["contentLocation"] = header(part, "Content-Location") or None
        row["contentBytes"] = base64.b64encode(content).decode()
    return row


def _reference(message: SimMessage, id_: str, name: str) -> dict[str, object]:
    # The file lies in somebody's OneDrive and is not in the MIME (attachment-get).
    return {
        "@odata.type": "#microsoft.graph.referenceAttachment",
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


def _selected(call: Call, row: dict[str, object]) -> dict[str, object]:
    names = call.query.get("$select", "")
    if not names:
        return row
    wanted = {"id", *(name.strip() for name in names.split(","))}
    return {name: value for name, value in row.items() if name.startswith("@") or name in wanted}


def listing(call: Call, message: SimMessage) -> Answer:
    """All attachments in one page, with their content unless ``$select`` leaves it out."""
    context = f"{call.root}/$metadata#users('{message.mailbox.id}')/messages('{message.immutable_id}')/attachments"
    return Answer(body=encode({"@odata.context": context, "value": [_selected(call, r) for r in rows(call, message)]}))


def one(call: Call, message: SimMessage, key: str, as_value: bool) -> Answer:
    """One attachment, or its bytes. A link has none: 405 (attachment-get)."""
    row = next((row for row in rows(call, message) if row["id"] == key), None)
    if row is None:
        raise malformed()
    if not as_value:
        return Answer(body=encode(_selected(call, row)))
    if row["@odata.type"] == "#microsoft.graph.referenceAttachment":
        raise GraphError(405, "ErrorInvalidRequest", "A reference attachment has no content here.")
    part = _parts(message)[int(key[-4:], 16)]
    return Answer(body=_payload(part), content_type=str(row["contentType"] or "message/rfc822"))
