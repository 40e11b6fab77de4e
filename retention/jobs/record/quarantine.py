"""The first stage of a destruction: an approved plan's records go into quarantine, and can be had back from there.

Nothing is destroyed here; that is ``destroy.py``, after the time in quarantine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from retention.core.authority import Act
from retention.core.destruction import (
    DestructionEnded,
    DestructionStarted,
    RecordDeed,
    RecordOutcome,
    RecordRestored,
    marks,
)
from retention.core.plan import DestructionPlan, RecordStep
from retention.errors import ConsentMissing, NotApproved, RecordMismatch, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.approve import approvers, plans_of, refuse_unfit
from retention.jobs.clock import reading
from retention.jobs.hold.asking import asked, kept
from retention.jobs.record.deeds import Asking, Blocked, Destroyed, against, begin, custodies, handfuls
from retention.jobs.world import Progress, World, silent


def quarantine(world: World, plan: DestructionPlan, progress: Progress = silent) -> Destroyed:
    """Put every record of the plan that may still go into quarantine; resumable after any interruption.

    Raises ``PlanAltered``, ``PlanStale``, ``PlanTooLarge``, ``NotApproved`` or ``ConsentMissing`` before anything is
    done.
    """
    with world.alone():
        begin(world)
        refuse_unfit(world, plan)
        approved = approvers(world, plan)
        if not approved:
            raise NotApproved(
                f"Plan {plan.name} is not approved by anyone but its maker.",
                "Ask for `retention approve` by an office.",
            )
        asking = Asking(world, plan, [step.place for step in plan.steps])
        _refuse_without_consent(asking)
        destructions = world.ledger.in_force.destructions
        if plan.digest not in destructions.started:
            # What the second stage does, weeks later, it does by this very plan.
            plans_of(world).keep(plan)
            ids = custodies(asking.record(step.place) for step in plan.steps)
            started = _started(world, plan, approved)
            world.ledger.append(*reading(world), started, *asked(world, plan.digest, world.holds(), ids, ()))
        done = dict(destructions.outcomes.get(plan.digest, {}))
        steps = [step for step in plan.steps if step.n not in done]
        for some in handfuls(steps):
            progress(len(done), len(plan.steps), some[0].place.rpartition("/")[0])
            done |= {outcome.step: outcome for outcome in _do(world, plan, some, asking)}
        progress(len(done), len(plan.steps), "done")
        counts: Counter[str] = Counter(outcome.result for outcome in done.values())
        by_hold = Counter(plan.held_by)
        by_hold.update(name for outcome in done.values() for name in outcome.holds)
        ended = DestructionEnded(plan=plan.digest, stage="quarantine", counts=dict(counts))
        world.ledger.append(*kept(plan.digest, by_hold), ended)
        stays = {one.place: one.answer for one in done.values() if one.result in ("held", "skipped")}
        return Destroyed(plan=plan.digest, stage="quarantine", counts=dict(counts), stays=stays)


def restore(world: World, places: Sequence[str], reason: str) -> int:
    """Take these records out of quarantine: they are records again. Returns how many.

    Raises ``NotThisOffice``, and ``WrongUsage`` where one is not in quarantine or nothing is said of why.
    """
    world.require(Act.RESTORE_RECORDS)
    if not reason.strip():
        raise WrongUsage("Nothing is said of why they are to be kept.", "Say so with --reason.")
    with world.alone():
        begin(world, settling=False)
        there = world.ledger.in_force.destructions.quarantined
        strange = [place for place in places if place not in there]
        for place in strange:
            with suppress(RecordMismatch):
                world.store.restore(place)  # a mark that the ledger knows nothing of is nobody's
        if strange:
            raise WrongUsage(f"The record {strange[0]} is not in quarantine.", "See `retention record list`.")
        world.ledger.append(
            signed(world, Act.RESTORE_RECORDS, RecordRestored(places=tuple(dict.fromkeys(places)), reason=reason))
        )
        for place in dict.fromkeys(places):
            world.store.restore(place)
        world.catalog.records.mark(list(dict.fromkeys(places)), "kept", world.now())
    return len(set(places))


def _refuse_without_consent(asking: Asking) -> None:
    missing = asking.shut()
    if missing:
        told = " ".join(f"For {_counted(places)}: {sentence}" for sentence, places in list(missing.items())[:3])
        raise ConsentMissing(
            f"The law asks for more before these records go: {told}",
            "Nothing was done; see `retention record forms` for what to have signed, and `retention consent record`.",
        )


def _counted(places: list[str]) -> str:
    return f"{len(places)} record{'' if len(places) == 1 else 's'}"


def _started(world: World, plan: DestructionPlan, approved: tuple[str, ...]) -> DestructionStarted:
    return DestructionStarted(
        plan=plan.digest,
        stage="quarantine",
        made_by=plan.made_by,
        approved_by=approved,
        holds=world.holds().fingerprint,
        records=len(plan.steps),
        reviewed=plan.reviewed,
        one_time=plan.one_time,
        days=world.rules.quarantine,
    )


def _do(world: World, plan: DestructionPlan, steps: Sequence[RecordStep], asking: Asking) -> tuple[RecordOutcome, ...]:
    """Intents, the holds, the deeds, the outcomes: in this order, each on the disk before the next."""
    deeds = [_deed(plan, step, asking) for step in steps]
    world.ledger.append(*deeds)
    with world.ledger.deeds():
        outcomes: list[RecordOutcome] = []
        try:
            for deed in deeds:
                outcomes.append(_put_away(world, deed, asking))
        finally:
            # Whoever waits for these deeds to place a hold is told which were done: the ledger must say so by then.
            world.ledger.append(*outcomes)
    put_away = [one.place for one in outcomes if one.result == "quarantined"]
    world.catalog.records.mark(put_away, "quarantined", world.now())
    return tuple(outcomes)


def _deed(plan: DestructionPlan, step: RecordStep, asking: Asking) -> RecordDeed:
    record = asking.record(step.place)
    return RecordDeed(
        plan=plan.digest,
        step=step.n,
        deed="quarantine",
        place=step.place,
        digest=step.digest,
        consents=() if isinstance(record, Blocked) else asking.judging.opened(record),
        series=step.series,
        custody=() if isinstance(record, Blocked) else marks(record),
    )


def _put_away(world: World, deed: RecordDeed, asking: Asking) -> RecordOutcome:
    """Put one record into quarantine, unless the ledger as it is at that very moment, or its own file, stops it."""
    world.ledger.refresh()
    blocked = against(world, deed, asking)
    if blocked is None and deed.place in world.ledger.in_force.destructions.quarantined:
        blocked = Blocked("skipped", "it is in quarantine already")
    if blocked:
        return blocked.outcome(deed)
    world.store.quarantine(deed.place, world.now())
    return RecordOutcome(plan=deed.plan, step=deed.step, deed="quarantine", place=deed.place, result="quarantined")
