"""What can be told of one message by looking at its MIME, as well as that can be done.

The bytes are never changed here, and nothing here may fail: a part that cannot be read is left empty, and where that
may hide something the facts are not ``whole``.
"""

from __future__ import annotations

import email.message
import email.utils
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from html import unescape
from typing import TypeVar

from msgspec import Struct

from retention.core.dates import believed

Address = tuple[str, str]
"""A display name and an address, either of which may be empty."""

Fields = dict[str, list[str]]
"""Headers by their names in lower case."""

Parts = Sequence[email.message.Message]

T = TypeVar("T")
Instead = TypeVar("Instead")

PREVIEW_LENGTH = 255
REPLY_MARKS = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|sv|accepted|declined|tentative)\s*:\s*)+", re.IGNORECASE)


class Attached(Struct, frozen=True):
    """An attachment by its name; ``is_item``: a message and no file; ``is_link``: a file that lies elsewhere."""

    name: str
    is_item: bool
    is_link: bool = False


class Facts(Struct, frozen=True, kw_only=True):
    """What a message says of itself. Instants are in UTC, ``size`` is in bytes, ``kind`` is the message class.

    ``attached`` are the attachments in the order of ``attachments_of``, those shown within the text included.
    ``received_at`` is what the last server to take it in said, else its own date; ``latest_at`` is the later of both.
    ``thread_index`` is Outlook's, as it stands. ``whole``: its structure could be read to the end. ``headers`` are the
    names of its headers in lower case.
    """

    subject: str = ""
    sender: Address | None = None
    author: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    received_at: datetime | None = None
    latest_at: datetime | None = None
    sent_at: datetime | None = None
    internet_id: str = ""
    conversation: str = ""
    thread_index: str = ""
    preview: str = ""
    has_attachments: bool = False
    attached: tuple[Attached, ...] = ()
    importance: str = "normal"
    sensitivity: str = "normal"
    kind: str = "IPM.Note"
    size: int = 0
    whole: bool = True
    is_encrypted: bool = False
    headers: frozenset[str] = frozenset()


def read_facts(mime: bytes) -> Facts:
    """Everything that can be read of the message; never raises."""
    message = parsed(mime)
    if message is None:
        return Facts(size=len(mime), conversation=hashlib.sha256(mime).hexdigest()[:32], whole=False)
    fields = fields_of(message)
    parts: tuple[email.message.Message, ...] | None = safely(lambda: tuple(leaves(message)), None)
    whole, parts = parts is not None, parts or ()
    found = safely(lambda: tuple(filter(is_attached, parts)), None)
    author, subject = addresses(fields, "from"), text_of(fields, "subject")
    received_at, sent_at = _received_at(fields), instant(text_of(fields, "date"))
    thread_index = text_of(fields, "thread-index")
    return Facts(
        subject=subject,
        sender=_first(addresses(fields, "sender") or author),
        author=_first(author),
        to=addresses(fields, "to"),
        cc=addresses(fields, "cc"),
        bcc=addresses(fields, "bcc"),
        reply_to=addresses(fields, "reply-to"),
        received_at=received_at or sent_at,
        latest_at=max(filter(None, (received_at, sent_at)), default=None),
        sent_at=sent_at,
        internet_id=text_of(fields, "message-id"),
        conversation=conversation(subject, thread_index),
        thread_index=thread_index,
        preview=preview(parts),
        # hasAttachments is false when all attachments are inline (resources/message).
        has_attachments=safely(lambda: not all(map(is_inline, found or ())), False),
        attached=tuple(attached(part) for part in found or ()),
        importance=_importance(fields),
        sensitivity=_MARKS.get(text_of(fields, "sensitivity").strip().lower(), "normal"),
        kind=safely(lambda: message_class(message, parts), "IPM.Note"),
        size=len(mime),
        whole=whole and found is not None,
        is_encrypted=safely(lambda: _is_encrypted(message, parts), False),
        headers=frozenset(fields),
    )


def parsed(mime: bytes) -> email.message.Message | None:
    """The message as the oldest and most forgiving policy reads it, or None where even that fails."""
    return safely(lambda: message_from_bytes(mime), None)


def safely(read: Callable[[], T], otherwise: Instead) -> T | Instead:
    """What ``read`` gives, or ``otherwise`` when it raises anything at all.

    Python's e-mail package raises on some real messages, and not only its own errors (facts of the shared data).
    """
    try:
        return read()
    except Exception:
        return otherwise


def plain(text: str) -> str:
    """The text with what no JSON can carry replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def fields_of(message: email.message.Message) -> Fields:
    """The headers by their names in lower case, in the order they came, with nothing decoded yet."""
    fields: Fields = {}
    for name, value in safely(lambda: tuple(message.raw_items()), ()):
        fields.setdefault(plain(name.lower()), []).append(_readable(str(value)))
    return fields


def _readable(raw: str) -> str:
    """A header with bytes above ASCII in it as UTF-8, or as Latin-1 where it is no UTF-8."""
    if raw.isascii():
        return raw
    return _any_text(raw.encode("utf-8", "surrogateescape"))


def header(message: email.message.Message, name: str) -> str:
    """One header of a message or of a part, decoded as far as it goes, on one line."""
    return text_of(fields_of(message), name.lower())


def text_of(fields: Fields, name: str) -> str:
    """The first header of that name, decoded as far as it goes, on one line; empty where there is none."""
    if name not in fields:
        return ""
    return re.sub(r"\r?\n[ \t]?", " ", _decoded(fields[name][0])).strip()


def addresses(fields: Fields, name: str) -> tuple[Address, ...]:
    """The people a header names; an address that cannot be told apart is given as it stands."""
    if name not in fields:
        return ()
    pairs = list(safely(lambda: email.utils.getaddresses(fields[name]), ()))
    if not any(address for _, address in pairs):
        pairs = [("", value.strip()) for value in fields[name] if value.strip()]
    return tuple((_decoded(person), plain(address)) for person, address in pairs if person or address)


def _decoded(raw: str) -> str:
    """Encoded words decoded; the text as it stands where that cannot be done."""
    return plain(safely(lambda: "".join(map(_chunk, decode_header(raw))), raw) if "=?" in raw else raw)


def _chunk(chunk: tuple[str | bytes, str | None]) -> str:
    text, charset = chunk
    if isinstance(text, str):
        return text
    # What stood outside of encoded words comes back in this form (email.header.decode_header).
    named = safely(lambda: text.decode(charset or "raw-unicode-escape", "replace"), None)
    return _any_text(text) if named is None else named


def _any_text(content: bytes) -> str:
    """What is no UTF-8 is read as Latin-1, in which every byte is a letter."""
    return safely(lambda: content.decode("utf-8"), None) or content.decode("latin-1")


def _first(found: tuple[Address, ...]) -> Address | None:
    return found[0] if found else None


def instant(text: str) -> datetime | None:
    """A header's date as an instant in UTC, or None where it is none that can be believed."""
    return safely(lambda: believed(whole_seconds(email.utils.parsedate_to_datetime(text))), None) if text else None


def whole_seconds(moment: datetime) -> datetime:
    """The instant in UTC as Exchange keeps it: no fractions; without a zone it is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _received_at(fields: Fields) -> datetime | None:
    """When the last server took it in."""
    return instant(text_of(fields, "received").rpartition(";")[2].strip())


def conversation(subject: str, thread_index: str = "") -> str:
    """Which thread: the beginning of Outlook's own index where there is one, else the bare subject."""
    key = thread_index[:30] or REPLY_MARKS.sub("", subject).strip().lower()
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


_MARKS = {"personal": "personal", "private": "private", "company-confidential": "confidential"}
"""What the header Sensitivity may say (RFC 2156, section 2.3), and the word for it that mail systems have."""


def _importance(fields: Fields) -> str:
    said = text_of(fields, "importance").lower() or text_of(fields, "x-priority")[:1]
    return {"high": "high", "1": "high", "2": "high", "low": "low", "4": "low", "5": "low"}.get(said, "normal")


def leaves(message: email.message.Message) -> Iterator[email.message.Message]:
    """The parts that hold content; an attached message is one part and is not opened."""
    if message.get_content_type() in ("message/rfc822", "message/external-body") or not message.is_multipart():
        yield message
        return
    payload = message.get_payload()
    for part in payload if isinstance(payload, list) else ():
        if isinstance(part, email.message.Message):
            yield from leaves(part)


def is_attached(part: email.message.Message) -> bool:
    """Whether Outlook would list this part among the attachments, inline pictures included."""
    if part.get_content_type() == "message/rfc822" or part.get_filename():
        return True
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() not in ("text", "multipart")


def attachments_of(parts: Parts) -> tuple[email.message.Message, ...]:
    """The parts that are attachments."""
    return safely(lambda: tuple(filter(is_attached, parts)), ())


def attached(part: email.message.Message) -> Attached:
    """The attachment's name, or what Outlook would show for one without."""
    is_item = part.get_content_type() == "message/rfc822"
    # Encoded words in a file name are against RFC 2047, section 5, and are what most programs write and read.
    name = _decoded(plain(safely(lambda: part.get_filename() or "", ""))).strip()
    return Attached(name or ("attached message" if is_item else "attachment"), is_item, _is_link(part))


def _is_link(part: email.message.Message) -> bool:
    """Whether only a reference is left of the file: RFC 2046, section 5.2.3, and what Thunderbird leaves of one."""
    return part.get_content_type() in ("message/external-body", "text/x-moz-deleted") or (
        "X-Mozilla-External-Attachment-URL" in part
    )


def head_of(mime: bytes) -> str:
    """All headers as one text, as they came; bytes above ASCII are read as in one header."""
    end = re.search(rb"\r?\n\r?\n", mime)
    head = mime[: end.start() if end else len(mime)]
    return head.decode("ascii") if head.isascii() else plain(_readable(head.decode("utf-8", "surrogateescape")))


def is_inline(part: email.message.Message) -> bool:
    """Whether the part is shown within the text, such as a picture in it."""
    return part.get_content_disposition() == "inline" or (
        part.get("Content-ID") is not None and part.get_content_disposition() != "attachment"
    )


def message_class(message: email.message.Message, parts: Parts) -> str:
    """The message class that Exchange would give it."""
    kind = message.get_content_type()
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return "IPM.Note.SMIME"
    if kind == "multipart/signed":
        return "IPM.Note.SMIME.MultipartSigned"
    if kind == "multipart/report":
        return "REPORT.IPM.Note.NDR"
    for part in parts:
        if part.get_content_type() == "text/calendar":
            method = str(part.get_param("method", "")).upper()
            return {"REQUEST": "IPM.Schedule.Meeting.Request", "REPLY": "IPM.Schedule.Meeting.Resp.Pos"}.get(
                method, "IPM.Note"
            )
    return "IPM.Note"


def _is_encrypted(message: email.message.Message, parts: Parts) -> bool:
    """Whether nobody reads the text without a key: S/MIME, PGP (RFC 3156), or Microsoft's rights management."""
    kind = message.get_content_type()
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return "signed" not in str(message.get_param("smime-type", ""))
    rights = "application/x-microsoft-rpmsg-message"
    return kind == "multipart/encrypted" or any(part.get_content_type() == rights for part in parts)


def body(parts: Parts) -> tuple[str, str]:
    """The text that is shown: its type (``text`` or ``html``) and the text itself."""
    shown = [part for part in parts if part.get_content_maintype() == "text" and not is_attached(part)]
    for subtype, name in (("plain", "text"), ("html", "html")):
        for part in shown:
            if part.get_content_subtype() == subtype:
                return name, decoded_text(part)
    return "text", decoded_text(shown[0]) if shown else ""


def decoded_text(part: email.message.Message) -> str:
    """A text part in its own character set, or in Latin-1 where that is unknown."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    text = safely(lambda: payload.decode(charset, "replace"), "") or payload.decode("latin-1")
    return plain(text)


def preview(parts: Parts) -> str:
    """The first 255 characters of the text, without markup and with single spaces."""
    kind, text = safely(lambda: body(parts), ("text", ""))
    bare = safely(lambda: without_markup(text, PREVIEW_LENGTH), "") if kind == "html" else text[: PREVIEW_LENGTH * 8]
    return re.sub(r"\s+", " ", bare).strip()[:PREVIEW_LENGTH]


_TAG = re.compile(r"<[/!?a-zA-Z](?:[^>\"']|\"[^\"]*\"|'[^']*')*+>")
_NAME = re.compile(r"<(style|script|head)\b", re.IGNORECASE)
_LONGEST_TAG = 4096
"""A quotation mark that is never closed must not hide the rest of the text."""


def without_markup(text: str, enough: int | None = None) -> str:
    """The words of an HTML text; at least its first ``enough`` signs, with single spaces, where that is given.

    Python's own parser takes most of the time that reading a message takes, and is strict where mail is not.
    """
    words: list[str] = []
    place, left = 0, len(text) if enough is None else enough
    unclosed: set[str] = set()
    while place < len(text) and left >= 0:
        tag = text.find("<", place)
        word = unescape(text[place : tag if tag >= 0 else len(text)])
        words.append(word)
        left -= len(" ".join(word.split()))
        if tag < 0:
            break
        place = _behind(text, tag, unclosed)
        if place == tag:
            words.append("<")
            place += 1
    return " ".join(words)


def _behind(text: str, tag: int, unclosed: set[str]) -> int:
    """The place behind the tag, and behind what it hides; the same place where it is none."""
    if text.startswith("<!--", tag):
        end = text.find("-->", tag)
        return end + 3 if end >= 0 else len(text)
    found = _TAG.match(text, tag, tag + _LONGEST_TAG)
    if found is None:
        is_tag = text[tag + 1 : tag + 2].isalpha() or text[tag + 1 : tag + 2] in ("/", "!", "?")
        return max(text.find(">", tag) + 1, tag + 1) if is_tag else tag
    hides = _NAME.match(text, tag)
    name = hides[1].lower() if hides else ""
    if not name or name in unclosed:
        return found.end()
    closing = re.compile(f"</{name}\\b", re.IGNORECASE).search(text, found.end())
    if closing is None:
        unclosed.add(name)
        return found.end()
    return closing.start()
