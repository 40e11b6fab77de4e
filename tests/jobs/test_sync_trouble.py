"""Sync: what cannot be read is told and never taken for gone; what breaks off is taken up again by the next sync.

What goes well is in ``test_sync.py``.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from retention.errors import AnotherRun, MailNotAnswering, SignInRefused
from retention.jobs.sync import sync
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, Town
from tests.jobs.watched import Watched, coverage, fail_at_page, is_gone, of, present, synced


@pytest.fixture
def mail() -> Watched:
    return Watched()


@pytest.fixture
def town(tmp_path: Path, mail: Watched) -> Town:
    return Town(tmp_path / "town", mail=mail)


# --- what cannot be read


def test_a_folder_that_fails_makes_the_sync_incomplete_and_nothing_in_that_mailbox_is_called_gone(
    town: Town, mail: Watched
) -> None:
    gone, moved = town.add("Letter 1"), town.add("Letter 2")
    elsewhere = town.add("Letter 3", mailbox=RECORDS)
    town.add("Letter 4", folder="Archive")
    synced(town)
    mail.delete(gone)
    mail.delete(elsewhere)
    mail.move(moved, "Archive")
    mail.bad.add("Archive")
    result = synced(town)
    assert result.incomplete
    assert of(result, CLERK).folder_troubles == ["Archive: the folder Archive broke off"]
    assert (of(result, CLERK).gone, of(result, RECORDS).gone) == (0, 1)
    assert not is_gone(town, gone) and not is_gone(town, moved)
    assert gone.id not in present(town) and moved.id not in present(town)


def test_a_folder_that_is_readable_again_is_caught_up_with(town: Town, mail: Watched) -> None:
    gone, moved = town.add("Letter 1"), town.add("Letter 2")
    mail.add_folder(CLERK, "Archive")
    synced(town)
    mail.delete(gone)
    mail.move(moved, "Archive")
    mail.bad.add("Archive")
    synced(town)
    assert coverage(town)[0]["unread"] == 1
    mail.bad.clear()
    result = synced(town)
    assert (result.incomplete, result.mailboxes[0].gone) == (False, 1)
    assert present(town) == {moved.id: "Archive"}
    assert is_gone(town, gone)
    assert (coverage(town)[0]["unread"], coverage(town)[0]["trouble"]) == (0, "")


def test_a_mailbox_that_cannot_be_read_stops_no_other_and_is_told(town: Town, mail: Watched) -> None:
    kept = town.add("Letter", mailbox=ATTORNEY)
    synced(town)
    town.add("Letter")
    mail.delete(kept)
    mail.unreadable[ATTORNEY] = "access is denied"
    result = synced(town)
    assert (of(result, ATTORNEY).trouble, of(result, ATTORNEY).gone) == ("access is denied", 0)
    assert (of(result, CLERK).rows, result.incomplete) == (1, False)
    assert not is_gone(town, kept)
    assert {row["address"]: row["trouble"] for row in coverage(town)} == {CLERK: "", ATTORNEY: "access is denied"}


def test_a_mailbox_that_can_be_read_again_is_no_longer_in_trouble(town: Town, mail: Watched) -> None:
    town.add("Letter")
    mail.unreadable[CLERK] = "access is denied"
    synced(town)
    mail.unreadable.clear()
    assert synced(town).rows == 1
    assert coverage(town)[0]["trouble"] == ""


def test_a_mailbox_whose_folders_were_listed_is_no_longer_called_unreadable(town: Town, mail: Watched) -> None:
    town.add("Letter")
    mail.unreadable[CLERK] = "access is denied"
    synced(town)
    mail.unreadable.clear()
    mail.bad.add("Inbox")
    synced(town)
    assert (coverage(town)[0]["trouble"], coverage(town)[0]["unread"]) == ("", 1)


def test_a_mailbox_that_is_no_longer_listed_is_told_and_not_left_out(
    town: Town, mail: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.add("Letter")
    town.add("Letter", mailbox=RECORDS)
    synced(town)
    (clerk,) = (box for box in mail.mailboxes() if box.address == CLERK)
    monkeypatch.setattr(mail, "mailboxes", lambda: iter((clerk,)))
    synced(town)
    assert next(row["trouble"] for row in coverage(town) if row["address"] == RECORDS)


# --- what breaks off


def test_pages_read_before_the_mail_system_stopped_answering_are_kept_and_the_next_sync_goes_on(
    town: Town, mail: Watched
) -> None:
    for number in range(10):
        town.add(f"Letter {number}")
    mail.before_call = fail_at_page(4, MailNotAnswering("The mail system does not answer."))
    with pytest.raises(MailNotAnswering):
        synced(town)
    kept = len(present(town))
    assert kept in (4, 6)  # two to a page; the Deleted Items folder may have been asked among the first three
    mail.before_call = None
    assert synced(town).rows == 10 - kept
    assert len(present(town)) == 10


@pytest.mark.parametrize(
    "failure", [KeyboardInterrupt(), SignInRefused("The secret has expired."), RuntimeError("a bug"), SystemExit(1)]
)
@pytest.mark.parametrize("at", ["mailboxes", "uncovered", "folders", "pages"])
def test_whatever_ends_a_sync_is_passed_on_and_no_reader_is_left_running(
    town: Town, mail: Watched, failure: BaseException, at: str
) -> None:
    for address in (CLERK, RECORDS):
        for number in range(20):
            town.add(f"Letter {number}", mailbox=address, folder=f"Folder {number % 5}")
    mail.page_size = 1

    def fail(name: str) -> None:
        if name == at and (name != "pages" or mail.calls.count("pages") > 7):
            raise failure

    mail.before_call = fail
    with pytest.raises(type(failure)):
        synced(town)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("sync")] == []
    mail.before_call = None
    synced(town)
    assert len(present(town)) == 40


def test_an_interruption_while_the_catalog_is_written_leaves_no_reader_running(town: Town, mail: Watched) -> None:
    mail.page_size = 1
    for number in range(100):
        town.add(f"Letter {number}", folder=f"Folder {number % 4}")
    world = town.world()

    def interrupt(done: int, total: int | None, at: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(world, progress=interrupt)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("sync")] == []
    kept = len(present(town))
    assert kept <= 1
    assert synced(town).rows == 100 - kept
    assert len(present(town)) == 100


def test_a_sync_that_ended_badly_is_not_told_as_ended(town: Town, mail: Watched) -> None:
    town.add("Letter")
    mail.before_call = fail_at_page(1, MailNotAnswering("The mail system does not answer."))
    with pytest.raises(MailNotAnswering):
        synced(town)
    world = town.world()
    assert world.catalog.runs.last()["sync"][1] is None
    mail.before_call = None
    sync(world)
    # Another reader may have brought the letter home before the first sync broke off: it is counted, not received.
    assert world.catalog.runs.last()["sync"][2]["mailboxes"][0]["messages"] == 1


def test_two_syncs_of_one_city_never_run_at_once(town: Town) -> None:
    world = town.world()
    with world.alone(), pytest.raises(AnotherRun):
        synced(town)
    assert synced(town).incomplete is False
