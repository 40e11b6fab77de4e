"""Two schedules over the same catalog: every message whose fate would flip is found, counted and called by its kind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.audit import EventRecorded, Reviewed
from retention.core.diff import Kind
from retention.core.event import Event
from retention.core.schedule import KeyRule, Schedule
from retention.core.words import Field
from retention.errors import WrongUsage
from retention.jobs import adopt, classify
from retention.jobs.diff import Difference, Flip
from retention.jobs.diff import diff as job
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, Town, schedule, series

REQUISITIONS = series("requisitions", "3 years after received", "requisition")
MINUTES = series("minutes", "permanent", "minutes")
NOTICES = series("notices", "no retention required", "notice", transitory=True)
OLD = schedule(REQUISITIONS, MINUTES, NOTICES)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path, schedule=OLD)


def diff(town: Town, old: Schedule, new: Schedule, **more: Any) -> Difference:
    world = town.world()
    try:
        return job(world, old, new, **more)
    finally:
        world.close()


def kinds(found: Difference) -> dict[Kind, int]:
    return {one.kind: one.messages for one in found.kinds if one.messages}


def flips(found: Difference) -> dict[str, Kind]:
    return {one.subject: one.kind for one in found.flips}


def test_every_flip_is_found_and_called_by_its_kind(town: Town) -> None:
    for subject in ("Requisition 1", "Minutes of May", "Notice 1", "Newsletter 1", "Lunch?"):
        town.add(subject)
    town.read()
    new = schedule(
        series("requisitions", "7 years after received", "requisition"),
        series("minutes", "9 years after received", "minutes"),
        series("notices", "1 year after received", "notice"),
        series("newsletters", "90 days after received", "newsletter", transitory=True),
    )
    found = diff(town, OLD, new)
    assert flips(found) == {
        "Newsletter 1": Kind.DESTROYABLE,
        "Minutes of May": Kind.SOONER,
        "Notice 1": Kind.CAPTURED,
        "Requisition 1": Kind.LONGER,
    }
    assert [one.kind for one in found.flips] == sorted((one.kind for one in found.flips), key=list(Kind).index)
    assert (found.seen, found.same, found.flipped) == (5, 1, 4)
    (newsletter, *_) = found.flips
    assert (newsletter.mailbox, newsletter.sender) == (CLERK, "someone@elsewhere.example")
    assert (str(newsletter.old), str(newsletter.new)) == ("stays, no series", "town-newsletters: purged")
    back = diff(town, new, OLD)
    assert flips(back) == {
        "Newsletter 1": Kind.SPARED,
        "Minutes of May": Kind.LONGER,
        "Notice 1": Kind.DESTROYABLE,
        "Requisition 1": Kind.SOONER,
    }


def test_the_same_schedule_twice_flips_nothing_and_nothing_is_written(town: Town) -> None:
    town.add("Requisition 1")
    town.add("Notice 1")
    town.read()
    ledger, world = (town.folder / "ledger.jsonl").read_bytes(), town.world()
    runs, tally = world.catalog.runs.last(), world.catalog.tally()
    found = job(world, OLD, schedule(REQUISITIONS, MINUTES, NOTICES))
    assert (found.seen, found.same, kinds(found), found.flips) == (2, 2, {}, ())
    job(world, OLD, schedule(MINUTES))
    assert (world.catalog.runs.last(), world.catalog.tally()) == (runs, tally)
    assert (town.folder / "ledger.jsonl").read_bytes() == ledger
    world.close()


def test_mail_that_was_never_classified_is_compared_all_the_same(town: Town) -> None:
    town.add("Notice 1")
    from retention.jobs import sync

    sync.sync(town.world())
    assert kinds(diff(town, schedule(MINUTES), OLD)) == {Kind.DESTROYABLE: 1}


def test_a_held_message_is_counted_in_its_kind_and_by_its_hold(town: Town) -> None:
    town.add("Notice about Elm Street")
    town.add("Notice about lunch")
    town.read()
    elm = town.hold(words=("Elm Street",))
    everything = town.hold(matter="All of Ana's", custodians=(CLERK,))
    found = diff(town, schedule(REQUISITIONS), OLD)
    assert [(one.kind, one.messages, one.held) for one in found.kinds if one.messages] == [(Kind.DESTROYABLE, 2, 2)]
    assert {(one.hold, one.messages) for one in found.by_hold} == {(elm, 1), (everything, 2)}
    assert {one.subject: set(one.holds) for one in found.flips} == {
        "Notice about Elm Street": {elm, everything},
        "Notice about lunch": {everything},
    }


def test_what_no_hold_keeps_is_listed_before_what_one_keeps(town: Town) -> None:
    for subject in ("Notice about Elm Street", "Notice 2", "Notice 3"):
        town.add(subject, preview="...")
    town.read()
    town.hold(words=("Elm Street",))
    found = diff(town, schedule(REQUISITIONS), OLD, limit=2)
    assert [one.subject for one in found.flips] == ["Notice 2", "Notice 3"]
    assert kinds(found) == {Kind.DESTROYABLE: 3}
    assert diff(town, schedule(REQUISITIONS), OLD, limit=0).flips == ()


def test_counts_by_custodian_and_series_add_up(town: Town) -> None:
    for n in range(3):
        town.add(f"Notice {n}")
    town.add("Notice 4", mailbox=RECORDS)
    town.add("Minutes of May", mailbox=RECORDS)
    town.read()
    found = diff(town, schedule(MINUTES), schedule(NOTICES))
    assert [(one.mailbox, one.kind, one.messages) for one in found.by_custodian] == [
        (CLERK, Kind.DESTROYABLE, 3),
        (RECORDS, Kind.DESTROYABLE, 1),
        (RECORDS, Kind.REVIEW, 1),
    ]
    assert [(one.old, one.new, one.messages) for one in found.by_series] == [
        ("", "town-notices", 4),
        ("town-minutes", "", 1),
    ]
    assert found.seen == found.same + sum(one.messages for one in found.by_custodian) == 5


def test_each_flip_is_given_as_it_is_found_however_few_are_listed(town: Town) -> None:
    for n in range(5):
        town.add(f"Notice {n}")
    town.read()
    each: list[Flip] = []
    found = diff(town, schedule(MINUTES), OLD, limit=1, each=each.append)
    assert len(found.flips) == 1
    assert Counter(one.kind for one in each) == kinds(found)


# --- what is taken as adopted ----------------------------------------------------------------------------------------


def unverified() -> Schedule:
    return schedule(MINUTES, series("notices", "no retention required", "notice", transitory=True, verified=False))


def test_an_unverified_series_stays_inert(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    found = diff(town, schedule(MINUTES), unverified())
    assert kinds(found) == {Kind.UNCONFIRMED: 1}
    assert (found.new.unverified, found.unconfirmed) == (1, 1)
    assert [one.kind for one in found.kinds[:2]] == [Kind.DESTROYABLE, Kind.UNCONFIRMED]


def test_a_series_confirmed_by_the_adoption_in_force_does_not(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    town.schedule = unverified()
    world = town.world(RECORDS)
    adopt.adopt(world, "town", authority="Resolution 1", confirmed=("town-notices",))
    world.close()
    found = diff(town, schedule(MINUTES), unverified())
    assert kinds(found) == {Kind.DESTROYABLE: 1}
    assert found.new.unverified == 0 and found.new.used and not found.old.used


def test_what_the_adoption_would_confirm_is_newly_destroyable(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    for old in (schedule(MINUTES), unverified()):
        found = diff(town, old, replace(unverified(), edition="2027"), confirmed=("TOWN-notices",))
        assert kinds(found) == {Kind.DESTROYABLE: 1}
        assert (found.new.unverified, found.unconfirmed) == (0, 0)
    with pytest.raises(WrongUsage, match="no series 'nothing' to confirm"):
        diff(town, unverified(), unverified(), confirmed=("nothing",))


def test_what_stays_on_both_sides_until_it_is_confirmed_is_no_flip_and_is_told(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    found = diff(town, unverified(), replace(unverified(), edition="2027"))
    assert (kinds(found), found.unconfirmed) == ({}, 1)


def named(name: str, *rows: dict[str, Any]) -> Schedule:
    return replace(schedule(*rows), name=name)


def compared_beside(town: Town, others: tuple[Schedule, ...], old: Schedule, new: Schedule) -> Difference:
    world = town.world()
    world.schedules = others
    try:
        return job(world, old, new)
    finally:
        world.close()


def test_the_citys_other_schedules_stay_in_place_on_both_sides(town: Town) -> None:
    """A second schedule makes what the new one would destroy a matter for a person."""
    town.add("Notice 1")
    town.read()
    county = named("county", series("bulletins", "2 years after received", "notice"))
    alone = compared_beside(town, (), schedule(MINUTES), OLD)
    assert (kinds(alone), alone.beside) == ({Kind.DESTROYABLE: 1}, ())
    beside = compared_beside(town, (OLD, county), schedule(MINUTES), OLD)
    assert (kinds(beside), beside.beside) == ({}, ("county",))


def test_a_schedule_of_another_name_takes_the_place_of_the_old_one(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    town_27 = named("town-2027", MINUTES)
    county = named("county", REQUISITIONS)
    found = compared_beside(town, (OLD, county), OLD, town_27)
    assert (kinds(found), found.beside) == ({Kind.SPARED: 1}, ("county",))
    strangers = compared_beside(town, (county,), OLD, town_27)
    assert (kinds(strangers), strangers.beside) == ({Kind.SPARED: 1}, ())


def test_a_rule_that_asks_for_the_direction_is_judged_on_the_side_that_asks(town: Town) -> None:
    town.city = replace(town.city, city=replace(town.city.city, domains=("town.example",)))
    town.add("Notice 1", sender=RECORDS, to=(CLERK,), cc=())
    town.add("Notice 2", sender="jo@elsewhere.example", to=(CLERK,), cc=())
    town.read()
    internal = series("notices", "no retention required", "notice", transitory=True)
    internal |= {
        "match": [{"subject": ["notice"], "direction": ["internal"]}],
        "example": [{"subject": "notice", "direction": "internal", "belongs": True}],
    }
    assert flips(diff(town, OLD, schedule(internal))) == {"Notice 2": Kind.SPARED}


# --- what people said and did ----------------------------------------------------------------------------------------


def test_a_persons_filing_beats_the_rules_on_both_sides(town: Town) -> None:
    town.add("Notice 1", folder="Inbox/town-minutes")
    town.read()
    assert kinds(diff(town, schedule(MINUTES), OLD)) == {}


def review(town: Town, ref: Any, **said: Any) -> None:
    world = town.world(RECORDS)
    world.ledger.append(Reviewed(mailbox=ref.mailbox, ids=(ref.id,), reason="I wrote it", **said))
    world.close()


@pytest.mark.parametrize("read", [True, False], ids=["read by a classification", "not read yet"])
def test_a_review_beats_the_rules_on_both_sides(town: Town, read: bool) -> None:
    ref = town.add("Notice 1")
    town.read()
    review(town, ref, schedule="town", series="town-minutes")
    if read:
        world = town.world()
        classify.classify(world)
        world.close()
    new = schedule(NOTICES, series("minutes", "9 years after received", "minutes"))
    assert kinds(diff(town, schedule(MINUTES), new)) == {Kind.SOONER: 1}
    assert kinds(diff(town, schedule(MINUTES), schedule(NOTICES))) == {Kind.REVIEW: 1}


def test_an_event_counts_by_the_keys_that_each_side_sees_and_those_a_person_gave(town: Town) -> None:
    ref = town.add("Claim of Jo")
    town.read()
    review(town, ref, keys=("claim c-1",))
    world = town.world(RECORDS)
    world.ledger.append(EventRecorded(event=Event(kind="closed", key="claim c-1", on=town.at.date())))
    world.close()
    old = schedule(series("claims", "30 years after received", "claim"))
    found = diff(town, old, schedule(series("claims", "2 years after closed", "claim")))
    assert [(one.kind, str(one.new.due_on)) for one in found.flips] == [(Kind.SOONER, "2028-11-22")]


VISITS = series("visits", "1 year after closed", "site visit", transitory=True, key="contract")
CONTRACT = KeyRule(field=Field.SUBJECT, pattern=r"\bcontract (C-\d+)", type="contract")
CASE = KeyRule(field=Field.SUBJECT, pattern=r"\bcase (K-\d+)", type="case")


def bearing(*keys: KeyRule, **changed: Any) -> Schedule:
    return replace(schedule(VISITS | changed), keys=keys)


def test_a_clock_that_other_events_would_start_is_a_flip(town: Town) -> None:
    town.add("Site visit, contract C-1, case K-1")
    town.add("Site visit, contract C-1")
    town.read()
    both, by_case = bearing(CONTRACT, CASE), bearing(CONTRACT, CASE, key="case")
    found = diff(town, both, by_case)
    assert flips(found) == {
        "Site visit, contract C-1, case K-1": Kind.SOONER,
        "Site visit, contract C-1": Kind.LONGER,
    }
    (one, other) = found.flips
    assert (str(one.old), str(one.new)) == (
        "town-visits: purged, 1 year after closed (of contract c-1)",
        "town-visits: purged, 1 year after closed (of case k-1)",
    )
    assert str(other.new) == "town-visits: purged, 1 year after closed (of no case)"
    assert kinds(diff(town, both, both)) == kinds(diff(town, both, bearing(CONTRACT))) == {}


def test_other_patterns_by_which_mail_bears_keys_are_a_flip_where_it_bears_others(town: Town) -> None:
    town.add("Site visit, contract C-1, formerly C-2")
    town.read()
    now, formerly = bearing(CONTRACT), bearing(replace(CONTRACT, pattern=r"\bformerly (C-\d+)"))
    both = bearing(*now.keys, *formerly.keys)
    assert kinds(diff(town, now, formerly)) == kinds(diff(town, both, now)) == {Kind.SOONER: 1}
    assert kinds(diff(town, now, both)) == {Kind.LONGER: 1}
    assert kinds(diff(town, bearing(), now)) == {Kind.SOONER: 1}
    assert kinds(diff(town, now, bearing())) == {Kind.LONGER: 1}


# --- the conversation of a record ------------------------------------------------------------------------------------


def test_each_side_has_its_own_records_in_a_conversation(town: Town) -> None:
    """A newsletter becomes destroyable only where its conversation holds no record under the new schedule either."""
    town.add("Notice about it", conversation="c1")
    town.add("Requisition 1", conversation="c1")
    town.add("Notice of something else", conversation="c2")
    town.read()
    without = schedule(MINUTES, NOTICES)
    assert flips(diff(town, OLD, without)) == {"Requisition 1": Kind.REVIEW, "Notice about it": Kind.DESTROYABLE}
    assert flips(diff(town, without, OLD)) == {"Requisition 1": Kind.CAPTURED, "Notice about it": Kind.SPARED}


def test_a_record_that_has_left_its_mailbox_holds_its_conversation_on_both_sides(town: Town) -> None:
    town.add("Requisition 1", conversation="c1")
    made = town.approved_plan()
    assert town.apply(made).total("captured") == 1
    town.add("Notice about it", conversation="c1")
    town.read()
    assert kinds(diff(town, schedule(MINUTES), schedule(MINUTES, NOTICES))) == {Kind.REFILED: 1}


# --- beside the plan -------------------------------------------------------------------------------------------------


def test_what_is_newly_destroyable_is_what_the_plan_purges_after_the_adoption(town: Town) -> None:
    """The comparison, made before, and the two plans, made under each schedule, say the same."""
    for n, conversation in enumerate(("c1", "c1", "c2", "c3")):
        town.add(f"Notice {n}", conversation=conversation)
    town.add("Requisition 1", conversation="c1")
    town.add("Minutes with notice", conversation="c4")
    town.add("Requisition with notice", conversation="c3")
    town.read()
    town.hold(words=("Notice 2",))
    old, new = schedule(MINUTES, NOTICES), schedule(MINUTES, REQUISITIONS, NOTICES)
    found, back = diff(town, old, new), diff(town, new, old)
    purges = []
    for side in (old, new):
        town.schedule = side
        town.adopt()
        world = town.world()
        classify.classify(world)
        world.close()
        purges.append({step.subject for step in town.plan().steps if step.action == "purge"})
    newly = {one.subject for one in found.flips if one.kind is Kind.DESTROYABLE and not one.holds}
    newly_back = {one.subject for one in back.flips if one.kind is Kind.DESTROYABLE and not one.holds}
    assert newly == purges[1] - purges[0]
    assert newly_back == purges[0] - purges[1] != set()
    assert len(town.world(ATTORNEY).holds())
