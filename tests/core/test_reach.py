"""Whom a term reaches, and what an exception takes out: the one in doubt reaches, the other never does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.access import granters
from retention.core.city.sections import Grant
from retention.core.hold import Directory, Post, Scope, fixed, reached
from retention.core.message import Mailbox
from retention.core.person import Person, Roll, Term

ANN, BOB, DESK, OLD = "ann@town.gov", "bob@town.gov", "desk@town.gov", "ann.maiden@town.gov"
YEAR = (date(2024, 1, 1), date(2024, 12, 31))


def box(id_: str, address: str, *aliases: str) -> Mailbox:
    return Mailbox(id=id_, address=address, aliases=aliases)


def reach(boxes: list[Mailbox], *people: Person, **scope: tuple[object, ...]) -> set[str]:
    (found,) = reached(Scope(**scope), Directory(Roll(people), boxes)).values()  # type: ignore[arg-type]
    return {one.id for one in boxes if found.has(one)}


def excepted(boxes: list[Mailbox], *people: Person, **scope: tuple[object, ...]) -> set[str]:
    written = fixed(Scope(none_of=(Scope(**scope),)), Directory(Roll(people), boxes))  # type: ignore[arg-type]
    return set(written.none_of[0].mailboxes)


# --- whom a term reaches


def test_a_mailbox_that_the_directory_lists_as_a_persons_is_reached_though_nobody_knows_its_former_address() -> None:
    ann = Person(address=OLD, directory="m1")
    assert reach([box("m1", ANN), box("m2", BOB)], ann, custodians=(OLD,)) == {"m1"}


def test_an_address_in_capitals_is_the_same_one() -> None:
    ann = Person(address="ann@elsewhere.gov", addresses=("Ann@Town.GOV",), departments=(Term(of="Fire"),))
    assert reach([box("m1", ANN)], ann, departments=(Post(name="Fire"),)) == {"m1"}


def test_a_shared_address_that_became_a_persons_own_stands_for_the_person() -> None:
    boxes, ann = [box("m1", ANN), box("m2", DESK)], Person(address=ANN, mailboxes=(DESK,))
    assert reach(boxes, ann, custodians=(DESK,)) == {"m2"}
    assert reach(boxes, Person(address=DESK, addresses=(ANN,), mailboxes=(DESK,)), custodians=(DESK,)) == {"m1", "m2"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Clerk's Office", "Clerk\u2019s Office"),
        ("Clerk Office", " clerk \u00a0 OFFICE"),
        ("Caf\u00e9", "Cafe\u0301"),
        ("Parks-Recreation", "Parks\u2011Recreation"),
        ("Straße", "STRASSE"),
    ],
)
def test_a_department_or_office_spelt_in_two_ways_is_one(one: str, other: str) -> None:
    ann, bob = (Person(address=address, offices=(Term(of=of),)) for address, of in ((ANN, one), (BOB, other)))
    assert reach([box("m1", ANN), box("m2", BOB)], ann, bob, offices=(Post(name=other),)) == {"m1", "m2"}
    # Whose office decides who may let others read their mail is compared in the same way.
    assert granters([Grant(of=one, by=("Mayor",))], [bob], Roll([bob]), YEAR[0]) == ("Mayor",)


def test_who_may_have_been_in_the_department_then_is_reached() -> None:
    post = Post(name="Clerk", from_on=YEAR[0], to_on=YEAR[1])
    boxes, clerk = [box("m1", ANN), box("m2", BOB)], Person(address=BOB, departments=(Term(of="Clerk"),))

    def reached_with(*terms: Term, **more: tuple[Term, ...]) -> bool:
        return "m1" in reach(boxes, clerk, Person(address=ANN, departments=terms, **more), departments=(post,))

    assert reached_with()
    assert reached_with(Term(of="Parks", from_on=date(2026, 1, 1)))
    assert reached_with(Term(of="Parks", to_on=date(2023, 12, 31)))
    assert not reached_with(Term(of="Parks", from_on=date(2024, 6, 1)))
    assert not reached_with(Term(of="Parks"))
    left = (Term(of="", to_on=date(2023, 12, 31)),)
    assert not reached_with(Term(of="Parks", to_on=date(2023, 12, 31)), employed=left)


def test_a_mailbox_of_two_is_reached_where_nobody_said_in_which_department_one_of_them_is() -> None:
    clerk = Person(address=BOB, departments=(Term(of="Clerk"),))
    ann, other = Person(address=ANN, mailboxes=(DESK,), departments=(Term(of="Parks"),)), Person(address=DESK)
    assert reach([box("m3", DESK)], clerk, ann, departments=(Post(name="Clerk"),)) == set()
    assert reach([box("m3", DESK)], clerk, ann, other, departments=(Post(name="Clerk"),)) == {"m3"}


# --- what is excepted


def test_an_excepted_custodian_takes_out_the_mailbox_with_that_address_and_no_other() -> None:
    ann = Person(address=ANN, addresses=(OLD, BOB), mailboxes=(DESK,))
    boxes = [box("m1", ANN), box("m2", BOB), box("m3", DESK), box("m4", OLD)]
    assert excepted(boxes, ann, custodians=(ANN,)) == {"m1"}


def test_an_alias_excepts_the_one_mailbox_that_has_it() -> None:
    assert excepted([box("m1", ANN, OLD)], Person(address=ANN), custodians=(OLD,)) == {"m1"}
    assert excepted([box("m1", ANN, OLD), box("m2", BOB, OLD)], Person(address=ANN), custodians=(OLD,)) == set()
    assert excepted([box("m1", ANN, OLD), box("m2", OLD)], Person(address=ANN), custodians=(OLD,)) == {"m2"}


def test_an_exception_takes_out_nothing_that_may_be_anybody_elses() -> None:
    ann, before = Person(address=ANN), Person(address=BOB, addresses=(ANN,))
    assert excepted([box("m1", ANN)], ann, custodians=(ANN,)) == {"m1"}
    assert excepted([box("m1", ANN)], ann, before, custodians=(ANN,)) == set()
    assert excepted([box("m1", ANN)], ann, Person(address=BOB, mailboxes=(ANN,)), custodians=(ANN,)) == set()
    assert excepted([box("m1", ANN)], ann, Person(address=BOB, directory="m1"), custodians=(ANN,)) == set()
    assert excepted([box("m1", ANN), box("m2", ANN)], ann, custodians=(ANN,)) == set()


def test_a_shared_mailbox_is_excepted_by_its_own_address() -> None:
    owners = [Person(address=address, mailboxes=(DESK,)) for address in (ANN, BOB)]
    assert excepted([box("m3", DESK)], *owners, custodians=(ANN,)) == set()
    assert excepted([box("m3", DESK)], *owners, custodians=(DESK,)) == {"m3"}


@pytest.mark.parametrize("field", ["departments", "offices"])
def test_an_excepted_department_or_office_takes_out_only_mailboxes_all_of_whose_people_are_in_it(field: str) -> None:
    of = {field: (Term(of="Fire"),)}
    ann, bob = Person(address=ANN, mailboxes=(DESK,), **of), Person(address=BOB, mailboxes=(DESK,))  # type: ignore[arg-type]
    boxes = [box("m1", ANN), box("m2", BOB), box("m3", DESK), box("m4", OLD)]
    assert excepted(boxes, ann, bob, **{field: (Post(name="Fire"),)}) == {"m1"}


def test_who_had_the_address_of_an_office_holder_before_is_not_excepted_with_the_office() -> None:
    mayor, before = Person(address=ANN, offices=(Term(of="Mayor"),)), Person(address=BOB, addresses=(ANN,))
    assert excepted([box("m2", BOB)], mayor, before, offices=(Post(name="Mayor"),)) == set()
    assert excepted([box("m1", ANN)], mayor, offices=(Post(name="Mayor"),)) == {"m1"}


ADDRESSES = st.sampled_from([ANN, BOB, DESK, OLD])
PEOPLE = st.lists(
    st.builds(
        Person,
        address=ADDRESSES,
        addresses=st.lists(ADDRESSES, max_size=2).map(tuple),
        mailboxes=st.lists(ADDRESSES, max_size=1).map(tuple),
        directory=st.sampled_from(["", "", "m0", "m1"]),
        departments=st.lists(st.builds(Term, of=st.sampled_from(["Fire", "Parks"])), max_size=1).map(tuple),
    ),
    max_size=4,
)
BOXES = st.lists(st.tuples(ADDRESSES, st.lists(ADDRESSES, max_size=1)), max_size=3).map(
    lambda boxes: [box(f"m{n}", address, *aliases) for n, (address, aliases) in enumerate(boxes)]
)


@given(PEOPLE, BOXES, st.sampled_from([{"custodians": (ANN,)}, {"departments": (Post(name="Fire"),)}]))
def test_an_exception_never_takes_out_more_than_the_same_term_reaches(
    people: list[Person], boxes: list[Mailbox], scope: dict[str, tuple[object, ...]]
) -> None:
    assert excepted(boxes, *people, **scope) <= reach(boxes, *people, **scope)
