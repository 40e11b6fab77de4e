"""A plan that is made for some series alone leaves everything else that is due, and says that it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.decide import Action
from retention.core.plan import Plan
from retention.jobs import plan
from tests.jobs.town import Town, with_limits


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    for subject in ("Notice 1", "Notice 2", "Newsletter 1", "Requisition 1", "Minutes 1", "Nobody knows"):
        town.add(subject)
    town.read()
    town.adopt()
    return town


def planned(town: Town, *only: tuple[str, str], within_limits: bool = False) -> Plan:
    world = town.world()
    try:
        return plan.plan(world, only=only, within_limits=within_limits)
    finally:
        world.close()


def test_only_what_is_asked_for_is_in_the_plan(town: Town) -> None:
    made = planned(town, ("town", "town-notices"), ("town", "town-minutes"))
    assert sorted((step.action, step.series) for step in made.steps) == [
        (Action.CAPTURE, "town-minutes"),
        (Action.PURGE, "town-notices"),
        (Action.PURGE, "town-notices"),
    ]
    assert len(town.plan().steps) == 5


def test_what_is_due_and_not_asked_for_is_counted_as_kept_and_waits(town: Town) -> None:
    made = planned(town, ("town", "town-notices"))
    ((_, tally),) = made.counts.items()
    assert (tally.seen, tally.kept, tally.purge, tally.capture) == (6, 4, 2, 0)
    stays = {group.why: (group.count, group.example) for group in made.stays}
    assert stays["awaits approval"] == (3, "It is due, and waits for a plan that an office approves.")


def test_a_series_is_asked_for_with_its_schedule(town: Town) -> None:
    assert planned(town, ("another", "town-notices")).steps == ()
    assert planned(town).steps == ()


def test_what_waits_takes_nothing_of_what_one_plan_may_take(town: Town) -> None:
    with_limits(town, largest_purge=2)
    made = planned(town, ("town", "town-notices"), within_limits=True)
    assert [step.series for step in made.steps] == ["town-notices", "town-notices"]
    assert {group.why for group in made.stays} == {"awaits approval", "no series"}


def test_what_is_held_is_held_whatever_is_asked_for(town: Town) -> None:
    town.hold(words=("newsletter",))
    made = planned(town, ("town", "town-notices"))
    ((_, tally),) = made.counts.items()
    assert tally.held == 1 and tally.reconciles
    assert [step.series for step in planned(town, ("town", "town-newsletters")).steps] == []
