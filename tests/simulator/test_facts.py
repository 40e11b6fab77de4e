"""What is read of a message: as much as can be, and never with an error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.simulator.answers import encode
from retention.simulator.facts import head_of, read_facts


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    facts = read_facts(content)
    assert facts.size == len(content)
    encode([facts, head_of(content)])


@settings(deadline=None)
@given(st.lists(st.sampled_from([
    b"From: ", b"To: ", b"Subject: ", b"=?utf-8?B?", b"=?x?Q?", b"?=", b"\xff\xfe", b"\r\n", b"\n\t", b"<", b">", b"@",
    b'"', b"Date: ", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"--b\r\n", b"charset*=utf-8''%", b";",
    b"\x00", b"Content-Type: text/html; charset=klingon\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"a,b;c:", b"(((",
]), max_size=30))  # fmt: skip
def test_no_pieces_of_mail_put_together_are_too_strange(pieces: list[bytes]) -> None:
    encode(read_facts(b"".join(pieces)))


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (b"", "IPM.Note"),
        (b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n", "IPM.Note.SMIME"),
        (b"Content-Type: multipart/signed; boundary=b\r\n", "IPM.Note.SMIME.MultipartSigned"),
        (b"Content-Type: multipart/report; boundary=b\r\n", "REPORT.IPM.Note.NDR"),
        (b"Content-Type: text/calendar; method=REQUEST\r\n", "IPM.Schedule.Meeting.Request"),
        (b"Content-Type: text/calendar; method=REPLY\r\n", "IPM.Schedule.Meeting.Resp.Pos"),
        (b"Content-Type: text/calendar; method=PUBLISH\r\n", "IPM.Note"),
    ],
)
def test_the_message_class_follows_the_content(headers: bytes, kind: str) -> None:
    assert read_facts(headers + b"\r\n").kind == kind


@pytest.mark.parametrize(
    ("line", "importance"),
    [
        (b"", "normal"),
        (b"Importance: High\r\n", "high"),
        (b"X-Priority: 5\r\n", "low"),
        (b"Importance: x\r\n", "normal"),
    ],
)
def test_importance_is_one_of_three(line: bytes, importance: str) -> None:
    assert read_facts(line + b"\r\n").importance == importance


def test_encoded_and_broken_headers_are_read_as_far_as_they_go() -> None:
    facts = read_facts(
        b"From: =?utf-8?B?w4VrZXJsdW5k?= <nils@x.example>\r\nTo: undisclosed-recipients:;\r\n"
        b"Cc: nobody at all\r\nSubject: =?utf-8?Q?caf=C3=A9?= \xe9\r\nDate: yesterday\r\n\r\n"
    )
    assert facts.author == ("Åkerlund", "nils@x.example")
    assert facts.subject.startswith("café")
    assert (facts.received_at, facts.sent_at) == (None, None)
    assert facts.cc


@pytest.mark.parametrize(
    ("content", "head"),
    [
        (b"A: 1\r\nB: 2\r\n\r\nC: 3\r\n\r\nx", "A: 1\r\nB: 2"),
        (b"A: 1\nB: 2\n\nC: 3", "A: 1\nB: 2"),
        (b"A: 1", "A: 1"),
        (b"", ""),
        ("A: é\r\n\r\n".encode(), "A: é"),
        ("A: é\r\n\r\n".encode("latin-1"), "A: é"),
    ],
)
def test_the_head_is_everything_before_the_first_empty_line(content: bytes, head: str) -> None:
    assert head_of(content) == head
