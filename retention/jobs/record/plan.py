"""Plan a destruction: decide about every stored record, and say which are to go and which gates they have to pass.

Nothing is written here but what the caller does with the plan, and nothing is done to a record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from retention.catalog.records import Kept
from retention.core.audit import PlanMade
from retention.core.authority import Act
from retention.core.decide import Decision, Reason
from retention.core.plan import WHAT, DestructionPlan, Group, RecordStep, seal
from retention.core.plan.destruction import FORMAT
from retention.errors import Disagreement, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.record.judging import Judging
from retention.jobs.record.known import take_in
from retention.jobs.world import Progress, World, silent

EACH_TIME = 1000
"""Records between two tellings of how far it got."""


def plan(
    world: World,
    *,
    schedule: str = "",
    series: str = "",
    year: int | None = None,
    reviewed: Mapping[str, str] = {},
    one_time: bool = False,
    within_limits: bool = False,
    progress: Progress = silent,
) -> DestructionPlan:
    """The sealed plan for the stored records, or for those of one schedule, series or year of receipt.

    ``reviewed`` names series whose records a person has looked at, and what they say; ``one_time`` lets in records
    whose series no schedule has any more. ``within_limits`` leaves out what one plan may not take. Raises
    ``Disagreement`` where the counts do not reconcile and ``WrongUsage`` for a series that is none.
    """
    reviewed = _known(world, reviewed)
    with world.alone():
        take_in(world)
        making = _Making(world, reviewed, one_time, within_limits)
        for done, kept in enumerate(world.catalog.records.stored()):
            if done % EACH_TIME == 0:
                progress(done, None, kept.place.rpartition("/")[0])
            if kept.state == "kept" and _is_meant(kept, schedule, series, year):
                making.add(kept)
        return making.sealed()


def _is_meant(kept: Kept, schedule: str, series: str, year: int | None) -> bool:
    record = kept.record
    if record is None:
        # Nobody can say what it is: counted where everything is, and kept.
        return not (schedule or series or year)
    return (
        (not schedule or record.schedule == schedule)
        and (not series or record.series.casefold() == series.casefold())
        and (year is None or record.year == year)
    )


def _known(world: World, reviewed: Mapping[str, str]) -> dict[str, str]:
    """What was looked at, by ``schedule/code`` as the schedules write them: a bare code must be one series only."""
    known: dict[str, str] = {}
    for key, reason in reviewed.items():
        name, _, code = key.rpartition("/")
        found = [
            f"{schedule.name}/{series.key}"
            for schedule in world.schedules
            if name in ("", schedule.name) and (series := schedule.find(code))
        ]
        if len(found) != 1:
            what = f"{len(found)} schedules of the city have" if found else "No schedule of the city has"
            raise WrongUsage(f"{what} a series '{key}'.", "Name it as the schedule does, or write SCHEDULE/CODE.")
        if not reason.strip():
            raise WrongUsage(f"Nothing is said of what was looked at in '{key}'.", "Say who looked, and at what.")
        known[found[0]] = reason
    return known


class _Making:
    """A plan in the making."""

    def __init__(self, world: World, reviewed: dict[str, str], one_time: bool, within_limits: bool) -> None:
        self._world = world
        self._judging = Judging(world, reviewed, one_time)
        self._reviewed, self._one_time = reviewed, one_time
        self._most = world.rules.largest_purge if within_limits else None
        self._considered = self._kept = self._held = 0
        self._held_by: Counter[str] = Counter()
        self._stays: Counter[str] = Counter()
        self._examples: dict[str, str] = {}
        self._steps: list[RecordStep] = []

    def add(self, kept: Kept) -> None:
        self._considered += 1
        if kept.record is None or kept.trouble:
            return self._stay("not as it was", f"{kept.place} is not what the ledger says ({kept.trouble}).")
        decision = self._judging.decide(kept.record)
        if decision.is_held:
            self._held += 1
            self._held_by.update(decision.held_by)
            self._note(decision.reasons[0])
        elif decision.reasons:
            self._stay(str(decision.reasons[0].why), decision.reasons[0].sentence)
        elif self._most is not None and len(self._steps) >= self._most:
            self._stay("over the ceiling of one plan", "It is due, but one plan may not take more; the next one will.")
        else:
            self._steps.append(self._step(kept, decision))

    def _stay(self, why: str, example: str) -> None:
        self._kept += 1
        self._stays[why] += 1
        self._examples.setdefault(why, example)

    def _note(self, reason: Reason) -> None:
        why = f"{reason.why} by '{reason.hold}'"
        self._stays[why] += 1
        self._examples.setdefault(why, reason.sentence)

    def _step(self, kept: Kept, decision: Decision) -> RecordStep:
        record = kept.record
        assert record is not None  # else it would have been kept
        series = self._world.series_of(record.schedule, record.series)
        received = record.received_at
        return RecordStep(
            n=len(self._steps) + 1,
            place=kept.place,
            digest=record.digest,
            sidecar=kept.sidecar,
            size=record.size,
            schedule=record.schedule,
            series=record.series,
            title=series.title if series else record.title,
            retain=str(series.enforced) if series else record.retain,
            citation=series.citation if series else record.citation,
            because=record.because,
            due_on=decision.due_on,
            received_on=received.astimezone(self._world.city.zone).date() if received else None,
            year=record.year,
            mailboxes=tuple(dict.fromkeys(one.address for one in record.custody)),
            gates=tuple(gate.id for gate in self._judging.gates(record)),
        )

    def sealed(self) -> DestructionPlan:
        world = self._world
        plan = seal(
            DestructionPlan(
                what=WHAT,
                format=FORMAT,
                city=world.city.city.name,
                made_at=world.now(),
                made_by=world.actor.address,
                rehearsal=world.rehearsal,
                basis=world.basis(),
                considered=self._considered,
                kept=self._kept,
                held=self._held,
                held_by=dict(self._held_by),
                stays=tuple(
                    Group(why=why, example=self._examples[why], count=count) for why, count in self._stays.most_common()
                ),
                reviewed=self._reviewed,
                one_time=self._one_time,
                steps=tuple(self._steps),
            )
        )
        if not plan.reconciles:
            raise Disagreement("The counts of the plan do not reconcile.", "Nothing was planned.")
        act = signed(world, Act.MAKE_PLAN, PlanMade(plan=plan.digest, steps=len(plan.steps)))
        return replace(plan, statement=act.statement, signature=act.signature)
