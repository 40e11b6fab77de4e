"""A town that runs by itself: its standing approvals, its runs, and what they leave.

Nothing is tested here.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from retention.core.plan import AnyPlan, Plan
from retention.jobs import approve, audit, run, standing
from retention.jobs.proposals import Proposal, proposals
from retention.jobs.ran import Ran
from retention.plans import Plans
from tests.jobs.town import RECORDS, Town

NOTICES, NEWSLETTERS, MINUTES = "town-notices", "town-newsletters", "town-minutes"


def adopted(folder: Path, *subjects: str) -> Town:
    """A town with an adopted schedule and these messages, of which nothing is read yet."""
    town = Town(folder)
    for n, subject in enumerate(subjects, 1):
        town.add(subject, id=f"m{n}")
    town.adopt()
    return town


def allow(town: Town, *codes: str, largest: int = 100, days: int = 300) -> None:
    """The Records Manager approves these series in advance."""
    world = town.world(RECORDS)
    standing.give(world, codes or (NOTICES,), largest=largest, until=world.today + timedelta(days=days))
    world.close()


def ran(town: Town, told: list[Ran] | None = None, **opened: Any) -> Ran:
    """One run, in a world of its own, by cron."""
    world = town.world(**opened)
    try:
        return run.run(world, told=(told if told is not None else []).append)
    finally:
        world.close()


def kept(town: Town) -> list[Plan]:
    """The plans that lie beside the ledger, finished or not."""
    plans = Plans(town.folder / "plans")
    return [plan for digest in plans.digests() if isinstance(plan := plans.read(digest), Plan)]


def waiting(town: Town) -> tuple[Proposal, ...]:
    world = town.world()
    try:
        return proposals(world)
    finally:
        world.close()


def approve_kept(town: Town, plan: AnyPlan | None = None) -> Plan:
    """The Records Manager approves the one plan that is kept."""
    (found,) = kept(town) if plan is None else [plan]
    assert isinstance(found, Plan)
    world = town.world(RECORDS)
    approve.approve(world, found)
    world.close()
    return found


def said(one: Ran) -> dict[str, str]:
    return {stage.name: stage.said for stage in one.stages}


def did(one: Ran) -> dict[str, bool]:
    return {stage.name: stage.did for stage in one.stages}


def results(town: Town) -> dict[str, str]:
    """What became of every message, by its id; the ledger must verify."""
    world = town.world()
    try:
        audit.verify(world)
        return {known.message.id: known.result or "" for known in world.catalog.everything()}
    finally:
        world.close()
