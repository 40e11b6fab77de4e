"""Classify: file every message that is new, changed, or was filed under other rules.

Which series a message belongs to is decided in ``core/classify.py``.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from retention.core.classify import Classification, Matcher
from retention.jobs.world import Progress, World, silent

BATCH = 2000


class Classified(Struct, frozen=True, kw_only=True):
    """How many messages were filed now, by series key; ``""`` counts those no series fits, or more than one."""

    filed: int
    by_series: dict[str, int]


def classify(world: World, progress: Progress = silent) -> Classified:
    """File what is not filed under the rules in use; a second run with nothing changed files nothing."""
    with world.alone():
        run = world.catalog.begin_run("classify", world.now())
        rules = world.filing_rules
        world.catalog.forget_filings(rules)
        matcher = Matcher(world.schedules)
        counts: Counter[str] = Counter()
        batch: list[tuple[int, Classification]] = []
        total = world.catalog.tally()["unclassified"]
        for known in world.catalog.unclassified():
            filing = matcher.classify(known.message)
            counts[filing.series_key or ""] += 1
            batch.append((known.n, filing))
            if len(batch) >= BATCH:
                world.catalog.save_filings(batch, rules)
                batch.clear()
                progress(counts.total(), total, known.mailbox.address)
        world.catalog.save_filings(batch, rules)
        progress(counts.total(), total, "done")
        classified = Classified(filed=counts.total(), by_series=dict(counts))
        world.catalog.end_run(run, world.now(), classified)
        return classified
