"""Sample: messages drawn at random from what a plan purges, or would purge if it were made now, for a person to read.

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
from retention.core.message import MessageRef
from retention.core.plan import Plan, Step
from retention.errors import WrongUsage
from retention.jobs.world import Progress, World, silent

OF = ("purge",)
"""What samples are drawn of."""


class Sampled(Struct, frozen=True, kw_only=True):
    """One message that was drawn; ``n`` is its short number, 0 where the catalog does not know it."""

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
    the population is wrong; 0 where the sample is all of it.

    ``plan`` is the name of the plan from whose steps it was drawn. Where it is empty, it was drawn from the catalog as
    it is now, and proves nothing of a plan that was made before or is made after.
    """

    of: str
    plan: str
    seed: str
    population: int
    upper: float
    messages: tuple[Sampled, ...]


def sample(
    world: World, *, of: str, size: int, seed: str, plan: Plan | None = None, progress: Progress = silent
) -> Sample:
    """``size`` messages of what this plan purges, or of what would be purged now. Nothing is changed.

    The same plan, or the same catalog, gives the same ones for the same seed. Raises ``WrongUsage`` where there is no
    such population, the plan is another city's, or, without a plan, not everything is filed.
    """
    if of not in OF:
        raise WrongUsage(f"No sample can be drawn of '{of}'.", f"Draw one of {' or '.join(OF)}.")
    if size < 1:
        raise WrongUsage("A sample has at least one message.", "Say how many with --size.")
    if plan is not None and plan.city != world.city.city.name:
        raise WrongUsage(f"The plan is that of {plan.city}, not of this city.", "Name a plan of this city.")
    with world.alone():
        if plan is None and world.catalog.filings.filed_under != world.filing_rules:
            raise WrongUsage(
                "Not all mail is filed under the schedules in use.", "Run `retention classify`, then draw the sample."
            )
        drawing = _Drawing(world, progress)
        due = drawing.due(seed) if plan is None else drawing.planned(seed, plan)
        drawn = heapq.nsmallest(size, due, key=lambda one: one[0])
        messages = tuple(one if isinstance(one, Sampled) else _sampled_step(world, one) for _, one in drawn)
    whole = len(messages) == drawing.population
    return Sample(
        of=of,
        plan=plan.name if plan else "",
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

    def due(self, seed: str) -> Iterator[tuple[bytes, Sampled | Step]]:
        world, holds = self._world, self._world.holds()
        total = world.catalog.tally()["present"]
        for done, known in enumerate(world.catalog.present()):
            if done % 1000 == 0:
                self._progress(done, total, known.mailbox.address)
            case = world.case(known, holds)
            if decide(case).action is Action.PURGE:
                self.population += 1
                yield _place(seed, known.message.ref), _sampled(known, case)

    def planned(self, seed: str, plan: Plan) -> Iterator[tuple[bytes, Sampled | Step]]:
        """The same of the steps by which a plan purges."""
        for step in plan.steps:
            if step.action is Action.PURGE:
                self.population += 1
                yield _place(seed, step.ref), step


def _place(seed: str, ref: MessageRef) -> bytes:
    """Where a message stands in the draw: by its ids and the seed alone, in whatever order messages are met."""
    return hashlib.sha256(f"{seed}\0{ref.mailbox}\0{ref.id}".encode(errors="surrogatepass")).digest()


def _sampled_step(world: World, step: Step) -> Sampled:
    known = world.catalog.known(step.ref)
    return Sampled(
        n=known.n if known else 0,
        id=step.id,
        mailbox=step.address,
        received_on=step.received_on,
        sender=step.sender,
        subject=step.subject,
        series=step.series,
        why=step.because,
    )


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
