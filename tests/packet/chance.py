"""A ledger of whatever may happen to three holds, their mail and their people, in any order.

Nothing is tested here.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec

from retention.core.audit import (
    Approved,
    Counted,
    Ended,
    HoldAmended,
    HoldAsked,
    HoldKept,
    HoldPlaced,
    HoldReached,
    HoldReinstated,
    HoldReleased,
    Refused,
    Started,
    Stored,
    SyncEnded,
)
from retention.core.authority import HoldKind
from retention.core.destruction import DestructionEnded, RecordRestored
from retention.core.hold import Post, Scope
from retention.core.notice import CustodianAcknowledged, CustodianNoticed
from retention.core.person import Person, PersonRecorded
from retention.core.preserved import Collected, CopyGone, CopyToGo, HeldVanished, Preserved, VanishedAcknowledged
from tests.packet.making import (
    ANA,
    BEGAN,
    HOLDS,
    JOE,
    KIM,
    Paper,
    day_of,
    hold,
    intent,
    outcome,
    place_of,
    record_deed,
    record_outcome,
    started,
)


class Chance:
    """Lives from event to event; the same seed lives the same."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.paper, self.dice = Paper(folder), random.Random(seed)
        self.placed: list[str] = []
        self.versions: dict[str, int] = {}
        self.plans = 0
        self.missed: list[int] = []

    def live(self, events: int) -> Paper:
        happens = (self.place, self.reach, self.amend, self.release, self.reinstate, self.notice, self.copy)
        happens += (
            self.run,
            self.run,
            self.run,
            self.destroy,
            self.destroy,
            self.destroy,
            self.capture_again,
            self.sync,
            self.sync,
            self.vanish,
            self.person,
            self.tear,
            self.refuse,
        )
        for _ in range(events):
            self.paper.later(hours=self.dice.choice((0, 0, 1, 9, 30)))
            self.dice.choice(happens)()
        if HOLDS[0] not in self.placed:
            self.paper.place()
        return self.paper

    def some(self, of: list[str]) -> tuple[str, ...]:
        return tuple(self.dice.sample(of, self.dice.randint(0, len(of))))

    def scope(self, deep: int = 0) -> Scope:
        dice = self.dice
        parts = tuple(self.scope(deep + 1) for _ in range(dice.randint(0, 2))) if deep < 2 else ()
        return Scope(
            custodians=(ANA,) if dice.random() < 0.4 else (),
            offices=(Post(name="Mayor", from_on=date(2023, 1, 1)),) if dice.random() < 0.2 else (),
            departments=(Post(name="Police"),) if dice.random() < 0.2 else (),
            mailboxes=("box-joe",) if dice.random() < 0.2 else (),
            words=("elm, street", '"quoted"') if dice.random() < 0.4 or not parts else (),
            first_on=date(2025, 1, 1) if dice.random() < 0.3 else None,
            **{dice.choice(("all_of", "any_of", "none_of")): parts},
        )

    def place(self) -> None:
        waiting = [name for name in HOLDS if name not in self.placed]
        if waiting:
            name = waiting[0]
            self.placed.append(name)
            self.versions[name] = 1
            kind = self.dice.choice((HoldKind.LEGAL, HoldKind.AUDIT))
            placed = msgspec.structs.replace(hold(name, self.paper.at, self.scope()), kind=kind)
            self.paper.write(HoldPlaced(hold=placed), by=KIM)

    def reach(self) -> None:
        for name in self.some(self.placed):
            who = self.dice.choice(("ana", "joe", "old"))
            self.paper.write(
                HoldReached(
                    name=name,
                    version=self.dice.randint(1, self.versions[name]),
                    term=f"custodian {who}@town.example",
                    addresses=self.some([f"{who}@town.example", f"{who}.2@town.example"]),
                    mailboxes=self.some([f"box-{who}"]),
                )
            )

    def amend(self) -> None:
        for name in self.some(self.placed)[:1]:
            self.versions[name] += 1
            self.paper.write(HoldAmended(name=name, scope=self.scope(), reason="-wider", until=self.in_days()), by=KIM)

    def release(self) -> None:
        for name in self.some(self.placed)[:1]:
            self.paper.write(HoldReleased(name=name, reason="settled", until=self.in_days()), by=KIM)

    def reinstate(self) -> None:
        for name in self.some(self.placed)[:1]:
            self.paper.write(HoldReinstated(name=name, reason="not settled"), by=KIM)

    def in_days(self) -> date:
        return day_of(self.paper.at) + timedelta(days=self.dice.randint(0, 5))

    def notice(self) -> None:
        for name in self.some(self.placed):
            told = CustodianNoticed(
                hold=name, to=ANA, digest="d", answer_by=self.in_days(), reminder=bool(self.plans % 2)
            )
            self.paper.write(
                told, CustodianAcknowledged(hold=name, custodian=ANA, on=day_of(self.paper.at), how="+call")
            )

    def copy(self) -> None:
        for name in self.some(self.placed):
            digest = self.dice.choice("abc")
            copied = Preserved(
                hold=name, mailbox="m", address=ANA, id="i", version="1", digest=digest, place=digest, sidecar="s"
            )
            self.paper.write(copied, Collected(hold=name, covered=3, copied=1, had=1, failed={"gone": 1}))
        if self.dice.random() < 0.5:
            digests = self.some(["a", "b", "c"])
            self.paper.write(CopyToGo(digests=digests, reason="over"), CopyGone(digests=digests))

    def run(self) -> None:
        self.plans += 1
        plan = sha256(f"plan {self.dice.randint(1, 4)}".encode()).hexdigest()
        if self.dice.random() < 0.7:
            self.paper.write(Approved(plan=plan, steps=3))
        asked = [HoldAsked(plan=plan, name=name, versions=self.any_versions()) for name in self.some(self.placed)]
        self.paper.write(Started(plan=plan, holds="f" * 64), *asked)
        for step in range(1, self.dice.randint(1, 6)):
            mailbox = f"box-{self.dice.choice(('ana', 'joe', 'old'))}"
            self.paper.write(intent(plan, step, mailbox))
            if self.dice.random() < 0.2:
                self.dice.choice((self.place, self.reach, self.release))()
            if self.dice.random() < 0.9:
                holds = self.some(self.placed)
                result = "held" if holds else self.dice.choice(("captured", "purged", "skipped"))
                self.paper.write(outcome(plan, step, mailbox, result, holds))
        for _ in range(self.dice.randint(0, 2)):
            kept = [HoldKept(plan=plan, name=name, messages=self.dice.randint(0, 9)) for name in self.some(self.placed)]
            self.paper.write(Counted(plan=plan, counts={}), *kept)
        if self.dice.random() < 0.8:
            older = {ANA: {"seen": 1, "held": 1}} if self.dice.random() < 0.2 else {}
            self.paper.write(Ended(plan=plan, counts=older))

    def destroy(self) -> None:
        """Some of a stage: begun or taken up again, its deeds in any order, ended or cut off."""
        dice, stage = self.dice, self.dice.choice(("quarantine", "quarantine", "destroy"))
        plan = sha256(f"destruction {dice.randint(1, 2)}".encode()).hexdigest()
        if dice.random() < 0.8:
            asked = [HoldAsked(plan=plan, name=name, versions=self.any_versions()) for name in self.some(self.placed)]
            self.paper.write(Approved(plan=plan, steps=5), started(plan, stage, 5), *asked)
        for step in dice.sample(range(1, 6), dice.randint(0, 4)):
            self.paper.write(record_deed(plan, stage, step, *self.some(["box-ana", "box-joe", "box-old"])))
            if dice.random() < 0.2:
                dice.choice((self.place, self.reach, self.release))()
            if dice.random() < 0.9:
                holds = self.some(self.placed) if dice.random() < 0.4 else ()
                done = "quarantined" if stage == "quarantine" else "destroyed"
                result = "held" if holds else dice.choice((done, done, "skipped"))
                self.paper.write(record_outcome(plan, stage, step, result, holds))
        kept = [HoldKept(plan=plan, name=name, messages=dice.randint(0, 9)) for name in self.some(self.placed)]
        if dice.random() < 0.8:
            self.paper.write(*kept, DestructionEnded(plan=plan, stage=stage, counts={"destroyed": 1}))  # type: ignore[arg-type]

    def capture_again(self) -> None:
        """What waits is wanted again: taken out by somebody, or captured from another mailbox."""
        step = self.dice.randint(1, 5)
        if self.dice.random() < 0.5:
            self.paper.write(RecordRestored(places=(place_of(step), place_of(step + 1)), reason="wanted for oak"))
        else:
            self.paper.write(Stored(plan="c" * 64, step=step, digest="d", place=place_of(step), sidecar="s"))

    def any_versions(self) -> tuple[int, ...]:
        return tuple(range(1, self.dice.randint(2, 4)))

    def sync(self) -> None:
        unreadable = dict.fromkeys(self.some([ANA, JOE, "old@town.example"]), "@not now")
        self.paper.write(SyncEnded(mailboxes=self.dice.randint(1, 3), gone=0, unreadable=unreadable))

    def vanish(self) -> None:
        if holds := self.some(self.placed):
            gone = HeldVanished(
                mailbox="box-ana", address=ANA, id="v", internet_id="", holds=holds, seen_at=BEGAN, missed_at=BEGAN
            )
            self.missed.append(self.paper.write(gone))
        if self.dice.random() < 0.5:
            answered = tuple(self.dice.sample(self.missed, min(2, len(self.missed))))
            self.paper.write(VanishedAcknowledged(entries=answered, reason="asked her"))

    def person(self) -> None:
        self.paper.write(PersonRecorded(person=Person(address=self.dice.choice((ANA, JOE, KIM)))))

    def tear(self) -> None:
        self.paper.tear('{"digest":"00')

    def refuse(self) -> None:
        self.paper.write(Refused(act=self.dice.choice(("hold-legal", "hold-audit", "approve")), why="not his"))
