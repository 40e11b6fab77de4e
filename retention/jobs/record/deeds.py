"""What both stages of a destruction share: begin, settle what was cut off, ask everything again before a deed.

Nothing is destroyed here, nor put into quarantine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct

from retention.core.audit import Stored
from retention.core.destruction import RecordDeed, RecordOutcome
from retention.core.plan import DestructionPlan, RecordStep
from retention.core.record import Record, sidecar_digest
from retention.errors import PersonUnknown, RecordMismatch, WrongUsage
from retention.jobs.approve import sweep
from retention.jobs.clock import refuse_jumped, refuse_untold
from retention.jobs.hold.reach import reach_out
from retention.jobs.record.judging import Judging
from retention.jobs.record.known import take_in
from retention.jobs.world import World

HANDFUL = 64
"""Deeds for which a hold that is being placed waits at most."""
T = TypeVar("T")


class Blocked(Struct, frozen=True):
    """Why a record may not go now: ``held`` or ``skipped``, the reason, and for ``held`` the holds."""

    result: str
    answer: str
    holds: tuple[str, ...] = ()

    def outcome(self, deed: RecordDeed) -> RecordOutcome:
        """What the ledger is to say of it."""
        return RecordOutcome(
            plan=deed.plan,
            step=deed.step,
            deed=deed.deed,
            place=deed.place,
            result="held" if self.result == "held" else "skipped",
            answer=self.answer,
            holds=self.holds,
        )


class Destroyed(Struct, frozen=True, kw_only=True):
    """What one stage of one plan came to: ``counts`` of its records by what became of each, and why the others stay.

    ``stays`` is per place. ``certificate`` is the folder of the certificate, where bytes were destroyed.
    """

    plan: str
    stage: str
    counts: dict[str, int]
    stays: dict[str, str]
    certificate: str = ""


def begin(world: World, settling: bool = True) -> None:
    """What comes before any deed: the ledger as it is now, a clock that can be believed, somebody who acts.

    ``settling`` is left out only where a mark that cannot be read is to be taken away: to settle, all are read. What
    leaves quarantine may do so also where nobody tells the time.
    """
    world.ledger.refresh()
    refuse_jumped(world)
    if world.city.roll.with_address(world.actor.address) is None:
        raise PersonUnknown(
            f"Nobody under [people] is {world.actor.address.replace(':', ' ')}.",
            "Nothing was destroyed; list the person, or the service that runs this, with its account.",
        )
    if settling:
        refuse_untold(world)
        settle(world)
    sweep(world)
    take_in(world)
    reach_out(world)


def settle(world: World) -> None:
    """Finish the book-keeping of what a crash cut off on the way into quarantine, and bring the store up to the ledger.

    A deed that was not done is left to be done again. A record that the ledger does not say to be in quarantine is none
    that anybody may destroy: it is taken out.
    """
    destructions = world.ledger.in_force.destructions
    in_quarantine = {place for place, _ in world.store.quarantined()}
    cut_off = [
        deed
        for deed in destructions.open.values()
        if deed.deed == "quarantine"
        and deed.plan not in destructions.ended
        and deed.place in in_quarantine - destructions.quarantined.keys()
    ]
    answer = "it was there when the run was taken up again"
    world.ledger.append(
        *(
            RecordOutcome(
                plan=deed.plan, step=deed.step, deed=deed.deed, place=deed.place, result="quarantined", answer=answer
            )
            for deed in cut_off
        )
    )
    going = {deed.place for deed in destructions.open.values() if deed.deed == "destroy"}
    for place in in_quarantine - going - destructions.quarantined.keys():
        with suppress(RecordMismatch):  # its file is gone: `record verify` tells of it
            world.store.restore(place)


class Asking:
    """All that is asked of a plan's records right before a deed, as the ledger and the store have it at that moment.

    The catalog is not asked: what it says of a record anybody may have changed who can write to it.
    """

    def __init__(self, world: World, plan: DestructionPlan, places: Collection[str]) -> None:
        if places and not world.catalog.mailboxes():
            # A hold may name a mailbox by an address that only the mail system tells.
            raise WrongUsage("The catalog knows no mailbox yet.", "Nothing was destroyed; run `retention sync` first.")
        self._world, self._plan = world, plan
        self.judging = Judging(world, plan.reviewed, plan.one_time)
        self._steps = {step.place: step for step in plan.steps}
        self._told = _told(world, places)

    def step(self, place: str) -> RecordStep | None:
        """The step of the plan that is about this record; ``None`` where none is: then nothing may be done to it."""
        return self._steps.get(place)

    def record(self, place: str, whole: bool = False) -> Record | Blocked:
        """The record as it lies on the store, its sidecar equal to what the ledger told; ``whole``: its bytes too."""
        try:
            record = self._world.store.record(place)
            same = record.place == place and sidecar_digest(record) == self._told.get(place)
            same = same and (not whole or self._world.store.digest(place) == record.digest)
        except RecordMismatch as mismatch:
            return Blocked("skipped", mismatch.message)
        return record if same else Blocked("skipped", "its files are not what the ledger says; see `record verify`")

    def against(self, place: str, record: Record | Blocked) -> Blocked | None:
        """Why this record may not go at this moment: everything is asked again, the holds first of all."""
        step = self.step(place)
        if isinstance(record, Blocked):
            return record
        if step is None:
            return Blocked("skipped", "no approved plan names it")
        decision = self.judging.decide(record)
        if decision.is_held:
            return Blocked("held", decision.reasons[0].sentence, decision.held_by)
        against = [reason.sentence for reason in decision.reasons]
        if step.sidecar != self._told.get(place):
            against.append("It was captured from another mailbox since the plan was made.")
        against += [gate.sentence for gate in self.judging.shut(record)]
        lost = set(step.gates) - {gate.id for gate in self.judging.gates(record)}
        against += [f"Its schedule has lost the gate '{gate}' since the plan was made." for gate in sorted(lost)]
        return Blocked("skipped", " ".join(against)) if against else None

    def shut(self) -> dict[str, list[str]]:
        """The places of the plan by the sentence that says which gate is shut for them; empty where all are open."""
        missing: dict[str, list[str]] = {}
        for step in self._plan.steps:
            record = self.record(step.place)
            if isinstance(record, Blocked):
                continue  # it is not there to be destroyed: its own step will say so
            for gate in self.judging.shut(record):
                missing.setdefault(gate.sentence, []).append(step.place)
        return missing


def against(world: World, deed: RecordDeed, asking: Asking) -> Blocked | None:
    """Why this very deed may not be done now; the consents that it was begun under must still be those that count."""
    record = asking.record(deed.place, whole=True)
    blocked = asking.against(deed.place, record)
    if blocked is None and isinstance(record, Record) and asking.judging.opened(record) != deed.consents:
        return Blocked("skipped", "Its consents changed in this very moment.")
    return blocked


def _told(world: World, places: Collection[str]) -> dict[str, str]:
    """The digest of each record's sidecar as the ledger told it last."""
    wanted, told = set(places), {}
    for link in world.ledger.links():
        if isinstance(link.entry.body, Stored) and link.entry.body.place in wanted:
            told[link.entry.body.place] = link.entry.body.sidecar
    return told


def custodies(records: Iterable[Record | Blocked]) -> set[str]:
    """The ids of all mailboxes that these records came from."""
    return {one.mailbox for record in records if isinstance(record, Record) for one in record.custody}


def handfuls(all_of: Sequence[T], size: int = HANDFUL) -> Iterator[Sequence[T]]:
    return (all_of[n : n + size] for n in range(0, len(all_of), size))
