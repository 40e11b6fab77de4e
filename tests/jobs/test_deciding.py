"""What is decided once for all messages that are alike is what the rule decides for each of them."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.audit import EventRecorded
from retention.core.decide import Action, decide
from retention.core.event import Event
from retention.core.hold import Scope
from retention.core.message import FILES, Cursor, Folder, Mailbox, Message, Page
from retention.core.plan import Tally
from retention.jobs import classify, deciding, plan
from retention.jobs.deciding import Days, note_of
from retention.jobs.world import World
from tests.jobs.town import CLERK, NOW, RECORDS, Town, schedule, series

BOXES = (
    Mailbox(id="box-1", address=CLERK),
    Mailbox(id="box-2", address=RECORDS),
    Mailbox(id="old", address=f"{CLERK}/old.mbox", kind=FILES),
)
INBOX = Folder(id="inbox", path="Inbox")
SUBJECTS = ("Notice 1", "Newsletter", "Requisition", "Minutes", "Claim 3", "A rumour", "Nobody", "Requisition, minutes")
SCHEDULE = schedule(
    series("requisitions", "3 years after received", "requisition"),
    series("minutes", "permanent", "minutes"),
    series("notices", "no retention required", "notice", transitory=True),
    series("newsletters", "90 days after sent", "newsletter", transitory=True),
    series("claims", "30 days after closed", "claim", transitory=True),
    series("rumours", "until read", "rumour", transitory=True),
)
DAYS = (0, 1, 29, 30, 31, 89, 90, 91, 400)
BELIEVED_FROM, BELIEVED_TO = datetime(1971, 1, 1, tzinfo=UTC), datetime(4500, 1, 1, tzinfo=UTC)
ENDS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
INSTANTS = (
    st.none()
    | st.builds(
        lambda days, seconds: NOW - timedelta(days=days, seconds=seconds), st.sampled_from(DAYS), st.integers(0, 90_000)
    )
    | st.sampled_from(
        (*ENDS, *(at + timedelta(hours=hours) for at in (BELIEVED_FROM, BELIEVED_TO) for hours in (-1, 0, 1)))
    )
)
MESSAGES = st.fixed_dictionaries(
    {
        "mailbox": st.sampled_from(BOXES),
        "subject": st.sampled_from(SUBJECTS),
        "received_at": INSTANTS,
        "sent_at": INSTANTS,
        "version": st.sampled_from(("v", "v", "v", None)),
        "kind": st.sampled_from(("IPM.Note", "IPM.Note", "ipm.note.SMIME", "IPM.Task", "", None)),
        "is_draft": st.sampled_from((False, False, False, True, None)),
        "is_read": st.sampled_from((True, False, None)),
        "trouble": st.sampled_from((None, None, None, "it is broken")),
        "conversation": st.sampled_from((None, "", "talk 1", "talk 2", "talk 3")),
        "internet_id": st.sampled_from((None, "<a@x>", "<b@x>")),
    }
)
SCOPES = (
    Scope(words=("notice",)),
    Scope(custodians=(CLERK,)),
    Scope(custodians=(RECORDS,), words=("requisition",)),
    Scope(participants=("@elsewhere.example",)),
    Scope(first_on=NOW.date() - timedelta(days=90), last_on=NOW.date() - timedelta(days=30)),
    Scope(series=("town-newsletters",)),
    Scope(conversations=("talk 1",)),
    Scope(ids=("<a@x>",), custodians=(CLERK,)),
)
WIDE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def filled(folder: Path, mail: list[dict[str, Any]], keys: set[int], adopted: bool) -> Town:
    """A town with this mail in its catalog; those of the numbers ``keys`` bear the key of a claim, or of two."""
    town = Town(folder, schedule=SCHEDULE)
    world = town.world()
    run = world.catalog.runs.begin("sync", NOW)
    for box in BOXES:
        world.catalog.save_mailbox(box, ())
        world.catalog.save_folders(box, (INBOX,), run)
        rows = tuple(
            Message(folder=INBOX.id, id=f"m{n}", sender="a@elsewhere.example", **{**one, "mailbox": box.id})
            for n, one in enumerate(mail)
            if one["mailbox"] is box
        )
        world.catalog.save_page(box, INBOX, Page(messages=rows, cursor=Cursor("c"), complete=True), run, NOW, "")
        world.catalog.settle_mailbox(box, NOW)
    classify.classify(world)
    bears = [
        (known.n, known.filing, ("claim c-1",) if known.n % 2 else ("claim c-1", "claim c-2"))
        for known in world.catalog.present()
        if known.n in keys and known.filing
    ]
    world.catalog.filings.save(bears, world.filing_rules)
    world.ledger.append(EventRecorded(event=Event(kind="closed", key="claim c-1", on=NOW.date() - timedelta(days=40))))
    world.close()
    if adopted:
        town.adopt()
    return town


def one_by_one(world: World) -> tuple[dict[str, Tally], Counter[str], Counter[str], list[tuple[str, Any, Any]]]:
    """Counts, what stays and why, what each hold keeps, and the steps, as the rule decides message by message."""
    holds = world.holds()
    counts: dict[str, Tally] = {}
    stays: Counter[str] = Counter()
    held: Counter[str] = Counter()
    steps = []
    for known in world.catalog.present():
        decision = decide(world.case(known, holds))
        counts.setdefault(known.mailbox.address, Tally()).add(decision)
        held.update(decision.held_by)
        if decision.action is Action.KEEP:
            stays[note_of(decision)] += 1
        else:
            steps.append((known.message.id, decision.action, decision.due_on))
    return counts, stays, held, steps


@WIDE
@given(
    mail=st.lists(MESSAGES, min_size=1, max_size=30),
    keys=st.sets(st.integers(1, 30)),
    scopes=st.sets(st.sampled_from(range(len(SCOPES))), max_size=2),
    adopted=st.sampled_from((True, True, True, False)),
)
def test_a_plan_is_what_the_rule_decides_for_each_message(
    mail: list[dict[str, Any]], keys: set[int], scopes: set[int], adopted: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = filled(Path(folder), mail, keys, adopted)
        for number in scopes:
            town.hold(
                f"Matter {number}", **{name: getattr(SCOPES[number], name) for name in SCOPES[number].__struct_fields__}
            )
        world = town.world()
        counts, stays, held, steps = one_by_one(world)
        made = plan.plan(world)
        world.close()
        assert made.counts == counts
        assert {group.why: group.count for group in made.stays} == stays
        assert made.held == held
        assert [(step.id, step.action, step.due_on) for step in made.steps] == steps


def test_what_is_taken_is_decided_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should two messages ever be taken for alike that are not, the one that is not due stays all the same."""
    old, new = ({**PLAIN, "received_at": NOW - timedelta(days=days)} for days in (400, 1))
    town = filled(tmp_path, [old, new], set(), adopted=True)
    monkeypatch.setattr(deciding.Decider, "_keys", lambda self, mailbox, rows: [("all alike",)] * len(rows))
    made = town.plan()
    assert [step.id for step in made.steps] == ["m0"]
    ((_, tally),) = made.counts.items()
    assert (tally.purge, tally.kept) == (1, 1) and tally.reconciles


@pytest.mark.parametrize("kinds", [("", "IPM.Note"), ("IPM.Note", "")])
def test_an_empty_message_class_is_not_taken_for_mail(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    long_ago = NOW - timedelta(days=400)
    town = filled(tmp_path, [{**PLAIN, "received_at": long_ago, "kind": kind} for kind in kinds], set(), adopted=True)
    made = town.plan()
    assert [step.id for step in made.steps] == [f"m{kinds.index('IPM.Note')}"]
    assert {group.why: group.count for group in made.stays} == {"not mail": 1}


@pytest.mark.parametrize("order", [1, -1])
def test_of_one_day_only_the_hours_that_can_be_believed_are_dated(tmp_path: Path, order: int) -> None:
    """On 31 December 1970 in Chicago the year 1971 began in UTC, from which on dates are believed."""
    hours = (BELIEVED_FROM - timedelta(hours=1), BELIEVED_FROM)[::order]
    town = filled(tmp_path, [{**PLAIN, "received_at": at} for at in hours], set(), adopted=True)
    made = town.plan()
    assert [step.id for step in made.steps] == [f"m{hours.index(BELIEVED_FROM)}"]
    assert {group.why: group.count for group in made.stays} == {"no date": 1}


@pytest.mark.parametrize("zone", ["America/Chicago", "Pacific/Auckland"])
@pytest.mark.parametrize("at", ENDS)
@pytest.mark.parametrize("field", ["received_at", "sent_at"])
def test_one_message_of_an_impossible_date_stops_no_plan(tmp_path: Path, field: str, at: datetime, zone: str) -> None:
    row = {**PLAIN, "subject": "Newsletter", "received_at": NOW - timedelta(days=400)}
    town = filled(tmp_path, [{**row, "sent_at": row["received_at"]}, {**row, field: at}], set(), adopted=True)
    town.city = replace(town.city, city=replace(town.city.city, time_zone=zone))
    made = town.plan()
    assert [step.id for step in made.steps] == ["m0"]
    assert {group.why: group.count for group in made.stays} == {"no date": 1}


def test_answers_are_forgotten_before_they_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = [{**PLAIN, "received_at": NOW - timedelta(days=days)} for days in range(60)]
    town = filled(tmp_path, mail, set(), adopted=True)
    whole = town.plan()
    monkeypatch.setattr(deciding, "_MOST", 3)
    assert town.plan().counts == whole.counts


@given(
    zone=st.sampled_from(("America/Chicago", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC")),
    at=st.datetimes(datetime(1970, 1, 1), datetime(2037, 12, 31)) | st.datetimes(),
)
def test_the_day_of_an_hour_is_that_of_every_instant_in_it(zone: str, at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    day = Days(ZoneInfo(zone))[f"{at:%Y-%m-%dT%H}"]
    assert day is None or day == at.astimezone(ZoneInfo(zone)).toordinal()


def test_an_hour_in_which_the_day_goes_back_has_no_day() -> None:
    """On 28 October 2001 the clocks of St John's went back from one minute past midnight to the day before."""
    days = Days(ZoneInfo("America/St_Johns"))
    assert days["2001-10-28T02"] is None and days["2001-10-28T15"] is not None
    assert days["no instant"] is None


PLAIN = {
    "mailbox": BOXES[0],
    "subject": "Notice 1",
    "sent_at": NOW,
    "version": "v",
    "kind": "IPM.Note",
    "is_draft": False,
    "is_read": True,
    "conversation": "",
}
