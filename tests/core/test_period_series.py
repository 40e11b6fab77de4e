"""What periods refer to, how one is put together from two, and which of two keeps longer."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from retention.core.period import (
    Dates,
    LaterOf,
    Period,
    due,
    is_certain,
    later_of,
    parse,
    refers_to,
    resolved,
    waits_for,
    weight,
)

SCHEDULE = {
    "FIN 04300": "2 years after received",
    "A": "later of 3 years after closed and as B",
    "B": "until audited, at least 1 year",
    "C": "as A if sustained, otherwise as B",
    "PARENT": "one of A, B",
    "BOTH": "later of as PARENT and as FIN 04300",
    "LOST": "as NOWHERE",
    "ALSO LOST": "one of A, NOWHERE",
    "X": "as Y",
    "Y": "later of closed and as Z",
    "Z": "as X, at least 1 year",
    "SELF": "as SELF",
}


def find(name):
    return parse(SCHEDULE[name]) if name in SCHEDULE else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as FIN 04300", "2 years after received"),
        ("until closed", "until closed"),
        ("as A", "later of 3 years after closed and (until audited, at least 1 year)"),
        ("as B, at most 9 years", "until audited, at least 1 year, at most 9 years"),
        ("either as B or as FIN 04300", "either (until audited, at least 1 year) or 2 years after received"),
        ("as FIN 04300, then 1 year", "2 years after received, then 1 year"),
        ("as FIN 04300, or as B if sued", "2 years after received, or (until audited, at least 1 year) if sued"),
        ("as PARENT", "one of A, B"),
        ("as BOTH", "later of (one of A, B) and 2 years after received"),
    ],
)
def test_a_reference_is_replaced_by_the_period_of_that_series(text, expected):
    whole = resolved(parse(text), find)
    assert str(whole) == expected


def test_a_chain_of_references_is_followed_to_its_end():
    whole = resolved(parse("as C"), find)
    assert str(whole).startswith("(later of 3 years after closed and (until audited, at least 1 year)) if sustained")
    known = Dates(
        received_on=date(2024, 1, 1), happened={"not sustained": date(2024, 1, 2), "audited": date(2024, 5, 5)}
    )
    assert due(whole, known) == date(2025, 1, 2)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("as NOWHERE", "the period 'as NOWHERE' names the series 'NOWHERE', which is not in the schedule"),
        ("as LOST", "the period 'as NOWHERE' names the series 'NOWHERE', which is not in the schedule"),
        ("one of A, NOWHERE", "'NOWHERE', which is not in the schedule"),
        ("as ALSO LOST", "'NOWHERE', which is not in the schedule"),
        ("as X", "in a circle: X -> Y -> Z -> X"),
        ("later of closed and as Z", "in a circle: Z -> X -> Y -> Z"),
        ("as SELF", "in a circle: SELF -> SELF"),
    ],
)
def test_an_unknown_series_and_a_circle_are_told_with_their_names(text, named):
    with pytest.raises(ValueError) as told:
        resolved(parse(text), find)
    assert named in str(told.value)
    assert "\n" not in str(told.value)


def test_a_schedule_that_doubles_itself_over_and_over_is_refused_at_once():
    def doubled(name):
        return parse(f"later of as {int(name) + 1} and as {int(name) + 1}")

    with pytest.raises(ValueError, match=r"more than 500 parts|more than 40 times over"):
        resolved(parse("as 1"), doubled)
    halves = {**{str(n): f"earlier of as {n + 1} and as {n + 1}" for n in range(1, 30)}, "30": "until closed"}
    with pytest.raises(ValueError, match="more than 500 parts"):
        resolved(parse("as 1"), lambda name: parse(halves[name]))


def test_what_it_refers_to_and_waits_for_is_named_once_and_in_order():
    period = parse(
        "(later of as B, 2 years after audit of fiscal year received, until closed and (one of C, B)) "
        "if not sustained, otherwise (until closed, or until paid if sued)"
    )
    assert refers_to(period) == ("B", "C")
    assert waits_for(period) == ("sustained", "not sustained", "audit", "closed", "sued", "paid")
    assert refers_to(parse("permanent")) == waits_for(parse("3 years after received")) == ()


# --- two periods as one -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            "90 days after received",
            "2 years after received",
            "later of 90 days after received and 2 years after received",
        ),
        ("1 year after received", "2 years after received", "2 years after received"),
        ("24 months after received", "2 years after received", "24 months after received"),
        ("1 year and 1 day after closed", "1 year after closed", "1 year and 1 day after closed"),
        ("1 year after closed", "1 year after paid", "later of 1 year after closed and 1 year after paid"),
        ("3 years after sent", "2 years after received", "later of 3 years after sent and 2 years after received"),
        ("no retention required", "2 years after received", "2 years after received"),
        ("no retention required", "2 years after sent", "later of no retention required and 2 years after sent"),
        ("permanent", "2 years after received", "permanent"),
        ("until closed", "until closed", "until closed"),
        (
            "later of closed and 1 year after received",
            "2 years after received",
            "later of until closed and 2 years after received",
        ),
        (
            "30 days after received, at most 90 days",
            "2 years after received",
            "later of (30 days after received, at most 90 days) and 2 years after received",
        ),
    ],
)
def test_the_later_of_two_is_written_flat_and_without_what_the_other_covers(one, other, expected):
    assert str(later_of(parse(one), parse(other))) == expected
    assert parse(expected) == later_of(parse(one), parse(other))


def test_nested_lists_become_one():
    both = later_of(parse("later of closed and (later of paid and audited)"), parse("later of audited and sold"))
    assert isinstance(both.limit, LaterOf)
    assert str(both) == "later of until closed, until paid, until audited and until sold"


# --- which keeps longer -----------------------------------------------------------------------------------------------


def test_the_longer_of_two_periods_can_be_named():
    ordered = [
        "no retention required",
        "90 days after received",
        "4 months after received",
        "2 years after start of fiscal year received",
        "2 years after received",
        "2 years and 1 day after received",
        "2 years after end of calendar year received",
        "3 years after received",
        "until superseded",
        "1 year after closed",
        "3 years after audit of fiscal year received",
        "10 years after closed",
        "not scheduled",
        "permanent",
    ]
    ordered[5] = "1 year and 366 days after received"
    weights = [weight(parse(text)) for text in ordered]
    assert len(set(weights)) == len(weights)
    assert weights[:5] == sorted(weights[:5]) and weights[6:] == sorted(weights[6:])


@pytest.mark.parametrize(
    ("longer", "shorter"),
    [
        ("later of 3 years after received and until closed", "until closed"),
        ("later of 3 years after received and until closed", "3 years after received"),
        ("3 years after received", "earlier of 3 years after received and until closed"),
        ("until closed, then 2 years", "until closed"),
        ("until closed, at least 2 years", "until closed"),
        ("1 year after received, or until closed if sued", "1 year after received"),
        ("either 2 years after received or until paid", "until paid"),
        ("permanent", "either permanent or 2 years after received"),
        ("as FIN 1", "99 years after closed"),
        ("period not stated", "99 years after closed"),
        ("one of A, B", "later of 99 years after closed and until no longer needed"),
        ("permanent", "not scheduled"),
        ("2 years after received if received before 2000", "99 years after closed"),
        ("1 year after received if sustained, otherwise 2 years after received", "3 years after received"),
        ("permanent if received before 1870, otherwise 7 years after received", "99 years after closed"),
    ],
)
def test_what_is_combined_weighs_as_much_as_it_keeps(longer, shorter):
    assert weight(parse(longer)) >= weight(parse(shorter))


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("30 days after received", True),
        ("no retention required, at least 30 days", True),
        ("30 days after received, at most 90 days", True),
        ("until read", True),
        ("earlier of 30 days after received and until closed", True),
        ("later of 30 days after received and until closed", False),
        ("earlier of 30 days after received and as FIN 1", False),
        ("30 days after received, or until decided if sued", True),
        ("permanent if received before 1870, otherwise 7 years after received", True),
        ("30 days after received if sustained", False),
        ("30 days after received, then 1 year", True),
        ("permanent", False),
        ("until no longer needed", False),
        ("4 years after audit of fiscal year received", False),
        ("either 2 years after received or 3 years after received", False),
    ],
)
def test_whether_dates_alone_can_bring_it_to_its_end(text, certain):
    assert is_certain(parse(text)) is certain


def test_a_period_can_be_a_key_and_be_written_as_json():
    period = parse("later of 22 months after election and contest resolved, at least 2 years")
    assert {period: 1}[parse(str(period))] == 1
    assert b"LaterOf" in msgspec.json.encode(period)
    assert isinstance(period, Period)
