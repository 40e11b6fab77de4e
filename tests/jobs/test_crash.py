"""Law 5: killed or failed at any call and started again, the end is the same, and nothing went out of order."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention.core.audit import Intent, Outcome, Stored
from retention.core.message import MessageRef, Removal
from retention.core.plan import Plan
from retention.errors import PlanAltered
from retention.jobs import audit
from tests.jobs.breaking import Broken, breaking, fail, killed
from tests.jobs.town import CLERK, RECORDS, Town, mime
from tests.mail.doubles import MemoryMail, unasked

MOST = 400


class WatchedMail(MemoryMail):
    """Memory mail whose removals outlive a killed process, and which looks at the ledger before each removal."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.known = 0

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        self.assert_written_first(ref)
        answer = super().purge(ref, version, how, ask)
        with open(self.folder / "removed", "a") as file:
            file.write(f"{ref.mailbox} {ref.id} {version} {how}\n")
        return answer

    def assert_written_first(self, ref: MessageRef) -> None:
        town = Town(self.folder, mail=self)
        bodies = [link.entry.body for link in town.world().ledger.links()]
        intents = [body for body in bodies if isinstance(body, Intent) and body.id == ref.id]
        assert intents, "a message was removed without a written intent"
        if intents[-1].action == "capture":
            stored = [body for body in bodies if isinstance(body, Stored) and body.step == intents[-1].step]
            file = self.folder / "records" / f"{stored[-1].place}.eml"
            assert hashlib.sha256(file.read_bytes()).hexdigest() == stored[-1].digest

    def catch_up(self) -> None:
        """Take over what a child process removed before it was killed."""
        path = self.folder / "removed"
        lines = path.read_text().splitlines() if path.exists() else []
        for line in lines[self.known :]:
            mailbox, id_, version, how = line.split()
            MemoryMail.purge(self, MessageRef(mailbox, id_), version, Removal(how), unasked)
        self.known = len(lines)


def prepared(folder: Path) -> tuple[Town, Plan]:
    town = Town(folder, mail=WatchedMail(folder))
    town.add("Notice 1", id="a")
    town.add("Minutes 1", id="b")
    town.mail.add(RECORDS, "Inbox", mime("Minutes 1"), id="c")  # type: ignore[attr-defined]
    town.add("Notice that changes", id="d")
    town.add("Minutes that cannot be had", id="e")
    town.add("Nobody knows", id="f")
    town.mail.spoilt.add("e")  # type: ignore[attr-defined]
    made = town.approved_plan()
    town.mail.edit(MessageRef(town.world().catalog.find("d")[0].mailbox.id, "d"), subject="Changed")  # type: ignore[attr-defined]
    return town, made


def end_state(town: Town, made: Plan) -> dict[str, Any]:
    """Everything a run leaves behind that may not depend on how often it was interrupted."""
    world = town.world()
    audit.verify(world)
    assert isinstance(town.mail, MemoryMail)
    files = sorted((town.folder / "records").glob("*/*/*/*"))
    return {
        "mail": {
            id_: town.mail.where(MessageRef(box.id, id_)) for box in world.catalog.mailboxes() for id_ in "abcdef"
        },
        "records": {str(f.relative_to(town.folder)): f.read_bytes() for f in files},
        "catalog": {k: [(m.result, m.digest, m.left_at is None) for m in world.catalog.find(k)] for k in "abcdef"},
        "outcomes": {n: o.result for n, o in world.ledger.in_force.outcomes[made.digest].items()},
        "ended": made.digest in world.ledger.in_force.ended,
        "open": world.ledger.in_force.open_intents,
    }


def taken_up(town: Town, made: Plan) -> None:
    """Run again; a plan whose very last entry was written before the break says that it is finished."""
    try:
        town.apply(made)
    except PlanAltered as finished:
        assert "finished" in finished.message


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    town, made = prepared(tmp_path_factory.mktemp("undisturbed"))
    applied = town.apply(made)
    assert {what: applied.total(what) for what in ("captured", "purged", "skipped")} == {
        "captured": 2,
        "purged": 1,
        "skipped": 2,
    }
    return end_state(town, made)


def test_a_run_that_fails_at_every_nth_call_ends_the_same(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    for at in count(1):
        town, made = prepared(tmp_path / str(at))
        try:
            with breaking(at, fail):
                town.apply(made)
        except Broken:
            taken_up(town, made)
            assert end_state(town, made) == undisturbed, f"broken at call {at}"
        else:
            break
        assert at < MOST
    assert at > 60


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")
def test_a_run_that_is_killed_at_every_nth_call_ends_the_same(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    for at in count(1):
        town, made = prepared(tmp_path / str(at))
        was_killed = killed(at, lambda town=town, made=made: town.apply(made))  # type: ignore[misc]
        town.mail.catch_up()  # type: ignore[attr-defined]
        if not was_killed:
            break
        taken_up(town, made)
        assert end_state(town, made) == undisturbed, f"killed at call {at}"
        assert at < MOST
    assert at > 60


def test_a_run_killed_twice_in_a_row_ends_the_same(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    for at in range(5, 90, 7):
        town, made = prepared(tmp_path / str(at))
        for again in (at, at // 2 + 3):
            try:
                with breaking(again, fail):
                    taken_up(town, made)
            except Broken:
                continue
        taken_up(town, made)
        assert end_state(town, made) == undisturbed, f"broken at call {at}"


def test_no_outcome_is_written_twice(tmp_path: Path) -> None:
    town, made = prepared(tmp_path / "town")
    try:
        with breaking(40, fail):
            town.apply(made)
    except Broken:
        town.apply(made)
    steps = [link.entry.body.step for link in town.world().ledger.links() if isinstance(link.entry.body, Outcome)]
    assert len(steps) == len(set(steps)) == len(made.steps)
    assert CLERK in made.counts
