"""Plans: sealed, written and read again; one changed byte is found; what has moved makes them stale."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.city import Rules
from retention.core.decide import Action, Decision, Reason, Why
from retention.core.message import MessageRef, Removal
from retention.core.plan import (
    Basis,
    Group,
    NotAPlan,
    Plan,
    Step,
    Tally,
    read,
    rules_fingerprint,
    seal,
    stale,
    write,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
RULES = Rules(
    largest_purge=10,
    largest_share=0.25,
    plan_valid_for=7,
    release_grace=30,
    leave_for=30,
    fiscal_year_starts=(7, 1),
    time_zone="America/Chicago",
)
BASIS = Basis(schedules={"town": "f" * 64}, holds="0" * 64, rules=rules_fingerprint(RULES))
HELD = Decision(Action.KEEP, (Reason(Why.HELD, "Held.", "elm"),))
KEPT = Decision(Action.KEEP, (Reason(Why.NOT_DUE, "Not due."),))


def step(n: int = 1, address: str = "ana@town.example", **changed: Any) -> Step:
    bare = Step(
        n=n,
        action=Action.PURGE,
        mailbox="box-1",
        address=address,
        id=f"m{n}",
        version="v1",
        schedule="town",
        series="ADM 1",
        title="Notices",
        because="the subject says 'notice'",
        due_on=date(2025, 3, 4),
        received_on=None,
        sender="jo@x.example",
        subject="Notice – “Ünïcödé” \N{SPARKLES}",
    )
    return replace(bare, **changed)


def a_plan(**changed: Any) -> Plan:
    bare = Plan(
        format=2,
        city="San José",
        made_at=NOW,
        made_by="cron@town.example",
        rehearsal=True,
        removal=Removal.RECOVERABLE,
        basis=BASIS,
        counts={"ana@town.example": Tally(seen=3, kept=1, held=0, capture=1, purge=1)},
        stays=(Group(why="not due", example="Notices: 90 days after received.", count=1),),
        uncovered=("pat@town.example: access denied",),
        held={"elm": 2},
        steps=(step(1), step(2, action=Action.CAPTURE, due_on=None, received_on=date(2025, 3, 4))),
    )
    return seal(replace(bare, **changed))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
STEPS = st.builds(
    step,
    st.integers(1, 10**6),
    TEXT,
    action=st.sampled_from((Action.CAPTURE, Action.PURGE)),
    id=TEXT,
    version=TEXT,
    title=TEXT,
    because=TEXT,
    subject=TEXT,
    sender=TEXT,
    due_on=st.none() | st.dates(),
    received_on=st.none() | st.dates(),
)
PLANS = st.builds(
    a_plan,
    city=TEXT,
    made_by=TEXT,
    made_at=st.datetimes(timezones=st.just(UTC)),
    rehearsal=st.booleans(),
    removal=st.sampled_from(Removal),
    steps=st.lists(STEPS, max_size=4).map(tuple),
    uncovered=st.lists(TEXT, max_size=2).map(tuple),
    held=st.dictionaries(TEXT, st.integers(0, 9), max_size=2),
    counts=st.dictionaries(TEXT, st.builds(Tally, seen=st.integers(0, 99), kept=st.integers(0, 99)), max_size=3),
    basis=st.builds(Basis, schedules=st.dictionaries(TEXT, TEXT, max_size=3), holds=TEXT, rules=TEXT),
)
GOOD = write(a_plan())


# --- made, written, read


@given(plan=PLANS)
def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    assert read(write(plan)) == plan


@given(plan=PLANS)
def test_the_same_plan_always_gives_the_same_bytes_and_the_same_digest(plan: Plan) -> None:
    assert write(plan) == write(read(write(plan)))
    assert seal(plan) == plan
    turned = replace(plan, counts=dict(reversed(plan.counts.items())))
    assert seal(turned).digest == plan.digest


@given(one=PLANS, other=PLANS)
def test_two_plans_never_have_one_digest(one: Plan, other: Plan) -> None:
    assume(one != other)
    assert one.digest != other.digest


def test_people_can_read_a_plan_and_call_it_by_a_name() -> None:
    said = json.loads(GOOD)
    assert said["steps"][0]["subject"] == "Notice – “Ünïcödé” \N{SPARKLES}"
    assert said["steps"][0]["action"] == "purge"
    assert said["made_at"] == "2026-11-21T15:00:00Z"
    assert len(GOOD.splitlines()) > 40 and GOOD.endswith(b"}\n")
    assert a_plan().name == a_plan().digest[:12] and len(a_plan().name) == 12


def test_a_step_says_which_message_it_means() -> None:
    assert step(4).ref == MessageRef("box-1", "m4")


# --- changed


CHANGES = [
    ("city", "Elsewhere"),
    ("made_at", NOW + timedelta(seconds=1)),
    ("made_by", "kim.lee@town.example"),
    ("rehearsal", False),
    ("removal", Removal.PERMANENT),
    ("basis", replace(BASIS, holds="1" * 64)),
    ("counts", {}),
    ("stays", ()),
    ("uncovered", ()),
    ("steps", ()),
    ("steps", (step(1), step(2), step(3))),
    ("steps", (step(1, version="v2"),)),
]


@pytest.mark.parametrize(("field", "value"), CHANGES)
def test_the_digest_covers_everything(field: str, value: Any) -> None:
    assert a_plan(**{field: value}).digest != a_plan().digest
    with pytest.raises(NotAPlan, match="changed after it was made"):
        read(write(replace(a_plan(), **{field: value})))


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
@settings(max_examples=400)
def test_one_flipped_bit_is_found(at: int, bit: int) -> None:
    bad = bytearray(GOOD)
    bad[at] ^= 1 << bit
    with pytest.raises(NotAPlan):
        read(bytes(bad))


def test_every_single_byte_of_a_plan_counts() -> None:
    for at in range(len(GOOD)):
        for change in (1, 32, 128):
            bad = bytearray(GOOD)
            bad[at] ^= change
            with pytest.raises(NotAPlan):
                read(bytes(bad))


def test_a_byte_that_is_no_text_any_more_is_found() -> None:
    bad = bytearray(GOOD)
    bad[GOOD.index(b"Notices")] ^= 0x80
    with pytest.raises(NotAPlan):
        read(bytes(bad))


@given(at=st.integers(0, len(GOOD)), more=st.binary(min_size=1, max_size=3))
@example(at=len(GOOD), more=b"\n")
@example(at=0, more=b"\xef\xbb\xbf")
@example(at=1, more=b" ")
@example(at=GOOD.index(b'"statement": "') + len(b'"statement": "'), more=b" ")
def test_one_added_byte_is_found(at: int, more: bytes) -> None:
    with pytest.raises(NotAPlan):
        read(GOOD[:at] + more + GOOD[at:])


@given(first=st.integers(0, len(GOOD)), last=st.integers(0, len(GOOD)))
def test_anything_cut_out_is_found(first: int, last: int) -> None:
    assume(first < last)
    with pytest.raises(NotAPlan):
        read(GOOD[:first] + GOOD[last:])


REWRITTEN = {
    "other line ends": GOOD.replace(b"\n", b"\r\n"),
    "no line ends": json.dumps(json.loads(GOOD)).encode(),
    "other order": json.dumps(dict(reversed(json.loads(GOOD).items())), indent=1, ensure_ascii=False).encode() + b"\n",
    "a key twice": GOOD.replace(b' "format": 2,', b' "format": 2,\n "format": 2,'),
    "a key more in a step": GOOD.replace(b'   "action"', b'   "x": 1,\n   "action"', 1),
    "nothing": b"",
    "another file": b"PK\x03\x04",
    "a list": b"[]",
    "another object": b"{}",
}


@pytest.mark.parametrize("data", REWRITTEN.values(), ids=REWRITTEN.keys())
def test_a_file_that_was_written_by_another_hand_is_not_the_plan(data: bytes) -> None:
    assert data != GOOD
    with pytest.raises(NotAPlan):
        read(data)


def test_a_plan_of_another_format_is_refused_with_both_numbers() -> None:
    with pytest.raises(NotAPlan, match="format 3; this version writes and reads format 2"):
        read(write(a_plan(format=3)))


def test_a_key_that_no_plan_has_is_refused() -> None:
    with pytest.raises(NotAPlan, match="approved"):
        read(GOOD.replace(b"{\n", b'{\n "approved": true,\n', 1))


# --- stale


MOVED = [
    ({}, BASIS, NOW, ""),
    ({}, BASIS, NOW + timedelta(days=7), ""),
    ({}, BASIS, NOW + timedelta(days=7, seconds=1), "more than 7 days old"),
    ({}, BASIS, NOW - timedelta(seconds=1), "made in the future"),
    ({}, replace(BASIS, holds="1" * 64), NOW, "The holds have changed"),
    ({}, replace(BASIS, schedules={"town": "e" * 64}), NOW, "The schedule, or its adoption, has changed"),
    ({}, replace(BASIS, schedules={"town": "f" * 64 + " not adopted"}), NOW, "adoption"),
    ({}, replace(BASIS, schedules={}), NOW, "The schedule"),
    ({}, replace(BASIS, schedules=BASIS.schedules | {"county": "a" * 64}), NOW, "The schedule"),
    ({}, replace(BASIS, rules="1" * 64), NOW, "leave_for, fiscal year or time zone"),
    ({"plan_valid_for": 1}, BASIS, NOW + timedelta(days=2), "more than 1 days old"),
]


@pytest.mark.parametrize(("rules", "basis", "now", "why"), MOVED)
def test_a_plan_is_stale_exactly_when_something_it_rests_on_has_moved(
    rules: dict[str, int], basis: Basis, now: datetime, why: str
) -> None:
    moved = stale(a_plan(), basis, now, replace(RULES, **rules))
    assert len(moved) == bool(why)
    assert all(why in sentence and sentence.endswith(".") for sentence in moved)


def test_everything_that_moved_is_told_at_once() -> None:
    basis = Basis(schedules={}, holds="", rules="")
    assert len(stale(a_plan(), basis, NOW + timedelta(days=8), RULES)) == 4


@pytest.mark.parametrize(
    ("changed", "decisive"),
    [
        ({"leave_for": 31}, True),
        ({"fiscal_year_starts": (1, 1)}, True),
        ({"time_zone": "America/Denver"}, True),
        ({"largest_purge": 11}, False),
        ({"largest_share": 0.5}, False),
        ({"plan_valid_for": 8}, False),
        ({"release_grace": 31}, False),
    ],
)
def test_only_settings_that_decide_are_in_the_fingerprint(changed: dict[str, Any], decisive: bool) -> None:
    assert (rules_fingerprint(replace(RULES, **changed)) != BASIS.rules) is decisive


# --- counts


def test_every_message_is_counted_once_and_a_held_one_as_held() -> None:
    tally = Tally()
    for decision in (HELD, KEPT, KEPT, Decision(Action.CAPTURE, ()), Decision(Action.PURGE, ())):
        tally.add(decision)
    assert tally == Tally(seen=5, kept=2, held=1, capture=1, purge=1)
    assert tally.reconciles


@pytest.mark.parametrize("field", ["seen", "kept", "held", "capture", "purge"])
def test_counts_that_do_not_add_up_do_not_reconcile(field: str) -> None:
    assert not replace(Tally(), **{field: 1}).reconciles
