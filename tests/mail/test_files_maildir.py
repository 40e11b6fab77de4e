"""A Maildir: its folders, its flags, and that nothing is lost of one in which mail programs are at work.

What it has in common with other files is in ``test_files_contract.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.mail.files.maildir import readable
from tests.mail.bench import ANN, Copy, letter
from tests.mail.filing import MaildirBench, content_of, folder_of, opened, read


def maildir(path: Path, count: int = 6) -> list[Path]:
    for place in ("cur", "new", "tmp"):
        (path / place).mkdir(parents=True)
    files = [path / "cur" / f"15517134{number:02}.M1P1.city:2,S" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(letter(number))
    return files


def test_flags_say_what_was_read_and_what_is_a_draft(tmp_path: Path) -> None:
    (file, *_) = maildir(tmp_path / "Mail", 1)
    for name in ("a:2,", "b:2,D", "c:2,DS", "d", "e!2,S", "f;2,RS"):
        (file.parent / name).write_bytes(letter(1))
    (tmp_path / "Mail" / "new" / "g").write_bytes(letter(1))
    told = {row.id.rpartition("/")[2]: (row.is_read, row.is_draft) for row in read(tmp_path / "Mail")}
    assert told == {
        "1551713400.M1P1.city": (True, False),
        "a": (False, False),
        "b": (False, True),
        "c": (True, True),
        "d": (False, False),
        "e": (True, False),
        "f": (True, False),
        "g": (False, False),
    }


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Sent", "Sent"),
        ("Projects.Harbor", "Projects/Harbor"),
        ("Entw&APw-rfe", "Entwürfe"),
        ("&U,BTFw-", "台北"),
        ("R&-D", "R&D"),
        ("&AAAA", "&AAAA"),
        ("&AA-", "&AA-"),
        ("a#b", "a%23b"),
    ],
)
def test_folders_are_named_as_a_reader_would_write_them(name: str, path: str) -> None:
    assert readable(name) == path


def test_the_same_name_in_two_folders_is_two_messages(tmp_path: Path) -> None:
    (file, *_) = maildir(tmp_path / "Mail", 1)
    for place in ("cur", "new", "tmp"):
        (tmp_path / "Mail" / ".Sent" / place).mkdir(parents=True)
    (tmp_path / "Mail" / ".Sent" / "cur" / file.name).write_bytes(letter(5))
    rows = read(tmp_path / "Mail")
    assert sorted(row.subject or "" for row in rows) == ["Letter 0", "Letter 5"]
    assert len({row.id for row in rows}) == 2
    assert sorted(content_of(tmp_path / "Mail", row) for row in rows) == [letter(0), letter(5)]


def test_what_is_renamed_or_moved_to_cur_while_it_is_read_is_read_all_the_same(tmp_path: Path) -> None:
    files = maildir(tmp_path / "Mail")
    waiting = tmp_path / "Mail" / "new" / "1551713499.M1P1.city"
    waiting.write_bytes(letter(99))
    mail, mailbox = opened(tmp_path / "Mail", 2)
    copy = Copy()
    for page in mail.pages(mailbox, folder_of(mail, mailbox, "Mail"), None):
        copy.take(page)
        for file in files:
            flagged = file.with_name(file.name + "F" * len(copy.rows))
            for known in file.parent.glob(file.name.partition(":")[0] + "*"):
                known.rename(flagged)
        if waiting.exists():
            waiting.rename(tmp_path / "Mail" / "cur" / f"{waiting.name}:2,")
    assert sorted(row.subject or "" for row in copy.rows.values()) == [*(f"Letter {n}" for n in range(6)), "Letter 99"]
    assert not any(row.trouble for row in copy.rows.values())
    mail.close()


def test_what_goes_while_it_is_read_is_no_trouble_and_what_comes_is_read_next_time(tmp_path: Path) -> None:
    files = maildir(tmp_path / "Mail")
    mail, mailbox = opened(tmp_path / "Mail", 2)
    folder, copy = folder_of(mail, mailbox, "Mail"), Copy()
    pages = mail.pages(mailbox, folder, None)
    copy.take(next(pages))
    files[4].unlink()
    (files[0].parent / "0000000001.first").write_bytes(letter(50))
    copy.follow(pages)
    assert [row.subject for row in copy.rows.values()] == ["Letter 0", "Letter 1", "Letter 2", "Letter 3", "Letter 5"]
    again = copy.follow(mail.pages(mailbox, folder, copy.cursor))
    assert again[0].restart
    assert {row.subject for row in copy.rows.values()} == {f"Letter {n}" for n in (0, 1, 2, 3, 5, 50)}
    mail.close()


def test_what_has_another_flag_by_the_next_reading_is_told_with_it(tmp_path: Path) -> None:
    bench = MaildirBench(tmp_path)
    id_ = bench.add(ANN, "Inbox", letter(1))
    (mailbox,) = bench.mail.mailboxes()
    folder, copy = folder_of(bench.mail, mailbox, "Inbox"), Copy()
    copy.follow(bench.mail.pages(mailbox, folder, None))
    file = bench.file(ANN, id_)
    file.rename(file.with_name(file.name.replace(":2,S", ":2,DS")))
    copy.follow(bench.mail.pages(mailbox, folder, copy.cursor))
    assert copy.rows[id_].is_draft
    assert copy.rows[id_].source and copy.rows[id_].source.file.endswith(":2,DS")


def test_messages_still_being_delivered_are_left_alone(tmp_path: Path) -> None:
    maildir(tmp_path / "Mail", 1)
    (tmp_path / "Mail" / "tmp" / "half").write_bytes(letter(9))
    assert [row.subject for row in read(tmp_path / "Mail")] == ["Letter 0"]


def test_what_lies_beside_the_folders_is_said_to_be_unread(tmp_path: Path) -> None:
    maildir(tmp_path / "Mail", 1)
    (tmp_path / "Mail" / "dovecot.index").write_bytes(b"\x01\x02")
    (tmp_path / "Mail" / "saved.eml").write_bytes(letter(1))
    mail, mailbox = opened(tmp_path / "Mail")
    assert mail.uncovered(mailbox) == (
        "Not read: dovecot.index (it is a mail program's own list and holds no mail).",
        "Not read: saved.eml (it lies in a Maildir, and in none of its folders).",
    )


def test_a_maildir_in_a_folder_of_a_maildir_is_found(tmp_path: Path) -> None:
    maildir(tmp_path / "Mail", 1)
    maildir(tmp_path / "Mail" / "Projects", 2)
    mail, mailbox = opened(tmp_path)
    assert [folder.path for folder in mail.folders(mailbox)] == ["Mail", "Mail/Projects"]
