"""On a machine whose clock has jumped nothing is written that would stand before every later entry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from retention.core.audit import Outcome, Refused
from retention.core.authority import Act, HoldKind
from retention.core.clock import Machine
from retention.core.hold import Scope
from retention.errors import ClockWrong, NotThisOffice
from retention.jobs import clock, event, standing
from retention.jobs.hold import place, release
from tests.jobs import running
from tests.jobs.clocked import Clocked, agreed, begun, stays
from tests.jobs.town import ATTORNEY, CRON, NOW, RECORDS
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Clocked:
    return begun(tmp_path / "town")


ACTS: dict[str, Callable[[Clocked], object]] = {
    "a hold": lambda town: town.hold("Oak", custodians=(CRON,)),
    "the end of a hold": lambda town: release.release(town.world(ATTORNEY), "elm", matter="Elm", reason="settled"),
    "a standing approval": running.allow,
    "its end": lambda town: standing.withdraw(town.world(RECORDS), 1, "no more"),
    "an event": lambda town: event.record(town.world(RECORDS), "closed", key="claim c-1", on=NOW.date()),
    "an attempt": lambda town: event.record(town.world(CRON), "closed", key="claim c-1", on=NOW.date()),
    "whatever anybody writes": lambda town: town.world(CRON).ledger.append(Refused(act="", why="")),
    "a refusal": lambda town: town.world(CRON).refuse(Act.GRANT_ACCESS, "it is not theirs"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
@pytest.mark.parametrize("by", [timedelta(days=400), -timedelta(minutes=20)])
def test_no_act_is_written_while_the_clock_has_jumped(
    town: Clocked, act: Callable[[Clocked], object], by: timedelta
) -> None:
    town.hold("Elm", custodians=(CRON,))
    town.pass_(timedelta(days=1))
    entries = town.world().ledger.head
    town.set(by)
    with pytest.raises(ClockWrong) as refused:
        act(town)
    assert refused.value.exit_code == 15 and "retention clock confirm" in refused.value.next_step
    assert town.world().ledger.head == entries
    town.set(-by)
    assert town.hold("Oak", custodians=(CRON,)) == "oak"


def test_a_clock_that_jumps_in_the_middle_of_a_run_stops_it_and_the_next_goes_on(
    town: Clocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.add("Notice 3")
    town.read()
    made, mail = agreed(town), town.mail
    assert isinstance(mail, MemoryMail) and len(made.steps) == 2
    purge = mail.purge

    def purged(*told: Any) -> str:
        said = purge(*told)
        town.set(timedelta(days=400))
        return said

    monkeypatch.setattr(mail, "purge", purged)
    with pytest.raises(ClockWrong):
        town.apply(made)
    monkeypatch.undo()
    days = {link.entry.at.date() for link in town.world().ledger.links()}
    assert max(days) == NOW.date()
    town.set(NOW - town.at)
    town.apply(made)
    assert len(mail.purged) == 3 and mail.where(mail.purged[-1][0]) is None
    outcomes = [link.entry.body for link in town.world().ledger.links() if isinstance(link.entry.body, Outcome)]
    assert len(outcomes) == 3 and {one.result for one in outcomes} == {"purged"}


@pytest.mark.parametrize("jumps", [False, True])
def test_a_hold_placed_while_a_run_is_cut_off_says_what_may_have_left(
    town: Clocked, monkeypatch: pytest.MonkeyPatch, jumps: bool
) -> None:
    made, mail, found = agreed(town), town.mail, []
    assert isinstance(mail, MemoryMail)
    purge = mail.purge

    def placed() -> None:
        scope = Scope(words=("Notice",))
        found.append(place.place(town.world(ATTORNEY), matter="Oak", kind=HoldKind.LEGAL, reason="claim", scope=scope))

    placing = Thread(target=placed)

    def purged(*told: Any) -> str:
        said = purge(*told)
        placing.start()
        while "oak" not in town.world().ledger.in_force.holds.states:
            pass
        town.set(timedelta(hours=2 if jumps else 0))
        return said

    monkeypatch.setattr(mail, "purge", purged)
    with pytest.raises(ClockWrong) if jumps else nullcontext():
        town.apply(made)
    placing.join()
    (hold,) = found
    assert [one.result for one in hold.overtaken] == ([] if jumps else ["purged"])
    assert [one.id for one in hold.unsettled] == ([made.steps[0].id] if jumps else [])


@pytest.mark.parametrize("told", [None, timedelta(0), timedelta(hours=3)])
def test_what_the_mail_systems_clock_bears_out_an_office_may_do_and_nothing_is_deleted(
    town: Clocked, told: timedelta | None
) -> None:
    made = agreed(town)
    town.machine = Machine(town.machine.boot, town.machine.up + 7 * 3600)  # it slept, and its counter did not
    town.told = None if told is None else town.at + told
    if told == timedelta(0):
        assert town.hold("Oak", custodians=(CRON,)) == "oak"
    else:
        with pytest.raises(ClockWrong):
            town.hold("Oak", custodians=(CRON,))
    stays(town, made, ClockWrong, "jumped")


def test_each_machine_of_a_city_is_measured_by_its_own_readings(town: Clocked) -> None:
    ours = town.machine
    town.machine = Machine("another machine", 5)
    town.pass_(timedelta(hours=2))
    town.add("Notice 9")
    town.read()
    town.apply(agreed(town))  # it is read there too
    town.machine = Machine(ours.boot, ours.up + 7200)
    town.set(timedelta(days=400))
    with pytest.raises(ClockWrong):
        town.hold("Oak", custodians=(CRON,))


def test_a_confirmation_is_heard_by_a_process_that_runs_already(town: Clocked) -> None:
    world = town.world()
    town.set(timedelta(hours=3))
    with pytest.raises(ClockWrong):
        world.ledger.append(Refused(act="", why=""))
    clock.confirm(town.world(RECORDS), "the battery was replaced")
    world.ledger.append(Refused(act="", why=""))
    with pytest.raises(NotThisOffice):
        world.refuse(Act.GRANT_ACCESS, "it is not theirs")


def test_an_approval_is_not_written_while_the_clock_has_jumped(town: Clocked) -> None:
    made = town.plan()
    town.set(timedelta(days=3))
    with pytest.raises(ClockWrong):
        town.approve(made)
    town.set(-timedelta(days=3))
    town.approve(made)
    assert town.apply(made).total("purged") == 1
