"""The ledger's entries of a plan of destruction, as they might be written, for the tests of what is made of them.

Nothing is tested here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from retention.core.audit import Approved, Body, Entry, Founded
from retention.core.consent import ConsentRecorded
from retention.core.destruction import (
    DestructionEnded,
    DestructionStarted,
    Mark,
    RecordDeed,
    RecordOutcome,
    Stage,
    Tombstone,
)
from retention.core.elsewhere import Elsewhere, ElsewhereTold

AT = datetime(2026, 12, 22, 15, 0, tzinfo=UTC)
ANA, PAT, KIM = "ana.holm@town.example", "pat.ortiz@town.example", "kim.lee@town.example"
PLAN = "p" * 64
FOLDER = "town/fin-1/2020"


def place(step: int) -> str:
    return f"{FOLDER}/{step:064x}"


class Telling:
    """A ledger being told: each entry a minute after the one before."""

    def __init__(self, city: str = "San José") -> None:
        self.entries: list[Entry] = []
        self.tell(Founded(city=city))

    def tell(self, *bodies: Body, by: str = PAT) -> int:
        """Write these entries; the number of the last."""
        for body in bodies:
            n = len(self.entries)
            at = AT + timedelta(minutes=n)
            self.entries.append(Entry(n=n, at=at, by=by, body=body, previous="", rehearsal=False))
        return len(self.entries) - 1

    def approved(self, records: int) -> int:
        """Consented to, approved, and the first stage begun; the consent's entry."""
        consent = self.tell(
            ConsentRecorded(
                gate="council",
                schedule="town",
                reference="Res. 4",
                given_by="Town Council",
                given_on=date(2026, 12, 1),
                until=date(2027, 12, 1),
                records={FOLDER: tuple(f"{n:064x}" for n in range(1, records + 1))},
                document="e" * 64,
            )
        )
        self.tell(Approved(plan=PLAN, steps=records), by=KIM)
        self.start("quarantine", records)
        return consent

    def start(self, stage: Stage, records: int) -> int:
        return self.tell(
            DestructionStarted(
                plan=PLAN, stage=stage, made_by=ANA, approved_by=(KIM,), holds="h", records=records, reviewed={}
            )
        )

    def quarantine(self, *steps: int, result: str = "quarantined", **more: object) -> None:
        for step in steps:
            self.tell(RecordDeed(plan=PLAN, step=step, deed="quarantine", place=place(step), digest=f"{step:064x}"))
            self.come(step, "quarantine", result, **more)

    def destroy(self, *steps: int, result: str = "destroyed", consents: tuple[int, ...] = (), **more: object) -> None:
        for step in steps:
            self.begin(step, consents)
            self.come(step, "destroy", result, **more)

    def begin(self, step: int, consents: tuple[int, ...] = ()) -> None:
        self.tell(
            RecordDeed(
                plan=PLAN,
                step=step,
                deed="destroy",
                place=place(step),
                digest=f"{step:064x}",
                consents=consents,
                tombstone=stone(step),
            )
        )

    def come(self, step: int, deed: str, result: str, **more: object) -> None:
        told = {"plan": PLAN, "step": step, "deed": deed, "place": place(step), "result": result, **more}
        self.tell(RecordOutcome(**told))  # type: ignore[arg-type]

    def end(self, stage: Stage) -> int:
        return self.tell(DestructionEnded(plan=PLAN, stage=stage, counts={}))

    def copies(self, *steps: int, **more: object) -> None:
        found = Elsewhere(
            records={FOLDER: tuple(f"{step:064x}" for step in steps)},
            **{"store": "disk", "time_zone": "America/Chicago", **more},  # type: ignore[arg-type]
        )
        self.tell(ElsewhereTold(plan=PLAN, copies=found))


def stone(step: int) -> Tombstone:
    received_at = datetime(2020, 5, 1, 3, 0, tzinfo=UTC) + timedelta(days=step)
    return Tombstone(
        place=place(step),
        digest=f"{step:064x}",
        sidecar="s" * 64,
        size=1000 + step,
        schedule="town",
        edition="2026",
        fingerprint="f" * 64,
        series="FIN 1",
        title="Bills",
        retain="3 years after received",
        citation="Code 1",
        due_on=date(2023, 5, 1),
        internet_id=f"<{step}@x>",
        received_at=received_at,
        sent_at=None,
        custody=(Mark(mailbox="box-1", address=PAT, id=f"m{step}", captured_at=received_at),),
    )
