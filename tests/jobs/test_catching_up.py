"""A catalog that was put back from an older copy learns from the ledger what was done since."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from retention.jobs import sync
from retention.jobs.audit.verify import verify
from retention.jobs.catching_up import catch_up
from tests.jobs.town import RECORDS, Town
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "town")
    for number in range(3):
        town.add(f"Notice {number}")
        town.add(f"Requisition {number}")
    return town


def copied(town: Town) -> Path:
    """A copy of the catalog as it is now."""
    copy = town.folder / "copy.db"
    world = town.world()
    world.catalog._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    world.close()
    return Path(shutil.copy(town.folder / "retention.db", copy))


def put_back(town: Town, copy: Path) -> None:
    for left in town.folder.glob("retention.db*"):
        left.unlink()
    shutil.copy(copy, town.folder / "retention.db")


def tally(town: Town) -> dict[str, int]:
    world = town.world()
    found = world.catalog.tally()
    world.close()
    return found


@pytest.mark.parametrize("told", [True, False], ids=["by the command that did it", "by none, for it failed"])
def test_what_was_done_since_the_copy_is_not_taken_for_gone(town: Town, told: bool) -> None:
    made = town.approved_plan()
    world = town.world()
    world.remember()
    world.close()
    copy = copied(town)
    world = town.world()
    applied = town.apply(made, world)
    if told:
        world = town.world()
        world.remember()
        world.close()
    before = tally(town)
    assert applied.total("captured") == 3 and before["captured"] == 3 and before["purged"] == 3
    put_back(town, copy)
    assert tally(town)["purged"] == 0
    world = town.world()
    read = sync.sync(world)
    assert not read.vanished and sum(box.gone for box in read.mailboxes) == 0
    world.close()
    assert tally(town) == before
    verify(town.world(RECORDS))


def test_what_stayed_once_and_left_by_a_later_plan_is_left_as_it_is(town: Town) -> None:
    first = town.approved_plan()
    ref = next(step.ref for step in first.steps if step.series == "town-notices")
    assert isinstance(town.mail, MemoryMail)
    town.mail.edit(ref, preview="Another wording")
    assert len(town.apply(first).skipped) == 1
    town.read()
    second = town.plan()
    town.approve(second)
    town.apply(second)
    world = town.world()
    world.catalog.save_fact("ledger head", f"1 {next(iter(world.ledger.links())).digest}")
    catch_up(world)
    left = world.catalog.known(ref)
    assert left is not None and left.result == "purged"
