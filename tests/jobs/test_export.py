"""Records go into a bag by an office's order, whole and as they are kept, or no bag is there at all."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from retention import durable
from retention.bagging import check, mailbag
from retention.core.accession import ExportOrdered, RecordsExported
from retention.core.audit import Refused
from retention.errors import NotThisOffice, RecordMismatch, RetentionError, StoreNotAnswering, WrongUsage
from retention.jobs.record.export import GONE, WAITS, Choice, Exported, export
from retention.jobs.record.listing import Asked
from retention.ledger import Ledger
from retention.store.disk import DiskStore
from tests.bagging.packing import files, info, rows
from tests.jobs import breaking
from tests.jobs.archive import OLD, Archive, gate
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS


@pytest.fixture
def town(tmp_path: Path) -> Archive:
    """Two requisitions that are due, and minutes that are permanent."""
    town = Archive(tmp_path / "town", gate())
    town.adopt()
    town.capture("requisition 1", "requisition 2", "minutes of May")
    return town


def exported(town: Archive, folder: Path, by: str = RECORDS, **choice: Any) -> Exported:
    purpose = choice.pop("purpose", "")
    world = town.world(by)
    try:
        return export(world, folder, Choice(**choice), purpose=purpose)
    finally:
        world.close()


def told(town: Archive, *kinds: type) -> list[Any]:
    return town.see(
        lambda world: [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, kinds)]
    )


def of_series(town: Archive, word: str) -> list[str]:
    return [place for place in town.places() if word in place]


def test_every_record_goes_into_the_bag_as_it_is_kept(town: Archive, tmp_path: Path) -> None:
    made = exported(town, tmp_path / "bag", purpose="accession of 2026")
    assert made.records == 3 and made.left == () and check(tmp_path / "bag").manifest == made.manifest
    store = DiskStore(town.folder / "records")
    listed = rows(tmp_path / "bag")
    assert [row["Original-File"] for row in listed] == [f"{place}.eml" for place in sorted(town.places())]
    for place in town.places():
        content = (tmp_path / "bag/data/eml" / f"{place}.eml").read_bytes()
        assert content == store.get(place) and hashlib.sha256(content).hexdigest() == place.rpartition("/")[2]
    assert {row["Message-Path"] for row in listed} == {f"{CLERK}/Inbox"}
    assert info(tmp_path / "bag")["External-Description"] == "accession of 2026"


def test_the_order_is_written_before_a_record_is_read_and_the_export_after_the_bag_is_there(
    town: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DiskStore.get

    def get(self: DiskStore, place: str) -> bytes:
        assert told(town, ExportOrdered) and not (tmp_path / "bag").exists()
        return real(self, place)

    monkeypatch.setattr(DiskStore, "get", get)
    made = exported(town, tmp_path / "bag", permanent=True, purpose="archives")
    order, done = told(town, ExportOrdered, RecordsExported)
    places = of_series(town, "minutes")
    assert order.records == 1 and order.asked == "permanent" and order.purpose == done.purpose == "archives"
    assert order.digest == hashlib.sha256(f"{places[0]}\n".encode()).hexdigest()
    assert (done.bag, done.manifest) == (order.bag, made.manifest) == (made.bag, check(tmp_path / "bag").manifest)
    assert done.has(places[0]) and not done.has(of_series(town, "requisitions")[0])
    assert info(tmp_path / "bag")["Internal-Sender-Identifier"].startswith("ledger entry ")


def test_what_is_permanent_is_asked_of_the_schedule_in_use(town: Archive, tmp_path: Path) -> None:
    made = exported(town, tmp_path / "bag", permanent=True)
    assert made.records == 1 and rows(tmp_path / "bag")[0]["Subject"] == "minutes of May"


@pytest.mark.parametrize(
    ("asked", "records"),
    [
        (Asked(series="town-requisitions"), 2),
        (Asked(schedule="town"), 3),
        (Asked(custodian=CLERK), 3),
        (Asked(first=OLD.date(), last=OLD.date()), 3),
    ],
)
def test_records_are_chosen_as_a_list_of_them_is(town: Archive, tmp_path: Path, asked: Asked, records: int) -> None:
    assert exported(town, tmp_path / "bag", asked=asked).records == records


@pytest.mark.parametrize(
    "asked", [Asked(schedule="other"), Asked(custodian=ATTORNEY), Asked(first=date(2030, 1, 1)), Asked(series="none")]
)
def test_nothing_is_ordered_where_there_is_nothing_to_export(town: Archive, tmp_path: Path, asked: Asked) -> None:
    with pytest.raises(WrongUsage, match="no record to export"):
        exported(town, tmp_path / "bag", asked=asked)
    assert told(town, ExportOrdered) == [] and not (tmp_path / "bag").exists()


def test_records_can_be_named_one_by_one(town: Archive, tmp_path: Path) -> None:
    one, other = of_series(town, "requisitions")
    assert exported(town, tmp_path / "bag", named=(one, other.rpartition("/")[2][:12], one)).records == 2
    with pytest.raises(WrongUsage, match="no record 'nothing'"):
        exported(town, tmp_path / "more", named=("nothing",))
    with pytest.raises(WrongUsage, match="chosen as well"):
        exported(town, tmp_path / "more", named=(one,), permanent=True)


def test_only_the_office_that_keeps_the_records_may_order_it(town: Archive, tmp_path: Path) -> None:
    for somebody in (ATTORNEY, CRON):
        with pytest.raises(NotThisOffice):
            exported(town, tmp_path / "bag", by=somebody)
    assert [one.act for one in told(town, Refused)] == ["transfer-records"] * 2 and told(town, ExportOrdered) == []
    assert not (tmp_path / "bag").exists() and exported(town, tmp_path / "bag", by=CLERK).records == 3


def test_what_waits_in_quarantine_or_is_destroyed_is_not_exported_and_why_is_said(
    town: Archive, tmp_path: Path
) -> None:
    town.put_away()
    gone = of_series(town, "requisitions")
    made = exported(town, tmp_path / "bag")
    assert made.records == 1 and sorted((one.place, one.why) for one in made.left) == [(place, WAITS) for place in gone]
    with pytest.raises(WrongUsage, match="in quarantine"):
        exported(town, tmp_path / "named", named=(gone[0],))
    town.later(31)
    town.destroy()
    assert exported(town, tmp_path / "later").left == ()
    with pytest.raises(WrongUsage, match=GONE):
        exported(town, tmp_path / "named", named=(gone[0],))


def test_a_record_that_is_not_as_it_was_stays_out_and_is_named(town: Archive, tmp_path: Path) -> None:
    one, other = of_series(town, "requisitions")
    store = town.folder / "records"
    path = next(path for path in store.rglob("*.eml") if path.stem == one.rpartition("/")[2])
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"x")
    made = exported(town, tmp_path / "bag")
    assert made.records == 2 and [(left.place, left.broken) for left in made.left] == [(one, True)]
    assert (tmp_path / "bag/messages_not_retained.txt").read_text().startswith("<")
    assert not told(town, RecordsExported)[0].has(one) and told(town, RecordsExported)[0].has(other)
    with pytest.raises(RecordMismatch):
        exported(town, tmp_path / "alone", named=(one,))
    assert not (tmp_path / "alone").exists()


def test_a_sidecar_that_somebody_changed_keeps_its_record_out(town: Archive, tmp_path: Path) -> None:
    one = of_series(town, "minutes")[0]
    path = next(path for path in (town.folder / "records").rglob("*.json") if path.stem == one.rpartition("/")[2])
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"minutes of May", b"minutes of Mai"))
    made = exported(town, tmp_path / "bag")
    assert made.records == 2 and made.left[0].broken and "sidecar" in made.left[0].why


def test_nothing_that_is_there_is_written_over_and_nothing_is_ordered(town: Archive, tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    with pytest.raises(WrongUsage, match="already something"):
        exported(town, tmp_path / "bag")
    assert told(town, ExportOrdered) == [] and not list((tmp_path / "bag").iterdir())


def test_a_bag_of_the_town_is_as_large_as_it_says(town: Archive, tmp_path: Path) -> None:
    made = exported(town, tmp_path / "bag")
    payload = files(tmp_path / "bag" / "data")
    assert (made.files, made.size) == (len(payload), sum(path.stat().st_size for path in payload))


# Cut off


POINTS: tuple[tuple[Any, str], ...] = (
    *((Ledger, "_write"), (Ledger, "refresh"), (DiskStore, "get"), (DiskStore, "record")),
    *((durable, "sync_folder"), (mailbag, "_write"), (mailbag, "_settle"), (mailbag, "check"), (Path, "rename")),
)
"""Every call by which an export reaches out of itself."""


@pytest.fixture
def small(tmp_path: Path) -> Archive:
    town = Archive(tmp_path / "town", gate())
    town.adopt()
    town.capture("minutes of May")
    return town


def stands(town: Archive, folder: Path) -> None:
    """The bag is whole or not there, and what the ledger says was exported is there."""
    done = [one.bag for one in told(town, RecordsExported)]
    if folder.exists():
        assert check(folder).messages == 1 and check(folder).identifier in {
            one.bag for one in told(town, ExportOrdered)
        }
    assert not done or folder.exists()
    assert town.see(lambda world: tuple(world.store.get(place) for place in town.places()))


def test_a_failure_at_every_call_leaves_no_half_bag(
    small: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaking, "POINTS", POINTS)
    for at in range(1, 200):
        folder = tmp_path / f"bag{at}"
        try:
            with breaking.breaking(at, breaking.fail):
                exported(small, folder)
        except breaking.Broken:
            if folder.exists():
                assert check(folder).messages == 1
            assert not [path for path in tmp_path.iterdir() if path.name.startswith(f".bag{at}.")]
        else:
            break
    assert 20 < at < 199


def test_a_kill_at_every_call_leaves_no_half_bag(
    small: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaking, "POINTS", POINTS)
    for at in range(1, 200):
        shutil.copytree(small.folder, tmp_path / f"town{at}")
        town = Archive(tmp_path / f"town{at}", gate())
        folder = tmp_path / f"bag{at}"
        if not breaking.killed(at, lambda town=town, folder=folder: exported(town, folder)):
            stands(town, folder)
            break
        stands(town, folder)
        shutil.rmtree(tmp_path / f"town{at}")
    assert 20 < at < 199


def test_a_disk_that_is_full_is_told_and_leaves_nothing(
    small: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mailbag, "_write", full)
    with pytest.raises(StoreNotAnswering, match="No space left"):
        exported(small, tmp_path / "bag")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["town"]
    assert told(small, RecordsExported) == [] and len(told(small, ExportOrdered)) == 1


def test_an_export_later_is_another_bag(small: Archive, tmp_path: Path) -> None:
    first = exported(small, tmp_path / "one")
    small.at += timedelta(days=1)
    second = exported(small, tmp_path / "two")
    assert first.bag != second.bag and first.entry < second.entry
    assert issubclass(RecordMismatch, RetentionError)
