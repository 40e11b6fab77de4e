"""The audit reads back the text of every edition that was ever adopted: without it no past day can be replayed."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.audit import Adopted
from retention.errors import RecordMismatch
from retention.jobs.audit.verify import Verified, verify
from tests.jobs.town import RECORDS, Town, schedule, series


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town that has adopted two editions, the first of them twice."""
    town = Town(tmp_path / "town")
    town.adopt()
    town.adopt()
    town.schedule = schedule(series("notices", "2 years after received", "notice"))
    town.adopt()
    return town


def audit(town: Town, *, records: bool = True) -> Verified:
    world = town.world(RECORDS)
    try:
        return verify(world, records=records)
    finally:
        world.close()


def texts(town: Town) -> list[Path]:
    return sorted((town.folder / "editions").iterdir(), key=lambda file: file.stat().st_size)


def test_every_adopted_edition_is_read_back_once(town: Town) -> None:
    assert audit(town).editions == 2
    assert audit(town, records=False).editions == 2


def test_what_was_adopted_before_texts_were_kept_has_none_to_check(tmp_path: Path) -> None:
    town = Town(tmp_path / "town")
    world = town.world(RECORDS)
    adopted = Adopted(
        schedule="town", fingerprint="f" * 64, authority="R 1", edition="2020", effective_on=town.at.date()
    )
    world.ledger.append(adopted)
    world.close()
    assert audit(town).editions == 0


@pytest.mark.parametrize("records", [True, False])
def test_a_text_that_is_gone_is_missed(town: Town, records: bool) -> None:
    texts(town)[0].unlink()
    with pytest.raises(RecordMismatch, match=r"the schedule town, 2026, which entry 3 adopts, is missing") as told:
        audit(town, records=records)
    assert "Restore it from a copy" in told.value.next_step
    town.adopt()
    assert audit(town).editions == 2, "adopted again, the same text is kept again"


def test_one_changed_byte_of_a_text_is_found(town: Town) -> None:
    file = texts(town)[1]
    whole = file.read_bytes()
    for changed in (whole.replace(b"3 years", b"1 years", 1), whole + b"\n", whole[:-1], b""):
        assert changed != whole
        file.write_bytes(changed)
        with pytest.raises(RecordMismatch, match="which entry 1 adopts"):
            audit(town)


def test_a_lost_text_does_not_hide_a_lost_record(town: Town) -> None:
    town.schedule = schedule()
    town.add("Requisition 1")
    town.apply(town.approved_plan())
    next((town.folder / "records").rglob("*.eml")).unlink()
    texts(town)[0].unlink()
    with pytest.raises(RecordMismatch, match=r"^The record .* 1 more do not match either"):
        audit(town)
