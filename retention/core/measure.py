"""How good filing is, by what people said of a sample: counts, shares, and what a count proves with 95 % confidence.

Where labels come from is not known here, and no message is filed or decided.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

CONFIDENCE = 0.95
_HALVINGS = 100
"""More than a float can be halved between 0 and 1 before nothing changes."""


def upper_bound(k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound (Clopper and Pearson 1934) of a share of which ``k`` were found among ``n``.

    It is the largest share under which ``k`` or fewer among ``n`` still come about with probability 1 - confidence.
    """
    if not 0 <= k <= n:
        raise ValueError(f"there cannot be {k} among {n}")
    if k == n:
        return 1.0
    at_least = math.log1p(-confidence)
    choices = [_log_choices(n, i) for i in range(k + 1)]
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if _log_at_most(choices, n, middle) >= at_least:
            low = middle
        else:
            high = middle
    # The upper end: a bound that is rounded must not promise more than was proved.
    return high


def percent(share: float) -> str:
    """A share as ``5.82 %``: three figures, rounded up, so that no bound is shown lower than it is."""
    if share <= 0:
        return "0 %"
    places = max(0, 2 - math.floor(math.log10(share * 100)))
    scale = 10**places
    return f"{math.ceil(share * 100 * scale - 1e-9) / scale:.{places}f} %"


def _log_choices(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_at_most(choices: list[float], n: int, share: float) -> float:
    """The logarithm of the probability that no more than ``len(choices) - 1`` of ``n`` are found."""
    yes, no = math.log(share), math.log1p(-share)
    terms = [choice + i * yes + (n - i) * no for i, choice in enumerate(choices)]
    largest = max(terms)
    return largest + math.log(math.fsum(math.exp(term - largest) for term in terms))


class Rate(Struct, frozen=True):
    """``k`` were found among ``n``; with 95 % confidence no more than ``upper`` of all from which they were drawn."""

    k: int
    n: int
    upper: float


class Scored(Struct, frozen=True, kw_only=True):
    """One label beside what was decided. ``label`` and ``filed`` are as people call them.

    ``is_record`` is what the label says. ``record`` and ``transitory`` are how it is filed; neither is true without a
    series. ``now``: the next plan would purge it; ``ever``: the next plan, or one after its days are over.
    """

    label: str
    is_record: bool
    filed: str
    record: bool = False
    transitory: bool = False
    now: bool = False
    ever: bool = False


class Pair(Struct, frozen=True):
    """How many messages with this label are filed so, and how many of them would be purged now, or ever."""

    label: str
    filed: str
    messages: int
    now: int
    ever: int


class Scores(Struct, frozen=True, kw_only=True):
    """What the labels say of the decisions.

    ``wrong_now``, ``wrong_ever`` and ``wrong_filed`` are the records among what is purge-eligible now, among what is
    now or will be by time alone, and among all that is filed as transitory, whatever else still keeps it.
    """

    labels: int
    wrong_now: Rate
    wrong_ever: Rate
    wrong_filed: Rate
    records: int
    records_filed: int
    records_stay: int
    transitory: int
    released_now: int
    released_ever: int
    by_series: tuple[Pair, ...]


def score(scored: Iterable[Scored]) -> Scores:
    """The scores of these labels."""
    every = tuple(scored)
    records = [one for one in every if one.is_record]
    others = [one for one in every if not one.is_record]
    return Scores(
        labels=len(every),
        wrong_now=_rate(one for one in every if one.now),
        wrong_ever=_rate(one for one in every if one.ever),
        wrong_filed=_rate(one for one in every if one.transitory),
        records=len(records),
        records_filed=sum(one.record for one in records),
        records_stay=sum(not one.ever for one in records),
        transitory=len(others),
        released_now=sum(one.now for one in others),
        released_ever=sum(one.ever for one in others),
        by_series=_pairs(every),
    )


def _rate(eligible: Iterable[Scored]) -> Rate:
    """How many of what would go are records, and what that proves."""
    gone = list(eligible)
    wrong = sum(one.is_record for one in gone)
    return Rate(wrong, len(gone), upper_bound(wrong, len(gone)))


def _pairs(every: tuple[Scored, ...]) -> tuple[Pair, ...]:
    messages = Counter((one.label, one.filed) for one in every)
    now = Counter((one.label, one.filed) for one in every if one.now)
    ever = Counter((one.label, one.filed) for one in every if one.ever)
    return tuple(Pair(*pair, messages[pair], now[pair], ever[pair]) for pair in sorted(messages))
