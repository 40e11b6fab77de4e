"""Bad input: a record store that is missing, full or read-only; a catalog that is locked, newer or no catalog."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from retention import durable
from retention.catalog import opening
from retention.store.disk import MARK
from tests.cli.desk import ATTORNEY, OPERATOR, Desk, assert_one_sentence

Change = Callable[[str, str], None]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock as another process would."""
    with open(path, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def apply_stops(desk: Desk, code: int) -> str:
    """Apply fails before its first deed: nothing has left, and no record is said to be stored."""
    before = desk.state()
    told = desk.run("apply", desk.plan, by=OPERATOR)
    assert told.code == code, told
    assert_one_sentence(told)
    after = desk.state()
    assert (after["mail"], after["catalog"]) == (before["mail"], before["catalog"])
    assert not [name for name in after["store"] if name.endswith(".part")]
    assert b'"kind":"outcome"' not in after["ledger"] and b'"kind":"stored"' not in after["ledger"]
    return told.error


def goes_on(desk: Desk) -> None:
    """Once the trouble is mended, the same plan is done to its end."""
    applied = desk.done("apply", desk.plan, "--json", by=OPERATOR).json
    assert sum(counts["captured"] + counts["purged"] for counts in applied["counts"].values()) == 8
    assert desk.done("audit", "verify", "--json").json["records"] == 4


def test_a_store_that_is_not_there_stops_apply_before_the_first_deed(desk: Desk) -> None:
    (desk.folder / "records").rename(desk.folder / "elsewhere")
    error = apply_stops(desk, 14)
    assert f"{desk.folder / 'records'} is not there" in error
    (desk.folder / "elsewhere").rename(desk.folder / "records")
    goes_on(desk)


def test_a_folder_that_is_not_marked_as_the_store_is_not_used(desk: Desk) -> None:
    """An empty mount point looks like this."""
    mark = (desk.folder / "records" / MARK).read_bytes()
    (desk.folder / "records" / MARK).unlink()
    assert MARK in apply_stops(desk, 14)
    (desk.folder / "records" / MARK).write_bytes(mark)
    goes_on(desk)


@pytest.mark.parametrize(
    ("at", "number"),
    [("write", errno.ENOSPC), ("write", errno.EROFS), ("write", errno.EIO), ("make_folder", errno.EROFS)]
    + [("make_folder", errno.ENOSPC), ("sync_folder", errno.EIO)],
)
def test_a_store_that_takes_no_files_stops_apply_before_the_first_deed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at: str, number: int
) -> None:
    def refuse(path: Path, *data: bytes) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(durable, at, refuse)
        assert os.strerror(number) in apply_stops(desk, 14)
    goes_on(desk)


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="nothing is read-only for this account")
def test_a_store_that_is_read_only_stops_apply_before_the_first_deed(desk: Desk) -> None:
    (desk.folder / "records").chmod(0o555)
    error = apply_stops(desk, 14)
    (desk.folder / "records").chmod(0o755)
    assert "Permission denied" in error


def test_a_store_whose_folder_is_a_file_stops_apply_before_the_first_deed(desk: Desk) -> None:
    (desk.folder / "records" / "city").write_bytes(b"")
    apply_stops(desk, 14)
    (desk.folder / "records" / "city").unlink()
    goes_on(desk)


def test_a_full_disk_under_the_ledger_stops_apply_before_the_first_deed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        assert "ledger" in apply_stops(desk, 14)
    goes_on(desk)


def test_the_doctor_says_that_the_store_is_missing_and_what_to_do(desk: Desk) -> None:
    (desk.folder / "records" / MARK).unlink()
    told = desk.run("doctor")
    assert told.code == 14
    assert "MEND  record store" in told.out and "next: Mount it" in told.out and "ok    sign in" in told.out


def test_a_plan_that_cannot_be_written_is_said(desk: Desk) -> None:
    told = desk.refused("plan", "-o", str(desk.folder / "nowhere" / "plan.json"), code=14)
    assert "nowhere" in told.error and "--output" in told.next_step


# The catalog


def test_a_catalog_from_a_newer_version_is_left_alone(desk: Desk) -> None:
    path = desk.folder / "retention.db"
    with closing(sqlite3.connect(path)) as database, database:
        table = next(
            name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migrations%'")
        )
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        told = {"migration_set": "retention", "name": "from_the_future", "applied_at": "2030-01-01"}
        values = [told.get(column) for column in columns]
        database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    error = desk.refused("status", code=10)
    assert "newer version" in error.error and "from_the_future" in error.error
    assert "Update retention" in error.next_step


def test_a_file_that_is_no_catalog_is_named(desk: Desk) -> None:
    for file in desk.folder.glob("retention.db*"):
        file.unlink()
    (desk.folder / "retention.db").write_bytes(b"this is no database at all" * 50)
    told = desk.refused("apply", desk.plan, by=OPERATOR, code=10)
    assert "retention.db is not a catalog" in told.error and "`retention init`" in told.next_step


def test_a_catalog_that_is_not_there_is_said(desk: Desk) -> None:
    for file in desk.folder.glob("retention.db*"):
        file.unlink()
    told = desk.refused("apply", desk.plan, by=OPERATOR, code=10)
    assert "retention.db is not there" in told.error and "`retention init`" in told.next_step


@pytest.mark.parametrize("command", [("sync",), ("classify",), ("apply", "PLAN")], ids=" ".join)
def test_a_catalog_that_another_program_keeps_locked_is_said(
    desk: Desk, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "WAIT_FOR_LOCK", 0.05)
    before = desk.state()
    with closing(sqlite3.connect(desk.folder / "retention.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = desk.run(*(desk.plan if word == "PLAN" else word for word in command), by=OPERATOR)
    assert told.code == 11 and "retention.db is locked" in told.error and "run this again" in told.next_step
    assert_one_sentence(told)
    assert desk.state() == before


def test_a_hold_is_placed_and_said_to_be_while_the_catalog_is_locked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the ledger: an attorney who is told otherwise would place it once more."""
    monkeypatch.setattr(opening, "WAIT_FOR_LOCK", 0.05)
    with closing(sqlite3.connect(desk.folder / "retention.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "lunch", by=ATTORNEY)
    assert "The hold 'elm' is in force." in told.out
    assert [hold["hold"]["name"] for hold in desk.done("hold", "list", "--json").json] == ["elm"]


# Two runs


@pytest.mark.parametrize("command", [("sync",), ("classify",), ("apply", "PLAN")], ids=" ".join)
def test_a_second_run_waits_for_the_first(desk: Desk, command: tuple[str, ...]) -> None:
    typed = tuple(desk.plan if word == "PLAN" else word for word in command)
    with locked(desk.folder / "retention.db.run"):
        told = desk.refused(*typed, by=OPERATOR, code=11)
    assert "Another run" in told.error and "Wait" in told.next_step
    assert desk.run(*typed, by=OPERATOR).code == 0


def test_a_hold_can_be_placed_while_another_run_is_at_work(desk: Desk) -> None:
    with locked(desk.folder / "retention.db.run"):
        desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "notice", by=ATTORNEY)
        desk.done("status")
    told = desk.refused("apply", desk.plan, by=OPERATOR, code=21)
    assert "The holds have changed." in told.error
