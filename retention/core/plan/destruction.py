"""The plan of which records are to be destroyed.

How a plan is sealed and read is next door; which records may go is decided in ``core/disposal.py``.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from retention.core.city import Rules
from retention.core.plan.sealing import Group, NotAPlan, Sealed, read_as

FORMAT = 1
WHAT = "destruction of records"


class RecordStep(Struct, frozen=True, kw_only=True):
    """One record to be destroyed: where it lies, what it is, and which gates it has to pass.

    Never a subject or a sender: the plan is kept longer than the record. ``mailboxes`` are the addresses it was
    captured from, ``sidecar`` is the SHA-256 of the JSON beside it, ``size`` is in bytes.
    """

    n: int
    place: str
    digest: str
    sidecar: str
    size: int
    schedule: str
    series: str
    title: str
    retain: str
    citation: str
    because: str
    due_on: date | None
    received_on: date | None
    year: int
    mailboxes: tuple[str, ...]
    gates: tuple[str, ...] = ()


class DestructionPlan(Sealed, frozen=True, kw_only=True):
    """One run's destruction of records: considered = kept + held + steps.

    ``held_by`` says how many records each hold keeps; one that two holds cover counts for both. ``reviewed`` are the
    series of which a person says that their records were looked at, each with what they say. ``one_time``: records
    whose series no schedule has any more may go, where a one-time authority is on file.
    """

    what: str
    considered: int
    kept: int
    held: int
    held_by: dict[str, int]
    stays: tuple[Group, ...]
    reviewed: dict[str, str]
    one_time: bool
    steps: tuple[RecordStep, ...]

    @property
    def reconciles(self) -> bool:
        return self.considered == self.kept + self.held + len(self.steps)


def read(data: bytes) -> DestructionPlan:
    """The plan in these bytes. Raises ``NotAPlan`` where one byte is not as it was written, or it names one twice."""
    plan = read_as(data, DestructionPlan, FORMAT)
    if [step.n for step in plan.steps] != list(range(1, len(plan.steps) + 1)):
        raise NotAPlan("its steps are not numbered from one on")
    if len({step.place for step in plan.steps}) != len(plan.steps) or not plan.reconciles:
        raise NotAPlan("its counts do not reconcile, or it names a record twice")
    if any(step.place.rpartition("/")[2] != step.digest for step in plan.steps):
        raise NotAPlan("a record does not lie where its digest says")
    return plan


def too_many(plan: DestructionPlan, rules: Rules) -> tuple[str, ...]:
    """Which ceiling these steps would pass, in a sentence; empty where they pass none."""
    if len(plan.steps) <= rules.largest_purge:
        return ()
    return (f"It has {len(plan.steps)} steps; 'limits.largest_purge' allows {rules.largest_purge}.",)
