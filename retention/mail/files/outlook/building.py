"""A message in MIME, built of an item's properties: the same bytes every time, piece by piece.

What could not be carried into it is said by ``rebuilt.py``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Callable, Iterator

from msgspec import Struct

from retention.mail.files.outlook import tags
from retention.mail.files.outlook.body import Body, Form
from retention.mail.files.outlook.headers import line, parameter
from retention.mail.files.outlook.item import DEEPEST, MapiAttachment, MapiMessage, Unreadable
from retention.mail.files.outlook.lines import header_lines
from retention.mail.files.outlook.opened import Opened, opened

PIECE = 57 * 1024
"""Bytes that are encoded at once: whole lines of base64, so that pieces join."""

_ROWS = struct.Struct("76s" * 1024)

Content = Callable[[], Iterator[bytes]]


class _Leaf(Struct, frozen=True):
    head: bytes
    content: Content


class _Many(Struct, frozen=True):
    form: str
    parts: tuple[_Leaf | _Many, ...]


def mime_of(of: Opened, seed: bytes = b"", depth: int = 0) -> Iterator[bytes]:
    """The message. Raises ``Unreadable`` where an attachment is damaged: half a message must never pass for one."""
    head = header_lines(of)
    digest = hashlib.sha256(seed + head)
    for form in (of.body.plain, of.body.html):
        digest.update(form.content if form else b"\0")
    digest.update(of.body.rtf)
    yield head
    yield from _written(_structure(of, digest.digest(), depth), digest.hexdigest()[:32], "0")


def _structure(of: Opened, seed: bytes, depth: int) -> _Leaf | _Many:
    text = _text(of.body)
    shown: list[_Leaf] = []
    others: list[_Leaf] = []
    for number, each in enumerate(of.item.attachments):
        part = _attachment(each, seed + number.to_bytes(4, "big"), depth)
        if part is not None:
            inside = each.is_shown_in_text and each.embedded is None and of.body.html is not None
            (shown if inside else others).append(part)
    if shown:
        text = _Many("related", (text, *shown))
    return _Many("mixed", (text, *others)) if others else text


def _text(body: Body) -> _Leaf | _Many:
    forms: list[_Leaf | _Many] = []
    if body.plain is not None:
        forms.append(_text_part("plain", body.plain))
    if body.rtf:
        forms.append(_coded(b"Content-Type: text/rtf\r\n", lambda: iter((body.rtf,))))
    if body.html is not None:
        forms.append(_text_part("html", body.html))
    if not forms:
        forms.append(_text_part("plain", Form(b"", "us-ascii")))
    return _Many("alternative", tuple(forms)) if len(forms) > 1 else forms[0]


def _text_part(form: str, text: Form) -> _Leaf:
    head = f"Content-Type: text/{form}; charset={text.charset}\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    return _Leaf(head.encode("ascii"), lambda: _quoted(text.content))


def _quoted(content: bytes) -> Iterator[bytes]:
    lines = re.split(rb"\r\n|\r|\n", content)
    for start in range(0, len(lines), 2000):
        text = b"\n".join(lines[start : start + 2000])
        coded = binascii.b2a_qp(text, quotetabs=False, istext=True, header=False)
        yield (b"\r\n" if start else b"") + coded.replace(b"\n", b"\r\n")


def _coded(head: bytes, content: Content) -> _Leaf:
    return _Leaf(head + b"Content-Transfer-Encoding: base64\r\n", lambda: _in_base64(content()))


def _in_base64(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        whole = len(held) - len(held) % PIECE
        for start in range(0, whole, PIECE):
            # A third of the time that base64.encodebytes takes, which makes each line by itself.
            yield b"\r\n".join(_ROWS.unpack(binascii.b2a_base64(held[start : start + PIECE], newline=False))) + b"\r\n"
        del held[:whole]
    if held:
        yield base64.encodebytes(bytes(held)).replace(b"\n", b"\r\n")


def _attachment(attachment: MapiAttachment, seed: bytes, depth: int) -> _Leaf | None:
    name, embedded, data = attachment.name, attachment.embedded, attachment.data
    if embedded is not None:
        head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n"
        return _Leaf(head + _disposition("attachment", name), lambda: _message_in(embedded, seed, depth))
    if data is None:
        return None
    inside = attachment.is_shown_in_text
    head = line("Content-Type", _media_type(attachment) + (parameter("name", name) if name else ""))
    head += _disposition("inline" if inside else "attachment", name)
    if re.fullmatch(r"[!-;=?-~]+", id_ := attachment.properties.text(tags.CONTENT_ID).strip("<> ")):
        head += line("Content-ID", f"<{id_}>")
    return _coded(head, data)


def _message_in(embedded: Callable[[], MapiMessage], seed: bytes, depth: int) -> Iterator[bytes]:
    if depth >= DEEPEST:
        raise Unreadable(f"messages lie in it more than {DEEPEST} deep")
    inner = embedded()
    if inner.damage:
        raise Unreadable(f"of a message in it, {inner.damage[0]}")
    yield from mime_of(opened(inner), seed, depth + 1)


def _media_type(attachment: MapiAttachment) -> str:
    """As the item says it; what would have to be a message or a tree of parts is handed on as a file."""
    said = attachment.properties.text(tags.MIME_TYPE).strip().lower()
    known = re.fullmatch(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", said)
    return said if known and not said.startswith(("multipart/", "message/")) else "application/octet-stream"


def _disposition(how: str, name: str) -> bytes:
    return line("Content-Disposition", how + (parameter("filename", name) if name else ""))


def _written(part: _Leaf | _Many, digest: str, place: str) -> Iterator[bytes]:
    if isinstance(part, _Leaf):
        yield part.head + b"\r\n"
        yield from part.content()
        return
    # "=_" stands in no text of base64 or quoted-printable, and the digest in no header that it was made of.
    boundary = f"=_{place}_{digest}"
    yield f'Content-Type: multipart/{part.form};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")
    for number, each in enumerate(part.parts):
        yield f"--{boundary}\r\n".encode("ascii")
        yield from _written(each, digest, f"{place}.{number}")
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode("ascii")
