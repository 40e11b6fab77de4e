"""What the catalog keeps of filings and deeds, and how a message is found again.

How pages are taken in is tested in ``test_catalog.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from retention.catalog import Catalog
from retention.core.audit import Outcome
from retention.core.classify import Candidate, Classification
from retention.core.message import MessageRef
from tests.catalog.desk import ARCHIVE, BOX, DELETED, INBOX, NOW, OTHER, Desk, message, partial

FILED = Classification(
    series_key="FIN 1", schedule_name="town", rule="match 1", words=("subject: bill",), why="It says."
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.page(message("m1"), message("m2"))
    return desk


def mark(
    desk: Desk, id: str, result: str, answer: str = "", digest: str = "", place: str = "", at: datetime = NOW
) -> None:
    desk.catalog.mark([outcome(id, result, answer, digest=digest, place=place)], at)


def outcome(id: str, result: str, answer: str = "", mailbox: str = BOX.id, **where: str) -> Outcome:
    return Outcome(plan="p", step=1, result=result, answer=answer, mailbox=mailbox, id=id, **where)


# --- filings


def file(desk: Desk, rules: str = "rules 1", *ids: str) -> None:
    desk.catalog.filings.begin(rules)
    desk.catalog.filings.save([(desk.known(id_).n, FILED, ()) for id_ in ids or ("m1", "m2")], rules)


def unfiled(desk: Desk, rules: str = "rules 1") -> list[str]:
    return [one.message.id for one in desk.catalog.filings.to_file(rules)]


def test_a_filing_is_kept_with_all_its_words(desk: Desk) -> None:
    tie = Classification(
        ambiguous=True, candidates=(Candidate("town", "FIN 1"), Candidate("town", "FIN 2")), why="Two fit."
    )
    desk.catalog.filings.save([(desk.known("m1").n, FILED, ()), (desk.known("m2").n, tie, ("case 1",))], "rules 1")
    assert (desk.known("m1").filing, desk.known("m2").filing) == (FILED, tie)
    assert (desk.known("m1").keys, desk.known("m2").keys) == ((), ("case 1",))
    assert unfiled(desk) == []


def test_a_message_that_was_never_filed_has_no_filing(desk: Desk) -> None:
    assert desk.known().filing is None
    assert unfiled(desk) == ["m1", "m2"]


def test_a_message_that_changed_is_to_be_filed_again(desk: Desk) -> None:
    file(desk)
    desk.page(partial("m2", subject="now about something else"))
    assert unfiled(desk) == ["m2"]


def test_a_message_that_moved_is_to_be_filed_again(desk: Desk) -> None:
    file(desk)
    desk.page(message("m1", folder=ARCHIVE), folder=ARCHIVE)
    assert unfiled(desk) == ["m1"]


def test_filings_under_other_rules_are_made_again_and_those_under_these_are_not(desk: Desk) -> None:
    file(desk, "rules 1", "m1")
    file(desk, "rules 2", "m2")
    assert unfiled(desk, "rules 2") == ["m1"]
    file(desk, "rules 2", "m1")
    desk.catalog.filings.finish("rules 2")
    assert (unfiled(desk, "rules 2"), desk.catalog.filings.begin("rules 2")) == ([], 0)
    assert unfiled(desk, "rules 1") == ["m1", "m2"]


def test_a_message_that_left_is_not_filed_again(desk: Desk) -> None:
    mark(desk, "m1", "purged", "gone")
    assert unfiled(desk) == ["m2"]
    assert desk.catalog.tally()["unclassified"] == 1


# --- deeds


@pytest.mark.parametrize("result", ["captured", "purged"])
def test_what_was_captured_or_purged_has_left(desk: Desk, result: str) -> None:
    mark(desk, "m1", result, "the system's answer", "d" * 64, "town/fin/2025/d")
    known = desk.known()
    assert (known.left_at, known.result, known.answer) == (NOW, result, "the system's answer")
    assert (known.digest, known.place) == ("d" * 64, "town/fin/2025/d")
    assert desk.present == ["m2"]


@pytest.mark.parametrize("result", ["held", "skipped"])
def test_what_was_held_or_skipped_stays(desk: Desk, result: str) -> None:
    mark(desk, "m1", result, "because")
    assert (desk.known().left_at, desk.known().result, desk.present) == (None, result, ["m1", "m2"])


def test_a_mark_of_a_message_that_nobody_knows_is_harmless(desk: Desk) -> None:
    mark(desk, "nobody", "purged", "gone")
    assert desk.present == ["m1", "m2"]


def test_a_mark_in_a_mailbox_that_nobody_knows_is_harmless(desk: Desk) -> None:
    desk.catalog.mark([outcome("m1", "skipped", mailbox="box-9"), outcome("m2", "purged")], NOW)
    assert desk.present == ["m1"]


def test_many_marks_are_made_together(desk: Desk) -> None:
    desk.catalog.mark([outcome("m1", "purged", "gone"), outcome("m2", "captured", "moved", place="place")], NOW)
    assert (desk.present, desk.known("m2").place) == ([], "place")
    desk.catalog.mark([], NOW)


def test_a_mark_made_twice_is_made_once(desk: Desk) -> None:
    for _ in range(2):
        mark(desk, "m1", "captured", "moved", "d" * 64, "place")
    assert desk.catalog.tally()["captured"] == 1


def test_a_later_mark_never_forgets_where_the_record_is(desk: Desk) -> None:
    mark(desk, "m1", "captured", "moved", "d" * 64, "place")
    mark(desk, "m1", "skipped", "again", at=NOW + timedelta(days=1))
    known = desk.known()
    assert (known.digest, known.place, known.left_at) == ("d" * 64, "place", NOW)


def test_what_we_took_out_is_not_called_gone(desk: Desk) -> None:
    mark(desk, "m1", "purged", "moved to Recoverable Items")
    desk.page(removed=("m1", "m2"))
    assert desk.settle() == 1
    assert (desk.gone("m1"), desk.gone("m2")) == (False, True)


def test_what_we_moved_to_deleted_items_has_left_though_it_is_seen_there(desk: Desk) -> None:
    mark(desk, "m1", "purged", "moved to Deleted Items")
    desk.begin()
    desk.page(removed=("m1",))
    desk.page(message(folder=DELETED, version="v2"), folder=DELETED)
    desk.page(partial(is_read=False), folder=DELETED)
    assert desk.settle() == 0
    assert (desk.known().left_at, desk.present) == (NOW, ["m2"])


def test_a_message_that_somebody_put_back_is_an_ordinary_message_again(desk: Desk) -> None:
    mark(desk, "m1", "purged", "moved to Deleted Items")
    desk.page(message(folder=DELETED, version="v2"), folder=DELETED)
    desk.page(message(folder=INBOX, version="v3"))
    desk.page(removed=("m1",), folder=DELETED)
    assert desk.settle() == 0
    assert (desk.known().left_at, desk.present) == (None, ["m1", "m2"])
    assert desk.catalog.tally()["purged"] == 0


def test_what_a_person_deleted_into_deleted_items_is_still_present(desk: Desk) -> None:
    desk.page(message(folder=DELETED, version="v2"), folder=DELETED)
    assert desk.present == ["m1", "m2"]


def test_the_tally_counts_each_message_once(desk: Desk) -> None:
    desk.page(*(message(f"m{number}") for number in range(3, 9)))
    file(desk, "rules", "m1", "m2", "m3")
    mark(desk, "m1", "captured")
    mark(desk, "m2", "purged")
    mark(desk, "m3", "held")
    desk.page(removed=("m4",))
    desk.settle()
    assert desk.catalog.tally() == {"present": 5, "captured": 1, "purged": 1, "gone": 1, "unclassified": 4}


def test_the_tally_of_an_empty_catalog_is_all_nought(tmp_path: Path) -> None:
    assert set(Catalog(tmp_path / "empty.db", create=True).tally().values()) == {0}


# --- finding


@pytest.mark.parametrize("asked", ["1", "#1", " 1 ", "m1", " m1", "m1@x.example", "<m1@x.example>"])
def test_a_message_is_found_by_its_number_its_id_or_its_message_id(desk: Desk, asked: str) -> None:
    assert [known.message.id for known in desk.catalog.find(asked)] == ["m1"]


def test_every_copy_of_one_message_id_is_found(desk: Desk) -> None:
    desk.page(message("copy", internet_id="<m1@x.example>", mailbox=OTHER), mailbox=OTHER)
    found = desk.catalog.find("<m1@x.example>")
    assert [(known.mailbox, known.message.id) for known in found] == [(BOX, "m1"), (OTHER, "copy")]


def test_what_has_gone_or_left_is_found_all_the_same(desk: Desk) -> None:
    mark(desk, "m1", "purged", "")
    desk.page(removed=("m2",))
    desk.settle()
    assert [bool(desk.catalog.find(id_)) for id_ in ("m1", "m2")] == [True, True]


@pytest.mark.parametrize("asked", ["nobody", "99", "#", "-1", "%", "m", "1.5", "' OR 1=1 --"])
def test_what_is_not_known_is_not_found(desk: Desk, asked: str) -> None:
    assert desk.catalog.find(asked) == ()


@pytest.mark.parametrize("asked", ["²", "9" * 20, "9" * 5000], ids=["superscript", "twenty digits", "5000 digits"])
def test_a_number_that_no_message_can_have_is_not_found(desk: Desk, asked: str) -> None:
    assert desk.catalog.find(asked) == ()


@pytest.mark.parametrize("asked", ["", " ", "<>"])
def test_nothing_asked_finds_nothing(desk: Desk, asked: str) -> None:
    desk.page(message("m3", internet_id=""), message("m4", internet_id="<>"))
    assert desk.catalog.find(asked) == ()


def test_a_message_whose_folder_has_vanished_is_known_without_a_path(desk: Desk) -> None:
    desk.page(message("m9", folder=ARCHIVE), folder=ARCHIVE)
    desk.begin((INBOX, DELETED))
    assert (desk.known("m9").message.path, desk.known("m9").message.folder) == (None, ARCHIVE.id)


def test_nothing_is_known_of_a_stranger(desk: Desk) -> None:
    assert desk.catalog.known(MessageRef("no such mailbox", "m1")) is None
    assert desk.catalog.known(MessageRef(BOX.id, "no such message")) is None


# --- runs and facts


def test_the_last_run_of_each_job_is_told_and_whether_it_ended(desk: Desk) -> None:
    later = NOW + timedelta(hours=1)
    first = desk.catalog.runs.begin("plan", NOW)
    desk.catalog.runs.end(first, later, {"steps": 3})
    desk.catalog.runs.begin("apply", later)
    runs = desk.catalog.runs.last()
    assert runs["plan"] == (NOW, later, {"steps": 3})
    assert runs["apply"] == (later, None, None)


def test_a_fact_is_kept_until_it_is_said_anew(desk: Desk) -> None:
    assert desk.catalog.fact("ledger head") is None
    for said in ("1 abc", "2 def"):
        desk.catalog.save_fact("ledger head", said)
    desk.catalog.close()
    assert Catalog(desk.path).fact("ledger head") == "2 def"
