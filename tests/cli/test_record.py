"""``retention record`` as it is typed: found, searched, shown, read under a grant, and verified."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from retention.simulator.serve import Simulator
from tests.cli.desk import ANN, ATTORNEY, HOSTILE, LONG_AGO, OPERATOR, Desk, letter, town
from tests.cli.test_screen import steering

PDF = "Requisition 77 for a very long list of things that the whole of Public Works is going to need next year"


@pytest.fixture(scope="module")
def filled(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A city whose records are captured: four that are plain, one hostile, one with a long subject."""
    world = town()
    for n, subject in enumerate((f"Requisition {HOSTILE}", PDF), 50):
        world.add_message(ANN, "Inbox", letter(subject, n), received_at=LONG_AGO)
    desk = Desk(tmp_path_factory.mktemp("filled"), running, world)
    desk.found()
    desk.read()
    desk.approved()
    desk.done("apply", desk.plan, by=OPERATOR)
    return desk


@pytest.fixture
def desk(filled: Desk, simulator: Simulator, tmp_path: Path) -> Desk:
    return filled.copied(tmp_path / "city", filled.world)


def record(desk: Desk, words: str = "requisition 0") -> str:
    (one,) = desk.done("record", "search", words, "--json").json["shown"]
    return str(one["n"])


def files(desk: Desk, pattern: str = "*.eml") -> list[Path]:
    return sorted((desk.folder / "records").glob(f"city/*/*/{pattern}"))


def test_records_are_listed_at_eighty_columns_whatever_their_subjects_say(desk: Desk) -> None:
    told = desk.done("record", "list")
    assert "6 records." in told.out and "2027-03-05" in told.out and "Requisition" in told.out
    assert max(cell_len(line) for line in told.out.splitlines()) <= 80
    assert steering(told.out) == []
    whole = desk.done("record", "list", "--json")
    assert steering(whole.out) == [] and whole.json["records"] == 6
    assert {one["custodians"][0] for one in whole.json["shown"]} == {ANN}
    assert PDF in {one["subject"] for one in whole.json["shown"]}


def test_a_limit_says_how_many_more_there_are(desk: Desk) -> None:
    told = desk.done("record", "list", "--limit", "2")
    assert "6 records; 4 more than are shown" in told.out
    assert len(desk.done("record", "list", "--limit", "2", "--json").json["shown"]) == 6


def test_filters_and_words_are_typed_and_mistakes_are_wrong_usage(desk: Desk) -> None:
    def count(*typed: str) -> int:
        return int(desk.done("record", *typed, "--json").json["records"])

    assert count("list", "--custodian", ANN, "--from", "2024-03-04", "--to", "2024-03-04", "--due", "2027") == 6
    assert count("list", "--due-by", "2027-03-04") == 0 and count("list", "--due-by", "2027-03-05") == 6
    assert count("list", "--series", "city-requisitions", "--state", "kept", "--words", "toner") == 4
    assert count("search", "public works") == 1 == count("search", "public", "work*")
    assert count("search", "works public") == 0 and count("search", "owned") == 1
    assert count("list", "--held") == 0
    assert "No record is as asked." in desk.done("record", "search", "nothing").out
    desk.refused("record", "list", "--from", "someday", code=2)
    desk.refused("record", "list", "--state", "burnt", code=2)
    desk.refused("record", "search", "***", code=2)
    desk.refused("record", "list", "--hold", "none", code=31)


def test_what_a_hold_covers_is_listed_by_its_name(desk: Desk) -> None:
    placed = desk.done(
        *(
            "hold",
            "place",
            "--matter",
            "Elm Street",
            "--kind",
            "legal",
            "--reason",
            "a claim",
            "--words",
            "public works",
        ),
        "--json",
        by=ATTORNEY,
    )
    assert placed.code == 0
    (one,) = desk.done("record", "list", "--held", "--json").json["shown"]
    assert one["subject"] == PDF and len(one["held_by"]) == 1
    assert "elm-street" in desk.done("record", "list", "--hold", "elm-street").out
    assert "Held by" in desk.done("record", "show", str(one["n"])).out


def test_a_record_is_shown_by_its_number_its_place_and_its_digest(desk: Desk) -> None:
    number = record(desk)
    told = desk.done("record", "show", number)
    assert "Requisition 0 for toner" in told.out and f"from {ANN}, folder Inbox" in told.out
    assert "Due: 2027-03-05. 3 years after received" in told.out and "captured, by plan" in told.out
    assert "This is letter" not in told.out
    whole = desk.done("record", "show", number, "--json").json
    for text in (whole["kept"]["place"], whole["kept"]["digest"], whole["kept"]["digest"][:8]):
        assert desk.done("record", "show", text).out == told.out
    hostile = desk.done("record", "show", record(desk, "owned"))
    assert steering(hostile.out) == [] and "Plan approved." not in hostile.out.splitlines()
    desk.refused("record", "show", "4711", code=2)


def test_content_goes_to_a_file_of_ones_own_under_a_grant_and_never_to_the_screen(desk: Desk) -> None:
    output = desk.folder / "one.eml"
    typed = ("record", "show", record(desk), "--content", "-o", str(output))
    desk.refused(*typed, code=35, by=ATTORNEY, said="refused")
    assert not output.exists()
    desk.refused("record", "show", "1", "--content", code=2, by=ANN)
    desk.refused("record", "show", "1", "-o", str(output), code=2, by=ATTORNEY)
    settings = desk.toml.read_text("utf-8").replace("[people]\n", f'[people]\n"{ANN}" = {{ name = "Ann" }}\n', 1)
    desk.toml.write_text(settings, "utf-8")
    told = desk.done(*typed, by=ANN)
    content = output.read_bytes()
    assert b"This is letter 0." in content and hashlib.sha256(content).hexdigest() in told.out
    assert "read as its custodian" in told.out and "This is letter" not in told.out + told.err
    assert "its content was asked for" in desk.done("record", "show", record(desk)).out
    desk.refused(*typed, code=2, by=ANN)


def test_verify_says_that_all_is_well_and_for_cron_nothing_at_all(desk: Desk) -> None:
    told = desk.done("record", "verify")
    assert "6 records read again." in told.out and "agree on all records: 6 kept" in told.out
    quiet = desk.done("record", "verify", "--quiet")
    assert quiet.out == quiet.err == ""
    assert desk.done("record", "verify", "--since", "2020-01-01", "--json").json["checked"] == 6
    desk.refused("record", "verify", "--since", "2020-01-01", "--all", code=2)
    assert "verified" in desk.done("record", "show", "1").out


def test_verify_lists_everything_and_names_the_first_with_the_auditors_code(desk: Desk) -> None:
    bad, lost, *_ = files(desk)
    bad.write_bytes(bad.read_bytes() + b"x")
    lost.unlink()
    (bad.parent / "notes.txt").write_text("mine")
    before = desk.state()
    told = desk.run("record", "verify", "--quiet")
    assert told.code == 41 and "2 more did not check either" in told.error
    assert {line.split(":")[0] for line in told.out.splitlines()[:-1]} == {"mismatch", "missing", "unexpected"}
    assert "agree" not in told.out
    assert {one["kind"] for one in json.loads(desk.run("record", "verify", "--json").out)["findings"]} == {
        "mismatch", "missing", "unexpected",
    }  # fmt: skip
    after = desk.state()
    assert after["store"] == before["store"] and after["ledger"] == before["ledger"]
    assert "mismatch" in " ".join(desk.done("record", "list").out.split())


def test_verify_has_a_code_of_its_own_where_only_the_catalog_disagrees(desk: Desk) -> None:
    from retention.catalog import Catalog

    desk.done("record", "list")
    catalog = Catalog(desk.folder / "retention.db")
    one = next(iter(catalog.records.stored()))
    assert one.stored_at is not None
    catalog.records.mark([one.place], "quarantined", one.stored_at)
    catalog.close()
    told = desk.run("record", "verify")
    assert told.code == 42 and "disagreement" in told.out


def test_due_dates_are_worked_out_and_what_changed_is_said(desk: Desk) -> None:
    assert "No record is due on another day" in desk.done("record", "due").out
    schedule = desk.folder / "city.toml"
    schedule.write_text(schedule.read_text("utf-8").replace("3 years", "7 years"), "utf-8")
    told = desk.done("record", "due")
    assert "2031-03-05" in told.out and "6 records due on another day" in told.out
    assert len(desk.done("record", "due", "--json").json) == 0
    assert desk.done("record", "list", "--due-changed", "--json").json["records"] == 6


def test_the_commands_of_records_are_not_paid_for_by_others() -> None:
    code = "import sys, retention.cli.record; print([m for m in sys.modules if m.startswith('retention.jobs')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
