"""Whom a hold reaches is in the ledger as soon as it is so: no correction, crash or race afterwards lets it go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.catalog import Catalog
from retention.core.audit import HoldReached, SyncEnded
from retention.core.hold import Post, Scope
from retention.core.person import Person, PersonRecorded, Term
from retention.errors import AnotherRun
from retention.jobs import person, sync
from retention.jobs.hold.preview import preview
from retention.ledger import Ledger
from tests.jobs.custodians import ANN, BOB, acting, entries, hold, know
from tests.jobs.town import CLERK, RECORDS, Town
from tests.mail.doubles import MemoryMail

NEW = "new.hire@town.example"
PARKS, CLERKS = (Term(of="Parks"),), (Term(of="Parks"), Term(of="Clerk"))


class Killed(BaseException):
    pass


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Ann is of Parks, Bob of the Clerk's department; each has a notice that is due."""
    town = Town(tmp_path / "town")
    for box in (ANN, BOB):
        town.add(f"Notice for {box}", mailbox=box)
    know(
        town,
        Person(address=ANN, id="1", departments=PARKS),
        Person(address=BOB, id="2", departments=(Term(of="Clerk"),)),
    )
    town.read()
    town.adopt()
    return town


def recorded(town: Town, *people: Person, **more: Any) -> person.Recorded:
    with acting(town, RECORDS) as world:
        return person.record(world, people, "people.csv", **more)


def planned(town: Town) -> set[str]:
    return {step.address for step in town.plan().steps}


def killed(monkeypatch: pytest.MonkeyPatch, target: object, name: str, run: Callable[[], object]) -> None:
    def kill(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(target, name, kill)
        run()


def renamed(town: Town, old: str, new: str) -> None:
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    mail._mailboxes[new] = replace(mail._mailboxes.pop(old), address=new)


def test_what_is_said_of_people_and_whom_it_brings_under_a_hold_are_one_writing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(town, departments=(Post(name="Clerk"),))
    writings: list[bytes] = []
    write = Ledger._write
    monkeypatch.setattr(Ledger, "_write", lambda self, data: (writings.append(data), write(self, data)))
    assert recorded(town, Person(address=ANN, id="1", departments=CLERKS)).reached == 1
    (together,) = writings
    assert b"person recorded" in together and b"hold reached" in together


def test_a_crash_right_after_people_were_recorded_lets_nobody_go(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(town, departments=(Post(name="Clerk"),))
    moved = Person(address=ANN, id="1", departments=CLERKS)
    killed(monkeypatch, Ledger, "wait_for_deeds", lambda: recorded(town, moved))
    assert planned(town) == set()
    with acting(town) as world:
        (state,) = world.ledger.in_force.holds
        assert ANN in state.versions[0].reach["department Clerk"].addresses


def test_what_was_reached_and_not_yet_written_is_written_before_people_change(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newcomer may be of any department; the sync that found the mailbox was killed before it said so."""
    hold(town, departments=(Post(name="Clerk"),))
    town.add("Notice for the newcomer", mailbox=NEW)
    killed(monkeypatch, sync, "reach_out", lambda: sync.sync(town.world()))
    recorded(town, Person(address=NEW, id="3", departments=PARKS))
    town.read()
    assert planned(town) == {ANN}


def test_a_sync_writes_whom_the_holds_reach_before_it_says_that_it_ended(town: Town) -> None:
    hold(town, departments=(Post(name="Clerk"),))
    town.add("Notice for the newcomer", mailbox=NEW)
    town.read()
    reached, ended = entries(town, HoldReached | SyncEnded)[-2:]
    assert "mailbox-3" in reached.mailboxes and isinstance(ended, SyncEnded)


def test_who_records_people_is_told_once_no_deed_begun_before_can_take_what_they_brought_under_a_hold(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(town, departments=(Post(name="Clerk"),))
    waited: list[int] = []
    monkeypatch.setattr(Ledger, "wait_for_deeds", lambda self: waited.append(self.head[0]))
    recorded(town, Person(address=ANN, id="1", name="Ann"))
    assert waited == []
    recorded(town, Person(address=ANN, id="1", departments=CLERKS))
    with acting(town) as world:
        assert waited == [world.ledger.head[0]]


def test_people_are_not_recorded_beside_a_hold_that_was_placed_while_they_were_compared(town: Town) -> None:
    def meanwhile(said: Person, known: Person | None) -> Person:
        hold(town, departments=(Post(name="Clerk"),))
        return said

    before = entries(town, PersonRecorded)
    with pytest.raises(AnotherRun, match="changed a hold"):
        recorded(town, Person(address=ANN, id="1", departments=CLERKS), adapt=meanwhile)
    assert entries(town, PersonRecorded) == before


def test_a_catalog_begun_anew_and_a_renamed_mailbox_let_nothing_go(town: Town) -> None:
    know(town, Person(address=ANN, id="1", directory="mailbox-1"))
    renamed(town, ANN, "ann.holm@town.example")
    for file in town.folder.glob("retention.db*"):
        file.unlink()
    Catalog(town.folder / "retention.db", create=True).close()
    town.read()
    assert planned(town) == {"ann.holm@town.example", BOB}
    hold(town, ANN)
    assert planned(town) == {BOB}


def test_a_preview_counts_whom_nobody_placed_in_the_period(town: Town) -> None:
    know(town, Person(address=CLERK, id="3", departments=(Term(of="Records", from_on=town.at.date()),)))
    town.add("Notice for the clerk", mailbox=CLERK)
    town.read()
    with acting(town) as world:
        post = Post(name="Clerk", to_on=town.at.date().replace(year=2024))
        assert preview(world, Scope(departments=(post,))).unplaced == 1
        assert preview(world, Scope(departments=(Post(name="Clerk"),))).unplaced == 0
