"""Every file of real mail that lies beside the project is read from files, without one exception.

The mail is no part of the project: without it this is skipped.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from retention.core.message import Message
from tests.mail.filing import opened


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Message]:
    mail, mailbox = opened(shared / "data")
    try:
        return [
            row
            for folder in mail.folders(mailbox)
            if ".pst/" not in folder.path
            for page in mail.pages(mailbox, folder, None)
            for row in page.messages
        ]
    finally:
        mail.close()


def test_every_saved_message_is_told(rows: list[Message], shared: Path) -> None:
    told = {row.source.file for row in rows if row.source}
    saved = [*(shared / "data" / "raw-mail").iterdir(), *(shared / "data" / "mime").glob("*.eml")]
    assert len(saved) > 700
    assert not [path.name for path in saved if str(path) not in told]


def test_what_is_told_can_be_written_down(rows: list[Message]) -> None:
    assert msgspec.json.decode(msgspec.json.encode(rows), type=list[Message]) == rows


def test_the_content_of_each_is_its_file_byte_for_byte(rows: list[Message], shared: Path) -> None:
    mail, mailbox = opened(shared / "data")
    for row in rows:
        content = b"".join(mail.content(msgspec.structs.replace(row, mailbox=mailbox.id).ref))
        assert len(content) == row.size
        if row.source and not row.source.at:
            assert content == Path(row.source.file).read_bytes()
    mail.close()


def test_real_mail_as_it_came_over_the_wire_is_understood(rows: list[Message]) -> None:
    raw = [row for row in rows if row.id.startswith("raw-mail#")]
    assert len(raw) == 448
    assert not [row.id for row in raw if row.trouble or row.received_at is None or not row.sender]


def test_the_rest_is_said_to_be_unread(shared: Path) -> None:
    mail, mailbox = opened(shared / "data")
    said = " ".join(mail.uncovered(mailbox))
    assert "README.md" in said and "state-dept-foia.jsonl.gz (it is packed" in said
