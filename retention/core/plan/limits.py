"""How much one run may take, in numbers and in shares: of all mail, of one mailbox, of one series.

What is due is not decided here. What is captured from files takes nothing away, and is not counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from retention.core.city import Rules
from retention.core.plan.removal import Step

CAUSES = 3
"""So many of the largest causes are named."""

Place = tuple[str, str, str]
"""The address of a mailbox, the name of a schedule, the key of a series."""


class Sizes(Struct, frozen=True):
    """How many messages there are before anything is taken: by the mailbox's address, and by schedule and series."""

    mailboxes: Mapping[str, int]
    series: Mapping[tuple[str, str], int] = {}


class Limit(Struct, frozen=True):
    """One limit of ``[limits]``: which messages it is about, how many there are, and how many it allows to be taken.

    ``told`` is the share as a city writes it; empty where the limit is a number.
    """

    key: str
    about: str
    allowed: int
    of: int
    told: str = ""

    def passed_by(self, taken: int) -> str:
        """The sentence that says how far it is passed."""
        what = f"of {self.of:,} messages{self.about}" if self.about or self.told else "messages"
        rule = f"'limits.{self.key}'{f' ({self.told})' if self.told else ''} allows {self.allowed:,}"
        return f"It would take {taken:,} {what}; {rule}: {taken - self.allowed:,} too many."


class Limits:
    """The limits of one run, and how much of each is used up. ``take`` counts, whether it fits or not."""

    def __init__(self, rules: Rules, sizes: Sizes) -> None:
        self._rules, self._sizes = rules, sizes
        self._all = tuple(self._of_all())
        self._of: dict[tuple[str, ...], tuple[Limit, ...]] = {}
        self._taken: Counter[tuple[str, ...]] = Counter()
        self._from: Counter[Place] = Counter()

    def fits(self, address: str, schedule: str, series: str) -> bool:
        """Whether one more message of this mailbox and series can be taken."""
        return all(
            self._taken[about] < limit.allowed
            for about in self._concerned(address, schedule, series)
            for limit in self._limits(about)
        )

    def take(self, address: str, schedule: str, series: str) -> None:
        """One more message of this mailbox and series is taken."""
        for about in self._concerned(address, schedule, series):
            self._taken[about] += 1
        self._from[address, schedule, series] += 1

    def with_these(self, steps: Iterable[Step]) -> Limits:
        """These limits with what the steps take on top of what was taken before."""
        more = Limits(self._rules, self._sizes)
        more._taken, more._from = self._taken.copy(), self._from.copy()
        for step in steps:
            if not step.in_files:
                more.take(step.address, step.schedule, step.series)
        return more

    def passed(self) -> tuple[str, ...]:
        """A sentence for each limit that is passed, those of all mail first, the farthest first; then the causes."""
        over = [
            (bool(about), limit.allowed - taken, limit.passed_by(taken))
            for about, taken in self._taken.items()
            for limit in self._limits(about)
            if taken > limit.allowed
        ]
        if not over:
            return ()
        largest = "; ".join(
            f"{number:,} of {series} from {address}" for (address, _, series), number in self._from.most_common(CAUSES)
        )
        return *(sentence for *_, sentence in sorted(over)), f"The largest causes: {largest}."

    def _concerned(self, address: str, schedule: str, series: str) -> tuple[tuple[str, ...], ...]:
        return (), (address,), (schedule, series)

    def _limits(self, about: tuple[str, ...]) -> tuple[Limit, ...]:
        if not about:
            return self._all
        if about not in self._of:
            self._of[about] = tuple(self._of_mailbox(*about) if len(about) == 1 else self._of_series(*about))
        return self._of[about]

    def _of_all(self) -> Iterator[Limit]:
        rules, total = self._rules, sum(self._sizes.mailboxes.values())
        yield Limit("largest_purge", "", rules.largest_purge, total)
        if rules.largest_run_share is not None:
            yield _share("largest_run_share", "", total, rules.largest_run_share)

    def _of_mailbox(self, address: str) -> Iterator[Limit]:
        rules, there = self._rules, self._sizes.mailboxes.get(address, 0)
        yield _share("largest_share", f" from {address}", there, rules.largest_share)
        if rules.largest_mailbox is not None:
            yield Limit("largest_mailbox", f" from {address}", rules.largest_mailbox, there)

    def _of_series(self, schedule: str, series: str) -> Iterator[Limit]:
        rules, there = self._rules, self._sizes.series.get((schedule, series), 0)
        if rules.largest_series_share is not None:
            yield _share("largest_series_share", f" of the series {series}", there, rules.largest_series_share)
        if rules.largest_series is not None:
            yield Limit("largest_series", f" of the series {series}", rules.largest_series, there)


def too_large(steps: Iterable[Step], sizes: Sizes, rules: Rules) -> tuple[str, ...]:
    """Which limits these steps would pass and by how much, a sentence each, and the largest causes; empty for none."""
    return Limits(rules, sizes).with_these(steps).passed()


def ceiling(seen: int, share: float) -> int:
    """How many messages this share of so many is; at least one, so that runs go on."""
    return max(1, math.floor(round(seen * share, 6)))


def _share(key: str, about: str, of: int, share: float) -> Limit:
    return Limit(key, about, ceiling(of, share), of, f"{share:.0%}" if share >= 0.01 else f"{share:.2%}")
