"""What the directory says today of somebody who is known, and what is recorded of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.person import Person, Register, Roll, Term, joined
from retention.core.personnel import seen

TODAY = date(2026, 11, 21)
YESTERDAY = TODAY - timedelta(days=1)
LONG_AGO = date(2010, 1, 4)
KIM = Person(address="kim.lee@town.example", id="17", directory="a", enabled=True)


def in_(*departments: Term | str) -> Person:
    return replace(KIM, departments=tuple(one if isinstance(one, Term) else Term(of=one) for one in departments))


def after(known: Person, listed: Person, today: date = TODAY) -> Person:
    """The person as known once it was recorded what is listed."""
    return joined(known, seen(listed, known, today))


def test_somebody_new_is_in_their_department_since_nobody_knows_when() -> None:
    assert seen(in_("Legal"), None, TODAY) == in_("Legal")
    assert after(KIM, in_("Legal")) == in_("Legal")


def test_a_hold_on_a_department_of_years_ago_reaches_whoever_the_directory_first_told_of_later() -> None:
    roll = Roll((after(KIM, in_("Legal")),))
    assert roll.in_department("Legal", date(2019, 1, 1), date(2020, 12, 31)) == roll.people


@pytest.mark.parametrize("listed", ["Legal", "LEGAL", " legal "])
def test_a_department_that_is_known_stays_as_it_is(listed: str) -> None:
    known = in_(Term(of="Legal", from_on=LONG_AGO))
    assert after(known, in_(listed)) == known


def test_another_department_begins_today_and_ends_the_one_before() -> None:
    assert after(in_(Term(of="Legal", from_on=LONG_AGO)), in_("Planning")) == in_(
        Term(of="Legal", from_on=LONG_AGO, to_on=YESTERDAY), Term(of="Planning", from_on=TODAY)
    )


def test_one_department_of_several_is_not_what_ends_the_others() -> None:
    known = in_("Legal", "Planning")
    assert after(known, in_("Planning")) == known


def test_a_department_that_is_not_said_any_more_has_not_ended() -> None:
    known = in_("Legal")
    assert after(known, KIM) == known


def test_what_the_personnel_office_said_is_over_stays_over() -> None:
    over = Term(of="Legal", from_on=LONG_AGO, to_on=date(2020, 6, 30))
    assert after(in_(over), in_("Planning")) == in_(over, Term(of="Planning", from_on=TODAY))
    assert after(in_(over), in_("Legal")) == in_(over, Term(of="Legal", from_on=TODAY))


def test_two_departments_on_one_day_are_both_of_that_day() -> None:
    twice = after(after(in_("Legal"), in_("Planning")), in_("Parks"))
    assert {one.of for one in twice.departments if one.holds(TODAY)} == {"Planning", "Parks"}
    assert all((one.from_on or date.min) <= (one.to_on or date.max) for one in twice.departments)


@pytest.mark.parametrize(
    ("known", "said", "then"), [(True, None, True), (True, False, False), (False, True, True), (None, False, False)]
)
def test_whether_somebody_can_sign_in_is_what_was_said_last(known: bool | None, said: bool | None, then: bool) -> None:
    assert after(replace(KIM, enabled=known), replace(KIM, enabled=said)).enabled is then


def test_the_old_account_of_somebody_with_a_new_one_adds_an_address_and_changes_nothing_else() -> None:
    old = Person(
        address="k.park@town.example", id="17", directory="old", enabled=False, departments=(Term(of="Parks"),)
    )
    known = in_("Legal")
    assert after(known, old) == replace(known, addresses=("k.park@town.example",))
    assert after(after(known, old), old) == after(known, old)


def test_the_new_account_of_somebody_hired_again_is_the_one_that_counts() -> None:
    gone = replace(KIM, enabled=False)
    back = after(gone, replace(KIM, address="kim@town.example", directory="b"))
    assert (back.address, back.addresses, back.directory, back.enabled) == (
        "kim@town.example",
        (KIM.address,),
        "b",
        True,
    )


DEPARTMENTS = st.sampled_from(["", "Legal", "Planning", "Parks"])


@given(st.lists(DEPARTMENTS, max_size=8), st.booleans())
def test_day_after_day_the_directory_leaves_no_gap_and_no_overlap(listed: list[str], twice: bool) -> None:
    register = Register()
    for number, department in enumerate(listed):
        today = TODAY + timedelta(days=number)
        person = in_(department) if department else KIM
        for _ in range(1 + twice):
            register.add(seen(person, register.known(person), today))
    departments = [one for one in listed if one]
    for kim in register.people:
        told = Roll((kim,)).departments_of([kim.address], LONG_AGO)
        assert told == ((departments[0],) if departments else None)
        last = ""
        for number, department in enumerate(listed):
            last = department or last
            on = Roll((kim,)).departments_of([kim.address], TODAY + timedelta(days=number))
            assert not last or on == (last,)
