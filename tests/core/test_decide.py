"""The laws as properties of the rule: whatever the message, the series, the holds and the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.authority import HoldKind
from retention.core.city import Rules
from retention.core.classify import Classification
from retention.core.decide import Action, Case, Why, decide
from retention.core.hold import NONE, Hold, Scope
from retention.core.message import Mailbox, Message
from retention.core.schedule import Series, parse
from tests.core.holding import standing

RULES = Rules(
    largest_purge=5000,
    largest_share=1.0,
    plan_valid_for=7,
    release_grace=30,
    leave_for=30,
    fiscal_year_starts=(7, 1),
    time_zone="America/Chicago",
)
BOXES = [Mailbox(id=f"box-{n}", address=f"{name}@town.example") for n, name in enumerate(("ana", "bob"))]
FILE = Mailbox(id="files:0", address="ana@town.example/old.pst", kind="files")
PERIODS = [
    "permanent",
    "no retention required",
    "until read",
    "30 days after received",
    "2 years after sent",
    "2 years after end of fiscal year received",
    "3 years after closed",
    "until superseded",
]


def series_of(retain: str, transitory: bool, verified: bool) -> Series:
    row = {
        "id": "the-series",
        "title": "The series",
        "retain": retain,
        "then": "keep" if retain == "permanent" else "destroy",
        "transitory": transitory,
        "verified": verified,
        "citation": "c",
        "source": "https://s.example",
        "match": [{"subject": ["x"]}],
        "example": [{"subject": "x", "belongs": True}],
    }
    head = {"name": "t", "title": "t", "authority": "a", "edition": "e", "jurisdiction": "j"}
    schedule, problems = parse({"schedule": head, "series": [row]}, "t")
    assert schedule is not None, problems
    return schedule.series[0]


SERIES = [
    series_of(retain, transitory, verified)
    for retain in PERIODS
    for transitory in (False, True)
    for verified in (False, True)
    if not (transitory and retain == "permanent")
]
instants = st.none() | st.datetimes(datetime(2019, 1, 1), datetime(2027, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))
words = st.sampled_from(["", "water main", "lunch", "x", "Maple water main"])
people = st.sampled_from(["ana@town.example", "jo@utility.example", ""])
messages = st.builds(
    Message,
    mailbox=st.sampled_from(["box-0", "box-1"]),
    id=st.just("m"),
    version=st.sampled_from(["v1", "v1", "v1", None]),
    subject=st.none() | words,
    preview=st.none() | words,
    sender=st.none() | people,
    to=st.none() | st.lists(people, max_size=2).map(tuple),
    cc=st.just(()),
    bcc=st.just(()),
    received_at=instants,
    sent_at=instants,
    kind=st.sampled_from(["IPM.Note", "IPM.Note", "IPM.Note.SMIME", "IPM.Task", None]),
    is_draft=st.sampled_from([False, False, False, True, None]),
    is_read=st.sampled_from([True, False, None]),
    trouble=st.sampled_from([None, None, None, "the row is broken"]),
)
days = st.none() | st.dates(date(2019, 1, 1), date(2027, 1, 1))
scopes = st.builds(
    Scope,
    custodians=st.lists(st.sampled_from(["ana@town.example", "bob@town.example"]), max_size=1).map(tuple),
    participants=st.lists(st.sampled_from(["jo@utility.example", "@town.example"]), max_size=1).map(tuple),
    words=st.lists(st.sampled_from(["water main", "lunch"]), max_size=1).map(tuple),
    first_on=days,
    last_on=days,
).filter(lambda scope: not scope.is_empty)
holds = st.builds(
    Hold,
    name=st.uuids().map(str),
    matter=st.just("m"),
    kind=st.just(HoldKind.LEGAL),
    reason=st.just("r"),
    scope=scopes,
    placed_at=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    placed_by=st.just("kim@town.example"),
)
filings = st.sampled_from(
    [
        None,
        Classification(why="nothing fits"),
        Classification(ambiguous=True, why="two fit"),
        *[Classification(series_key="the-series", schedule_name="t", why="the words fit")] * 5,
    ]
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    message = draw(messages)
    filing = draw(filings)
    return Case(
        message=message,
        mailbox=next(box for box in BOXES if box.id == message.mailbox),
        filing=filing,
        series=draw(st.sampled_from(SERIES)) if filing and filing.series_key else None,
        fingerprint="f",
        adopted=draw(st.sampled_from([True, True, True, False])),
        holds=standing(*draw(st.lists(holds, max_size=2))),
        today=draw(st.dates(date(2020, 1, 1), date(2028, 1, 1))),
        rules=RULES,
    )


anything = st.datetimes().map(lambda at: at.replace(tzinfo=UTC))
"""Every instant that can be written, most of which nobody believes."""


def leaves(case: Case) -> bool:
    return decide(case).action is not Action.KEEP


@given(cases())
@settings(max_examples=600)
def test_every_decision_to_keep_has_a_reason_and_no_other_has_one(case: Case) -> None:
    decision = decide(case)
    assert bool(decision.reasons) == (decision.action is Action.KEEP)
    assert all(reason.sentence.strip() for reason in decision.reasons)


@given(cases(), st.booleans())
@settings(max_examples=600)
def test_nothing_in_a_file_is_ever_purged_and_a_record_is_captured_from_there_once(case: Case, stored: bool) -> None:
    there = decide(case)
    decision = decide(replace(case, mailbox=FILE, is_stored=stored, holds=NONE))
    assert decision.action is not Action.PURGE
    assert not (stored and decision.action is Action.CAPTURE)
    whys = {reason.why for reason in decision.reasons}
    if case.series is not None:
        assert (Why.IN_FILE in whys) == case.series.transitory
        assert (Why.STORED in whys) == (stored and not case.series.transitory)
    # All other questions are answered as for any mailbox.
    others = {reason.why for reason in there.reasons} - {Why.HELD}
    assert whys - {Why.IN_FILE, Why.STORED} == others


@given(cases(), holds)
@settings(max_examples=600)
def test_one_more_hold_never_lets_more_out(case: Case, another: Hold) -> None:
    held = replace(case, holds=standing(*(one.hold for one in case.holds.holdings), another))
    assert leaves(case) or not leaves(held)


@given(cases())
def test_a_whole_mailbox_hold_keeps_everything_in_it(case: Case) -> None:
    whole = Hold(
        name="all",
        matter="m",
        kind=HoldKind.LEGAL,
        reason="r",
        scope=Scope(custodians=(case.mailbox.address,)),
        placed_at=datetime(2026, 1, 1, tzinfo=UTC),
        placed_by="kim@town.example",
    )
    decision = decide(replace(case, holds=standing(whole)))
    assert decision.action is Action.KEEP and decision.is_held


@given(cases())
@settings(max_examples=600)
def test_only_what_is_certain_leaves(case: Case) -> None:
    if not leaves(case):
        return
    message, series = case.message, case.series
    assert series is not None and series.verified and case.adopted
    assert case.filing is not None and not case.filing.ambiguous
    assert message.received_at is not None and not message.trouble and message.version
    assert message.is_draft is False and (message.kind or "").startswith("IPM.Note")
    assert case.today - message.received_at.date() >= timedelta(days=29)


@given(cases())
def test_a_record_is_never_purged_and_transitory_mail_never_captured(case: Case) -> None:
    action = decide(case).action
    if case.series is not None:
        assert action is not (Action.PURGE if not case.series.transitory else Action.CAPTURE)


@given(cases(), st.sampled_from(["version", "received_at", "kind", "is_draft", "filing", "series"]))
def test_every_answer_that_is_missing_keeps(case: Case, missing: str) -> None:
    if missing in ("filing", "series"):
        gone: Any = replace(case, **{missing: None})
    else:
        gone = replace(case, message=replace(case.message, **{missing: None}))
    assert not leaves(gone)


@given(cases())
def test_waiting_longer_never_calls_anything_back(case: Case) -> None:
    if leaves(case):
        assert leaves(replace(case, today=case.today + timedelta(days=400)))


def test_all_questions_are_asked_even_when_the_first_says_keep() -> None:
    case = Case(
        message=Message(mailbox="box-0", id="m"),
        mailbox=BOXES[0],
        filing=None,
        series=None,
        fingerprint="",
        adopted=False,
        holds=NONE,
        today=date(2026, 1, 1),
        rules=RULES,
    )
    found = [reason.why for reason in decide(case).reasons]
    assert found == [Why.UNREADABLE, Why.NOT_MAIL, Why.DRAFT, Why.UNCLASSIFIED, Why.UNDATED]


@given(cases(), anything, anything, st.sampled_from(["America/Chicago", "Pacific/Auckland", "UTC"]))
@settings(max_examples=600)
def test_no_date_is_too_strange_and_what_cannot_be_believed_is_none(
    case: Case, received: datetime, sent: datetime, zone: str
) -> None:
    message = replace(case.message, received_at=received, sent_at=sent)
    case = replace(case, message=message, rules=replace(RULES, time_zone=zone, leave_for=9999))
    decision = decide(case)
    whys = {reason.why for reason in decision.reasons}
    doubted = replace(
        message,
        received_at=received if 1971 <= received.year < 4500 else None,
        sent_at=sent if 1971 <= sent.year < 4500 else None,
    )
    other = decide(replace(case, message=doubted))
    assert (decision.action, whys, decision.due_on) == (
        other.action,
        {reason.why for reason in other.reasons},
        other.due_on,
    )
    if doubted.received_at is None:
        assert decision.action is Action.KEEP and Why.UNDATED in whys and Why.RECENT not in whys


@given(cases(), st.sampled_from([datetime.min, datetime.max]), st.dates(), st.booleans())
def test_a_hold_by_date_keeps_what_has_a_date_that_cannot_be_believed(
    case: Case, at: datetime, on: date, before: bool
) -> None:
    scope = Scope(last_on=on) if before else Scope(first_on=on)
    hold = Hold(
        name="dated",
        matter="m",
        kind=HoldKind.LEGAL,
        reason="r",
        scope=scope,
        placed_at=datetime(2026, 1, 1, tzinfo=UTC),
        placed_by="kim@town.example",
    )
    at = at.replace(tzinfo=UTC)
    message = replace(case.message, received_at=at, sent_at=at)
    assert decide(replace(case, message=message, holds=standing(hold))).is_held
