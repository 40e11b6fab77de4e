"""The catalog's records follow the ledger and the store, whatever was interrupted, lost or begun anew."""

from __future__ import annotations

import json
import os
import sys
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from retention.catalog import Catalog
from retention.catalog.records import Kept, Records, Trouble
from retention.errors import StoreNotAnswering
from retention.jobs.record import quarantine
from retention.jobs.record.known import take_in
from retention.ledger import Ledger
from retention.store.disk import DiskStore
from tests.jobs import breaking as points
from tests.jobs.archive import Archive, gate
from tests.jobs.breaking import Broken, breaking, fail, killed
from tests.jobs.town import CLERK, RECORDS, mime
from tests.mail.doubles import MemoryMail

POINTS = (
    (Ledger, "links"),
    (DiskStore, "record"),
    (Records, "tell"),
    (Records, "add"),
    (Records, "doubt"),
    (Records, "sweep"),
    (Catalog, "together"),
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "town", gate())


def rows(archive: Archive) -> tuple[Kept, ...]:
    return archive.see(lambda world: tuple(world.catalog.records.stored()))


def known(archive: Archive) -> tuple[Kept, ...]:
    archive.see(take_in)
    return rows(archive)


def every(archive: Archive) -> list[Any]:
    """Every row but its number's, destroyed ones too, with the words that find it."""

    def look(world: Any) -> list[Any]:
        take_in(world)
        places = [place for place, _ in world.catalog.records.standing()]
        return [msgspec.to_builtins(world.catalog.records.at(place)) for place in places]

    return archive.see(look)


def sidecar(archive: Archive, n: int = 0) -> Path:
    return sorted((archive.folder / "records").glob("town/*/*/*.json"))[n]


def test_what_was_captured_is_known_with_all_that_its_sidecar_says(archive: Archive) -> None:
    archive.capture("Minutes 1", "Requisition 7 for toner")
    found = known(archive)
    assert {one.record.subject for one in found if one.record} == {"Minutes 1", "Requisition 7 for toner"}
    for one in found:
        assert one.record is not None and (one.state, one.trouble, one.since) == ("kept", "", None)
        assert (one.record.place, one.record.series, one.record.due_on) == (one.place, one.series, one.due_on)
    assert archive.see(take_in) == 0


def test_records_are_numbered_in_the_order_of_their_capture_and_found_by_number_place_and_digest(
    archive: Archive,
) -> None:
    archive.capture("Minutes 1", "Minutes 2")
    one, other = sorted(known(archive), key=lambda kept: kept.n)
    assert (one.n, other.n) == (1, 2)

    def find(text: str) -> list[int]:
        return [kept.n for kept in archive.see(lambda world: world.catalog.records.find(text))]

    for text in ("2", "#2", other.place, f"{other.place}.eml", other.digest, other.digest[:8].upper()):
        assert find(text) == [2], text
    for text in ("", "3", "2" * 30, other.digest[:7], "'; DROP TABLE records", f"{other.digest}0", "²"):
        assert find(text) == [], text


def test_a_custody_added_later_is_read_and_the_number_stays(archive: Archive) -> None:
    assert isinstance(archive.mail, MemoryMail)
    archive.mail.add(CLERK, "Inbox", mime("Minutes 1"))
    archive.apply(archive.approved_plan())
    (first,) = known(archive)
    archive.mail.add(RECORDS, "Inbox", mime("Minutes 1"))
    archive.apply(archive.approved_plan())
    (second,) = known(archive)
    assert first.record and second.record
    assert [one.address for one in first.record.custody] == [CLERK]
    assert [one.address for one in second.record.custody] == [CLERK, RECORDS]
    assert second.n == first.n and second.sidecar != first.sidecar


@pytest.mark.parametrize("how", ["missing", "changed", "garbage", "another's"])
def test_a_record_whose_sidecar_cannot_be_relied_on_has_a_row_and_that_trouble(archive: Archive, how: str) -> None:
    archive.capture("Minutes 1", "Minutes 2")
    path = sidecar(archive)
    if how == "missing":
        path.unlink()
    elif how == "changed":
        path.write_bytes(msgspec.json.format(json.dumps({**json.loads(path.read_bytes()), "subject": "No"}).encode()))
    else:
        path.write_bytes(b"{" if how == "garbage" else sidecar(archive, 1).read_bytes())
    found = {one.trouble: one for one in known(archive)}
    assert set(found) == {"", Trouble.SIDECAR}
    bad = found[Trouble.SIDECAR]
    assert bad.record is None and bad.place.endswith(path.stem) and (bad.schedule, bad.series) != ("", "")


def test_quarantine_restoring_and_destruction_are_taken_in(archive: Archive) -> None:
    archive.capture("Requisition 1", "Requisition 2", "Minutes 1")
    archive.put_away()
    away = [one for one in known(archive) if one.state == "quarantined"]
    assert len(away) == 2 and all(one.since == archive.at for one in away)
    world = archive.world(RECORDS)
    quarantine.restore(world, [away[0].place], "wanted for a claim")
    world.close()
    assert [one.state for one in known(archive) if one.place == away[0].place] == ["kept"]
    archive.later(40)
    archive.destroy()
    gone = archive.see(lambda world: world.catalog.records.at(away[1].place))
    assert gone is not None and (gone.state, gone.record, gone.series) == ("destroyed", None, "town-requisitions")
    assert len(known(archive)) == 2


def test_what_is_captured_again_after_its_destruction_is_a_record_again(archive: Archive) -> None:
    assert isinstance(archive.mail, MemoryMail)
    archive.capture("Requisition 1")
    archive.put_away()
    archive.later(40)
    archive.destroy()
    assert known(archive) == ()
    archive.capture("Requisition 1", mailbox=RECORDS)
    (again,) = known(archive)
    assert again.state == "kept" and again.record is not None and again.n == 1


def test_a_catalog_begun_anew_has_all_rows_again(archive: Archive) -> None:
    archive.capture("Requisition 1", "Minutes 1")
    archive.put_away()
    archive.later(40)
    archive.destroy()
    archive.capture("Minutes 2")
    before = every(archive)
    for path in archive.folder.glob("retention.db*"):
        path.unlink()
    Catalog(archive.folder / "retention.db", create=True).close()
    after = every(archive)
    assert len(before) == 3
    unlike = {"verified_at", "due_why"}
    assert [{k: v for k, v in one.items() if k not in unlike} for one in after] == [
        {k: v for k, v in one.items() if k not in unlike} for one in before
    ]


def test_where_the_store_is_not_there_nothing_is_taken_for_lost(archive: Archive) -> None:
    archive.capture("Minutes 1")
    store = archive.folder / "records"
    store.rename(archive.folder / "away")
    with pytest.raises(StoreNotAnswering):
        archive.see(take_in)
    (archive.folder / "away").rename(store)
    (one,) = known(archive)
    assert one.record is not None and one.trouble == ""


def story(archive: Archive) -> None:
    """Two records, one destroyed, one with a sidecar that is gone."""
    archive.capture("Requisition 1", "Minutes 1", "Minutes 2")
    archive.put_away()
    archive.later(40)
    archive.destroy()
    sidecar(archive).unlink()
    for path in archive.folder.glob("retention.db*"):
        path.unlink()
    Catalog(archive.folder / "retention.db", create=True).close()


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")
@pytest.mark.parametrize("how", [fail, None], ids=["failed", "killed"])
def test_interrupted_at_every_nth_call_the_end_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Any
) -> None:
    monkeypatch.setattr(points, "POINTS", POINTS)
    monkeypatch.setattr("retention.jobs.record.known._ENTRIES", 1)
    monkeypatch.setattr("retention.catalog.records._BATCH", 1)
    archive = Archive(tmp_path / "town", gate())
    story(archive)
    files = {path.name: path.read_bytes() for path in archive.folder.glob("retention.db*")}
    whole = every(archive)
    assert [one["state"] for one in whole].count("destroyed") == 1 and len(whole) == 3
    for at in count(1):
        for path in archive.folder.glob("retention.db*"):
            path.unlink()
        for name, data in files.items():
            (archive.folder / name).write_bytes(data)
        if how is None:
            broken = killed(at, lambda: archive.see(take_in) and None)
        else:
            try:
                with breaking(at, how):
                    archive.see(take_in)
                broken = False
            except Broken:
                broken = True
        if not broken:
            break
        assert every(archive) == whole, at
        assert at < 200
    assert at > 15
