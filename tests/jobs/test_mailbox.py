"""Who owns a shared mailbox is written down, reached by holds at once, and listed with all that is known of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.audit import HoldReached
from retention.core.person import Person, PersonRecorded, Term
from retention.errors import WrongUsage
from retention.jobs import mailbox, person
from retention.jobs.mailbox import Listed, Recorded
from retention.jobs.sync import sync
from retention.sheets import delimited
from tests.jobs.custodians import ANN, BOB, acting, entries, hold
from tests.jobs.town import CLERK, CRON, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail

PERMITS, WORKS, OLD = "permits@town.example", "works@town.example", "a.maiden@town.example"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "town")
    for box in (CLERK, ANN, BOB, PERMITS, WORKS):
        town.add(f"Notice for {box}", mailbox=box)
    town.read()
    know(town, Person(address=ANN, name="Ann Bo", id="17", addresses=(OLD,), enabled=True))
    return town


def know(town: Town, *people: Person) -> None:
    with acting(town, RECORDS) as world:
        person.record(world, people, "test")


def owned(town: Town, address: str = PERMITS, custodian: str = ANN) -> Recorded:
    with acting(town, RECORDS) as world:
        return mailbox.add(world, address, custodian=custodian)


def imported(town: Town, *rows: str, headings: str = "Mailbox,Custodian") -> Recorded:
    sheet = delimited.read("owners.csv", "\n".join((headings, *rows)).encode())
    with acting(town, RECORDS) as world:
        return mailbox.import_(world, sheet, source="owners.csv (SHA-256 ab12)")


def boxes(town: Town, **asked: bool) -> dict[str, Listed]:
    with acting(town) as world:
        return {one.address: one for one in mailbox.listed(world, **asked)}


def planned(town: Town) -> set[str]:
    town.adopt()
    return {step.address for step in town.plan().steps}


def pairs(recorded: Recorded) -> list[tuple[str, str]]:
    return [(one.mailbox, one.custodian) for one in recorded.recorded]


def test_a_hold_on_the_owner_reaches_the_shared_mailbox_as_soon_as_it_is_told(town: Town) -> None:
    name = hold(town, ANN)
    assert planned(town) == {CLERK, BOB, PERMITS, WORKS}
    found = owned(town)
    assert (pairs(found), found.known, found.reached) == ([(PERMITS, ANN)], 0, 1)
    assert entries(town, HoldReached)[-1].name == name and planned(town) == {CLERK, BOB, WORKS}


def test_an_owner_who_is_known_already_is_not_recorded_again(town: Town) -> None:
    owned(town)
    before = len(entries(town, PersonRecorded))
    found = owned(town, PERMITS.upper())
    assert (pairs(found), found.known) == ([], 1) and len(entries(town, PersonRecorded)) == before


def test_an_owner_named_by_an_old_address_keeps_the_one_they_have_now(town: Town) -> None:
    assert pairs(owned(town, custodian=OLD)) == [(PERMITS, ANN)]
    with acting(town) as world:
        (ann,) = [one for one in world.roll.people if one.id == "17"]
    assert (ann.address, ann.addresses, ann.mailboxes) == (ANN, (OLD,), (PERMITS,))


def test_of_two_who_had_the_address_the_one_who_has_it_now_is_the_owner(town: Town) -> None:
    left = (Term(of="", to_on=date(2020, 1, 1)),)
    know(town, Person(address=BOB, id="8", employed=left), Person(address=BOB, id="9"))
    owned(town, custodian=BOB)
    assert [one.person.id for one in entries(town, PersonRecorded)][-1] == "9"


@pytest.mark.parametrize(
    ("address", "custodian", "said"),
    [
        ("permits", ANN, "is no address"),
        (PERMITS, "an@town.example", f"Nobody is known to have the address 'an@town.example'; is {ANN} meant?"),
        (PERMITS, "", "Nobody is known"),
        (ANN, ANN, "is an address of Ann Bo"),
        (OLD, ANN, "is an address of Ann Bo"),
    ],
)
def test_what_cannot_be_so_is_refused(town: Town, address: str, custodian: str, said: str) -> None:
    before = len(entries(town, PersonRecorded))
    with pytest.raises(WrongUsage) as error:
        owned(town, address, custodian)
    assert said in error.value.message and len(entries(town, PersonRecorded)) == before


def test_an_owner_of_whom_only_the_mailbox_is_known_is_taken(town: Town) -> None:
    assert pairs(owned(town, custodian=BOB)) == [(PERMITS, BOB)]


def test_a_list_of_owners_is_recorded_and_again_records_nothing(town: Town) -> None:
    rows = (f'{PERMITS},"{ANN};{BOB}"', f"{WORKS},{ANN}", "new@town.example,ann@town.example")
    found = imported(town, *rows)
    assert pairs(found) == [(PERMITS, ANN), (PERMITS, BOB), (WORKS, ANN), ("new@town.example", ANN)]
    assert found.unknown == ("new@town.example",)
    assert {one.source for one in entries(town, PersonRecorded)} == {"test", "owners.csv (SHA-256 ab12)"}
    before = len(entries(town, PersonRecorded))
    assert (imported(town, *rows).known, len(entries(town, PersonRecorded))) == (4, before)


def test_every_problem_of_a_list_is_told_and_nothing_is_recorded(town: Town) -> None:
    before = len(entries(town, PersonRecorded))
    with pytest.raises(WrongUsage) as error:
        imported(town, f"{PERMITS},{ANN}", f"{WORKS},jo@town.example", f",{ANN}", f"{WORKS},bob", f"{ANN},{ANN}")
    first, *listed = error.value.message.splitlines()
    assert first == "The list has 4 problems, and nothing was recorded:"
    assert [one.strip().partition(":")[0] for one in listed] == [
        "row 3", "row 4, Mailbox", "row 5, Custodian", "row 6",
    ]  # fmt: skip
    assert len(entries(town, PersonRecorded)) == before
    with pytest.raises(WrongUsage, match="names no mailbox"):
        imported(town)


def test_mailboxes_are_listed_with_their_people_mail_and_holds(town: Town) -> None:
    owned(town)
    name = hold(town, ANN)
    found = boxes(town)
    assert set(found) == {CLERK, ANN, BOB, PERMITS, WORKS}
    permits = found[PERMITS]
    assert ([one.address for one in permits.custodians], permits.messages, permits.holds) == ([ANN], 1, (name,))
    assert permits.trouble == "" and str(permits.read_at).startswith(str(NOW.date()))
    assert set(boxes(town, held=True)) == {ANN, PERMITS}


def test_the_account_of_a_shared_mailbox_is_nobody_behind_it(town: Town) -> None:
    know(
        town,
        Person(address=PERMITS, name="Building Permits", directory="p", enabled=False),
        Person(address=BOB, directory="b", enabled=True),
    )
    assert set(boxes(town, unowned=True)) == {PERMITS, WORKS}
    owned(town)
    owned(town, WORKS, BOB)
    assert boxes(town, unowned=True) == {}


def test_trouble_with_a_mailbox_is_listed(town: Town) -> None:
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    mail.unreadable[ANN] = "Access to the mailbox was denied."
    know(town, Person(address=BOB, name="Bob Ro", employed=(Term(of="", to_on=date(2026, 12, 1)),)))
    with acting(town, CRON) as world:
        sync(world)
    found = boxes(town)
    assert found[ANN].trouble == "Access to the mailbox was denied."
    assert found[BOB].trouble == "Bob Ro leaves on 2026-12-01" and found[WORKS].trouble == ""


def test_a_mailbox_made_anew_under_an_old_address_is_told_apart(town: Town) -> None:
    name = hold(town, ANN)
    with acting(town) as world:
        old = next(box for box in world.catalog.mailboxes() if box.address == ANN)
        world.catalog.save_mailbox(replace(old, id="another"), ())
        world.catalog.mailbox_trouble(old, "It is gone.")
        assert [(one.trouble, one.messages) for one in mailbox.listed(world, held=True)] == [
            ("It is gone.", 1),
            ("", 0),
        ]
        assert [(one.mailbox, one.holds, one.why) for one in person.at_risk(world)] == [
            (ANN, (name,), "cannot be read (It is gone)")
        ]
