"""Folders in which each file is one message, and what else lies in a source that somebody added.

What it has in common with other files is in ``test_files_contract.py``.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from retention.core.message import MessageRef
from retention.mail.files import opening
from retention.mail.files.finding import name_of, shown_name
from retention.mail.interface import ContentUnavailable, FolderUnreadable, MailboxUnreadable, MessageGone
from tests.mail import msg_writing as writing
from tests.mail.bench import LONG_AGO, letter
from tests.mail.filing import SEPARATOR, content_of, folder_of, opened, read


def unread(path: Path) -> tuple[str, ...]:
    mail, mailbox = opened(path)
    return mail.uncovered(mailbox)


def test_a_file_is_taken_for_mail_by_what_is_in_it(tmp_path: Path) -> None:
    for name in ("a.eml", "b.msg", "c.txt", "d", "e.EML"):
        (tmp_path / name).write_bytes(letter(1))
    (tmp_path / "f.eml").write_bytes(b"nothing like a message")
    (tmp_path / "g.txt").write_bytes(b"Dear Ann,\nwe meet: on Monday.\n")
    (tmp_path / "h").write_bytes(SEPARATOR + letter(2) + b"\n")
    rows = {row.id: row.trouble for row in read(tmp_path)}
    assert rows == {f"#{name}": None for name in ("a.eml", "b.msg", "c.txt", "d", "e.EML")} | {
        "#f.eml": "it has none of the headers that mail has",
        "h#0": None,
    }
    assert unread(tmp_path) == ("Not read: g.txt (no mail was recognised in it).",)


def test_a_saved_message_that_begins_like_an_mbox_is_one_message_with_all_its_bytes(tmp_path: Path) -> None:
    content = SEPARATOR.replace(b"2019", b"2020") + letter(1)
    (tmp_path / "a.eml").write_bytes(content)
    (tmp_path / "b.eml").write_bytes(SEPARATOR + letter(2) + b"\n" + SEPARATOR + letter(3))
    rows = {row.id: row for row in read(tmp_path)}
    assert list(rows) == ["#a.eml", "b.eml#0", f"b.eml#{len(SEPARATOR + letter(2)) + 1}"]
    assert content_of(tmp_path, rows["#a.eml"]) == content
    assert (rows["#a.eml"].sender, rows["#a.eml"].received_at) == ("carla.ruiz@example.org", LONG_AGO)


def test_one_file_can_be_added_alone(tmp_path: Path) -> None:
    for name in ("one.eml", "other.eml"):
        (tmp_path / name).write_bytes(letter(1))
    (row,) = read(tmp_path / "one.eml")
    assert row.source and row.source.file == str(tmp_path / "one.eml")
    assert content_of(tmp_path / "one.eml", row) == letter(1)
    mail, mailbox = opened(tmp_path / "one.eml")
    assert [folder.path for folder in mail.folders(mailbox)] == ["one.eml"]


@pytest.mark.parametrize(
    "name", ["50% #1.eml", "%23.eml", "Ö ü.eml", os.fsdecode(b"caf\xe9.eml"), "-rf.eml", "a\nb.eml"]
)
def test_whatever_a_file_is_called_its_message_is_found_again(tmp_path: Path, name: str) -> None:
    folder = tmp_path / os.fsdecode(b"B\xfcro #2")
    folder.mkdir()
    (folder / name).write_bytes(letter(1))
    (row,) = read(tmp_path)
    row.id.encode(), (row.source.file if row.source else "").encode()
    assert content_of(tmp_path, row) == letter(1)
    assert name_of(shown_name(name)) == name


def test_a_file_that_cannot_be_opened_is_that_message_s_trouble_and_the_others_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (tmp_path / f"{number}.eml").write_bytes(letter(number))
    open_ = opening.opened

    def refused(path: str | Path) -> object:
        if str(path).endswith("1.eml"):
            raise PermissionError(13, "Permission denied")
        return open_(path)

    monkeypatch.setattr(opening, "opened", refused)
    assert [(row.subject, row.trouble) for row in read(tmp_path)] == [
        ("Letter 0", None),
        (None, "permission denied"),
        ("Letter 2", None),
    ]
    mail, mailbox = opened(tmp_path)
    with pytest.raises(ContentUnavailable, match="permission denied"):
        list(mail.content(MessageRef(mailbox.id, "#1.eml")))


def test_a_file_of_which_nobody_can_say_what_it_is_stops_nothing_and_is_never_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.eml").write_bytes(letter(1))
    (tmp_path / "Inbox").write_bytes(SEPARATOR + letter(2))
    open_ = opening.opened

    def refused(path: str | Path) -> object:
        if str(path).endswith("Inbox"):
            raise PermissionError(13, "Permission denied")
        return open_(path)

    monkeypatch.setattr(opening, "opened", refused)
    mail, mailbox = opened(tmp_path)
    loose, inbox = mail.folders(mailbox)
    assert [row.subject for page in mail.pages(mailbox, loose, None) for row in page.messages] == ["Letter 1"]
    with pytest.raises(FolderUnreadable, match="permission denied"):
        list(mail.pages(mailbox, inbox, None))


def test_no_link_leads_out_of_the_source(tmp_path: Path) -> None:
    outside, source = tmp_path / "outside", tmp_path / "source"
    for folder in (outside, source, source / "kept"):
        folder.mkdir()
        (folder / "a.eml").write_bytes(letter(1))
    (source / "file.eml").symlink_to(outside / "a.eml")
    (source / "folder").symlink_to(outside)
    (source / "inside").symlink_to(source / "kept")
    (source / "lost.eml").symlink_to(tmp_path / "nowhere")
    assert [row.id for row in read(source)] == ["#a.eml", "kept#a.eml"]
    assert unread(source) == ("Not read: file.eml, folder, lost.eml (it is a link to a place outside).",)
    mail, mailbox = opened(source)
    for id_ in ("#file.eml", "folder#a.eml", "../outside#a.eml", "#../outside/a.eml", "#lost.eml", "#", "kept#", ""):
        with pytest.raises((MessageGone, ContentUnavailable)):
            list(mail.content(MessageRef(mailbox.id, id_)))


def test_a_link_that_was_added_itself_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "Inbox").write_bytes(SEPARATOR + letter(1))
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    (tmp_path / "file").symlink_to(tmp_path / "real" / "Inbox")
    for path in (tmp_path / "folder", tmp_path / "file"):
        (row,) = read(path)
        assert content_of(path, row) == letter(1)
        assert row.source and row.source.file == str(tmp_path / "real" / "Inbox")


def test_what_is_not_read_is_said_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "old.zip").write_bytes(b"PK\x03\x04rest")
    (tmp_path / "Trash").write_bytes(b"")
    (tmp_path / "Inbox.msf").write_bytes(b"// <!-- <mdb:mork:z")
    (tmp_path / "letter.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    os.mkfifo(tmp_path / "pipe.eml")
    for number in range(8):
        (tmp_path / f"{number}.jpg").write_bytes(b"\xff\xd8\xff")
    assert sorted(unread(tmp_path)) == [
        "Not read: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 4 more (no mail was recognised in it).",
        "Not read: Inbox.msf (it is a mail program's own list and holds no mail).",
        "Not read: Trash (it is empty).",
        "Not read: old.zip (it is packed; unpack it beside it).",
        "Not read: pipe.eml (it is no file).",
    ]
    assert read(tmp_path) == []


def test_an_empty_message_is_there_and_cannot_be_judged(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"")
    (row,) = read(tmp_path)
    assert row.trouble == "it is empty" and row.received_at is None


def test_a_source_that_is_not_there_is_a_mailbox_that_cannot_be_read(tmp_path: Path) -> None:
    mail, mailbox = opened(tmp_path / "old.pst")
    with pytest.raises(MailboxUnreadable, match=r"old\.pst: no such file"):
        mail.folders(mailbox)
    assert mail.uncovered(mailbox) == (f"Nothing can be read at {tmp_path}/old.pst: no such file or directory.",)
    with pytest.raises(ContentUnavailable):
        list(mail.content(MessageRef(mailbox.id, "#a.eml")))


def test_a_folder_that_is_gone_by_now_says_so(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.eml").write_bytes(letter(1))
    mail, mailbox = opened(tmp_path)
    folder = folder_of(mail, mailbox, "sub")
    (tmp_path / "sub" / "a.eml").unlink()
    (tmp_path / "sub").rmdir()
    with pytest.raises(FolderUnreadable, match="no mail at sub any more"):
        list(mail.pages(mailbox, folder, None))


def test_outlook_s_own_messages_are_read_beside_the_others(tmp_path: Path) -> None:
    pytest.importorskip("olefile", reason="needs retention[outlook]")
    writing.write(tmp_path / "a.msg", writing.message({(0x001A, 0x1F): "IPM.Note", (0x0037, 0x1F): "From Outlook"}))
    (tmp_path / "b.eml").write_bytes(letter(2))
    (tmp_path / "c.msg").write_bytes((tmp_path / "a.msg").read_bytes()[:700])
    rows = {row.id: row for row in read(tmp_path)}
    assert [rows[id_].subject for id_ in ("#a.msg", "#b.eml")] == ["From Outlook", "Letter 2"]
    outlook = rows["#a.msg"]
    assert outlook.rebuilt is not None and outlook.source
    assert outlook.source.sha256 == hashlib.sha256((tmp_path / "a.msg").read_bytes()).hexdigest()
    assert outlook.version == hashlib.sha256(content_of(tmp_path, outlook)).hexdigest()
    assert rows["#c.msg"].trouble
