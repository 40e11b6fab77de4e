"""Held mailboxes that may be about to vanish are told until everything held in them is copied."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.person import Person, Term
from retention.jobs import mailbox, person
from retention.jobs.hold.collect import collect
from retention.jobs.hold.release import release
from retention.jobs.status import status
from retention.jobs.sync import sync
from tests.jobs.custodians import ANN, BOB, acting, hold
from tests.jobs.town import CLERK, CRON, RECORDS, Town
from tests.mail.doubles import MemoryMail

TODAY = date(2026, 11, 21)
PERMITS = "permits@town.example"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "town")
    for box in (CLERK, ANN, BOB, PERMITS):
        town.add(f"Notice for {box}", mailbox=box)
    town.read()
    return town


def know(town: Town, *people: Person) -> None:
    with acting(town, RECORDS) as world:
        person.record(world, people, "test")


def at_risk(town: Town) -> dict[str, str]:
    with acting(town) as world:
        return {one.mailbox: one.why for one in person.at_risk(world)}


def sentences(town: Town) -> list[str]:
    with acting(town) as world:
        return [one for one in status(world).waiting if "is held" in one or "may soon vanish" in one]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, None),
        ({"enabled": True}, None),
        ({"enabled": False}, "its account is disabled"),
        ({"employed": (Term(of="", to_on=TODAY - timedelta(days=1)),)}, "Ann Bo left on 2026-11-20"),
        ({"employed": (Term(of="", to_on=TODAY),)}, "Ann Bo leaves on 2026-11-21"),
        ({"employed": (Term(of="", to_on=TODAY + timedelta(days=14)),)}, "Ann Bo leaves on 2026-12-05"),
        ({"employed": (Term(of="", to_on=TODAY + timedelta(days=15)),)}, None),
        ({"employed": (Term(of="", from_on=TODAY + timedelta(days=9)),), "enabled": False}, "its account is disabled"),
    ],
)
def test_a_held_mailbox_whose_person_goes_is_told_so_that_it_is_copied(
    town: Town, said: dict[str, Any], why: str | None
) -> None:
    know(town, Person(address=ANN, name="Ann Bo", **said))
    assert at_risk(town) == {}
    name = hold(town, ANN)
    assert at_risk(town) == ({ANN: why} if why else {})
    collect = f"copy it now: `retention hold collect {name}`."
    assert sentences(town) == ([f"Operator: {ANN} is held ({name}) and {why}; {collect}"] if why else [])
    with acting(town) as world:
        release(world, name, matter="Elm Street", reason="settled")
    town.at += timedelta(days=40)
    assert at_risk(town) == {}


def test_a_held_mailbox_that_cannot_be_read_or_is_listed_no_longer_is_told(town: Town) -> None:
    name = hold(town, ANN, BOB)
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    mail.unreadable[ANN] = "Access to the mailbox was denied."
    del mail._mailboxes[BOB]
    with acting(town, CRON) as world:
        sync(world)
    assert at_risk(town) == {
        ANN: "cannot be read (Access to the mailbox was denied)",
        BOB: f"cannot be read (The mail system no longer lists {BOB}; what was known of it was kept)",
    }
    assert all(f"bring it back, then copy it: `retention hold collect {name}`" in one for one in sentences(town))
    assert len(sentences(town)) == 2


def test_a_held_mailbox_of_which_everything_held_is_copied_is_at_risk_no_more_until_new_mail_comes(town: Town) -> None:
    know(town, Person(address=ANN, enabled=False))
    name = hold(town, ANN)
    assert list(at_risk(town)) == [ANN]
    with acting(town) as world:
        assert collect(world, name).copied == 1
    assert at_risk(town) == {}
    town.add("One more notice", mailbox=ANN)
    town.read()
    assert list(at_risk(town)) == [ANN]


def test_an_account_that_never_had_a_mailbox_is_no_alarm_unless_a_hold_names_it(town: Town) -> None:
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    mail.add_mailbox("service@town.example")
    mail.unreadable["service@town.example"] = "It has no mailbox."
    town.read()
    hold(town, matter="Oak", words=("oak",))
    assert at_risk(town) == {}
    hold(town, "service@town.example")
    assert at_risk(town) == {"service@town.example": "cannot be read (It has no mailbox)"}


def test_an_address_that_somebody_else_has_now_is_not_at_risk_because_its_last_holder_left(town: Town) -> None:
    hold(town, ANN)
    left, stays = Term(of="", to_on=date(2014, 5, 1)), Term(of="", from_on=date(2018, 3, 1))
    know(town, Person(address=ANN, id="17", employed=(left,)), Person(address=ANN, id="31", employed=(stays,)))
    assert at_risk(town) == {}
    know(town, Person(address=ANN, id="31", employed=(replace(stays, to_on=date(2026, 11, 30)),)))
    assert list(at_risk(town)) == [ANN]


def test_the_disabled_account_of_a_shared_mailbox_says_nothing_once_its_owner_is_known(town: Town) -> None:
    hold(town, PERMITS)
    know(town, Person(address=PERMITS, directory="p", enabled=False))
    assert at_risk(town) == {PERMITS: "its account is disabled"}
    with acting(town, RECORDS) as world:
        mailbox.add(world, PERMITS, custodian=CLERK)
    assert at_risk(town) == {}


def test_many_held_mailboxes_at_risk_are_not_all_named(town: Town) -> None:
    boxes = [f"person{n}@town.example" for n in range(8)]
    for box in boxes:
        town.add("Notice", mailbox=box)
    town.read()
    know(town, *(Person(address=box, directory=box, enabled=False) for box in boxes))
    hold(town, *boxes)
    found = sentences(town)
    assert len(found) == 6
    assert found[-1] == "Operator: 3 more held mailboxes may soon vanish; see `retention mailbox list --held`."
