"""Run: one turn of everything that goes by itself, for cron: read, file, apply what is approved, plan, propose.

Each stage's own work is in the job of its name; stored records are never destroyed by a run, whoever approved it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from retention.core.decide import Why
from retention.core.message import FILES
from retention.core.plan import Limits, Plan
from retention.core.standing import SeriesKey
from retention.errors import (
    Interrupted,
    NotApproved,
    PartlyDone,
    PlanAltered,
    PlanStale,
    PlanTooLarge,
    RetentionError,
)
from retention.jobs import apply as applying
from retention.jobs import classify as classifying
from retention.jobs import plan as planning
from retention.jobs import sync as syncing
from retention.jobs.approve import plans_of, sizes_of, sweep
from retention.jobs.clock import refuse_jumped
from retention.jobs.proposals import is_begun, unfinished, waiting_for_an_office, why_unfit
from retention.jobs.ran import Figures, Ran, Rest, Stage, Stages, counted, figures_of
from retention.jobs.standing import approving, covered
from retention.jobs.world import Progress, World, silent

AWAITS = str(Why.AWAITS)
LEFT = (PlanStale, PlanTooLarge, PlanAltered, NotApproved)
"""What leaves one plan undone and stops no other."""
NEXT_RUN = "Nothing has to be done: the next run makes a new plan."


def run(world: World, progress: Progress = silent, told: Callable[[Ran], None] = lambda ran: None) -> Ran:
    """Do what is due and allowed, each stage only where it has something to do; resumable after any interruption.

    The city is this run's alone from end to end. ``told`` is given the result also where the run did not come to its
    end; then what ended it is raised: ``AnotherRun`` or ``ClockWrong`` before anything was done, what the stages raise,
    ``PlanTooLarge`` where what stands approved in advance would pass a limit, and ``PartlyDone`` where only mailboxes
    were not read.
    """
    with world.alone():
        ran, failure = _alone(world, progress)
    told(ran)
    if failure is not None:
        raise failure
    return ran


def _alone(world: World, progress: Progress) -> tuple[Ran, BaseException | None]:
    one = _Run(world, progress)
    failure: BaseException | None = None
    number = None
    try:
        number = world.catalog.runs.begin("run", world.now())
        one.go()
        failure = one.later
    except KeyboardInterrupt:
        failure = Interrupted("Interrupted.", "What was begun is written down; run it again to go on.")
    except BaseException as error:  # whatever it is, the run must be told of
        failure = error
    ran = one.result(failure)
    # What was done is in the ledger: a catalog that is busy or full must not hide how the run ended.
    with suppress(RetentionError):
        if number is not None:
            world.catalog.runs.end(number, ran.ended_at, ran)
    return ran, failure


class _Unread(Rest):
    """Of a run that has not read yet, or could not, what the last one left: its own plan rests on nothing."""

    def __init__(self) -> None:
        self.on = ""


class _Run:
    """A run under way. Making one reads nothing: a run that cannot even begin must be told of too.

    ``later`` is what has to be said at its end and stops none of its stages.
    """

    def __init__(self, world: World, progress: Progress) -> None:
        self._world = world
        self._stages = Stages(progress)
        self._began_at = world.now()
        self._rest: Rest = _Unread()
        self._figures = Figures()
        self._changes = 0
        self._in_advance: frozenset[SeriesKey] = frozenset()
        self._finished_in_advance = False
        self._left: list[str] = []
        self._has_taken = False
        self.later: RetentionError | None = None

    def go(self) -> None:
        """Every stage in its order. What raises in one ends the run: nothing is done on a doubtful state."""
        self._settle()
        self._sync()
        self._classify()
        self._apply()
        self._plan()
        self._propose()

    def result(self, failure: BaseException | None) -> Ran:
        return self._stages.ran(self._world, self._began_at, failure, self._figures, self._rest, self._waiting())

    def _settle(self) -> None:
        """What a killed run took out of a mailbox must be known as ours before the mailbox is read.

        Before anything is written the clock is asked: entries of a day to come would stand in the way of every later.
        """
        with self._stages.stage("settle") as stage:
            self._world.ledger.refresh()
            self._rest = Rest(self._world)
            refuse_jumped(self._world)
            settled = applying.settle(self._world)
            stage.tell(settled > 0, f"{counted(settled, 'deed')} of a run that was cut off settled.", settled=settled)
            if not settled:
                stage.said = "Nothing was left unfinished."

    def _sync(self) -> None:
        with self._stages.stage("sync") as stage:
            told = {row["address"]: row["trouble"] for row in self._world.catalog.coverage()}
            synced = syncing.sync(self._world, (), stage.progress)
            unread = [box.address for box in synced.mailboxes if box.trouble or box.folder_troubles]
            # What could not be read the last time for the same reason is told by `status`, and is no news.
            again = [
                box
                for box in synced.mailboxes
                if box.kind != FILES and (box.folder_troubles or (box.trouble and box.trouble != told.get(box.address)))
            ]
            gone = sum(box.gone for box in synced.mailboxes)
            self._changes = synced.rows + gone + len(synced.vanished)
            said = f"{counted(len(synced.mailboxes) - len(unread), 'mailbox', 'mailboxes')} read, "
            said += f"{counted(synced.rows, 'message')} new or changed."
            stage.tell(
                self._changes > 0,
                said,
                mailboxes=len(synced.mailboxes),
                rows=synced.rows,
                gone=gone,
                vanished=len(synced.vanished),
                unread=len(unread),
            )
        if again:
            named = ", ".join(box.address for box in again[:3]) + (f" and {len(again) - 3} more" if again[3:] else "")
            self.later = PartlyDone(
                f"{counted(len(again), 'mailbox', 'mailboxes')} could not be read to the end: {named}. "
                "All else was done.",
                "`retention status` says why; the next run tries again.",
            )

    def _classify(self) -> None:
        with self._stages.stage("classify") as stage:
            classifying.read_reviews(self._world)
            filings, rules = self._world.catalog.filings, self._world.filing_rules
            if filings.filed_under == rules and not filings.begin(rules):
                stage.said = "Every message is filed."
                return
            classified = classifying.classify(self._world, stage.progress)
            self._changes += classified.filed
            review = classified.by_series.get("", 0)
            stage.tell(True, f"{counted(classified.filed, 'message')} filed.", filed=classified.filed, review=review)

    def _apply(self) -> None:
        """The plans that somebody approved by name, and those that were begun: these first, the oldest first."""
        with self._stages.stage("apply") as stage:
            sweep(self._world)
            plans_of(self._world).sweep()
            self._limits = Limits(self._world.rules, sizes_of(self._world))
            plans = [plan for plan in unfinished(self._world) if isinstance(plan, Plan)]
            begun = [plan for plan in plans if is_begun(self._world, plan)]
            under_way = {plan.digest for plan in begun}
            approvals = self._world.ledger.in_force.approvals
            approved = [plan for plan in plans if plan.digest in approvals.keys() - under_way]
            done = [plan.name for plan in (*begun, *approved) if self._applied(plan, stage)]
            if done:
                stage.say(f"{counted(len(done), 'approved plan')} applied: {', '.join(done)}.")
            elif not self._left:
                stage.said = "No approved plan waits."
            else:
                stage.said = "No approved plan can be applied."

    def _applied(self, plan: Plan, stage: Stage) -> bool:
        """Whether the plan is finished; one that may not be applied any more is left, and why is said."""
        in_advance = plan.digest not in self._world.ledger.in_force.approvals
        if self._is_too_much(plan):
            self._left.append(f"Plan {plan.name} waits for the next run: with it this one would pass a limit.")
            return False
        try:
            stage.apply(self._world, plan)
        except LEFT as reason:
            self._left.append(reason.message)
            if in_advance and not _has_open_deeds(self._world, plan):
                # What of it is still due is in the plan that this run makes.
                plans_of(self._world).drop(plan.digest)
            return False
        self._take(plan)
        if in_advance:
            self._finished_in_advance = True
            plans_of(self._world).drop(plan.digest)
        return True

    def _plan(self) -> None:
        """Decide about all mail anew, where anything moved, and do what stands approved in advance."""
        with self._stages.stage("plan") as stage:
            self._in_advance = covered(self._world)
            left = sum(self._rest.figures.totals.get(what, 0) for what in ("capture", "purge"))
            if not self._rest.has_moved(self._in_advance, self._changes) and not left:
                self._figures = self._rest.figures
                stage.said = "Nothing has moved since the last run."
                return
            made = planning.plan(self._world, only=self._in_advance, progress=stage.progress)
            self._figures = figures_of(made)
            stage.tell(False, "Nothing is due that is approved in advance.", steps=len(made.steps))
            if not made.steps:
                return
            if self._finished_in_advance or self._is_too_much(made):
                # A standing approval says how many messages one run may take.
                stage.said = f"{counted(len(made.steps), 'message')} more may go; the next run takes them."
                return
            plans_of(self._world).keep(made)
            try:
                stage.apply(self._world, made)
            except LEFT as reason:
                stage.tell(False, f"Nothing was done that is approved in advance. {reason.message}")
                self._in_advance = frozenset()
                self.later = reason if isinstance(reason, PlanTooLarge) else PartlyDone(reason.message, NEXT_RUN)
            else:
                stage.say(f"{counted(len(made.steps), 'message')} decided on by standing approvals.")
            finally:
                # Only one that was cut off in the middle is taken up again.
                if made.digest in self._world.ledger.in_force.ended or not is_begun(self._world, made):
                    plans_of(self._world).drop(made.digest)

    def _is_too_much(self, plan: Plan) -> bool:
        """Whether this plan and those before it take more than one run may; alone it is measured when it is applied."""
        return self._has_taken and bool(self._limits.with_these(plan.steps).passed())

    def _take(self, plan: Plan) -> None:
        """The plan was applied: what it took is counted for the whole run."""
        self._limits, self._has_taken = self._limits.with_these(plan.steps), True

    def _propose(self) -> None:
        """Keep a plan of what else is due for an office to approve, unless one that still stands waits already."""
        with self._stages.stage("propose") as stage:
            waiting = self._waiting_plans()
            if waiting:
                stage.said = f"Plan {waiting[0].name} waits for an office's approval already."
                return
            if not self._figures.stays.get(AWAITS) and not isinstance(self.later, PlanTooLarge):
                stage.said = "Nothing else is due."
                return
            made = planning.plan(self._world, within_limits=True, only=self._others(), progress=stage.progress)
            if not made.steps:
                stage.said = "Nothing else is due within the limits."
                return
            plans_of(self._world).keep(made)
            said = f"Plan {made.name} of {counted(len(made.steps), 'step')} waits for an office's approval."
            stage.tell(True, said, plan=made.name, steps=len(made.steps))

    def _others(self) -> frozenset[SeriesKey] | None:
        """The series that nobody approved in advance; ``None`` where that would be all of them."""
        if not self._in_advance:
            return None
        every = {(schedule.name, series.key) for schedule in self._world.schedules for series in schedule.series}
        return frozenset(every - self._in_advance)

    def _waiting_plans(self) -> list[Plan]:
        """The proposals that still stand. Those that do not, and nobody approved, are taken away.

        What stands approved in advance goes with the plan of the day, unless that was too large.
        """
        waiting = []
        in_advance = not isinstance(self.later, PlanTooLarge)
        approvals = self._world.ledger.in_force.approvals
        for plan in unfinished(self._world):
            if not isinstance(plan, Plan) or plan.digest in approvals or is_begun(self._world, plan):
                continue
            goes_anyway = in_advance and _is_approved_in_advance(self._world, plan)
            if not plan.steps or goes_anyway or why_unfit(self._world, plan):
                plans_of(self._world).drop(plan.digest)
            else:
                waiting.append(plan)
        return waiting

    def _waiting(self) -> tuple[str, ...]:
        """What waits for a person, a sentence each; what cannot be told is passed over, for the run has ended."""
        try:
            return (*self._left, *waiting_for_an_office(self._world))
        except RetentionError:
            return tuple(self._left)


def _has_open_deeds(world: World, plan: Plan) -> bool:
    """Whether nobody can say yet what became of some deed of this plan: then its file is still needed."""
    return any(digest == plan.digest for digest, _ in world.ledger.in_force.open_intents)


def _is_approved_in_advance(world: World, plan: Plan) -> bool:
    """Whether all of it would go by standing approvals."""
    try:
        return bool(approving(world, plan))
    except PlanTooLarge:
        return False
