"""A file may go as a whole only where nothing in it is held, open or lost by that; retention never deletes it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import asdict

from retention.jobs.files.report import YES, FileReport, Lies, report
from retention.store.disk import DiskStore
from tests.jobs.custodians import ANN, BOB, acting, hold
from tests.jobs.filed import FiledTown, letter
from tests.jobs.town import CLERK, NOW

RECORD, MINUTES, NOTICE, NEWS = "Requisition 1", "Minutes of May", "Notice about lunch", "Newsletter 7"
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def town(tmp_path: Path) -> FiledTown:
    return FiledTown(tmp_path / "town")


def counts(found: FileReport) -> dict[str, int]:
    said = asdict(found)
    return {name: said[name] for name in Lies if said[name]}


def test_each_message_of_a_file_is_counted_once_by_how_it_stands(town: FiledTown) -> None:
    subjects = (RECORD, MINUTES, NOTICE, "Nobody knows")
    town.add_files(town.write("old.mail", *map(letter, subjects), letter(NEWS, at=YESTERDAY)))
    town.read()
    assert counts(town.report()["old.mail"]) == {"waiting": 2, "not_due": 2, "undecided": 1}
    town.adopt()
    assert counts(town.report()["old.mail"]) == {"to_capture": 2, "due": 1, "not_due": 1, "undecided": 1}
    town.captured()
    found = town.report()["old.mail"]
    assert counts(found) == {"stored": 2, "due": 1, "not_due": 1, "undecided": 1}
    assert (found.messages, sum(counts(found).values()), found.may_go) == (5, 5, False)
    assert found.why == ("No: 1 message is undecided; 1 transitory message is not due yet.")


def test_a_file_of_stored_records_and_transitory_mail_that_is_due_may_go(town: FiledTown) -> None:
    path = town.write("old.mail", letter(RECORD), letter(MINUTES), letter(NOTICE))
    town.add_files(path)
    before = path.read_bytes()
    town.captured()
    found = town.report()["old.mail"]
    assert (found.may_go, found.why, found.path, found.name) == (True, YES, str(path), f"{ANN}/old.mail")
    assert path.read_bytes() == before


def test_one_held_message_keeps_the_file(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", letter(RECORD), letter(NOTICE)))
    town.captured()
    assert town.report()["old.mail"].may_go
    hold(town, words=("lunch",))
    found = town.report()["old.mail"]
    assert (found.may_go, found.why, counts(found)) == (False, "No: 1 message is held.", {"stored": 1, "held": 1})


def test_a_record_that_is_not_on_the_store_any_more_keeps_the_file(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", letter(RECORD)))
    town.captured()
    store = DiskStore(town.folder / "records")
    (place,) = store.places()
    store.quarantine(place, NOW)
    store.destroy(place)
    found = town.report()["old.mail"]
    assert (found.may_go, found.why) == (False, "No: 1 of its records is not on the record store any more.")


def test_a_file_that_was_changed_since_it_was_read_stays(town: FiledTown) -> None:
    path = town.write("old.mail", letter(NOTICE))
    town.add_files(path)
    town.captured()
    assert town.report()["old.mail"].may_go
    town.write("old.mail", letter(NOTICE), letter(RECORD))
    assert town.report()["old.mail"].why == "No: it was changed since it was read."
    town.read()
    assert town.report()["old.mail"].why == "No: 1 record is still to be captured."
    path.unlink()
    assert town.report()["old.mail"].why.startswith("No: it is not there any more")


def test_a_record_whose_file_has_another_content_now_is_no_stored_record(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", letter(RECORD)))
    town.captured()
    town.write("old.mail", letter(RECORD, text="Quite another text than before."))
    town.read()
    found = town.report()["old.mail"]
    assert (counts(found), found.may_go) == ({"to_capture": 1}, False)


def test_a_file_that_was_not_read_to_its_end_stays(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", letter(NOTICE)))
    town.captured()
    town.damaged.add("old.mail")
    town.write("old.mail", letter(NOTICE), letter("Notice 2"))
    town.read()
    found = town.report()["old.mail"]
    assert found.why.endswith("it could not be read to its end (old.mail is damaged behind its first messages).")
    assert not found.may_go


def test_what_was_added_and_never_read_is_told_of(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", letter(NOTICE)))
    found = town.report()["old.mail"]
    assert (found.messages, found.may_go, found.why) == (0, False, "No: it was not read yet.")


def test_each_file_of_a_folder_is_told_of_by_itself(town: FiledTown) -> None:
    town.write("a.mail", letter(NOTICE))
    town.write("b.mail", letter("Nobody knows"))
    town.write("empty.mail", b"")
    town.add_files(town.share)
    town.captured()
    found = town.report()
    assert {name: one.may_go for name, one in found.items()} == {"a.mail": True, "b.mail": False, "empty.mail": False}
    with acting(town) as world:
        (note,) = report(world).notes
    assert (note.name, note.sentence) == (f"{ANN}/share", "notes.txt was not read: it is no mail.")


def test_a_file_that_was_added_for_two_people_goes_only_where_it_may_for_both(town: FiledTown) -> None:
    path = town.write("old.mail", letter(NOTICE))
    town.add_files(path)
    town.add_files(town.share, custodian=BOB)
    town.captured()
    assert town.report()["old.mail"].may_go
    hold(town, BOB)
    with acting(town) as world:
        said = {one.name: one.why for one in report(world).files}
    assert said == {
        f"{ANN}/old.mail": f"No: it was added as {BOB}/share too, and may not go there.",
        f"{BOB}/share": "No: 1 message is held.",
    }


def test_copies_in_a_mailbox_and_in_another_file_are_seen_and_none_is_dropped(town: FiledTown) -> None:
    same = letter(RECORD, id_="a@x")
    nameless = letter(MINUTES)
    town.mail.add(CLERK, "Inbox", same)  # type: ignore[attr-defined]
    town.mail.add(CLERK, "Inbox", letter(NOTICE, id_="b@x"))  # type: ignore[attr-defined]
    town.write(
        "a.mail", same, nameless, letter("Notice of something else", id_="b@x", at=YESTERDAY, sender="dan@y.example")
    )
    town.write("b.mail", letter(f"RE: {MINUTES}".upper(), text=f"About {MINUTES}, as agreed on the phone."))
    town.add_files(town.share)
    town.add_files(town.share / "a.mail", custodian=BOB)
    town.captured()
    elsewhere = {name: one.elsewhere for name, one in town.report().items()}
    assert elsewhere == {"a.mail": 1, "b.mail": 1}
    assert len(list(DiskStore(town.folder / "records").places())) == 3
