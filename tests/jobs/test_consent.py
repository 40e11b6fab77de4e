"""Consents are filed for exactly the records of a plan, by the office, and count as long as they may and no longer."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.consent import ConsentRecorded
from retention.core.gate import authority
from retention.core.plan import DestructionPlan, Plan, seal
from retention.errors import (
    ConsentMissing,
    NotThisOffice,
    PlanAltered,
    RetentionError,
    SignatureInvalid,
    WrongUsage,
)
from retention.jobs import consent
from retention.jobs.acting import trusted
from retention.jobs.consent import Document, Filed
from tests.jobs.archive import GATE, Archive, gate, gated
from tests.jobs.test_signed_acts import SignedTown
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS

ON_FILE = {"reference": "R 2026-14", "given_by": "Town Council", "given_on": NOW.date()}
ATTORNEYS = gate("attorney-consent", title="Consent of the City Attorney", office="City Attorney")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "town", gate(), ATTORNEYS)


def record(archive: Archive, plan: Plan | DestructionPlan, id: str = GATE, by: str = CLERK, **changed: Any) -> Filed:
    world = archive.world(by)
    try:
        (filed,) = consent.record(world, plan, id, **{**ON_FILE, "given_on": archive.at.date(), **changed})
        return filed
    finally:
        world.close()


def attorney(archive: Archive, plan: DestructionPlan, **changed: Any) -> Filed:
    return record(archive, plan, "attorney-consent", **{"given_by": ATTORNEY, **changed})


def told(archive: Archive, **asked: Any) -> consent.Told:
    return archive.see(lambda world: consent.told(world, **asked))


def refused(
    archive: Archive, plan: Plan | DestructionPlan, error: type[RetentionError], said: str, **more: Any
) -> None:
    """It is refused with this sentence, and nothing is on file afterwards."""
    before = told(archive).consents
    with pytest.raises(error, match=said):
        record(archive, plan, **more)
    assert told(archive).consents == before


# --- filing -----------------------------------------------------------------------------------------------------------


def test_with_every_consent_on_file_the_plan_is_carried_out(archive: Archive) -> None:
    archive.capture("Requisition 1", "Requisition 2")
    plan = archive.destruction()
    archive.agree(plan)
    filed = record(archive, plan, document=Document("ab" * 32, "resolution.pdf"), note="read twice")
    assert (filed.gate, filed.records, filed.covers) == (GATE, 2, {"town-requisitions": ("2022",)})
    assert (filed.until, filed.standing, filed.filed_by) == (date(2027, 11, 21), "in force", CLERK)
    assert (filed.document, filed.file, filed.note) == ("ab" * 32, "resolution.pdf", "read twice")
    with pytest.raises(ConsentMissing, match="City Attorney"):
        archive.quarantine(plan)
    assert attorney(archive, plan).given_by == ATTORNEY
    assert archive.quarantine(plan).counts == {"quarantined": 2}


def test_a_plan_that_is_neither_fresh_nor_approved_binds_a_consent(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    archive.hold(words=("nothing of this",))
    archive.later(60)
    record(archive, plan)
    attorney(archive, plan)
    archive.agree(second := archive.destruction())
    assert archive.quarantine(second).counts == {"quarantined": 1}


def test_a_consent_never_stretches_to_what_was_captured_afterwards(archive: Archive) -> None:
    archive.capture("Requisition 1")
    first = archive.destruction()
    record(archive, first)
    attorney(archive, first)
    archive.capture("Requisition 2")
    second = archive.destruction()
    assert len(second.steps) == 2 and second.steps[0].series == second.steps[1].series
    archive.agree(second)
    with pytest.raises(ConsentMissing):
        archive.quarantine(second)
    passages = told(archive, plan=second).gates
    assert [(one.gate, one.open, one.needed) for one in passages] == [("attorney-consent", 1, 2), (GATE, 1, 2)]
    assert list(passages[1].shut.values()) == [1] and "names this record" in next(iter(passages[1].shut))


def test_nobody_can_have_allowed_what_was_captured_after_that_day(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.later(3)
    archive.capture("Requisition 2")
    plan = archive.destruction()
    refused(
        archive, plan, WrongUsage, "1 of the plan's records were captured after 2026-11-22", given_on=date(2026, 11, 22)
    )
    assert record(archive, plan, given_on=date(2026, 11, 24)).records == 2


def test_a_plan_of_records_that_the_catalog_does_not_know_binds_nothing(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    place = plan.steps[0].place[:-1] + ("0" if plan.steps[0].place[-1] != "0" else "1")
    forged = seal(replace(plan, steps=(replace(plan.steps[0], place=place),)))
    refused(archive, forged, WrongUsage, "does not know 1 of the plan's records")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "council-resolutions"}, "has no gate 'council-resolutions'"),
        ({"id": ""}, "has no gate ''"),
        ({"given_on": date(2026, 11, 22)}, "2026-11-22 has not come yet"),
        ({"until": date(2026, 11, 20)}, "It would end on 2026-11-20, before it was given"),
        ({"until": date(2027, 11, 22)}, "counts until 2027-11-21 at the longest"),
        ({"reference": "  "}, "needs its reference"),
        ({"given_by": " "}, "not said who gave"),
        ({"id": "attorney-consent", "given_by": "Town Council"}, "Nobody listed under"),
        ({"id": "attorney-consent", "given_by": CLERK}, "was not City Attorney on 2026-11-21"),
    ],
)
def test_what_cannot_be_a_consent_is_refused(archive: Archive, changed: dict[str, Any], said: str) -> None:
    archive.capture("Requisition 1")
    refused(archive, archive.destruction(), WrongUsage, said, **changed)


def test_a_consent_that_ended_before_it_is_filed_is_refused(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    given_on = archive.at.date()
    archive.later(366)
    refused(archive, plan, WrongUsage, "ended on 2027-11-21", given_on=given_on)
    archive.later(-300)
    refused(archive, plan, WrongUsage, "ended on 2026-11-30", given_on=given_on, until=date(2026, 11, 30))


def test_an_unknown_gate_is_told_with_the_gates_of_the_plan(archive: Archive) -> None:
    archive.capture("Requisition 1")
    with pytest.raises(WrongUsage) as told:
        record(archive, archive.destruction(), "council-resolutions")
    assert told.value.next_step == "Is 'council-resolution' meant? There are: attorney-consent, council-resolution."


def test_only_the_office_files_a_consent_or_withdraws_one(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    refused(archive, plan, NotThisOffice, "recording consents is an act of", by=CRON)
    filed = record(archive, plan)
    with pytest.raises(NotThisOffice, match="recording consents is an act of"):
        consent.withdraw(archive.world(CRON), filed.entry, reason="x")
    assert told(archive).consents == (filed,)


def test_a_plan_for_mail_or_of_another_city_binds_no_consent(archive: Archive) -> None:
    archive.capture("Requisition 1")
    refused(archive, archive.plan(), WrongUsage, "is for mail in mailboxes")
    plan = archive.destruction()
    for other in ({"city": "Elsewhere"}, {"rehearsal": False}):
        refused(archive, seal(replace(plan, **other)), PlanAltered, "another city")


def test_a_plan_whose_records_need_nobody_says_so(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "town", gate("pr-1", when="unscheduled"))
    archive.capture("Requisition 1")
    plan = archive.destruction()
    refused(archive, plan, WrongUsage, "needs anybody's consent", id="pr-1")
    assert told(archive, plan=plan).gates == ()


def test_a_gate_that_the_schedule_has_no_more_binds_nothing(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    filed = record(archive, plan)
    archive.schedule = replace(archive.schedule, gates=archive.schedule.gates[1:])
    refused(archive, plan, WrongUsage, "has no gate 'council-resolution' any more")
    (now,) = told(archive).consents
    assert (now.entry, now.standing, now.title) == (filed.entry, "no such gate", "")
    (passage,) = told(archive, plan=plan, gate=GATE).gates
    assert passage.open == 0 and passage.shut == {"The schedule town has no gate 'council-resolution' any more.": 1}


# --- withdrawing and listing ------------------------------------------------------------------------------------------


def test_a_withdrawn_consent_stops_every_deed_that_is_not_done(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    filed = record(archive, plan)
    attorney(archive, plan)
    archive.agree(plan)
    archive.quarantine(plan)
    world = archive.world(RECORDS)
    assert consent.withdraw(world, filed.entry, reason="the council rescinded it").standing == "withdrawn"
    world.close()
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and len(archive.places()) == 1
    (passage,) = told(archive, plan=plan, gate=GATE).gates
    assert (passage.open, passage.needed) == (0, 1) and "was withdrawn" in next(iter(passage.shut))


def test_only_what_stands_can_be_withdrawn_and_with_a_reason(archive: Archive) -> None:
    archive.capture("Requisition 1")
    filed = record(archive, archive.destruction())
    world = archive.world(RECORDS)
    with pytest.raises(WrongUsage, match="needs its reason"):
        consent.withdraw(world, filed.entry, reason=" ")
    consent.withdraw(world, filed.entry, reason="a slip")
    for entry in (filed.entry, 0, 999):
        with pytest.raises(WrongUsage, match="is no consent"):
            consent.withdraw(world, entry, reason="again")
    world.close()


def test_the_consents_are_listed_in_their_order_by_gate_and_by_plan(archive: Archive) -> None:
    archive.capture("Requisition 1")
    first = archive.destruction()
    one, two = record(archive, first), attorney(archive, first)
    archive.capture("Requisition 2")
    rest = [step for step in archive.destruction().steps if step.place != first.steps[0].place]
    second = seal(replace(archive.destruction(), steps=tuple(rest)))
    three = record(archive, second, reference="R 2026-15")
    assert told(archive).consents == (one, two, three)
    assert told(archive, gate=GATE).consents == (one, three)
    assert told(archive, plan=first).consents == (one, two)
    assert told(archive, plan=second, gate=GATE).consents == (three,)
    archive.later(366)
    assert {one.standing for one in told(archive).consents} == {"expired"}
    with pytest.raises(WrongUsage, match="no gate 'council'"):
        told(archive, gate="council")


# --- signed -----------------------------------------------------------------------------------------------------------


class SignedArchive(Archive, SignedTown):
    """The archive of a city that knows its people by their keys."""

    def __init__(self, folder: Path) -> None:
        SignedTown.__init__(self, folder)
        self.schedule = gated(gate())


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")
def test_where_acts_are_signed_only_a_signed_consent_counts(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    plan = archive.destruction()
    records = {step.place.rpartition("/")[0]: (step.digest,) for step in plan.steps}
    asked = authority(archive.schedule.gates[0])
    forged = ConsentRecorded(gate=GATE, schedule="town", until=None, records=records, authority=asked, **ON_FILE)
    archive.forge(forged)
    (listed,) = told(archive).consents
    assert listed.standing == "not signed"
    (passage,) = told(archive, plan=plan).gates
    assert passage.open == 0 and "cannot be relied on" in next(iter(passage.shut))
    archive.agree(plan)
    with pytest.raises((ConsentMissing, SignatureInvalid)):
        archive.quarantine(plan)
    filed = record(archive, plan)
    assert filed.standing == "in force" and archive.see(lambda world: trusted(world, filed.entry))
    assert archive.quarantine(plan).counts == {"quarantined": 1}


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")
def test_where_acts_are_signed_a_plan_that_its_maker_did_not_sign_binds_nothing(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1", "Requisition 2")
    plan = archive.destruction()
    smaller = seal(replace(plan, steps=plan.steps[:1]))
    for forged in (smaller, seal(replace(smaller, statement="", signature=""))):
        refused(archive, forged, SignatureInvalid, "signed")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")
def test_a_consent_that_was_signed_for_other_records_is_told(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    filed = record(archive, archive.destruction())
    entry = archive.see(lambda world: world.ledger.in_force.acts[filed.entry])
    stretched = replace(
        entry, n=entry.n, body=replace(entry.body, records={"town/town-requisitions/2022": ("ab" * 32,)})
    )

    def relied(world: Any) -> bool:
        world.ledger.in_force.acts[filed.entry] = stretched
        return trusted(world, filed.entry)

    with pytest.raises(SignatureInvalid, match="is not what"):
        archive.see(relied)


def test_the_days_are_those_of_the_city(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    archive.at = NOW.replace(hour=3) + timedelta(days=1)  # 22 November in UTC, and still the 21st in Chicago
    refused(archive, plan, WrongUsage, "has not come yet", given_on=date(2026, 11, 22))
    assert record(archive, plan, given_on=date(2026, 11, 21)).given_on == date(2026, 11, 21)
