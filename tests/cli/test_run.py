"""`retention run` as cron types it: one line or one object, exit codes, signals, two at once, plans by their names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from retention.simulator.serve import Simulator
from tests.cli.desk import ANN, ATTORNEY, BOB, LONG_AGO, OPERATOR, RECORDS, Desk, letter, town
from tests.cli.test_kill import GONE, assert_written_first, quiet
from tests.cli.test_two_at_once import removals

LETTERS = 12
STAGES = ["settle", "sync", "classify", "apply", "plan", "propose"]


@pytest.fixture(scope="module")
def city(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A city that adopted its schedule and approved notices in advance; no mail of it was read yet."""
    running.faults.clear()
    desk = Desk(tmp_path_factory.mktemp("city"), running, town(LETTERS))
    desk.found()
    desk.done("init")
    desk.done("schedule", "adopt", "city", "--authority", "Resolution 1", by=RECORDS)
    standing = ("approve", "--standing", "--series", "city-notices", "--largest", "50", "--until", "in 3 months")
    desk.done(*standing, by=RECORDS)
    return desk


@pytest.fixture
def desk(city: Desk, simulator: Simulator, tmp_path: Path) -> Desk:
    return city.copied(tmp_path / "city", town(LETTERS))


def ran(desk: Desk) -> Any:
    return desk.done("run", "--json", by=OPERATOR).json


def start(desk: Desk) -> subprocess.Popen[str]:
    typed = [sys.executable, "-m", "retention", *desk.typed("run", "--json", by=OPERATOR)]
    return subprocess.Popen(typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def at_the_first_removal(simulator: Simulator, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 30
    while not removals(simulator) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    assert removals(simulator)


def gone(desk: Desk) -> list[str]:
    """The subjects of what was removed."""
    return sorted(
        message.subject
        for box in desk.world.mailboxes()
        for message in box.messages.values()
        if message.folder.path == GONE
    )


NOTICES = sorted(f"Notice {n} about lunch" for n in range(LETTERS))


def test_a_run_says_one_line_and_beside_it_what_waits(desk: Desk) -> None:
    told = desk.done("run", by=OPERATOR)
    (line,) = told.out.splitlines()
    assert line.startswith("Run of 20") and ": done in " in line
    for said in ("2 mailboxes read", "25 messages new or changed", "25 filed", "0 captured", "12 purged", "0 held"):
        assert said in line
    (waits,) = told.err.splitlines()
    assert waits.startswith("Plan ") and "`retention approve " in waits
    assert gone(desk) == NOTICES


def test_a_run_is_one_object_for_machines(desk: Desk) -> None:
    one = ran(desk)
    assert [stage["name"] for stage in one["stages"]] == STAGES
    assert one["exit_code"] == 0 and one["good"] is True and one["error"] == ""
    assert one["began_at"] <= one["ended_at"] and all(stage["seconds"] >= 0 for stage in one["stages"])
    assert one["totals"] == {"seen": 25, "kept": 13, "held": 0, "capture": 0, "purge": 12}
    assert one["moved"] == [{"schedule": "city", "series": "city-notices", "captured": 0, "purged": 12}]
    again = ran(desk)
    assert not any(stage["did"] for stage in again["stages"]) or again["stages"][1]["did"]
    assert again["stages"][2]["said"] == "Every message is filed."


def test_a_proposal_is_approved_by_its_short_name_and_applied_by_the_next_run(desk: Desk) -> None:
    name = ran(desk)["stages"][5]["result"]["plan"]
    assert len(name) == 12
    approved = desk.done("approve", name, by=RECORDS)
    assert f"approved plan {name}" in approved.out
    one = ran(desk)
    assert one["stages"][3]["said"] == f"1 approved plan applied: {name}."
    assert one["moved"] == [{"schedule": "city", "series": "city-requisitions", "captured": 12, "purged": 0}]
    assert desk.done("audit", "verify", "--json").json["unfinished"] == 0


def test_a_proposal_is_applied_by_its_short_name(desk: Desk) -> None:
    name = ran(desk)["stages"][5]["result"]["plan"]
    desk.done("approve", name[:8], by=RECORDS)
    assert "is finished" in desk.done("apply", name, by=OPERATOR).out


def test_a_name_that_no_plan_has_is_refused(desk: Desk) -> None:
    ran(desk)
    told = desk.refused("apply", "0123456789ab", by=OPERATOR, code=2)
    assert "0123456789ab cannot be read" in told.error


def test_who_made_the_proposal_cannot_approve_it(desk: Desk) -> None:
    ran(desk)
    (plan,) = (desk.folder / "plans").glob("*.json")
    desk.toml.write_text(
        desk.toml.read_text("utf-8").replace(
            f'"Records Manager" = ["{RECORDS}"]', f'"Records Manager" = ["{OPERATOR}"]'
        )
    )
    desk.refused("approve", plan.stem[:12], by=OPERATOR, code=24, said="refused")


def test_mail_that_arrives_goes_with_the_next_run_and_held_mail_stays(desk: Desk) -> None:
    ran(desk)
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--custodian", BOB, by=ATTORNEY)
    for number, address in ((50, ANN), (51, BOB)):
        desk.world.add_message(address, "Inbox", letter(f"Notice {number} about lunch", number), received_at=LONG_AGO)
    one = ran(desk)
    assert one["totals"]["held"] == 2 and one["totals"]["purge"] == 1
    assert [subject for subject in gone(desk) if subject.startswith("Notice 5")] == [
        "Notice 5 about lunch",
        "Notice 50 about lunch",
    ]


def test_a_run_does_the_same_on_an_exchange_server(desk: Desk) -> None:
    text = desk.toml.read_text("utf-8")
    desk.toml.write_text(text.replace('system = "simulator"', 'system = "simulator"\nvoice = "ews"'), "utf-8")
    one = ran(desk)
    assert one["moved"] == [{"schedule": "city", "series": "city-notices", "captured": 0, "purged": 12}]
    assert gone(desk) == NOTICES


def test_too_much_for_the_standing_approval_ends_with_22_and_nothing_is_done(desk: Desk) -> None:
    for number in range(100, 150):
        desk.world.add_message(BOB, "Inbox", letter(f"Notice {number} about lunch", number), received_at=LONG_AGO)
    told = desk.run("run", "--json", by=OPERATOR)
    assert told.code == 22 and told.json["exit_code"] == 22 and told.json["good"] is False
    assert "would take 62 messages" in told.error and told.json["error"] == told.error
    assert gone(desk) == []


def test_a_mail_system_that_is_down_ends_the_run_and_the_object_names_the_stage(
    desk: Desk, simulator: Simulator, at_once: None
) -> None:
    simulator.faults.add("unavailable", times=-1)
    told = desk.run("run", "--json", by=OPERATOR)
    assert told.code == 13 and told.json["exit_code"] == 13
    assert told.json["stages"][-1]["name"] == "sync" and told.json["stages"][-1]["failed"]
    simulator.faults.clear()
    assert ran(desk)["exit_code"] == 0 and gone(desk) == NOTICES


def test_the_line_of_a_run_that_stopped_says_where(desk: Desk, simulator: Simulator, at_once: None) -> None:
    simulator.faults.add("unavailable", times=-1)
    told = desk.run("run", by=OPERATOR)
    assert "stopped in sync" in told.out and len(told.out.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_ends_with_130_and_the_next_goes_on(
    desk: Desk, simulator: Simulator, how: signal.Signals
) -> None:
    simulator.faults.latency = 0.02
    process = start(desk)
    at_the_first_removal(simulator, process)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    told = json.loads(out)
    assert told["exit_code"] == 130 and told["stages"][-1]["name"] == "plan" and told["stages"][-1]["failed"]
    assert "Error: Interrupted." in err and "run it again" in err
    assert_written_first(desk)
    simulator.faults.clear()
    ran(desk)
    assert gone(desk) == NOTICES
    assert desk.done("audit", "verify", "--json").json["unfinished"] == 0


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_run_that_is_killed_is_taken_up_by_the_next_and_its_lock_holds_nobody(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.faults.latency = 0.02
    process = start(desk)
    at_the_first_removal(simulator, process)
    process.kill()
    process.communicate(timeout=60)
    quiet(simulator)
    assert_written_first(desk)
    simulator.faults.clear()
    one = ran(desk)
    assert one["stages"][0]["did"] or one["stages"][3]["did"]
    assert gone(desk) == NOTICES
    assert ran(desk)["stages"][4]["result"].get("steps", 0) == 0
    assert desk.done("audit", "verify", "--json").json["unfinished"] == 0
    assert desk.done("status", "--json").json["messages"]["purged"] == LETTERS


def test_the_second_of_two_runs_ends_with_11_and_says_since_when_the_first_runs(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.faults.latency = 0.5
    first = start(desk)
    until = time.monotonic() + 30
    while not any(at.stat().st_size for at in desk.folder.glob("*.running")) and time.monotonic() < until:
        time.sleep(0.005)
    told = desk.run("run", by=OPERATOR)
    simulator.faults.latency = 0.0
    assert told.code == 11 and told.out == "", told
    assert f"(process {first.pid})" in told.error and " since 20" in told.error
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert json.loads(out)["exit_code"] == 0 and gone(desk) == NOTICES
