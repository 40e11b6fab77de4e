"""An mbox: where its messages end, what it says beside them, and how it is followed while it grows.

What it has in common with other files is in ``test_files_contract.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.mail.files import separators
from retention.mail.files.mbox import Mbox
from retention.mail.files.separators import said_at
from retention.mail.interface import FolderUnreadable
from tests.mail.bench import LONG_AGO, Copy, letter
from tests.mail.filing import SEPARATOR, content_of, folder_of, opened, read

NOON = datetime(2016, 6, 30, 12, 31, 44, tzinfo=UTC)


def mbox(path: Path, *contents: bytes, separator: bytes = SEPARATOR, end: bytes = b"\n") -> Path:
    path.write_bytes(b"".join(separator + content + end for content in contents))
    return path


def with_body(body: bytes) -> bytes:
    return letter(1).replace(b"This is letter 1.\r\n", body)


BODIES = {
    "a sentence": b"Hello\n\nFrom now on we meet on Mondays.\nNote: bring cake\n",
    "a sentence with a time": b"Hello\n\nFrom Mon Jan 12 we meet\nNote: bring cake\n",
    "a separator in the middle of a paragraph": b"He wrote:\nFrom ann@x Mon Mar  4 15:30:00 2019\nSubject: cake\n",
    "a separator and no header after it": b"He wrote:\n\nFrom ann@x Mon Mar  4 15:30:00 2019\nand no more\n",
    "a separator at the very end": b"He wrote:\n\nFrom ann@x Mon Mar  4 15:30:00 2019\n",
    "a separator that was quoted": b"Hello\n\n>From ann@x Mon Mar  4 15:30:00 2019\nSubject: cake\n",
    "a sentence after a date": b"Hello\n\nFrom ann@x Mon Mar  4 15:30:00 2019 it was so\nSubject: cake\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_speaks_of_from_is_still_one_body_as_it_lies(tmp_path: Path, body: bytes) -> None:
    contents = [letter(0), with_body(body), letter(2)]
    file = mbox(tmp_path / "Inbox", *contents)
    rows = read(file)
    assert [content_of(file, row) for row in rows] == contents


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        (b"From ann@x Thu Jun 30 12:31:44 2016\n", NOON),
        (b"From ann@x Fri Dec 31 23:59:59 9999\n", None),
        (b"From ann@x Mon Jan  1 00:00:00 +1400 0001\n", None),
        (b"From 1538564978720419823@xxx Thu Jun 30 12:31:44 +0000 2016\r\n", NOON),
        (b"From - Thu Jun 30 12:31:44 2016\n", NOON),
        (b"From MAILER-DAEMON Thu Jun 30 05:31:44 2016 -0700\n", NOON),
        (b"From ann@x Thu, 30 Jun 2016 14:31:44 +0200\n", NOON),
        (b"From ann@x  Thu Jun 30 12:31:44 GMT 2016\n", NOON),
        (b'From "Ann Doe"@x Thu Jun 30 12:31:44 2016 remote from city\n', NOON),
        (b"From ann@x Thu Jun 30 12:31 2016\n", NOON.replace(second=0)),
        (b"From ann@x Thu Jun 31 12:31:44 2016\n", None),
        (b"From ann@x Thu Foo 30 12:31:44 2016\n", None),
        (b"From ann@x\n", None),
    ],
)
def test_the_line_before_a_message_says_when_it_came(line: bytes, moment: datetime | None) -> None:
    assert said_at(line) == moment


def test_line_ends_of_either_kind_belong_to_the_mbox_and_not_to_its_messages(tmp_path: Path) -> None:
    windows = mbox(tmp_path / "a", letter(0), letter(1), separator=SEPARATOR.replace(b"\n", b"\r\n"), end=b"\r\n")
    bare = mbox(tmp_path / "b", *(letter(number).replace(b"\r\n", b"\n") for number in range(2)))
    assert [content_of(windows, row) for row in read(windows)] == [letter(0), letter(1)]
    assert [content_of(bare, row) for row in read(bare)] == [letter(n).replace(b"\r\n", b"\n") for n in range(2)]


def test_the_length_that_a_header_states_is_not_believed(tmp_path: Path) -> None:
    contents = [letter(0, "", "Content-Length: 1000000"), letter(1, "", "Content-Length: 3"), letter(2)]
    file = mbox(tmp_path / "Inbox", *contents)
    assert [content_of(file, row) for row in read(file)] == contents


def test_the_last_message_is_read_where_the_file_was_cut_off(tmp_path: Path) -> None:
    file = mbox(tmp_path / "Inbox", letter(0), letter(1))
    content = file.read_bytes()
    for stop in range(len(SEPARATOR + letter(0)), len(content)):
        file.write_bytes(content[:stop])
        rows = read(file)
        assert rows and content_of(file, rows[0]).startswith(letter(0))
        assert all(letter(1).startswith(content_of(file, row)) for row in rows[1:])
    assert len(rows) == 2


def test_marks_that_mail_programs_keep_in_the_headers_are_read(tmp_path: Path) -> None:
    marks = ["Status: RO", "Status: O", "X-Mozilla-Status: 0001", "X-Mozilla-Status: 0008", "X-Other: 1"]
    file = mbox(tmp_path / "Inbox", *(letter(number, "", mark) for number, mark in enumerate(marks)))
    assert [row.is_read for row in read(file)] == [True, False, True, False, None]


BITS = (
    b"From ann@x Mon Mar  4 15:30:00 2019\n", b"From ", b"\n", b"\n\n", b"\r\n", b"Subject: x\n", b"From: a\n", b"x",
    b"\nFrom ann@x Mon Mar  4 15:30:00 2019\nSubject: y\n\n", b"\xff\x00", b"-" * 50,
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.sampled_from(BITS), max_size=25), st.integers(1, 90))
def test_however_it_is_read_the_messages_are_the_same_and_no_byte_is_lost(
    tmp_path_factory: pytest.TempPathFactory, bits: list[bytes], piece: int
) -> None:
    content = SEPARATOR + b"Subject: first\n" + b"".join(bits)
    file = tmp_path_factory.getbasetemp() / "mbox"
    file.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        at_once = _contents(file)
        patch.setattr(separators, "PIECE", piece)
        assert _contents(file) == at_once
    starts = [start for start, _ in at_once]
    for (start, said), stop in zip(at_once, [*starts[1:], len(content)], strict=True):
        line = content[start:].partition(b"\n")[0] + b"\n"
        between = content[start + len(line) : stop]
        assert between.removesuffix(b"\r\n") == said or between.removesuffix(b"\n") == said or between == said


def _contents(file: Path) -> list[tuple[int, bytes]]:
    container = Mbox(file)
    found = [(int(row.id), b"".join(container.content(row.id))) for row in container.messages("", "")]
    container.close()
    return found


# -- following one


def follow(file: Path, copy: Copy, page_size: int = 2) -> list[tuple[bool, int]]:
    """Reads on; whether each page began anew, and how many messages it told."""
    mail, mailbox = opened(file, page_size)
    pages = copy.follow(mail.pages(mailbox, folder_of(mail, mailbox, file.name), copy.cursor))
    mail.close()
    return [(page.restart, len(page.messages)) for page in pages]


def test_one_that_only_grew_is_read_on_from_where_it_ended(tmp_path: Path) -> None:
    file, copy = mbox(tmp_path / "Inbox", *map(letter, range(5))), Copy()
    assert follow(file, copy) == [(True, 2), (False, 2), (False, 1)]
    with file.open("ab") as stream:
        stream.write(SEPARATOR + letter(5) + b"\n")
    assert follow(file, copy) == [(False, 1)]
    assert [row.subject for row in copy.rows.values()] == [f"Letter {number}" for number in range(6)]
    assert follow(file, copy) == [(False, 0)]


def test_one_that_was_still_being_written_when_it_was_read_begins_anew(tmp_path: Path) -> None:
    file, copy = mbox(tmp_path / "Inbox", letter(0), letter(1)), Copy()
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    follow(file, copy)
    file.write_bytes(whole + SEPARATOR + letter(2) + b"\n")
    assert follow(file, copy)[0][0]
    assert {row.size for row in copy.rows.values()} == {len(letter(0))}


def test_one_in_which_an_earlier_message_changed_begins_anew(tmp_path: Path) -> None:
    file, copy = mbox(tmp_path / "Inbox", letter(0), letter(1)), Copy()
    follow(file, copy)
    mbox(file, letter(7), letter(1), letter(2))
    assert follow(file, copy)[0] == (True, 2)
    assert sorted(row.subject or "" for row in copy.rows.values()) == ["Letter 1", "Letter 2", "Letter 7"]


def test_one_that_was_only_touched_is_the_same(tmp_path: Path) -> None:
    file, copy = mbox(tmp_path / "Inbox", letter(0)), Copy()
    follow(file, copy)
    os.utime(file, (1, 1))
    assert follow(file, copy) == [(False, 0)]


def test_one_that_changes_while_it_is_read_says_so_and_is_whole_the_next_time(tmp_path: Path) -> None:
    file, copy = mbox(tmp_path / "Inbox", *map(letter, range(5))), Copy()
    mail, mailbox = opened(file, 2)
    pages = mail.pages(mailbox, folder_of(mail, mailbox, "Inbox"), None)
    copy.take(next(pages))
    mbox(file, *map(letter, range(6, 12)))
    with pytest.raises(FolderUnreadable, match="changed while it was read"):
        copy.follow(pages)
    mail.close()
    assert follow(file, copy)[0][0]
    assert sorted(row.subject or "" for row in copy.rows.values()) == sorted(f"Letter {n}" for n in range(6, 12))


def test_the_line_that_an_export_put_before_a_message_counts_only_where_the_message_has_no_date(tmp_path: Path) -> None:
    late = SEPARATOR.replace(b"2019", b"2021")
    undated = letter(2).replace(b"Date:", b"X-Was-Date:")
    (one,) = read(mbox(tmp_path / "exported", letter(1), separator=late))
    (two,) = read(mbox(tmp_path / "undated", undated, separator=late))
    assert (one.received_at, two.received_at) == (LONG_AGO, LONG_AGO.replace(year=2021))
    assert (one.sent_at, two.sent_at) == (LONG_AGO, None)


# -- size

READS_IT = """
import resource, sys
from pathlib import Path
from tests.mail.filing import opened
mail, mailbox = opened(Path(sys.argv[1]))
(folder,) = mail.folders(mailbox)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told = sum(len(page.messages) for page in mail.pages(mailbox, folder, None))
print(told, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_two_gigabytes_with_one_endless_line_take_little_memory(tmp_path: Path) -> None:
    file = mbox(tmp_path / "Sent", *(letter(number) for number in range(2000)))
    with file.open("ab") as stream:
        stream.write(SEPARATOR + letter(2000))
        # The hole is read as zeros, all in one line, and takes no room on the disk.
        stream.truncate(2 * 1024**3)
        stream.seek(0, os.SEEK_END)
        stream.write(b"\n\n" + b"".join(SEPARATOR + letter(number) + b"\n" for number in range(2001, 2100)))
    done = subprocess.run([sys.executable, "-c", READS_IT, str(file)], capture_output=True, text=True, check=True)
    told, megabytes = map(int, done.stdout.split())
    assert told == 2100
    assert megabytes < 48
