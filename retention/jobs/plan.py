"""Plan: decide about every message that is in a mailbox, and say what one run would do.

Nothing is written here but what the caller does with the plan, and nothing is done to a message.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from retention.catalog import Known
from retention.core.audit import PlanMade
from retention.core.authority import Act
from retention.core.decide import Action, Case, Decision, Reason, Why, decide
from retention.core.plan import FORMAT, Group, Plan, Step, Tally, ceiling, seal
from retention.errors import Disagreement
from retention.jobs.acting import signed
from retention.jobs.classify import read_reviews
from retention.jobs.world import Progress, World, silent


def plan(world: World, *, within_limits: bool = False, progress: Progress = silent) -> Plan:
    """The sealed plan for everything the catalog knows to be in a mailbox.

    ``within_limits`` leaves out what one plan may not take (``[limits]``): the next plan will have it. Raises
    ``Disagreement`` where the counts of a mailbox do not reconcile.
    """
    with world.alone():
        read_reviews(world)
        making = _Making(world, within_limits)
        total = world.catalog.tally()["present"]
        for done, known in enumerate(world.catalog.present()):
            if done % 1000 == 0:
                progress(done, total, known.mailbox.address)
            making.add(known)
        progress(total, total, "done")
        return making.sealed()


class _Making:
    """A plan in the making."""

    def __init__(self, world: World, within_limits: bool) -> None:
        self._world = world
        self._holds = world.holds()
        self._counts: dict[str, Tally] = {}
        self._steps: list[Step] = []
        self._taking = 0
        self._stays: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._examples: dict[str, str] = {}
        self._within_limits = within_limits
        self._coverage = world.catalog.coverage()
        self._present = {row["address"]: row["present"] for row in self._coverage}

    def add(self, known: Known) -> None:
        case = self._world.case(known, self._holds)
        decision = decide(case)
        tally = self._counts.setdefault(known.mailbox.address, Tally())
        if decision.action is not Action.KEEP and self._within_limits and self._is_full(known, tally):
            over = Reason(Why.RECENT, "It is due, but one plan may not take more from this mailbox; the next one will.")
            decision = Decision(Action.KEEP, (over,), decision.due_on)
            self._note("over the ceiling of one plan", over)
        elif decision.reasons:
            first = decision.reasons[0]
            self._note(f"{first.why} by '{first.hold}'" if first.hold else str(first.why), first)
        tally.add(decision)
        self._held.update(decision.held_by)
        if decision.action is not Action.KEEP:
            self._steps.append(_step(len(self._steps) + 1, known, case, decision))
            self._taking += not known.mailbox.in_files

    def _is_full(self, known: Known, tally: Tally) -> bool:
        if known.mailbox.in_files:
            return False
        rules = self._world.city.rules
        taken = tally.capture + tally.purge
        return taken >= ceiling(self._present[known.mailbox.address], rules) or self._taking >= rules.largest_purge

    def _note(self, why: str, reason: Reason) -> None:
        self._stays[why] += 1
        self._examples.setdefault(why, reason.sentence)

    def sealed(self) -> Plan:
        for address, tally in self._counts.items():
            if not tally.reconciles or tally.seen != self._present[address]:
                raise Disagreement(f"The counts of {address} do not reconcile: {tally}.", "Nothing was planned.")
        world = self._world
        sealed = seal(
            Plan(
                format=FORMAT,
                city=world.city.city.name,
                made_at=world.now(),
                made_by=world.actor.address,
                rehearsal=world.rehearsal,
                removal=world.city.mail.removal,
                basis=world.basis(),
                counts=self._counts,
                stays=tuple(
                    Group(why=why, example=self._examples[why], count=count) for why, count in self._stays.most_common()
                ),
                uncovered=tuple(self._uncovered()),
                held=dict(self._held),
                steps=tuple(self._steps),
            )
        )
        act = signed(world, Act.MAKE_PLAN, PlanMade(plan=sealed.digest, steps=len(sealed.steps)))
        return replace(sealed, statement=act.statement, signature=act.signature)

    def _uncovered(self) -> list[str]:
        """What no decision was made about: one sentence for each mailbox that is not wholly covered."""
        sentences = []
        for row in self._coverage:
            if row["trouble"]:
                sentences.append(
                    row["trouble"] if row["address"] in row["trouble"] else f"{row['address']}: {row['trouble']}"
                )
            elif row["read_at"] is None:
                sentences.append(f"{row['address']}: it was never read to its end.")
            elif row["unread"]:
                sentences.append(f"{row['address']}: {row['unread']} folders could not be read to their end.")
        return sentences


def _step(n: int, known: Known, case: Case, decision: Decision) -> Step:
    message, series, filing = known.message, case.series, known.filing
    assert (
        series is not None and filing is not None and filing.schedule_name and message.version
    )  # else the decision is to keep
    received = message.received_at
    return Step(
        n=n,
        action=decision.action,
        mailbox=known.mailbox.id,
        address=known.mailbox.address,
        id=message.id,
        version=message.version,
        schedule=filing.schedule_name,
        series=series.key,
        title=series.title,
        because=filing.why,
        due_on=decision.due_on,
        received_on=received.astimezone(case.zone).date() if received else None,
        sender=message.sender or "",
        subject=message.subject or "",
    )
