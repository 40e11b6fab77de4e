"""The whole way on memory mail: what leaves, what stays, and what the ledger says of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.core.audit import Outcome
from retention.core.decide import Why
from retention.errors import (
    NotApproved,
    NotThisOffice,
    PlanAltered,
    PlanStale,
    PlanTooLarge,
)
from retention.jobs import apply, approve, audit, plan, status, sync, why
from retention.store.disk import DiskStore
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS, Town, mime, with_limits
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def memory(town: Town) -> MemoryMail:
    assert isinstance(town.mail, MemoryMail)
    return town.mail


def test_a_record_is_captured_byte_for_byte_and_leaves_the_mailbox(town: Town) -> None:
    ref = town.add("Requisition 1 for toner")
    applied = town.apply(town.approved_plan())
    assert applied.total("captured") == 1
    assert memory(town).where(ref) is None
    store = DiskStore(town.folder / "records")
    (place,) = store.places()
    assert place.startswith("town/town-requisitions/2025/")
    assert store.get(place) == mime("Requisition 1 for toner")
    record = store.record(place)
    assert record.series == "town-requisitions" and record.custody[0].address == CLERK
    assert record.fingerprint == town.world().fingerprints["town"]


def test_transitory_mail_is_purged_and_nothing_of_it_is_stored(town: Town) -> None:
    ref = town.add("Notice of lunch")
    applied = town.apply(town.approved_plan())
    assert (applied.total("purged"), memory(town).where(ref)) == (1, None)
    assert list(DiskStore(town.folder / "records").places()) == []


@pytest.mark.parametrize(
    ("subject", "fields", "reason"),
    [
        ("Something nobody foresaw", {}, Why.UNCLASSIFIED),
        ("Requisition and minutes", {}, Why.AMBIGUOUS),
        ("A rumour", {}, Why.UNVERIFIED),
        ("Notice undated", {"received_at": None}, Why.UNDATED),
        ("Notice of yesterday", {"received_at": NOW - timedelta(days=1)}, Why.RECENT),
        ("The newsletter", {"received_at": NOW - timedelta(days=60)}, Why.NOT_DUE),
        ("Notice in draft", {"is_draft": True}, Why.DRAFT),
        ("Notice of a task", {"kind": "IPM.Task"}, Why.NOT_MAIL),
        ("Notice garbled", {"trouble": "the row is broken"}, Why.UNREADABLE),
    ],
)
def test_what_is_not_certain_stays_and_says_why(town: Town, subject: str, fields: dict, reason: Why) -> None:
    ref = town.add(subject, **fields)
    made = town.approved_plan()
    assert made.steps == ()
    explained = why.why(town.world(), ref.id)[0]
    assert reason in [given.why for given in explained.decision.reasons]
    assert explained.decision.reasons[0].sentence


def test_a_series_that_waits_for_an_event_is_captured_but_never_purged(town: Town) -> None:
    town.add("Claim of Mr Smith")
    assert [step.action for step in town.approved_plan().steps] == ["capture"]


def test_nothing_leaves_before_the_schedule_is_adopted(town: Town) -> None:
    town.add("Notice of lunch")
    town.read()
    assert town.plan().steps == ()
    assert town.plan().stays[0].why == "schedule not adopted"


def test_a_held_message_stays_and_names_its_hold(town: Town) -> None:
    ref = town.add("Notice about Elm Street")
    town.hold(words=("elm street",))
    made = town.approved_plan()
    assert made.steps == () and made.counts[CLERK].held == 1
    reason = why.why(town.world(), ref.id)[0].decision.reasons[0]
    assert reason.hold == "elm-street" and "it says 'elm street'" in reason.sentence


def test_a_duplicate_in_two_mailboxes_is_stored_once_with_two_custodies(town: Town) -> None:
    for mailbox in (CLERK, RECORDS):
        memory(town).add(mailbox, "Inbox", mime("Minutes of May"))
    applied = town.apply(town.approved_plan())
    assert applied.total("captured") == 2
    store = DiskStore(town.folder / "records")
    (place,) = store.places()
    assert {custody.address for custody in store.record(place).custody} == {CLERK, RECORDS}


def test_a_message_whose_content_cannot_be_had_is_kept_and_listed(town: Town) -> None:
    ref = town.add("Minutes that cannot be converted")
    memory(town).spoilt.add(ref.id)
    applied = town.apply(town.approved_plan())
    assert applied.total("skipped") == 1 and "cannot convert" in applied.skipped[1]
    assert memory(town).where(ref) == "Inbox"


def test_the_counts_of_every_mailbox_reconcile(town: Town) -> None:
    for number in range(7):
        town.add(f"Notice {number}")
        town.add(f"Requisition {number}", mailbox=RECORDS)
        town.add(f"Whatever {number}", mailbox=ATTORNEY)
    town.hold(custodians=(RECORDS,), words=("requisition 3",))
    applied = town.apply(town.approved_plan())
    for counts in applied.counts.values():
        assert counts["seen"] == sum(n for what, n in counts.items() if what != "seen") == 7
    assert (applied.total("captured"), applied.total("purged"), applied.total("held")) == (6, 7, 1)


def test_after_apply_a_second_sync_finds_nothing_gone_and_a_second_plan_is_empty(town: Town) -> None:
    town.add("Notice 1")
    town.add("Minutes 1")
    town.apply(town.approved_plan())
    assert [box.gone for box in sync.sync(town.world()).mailboxes] == [0]
    assert town.plan().steps == ()


def test_a_plan_writes_nothing(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    before = (town.folder / "ledger.jsonl").read_bytes()
    town.plan()
    assert (town.folder / "ledger.jsonl").read_bytes() == before
    assert memory(town).purged == []


def test_a_plan_that_nobody_approved_is_refused(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    town.adopt()
    with pytest.raises(NotApproved):
        town.apply(town.plan())
    assert memory(town).purged == []


def test_its_maker_cannot_approve_a_plan(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    town.adopt()
    made = plan.plan(town.world(RECORDS))
    with pytest.raises(NotApproved):
        approve.approve(town.world(RECORDS), made)


def test_only_the_office_can_approve_hold_and_adopt(town: Town) -> None:
    town.read()
    made = town.plan()
    with pytest.raises(NotThisOffice):
        approve.approve(town.world(CRON), made)
    assert "refused" in (town.folder / "ledger.jsonl").read_text()


def test_a_plan_is_stale_when_a_hold_came_after_it(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    town.hold(custodians=(ATTORNEY,))
    with pytest.raises(PlanStale, match="holds"):
        town.apply(made)
    assert memory(town).purged == []


def test_a_plan_is_stale_when_it_is_old_or_the_clock_went_back(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    for shift in (timedelta(days=8), timedelta(seconds=-1)):
        town.at = NOW + shift
        with pytest.raises(PlanStale):
            town.apply(made)


def test_a_finished_plan_is_refused(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    town.apply(made)
    with pytest.raises(PlanAltered, match="finished"):
        town.apply(made)


def test_a_plan_above_its_ceiling_is_refused_before_its_first_deed(town: Town) -> None:
    for number in range(10):
        town.add(f"Notice {number}")
    made = town.approved_plan()
    for limits in ({"largest_purge": 9}, {"largest_share": "50 %"}):
        with_limits(town, **{"largest_purge": 5000, "largest_share": "100 %"} | limits)
        with pytest.raises(PlanTooLarge):
            town.apply(made)
    assert memory(town).purged == []
    with_limits(town, largest_purge=5000, largest_share="50 %")
    smaller = plan.plan(town.world(), within_limits=True)
    assert len(smaller.steps) == 5 and smaller.counts[CLERK].reconciles


def test_a_message_that_changed_since_the_plan_is_not_removed(town: Town) -> None:
    ref = town.add("Notice 1")
    made = town.approved_plan()
    memory(town).edit(ref, subject="Notice 1, now about a lawsuit")
    applied = town.apply(made)
    assert applied.total("skipped") == 1 and memory(town).where(ref) == "Inbox"


def test_a_message_somebody_else_deleted_is_skipped(town: Town) -> None:
    ref = town.add("Notice 1")
    made = town.approved_plan()
    memory(town).delete(ref)
    assert town.apply(made).total("skipped") == 1


def test_a_move_is_no_deletion_and_a_deletion_is_found(town: Town) -> None:
    moved, deleted = town.add("Notice 1"), town.add("Notice 2")
    town.read()
    memory(town).move(moved, "Archive")
    memory(town).move(moved, "Inbox")
    memory(town).move(moved, "Archive")
    memory(town).delete(deleted)
    assert [box.gone for box in sync.sync(town.world()).mailboxes] == [1]
    known = {k.message.id: k for k in town.world().catalog.find(moved.id) + town.world().catalog.find(deleted.id)}
    assert known[moved.id].gone_at is None and known[moved.id].message.path == "Archive"
    assert known[deleted.id].gone_at is not None


def test_a_cursor_that_died_brings_no_duplicates_and_no_false_deletions(town: Town) -> None:
    for number in range(9):
        town.add(f"Notice {number}")
    town.read()
    memory(town).forget(CLERK, "Inbox")
    assert [box.gone for box in sync.sync(town.world()).mailboxes] == [0]
    assert town.world().catalog.tally()["present"] == 9


def test_an_unreadable_mailbox_is_reported_as_uncovered_and_stops_nothing(town: Town) -> None:
    town.add("Notice 1")
    town.add("Notice 2", mailbox=ATTORNEY)
    memory(town).unreadable[ATTORNEY] = "It has no mailbox in the cloud"
    made = town.approved_plan()
    assert made.uncovered == (f"{ATTORNEY}: It has no mailbox in the cloud",)
    assert town.apply(made).total("purged") == 1


def test_a_message_put_back_from_deleted_items_is_an_ordinary_message_again(town: Town) -> None:
    from msgspec.structs import replace

    from retention.core.message import Removal

    town.city = replace(town.city, mail=replace(town.city.mail, removal=Removal.DELETED_ITEMS))
    ref = town.add("Notice 1")
    town.apply(town.approved_plan())
    sync.sync(town.world())
    assert town.world().catalog.tally()["purged"] == 1
    memory(town).move(ref, "Inbox")
    sync.sync(town.world())
    assert town.world().catalog.tally()["present"] == 1


def test_why_tells_the_whole_story_of_a_message_that_is_gone(town: Town) -> None:
    ref = town.add("Minutes 1")
    town.apply(town.approved_plan())
    explained = why.why(town.world(), ref.id)[0]
    assert explained.known.result == "captured" and explained.known.place
    assert [one.kind for one in explained.history] == ["intent", "stored", "outcome"]


def test_audit_finds_one_flipped_byte_in_a_stored_record_and_names_it(town: Town) -> None:
    from retention.errors import RecordMismatch

    town.add("Minutes 1")
    town.apply(town.approved_plan())
    assert audit.verify(town.world()).records == 1
    file = next((town.folder / "records").glob("*/*/*/*.eml"))
    data = bytearray(file.read_bytes())
    data[10] ^= 1
    file.write_bytes(data)
    with pytest.raises(RecordMismatch, match=file.stem):
        audit.verify(town.world())


def test_status_says_what_waits(town: Town) -> None:
    town.add("Notice 1")
    assert any("not adopted" in sentence for sentence in status.status(town.world()).waiting)
    made = town.approved_plan()
    town.apply(made)
    assert status.status(town.world()).waiting == ()


def test_every_outcome_is_in_the_ledger_with_the_hand_that_did_it(town: Town) -> None:
    town.add("Notice 1")
    town.apply(town.approved_plan())
    outcomes = [link.entry for link in town.world().ledger.links() if isinstance(link.entry.body, Outcome)]
    assert [(entry.by, entry.rehearsal) for entry in outcomes] == [(CRON, True)]
    assert apply.RESULTS["purge"] == "purged"
