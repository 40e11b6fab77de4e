"""What instants of a message are believed, and on which day they were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.dates import believed, day_of

CHICAGO = ZoneInfo("America/Chicago")
zones = st.none() | st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=zones))
def test_no_instant_is_too_strange(at: datetime) -> None:
    found = believed(at)
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    assert found is None or (found == aware and found.tzinfo is UTC)
    assert (day_of(at, CHICAGO) is None) == (found is None)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (None, None),
        (datetime(1, 1, 1, tzinfo=UTC), None),
        (datetime(1601, 1, 1, tzinfo=UTC), None),
        (datetime(1970, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        (datetime(1971, 1, 1, tzinfo=UTC), date(1970, 12, 31)),
        (datetime(2026, 11, 22, 5, 59), date(2026, 11, 21)),
        (datetime(2026, 11, 22, 6, 0), date(2026, 11, 22)),
        (datetime(4499, 12, 31, 23, 59, 59, tzinfo=UTC), date(4499, 12, 31)),
        (datetime(4500, 1, 1, tzinfo=UTC), None),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), None),
    ],
)
def test_the_day_is_that_of_the_zone(at: datetime | None, day: date | None) -> None:
    assert day_of(at, CHICAGO) == day
