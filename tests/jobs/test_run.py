"""A run does what is approved and due, proposes the rest, and says what it did, stage by stage."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.core.clock import Machine
from retention.core.message import MessageRef
from retention.core.person import Person
from retention.errors import (
    AnotherRun,
    ClockWrong,
    LedgerBroken,
    MailNotAnswering,
    PartlyDone,
    PersonUnknown,
    PlanTooLarge,
)
from retention.jobs import classify, run
from retention.jobs.ran import Ran, Rest
from retention.ledger import Ledger
from tests.jobs.running import (
    MINUTES,
    NEWSLETTERS,
    NOTICES,
    adopted,
    allow,
    approve_kept,
    did,
    kept,
    ran,
    results,
    said,
    waiting,
)
from tests.jobs.town import CLERK, RECORDS, Town, with_limits
from tests.mail.doubles import MemoryMail

SUBJECTS = ("Notice 1", "Notice 2", "Newsletter 1", "Minutes 1", "Nobody knows")
STAYS = ""
STAGES = ["settle", "sync", "classify", "apply", "plan", "propose"]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return adopted(tmp_path, *SUBJECTS)


def memory(town: Town) -> MemoryMail:
    assert isinstance(town.mail, MemoryMail)
    return town.mail


# What leaves


def test_what_nobody_approved_stays_and_is_proposed(town: Town) -> None:
    one = ran(town)
    assert [stage.name for stage in one.stages] == STAGES and one.good and one.exit_code == 0
    assert set(results(town).values()) == {STAYS}
    (proposed,) = kept(town)
    assert len(proposed.steps) == 4 and proposed.made_by == "cron@town.example"
    assert one.waiting == (
        f"Plan {proposed.name} of 4 steps waits for an office: `retention approve {proposed.name}`.",
    )
    assert said(one)["propose"] == f"Plan {proposed.name} of 4 steps waits for an office's approval."


def test_what_is_approved_in_advance_leaves_and_nothing_else(town: Town) -> None:
    allow(town, NOTICES)
    one = ran(town)
    assert results(town) == {"m1": "purged", "m2": "purged", "m3": STAYS, "m4": STAYS, "m5": STAYS}
    assert [(m.schedule, m.series, m.captured, m.purged) for m in one.moved] == [("town", NOTICES, 0, 2)]
    assert one.totals == {"seen": 5, "kept": 3, "held": 0, "capture": 0, "purge": 2}
    assert one.stays == {"awaits approval": 2, "no series": 1}
    (proposed,) = kept(town)
    assert sorted(step.series for step in proposed.steps) == [MINUTES, NEWSLETTERS]


def test_records_are_captured_under_a_standing_approval_too(town: Town) -> None:
    allow(town, MINUTES)
    one = ran(town)
    assert results(town)["m4"] == "captured" and one.moved[0].captured == 1
    assert len(list((town.folder / "records").glob("*/*/*/*.eml"))) == 1


def test_what_is_held_stays_whatever_is_approved_in_advance(town: Town) -> None:
    allow(town, NOTICES)
    town.hold(custodians=(CLERK,))
    one = ran(town)
    assert set(results(town).values()) == {STAYS}
    assert one.totals["held"] == 5 and one.held == {"elm-street": 5} and kept(town) == []


def test_a_plan_that_an_office_approves_is_applied_by_the_next_run(town: Town) -> None:
    ran(town)
    approved = approve_kept(town)
    one = ran(town)
    assert said(one)["apply"] == f"1 approved plan applied: {approved.name}."
    assert results(town) == {"m1": "purged", "m2": "purged", "m3": "purged", "m4": "captured", "m5": STAYS}
    assert one.waiting == () and said(one)["propose"] == "Nothing else is due."


def test_an_approved_plan_goes_before_what_is_approved_in_advance(town: Town) -> None:
    allow(town, NOTICES)
    with_limits(town, largest_purge=2)
    ran(town)
    approved = approve_kept(town)
    town.add("Notice 3", id="m6")
    one = ran(town)
    assert said(one)["apply"] == f"1 approved plan applied: {approved.name}."
    # What one run may take is measured over all of its plans.
    assert said(one)["plan"] == "1 message more may go; the next run takes them."
    assert said(ran(town))["plan"] == "1 message decided on by standing approvals."
    assert results(town)["m6"] == "purged"


def test_a_plan_of_somebody_without_the_office_is_not_applied(town: Town) -> None:
    """Nobody can put a plan into the folder and have it applied."""
    ran(town)
    (proposed,) = kept(town)
    one = ran(town)
    assert said(one)["apply"] == "No approved plan waits."
    assert said(one)["propose"] == f"Plan {proposed.name} waits for an office's approval already."
    assert len(kept(town)) == 1


def test_a_stale_approved_plan_is_left_with_its_reason(town: Town) -> None:
    ran(town)
    approved = approve_kept(town)
    town.hold(words=("newsletter",))
    one = ran(town)
    assert one.good and results(town)["m1"] == STAYS
    assert f"Plan {approved.name} is stale. The holds have changed." in one.waiting[0]
    assert said(one)["apply"] == "No approved plan can be applied."
    stale, fresh = waiting(town)
    assert stale.name == approved.name and stale.approved_by == (RECORDS,) and "stale" in stale.stale[0]
    assert fresh.awaits and fresh.steps == 3


def test_a_stale_proposal_that_nobody_approved_makes_room_for_a_new_one(town: Town) -> None:
    ran(town)
    (first,) = kept(town)
    town.hold(words=("newsletter",))
    ran(town)
    (second,) = kept(town)
    assert second.name != first.name and len(second.steps) == 3


def test_a_proposal_has_no_more_than_one_plan_may_take(town: Town) -> None:
    with_limits(town, largest_purge=2)
    ran(town)
    assert len(kept(town)[0].steps) == 2
    approve_kept(town)
    ran(town)
    assert sum(result != STAYS for result in results(town).values()) == 2


# Limits


def test_more_than_the_standing_approval_allows_stops_before_the_first_deed(town: Town) -> None:
    allow(town, NOTICES, largest=1)
    told: list[Ran] = []
    with pytest.raises(PlanTooLarge) as too_large:
        ran(town, told)
    assert "would take 2 messages" in str(too_large.value)
    assert set(results(town).values()) == {STAYS}
    (one,) = told
    assert (one.exit_code, one.good) == (22, False)
    assert "Nothing was done" in said(one)["plan"]


def test_what_is_too_much_for_a_standing_approval_is_proposed_to_a_person(town: Town) -> None:
    allow(town, NOTICES, largest=1)
    with pytest.raises(PlanTooLarge):
        ran(town)
    (proposed,) = kept(town)
    assert [step.series for step in proposed.steps].count(NOTICES) == 2
    with pytest.raises(PlanTooLarge):
        ran(town)
    assert kept(town) == [proposed], "it waits, under the same name, for whoever approves it"
    approve_kept(town)
    assert ran(town).exit_code == 0
    assert results(town)["m1"] == results(town)["m2"] == "purged"


def test_a_limit_of_the_city_stops_what_is_approved_in_advance(town: Town) -> None:
    allow(town, NOTICES, NEWSLETTERS)
    with_limits(town, largest_purge=2)
    with pytest.raises(PlanTooLarge, match=r"limits\.largest_purge"):
        ran(town)
    assert set(results(town).values()) == {STAYS}


def test_a_standing_approval_that_ended_lets_nothing_leave(town: Town) -> None:
    allow(town, NOTICES, days=1)
    town.at += timedelta(days=2)
    one = ran(town)
    assert set(results(town).values()) == {STAYS} and one.good
    assert len(kept(town)[0].steps) == 4


# What is skipped, and what ends a run


def test_a_run_with_nothing_new_plans_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(town, NOTICES)
    ran(town)
    ran(town)
    monkeypatch.setattr(run.planning, "plan", _never)
    monkeypatch.setattr(run.classifying, "classify", _never)
    one = ran(town)
    assert did(one) == dict.fromkeys(STAGES, False)
    assert said(one)["plan"] == "Nothing has moved since the last run."
    assert said(one)["classify"] == "Every message is filed."
    assert said(one)["settle"] == "Nothing was left unfinished."
    assert one.totals == {"seen": 3, "kept": 3, "held": 0, "capture": 0, "purge": 0}


def _never(*args: object, **kwargs: object) -> None:
    raise AssertionError("nothing had moved")


@pytest.mark.parametrize("moved", ["mail", "hold", "day", "limits", "filed by hand", "standing", "schedule"])
def test_whatever_moves_is_decided_about_anew(town: Town, moved: str) -> None:
    ran(town)
    ran(town)
    assert not did(ran(town))["plan"]
    match moved:
        case "mail":
            town.add("Nobody knows this one either")
        case "hold":
            town.hold(words=("elm",))
        case "day":
            town.at += timedelta(days=1)
        case "limits":
            with_limits(town, largest_purge=1)
        case "standing":
            allow(town, NOTICES)
        case "schedule":
            town.adopt()
        case "filed by hand":
            world = town.world()
            world.catalog.runs.end(world.catalog.runs.begin("classify", town.at), town.at, {})
            town.at += timedelta(seconds=1)
            world.catalog.runs.begin("classify", town.at)
            world.close()
    assert said(ran(town))["plan"] != "Nothing has moved since the last run."


def test_a_mailbox_that_cannot_be_read_stops_nothing_and_is_said_at_the_end(town: Town) -> None:
    allow(town, NOTICES)
    memory(town).add_mailbox("bob@town.example")
    memory(town).unreadable["bob@town.example"] = "The mailbox of bob@town.example cannot be read."
    told: list[Ran] = []
    with pytest.raises(PartlyDone, match=r"1 mailbox could not be read to the end: bob@town\.example"):
        ran(town, told)
    assert told[0].exit_code == 3 and told[0].good
    assert results(town)["m1"] == "purged"
    # It stays told by `status`; a night like the one before is no reason to wake anybody.
    ran(town, told)
    assert told[-1].exit_code == 0 and told[-1].good


def test_a_failure_ends_the_run_and_the_result_names_the_stage(town: Town) -> None:
    def fail(call: str) -> None:
        if call == "pages":
            raise MailNotAnswering("The mail system does not answer.", "Try again later.")

    memory(town).before_call = fail
    told: list[Ran] = []
    with pytest.raises(MailNotAnswering):
        ran(town, told)
    (one,) = told
    assert (one.stopped_in, one.exit_code, one.good) == ("sync", 13, False)
    assert [stage.name for stage in one.stages] == ["settle", "sync"]
    world = town.world()
    assert world.catalog.runs.last()["run"].result["error"] == "The mail system does not answer."
    assert world.catalog.runs.last_good("run") is None


def test_a_run_by_nobody_who_is_known_removes_nothing_and_leaves_no_plan_behind(town: Town) -> None:
    allow(town, NOTICES)
    world = town.world()
    world.actor = Person(address="account:stranger")
    with pytest.raises(PersonUnknown):
        run.run(world)
    world.close()
    assert set(results(town).values()) == {STAYS} and kept(town) == []


def test_a_clock_that_jumped_ends_the_run_before_anything_is_written(town: Town) -> None:
    """What was written on a day to come would stand in the way of every later entry."""
    allow(town, NOTICES)
    clocked(town, up=1000)
    before = len(entries(town))
    town.at += timedelta(days=400)
    with pytest.raises(ClockWrong):
        clocked(town, up=90_000)
    assert len(entries(town)) == before
    town.at -= timedelta(days=399)
    assert clocked(town, up=87_400).good


def clocked(town: Town, up: int) -> Ran:
    """A run on a machine that has been running for so many seconds."""
    world = town.world()
    world.machine = lambda: Machine("boot", up)
    try:
        return run.run(world)
    finally:
        world.close()


def entries(town: Town) -> list[str]:
    return (town.folder / "ledger.jsonl").read_text("utf-8").splitlines()


def test_the_result_is_kept_for_status_and_report(town: Town) -> None:
    allow(town, NOTICES)
    ran(town)
    world = town.world()
    good = world.catalog.runs.last_good("run")
    assert good is not None and good.result["good"] is True
    assert good.result["totals"]["purge"] == 2 and good.result["stays"]["no series"] == 1
    assert good.result["moved"] == [{"schedule": "town", "series": NOTICES, "captured": 0, "purged": 2}]


def test_a_bug_is_told_without_a_word_of_the_mail(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ValueError("Subject: a secret")

    monkeypatch.setattr(classify, "Filer", broken)
    told: list[Ran] = []
    with pytest.raises(ValueError, match="secret"):
        ran(town, told)
    assert (told[0].exit_code, told[0].error, told[0].stopped_in) == (1, "A bug: ValueError.", "classify")


def test_a_second_run_at_the_same_time_does_nothing_and_says_since_when_the_first_runs(town: Town) -> None:
    first, second = town.world(), town.world()
    with first.alone(), pytest.raises(AnotherRun, match=r"since 2026-11-21 09:00 CST \(process \d+\)"):
        run.run(second)
    assert second.catalog.runs.last() == {}


def test_a_message_that_changed_meanwhile_is_decided_about_by_the_next_run(town: Town) -> None:
    ran(town)
    approve_kept(town)
    memory(town).edit(MessageRef("mailbox-1", "m1"), subject="Minutes after all")
    one = ran(town)
    assert results(town)["m1"] == "skipped" and one.stage("apply")["skipped"] == 1
    assert said(one)["propose"].endswith("waits for an office's approval.")


def test_an_approval_that_was_given_before_a_hold_frees_nothing_of_it(town: Town) -> None:
    ran(town)
    approved = approve_kept(town)
    town.hold(custodians=(CLERK,))
    ran(town)
    assert set(results(town).values()) == {STAYS} and [p.name for p in kept(town)] == [approved.name]


# What cannot even begin


def test_a_run_that_cannot_read_the_ledger_is_told_and_kept_all_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Ledger) -> None:
        raise LedgerBroken("Entry 3 is not what was written.", "Keep it.")

    world, told = town.world(), list[Ran]()
    with monkeypatch.context() as patch, pytest.raises(LedgerBroken):
        patch.setattr(Ledger, "refresh", broken)
        run.run(world, told=told.append)
    (one,) = told
    assert (one.exit_code, one.good, one.stopped_in) == (40, False, "settle") and one.rests_on == ""
    last = world.catalog.runs.last()["run"]
    assert last.ended_at is not None and last.result["exit_code"] == 40
    world.close()


def test_a_run_whose_forerunner_cannot_be_read_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Ran] = []
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(Rest, "_is_filed_by_hand", lambda self: 1 // 0)
        ran(town, told)
    assert [one.exit_code for one in told] == [1]
