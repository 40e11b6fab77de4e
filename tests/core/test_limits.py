"""What one run may take: every limit binds, in numbers and in shares, and what is passed is said with its causes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.decide import Action
from retention.core.plan import Limits, Sizes, Step, ceiling, too_large
from tests.core.test_plan import RULES, step


@pytest.mark.parametrize(
    ("seen", "share", "allowed"),
    [
        (0, 0.05, 1),
        (1, 0.05, 1),
        (19, 0.05, 1),
        (39, 0.05, 1),
        (40, 0.05, 2),
        (1000, 0.05, 50),
        (7, 1.0, 7),
        (9, 0.0, 1),
    ],
)
def test_the_ceiling_of_a_mailbox_is_its_share_and_at_least_one(seen: int, share: float, allowed: int) -> None:
    assert ceiling(seen, share) == allowed


@given(seen=st.integers(0, 10**6), share=st.floats(0, 1))
def test_the_ceiling_never_passes_the_share_but_for_one(seen: int, share: float) -> None:
    assert 1 <= ceiling(seen, share) <= max(1, seen * share) + 1e-6


def sized(**mailboxes: tuple[int, int]) -> tuple[tuple[Step, ...], Sizes]:
    """Steps and counts for mailboxes given as (steps, seen)."""
    steps = [step(n, f"{name}@x") for name, (count, _) in mailboxes.items() for n in range(count)]
    return tuple(steps), Sizes({f"{name}@x": seen for name, (_, seen) in mailboxes.items()})


def test_a_plan_within_its_ceilings_is_not_too_large() -> None:
    assert too_large(*sized(ana=(5, 20), pat=(5, 20)), RULES) == ()
    assert too_large((), Sizes({}), RULES) == ()


def test_a_plan_with_one_step_too_many_says_how_many_and_which_limit() -> None:
    sentence, causes = too_large(*sized(ana=(6, 100), pat=(5, 100)), RULES)
    assert sentence == "It would take 11 messages; 'limits.largest_purge' allows 10: 1 too many."
    assert causes == "The largest causes: 6 of ADM 1 from ana@x; 5 of ADM 1 from pat@x."


def test_a_mailbox_that_would_lose_too_much_is_named_with_figures() -> None:
    sentence, _ = too_large(*sized(ana=(6, 20), pat=(1, 20)), RULES)
    assert sentence == "It would take 6 of 20 messages from ana@x; 'limits.largest_share' (25%) allows 5: 1 too many."


def test_the_worst_mailbox_is_told_first() -> None:
    *told, causes = too_large(*sized(ana=(2, 4), pat=(4, 4), kim=(3, 4), jo=(1, 4)), RULES)
    assert causes.count(";") == 2
    assert [sentence.split(" from ")[1][:3] for sentence in told] == ["pat", "kim", "ana"]


def test_what_is_captured_from_files_takes_nothing_away_and_passes_no_ceiling() -> None:
    steps = [step(n, "ana@x/old.pst", mailbox="files:1", action=Action.CAPTURE) for n in range(50)]
    assert too_large(steps, Sizes({"ana@x/old.pst": 50}), RULES) == ()
    assert too_large([*steps, *sized(ana=(6, 20))[0]], Sizes({"ana@x": 20}), RULES) != ()


ROOMY = replace(RULES, largest_purge=10**9, largest_share=1.0)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"largest_run_share": 0.1}, "12 of 100 messages; 'limits.largest_run_share' (10%) allows 10: 2 too many"),
        ({"largest_mailbox": 7}, "8 of 60 messages from ana@x; 'limits.largest_mailbox' allows 7: 1 too many"),
        (
            {"largest_series": 11},
            "12 of 50 messages of the series ADM 1; 'limits.largest_series' allows 11: 1 too many",
        ),
        (
            {"largest_series_share": 0.2},
            "12 of 50 messages of the series ADM 1; 'limits.largest_series_share' (20%) allows 10: 2 too many",
        ),
        ({"largest_share": 0.05}, "8 of 60 messages from ana@x; 'limits.largest_share' (5%) allows 3: 5 too many"),
    ],
)
def test_every_limit_binds_in_numbers_and_in_shares(rules: dict[str, Any], said: str) -> None:
    steps, sizes = sized(ana=(8, 60), pat=(4, 40))
    sizes = Sizes(sizes.mailboxes, {(step(0, "a@x").schedule, "ADM 1"): 50})
    assert too_large(steps, sizes, ROOMY) == ()
    sentence, *_, causes = too_large(steps, sizes, replace(ROOMY, **rules))
    assert said in sentence and causes == "The largest causes: 8 of ADM 1 from ana@x; 4 of ADM 1 from pat@x."


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), max_size=40),
    st.integers(1, 20),
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(0.01, 1),
)
def test_what_fits_is_never_too_large(
    taken: list[tuple[str, str]], run: int, box: int, series: int, share: float
) -> None:
    rules = replace(
        RULES, largest_purge=run, largest_mailbox=box, largest_series=series, largest_share=share,
        largest_run_share=share, largest_series_share=share,
    )  # fmt: skip
    limits = Limits(rules, Sizes({"a": 20, "b": 20}, {("town", "x"): 20, ("town", "y"): 20}))
    for address, key in taken:
        if limits.fits(address, "town", key):
            limits.take(address, "town", key)
    assert limits.passed() == ()
