"""Who the custodians of a hold are, how it stands with their answers, and who of the staff lacks a notice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.authority import HoldKind
from retention.core.city import StaffNotice
from retention.core.custodian import Answer, Custodian, Custodians, Standing, may_cover_anybody, standing
from retention.core.hold import Directory, Hold, Post, Scope, fixed
from retention.core.message import Mailbox
from retention.core.notice import CustodianAcknowledged, CustodianNoticed, Notices, StaffNoticed, has, missing
from retention.core.person import Person, Roll, Term
from tests.core import holding

TODAY = date(2026, 11, 21)
ANN = Person(address="ann@town.example", name="Ann Ray", addresses=("a.ray@town.example",), id="1")
BOB = Person(
    address="bob@town.example", name="Bob Orr", departments=(Term(of="Police"),), mailboxes=("desk@town.example",)
)
CHIEF = Person(address="chief@town.example", name="Cy Fox", departments=(Term(of="Police"),))
EVE = Person(address="eve@town.example", name="Eve May", employed=(Term(of="", to_on=date(2025, 1, 31)),))
ROLL = Roll((ANN, BOB, CHIEF, EVE))
BOXES = tuple(
    Mailbox(id=f"id-{name}", address=f"{name}@town.example", aliases=("a.ray@town.example",) if name == "ann" else ())
    for name in ("ann", "bob", "chief", "desk", "lobby")
)


def told(scope: Scope, roll: Roll = ROLL, boxes: tuple[Mailbox, ...] = BOXES) -> tuple[str, ...]:
    return tuple(one.address.partition("@")[0] for one in custodians(scope, roll, boxes))


def custodians(scope: Scope, roll: Roll = ROLL, boxes: tuple[Mailbox, ...] = BOXES) -> tuple[Custodian, ...]:
    directory = Directory(roll, boxes)
    return Custodians(directory, TODAY).of(holding.standing(placed(scope, directory), roll=roll, mailboxes=boxes))


def placed(scope: Scope, directory: Directory) -> Hold:
    return Hold(
        name="elm",
        matter="Elm",
        kind=HoldKind.LEGAL,
        reason="x",
        scope=fixed(scope, directory),
        placed_at=datetime(2026, 11, 1, tzinfo=UTC),
        placed_by="kim@town.example",
    )


def test_the_person_behind_a_held_mailbox_is_told_once_by_whichever_address_the_hold_names_them() -> None:
    assert told(Scope(custodians=("a.ray@town.example", "ann@town.example"))) == ("ann",)
    (ann,) = custodians(Scope(custodians=("a.ray@town.example",)))
    assert (ann.name, ann.others, ann.number) == ("Ann Ray", ("a.ray@town.example",), "1")


def test_a_mailbox_of_which_nobody_is_known_gets_its_own_notice() -> None:
    assert told(Scope(custodians=("lobby@town.example",))) == ("lobby",)


def test_whoever_owns_a_held_shared_mailbox_is_told() -> None:
    assert told(Scope(custodians=("desk@town.example",))) == ("bob",)


def test_a_custodian_without_a_mailbox_is_told_for_their_papers() -> None:
    assert told(Scope(custodians=("eve@town.example",))) == ("eve",)
    assert told(Scope(custodians=("adviser@firm.example",))) == ("adviser",)


def test_who_works_elsewhere_by_now_is_marked() -> None:
    (eve,) = custodians(Scope(custodians=("eve@town.example",)))
    assert eve.left and not custodians(Scope(custodians=("ann@town.example",)))[0].left


def test_a_department_means_its_people_and_not_those_whose_department_nobody_said() -> None:
    # The lobby's and Ann's mailboxes are held too, because theirs may be that department.
    assert told(Scope(departments=(Post(name="police"),))) == ("bob", "chief")


def test_who_is_excepted_is_not_told() -> None:
    scope = Scope(departments=(Post(name="Police"),), none_of=(Scope(custodians=("chief@town.example",)),))
    assert told(scope) == ("bob",)


def test_of_two_conditions_about_people_both_must_be_met() -> None:
    both = Scope(
        custodians=("bob@town.example", "ann@town.example"), all_of=(Scope(departments=(Post(name="Police"),)),)
    )
    roll = Roll((replace(ANN, departments=(Term(of="Parks"),)), BOB, CHIEF, EVE))
    assert told(both, roll) == ("bob",)


def test_a_hold_about_words_names_nobody_and_may_cover_anybody() -> None:
    scope = Scope(words=("Elm Street",))
    assert told(scope) == ()
    directory = Directory(ROLL, BOXES)
    assert may_cover_anybody(holding.standing(placed(scope, directory), roll=ROLL, mailboxes=BOXES))


def test_a_hold_of_named_people_may_not_cover_anybody_else() -> None:
    directory = Directory(ROLL, BOXES)
    hold = placed(Scope(custodians=("ann@town.example",), words=("Elm",)), directory)
    assert not may_cover_anybody(holding.standing(hold, roll=ROLL, mailboxes=BOXES))


def test_who_is_named_beside_words_is_told_though_the_hold_may_cover_anybody() -> None:
    scope = Scope(any_of=(Scope(custodians=("ann@town.example",)), Scope(words=("Elm",))))
    assert told(scope) == ("ann",)


def test_a_mailbox_held_by_its_id_is_told() -> None:
    assert told(Scope(mailboxes=("id-bob",))) == ("bob",)


def test_of_two_people_who_had_one_address_the_one_who_has_it_now_is_told() -> None:
    left = Person(address="ann@town.example", name="Old Ann", id="0", employed=(Term(of="", to_on=date(2020, 1, 1)),))
    (one,) = custodians(Scope(custodians=("ann@town.example",)), Roll((left, ANN)))
    assert one.name == "Ann Ray"


def test_everyone_is_everybody_who_works_here_and_every_mailbox_of_nobody() -> None:
    found = Custodians(Directory(ROLL, BOXES), TODAY).everyone()
    assert [one.address.partition("@")[0] for one in found] == ["ann", "bob", "chief", "lobby"]


# --- answers --------------------------------------------------------------------------------------------------------

PLACED = datetime(2026, 11, 1, 15, tzinfo=UTC)
WHO = Custodian(address="ann@town.example", others=("a.ray@town.example",), number="1")


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 16, tzinfo=UTC)


def notices(*said: tuple[int, CustodianNoticed | CustodianAcknowledged]) -> Notices:
    book = Notices()
    for day, one in said:
        book.add(at(day), one)
    return book


def noticed(by: int, digest: str = "d1", to: str = WHO.address, **more: object) -> CustodianNoticed:
    return CustodianNoticed(hold="elm", to=to, digest=digest, answer_by=date(2026, 11, by), **more)  # type: ignore[arg-type]


def answered(on: int, digest: str = "d1", who: str = WHO.address) -> CustodianAcknowledged:
    return CustodianAcknowledged(hold="elm", custodian=who, on=date(2026, 11, on), digest=digest)


def stands(book: Notices, today: int = 21, since: datetime = PLACED, one: Custodian = WHO) -> Standing:
    return standing(book, "elm", one, since=since, today=date(2026, 11, today), zone=holding.ZONE)


@pytest.mark.parametrize(
    ("today", "answer"),
    [(6, Answer.WAITING), (7, Answer.SOON), (10, Answer.SOON), (11, Answer.OVERDUE)],
)
def test_an_answer_is_due_soon_three_days_before_and_overdue_the_day_after(today: int, answer: Answer) -> None:
    assert stands(notices((2, noticed(10))), today).answer is answer


def test_who_was_never_told_is_not_overdue() -> None:
    assert stands(notices()).answer is Answer.NEVER
    assert stands(notices((2, noticed(10, to="bob@town.example")))).answer is Answer.NEVER


def test_an_acknowledgement_ends_it_and_a_reminder_does_not_begin_it_again() -> None:
    book = notices((2, noticed(10)), (3, answered(3)), (12, noticed(26, "d2", reminder=True)))
    found = stands(book)
    assert (found.answer, found.acknowledged_on, found.reminders) == (Answer.ACKNOWLEDGED, date(2026, 11, 3), 1)


def test_after_a_reminder_its_own_day_counts() -> None:
    book = notices((2, noticed(10)), (12, noticed(24, "d2", reminder=True)))
    found = stands(book, 20)
    assert (found.answer, found.noticed_on, found.last_on) == (Answer.WAITING, date(2026, 11, 2), date(2026, 11, 12))
    assert stands(book, 25).answer is Answer.OVERDUE


def test_an_amended_scope_has_to_be_told_and_acknowledged_anew() -> None:
    first = ((2, noticed(10)), (3, answered(3)))
    assert stands(notices(*first), since=at(5)).answer is Answer.EARLIER
    again = (*first, (6, noticed(28, "d2")))
    assert stands(notices(*again), since=at(5)).answer is Answer.WAITING
    assert stands(notices(*again, (7, answered(7, "d2"))), since=at(5)).answer is Answer.ACKNOWLEDGED


def test_an_acknowledgement_told_late_takes_no_later_one_back() -> None:
    book = notices((2, noticed(10)), (6, noticed(28, "d2")), (7, answered(7, "d2")), (8, answered(3, "d1")))
    assert stands(book).answer is Answer.ACKNOWLEDGED


def test_a_new_address_does_not_make_a_custodian_somebody_else() -> None:
    book = notices((2, noticed(10, to="a.ray@town.example", number="1")), (3, answered(3, who="a.ray@town.example")))
    assert stands(book).answer is Answer.ACKNOWLEDGED


def test_an_address_that_was_somebody_elses_does_not_make_its_holder_noticed() -> None:
    book = notices((2, noticed(10, number="99")), (3, answered(3)))
    assert stands(book).answer is Answer.NEVER


@given(st.lists(st.tuples(st.integers(1, 28), st.booleans(), st.integers(0, 20)), max_size=6), st.integers(1, 30))
def test_nobody_is_overdue_before_a_day_that_they_were_told(said: list[tuple[int, bool, int]], today: int) -> None:
    book = Notices()
    for day, reminder, within in sorted(said):
        by = date(2026, 11, day) + timedelta(days=within)
        book.add(at(day), CustodianNoticed(hold="elm", to=WHO.address, digest="d", answer_by=by, reminder=reminder))
    found = stands(book, today)
    assert (found.answer is Answer.NEVER) == (not said)
    assert (found.answer is Answer.OVERDUE) == bool(
        said and found.answer_by and found.answer_by < date(2026, 11, today)
    )
    assert found.written == len(said) >= found.reminders


# --- staff ----------------------------------------------------------------------------------------------------------

NOTICE = StaffNotice(name="monitoring-notice", version="2026-10", since=date(2026, 10, 1))


def staff(*said: StaffNoticed) -> Notices:
    book = Notices()
    for one in said:
        book.add(at(1), one)
    return book


def had(person: Person = ANN, version: str = "2026-10", signed: int | None = 3, **more: str) -> StaffNoticed:
    return StaffNoticed(
        notice=NOTICE.name,
        version=version,
        person=person.address,
        given_on=date(2026, 11, 1),
        signed_on=date(2026, 11, signed) if signed else None,
        **more,
    )


def lacking(book: Notices, notice: StaffNotice = NOTICE, people: tuple[Person, ...] = ROLL.people) -> list[str]:
    return [one.person.address.partition("@")[0] for one in missing(notice, people, book, TODAY)]


def test_everybody_employed_today_is_missing_until_they_have_signed_the_current_version() -> None:
    assert lacking(staff()) == ["ann", "bob", "chief"]
    assert lacking(staff(had(signed=None))) == ["ann", "bob", "chief"]
    assert lacking(staff(had(version="1998"))) == ["ann", "bob", "chief"]
    assert lacking(staff(had())) == ["bob", "chief"]


def test_what_needs_no_signature_is_enough_when_it_was_given() -> None:
    assert lacking(staff(had(signed=None)), replace(NOTICE, signed=False)) == ["bob", "chief"]


def test_a_notice_of_some_departments_is_asked_of_nobody_else() -> None:
    assert lacking(staff(), replace(NOTICE, departments=("POLICE ",))) == ["bob", "chief"]
    moved = replace(BOB, departments=(Term(of="Police", to_on=date(2026, 11, 20)),))
    assert lacking(staff(), replace(NOTICE, departments=("Police",)), (moved, CHIEF)) == ["chief"]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"employed": (Term(of="", from_on=date(2026, 12, 1)),)}, False),
        ({"employed": (Term(of="", to_on=TODAY),)}, True),
        ({"employed": (Term(of="", to_on=TODAY - timedelta(days=1)),)}, False),
        ({"enabled": False}, False),
        ({"enabled": False, "employed": (Term(of=""),)}, True),
        ({"address": "", "addresses": ()}, False),
    ],
)
def test_who_is_not_employed_today_is_not_missing(changes: dict[str, object], asked: bool) -> None:
    assert bool(lacking(staff(), people=(replace(ANN, **changes),))) == asked


def test_who_has_signed_has_signed_whatever_is_told_afterwards() -> None:
    book = staff(had(), had(signed=None))
    assert has(book, NOTICE.name, NOTICE.version, ANN, True)


def test_a_signature_of_whoever_had_the_address_before_is_not_theirs() -> None:
    book = staff(had(number="99"))
    assert not has(book, NOTICE.name, NOTICE.version, ANN, True)
    assert has(book, NOTICE.name, NOTICE.version, replace(ANN, id=""), True)
    assert has(staff(had(number="99"), had(number="1")), NOTICE.name, NOTICE.version, ANN, True)
