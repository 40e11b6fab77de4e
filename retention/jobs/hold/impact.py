"""Impact: what becomes of the messages that a hold covers once it no longer does.

Nothing is written here, and nothing is done to a message.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from retention.core.decide import Action, decide
from retention.jobs.world import Progress, World, silent


class Impact(Struct, frozen=True, kw_only=True):
    """What a release frees: covered = held otherwise + kept for other reasons + to capture + to purge.

    ``by_series`` counts what would be purged, by its series.
    """

    covered: int
    held_otherwise: int
    kept: int
    to_capture: int
    to_purge: int
    by_series: dict[str, int]


def impact(world: World, name: str, progress: Progress = silent) -> Impact:
    """What would leave its mailbox today if this hold did not hold, as far as it is known now."""
    holds = world.holds()
    mine = holds.named(name)
    others = holds.without(name)
    counts: Counter[str] = Counter()
    series: Counter[str] = Counter()
    total = world.catalog.tally()["present"]
    for done, known in enumerate(world.catalog.present()):
        if done % 5000 == 0:
            progress(done, total, known.mailbox.address)
        case = world.case(known, others)
        if not mine.covering(known.message, known.mailbox, case.filing):
            continue
        decision = decide(case)
        counts["held" if decision.is_held else decision.action] += 1
        if decision.action is Action.PURGE and case.series is not None:
            series[case.series.title] += 1
    progress(total, total, "done")
    return Impact(
        covered=sum(counts.values()),
        held_otherwise=counts["held"],
        kept=counts[Action.KEEP],
        to_capture=counts[Action.CAPTURE],
        to_purge=counts[Action.PURGE],
        by_series=dict(series),
    )
