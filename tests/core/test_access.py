"""Who may let somebody read whose mail, and when a grant is live: each city's own policy, and the strictest."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.access import (
    Access,
    AccessGranted,
    AccessRequested,
    AccessRevoked,
    AccessUsed,
    Given,
    custodians,
    end_of,
    granters,
    mailboxes_of,
    meant,
    midnight,
)
from retention.core.city import City, Grant, parse
from retention.core.message import Mailbox
from retention.core.person import Person, Roll, Term
from tests.conftest import ROOT

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
DETROIT, CHICAGO = ZoneInfo("America/Detroit"), ZoneInfo("America/Chicago")
ANN, BOB, PERMITS = "ann@town.example", "bob@town.example", "permits@town.example"


def example(name: str) -> City:
    city, problems = parse(tomllib.loads((ROOT / "examples" / name / "retention.toml").read_text("utf-8")))
    assert city is not None, problems
    return city


def worker(address: str = ANN, *terms: tuple[date | None, date | None], **more: Any) -> Person:
    employed = tuple(Term(of="", from_on=first, to_on=last) for first, last in terms)
    return Person(address=address, employed=employed, **more)


WORKS = worker("ann@x.example", (date(2020, 1, 1), None))
LEFT = worker("ann@x.example", (date(2020, 1, 1), date(2026, 11, 20)))
LEAVES_TODAY = worker("ann@x.example", (date(2020, 1, 1), TODAY))
BACK = worker("ann@x.example", (date(2020, 1, 1), date(2024, 1, 1)), (date(2026, 1, 1), None))
UNHEARD_OF = worker("ann@x.example")

MONROE, MANAGER_OF_MONROE = ("City Manager",), Person(address="ruth.novak@monroe.example")
POLICIES = [
    ("san-jose", WORKS, ("City Manager's Office",)),
    ("san-jose", LEFT, ("Department Director",)),
    ("san-jose", LEAVES_TODAY, ("City Manager's Office",)),
    ("san-jose", BACK, ("City Manager's Office",)),
    ("san-jose", UNHEARD_OF, ("City Manager's Office",)),
    ("san-jose", None, ("City Manager's Office",)),
    ("quincy", WORKS, ("Mayor",)),
    ("quincy", LEFT, ("Mayor",)),
    ("quincy", None, ("Mayor",)),
    ("rosemount", WORKS, ("City Administrator",)),
    ("rosemount", LEFT, ("City Administrator",)),
    ("rosemount", Person(address="ruth.novak@rosemount.example"), ("Mayor",)),
    ("monroe", WORKS, MONROE),
    ("monroe", LEFT, MONROE),
    ("monroe", None, MONROE),
    ("monroe", MANAGER_OF_MONROE, ("Mayor",)),
    ("monroe", Person(address="leo.hart@monroe.example"), MONROE),
    ("waterbury", WORKS, ("Human Resources", "IT Director")),
    ("waterbury", Person(address="sam.berg@waterbury.example"), ("IT Director",)),
    ("waterbury", Person(address="ruth.novak@waterbury.example"), ("Human Resources",)),
    ("willow-falls", WORKS, ("Mayor",)),
]


@pytest.mark.parametrize(("city", "whose", "offices"), POLICIES)
def test_each_citys_own_policy_says_who_grants(city: str, whose: Person | None, offices: tuple[str, ...]) -> None:
    settings = example(city)
    people = (whose,) if whose else ()
    roll = settings.roll_with(people)
    assert granters(settings.access.grants, people, roll, TODAY) == offices


@pytest.mark.parametrize("city", sorted({city for city, *_ in POLICIES}))
def test_in_every_example_somebody_can_grant_access_and_for_at_most_a_week(city: str) -> None:
    settings = example(city)
    assert settings.access.longest == "7 days"
    for rule in settings.access.grants:
        assert all(settings.offices[office] for office in rule.by)


def test_what_must_come_before_is_the_agreement_in_monroe_and_the_notice_in_waterbury() -> None:
    monroe, waterbury = example("monroe").access, example("waterbury").access
    assert (monroe.agreement, monroe.agreement_of) == ("it-agreement", ("Information Technology",))
    assert waterbury.notice == "monitoring-notice" and waterbury.agreement == ""


MANAGER, MAYOR = "ruth@town.example", "leo@town.example"
OFFICES = {"City Manager": (Term(of=MANAGER),), "Mayor": (Term(of=MAYOR),)}


def asked(*people: Person, rules: tuple[Grant, ...] = (), on: date = TODAY) -> tuple[str, ...]:
    return granters(rules, people, Roll(people, OFFICES), on)


def test_where_the_city_sets_no_rule_it_is_the_city_manager_and_for_their_own_mail_the_mayor() -> None:
    assert asked(worker()) == asked() == ("City Manager",)
    assert asked(Person(address=MANAGER)) == ("Mayor",)
    assert asked(Person(address=MAYOR)) == ("City Manager",)


def test_where_none_of_the_citys_rules_fits_it_is_the_strictest() -> None:
    rules = (Grant(of="former", by=("Clerk",)),)
    assert asked(worker(), rules=rules) == ("City Manager",)
    assert asked(LEFT, rules=rules) == ("Clerk",)


def test_a_rule_for_an_office_comes_first_and_one_for_anybody_last_however_they_are_written() -> None:
    rules = (
        Grant(of="anybody", by=("Clerk",)),
        Grant(of="current", by=("Attorney",)),
        Grant(of="city manager", by=("Council",)),
    )
    assert asked(Person(address=MANAGER), rules=rules) == ("Council",)
    assert asked(worker(), rules=rules) == ("Attorney",)
    assert asked(LEFT, rules=rules) == ("Clerk",)


def test_an_office_is_asked_about_as_it_is_held_on_that_day() -> None:
    terms = {"City Manager": (Term(of=ANN, to_on=date(2026, 11, 20)), Term(of=MANAGER, from_on=TODAY))}
    roll = Roll([worker()], terms)
    assert granters((), [worker()], roll, date(2026, 11, 20)) == ("Mayor",)
    assert granters((), [worker()], roll, TODAY) == ("City Manager",)


def test_a_post_that_only_the_personnel_office_tells_of_protects_too() -> None:
    assert asked(worker(offices=(Term(of="City Manager"),))) == ("Mayor",)
    assert asked(worker(addresses=(MANAGER,))) == ("Mayor",)


def test_whoever_shares_a_mailbox_makes_it_stricter_and_never_looser() -> None:
    rules = (Grant(of="current", by=("Manager's Office",)), Grant(of="former", by=("Director",)))
    assert asked(LEFT, worker(BOB), rules=rules) == ("Manager's Office",)
    assert asked(LEFT, Person(address=MANAGER)) == ("Mayor",)


# --- when a grant is live


def grant(since: datetime = NOW, until: datetime = NOW + timedelta(days=3), at: datetime | None = None) -> Given:
    said = AccessGranted(request=1, custodian=ANN, reader=BOB, reference="memo", since=since, until=until, office="x")
    return Given(2, MANAGER, at or since, said)


def standing(given: Given, now: datetime, longest: int = 7, *, revoked: bool = False) -> str:
    access = Access()
    access.add(2, given.at, given.by, given.said)
    if revoked:
        access.add(3, given.at, MANAGER, AccessRevoked(grant=2, reason="done"))
    return access.standing(given, now, longest, CHICAGO)


def test_a_grant_begins_and_ends_to_the_second() -> None:
    given, moment = grant(), timedelta(microseconds=1)
    assert standing(given, NOW - moment) == "not yet"
    assert standing(given, NOW) == "live"
    assert standing(given, NOW + timedelta(days=3) - moment) == "live"
    assert standing(given, NOW + timedelta(days=3)) == "over"


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))


@given(now=INSTANTS, since=INSTANTS, until=INSTANTS, at=INSTANTS, longest=st.integers(1, 400))
def test_no_instant_is_live_before_it_begins_or_from_its_end_on_or_when_it_is_revoked(
    now: datetime, since: datetime, until: datetime, at: datetime, longest: int
) -> None:
    given = grant(since, until, at)
    live = standing(given, now, longest) == "live"
    inside = since <= now < until and at <= now
    within = now.astimezone(CHICAGO).date() < since.astimezone(CHICAGO).date() + timedelta(days=longest)
    assert live == (inside and within)
    assert standing(given, now, longest, revoked=True) != "live"


def test_what_is_written_beyond_the_citys_longest_counts_for_nothing() -> None:
    given = grant(until=NOW + timedelta(days=365))
    assert given.ends_at(7, CHICAGO) == datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
    assert standing(given, datetime(2026, 11, 28, 6, 0, tzinfo=UTC)) == "over"


def test_a_grant_that_was_written_later_than_it_says_allows_nothing_before() -> None:
    given = grant(since=NOW - timedelta(days=2), at=NOW)
    assert standing(given, NOW - timedelta(days=1)) == "not yet"
    assert standing(given, NOW) == "live"


@pytest.mark.parametrize(
    ("since", "days", "zone", "end"),
    [
        (NOW, 7, CHICAGO, datetime(2026, 11, 28, 6, 0, tzinfo=UTC)),
        (NOW, 1, CHICAGO, datetime(2026, 11, 22, 6, 0, tzinfo=UTC)),
        # The clocks go back on 1 November 2026: seven calendar days are 169 hours there.
        (datetime(2026, 10, 30, 4, 0, tzinfo=UTC), 7, DETROIT, datetime(2026, 11, 6, 5, 0, tzinfo=UTC)),
        # The day is the city's: at four in the morning of the 21st in UTC it is still the 20th there.
        (datetime(2026, 11, 21, 4, 0, tzinfo=UTC), 7, CHICAGO, datetime(2026, 11, 27, 6, 0, tzinfo=UTC)),
    ],
)
def test_seven_calendar_days_are_the_citys_and_the_first_counts(
    since: datetime, days: int, zone: ZoneInfo, end: datetime
) -> None:
    assert end_of(since, days, zone) == end


@given(since=INSTANTS, days=st.integers(1, 30))
def test_a_period_ends_at_a_midnight_and_touches_exactly_so_many_days(since: datetime, days: int) -> None:
    end = end_of(since, days, DETROIT)
    assert end == midnight(end.astimezone(DETROIT).date(), DETROIT)
    last = (end - timedelta(microseconds=1)).astimezone(DETROIT).date()
    assert (last - since.astimezone(DETROIT).date()).days + 1 == days


def test_the_fold_keeps_who_said_what_and_counts_each_use_once() -> None:
    access, given = Access(), grant()
    request = AccessRequested(custodian=ANN, reader=BOB, purpose="an audit")
    access.add(1, NOW, BOB, request)
    assert access.requests[1].said == request and access.requests[1].by == BOB and access.of_request(1) is None
    access.add(2, NOW, MANAGER, given.said)
    for digest in ("", "d" * 64):
        access.add(3, NOW, BOB, AccessUsed(grant=2, mailbox="m", id="1", what="read", digest=digest))
    assert access.of_request(1) == given and access.uses == {2: 1}
    assert [one.entry for one in access.to(BOB)] == [2] and list(access.to(ANN)) == []


def test_only_the_first_revocation_is_told() -> None:
    access = Access()
    for reason in ("done", "again"):
        access.add(3, NOW, MANAGER, AccessRevoked(grant=2, reason=reason))
    assert access.revoked[2].reason == "done"


# --- whose mailbox it is


def box(address: str = ANN, id_: str = "box-1", **more: Any) -> Mailbox:
    return Mailbox(id=id_, address=address, **more)


def ids(custodian: str, roll: Roll, *boxes: Mailbox) -> tuple[str, ...]:
    return tuple(one.id for one in mailboxes_of(custodian, boxes, roll))


def test_a_persons_mailbox_is_theirs_and_no_other() -> None:
    roll, boxes = Roll([worker(ANN), worker(BOB)]), (box(), box(BOB, "box-2"))
    assert ids(ANN, roll, *boxes) == ids(ANN, Roll(), *boxes) == ("box-1",)
    assert ids("nobody@town.example", roll, *boxes) == ()


def test_an_owners_mail_is_their_shared_mailbox_too_but_not_the_other_way_round() -> None:
    shared = box(PERMITS, "box-9", kind="shared")
    roll = Roll([worker(ANN, mailboxes=(PERMITS,)), worker(BOB)])
    assert ids(ANN, roll, box(), shared) == ("box-1", "box-9")
    assert ids(PERMITS, roll, box(), shared) == ("box-9",)
    assert ids(BOB, roll, box(), shared) == ()
    assert custodians(shared, roll) == (roll.people[0],)


def test_the_directorys_own_id_is_surer_than_an_address() -> None:
    mine, other = worker(ANN, directory="box-1"), worker("old.ann@town.example", directory="box-2")
    roll = Roll([other, mine])
    assert custodians(box("old.ann@town.example", "box-1"), roll) == (mine,)
    assert ids(ANN, roll, box("old.ann@town.example", "box-1")) == ("box-1",)


def test_an_address_given_to_somebody_else_is_no_way_to_the_mail_of_whoever_had_it_before() -> None:
    before = worker("ann.lee@town.example", addresses=("clerk@town.example",))
    now = worker("clerk@town.example")
    roll = Roll([before, now])
    old = box("ann.lee@town.example", "box-1", aliases=("clerk@town.example",))
    assert meant("clerk@town.example", roll) == now
    assert custodians(old, roll) == (before,)
    assert ids("clerk@town.example", roll, old, box("clerk@town.example", "box-2")) == ("box-2",)


def test_of_two_people_who_both_have_an_address_nobody_is_meant_by_it() -> None:
    roll = Roll([worker(ANN, id="1"), worker(ANN, id="2")])
    assert meant(ANN, roll) is None and len(custodians(box(), roll)) == 2


def test_who_only_had_the_address_is_the_custodian_where_nobody_has_it_now() -> None:
    former = worker("ann.lee@town.example", addresses=(ANN,))
    assert custodians(box(), Roll([former])) == (former,)


def test_a_grant_is_for_the_mailboxes_that_were_written_into_it() -> None:
    given = grant()
    assert given.reaches(box(ANN.upper(), "box-7")) and not given.reaches(box(BOB, "box-7"))
    fixed = Given(2, MANAGER, NOW, replace(given.said, mailboxes=("box-7",)))
    assert fixed.reaches(box(BOB, "box-7")) and not fixed.reaches(box(BOB, "box-8"))


# --- what the settings may say


SETTINGS: dict[str, Any] = {
    "city": {"name": "Town", "time_zone": "America/Chicago"},
    "mail": {"system": "graph", "tenant": "t", "client": "c", "secret": "env:X"},
    "people": {ANN: {}},
    "offices": {"City Manager": [ANN], "Mayor": []},
}


def problems(**access: Any) -> tuple[str, ...]:
    return parse(deepcopy(SETTINGS) | {"access": access})[1]


def test_what_a_city_may_write_of_access_is_taken() -> None:
    rules = [{"of": "City Manager", "by": ["Mayor"]}, {"of": "current", "by": ["City Manager"]}]
    assert problems(longest="1 day", grants=rules) == ()


@pytest.mark.parametrize(
    ("access", "problem"),
    [
        ({"longest": "a week"}, "'access.longest': write whole days, such as '7 days'."),
        ({"longest": "0 days"}, "'access.longest': write whole days, such as '7 days'."),
        ({"longets": "7 days"}, "'access.longets' is not a key; did you mean 'access.longest'?"),
        ({"grants": [{"of": "curent", "by": ["Mayor"]}]}, "'curent' is not known; did you mean 'current'?"),
        ({"grants": [{"of": "City Manger", "by": ["Mayor"]}]}, "did you mean 'City Manager'?"),
        ({"grants": [{"of": "anybody", "by": ["Mayer"]}]}, "'Mayer' is no office under [offices]"),
        ({"grants": [{"of": "anybody", "by": []}]}, "nobody is named who may grant access to 'anybody'."),
        ({"grants": [{"of": "anybody", "by": ["Mayor"]}] * 2}, "'anybody' is there twice"),
        ({"agreement": "it-agreement"}, "'access.agreement': there is no notice 'it-agreement'"),
        ({"notice": "monitoring"}, "'access.notice': there is no notice 'monitoring'"),
    ],
)
def test_what_cannot_be_right_is_told(access: dict[str, Any], problem: str) -> None:
    (told,) = problems(**access)
    assert problem in told
