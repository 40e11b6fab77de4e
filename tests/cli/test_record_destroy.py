"""Destroying records from the shell: plan, forms, consent, approval, quarantine, the end, and what proves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from retention.core.clock import Machine
from retention.simulator.serve import Simulator
from tests.cli.desk import ANN, ATTORNEY, OPERATOR, RECORDS, Desk, schedule, town
from tests.cli.travelling import travel

GATE = """
[[gate]]
id = "council-resolution"
title = "Resolution of the City Council"
by = "City Council"
reference = "resolution number"
citation = "City Code 2"
source = "https://city.example/code"
verified = true
"""


@pytest.fixture(scope="module")
def captured(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A city whose requisitions are kept for a year, captured long after it was over."""
    running.faults.clear()
    desk = Desk(tmp_path_factory.mktemp("captured"), running, town())
    desk.found()
    text = schedule().replace("3 years after received", "1 year after received") + GATE
    (desk.folder / "city.toml").write_text(text, "utf-8")
    desk.read()
    desk.approved()
    desk.done("apply", desk.plan, by=OPERATOR)
    return desk


@pytest.fixture
def archive(captured: Desk, simulator: Simulator, tmp_path: Path) -> Desk:
    return captured.copied(tmp_path / "city", captured.world)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let so many days go by."""

    def gone_by(days: int) -> None:
        at = datetime.now(UTC) + timedelta(days=days)
        travel(monkeypatch, at)
        # The machine was started anew meanwhile, and the mail system's clock went on as this one did.
        monkeypatch.setattr("retention.cli.opening.machine", Machine)
        monkeypatch.setattr("retention.cli.opening.told_time", lambda world: at)

    return gone_by


def plan(desk: Desk) -> str:
    return str(desk.folder / "destroy.json")


def planned(desk: Desk) -> str:
    desk.done("record", "destroy", "--plan", "-o", plan(desk), by=OPERATOR)
    return plan(desk)


def consented(desk: Desk) -> None:
    today = datetime.now(ZoneInfo("America/Chicago")).date()
    desk.done(
        *("consent", "record", "--plan", plan(desk), "--gate", "council-resolution", "--reference", "Res. 2026-4"),
        *("--given-by", "City Council", "--given-on", str(today)),
        by=RECORDS,
    )


def put_away(desk: Desk) -> None:
    planned(desk)
    consented(desk)
    desk.done("approve", plan(desk), by=RECORDS)
    desk.done("apply", plan(desk), by=OPERATOR)


def test_the_whole_way_from_the_shell(archive: Desk, later: Callable[[int], None]) -> None:
    told = archive.done("record", "destroy", "--plan", "-o", plan(archive), by=OPERATOR)
    assert "4 records considered: 4 to be destroyed, 0 held, 0 kept." in told.out
    assert "Resolution of the" in told.out and "retention record forms" in told.out
    assert all(len(line) <= 80 for line in told.out.splitlines() if "─" in line)
    forms = archive.folder / "forms"
    archive.done("record", "forms", plan(archive), "-o", str(forms))
    assert list(forms.glob("*.pdf")) and list(forms.glob("*.csv"))

    archive.refused("apply", plan(archive), by=OPERATOR, code=24)
    archive.done("approve", plan(archive), by=RECORDS)
    assert "Resolution of the City Council" in archive.refused("apply", plan(archive), by=OPERATOR, code=25).error
    consented(archive)
    told = archive.done("apply", plan(archive), by=OPERATOR)
    assert "4 quarantined" in told.out and "30 days" in told.out
    assert "Nothing has been in quarantine" in archive.done("record", "destroy", "--end-quarantine", by=RECORDS).out

    later(31)
    told = archive.done("record", "destroy", "--end-quarantine", by=RECORDS)
    assert "4 destroyed" in told.out
    folder = Path(told.out.split("The certificate is in ")[1].strip().rstrip("."))
    assert {file.suffix for file in folder.iterdir()} >= {".html", ".pdf", ".json"}
    assert not list((archive.folder / "records").glob("*/*/*/*.eml"))
    assert archive.done("record", "verify").code == 0
    assert archive.done("audit", "verify").code == 0
    rows = archive.done("record", "list", "--state", "destroyed", "--json").json
    assert "toner" not in json.dumps(rows) and len(rows["shown"]) == 4
    why = archive.done("why", rows["shown"][0]["place"])
    assert "destroyed" in why.out and "toner" not in why.out


def test_only_the_records_manager_ends_a_quarantine(archive: Desk, later: Callable[[int], None]) -> None:
    put_away(archive)
    later(31)
    archive.refused("record", "destroy", "--end-quarantine", by=ATTORNEY, code=32, said="refused")
    assert len(list((archive.folder / "records").glob("*/*/*/*.eml"))) == 4


def test_a_hold_from_the_shell_keeps_what_waits(archive: Desk, later: Callable[[int], None]) -> None:
    put_away(archive)
    archive.done("hold", "place", "--matter", "Toner", "--reason", "a claim", "--custodian", ANN, by=ATTORNEY)
    later(31)
    told = archive.done("record", "destroy", "--end-quarantine", by=RECORDS)
    assert "Held by" in told.out and "destroyed" not in told.out.split("Stays")[0]
    assert len(list((archive.folder / "records").glob("*/*/*/*.eml"))) == 4


def test_a_record_is_restored_from_quarantine_by_its_place(archive: Desk, later: Callable[[int], None]) -> None:
    put_away(archive)
    place = archive.done("record", "list", "--json").json["shown"][0]["place"]
    archive.refused("record", "restore", place, by=RECORDS, code=2)
    told = archive.done("record", "restore", place, "--reason", "a request came", by=RECORDS)
    assert "1 record taken out of quarantine" in told.out
    later(31)
    assert "3 destroyed" in archive.done("record", "destroy", "--end-quarantine", by=RECORDS).out
    assert [f.stem for f in (archive.folder / "records").glob("*/*/*/*.eml")] == [place.rpartition("/")[2]]


def test_a_record_is_restored_by_its_number_which_may_be_a_messages_too(archive: Desk) -> None:
    put_away(archive)
    first, second, *_ = archive.done("record", "list", "--json").json["shown"]
    said = ("--reason", "a request came")
    told = archive.refused("record", "restore", str(first["n"]), *said, by=RECORDS, code=2)
    assert "a record in quarantine and a removed message" in told.error
    assert f"record:{first['n']}" in told.next_step and f"message:{first['n']}" in told.next_step
    archive.done("record", "restore", f"record:{first['n']}", *said, by=RECORDS)
    digest = second["place"].rpartition("/")[2]
    archive.refused("record", "restore", digest[:7], *said, by=RECORDS, code=2)
    archive.done("record", "restore", digest[:12], *said, by=RECORDS)
    rows = archive.done("record", "list", "--state", "kept", "--json").json["shown"]
    assert {row["place"] for row in rows} == {first["place"], second["place"]}


def test_a_record_whose_time_is_over_says_what_its_destruction_still_takes(archive: Desk) -> None:
    due = archive.done("record", "list", "--json").json["shown"][0]["n"]
    said = archive.done("record", "show", str(due)).out
    assert "the consents below that are missing, a plan and its approval" in said
    assert said.index("the consents below") < said.index("Gate: Resolution of the City Council")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("record", "destroy"), 2),
        (("record", "destroy", "--plan", "--end-quarantine"), 2),
        (("record", "destroy", "--plan", "--reviewed", "city-requisitions"), 2),
        (("record", "destroy", "--plan", "--reviewed", "no such=Ana"), 2),
    ],
)
def test_what_cannot_be_meant_is_refused(archive: Desk, typed: tuple[str, ...], code: int) -> None:
    archive.refused(*typed, by=RECORDS, code=code)


def test_one_changed_byte_of_the_plan_is_refused(archive: Desk) -> None:
    file = Path(planned(archive))
    file.write_bytes(file.read_bytes().replace(b'"n": 1', b'"n": 9', 1))
    archive.refused("approve", str(file), by=RECORDS, code=23)


def test_its_maker_cannot_approve_it(archive: Desk) -> None:
    archive.done("record", "destroy", "--plan", "-o", plan(archive), by=RECORDS)
    archive.refused("approve", plan(archive), by=RECORDS, code=24, said="refused")


def test_a_sample_is_not_drawn_from_a_destruction(archive: Desk) -> None:
    file = planned(archive)
    archive.refused("review", "sample", "--of", "transitory", "--size", "5", "--seed", "x", "--plan", file, code=2)
