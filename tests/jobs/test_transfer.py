"""An archive's receipt is filed for a bag that was exported here, while its records are still what was exported."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.accession import TransferAccepted
from retention.errors import NotThisOffice, RecordMismatch, WrongUsage
from retention.jobs.consent import Document
from retention.jobs.record.export import Exported
from retention.jobs.record.transfer import Accession, accessions, accessions_of, transfer
from tests.jobs.archive import Archive, gate
from tests.jobs.keeping import SealingWax
from tests.jobs.test_export import exported, of_series, told
from tests.jobs.town import ATTORNEY, NOW, RECORDS

ON = NOW.date() + timedelta(days=3)


@pytest.fixture
def town(tmp_path: Path) -> Archive:
    town = Archive(tmp_path / "town", gate())
    town.adopt()
    town.capture("requisition 1", "minutes of May")
    return town


@pytest.fixture
def bag(town: Archive, tmp_path: Path) -> Exported:
    made = exported(town, tmp_path / "bag", purpose="archives")
    town.later(4)
    return made


def taken(town: Archive, which: object, by: str = RECORDS, **said: Any) -> Accession:
    world = town.world(by)
    given = {"archive": "State Archives", "reference": "2026-17", "on": ON, **said}
    try:
        return transfer(world, str(which), **given)
    finally:
        world.close()


def test_a_receipt_is_filed_for_an_export_named_in_any_of_three_ways(town: Archive, bag: Exported) -> None:
    for n, which in enumerate((bag.entry, bag.bag, bag.folder)):
        one = taken(town, which, reference=f"2026-{n}", document=Document("d" * 64, "receipt.pdf"))
        assert (one.export, one.archive, one.on) == (bag.entry, "State Archives", ON)
        assert (one.records, one.purpose, one.document, one.file) == (2, "archives", "d" * 64, "receipt.pdf")
    assert [one.reference for one in told(town, TransferAccepted)] == ["2026-0", "2026-1", "2026-2"]


def test_what_was_taken_over_is_told_of_each_of_its_records(town: Archive, bag: Exported) -> None:
    minutes = of_series(town, "minutes")[0]
    other = exported(town, Path(bag.folder).with_name("other"), permanent=True)
    taken(town, bag.entry)
    of = town.see(lambda world: accessions_of(world, minutes))
    assert [(one.export, one.archive) for one in of] == [(bag.entry, "State Archives"), (other.entry, "")]
    of = town.see(lambda world: accessions_of(world, of_series(town, "requisitions")[0]))
    assert [one.export for one in of] == [bag.entry]
    assert [one.reference for one in town.see(accessions)] == ["2026-17", ""]
    assert town.places() == tuple(sorted(town.places())) and len(town.places()) == 2, "they stay on the store"


def test_only_the_office_that_keeps_the_records_may_file_it(town: Archive, bag: Exported) -> None:
    with pytest.raises(NotThisOffice):
        taken(town, bag.entry, by=ATTORNEY)
    assert told(town, TransferAccepted) == []


def test_a_receipt_is_signed_where_the_city_knows_people_by_their_keys(town: Archive, bag: Exported) -> None:
    town.city = replace(town.city, city=replace(town.city.city, identity="ssh"))
    world = town.world(RECORDS)
    world.signer = SealingWax()  # type: ignore[assignment]
    transfer(world, str(bag.entry), archive="State Archives", reference="1", on=ON)
    entry = [link.entry for link in world.ledger.links()][-1]
    assert entry.signature and '"act":"transfer-records"' in entry.statement.replace(" ", "")
    world.close()


@pytest.mark.parametrize(
    "said",
    [
        {"archive": " "},
        {"reference": ""},
        {"on": date(2030, 1, 1)},
        {"on": NOW.date() - timedelta(days=1)},
    ],
)
def test_a_receipt_that_cannot_be_so_is_refused(town: Archive, bag: Exported, said: dict[str, Any]) -> None:
    with pytest.raises(WrongUsage):
        taken(town, bag.entry, **said)
    assert told(town, TransferAccepted) == []


def test_the_same_receipt_is_filed_once(town: Archive, bag: Exported) -> None:
    taken(town, bag.entry)
    with pytest.raises(WrongUsage, match="says so already"):
        taken(town, bag.bag, on=ON + timedelta(days=1))


@pytest.mark.parametrize("which", ["0", "999", "no-such-bag", ""])
def test_what_was_not_exported_cannot_be_taken_over(town: Archive, bag: Exported, which: str) -> None:
    with pytest.raises(WrongUsage):
        taken(town, which)


def test_the_bag_of_another_city_is_not_ours(town: Archive, bag: Exported, tmp_path: Path) -> None:
    other = Archive(tmp_path / "other", gate())
    other.adopt()
    other.capture("minutes of June")
    theirs = exported(other, tmp_path / "theirs")
    with pytest.raises(WrongUsage, match="not exported from here"):
        taken(town, theirs.folder)


def test_a_bag_that_was_changed_is_found(town: Archive, bag: Exported) -> None:
    letter = next(Path(bag.folder).rglob("*.eml"))
    letter.write_bytes(letter.read_bytes() + b"x")
    with pytest.raises(RecordMismatch):
        taken(town, bag.folder)


def test_another_bag_under_the_same_identifier_is_found(town: Archive, bag: Exported, tmp_path: Path) -> None:
    """Everything in it agrees with itself, and it is not what the ledger tells of."""
    from retention.bagging.checking import TAG_MANIFEST, check

    shutil.copytree(bag.folder, tmp_path / "forged")
    manifest = tmp_path / "forged" / TAG_MANIFEST
    manifest.write_text("\n".join(reversed(manifest.read_text().splitlines())) + "\n")
    assert check(tmp_path / "forged").identifier == bag.bag
    with pytest.raises(RecordMismatch, match="is not the one"):
        taken(town, tmp_path / "forged")
    assert told(town, TransferAccepted) == []


def test_records_that_are_not_there_any_more_are_named(town: Archive, bag: Exported) -> None:
    minutes = of_series(town, "minutes")[0]
    path = next(one for one in (town.folder / "records").rglob("*.eml") if one.stem == minutes.rpartition("/")[2])
    path.chmod(0o600)
    path.write_bytes(b"another")
    with pytest.raises(RecordMismatch, match=minutes):
        taken(town, bag.entry)
    path.unlink()
    with pytest.raises(RecordMismatch, match="1 of 2 records"):
        taken(town, bag.entry)
    assert told(town, TransferAccepted) == []
