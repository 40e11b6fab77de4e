"""Law 5 over the wire: a real `retention apply`, killed at its k-th removing request and run again, ends the same."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention.catalog import Catalog
from retention.core.audit import Counted, Ended, Entry, Intent, Outcome, Stored
from retention.core.record import read_sidecar
from retention.jobs import apply as apply_job
from retention.ledger import Ledger
from retention.simulator.serve import Simulator
from tests.cli.desk import ANN, ATTORNEY, OPERATOR, Desk, places, town

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")

LETTERS = 20
MOMENTS = [("asked", 1), ("done", 1), ("asked", 9), ("done", 16), ("asked", 17), ("done", 33), ("done", 40)]
GONE = "Recoverable Items/Deletions"


@pytest.fixture(scope="module")
def city(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An approved plan of forty steps: three handfuls, records and transitory mail."""
    running.faults.clear()
    desk = Desk(tmp_path_factory.mktemp("city"), running, town(LETTERS))
    desk.found()
    desk.read()
    desk.approved()
    return desk


@pytest.fixture(scope="module")
def undisturbed(city: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    desk = city.copied(tmp_path_factory.mktemp("undisturbed") / "city", town(LETTERS))
    desk.done("apply", desk.plan, by=OPERATOR)
    state = end_state(desk)
    assert sorted(state["outcomes"].values()) == ["captured"] * LETTERS + ["purged"] * LETTERS
    assert len(state["files"]) == 2 * LETTERS + 1
    return state


def end_state(desk: Desk) -> dict[str, Any]:
    """Everything a run leaves behind that may not depend on how often it was interrupted."""
    assert desk.done("audit", "verify", "--json").json["unfinished"] == 0
    bodies = [entry.body for entry in entries(desk.ledger)]
    catalog = Catalog(desk.folder / "retention.db")
    known = {text: (k.result, k.digest, k.place) for text in ids(desk) for k in catalog.find(text)}
    catalog.close()
    store = desk.folder / "records"
    return {
        "mail": {key: folder for key, (folder, _) in places(desk.world).items()},
        "outcomes": {body.step: body.result for body in bodies if isinstance(body, Outcome)},
        "steps": sorted(body.step for body in bodies if isinstance(body, Outcome)),
        "ended": sum(isinstance(body, Ended) for body in bodies),
        "counted": [body.counts for body in bodies if isinstance(body, Counted)][-1:],
        "catalog": known,
        "files": {str(f.relative_to(store)): content_of(f) for f in store.rglob("*") if f.is_file()},
    }


def content_of(file: Path) -> Any:
    """The bytes of a record; of its sidecar everything but the moment of its capture."""
    if file.suffix != ".json" or file.name.startswith("retention-store"):
        return file.read_bytes()
    record = read_sidecar(file.read_bytes())
    return [record.digest, record.size, record.series, [(c.mailbox, c.id, c.version, c.folder) for c in record.custody]]


def entries(ledger: Path) -> list[Entry]:
    return [link.entry for link in Ledger(ledger, now=lambda: pytest.fail("nothing is written here"), by="").links()]


def ids(desk: Desk) -> list[str]:
    return [id_ for _, id_ in places(desk.world)]


@contextmanager
def watched(desk: Desk, moment: str, seen: Callable[[int], None]) -> Iterator[None]:
    """Tell ``seen`` the number of each removal, when it is ``asked`` for, or ``done`` and not yet answered."""
    keeper, name = (desk.simulator.app.traffic, "note") if moment == "asked" else (desk.world, "place")
    real, numbers = getattr(keeper, name), count(1)

    def telling(what: Any, *more: Any) -> None:
        real(what, *more)
        if moment == "done" or re.match("POST .*/move$", what):
            seen(next(numbers))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keeper, name, telling)
        yield


def start(desk: Desk) -> subprocess.Popen[bytes]:
    typed = [sys.executable, "-m", "retention", *desk.typed("apply", desk.plan, by=OPERATOR)]
    return subprocess.Popen(typed, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def stopped_at(desk: Desk, moment: str, number: int, how: signal.Signals, *, wait: bool = True) -> tuple[int, bytes]:
    """Run apply as a process of its own that gets this signal at that moment of the removal of that number."""
    children: list[subprocess.Popen[bytes]] = []
    with watched(desk, moment, lambda seen: children[0].send_signal(how) if seen == number else None):
        children.append(start(desk))
        err = children[0].communicate(timeout=60)[1]
        if wait:
            quiet(desk.simulator)
    return children[0].returncode, err


def quiet(simulator: Simulator) -> None:
    """Wait until the mail system has done what was asked of it before the process died."""
    until = time.monotonic() + 20
    while simulator.app.traffic.waiting and time.monotonic() < until:
        time.sleep(0.005)
    assert not simulator.app.traffic.waiting


def assert_written_first(desk: Desk) -> int:
    """As the kill left it: whatever has left was written down before, and a record's file is whole on the store."""
    bodies = [entry.body for entry in entries(desk.ledger)]
    intents = {body.id: body for body in bodies if isinstance(body, Intent)}
    stored = {body.step: body for body in bodies if isinstance(body, Stored)}
    left = [id_ for (_, id_), (folder, _) in places(desk.world).items() if folder == GONE]
    for id_ in left:
        if intents[id_].action == "capture":
            record = stored[intents[id_].step]
            content = (desk.folder / "records" / f"{record.place}.eml").read_bytes()
            assert hashlib.sha256(content).hexdigest() == record.digest
            assert content == desk.world.mime(intents[id_].address, id_)
    return len(left)


@pytest.mark.parametrize(("moment", "number"), MOMENTS)
def test_a_run_killed_at_a_removal_ends_as_if_undisturbed(
    city: Desk, simulator: Simulator, undisturbed: dict[str, Any], tmp_path: Path, moment: str, number: int
) -> None:
    desk = city.copied(tmp_path / "city", town(LETTERS))
    simulator.faults.latency = 0.01
    assert stopped_at(desk, moment, number, signal.SIGKILL)[0] == -signal.SIGKILL
    assert assert_written_first(desk) >= (number if moment == "done" else number - 16)
    desk.done("apply", desk.plan, by=OPERATOR)
    assert_written_first(desk)
    assert end_state(desk) == undisturbed


def test_a_run_killed_again_and_again_ends_as_if_undisturbed(
    city: Desk, simulator: Simulator, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    desk = city.copied(tmp_path / "city", town(LETTERS))
    for number in (1, 7, 3):
        assert stopped_at(desk, "done", number, signal.SIGKILL)[0] == -signal.SIGKILL
        assert_written_first(desk)
    desk.done("apply", desk.plan, by=OPERATOR)
    assert end_state(desk) == undisturbed


def test_an_interrupted_run_says_so_and_goes_on_when_it_is_run_again(
    city: Desk, simulator: Simulator, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    desk = city.copied(tmp_path / "city", town(LETTERS))
    simulator.faults.latency = 0.01
    code, err = stopped_at(desk, "asked", 5, signal.SIGINT)
    assert (code, err.splitlines()[0]) == (130, b"Error: Interrupted.")
    assert len(err.splitlines()) == 2 and b"run it again" in err
    assert_written_first(desk)
    desk.done("apply", desk.plan, by=OPERATOR)
    assert end_state(desk) == undisturbed


def test_a_removal_that_outlives_the_killed_run_is_still_known_as_ours(
    city: Desk, simulator: Simulator, undisturbed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is dead, the service goes on with what it was asked, and the next run is already looking."""
    desk = city.copied(tmp_path / "city", town(LETTERS))
    go_on = threading.Event()
    monkeypatch.setattr(simulator.app, "router", Slow(simulator.app.router, go_on))
    assert stopped_at(desk, "asked", 3, signal.SIGKILL, wait=False)[0] == -signal.SIGKILL
    settle = apply_job.settle

    def settled_then_moved(world: Any) -> int:
        settled = settle(world)
        go_on.set()
        quiet(simulator)
        return settled

    monkeypatch.setattr(apply_job, "settle", settled_then_moved)
    desk.done("apply", desk.plan, by=OPERATOR)
    assert end_state(desk) == undisturbed


class Slow:
    """The simulator's router, which takes in a removing request and carries it out when it is told to go on."""

    def __init__(self, router: Any, go_on: threading.Event) -> None:
        self.router, self.go_on = router, go_on

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith("/move"):
            return await self.router(scope, receive, send)
        request = await receive()

        async def again() -> Any:
            return request

        while not self.go_on.is_set():
            await asyncio.sleep(0.005)
        await self.router(scope, again, send)


def test_a_hold_says_what_a_run_that_was_killed_may_have_taken(desk: Desk) -> None:
    begun = Intent(
        plan="0" * 64, step=1, action="purge", mailbox="box", address=ANN, id="AAk=", version="1", schedule="city",
        series="city-notices", how="recoverable",
    )  # fmt: skip
    Ledger(desk.ledger, now=lambda: datetime.now(UTC), by=OPERATOR).append(begun)
    placing = ("hold", "place", "--matter", "Elm", "--reason", "claim", "--custodian", ANN)
    told = desk.done(*placing, by=ATTORNEY)
    assert f"may have left in the moment before: AAk= of {ANN}; its run was cut off" in told.out
    assert "finds out" in told.err and max(map(len, told.out.splitlines())) <= 90
    assert [one["id"] for one in desk.done(*placing, "--json", by=ATTORNEY).json["unsettled"]] == ["AAk="]
