"""A town whose records lie in the record store, some of them due, for the tests of destruction.

Nothing is tested here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from retention.core.authority import Act
from retention.core.consent import ConsentRecorded, ConsentWithdrawn, grouped
from retention.core.gate import authority
from retention.core.message import MessageRef
from retention.core.plan import DestructionPlan
from retention.core.schedule import Schedule
from retention.core.schedule import parse as parse_schedule
from retention.jobs import approve
from retention.jobs.acting import signed
from retention.jobs.record import destroy, quarantine
from retention.jobs.record import plan as planning
from retention.jobs.record.deeds import Destroyed
from retention.jobs.world import World
from tests.jobs.town import CLERK, CRON, NOW, RECORDS, Town, series

OLD = NOW - timedelta(days=4 * 365)
"""When mail was received whose three years are over."""
GATE = "council-resolution"
T = TypeVar("T")


def gate(id: str = GATE, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "title": "Resolution of the council",
        "by": "Town Council",
        "reference": "resolution number",
        "citation": "Town Code 2",
        "source": "https://town.example/code",
        "verified": True,
        **more,
    }


def gated(*gates: dict[str, Any], rows: Sequence[dict[str, Any]] = ()) -> Schedule:
    """Requisitions (3 years), claims (2 years after closed), minutes (permanent), papers (a person looks)."""
    rows = rows or (
        series("requisitions", "3 years after received", "requisition"),
        series("claims", "2 years after closed", "claim", key="case"),
        series("minutes", "permanent", "minutes"),
        series("papers", "3 years after received", "paper", then="review"),
        series("notices", "no retention required", "notice", transitory=True),
    )
    head = {"name": "town", "title": "Town", "authority": "Town Council", "edition": "2026", "jurisdiction": "Town"}
    keys = [{"type": "case", "subject": r"re:\bcase (\d+)"}]
    data: dict[str, Any] = {"schedule": head, "series": list(rows), "keys": keys}
    if gates:
        data["gate"] = list(gates)
    else:
        data["schedule"] = {**head, "law": "none", "gates": "none"}
    parsed, problems = parse_schedule(data, "town")
    assert parsed is not None and not problems, problems
    return parsed


class Archive(Town):
    """The town, with what a destruction asks for."""

    def __init__(self, folder: Path, *gates: dict[str, Any], schedule: Schedule | None = None, **more: Any) -> None:
        super().__init__(folder, schedule=schedule or gated(*gates), **more)

    def capture(self, *subjects: str, received_at: Any = OLD, mailbox: str = CLERK) -> tuple[MessageRef, ...]:
        """Add these messages to a mailbox, and have them captured as records."""
        refs = tuple(
            self.add(subject, mailbox=mailbox, received_at=received_at - timedelta(minutes=n))
            for n, subject in enumerate(subjects)
        )
        self.apply(self.approved_plan())
        return refs

    def destruction(self, by: str = CRON, **asked: Any) -> DestructionPlan:
        world = self.world(by)
        try:
            return planning.plan(world, **asked)
        finally:
            world.close()

    def consent(self, plan: DestructionPlan, id: str = GATE, **changed: Any) -> int:
        """File the consent to destroy exactly this plan's records; its entry."""
        places = [step.place for step in plan.steps if id in step.gates]
        told = ConsentRecorded(
            **{
                "gate": id,
                "schedule": "town",
                "reference": "Res. 4",
                "given_by": "Town Council",
                "given_on": self.at.date() - timedelta(days=1),
                "until": self.at.date() + timedelta(days=200),
                "records": dict(grouped(places)),
                "authority": authority(next(gate for gate in self.schedule.gates if gate.id == id)),
                **changed,
            }
        )
        return self._write(told)

    def withdraw(self, entry: int) -> None:
        self._write(ConsentWithdrawn(entry=entry, reason="rescinded"))

    def _write(self, told: ConsentRecorded | ConsentWithdrawn) -> int:
        world = self.world(RECORDS)
        entry = world.ledger.head[0]
        world.ledger.append(signed(world, Act.RECORD_CONSENT, told))
        world.close()
        return entry

    def agree(self, plan: DestructionPlan) -> None:
        world = self.world(RECORDS)
        approve.approve(world, plan)
        world.close()

    def quarantine(self, plan: DestructionPlan, world: World | None = None) -> Destroyed:
        world = world or self.world()
        try:
            return quarantine.quarantine(world, plan)
        finally:
            world.close()

    def ready(self, **asked: Any) -> DestructionPlan:
        """Plan, file every consent, approve."""
        plan = self.destruction(**asked)
        for id in {id for step in plan.steps for id in step.gates}:
            self.consent(plan, id)
        self.agree(plan)
        return plan

    def put_away(self, **asked: Any) -> DestructionPlan:
        """Plan, file every consent, approve, and put into quarantine."""
        plan = self.ready(**asked)
        self.quarantine(plan)
        return plan

    def destroy(self, world: World | None = None) -> tuple[Destroyed, ...]:
        world = world or self.world(RECORDS)
        try:
            return destroy.destroy(world)
        finally:
            world.close()

    def later(self, days: int) -> None:
        self.at += timedelta(days=days)

    def places(self) -> tuple[str, ...]:
        """Where records lie, whether in quarantine or not."""
        return self.see(lambda world: tuple(world.store.places()))

    def in_quarantine(self) -> tuple[str, ...]:
        return self.see(lambda world: tuple(place for place, _ in world.store.quarantined()))

    def see(self, look: Callable[[World], T]) -> T:
        world = self.world()
        try:
            return look(world)
        finally:
            world.close()
