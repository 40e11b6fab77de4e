"""Files as a mail system: cursors, readers side by side, what stays open, and that nothing is ever written.

What it has in common with other mail systems is in ``test_files_contract.py``.
"""

from __future__ import annotations

import ast
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.files import file_source
from retention.core.message import Cursor, MessageRef
from retention.mail.files.system import FilesMail
from retention.mail.interface import FolderUnreadable, MailTrouble, MessageGone
from tests.conftest import ROOT
from tests.mail.bench import ANN, BOB, Copy, letter
from tests.mail.filing import SEPARATOR, folder_of, opened

BITS = (
    SEPARATOR, b"From: a@b.example\n", b"Subject: x\r\n", b"\n", b"\r\n\r\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"Content-Type: multipart/mixed; boundary=b\n\n", b"--b\n", b"Date: Mon, 04 Mar 2019 15:30:00 +0000\n", b"\xff\x00",
)  # fmt: skip
WRITES = {
    *("unlink", "rmdir", "rename", "renames", "rmtree", "mkdir", "makedirs", "write_bytes", "write_text"),
    *("truncate", "ftruncate", "chmod", "utime", "symlink_to", "hardlink_to", "touch", "copyfile"),
}


def mbox(path: Path, count: int = 5) -> Path:
    path.write_bytes(b"".join(SEPARATOR + letter(number) + b"\n" for number in range(count)))
    return path


def test_a_source_is_known_by_its_path_and_named_after_its_custodian_and_its_file() -> None:
    source = file_source("/mail/Old Mail.pst", "Ann@City.example")
    assert source.name == "ann@city.example/Old Mail.pst"
    assert source.id == file_source("/mail/Old Mail.pst", BOB).id != file_source("/mail/old mail.pst", ANN).id
    assert source.id.startswith("files:") and len(source.id) == 22
    (mailbox,) = FilesMail((source,)).mailboxes()
    assert (mailbox.address, mailbox.name, mailbox.in_files) == (source.name, "Old Mail.pst", True)


@pytest.mark.parametrize("cursor", ["", "x", "{}", '{"after":3}', "null", '{"sha256":"00","size":1,"after":"9"}'])
def test_a_cursor_that_says_nothing_means_reading_from_the_beginning(tmp_path: Path, cursor: str) -> None:
    mail, mailbox = opened(mbox(tmp_path / "Inbox"), 2)
    pages = list(mail.pages(mailbox, folder_of(mail, mailbox, "Inbox"), Cursor(cursor)))
    assert [page.restart for page in pages] == [True, False, False]
    assert sum(len(page.messages) for page in pages) == 5


def test_a_container_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    mbox(tmp_path / "Inbox")
    (tmp_path / "broken.pst").write_bytes(b"!BDN" + bytes(5000))
    mail, mailbox = opened(tmp_path)
    told = {}
    for folder in mail.folders(mailbox):
        try:
            told[folder.path] = sum(len(page.messages) for page in mail.pages(mailbox, folder, None))
        except FolderUnreadable as trouble:
            assert len(str(trouble)) > 20
            told[folder.path] = -1
    mail.close()
    assert told == {"Inbox": 5, "broken.pst": -1}


def test_a_file_that_took_another_s_place_is_the_one_that_is_read(tmp_path: Path) -> None:
    file = mbox(tmp_path / "Inbox", 1)
    mail, mailbox = opened(file)
    ref = MessageRef(mailbox.id, "#0")
    first = b"".join(mail.content(ref))
    (tmp_path / "new").write_bytes(SEPARATOR + letter(9))
    (tmp_path / "new").rename(file)
    assert (first, b"".join(mail.content(ref))) == (letter(0), letter(9))
    file.write_bytes(b"")
    with pytest.raises((MessageGone, MailTrouble)):
        list(mail.content(ref))


@pytest.mark.parametrize("name", ["Inbox", "a.eml", "cur/1.city:2,"])
@pytest.mark.parametrize("in_place", [True, False])
def test_a_file_swapped_for_one_of_the_same_size_and_date_is_read_again(
    tmp_path: Path, name: str, in_place: bool
) -> None:
    source, other, copy = tmp_path / "source", tmp_path / "other", Copy()
    for folder in ("cur", "new") if "/" in name else (".",):
        (source / folder).mkdir(parents=True)
    file, line = source / name, SEPARATOR if name == "Inbox" else b""
    file.write_bytes(line + letter(1, "Lunch"))
    was = file.stat()
    dates = was.st_atime_ns, was.st_mtime_ns
    mail, mailbox = opened(source)
    (folder_,) = mail.folders(mailbox)
    copy.follow(mail.pages(mailbox, folder_, None))
    other.write_bytes(line + letter(1, "Crime"))
    if in_place:
        file.write_bytes(other.read_bytes())
    else:
        other.replace(file)
    os.utime(file, ns=dates)
    while file.stat().st_ctime_ns == was.st_ctime_ns:
        os.utime(file, ns=dates)  # the clock of a file system goes in steps
    copy.follow(mail.pages(mailbox, folder_, copy.cursor))
    assert [row.subject for row in copy.rows.values()] == ["Crime"]
    mail.close()


def test_many_readers_side_by_side_read_the_same(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        mbox(tmp_path / name, 40)
    mail, mailbox = opened(tmp_path, 7)

    def read(number: int) -> str:
        folder = folder_of(mail, mailbox, "abc"[number % 3])
        copy = Copy()
        copy.follow(mail.pages(mailbox, folder, None))
        contents = [b"".join(mail.content(row.ref)) for row in copy.rows.values()]
        return hashlib.sha256(b"".join(contents)).hexdigest()

    with ThreadPoolExecutor(8) as readers:
        assert len(set(readers.map(read, range(24)))) == 1
    mail.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list a process's open files")
def test_nothing_stays_open_of_what_was_read_given_up_or_closed_half_way(tmp_path: Path) -> None:
    for number in range(12):
        mbox(tmp_path / f"box{number:02}", 9)
    before = len(os.listdir("/proc/self/fd"))
    mail, mailbox = opened(tmp_path, 2)
    folders = mail.folders(mailbox)
    half = [mail.pages(mailbox, folder, None) for folder in folders]
    contents = [mail.content(MessageRef(mailbox.id, f"box{number:02}#0")) for number in range(12)]
    for each in (*half, *contents):
        assert next(each)
    for each in (*half[:6], *contents[:6]):
        each.close()
    mail.close()
    assert len(os.listdir("/proc/self/fd")) == before
    for each in (*half[6:], *contents[6:]):
        with suppress(MailTrouble):
            list(each)
    assert len(os.listdir("/proc/self/fd")) == before


def test_reading_leaves_no_trace(tmp_path: Path) -> None:
    mbox(tmp_path / "Inbox")
    (tmp_path / "a.eml").write_bytes(letter(1))
    for place in ("cur", "new"):
        (tmp_path / "Mail" / place).mkdir(parents=True)
        (tmp_path / "Mail" / place / "1.x").write_bytes(letter(2))
    before = _marks(tmp_path)
    mail, mailbox = opened(tmp_path)
    for folder in mail.folders(mailbox):
        for page in mail.pages(mailbox, folder, None):
            for row in page.messages:
                assert mail.look(row.ref).version == row.version
    mail.close()
    assert _marks(tmp_path) == before


def _marks(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = ((path, path.stat()) for path in (folder, *folder.rglob("*")))
    return {str(path): (told.st_mtime_ns, told.st_ctime_ns, told.st_size) for path, told in found}


def test_no_line_of_this_room_writes_moves_or_deletes_a_file() -> None:
    for path in sorted((ROOT / "retention" / "mail" / "files").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            assert name not in WRITES, f"{path.name} line {node.lineno}: {name}"
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "io.open"):
                assert ast.unparse(node.args[1]) == "'rb'", f"{path.name} line {node.lineno}: files are opened to read"


@settings(max_examples=150)
@given(
    st.sampled_from(["a.eml", "Inbox", "old.msg", "mail"]),
    st.lists(st.sampled_from(BITS) | st.binary(max_size=12), max_size=20),
)
def test_no_file_is_too_strange(tmp_path_factory: pytest.TempPathFactory, name: str, bits: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("strange")
    (folder / name).write_bytes(b"".join(bits))
    mail, mailbox = opened(folder, 2)
    rows, troubles = [], 0
    for inner in mail.folders(mailbox):
        try:
            rows += [row for page in mail.pages(mailbox, inner, None) for row in page.messages]
        except FolderUnreadable:
            troubles += 1
    assert rows or troubles or mail.uncovered(mailbox)
    for row in rows:
        with suppress(MailTrouble):
            assert hashlib.sha256(b"".join(mail.content(row.ref))).hexdigest() == row.version
    msgspec.json.encode(rows)
    mail.close()
