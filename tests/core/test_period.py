"""The grammar of retention rules and the days on which they are due."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.period import (
    AfterDate,
    AfterEvent,
    Dates,
    Never,
    NotRequired,
    Of,
    Period,
    Permanent,
    Undated,
    Unit,
    UntilEvent,
    UntilRead,
    Waiting,
    YearEnd,
    due,
    parse,
    plain,
    weight,
)

FORMS = {
    "permanent": Permanent(),
    "no retention required": NotRequired(),
    "until read": UntilRead(),
    "30 days after received": AfterDate(30, Unit.DAY, Of.RECEIVED),
    "22 months after sent": AfterDate(22, Unit.MONTH, Of.SENT),
    "1 year after received": AfterDate(1, Unit.YEAR, Of.RECEIVED),
    "3 years after received": AfterDate(3, Unit.YEAR, Of.RECEIVED),
    "2 years after end of calendar year received": AfterDate(2, Unit.YEAR, Of.RECEIVED, YearEnd.CALENDAR),
    "1 year after end of calendar year sent": AfterDate(1, Unit.YEAR, Of.SENT, YearEnd.CALENDAR),
    "7 years after end of fiscal year received": AfterDate(7, Unit.YEAR, Of.RECEIVED, YearEnd.FISCAL),
    "7 years after end of fiscal year sent": AfterDate(7, Unit.YEAR, Of.SENT, YearEnd.FISCAL),
    "10 years after closed": AfterEvent(10, Unit.YEAR, "closed"),
    "5 years after superseded": AfterEvent(5, Unit.YEAR, "superseded"),
    "4 years after expired": AfterEvent(4, Unit.YEAR, "expired"),
    "4 years after audit of fiscal year received": AfterEvent(4, Unit.YEAR, "audit of fiscal year received"),
    "6 years after termination of employment": AfterEvent(6, Unit.YEAR, "termination of employment"),
    "1 year after action completed": AfterEvent(1, Unit.YEAR, "action completed"),
    "3 months after approval of minutes": AfterEvent(3, Unit.MONTH, "approval of minutes"),
    "until superseded": UntilEvent("superseded"),
    "until the life of the building ends": UntilEvent("the life of the building ends"),
}


@pytest.mark.parametrize(("text", "limit"), FORMS.items())
def test_every_form_is_read_and_printed_back_in_the_same_words(text, limit):
    assert parse(text) == Period(limit)
    assert str(parse(text)) == plain(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("  Three  ", None),
        ("PERMANENT", "permanent"),
        ("3  Years\nafter   Received", "3 years after received"),
        ("1 years after received", "1 year after received"),
        ("2 day after sent", "2 days after sent"),
        ("Until Read", "until read"),
        ("10 years after Closed", "10 years after closed"),
    ],
)
def test_case_spacing_and_singular_do_not_matter(text, same):
    if same is None:
        with pytest.raises(ValueError, match="not understood"):
            parse(text)
    else:
        assert parse(text) == parse(same)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "''"),
        ("3 years", "'3 years'"),
        ("for ever", "'for ever'"),
        ("three years after received", "'three years'"),
        ("3 weeks after received", "'3 weeks'"),
        ("-3 years after received", "'-3 years'"),
        ("1.5 years after received", "'1.5 years'"),
        ("٣ years after received", "'٣ years'"),
        ("1 year and 1 day after received", "'1 year and 1 day'"),
        ("0 years after received", "has no length"),
        ("1000 years after received", "longer than 999 years"),
        ("999999999999999999999999 days after received", "longer than 999 years"),
        ("3 years after", "'3 years after'"),
        ("3 years after recieved", "'recieved'"),
        ("3 years after receipt", "write 'received'"),
        ("3 years after created", "write 'received' or 'sent'"),
        ("2 years after end of calendar year", "write 'end of calendar year received'"),
        ("2 years after end of fiscal yr received", "write 'end of calendar year received'"),
        ("3 years after received, at most 90 days", "'at'"),
        ("2 years after received or until paid", "'or'"),
        ("later of 22 months after election and contest resolved", "'later of 22 months'"),
        ("2 years after closed, whichever is later", "'later'"),
        ("until superseded or 6 years after closed", "'after'"),
        ("until", "'until'"),
        ("until received", "'received'"),
        ("until 2030", "'2030'"),
        ("1 year after read", "'read'"),
    ],
)
def test_anything_else_is_refused_with_one_sentence_that_names_it_and_says_what_is_allowed(text, named):
    with pytest.raises(ValueError) as told:
        parse(text)
    sentence = str(told.value)
    assert named in sentence
    assert "allowed are" in sentence or "write '" in sentence
    assert "\n" not in sentence


def on(text, received=None, sent=None, fiscal=(1, 1), is_read=None):
    return due(parse(text), Dates(received_on=received, sent_on=sent, is_read=is_read, fiscal_year_starts=fiscal))


@pytest.mark.parametrize(
    ("text", "received", "expected"),
    [
        ("3 years after received", date(2023, 11, 21), date(2026, 11, 22)),
        ("1 day after received", date(2023, 12, 31), date(2024, 1, 2)),
        ("90 days after received", date(2024, 1, 1), date(2024, 4, 1)),
        ("1 year after received", date(2024, 2, 29), date(2025, 3, 2)),
        ("4 years after received", date(2024, 2, 29), date(2028, 3, 1)),
        ("1 year after received", date(2023, 2, 28), date(2024, 2, 29)),
        ("1 month after received", date(2023, 1, 31), date(2023, 3, 2)),
        ("1 month after received", date(2024, 3, 31), date(2024, 5, 2)),
        ("1 month after received", date(2023, 12, 31), date(2024, 2, 1)),
        ("22 months after received", date(2023, 11, 7), date(2025, 9, 8)),
        ("1 year after received", date(2023, 12, 31), date(2025, 1, 1)),
        ("2 years after end of calendar year received", date(2023, 1, 1), date(2026, 1, 1)),
        ("2 years after end of calendar year received", date(2023, 12, 31), date(2026, 1, 1)),
        ("6 months after end of calendar year received", date(2023, 5, 5), date(2024, 7, 1)),
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


def test_each_period_counts_from_the_date_it_names():
    received, sent = date(2023, 5, 5), date(2022, 1, 1)
    assert on("1 year after sent", received, sent) == date(2023, 1, 2)
    assert on("1 year after received", received, sent) == date(2024, 5, 6)
    assert on("1 year after end of calendar year sent", received, sent) == date(2024, 1, 1)


def test_a_date_that_is_missing_is_never_taken_from_another():
    assert on("1 year after sent", received=date(2023, 5, 5)) == Undated("sent")
    assert on("1 year after received", sent=date(2023, 5, 5)) == Undated("received")
    assert on("no retention required") == Undated("received")
    assert on("until read", is_read=True) == Undated("received")
    assert Undated("sent").sentence == "has no date on which it was sent"


def test_what_is_permanent_is_never_due():
    assert on("permanent", date(1900, 1, 1)) == Never()
    assert Never().sentence == "is kept permanently"


@pytest.mark.parametrize("event", ["closed", "superseded", "audit of fiscal year received", "action completed"])
def test_what_waits_for_an_event_says_for_which(event):
    for text in (f"10 years after {event}", f"until {event}"):
        waiting = on(text, date(1990, 1, 1))
        assert waiting == Waiting(event)
        assert waiting.sentence == f"waits for the event '{event}'"


def test_until_read_is_due_only_when_it_is_known_to_be_read():
    received = date(2023, 5, 5)
    assert on("until read", received, is_read=True) == received
    for is_read in (False, None):
        assert on("until read", received, is_read=is_read) == Waiting("read")
    assert Waiting("read").sentence == "waits to be read"


def test_a_date_at_the_end_of_the_calendar_is_never_due_rather_than_an_error():
    assert on("3 years after received", date(9999, 12, 31)) == Never()
    assert on("1 day after received", date.max) == Never()
    assert on("1 year after end of calendar year received", date(9999, 1, 1)) == Never()


# --- laws -----------------------------------------------------------------------------------------------------------

DAYS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
COUNTS = st.integers(1, 120)
FISCAL = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: (day.month, day.day))
EVENTS = st.sampled_from(["closed", "superseded", "end of lease", "term of office ends", "employee's death"])
LIMITS = st.one_of(
    st.sampled_from([Permanent(), NotRequired(), UntilRead()]),
    st.builds(UntilEvent, EVENTS),
    st.builds(AfterEvent, COUNTS, st.sampled_from(Unit), EVENTS),
    st.builds(AfterDate, COUNTS, st.sampled_from(Unit), st.sampled_from(Of), st.none() | st.sampled_from(YearEnd)),
)


@given(LIMITS)
def test_what_is_printed_is_read_as_the_same_period(limit):
    assert parse(plain(Period(limit))) == Period(limit)


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


@given(DAYS, DAYS, LIMITS, FISCAL)
def test_what_came_later_is_never_due_earlier(one, other, limit, fiscal):
    first, second = (
        due(Period(limit), Dates(received_on=day, sent_on=day, is_read=True, fiscal_year_starts=fiscal))
        for day in sorted([one, other])
    )
    if isinstance(first, date):
        assert first <= second
    else:
        assert first == second


def _month(day, count):
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _years(day, count):
    try:
        return day.replace(year=day.year + count)
    except ValueError:
        return date(day.year + count, 3, 1)


def test_the_longer_of_two_periods_can_be_named():
    ordered = [
        "no retention required",
        "90 days after received",
        "4 months after received",
        "2 years after received",
        "2 years after end of calendar year received",
        "3 years after received",
        "until superseded",
        "1 year after closed",
        "10 years after closed",
        "permanent",
    ]
    weights = [weight(parse(text)) for text in ordered]
    assert weights == sorted(weights) and len(set(weights)) == len(weights)
