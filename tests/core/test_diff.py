"""The fate of a message under two schedules: what flips, how alarming it is, and that nothing is called milder."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.city import Rules
from retention.core.classify import Classification
from retention.core.decide import Action, Case, Why, decide
from retention.core.diff import Course, Fate, Kind, Tally, fate, flip, terms_of
from retention.core.hold import NONE
from retention.core.message import Mailbox, Message
from retention.core.schedule import Series, parse

TODAY = date(2026, 11, 21)
RULES = Rules(
    largest_purge=5000,
    largest_share=1.0,
    plan_valid_for=7,
    release_grace=30,
    leave_for=30,
    posting=0,
    fiscal_year_starts=(7, 1),
    time_zone="America/Chicago",
)
BOX = Mailbox(id="box", address="ana@town.example")
MESSAGE = Message(
    mailbox="box",
    id="m",
    version="v1",
    subject="x",
    preview="x",
    sender="jo@elsewhere.example",
    to=(),
    cc=(),
    received_at=datetime(2025, 10, 17, 15, tzinfo=UTC),
    sent_at=datetime(2025, 10, 17, 15, tzinfo=UTC),
    kind="IPM.Note",
    is_draft=False,
    is_read=True,
)
EVENTS = ("closed", "superseded", "no longer needed")


def series(retain: str, *, id: str = "the-series", transitory: bool = False, then: str = "", **more: Any) -> Series:
    row = {
        "id": id,
        "title": id,
        "retain": retain,
        "then": then or ("keep" if retain == "permanent" else "destroy"),
        "transitory": transitory,
        "verified": True,
        "citation": "c",
        "source": "https://s.example",
        "match": [{"subject": ["x"]}],
        "example": [{"subject": "x", "belongs": True}],
        **more,
    }
    head = {"name": "t", "title": "t", "authority": "a", "edition": "e", "jurisdiction": "j"}
    schedule, problems = parse({"schedule": head, "series": [row]}, "t")
    assert schedule is not None, problems
    return schedule.series[0]


def case_of(under: Series | None, message: Message = MESSAGE, **more: Any) -> Case:
    filing = Classification(series_key=under.key, schedule_name="t", why="y") if under else Classification(why="none")
    case = Case(
        message=message,
        mailbox=BOX,
        filing=filing,
        series=under,
        fingerprint="f",
        adopted=True,
        holds=NONE,
        today=TODAY,
        rules=RULES,
    )
    return replace(case, **more)


def fate_of(case: Case, schedule: str = "t") -> Fate:
    return fate(case, terms_of(schedule, case.series) if case.series else None)


def under(retain: str, **more: Any) -> Fate:
    return fate_of(case_of(series(retain, **more)))


def notice(retain: str = "no retention required", **more: Any) -> Fate:
    return under(retain, transitory=True, **more)


REVIEW = fate_of(case_of(None))

FLIPS: list[tuple[Fate, Fate, Kind | None]] = [
    # What goes where it was kept, or was a record.
    (REVIEW, notice(), Kind.DESTROYABLE),
    (REVIEW, notice("10 years after received"), Kind.DESTROYABLE),
    (REVIEW, notice("until superseded"), Kind.DESTROYABLE),
    (under("permanent"), notice(), Kind.DESTROYABLE),
    (under("1 year after received"), notice("until no longer needed"), Kind.DESTROYABLE),
    (notice(verified=False), notice(), Kind.DESTROYABLE),
    # It waited for an authority, and not for anything that could happen under that schedule.
    (notice("not scheduled"), notice(), Kind.DESTROYABLE),
    # What ends sooner, or may.
    (under("permanent"), under("7 years after received"), Kind.SOONER),
    (under("permanent"), under("until superseded"), Kind.SOONER),
    (under("7 years after received"), under("3 years after received"), Kind.SOONER),
    (under("3 years after closed"), under("10 years after received"), Kind.SOONER),
    (under("10 years after received"), under("until superseded"), Kind.SOONER),
    (under("3 years after closed"), under("10 years after superseded"), Kind.SOONER),
    (under("3 years after closed"), under("1 year after closed"), Kind.SOONER),
    (under("not scheduled"), under("until superseded"), Kind.SOONER),
    (under("3 years after received", then="keep"), under("7 years after received"), Kind.SOONER),
    (under("3 years after received", then="review"), under("3 years after received"), Kind.SOONER),
    (under("3 years after received"), under("2 years after received", then="review"), Kind.SOONER),
    (notice("2 years after received"), notice("2 years after received", id="others"), Kind.REFILED),
    (notice("3 years after received"), notice("2 years after received"), Kind.SOONER),
    (notice("3 years after received"), notice(), Kind.SOONER),
    # What becomes a record, or ceases to go.
    (REVIEW, under("permanent"), Kind.CAPTURED),
    (notice(), under("3 years after received"), Kind.CAPTURED),
    (under("permanent", verified=False), under("permanent"), Kind.CAPTURED),
    (notice(), REVIEW, Kind.SPARED),
    (notice(), notice("not scheduled"), Kind.SPARED),
    (notice(), notice(verified=False), Kind.SPARED),
    # What is kept longer.
    (under("3 years after received"), under("7 years after received"), Kind.LONGER),
    (under("3 years after received"), under("permanent"), Kind.LONGER),
    (under("3 years after received"), under("3 years after received", then="review"), Kind.LONGER),
    (under("3 years after received"), under("10 years after closed"), Kind.LONGER),
    (under("3 years after closed"), under("10 years after closed"), Kind.LONGER),
    (under("30 days after received"), under("until superseded"), Kind.LONGER),
    (under("until superseded"), under("not scheduled"), Kind.LONGER),
    # Another series, or none.
    (under("3 years after received"), under("3 years after received", id="others"), Kind.REFILED),
    (under("permanent", verified=False), under("permanent", id="others", verified=False), Kind.REFILED),
    (REVIEW, under("permanent", verified=False), Kind.REFILED),
    (under("permanent"), REVIEW, Kind.REVIEW),
    (under("permanent"), under("permanent", verified=False), Kind.REVIEW),
    (under("permanent", verified=False), REVIEW, Kind.REVIEW),
    # What makes no difference to this message.
    (REVIEW, REVIEW, None),
    (under("3 years after received"), under("36 months after received"), None),
    (under("3 years after received"), under("3 years after sent"), None),
    (under("30 days after received"), under("90 days after received"), None),
    (notice(), notice("30 days after received"), None),
    (under("permanent", verified=False), under("3 years after received", verified=False), None),
]


@pytest.mark.parametrize(("old", "new", "kind"), FLIPS, ids=lambda value: str(value) or None)
def test_a_flip_is_of_the_first_kind_that_fits(old: Fate, new: Fate, kind: Kind | None) -> None:
    assert flip(old, new) == kind


def test_the_kinds_stand_in_the_order_of_alarm() -> None:
    assert [str(kind) for kind in Kind] == [
        "newly destroyable",
        "destroyable once confirmed",
        "destroyed sooner",
        "newly captured",
        "no longer destroyable",
        "kept longer",
        "filed under another series",
        "now needs review",
    ]


def test_a_fate_is_said_in_a_few_words() -> None:
    assert str(REVIEW) == "stays, no series"
    assert str(under("permanent")) == "the-series: record, permanent"
    assert str(under("3 years after received")) == "the-series: record, until 2028-10-18"
    assert str(under("3 years after closed", then="review")) == "the-series: record, 3 years after closed, then review"
    assert str(notice()) == "the-series: purged"
    assert str(notice("3 years after received")) == "the-series: purged, until 2028-10-18"
    assert str(notice("until superseded")) == "the-series: purged, until superseded"
    assert str(notice(verified=False)) == "the-series: stays, series not verified"


def test_what_the_catalog_knows_of_a_message_keeps_it_on_both_sides() -> None:
    """A draft, an item that is no mail and mail without a date do not go, whatever series they are in."""
    for spoilt in ({"is_draft": True}, {"kind": "IPM.Task"}, {"received_at": None}, {"trouble": "it is torn"}):
        message = replace(MESSAGE, **spoilt)
        new = fate_of(case_of(series("no retention required", transitory=True), message))
        assert new.course is Course.STAYS
        assert flip(fate_of(case_of(None, message)), new) is Kind.REFILED


def test_mail_that_is_too_recent_to_go_is_destroyable_all_the_same() -> None:
    message = replace(MESSAGE, received_at=datetime(2026, 11, 20, 15, tzinfo=UTC))
    new = fate_of(case_of(series("no retention required", transitory=True), message))
    assert (new.course, new.action, new.why) == (Course.GOES, Action.KEEP, Why.RECENT)
    assert flip(fate_of(case_of(None, message)), new) is Kind.DESTROYABLE
    assert str(new) == "the-series: purged, too recent"


def test_transitory_mail_in_the_conversation_of_a_record_stays() -> None:
    going = case_of(series("no retention required", transitory=True))
    assert flip(fate_of(going), fate_of(replace(going, in_record_thread=True))) is Kind.SPARED


def test_an_edition_under_another_name_keeps_its_series_where_code_and_title_are_the_same() -> None:
    case = case_of(series("3 years after received"))
    retitled = case_of(series("3 years after received", title="Something else"))
    assert flip(fate_of(case, "town"), fate_of(case, "town-2027")) is None
    assert flip(fate_of(case, "town"), fate_of(retitled, "town")) is None
    assert flip(fate_of(case, "town"), fate_of(retitled, "county")) is Kind.REFILED


# --- properties -----------------------------------------------------------------------------------------------------

PERIODS = [
    "permanent",
    "no retention required",
    "until read",
    "30 days after received",
    "2 years after sent",
    "7 years after end of fiscal year received",
    "3 years after closed",
    "until superseded",
    "until no longer needed",
    "later of 2 years after received and superseded",
    "earlier of 1 year after received and superseded",
    "not scheduled",
    "permanent if received before 2025, otherwise 90 days after received",
]
SERIES = [
    series(retain, id=id, transitory=transitory, then=then, verified=verified)
    for retain in PERIODS
    for id in ("one", "other")
    for transitory, then in ((False, "destroy"), (False, "review"), (False, "keep"), (True, "destroy"))
    for verified in (True, False)
    if retain != "permanent" or (not transitory and then == "keep")
]
instants = st.none() | st.datetimes(datetime(2019, 1, 1), datetime(2026, 11, 21)).map(lambda d: d.replace(tzinfo=UTC))
messages = st.builds(
    lambda **fields: replace(MESSAGE, **fields),
    version=st.sampled_from(["v1", "v1", "v1", None]),
    received_at=instants,
    sent_at=instants,
    kind=st.sampled_from(["IPM.Note", "IPM.Note", "IPM.Task", None]),
    is_draft=st.sampled_from([False, False, False, True, None]),
    is_read=st.sampled_from([True, False, None]),
    trouble=st.sampled_from([None, None, None, "the row is broken"]),
)


@st.composite
def cases(draw: st.DrawFn, message: Message) -> Case:
    return case_of(
        draw(st.none() | st.sampled_from(SERIES)),
        message,
        adopted=draw(st.sampled_from([True, True, False])),
        confirmed=draw(st.booleans()),
        in_record_thread=draw(st.sampled_from([False, False, True])),
        happened=draw(st.dictionaries(st.sampled_from(EVENTS), st.dates(date(2019, 1, 1), TODAY), max_size=2)),
    )


custodians = st.sampled_from(["ana", "bob"])
names = st.sampled_from([(), ("elm",), ("elm", "oak")])
pairs = messages.flatmap(lambda message: st.tuples(cases(message), cases(message)))


def could_go(case: Case) -> bool:
    """Whether it may be purged on any day, whatever happens until then: asked of the rule itself."""
    happened = {event: case.happened.get(event, TODAY) for event in EVENTS}
    far = replace(case, today=date(3000, 1, 1), message=replace(case.message, is_read=True), happened=happened)
    return Action.PURGE in (decide(far).action, decide(case).action)


@given(pairs)
def test_a_fate_that_stays_the_same_is_no_flip(pair: tuple[Case, Case]) -> None:
    for case in pair:
        assert flip(fate_of(case), fate_of(case)) is None


@given(pairs)
def test_newly_destroyable_is_never_called_anything_milder(pair: tuple[Case, Case]) -> None:
    old, new = pair
    newly = could_go(new) and not could_go(old)
    assert (flip(fate_of(old), fate_of(new)) is Kind.DESTROYABLE) == newly


@given(pairs)
def test_what_is_due_earlier_is_never_called_kept_longer(pair: tuple[Case, Case]) -> None:
    before, after = (fate_of(case) for case in pair)
    if flip(before, after) is Kind.LONGER and not before.for_ever and not after.for_ever:
        assert before.due_on is None or after.due_on is None or after.due_on >= before.due_on or after.is_due


@given(pairs)
def test_what_is_better_one_way_is_worse_the_other_way(pair: tuple[Case, Case]) -> None:
    before, after = (fate_of(case) for case in pair)
    if flip(before, after) is Kind.SPARED:
        assert flip(after, before) is Kind.DESTROYABLE
    if flip(before, after) is Kind.LONGER:
        assert flip(after, before) is Kind.SOONER
    if flip(before, after) is None:
        assert flip(after, before) is None


@settings(max_examples=40)
@given(st.lists(st.tuples(pairs, custodians, names), max_size=8))
def test_the_counts_reconcile(drawn: list[tuple[tuple[Case, Case], str, tuple[str, ...]]]) -> None:
    tally = Tally()
    for (old, new), custodian, holds in drawn:
        before, after = fate_of(old), fate_of(new)
        kind = flip(before, after)
        if kind is None:
            tally.stays()
        else:
            tally.add(kind, custodian, before, after, holds)
    assert tally.reconciles
    assert tally.seen == len(drawn) == tally.same + sum(one.messages for one in tally.kinds)
    for counts in (tally.custodians, tally.series, tally.holds):
        alarm = [(list(Kind).index(one.kind), -one.messages) for one in counts]
        assert all(a <= b for a, b in pairwise(alarm))


def test_a_day_changes_nothing_but_what_is_due() -> None:
    """The same fates a year later: what was due sooner and what later is due on both sides then."""
    old, new = (case_of(series(f"{years} years after received")) for years in (2, 3))
    later = [fate_of(replace(case, today=TODAY + timedelta(days=1200))) for case in (old, new)]
    assert flip(fate_of(old), fate_of(new)) is Kind.LONGER
    assert flip(*later) is None
