"""The days on which periods are due and overdue, counted on the civil calendar and never early."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.period import (
    As,
    Dates,
    LaterOf,
    Never,
    NotRequired,
    Period,
    Thereafter,
    Undated,
    Unit,
    UntilRead,
    Waiting,
    YearEnd,
    due,
    overdue_on,
    parse,
)


def on(text, received=None, sent=None, fiscal=(1, 1), is_read=None, **happened):
    return due(parse(text), dates(received, sent, fiscal, is_read, **happened))


def dates(received=None, sent=None, fiscal=(1, 1), is_read=None, **happened):
    return Dates(
        received_on=received,
        sent_on=sent,
        is_read=is_read,
        fiscal_year_starts=fiscal,
        happened={event.replace("_", " "): day for event, day in happened.items()},
    )


@pytest.mark.parametrize(
    ("text", "received", "expected"),
    [
        ("3 years after received", date(2023, 11, 21), date(2026, 11, 22)),
        ("1 day after received", date(2023, 12, 31), date(2024, 1, 2)),
        ("90 days after received", date(2024, 1, 1), date(2024, 4, 1)),
        ("1 year after received", date(2024, 2, 29), date(2025, 3, 2)),
        ("4 years after received", date(2024, 2, 29), date(2028, 3, 1)),
        ("1 year after received", date(2023, 2, 28), date(2024, 2, 29)),
        ("1 year and 1 day after received", date(2024, 2, 29), date(2025, 3, 3)),
        ("1 year and 1 day after received", date(2023, 2, 27), date(2024, 2, 29)),
        ("1 month after received", date(2023, 1, 31), date(2023, 3, 2)),
        ("1 month after received", date(2024, 3, 31), date(2024, 5, 2)),
        ("1 month after received", date(2023, 12, 31), date(2024, 2, 1)),
        ("22 months after received", date(2023, 11, 7), date(2025, 9, 8)),
        ("1 year after received", date(2023, 12, 31), date(2025, 1, 1)),
        ("2 years after end of calendar year received", date(2023, 1, 1), date(2026, 1, 1)),
        ("2 years after end of calendar year received", date(2023, 12, 31), date(2026, 1, 1)),
        ("6 months after end of calendar year received", date(2023, 5, 5), date(2024, 7, 1)),
        ("1 year and 1 day after end of calendar year received", date(2023, 5, 5), date(2025, 1, 2)),
        ("until end of calendar year received", date(2023, 5, 5), date(2024, 1, 1)),
        ("2 years after start of calendar year received", date(2023, 5, 5), date(2025, 1, 2)),
        ("1 month after start of calendar year received", date(2023, 5, 5), date(2023, 5, 6)),
        ("1 year after next March after received", date(2023, 2, 28), date(2024, 4, 1)),
        ("1 year after next March after received", date(2023, 3, 1), date(2025, 4, 1)),
        ("1 year after next March after received", date(2023, 3, 31), date(2025, 4, 1)),
        ("1 month after next December after received", date(2023, 12, 31), date(2025, 2, 1)),
        ("no retention required", date(2023, 5, 5), date(2023, 5, 5)),
    ],
)
def test_a_period_is_due_on_the_first_day_after_it_is_over(text, received, expected):
    assert on(text, received) == expected


@pytest.mark.parametrize(
    ("received", "starts", "expected"),
    [
        (date(2023, 6, 30), (7, 1), date(2025, 7, 1)),
        (date(2023, 7, 1), (7, 1), date(2026, 7, 1)),
        (date(2024, 2, 29), (3, 1), date(2026, 3, 1)),
        (date(2025, 2, 28), (3, 1), date(2027, 3, 1)),
        (date(2023, 10, 1), (10, 1), date(2026, 10, 1)),
        (date(2023, 2, 28), (2, 29), date(2025, 3, 1)),
        (date(2023, 12, 31), (1, 1), date(2026, 1, 1)),
    ],
)
def test_a_fiscal_year_ends_the_day_before_the_citys_own_next_one_starts(received, starts, expected):
    assert on("2 years after end of fiscal year received", received, fiscal=starts) == expected


@pytest.mark.parametrize(
    ("received", "starts", "expected"),
    [
        (date(2023, 6, 30), (7, 1), date(2024, 7, 2)),
        (date(2023, 7, 1), (7, 1), date(2025, 7, 2)),
        (date(2023, 2, 28), (2, 29), date(2024, 3, 2)),
        (date(2023, 12, 31), (1, 1), date(2025, 1, 2)),
    ],
)
def test_a_fiscal_year_starts_on_the_citys_own_day(received, starts, expected):
    assert on("2 years after start of fiscal year received", received, fiscal=starts) == expected


@pytest.mark.parametrize(
    ("received", "starts", "year"),
    [
        (date(2025, 6, 30), (7, 1), 2025),
        (date(2025, 7, 1), (7, 1), 2026),
        (date(2025, 12, 31), (1, 1), 2025),
        (date(2025, 9, 30), (10, 1), 2025),
        (date(2025, 10, 1), (10, 1), 2026),
        (date(2024, 2, 29), (3, 1), 2024),
    ],
)
def test_a_fiscal_year_is_named_by_the_calendar_year_in_which_it_ends(received, starts, year):
    name = f"audit of fiscal year {year}"
    assert on("4 years after audit of fiscal year received", received, fiscal=starts) == Waiting(name)
    audited = {name: date(2027, 2, 28), f"audit of calendar year {year - 3}": date(2020, 1, 1)}
    assert on("1 year after audit of fiscal year received", received, None, starts, **audited) == date(2028, 2, 29)
    assert on("until audit of fiscal year received", received, None, starts, **audited) == date(2027, 3, 1)


def test_where_the_fiscal_year_is_the_calendar_year_both_names_are_of_one_audit():
    received = date(2025, 5, 5)
    for said in ("calendar", "fiscal"):
        for recorded in ("calendar", "fiscal"):
            told = {f"audit of {recorded} year 2025": date(2026, 3, 1)}
            assert on(f"1 year after audit of {said} year received", received, **told) == date(2027, 3, 2)
    both = {"audit of fiscal year 2025": date(2026, 3, 1), "audit of calendar year 2025": date(2026, 9, 1)}
    assert on("until audit of fiscal year received", received, **both) == date(2026, 9, 2)


def test_each_period_counts_from_the_date_it_names():
    received, sent = date(2023, 5, 5), date(2022, 1, 1)
    assert on("1 year after sent", received, sent) == date(2023, 1, 2)
    assert on("1 year after received", received, sent) == date(2024, 5, 6)
    assert on("1 year after received or sent", received, sent) == date(2024, 5, 6)
    assert on("1 year after received or sent", None, sent) == date(2023, 1, 2)
    assert on("1 year after end of calendar year sent", received, sent) == date(2024, 1, 1)


def test_a_date_that_is_missing_is_never_taken_from_another():
    assert on("1 year after sent", received=date(2023, 5, 5)) == Undated("sent")
    assert on("1 year after received", sent=date(2023, 5, 5)) == Undated("received")
    assert on("1 year after received or sent") == Undated("received or sent")
    assert on("until audit of fiscal year received") == Undated("received")
    assert on("permanent if received before 1870") == Undated("received")
    assert on("no retention required") == Undated("received")
    assert on("until read", is_read=True) == Undated("received")
    assert Undated("sent").sentence == "has no date on which it was sent"


def test_what_is_permanent_is_never_due():
    assert on("permanent", date(1900, 1, 1)) == Never()
    assert on("later of permanent and closed") == on("earlier of permanent and permanent") == Never()
    assert Never().sentence == "is kept permanently"


@pytest.mark.parametrize("event", ["closed", "superseded", "action completed"])
def test_what_waits_for_an_event_says_for_which(event):
    for text in (f"10 years after {event}", f"until {event}"):
        waiting = on(text, date(1990, 1, 1))
        assert waiting == Waiting(event)
        assert waiting.sentence == f"waits for the event '{event}'"


def test_an_event_starts_the_clock_and_its_own_day_is_kept_whole():
    assert on("until closed", closed=date(2024, 2, 28)) == date(2024, 2, 29)
    assert on("1 year after closed", closed=date(2024, 2, 29)) == date(2025, 3, 2)
    assert on("1 year after end of fiscal year of closed", fiscal=(7, 1), closed=date(2024, 7, 1)) == date(2026, 7, 1)
    assert on("1 year after closed", audited=date(2024, 2, 29)) == Waiting("closed")


def test_until_read_is_due_only_when_it_is_known_to_be_read():
    received = date(2023, 5, 5)
    assert on("until read", received, is_read=True) == received
    for is_read in (False, None):
        assert on("until read", received, is_read=is_read) == Waiting("read")
    assert Waiting("read").sentence == "waits to be read"


@pytest.mark.parametrize(
    "text",
    [
        "3 years after received",
        "1 day after received",
        "1 year after end of calendar year received",
        "1 year after next March after received",
        "1 year after audit of fiscal year received",
        "1 year after closed",
        "until closed",
        "until closed, then 1 year",
    ],
)
def test_a_date_at_the_end_of_the_calendar_is_never_due_rather_than_an_error(text):
    assert on(text, date.max, closed=date.max) == Never()


def test_a_date_at_the_start_of_the_calendar_is_no_error():
    assert on("1 year after start of fiscal year received", date.min, fiscal=(7, 1)) == Never()
    assert on("1 year after received", date.min) == date(2, 1, 2)


# --- several limits ---------------------------------------------------------------------------------------------------

R = date(2023, 5, 5)


def test_the_later_waits_for_every_limit_and_names_them_all():
    text = "later of 1 year after received, until closed and 2 years after audited"
    assert on(text, R, closed=date(2023, 6, 1)) == Waiting("audited")
    assert on(text, R).sentence == "waits for the event 'closed' and waits for the event 'audited'"
    assert on(text, None).sentence.startswith("has no date on which it was received and waits for")
    assert on(text, R, closed=date(2026, 6, 1), audited=date(2023, 7, 1)) == date(2026, 6, 2)
    assert on("later of 1 year after received and 1 year after sent") == Undated("received or sent")


def test_the_earlier_does_not_wait_for_what_has_not_happened():
    text = "earlier of 3 years after received and until closed"
    assert on(text, R) == date(2026, 5, 6)
    assert on(text, R, closed=date(2024, 1, 1)) == date(2024, 1, 2)
    assert on("earlier of until closed and permanent") == Waiting("closed")
    assert on("earlier of 3 years after received and until no longer needed", R) == date(2026, 5, 6)


@pytest.mark.parametrize(
    "unknown",
    ["1 year after sent", "as FIN 1", "not scheduled", "period not stated", "(either until paid or until closed)"],
)
def test_the_earlier_waits_where_a_limit_cannot_be_counted_or_is_no_rule_yet(unknown):
    assert not isinstance(on(f"earlier of 3 years after received and {unknown}", R), date)


def test_an_extension_counts_only_once_its_event_has_happened_and_never_shortens():
    text = "1 year after received, or until decided if contested"
    assert on(text, R) == on(text, R, decided=date(2030, 1, 1)) == date(2024, 5, 6)
    assert on(text, R, contested=R) == Waiting("decided")
    assert on(text, R, contested=R, decided=date(2025, 1, 1)) == date(2025, 1, 2)
    assert on(text, R, contested=R, decided=date(2023, 6, 1)) == date(2024, 5, 6)


def test_an_outcome_waits_until_it_is_told_and_does_not_believe_two():
    text = "1 year after received if sustained, otherwise 5 years after received"
    assert on(text, R).sentence == "waits for the event 'sustained' or 'not sustained'"
    assert on(text, R, sustained=R) == date(2024, 5, 6)
    assert on(text, R, not_sustained=R) == date(2028, 5, 6)
    assert on(text, R, sustained=R, not_sustained=R).sentence == (
        "waits because 'sustained' and 'not sustained' are both recorded"
    )


@pytest.mark.parametrize(
    ("condition", "first", "last"),
    [
        ("received before 2004", None, date(2003, 12, 31)),
        ("received from 2004 on", date(2004, 1, 1), None),
        ("received from 2004 to 2010", date(2004, 1, 1), date(2010, 12, 31)),
        ("received from 2004-07-01 to 2010-06-30", date(2004, 7, 1), date(2010, 6, 30)),
    ],
)
def test_a_condition_of_days_holds_for_its_first_and_its_last_day_and_for_none_beside(condition, first, last):
    text = f"permanent if {condition}, otherwise no retention required"
    for day in (first, last):
        if day is not None:
            assert on(text, day) == Never()
    if first is not None:
        assert on(text, first - timedelta(days=1)) == first - timedelta(days=1)
    if last is not None:
        assert on(text, last + timedelta(days=1)) == last + timedelta(days=1)


def test_a_second_stage_is_never_shorter_than_its_length_after_the_first():
    assert on("until closed, then 2 years", closed=date(2024, 2, 29)) == date(2026, 3, 1)
    assert on("2 years after end of calendar year received, then 1 year", R) == date(2027, 1, 1)
    assert on("until closed, then 2 years", R) == Waiting("closed")
    for inner in (UntilRead(), NotRequired(), LaterOf((UntilRead(), NotRequired()))):
        when = due(Period(Thereafter(inner, 2, Unit.YEAR)), dates(R, is_read=True))
        assert isinstance(when, Waiting) and when.sentence.startswith("has no day from which")


def test_what_waits_for_a_person_or_a_rule_says_for_which():
    said = {
        "until no longer needed": "waits for a named person to say that it is no longer needed",
        "not scheduled": "waits until an authority or a schedule covers it",
        "period not stated": "is kept because its source states no period",
        "as FIN 04300": "is kept as FIN 04300 is, which is not resolved",
        "one of A, B": "waits for a person to say which it belongs to: A, B",
        "either until paid or until closed": "waits for a ruling whether 'until paid' or 'until closed' governs",
    }
    for text, sentence in said.items():
        assert on(text, R, is_read=True, paid=R, closed=R).sentence == sentence


# --- at most ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "happened", "expected"),
    [
        ("30 days after received", {}, None),
        ("30 days after received, at most 90 days", {}, date(2023, 8, 4)),
        ("until no longer needed, at most 7 years after closed", {}, None),
        ("until no longer needed, at most 7 years after closed", {"closed": R}, date(2030, 5, 6)),
        ("30 days after received, at most 90 days, at most 60 days", {}, date(2023, 7, 5)),
        ("later of (30 days after received, at most 90 days) and 2 years after received", {}, date(2025, 5, 6)),
        ("later of (30 days after received, at most 90 days) and until closed", {}, None),
        ("(30 days after received, at most 90 days), at least 1 year", {}, date(2024, 5, 6)),
        ("earlier of (30 days after received, at most 90 days) and until closed", {}, date(2023, 8, 4)),
        ("(30 days after received, at most 90 days), or until closed if sued", {}, date(2023, 8, 4)),
        ("(30 days after received, at most 90 days), or until closed if sued", {"sued": R}, None),
        ("(until paid, at most 90 days) if received before 2030, otherwise permanent", {}, date(2023, 8, 4)),
        ("(until paid, at most 90 days) if received before 2020", {}, None),
        ("(until paid, at most 90 days) if sustained", {}, None),
    ],
)
def test_it_is_overdue_only_when_a_rule_says_at_most_and_no_other_limit_keeps_it(text, happened, expected):
    assert overdue_on(parse(text), dates(R, **happened)) == expected


# --- laws -------------------------------------------------------------------------------------------------------------

DAYS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
COUNTS = st.integers(1, 120)
FISCAL = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: (day.month, day.day))


@given(DAYS, COUNTS)
def test_a_period_of_years_never_ends_early(received, count):
    when = on(f"{count} years after received", received)
    # Every year from the day after it was received to the day before it is due has passed in full.
    assert (when.year - received.year, when.month, when.day) > (count, received.month, received.day)
    leap_days = sum(isleap(year) for year in range(received.year + 1, received.year + count))
    assert (when - received).days > 365 * count + leap_days - 1


@given(DAYS, COUNTS)
def test_a_period_of_months_never_ends_early_and_never_more_than_two_days_late(received, count):
    when = on(f"{count} months after received", received)
    months = (when.year - received.year) * 12 + when.month - received.month
    assert (months, when.day) > (count, received.day)
    assert (when - timedelta(days=2)).replace(day=1) <= _month(received, count)


@given(DAYS, COUNTS)
def test_a_period_of_days_lets_exactly_so_many_whole_days_pass(received, count):
    assert (on(f"{count} days after received", received) - received).days == count + 1


@given(DAYS, COUNTS, FISCAL)
def test_the_end_of_a_year_never_makes_a_period_shorter(received, count, fiscal):
    bare = on(f"{count} years after received", received)
    for year in YearEnd:
        rounded = on(f"{count} years after end of {year} year received", received, fiscal=fiscal)
        # From the last day of a year both count the same, but for a 29 February that the anniversary lacks.
        assert rounded >= bare - timedelta(days=1)
        assert rounded >= _years(received + timedelta(days=1), count)
        assert (rounded - received).days <= 366 * (count + 1)


@given(DAYS, FISCAL)
def test_the_start_of_a_year_the_day_itself_and_its_end_follow_each_other(received, fiscal):
    for year in YearEnd:
        start, bare, end = (
            on(f"3 years after {cut}received", received, fiscal=fiscal)
            for cut in (f"start of {year} year ", "", f"end of {year} year ")
        )
        assert start <= bare + timedelta(days=1) and start <= end + timedelta(days=1)
        assert start > _years(received, 2)


@given(DAYS, COUNTS)
def test_after_the_next_march_the_whole_march_has_passed(received, count):
    when = on(f"{count} years after next March after received", received)
    assert (when.month, when.day) == (4, 1)
    first = date(when.year - count, 3, 1)
    assert first > received and (first - received).days <= 366


def _month(day, count):
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _years(day, count):
    try:
        return day.replace(year=day.year + count)
    except ValueError:
        return date(day.year + count, 3, 1)


def test_a_reference_that_nobody_resolved_keeps():
    assert isinstance(due(Period(As("FIN 1")), dates(R)), Waiting)
