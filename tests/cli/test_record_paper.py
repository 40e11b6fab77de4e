"""``retention record forms`` and ``retention record certificate`` as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retention.cli import opening
from retention.core.clock import Machine
from retention.simulator.serve import Simulator
from tests.cli.desk import OPERATOR, RECORDS, Desk, schedule, town
from tests.cli.travelling import travel

SOON = datetime.now(UTC) + timedelta(days=31)


@pytest.fixture(scope="module")
def archived(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A city with requisitions in its record store, and an approved plan to destroy them, for which no gate stands."""
    desk = Desk(tmp_path_factory.mktemp("archived"), running, town())
    desk.found()
    text = schedule().replace("3 years after received", "1 year after received")
    (desk.folder / "city.toml").write_text(text.replace('law = "none"', 'law = "none"\ngates = "none"'), "utf-8")
    desk.read()
    desk.approved()
    desk.done("apply", desk.plan, by=OPERATOR)
    desk.done("record", "destroy", "--plan", "-o", destruction(desk), by=OPERATOR)
    return desk


@pytest.fixture
def desk(archived: Desk, simulator: Simulator, tmp_path: Path) -> Desk:
    return archived.copied(tmp_path / "city", town())


def destruction(desk: Desk) -> str:
    return str(desk.folder / "destroy.json")


def test_forms_are_written_for_a_plan(desk: Desk, tmp_path: Path) -> None:
    told = desk.done("record", "forms", destruction(desk), "-o", str(tmp_path / "forms"))
    assert told.out.startswith("What has to be signed for plan ") and "retention consent record" in told.err
    assert all(len(line) <= 80 for line in told.out.splitlines()[1:])
    assert {path.name for path in (tmp_path / "forms").glob("*.pdf")} == {"city-list.pdf"}
    again = desk.done("record", "forms", destruction(desk), "-o", str(tmp_path / "more"), "--json")
    assert again.json[0]["records"] == 4 and len(again.json[0]["digest"]) == 64


def test_a_plan_to_remove_mail_has_no_forms(desk: Desk, tmp_path: Path) -> None:
    told = desk.refused("record", "forms", desk.plan, "-o", str(tmp_path / "forms"), code=2)
    assert "is a plan to remove mail" in told.error and not (tmp_path / "forms").exists()


def test_where_nothing_was_destroyed_there_is_no_certificate(desk: Desk) -> None:
    assert desk.done("record", "certificate").out == "No run has destroyed records yet.\n"
    assert desk.done("record", "certificate", "--json").json == []
    assert "begins no run" in desk.refused("record", "certificate", "3", code=2, by=RECORDS).error
    assert desk.refused("record", "certificate", "-o", "x", code=2)


def test_a_certificate_is_listed_and_written_once_more(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.done("approve", destruction(desk), by=RECORDS)
    desk.done("apply", destruction(desk), by=OPERATOR)
    travel(monkeypatch, SOON)
    # The machine was started anew meanwhile, and the mail system's clock went on as this one did.
    monkeypatch.setattr(opening, "machine", Machine)
    monkeypatch.setattr(opening, "told_time", lambda world: SOON)
    told = desk.done("record", "destroy", "--end-quarantine", by=RECORDS)
    assert "The certificate is in " in told.out
    (one,) = desk.done("record", "certificate", "--json").json
    assert one["records"] == 4 and one["by"] == RECORDS
    shown = desk.done("record", "certificate").out
    assert f"by {RECORDS}" in shown and one["folder"] in shown
    desk.done("record", "certificate", str(one["run"]), "-o", str(tmp_path / "again"))
    there = Path(one["folder"])
    assert {p.name: p.read_bytes() for p in there.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()
    }
    told = desk.done("record", "certificate", str(one["run"]), by=RECORDS)
    assert f"of 4 records, is in {there}" in told.out and one["digest"] in told.out
