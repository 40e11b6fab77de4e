"""A city that knows its people by their keys: an event is taken back by whoever signs that, and by nobody else."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.audit import EventRetracted
from retention.core.authority import Act
from retention.errors import NotThisOffice, RetentionError, SignatureInvalid
from retention.jobs import event, why
from retention.jobs.acting import signed
from tests.jobs import test_event as events
from tests.jobs.test_consent import SignedArchive
from tests.jobs.test_signed_acts import SignedTown
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")

LATELY, LONG_AGO = (NOW - timedelta(days=10)).date(), (NOW - timedelta(days=1000)).date()


@pytest.fixture
def town(tmp_path: Path) -> SignedTown:
    """A year and more has gone by since the first closing of the contract; the second one keeps its mail."""
    town = SignedTown(tmp_path / "town")
    town.schedule = events.schedule()
    town.adopt()
    town.add("Site visit, contract C-1")
    closed(town, "contract C-1")
    return town


def closed(town: SignedTown, key: str) -> event.Told:
    """It was closed long ago, and then once more, lately; the second of them."""
    world = town.world(CLERK)
    event.record(world, "closed", key=key, on=LONG_AGO, source="the register")
    told = event.record(world, "closed", key=key, on=LATELY, source="opened again, and closed")
    world.close()
    return told


def newest(town: SignedTown) -> event.Told:
    return event.told(town.world())[-1]


def removed(town: SignedTown) -> list[str]:
    town.read()
    return [step.subject for step in town.plan().steps]


def retract(town: SignedTown, n: int) -> None:
    world = town.world(RECORDS)
    event.retract(world, n, reason="a slip")
    world.close()


def test_a_retraction_that_nobody_signed_lets_no_mail_go(town: SignedTown) -> None:
    assert removed(town) == []
    later = newest(town)
    town.forge(EventRetracted(entry=later.n, reason="mine"), by=CRON)
    town.forge(EventRetracted(entry=later.n, reason="mine too"))
    assert removed(town) == []
    assert newest(town) == later
    retract(town, later.n)
    assert removed(town) == ["Site visit, contract C-1"]
    assert [told.on for told in event.told(town.world())] == [LONG_AGO]


def test_a_retraction_that_nobody_signed_lets_no_record_go(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Claim, case 7")
    later = closed(archive, "case 7")
    archive.forge(EventRetracted(entry=later.n, reason="mine"), by=CRON)
    assert archive.destruction().steps == ()
    retract(archive, later.n)
    assert len(archive.destruction().steps) == 1


def test_a_retraction_that_nobody_signed_keeps_no_message_either(town: SignedTown) -> None:
    retract(town, newest(town).n)
    town.forge(EventRetracted(entry=newest(town).n, reason="mine"), by=CRON)
    assert removed(town) == ["Site visit, contract C-1"]


@pytest.mark.parametrize(
    ("by", "act", "error"),
    [(RECORDS, Act.REVIEW, SignatureInvalid), (ATTORNEY, Act.RECORD_EVENT, NotThisOffice)],
)
def test_one_that_was_signed_as_another_act_or_without_the_office_stops_every_run(
    town: SignedTown, by: str, act: Act, error: type[RetentionError]
) -> None:
    world = town.world(by)
    world.ledger.append(signed(world, act, EventRetracted(entry=newest(town).n, reason="mine")))
    world.close()
    town.read()
    with pytest.raises(error):
        town.plan()


def test_what_was_taken_back_before_acts_were_signed_stays_so(tmp_path: Path) -> None:
    town = SignedTown(tmp_path / "town")
    town.schedule, city = events.schedule(), town.city
    town.city = replace(city, city=replace(city.city, identity="account"))
    later = closed(town, "contract C-1")
    retract(town, later.n)
    town.city = city
    town.adopt()
    town.add("Site visit, contract C-1")
    assert removed(town) == ["Site visit, contract C-1"]
    assert later not in event.told(town.world())


def test_a_past_day_knows_by_whom_an_event_was_taken_back(town: SignedTown) -> None:
    town.read()
    later = newest(town)
    first = town.at.date()
    for act in (lambda: town.forge(EventRetracted(entry=later.n, reason="x")), lambda: retract(town, later.n)):
        town.at += timedelta(days=1)
        act()
    town.at += timedelta(days=1)
    said = []
    for days in range(4):
        (one,) = why.as_of(town.world(), "message-1", first + timedelta(days=days))
        said.append(one.happened["closed"])
    assert said == [LATELY, LATELY, LONG_AGO, LONG_AGO]


def test_an_event_is_judged_once_until_another_is_told(town: SignedTown, monkeypatch: pytest.MonkeyPatch) -> None:
    world = town.world(CLERK)
    asked: list[int] = []
    counts = world.ledger.had
    monkeypatch.setattr(world.ledger, "had", lambda n, digest: asked.append(n) or counts(n, digest))
    before = world.happened
    assert asked and world.happened is before
    asked.clear()
    assert world.happened is before and asked == []
    event.retract(world, newest(town).n, reason="a slip")
    assert world.happened is not before and asked
