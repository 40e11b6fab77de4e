"""Days as people write them: read where one day alone can be meant, refused with every reading where two can."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from retention.cli.days import MONTHS, WEEKDAYS, is_exact, read_day
from retention.cli.options import parse_day
from retention.errors import WrongUsage
from tests.cli.desk import ATTORNEY, Desk

WEDNESDAY = date(2026, 11, 18)


def today() -> date:
    return WEDNESDAY


def nobody_asks() -> date:
    raise AssertionError("this day does not count from today")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-01", "2026-03-01", "2026-03-01"),
        (" 2026-3-1 ", "2026-03-01", "2026-03-01"),
        ("2026/03/01", "2026-03-01", "2026-03-01"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-02", "2025-02-01", "2025-02-28"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("March 2025", "2025-03-01", "2025-03-31"),
        ("sept 2025", "2025-09-01", "2025-09-30"),
        ("4 March 2025", "2025-03-04", "2025-03-04"),
        ("4th of March 2025", "2025-03-04", "2025-03-04"),
        ("the 4th of March 2025", "2025-03-04", "2025-03-04"),
        ("March 4, 2025", "2025-03-04", "2025-03-04"),
        ("Tuesday, March 4, 2025", "2025-03-04", "2025-03-04"),
        ("Mar. 4 2025", "2025-03-04", "2025-03-04"),
        ("25/03/2025", "2025-03-25", "2025-03-25"),
        ("03/25/2025", "2025-03-25", "2025-03-25"),
        ("03/03/2025", "2025-03-03", "2025-03-03"),
        ("31.12.2025", "2025-12-31", "2025-12-31"),
    ],
)
def test_a_day_is_read_as_it_is_written_and_a_month_by_its_first_or_last(text: str, first: str, last: str) -> None:
    assert str(read_day(text, nobody_asks)) == first
    assert str(read_day(text, nobody_asks, end=True)) == last


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2026-11-18", "2026-11-18"),
        ("Yesterday", "2026-11-17", "2026-11-17"),
        ("tomorrow", "2026-11-19", "2026-11-19"),
        ("the day before yesterday", "2026-11-16", "2026-11-16"),
        ("last Monday", "2026-11-16", "2026-11-16"),
        ("last wed", "2026-11-11", "2026-11-11"),
        ("last thursday", "2026-11-12", "2026-11-12"),
        ("next Wednesday", "2026-11-25", "2026-11-25"),
        ("next Friday", "2026-11-20", "2026-11-20"),
        ("3 days ago", "2026-11-15", "2026-11-15"),
        ("2  weeks ago", "2026-11-04", "2026-11-04"),
        ("in 2 weeks", "2026-12-02", "2026-12-02"),
        ("2 months from today", "2027-01-18", "2027-01-18"),
        ("a year ago", "2025-11-18", "2025-11-18"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("last year", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_day_that_counts_from_today_is_the_citys(text: str, first: str, last: str) -> None:
    assert str(read_day(text, today)) == first
    assert str(read_day(text, today, end=True)) == last


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("03/04/2025", "can be 2025-03-04 or 2025-04-03"),
        ("3.4.2025", "can be 2025-03-04 or 2025-04-03"),
        ("Monday", "can be 2026-11-16 or 2026-11-23"),
        ("this wed", "can be 2026-11-11 or 2026-11-25"),
        ("03/25/25", "is not a day: write its year with four digits"),
        ("last week", "is not a day: it is a whole week"),
        ("Monday, March 4, 2025", "is not a day: 2025-03-04 is a Tuesday"),
        ("March 4", "is not a day: it says no year"),
        ("march", "is not a day: it says no year"),
        ("2026-02-30", "is not a day: the calendar has none such"),
        ("30 February 2026", "is not a day: the calendar has none such"),
        ("2026-13", "is not a day: the calendar has none such"),
        ("31/31/2025", "is not a day: the calendar has none such"),
        ("0000", "is not a day: the calendar has none such"),
        ("9999 years ago", "is not a day: the calendar has none such"),
        *((text, "is not a day") for text in ("", "soon", "12", "1700000000", "-3 days", "2024-W10", "٢٠٢٦-٠٣-٠١")),
        ("x" * 100_000, "is too long for a day"),
    ],
)
def test_what_is_no_day_or_could_be_two_is_refused(text: str, why: str) -> None:
    for end in (False, True):
        with pytest.raises(ValueError) as refused:
            read_day(text, today, end=end)
        assert str(refused.value) == why


DAYS = some.dates(date(1900, 1, 1), date(2199, 12, 31))


@given(DAYS)
def test_every_way_of_writing_a_day_means_that_day(day: date) -> None:
    month, weekday = MONTHS[day.month - 1], WEEKDAYS[day.weekday()]
    for text in (
        *(str(day), f"{day:%Y/%m/%d}", f"{day.day} {month} {day.year}", f"{month[:3].title()} {day.day}, {day.year}"),
        f"{weekday.title()}, {month} {day.day}, {day.year}",
    ):
        assert read_day(text, nobody_asks) == day == read_day(text, nobody_asks, end=True), text


@given(DAYS, some.integers(0, 6))
def test_last_and_next_are_the_nearest_that_are_not_today(day: date, number: int) -> None:
    last, after = (read_day(f"{which} {WEEKDAYS[number]}", lambda: day) for which in ("last", "next"))
    assert last.weekday() == after.weekday() == number
    assert timedelta(days=1) <= day - last <= timedelta(days=7) and timedelta(days=1) <= after - day <= timedelta(7)


@given(some.text(max_size=30))
def test_no_text_is_ever_a_bug(text: str) -> None:
    try:
        read_day(text, today)
    except ValueError as refused:
        assert str(refused).startswith(("is ", "can be "))


def test_what_was_understood_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_day("2024-02", "--until", end=True) == date(2024, 2, 29)
    assert capsys.readouterr().err == "--until: '2024-02' is read as Thursday, 2024-02-29.\n"
    assert parse_day("2024-02-29", "--until") == date(2024, 2, 29) and is_exact(" 2024-02-29 ")
    assert capsys.readouterr() == ("", "")


def test_a_day_that_is_refused_names_its_option_and_says_how_to_write_it() -> None:
    with pytest.raises(WrongUsage) as refused:
        parse_day("03/04/2025", "--from")
    assert refused.value.message == "'03/04/2025' after --from can be 2025-03-04 or 2025-04-03."
    assert "Write it as 2026-03-01" in refused.value.next_step


def test_today_is_the_citys_own_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from retention.cli import opening

    # In Chicago it is still the evening of the first.
    monkeypatch.setattr(opening, "now", lambda: datetime(2026, 12, 2, 3, 0, tzinfo=UTC))
    told = desk.done("hold", "preview", "--custodian", "ann@city.example", "--from", "yesterday", by=ATTORNEY)
    assert told.err.splitlines()[0] == "--from: 'yesterday' is read as Monday, 2026-11-30."
