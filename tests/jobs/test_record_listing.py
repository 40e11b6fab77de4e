"""Records are found by what is known of them; and one of them tells when it is due, what holds it, what was done."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from retention.catalog import Catalog
from retention.core.accession import RecordsExported, TransferAccepted
from retention.core.consent import grouped
from retention.errors import NoSuchHold, WrongUsage
from retention.jobs import event as events
from retention.jobs.record.listing import Asked, Found, Shown, listed, show
from tests.jobs.archive import OLD, Archive, gate, gated
from tests.jobs.town import CLERK, RECORDS, series


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "town", gate())
    archive.capture("Requisition 1 for toner", "Minutes of March", "Claim, case 7")
    archive.capture("Requisition 2 for ink", mailbox=RECORDS, received_at=OLD + timedelta(days=400))
    return archive


def found(archive: Archive, limit: int | None = None, **asked: Any) -> Found:
    return archive.see(lambda world: listed(world, Asked(**asked), limit))


def subjects(archive: Archive, **asked: Any) -> list[str]:
    return [one.subject for one in found(archive, **asked).shown]


def shown(archive: Archive, text: str) -> Shown:
    return archive.see(lambda world: show(world, text))


def test_all_records_are_listed_with_what_people_ask_about(archive: Archive) -> None:
    said = found(archive)
    assert said.records == 4 and [one.n for one in said.shown] == [1, 2, 3, 4]
    one = said.shown[0]
    assert (one.subject, one.custodians, one.series, one.state, one.trouble) == (
        "Requisition 1 for toner", (CLERK,), "town-requisitions", "kept", ""
    )  # fmt: skip
    assert one.received_on is not None and one.due_on is not None and one.due_on.year == one.received_on.year + 3


def test_a_limit_shows_the_first_and_counts_all(archive: Archive) -> None:
    said = found(archive, limit=1)
    assert (len(said.shown), said.records) == (1, 4)


def test_each_filter_is_asked(archive: Archive) -> None:
    day = archive.see(lambda world: OLD.astimezone(world.city.zone).date())
    first = ["Requisition 1 for toner", "Minutes of March", "Claim, case 7"]
    assert subjects(archive, series="TOWN-requisitions") == ["Requisition 1 for toner", "Requisition 2 for ink"]
    assert subjects(archive, schedule="town") == subjects(archive) and subjects(archive, schedule="county") == []
    assert subjects(archive, custodian=RECORDS.upper()) == ["Requisition 2 for ink"]
    assert subjects(archive, first=day, last=day) == first
    assert subjects(archive, first=day + timedelta(days=1)) == ["Requisition 2 for ink"]
    assert subjects(archive, due_by=archive.at.date()) == ["Requisition 1 for toner"]
    due = found(archive, series="town-requisitions").shown[1].due_on
    assert due is not None and subjects(archive, due_year=due.year) == ["Requisition 2 for ink"]
    assert subjects(archive, words="toner") == ["Requisition 1 for toner"]
    assert subjects(archive, words="requisition", custodian=RECORDS) == ["Requisition 2 for ink"]
    with pytest.raises(WrongUsage):
        subjects(archive, state="burnt")


def test_records_that_a_hold_covers_are_found_also_by_its_name(archive: Archive) -> None:
    assert subjects(archive, held=True) == []
    name = archive.hold(words=("toner",))
    other = archive.hold("Oak Street", custodians=(RECORDS,))
    assert subjects(archive, held=True) == ["Requisition 1 for toner", "Requisition 2 for ink"]
    assert subjects(archive, hold=name) == ["Requisition 1 for toner"]
    assert found(archive, hold=other).shown[0].held_by == (other,)
    with pytest.raises(NoSuchHold):
        subjects(archive, hold="none-such")


def test_the_states_of_a_destruction_are_found(archive: Archive) -> None:
    archive.put_away()
    assert subjects(archive, state="quarantined") == ["Requisition 1 for toner"]
    archive.later(40)
    archive.destroy()
    (gone,) = found(archive, state="destroyed").shown
    assert (gone.subject, gone.sender, gone.series) == ("", "", "town-requisitions")
    assert subjects(archive, words="toner") == [] and len(subjects(archive, state="kept")) == 3


def test_a_new_edition_and_an_event_change_what_is_due_and_say_so(archive: Archive) -> None:
    assert found(archive).changed == {} and subjects(archive, due_changed=True) == []
    archive.schedule = gated(
        gate(),
        rows=(
            series("requisitions", "5 years after received", "requisition"),
            series("claims", "2 years after closed", "claim", key="case"),
            series("minutes", "permanent", "minutes"),
        ),
    )
    archive.adopt()
    assert found(archive).changed == {"town: town-requisitions": 2}
    assert found(archive).changed == {}
    assert len(subjects(archive, due_changed=True)) == 2
    world = archive.world(RECORDS)
    events.record(world, "closed", key="case 7", on=date(2025, 1, 2), source="court")
    world.close()
    assert "Claim, case 7" in subjects(archive, due_by=date(2027, 1, 3))


def test_a_record_is_shown_with_when_it_is_due_and_why_it_stays(archive: Archive) -> None:
    name = archive.hold(words=("minutes",))
    said = shown(archive, "2")
    assert said.kept.record is not None and said.kept.record.subject == "Minutes of March"
    assert said.due_on is None and "permanent" in said.due_why and said.held_by == (name,)
    assert len(said.reasons) == 3
    due = shown(archive, "1")
    assert due.due_on is not None and due.reasons == () and due.held_by == ()
    assert shown(archive, due.kept.place).kept == shown(archive, due.kept.digest[:12]).kept == due.kept


def test_its_history_is_what_the_ledger_says_of_it_and_of_no_other(archive: Archive) -> None:
    archive.put_away()
    place = shown(archive, "1").kept.place
    world = archive.world(RECORDS)
    export = world.ledger.head[0]
    world.ledger.append(
        RecordsExported(bag="b", manifest="m", records=dict(grouped([place])), purpose="for the archive"),
        TransferAccepted(export=export, archive="State Archives", reference="A 7", on=world.today),
        TransferAccepted(export=export + 9, archive="Another", reference="A 8", on=world.today),
    )
    world.close()
    archive.later(40)
    archive.destroy()
    whats = [moment.what for moment in shown(archive, "1").history]
    assert [what.split(",")[0].split(":")[0].split(" (")[0] for what in whats] == [
        "captured", "quarantined", "exported", "taken over by State Archives", "about to be destroyed", "destroyed",
    ]  # fmt: skip
    assert shown(archive, "1").kept.record is None
    assert [moment.what.split(",")[0] for moment in shown(archive, "2").history] == ["captured"]


def test_what_is_no_record_and_what_is_more_than_one_is_said(archive: Archive) -> None:
    with pytest.raises(WrongUsage, match="no record"):
        shown(archive, "77")


def test_a_record_without_a_sidecar_is_listed_and_shown_all_the_same(archive: Archive) -> None:
    place = shown(archive, "2").kept.place
    (archive.folder / "records" / f"{place}.json").write_bytes(b"{")
    for path in archive.folder.glob("retention.db*"):
        path.unlink()
    Catalog(archive.folder / "retention.db", create=True).close()
    said = found(archive)
    assert said.records == 4 and [one.trouble for one in said.shown if one.place == place] == ["sidecar"]
    assert shown(archive, place).kept.trouble == "sidecar"
