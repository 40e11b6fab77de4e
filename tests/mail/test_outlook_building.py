"""A message built of properties: readable by any reader, the same every time, never larger in memory than a piece."""

from __future__ import annotations

import string
import tracemalloc
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.mail.files.outlook.building import mime_of
from retention.mail.files.outlook.headers import fields_in, parameter, people_line, text_line
from retention.mail.files.outlook.item import MapiAttachment, MapiMessage
from retention.mail.files.outlook.opened import opened
from retention.mail.files.outlook.properties import Properties, Value
from retention.mail.files.outlook.rtf import said_in
from retention.mail.files.outlook.telling import message_of

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
SHOWN = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=120)


def said(**texts: str) -> dict[int, tuple[int, Value]]:
    """Text properties; their numbers stand behind an ``x``."""
    return {int(tag[1:], 16): (0x1F, text.encode("utf-16-le", "surrogatepass")) for tag, text in texts.items()}


def item(*attachments: MapiAttachment, **texts: str) -> MapiMessage:
    return MapiMessage(properties=Properties(said(x1A="IPM.Note", **texts)), attachments=attachments)


def file(data: bytes, **texts: str) -> MapiAttachment:
    values: dict[int, tuple[int, Value]] = {0x3705: (3, b"\1\0\0\0"), **said(**texts)}
    return MapiAttachment(properties=Properties(values), data=lambda: iter((data,)))


def shown(data: bytes, **texts: str) -> MapiAttachment:
    values: dict[int, tuple[int, Value]] = {0x3705: (3, b"\1\0\0\0"), 0x3714: (3, b"\4\0\0\0"), **said(**texts)}
    return MapiAttachment(properties=Properties(values), data=lambda: iter((data,)))


def mime(of: MapiMessage) -> EmailMessage:
    parsed = message_from_bytes(b"".join(mime_of(opened(of))), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@given(text=ANY_TEXT)
def test_any_text_comes_through_line_by_line(text: str) -> None:
    payload = mime(item(x1000=text)).get_payload(decode=True)
    assert isinstance(payload, bytes)
    wanted = text.rstrip("\0").replace("\r\n", "\n").replace("\r", "\n")
    assert payload.decode("utf-8").replace("\r\n", "\n") == wanted


@given(data=st.binary(max_size=200_000))
def test_any_file_comes_through_byte_by_byte(data: bytes) -> None:
    _, part = mime(item(file(data, x3707="a.bin"), x1000="text")).iter_parts()
    assert part.get_payload(decode=True) == data


@given(name=SHOWN)
def test_any_name_of_a_file_comes_through(name: str) -> None:
    _, part = mime(item(file(b"", x3707=name))).iter_parts()
    assert part.get_filename() == name


@given(subject=SHOWN, name=SHOWN)
def test_any_subject_and_any_name_come_through(subject: str, name: str) -> None:
    of = mime(item(x37=subject, x0C1A=name, x0C1F="a@b.example"))
    assert of["Subject"] == subject
    assert of["From"].addresses[0].addr_spec == "a@b.example"


@given(text=st.text(max_size=200), name=st.text(max_size=60), address=st.text(max_size=60))
def test_nothing_that_stands_in_a_property_can_begin_a_header_of_its_own(text: str, name: str, address: str) -> None:
    lines = text_line("Subject", text) + people_line("From", ((name, address),)) + parameter("filename", name).encode()
    rows = [row for row in lines.split(b"\r\n") if row]
    assert all(row.startswith((b"Subject: ", b"From: ", b" ", b";")) for row in rows)
    assert not {b"\r", b"\n"} & {bytes([each]) for row in rows for each in row}


@given(text=st.text(st.sampled_from(string.printable + "é"), max_size=400))
def test_headers_of_the_transport_never_gain_a_line_of_their_own(text: str) -> None:
    fields, _ = fields_in(text)
    parsed = mime(item(x7D=text))
    own = {"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert {name.lower() for name in parsed} <= {name.lower() for name, _ in fields} | {name.lower() for name in own}


def test_pictures_in_the_text_lie_beside_it_and_files_behind_it() -> None:
    of = item(
        shown(b"picture", x3707="logo.png", x3712="<logo@1>", x370E="image/png"),
        file(b"file", x3707="a.bin", x370E="multipart/mixed"),
        x1000="plain",
        x1013="<img src='cid:logo@1'>",
    )
    text, attached = mime(of).iter_parts()
    both, picture = text.iter_parts()
    assert [part.get_content_type() for part in both.iter_parts()] == ["text/plain", "text/html"]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<logo@1>", "inline")
    assert attached.get_content_type() == "application/octet-stream"  # a tree of parts it is not
    told = message_of(of, "at", "")
    assert (told.attachments, told.has_attachments) == (("logo.png", "a.bin"), True)


def test_no_boundary_stands_in_another_or_in_the_text() -> None:
    inner = item(file(b"x"), x1000="--=_0_")
    of = item(*[MapiAttachment(properties=Properties({}), embedded=lambda: inner) for _ in range(12)], x1000="a")
    content = b"".join(mime_of(opened(of)))
    boundaries = [line.split(b'"')[1] for line in content.split(b"\r\n") if b"boundary=" in line]
    assert len(boundaries) == len(set(boundaries)) == 13
    assert not [1 for one in boundaries for other in boundaries if one != other and other.startswith(one)]
    assert len(list(mime(of).iter_parts())) == 13


def test_the_same_item_gives_the_same_bytes_and_another_gives_others() -> None:
    first, again, other = (message_of(item(x1000=text, x37="s"), "at", "") for text in ("one", "one", "two"))
    assert first.version == again.version != other.version


def test_a_large_attachment_is_never_in_memory_as_a_whole() -> None:
    def data() -> Iterator[bytes]:
        for _ in range(16):
            yield bytes(1 << 20)

    large = MapiAttachment(properties=Properties({}), data=data)
    tracemalloc.start()
    try:
        told = message_of(item(large), "at", "")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (told.size or 0) > 16 << 20
    assert peak < 6 << 20


@given(rtf=st.binary(max_size=300) | st.text(st.sampled_from("\\{}'*au1 0fhtmlrg;\n"), max_size=300).map(str.encode))
def test_no_rtf_however_broken_raises(rtf: bytes) -> None:
    for before in (b"", rb"{\rtf1\fromhtml1 ", rb"{\rtf1\fromtext "):
        form, text = said_in(before + rtf)
        assert form in ("html", "text", "rtf")
        text.encode("utf-8")


@pytest.mark.parametrize(
    ("rtf", "form", "text"),
    [
        (rb"{\rtf1\ansi\fromtext a\par b\tab c}", "text", "a\r\nb\tc"),
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator x}\f0 a \{b\} \'e9}", "rtf", "a {b} é"),
        (rb"{\rtf1\ansi\uc1 \u8364?\u-10179?\u-8704? end}", "rtf", "€😀 end"),
        (rb"{\rtf1{\fonttbl{\f0 A;}{\f2\fcharset204 C;}}\f0\'e9{\f2 \'ef\'f0}\'e9}", "rtf", "éпрé"),
        (rb"{\rtf1\fromhtml1{\*\htmltag84 &lt;}\htmlrtf <\htmlrtf0 a\~b{\*\mhtmltag x}}", "html", "&lt;a&nbsp;b"),
        (b"{" * 5000 + b"deep" + b"}" * 5000, "rtf", "deep"),
    ],
)
def test_rtf_says_what_it_was_made_of(rtf: bytes, form: str, text: str) -> None:
    assert said_in(rtf) == (form, text)


def test_html_keeps_the_bytes_and_the_character_set_it_had() -> None:
    html = "<p>Ж</p>".encode("cp1251")
    values: dict[int, tuple[int, Value]] = {0x1013: (0x102, html), 0x3FDE: (3, (1251).to_bytes(4, "little"))}
    part = mime(MapiMessage(properties=Properties(values)))
    assert part.get_payload(decode=True) == html
    assert part.get_content_charset() == "windows-1251"
