"""The clock: what counts as a jump, and what two honest clocks may differ by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core import clock
from retention.core.clock import ClockConfirmed, ClockRead, Machine, Reading, disagrees, jumped, reading, zone_digest

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
BEFORE = Reading(NOW, "boot", 1000, "zone")


@pytest.mark.parametrize(
    ("passed", "counted", "says"),
    [
        (timedelta(days=1), timedelta(days=1), ""),
        (timedelta(days=1, minutes=9), timedelta(days=1), ""),
        (timedelta(days=366), timedelta(days=1), "jumped ahead by 365 days"),
        (timedelta(days=1), timedelta(days=3), "jumped back by 2 days"),
        (timedelta(hours=4), timedelta(hours=1), "jumped ahead by 3 hours"),
        (timedelta(minutes=30), timedelta(0), "jumped ahead by 30 minutes"),
    ],
)
def test_a_clock_that_went_otherwise_than_the_machine_counted_has_jumped(
    passed: timedelta, counted: timedelta, says: str
) -> None:
    told = jumped(BEFORE, NOW + passed, Machine("boot", 1000 + int(counted.total_seconds())))
    assert told == "" if not says else says in told


def test_after_another_start_of_the_machine_nobody_can_tell() -> None:
    assert jumped(BEFORE, NOW + timedelta(days=999), Machine("other boot", 5)) == ""
    assert jumped(BEFORE, NOW + timedelta(days=999), Machine()) == ""
    assert jumped(None, NOW, Machine("boot", 5)) == ""


@given(st.integers(0, 10**8), st.floats(-0.0009, 0.0009), st.integers(-540, 540))
def test_a_clock_that_is_kept_right_has_never_jumped(counted: int, drift: float, away: int) -> None:
    passed = timedelta(seconds=counted * (1 + drift) + away)
    assert jumped(BEFORE, NOW + passed, Machine("boot", 1000 + counted)) == ""


@given(st.integers(0, 10**8), st.integers(1201, 10**9))
def test_a_jump_beyond_what_can_be_honest_is_always_seen(counted: int, away: int) -> None:
    away += int(counted * clock.DRIFT)
    for sign in (1, -1):
        passed = timedelta(seconds=counted + sign * away)
        assert jumped(BEFORE, NOW + passed, Machine("boot", 1000 + counted)) != ""


def creeping(hours: int, each: int, confirmed: int = 0, anew: int = 0) -> tuple[Reading, datetime]:
    """The last of readings an hour apart under a clock set ahead ``each`` seconds before every one, and its instant."""
    at, last = NOW, reading(0, NOW, ClockRead(boot="boot", up=0, zone="zone"), None)
    for hour in range(1, hours + 1):
        at += timedelta(hours=1, seconds=each)
        boot = "other boot" if anew and hour >= anew else "boot"
        told: ClockRead | ClockConfirmed = ClockRead(boot=boot, up=hour * 3600, zone="zone")
        if hour == confirmed:
            told = ClockConfirmed(boot=boot, up=hour * 3600, zone="zone", reason="the machine slept")
        last = reading(hour, at, told, last)
    return last, at


def test_a_clock_that_creeps_is_measured_from_the_first_reading_of_this_start() -> None:
    last, at = creeping(hours=2, each=590)
    assert "ahead by 19 minutes since 2026-11-21 15:00 UTC" in jumped(last, at, Machine("boot", 2 * 3600))
    last, at = creeping(hours=2, each=-590)
    assert "back by 19 minutes" in jumped(last, at, Machine("boot", 2 * 3600))


def test_what_is_measured_from_begins_anew_with_an_offices_word_or_the_machine() -> None:
    for last, at in (creeping(3, 590, confirmed=3), creeping(3, 590, anew=3)):
        assert last.since is None
        assert jumped(last, at, Machine(last.boot, 3 * 3600)) == ""
    last, at = creeping(5, 590, confirmed=3)
    assert last.confirmed_in == 3 and jumped(last, at, Machine("boot", 5 * 3600)) != ""
    assert creeping(5, 590, confirmed=2, anew=4)[0].confirmed_in is None


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(-590, 590)), max_size=30))
def test_however_it_is_set_a_clock_that_is_believed_is_near_what_was_counted(steps: list[tuple[int, int]]) -> None:
    at, up, last = NOW, 0, reading(0, NOW, ClockRead(boot="boot", up=0, zone="zone"), None)
    for counted, away in steps:
        at, up = at + timedelta(seconds=counted + away), up + counted
        if jumped(last, at, Machine("boot", up)):
            return
        last = reading(1, at, ClockRead(boot="boot", up=up, zone="zone"), last)
        assert abs((at - NOW).total_seconds() - up) <= clock.MAY_DIFFER.total_seconds() + up * clock.DRIFT


def test_the_mail_systems_clock_is_believed_within_minutes() -> None:
    assert disagrees(NOW, None) == "" == disagrees(NOW, NOW + timedelta(minutes=10))
    assert "2 days ahead of the mail system's, which says 2026-11-19 15:00 UTC" in disagrees(
        NOW, NOW - timedelta(days=2)
    )
    assert "behind" in disagrees(NOW, NOW + timedelta(hours=3))


def test_a_zone_is_known_by_how_it_counts() -> None:
    assert zone_digest("America/Chicago") == zone_digest("America/Chicago") != zone_digest("America/Denver")
    with pytest.raises((KeyError, ValueError)):
        zone_digest("Nowhere/Town")


def test_other_rules_of_summer_time_make_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = zone_digest("America/Chicago")
    zone_digest.cache_clear()
    monkeypatch.setattr(clock, "ZoneInfo", lambda name: ZoneInfo("America/Regina"))
    assert zone_digest("America/Chicago") != before
    zone_digest.cache_clear()
