"""Dates in scanned text: what is read, and what is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.simulator.dates import read_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Monday, April 13, 2009 11:09 AM", datetime(2009, 4, 13, 11, 9)),
        ("Wednesday, September 16, 20096:35 AM", datetime(2009, 9, 16, 6, 35)),
        ("Monday, June 1,2009 11:10 PM", datetime(2009, 6, 1, 23, 10)),
        ("Monday, October 12, 2009 10:28 AM B6", datetime(2009, 10, 12, 10, 28)),
        ("• Monday, May 4, 2009 3:19 PM", datetime(2009, 5, 4, 15, 19)),
        ("Monday, November 2, 2009.6:02 AM", datetime(2009, 11, 2, 6, 2)),
        ("Friday, October 9; 2009 6:26 AM", datetime(2009, 10, 9, 6, 26)),
        ("Saturday, May 30, 2009 10.22 AM", datetime(2009, 5, 30, 10, 22)),
        ("Wednesday, August 29, 2012 8:56'AM", datetime(2012, 8, 29, 8, 56)),
        ("Sunday, July 1, 2012 12:05 AM", datetime(2012, 7, 1, 0, 5)),
        ("Sunday, July 1, 2012 12:05 PM", datetime(2012, 7, 1, 12, 5)),
        ("Saturday, November 13, 2010", datetime(2010, 11, 13, 23, 59, 59)),
        ("Wednesday, May 27, 2009 5 49 AM", datetime(2009, 5, 27, 23, 59, 59)),
        ("2009-04-13T11:09:00Z", datetime(2009, 4, 13, 11, 9)),
        ("2009-04-13 11:09", datetime(2009, 4, 13, 11, 9)),
        ("Mon, 13 Apr 2009 11:09:00 -0400", datetime(2009, 4, 13, 15, 9)),
    ],
)
def test_the_spellings_that_occur_are_read(text: str, expected: datetime) -> None:
    assert read_date(text) == expected.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RELEASE IN PART",
        "Saturday, Fe ruary 13, 2010 10:19 AM",
        "Friday, Februa 2110 7:07 AM",
        "Saturday, October 3, ZUU9 10:U8 AM",
        "Wednesday, December 2 • PM",
        "Friday, June 2, 2009 8:22 AM",
        "February 30, 2010 8:22 AM",
        "Monday, April 13, 2009 14:09 PM",
        "April 13, 1809 11:09 AM",
        "0101-01-01",
    ],
)
def test_what_cannot_be_read_for_certain_is_no_date(text: str) -> None:
    assert read_date(text) is None


@settings(deadline=None)
@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    found = read_date(text)
    assert found is None or found.tzinfo is UTC
