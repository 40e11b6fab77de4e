"""Two commands at once: an attorney's hold beside a run that is under way, and a look beside an act."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from retention.catalog import opening
from retention.errors import AnotherRun
from retention.jobs.world import World
from retention.simulator.serve import Simulator
from tests.cli.desk import ATTORNEY, OPERATOR, Desk, town

LETTERS = 20


def begin(desk: Desk, *arguments: str, by: str) -> subprocess.Popen[str]:
    typed = [sys.executable, "-m", "retention", *desk.typed(*arguments, by=by)]
    return subprocess.Popen(typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def removals(simulator: Simulator) -> int:
    return sum(seen.method == "POST" and seen.path.endswith("/move") for seen in simulator.requests)


def test_no_removal_is_asked_for_once_a_hold_has_been_placed(simulator: Simulator, tmp_path: Path) -> None:
    desk = Desk(tmp_path, simulator, town(LETTERS))
    desk.found()
    desk.read()
    desk.approved()
    simulator.forget_requests()
    simulator.faults.latency = 0.1
    applying = begin(desk, "apply", desk.plan, "--json", by=OPERATOR)
    until = time.monotonic() + 30
    while not removals(simulator) and time.monotonic() < until:
        time.sleep(0.005)
    placing = begin(
        desk, "hold", "place", "--matter", "All", "--reason", "a claim", "--from", "2000-01-01", by=ATTORNEY
    )
    out, err = placing.communicate(timeout=60)
    at_return = removals(simulator)
    assert placing.returncode == 0 and "is in force" in out, err
    out, err = applying.communicate(timeout=60)
    assert applying.returncode == 0, err
    assert 0 < at_return == removals(simulator) < 2 * LETTERS
    assert "Held by 'all' (All)" in out
    left = desk.done("status", "--json").json["messages"]
    assert left["captured"] + left["purged"] == at_return and left["present"] == 2 * LETTERS + 1 - at_return
    assert desk.done("audit", "verify", "--json").json["unfinished"] == 0


def test_a_look_beside_an_act_is_no_disagreement(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between opening the ledger and asking the catalog how far it reached, an attorney places a hold."""
    agree = World.agree

    def placed_meanwhile(self: World) -> Any:
        monkeypatch.setattr(World, "agree", agree)
        desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "elm", by=ATTORNEY)
        return agree(self)

    monkeypatch.setattr(World, "agree", placed_meanwhile)
    desk.done("status")


def test_a_second_writer_of_the_catalog_waits_instead_of_failing_half_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that reads first and writes later is refused at once where another has written in between."""
    monkeypatch.setattr(opening, "WAIT_FOR_LOCK", 0.05)
    first = opening.open_database(tmp_path / "retention.db", create=True)
    second = opening.open_database(tmp_path / "retention.db", create=False)
    write = "INSERT INTO facts (key, value) VALUES ('a', 'b')"
    with first.writing():
        first.execute("SELECT count(*) FROM facts").fetchone()
        with pytest.raises(AnotherRun), second.writing():
            second.execute(write)
        first.execute(write)
    first.close()
    second.close()
