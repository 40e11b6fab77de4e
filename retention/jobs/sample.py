"""Sample: messages drawn at random from what a plan made now would purge, for a person to read before it is approved.

What is due to be purged is decided in ``core/decide.py``; what a sample proves, in ``core/measure.py``.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from retention.catalog import Known
from retention.core.decide import Action, Case, decide
from retention.core.measure import upper_bound
from retention.errors import WrongUsage
from retention.jobs.world import Progress, World, silent

OF = ("purge",)
"""What samples are drawn of."""


class Sampled(Struct, frozen=True, kw_only=True):
    """One message that was drawn; ``n`` is its short number."""

    n: int
    id: str
    mailbox: str
    received_on: date | None
    sender: str
    subject: str
    series: str
    why: str


class Sample(Struct, frozen=True, kw_only=True):
    """What was drawn from how many. ``upper`` is what an all-clear proves: with 95 % confidence no greater share of
    the population is wrong; 0 where the sample is all of it."""

    of: str
    seed: str
    population: int
    upper: float
    messages: tuple[Sampled, ...]


def sample(world: World, *, of: str, size: int, seed: str, progress: Progress = silent) -> Sample:
    """``size`` messages of what would be purged: the same catalog and seed give the same ones. Nothing is changed.

    Raises ``WrongUsage`` where there is no such population, or not everything is filed.
    """
    if of not in OF:
        raise WrongUsage(f"No sample can be drawn of '{of}'.", f"Draw one of {' or '.join(OF)}.")
    if size < 1:
        raise WrongUsage("A sample has at least one message.", "Say how many with --size.")
    with world.alone():
        if world.catalog.filings.filed_under != world.filing_rules:
            raise WrongUsage(
                "Not all mail is filed under the schedules in use.", "Run `retention classify`, then draw the sample."
            )
        drawing = _Drawing(world, progress)
        drawn = heapq.nsmallest(size, drawing.due(seed), key=lambda one: one[0])
    messages = tuple(one for _, one in drawn)
    whole = len(messages) == drawing.population
    return Sample(
        of=of,
        seed=seed,
        population=drawing.population,
        upper=0.0 if whole else upper_bound(0, len(messages)),
        messages=messages,
    )


class _Drawing:
    """Every message that is due, each with its place in the draw; only those drawn are kept."""

    def __init__(self, world: World, progress: Progress) -> None:
        self.population = 0
        self._world = world
        self._progress = progress

    def due(self, seed: str) -> Iterator[tuple[bytes, Sampled]]:
        world, holds = self._world, self._world.holds()
        total = world.catalog.tally()["present"]
        for done, known in enumerate(world.catalog.present()):
            if done % 1000 == 0:
                self._progress(done, total, known.mailbox.address)
            case = world.case(known, holds)
            if decide(case).action is Action.PURGE:
                self.population += 1
                yield _place(seed, known), _sampled(known, case)


def _place(seed: str, known: Known) -> bytes:
    """Where a message stands in the draw: by its ids and the seed alone, in whatever order messages are met."""
    return hashlib.sha256(f"{seed}\0{known.mailbox.id}\0{known.message.id}".encode(errors="surrogatepass")).digest()


def _sampled(known: Known, case: Case) -> Sampled:
    message, received = known.message, known.message.received_at
    return Sampled(
        n=known.n,
        id=message.id,
        mailbox=known.mailbox.address,
        received_on=received.astimezone(case.zone).date() if received else None,
        sender=message.sender or "",
        subject=message.subject or "",
        series=case.series.key if case.series else "",
        why=case.filing.why if case.filing else "",
    )
