"""People, the offices they hold, and which office may do what."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from msgspec.structs import replace

from retention.core.authority import DEFAULT_ACTS, Act, HoldKind, hold_act, refusal
from retention.core.person import Person, Roll, Term

KIM = Person(address="kim.lee@town.example", name="Kim Lee", account="klee")
PAT = Person(address="pat.ortiz@town.example", name="Pat Ortiz", account="portiz")
ANA = Person(address="ana.holm@town.example", name="Ana Holm", account="aholm")
SAM = Person(address="sam.berg@town.example", name="Sam Berg", account="sberg")
JO = Person(address="jo.nilsen@town.example", account="jnilsen")
CRON = Person(address="account:cron")
TODAY = date(2026, 11, 21)
OFFICES = {
    "City Attorney": (Term(of=KIM.address),),
    "Records Manager": (Term(of=PAT.address), Term(of=ANA.address)),
    "City Clerk": (Term(of=ANA.address),),
    "Employee Relations": (Term(of=SAM.address),),
    "City Auditor": (),
}
ROLL = Roll((KIM, PAT, ANA, SAM, JO), OFFICES)

MAY = {
    Act.HOLD_LEGAL: {KIM},
    Act.HOLD_EMPLOYEE_RELATIONS: {KIM, SAM},
    Act.HOLD_REQUEST: {KIM, PAT, ANA},
    Act.HOLD_AUDIT: {KIM},
    Act.APPROVE: {PAT, ANA},
    Act.ADOPT_SCHEDULE: {PAT, ANA},
    Act.REVIEW: {PAT, ANA},
    Act.RECORD_EVENT: {PAT, ANA},
    Act.KEEP_PEOPLE: {KIM, PAT, ANA},
    Act.RECORD_NOTICE: {PAT, ANA},
    Act.GRANT_ACCESS: set(),
    Act.MAKE_PLAN: set(),
    Act.RECORD_CONSENT: {KIM, PAT, ANA},
    Act.DESTROY_RECORDS: {PAT, ANA},
    Act.RESTORE_RECORDS: {KIM, PAT, ANA},
    Act.RESTORE_MAIL: {KIM, PAT, ANA},
    Act.TRANSFER_RECORDS: {PAT, ANA},
    Act.PUBLISH_HEAD: {KIM, PAT, ANA},
}


# --- who it is


@pytest.mark.parametrize("person", ROLL.people, ids=lambda person: person.account)
def test_a_person_is_known_by_account_and_by_address(person: Person) -> None:
    assert ROLL.with_account(person.account) == person
    assert ROLL.with_address(person.address) == person
    assert ROLL.with_address(person.address.upper()) == person


@pytest.mark.parametrize("account", ["root", "KLEE", "klee ", "kim.lee@town.example", "", "*"])
def test_an_account_that_is_nobodys_is_nobody(account: str) -> None:
    assert ROLL.with_account(account) is None


@pytest.mark.parametrize("address", ["nobody@town.example", "", "klee", "kim.lee@town.example.evil.example"])
def test_an_address_that_is_nobodys_is_nobody(address: str) -> None:
    assert ROLL.with_address(address) is None


def test_an_account_that_two_people_have_is_nobody() -> None:
    twin = Person(address="kim2@town.example", account="klee")
    assert Roll((KIM, twin)).with_account("klee") is None


def test_people_without_an_account_are_never_at_the_keyboard() -> None:
    two = (Person(address="a@town.example"), Person(address="b@town.example"))
    assert Roll(two).with_account("") is None


def test_no_account_is_not_the_one_person_who_has_none() -> None:
    assert Roll((KIM, Person(address="mayor@town.example"))).with_account("") is None


def test_a_roll_without_people_knows_nobody() -> None:
    assert (Roll().with_account("klee"), Roll().with_address(KIM.address), Roll().offices_of(KIM.address, TODAY)) == (
        None,
        None,
        (),
    )


def test_a_person_is_written_with_name_and_address_or_the_address_alone() -> None:
    assert (str(KIM), str(JO)) == ("Kim Lee <kim.lee@town.example>", "jo.nilsen@town.example")


# --- which offices


@pytest.mark.parametrize(
    ("person", "offices"),
    [
        (KIM, ("City Attorney",)),
        (ANA, ("City Clerk", "Records Manager")),
        (JO, ()),
        (CRON, ()),
        (Person(address="stranger@town.example", name="Kim Lee", account="klee"), ()),
    ],
)
def test_an_office_is_held_by_its_address_and_by_nothing_else(person: Person, offices: tuple[str, ...]) -> None:
    assert ROLL.offices_of(person.address, TODAY) == offices


# --- what they may do


def test_every_act_has_its_offices() -> None:
    assert set(Act) == set(MAY)
    # Who grants access differs from city to city and is said in [access]; a plan is made by anybody.
    assert set(Act) - set(DEFAULT_ACTS) == {Act.GRANT_ACCESS, Act.MAKE_PLAN}
    assert all(DEFAULT_ACTS.values())


@pytest.mark.parametrize(("act", "person"), list(product(Act, (*ROLL.people, CRON))), ids=str)
def test_only_the_office_may_do_its_act(act: Act, person: Person) -> None:
    assert (refusal(act, person, ROLL, {}, TODAY) is None) is (person in MAY[act])


@pytest.mark.parametrize("kind", HoldKind)
def test_every_kind_of_hold_is_an_act_of_its_own(kind: HoldKind) -> None:
    assert hold_act(kind) in Act
    assert hold_act(kind) == f"hold-{kind}"
    assert refusal(hold_act(kind), KIM, ROLL, {}, TODAY) is None


def test_kinds_of_hold_do_not_share_an_act() -> None:
    assert len({hold_act(kind) for kind in HoldKind}) == len(HoldKind)


def test_a_refusal_says_who_it_is_what_they_hold_and_who_may() -> None:
    assert refusal(Act.HOLD_EMPLOYEE_RELATIONS, ANA, ROLL, {}, TODAY) == (
        "Ana Holm <ana.holm@town.example> holds City Clerk, Records Manager; "
        "placing and releasing holds of the kind employee-relations is an act of Employee Relations or City Attorney."
    )


def test_a_refusal_of_somebody_without_an_office_says_so() -> None:
    assert refusal(Act.APPROVE, CRON, ROLL, {}, TODAY) == (
        "account:cron holds no office; approving plans is an act of Records Manager."
    )


def test_a_city_gives_an_act_to_an_office_of_its_own() -> None:
    acts = {"hold-legal": ("City Solicitor",)}
    roll = Roll(ROLL.people, OFFICES | {"City Solicitor": (Term(of=JO.address),)})
    assert refusal(Act.HOLD_LEGAL, JO, roll, acts, TODAY) is None
    refused = refusal(Act.HOLD_LEGAL, KIM, roll, acts, TODAY)
    assert refused is not None and refused.endswith("holds of the kind legal is an act of City Solicitor.")
    assert refusal(Act.HOLD_AUDIT, KIM, roll, acts, TODAY) is None


def test_an_act_given_to_no_office_stays_with_those_who_have_it() -> None:
    assert refusal(Act.APPROVE, PAT, ROLL, {"approve": ()}, TODAY) is None
    assert refusal(Act.APPROVE, KIM, ROLL, {"approve": ()}, TODAY) is not None


def test_an_act_given_to_an_office_that_nobody_holds_can_be_done_by_nobody() -> None:
    acts = {"approve": ("City Auditor",)}
    assert all(refusal(Act.APPROVE, person, ROLL, acts, TODAY) for person in ROLL.people)


@pytest.mark.parametrize("office", ["records manager", "Records Manager ", "Records", "*", ""])
def test_an_office_is_only_itself(office: str) -> None:
    roll = Roll((JO,), {office: (Term(of=JO.address),)})
    assert refusal(Act.APPROVE, JO, roll, {}, TODAY) is not None


# --- from when to when

MAYORS = Roll(
    (
        replace(
            KIM, departments=(Term(of="Legal", to_on=date(2024, 6, 30)), Term(of="Planning", from_on=date(2024, 7, 1)))
        ),
        JO,
    ),
    {
        "Mayor": (
            Term(of=KIM.address, to_on=date(2024, 12, 31)),
            Term(of=JO.address, from_on=date(2025, 1, 1), to_on=date(2025, 12, 31)),
        )
    },
)


@pytest.mark.parametrize(
    ("on", "mayor"),
    [
        (date(1990, 1, 1), KIM),
        (date(2024, 12, 31), KIM),
        (date(2025, 1, 1), JO),
        (date(2025, 12, 31), JO),
        (date(2026, 1, 1), None),
    ],
)
def test_an_office_is_held_from_its_first_day_to_its_last(on: date, mayor: Person | None) -> None:
    assert [person for person in (KIM, JO) if MAYORS.offices_of(person.address, on) == ("Mayor",)] == (
        [mayor] if mayor else []
    )


def test_somebody_whose_term_is_over_may_no_longer_act() -> None:
    acts = {"approve": ("Mayor",)}
    assert refusal(Act.APPROVE, JO, MAYORS, acts, date(2025, 6, 1)) is None
    assert refusal(Act.APPROVE, JO, MAYORS, acts, TODAY) is not None


def test_a_department_is_the_one_of_that_day_and_unknown_where_nothing_is_said() -> None:
    assert MAYORS.departments_of([KIM.address], date(2024, 6, 30)) == ("Legal",)
    assert MAYORS.departments_of([KIM.address], date(2024, 7, 1)) == ("Planning",)
    assert MAYORS.departments_of([JO.address, "nobody@town.example"], TODAY) is None


@pytest.mark.parametrize(
    ("employed", "left"),
    [
        ((), False),
        ((Term(of="", from_on=date(2020, 1, 1)),), False),
        ((Term(of="", to_on=date(2026, 11, 20)),), True),
        ((Term(of="", to_on=TODAY),), False),
        ((Term(of="", from_on=date(2027, 1, 1)),), False),
        ((Term(of="", to_on=date(2014, 5, 1)), Term(of="", from_on=date(2018, 3, 1))), False),
        ((Term(of="", to_on=date(2014, 5, 1)), Term(of="", from_on=date(2027, 3, 1))), True),
    ],
)
def test_somebody_has_left_whose_last_day_is_over_and_who_is_not_back(employed: tuple[Term, ...], left: bool) -> None:
    assert replace(KIM, employed=employed).left_by(TODAY) is left


def test_somebody_without_any_address_is_not_found_by_an_empty_one() -> None:
    roll = Roll((Person(address="", id="17", mailboxes=("permits@town.example",)), KIM))
    assert (roll.having(""), roll.with_address("")) == ((), None)
    assert len(roll.having("permits@town.example")) == 1


def test_an_address_written_with_capitals_is_the_same_address() -> None:
    assert Roll((Person(address="Kim.Lee@Town.example"),)).with_address(KIM.address) is not None
