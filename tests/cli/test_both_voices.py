"""The pretend city from the shell, once as with Exchange Online and once as with an Exchange Server: the same end.

The same with every fault between is in ``tests/jobs/test_voices.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from retention.cli.opening import now
from retention.simulator.pretend import pretend_city
from retention.simulator.serve import Simulator
from tests.cli.desk import Desk

RECORDS, ATTORNEY, NIGHTLY = (f"{name}@willowfalls.example" for name in ("records", "attorney", "it"))
STEP = ("action", "address", "series", "title", "because", "sender", "subject", "received_on", "due_on")


def end_of(desk: Desk, voice: str) -> dict[str, Any]:
    """Everything that may not depend on the voice, after the whole way from init to apply."""
    desk.folder.mkdir()
    (desk.folder / "simulator").mkdir()
    (desk.folder / "simulator" / "ca.pem").write_bytes(desk.simulator.ca_file.read_bytes())
    desk.done("init", "--city", "willow-falls")
    text = desk.toml.read_text("utf-8").replace("https://localhost:8443", desk.simulator.graph_url)
    desk.toml.write_text(text.replace('system = "simulator"', f'system = "simulator"\nvoice = "{voice}"'), "utf-8")
    desk.done("sync")
    desk.done("schedule", "adopt", "minnesota-cities", "--authority", "Resolution 2026-14", by=RECORDS)
    hold = ("--matter", "Elm Street", "--reason", "a claim", "--words", "street")
    desk.done("hold", "place", *hold, by=ATTORNEY)
    desk.done("classify")
    desk.done("plan", "-o", desk.plan, by=NIGHTLY)
    desk.done("approve", desk.plan, by=RECORDS)
    applied = desk.run("apply", desk.plan, "--json", by=NIGHTLY)
    plan = json.loads((desk.folder / "plan.json").read_bytes())
    return {
        "steps": sorted([str(step[key]) for key in STEP] for step in plan["steps"]),
        # In which order mail was read is different each time, and so is which of it stands for the others.
        "stays": sorted((group["why"], group["count"]) for group in plan["stays"]),
        "counts": plan["counts"],
        "held": sorted(plan["held"].values()),
        "code": applied.code,
        "applied": applied.json["counts"],
        "records": {file.name: file.read_bytes() for file in (desk.folder / "records").rglob("*.eml")},
    }


def test_the_pretend_city_comes_to_the_same_end_in_both_voices(running: Simulator, tmp_path: Path) -> None:
    at = now()
    graph, ews = (end_of(Desk(tmp_path / voice, running, pretend_city(at)), voice) for voice in ("graph", "ews"))
    assert len(graph["steps"]) > 100 and graph["records"] and graph["held"][0] > 0
    for what in graph:
        assert ews[what] == graph[what], what
