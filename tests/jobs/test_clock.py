"""While the clock or the time zone data cannot be believed nothing is deleted, in mailboxes or in the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core import clock as core
from retention.core.clock import ClockConfirmed, ClockRead, Machine
from retention.core.plan import Plan
from retention.errors import ClockWrong, MailNotAnswering, NotThisOffice, TimeZoneMissing, WrongUsage
from retention.jobs import clock, event
from retention.jobs import plan as planning
from retention.jobs.record import quarantine
from tests.jobs import running
from tests.jobs.clocked import Clocked, ClockedArchive, agreed, begun, goes, stays
from tests.jobs.town import ATTORNEY, CRON, NOW, RECORDS
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Clocked:
    return begun(tmp_path / "town")


def test_time_that_passes_is_no_jump(town: Clocked) -> None:
    town.pass_(timedelta(days=400))
    assert goes(town)


def test_a_clock_set_ahead_deletes_nothing(town: Clocked) -> None:
    made = agreed(town)
    town.set(timedelta(days=365))
    stays(town, made, ClockWrong, "jumped ahead by 365 days")


def test_a_clock_set_back_a_little_deletes_nothing(town: Clocked) -> None:
    made = agreed(town)
    town.pass_(timedelta(days=2))
    town.set(-timedelta(days=1))
    stays(town, made, ClockWrong, "jumped back by 24 hours")


def test_a_clock_that_was_set_while_the_machine_was_off_is_found_by_the_mail_systems(town: Clocked) -> None:
    made = town.plan()
    town.approve(made)
    town.start_anew()
    town.told = town.at
    town.set(timedelta(days=3))
    with pytest.raises(ClockWrong, match="ahead of the mail system's"):
        town.apply(made)
    town.at = town.told
    assert town.apply(made).total("purged") == 1


def test_nothing_is_read_under_a_wrong_clock_for_what_it_writes_would_stand_in_the_way(town: Clocked) -> None:
    entries = town.world().ledger.head
    town.set(timedelta(days=365))
    with pytest.raises(ClockWrong):
        town.read()
    assert town.world().ledger.head == entries


def test_a_mail_system_that_cannot_be_asked_the_time_lets_nothing_go(town: Clocked) -> None:
    def silent() -> datetime:
        raise MailNotAnswering("The mail system does not answer.")

    made = town.plan()
    town.approve(made)
    world = town.world()
    world.told_time = silent
    with pytest.raises(MailNotAnswering):
        town.apply(made, world)


def test_time_zone_data_that_count_otherwise_delete_nothing(town: Clocked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "zone_digest", lambda name: "another")
    stays(town, agreed(town), TimeZoneMissing, "count days otherwise")


WRONG: list[Callable[[Clocked, pytest.MonkeyPatch], object]] = [
    lambda town, patch: town.set(timedelta(days=90)),
    lambda town, patch: patch.setattr(core, "zone_digest", lambda name: "another"),
]


@pytest.mark.parametrize("make_wrong", WRONG)
def test_an_office_says_that_it_is_right_and_then_things_go_on(
    town: Clocked, make_wrong: Callable[[Clocked, pytest.MonkeyPatch], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wrong(town, monkeypatch)
    assert not clock.state(town.world()).well
    for by in (CRON, ATTORNEY):
        with pytest.raises(NotThisOffice):
            clock.confirm(town.world(by), "looked at it")
    with pytest.raises(WrongUsage):
        clock.confirm(town.world(RECORDS), "  ")
    clock.confirm(town.world(RECORDS), "The machine's battery was replaced.")
    assert clock.state(town.world()).well
    assert goes(town)


def test_no_office_can_say_that_a_clock_is_right_which_the_mail_systems_disagrees_with(town: Clocked) -> None:
    town.told = town.at
    town.set(timedelta(days=90))
    with pytest.raises(ClockWrong):
        clock.confirm(town.world(RECORDS), "it is right")


def test_how_the_clock_stood_is_written_down_once_an_hour_at_most(town: Clocked) -> None:
    def told() -> int:
        links = town.world().ledger.links()
        return sum(isinstance(link.entry.body, ClockRead | ClockConfirmed) for link in links)

    assert told() == 1
    assert goes(town) and told() == 1
    town.pass_(timedelta(hours=2))
    town.add("Notice 3")
    town.read()
    assert goes(town) and told() == 2


def test_stored_records_stay_while_the_clock_cannot_be_believed(tmp_path: Path) -> None:
    archive = ClockedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    archive.put_away()
    archive.set(timedelta(days=31))
    with pytest.raises(ClockWrong):
        archive.destroy()
    assert len(archive.in_quarantine()) == 1
    archive.set(-timedelta(days=31))
    archive.pass_(timedelta(days=31))
    (destroyed,) = archive.destroy()
    assert destroyed.counts == {"destroyed": 1}
    assert archive.at == NOW + timedelta(days=31)


def test_who_may_not_confirm_the_clock_leaves_no_entry_of_a_day_to_come(town: Clocked) -> None:
    entries = town.world().ledger.head[0]
    with pytest.raises(NotThisOffice):
        clock.confirm(town.world(CRON), "it is right")
    assert town.world().ledger.head[0] == entries + 1
    town.set(timedelta(days=400))
    with pytest.raises(NotThisOffice):
        clock.confirm(town.world(CRON), "it is right")
    assert town.world().ledger.head[0] == entries + 1


def test_a_clock_that_creeps_is_found_though_each_reading_was_believed(town: Clocked) -> None:
    running.allow(town)
    assert isinstance(town.mail, MemoryMail)
    seconds = 0
    with pytest.raises(ClockWrong, match="jumped ahead by 19 minutes"):
        for n in range(3, 9):
            town.add(f"Notice {n}")
            town.pass_(timedelta(seconds=3601))
            town.set(timedelta(seconds=590))
            seconds += 590
            running.ran(town)
    assert seconds == 2 * 590


def test_what_is_told_while_a_run_decides_is_decided_about_by_the_next(
    town: Clocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_meanwhile(*asked: Any, **more: Any) -> Plan:
        made = decide(*asked, **more)
        event.record(town.world(RECORDS), "closed", key="claim c-1", on=NOW.date() - timedelta(days=1000))
        asked[0].ledger.refresh()
        return made

    decide = planning.plan
    quiet = "Nothing has moved since the last run."
    running.ran(town)
    assert running.said(running.ran(town))["plan"] == quiet
    town.add("Minutes 1")
    monkeypatch.setattr(planning, "plan", told_meanwhile)
    running.ran(town)
    monkeypatch.setattr(planning, "plan", decide)
    assert running.said(running.ran(town))["plan"] != quiet
    assert running.said(running.ran(town))["plan"] == quiet


@pytest.fixture
def archive(tmp_path: Path) -> ClockedArchive:
    """With one record in quarantine whose days there are over, on a machine that was started anew since."""
    archive = ClockedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    archive.put_away()
    archive.pass_(timedelta(days=31))
    archive.start_anew()
    return archive


def test_no_record_is_destroyed_where_nobody_says_what_time_it_is(archive: ClockedArchive) -> None:
    with pytest.raises(ClockWrong, match="started anew") as refused:
        archive.destroy()
    assert refused.value.exit_code == 15 and "retention clock confirm" in refused.value.next_step
    assert len(archive.in_quarantine()) == 1
    clock.confirm(archive.world(RECORDS), "compared with the city's time server")
    archive.pass_(timedelta(days=2))
    (destroyed,) = archive.destroy()
    assert destroyed.counts == {"destroyed": 1}


def test_a_record_leaves_quarantine_though_nobody_says_what_time_it_is(archive: ClockedArchive) -> None:
    quarantine.restore(archive.world(RECORDS), archive.in_quarantine(), reason="it is asked for")
    assert not archive.in_quarantine()


def test_records_are_destroyed_on_a_machine_started_anew_where_the_mail_system_says_the_time(
    archive: ClockedArchive,
) -> None:
    archive.told = archive.at
    (destroyed,) = archive.destroy()
    assert destroyed.counts == {"destroyed": 1}


@pytest.mark.parametrize("counts", [True, False])
def test_where_nobody_could_ever_tell_the_time_the_ledger_has_to_do(archive: ClockedArchive, counts: bool) -> None:
    if counts:
        archive.city = replace(archive.city, mail=replace(archive.city.mail, system="files"))
    else:
        archive.machine = Machine()
    archive.set(-timedelta(days=40))
    with pytest.raises(ClockWrong, match="the ledger's last entry"):
        archive.destroy()
    archive.set(timedelta(days=40))
    (destroyed,) = archive.destroy()
    assert destroyed.counts == {"destroyed": 1}
