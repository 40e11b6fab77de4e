"""What is said of people from many sides, joined: one person stays one, two stay two, and nothing is lost."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.person import Person, Register, Roll, Term, joined

JO = Person(address="jo.nilsen@town.example")
TODAY = date(2026, 11, 21)
OLD, NEW = "k.park@town.example", "kim.lee@town.example"


def register(*said: Person) -> Register:
    known = Register()
    for one in said:
        known.add(one)
    return known


def term(of: str = "", first: str = "", last: str = "") -> Term:
    return Term(
        of=of,
        from_on=date.fromisoformat(first) if first else None,
        to_on=date.fromisoformat(last) if last else None,
    )


def test_somebody_who_is_hired_again_is_the_same_person_with_a_new_address_and_both_employments() -> None:
    before = Person(address=OLD, id="17", directory="a", employed=(term("", "2010-01-04", "2014-05-01"),))
    again = Person(address=NEW, id="17", directory="b", employed=(term("", "2018-03-01"),))
    (kim,) = register(before, again).people
    assert (kim.address, kim.addresses, kim.directory) == (NEW, (OLD,), "b")
    assert kim.employed == (*before.employed, *again.employed)
    assert Roll((kim,)).having(OLD) == Roll((kim,)).having(NEW) == (kim,)


def test_the_old_account_of_somebody_hired_again_is_not_another_person() -> None:
    said = (Person(address=OLD, id="17", directory="a"), Person(address=NEW, id="17", directory="b"))
    assert len(register(*said, Person(address=OLD, directory="a")).people) == 1


def test_an_address_given_to_somebody_else_later_stays_with_both() -> None:
    mayors = register(Person(address="mayor@town.example", id="17"), Person(address="mayor@town.example", id="31"))
    assert [person.id for person in Roll(mayors.people).having("Mayor@town.example")] == ["17", "31"]


@pytest.mark.parametrize("turned", [False, True])
def test_where_only_an_address_is_said_whoever_had_it_last_is_meant(turned: bool) -> None:
    gone = Person(address="mayor@town.example", id="17", employed=(term("", "2010-01-04", "2020-12-31"),))
    here = Person(address="mayor@town.example", id="31", employed=(term("", "2021-01-04"),))
    mayors = register(*((here, gone) if turned else (gone, here)))
    assert mayors.add(Person(address="mayor@town.example", name="Dana Whitfield")).id == "31"
    assert len(mayors.people) == 2


def test_two_who_turn_out_to_have_one_number_and_one_account_are_one_person_with_all_addresses() -> None:
    by_number = Person(address=OLD, id="17", departments=(term("Legal", "2010-01-04", "2014-05-01"),))
    by_account = Person(address=NEW, directory="a", addresses=("klee@town.example",))
    both = Person(address="kim@town.example", id="17", directory="a")
    known = register(by_number, JO, by_account, both)
    kim, jo = known.people
    assert jo == JO
    assert set(kim.every_address) == {OLD, NEW, "klee@town.example", "kim@town.example"}
    assert kim.departments == by_number.departments
    assert known.add(Person(address="x@town.example", directory="a")).id == "17"


def test_one_account_that_two_people_had_never_makes_them_one() -> None:
    desk = register(Person(address=OLD, id="17", directory="a"), Person(address=NEW, id="31", directory="a"))
    desk.add(Person(address="desk@town.example", directory="a"))
    assert sorted(person.id for person in desk.people) == ["17", "31"]


def test_an_owner_of_a_shared_mailbox_is_not_whoever_has_its_address() -> None:
    permits = "permits@town.example"
    owned = register(Person(address=NEW, mailboxes=(permits,)), Person(address=permits, directory="p"))
    assert [person.address for person in owned.people] == [NEW, permits]
    assert len(Roll(owned.people).having(permits)) == 2


LEGAL, ENDED = term("Legal", "2010-01-04"), term("Legal", "2010-01-04", "2020-06-30")
PLANNING = term("Planning", "2020-07-01")


@pytest.mark.parametrize(
    ("said", "known_then"),
    [
        ((LEGAL, LEGAL), (LEGAL,)),
        ((LEGAL, ENDED), (ENDED,)),
        ((ENDED, LEGAL), (LEGAL,)),
        ((LEGAL, PLANNING), (LEGAL, PLANNING)),
        ((LEGAL, PLANNING, ENDED), (ENDED, PLANNING)),
    ],
    ids=["said again", "ended", "not ended after all", "another one", "corrected later"],
)
def test_who_says_when_a_department_ends_corrects_it(said: tuple[Term, ...], known_then: tuple[Term, ...]) -> None:
    (kim,) = register(*(Person(address=NEW, departments=(one,)) for one in said)).people
    assert kim.departments == known_then


def test_a_corrected_first_day_is_the_same_employment_and_does_not_hide_that_it_ended() -> None:
    first = Person(address=NEW, employed=(term("", "2010-01-04", "2014-05-01"), term("", "2020-01-06")))
    corrected = Person(address=NEW, employed=(term("", "2020-01-02", "2026-03-01"),))
    (kim,) = register(first, corrected).people
    assert kim.employed == (term("", "2010-01-04", "2014-05-01"), term("", "2020-01-02", "2026-03-01"))
    assert kim.left_by(TODAY)


IDS = st.sampled_from(["", "", "17", "31", "44"])
ADDRESSES = st.sampled_from([f"{name}@town.example" for name in "abcdef"])
DAYS = st.none() | st.dates(date(2018, 1, 1), date(2019, 12, 31))
TERMS = st.lists(st.builds(Term, of=st.sampled_from(["Legal", "Planning"]), from_on=DAYS, to_on=DAYS), max_size=2)
SAID = st.builds(
    Person,
    address=ADDRESSES,
    id=IDS,
    directory=st.sampled_from(["", "", "x", "y", "z"]),
    addresses=st.lists(ADDRESSES, max_size=2).map(tuple),
    mailboxes=st.lists(st.sampled_from(["p@town.example", "q@town.example"]), max_size=1).map(tuple),
    departments=TERMS.map(tuple),
    employed=TERMS.map(tuple),
)


@given(st.lists(SAID, max_size=8), st.randoms(use_true_random=False))
def test_in_whatever_order_it_is_said_no_address_number_or_department_is_lost(
    said: list[Person], chance: Random
) -> None:
    chance.shuffle(said)
    known = register(*said)
    roll = Roll(known.people)
    for one in said:
        assert all(roll.having(address) for address in one.every_address)
        assert not one.departments or any(
            {term.of for term in one.departments} <= {term.of for term in person.departments}
            for person in roll.having(one.address)
        )
    numbers = [person.id for person in known.people if person.id]
    assert sorted(numbers) == sorted({one.id for one in said} - {""})


@given(st.lists(SAID, max_size=6), SAID)
def test_whom_a_saying_would_be_joined_to_is_whom_it_is_joined_to(said: list[Person], last: Person) -> None:
    known = register(*said)
    before = known.known(last)
    after = known.add(last)
    assert after in known.people
    assert before is None or set(before.every_address) <= set(after.every_address)
    assert set(last.every_address) <= set(after.every_address)


@given(SAID, SAID)
def test_what_is_said_twice_changes_nothing_more(known: Person, said: Person) -> None:
    once = joined(known, said)
    assert joined(once, said) == once
    assert set(once.every_address) == {*known.every_address, *said.every_address}


@given(st.lists(SAID, max_size=6))
def test_an_import_done_again_with_nothing_new_adds_nobody(said: list[Person]) -> None:
    known = register(*said)
    count = len(known.people)
    again = register(*said, *known.people)
    assert len(again.people) == count
