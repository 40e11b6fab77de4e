"""No sequence of what people do destroys a held record, one without its consents, or one whose rule is not certain.

The machine keeps its own book of what may go, in other words than the product's.
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from retention.core.message import MessageRef
from retention.core.plan import DestructionPlan
from retention.errors import RetentionError
from retention.jobs.hold import release
from retention.jobs.record import quarantine
from tests.jobs.archive import GATE, Archive, gate
from tests.jobs.town import ATTORNEY, RECORDS

KINDS = ("Requisition", "Claim, case 7", "Minutes", "Paper")
WORDS = ("alpha", "beta")


class Book:
    """What the test itself knows of each record, by its place."""

    def __init__(self) -> None:
        self.kind: dict[str, str] = {}
        self.word: dict[str, str] = {}
        self.received: dict[str, date] = {}
        self.waits_since: dict[str, date] = {}


class Destruction(RuleBasedStateMachine):
    @initialize()
    def found(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.archive = Archive(Path(self.folder.name) / "town", gate())
        self.archive.read()
        self.archive.adopt()
        self.book = Book()
        self.number = 0
        self.plans: list[DestructionPlan] = []
        self.holds: dict[str, str] = {}
        self.over: dict[str, date] = {}
        self.consents: dict[int, tuple[frozenset[str], date]] = {}
        self.there: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(kind=st.sampled_from(KINDS), word=st.sampled_from(WORDS), days=st.integers(900, 1300))
    def capture(self, kind: str, word: str, days: int) -> None:
        self.number += 1
        at = self.archive.at - timedelta(days=days)
        before = set(self.archive.places())
        ref = self.archive.capture(f"{kind} {self.number} {word}", received_at=at)[0]
        assert isinstance(ref, MessageRef)
        for place in set(self.archive.places()) - before:
            self.book.kind[place], self.book.word[place] = kind, word
            self.book.received[place] = at.astimezone(self.archive.city.zone).date()
            self.there.add(place)

    @rule(word=st.sampled_from(WORDS))
    def hold(self, word: str) -> None:
        if word not in self.holds:
            self.holds[word] = self.archive.hold(matter=f"{word} {self.number}", words=(word,))
            self.over.pop(word, None)

    @rule(word=st.sampled_from(WORDS))
    def release(self, word: str) -> None:
        name = self.holds.pop(word, None)
        if name is not None:
            world = self.archive.world(ATTORNEY)
            matter = world.ledger.in_force.holds.states[name].hold.matter
            release.release(world, name, matter=matter, reason="settled")
            world.close()
            self.over[word] = self.archive.at.astimezone(self.archive.city.zone).date() + timedelta(days=30)

    @rule()
    def plan(self) -> None:
        self.plans.append(self.archive.destruction())

    @precondition(lambda self: self.plans)
    @rule(which=st.integers(0, 50), days=st.integers(-3, 90))
    def consent(self, which: int, days: int) -> None:
        plan = self.plans[which % len(self.plans)]
        until = self.archive.at.date() + timedelta(days=days)
        entry = self.archive.consent(plan, until=until)
        self.consents[entry] = (frozenset(step.place for step in plan.steps), until)

    @precondition(lambda self: self.consents)
    @rule(which=st.integers(0, 50))
    def withdraw(self, which: int) -> None:
        entry = sorted(self.consents)[which % len(self.consents)]
        self.archive.withdraw(entry)
        del self.consents[entry]

    @precondition(lambda self: self.plans)
    @rule(which=st.integers(0, 50), approved=st.booleans())
    def apply(self, which: int, approved: bool) -> None:
        plan = self.plans[which % len(self.plans)]
        try:
            if approved:
                self.archive.agree(plan)
            self.archive.quarantine(plan)
        except RetentionError:
            pass
        for place in self.archive.in_quarantine():
            self.book.waits_since.setdefault(place, self.today)

    @rule(days=st.sampled_from((1, 6, 31, 200)))
    def wait(self, days: int) -> None:
        self.archive.later(days)

    @rule(which=st.integers(0, 50))
    def restore(self, which: int) -> None:
        waiting = self.archive.in_quarantine()
        if waiting:
            world = self.archive.world(RECORDS)
            quarantine.restore(world, [waiting[which % len(waiting)]], "asked for")
            world.close()
            self.book.waits_since.pop(waiting[which % len(waiting)], None)

    @rule()
    def destroy(self) -> None:
        self.archive.destroy()

    @property
    def today(self) -> date:
        return self.archive.at.astimezone(self.archive.city.zone).date()

    def may_be_gone(self, place: str) -> str:
        """Why this record must not have been destroyed today; empty where it might."""
        word = self.book.word[place]
        if word in self.holds or self.over.get(word, date.min) > self.today:
            return "it is held"
        if self.book.kind[place] != "Requisition":
            return "its rule is not certain"
        received = self.book.received[place]
        if self.today < received + timedelta(days=3 * 365):
            return "its three years are not over"
        if not any(place in places and until >= self.archive.at.date() for places, until in self.consents.values()):
            return f"no consent for {GATE}"
        if self.today < self.book.waits_since[place] + timedelta(days=30):
            return "its quarantine is not over"
        return ""

    @invariant()
    def only_what_may_go_has_gone(self) -> None:
        if not hasattr(self, "archive"):
            return
        gone = self.there - set(self.archive.places())
        for place in gone:
            assert not (why := self.may_be_gone(place)), why
        self.there -= gone


Destruction.TestCase.settings = settings(
    max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDestruction = Destruction.TestCase


def test_the_machine_itself_can_see_a_record_destroyed(tmp_path: Path) -> None:
    """A book that never saw anything go would prove nothing."""
    machine: Any = Destruction()
    machine.found()
    try:
        machine.capture("Requisition", "alpha", 1200)
        machine.plan()
        machine.consent(0, 90)
        machine.apply(0, True)
        machine.wait(31)
        machine.destroy()
        assert machine.there - set(machine.archive.places())
        machine.only_what_may_go_has_gone()
        assert machine.there == set()
    finally:
        machine.teardown()
