"""A destroyed record is explained for ever, by any of its names, from its tombstone, without a word of what it said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from retention.catalog import Catalog
from retention.core.destruction import RecordDeed, RecordOutcome, RecordRestored, tombstone
from retention.core.message import MessageRef
from retention.core.record import Record
from retention.jobs.why import as_of, why
from tests.jobs.town import CLERK, NOW, RECORDS, Town

TODAY = NOW.date()
SUBJECT = "Requisition for the Elm Street well"


class Buried:
    """A record that was captured today, put in quarantine after ten days and destroyed after fifty."""

    def __init__(self, folder: Path) -> None:
        self.town = Town(folder)
        self.ref = self.town.add(SUBJECT)
        self.town.apply(self.town.approved_plan())
        world = self.town.world()
        known = world.catalog.known(self.ref)
        assert known is not None
        self.known, self.record = known, world.store.record(known.place)
        world.close()

    def later(self, days: int, *bodies: object) -> None:
        self.town.at = NOW + timedelta(days=days)
        world = self.town.world(RECORDS)
        world.ledger.append(*bodies)  # type: ignore[arg-type]
        world.close()

    def quarantine(self, days: int = 10) -> None:
        place, digest = self.known.place, self.known.digest
        deed = RecordDeed(plan="p1", step=1, deed="quarantine", place=place, digest=digest, consents=(7,))
        done = RecordOutcome(plan="p1", step=1, deed="quarantine", place=place, result="quarantined")
        self.later(days, deed, done)

    def destroy(self, days: int = 50) -> None:
        place, digest = self.known.place, self.known.digest
        stone = tombstone(self.record, "0" * 64, self.record.fingerprint, "3 years after received", self.record.due_on)
        deed = RecordDeed(plan="p1", step=1, deed="destroy", place=place, digest=digest, tombstone=stone)
        done = RecordOutcome(plan="p1", step=1, deed="destroy", place=place, result="destroyed")
        self.later(days, deed, done)
        for file in (self.town.folder / "records").rglob(f"{digest}.*"):
            file.unlink()

    def begin_anew(self) -> None:
        (self.town.folder / "retention.db").unlink()
        Catalog(self.town.folder / "retention.db", create=True).close()


@pytest.fixture
def buried(tmp_path: Path) -> Buried:
    buried = Buried(tmp_path / "town")
    buried.quarantine()
    buried.destroy()
    return buried


def names(record: Record, ref: MessageRef) -> dict[str, str]:
    return {
        "id": ref.id,
        "Message-ID": record.internet_id,
        "bare Message-ID": record.internet_id.strip("<>"),
        "digest": record.digest,
        "place": record.place,
    }


@pytest.mark.parametrize("name", ["id", "Message-ID", "bare Message-ID", "digest", "place"])
def test_a_tombstone_answers_by_every_name_that_the_message_had(buried: Buried, name: str) -> None:
    buried.begin_anew()
    (one,) = why(buried.town.world(), names(buried.record, buried.ref)[name])
    assert one.known is None and one.tombstone is not None and one.tombstone.series == "town-requisitions"
    assert one.remembered.address == CLERK
    assert one.sentences[0].startswith("It was a record of town-requisitions (Requisitions) of the schedule town, 2026")
    assert one.sentences[1] == f"Its record was destroyed on {TODAY + timedelta(days=50)}."
    kinds = ["intent", "stored", "outcome", "record deed", "record outcome", "record deed", "record outcome"]
    assert [told.kind for told in one.history] == kinds


def test_nothing_of_what_it_said_is_told_of_a_destroyed_record(buried: Buried) -> None:
    buried.begin_anew()
    said = msgspec.json.encode(why(buried.town.world(), buried.ref.id)).decode()
    said += msgspec.json.encode(as_of(buried.town.world(), buried.ref.id, TODAY + timedelta(days=20))).decode()
    assert "Elm" not in said and "someone@elsewhere" not in said


def test_while_the_catalog_still_knows_it_both_are_told(buried: Buried) -> None:
    (one,) = why(buried.town.world(), buried.ref.id)
    assert one.known is not None and one.tombstone is not None
    assert "It has left the mailbox: captured on 2026-11-21" in one.sentences[1]
    assert f"Its record was destroyed on {TODAY + timedelta(days=50)}." in one.sentences[1]


@pytest.mark.parametrize("anew", [False, True])
def test_each_day_says_where_it_was_then(buried: Buried, anew: bool) -> None:
    if anew:
        buried.begin_anew()
    told = {}
    for days in (0, 9, 10, 49, 50):
        (one,) = as_of(buried.town.world(), buried.record.digest, TODAY + timedelta(days=days))
        told[days] = one.standing
        assert one.tombstone is not None and len(one.history) == 7
    assert "moved to the record store on 2026-11-21" in told[0] == told[9]
    assert "quarantine on 2026-12-01" in told[10] == told[49]
    assert told[50] == "Its record was destroyed on 2027-01-10."


def test_a_record_that_was_taken_out_of_quarantine_is_kept(tmp_path: Path) -> None:
    buried = Buried(tmp_path / "town")
    buried.quarantine()
    buried.later(20, RecordRestored(places=(buried.known.place,), reason="it is asked for"))
    (one,) = why(buried.town.world(), buried.ref.id)
    assert "was taken out of quarantine on 2026-12-11 and is kept" in one.sentences[1] and one.tombstone is None
    (then,) = as_of(buried.town.world(), buried.ref.id, TODAY + timedelta(days=12))
    assert "waits for its destruction" in then.standing


def test_the_consents_by_which_a_record_went_are_named(buried: Buried) -> None:
    (one,) = why(buried.town.world(), buried.ref.id)
    assert any("by the consents of entry 7" in told.sentence for told in one.history)
