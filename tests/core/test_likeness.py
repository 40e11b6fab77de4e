"""Copies of one message recognise each other by several marks together, and by no single one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.likeness import can_be_found, is_alike, plain_subject
from retention.core.message import Message

SENT = datetime(2024, 3, 4, 15, 30, 7, tzinfo=UTC)
IN_MAILBOX = Message(
    mailbox="ann",
    id="1",
    internet_id="<a@x.example>",
    subject="Elm Street sewer",
    sender="carla@x.example",
    to=("ann@city.example",),
    cc=("bob@city.example",),
    bcc=(),
    sent_at=SENT,
    received_at=SENT + timedelta(seconds=9),
    preview="Ann, the sewer in Elm Street has to be dug up again before the winter comes.",
)
IN_FILE = replace(
    IN_MAILBOX,
    mailbox="files:1",
    id="old.pst#7",
    received_at=None,
    bcc=None,
    sent_at=SENT + timedelta(milliseconds=480),
)


def changed(**fields: Any) -> Message:
    return replace(IN_FILE, **fields)


@pytest.mark.parametrize(
    "copy",
    [
        IN_FILE,
        changed(internet_id=None),
        changed(internet_id="a@x.example"),
        changed(subject="RE: Fwd: elm  street sewer"),
        changed(sender="Carla@X.example", internet_id=""),
        changed(internet_id=None, to=("Ann Bo",), cc=()),
        changed(internet_id=None, to=("BOB@city.example", "ann@city.example"), cc=()),
        changed(internet_id=None, bcc=("chief@city.example",)),
        changed(internet_id=None, preview="[EXTERNAL] Ann, the sewer in Elm Street has to be dug up again before"),
        changed(internet_id=None, preview=""),
        changed(sender="/o=City/cn=carla"),
        changed(sent_at=None),
        changed(subject="[EXTERNAL] Elm Street sewer"),
    ],
)
def test_a_copy_in_an_old_file_is_recognised(copy: Message) -> None:
    assert is_alike(IN_MAILBOX, copy) and is_alike(copy, IN_MAILBOX)


@pytest.mark.parametrize(
    "other",
    [
        changed(internet_id="<b@x.example>"),
        changed(subject="Payroll", sender="dan@y.example", sent_at=SENT + timedelta(days=1)),
        changed(subject="Payroll", sent_at=SENT + timedelta(seconds=1)),
        changed(internet_id=None, sent_at=SENT + timedelta(seconds=1)),
        changed(internet_id=None, sent_at=None),
        changed(internet_id=None, sender="dan@y.example"),
        changed(internet_id=None, sender="/o=City/cn=carla"),
        changed(internet_id=None, subject="Elm Street water"),
        changed(internet_id=None, to=("chief@city.example",)),
        changed(internet_id=None, preview="Please find attached what the auditors asked for yesterday."),
        Message(mailbox="files:1", id="2", internet_id="<a@x.example>"),
        Message(mailbox="files:1", id="2"),
    ],
)
def test_another_message_is_not_taken_for_a_copy(other: Message) -> None:
    assert not is_alike(IN_MAILBOX, other) and not is_alike(other, IN_MAILBOX)


def test_two_messages_of_which_nothing_is_known_are_not_alike() -> None:
    nothing = Message(mailbox="ann", id="1")
    assert not is_alike(nothing, replace(nothing, id="2")) and not can_be_found(nothing)
    assert can_be_found(IN_MAILBOX) and can_be_found(changed(internet_id=None)) and can_be_found(changed(sent_at=None))


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Re: RE[2]: Fw: Elm", "elm"),
        ("Research", "research"),
        ("re:", ""),
        ("  AW: WG:Elm ", "elm"),
        ("A re: b", "a re: b"),
    ],
)
def test_what_an_answer_puts_before_a_subject_does_not_count(subject: str, plain: str) -> None:
    assert plain_subject(subject) == plain


_TEXTS = st.none() | st.sampled_from(["", "a", "Re: a", "<a@x>", "a@x", "b@x", "one two three four"])
_MESSAGES = st.builds(
    Message,
    mailbox=st.just("m"),
    id=st.just("1"),
    internet_id=_TEXTS,
    subject=_TEXTS,
    sender=_TEXTS,
    to=st.none() | st.lists(st.sampled_from(["a@x", "b@x", "Ann"]), max_size=2).map(tuple),
    sent_at=st.none() | st.sampled_from([SENT, SENT + timedelta(milliseconds=3), SENT + timedelta(seconds=1)]),
    preview=_TEXTS,
)


@given(_MESSAGES, _MESSAGES)
def test_likeness_is_the_same_from_both_sides(one: Message, other: Message) -> None:
    assert is_alike(one, other) == is_alike(other, one)


@given(_MESSAGES)
def test_what_can_be_found_by_its_second_is_like_its_own_copy(one: Message) -> None:
    if one.sender and one.sent_at and one.subject is not None:
        assert is_alike(one, replace(one, mailbox="files:1", id="2"))
