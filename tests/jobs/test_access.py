"""Access is asked for and granted by the office that may, in advance, in writing, and for a few days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.access import AccessRequested, AccessRevoked
from retention.core.audit import Refused
from retention.core.city import Access, Grant
from retention.core.message import Mailbox
from retention.core.person import Person, Term
from retention.errors import NotThisOffice, PersonUnknown, WrongUsage
from retention.jobs import access
from tests.jobs.granted import DAY, GONE, IT, MANAGER, MAYOR, Guarded
from tests.jobs.town import ATTORNEY, CLERK, NOW, RECORDS

TODAY = date(2026, 11, 21)


@pytest.fixture
def town(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path)


def left(address: str = GONE) -> Person:
    return Person(address=address, employed=(Term(of="", to_on=date(2026, 6, 30)),))


# --- the request


def test_a_request_is_written_down_and_allows_nothing(town: Guarded) -> None:
    asked = town.asked()
    assert asked.said == AccessRequested(custodian=CLERK, reader=ATTORNEY, purpose="a claim")
    assert (asked.by, asked.at) == (ATTORNEY, NOW)
    (one,) = town.doing(RECORDS, access.listed)
    assert (one.state, one.grant, one.offices) == ("waiting", None, ("City Manager",))


def test_anybody_who_is_listed_may_ask_for_another(town: Guarded) -> None:
    asked = town.asked(reader=IT, by=ATTORNEY)
    assert (asked.by, asked.said.reader) == (ATTORNEY, IT)


def test_who_is_not_listed_asks_for_nothing(town: Guarded) -> None:
    world = town.world(ATTORNEY)
    world.actor = Person(address="account:nobody")
    with pytest.raises(PersonUnknown):
        access.request(world, custodian=CLERK, purpose="a claim")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"custodian": "nobody@town.example"}, "Nobody and no mailbox is known"),
        ({"custodian": ""}, "Nobody and no mailbox is known"),
        ({"reader": "stranger@town.example"}, "is not listed under"),
        ({"purpose": "  "}, "needs its purpose"),
    ],
)
def test_a_request_that_cannot_be_meant_so_is_refused(town: Guarded, asked: dict[str, str], said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        town.doing(ATTORNEY, access.request, **{"custodian": CLERK, "purpose": "a claim", **asked})
    assert town.kinds() == ["founded"]


def test_a_custodian_is_written_down_under_the_address_they_have_now(town: Guarded) -> None:
    town.recorded(Person(address="gil.new@town.example", addresses=(GONE,)))
    assert town.asked(GONE).said.custodian == "gil.new@town.example"
    assert town.asked(CLERK.upper()).said.custodian == CLERK
    world = town.world(RECORDS)
    world.catalog.save_mailbox(Mailbox(id="box-9", address="permits@town.example", kind="shared"), ())
    world.close()
    assert town.asked("permits@town.example").said.custodian == "permits@town.example"


# --- who grants


@pytest.mark.parametrize(("custodian", "by"), [(CLERK, MANAGER), (MAYOR, MANAGER), (MANAGER, MAYOR)])
def test_the_city_manager_grants_and_the_mayor_for_the_city_managers_own(
    town: Guarded, custodian: str, by: str
) -> None:
    given = town.granted(town.asked(custodian), by=by)
    assert (given.by, given.said.custodian, given.said.reader) == (by, custodian, ATTORNEY)
    assert given.said.office == ("Mayor" if by == MAYOR else "City Manager")


@pytest.mark.parametrize(
    ("custodian", "by"), [(CLERK, MAYOR), (CLERK, RECORDS), (CLERK, CLERK), (MANAGER, MANAGER), (MANAGER, RECORDS)]
)
def test_another_office_grants_nothing_and_its_attempt_is_written_down(town: Guarded, custodian: str, by: str) -> None:
    asked = town.asked(custodian)
    with pytest.raises(NotThisOffice) as refused:
        town.granted(asked, by=by)
    assert f"is granted by {'Mayor' if custodian == MANAGER else 'City Manager'}" in refused.value.message
    told = town.said()[-1]
    assert isinstance(told, Refused) and (told.act, told.why) == ("grant-access", refused.value.message)
    assert "access granted" not in town.kinds()


@pytest.mark.parametrize(("reader", "by"), [(MANAGER, ATTORNEY), (ATTORNEY, MANAGER), (MANAGER, MANAGER)])
def test_nobody_grants_what_they_are_to_read_or_what_they_asked_for(town: Guarded, reader: str, by: str) -> None:
    asked = town.asked(reader=reader, by=by)
    with pytest.raises(NotThisOffice, match="a second person"):
        town.granted(asked)
    assert town.kinds()[-1] == "refused"


def test_current_and_former_staff_have_their_own_offices(tmp_path: Path) -> None:
    rules = (Grant(of="current", by=("City Manager",)), Grant(of="former", by=("Human Resources",)))
    town = Guarded(tmp_path, Access(grants=rules))
    town.recorded(left())
    assert town.may_read(GONE, by=RECORDS).said.office == "Human Resources"
    for custodian, wrong in ((GONE, MANAGER), (CLERK, RECORDS)):
        with pytest.raises(NotThisOffice):
            town.may_read(custodian, reader=IT, by=wrong)


def test_an_office_that_is_held_no_longer_grants_nothing(town: Guarded) -> None:
    asked = town.asked()
    town.city = replace(town.city, offices={**town.city.offices, "City Manager": (MAYOR,)})
    with pytest.raises(NotThisOffice):
        town.granted(asked)
    assert town.granted(asked, by=MAYOR).said.office == "City Manager"


# --- for how long


@pytest.mark.parametrize(
    ("when", "since", "until"),
    [
        ({}, NOW, datetime(2026, 11, 28, 6, 0, tzinfo=UTC)),
        ({"days": 1}, NOW, datetime(2026, 11, 22, 6, 0, tzinfo=UTC)),
        ({"until": date(2026, 11, 27)}, NOW, datetime(2026, 11, 28, 6, 0, tzinfo=UTC)),
        ({"until": TODAY}, NOW, datetime(2026, 11, 22, 6, 0, tzinfo=UTC)),
        ({"begin": TODAY, "days": 2}, NOW, datetime(2026, 11, 23, 6, 0, tzinfo=UTC)),
        (
            {"begin": date(2026, 12, 1), "days": 7},
            datetime(2026, 12, 1, 6, 0, tzinfo=UTC),
            datetime(2026, 12, 8, 6, 0, tzinfo=UTC),
        ),
    ],
)
def test_a_grant_runs_over_whole_calendar_days_of_the_city(
    town: Guarded, when: dict[str, Any], since: datetime, until: datetime
) -> None:
    given = town.granted(town.asked(), **when)
    assert (given.said.since, given.said.until) == (since, until)


@pytest.mark.parametrize("when", [{"days": 8}, {"until": date(2026, 11, 28)}, {"until": date(9999, 12, 31)}])
def test_a_grant_of_more_than_seven_days_is_refused_with_the_limit_and_the_way_out(
    town: Guarded, when: dict[str, Any]
) -> None:
    with pytest.raises(WrongUsage) as refused:
        town.granted(town.asked(), **when)
    assert "at most 7" in refused.value.message and "a new grant" in refused.value.next_step


def test_the_limit_is_the_citys(tmp_path: Path) -> None:
    town = Guarded(tmp_path, Access(longest="2 days"))
    with pytest.raises(WrongUsage, match="at most 2"):
        town.may_read(days=3)
    assert town.may_read().said.until == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"begin": date(2026, 11, 20)}, "in advance"),
        ({"begin": date(2026, 11, 20), "until": date(2026, 11, 22)}, "in advance"),
        ({"begin": date(9999, 12, 31)}, "more than a year away"),
        ({"begin": date(2026, 12, 2), "until": date(2026, 12, 1)}, "before it begins"),
        ({"until": date(2026, 11, 20)}, "before it begins"),
        ({"days": 0}, "before it begins"),
        ({"days": -3}, "before it begins"),
        ({"days": 2, "until": TODAY}, "both say"),
        ({"reference": " "}, "in writing"),
    ],
)
def test_a_grant_that_is_not_in_advance_and_in_writing_is_refused(
    town: Guarded, when: dict[str, Any], said: str
) -> None:
    with pytest.raises(WrongUsage, match=said):
        town.granted(town.asked(), **when)
    assert town.kinds()[-1] == "access requested"


def test_what_is_no_request_is_not_granted(town: Guarded) -> None:
    for entry in (0, 99):
        with pytest.raises(WrongUsage, match="no request"):
            town.doing(MANAGER, access.grant, entry, reference="memo")


def test_one_request_is_granted_once(town: Guarded) -> None:
    asked = town.asked()
    given = town.granted(asked, days=1)
    town.at = given.said.until + DAY
    with pytest.raises(WrongUsage, match="granted before"):
        town.granted(asked)


def test_two_grants_at_a_time_would_be_one_that_is_too_long(town: Guarded) -> None:
    town.may_read(days=7)
    with pytest.raises(WrongUsage, match="already"):
        town.may_read(begin=date(2026, 11, 28), days=7)
    town.may_read(RECORDS)
    town.may_read(reader=IT)
    town.at = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
    assert town.may_read().said.since == town.at


# --- taken back, and listed


def test_a_grant_is_revoked_by_whoever_may_grant_it_and_by_nobody_else(town: Guarded) -> None:
    given = town.may_read()
    with pytest.raises(NotThisOffice):
        town.doing(ATTORNEY, access.revoke, given.entry, reason="done")
    assert town.kinds()[-1] == "refused"
    revoked = town.doing(MANAGER, access.revoke, given.entry, reason="done")
    assert revoked == AccessRevoked(grant=given.entry, reason="done") == town.said()[-1]
    with pytest.raises(WrongUsage, match="revoked already"):
        town.doing(MANAGER, access.revoke, given.entry, reason="again")
    assert town.may_read()


def test_the_office_that_granted_can_revoke_when_another_one_grants_by_now(tmp_path: Path) -> None:
    rules = (Grant(of="current", by=("City Manager",)), Grant(of="former", by=("Human Resources",)))
    town = Guarded(tmp_path, Access(grants=rules))
    given, other = town.may_read(CLERK), town.may_read(CLERK, reader=IT)
    town.recorded(left(CLERK))
    town.doing(MANAGER, access.revoke, given.entry, reason="done")
    town.doing(RECORDS, access.revoke, other.entry, reason="done")


def test_what_is_no_grant_or_over_is_not_revoked(town: Guarded) -> None:
    asked = town.asked()
    with pytest.raises(WrongUsage, match="is no grant"):
        town.doing(MANAGER, access.revoke, asked.entry, reason="x")
    given = town.granted(asked, days=1)
    with pytest.raises(WrongUsage, match="needs its reason"):
        town.doing(MANAGER, access.revoke, given.entry, reason=" ")
    town.at = given.said.until
    with pytest.raises(WrongUsage, match="over already"):
        town.doing(MANAGER, access.revoke, given.entry, reason="x")


def test_the_list_says_how_each_stands_at_this_instant(town: Guarded) -> None:
    live, later = town.may_read(days=1), town.may_read(RECORDS, begin=date(2026, 11, 25))
    revoked, waits = town.may_read(reader=IT), town.asked(MANAGER)
    town.doing(MANAGER, access.revoke, revoked.entry, reason="done")

    def states(**only: Any) -> dict[int, str]:
        return {one.request: one.state for one in town.doing(RECORDS, access.listed, **only)}

    everything = {live.said.request: "live", later.said.request: "not yet"}
    everything |= {revoked.said.request: "revoked", waits.entry: "waiting"}
    assert states() == everything
    assert states(live=True) == {live.said.request: "live"}
    assert states(reader=IT) == {revoked.said.request: "revoked"}
    assert states(custodian=MANAGER) == {waits.entry: "waiting"}
    town.at = live.said.until
    assert states()[live.said.request] == "over" and states(live=True) == {}
