"""The mail system and the files behind one face: whoever has a mailbox is asked for it, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.core.files import PREFIX, FileSource
from retention.core.message import Mailbox, MessageRef, Removal
from retention.mail.interface import MailboxUnreadable, MailSystem, MessageGone, RemovalRefused, ReturnRefused
from retention.mail.together import Together
from tests.jobs.filed import PlainFiles, letter
from tests.mail.doubles import MemoryMail, unasked

ANN = "ann@city.example"
FILED = Mailbox(id=f"{PREFIX}0a", address=f"{ANN}/old.mail", kind="files")


@pytest.fixture
def server() -> MemoryMail:
    mail = MemoryMail()
    mail.add(ANN, "Inbox", letter("Notice 1"))
    return mail


@pytest.fixture
def files(tmp_path: Path) -> PlainFiles:
    path = tmp_path / "old.mail"
    path.write_bytes(letter("Notice 2"))
    return PlainFiles([FileSource(id=FILED.id, path=str(path), name=FILED.address, custodian=ANN)])


def read(mail: MailSystem, mailbox: Mailbox) -> list[str | None]:
    pages = [page for folder in mail.folders(mailbox) for page in mail.pages(mailbox, folder, None)]
    return [message.subject for page in pages for message in page.messages]


def test_both_are_listed_and_read(server: MemoryMail, files: PlainFiles) -> None:
    mail = Together(server, files)
    boxes = list(mail.mailboxes())
    assert [(box.address, box.in_files) for box in boxes] == [(ANN, False), (FILED.address, True)]
    assert [read(mail, box) for box in boxes] == [["Notice 1"], ["Notice 2"]]
    assert [person.address for person in mail.people()] == [ANN]
    assert mail.check_sign_in() == f"{server.check_sign_in()} Nobody signs in." and mail.holds() == server.holds()


def test_who_we_are_and_what_time_it_is_only_the_server_knows(server: MemoryMail, files: PlainFiles) -> None:
    server.time_, server.refuses_ = datetime(2026, 3, 4, tzinfo=UTC), {ANN: True}
    mail = Together(server, files)
    assert (mail.permissions(), mail.time(), mail.refuses(ANN)) == (server.permissions_, server.time_, True)
    alone = Together(None, files)
    assert (alone.permissions(), alone.time(), alone.refuses(ANN)) == ((), None, None)


def test_what_is_asked_of_files_never_reaches_the_server(server: MemoryMail, files: PlainFiles) -> None:
    mail, ref = Together(server, files), MessageRef(FILED.id, "#0")
    assert b"".join(mail.content(ref)) == letter("Notice 2")
    assert len(mail.look(ref).version) == 64 and list(mail.recoverable(FILED)) == []
    assert mail.uncovered(FILED) == ()
    with pytest.raises(RemovalRefused):
        mail.purge(ref, mail.look(ref).version, Removal.PERMANENT, unasked)
    with pytest.raises(ReturnRefused):
        mail.put_back(ref, "")
    assert server.calls == []


def test_a_purge_on_the_server_is_asked_for_right_before(server: MemoryMail, files: PlainFiles) -> None:
    mail = Together(server, files)
    (box, _) = mail.mailboxes()
    (page,) = mail.pages(box, next(one for one in mail.folders(box) if one.path == "Inbox"), None)
    ref, asked = page.messages[0].ref, list[str]()
    mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, lambda: asked.append("asked"))
    assert asked == ["asked"] and [one for one, _ in server.purged] == [ref]
    assert [one.ref for one in mail.recoverable(box)] == [ref]
    assert mail.put_back(ref, "").ref == ref


def test_a_city_that_has_only_files_signs_in_nowhere(files: PlainFiles) -> None:
    mail = Together(None, files)
    assert [box.address for box in mail.mailboxes()] == [FILED.address]
    assert (list(mail.people()), mail.holds()) == ([], ())
    assert mail.check_sign_in().startswith("Nobody signs in")
    assert Together(None, None).check_sign_in().startswith("No files of mail")
    mail.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda mail, box: mail.folders(box),
        lambda mail, box: mail.pages(box, None, None),
        lambda mail, box: mail.recoverable(box),
        lambda mail, box: mail.uncovered(box),
        lambda mail, box: mail.content(MessageRef(box.id, "1")),
        lambda mail, box: mail.look(MessageRef(box.id, "1")),
        lambda mail, box: mail.purge(MessageRef(box.id, "1"), "v", Removal.RECOVERABLE, unasked),
        lambda mail, box: mail.put_back(MessageRef(box.id, "1"), ""),
    ],
)
def test_a_mailbox_of_a_system_that_the_city_has_no_more_is_told_of(
    ask: Callable[[MailSystem, Mailbox], object],
) -> None:
    for mail, box in (Together(None, None), FILED), (Together(None, None), Mailbox(id="m1", address=ANN)):
        with pytest.raises((MailboxUnreadable, MessageGone), match="not the city's any more"):
            ask(mail, box)
