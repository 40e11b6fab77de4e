"""Notices to staff: who was given which version and signed it, and who is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.city import StaffNotice
from retention.core.notice import StaffNoticed
from retention.core.person import Person, PersonRecorded, Term
from retention.core.spreadsheet.sheet import Sheet
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs import notice
from retention.jobs.status import status
from retention.jobs.world import World
from retention.sheets import delimited
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS, Town

MONITORING = StaffNotice(
    name="monitoring-notice", title="Notice of monitoring", version="2026-10", since=date(2026, 10, 1)
)
AGREEMENT = StaffNotice(name="it-agreement", version="1", since=date(2026, 1, 1), departments=("IT",))
TODAY = date(2026, 11, 21)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    name(town, MONITORING, AGREEMENT)
    return town


def name(town: Town, *staff: StaffNotice) -> None:
    town.city = replace(town.city, notices=replace(town.city.notices, staff=staff))


@contextmanager
def acting(town: Town, address: str = RECORDS) -> Iterator[World]:
    world = town.world(address)
    try:
        yield world
    finally:
        world.close()


def record(town: Town, person: str = CLERK, notice_: str = "monitoring-notice", by: str = RECORDS, **said: Any) -> Any:
    with acting(town, by) as world:
        return notice.record(world, notice_, person=person, **said)


def imported(town: Town, text: str) -> notice.Imported:
    with acting(town) as world:
        return notice.import_(world, "monitoring-notice", sheet(text))


def sheet(text: str) -> Sheet:
    return delimited.read("list.csv", text.encode("utf-8-sig"))


def missing(town: Town, name: str = "monitoring-notice") -> list[str]:
    with acting(town) as world:
        return [one.person.address for due in notice.due(world, name) for one in due.missing]


def know(town: Town, *people: Person) -> None:
    with acting(town) as world:
        world.ledger.append(*(PersonRecorded(person=person) for person in people))


def entries(town: Town) -> list[StaffNoticed]:
    with acting(town) as world:
        return [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, StaffNoticed)]


EVERYBODY = [CLERK, CRON, ATTORNEY, RECORDS]


def test_everybody_is_missing_until_they_have_signed(town: Town) -> None:
    assert missing(town) == EVERYBODY
    record(town)
    assert missing(town) == EVERYBODY
    told = record(town, signed_on=TODAY, reference=" HR\nfile 7 ")
    assert (told.given_on, told.signed_on, told.reference, told.version) == (TODAY, TODAY, "HR file 7", "2026-10")
    assert missing(town) == [CRON, ATTORNEY, RECORDS]


def test_a_new_version_has_to_be_signed_anew(town: Town) -> None:
    record(town, signed_on=TODAY)
    name(town, replace(MONITORING, version="2027-01"))
    assert missing(town) == EVERYBODY


def test_an_earlier_version_is_recorded_and_counts_for_the_past_only(town: Town) -> None:
    record(town, version="1998", signed_on=date(2020, 1, 2))
    assert missing(town) == EVERYBODY
    with acting(town) as world:
        (listed,) = notice.listed(world, "monitoring-notice")
    assert [(one.version, one.person) for one in listed.told] == [("1998", CLERK)]
    assert (listed.given, listed.signed, listed.missing) == (0, 0, 4)


def test_who_signs_something_had_it_since_it_was_given_to_them(town: Town) -> None:
    record(town, given=date(2026, 10, 5))
    assert record(town, signed_on=date(2026, 10, 9)).given_on == date(2026, 10, 5)
    assert record(town, RECORDS, signed_on=date(2026, 10, 9)).given_on == date(2026, 10, 9)


def test_what_is_recorded_already_is_not_recorded_again(town: Town) -> None:
    for _ in range(2):
        record(town, given=date(2026, 10, 5), signed_on=date(2026, 10, 9))
    assert len(entries(town)) == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"given": date(2026, 11, 22)}, "2026-11-22 has not come yet."),
        ({"signed_on": date(2026, 11, 22)}, "2026-11-22 has not come yet."),
        (
            {"given": date(2026, 11, 2), "signed_on": date(2026, 11, 1)},
            "Nobody signs on 2026-11-01 what is given to them on 2026-11-02.",
        ),
        ({"person": "ana.holn@town.example"}, f"the address 'ana.holn@town.example'; perhaps {CLERK} is meant."),
        ({"person": ""}, "Nobody is known to have the address ''."),
        ({"notice_": "monitoring-notise"}, "There is no notice 'monitoring-notise'."),
    ],
)
def test_what_cannot_be_is_refused_and_not_recorded(town: Town, said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongUsage) as error:
        record(town, **said)
    assert sentence in error.value.message
    assert entries(town) == []


def test_a_misspelt_notice_is_told_with_the_one_that_is_meant(town: Town) -> None:
    with pytest.raises(WrongUsage) as error:
        record(town, notice_="monitoring-notise")
    assert error.value.next_step == "Perhaps 'monitoring-notice' is meant."


def test_only_the_office_records_and_the_attempt_is_written_down(town: Town) -> None:
    with pytest.raises(NotThisOffice):
        record(town, ATTORNEY, by=ATTORNEY)
    with acting(town, ATTORNEY) as world, pytest.raises(NotThisOffice):
        notice.import_(world, "monitoring-notice", sheet(f"person,given\n{CLERK},2026-11-01\n"))
    assert entries(town) == []


def test_a_notice_of_one_department_is_asked_of_its_people_only(town: Town) -> None:
    know(town, Person(address=CRON, departments=(Term(of="IT"),)), Person(address=CLERK, departments=(Term(of="HR"),)))
    assert missing(town, "it-agreement") == [CRON]


def test_who_left_is_not_missing_and_who_comes_is_from_their_first_day(town: Town) -> None:
    know(
        town,
        Person(address=ATTORNEY, employed=(Term(of="", to_on=date(2026, 10, 31)),)),
        Person(address="new@town.example", employed=(Term(of="", from_on=date(2026, 12, 1)),)),
    )
    assert missing(town) == [CLERK, CRON, RECORDS]
    town.at += timedelta(days=20)
    assert missing(town) == [CLERK, CRON, "new@town.example", RECORDS]


def test_whoever_changes_their_address_has_signed_all_the_same(town: Town) -> None:
    know(town, Person(address="eve@town.example", id="9"))
    record(town, "eve@town.example", signed_on=TODAY)
    know(town, Person(address="eve.may@town.example", id="9"))
    assert "eve.may@town.example" not in missing(town)
    know(town, Person(address="eve@town.example", id="12"))
    assert "eve@town.example" in missing(town)


# --- lists ----------------------------------------------------------------------------------------------------------


def test_a_list_is_recorded_as_a_whole_and_only_once(town: Town) -> None:
    text = (
        f"Person;Given;Signed;Reference;Version\n{CLERK.upper()};10/5/2026;10/9/2026;HR 1;\n"
        f"{RECORDS};2026-10-05;;;\n{CRON};;2026-10-07;;1998\n"
    )
    first = imported(town, text)
    assert [(one.person, one.given_on, one.signed_on, one.version) for one in first.recorded] == [
        (CLERK, date(2026, 10, 5), date(2026, 10, 9), "2026-10"),
        (RECORDS, date(2026, 10, 5), None, "2026-10"),
        (CRON, date(2026, 10, 7), date(2026, 10, 7), "1998"),
    ]
    again = imported(town, text)
    assert (again.recorded, again.known) == ((), 3)
    assert missing(town) == [CRON, ATTORNEY, RECORDS]


def test_one_bad_row_records_nothing_and_every_bad_row_is_told(town: Town) -> None:
    with pytest.raises(WrongUsage) as error:
        imported(
            town,
            f"person,given,signed\n{CLERK},2026-10-05,\nnobody@town.example,2026-10-05,\n{RECORDS},,\n"
            f"{RECORDS},2026-10-05,2026-10-04\n{RECORDS},2999-01-01,\nAna Holm,2026-10-05,\n{CLERK},2026-10-06,\n"
            f"{ATTORNEY},31/12/2025,\n",
        )
    told = error.value.message.split("\n")
    assert told[0] == "The list has 7 problems, and nothing was recorded:"
    assert [line.strip().partition(",")[0] for line in told[1:]] == [f"row {n}" for n in range(3, 10)]
    assert entries(town) == []


def test_a_list_says_whom_and_when(town: Town) -> None:
    for text, said in ((f"who,given\n{CLERK},2026-10-05\n", "person"), (f"person,on\n{CLERK},2026-10-05\n", "given")):
        with pytest.raises(WrongUsage) as error:
            imported(town, text)
        assert f"row 1, {said}: there is no such column" in error.value.message


# --- what rests on it -----------------------------------------------------------------------------------------------


def test_what_a_person_lacks_is_said_in_one_sentence_and_nothing_once_they_have_it(town: Town) -> None:
    def standing() -> str | None:
        with acting(town) as world:
            person = world.roll.with_address(CLERK)
            assert person is not None
            return notice.standing(world, "monitoring-notice", person)

    assert standing() == f"Ana Holm <{CLERK}> has not been given 'Notice of monitoring' in its version 2026-10."
    record(town, given=date(2026, 11, 1))
    assert standing() == (
        f"Ana Holm <{CLERK}> was given it on 2026-11-01 and has not signed 'Notice of monitoring' "
        "in its version 2026-10."
    )
    record(town, signed_on=TODAY)
    assert standing() is None


def test_status_counts_who_is_missing(town: Town) -> None:
    record(town, signed_on=TODAY)
    with acting(town) as world:
        (sentence,) = status(world).notices
    assert sentence == (
        "Human Resources: 3 people have not signed 'monitoring-notice' in its version 2026-10; "
        "see `retention notice due monitoring-notice`."
    )
    for address in EVERYBODY:
        record(town, address, signed_on=TODAY)
    with acting(town) as world:
        assert status(world).notices == ()


def test_a_connecticut_city_without_a_notice_is_told_that_its_law_asks_for_one(town: Town) -> None:
    name(town)
    with acting(town) as world:
        assert status(world).notices == ()
        world.schedules = (replace(town.schedule, jurisdiction="Connecticut"),)
        assert "Conn. Gen. Stat. 31-48d" in notice.waiting(world)[0]
    name(town, MONITORING)
    with acting(town) as world:
        world.schedules = (replace(town.schedule, jurisdiction="Connecticut"),)
        (sentence,) = notice.waiting(world)
        assert "4 people have not signed" in sentence
