"""What is decided today about every message that is in a mailbox, counted by decision, reason, hold and series.

The decisions are those a plan would make now; nothing is planned here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from retention.core.classify import Classification
from retention.core.decide import Action
from retention.jobs.deciding import Decider, Fate
from retention.jobs.world import Progress, World


class Decided(NamedTuple):
    """How many messages are held, kept, captured or purged by a plan made now, and why they stay.

    ``stays`` has the first reason of each that stays, ``held`` the holds that cover it (all of them), ``by_series`` the
    decision under each series.
    """

    seen: int
    decisions: Counter[str]
    stays: Counter[str]
    held: Counter[str]
    by_series: Counter[tuple[str, str, str]]


def decided(world: World, filed: Mapping[int, Classification], progress: Progress) -> Decided:
    """Decide about every message that is in a mailbox. Raises what ``World.holds`` raises.

    ``filed`` are the filings under the rules in use, by their numbers.
    """
    decider, total = Decider(world, world.holds()), world.catalog.tally()["present"]
    decisions, stays, held = Counter[str](), Counter[str](), Counter[str]()
    by_series = Counter[tuple[str, str, str]]()
    done = 0
    for mailbox in world.catalog.mailboxes():
        for numbers, fates in decider.of(mailbox):
            progress(done, total, mailbox.address)
            done += len(numbers)
            for fate, count in Counter(fates).items():
                decisions[_what(fate)] += count
                held.update(dict.fromkeys(fate.held_by, count))
                if fate.action is Action.KEEP:
                    stays[_why(fate)] += count
            filing = world.catalog.figures.filed(numbers)
            for (number, fate), count in Counter(zip(map(filing.get, numbers), fates, strict=True)).items():
                by_series[(*_series(filed.get(number or 0)), _what(fate))] += count
    progress(total, total, "done")
    return Decided(done, decisions, stays, held, by_series)


def _what(fate: Fate) -> str:
    return "held" if fate.held_by else str(fate.action)


def _why(fate: Fate) -> str:
    """The first reason, without the name of a hold."""
    return fate.note.partition(" by '")[0]


def _series(filing: Classification | None) -> tuple[str, str]:
    if filing is None or filing.series_key is None:
        return "", ""
    return filing.schedule_name or "", filing.series_key
