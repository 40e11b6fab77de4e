"""All that a report is made of, read once: the catalog's figures, the ledger's counts, and what is decided today.

What is said of it, and in which tables, is in the files beside this one.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from retention.catalog.figures import Box, Figures, Mass
from retention.core.classify import Classification
from retention.errors import StoreNotAnswering
from retention.jobs.record.known import take_in
from retention.jobs.report.deciding import Decided, decided
from retention.jobs.report.period import Period
from retention.jobs.report.told import Deed, Event, SeriesKey, Told
from retention.jobs.world import Progress, World

IN_MAILBOXES = ("present", "stored")
"""The states of what lies in a mailbox or a file today; ``stored``: captured from a file, where it also stays."""


class Material:
    """Read when first asked for. ``public``: neither a matter nor a subject may be in it, for anybody may be shown it.

    ``store_trouble`` says why the stored records could not be looked through, where they could not.
    """

    def __init__(self, world: World, period: Period, told: Told, *, public: bool, progress: Progress) -> None:
        self.world, self.period, self.told, self.public = world, period, told, public
        self.figures: Figures = world.catalog.figures
        self.store_trouble = ""
        try:
            take_in(world)
        except StoreNotAnswering as trouble:
            self.store_trouble = trouble.message
        self.masses: tuple[Mass, ...] = self.figures.masses(period.bounds)
        self.boxes: tuple[Box, ...] = self.figures.boxes()
        self._filings = self.figures.filings()
        self.decided: Decided = decided(world, self.filed, progress)

    @cached_property
    def filed(self) -> dict[int, Classification]:
        """The filings that were made under the rules in use, by their numbers; others are no answer."""
        rules = self.world.filing_rules
        return {n: filing for n, (filing, under) in self._filings.items() if under == rules}

    @cached_property
    def in_files(self) -> int:
        """How many of the messages that are counted as in mailboxes lie in files."""
        return sum(box.states.get(state, 0) for box in self.boxes if box.mailbox.in_files for state in IN_MAILBOXES)

    @cached_property
    def stored(self) -> int:
        """How many messages were captured from a file and stay in it as well."""
        return sum(box.states.get("stored", 0) for box in self.boxes)

    def deeds(self, result: str) -> Counter[tuple[int, SeriesKey]]:
        """How many messages came to this in each column of the period, under which series."""
        return _by_column(self.told.deeds, result, self.period)

    def records(self, result: str) -> Counter[tuple[int, SeriesKey]]:
        """How many stored records came to this in each column of the period, under which series."""
        return _by_column(self.told.records, result, self.period)

    def events(self, event: Event) -> list[int]:
        """How often it happened in each column of the period."""
        counts = [0] * len(self.period.begins)
        for (on, what), number in self.told.events.items():
            if what is event and self.period.has(on):
                counts[self.period.column(on)] += number
        return counts

    def name(self, key: SeriesKey) -> str:
        """A series as people know it: its code, where its source prints one, and its title."""
        schedule, code = key
        if not code:
            return "no series"
        series = self.world.series_of(schedule, code)
        return (f"{series.code} {series.title}".strip() or code) if series else code


def per_column(counts: Counter[tuple[int, SeriesKey]], columns: int) -> list[int]:
    """The counts of all series together, column by column."""
    found = [0] * columns
    for (column, _), number in counts.items():
        found[column] += number
    return found


def per_series(counts: Counter[tuple[int, SeriesKey]]) -> Counter[SeriesKey]:
    found: Counter[SeriesKey] = Counter()
    for (_, series), number in counts.items():
        found[series] += number
    return found


def _by_column(deeds: Counter[Deed], result: str, period: Period) -> Counter[tuple[int, SeriesKey]]:
    found: Counter[tuple[int, SeriesKey]] = Counter()
    for deed, number in deeds.items():
        if deed.result == result and period.has(deed.on):
            found[period.column(deed.on), deed.series] += number
    return found
