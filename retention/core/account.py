"""An account of one plan of destruction: what the ledger tells of its records, up to the end of one of its runs.

What a certificate makes of it is in ``certificate.py``; whether an act can be relied on is not asked here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from retention.core.audit import Approved, Body, Entry, Stored
from retention.core.consent import ConsentRecorded
from retention.core.destruction import (
    Certified,
    DestructionEnded,
    DestructionStarted,
    RecordDeed,
    RecordOutcome,
    RecordRestored,
)
from retention.core.elsewhere import Elsewhere, ElsewhereTold

State = Literal["begun", "quarantined", "destroyed", "held", "skipped", "restored", "captured again"]


class Fate(Struct, kw_only=True):
    """What became of one record of the plan so far, and the deed by which it did.

    ``run`` is the run that destroyed it.
    """

    step: int
    place: str
    state: State = "begun"
    why: str = ""
    deed: RecordDeed | None = None
    quarantined_at: datetime | None = None
    ended_at: datetime | None = None
    run: int = -1


class Act(Struct, frozen=True):
    """An entry as it stands in the ledger: who wrote it, when, and what it says."""

    entry: int
    at: datetime
    by: str
    said: Body


class Account:
    """The account of one plan up to the end of the run that entry ``run`` began. ``add`` takes all entries in order."""

    def __init__(self, plan: str, run: int) -> None:
        self.plan, self.run = plan, run
        self.city, self.rehearsal = "", False
        self.planned: Act | None = None
        self.begun: Act | None = None
        self.ended_at: datetime | None = None
        self.certified: Entry | None = None
        self.approvals: dict[str, Act] = {}
        self.consents: dict[int, Act] = {}
        self.told: list[Elsewhere] = []
        self.fates: dict[int, Fate] = {}
        self._at: dict[str, Fate] = {}
        self._runs: int = -1

    def add(self, entry: Entry) -> None:
        """Take in one entry; after the end of the run only its certificate counts."""
        body = entry.body
        if isinstance(body, Certified):
            if body.run == self.run and self.certified is None:
                self.certified = entry
            return
        if self.ended_at is not None:
            return
        if entry.n == 0:
            self.city, self.rehearsal = getattr(body, "city", ""), entry.rehearsal
        match body:
            case Approved() | ConsentRecorded() | DestructionStarted() | DestructionEnded() | ElsewhereTold():
                self._word(Act(entry.n, entry.at, entry.by, body))
            case RecordDeed() | RecordOutcome() if body.plan == self.plan:
                self._deed(entry.at, body)
            case RecordRestored(places=places):
                for place in places:
                    self._stays(place, "restored", body.reason)
            case Stored(place=place):
                self._stays(place, "captured again", "it was captured again, and is wanted")

    def _word(self, act: Act) -> None:
        """What somebody said of the plan or of a run, and not of one record."""
        match act.said:
            case ConsentRecorded():
                self.consents[act.entry] = act
            case Approved(plan=self.plan):
                self.approvals[act.by] = act
            case DestructionStarted(plan=self.plan, stage=stage):
                self._start(act, stage)
            case ElsewhereTold(plan=self.plan, copies=copies) if self._runs == self.run:
                self.told.append(copies)
            case DestructionEnded(plan=self.plan, stage="destroy") if self._runs == self.run:
                self.ended_at = act.at

    def _start(self, act: Act, stage: str) -> None:
        if stage == "quarantine":
            self.planned = self.planned or act
            return
        self._runs = act.entry
        if act.entry == self.run:
            self.begun = act

    def _deed(self, at: datetime, body: RecordDeed | RecordOutcome) -> None:
        fate = self.fates.setdefault(body.step, Fate(step=body.step, place=body.place))
        self._at[body.place] = fate
        if isinstance(body, RecordDeed):
            fate.deed = body
            return
        fate.state, fate.ended_at = body.result, at
        # Why a hold covers a record says what was in it: its name is enough.
        fate.why = ", ".join(body.holds) if body.result == "held" else body.answer
        if body.result == "quarantined":
            fate.quarantined_at = at
        elif body.result == "destroyed":
            fate.run = self._runs

    def _stays(self, place: str, state: State, why: str) -> None:
        fate = self._at.get(place)
        if fate is not None and fate.state != "destroyed":
            fate.state, fate.why = state, why
