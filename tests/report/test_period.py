"""The days a report is about: months, years, fiscal years, and the hours in which clocks are set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.errors import WrongUsage
from retention.jobs.report import last_year, period, year

CHICAGO = ZoneInfo("America/Chicago")
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(DAYS, st.integers(0, 9000))
def test_every_day_lies_in_exactly_one_column_of_the_period(first_on: date, days: int) -> None:
    made = period(first_on, first_on + timedelta(days=days), CHICAGO)
    assert made.begins[0] == first_on and list(made.begins) == sorted(set(made.begins))
    assert len(made.labels) == len(set(made.labels)) == len(made.begins)
    for day in {first_on, made.last_on, first_on + timedelta(days=days // 2)}:
        column = made.column(day)
        assert made.has(day) and made.begins[column] <= day
        assert column == len(made.begins) - 1 or day < made.begins[column + 1]


@given(DAYS, st.integers(0, 1500))
def test_the_bounds_are_the_citys_midnights(first_on: date, days: int) -> None:
    made = period(first_on, first_on + timedelta(days=days), CHICAGO)
    local = [bound.astimezone(CHICAGO) for bound in made.bounds]
    assert [one.date() for one in local] == [*made.begins, made.last_on + timedelta(days=1)]
    assert all((one.hour, one.minute) == (0, 0) for one in local)


def test_a_month_in_which_clocks_are_set_is_counted_to_its_last_hour() -> None:
    made = period(date(2026, 3, 1), date(2026, 4, 30), CHICAGO)
    assert made.bounds == (
        datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 4, 1, 5, tzinfo=UTC), datetime(2026, 5, 1, 5, tzinfo=UTC)
    )  # fmt: skip


def test_without_days_it_is_the_last_twelve_months_and_this_one_until_today() -> None:
    made = last_year(date(2026, 11, 22), CHICAGO)
    assert (made.first_on, made.last_on, len(made.labels)) == (date(2025, 12, 1), date(2026, 11, 22), 12)
    assert last_year(date(2026, 12, 31), CHICAGO).first_on == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("typed", "starts", "first_on", "last_on", "name"),
    [
        ("2025", (7, 1), date(2025, 1, 1), date(2025, 12, 31), "calendar year 2025"),
        ("FY2025", (7, 1), date(2024, 7, 1), date(2025, 6, 30), "fiscal year 2025"),
        ("fy 2026", (10, 1), date(2025, 10, 1), date(2026, 9, 30), "fiscal year 2026"),
        ("FY2025", (1, 1), date(2025, 1, 1), date(2025, 12, 31), "fiscal year 2025"),
        ("FY2027", (7, 1), date(2026, 7, 1), date(2026, 11, 22), "fiscal year 2027"),
    ],
)
def test_a_fiscal_year_is_called_after_the_year_in_which_it_ends(
    typed: str, starts: tuple[int, int], first_on: date, last_on: date, name: str
) -> None:
    made = year(typed, starts, date(2026, 11, 22), CHICAGO)
    assert (made.first_on, made.last_on, made.name) == (first_on, last_on, name)


@pytest.mark.parametrize("typed", ["", "26", "FY", "next", "2028", "FY2028", "20255", "1400"])
def test_what_is_no_year_or_has_not_begun_is_refused(typed: str) -> None:
    with pytest.raises(WrongUsage):
        year(typed, (7, 1), date(2026, 11, 22), CHICAGO)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(WrongUsage):
        period(date(2026, 2, 1), date(2026, 1, 1), CHICAGO)


def test_of_many_years_years_are_counted() -> None:
    made = period(date(2015, 5, 4), date(2026, 1, 2), CHICAGO)
    assert made.labels[0] == "2015" and made.labels[-1] == "2026" and made.begins[1] == date(2016, 1, 1)
