"""What the headers of a message say, and the attachments taken out of it, however awkward its MIME is.

The message itself is never changed: what is read here is derived from its bytes, and what cannot be read is said.
"""

from __future__ import annotations

import email.policy
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser

from msgspec import Struct

HEADERS = ("Date", "From", "To", "Cc", "Bcc", "Subject")
_POLICY = email.policy.compat32
"""The policy that takes whatever comes; the newer ones raise on headers that real mail has."""
_BODIES = ("text/plain", "text/html")


class Attachment(Struct, frozen=True, kw_only=True):
    """One attachment: the name its sender gave it (empty: none), its type, its Content-ID and its decoded bytes."""

    name: str
    type: str
    content_id: str
    data: bytes


class Told(Struct, frozen=True, kw_only=True):
    """What a message says: its Message-ID, its headers in the order of ``HEADERS``, its type and attachments.

    ``doubts`` are sentences about what could not be read.
    """

    message_id: str
    headers: tuple[str, ...]
    type: str
    attachments: tuple[Attachment, ...]
    doubts: tuple[str, ...]


def read(data: bytes) -> Told:
    """What these bytes say as a message. Never raises for what a mail can contain."""
    doubts: list[str] = []
    message_id, headers, type_ = _headers(data, doubts)
    attachments = tuple(_attachments(data, doubts))
    return Told(message_id=message_id, headers=headers, type=type_, attachments=attachments, doubts=tuple(doubts))


def _headers(data: bytes, doubts: list[str]) -> tuple[str, tuple[str, ...], str]:
    try:
        head = BytesHeaderParser(policy=_POLICY).parsebytes(data)
        said: dict[str, str] = {}
        for name, raw in head.raw_items():
            said.setdefault(name.lower(), str(raw))
        type_ = head.get_content_type() if "content-type" in said else ""
        return _text(said.get("message-id", "")), tuple(_text(said.get(name.lower(), "")) for name in HEADERS), type_
    except Exception as error:
        # Parsers of mail raise almost anything; the record goes to the archive whatever its headers are.
        doubts.append(f"Its headers could not be read ({type(error).__name__}).")
        return "", ("",) * len(HEADERS), ""


def _text(raw: str) -> str:
    """A header's text, unfolded and with its encoded words decoded where they can be."""
    try:
        pieces = (_decoded(piece, charset) for piece, charset in decode_header(raw))
        text = "".join(pieces)
    except (MessageError, ValueError, LookupError):
        text = raw
    # Bytes that are no ASCII come as lone surrogates, which no UTF-8 file can hold.
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(text.split())


def _decoded(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return piece.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return piece.decode("utf-8", "replace")


def _attachments(data: bytes, doubts: list[str]) -> Iterator[Attachment]:
    try:
        message = BytesParser(policy=_POLICY).parsebytes(data)
    except Exception as error:
        doubts.append(f"Its parts could not be read ({type(error).__name__}).")
        return
    for n, part in enumerate(_leaves(message, doubts), start=1):
        try:
            attachment = _attachment(part)
        except Exception as error:
            doubts.append(f"Part {n} could not be taken out ({type(error).__name__}).")
            continue
        if attachment is not None:
            yield attachment


def _leaves(message: Message, doubts: list[str]) -> Iterator[Message]:
    """The parts that hold content, in order; a message within the message is one of them."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_maintype() != "multipart":
            yield part
        elif isinstance(payload, list):
            waiting.extend(reversed([one for one in payload if isinstance(one, Message)]))
        else:
            doubts.append("It says that it has parts, and none could be found.")


def _attachment(part: Message) -> Attachment | None:
    """The part as an attachment; ``None`` for a body."""
    name = _text(part.get_filename() or "")
    type_ = part.get_content_type()
    if type_ in _BODIES and not name and part.get_content_disposition() != "attachment":
        return None
    return Attachment(
        name=name, type=type_, content_id=_text(str(part.get("Content-ID") or "")).strip("<> "), data=_content(part)
    )


def _content(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        # A message within the message: what its parser made of it, since its own bytes are not to be had apart.
        return b"".join(one.as_bytes(policy=_POLICY) for one in payload if isinstance(one, Message))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""
