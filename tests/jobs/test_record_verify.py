"""Every record's file is read again, and whatever the store, the catalog and the ledger do not agree on is found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from retention.catalog import Catalog
from retention.catalog.records import Records
from retention.core.destruction import RecordRestored
from retention.errors import Disagreement, RecordMismatch, StoreNotAnswering, WrongUsage
from retention.jobs.record.known import take_in
from retention.jobs.record.verify import Verified, verify
from retention.ledger import Ledger
from retention.store.disk import DiskStore
from tests.jobs import breaking as points
from tests.jobs.archive import Archive, gate
from tests.jobs.breaking import Broken, breaking, fail, killed
from tests.jobs.town import RECORDS
from tests.mail.doubles import MemoryMail

POINTS = (
    (Ledger, "links"),
    (DiskStore, "digest"),
    (DiskStore, "places"),
    (DiskStore, "unexpected"),
    (Records, "checked"),
    (Records, "differences"),
    (Catalog, "together"),
    (Catalog, "save_fact"),
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "town", gate())
    archive.capture("Minutes 1", "Minutes 2", "Requisition 1", "Requisition 2")
    return archive


def verified(archive: Archive, **asked: Any) -> Verified:
    return archive.see(lambda world: verify(world, **asked))


def found(archive: Archive, **asked: Any) -> list[tuple[str, bool]]:
    return [(one.kind, one.explained) for one in verified(archive, **asked).findings]


def files(archive: Archive, pattern: str = "*.eml") -> list[Path]:
    return sorted((archive.folder / "records").glob(f"town/*/*/{pattern}"))


def flip(path: Path) -> None:
    """One bit of one byte, the size and the time of the file as they were."""
    was, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def test_where_all_is_well_nothing_is_found_and_nothing_is_changed(archive: Archive) -> None:
    before = {path: path.read_bytes() for path in (archive.folder / "records").rglob("*") if path.is_file()}
    ledger = (archive.folder / "ledger.jsonl").read_bytes()
    said = verified(archive)
    assert (said.checked, said.findings, said.failure, said.taken_up) == (4, (), None, False)
    assert said.records == {"kept": 4}
    assert {path: path.read_bytes() for path in (archive.folder / "records").rglob("*") if path.is_file()} == before
    assert (archive.folder / "ledger.jsonl").read_bytes() == ledger
    assert all(kept.verified_at == archive.at for kept in archive.see(lambda w: tuple(w.catalog.records.stored())))


def test_a_file_changed_behind_our_back_is_named_until_it_is_mended(archive: Archive) -> None:
    path = files(archive)[2]
    flip(path)
    for _ in range(2):
        said = verified(archive)
        (one,) = said.findings
        assert (one.kind, one.explained) == ("mismatch", False) and path.stem in one.what
        assert isinstance(said.failure, RecordMismatch) and one.what in said.failure.message
    flip(path)
    assert found(archive) == []


def test_a_store_that_lost_a_file_is_told_and_how_many_more_there_are(archive: Archive) -> None:
    lost = files(archive)
    for path in lost[:3]:
        path.unlink()
    said = verified(archive)
    assert [one.kind for one in said.findings] == ["missing"] * 3
    assert said.failure is not None and "2 more" in said.failure.message


@pytest.mark.parametrize("how", ["changed", "gone", "garbage"])
def test_a_sidecar_that_is_not_the_one_the_ledger_knows_is_found(archive: Archive, how: str) -> None:
    path = files(archive, "*.json")[0]
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"Town Code 1", b"Town Code 2") if how == "changed" else b"no")
    (one,) = verified(archive).findings
    assert (one.kind, one.explained) == ("sidecar", False) and path.stem in one.sentence


def test_a_sidecar_that_is_put_back_is_read_again_and_its_record_known(archive: Archive) -> None:
    path = files(archive, "*.json")[0]
    data = path.read_bytes()
    path.write_bytes(b"{}")
    archive.see(take_in)
    assert found(archive) == [("sidecar", False)]
    path.write_bytes(data)
    assert found(archive) == []
    archive.see(take_in)
    assert all(kept.record for kept in archive.see(lambda world: tuple(world.catalog.records.stored())))


def test_a_record_no_entry_speaks_of_and_a_file_that_is_none_of_ours_are_found(archive: Archive) -> None:
    path = files(archive)[0]
    year = path.parent.parent / "2019"
    year.mkdir()
    for one in (path, path.with_suffix(".json")):
        (year / one.name).write_bytes(one.read_bytes())
    (year / "notes.txt").write_text("mine")
    said = verified(archive)
    assert sorted(one.kind for one in said.findings) == ["unexpected", "unknown"]
    assert any(one.what.endswith("2019/notes.txt") for one in said.findings)


def test_a_destroyed_record_that_is_back_is_found(archive: Archive) -> None:
    copies = {path: path.read_bytes() for path in [*files(archive), *files(archive, "*.json")]}
    archive.put_away()
    archive.later(40)
    archive.destroy()
    assert found(archive) == []
    (path, data) = next((path, data) for path, data in copies.items() if not path.exists() and path.suffix == ".eml")
    path.write_bytes(data)
    kinds = {one.kind for one in verified(archive).findings if not one.explained}
    assert "back" in kinds


def test_marks_that_the_ledger_does_not_know_and_marks_that_are_gone_are_found(archive: Archive) -> None:
    archive.put_away()
    assert found(archive) == []
    world = archive.world()
    (one, _), (other, _) = world.store.quarantined()
    kept = next(place for place in world.store.places() if place not in (one, other))
    world.store.restore(one)
    world.store.quarantine(kept, archive.at)
    world.close()
    said = verified(archive)
    assert {(f.kind, f.what, f.explained) for f in said.findings} == {
        ("quarantine", one, False),
        ("quarantine", kept, False),
    }
    world = archive.world(RECORDS)
    world.ledger.append(RecordRestored(places=(one,), reason="it was put back"))
    world.store.restore(kept)
    world.close()
    assert found(archive) == []


def test_a_mark_that_cannot_be_read_is_found(archive: Archive) -> None:
    archive.put_away()
    next((archive.folder / "records" / "quarantine").rglob("*.json")).write_bytes(b"{")
    assert found(archive) == [("quarantine", False)]


def test_a_capture_that_was_cut_off_is_told_and_explained_and_apply_takes_it_up(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "town", gate())
    archive.add("Minutes 1")
    made = archive.approved_plan()
    original = Ledger.append
    with pytest.MonkeyPatch.context() as patch:

        def append(self: Ledger, *bodies: Any, **more: Any) -> None:
            if any(type(body).__name__ == "Stored" for body in bodies):
                raise Broken
            original(self, *bodies, **more)

        patch.setattr(Ledger, "append", append)
        with pytest.raises(Broken):
            archive.apply(made)
    said = verified(archive)
    assert [(one.kind, one.explained) for one in said.findings] == [("unknown", True)] and said.failure is None
    assert "apply" in said.findings[0].sentence
    archive.apply(made)
    assert found(archive) == []


def test_what_a_crash_left_half_written_is_told_and_explained(archive: Archive) -> None:
    path = files(archive)[0]
    (path.parent / f".{path.name}.77-0a0b0c0d.part").write_bytes(b"From: a")
    assert found(archive) == [("unexpected", True)]


def test_a_catalog_that_says_something_else_than_the_ledger_disagrees(archive: Archive) -> None:
    archive.see(take_in)
    world = archive.world()
    place = next(iter(world.store.places()))
    world.catalog.records.mark([place], "destroyed", archive.at)
    world.close()
    said = verified(archive)
    assert "disagreement" in {one.kind for one in said.findings}
    assert any(one.kind == "back" for one in said.findings)
    assert isinstance(said.failure, RecordMismatch)


def test_a_catalog_that_knows_a_record_no_more_disagrees_with_a_code_of_its_own(archive: Archive) -> None:
    archive.put_away()
    archive.see(take_in)
    world = archive.world()
    one = next(kept for kept in world.catalog.records.stored() if kept.state == "quarantined")
    world.catalog.records.mark([one.place], "kept", archive.at)
    world.close()
    said = verified(archive)
    assert [one.kind for one in said.findings] == ["disagreement"] and isinstance(said.failure, Disagreement)


def test_custody_added_while_a_round_runs_is_no_finding(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(archive.mail, MemoryMail)
    archive.see(take_in)
    real, done = DiskStore.digest, []

    def digest(self: DiskStore, place: str) -> str:
        if not done:
            done.append(1)
            again = next(file for file in files(archive) if b"Minutes 1" in file.read_bytes()).read_bytes()
            archive.mail.add(RECORDS, "Inbox", again)  # type: ignore[attr-defined]
            archive.apply(archive.approved_plan())
        return real(self, place)

    monkeypatch.setattr(DiskStore, "digest", digest)
    assert found(archive) == []
    assert done


# --- rounds


def test_a_round_that_was_cut_off_goes_on_and_tells_what_its_beginning_found(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retention.catalog.records._BATCH", 1)
    flip(files(archive)[0])
    # The first is asked about twice, because something was wrong with it.
    assert interrupted(archive, 4) == 3
    said = verified(archive)
    assert (said.checked, said.taken_up) == (2, True)
    assert [one.kind for one in said.findings] == ["mismatch"]
    assert (verified(archive).checked, verified(archive).taken_up) == (4, False)


def test_all_begins_again(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.catalog.records._BATCH", 1)
    interrupted(archive, 3)
    assert verified(archive, anew=True).checked == 4


def test_since_reads_what_was_captured_since_that_day_in_a_round_of_its_own(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retention.catalog.records._BATCH", 1)
    interrupted(archive, 3)
    archive.later(3)
    archive.capture("Minutes 3")
    today = archive.see(lambda world: world.today)
    assert verified(archive, since=today).checked == 1
    assert verified(archive, since=today + timedelta(days=1)).checked == 0
    assert verified(archive, since=date(2020, 1, 1)).checked == 5
    assert verified(archive).taken_up
    with pytest.raises(WrongUsage):
        verified(archive, since=today, anew=True)


def test_a_store_that_goes_away_in_the_middle_has_lost_nothing(archive: Archive) -> None:
    archive.see(take_in)
    mark = archive.folder / "records" / "retention-store.json"
    data = mark.read_bytes()
    mark.unlink()
    files(archive)[0].rename(archive.folder / "aside.eml")
    with pytest.raises(StoreNotAnswering):
        verified(archive)
    (archive.folder / "aside.eml").rename(archive.folder / "records" / _place(archive))
    mark.write_bytes(data)
    assert found(archive) == []


def _place(archive: Archive) -> str:
    kept = archive.see(lambda world: [one.place for one in world.catalog.records.stored()])
    there = {path.stem for path in files(archive)}
    return next(f"{place}.eml" for place in kept if place.rpartition("/")[2] not in there)


def interrupted(archive: Archive, at: int) -> int:
    """Break a round when it comes to its ``at``-th record; how many are done by then."""
    real, seen = DiskStore.digest, []

    def digest(self: DiskStore, place: str) -> str:
        seen.append(place)
        if len(seen) == at:
            raise Broken
        return real(self, place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DiskStore, "digest", digest)
        with pytest.raises(Broken):
            verified(archive)
    return len(seen) - 1


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")
@pytest.mark.parametrize("how", [fail, None], ids=["failed", "killed"])
def test_interrupted_at_every_nth_call_every_fault_is_told_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[[], None] | None
) -> None:
    monkeypatch.setattr(points, "POINTS", POINTS)
    monkeypatch.setattr("retention.catalog.records._BATCH", 1)
    archive = Archive(tmp_path / "town", gate())
    archive.capture("Minutes 1", "Minutes 2", "Minutes 3")
    flip(files(archive)[0])
    files(archive)[1].unlink()
    (archive.folder / "records" / "stray").write_bytes(b"")
    databases = {path.name: path.read_bytes() for path in archive.folder.glob("retention.db*")}
    whole = told(archive)
    assert len(whole) == 3
    for at in count(1):
        for path in archive.folder.glob("retention.db*"):
            path.unlink()
        for name, data in databases.items():
            (archive.folder / name).write_bytes(data)
        if not cut_off(archive, at, how):
            break
        assert told(archive) == whole, at
        assert at < 200
    assert at > 20


def cut_off(archive: Archive, at: int, how: Callable[[], None] | None) -> bool:
    if how is None:
        return killed(at, lambda: verified(archive) and None)
    try:
        with breaking(at, how):
            verified(archive)
    except Broken:
        return True
    return False


def told(archive: Archive) -> list[Any]:
    return [msgspec.to_builtins(one) for one in verified(archive).findings]


# --- many


def test_one_bad_byte_among_many_records_is_found(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "town", gate())
    archive.capture(*(f"Minutes {n}" for n in range(300)))
    bad = files(archive)[221]
    flip(bad)
    said = verified(archive)
    assert said.checked == 300 and [(one.kind, one.what.rpartition("/")[2]) for one in said.findings] == [
        ("mismatch", bad.stem)
    ]
