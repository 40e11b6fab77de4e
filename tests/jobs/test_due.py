"""Due dates of stored records follow the schedule's edition and the events, and what changed is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.jobs import event as events
from retention.jobs.record import due
from tests.jobs.archive import Archive, gate, gated
from tests.jobs.town import NOW, RECORDS, series


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "town", gate())
    archive.capture("Requisition 1", "Claim, case 7", "Minutes 1")
    return archive


def worked_out(archive: Archive) -> tuple[due.Changed, ...]:
    return archive.see(due.work_out)


def test_nothing_changes_where_nothing_moved(archive: Archive) -> None:
    assert worked_out(archive) == () == worked_out(archive)


def test_a_new_edition_says_which_due_dates_changed(archive: Archive) -> None:
    worked_out(archive)
    archive.schedule = gated(
        gate(),
        rows=(
            series("requisitions", "5 years after received", "requisition"),
            series("claims", "2 years after closed", "claim", key="case"),
            series("minutes", "permanent", "minutes"),
        ),
    )
    archive.adopt()
    (one,) = worked_out(archive)
    assert one.was is not None and one.due_on is not None
    assert one.due_on.year - one.was.year == 2 and one.why == "5 years after received"
    assert worked_out(archive) == ()


def test_an_event_gives_a_record_its_day(archive: Archive) -> None:
    worked_out(archive)
    on = (NOW - timedelta(days=100)).date()
    world = archive.world(RECORDS)
    events.record(world, "closed", key="case 7", on=on, source="court")
    world.close()
    (one,) = worked_out(archive)
    assert one.was is None and one.due_on == on.replace(year=on.year + 2) + timedelta(days=1)
    listed = archive.see(lambda world: world.catalog.records.at(one.place))
    assert listed is not None and listed.due_on == one.due_on


def test_a_series_that_is_gone_leaves_the_day_as_it_was_captured(archive: Archive) -> None:
    archive.schedule = gated(gate(), rows=(series("minutes", "permanent", "minutes"),))
    archive.adopt()
    assert worked_out(archive) == ()
