"""Files of mail at the keyboard that are no longer read: dropped, refused, silent ever after, and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import ANN, ATTORNEY, BOB, OPERATOR, RECORDS, Desk, letter

NAME = f"{ANN}/old.eml"


@pytest.fixture
def file(desk: Desk, tmp_path: Path) -> Path:
    """One saved requisition that was added as Ann's and read."""
    file = tmp_path / "old.eml"
    file.write_bytes(letter("Requisition 70 for toner", 70))
    add(desk, file)
    desk.done("sync")
    desk.done("classify")
    return file


def add(desk: Desk, path: Path, custodian: str = ANN) -> Any:
    return desk.done("mailbox", "add", "--files", str(path), "--custodian", custodian, by=RECORDS)


def drop(desk: Desk, name: str, *more: str) -> Any:
    return desk.done("mailbox", "drop", name, "--reason", "deleted after the report", *more, by=RECORDS)


def applied(desk: Desk) -> dict[str, Any]:
    plan = desk.folder / "files.json"
    plan.unlink(missing_ok=True)
    desk.done("plan", "-o", str(plan), by=OPERATOR)
    desk.done("approve", str(plan), by=RECORDS)
    return dict(desk.done("apply", str(plan), "--json", by=OPERATOR).json)


def test_a_file_that_was_captured_deleted_and_dropped_is_no_trouble_and_read_anew_if_it_comes_back(
    desk: Desk, file: Path
) -> None:
    applied(desk)
    content = file.read_bytes()
    file.unlink()
    spoken = [desk.run("sync"), desk.run("status"), desk.run("mailbox", "list")]
    assert all(str(file) in told.out + told.err or NAME in told.out + told.err for told in spoken)
    told = drop(desk, str(file))
    assert told.out == f"{NAME} is no longer read; 1 message of it stays known. {file} was not touched.\n"
    for command in (["sync"], ["status"], ["mailbox", "list"], ["mailbox", "list", "--coverage"], ["files", "report"]):
        told = desk.done(*command)
        assert NAME not in told.out + told.err and str(file) not in told.out + told.err, command
    records = desk.done("record", "list", "--json").json["records"]
    told = desk.done("why", "letter-70@elsewhere.example")
    assert "its files are no longer read: deleted after the report" in " ".join(told.out.split())
    desk.done("audit", "verify")
    file.write_bytes(content)
    assert add(desk, file).out.startswith(f"{file} is read as {NAME}, owned by {ANN}, from the next sync on.")
    desk.done("sync")
    desk.done("classify")
    applied(desk)
    assert desk.done("record", "list", "--json").json["records"] == records
    assert desk.done("files", "report", "--json").json["files"][0]["stored"] == 1
    desk.done("audit", "verify")


def test_held_files_are_not_dropped_and_the_hold_is_named(desk: Desk, file: Path) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--custodian", ANN, by=ATTORNEY)
    told = desk.refused("mailbox", "drop", NAME, "--reason", "by mistake", code=30, by=RECORDS)
    assert told.error == f"1 message of {NAME} is held: 1 by 'elm'. The files are still read."


def test_what_cannot_be_dropped_is_refused(desk: Desk, file: Path) -> None:
    told = desk.refused("mailbox", "drop", f"{ANN}/old.elm", "--reason", "by mistake", code=2, by=RECORDS)
    assert told.next_step.startswith(f"Write {NAME} if that is meant;")
    told = desk.refused("mailbox", "drop", BOB, "--reason", "by mistake", code=2, by=RECORDS)
    assert "is a mailbox of the mail system" in told.error
    desk.refused("mailbox", "drop", NAME, "--reason", "", code=2, by=RECORDS)
    desk.refused("mailbox", "drop", NAME, "--reason", "by mistake", code=32, by=OPERATOR, said="refused")


def test_dropped_twice_it_says_so_and_by_json(desk: Desk, file: Path) -> None:
    told = drop(desk, NAME, "--json")
    assert (told.json["name"], told.json["messages"], told.json["new"]) == (NAME, 1, True)
    assert drop(desk, NAME).out == f"{NAME} was dropped before: deleted after the report. Nothing was changed.\n"


def test_files_that_hold_no_mail_are_not_added_and_those_inside_others_are_told_of(
    desk: Desk, file: Path, tmp_path: Path
) -> None:
    for wrong in (tmp_path / "notes.txt", desk.toml):
        wrong.touch()
        desk.refused("mailbox", "add", "--files", str(wrong), "--custodian", ANN, code=2, by=RECORDS)
    around = tmp_path / "share"
    around.mkdir()
    (around / "two.eml").write_bytes(letter("Requisition 71 for toner", 71))
    assert add(desk, around).err == ""
    told = add(desk, around / "two.eml")
    assert told.err == f"Note: it lies inside {around}, added as {ANN}/share: its mail is read twice.\n"
