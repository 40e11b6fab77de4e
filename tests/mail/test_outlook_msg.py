"""A .msg file of our own: everything it says comes, what cannot be carried is named, and damage is its own reason."""

from __future__ import annotations

import hashlib
import random
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from retention.core.message import Message
from retention.mail.files.outlook import Msg
from retention.mail.interface import ContentUnavailable, FolderUnreadable, MailTrouble, MessageGone
from tests.mail import msg_writing as writing

SUBMITTED, DELIVERED = datetime(2021, 3, 4, 15, 16, 17, tzinfo=UTC), datetime(2021, 3, 4, 15, 16, 21, tzinfo=UTC)
EXCHANGE = "/O=CITY/OU=FIRST/CN=RECIPIENTS/CN=MAYOR"
INDEX = bytes(range(1, 28))
FILE = bytes(range(256)) * 30
NOTE: dict[tuple[int, int], Any] = {
    (0x001A, 0x1F): "IPM.Note",
    (0x0037, 0x1F): "Requisition für Toner",
    (0x0039, 0x40): SUBMITTED,
    (0x0E06, 0x40): DELIVERED,
    (0x0042, 0x1F): "Kim Lee",
    (0x0064, 0x1F): "SMTP",
    (0x0065, 0x1F): "Kim.Lee@City.example",
    (0x0C1A, 0x1F): "Assistant, The",
    (0x0C1F, 0x1F): "assistant@city.example",
    (0x0071, 0x102): INDEX,
    (0x1035, 0x1F): "<one@city.example>",
    (0x0E07, 0x03): 1,
    (0x1000, 0x1F): "The   toner is\r\nempty.\r\n",
    (0x0017, 0x03): 2,
    (writing.CATEGORIES, 0x101F): ("Red", "FIN 04300"),
}
BODIES = ({(0x0C15, 3): 1, (0x3001, 0x1F): "Pat", (0x3002, 0x1F): "SMTP", (0x3003, 0x1F): "pat@city.example"},)
RECIPIENTS = (
    *BODIES,
    {(0x0C15, 3): 2, (0x3001, 0x1F): "The Mayor", (0x3002, 0x1F): "EX", (0x3003, 0x1F): EXCHANGE},
    {(0x0C15, 3): 3, (0x3001, 0x1F): "Somebody"},
)
INNER = writing.message(
    {(0x001A, 0x1F): "IPM.Note", (0x0037, 0x1F): "Inner", (0x1000, 0x1F): "within"},
    attachments=(({(0x3705, 3): 6, (0x3001, 0x1F): "Chart"}, None),),
    inside=True,
)
ATTACHMENTS = (
    (
        {(0x3705, 3): 1, (0x3707, 0x1F): "Übersicht.bin", (0x3701, 0x102): FILE, (0x370E, 0x1F): "image/png"},
        None,
    ),
    ({(0x3705, 3): 5, (0x3001, 0x1F): "Inner"}, INNER),
    ({(0x3705, 3): 7, (0x3707, 0x1F): "plan.xlsx"}, None),
)


@pytest.fixture(scope="module")
def msg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = writing.message(NOTE, RECIPIENTS, ATTACHMENTS)
    return writing.write(tmp_path_factory.mktemp("msg") / "one.msg", tree)


def read(path: Path) -> Message:
    (message,) = Msg(path).messages("", "")
    return message


def content(path: Path) -> bytes:
    return b"".join(Msg(path).content("0"))


def mime(path: Path) -> EmailMessage:
    parsed = message_from_bytes(content(path), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_msg_tells_everything_a_rule_may_ask(msg: Path) -> None:
    told = read(msg)
    assert (told.subject, told.kind, told.internet_id) == ("Requisition für Toner", "IPM.Note", "<one@city.example>")
    assert (told.sender, told.on_behalf) == ("kim.lee@city.example", "assistant@city.example")
    assert (told.to, told.cc, told.bcc) == (("pat@city.example",), (EXCHANGE.lower(),), ("",))
    assert (told.sent_at, told.received_at) == (SUBMITTED, DELIVERED)
    assert (told.is_read, told.is_draft, told.has_attachments) == (True, False, True)
    assert told.categories == ("Red", "FIN 04300")
    assert told.preview == "The toner is empty."
    assert told.attachments == ("Übersicht.bin", "Inner", "plan.xlsx")
    assert told.linked == ("plan.xlsx",)
    assert told.conversation == INDEX[:22].hex()
    assert told.source is not None and told.source.at == told.id == "0"
    assert told.trouble is None


def test_its_content_is_a_message_that_any_reader_takes(msg: Path) -> None:
    parsed = mime(msg)
    assert parsed["Subject"] == "Requisition für Toner"
    assert parsed["From"].addresses[0].addr_spec == "Kim.Lee@City.example"
    assert parsed["Sender"].address.display_name == "Assistant, The"
    assert EXCHANGE in content(msg).decode()
    assert "Somebody" in parsed["Bcc"]
    assert parsed["Date"].datetime == SUBMITTED
    assert (parsed["Importance"], parsed["Keywords"]) == ("High", "Red, FIN 04300")
    text, file, inner = parsed.iter_parts()
    assert text.get_content().splitlines() == ["The   toner is", "empty."]
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == ("Übersicht.bin", "image/png", FILE)
    assert inner.get_content_type() == "message/rfc822"
    assert inner.get_content()["Subject"] == "Inner"
    assert not any(part.defects for part in parsed.walk())


def test_what_could_not_be_carried_is_said_in_plain_words(msg: Path) -> None:
    assert read(msg).rebuilt == (
        "the original MIME structure",
        "the original headers",
        "the addresses of 1 recipient, known by display name only",
        "the Internet addresses of 1 recipient, known by an Exchange address only",
        "in the attached message 'Inner': an embedded OLE object 'Chart'",
        "the file 'plan.xlsx', which is attached as a link only",
    )


def test_the_version_is_the_digest_of_the_content_and_both_are_the_same_every_time(msg: Path) -> None:
    assert {hashlib.sha256(content(msg)).hexdigest() for _ in range(3)} == {read(msg).version}


def test_a_sender_known_by_name_only_is_nobody_s_address_and_that_is_said(tmp_path: Path) -> None:
    said = {(0x001A, 0x1F): "IPM.Note", (0x0C1A, 0x1F): "Kim Lee"}
    told = read(writing.write(tmp_path / "name.msg", writing.message(said)))
    assert told.sender == ""
    assert "the address of the sender, known by the display name 'Kim Lee' only" in (told.rebuilt or ())


def test_the_transport_s_headers_are_kept_but_for_those_of_a_structure_that_is_gone(tmp_path: Path) -> None:
    headers = (
        "Microsoft Mail Internet Headers Version 2.0\r\nno header\r\n"
        "Received: from a by b;\r\n\tThu, 4 Mar 2021 16:00:00 +0000\r\n"
        "From: Kim <kim@city.example>\r\nX-City: Grün\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="gone"\r\nList-Id: <news.city.example>\r\n\r\n--gone\r\nX-Inner: 1\r\n'
    )
    said = {**NOTE, (0x007D, 0x1F): headers}
    path = writing.write(tmp_path / "headers.msg", writing.message(said, BODIES))
    told, text, parsed = read(path), content(path).decode(), mime(path)
    assert text.startswith(
        "Received: from a by b;\r\n\tThu, 4 Mar 2021 16:00:00 +0000\r\nFrom: Kim <kim@city.example>\r\n"
    )
    assert "X-City: Grün\r\n" in text
    assert parsed.get_all("MIME-Version") == ["1.0"]
    assert parsed.get_content_type() == "text/plain"
    assert "gone" not in text and "X-Inner" not in text
    assert parsed["To"].addresses[0].addr_spec == "pat@city.example"
    assert told.origin == "list"
    assert told.received_at == datetime(2021, 3, 4, 16, tzinfo=UTC)  # the latest of its own marks
    assert "1 line among the headers that is no header" in (told.rebuilt or ())
    assert "the original headers" not in (told.rebuilt or ())


def test_an_appointment_comes_with_its_class_and_the_count_of_what_is_lost(tmp_path: Path) -> None:
    said = {(0x001A, 0x1F): "IPM.Appointment", (0x0037, 0x1F): "Council", (0x8205, 3): 2, (0x8208, 0x1F): "Room 1"}
    path = writing.write(tmp_path / "appointment.msg", writing.message(said))
    assert read(path).kind == "IPM.Appointment"
    assert "2 Outlook properties" in (read(path).rebuilt or ())
    assert mime(path)["X-Outlook-Message-Class"] == "IPM.Appointment"


def test_html_wrapped_into_compressed_rtf_comes_out_as_html(tmp_path: Path) -> None:
    import compressed_rtf

    rtf = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0 Arial;}}{\*\htmltag64 <p>}"
        rb"\htmlrtf{\htmlrtf0 Caf\'e9\htmlrtf\par}\htmlrtf0{\*\htmltag72 </p>}}"
    )
    said = {(0x001A, 0x1F): "IPM.Note", (0x1009, 0x102): compressed_rtf.compress(rtf)}
    path = writing.write(tmp_path / "rtf.msg", writing.message(said))
    assert mime(path).get_content_type() == "text/html"
    assert mime(path).get_content().strip() == "<p>Café</p>"
    assert read(path).preview == "Café"


def test_an_rtf_of_its_own_is_carried_whole_beside_its_words(tmp_path: Path) -> None:
    import compressed_rtf

    rtf = rb"{\rtf1\ansi\deff0 The {\b toner} is empty.\par}"
    said = {(0x001A, 0x1F): "IPM.Note", (0x1009, 0x102): compressed_rtf.compress(rtf)}
    plain, rich = mime(writing.write(tmp_path / "rtf.msg", writing.message(said))).iter_parts()
    assert plain.get_content().strip() == "The toner is empty."
    assert (rich.get_content_type(), rich.get_payload(decode=True)) == ("text/rtf", rtf)


def test_an_rtf_that_cannot_be_unpacked_costs_its_formatting_and_nothing_else(tmp_path: Path) -> None:
    said = {**NOTE, (0x1009, 0x102): b"\x20\0\0\0\x10\0\0\0LZFu\0\0\0\0broken"}
    path = writing.write(tmp_path / "rtf.msg", writing.message(said))
    assert mime(path).get_content().startswith("The   toner")
    assert any(loss.startswith("the RTF body with its formatting") for loss in read(path).rebuilt or ())


def test_an_attachment_that_is_said_and_not_found_is_trouble_and_gives_no_content(tmp_path: Path) -> None:
    tree = writing.message(NOTE, BODIES, ATTACHMENTS)
    del tree["__attach_version1.0_#00000001"]
    path = writing.write(tmp_path / "lost.msg", tree)
    told = read(path)
    assert "3 attachments, and 2 are found" in (told.trouble or "")
    assert (told.version, told.subject) == ("", "Requisition für Toner")
    with pytest.raises(ContentUnavailable):
        content(path)


def test_messages_that_lie_in_each_other_without_end_are_trouble(tmp_path: Path) -> None:
    tree = INNER
    for _ in range(20):
        tree = writing.message(
            {(0x001A, 0x1F): "IPM.Note"}, attachments=(({(0x3705, 3): 5}, tree),), inside=True
        )  # fmt: skip
    path = writing.write(
        tmp_path / "deep.msg", writing.message(NOTE, attachments=(({(0x3705, 3): 5}, tree),))
    )  # fmt: skip
    assert "more than 16 deep" in (read(path).trouble or "")


def test_a_message_is_read_once_and_there_is_no_other_in_it(msg: Path) -> None:
    assert Msg(msg).folders() == ("",)
    assert not list(Msg(msg).messages("", "0"))
    with pytest.raises(MessageGone):
        list(Msg(msg).content("1"))


@pytest.mark.parametrize("damage", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"From: a@b.example\r\n\r\nno OLE" * 9])
def test_what_is_no_msg_is_refused_with_its_reason(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "no.msg"
    path.write_bytes(damage)
    with pytest.raises(FolderUnreadable, match="cannot be read as an Outlook message"):
        read(path)


def test_a_msg_that_is_flipped_or_cut_anywhere_raises_nothing_but_its_reason(msg: Path, tmp_path: Path) -> None:
    whole, chance, path = msg.read_bytes(), random.Random(6), tmp_path / "damaged.msg"
    good, silent = read(msg).version, 0
    for _ in range(150):
        damaged = bytearray(whole)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        else:
            for _ in range(chance.choice((1, 4, 40))):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            told = read(path)
            assert told.trouble or told.version
            silent += told.version == good
            content(path)
        except MailTrouble as trouble:
            assert str(trouble)
    assert silent < 75


def test_without_the_library_a_msg_says_what_to_install(msg: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "olefile", None)
    with pytest.raises(FolderUnreadable, match=r"pip install 'retention\[outlook\]'"):
        read(msg)
