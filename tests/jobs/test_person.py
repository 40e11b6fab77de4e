"""People are written down once, joined to what is known, and never lost; holds reach them at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.core.audit import HoldReached, Refused
from retention.core.hold import Post
from retention.core.person import Person, PersonRecorded, Register, Term
from retention.core.spreadsheet.sheet import Sheet
from retention.errors import AnotherRun, NoSuchHold, NotThisOffice, WrongUsage
from retention.jobs import mailbox, person
from retention.jobs.person import Recorded
from retention.ledger import Ledger
from retention.sheets import delimited
from tests.jobs.custodians import ANN, BOB, acting, entries, hold
from tests.jobs.town import CLERK, CRON, RECORDS, Town
from tests.mail.doubles import MemoryMail

TODAY = date(2026, 11, 21)
HEADINGS = "Employee ID,Name,Email,Department,Hired,Left"
OLD, PERMITS = "a.maiden@town.example", "permits@town.example"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "town")
    for box in (CLERK, ANN, BOB, PERMITS):
        town.add(f"Notice for {box}", mailbox=box)
    town.read()
    return town


def sheet(*rows: str, headings: str = HEADINGS) -> Sheet:
    return delimited.read("people.csv", "\n".join((headings, *rows)).encode())


def imported(town: Town, *rows: str, by: str = RECORDS, headings: str = HEADINGS) -> Recorded:
    with acting(town, by) as world:
        return person.import_(world, sheet(*rows, headings=headings), source="people.csv (SHA-256 ab12)")


def directory(town: Town, *people: Person) -> Recorded:
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    mail.people_ = list(people)
    with acting(town, RECORDS) as world:
        return person.import_directory(world)


def added(town: Town, address: str = ANN, **said: Any) -> Recorded:
    with acting(town, RECORDS) as world:
        return person.add(world, Person(address=address, **said))


def known(town: Town) -> dict[str, Person]:
    return {one.address: one for one in known_people(town)}


def counts(recorded: Recorded) -> tuple[int, int, int]:
    return len(recorded.new), len(recorded.changed), recorded.unchanged


def length(town: Town) -> int:
    with acting(town) as world:
        return world.ledger.head[0]


# --- tables


def test_a_table_is_written_down_with_where_it_came_from(town: Town) -> None:
    found = imported(town, f"17,Ann Bo,{ANN},Police,2020-01-06,", f"31,Bob Ro,{BOB},Parks,3/1/2019,")
    assert counts(found) == (2, 0, 0)
    told = entries(town, PersonRecorded)
    assert [(one.person.address, one.source) for one in told] == [
        (ANN, "people.csv (SHA-256 ab12)"),
        (BOB, "people.csv (SHA-256 ab12)"),
    ]
    assert known(town)[BOB].employed == (Term(of="", from_on=date(2019, 3, 1)),)


def test_the_same_table_again_records_nothing(town: Town) -> None:
    rows = (
        f"17,Ann Bo,{ANN},Police,2020-01-06,2024-01-01",
        f"17,Ann Bo,{ANN},Parks,2025-01-06,",
        "31,Jo Paper,,Parks,,",
        f"44,Bob Ro,{BOB},Parks,,2026-12-24",
    )
    assert counts(imported(town, *rows)) == (3, 0, 0)
    before = length(town)
    assert counts(imported(town, *rows)) == (0, 0, 3) and length(town) == before


def test_only_whoever_changes_is_written_down(town: Town) -> None:
    imported(town, f"17,Ann Bo,{ANN},Police,2020-01-06,", f"31,Bob Ro,{BOB},Parks,2019-03-01,")
    found = imported(town, f"17,Ann Maiden,{ANN},Police,2020-01-06,", f"31,Bob Ro,{BOB},Parks,2019-03-01,")
    assert counts(found) == (0, 1, 1) and [one.name for one in found.changed] == ["Ann Maiden"]
    assert len(entries(town, PersonRecorded)) == 3


def test_who_is_known_and_not_in_the_table_is_told_and_stays_a_custodian(town: Town) -> None:
    imported(town, f"17,Ann Bo,{ANN},Police,2020-01-06,", f"31,Bob Ro,{BOB},Parks,2019-03-01,2020-01-01")
    directory(town, Person(address=PERMITS, directory="p"))
    found = imported(town, "44,New Hire,new@town.example,Parks,2026-11-02,")
    assert [one.address for one in found.absent] == [ANN]
    name = hold(town, departments=(Post(name="Police"),))
    with acting(town) as world:
        assert ANN in {one.person.address for one in person.listed(world, custodian_of=name)}
    assert set(known(town)) >= {ANN, BOB, PERMITS, "new@town.example"}


def test_every_problem_of_a_table_is_told_and_nothing_is_recorded(town: Town) -> None:
    before = length(town)
    with pytest.raises(WrongUsage) as error:
        imported(town, f"17,Ann,{ANN},Police,never,", "31,Bob,bob,Parks,,", f"44,Cat,{BOB},Parks,,")
    first, *listed = error.value.message.splitlines()
    assert first == "The list has 2 problems, and nothing was recorded:"
    assert [one.strip().partition(":")[0] for one in listed] == ["row 2, Hired", "row 3, Email"]
    assert length(town) == before


def test_what_is_only_doubtful_is_noted_and_the_rest_recorded(town: Town) -> None:
    found = imported(town, f"{ANN},9", headings="Email,Shoe size")
    assert counts(found) == (1, 0, 0) and found.notes == (
        "row 1, Shoe size: this heading is not known, and its column is not read",
    )


def test_a_table_without_rows_names_nobody(town: Town) -> None:
    with pytest.raises(WrongUsage, match="names nobody"):
        imported(town)


def test_a_last_day_alone_ends_the_employment_that_is_known(town: Town) -> None:
    imported(town, f"17,Ann,{ANN},Police,2010-01-04,2014-05-01", f"17,Ann,{ANN},Police,2018-03-01,")
    imported(town, f"17,Ann,{ANN},2026-12-01", headings="Employee ID,Name,Email,Left")
    assert known(town)[ANN].employed == (
        Term(of="", from_on=date(2010, 1, 4), to_on=date(2014, 5, 1)),
        Term(of="", from_on=date(2018, 3, 1), to_on=date(2026, 12, 1)),
    )


def test_only_an_office_that_keeps_people_may(town: Town) -> None:
    acts: list[Callable[[Any], Any]] = [
        lambda world: person.import_(world, sheet(f"17,Ann,{ANN},,,"), source="x"),
        person.import_directory,
        lambda world: person.add(world, Person(address=ANN)),
        lambda world: mailbox.add(world, PERMITS, custodian=CLERK),
    ]
    for act in acts:
        with acting(town, CRON) as world, pytest.raises(NotThisOffice):
            act(world)
    assert known(town) == {} and len(entries(town, Refused)) == 4


def test_what_somebody_else_recorded_in_the_same_moment_is_not_overlooked(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Ledger.append

    def raced(ledger: Ledger, *bodies: Any, **more: Any) -> None:
        monkeypatch.setattr(Ledger, "append", append)
        added(town, BOB, name="Bob")
        append(ledger, *bodies, **more)

    monkeypatch.setattr(Ledger, "append", raced)
    with pytest.raises(AnotherRun):
        imported(town, f"17,Ann,{ANN},,,")
    assert set(known(town)) == {BOB}


# --- the directory


def listed_as(address: str, department: str = "", **more: Any) -> Person:
    return Person(address=address, departments=(Term(of=department),) if department else (), **more)


def test_the_directory_again_records_nothing_and_a_move_is_dated(town: Town) -> None:
    people = (
        listed_as(ANN, "Police", directory="a", id="17", enabled=True),
        listed_as(BOB, "Parks", directory="b", enabled=True),
    )
    assert counts(directory(town, *people)) == (4, 0, 0)
    assert counts(directory(town, *people)) == (0, 0, 4)
    assert {one.source for one in entries(town, PersonRecorded)} == {"directory"}
    moved = listed_as(ANN, "Fire", directory="a", id="17", enabled=True)
    assert counts(directory(town, moved, people[1])) == (0, 1, 3)
    assert known(town)[ANN].departments == (
        Term(of="Police", to_on=TODAY - timedelta(days=1)),
        Term(of="Fire", from_on=TODAY),
    )


def test_two_accounts_of_one_person_are_recorded_once(town: Town) -> None:
    people = (listed_as(ANN, directory="a", id="17", enabled=True), listed_as(BOB, directory="b", id="17"))
    directory(town, *people)
    before = length(town)
    assert counts(directory(town, *people))[:2] == (0, 0) and length(town) == before


def test_an_account_that_the_directory_lists_no_longer_is_told(town: Town) -> None:
    directory(town, listed_as(ANN, directory="a"), listed_as("jo@town.example", directory="j"))
    found = directory(town, listed_as(ANN, directory="a"))
    assert [one.address for one in found.absent] == ["jo@town.example"]


# --- by hand


def test_what_is_new_of_somebody_is_joined_to_what_is_known(town: Town) -> None:
    added(town, name="Ann Bo", id="17", employed=(Term(of="", from_on=date(2020, 1, 6)),))
    found = added(town, addresses=(OLD,), employed=(Term(of="", to_on=date(2026, 12, 1)),))
    assert counts(found) == (0, 1, 0)
    assert found.changed == (
        Person(
            address=ANN,
            name="Ann Bo",
            id="17",
            addresses=(OLD,),
            employed=(Term(of="", from_on=date(2020, 1, 6), to_on=date(2026, 12, 1)),),
        ),
    )
    assert counts(added(town, addresses=(OLD,))) == (0, 0, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"address": "ann"},
        {"addresses": ("ann",)},
        {"mailboxes": ("",)},
        {"employed": (Term(of="", from_on=date(2026, 1, 2), to_on=date(2026, 1, 1)),)},
        {"departments": (Term(of="Police", from_on=date(2026, 1, 2), to_on=date(2026, 1, 1)),)},
    ],
)
def test_what_cannot_be_so_is_refused(town: Town, said: dict[str, Any]) -> None:
    with pytest.raises(WrongUsage):
        added(town, **said)
    assert known(town) == {}


# --- holds reach them at once


def test_a_hold_on_a_person_reaches_their_old_address_as_soon_as_it_is_told(town: Town) -> None:
    name = hold(town, ANN)
    assert planned(town) == {CLERK, BOB, PERMITS}
    found = added(town, addresses=(BOB,))
    assert found.reached == 1 and planned(town) == {CLERK, PERMITS}
    reached = entries(town, HoldReached)[-1]
    assert (reached.name, reached.term, reached.addresses) == (name, f"custodian {ANN}", (BOB,))


def test_a_hold_on_a_department_reaches_who_joins_it_by_a_table(town: Town) -> None:
    imported(town, f"17,Ann,{ANN},Police,,", f"31,Bob,{BOB},Parks,,", f"44,Ana,{CLERK},Clerk,,", f"9,P,{PERMITS},X,,")
    hold(town, departments=(Post(name="Police"),))
    assert planned(town) == {CLERK, BOB, PERMITS}
    assert imported(town, f"31,Bob,{BOB},Police,2026-11-01,").reached == 1
    assert planned(town) == {CLERK, PERMITS}


def planned(town: Town) -> set[str]:
    town.adopt()
    return {step.address for step in town.plan().steps}


def test_a_mailbox_that_was_reached_once_stays_so_whatever_is_told_of_its_owner_later(town: Town) -> None:
    imported(town, f"17,Ann,{ANN},Police,,", f"31,Bob,{BOB},Parks,,", f"44,Ana,{CLERK},Clerk,,", f"9,P,{PERMITS},X,,")
    hold(town, departments=(Post(name="Police", from_on=date(2026, 1, 1)),))
    imported(town, f"17,Ann,{ANN},Police,,2025-12-31")
    assert planned(town) == {CLERK, BOB, PERMITS}


# --- lists


def test_people_are_listed_as_they_are_today(town: Town) -> None:
    imported(
        town,
        f"17,Ann Bo,{ANN},Police,2010-01-04,2014-05-01",
        f"17,Ann Bo,{ANN},Parks,2018-03-01,",
        f"31,Bob Ro,{BOB},Police,2019-03-01,2026-11-20",
    )
    added(town, CLERK, offices=(Term(of="Mayor", to_on=date(2020, 1, 1)), Term(of="Deputy", from_on=date(2021, 1, 1))))
    with acting(town) as world:
        by = {one.person.address: one for one in person.listed(world)}
        assert (by[ANN].departments, by[ANN].since, by[ANN].until, by[ANN].left) == (
            ("Parks",),
            date(2018, 3, 1),
            None,
            False,
        )
        assert (by[BOB].departments, by[BOB].until, by[BOB].left) == ((), date(2026, 11, 20), True)
        assert by[CLERK].offices == ("City Clerk", "Deputy")
        assert {one.person.address for one in person.listed(world, left=True)} == {BOB}
        assert {one.person.address for one in person.listed(world, department="police")} == {ANN, BOB}
        assert {one.person.address for one in person.listed(world, text="bO")} == {ANN, BOB}
        assert person.listed(world, text="nobody of that name") == ()


def test_the_custodians_of_a_hold_are_listed(town: Town) -> None:
    imported(town, f"17,Ann Bo,{ANN},Police,,", f"31,Bob Ro,{BOB},Parks,,")
    name = hold(town, ANN, PERMITS)
    with acting(town) as world:
        found = person.listed(world, custodian_of=name)
        assert [(one.person.address, one.person.name) for one in found] == [(ANN, "Ann Bo"), (PERMITS, "")]
        with pytest.raises(NoSuchHold):
            person.listed(world, custodian_of="nothing")


# --- whatever is told

PEOPLE = st.builds(
    lambda id_, directory, address, name, enabled: Person(
        address=address, id=id_, directory=directory, name=name, enabled=enabled
    ),
    st.sampled_from(["", "17", "31"]),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from([ANN, BOB, OLD]),
    st.sampled_from(["", "Ann", "Bob"]),
    st.sampled_from([None, True, False]),
)


@given(st.lists(st.lists(PEOPLE, min_size=1, max_size=4), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_recorded_comes_to_the_same_as_all_that_was_said(
    tmp_path_factory: pytest.TempPathFactory, told: list[list[Person]]
) -> None:
    town = Town(tmp_path_factory.mktemp("town") / "town")
    every = Register()
    for people in (one for both in told for one in (both, both)):
        before = length(town)
        with acting(town, RECORDS) as world:
            found = person.record(world, people, "x")
            assert set(world.ledger.in_force.people.people) >= {*found.new, *found.changed}
        for one in people:
            every.add(one)
        assert set(known_people(town)) == set(every.people)
        assert length(town) > before or not (found.new or found.changed)


def known_people(town: Town) -> tuple[Person, ...]:
    with acting(town) as world:
        return world.ledger.in_force.people.people
