"""The whole way on real mail, over the wire and from the command line, with the Minnesota schedule.

The mail lies beside the project and is not part of it: without it this is skipped.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from retention.cli import carry_out
from retention.core.audit import Outcome
from retention.core.record import read_sidecar
from retention.simulator.faults import Faults
from retention.simulator.load import load_folder, load_jsonl
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cli.city import settings

ATTORNEY, RECORDS, OPERATOR = "attorney@city.example", "records@city.example", "it@city.example"


class Walk:
    """One city's folder, and commands run in it as they are typed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def run(self, *arguments: str, by: str = "") -> Any:
        self.capsys.readouterr()
        typed = ["--config", str(self.folder / "retention.toml"), *(["--as", by] if by else []), *arguments]
        code = carry_out(typed)
        out, err = self.capsys.readouterr()
        assert code in (0, 3), (arguments, code, err)
        assert "Traceback" not in out + err
        return json.loads(out) if "--json" in arguments else out


@pytest.fixture(scope="module")
def city_of_real_mail(shared: Path) -> World:
    world = World()
    data = shared / "data"
    foia = load_jsonl(world, data / "state-dept-foia.jsonl.gz", mailboxes=50)
    raw = load_folder(world, data / "raw-mail", mailboxes=10)
    awkward = load_folder(world, data / "mime", mailboxes=5)
    assert len(foia.placed) == 5000 and not (foia.skipped + raw.skipped + awkward.skipped)
    assert len(raw.placed) == 448 and len(awkward.placed) == 375
    return world


def test_the_whole_way_on_real_mail(
    city_of_real_mail: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = city_of_real_mail
    originals = {
        (box.address, id_): world.mime(box.address, id_) for box in world.mailboxes() for id_ in world.ids(box.address)
    }
    broken = next(key for key, mime in originals.items() if len(mime) > 2000)
    faults = Faults()
    faults.add("error", on=rf"{broken[1]}/\$value", times=-1, status=500, code="ErrorMimeContentConversionFailed")
    with Simulator(world, faults) as simulator:
        settings(
            tmp_path, simulator, schedule="minnesota-cities", attorney=ATTORNEY, records=RECORDS, operator=OPERATOR
        )
        walk = Walk(tmp_path, capsys)
        walk.run("init")
        synced = walk.run("sync", "--json")
        walk.run("schedule", "adopt", "minnesota-cities", "--authority", "Resolution 1", by=RECORDS)
        walk.run("classify")
        walk.run("hold", "place", "--matter", "Benghazi", "--reason", "inquiry", "--words", "benghazi", by=ATTORNEY)
        plan = walk.run("plan", "-o", str(tmp_path / "plan.json"), "--json", by=OPERATOR)
        walk.run("approve", str(tmp_path / "plan.json"), by=RECORDS)
        applied = walk.run("apply", str(tmp_path / "plan.json"), "--json", by=OPERATOR)
        again = walk.run("sync", "--json")
        verified = walk.run("audit", "verify", "--json")

    assert not any(box["trouble"] or box["folder_troubles"] for box in synced["mailboxes"])
    assert sum(counts["seen"] for counts in applied["counts"].values()) == len(originals)
    for address, counts in applied["counts"].items():
        assert counts["seen"] == sum(n for what, n in counts.items() if what != "seen"), address
    assert sum(box["gone"] for box in again["mailboxes"]) == 0

    outcomes = _outcomes(tmp_path)
    captured = {step: outcome for step, outcome in outcomes.items() if outcome.result == "captured"}
    assert len(captured) > 500 and verified["records"] == len({outcome.place for outcome in captured.values()})
    steps = {step["n"]: step for step in plan["steps"]}
    for n, outcome in captured.items():
        original = originals[steps[n]["address"], steps[n]["id"]]
        file = tmp_path / "records" / f"{outcome.place}.eml"
        assert file.read_bytes() == original
        assert read_sidecar(file.with_suffix(".json").read_bytes()).size == len(original)
    for n, outcome in outcomes.items():
        left = outcome.result in ("captured", "purged")
        where = world.where(steps[n]["address"], steps[n]["id"])
        assert (where == "Recoverable Items/Deletions") == left
    _broken_is_kept(world, broken, steps, outcomes, applied)
    held = Counter({address: counts["held"] for address, counts in applied["counts"].items()})
    assert held.total() > 0


def _broken_is_kept(world: World, broken: tuple[str, str], steps: Any, outcomes: Any, applied: Any) -> None:
    """The message whose content cannot be had is where it was; had the plan wanted it, it is listed as skipped."""
    assert not (world.where(*broken) or "").startswith("Recoverable")
    for n, step in steps.items():
        if (step["address"], step["id"]) == broken:
            assert outcomes[n].result == "skipped" and str(n) in applied["skipped"]


def _outcomes(folder: Path) -> dict[int, Outcome]:
    from datetime import UTC, datetime

    from retention.ledger import Ledger

    ledger = Ledger(folder / "ledger.jsonl", now=lambda: datetime.now(UTC), by="")
    (found,) = ledger.in_force.outcomes.values()
    return found
