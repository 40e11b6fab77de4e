"""What is told of a message in a file: its dates above all, and what can hide in it.

Where messages begin and end is tested with each format.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.message import Message, Source
from retention.mail.files import thinning
from retention.mail.files.reading import Told, message_of
from retention.mail.files.thinning import Thinned
from tests.mail.bench import LONG_AGO, letter, with_file

HERE = Source(file="/mail/a.eml")
LINES = b"UERGIGlzIG5vdCByZWFs" * 3 + b"\r\n"


def told(mime: bytes, by: Told | None = None) -> Message:
    return message_of("a", [mime], HERE, by)


def dated(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "From: a@b.example", "", "text")).encode()


# -- dates


@pytest.mark.parametrize(
    ("lines", "received", "sent"),
    [
        (("Date: Mon, 04 Mar 2019 15:30:00 +0000",), LONG_AGO, LONG_AGO),
        (("Date: Mon, 04 Mar 2019 16:30:00 +0100",), LONG_AGO, LONG_AGO),
        (("Date: 4 Mar 2019 15:30 GMT",), LONG_AGO, LONG_AGO),
        ((), None, None),
        (("Date:",), None, None),
        (("Date: yesterday at noon",), None, None),
        (("Date: Mon, 99 Foo 2019 15:30:00 +0000",), None, None),
        (("Date: Mon, 04 Mar 2019 15:30:00 +9999",), None, None),
        (("Date: 04/03/2019",), None, None),
        (("Date: Mon, 04 Mar 99999 15:30:00 +0000",), None, None),
        (("Received: by mx; Mon, 04 Mar 2019 15:30:00 +0000", "Date: yesterday"), LONG_AGO, None),
        (("Received: by mx", "Date: Mon, 04 Mar 2019 15:30:00 +0000"), LONG_AGO, LONG_AGO),
        (
            ("Received: by b; Mon, 04 Mar 2019 15:30:00 +0000", "Received: by a; Mon, 04 Mar 2024 15:30:00 +0000"),
            LONG_AGO,
            None,
        ),
        (
            ("Received: by mx; Mon, 04 Mar 2019 15:30:00 +0000", "Date: Fri, 01 Jan 1999 00:00:00 +0000"),
            LONG_AGO,
            datetime(1999, 1, 1, tzinfo=UTC),
        ),
        (
            ("Received: by mx; Mon, 04 Mar 2019 15:30:00 +0000", "Date: Wed, 01 Jan 2099 00:00:00 +0000"),
            datetime(2099, 1, 1, tzinfo=UTC),
            datetime(2099, 1, 1, tzinfo=UTC),
        ),
        # What cannot be believed is no mark.
        (("Date: Fri, 31 Dec 9999 23:59:59 +0000",), None, None),
        (("Date: Mon, 01 Jan 1601 00:00:00 +0000",), None, None),
        (("Date: Thu, 01 Jan 1970 00:00:00 +0000",), None, None),
        (("Received: by mx; Mon, 04 Mar 2019 15:30:00 +0000", "Date: Fri, 31 Dec 9999 23:59:59 -1200"), LONG_AGO, None),
        (
            ("Received: by mx; Fri, 31 Dec 9999 23:59:59 +0000", "Date: Mon, 04 Mar 2019 15:30:00 +0000"),
            LONG_AGO,
            LONG_AGO,
        ),
    ],
)
def test_it_came_at_the_latest_instant_that_any_of_its_marks_says(
    lines: tuple[str, ...], received: datetime | None, sent: datetime | None
) -> None:
    row = told(dated(*lines))
    assert (row.received_at, row.sent_at) == (received, sent)


def test_what_the_container_says_counts_only_where_the_message_says_nothing() -> None:
    later, earlier = LONG_AGO.replace(year=2020), LONG_AGO.replace(year=2001)
    assert told(letter(1), Told(received_at=later)).received_at == LONG_AGO
    assert told(letter(1), Told(received_at=earlier)).received_at == LONG_AGO
    assert told(dated("Date: never"), Told(received_at=earlier)).received_at == earlier


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_date_is_too_strange(date: str, received: str) -> None:
    row = told(f"Date: {date}\r\nReceived: x; {received}\r\nFrom: a\r\n\r\n".encode("utf-8", "replace"))
    assert row.received_at is None or row.received_at.tzinfo is UTC


# -- what it is


def test_mail_that_nobody_reads_without_a_key_is_known_to_be_such() -> None:
    pgp = b"From: a\r\nContent-Type: multipart/encrypted; boundary=b\r\n\r\n--b--\r\n"
    rights = with_file(1, "message.rpmsg").replace(b"application/pdf", b"application/x-microsoft-rpmsg-message")
    smime = b"From: a\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n"
    assert {told(mime).kind for mime in (pgp, rights, smime)} == {"IPM.Note.SMIME"}
    assert told(with_file(1, "a.pdf")).kind == "IPM.Note"


def test_files_that_were_taken_out_of_a_message_are_told_as_links() -> None:
    detached = with_file(1, "plan.pdf").replace(b"PDF\r\n", b"gone\r\n")
    thunderbird = detached.replace(
        b"Content-Disposition", b"X-Mozilla-External-Attachment-URL: file:///home/ann/plan.pdf\r\nContent-Disposition"
    )
    external = detached.replace(b"application/pdf", b"message/external-body; access-type=URL")
    for mime in (thunderbird, external):
        row = told(mime)
        assert (row.attachments, row.linked) == (("plan.pdf",), ("plan.pdf",))
    assert told(detached).linked == ()


def test_a_draft_that_was_saved_is_a_draft() -> None:
    assert told(letter(1, "", "X-Unsent: 1")).is_draft
    assert told(letter(1, "", "X-Mozilla-Draft-Info: internal/draft")).is_draft
    assert told(letter(1)).is_draft is False


def test_the_conversation_is_outlook_s_own_where_the_message_names_it() -> None:
    index = bytes(range(27))
    row = told(letter(1, "", f"Thread-Index: {base64.b64encode(index).decode()}"))
    assert row.conversation == index[:22].hex()
    assert told(letter(1)).conversation == told(letter(2, "RE: Letter 1")).conversation != row.conversation
    assert told(letter(1, "", "Thread-Index: short")).conversation


def test_what_cannot_be_relied_on_is_said() -> None:
    assert told(b"").trouble == "it is empty"
    assert told(b"\x00\xff" * 99).trouble == "it has none of the headers that mail has"
    nested = b"From: a\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth) for depth in range(2000)
    )
    assert told(nested).trouble == "its parts cannot be told from each other"
    assert told(letter(1)).trouble is None


# -- large ones


def test_the_parts_of_a_large_message_are_all_told() -> None:
    heavy = [
        b"--b\r\nContent-Type: application/pdf; name=%d.pdf\r\n\r\n" % number + LINES * 5000 for number in range(9)
    ]
    mime = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(heavy) + b"--b--\r\n"
    row = told(mime)
    assert row.attachments == tuple(f"{number}.pdf" for number in range(9))
    assert (row.size, row.version, row.trouble) == (len(mime), hashlib.sha256(mime).hexdigest(), None)


def test_what_is_cut_off_of_a_message_is_said_where_it_may_hide_something(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = b"From: a@b.example\r\nTo: " + b"x@y.example, " * 100_000 + b"\r\nSubject: late\r\n\r\ntext"
    assert told(endless).trouble == "its headers or its parts are too many to be read"
    monkeypatch.setattr(thinning, "WHOLE", 10_000)
    parts = b"".join(b"--b\r\n\r\n" + b"x" * 90 + b"\r\n" for _ in range(200))
    assert told(letter(1) + parts).trouble == "its headers or its parts are too many to be read"


BITS = (b"\n--", b"--", b"\n", b"-", b"a" * 7, b"\r\n--b\r\n", b"Content-Type: x\r\n\r\n")


@settings(max_examples=200)
@given(st.lists(st.sampled_from(BITS), max_size=60), st.lists(st.integers(1, 20), min_size=1))
def test_whatever_the_pieces_what_is_kept_is_the_same_and_no_boundary_is_lost(
    bits: list[bytes], sizes: list[int]
) -> None:
    content = b"head\n\n" + b"".join(bits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thinning, "HEAD", 20)
        patch.setattr(thinning, "PART", 9)
        whole = Thinned()
        whole.feed(content)
        kept = whole.finish()
        pieces, place = Thinned(), 0
        while place < len(content):
            size = sizes[place % len(sizes)]
            pieces.feed(content[place : place + size])
            place += size
        assert pieces.finish() == kept
    assert kept.count(b"\n--") == content.count(b"\n--")
    assert len(kept) <= len(content)
