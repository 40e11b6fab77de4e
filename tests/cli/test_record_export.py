"""``retention record export`` and ``transfer``: a bag is written, told in short, and its receipt is filed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retention.bagging import check
from tests.bagging.packing import info, rows
from tests.cli.desk import ANN, ATTORNEY, BOB, OPERATOR, RECORDS, Desk


@pytest.fixture
def applied(desk: Desk) -> Desk:
    """A city whose plan was applied: four requisitions of Ann's are records."""
    desk.done("apply", desk.plan, by=OPERATOR)
    return desk


def bodies(desk: Desk, kind: str) -> list[dict[str, Any]]:
    said = [json.loads(line)["said"]["body"] for line in desk.ledger.read_bytes().splitlines()]
    return [body for body in said if body["kind"] == kind]


def test_a_bag_is_written_and_told_in_short(applied: Desk, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    told = applied.done("record", "export", "--bag", str(bag), "--purpose", "the archives", by=RECORDS)
    assert told.out.startswith("4 records (") and str(bag) in told.out.replace("\n", "")
    assert check(bag).identifier in told.out and check(bag).manifest in told.out
    assert "record transfer" in told.err and "many people" in told.err
    assert len(rows(bag)) == 4 and info(bag)["External-Description"] == "the archives"
    assert [one["asked"] for one in bodies(applied, "export ordered")] == ["every record"]


def test_whoever_gets_the_bag_checks_it_without_this_product(applied: Desk, tmp_path: Path) -> None:
    applied.done("record", "export", "--bag", str(tmp_path / "bag"), by=RECORDS)
    typed = [sys.executable, "-m", "bagit", "--validate", str(tmp_path / "bag")]
    assert subprocess.run(typed, capture_output=True, check=False).returncode == 0
    letter = next((tmp_path / "bag").rglob("*.eml"))
    letter.write_bytes(letter.read_bytes() + b" ")
    assert subprocess.run(typed, capture_output=True, check=False).returncode != 0


def test_the_result_for_machines_is_the_same(applied: Desk, tmp_path: Path) -> None:
    made = applied.done(
        "record", "export", "--bag", str(tmp_path / "bag"), "--custodian", ANN, "--json", by=RECORDS
    ).json
    assert (made["records"], made["left"], made["manifest"]) == (4, [], check(tmp_path / "bag").manifest)
    assert made["bag"] == info(tmp_path / "bag")["External-Identifier"]


def test_records_are_chosen_by_options_or_named(applied: Desk, tmp_path: Path) -> None:
    made = applied.done("record", "export", "1", "2", "--bag", str(tmp_path / "two"), "--json", by=RECORDS).json
    assert made["records"] == 2
    asked = ("record", "export", "--bag", str(tmp_path / "none"))
    for chosen in (*(("--permanent",), ("--custodian", BOB), ("--from", "2030-01-01"), ("1", "--permanent")),):
        applied.refused(*asked, *chosen, code=2, by=RECORDS)
    assert not (tmp_path / "none").exists()


def test_what_is_asked_wrongly_is_one_sentence_and_writes_nothing(applied: Desk, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    asked = ("record", "export", "--bag")
    applied.refused(*asked, str(tmp_path / "bag"), code=32, by=ATTORNEY, said="refused")
    applied.refused(*asked, str(there), code=2, by=RECORDS)
    applied.refused(*asked, "/proc/nowhere/bag", code=14, by=RECORDS)
    applied.refused(*asked, str(tmp_path / "bag"), "--from", "someday", code=2, by=RECORDS)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "city") == ["there"]


def test_a_record_that_is_not_as_it_was_is_told_and_ends_with_its_own_code(applied: Desk, tmp_path: Path) -> None:
    letter = sorted((applied.folder / "records").rglob("*.eml"))[0]
    letter.chmod(0o600)
    letter.write_bytes(b"another")
    told = applied.run("record", "export", "--bag", str(tmp_path / "bag"), by=RECORDS)
    assert told.code == 41 and letter.stem in told.error and told.out.startswith("3 records")
    assert check(tmp_path / "bag").messages == 3


def test_a_receipt_is_filed_and_listed(applied: Desk, tmp_path: Path) -> None:
    assert applied.done("record", "transfer", "--list").out == "Nothing was exported.\n"
    made = applied.done("record", "export", "--bag", str(tmp_path / "bag"), "--json", by=RECORDS).json
    assert "nobody yet" in applied.done("record", "transfer", "--list").out
    scan = tmp_path / "receipt.pdf"
    scan.write_bytes(b"%PDF- received")
    given = ("--archive", "State Archives", "--reference", "2026-17", "--on", info(tmp_path / "bag")["Bagging-Date"])
    told = applied.done("record", "transfer", str(made["entry"]), *given, "--document", str(scan), by=RECORDS)
    assert told.out.startswith("State Archives took over 4 records on ") and "2026-17" in told.out
    assert "stay on the record store" in told.err
    listed = applied.done("record", "transfer", "--list", "--json").json
    assert [(one["archive"], one["file"], one["records"]) for one in listed] == [("State Archives", "receipt.pdf", 4)]
    assert bodies(applied, "transfer accepted")[0]["document"] == listed[0]["document"] != ""
    assert "2026-17" in applied.done("record", "transfer", "--list").out


def test_a_receipt_that_cannot_be_filed_is_refused(applied: Desk, tmp_path: Path) -> None:
    made = applied.done("record", "export", "--bag", str(tmp_path / "bag"), "--json", by=RECORDS).json
    today = info(tmp_path / "bag")["Bagging-Date"]
    given = ("--archive", "State Archives", "--reference", "2026-17")
    asked = ("record", "transfer", str(made["entry"]))
    applied.refused(*asked, *given, "--on", today, code=32, by=ATTORNEY, said="refused")
    applied.refused(*asked, *given, code=2, by=RECORDS)
    applied.refused(*asked, *given, "--on", "2030-01-01", code=2, by=RECORDS)
    applied.refused(*asked, "--archive", "A", "--on", today, code=2, by=RECORDS)
    applied.refused(*asked, *given, "--on", today, "--document", str(tmp_path / "none.pdf"), code=2, by=RECORDS)
    applied.refused("record", "transfer", *given, "--on", today, code=2, by=RECORDS)
    applied.refused("record", "transfer", "0", *given, "--on", today, code=2, by=RECORDS)
    applied.refused("record", "transfer", "0", "--list", code=2, by=RECORDS)
