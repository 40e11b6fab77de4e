"""What can be told of one message by looking at its MIME, as well as that can be done.

The bytes are never changed here, and nothing here may fail: a part that cannot be read is left empty.
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
from html.parser import HTMLParser
from typing import TypeVar

from msgspec import Struct

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
    """An attachment by its name; ``is_item`` says that it is a message and no file."""

    name: str
    is_item: bool


class Facts(Struct, frozen=True, kw_only=True):
    """What a message says of itself. Instants are in UTC, ``size`` is in bytes, ``kind`` is the message class.

    ``attached`` are the attachments in the order of ``attachments_of``, those shown within the text included.
    """

    subject: str = ""
    sender: Address | None = None
    author: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    received_at: datetime | None = None
    sent_at: datetime | None = None
    internet_id: str = ""
    conversation: str = ""
    preview: str = ""
    has_attachments: bool = False
    attached: tuple[Attached, ...] = ()
    importance: str = "normal"
    kind: str = "IPM.Note"
    size: int = 0


def read_facts(mime: bytes) -> Facts:
    """Everything that can be read of the message; never raises."""
    message = parsed(mime)
    if message is None:
        return Facts(size=len(mime), conversation=hashlib.sha256(mime).hexdigest()[:32])
    fields = fields_of(message)
    parts: tuple[email.message.Message, ...] = safely(lambda: tuple(leaves(message)), ())
    author, subject = addresses(fields, "from"), text_of(fields, "subject")
    return Facts(
        subject=subject,
        sender=_first(addresses(fields, "sender") or author),
        author=_first(author),
        to=addresses(fields, "to"),
        cc=addresses(fields, "cc"),
        bcc=addresses(fields, "bcc"),
        reply_to=addresses(fields, "reply-to"),
        received_at=_received_at(fields),
        sent_at=instant(text_of(fields, "date")),
        internet_id=text_of(fields, "message-id"),
        conversation=conversation(subject, text_of(fields, "thread-index")),
        preview=preview(parts),
        has_attachments=safely(lambda: any(_is_attachment(part) for part in parts), False),
        attached=tuple(attached(part) for part in attachments_of(parts)),
        importance=_importance(fields),
        kind=safely(lambda: message_class(message, parts), "IPM.Note"),
        size=len(mime),
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
    content = raw.encode("utf-8", "surrogateescape")
    return safely(lambda: content.decode("utf-8"), "") or content.decode("latin-1")


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
    # What stood outside of encoded words comes back in this form (email.header.decode_header).
    return text if isinstance(text, str) else text.decode(charset or "raw-unicode-escape", "replace")


def _first(found: tuple[Address, ...]) -> Address | None:
    return found[0] if found else None


def instant(text: str) -> datetime | None:
    """A header's date as an instant in UTC, or None."""
    return safely(lambda: whole_seconds(email.utils.parsedate_to_datetime(text)), None) if text else None


def whole_seconds(moment: datetime) -> datetime:
    """The instant in UTC as Exchange keeps it: no fractions; without a zone it is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _received_at(fields: Fields) -> datetime | None:
    """When the last server took it in, else when it says it was written."""
    received = text_of(fields, "received")
    return instant(received.rpartition(";")[2].strip()) or instant(text_of(fields, "date"))


def conversation(subject: str, thread_index: str = "") -> str:
    """Which thread: the beginning of Outlook's own index where there is one, else the bare subject."""
    key = thread_index[:30] or REPLY_MARKS.sub("", subject).strip().lower()
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def _importance(fields: Fields) -> str:
    said = text_of(fields, "importance").lower() or text_of(fields, "x-priority")[:1]
    return {"high": "high", "1": "high", "2": "high", "low": "low", "4": "low", "5": "low"}.get(said, "normal")


def leaves(message: email.message.Message) -> Iterator[email.message.Message]:
    """The parts that hold content; an attached message is one part and is not opened."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
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
    name = plain(safely(lambda: part.get_filename() or "", ""))
    return Attached(name or ("attached message" if is_item else "attachment"), is_item)


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


def _is_attachment(part: email.message.Message) -> bool:
    # hasAttachments is false when all attachments are inline (resources/message).
    return is_attached(part) and not is_inline(part)


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


def body(parts: Parts) -> tuple[str, str]:
    """The text that is shown: its type (``text`` or ``html``) and the text itself."""
    shown = [part for part in parts if not is_attached(part) and part.get_content_maintype() == "text"]
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
    bare = safely(lambda: without_markup(text), "") if kind == "html" else text[: PREVIEW_LENGTH * 8]
    return re.sub(r"\s+", " ", bare).strip()[:PREVIEW_LENGTH]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script", "head")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "head") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def without_markup(text: str) -> str:
    """The words of an HTML text."""
    reader = _Words()
    reader.feed(text)
    reader.close()
    return " ".join(reader.words)
