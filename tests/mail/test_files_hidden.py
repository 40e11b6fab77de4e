"""A message that another one has swallowed is never overlooked, and ordinary text is never taken for one.

Whether a separator counts is tested with the mbox.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.message import Source
from retention.mail.files.hidden import ANOTHER, DATA, MORE
from retention.mail.files.reading import message_of
from tests.mail.bench import letter, with_file
from tests.mail.filing import SEPARATOR, read

HERE = Source(file="/mail/a.eml")
FIRST, SECOND = (letter(number).replace(b"\r\n", b"\n") for number in (1, 2))
SWALLOWING = {
    "no empty line before it": SEPARATOR,
    "a date of another kind": b"\nFrom carla@x 2019-03-04 15:30:00\n",
    "no weekday": b"\nFrom ???@??? Mar 4 15:30:00 2019\n",
    "no date": b"\nFrom carla@x\n",
    "nothing but the word": b"\nFrom \n",
    "a very long sender": b"\nFrom " + b"carla" * 300 + b"@x\n",
}
FOOTERS = {
    "a list's": b"\n____\nExmh-workers mailing list\nExmh-workers@redhat.example\nhttps://redhat.example/exmh\n\n",
    "with one line like a header": b"\n--\nTo unsubscribe, write to majordomo with\nSubject: unsubscribe\n",
    "an advertisement": b"This SF.NET email is sponsored by: AMD\nRegister now. Code: EX8664\nhttp://x.example/lab\n",
    "a signature in another alphabet": "\nПока!\x1b[0m\f\n".encode(),
}
BEHIND = {
    "a whole message": (b"\n" + SECOND, ANOTHER),
    "the last headers of one": (b"Subject: secret\nDate: Mon, 4 Mar 2019 15:30:00 +0000\n\nhi\n", ANOTHER),
    "an archive": (b"PK\x03\x04secret", DATA),
    "an Outlook message": (b"\n\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", DATA),
    "a PST": (b"!BDN\x01", DATA),
    "a long text": (b"and then we met in Elm Street\n" * 200, MORE),
    "empty lines, and who knows what behind them": (b"\n" * 200_000 + b"secret", MORE),
}
ORDINARY = (
    b"From here on we go\nand go\n", b"From now on:\nhttp://x.example\n", b"From ten to\n12:30 we meet\n",
    b"From: Bob\nTo: Ann\nSubject: cake\n", b">From ann@x Mon Mar  4 15:30:00 2019\nSubject: cake\n",
    b"He came From ann@x\nSubject: cake\n", b"FROM ann\nSubject: cake\n",
)  # fmt: skip


def trouble(content: bytes, piece: int = 1 << 20) -> str | None:
    return message_of("a", (content[at : at + piece] for at in range(0, len(content), piece)), HERE).trouble


@pytest.mark.parametrize("separator", SWALLOWING.values(), ids=SWALLOWING)
def test_a_message_in_an_mbox_that_swallowed_the_next_one_is_not_judged(tmp_path: Path, separator: bytes) -> None:
    (tmp_path / "Inbox").write_bytes(SEPARATOR + FIRST + separator + SECOND + b"\n" + SEPARATOR + FIRST)
    assert [row.trouble for row in read(tmp_path)] == [ANOTHER, None]


@pytest.mark.parametrize("name", ["a.eml", "Inbox", "cur/1.city:2,S"])
def test_a_plain_message_before_the_first_separator_does_not_hide_the_others(tmp_path: Path, name: str) -> None:
    for folder in ("cur", "new") if "/" in name else ():
        (tmp_path / folder).mkdir()
    (tmp_path / name).write_bytes(FIRST + b"\n" + SEPARATOR + SECOND)
    assert [row.trouble for row in read(tmp_path)] == [ANOTHER]


def test_a_saved_message_that_begins_like_an_mbox_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(SEPARATOR + FIRST)
    assert [row.trouble for row in read(tmp_path)] == [None]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_swallowed_message_is_seen_behind_line_ends_of_any_kind(end: bytes) -> None:
    assert trouble(FIRST + (SEPARATOR + SECOND).replace(b"\n", end)) == ANOTHER


@given(st.integers(1, 400), st.sampled_from(tuple(SWALLOWING.values())), st.integers(0, 300))
def test_a_swallowed_message_is_seen_wherever_the_pieces_end(piece: int, separator: bytes, filling: int) -> None:
    assert trouble(FIRST + b"x" * filling + b"\n" + separator + SECOND, piece) == ANOTHER


@pytest.mark.parametrize("text", ORDINARY)
def test_text_that_speaks_of_from_puts_no_message_in_doubt(text: bytes) -> None:
    assert trouble(FIRST + b"\n" + text) is None
    assert trouble(FIRST + b"\n" + text, 3) is None


@pytest.mark.parametrize("text", FOOTERS.values(), ids=FOOTERS)
def test_a_footer_behind_the_last_part_puts_no_message_in_doubt(text: bytes) -> None:
    assert trouble(with_file(1, "a.pdf") + text) is None


@pytest.mark.parametrize(("text", "said"), BEHIND.values(), ids=BEHIND)
def test_what_lies_behind_the_last_part_and_is_no_footer_is_not_overlooked(text: bytes, said: str) -> None:
    assert trouble(with_file(1, "a.pdf") + text) == said


def test_data_behind_a_text_is_not_overlooked(tmp_path: Path) -> None:
    (tmp_path / "Inbox").write_bytes(SEPARATOR + FIRST + b"\n\n" + bytes(4096) + b"!BDN secret")
    assert [row.trouble for row in read(tmp_path)] == [DATA]
