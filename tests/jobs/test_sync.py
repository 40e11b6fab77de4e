"""Sync: several mailboxes at once, only what is new, and moves while it reads.

What cannot be read and what breaks off is in ``test_sync_trouble.py``; that the catalog ends as the mail system is,
whatever people do between syncs, in ``tests/catalog/test_following.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from retention.catalog import Catalog
from retention.core.message import Cursor, Folder, Mailbox, MessageRef, Page
from retention.errors import BadConfiguration
from retention.jobs.sync import AT_ONCE_PER_MAILBOX, Synced, sync
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, Town
from tests.jobs.watched import Watched, is_gone, present, readers, synced
from tests.mail.doubles import MemoryMail

PATIENCE = 10.0
"""Seconds after which a reader that waits for another gives up: only a failing test ever waits so long."""


@pytest.fixture
def mail() -> Watched:
    return Watched()


@pytest.fixture
def town(tmp_path: Path, mail: Watched) -> Town:
    return Town(tmp_path / "town", mail=mail)


def test_every_mailbox_and_folder_is_read_and_counted(town: Town, mail: Watched) -> None:
    for address in (CLERK, RECORDS):
        for number in range(5):
            town.add(f"Letter {number}", mailbox=address, folder="Inbox/Elm Street")
    result = synced(town)
    assert [(box.address, box.folders, box.rows, box.gone) for box in result.mailboxes] == [
        (CLERK, 3, 5, 0),
        (RECORDS, 3, 5, 0),
    ]
    assert (result.rows, result.incomplete) == (10, False)
    assert set(present(town).values()) == {"Inbox/Elm Street"}


def test_a_city_without_mailboxes_has_nothing_to_read(town: Town) -> None:
    assert synced(town) == Synced(mailboxes=())


def test_a_second_sync_reads_nothing_new_and_asks_each_folder_once(town: Town, mail: Watched) -> None:
    for number in range(9):
        town.add(f"Letter {number}", folder=("Inbox", "Archive")[number % 2])
    synced(town)
    mail.calls.clear()
    again = synced(town)
    assert (again.rows, again.mailboxes[0].gone) == (0, 0)
    assert mail.calls.count("pages") == again.mailboxes[0].folders == 3


def test_only_the_mailboxes_asked_for_are_read(town: Town, mail: Watched) -> None:
    for address in (CLERK, RECORDS, ATTORNEY):
        town.add("Letter", mailbox=address)
    assert [box.address for box in synced(town, CLERK.upper(), ATTORNEY, CLERK).mailboxes] == [CLERK, ATTORNEY]
    assert len(present(town)) == 2


def test_an_address_that_the_mail_system_does_not_list_is_named_before_anything_is_read(
    town: Town, mail: Watched
) -> None:
    town.add("Letter")
    with pytest.raises(BadConfiguration, match=r"nobody@town\.example") as told:
        synced(town, CLERK, "Nobody@town.example")
    assert told.value.next_step
    assert "pages" not in mail.calls and present(town) == {}


def test_progress_tells_the_mailbox_and_how_many_are_done(town: Town) -> None:
    town.add("Letter")
    town.add("Letter", mailbox=RECORDS)
    told: list[tuple[int, int | None, str]] = []
    world = town.world()
    sync(world, progress=lambda *at: told.append(at))
    assert told[-1][:2] == (2, 2)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert all(CLERK in at or RECORDS in at for _, _, at in told)


# --- at the same time


def test_several_mailboxes_are_read_at_once(town: Town, mail: Watched) -> None:
    for address in (CLERK, RECORDS, ATTORNEY):
        town.add("Letter", mailbox=address)
    meeting = threading.Barrier(3)
    mail.on_folder = lambda mailbox, folder: folder.path != "Inbox" or _meet(meeting)
    assert synced(town).rows == 3


def test_four_folders_of_one_mailbox_are_read_at_once(town: Town, mail: Watched) -> None:
    for number in range(7):
        town.add("Letter", folder=f"Folder {number}")
    meeting = threading.Barrier(4)
    mail.on_folder = lambda mailbox, folder: _meet(meeting)
    assert synced(town).mailboxes[0].folders == 8


def test_a_fifth_folder_of_one_mailbox_is_given_to_no_reader_while_four_are_read(
    town: Town, mail: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        town.add("Letter", folder=f"Folder {number}")
    town.add("Letter", mailbox=RECORDS)
    begun, go, given, given_at_most = threading.Event(), threading.Event(), [], []
    straight = Catalog.cursor

    def cursor(catalog: Catalog, mailbox: Mailbox, folder: Folder) -> Cursor | None:
        given.append(mailbox.address)
        return straight(catalog, mailbox, folder)

    def wait(mailbox: Mailbox, folder: Folder) -> None:
        """No folder of the clerk's is read to its end before the other mailbox is, which begins after hers."""
        begun.set() if mailbox.address == CLERK else begun.wait(PATIENCE)
        assert mailbox.address != CLERK or go.wait(PATIENCE)

    def progress(done: int, total: int | None, at: str) -> None:
        if done == 1 and not go.is_set():
            given_at_most.append(given.count(CLERK))
            go.set()

    monkeypatch.setattr(Catalog, "cursor", cursor)
    mail.on_folder = wait
    sync(town.world(), progress=progress)
    assert given_at_most == [AT_ONCE_PER_MAILBOX] == [4]
    assert len(present(town)) == 10


def test_no_more_is_read_at_once_than_the_city_allows(town: Town, mail: Watched) -> None:
    readers(town, 2)
    for address in (CLERK, RECORDS, ATTORNEY):
        for number in range(4):
            town.add("Letter", mailbox=address, folder=f"Folder {number}")
    assert synced(town).rows == 12
    assert mail.most["all"] <= 2


def test_one_slow_folder_does_not_keep_the_other_mailboxes_waiting(town: Town, mail: Watched) -> None:
    town.add("Letter")
    for address in (RECORDS, ATTORNEY):
        for number in range(6):
            town.add("Letter", mailbox=address, folder=f"Folder {number}")
    others = threading.Event()

    def wait_for_the_others(mailbox: Mailbox, folder: Folder) -> None:
        if mailbox.address == CLERK:
            assert others.wait(PATIENCE)

    mail.on_folder = wait_for_the_others
    world = town.world()
    sync(world, progress=lambda done, *_: others.set() if done == 2 else None)
    assert len(present(town)) == 13


def test_pages_wait_for_the_catalog_and_never_pile_up(town: Town, mail: Watched) -> None:
    mail.page_size = 1
    for number in range(400):
        town.add(f"Letter {number}", folder=f"Folder {number % 4}")
    saved, ahead = 0, 0

    def progress(done: int, total: int | None, at: str) -> None:
        nonlocal saved, ahead
        saved += "read" in at
        ahead = max(ahead, mail.calls.count("pages") - saved)

    world = town.world()
    sync(world, progress=progress)
    assert saved >= 400
    assert ahead <= 32 + 2 * AT_ONCE_PER_MAILBOX


# --- moves while it reads


def test_a_message_that_moves_into_a_folder_already_read_is_found_by_the_second_look(town: Town, mail: Watched) -> None:
    readers(town, 1)
    town.add("Letter 1", folder="Archive")
    ref = town.add("Letter 2", folder="Inbox")
    synced(town)

    def move(mailbox: Mailbox, folder: Folder) -> None:
        if folder.path == "Inbox" and mail.where(ref) == "Inbox":
            mail.move(ref, "Archive")

    mail.on_folder = move
    assert synced(town).mailboxes[0].gone == 0
    assert present(town)[ref.id] == "Archive"


def test_a_page_that_comes_late_does_not_make_a_moved_message_gone(town: Town, mail: Watched) -> None:
    ref = _moved_while_its_page_was_on_the_way(town, mail)
    synced(town)
    assert not is_gone(town, ref)
    assert present(town) == {ref.id: "Inbox"}


def test_a_message_whose_page_came_late_is_known_as_it_is(town: Town, mail: Watched) -> None:
    ref = _moved_while_its_page_was_on_the_way(town, mail)
    synced(town)
    known = town.world().catalog.known(ref)
    assert known is not None and known.message.version == mail.row(ref).version


def _moved_while_its_page_was_on_the_way(town: Town, mail: Watched) -> MessageRef:
    """The first page of the archive is read, then its message goes to the inbox, which is read and saved before it."""
    mail.page_size = 1
    ref = town.add("Letter 1", folder="Archive")
    mail.add_folder(CLERK, "Inbox")
    moved, saved = threading.Event(), threading.Event()
    straight = MemoryMail.pages

    def pages(mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        if folder.path == "Inbox" and not moved.is_set():
            assert moved.wait(PATIENCE)
        for page in straight(mail, mailbox, folder, cursor):
            if folder.path == "Archive" and not moved.is_set():
                mail.move(ref, "Inbox")
                moved.set()
                assert saved.wait(PATIENCE)
            yield page

    mail.pages = pages  # type: ignore[method-assign]
    world = town.world()
    sync(world, progress=lambda done, total, at: saved.set() if "1 messages" in at else None)
    return ref


def _meet(barrier: threading.Barrier) -> None:
    barrier.wait(PATIENCE)
