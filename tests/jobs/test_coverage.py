"""Of every mailbox it is told what is covered, and of what is not why: to whoever lists them, and by the doctor.

How it looks on the screen is in ``tests/cli/test_coverage.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.files import file_source
from retention.core.files_added import FilesAdded
from retention.jobs import doctor
from retention.jobs.coverage import NOT_YET, Coverage, Covered, coverage
from retention.jobs.sync import sync
from tests.jobs.custodians import acting, hold
from tests.jobs.town import CLERK, RECORDS, Town
from tests.jobs.watched import Watched
from tests.mail.doubles import MemoryMail

NEVER = "An archive mailbox, where there is one, cannot be read."
"""What the mail system in memory says of each of its mailboxes."""


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "town", mail=Watched())
    for folder in ("Inbox", "In-Place Archive/Inbox", "In-Place Archive/Inbox"):
        town.add("notice", folder=folder)
    town.add("notice", mailbox=RECORDS)
    return town


def mail(town: Town) -> Watched:
    assert isinstance(town.mail, Watched)
    return town.mail


def told(town: Town, **asked: bool) -> Coverage:
    with acting(town) as world:
        sync(world)
        return coverage(world, **asked)


def of(found: Coverage, address: str = CLERK) -> Covered:
    return next(one for one in found.mailboxes if one.address == address)


def test_what_was_read_is_counted_with_the_archive_apart(town: Town) -> None:
    clerk, records = told(town).mailboxes
    assert (clerk.folders, clerk.messages, clerk.archive_folders, clerk.archived) == (4, 3, 1, 2)
    assert clerk.covered == (
        "4 folders with 3 messages, of these in its in-place archive 1 folder with 2 messages, "
        "read to its end on 2026-11-21"
    )
    assert records.covered == "2 folders with 1 message, read to its end on 2026-11-21"


def test_what_is_so_of_all_mailboxes_is_known_to_be(town: Town) -> None:
    found = told(town)
    assert found.of_every == (NEVER,)
    assert [one.not_covered for one in found.mailboxes] == [(NEVER,), (NEVER,)]


def test_what_is_so_of_one_mailbox_is_never_said_of_all(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        MemoryMail, "uncovered", lambda self, box: (f"{box.name or 3} in Purges.",) if box.address == CLERK else ()
    )
    found = told(town)
    assert found.of_every == () and of(found).not_covered == ("3 in Purges.",) and of(found, RECORDS).not_covered == ()


def test_a_mailbox_to_which_access_is_denied_says_so(town: Town) -> None:
    mail(town).unreadable[CLERK] = f"Access to {CLERK} is denied."
    one = of(told(town))
    assert one.covered == "never read" and one.not_covered == (f"Access to {CLERK} is denied.", NEVER)


def test_a_folder_that_could_not_be_read_is_named_with_its_reason(town: Town) -> None:
    mail(town).bad.add("Inbox")
    one = of(told(town))
    assert one.not_covered == ("The folder Inbox was not read to its end: the folder Inbox broke off.", NEVER)
    assert one.covered.endswith("not read to its end")


def test_a_mailbox_that_is_listed_no_longer_says_so(town: Town) -> None:
    told(town)
    gone = mail(town)._mailboxes.pop(RECORDS)
    assert gone.address in of(told(town), RECORDS).not_covered[0]


def test_holds_that_the_mail_system_does_not_tell_are_not_covered(town: Town) -> None:
    assert told(town).holds == ""
    mail(town).holds_ = "It tells no holds."
    assert told(town).holds == "It tells no holds."
    mail(town).holds_ = ()
    assert told(town).holds == ""


def test_files_that_were_added_and_not_read_yet_are_told(town: Town) -> None:
    told(town)
    with acting(town, RECORDS) as world:
        world.ledger.append(FilesAdded(files=file_source("/srv/old.pst", CLERK)))
    one = of(told(town), f"{CLERK}/old.pst")
    assert (one.kind, one.covered, one.not_covered) == ("files", "never read", (NOT_YET,))


def test_only_held_mailboxes_where_only_these_are_asked_for(town: Town) -> None:
    told(town)
    hold(town, CLERK)
    assert [one.address for one in told(town, held=True).mailboxes] == [CLERK]


def test_the_mail_system_is_asked_what_it_does_not_cover_where_folders_are_read_and_not_where_the_catalog_is_written(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    asked: list[str] = []

    def uncovered(self: MemoryMail, mailbox: object) -> tuple[str, ...]:
        asked.append(threading.current_thread().name)
        return ()

    monkeypatch.setattr(MemoryMail, "uncovered", uncovered)
    told(town)
    assert len(asked) == 2 and all(name.startswith("sync") for name in asked)


def test_the_doctor_says_the_same_lines(town: Town) -> None:
    mail(town).bad.add("In-Place Archive")
    mail(town).holds_ = "It tells no holds."
    found = told(town)
    with acting(town) as world:
        said = [(check.what, check.found) for check in doctor.doctor(world)]
    for one in found.mailboxes:
        assert ("mailbox", f"{one.address}: {one.covered}.") in said
    assert ("not covered", f"In any mailbox: {NEVER}") in said
    why = "The folder In-Place Archive was not read to its end: the folder In-Place Archive broke off."
    assert ("not covered", f"{CLERK}: {why}") in said
    assert ("not covered", "The mail system's own holds: It tells no holds.") in said


def test_the_doctor_knows_before_the_first_reading_what_can_never_be_covered(town: Town) -> None:
    with acting(town) as world:
        said = [(check.what, check.found) for check in doctor.doctor(world)]
    assert ("not covered", f"In any mailbox: {NEVER}") in said
    assert ("mailbox", f"{CLERK}: never read.") in said and ("not covered", f"In any mailbox: {NOT_YET}") in said
