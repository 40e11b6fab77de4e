"""Events and the keys they are about: nothing starts a clock too early, or of the wrong messages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.event import Event, Happened, key
from retention.core.period import Dates, due, parse

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
EVENTS = st.builds(
    Event,
    kind=st.sampled_from(["closed", "paid"]),
    key=st.sampled_from(["contract c-1", "contract c-2", "case 1", "fiscal year 2026"]),
    on=st.dates(date(2020, 1, 1), date(2026, 12, 31)),
)


@pytest.mark.parametrize(
    ("text", "one_form"),
    [
        ("contract C-2211", "contract c-2211"),
        ("  Contract   C-2211 ", "contract c-2211"),
        ("person jo@x.example", "person jo@x.example"),
        ("project Elm Street bridge", "project elm street bridge"),
        ("Fiscal Year 2026", "fiscal year 2026"),
    ],
)
def test_a_key_has_one_form(text, one_form):
    assert key(text) == key(one_form) == one_form


@pytest.mark.parametrize("text", ["", "  ", "C-2211", "contract", "contract ", "fiscal year", "fiscal year "])
def test_a_key_without_type_or_value_is_none(text):
    with pytest.raises(ValueError, match="is no key"):
        key(text)


@pytest.mark.parametrize("text", ["fiscal year 26", "fiscal year 2025/26", "calendar year now", "fiscal year 2026 1"])
def test_a_year_is_four_digits(text):
    with pytest.raises(ValueError, match="names no year"):
        key(text)


def test_a_key_as_long_as_a_page_is_none():
    with pytest.raises(ValueError, match="longer than"):
        key("contract " + "x" * 1000)


def test_what_happened_to_one_key_is_nothing_to_another():
    happened = Happened([Event(kind="closed", key="contract c-1", on=MAY)])
    assert happened.to(("contract c-1",)) == {"closed": MAY}
    assert happened.to(("contract c-2",)) == {}
    assert happened.to(()) == {}


def test_a_message_that_bears_two_contracts_waits_for_both():
    happened = Happened(
        [Event(kind="closed", key="contract c-1", on=MAY), Event(kind="closed", key="contract c-2", on=JUNE)]
    )
    assert happened.to(("contract c-1", "contract c-2")) == {"closed": JUNE}
    assert happened.to(("contract c-1", "contract c-3")) == {}


def test_keys_of_another_type_do_not_count_where_the_series_names_its_own():
    happened = Happened([Event(kind="closed", key="contract c-1", on=MAY)])
    both = ("contract c-1", "person jo@x.example")
    assert happened.to(both) == {}
    assert happened.to(both, "contract") == {"closed": MAY}
    assert happened.to(("person jo@x.example",), "contract") == {}


def test_an_event_told_twice_counts_on_its_later_day():
    twice = [Event(kind="closed", key="case 1", on=JUNE), Event(kind="closed", key="case 1", on=MAY)]
    assert Happened(twice).to(("case 1",)) == {"closed": JUNE}


def test_a_year_is_borne_by_every_message():
    happened = Happened([Event(kind="audit", key="fiscal year 2026", on=MAY)])
    assert happened.to(()) == {"audit of fiscal year 2026": MAY} == happened.to(("contract c-1",))


@given(st.lists(EVENTS), EVENTS, st.lists(st.sampled_from(["contract c-1", "contract c-2", "case 1"])))
def test_one_more_event_never_brings_a_date_forward(events, more, keys):
    before, after = Happened(events).to(keys), Happened([*events, more]).to(keys)
    assert all(after[kind] >= on for kind, on in before.items())


@given(st.lists(EVENTS), st.lists(st.sampled_from(["contract c-1", "case 1"])), st.sampled_from(["case 1", "case 9"]))
def test_one_more_key_never_brings_a_date_forward(events, keys, more):
    before, after = Happened(events).to(keys), Happened(events).to([*keys, more])
    if keys:
        assert set(after) <= set(before) and all(on >= before[kind] for kind, on in after.items())


def test_what_lengthens_a_period_is_enough_when_it_happened_to_one_of_the_keys():
    happened = Happened([Event(kind="litigated", key="contract c-1", on=MAY)])
    both = ("contract c-1", "contract c-2")
    assert (happened.to(both), happened.to_any(both)) == ({}, {"litigated": MAY})
    extended = parse("30 days after received, or 10 years after received if litigated")
    dates = Dates(
        received_on=date(2024, 1, 1), happened=happened.to(both), happened_to_any=happened.to_any(both, "contract")
    )
    assert due(extended, dates) == date(2034, 1, 2)
    assert due(extended, Dates(received_on=date(2024, 1, 1))) == date(2024, 2, 1)
