"""Records are destroyed at the end of their time: through approval, consents, holds and quarantine, or not at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.core.consent import grouped
from retention.core.destruction import RecordDeed, RecordOutcome, Tombstone
from retention.errors import (
    ConsentMissing,
    NotApproved,
    NotThisOffice,
    PlanAltered,
    PlanStale,
    PlanTooLarge,
    WrongUsage,
)
from retention.jobs import event as events
from retention.jobs.hold import release
from retention.jobs.record import quarantine
from tests.jobs.archive import GATE, OLD, Archive, gate, gated
from tests.jobs.town import ATTORNEY, CLERK, CRON, LONG_AGO, NOW, RECORDS, series, with_limits


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "town", gate())


def test_a_record_that_is_due_is_planned_and_one_that_is_not_stays(archive: Archive) -> None:
    archive.capture("Requisition 1", "Minutes of May", "Paper 1", "Claim, case 7")
    archive.capture("Requisition 2", received_at=LONG_AGO)
    plan = archive.destruction()
    assert (plan.considered, plan.kept, plan.held, len(plan.steps)) == (5, 4, 0, 1)
    assert plan.steps[0].series == "town-requisitions" and plan.steps[0].gates == (GATE,)
    assert {group.why for group in plan.stays} >= {"not due", "a person has to look", "waits for an event"}


def test_a_plan_names_no_subject_and_no_sender(archive: Archive) -> None:
    archive.capture("Requisition for the mayor's divorce")
    plan = archive.destruction()
    assert len(plan.steps) == 1
    assert "divorce" not in repr(plan) and "someone@" not in repr(plan)


def test_the_whole_way(archive: Archive) -> None:
    (ref,) = archive.capture("Requisition 1")
    (place,) = archive.places()
    archive.put_away()
    assert archive.in_quarantine() == (place,) and archive.places() == (place,)
    archive.later(29)
    assert archive.destroy() == () and archive.places() == (place,)
    archive.later(2)
    (run,) = archive.destroy()
    assert run.counts == {"destroyed": 1} and run.stays == {}
    assert archive.places() == () and archive.in_quarantine() == ()
    assert not list((archive.folder / "records").rglob("*.eml"))
    stone = archive.see(_tombstones)[place]
    assert stone.digest == place.rpartition("/")[2] and stone.custody[0].id == ref.id
    assert archive.destroy() == ()


def _tombstones(world: object) -> dict[str, Tombstone]:
    links = list(world.ledger.links())  # type: ignore[attr-defined]
    told = {b.place: b.tombstone for link in links if isinstance(b := link.entry.body, RecordDeed) and b.tombstone}
    gone = {b.place for link in links if isinstance(b := link.entry.body, RecordOutcome) and b.result == "destroyed"}
    return {place: stone for place, stone in told.items() if place in gone}


def test_nothing_of_a_destroyed_record_is_left_but_its_tombstone(archive: Archive) -> None:
    archive.capture("Requisition for Quetzalcoatl")
    archive.put_away()
    archive.later(31)
    archive.destroy()
    for file in archive.folder.rglob("*"):
        if file.is_file() and not file.name.endswith((".db", ".db-wal", ".db-shm")):
            assert b"Quetzalcoatl" not in file.read_bytes(), file
    rows = archive.see(lambda world: list(world.catalog.find(_id(archive))))
    assert rows and rows[0].message.subject is None and rows[0].message.preview is None


def _id(archive: Archive) -> str:
    return archive.see(lambda world: world.catalog.records.find("1")[0].digest) and "1"


def test_without_the_consent_nothing_goes_into_quarantine(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    archive.agree(plan)
    with pytest.raises(ConsentMissing, match="Resolution of the council"):
        archive.quarantine(plan)
    assert archive.in_quarantine() == ()
    archive.consent(plan)
    assert archive.quarantine(plan).counts == {"quarantined": 1}


def test_a_consent_does_not_stretch_to_a_record_that_came_later(archive: Archive) -> None:
    archive.capture("Requisition 1")
    first = archive.destruction()
    archive.consent(first)
    archive.capture("Requisition 2")
    second = archive.destruction()
    archive.agree(second)
    assert len(second.steps) == 2
    with pytest.raises(ConsentMissing, match="1 record"):
        archive.quarantine(second)


def test_a_new_plan_over_the_same_records_needs_no_new_consent(archive: Archive) -> None:
    archive.capture("Requisition 1", "Requisition 2")
    first = archive.destruction()
    archive.consent(first)
    archive.later(8)
    archive.agree(second := archive.destruction())
    assert archive.quarantine(second).counts == {"quarantined": 2}


@pytest.mark.parametrize("days", [1, 40])
def test_a_consent_that_expired_opens_nothing(archive: Archive, days: int) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    archive.consent(plan, until=archive.at.date())
    archive.later(days)
    plan = archive.destruction()
    archive.agree(plan)
    with pytest.raises(ConsentMissing, match="expired"):
        archive.quarantine(plan)


def test_a_consent_withdrawn_while_records_wait_keeps_them(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    entry = archive.consent(plan)
    archive.agree(plan)
    archive.quarantine(plan)
    archive.withdraw(entry)
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and "withdrawn" in next(iter(run.stays.values()))
    assert len(archive.places()) == 1


def test_a_consent_that_another_authority_gave_opens_nothing(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.consent(archive.destruction())
    archive.schedule = gated(gate(by="City Attorney", office="City Attorney", citation="Town Code 9"))
    archive.adopt()
    archive.agree(plan := archive.destruction())
    with pytest.raises(ConsentMissing, match="was not asked of City Attorney"):
        archive.quarantine(plan)


def test_every_gate_needs_its_own_consent(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "town", gate(), gate("attorney", title="Consent of the City Attorney"))
    archive.capture("Requisition 1")
    plan = archive.destruction()
    archive.agree(plan)
    archive.consent(plan)
    with pytest.raises(ConsentMissing, match="City Attorney"):
        archive.quarantine(plan)
    archive.consent(plan, "attorney")
    assert archive.quarantine(plan).counts == {"quarantined": 1}


def test_a_schedule_of_which_nobody_said_its_gates_destroys_nothing(tmp_path: Path) -> None:
    from tests.jobs.town import schedule

    archive = Archive(
        tmp_path / "town", schedule=schedule(series("requisitions", "3 years after received", "requisition"))
    )
    archive.capture("Requisition 1")
    plan = archive.destruction()
    assert not plan.steps and plan.stays[0].why == "gates not known"


def test_held_records_are_not_planned(archive: Archive) -> None:
    archive.capture("Requisition 1", "Requisition 2 for Elm Street")
    archive.hold(words=("elm",))
    plan = archive.destruction()
    assert (plan.held, len(plan.steps), plan.held_by) == (1, 1, {"elm-street": 1})


@pytest.mark.parametrize("scope", [{"custodians": (CLERK,)}, {"words": ("requisition",)}, {"participants": (CLERK,)}])
def test_a_hold_placed_after_the_plan_makes_it_stale(archive: Archive, scope: dict[str, tuple[str, ...]]) -> None:
    archive.capture("Requisition 1")
    plan = archive.ready()
    archive.hold(**scope)
    with pytest.raises(PlanStale, match="holds"):
        archive.quarantine(plan)


def test_a_hold_placed_while_records_wait_keeps_them_until_it_is_over(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    name = archive.hold(words=("requisition",))
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and "Held by" in next(iter(run.stays.values()))
    world = archive.world(ATTORNEY)
    release.release(world, name, reason="settled", matter="Elm Street")
    world.close()
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {"destroyed": 1}


def test_a_hold_on_one_of_two_mailboxes_keeps_the_record_of_both(archive: Archive) -> None:
    archive.add("Requisition 1", received_at=OLD)
    archive.add("Requisition 1", mailbox=RECORDS, received_at=OLD)
    archive.apply(archive.approved_plan())
    assert len(archive.places()) == 1
    archive.hold(custodians=(RECORDS,))
    assert archive.destruction().held == 1


def test_its_maker_cannot_approve_it_and_nobody_s_silence_does(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction(RECORDS)
    archive.consent(plan)
    with pytest.raises(NotApproved):
        archive.agree(plan)
    with pytest.raises(NotApproved):
        archive.quarantine(plan)


def test_only_the_office_ends_a_quarantine(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    archive.later(31)
    with pytest.raises(NotThisOffice):
        archive.destroy(archive.world(CRON))
    assert len(archive.places()) == 1


def test_a_plan_that_is_finished_is_not_done_again(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.put_away()
    with pytest.raises(PlanAltered, match="finished"):
        archive.quarantine(plan)


def test_a_plan_over_the_ceiling_is_refused_and_a_smaller_one_can_be_made(archive: Archive) -> None:
    archive.capture("Requisition 1", "Requisition 2")
    with_limits(archive, largest_purge=1)
    plan = archive.destruction()
    with pytest.raises(PlanTooLarge):
        archive.agree(plan)
    assert len(archive.destruction(within_limits=True).steps) == 1


def test_a_record_is_had_back_from_quarantine(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    (place,) = archive.in_quarantine()
    world = archive.world(RECORDS)
    assert quarantine.restore(world, [place], "a request came") == 1
    with pytest.raises(WrongUsage, match="not in quarantine"):
        quarantine.restore(world, [place], "again")
    world.close()
    archive.later(31)
    assert archive.destroy() == () and archive.places() == (place,)
    assert len(archive.destruction().steps) == 1


def test_what_comes_from_another_mailbox_meanwhile_is_wanted_again(archive: Archive) -> None:
    archive.add("Requisition 1", received_at=OLD)
    archive.apply(archive.approved_plan())
    archive.put_away()
    archive.add("Requisition 1", mailbox=RECORDS, received_at=OLD)
    archive.apply(archive.approved_plan())
    assert archive.in_quarantine() == ()
    archive.later(31)
    assert archive.destroy() == () and len(archive.places()) == 1


def test_another_custody_since_the_plan_keeps_the_record(archive: Archive) -> None:
    archive.add("Requisition 1", received_at=OLD)
    archive.apply(archive.approved_plan())
    plan = archive.ready()
    archive.add("Requisition 1", mailbox=RECORDS, received_at=OLD)
    archive.apply(archive.approved_plan())
    done = archive.quarantine(plan)
    assert done.counts == {"skipped": 1} and "another mailbox" in next(iter(done.stays.values()))


def test_a_series_that_a_person_looks_at_goes_only_when_somebody_says_so(archive: Archive) -> None:
    archive.capture("Paper 1")
    assert not archive.destruction().steps
    with pytest.raises(WrongUsage, match="No schedule"):
        archive.destruction(reviewed={"no such": "Ana Holm"})
    archive.put_away(reviewed={"town-papers": "Ana Holm looked at each"})
    archive.later(31)
    assert archive.destroy()[0].counts == {"destroyed": 1}


def test_an_event_starts_the_clock_of_a_stored_record_and_its_retraction_stops_it(archive: Archive) -> None:
    archive.capture("Claim, case 7")
    world = archive.world(RECORDS)
    entry = world.ledger.head[0]
    events.record(world, "closed", key="case 7", on=(NOW - timedelta(days=800)).date(), source="court")
    world.close()
    archive.put_away()
    assert len(archive.in_quarantine()) == 1
    world = archive.world(RECORDS)
    events.retract(world, entry, reason="another case")
    world.close()
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and len(archive.places()) == 1


def test_a_longer_period_in_a_new_edition_keeps_what_waits_in_quarantine(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    rows = (series("requisitions", "30 years after received", "requisition"),)
    archive.schedule = gated(gate(), rows=rows)
    archive.adopt()
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and "30 years" in next(iter(run.stays.values()))


def test_a_series_that_is_gone_from_the_schedule_keeps_its_records(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "town", gate())
    archive.capture("Requisition 1")
    archive.schedule = gated(gate(), rows=(series("minutes", "permanent", "minutes"),))
    archive.adopt()
    plan = archive.destruction()
    assert not plan.steps and plan.stays[0].why == "its series is in no schedule"
    assert not archive.destruction(one_time=True).steps


def test_what_no_schedule_has_any_more_goes_by_a_one_time_authority_only(tmp_path: Path) -> None:
    once = gate("pr-1", title="One-time authority", when="unscheduled")
    archive = Archive(tmp_path / "town", once)
    archive.capture("Requisition 1")
    archive.schedule = gated(once, rows=(series("minutes", "permanent", "minutes"),))
    archive.adopt()
    assert not archive.destruction().steps
    plan = archive.destruction(one_time=True)
    assert [step.gates for step in plan.steps] == [("pr-1",)]
    archive.agree(plan)
    with pytest.raises(ConsentMissing, match="One-time authority"):
        archive.quarantine(plan)
    archive.consent(plan, "pr-1")
    assert archive.quarantine(plan).counts == {"quarantined": 1}
    archive.later(31)
    assert archive.destroy()[0].counts == {"destroyed": 1}


def test_a_file_that_changed_behind_our_back_is_not_destroyed(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.ready()
    (place,) = archive.places()
    file = archive.folder / "records" / f"{place}.eml"
    file.write_bytes(file.read_bytes() + b"x")
    done = archive.quarantine(plan)
    assert done.counts == {"skipped": 1} and archive.in_quarantine() == ()


def test_an_approval_is_asked_for_again_before_the_bytes_go(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    archive.later(31)
    world = archive.world(RECORDS)
    world.ledger.in_force.approvals.clear()
    (run,) = archive.destroy(world)
    assert run.counts == {} and "approval" in next(iter(run.stays.values()))


def test_a_consent_lists_its_records_by_folder() -> None:
    assert grouped(["a/b/1/dd", "a/b/1/cc", "a/b/2/ee"]) == {"a/b/1": ("cc", "dd"), "a/b/2": ("ee",)}
