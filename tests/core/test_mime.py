"""What is read of a message: as much as can be, and never with an error.

What mail systems make of it is tested with them.
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.mime import head_of, read_facts, without_markup


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    facts = read_facts(content)
    assert facts.size == len(content)
    msgspec.json.encode([facts, head_of(content)])


@settings(deadline=None)
@given(st.lists(st.sampled_from([
    b"From: ", b"To: ", b"Subject: ", b"=?utf-8?B?", b"=?x?Q?", b"?=", b"\xff\xfe", b"\r\n", b"\n\t", b"<", b">", b"@",
    b'"', b"Date: ", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"--b\r\n", b"charset*=utf-8''%", b";",
    b"\x00", b"Content-Type: text/html; charset=klingon\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"a,b;c:", b"(((",
]), max_size=30))  # fmt: skip
def test_no_pieces_of_mail_put_together_are_too_strange(pieces: list[bytes]) -> None:
    msgspec.json.encode(read_facts(b"".join(pieces)))


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


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Plan of <b>Elm</b> Street</p>", "Plan of Elm Street"),
        ("<html><head><title>no</title></head><body>yes", "yes"),
        ("<STYLE>p {color: red}</STYLE>a<script>if (1<2) b()</script>c", "a c"),
        ("a<!-- <p>hidden --> b", "a b"),
        ("a<!-- never closed", "a"),
        ("a &lt;b&gt; &amp; c&nbsp;d", "a <b> & c d"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ('<a title="x > y" href=z>link</a>', "link"),
        ('<a title="never closed>link</a> text', "link text"),
        ("<style>never closed", "never closed"),
        ("<head>never closed<p>text", "never closed text"),
        ("text <", "text <"),
        ("", ""),
    ],
)
def test_the_words_of_html_are_what_a_reader_sees(html: str, words: str) -> None:
    assert " ".join(without_markup(html).split()) == words


@given(
    st.lists(
        st.sampled_from(["<", ">", "<!--", "-->", "<p ", '"', "'", "</style>", "<style>", "<head>", "a b", "&lt;"])
    )
)
def test_the_beginning_of_the_words_is_the_same_however_much_is_asked_for(bits: list[str]) -> None:
    text = "".join(bits) * 3
    whole, few = " ".join(without_markup(text).split()), " ".join(without_markup(text, 5).split())
    assert whole.startswith(few[:5])
    assert len(few) >= min(5, len(whole))


def test_names_of_attachments_are_read_as_programs_write_them() -> None:
    part = "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; {}\r\n\r\nx\r\n"
    names = ['filename="plan.pdf"', 'filename="=?utf-8?B?UGzDpG5lLnBkZg==?="', "filename*=utf-8''Pl%C3%A4ne.pdf", "x=y"]
    mime = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "".join(part.format(name) for name in names) + "--b--"
    facts = read_facts(mime.encode())
    assert [each.name for each in facts.attached] == ["plan.pdf", "Pläne.pdf", "Pläne.pdf", "attachment"]
    assert facts.whole and facts.has_attachments


def test_a_header_in_a_character_set_that_nobody_knows_is_read_as_far_as_it_goes() -> None:
    facts = read_facts(b"Subject: =?klingon?Q?Plan_of_Elm?= =?utf-8?Q?_Street?=\r\n\r\n")
    assert facts.subject == "Plan of Elm Street"


def test_what_cannot_be_taken_apart_is_never_said_to_have_no_attachments() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth) for depth in range(2000)
    )
    assert not read_facts(nested).whole
    assert read_facts(b"From: a\r\n\r\ntext").whole
