"""``retention hold prove``: a folder is written, told in short, and good on a machine without this product."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.desk import ANN, ATTORNEY, BOB, RECORDS, Desk
from tests.packet.unpacking import facts, rows, verified


@pytest.fixture
def held(desk: Desk) -> Desk:
    """The city with a hold of Ann's mail, and another of Bob's."""
    asked = ("hold", "place", "--reason", "a claim of 3 March")
    desk.done(*asked, "--matter", "Elm Street", "--custodian", ANN, by=ATTORNEY)
    desk.done(*asked, "--matter", "Oak Avenue", "--custodian", BOB, by=ATTORNEY)
    return desk


def test_the_proof_is_written_and_told_in_short(held: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "proof"
    told = held.done("hold", "prove", "elm-street", "-o", str(folder), by=RECORDS)
    assert told.out.startswith("The proof of the hold 'elm-street' is in ")
    assert "Entries of the" in told.out and "a claim" not in told.out
    digest = told.out.splitlines()[-1].rpartition(" ")[2]
    assert verified(folder, "--manifest", digest).returncode == 0
    assert "verify.py --manifest" in told.err
    assert facts(folder)["Made by"] == RECORDS
    assert rows(folder, "life")[0]["reason"] == "a claim of 3 March"
    assert not [path for path in folder.rglob("*") if path.is_file() and b"oak" in path.read_bytes().lower()]
    assert json.loads(held.ledger.read_bytes().splitlines()[-1])["said"]["body"]["kind"] == "hold proved"


def test_no_digest_of_the_table_takes_the_room_of_what_it_is_of(held: Desk, tmp_path: Path) -> None:
    told = held.done("hold", "prove", "elm-street", "-o", str(tmp_path / "proof"), by=RECORDS)
    *table, manifest = told.out.splitlines()
    assert not [line for line in table if re.search("[0-9a-f]{40}", line)]
    assert re.search("[0-9a-f]{64}$", manifest)
    assert any(line.startswith("Entries of the ledger") for line in table) and len(table) < 60


def test_the_verifier_runs_where_it_was_copied_to(held: Desk, tmp_path: Path) -> None:
    held.done("hold", "prove", "elm-street", "-o", str(tmp_path / "proof"), by=ATTORNEY)
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=tmp_path / "proof", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "its chain holds" in done.stdout
    assert not (tmp_path / "proof" / "__pycache__").exists()


def test_the_result_for_machines_is_the_same(held: Desk, tmp_path: Path) -> None:
    told = held.done("hold", "prove", "elm-street", "-o", str(tmp_path / "proof"), "--json", by=ATTORNEY)
    assert told.json["folder"] == str(tmp_path / "proof")
    assert dict(told.json["facts"]) == facts(tmp_path / "proof")


def test_without_a_name_the_folder_is_named_by_hold_and_day(
    held: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    held.done("hold", "prove", "elm-street", by=ATTORNEY)
    made = [name for name in os.listdir(tmp_path) if name.startswith("proof-elm-street-20")]
    assert len(made) == 1 and verified(tmp_path / made[0]).returncode == 0


def test_the_whole_ledger_is_shown_only_with_a_word_about_it(held: Desk, tmp_path: Path) -> None:
    told = held.done("hold", "prove", "elm-street", "-o", str(tmp_path / "proof"), "--whole", by=ATTORNEY)
    assert "of other matters and of sealed ones too" in told.err
    assert b"oak-avenue" in (tmp_path / "proof" / "ledger.jsonl").read_bytes()


def test_what_is_asked_wrongly_is_one_sentence_and_writes_nothing(held: Desk, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    asked = ("hold", "prove", "elm-street", "-o", str(tmp_path / "proof"))
    held.refused("hold", "prove", "ash", code=31, by=ATTORNEY)
    held.refused(*asked, "--from", "the day after", code=2, by=ATTORNEY)
    held.refused(*asked, "--from", "2026-02-02", "--to", "2026-02-01", code=2, by=ATTORNEY)
    held.refused(*asked, "--to", "2999-01-01", code=2, by=ATTORNEY)
    held.refused("hold", "prove", "elm-street", "-o", str(there), code=2, by=ATTORNEY)
    held.refused("hold", "prove", "elm-street", "-o", "/proc/nowhere/proof", code=14, by=ATTORNEY)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "city") == ["there"]
