"""The personnel office's tables read into people, and the directory's present read into their past."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core import personnel
from retention.core.person import Person, Register, Roll, Term

KIM, OLD = "kim.lee@town.example", "k.park@town.example"
TODAY = date(2026, 11, 21)


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.strip("\n"))))


def people_of(rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """The people, and what is wrong."""
    people, problems, _ = personnel.people_of(rows, numbers)
    return people, tuple(map(str, problems))


def notes_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(map(str, personnel.people_of(rows).notes))


def read(text: str) -> tuple[Person, ...]:
    """The people of a table in which nothing is wrong."""
    people, problems, notes = personnel.people_of(table(text))
    assert (problems, notes) == ((), ())
    return people


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def term(of: str = "", first: str = "", last: str = "") -> Term:
    return Term(of=of, from_on=day(first), to_on=day(last))


# --- headings


@pytest.mark.parametrize(
    "headings",
    [
        "Employee ID,Name,Email,Other addresses,Department,Office,Hired,Left,Account,Shared mailboxes",
        "EMP_NO,FULL_NAME,E_MAIL,ALIASES,DEPT,POST,HIRE_DATE,TERMINATION_DATE,LOGIN,OWNS",
        "employeeNumber,displayName,e-mail,other e-mails,departmentName,office,dateOfHire,dateLeft,userName,ownerOf",
        "Emp #,Employee,E-Mail Address,Former Addresses,Dept. Name,Office held,From,To,User,Shared Mailbox",
        "ID,name,Address,alias,department,office,Start Date,End Date,Account Name,Shared mailbox",
    ],
)
def test_headings_are_known_in_many_spellings(headings: str) -> None:
    row = f"17,Kim Lee,{KIM},{OLD},Legal,City Attorney,2020-01-06,2026-03-01,klee,permits@town.example"
    assert read(f"{headings}\n{row}") == (
        Person(
            address=KIM,
            name="Kim Lee",
            account="klee",
            id="17",
            addresses=(OLD,),
            mailboxes=("permits@town.example",),
            departments=(term("Legal", "2020-01-06", "2026-03-01"),),
            offices=(term("City Attorney", "2020-01-06", "2026-03-01"),),
            employed=(term("", "2020-01-06", "2026-03-01"),),
        ),
    )


@given(st.permutations(range(6)))
def test_headings_come_in_any_order(order: list[int]) -> None:
    columns = [
        ("Employee ID", "17"), ("Last name", "Lee"), ("First name", "Kim"), ("Email", KIM), ("Department", "Legal"),
        ("Hired", "1/6/2020"),
    ]  # fmt: skip
    people, problems = people_of([[columns[at][part] for at in order] for part in (0, 1)])
    assert (people, problems) == (
        (
            Person(
                address=KIM,
                name="Kim Lee",
                id="17",
                departments=(term("Legal", "2020-01-06"),),
                employed=(term("", "2020-01-06"),),
            ),
        ),
        (),
    )


def test_a_heading_that_is_not_known_is_told_and_the_rest_is_read() -> None:
    text = f"Email,Shoe size,Title,\n{KIM},9,Clerk II,x"
    people, problems = people_of(table(text))
    assert [(person.address, person.offices) for person in people] == [(KIM, ())]
    assert problems == ()
    assert notes_of(table(text)) == (
        "row 1: column D has no heading and is not read",
        "row 1, Shoe size: this heading is not known, and its column is not read",
        "row 1, Title: this heading is not known, and its column is not read",
    )


def test_of_two_headings_that_mean_the_same_the_surer_one_is_read_and_the_other_told() -> None:
    text = f"ID,Employee ID,Email\n3,17,{KIM}"
    people, problems = people_of(table(text))
    assert [person.id for person in people] == ["17"] and problems == ()
    assert notes_of(table(text)) == ("row 1, ID: it means the same as 'Employee ID', and its column is not read",)


def test_addresses_may_stand_in_several_columns() -> None:
    (kim,) = read(f"Email,Former email,Aliases\n{KIM},{OLD},a@town.example; b@town.example")
    assert kim.every_address == (KIM, OLD, "a@town.example", "b@town.example")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file: there is no row; a row of headings was expected"),
        ("\n,,\n", "the file: there is no row; a row of headings was expected"),
        ("Name,Department\nKim,Legal", "row 1: no heading means employee id or email; seen here: 'Name', 'Department'"),
    ],
)
def test_a_table_without_headings_that_say_who_it_is_gives_nobody(text: str, problem: str) -> None:
    people, problems = people_of(table(text))
    assert people == () and problem in problems


def test_rows_are_told_by_the_numbers_a_spreadsheet_shows() -> None:
    rows = [["Email"], ["kim"], ["jo"]]
    assert [one[:6] for one in people_of(rows)[1]] == ["row 2:", "row 2,", "row 3:", "row 3,"]
    assert [one[:6] for one in people_of(rows, (4, 7, 9))[1]] == ["row 7:", "row 7,", "row 9:", "row 9,"]


# --- cells


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-3-1", date(2026, 3, 1)),
        ("3/1/2026", date(2026, 3, 1)),
        ("03/01/2026", date(2026, 3, 1)),
        ("2/29/2024", date(2024, 2, 29)),
        ("2026-03-01T00:00:00", date(2026, 3, 1)),
        ("3/1/2026 12:00:00 AM", date(2026, 3, 1)),
        ("12/31/2026", date(2026, 12, 31)),
    ],
)
def test_a_date_is_written_in_one_of_two_ways_and_the_american_month_comes_first(cell: str, day: date) -> None:
    (kim,) = read(f"Email,Hired\n{KIM},{cell}")
    assert kim.employed == (Term(of="", from_on=day),)


@pytest.mark.parametrize(
    "cell", ["31/12/2026", "3/1/26", "2026-02-30", "2/29/2026", "March 2026", "46082", "yes", "2026-03-01x", "1.3.2026"]
)
def test_what_is_no_date_is_told_and_says_nothing_of_any_term_but_loses_no_address(cell: str) -> None:
    people, problems = people_of(table(f"Email,Aliases,Department,Hired,Left\n{KIM},{OLD},Legal,2020-01-06,{cell}"))
    assert people == (Person(address=KIM, addresses=(OLD,)),)
    assert problems == (
        f"row 2, Left: '{cell}' is no date: 2026-03-01, or 3/1/2026 with the month first, was expected",
    )


def test_every_date_of_a_row_that_cannot_be_read_is_told() -> None:
    _, problems = people_of(table(f"Email,Hired,Left\n{KIM},x,y"))
    assert [one.partition(":")[0] for one in problems] == ["row 2, Hired", "row 2, Left"]


@pytest.mark.parametrize("headings", ["Hired,Left", "From,To", "Start date,End date"])
def test_a_last_day_before_the_first_is_told(headings: str) -> None:
    people, problems = people_of(table(f"Email,{headings}\n{KIM},2020-01-06,2019-01-06"))
    last = headings.partition(",")[2]
    assert people == (Person(address=KIM),)
    assert problems == (f"row 2, {last}: 2019-01-06 is before the first day, 2020-01-06: a later day was expected",)


def test_a_last_day_at_the_end_of_time_means_that_there_is_none() -> None:
    (kim,) = read(f"Email,Hired,Left\n{KIM},2020-01-06,12/31/9999")
    assert kim.employed == (term("", "2020-01-06"),)


@pytest.mark.parametrize("separator", [";", ",", " ", "; ", " ,  ", "\n"])
def test_addresses_are_separated_in_any_usual_way_and_come_in_small_letters(separator: str) -> None:
    people, problems = people_of(
        [["Email", "Aliases"], ["Kim.Lee@Town.example", f"{OLD.upper()}{separator}smtp:KL@town.example"]]
    )
    assert problems == ()
    assert [person.every_address for person in people] == [(KIM, OLD, "kl@town.example")]


def test_an_address_with_a_name_around_it_is_the_address() -> None:
    assert read(f'Email\n"Lee, Kim <{KIM}>"')[0].address == KIM


def test_what_is_no_address_is_told_and_the_others_are_taken() -> None:
    people, problems = people_of(table(f"ID,Address,Aliases\n17,123 Main Street,{OLD} none"))
    assert people == (Person(address=OLD, id="17"),)
    assert [one.partition(":")[0] for one in problems] == [*["row 2, Address"] * 3, "row 2, Aliases"]
    assert all("is no address" in one for one in problems)


def test_a_row_with_neither_number_nor_address_is_told() -> None:
    people, problems = people_of(table(f"ID,Email,Name\n,,Kim Lee\n,{KIM},\n31,,Jo"))
    assert [(person.id, person.address) for person in people] == [("", KIM), ("31", "")]
    assert problems == ("row 2: neither an employee number nor an address was found: one of them was expected",)


def test_a_row_with_more_cells_than_headings_is_told_and_not_read() -> None:
    people, problems = people_of(table(f"Email,Department\n{OLD},Parks, Trees\n{KIM},Legal,"))
    assert [person.address for person in people] == [KIM]
    assert problems == ("row 2: it has 3 cells where 2 were expected, and is not read",)


def test_a_cell_kept_from_being_a_formula_is_read_without_its_sign() -> None:
    assert read(f"Email,Department\n{KIM},'+Parks")[0].departments == (Term(of="+Parks"),)


# --- several rows of one person


def test_rows_with_one_number_are_terms_of_one_person_who_is_known_by_what_begins_last() -> None:
    (kim,) = read(
        f"ID,Name,Email,Department,From,To\n"
        f"17,Kim Lee,{KIM},Planning,7/1/2020,\n"
        f"17,Kim Park,{OLD},Legal,1/4/2010,6/30/2020\n"
    )
    assert (kim.name, kim.address, kim.addresses) == ("Kim Lee", KIM, (OLD,))
    assert kim.departments == (term("Legal", "2010-01-04", "2020-06-30"), term("Planning", "2020-07-01"))
    assert kim.employed == (term("", "2010-01-04"),)


def test_somebody_hired_again_is_one_person_who_was_employed_twice() -> None:
    (kim,) = read(f"ID,Email,Hired,Left\n17,{OLD},2010-01-04,2014-05-01\n17,{KIM},2018-03-01,")
    assert kim.employed == (term("", "2010-01-04", "2014-05-01"), term("", "2018-03-01"))
    assert (kim.every_address, kim.left_by(date(2016, 1, 1)), kim.left_by(TODAY)) == ((KIM, OLD), True, False)


def test_a_department_has_its_own_days_where_the_employment_has_others() -> None:
    (kim,) = read(
        f"ID,Email,Hire date,Department,Start date,End date\n"
        f"17,{KIM},2010-01-04,Legal,2010-01-04,2020-06-30\n"
        f"17,{KIM},2010-01-04,Planning,2020-07-01,\n"
    )
    assert kim.departments == (term("Legal", "2010-01-04", "2020-06-30"), term("Planning", "2020-07-01"))
    assert kim.employed == (term("", "2010-01-04"),)


def test_without_numbers_the_same_address_is_the_same_person() -> None:
    people = read(f"Email,Aliases,Department\n{KIM},{OLD},Legal\njo@town.example,,Parks\n{OLD},,Planning")
    assert [(person.address, len(person.departments)) for person in people] == [(OLD, 2), ("jo@town.example", 1)]


@pytest.mark.parametrize("rows", [("17,", ","), (",", "17,")])
def test_a_row_without_a_number_is_of_whoever_has_its_address(rows: Sequence[str]) -> None:
    text = "\n".join(f"{row}{KIM},{department}" for row, department in zip(rows, ("Legal", "Planning"), strict=True))
    (kim,) = read(f"ID,Email,Department\n{text}")
    assert (kim.id, {one.of for one in kim.departments}) == ("17", {"Legal", "Planning"})


def test_an_address_given_to_somebody_else_later_is_told_and_both_are_kept() -> None:
    rows = table("ID,Email\n17,mayor@town.example\n31,mayor@town.example")
    people, problems = people_of(rows)
    assert [(person.id, person.address) for person in people] == [
        ("17", "mayor@town.example"),
        ("31", "mayor@town.example"),
    ]
    assert problems == ()
    assert notes_of(rows) == (
        "row 3, Email: mayor@town.example is an address of another person too, in row 2: both are kept",
    )
    mayors = Register()
    for person in people:
        mayors.add(person)
    assert len(Roll(mayors.people).having("mayor@town.example")) == 2


def test_nothing_is_said_of_employment_where_no_day_is() -> None:
    (kim,) = read(f"Email,Department,Hired,Left\n{KIM},Legal,,")
    assert (kim.departments, kim.employed) == ((Term(of="Legal"),), ())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "17", "31"]),
            st.sampled_from(["", "a@x.example", "b@x.example"]),
            st.sampled_from(["", "c@x.example", "a@x.example d@x.example", "nobody"]),
            st.sampled_from(["", "2020-01-06", "never"]),
            st.sampled_from(["", "2019-01-06", "2021-01-06"]),
        ),
        max_size=6,
    )
)
def test_whatever_is_wrong_with_a_table_no_address_and_no_number_in_it_is_lost(rows: list[tuple[str, ...]]) -> None:
    people, problems = people_of([("ID", "Email", "Aliases", "Hired", "Left"), *rows])
    wanted = {word for row in rows for cell in row[1:3] for word in cell.split() if "@" in word}
    assert {address for person in people for address in person.every_address} == wanted
    assert sorted(person.id for person in people if person.id) == sorted({row[0] for row in rows} - {""})
    wrong = [n for n, row in enumerate(rows, 2) if "never" in row or "nobody" in row or (any(row) and not any(row[:3]))]
    assert {f"row {n}" for n in wrong} <= {one.partition(",")[0].partition(":")[0] for one in problems}


@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=5))
def test_any_table_at_all_can_be_read(rows: list[list[str]]) -> None:
    people_of([["ID", "Email", "From", "To", "Owns"], *rows])
    people_of(rows)
    personnel.owners_of(rows)


# --- who owns what


def test_each_mailbox_comes_with_each_of_its_owners() -> None:
    text = (
        f"Shared mailbox,Owner\nPermits@town.example,{KIM}; {OLD}\nworks@town.example,{KIM}\npermits@town.example,{KIM}"
    )
    assert personnel.owners_of(table(text)) == (
        (("permits@town.example", KIM, 2), ("permits@town.example", OLD, 2), ("works@town.example", KIM, 3)),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"Mailbox,Custodian\n,{KIM}", "row 2, Mailbox: is empty: an address was expected"),
        ("Mailbox,Custodian\npermits@town.example,", "row 2, Custodian: is empty: an address was expected"),
        (
            "Mailbox,Custodian\npermits@town.example,Kim",
            "row 2, Custodian: 'kim' is no address: one like name@city.example was expected",
        ),
        ("Mailbox\npermits@town.example", "row 1: no heading means custodian; seen here: 'Mailbox'"),
        ("", "the file: there is no row; a row of headings was expected"),
    ],
)
def test_a_mailbox_without_an_owner_is_told(text: str, problem: str) -> None:
    owners, problems, _ = personnel.owners_of(table(text))
    assert (owners, tuple(map(str, problems))) == ((), (problem,))


# --- cells that are no good


def test_a_cell_that_cannot_be_trusted_is_told_and_its_row_is_not_read() -> None:
    rows = [["Email", "Left", "Shoe size"], [KIM, "", ""], [OLD, "", ""]]
    people, problems, _ = personnel.people_of(rows, (1, 2, 4), ({}, {1: "it is a formula"}, {2: "it is a formula"}))
    assert [person.address for person in people] == [OLD]
    assert tuple(map(str, problems)) == ("row 2, Left: it is a formula",)


def test_a_cell_that_a_spreadsheet_program_takes_for_a_date_is_one_where_a_day_is_wanted() -> None:
    why = dict.fromkeys((1, 2), "is a date for Excel")
    rows = [["Email", "Hired", "Department"], [KIM, "2020-01-06T00:00:00", "x"], [OLD, "", "2020-02-03T00:00:00"]]
    people, problems, _ = personnel.people_of(rows, (1, 2, 3), ({}, {1: why[1]}, {2: why[2]}))
    assert [(person.address, person.employed) for person in people] == [(KIM, (term("", "2020-01-06"),))]
    assert tuple(map(str, problems)) == ("row 3, Department: is a date for Excel",)


def test_a_heading_that_cannot_be_trusted_is_told() -> None:
    _, problems, _ = personnel.people_of([["Email", ""], [KIM, "x"]], (1, 2), ({1: "it is a formula"}, {}))
    assert tuple(map(str, problems)) == ("row 1: column B: it is a formula",)


@pytest.mark.parametrize("cell", ["2026-03-01T16:05:06.1234567-06:00", "2026-03-01T16:05:06+0000", "3/1/2026 4:05 PM"])
def test_a_time_of_day_and_its_zone_are_left_off(cell: str) -> None:
    (kim,) = read(f"Email,Hired\n{KIM},{cell}")
    assert kim.employed == (term("", "2026-03-01"),)
