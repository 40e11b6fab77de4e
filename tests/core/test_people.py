"""How a message is filed by what people said of it, and what of it they are taken to have seen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.around import NOT_KNOWN
from retention.core.classify import Classification, Decided, FiledIn, Matcher, People, judged
from retention.core.message import Message
from retention.core.review import Doubt, question
from tests.jobs.town import schedule

TOWN = schedule()
PEOPLE = People((TOWN,), Matcher((TOWN,)))
LUNCH = Message(
    mailbox="box",
    id="1",
    subject="Lunch?",
    sender="jo@x.example",
    to=("ana@town.example",),
    cc=(),
    path="Inbox",
    categories=(),
    kind="IPM.Note",
    preview="Shall we?",
    attachments=("menu.pdf",),
    has_attachments=True,
)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=6)
NAMES = st.lists(TEXTS, max_size=3).map(tuple)
SEEN: dict[str, st.SearchStrategy[Any]] = {
    "sender": TEXTS,
    "subject": TEXTS,
    "preview": TEXTS,
    "has_attachments": st.booleans(),
    "to": NAMES,
    "cc": NAMES,
    "bcc": NAMES,
    "attachments": NAMES,
}
MESSAGES = st.fixed_dictionaries(SEEN).map(lambda seen: replace(LUNCH, **seen))


def decided(series: str = "town-notices", message: Message = LUNCH, **more: Any) -> Decided:
    return Decided("town", series, more.pop("keys", ()), "pat on 2026-11-21, because: x", judged(message), **more)


def filed(message: Message, *decisions: Decided) -> Classification:
    return PEOPLE.file(message, NOT_KNOWN, decisions)[0]


@given(MESSAGES, MESSAGES)
def test_two_messages_are_judged_alike_only_where_all_that_is_seen_is_the_same(one: Message, other: Message) -> None:
    def seen(message: Message) -> list[Any]:
        every = [getattr(message, field) for field in SEEN]
        return [sorted(value) if isinstance(value, tuple) else value for value in every]

    assert (judged(one) == judged(other)) == (seen(one) == seen(other))


@pytest.mark.parametrize(
    "change",
    [{"id": "2"}, {"path": "Other"}, {"categories": ("Blue",)}, {"is_read": True}, {"version": "v2"}, {"bcc": ()}],
    ids=str,
)
def test_where_a_message_lies_and_whether_it_was_read_is_no_part_of_it(change: dict[str, Any]) -> None:
    assert judged(replace(LUNCH, **change)) == judged(LUNCH)


@given(MESSAGES, st.sampled_from(["town-notices", "town-newsletters", "town-rumours"]))
def test_what_was_decided_to_be_transitory_is_taken_for_what_was_seen_and_nothing_else(
    message: Message, series: str
) -> None:
    got = filed(message, decided(series))
    assert (got.series_key == series) == (judged(message) == judged(LUNCH))
    asked = question(got, beside_a_record=False)
    assert (asked.doubt if asked else None) == (Doubt.CHANGED if got.ambiguous else None)


@given(MESSAGES, st.sampled_from(["town-requisitions", "town-minutes", "town-claims"]))
def test_what_was_decided_to_be_a_record_stays_one(message: Message, series: str) -> None:
    assert filed(message, decided(series)).series_key == series


def test_mail_that_reads_like_a_record_once_it_is_changed_may_be_one() -> None:
    assert filed(replace(LUNCH, subject="Minutes of the lunch"), decided()).record
    assert not filed(replace(LUNCH, subject="Dinner?"), decided()).record


@pytest.mark.parametrize(
    ("decision", "now", "doubted"),
    [
        (decided(), {"categories": ("TOWN-minutes",)}, True),
        (decided(), {"path": "Inbox/town-newsletters/2026"}, True),
        (decided("town-minutes"), {"categories": ("town-notices",)}, True),
        (decided(), {"categories": ("town-notices",)}, False),
        (decided(), {"categories": ("town-notices", "town-minutes")}, True),
        (decided(filed=("town-minutes",)), {"categories": ("town-minutes",)}, False),
        (decided(filed=("town-minutes",)), {"path": "town-minutes", "categories": ("town-claims",)}, True),
        (decided(""), {"categories": ("town-minutes",)}, False),
        (decided("gone"), {"categories": ("town-minutes",)}, False),
    ],
)
def test_a_filing_that_came_after_the_decision_and_says_another_series_is_a_doubt(
    decision: Decided, now: dict[str, Any], doubted: bool
) -> None:
    got = filed(replace(LUNCH, **now), decision)
    assert got.ambiguous == doubted
    asked = question(got, beside_a_record=False)
    assert (asked is not None and asked.doubt is Doubt.DISAGREEMENT) == doubted


def test_a_filing_is_seen_in_the_form_in_which_codes_are_compared() -> None:
    message = replace(LUNCH, path="Inbox/ Town-Minutes ", categories=("TOWN-NOTICES", "Blue"))
    assert list(FiledIn((TOWN,))(message)) == ["town-minutes", "town-notices"]
    assert FiledIn((TOWN,))(Message(mailbox="box", id="1")) == {}


def test_keys_of_every_decision_are_borne() -> None:
    decisions = (decided("", keys=("contract c-1",)), decided(keys=("contract c-2", "contract c-1")))
    got, keys = PEOPLE.file(LUNCH, NOT_KNOWN, decisions)
    assert (got.series_key, keys) == ("town-notices", ("contract c-1", "contract c-2"))
    assert PEOPLE.file(LUNCH, NOT_KNOWN, ()) == (filed(LUNCH), ())


def test_copies_that_were_decided_differently_are_a_doubt_and_may_be_a_record() -> None:
    got = filed(LUNCH, decided(), decided("town-minutes"))
    assert got.ambiguous and got.record and "town-notices and town-minutes" in got.why
    assert filed(LUNCH, decided(), decided()).series_key == "town-notices"
