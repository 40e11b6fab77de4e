"""Plan: decide about every message that is in a mailbox, and say what one run would do.

Nothing is written here but what the caller does with the plan, and nothing is done to a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from msgspec.structs import replace

from retention.catalog import Known
from retention.core.audit import PlanMade
from retention.core.authority import Act
from retention.core.decide import Action, Case, Decision, Reason, Why, decide
from retention.core.message import Mailbox
from retention.core.plan import FORMAT, Group, Limits, Plan, Step, Tally, seal
from retention.errors import Disagreement
from retention.jobs.acting import signed
from retention.jobs.approve import sizes_of
from retention.jobs.classify import read_reviews
from retention.jobs.deciding import Decider, Fate, note_of
from retention.jobs.world import Progress, World, silent

OVER = Reason(Why.RECENT, "It is due, but one plan may not take more from this mailbox; the next one will.")
AWAITS = Reason(Why.AWAITS, "It is due, and waits for a plan that an office approves.")


def plan(
    world: World,
    *,
    within_limits: bool = False,
    only: Collection[tuple[str, str]] | None = None,
    progress: Progress = silent,
) -> Plan:
    """The sealed plan for everything the catalog knows to be in a mailbox.

    ``within_limits`` leaves out what one plan may not take (``[limits]``): the next plan will have it. ``only`` names
    the series, each by its schedule and its key, of which anything is done: what is due of another one stays, and its
    reason is that it waits for a plan that an office approves. Raises ``Disagreement`` where the counts of a mailbox do
    not reconcile.
    """
    with world.alone():
        read_reviews(world)
        making = _Making(world, within_limits, None if only is None else frozenset(only))
        done, total = 0, world.catalog.tally()["present"]
        for mailbox in world.catalog.mailboxes():
            for numbers, fates in making.decider.of(mailbox):
                progress(done, total, mailbox.address)
                making.add(mailbox, numbers, fates)
                done += len(numbers)
        progress(total, total, "done")
        return making.sealed()


class _Making:
    """A plan in the making."""

    def __init__(self, world: World, within_limits: bool, only: frozenset[tuple[str, str]] | None) -> None:
        self._world = world
        self._holds = world.holds()
        self.decider = Decider(world, self._holds)
        self._counts: dict[str, Tally] = {}
        self._steps: list[Step] = []
        self._stays: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._examples: dict[str, str] = {}
        self._limits = Limits(world.rules, sizes_of(world)) if within_limits else None
        self._only = only
        self._coverage = world.catalog.coverage()
        # A leaver's address may be that of a new mailbox too: what is in either is counted under it.
        self._present: Counter[str] = Counter()
        for row in self._coverage:
            self._present[row["address"]] += row["present"]

    def add(self, mailbox: Mailbox, numbers: list[int], fates: list[Fate]) -> None:
        """Take in some messages of this mailbox, each with what was decided about messages like it."""
        due = []
        for fate, count in Counter(fates).items():
            if fate.action is not Action.KEEP and not self._is_asked_for(fate):
                self._keep(mailbox, Decision(Action.KEEP, (AWAITS,)), count)
            elif fate.action is not Action.KEEP and not self._fits(mailbox, fate):
                self._leave(mailbox, count)
            elif fate.action is not Action.KEEP:
                due.append(fate)
            elif fate.note in self._examples:
                self._count_kept(mailbox, fate.note, fate.held_by, count)
            else:
                first = numbers[fates.index(fate)]
                self._keep(mailbox, self._decided(mailbox, (first,))[0][2], count)
        if due:
            self._take(mailbox, [(n, fate) for n, fate in zip(numbers, fates, strict=True) if fate in due])

    def _take(self, mailbox: Mailbox, due: list[tuple[int, Fate]]) -> None:
        """Take into the plan so many of these messages as it may have, each decided about for itself."""
        fitting = []
        for n, fate in due:
            if self._fits(mailbox, fate):
                self._count_taken(mailbox, fate)
                fitting.append(n)
        for known, case, decision in self._decided(mailbox, fitting):
            if decision.action is Action.KEEP:
                self._keep(mailbox, decision, 1)
                continue
            self._tally(mailbox).add(decision)
            self._steps.append(_step(len(self._steps) + 1, known, case, decision))
        if over := len(due) - len(fitting):
            self._leave(mailbox, over)

    def _decided(self, mailbox: Mailbox, numbers: Collection[int]) -> list[tuple[Known, Case, Decision]]:
        known = self._world.catalog.deciding.known(mailbox, numbers)
        cases = [(one, self._world.case(one, self._holds)) for one in known]
        return [(one, case, decide(case)) for one, case in cases]

    def _is_asked_for(self, fate: Fate) -> bool:
        return self._only is None or fate.series in self._only

    def _fits(self, mailbox: Mailbox, fate: Fate) -> bool:
        """Whether one more like it can be taken. What lies in files stays there and fits always."""
        if self._limits is None or mailbox.in_files:
            return True
        assert fate.series is not None  # else it is not due
        return self._limits.fits(mailbox.address, *fate.series)

    def _count_taken(self, mailbox: Mailbox, fate: Fate) -> None:
        if self._limits is not None and fate.series is not None and not mailbox.in_files:
            self._limits.take(mailbox.address, *fate.series)

    def _leave(self, mailbox: Mailbox, count: int) -> None:
        """So many are due and stay: this plan may not take them."""
        self._keep(mailbox, Decision(Action.KEEP, (OVER,)), count, "over the ceiling of one plan")

    def _keep(self, mailbox: Mailbox, decision: Decision, count: int, note: str = "") -> None:
        note = note or note_of(decision)
        self._examples.setdefault(note, decision.reasons[0].sentence)
        self._count_kept(mailbox, note, decision.held_by, count)

    def _count_kept(self, mailbox: Mailbox, note: str, held_by: tuple[str, ...], count: int) -> None:
        self._stays[note] += count
        self._held.update(dict.fromkeys(held_by, count))
        self._tally(mailbox).keep(count, held=bool(held_by))

    def _tally(self, mailbox: Mailbox) -> Tally:
        return self._counts.setdefault(mailbox.address, Tally())

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
