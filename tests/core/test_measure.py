"""What a sample proves: the exact bound against published values and against counting it out, and the scores."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.measure import Pair, Rate, Scored, percent, score, upper_bound

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "shown"),
    [
        (0, 50, "5.82 %"),
        (1, 100, "4.66 %"),
        (0, 300, "0.994 %"),
        (0, 59, "4.96 %"),
        (0, 1, "95.0 %"),
        (0, 10, "25.9 %"),
        (1, 10, "39.5 %"),
        (5, 10, "77.8 %"),
        (9, 10, "99.5 %"),
        (2, 20, "28.3 %"),
        (10, 100, "16.4 %"),
    ],
)
def test_the_bound_is_the_published_one(k: int, n: int, shown: str) -> None:
    assert percent(upper_bound(k, n)) == shown


@pytest.mark.parametrize(("k", "n"), [(0, 0), (1, 1), (7, 7)])
def test_where_nothing_is_known_or_all_is_wrong_nothing_is_promised(k: int, n: int) -> None:
    assert upper_bound(k, n) == 1.0


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_more_cannot_be_found_than_were_looked_at(k: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{k} among {n}"):
        upper_bound(k, n)


def test_a_bound_for_many_labels_is_found_too() -> None:
    assert upper_bound(0, 1_000_000) == pytest.approx(2.9957e-6, rel=1e-4)
    assert upper_bound(10_000, 20_000) == pytest.approx(0.50584, abs=1e-5)


def at_most(k: int, n: int, share: Fraction) -> Fraction:
    """The probability that no more than ``k`` are found among ``n``, counted out without any rounding."""
    return sum((comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k + 1)), Fraction(0))


@given(COUNTS)
def test_the_bound_is_where_so_few_would_be_found_one_time_in_twenty(counts: tuple[int, int]) -> None:
    k, n = counts
    bound = Fraction(upper_bound(k, n))
    assert abs(at_most(k, n, bound) - Fraction(1, 20)) < Fraction(1, 10**9)
    assert at_most(k, n, bound + Fraction(1, 10**6)) < Fraction(1, 20)


@given(COUNTS)
def test_more_found_means_a_higher_bound_and_more_looked_at_a_lower_one(counts: tuple[int, int]) -> None:
    k, n = counts
    assert k / n < upper_bound(k, n) < upper_bound(k + 1, n)
    assert upper_bound(k, n + 1) < upper_bound(k, n)


@given(st.floats(1e-9, 1))
def test_a_share_is_never_shown_smaller_than_it_is(share: float) -> None:
    assert float(percent(share).rstrip(" %")) / 100 >= share * (1 - 1e-8)


def test_no_share_is_no_share() -> None:
    assert percent(0) == "0 %"


def scored(label: str, filed: str, **more: bool) -> Scored:
    return Scored(label=label, is_record=label != "transitory", filed=filed, **more)


GONE, SOON, WAITS = (
    {"transitory": True, "now": True, "ever": True},
    {"transitory": True, "ever": True},
    {"transitory": True},
)


def test_the_scores_count_what_went_wrong_and_what_went_well() -> None:
    scores = score(
        [
            scored("record", "notices", **GONE),
            scored("minutes", "notices", **SOON),
            scored("minutes", "minutes", record=True),
            scored("record", "no series"),
            scored("transitory", "notices", **GONE),
            scored("transitory", "notices", **SOON),
            scored("transitory", "notices", **WAITS),
            scored("transitory", "minutes", record=True),
        ]
    )
    assert scores.wrong_now == Rate(1, 2, upper_bound(1, 2))
    assert scores.wrong_ever == Rate(2, 4, upper_bound(2, 4))
    assert scores.wrong_filed == Rate(2, 5, upper_bound(2, 5))
    assert (scores.records, scores.records_filed, scores.records_stay) == (4, 1, 2)
    assert (scores.transitory, scores.released_now, scores.released_ever) == (4, 1, 2)
    assert scores.by_series[0] == Pair("minutes", "minutes", 1, 0, 0)
    assert Pair("transitory", "notices", 3, 1, 2) in scores.by_series
    assert sum(pair.messages for pair in scores.by_series) == scores.labels == 8


def test_without_labels_nothing_is_promised() -> None:
    assert score([]).wrong_now == Rate(0, 0, 1.0)
