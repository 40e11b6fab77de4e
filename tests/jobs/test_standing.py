"""Standing approvals: what may leave regularly, how much, until when, and everything that ends one."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.audit import Refused
from retention.core.authority import Act
from retention.core.plan import Plan, seal
from retention.core.standing import ApprovedInAdvance, Standing, StandingApproved, shared_out
from retention.errors import (
    NotApproved,
    NotThisOffice,
    PlanTooLarge,
    ScheduleNotValid,
    SignatureInvalid,
    WrongUsage,
)
from retention.jobs import apply, plan, standing
from retention.jobs.acting import signed
from retention.jobs.approve import approvers, plans_of
from retention.jobs.world import World
from tests.jobs.archive import Archive
from tests.jobs.test_prove import proven
from tests.jobs.test_signed_acts import SignedTown
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS, Town, schedule, series
from tests.mail.doubles import MemoryMail
from tests.packet.unpacking import rows

TODAY = date(2026, 11, 21)
YEAR = timedelta(days=365)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def due(town: Town, notices: int = 3, others: int = 0) -> None:
    """Notices to purge and requisitions to capture, read and filed under an adopted schedule."""
    for number in range(notices):
        town.add(f"Notice {number}")
    for number in range(others):
        town.add(f"Requisition {number}")
    town.read()
    town.adopt()


def given_by(town: Town, by: str = RECORDS, *codes: str, **said: Any) -> int:
    """The entry of a standing approval for notices, ten at a time, until the year's end."""
    world = town.world(by)
    codes = codes or ("town-notices",)
    standing.give(world, codes, **{"largest": 10, "until": date(2026, 12, 31), **said})
    entry = max(world.ledger.in_force.standing.given)
    world.close()
    return entry


def nightly(town: Town) -> Plan:
    """What a run plans: only what stands approved in advance."""
    world = town.world()
    made = plan.plan(world, only=standing.covered(world))
    world.close()
    return made


def goes(town: Town, made: Plan, world: World | None = None) -> apply.Applied:
    """What a run does with its plan."""
    world = world or town.world()
    try:
        return apply.apply(world, made, in_advance=True)
    finally:
        world.close()


def test_mail_of_its_series_leaves_under_a_standing_approval_and_the_ledger_says_which(town: Town) -> None:
    due(town, others=2)
    entry = given_by(town)
    made = nightly(town)
    assert {step.series for step in made.steps} == {"town-notices"}
    assert goes(town, made).total("purged") == 3
    entries = [one.body for one in (link.entry for link in town.world().ledger.links())]
    told = [body for body in entries if isinstance(body, ApprovedInAdvance)]
    assert told == [ApprovedInAdvance(plan=made.digest, entry=entry, by=RECORDS, steps=3)]


def test_records_are_captured_under_one_too(town: Town) -> None:
    due(town, notices=0, others=2)
    given_by(town, RECORDS, "town-requisitions")
    assert goes(town, nightly(town)).total("captured") == 2


def test_one_step_of_another_series_makes_the_plan_wait_for_an_office(town: Town) -> None:
    due(town, others=1)
    given_by(town)
    made = town.plan()
    with pytest.raises(NotApproved):
        goes(town, made)
    assert isinstance(town.mail, MemoryMail) and len(town.mail.purged) == 0


def test_what_waits_for_an_office_is_kept_and_counted(town: Town) -> None:
    due(town, others=2)
    given_by(town)
    made = nightly(town)
    tally = made.counts[CLERK]
    assert (tally.seen, tally.kept, tally.purge, tally.capture) == (5, 2, 3, 0)
    assert any("waits for a plan that an office approves" in group.example for group in made.stays)


def test_more_than_it_allows_stops_before_the_first_deed_and_says_how_far(town: Town) -> None:
    due(town)
    given_by(town, largest=2)
    with pytest.raises(PlanTooLarge, match=r"would take 3 messages under the standing approval .* allows 2"):
        goes(town, nightly(town))
    assert isinstance(town.mail, MemoryMail) and len(town.mail.purged) == 0


def test_the_limits_of_the_city_bind_what_stands_approved(town: Town) -> None:
    due(town)
    given_by(town)
    town.city = replace(town.city, limits=replace(town.city.limits, largest_series=2))
    with pytest.raises(PlanTooLarge, match=r"largest_series.* 1 too many.*The largest causes: 3 of town-notices"):
        goes(town, nightly(town))


def test_a_hold_holds_whatever_stands_approved(town: Town) -> None:
    due(town)
    given_by(town)
    made = nightly(town)
    town.hold(custodians=(CLERK,))
    assert nightly(town).steps == ()
    with pytest.raises(Exception, match="holds have changed"):
        goes(town, made)


ENDS: list[tuple[str, Any]] = [
    ("the day after its last", lambda town, entry: setattr(town, "at", NOW + timedelta(days=41))),
    ("withdrawn", lambda town, entry: standing.withdraw(town.world(RECORDS), entry, "a doubt")),
]


@pytest.mark.parametrize(("why", "end"), ENDS, ids=[why for why, _ in ENDS])
def test_what_ended_approves_nothing(town: Town, why: str, end: Any) -> None:
    due(town)
    entry = given_by(town)
    end(town, entry)
    world = town.world()
    assert standing.covered(world) == frozenset()
    made = town.plan()
    with pytest.raises(NotApproved):
        goes(town, made)


def test_its_last_day_counts(town: Town) -> None:
    due(town)
    given_by(town)
    town.at = NOW + timedelta(days=40)
    assert goes(town, nightly(town)).total("purged") == 3


def test_another_edition_of_the_schedule_has_to_be_approved_anew(town: Town) -> None:
    due(town)
    given_by(town)
    town.schedule = schedule(series("notices", "1 day after received", "notice", transitory=True))
    town.read()
    town.adopt()
    world = town.world()
    (one,) = standing.standing(world)
    assert "another edition" in one.why_not and standing.covered(world) == frozenset()


def test_whoever_makes_the_plan_has_not_approved_it_in_advance_either(town: Town) -> None:
    due(town)
    given_by(town)
    world = town.world(RECORDS)
    made = plan.plan(world, only=standing.covered(world))
    with pytest.raises(NotApproved):
        goes(town, made, world)


def test_a_standing_approval_withdrawn_while_a_run_is_under_way_stops_the_rest_of_it(town: Town) -> None:
    for number in range(40):
        town.add(f"Notice {number}")
    due(town, notices=0)
    entry = given_by(town, largest=100)
    made, mail, once = nightly(town), town.mail, threading.Lock()
    assert isinstance(mail, MemoryMail)

    def first(call: str) -> None:
        if call == "purge" and once.acquire(blocking=False):
            standing.withdraw(town.world(RECORDS), entry, "stop")

    mail.before_call = first
    applied = goes(town, made)
    assert 0 < applied.total("purged") <= 16
    assert set(applied.skipped.values()) == {"the standing approval of its plan has ended"}
    assert applied.total("purged") + applied.total("skipped") == 40


def test_what_a_newer_one_replaced_does_not_come_back(town: Town) -> None:
    due(town)
    given_by(town)
    newer = given_by(town, largest=2)
    first, second = standing.standing(town.world())
    assert first.why_not == f"It was replaced by entry {newer}." and second.why_not == ""
    standing.withdraw(town.world(RECORDS), newer, "a doubt")
    assert standing.covered(town.world()) == frozenset() and nightly(town).steps == ()


def test_nobody_slices_what_stands_approved_by_hand(town: Town) -> None:
    due(town)
    given_by(town)
    with pytest.raises(NotApproved):
        town.apply(nightly(town))


def test_a_run_over_midnight_ends_with_the_last_day(town: Town) -> None:
    for number in range(40):
        town.add(f"Notice {number}")
    due(town, notices=0)
    given_by(town, largest=100, until=TODAY)
    made, mail, once = nightly(town), town.mail, threading.Lock()
    assert isinstance(mail, MemoryMail)

    def first(call: str) -> None:
        if call == "purge" and once.acquire(blocking=False):
            town.at += timedelta(hours=20)

    mail.before_call = first
    applied = goes(town, made)
    assert 0 < applied.total("purged") <= 16 and applied.total("skipped") >= 24


def test_a_plan_that_calls_a_mailbox_by_anothers_address_does_nothing_there(town: Town) -> None:
    for number in range(9):
        town.add(f"Minutes {number}", mailbox=ATTORNEY)
    due(town)
    given_by(town)
    made = nightly(town)
    forged = seal(
        replace(
            made,
            steps=tuple(replace(step, address=ATTORNEY) for step in made.steps),
            counts={ATTORNEY: made.counts[CLERK]},
        )
    )
    assert goes(town, forged).total("purged") == 0


def test_only_an_office_gives_one_and_the_attempt_is_written_down(town: Town) -> None:
    due(town)
    for by in (CRON, ATTORNEY, CLERK):
        with pytest.raises(NotThisOffice):
            given_by(town, by)
    refused = [link.entry for link in town.world().ledger.links() if isinstance(link.entry.body, Refused)]
    assert [entry.by for entry in refused] == [CRON, ATTORNEY, CLERK]
    assert not town.world().ledger.in_force.standing.given


WRONG: list[tuple[dict[str, Any], tuple[str, ...], str]] = [
    ({"largest": 0}, (), "at least 1"),
    ({"until": TODAY - timedelta(days=1)}, (), "not between today and a year"),
    ({"until": TODAY + YEAR + timedelta(days=1)}, (), "not between today and a year"),
    ({}, ("town-notice",), "There is no series"),
]


@pytest.mark.parametrize(("said", "codes", "told"), WRONG)
def test_what_cannot_be_is_refused(town: Town, said: dict[str, Any], codes: tuple[str, ...], told: str) -> None:
    due(town)
    with pytest.raises(WrongUsage, match=told):
        given_by(town, RECORDS, *codes, **said)
    assert not town.world().ledger.in_force.standing.given


def test_nothing_is_approved_in_advance_of_a_schedule_nobody_adopted(town: Town) -> None:
    town.add("Notice")
    town.read()
    with pytest.raises(ScheduleNotValid, match="not adopted"):
        given_by(town)


def test_one_written_past_a_year_ends_after_a_year_all_the_same(town: Town) -> None:
    due(town)
    world = town.world(RECORDS)
    body = StandingApproved(
        series=(("town", "town-notices"),), editions=dict(world.fingerprints), largest=9, until=date(2099, 1, 1)
    )
    world.ledger.append(body)
    town.at = NOW + YEAR
    assert standing.covered(town.world())
    town.at = NOW + YEAR + timedelta(days=1)
    assert not standing.covered(town.world())


def test_the_destruction_of_records_is_never_approved_in_advance(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "town")
    archive.capture("Requisition 1")
    world = archive.world(RECORDS)
    standing.give(world, ("town-requisitions",), largest=99, until=date(2026, 12, 31))
    made = archive.destruction()
    assert made.steps and approvers(archive.world(), made) == ()
    with pytest.raises(NotApproved):
        archive.quarantine(made)


def test_an_unsigned_one_approves_nothing_where_acts_are_signed(tmp_path: Path) -> None:
    town = SignedTown(tmp_path / "town")
    due(town)
    world = town.world(RECORDS)
    body = StandingApproved(
        series=(("town", "town-notices"),), editions=dict(world.fingerprints), largest=9, until=date(2026, 12, 31)
    )
    town.forge(body)
    assert standing.covered(town.world()) == frozenset()
    made = town.plan()
    with pytest.raises(NotApproved):
        goes(town, made)
    given_by(town)
    assert goes(town, nightly(town)).total("purged") == 3


def test_one_signed_by_somebody_else_stops_the_run(tmp_path: Path) -> None:
    town = SignedTown(tmp_path / "town")
    due(town)
    world = town.world(CLERK)
    body = StandingApproved(
        series=(("town", "town-notices"),), editions=dict(world.fingerprints), largest=9, until=date(2026, 12, 31)
    )
    world.ledger.append(signed(world, Act.APPROVE, body))
    with pytest.raises((NotThisOffice, SignatureInvalid)):
        standing.covered(town.world())


def test_a_run_under_one_is_proven_to_a_stranger(town: Town) -> None:
    due(town)
    name = town.hold(words=("Elm Street",))
    entry = given_by(town)
    goes(town, nightly(town))
    packet = proven(town, name)
    (run,) = rows(packet, "runs")
    assert run["approved by"] == f"{RECORDS} (in advance, entry {entry})"


def test_a_finished_plan_is_not_kept_for_it_says_what_mail_said(town: Town) -> None:
    due(town)
    made = town.plan()
    town.approve(made)
    assert plans_of(town.world()).digests() == (made.digest,)
    goes(town, made)
    assert plans_of(town.world()).digests() == ()


# What each approves of a plan

KEYS = st.tuples(st.just("town"), st.sampled_from("abc"))
ONES = st.lists(st.tuples(st.lists(KEYS, min_size=1, max_size=3), st.integers(1, 3)), max_size=4)


@given(st.lists(KEYS, max_size=12), ONES, st.sets(st.integers(0, 3)))
def test_every_step_is_approved_by_the_newest_that_names_its_series_or_by_none(
    steps: list[tuple[str, str]], ones: list[tuple[list[tuple[str, str]], int]], counting: set[int]
) -> None:
    given_ = [
        Standing(n, "x", TODAY, StandingApproved(series=tuple(keys), editions={}, largest=largest, until=TODAY))
        for n, (keys, largest) in enumerate(ones)
    ]
    taken, uncovered = shared_out(steps, given_, counting)
    named = {key: n for n, (keys, _) in enumerate(ones) for key in keys}
    live = {key for key, n in named.items() if n in counting}
    assert uncovered == set(steps) - live and set(taken) <= counting
    assert sum(taken.values()) == sum(step in live for step in steps)
    for n, number in taken.items():
        newer = {key for keys, _ in ones[n + 1 :] for key in keys}
        assert number == sum(step in set(ones[n][0]) - newer for step in steps)
