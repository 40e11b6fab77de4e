"""Events start the clocks of the messages that bear their key, past and future, and a retracted one stops them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from retention.core.schedule import Schedule, parse
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs import event, why
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, Town, series

LONG_AGO = date(2024, 1, 1)


def schedule() -> Schedule:
    head = {"name": "town", "title": "Town", "authority": "Council", "edition": "2026"}
    keys = [{"type": "contract", "subject": r"re:\bcontract (C-\d+)", "category": r"re:^Contract (C-\d+)$"}]
    rows = [
        series("logistics", "1 year after closed", "site visit", transitory=True, key="contract"),
        series("drafts", "1 year after audit of fiscal year received", "draft figures", transitory=True),
        series("files", "6 years after closed", "agreement", key="contract"),
    ]
    parsed, problems = parse({"schedule": head, "keys": keys, "series": rows}, "town")
    assert parsed is not None, problems
    return parsed


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path, schedule=schedule())
    town.adopt()
    return town


def record(town: Town, kind: str = "closed", key: str = "contract C-1", on: date = LONG_AGO) -> event.Told:
    world = town.world(CLERK)
    told = event.record(world, kind, key=key, on=on)
    world.close()
    return told


def removed(town: Town) -> list[str]:
    town.read()
    return sorted(step.subject for step in town.plan().steps)


def test_an_event_starts_the_clock_of_all_messages_with_its_key_past_and_future(town: Town) -> None:
    town.add("Site visit, contract C-1")
    town.add("Site visit, contract C-2")
    town.add("Site visit tomorrow")
    assert removed(town) == []
    record(town)
    assert removed(town) == ["Site visit, contract C-1"]
    town.add("Site visit again, contract c-1")
    assert removed(town) == ["Site visit again, contract c-1", "Site visit, contract C-1"]


def test_a_retracted_event_stops_the_clock(town: Town) -> None:
    town.add("Site visit, contract C-1")
    told = record(town)
    assert removed(town) == ["Site visit, contract C-1"]
    world = town.world(RECORDS)
    event.retract(world, told.n, reason="another contract was closed")
    world.close()
    assert removed(town) == []


def test_an_event_that_is_retracted_while_a_plan_waits_stops_its_deed(town: Town) -> None:
    ref = town.add("Site visit, contract C-1")
    told = record(town)
    made = town.approved_plan()
    assert len(made.steps) == 1
    event.retract(town.world(RECORDS), told.n, reason="a slip")
    applied = town.apply(made)
    assert applied.total("purged") == 0 and "waits for" in applied.skipped[1]
    assert town.world().catalog.known(ref).left_at is None  # type: ignore[union-attr]


def test_the_period_runs_from_the_day_of_the_event_and_not_a_day_less(town: Town) -> None:
    town.add("Site visit, contract C-1")
    record(town, on=date(2025, 11, 21))
    assert removed(town) == []  # today is 21 November 2026: the anniversary is not over
    record(town, key="contract C-2", on=date(2025, 11, 20))
    town.add("Site visit, contract C-2")
    assert removed(town) == ["Site visit, contract C-2"]


def test_a_category_bears_a_key_as_a_subject_does(town: Town) -> None:
    town.add("Site visit", categories=("Contract C-1",))
    record(town)
    assert removed(town) == ["Site visit"]


def test_an_audited_year_is_borne_by_every_message_of_that_year(town: Town) -> None:
    town.add("Draft figures")  # received in 2025, and the fiscal year is the calendar year
    record(town, "audit", "fiscal year 2024")
    assert removed(town) == []
    record(town, "audit", "fiscal year 2025", date(2025, 11, 1))
    assert removed(town) == ["Draft figures"]


@pytest.mark.parametrize("key", ["", "C-1", "contract"])
def test_an_event_without_a_key_is_refused(town: Town, key: str) -> None:
    with pytest.raises(WrongUsage, match="needs the key"):
        record(town, key=key)
    assert event.told(town.world()) == ()


@pytest.mark.parametrize("kind", ["", "2 years", "closed and paid", "closed; x", "read"])
def test_a_kind_that_no_period_can_name_is_refused(town: Town, kind: str) -> None:
    with pytest.raises(WrongUsage, match="is no kind of event"):
        record(town, kind=kind)


def test_an_event_that_has_not_come_yet_is_refused(town: Town) -> None:
    with pytest.raises(WrongUsage, match="has not come yet"):
        record(town, on=date(2026, 11, 22))


def test_only_the_office_records_events_and_retracts_them(town: Town) -> None:
    with pytest.raises(NotThisOffice):
        event.record(town.world(ATTORNEY), "closed", key="contract C-1", on=LONG_AGO)
    told = record(town)
    with pytest.raises(NotThisOffice):
        event.retract(town.world(ATTORNEY), told.n, reason="x")
    assert event.told(town.world()) == (told,)


def test_what_is_no_event_in_force_cannot_be_retracted(town: Town) -> None:
    told = record(town)
    world = town.world(RECORDS)
    with pytest.raises(WrongUsage, match="needs its reason"):
        event.retract(world, told.n, reason=" ")
    event.retract(world, told.n, reason="a slip")
    for n in (told.n, 0, 99):
        with pytest.raises(WrongUsage, match="is no event in force"):
            event.retract(world, n, reason="again")


def test_the_events_of_one_key_are_listed_in_their_order(town: Town) -> None:
    record(town)
    other = record(town, key="contract C-2")
    record(town, "audit", "fiscal year 2024")
    assert [told.key for told in event.told(town.world())] == ["contract c-1", "contract c-2", "fiscal year 2024"]
    assert event.told(town.world(), "Contract  C-2") == (other,)
    assert "closed" in event.awaited(town.world())


def test_why_names_the_keys_and_what_happened_to_them(town: Town) -> None:
    ref = town.add("Site visit, contract C-1")
    town.read()
    (before,) = why.why(town.world(), ref.id)
    assert before.known.keys == ("contract c-1",) and before.happened == {}
    assert "waits for" in before.sentences[1]
    record(town)
    (after,) = why.why(town.world(), ref.id)
    assert after.happened == {"closed": LONG_AGO}
    assert after.decision.due_on == date(2025, 1, 2)
