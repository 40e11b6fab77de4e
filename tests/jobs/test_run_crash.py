"""Law 5 for a whole run: killed or failed at any call and run again, the end is the same, and nothing is done twice."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention.catalog import Catalog
from retention.catalog.filings import Filings
from retention.catalog.runs import Runs
from retention.core.audit import Outcome
from retention.jobs import audit
from retention.plans import Plans
from tests.jobs.breaking import POINTS, Broken, breaking, fail, killed
from tests.jobs.running import MINUTES, NOTICES, allow, approve_kept, kept, ran
from tests.jobs.test_crash import WatchedMail
from tests.jobs.town import Town
from tests.mail.doubles import MemoryMail

ALL = (
    *POINTS,
    (Catalog, "save_page"),
    (Catalog, "settle_mailbox"),
    (Filings, "save"),
    (Runs, "begin"),
    (Plans, "keep"),
    (Plans, "drop"),
    (MemoryMail, "folders"),
)
"""Every call by which a run reaches out of itself: those of apply, and what reading, filing and proposing add."""
MOST = 600
EVERY = int(os.environ.get("RETENTION_BREAK_EVERY", "11"))
"""At every so manieth call a run is broken here; with 1 at each of them, which takes minutes."""
IDS = "abcdefg"


def prepared(folder: Path) -> Town:
    """A plan of requisitions that an office approved, notices approved in advance, and newsletters to be proposed."""
    town = Town(folder, mail=WatchedMail(folder))
    for id_, subject in zip("abc", ("Requisition 1", "Requisition 2", "Nobody knows"), strict=True):
        town.add(subject, id=id_)
    town.adopt()
    ran(town)
    approve_kept(town)
    allow(town, NOTICES, MINUTES)
    for id_, subject in zip("defg", ("Notice 1", "Notice 2", "Newsletter 1", "Minutes 1"), strict=True):
        town.add(subject, id=id_)
    return town


def end_state(town: Town) -> dict[str, Any]:
    """Everything a run leaves behind that may not depend on how often it was interrupted."""
    world = town.world()
    audit.verify(world)
    bodies = [link.entry.body for link in world.ledger.links()]
    steps = [(body.plan, body.step) for body in bodies if isinstance(body, Outcome)]
    assert len(steps) == len(set(steps)), "an outcome was written twice"
    files = sorted(f for f in (town.folder / "records").glob("*/*/*/*") if f.suffix != ".part")
    known = {id_: world.catalog.find(id_)[0] for id_ in IDS}
    state = {
        "mail": {id_: (one.left_at is None, one.gone_at is None) for id_, one in known.items()},
        "results": {id_: one.result for id_, one in known.items()},
        "records": {str(f.relative_to(town.folder)): f.read_bytes() for f in files},
        "removed": sorted(ref.id for ref, _ in memory(town).purged),
        "open": dict(world.ledger.in_force.open_intents),
        "proposed": [
            [step.id for step in plan.steps] for plan in kept(town) if plan.digest not in world.ledger.in_force.ended
        ],
    }
    world.close()
    return state


def memory(town: Town) -> MemoryMail:
    assert isinstance(town.mail, MemoryMail)
    return town.mail


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    town = prepared(tmp_path_factory.mktemp("undisturbed"))
    ran(town)
    state = end_state(town)
    assert state["removed"] == ["a", "b", "d", "e", "g"] and state["proposed"] == [["f"]]
    return state


def test_a_run_that_fails_at_an_nth_call_ends_the_same(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    for at in count(1, EVERY):
        town = prepared(tmp_path / str(at))
        try:
            with breaking(at, fail, ALL):
                ran(town)
        except Broken:
            ran(town)
            assert end_state(town) == undisturbed, f"broken at call {at}"
        else:
            break
        assert at < MOST
    assert at > 100


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")
def test_a_run_that_is_killed_at_an_nth_call_ends_the_same(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    for at in count(max(1, EVERY // 2), EVERY):
        town = prepared(tmp_path / str(at))
        was_killed = killed(at, lambda town=town: ran(town), ALL)  # type: ignore[misc]
        town.mail.catch_up()  # type: ignore[attr-defined]
        if not was_killed:
            break
        ran(town)
        assert end_state(town) == undisturbed, f"killed at call {at}"
        assert at < MOST
    assert at > 100
