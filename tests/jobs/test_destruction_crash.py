"""Killed or failed at any call of a destruction and started again, the end is the same; and a hold or a consent
withdrawn at any moment stops every deed after it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention.core.authority import HoldKind
from retention.core.consent import ConsentWithdrawn
from retention.core.destruction import Certified, RecordDeed, RecordOutcome
from retention.core.hold import Hold, HoldPlaced, Scope
from retention.core.plan import DestructionPlan
from retention.errors import PlanAltered
from tests.jobs.archive import Archive, gate
from tests.jobs.breaking import POINTS, Broken, breaking, fail, killed
from tests.jobs.town import ATTORNEY, RECORDS

MOST = 400
DAYS = 31
forked = pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DestructionPlan]:
    """Three records to be destroyed, planned, consented to and approved; one file of them is damaged."""
    folder = tmp_path_factory.mktemp("approved") / "town"
    archive = Archive(folder, gate())
    archive.capture("Requisition 1", "Requisition 2", "Requisition 3", "Minutes 1")
    return folder, archive.ready()


@pytest.fixture(scope="module")
def waiting(approved: tuple[Path, DestructionPlan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same records in quarantine."""
    archive, plan = taken(approved[0], tmp_path_factory.mktemp("waiting")), approved[1]
    archive.quarantine(plan)
    return archive.folder


def taken(folder: Path, to: Path, days: int = 0) -> Archive:
    """The archive as it was, in a folder of its own, so many days later."""
    shutil.copytree(folder, to / "town")
    archive = Archive(to / "town", gate())
    archive.later(days)
    return archive


def taken_up(archive: Archive, plan: DestructionPlan) -> None:
    try:
        archive.quarantine(plan)
    except PlanAltered as finished:
        assert "finished" in finished.message


def story(archive: Archive) -> dict[str, Any]:
    """Everything that may not depend on how often it was interrupted."""
    bodies = archive.see(lambda world: [link.entry.body for link in world.ledger.links()])
    outcomes = [one for one in bodies if isinstance(one, RecordOutcome)]
    return {
        "there": archive.places(),
        "waiting": archive.in_quarantine(),
        "results": {(one.place, one.deed): one.result for one in outcomes},
        "open": archive.see(lambda world: dict(world.ledger.in_force.destructions.open)),
        "catalog": archive.see(lambda world: world.catalog.records.tally()),
        "certificates": sum(isinstance(one, Certified) for one in bodies),
        "uncertified": archive.see(lambda world: dict(world.ledger.in_force.destructions.uncertified)),
        "files": sorted(str(f.relative_to(archive.folder)) for f in (archive.folder / "records").rglob("*.*")),
    }


def assert_written_first(archive: Archive, before: tuple[str, ...]) -> None:
    """What has gone has gone after it was written that it would."""
    bodies = archive.see(lambda world: [link.entry.body for link in world.ledger.links()])
    told = {one.place for one in bodies if isinstance(one, RecordDeed) and one.deed == "destroy" and one.tombstone}
    there = {place for place in before if (archive.folder / "records" / f"{place}.eml").is_file()}
    assert set(before) - there <= told


def each_call(breakage: Callable[[int, Archive], bool], start: Callable[[int], Archive]) -> int:
    """Break at every call until nothing is left to break; how many there were."""
    for at in count(1):
        archive = start(at)
        if not breakage(at, archive):
            return at
        assert at < MOST
    raise AssertionError


def test_going_into_quarantine_broken_at_every_call_ends_the_same(
    approved: tuple[Path, DestructionPlan], waiting: Path, tmp_path: Path
) -> None:
    folder, plan = approved
    undisturbed = story(Archive(waiting, gate()))

    def breakage(at: int, archive: Archive) -> bool:
        try:
            with breaking(at, fail):
                archive.quarantine(plan)
        except Broken:
            taken_up(archive, plan)
            assert story(archive) == undisturbed, f"broken at call {at}"
            return True
        return False

    assert each_call(breakage, lambda at: taken(folder, tmp_path / str(at))) > 20


@forked
def test_going_into_quarantine_killed_at_every_call_ends_the_same(
    approved: tuple[Path, DestructionPlan], waiting: Path, tmp_path: Path
) -> None:
    folder, plan = approved
    undisturbed = story(Archive(waiting, gate()))

    def breakage(at: int, archive: Archive) -> bool:
        if not killed(at, lambda: archive.quarantine(plan) and None):
            return False
        taken_up(archive, plan)
        assert story(archive) == undisturbed, f"killed at call {at}"
        return True

    assert each_call(breakage, lambda at: taken(folder, tmp_path / str(at))) > 20


def test_destroying_broken_at_every_call_ends_the_same(waiting: Path, tmp_path: Path) -> None:
    undisturbed = taken(waiting, tmp_path / "undisturbed", DAYS)
    before = undisturbed.places()
    undisturbed.destroy()
    end = story(undisturbed)
    assert len(end["there"]) == 1 and end["waiting"] == () and end["certificates"] == 1

    def breakage(at: int, archive: Archive) -> bool:
        try:
            with breaking(at, fail):
                archive.destroy()
        except Broken:
            assert_written_first(archive, before)
            archive.destroy()
            assert story(archive) == end, f"broken at call {at}"
            return True
        return False

    assert each_call(breakage, lambda at: taken(waiting, tmp_path / str(at), DAYS)) > 20


@forked
def test_destroying_killed_at_every_call_ends_the_same(waiting: Path, tmp_path: Path) -> None:
    undisturbed = taken(waiting, tmp_path / "undisturbed", DAYS)
    before = undisturbed.places()
    undisturbed.destroy()
    end = story(undisturbed)

    def breakage(at: int, archive: Archive) -> bool:
        if not killed(at, lambda: archive.destroy() and None):
            return False
        assert_written_first(archive, before)
        archive.destroy()
        assert story(archive) == end, f"killed at call {at}"
        return True

    assert each_call(breakage, lambda at: taken(waiting, tmp_path / str(at), DAYS)) > 20


def hold_all(archive: Archive) -> None:
    hold = Hold(
        name="elm",
        matter="Elm Street",
        kind=HoldKind.LEGAL,
        reason="a claim",
        scope=Scope(words=("requisition",)),
        placed_at=archive.now(),
        placed_by=ATTORNEY,
    )
    archive.world(ATTORNEY).ledger.append(HoldPlaced(hold=hold))


def withdraw_all(archive: Archive) -> None:
    world = archive.world(RECORDS)
    for entry in world.ledger.in_force.consents.all:
        world.ledger.append(ConsentWithdrawn(entry=entry, reason="rescinded"))


@pytest.mark.parametrize("stop", [hold_all, withdraw_all])
def test_what_stops_it_at_any_moment_lets_at_most_the_deed_under_way_be_done(
    waiting: Path, tmp_path: Path, stop: Callable[[Archive], None]
) -> None:
    for at in count(1):
        archive = taken(waiting, tmp_path / str(at), DAYS)
        there: list[tuple[str, ...]] = []

        def interfere(archive: Archive = archive, there: list[tuple[str, ...]] = there) -> None:
            stop(archive)
            there.append(tuple(str(f) for f in (archive.folder / "records").glob("*/*/*/*.eml")))

        # Nobody else can write while the ledger is being written: everywhere else they can.
        with breaking(at, interfere, tuple(point for point in POINTS if point[1] != "_write")):
            archive.destroy()
        if not there:
            break
        left = {str(f) for f in (archive.folder / "records").glob("*/*/*/*.eml")}
        assert len(set(there[0]) - left) <= 1, f"stopped at call {at}"
        assert story(archive)["open"] == {}
        assert at < MOST
    assert at > 20
