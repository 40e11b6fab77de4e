"""Acknowledgements of a hold's notice: who may record one, of which notice it is, and lists of them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.hold import Scope
from retention.core.notice import CustodianAcknowledged
from retention.core.person import Person
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs.hold import acknowledge as answers
from retention.jobs.hold.place import amend
from tests.jobs.custodians import (
    ANN,
    BOB,
    acknowledged,
    acting,
    hold,
    know,
    later,
    noticed,
    sheet,
    states,
    town_with_mail,
)
from tests.jobs.town import ATTORNEY, CLERK, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return town_with_mail(tmp_path)


def test_the_office_records_an_acknowledgement_and_once_is_enough(town: Town) -> None:
    name = hold(town, ANN)
    noticed(town, name)
    told = acknowledged(town, name, ANN.upper(), how="reply of\n today")
    assert (told.custodian, told.on, told.how) == (ANN, date(2026, 11, 21), "reply of today")
    later(town, 1)
    assert acknowledged(town, name, ANN) == told
    assert states(town, name) == {ANN: "acknowledged"}


def test_a_custodian_acknowledges_in_person_without_any_office_and_nobody_elses(town: Town) -> None:
    name = hold(town, CLERK, ANN)
    noticed(town, name)
    acknowledged(town, name, CLERK, by=CLERK)
    with pytest.raises(NotThisOffice):
        acknowledged(town, name, ANN, by=CLERK)
    assert states(town, name) == {CLERK: "acknowledged", ANN: "waiting"}


def test_who_is_known_by_their_account_only_acknowledges_in_person_too(town: Town) -> None:
    know(town, Person(address=ANN, account="aray"))
    name = hold(town, ANN)
    noticed(town, name)
    world = town.world()
    world.actor = Person(address="account:aray")
    assert answers.acknowledge(world, name, custodian=ANN).custodian == ANN
    world.actor = Person(address="account:other")
    with pytest.raises(NotThisOffice):
        answers.acknowledge(world, name, custodian=ANN)
    world.close()


@pytest.mark.parametrize(
    ("custodian", "on", "said"),
    [
        (BOB, date(2026, 11, 21), f"was written for {BOB}"),
        ("anm@town.example", date(2026, 11, 21), f"perhaps {ANN} is meant."),
        (ANN, date(2026, 11, 22), "2026-11-22 has not come yet."),
        (ANN, date(2026, 11, 20), f"The first notice to {ANN} is of 2026-11-21; nobody can have answered it on"),
    ],
)
def test_an_acknowledgement_that_cannot_be_is_refused(town: Town, custodian: str, on: date, said: str) -> None:
    name = hold(town, ANN)
    noticed(town, name)
    with pytest.raises(WrongUsage) as error:
        acknowledged(town, name, custodian, on=on)
    assert said in error.value.message
    assert states(town, name) == {ANN: "waiting"}


def test_a_person_acknowledges_by_any_address_of_theirs(town: Town) -> None:
    know(town, Person(address=ANN, addresses=("a.ray@town.example",), id="7"))
    name = hold(town, ANN)
    noticed(town, name)
    assert acknowledged(town, name, "a.ray@town.example").custodian == ANN


def test_a_list_is_recorded_as_a_whole_and_only_once(town: Town) -> None:
    name = hold(town, ANN, CLERK, BOB)
    noticed(town, name)
    later(town, 3)
    rows = sheet(f"Custodian,Email,On,How\nAnn Ray,{ANN},11/22/2026,reply\nAna Holm,{CLERK},2026-11-23,paper\n")
    with acting(town) as world:
        first = answers.import_(world, name, rows)
        again = answers.import_(world, name, rows)
    assert [(one.custodian, one.on, one.how) for one in first.recorded] == [
        (ANN, date(2026, 11, 22), "reply"),
        (CLERK, date(2026, 11, 23), "paper"),
    ]
    assert (again.recorded, again.known) == ((), 2)
    assert states(town, name) == {ANN: "acknowledged", CLERK: "acknowledged", BOB: "waiting"}


def test_one_bad_row_records_nothing_and_every_bad_row_is_told(town: Town) -> None:
    name = hold(town, ANN, CLERK)
    noticed(town, name)
    rows = sheet(
        f"address;on;how\n{ANN};2026-11-21;\n{BOB};2026-11-21;\n{CLERK};2999-01-01;\nno address;;\n"
        f"{CLERK};21 Nov;\n{ANN};2026-11-21;paper\n"
    )
    with acting(town) as world, pytest.raises(WrongUsage) as error:
        answers.import_(world, name, rows)
    told = error.value.message.split("\n")
    assert told[0] == "The list has 5 problems, and nothing was recorded:"
    assert [line.strip().partition(",")[0] for line in told[1:]] == [f"row {n}" for n in (3, 4, 5, 6, 7)]
    assert "stands in row 2 with something else" in told[-1]
    assert states(town, name) == {ANN: "waiting", CLERK: "waiting"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,on\nAnn,2026-11-21\n", "row 1, custodian: there is no such column"),
        (f"custodian,when\n{ANN},2026-11-21\n", "row 1, on: there is no such column"),
        ("custodian,on\n", "there is no row below the headings"),
        (f"custodian,on,on\n{ANN},2026-11-21,2026-11-21\n", "2 columns are called so"),
    ],
)
def test_a_list_without_its_columns_is_refused(town: Town, text: str, said: str) -> None:
    name = hold(town, ANN)
    noticed(town, name)
    with acting(town) as world, pytest.raises(WrongUsage) as error:
        answers.import_(world, name, sheet(text))
    assert said in error.value.message


def test_a_list_is_of_the_office_alone(town: Town) -> None:
    name = hold(town, CLERK)
    noticed(town, name)
    with acting(town, CLERK) as world, pytest.raises(NotThisOffice):
        answers.import_(world, name, sheet(f"custodian,on\n{CLERK},2026-11-21\n"))


def test_an_answer_to_the_old_scope_is_no_answer_to_the_new_one(town: Town) -> None:
    name = hold(town, ANN)
    noticed(town, name)
    later(town, 2)
    with acting(town) as world:
        amend(world, name, scope=Scope(custodians=(ANN,), words=("lunch",)), reason="narrower")
    noticed(town, name)
    later(town, 1)
    acknowledged(town, name, ANN, on=date(2026, 11, 22))
    assert states(town, name) == {ANN: "waiting"}
    acknowledged(town, name, ANN)
    assert states(town, name) == {ANN: "acknowledged"}


class Pen:
    """Signs whatever it is given."""

    def sign(self, text: str) -> str:
        return f"signed {len(text)}"

    def check(self, text: str, signature: str, by: str, at: datetime) -> None:
        assert signature == f"signed {len(text)}"


def test_the_office_signs_for_what_it_records_and_the_custodian_in_person_needs_no_key(town: Town) -> None:
    name = hold(town, ANN, CLERK)
    noticed(town, name)
    town.city = replace(town.city, city=replace(town.city.city, identity="ssh"))
    acknowledged(town, name, CLERK, by=CLERK)
    with acting(town) as world:
        world.signer = Pen()
        answers.acknowledge(world, name, custodian=ANN)
        told = [link.entry for link in world.ledger.links() if isinstance(link.entry.body, CustodianAcknowledged)]
    assert [(one.by, bool(one.signature)) for one in told] == [(CLERK, False), (ATTORNEY, True)]
