"""The second stage of a destruction: what has been in quarantine for its time is destroyed. The one door for records.

What comes before it, approval, consents and the first stage, is in ``quarantine.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from retention.core.authority import Act
from retention.core.destruction import DestructionEnded, DestructionStarted, RecordDeed, RecordOutcome, tombstone
from retention.core.plan import DestructionPlan
from retention.core.record import Record
from retention.errors import RecordMismatch, StillLocked
from retention.jobs.acting import refuse_unsigned, signed, trusted
from retention.jobs.approve import approvers, plans_of
from retention.jobs.clock import reading
from retention.jobs.hold.asking import asked, kept
from retention.jobs.record import certificate
from retention.jobs.record.deeds import Asking, Blocked, Destroyed, against, begin, custodies, handfuls
from retention.jobs.world import Progress, World, silent


def destroy(world: World, progress: Progress = silent) -> tuple[Destroyed, ...]:
    """Destroy what has been in quarantine for ``limits.quarantine`` and may still go: what each plan came to.

    Of each run a certificate is written. Nothing is destroyed that a hold covers by now, whose approval or consent does
    not count any more, or that is not due by the rules of today. Raises ``NotThisOffice``, and ``SignatureInvalid``
    where a plan is not what its maker signed.
    """
    world.require(Act.DESTROY_RECORDS)
    with world.alone():
        begin(world)
        _finish(world)
        destructions = world.ledger.in_force.destructions
        ended = []
        for run, plan in list(destructions.uncertified.items()):
            if trusted(world, run):
                ended.append(_certified(world, run, plan, {}, {}))
        certificate.finish(world)
        for plan in dict.fromkeys((*destructions.open_runs, *(one.plan for one in destructions.quarantined.values()))):
            waiting = _over(world, plan)
            if waiting or plan in destructions.open_runs:
                ended.append(_run(world, plan, waiting, progress))
        world.catalog.records.sweep()
        return tuple(ended)


def _over(world: World, plan: str) -> list[str]:
    """The places whose time in quarantine is over: the time of today's settings and that of the day they went in."""
    destructions = world.ledger.in_force.destructions
    started = destructions.started.get(plan)
    days = max(world.rules.quarantine, started.days if started else 0)
    over = world.now() - timedelta(days=days)
    return [place for place, one in destructions.waiting(plan) if one.since <= over]


def _let_go(world: World, place: str) -> None:
    """THE ONE DOOR through which a record's bytes go for good."""
    world.store.destroy(place)


def _finish(world: World) -> None:
    """Say of deeds that a crash cut off after the bytes had gone that they are gone, and take away what lies beside.

    Only of those of a run that is open, on records that the ledger has in quarantine by that very plan: what was
    restored or captured again meanwhile, and is not there, was lost in another way. What was begun and not done is left
    to be asked about again.
    """
    destructions = world.ledger.in_force.destructions
    in_quarantine = {place for place, _ in world.store.quarantined()}
    gone = []
    for deed in destructions.open.values():
        waits = destructions.quarantined.get(deed.place)
        ours = deed.deed == "destroy" and deed.plan in destructions.open_runs and waits and waits.plan == deed.plan
        if ours and not world.store.has(deed.place) and (deed.place in in_quarantine or not _has_sidecar(world, deed)):
            gone.append(deed)
    for deed in gone:
        if deed.place in in_quarantine:
            _let_go(world, deed.place)
    world.ledger.append(*(_outcome(deed, "its bytes were gone when the run was taken up again") for deed in gone))
    world.catalog.records.mark([deed.place for deed in gone], "destroyed", world.now())


def _has_sidecar(world: World, deed: RecordDeed) -> bool:
    try:
        world.store.record(deed.place)
    except RecordMismatch:
        return False
    return True


def _outcome(deed: RecordDeed, answer: str) -> RecordOutcome:
    return RecordOutcome(
        plan=deed.plan, step=deed.step, deed="destroy", place=deed.place, result="destroyed", answer=answer
    )


def _run(world: World, digest: str, waiting: list[str], progress: Progress) -> Destroyed:
    destructions = world.ledger.in_force.destructions
    plan = plans_of(world).read(digest)
    if not isinstance(plan, DestructionPlan):
        lost = "its plan is not kept any more, or is not what it was: restore it, and plan anew"
        return Destroyed(plan=digest, stage="destroy", counts={}, stays=dict.fromkeys(waiting, lost))
    refuse_unsigned(world, plan)
    asking = Asking(world, plan, waiting)
    records = {place: asking.record(place) for place in waiting}
    blocked = {place: why for place in waiting if (why := _stopped(world, plan, asking, place, records[place]))}
    stays = {place: why.answer for place, why in blocked.items()}
    to_go = [record for place, record in records.items() if place not in blocked and isinstance(record, Record)]
    if digest not in destructions.open_runs and not to_go:
        return Destroyed(plan=digest, stage="destroy", counts={}, stays=stays)
    # Those that stay are among the deeds: the ledger is to say of every record of the plan what became of it.
    known = [record for place, record in records.items() if isinstance(record, Record) and asking.step(place)]
    run = _begun(world, plan, to_go, known)
    by_hold: Counter[str] = Counter()
    for n, some in enumerate(handfuls(known)):
        progress(n * len(some), len(known), some[0].place.rpartition("/")[0])
        for outcome in _do(world, plan, some, asking):
            stays.pop(outcome.place, None)
            if outcome.result != "destroyed":
                stays[outcome.place] = outcome.answer
                by_hold.update(outcome.holds)
    counts = dict(Counter(destructions.results[digest].values()))
    world.ledger.append(*kept(digest, by_hold), DestructionEnded(plan=digest, stage="destroy", counts=counts))
    return _certified(world, run, digest, stays, counts)


def _begun(world: World, plan: DestructionPlan, to_go: list[Record], known: list[Record]) -> int:
    """Say that a run begins, unless a crash cut one off, and what is known of copies elsewhere while it can be found.

    Returns the entry that began it. One whose beginning nobody signed who could is begun again.
    """
    copies = certificate.told(plan.digest, certificate.gather(world, to_go))
    runs = world.ledger.in_force.destructions.open_runs
    if plan.digest in runs and trusted(world, runs[plan.digest]):
        world.ledger.append(*copies)
        return runs[plan.digest]
    begun = DestructionStarted(
        plan=plan.digest,
        stage="destroy",
        made_by=plan.made_by,
        approved_by=approvers(world, plan),
        holds=world.holds().fingerprint,
        records=len(to_go),
        reviewed=plan.reviewed,
        one_time=plan.one_time,
    )
    holds = asked(world, plan.digest, world.holds(), custodies(known), ())
    world.ledger.append(*reading(world), signed(world, Act.DESTROY_RECORDS, begun), *holds, *copies)
    return runs[plan.digest]


def _certified(world: World, run: int, plan: str, stays: dict[str, str], counts: dict[str, int]) -> Destroyed:
    folder = certificate.issue(world, run)
    return Destroyed(plan=plan, stage="destroy", counts=counts, stays=stays, certificate=str(folder))


def _stopped(
    world: World, plan: DestructionPlan, asking: Asking, place: str, record: Record | Blocked
) -> Blocked | None:
    waits = world.ledger.in_force.destructions.quarantined.get(place)
    if waits is None or waits.plan != plan.digest:
        return Blocked("skipped", "it was taken out of quarantine")
    if not approvers(world, plan):
        return Blocked("skipped", "no approval of its plan counts any more")
    return asking.against(place, record)


def _do(world: World, plan: DestructionPlan, records: Sequence[Record], asking: Asking) -> tuple[RecordOutcome, ...]:
    """Intents, the holds, the deeds, the outcomes, the marks: in this order, each on the disk before the next."""
    deeds = [_deed(plan, record, asking) for record in records]
    world.ledger.append(*deeds)
    with world.ledger.deeds():
        outcomes: list[RecordOutcome] = []
        try:
            for deed in deeds:
                outcomes.append(_destroy(world, plan, deed, asking))
        finally:
            # Whoever waits for these deeds to place a hold is told which were done: the ledger must say so by then.
            # One that was under way may have been done; of those behind it nothing was.
            world.ledger.append(*outcomes, *_left_undone(deeds[len(outcomes) + 1 :]))
    world.catalog.records.mark([one.place for one in outcomes if one.result == "destroyed"], "destroyed", world.now())
    return tuple(outcomes)


def _left_undone(deeds: Iterable[RecordDeed]) -> list[RecordOutcome]:
    return [Blocked("skipped", "the run was broken off before it").outcome(deed) for deed in deeds]


def _deed(plan: DestructionPlan, record: Record, asking: Asking) -> RecordDeed:
    step, one = asking.step(record.place), asking.judging.case(record)
    assert step is not None  # else it would not have come so far
    series = one.case.series
    retain = str(series.enforced) if series else record.retain
    stone = tombstone(record, step.sidecar, one.case.fingerprint, retain, asking.judging.decide(record).due_on)
    return RecordDeed(
        plan=plan.digest,
        step=step.n,
        deed="destroy",
        place=record.place,
        digest=record.digest,
        consents=asking.judging.opened(record),
        tombstone=stone,
    )


def _destroy(world: World, plan: DestructionPlan, deed: RecordDeed, asking: Asking) -> RecordOutcome:
    """Everything is asked again at that very moment; what the store will not let go has no tombstone."""
    world.ledger.refresh()
    blocked = _stopped(world, plan, asking, deed.place, asking.record(deed.place)) or against(world, deed, asking)
    if blocked is None:
        try:
            _let_go(world, deed.place)
        except (StillLocked, RecordMismatch) as refused:
            blocked = Blocked("skipped", refused.message)
    return blocked.outcome(deed) if blocked else _outcome(deed, "its bytes are gone")
