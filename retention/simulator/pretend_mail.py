"""Making one message of the pretend city: its headers, its text, its attachments.

What the messages say is written in the neighbours.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from msgspec import Struct

DOMAIN = "willowfalls.example"

Person = tuple[str, str]
"""A name and an address."""


class Attachment(Struct, frozen=True):
    """A file as it is attached. ``kind`` is its MIME type."""

    name: str
    kind: str
    content: bytes


class Letter(Struct, kw_only=True):
    """A message before it is MIME. ``at`` None leaves the Date header out; ``extra`` are header lines as they are."""

    sender: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...] = ()
    subject: str
    text: str
    at: datetime | None
    id: str
    answers: str = ""
    html: str = ""
    calendar: str = ""
    attachments: tuple[Attachment, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def message_id(self) -> str:
        """Its Message-ID, in angle brackets."""
        return f"<{self.id}@{DOMAIN}>"

    def mime(self) -> bytes:
        """The bytes: the same letter gives the same bytes each time."""
        return "\r\n".join([*self._head(), *self._body()]).encode() + b"\r\n"

    def _head(self) -> list[str]:
        lines = [f"From: {_people([self.sender])}", f"To: {_people(self.to)}"]
        lines += [f"Cc: {_people(self.cc)}"] if self.cc else []
        lines += [f"Subject: {_encoded(self.subject)}"]
        lines += [f"Date: {format_datetime(self.at)}"] if self.at else []
        lines += [f"Message-ID: {self.message_id}"]
        lines += [f"In-Reply-To: {self.answers}", f"References: {self.answers}"] if self.answers else []
        return [*lines, *self.extra, "MIME-Version: 1.0"]

    def _body(self) -> list[str]:
        parts = [_text_part("plain", self.text)]
        parts += [_text_part("html", self.html)] if self.html else []
        parts += [_text_part("calendar; method=" + _method(self.calendar), self.calendar)] if self.calendar else []
        shown = parts[0] if len(parts) == 1 else self._multipart("alternative", parts)
        if not self.attachments:
            return shown
        return self._multipart("mixed", [shown, *(_file_part(each) for each in self.attachments)])

    def _multipart(self, kind: str, parts: Iterable[list[str]]) -> list[str]:
        boundary = "=_" + hashlib.sha256(f"{kind} {self.id}".encode()).hexdigest()[:24]
        lines = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', ""]
        for part in parts:
            lines += [f"--{boundary}", *part]
        return [*lines, f"--{boundary}--"]


def _people(people: Iterable[Person]) -> str:
    return ", ".join(formataddr(person) for person in people)


def _encoded(text: str) -> str:
    """Plain ASCII as it is; anything else, and anything a terminal would act on, in encoded words."""
    if text.isascii() and text.isprintable():
        return text
    return Header(text, "utf-8", maxlinelen=76, header_name="Subject").encode(linesep="\r\n")


def _method(calendar: str) -> str:
    return next(line.removeprefix("METHOD:") for line in calendar.splitlines() if line.startswith("METHOD:"))


def _text_part(kind: str, text: str) -> list[str]:
    return [f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", *text.splitlines()]


def _file_part(file: Attachment) -> list[str]:
    return [
        f'Content-Type: {file.kind}; name="{file.name}"',
        f'Content-Disposition: attachment; filename="{file.name}"',
        "Content-Transfer-Encoding: base64",
        "",
        *base64.encodebytes(file.content).decode("ascii").splitlines(),
    ]


def pdf(name: str, text: str) -> Attachment:
    """A PDF of one page with one line on it."""
    shown = "".join(each for each in text if each.isascii() and each not in "()\\")
    stream = zlib.compress(f"BT /F1 14 Tf 72 720 Td ({shown}) Tj ET".encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(stream), stream),
    ]
    content, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(content)
    return Attachment(name, "application/pdf", content + b"xref\n0 5\n0000000000 65535 f \n" + table + tail)


def csv(name: str, rows: Iterable[Iterable[object]]) -> Attachment:
    """A table as comma-separated lines."""
    lines = [",".join(str(value) for value in row) for row in rows]
    return Attachment(name, "text/csv", "\r\n".join([*lines, ""]).encode())


def invitation(method: str, subject: str, at: datetime, organizer: Person, guest: Person) -> str:
    """A calendar text: ``REQUEST`` invites, ``REPLY`` accepts."""
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    answer = "ACCEPTED" if method == "REPLY" else "NEEDS-ACTION"
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"METHOD:{method}",
            "BEGIN:VEVENT",
            f"UID:{hashlib.sha256(f'{stamp} {subject}'.encode()).hexdigest()[:32]}",
            f"DTSTAMP:{stamp}",
            f"DTSTART:{stamp}",
            f"SUMMARY:{subject}",
            f"ORGANIZER;CN={organizer[0]}:mailto:{organizer[1]}",
            f"ATTENDEE;PARTSTAT={answer};CN={guest[0]}:mailto:{guest[1]}",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    )
