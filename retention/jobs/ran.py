"""What a run says of itself: its stages, what was decided and done, and what that rests on.

What the stages do is in ``jobs/run.py``; how it is shown and told is the command line's business.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from retention.core.plan import Plan
from retention.core.standing import SeriesKey
from retention.errors import PartlyDone, RetentionError
from retention.jobs import apply as applying
from retention.jobs.world import Progress, World

Effects = Counter[tuple[str, str, str]]
"""How many messages were captured or purged, by schedule, series and what was done."""


class StageDone(Struct, frozen=True, kw_only=True):
    """One stage: whether it had something to do, what there is to say of it, its counts, and how long it took.

    The run ended in a stage that ``failed``; ``said`` is why.
    """

    name: str
    did: bool
    failed: bool = False
    said: str
    result: dict[str, Any]
    seconds: float


class Moved(Struct, frozen=True, kw_only=True):
    """What this run did with the messages of one series."""

    schedule: str
    series: str
    captured: int
    purged: int


class Figures(Struct, frozen=True, kw_only=True):
    """What was decided of all mail: ``totals`` (seen = kept + held + capture + purge), why the rest stays, by hold."""

    totals: dict[str, int] = {}
    stays: dict[str, int] = {}
    held: dict[str, int] = {}


class Ran(Struct, frozen=True, kw_only=True):
    """One run, as it is kept in the catalog and told to machines.

    ``good``: every stage came to its end, though mailboxes may not have been read: those are told by themselves.
    ``waiting``: what waits for a person, a sentence each. ``totals``, ``stays`` and ``held`` are those of the last plan
    about all mail, ``moved`` what this run did. ``rests_on`` and ``head`` say what that plan rests on, so that the next
    run need not make it again.
    """

    city: str
    rehearsal: bool
    began_at: datetime
    ended_at: datetime
    good: bool
    exit_code: int
    error: str
    next_step: str
    stages: tuple[StageDone, ...]
    waiting: tuple[str, ...]
    totals: dict[str, int]
    stays: dict[str, int]
    held: dict[str, int]
    moved: tuple[Moved, ...]
    rests_on: str
    head: int

    @property
    def stopped_in(self) -> str:
        """The stage in which the run ended before its time; empty where it did all of them."""
        return next((stage.name for stage in self.stages if stage.failed), "")

    def stage(self, name: str) -> dict[str, Any]:
        """The counts of the stage of that name; empty where it was not reached."""
        return next((stage.result for stage in self.stages if stage.name == name), {})


class Stage:
    """A stage under way, and what it will have said."""

    def __init__(self, name: str, progress: Progress, effects: Effects) -> None:
        self.name, self.did, self.said, self.failed = name, False, "", False
        self.result: dict[str, Any] = {}
        self._progress, self._effects = progress, effects

    def progress(self, done: int, total: int | None, at: str) -> None:
        self._progress(done, total, f"{self.name}: {at}")

    def tell(self, did: bool, said: str, **result: int | str) -> None:
        """Say what was done, with its counts."""
        self.did = self.did or did
        self.said = said
        self.result.update(result)

    def say(self, said: str) -> None:
        self.did, self.said = True, said

    def apply(self, world: World, plan: Plan) -> None:
        """Apply the plan, and count what became of it also where that is cut off in the middle."""
        outcomes = world.ledger.in_force.outcomes
        before = set(outcomes.get(plan.digest, ()))
        try:
            applying.apply(world, plan, self.progress, in_advance=True)
        finally:
            now = outcomes.get(plan.digest, {})
            steps = {step.n: step for step in plan.steps}
            for n in now.keys() - before:
                result = now[n].result
                self.did = True
                self.result[result] = self.result.get(result, 0) + 1
                if n in steps and result in ("captured", "purged"):
                    self._effects[steps[n].schedule, steps[n].series, result] += 1


class Stages:
    """The stages of one run, in the order in which they are reached."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done: list[StageDone] = []
        self._effects: Effects = Counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """A stage; one that fails is kept with the reason, and the failure goes on its way."""
        stage = Stage(name, self._progress, self._effects)
        began = time.monotonic()
        self._progress(0, None, name)
        try:
            yield stage
        except BaseException as failure:
            stage.say(failure.message if isinstance(failure, RetentionError) else _named(failure))
            stage.failed = True
            raise
        finally:
            took = round(time.monotonic() - began, 3)
            self._done.append(
                StageDone(
                    name=name, did=stage.did, failed=stage.failed, said=stage.said, result=stage.result, seconds=took
                )
            )

    @property
    def moved(self) -> tuple[Moved, ...]:
        every, one = self._effects, sorted({(schedule, series) for schedule, series, _ in self._effects})
        return tuple(
            Moved(schedule=at, series=key, captured=every[at, key, "captured"], purged=every[at, key, "purged"])
            for at, key in one
        )

    def ran(
        self,
        world: World,
        began_at: datetime,
        failure: BaseException | None,
        figures: Figures,
        rest: Rest,
        waiting: tuple[str, ...],
    ) -> Ran:
        """The run as it is kept, now that it has ended with this failure or without one."""
        told = failure if isinstance(failure, RetentionError) else None
        return Ran(
            city=world.city.city.name,
            rehearsal=world.rehearsal,
            began_at=began_at,
            ended_at=world.now(),
            good=failure is None or isinstance(failure, PartlyDone),
            exit_code=0 if failure is None else told.exit_code if told else 1,
            error=told.message if told else _named(failure) if failure else "",
            next_step=told.next_step if told else "",
            stages=tuple(self._done),
            waiting=waiting,
            totals=figures.totals,
            stays=figures.stays,
            held=figures.held,
            moved=self.moved,
            rests_on=rest.on,
            head=world.ledger.head[0],
        )


def _named(failure: BaseException) -> str:
    """What is said of a failure that is no error of ours: its name alone, for its words may be those of a message."""
    return "It was interrupted." if isinstance(failure, KeyboardInterrupt) else f"A bug: {type(failure).__name__}."


def figures_of(plan: Plan) -> Figures:
    """What the plan says of all mail."""
    tallies = [msgspec.structs.asdict(tally) for tally in plan.counts.values()]
    return Figures(
        totals={what: sum(tally[what] for tally in tallies) for what in ("seen", "kept", "held", "capture", "purge")},
        stays={group.why: group.count for group in plan.stays},
        held=plan.held,
    )


class _Kept(Struct, frozen=True):
    """What the next run reads of a run that is kept."""

    totals: dict[str, int] = {}
    stays: dict[str, int] = {}
    held: dict[str, int] = {}
    rests_on: str = ""
    head: int = -1


class Rest:
    """What the last good run's plan rested on: where none of it has moved, a new one would be the same.

    Where that cannot be told, it has moved.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._head = world.ledger.head[0]
        self._last = world.catalog.runs.last_good("run")
        self._kept = msgspec.convert(self._last.result, _Kept) if self._last else _Kept()
        self._by_hand = self._is_filed_by_hand()
        self.on = ""

    @property
    def figures(self) -> Figures:
        """What the last good run decided."""
        return Figures(totals=self._kept.totals, stays=self._kept.stays, held=self._kept.held)

    def has_moved(self, in_advance: frozenset[SeriesKey], changes: int) -> bool:
        """Whether anything a plan rests on is not as that run left it. ``changes``: what this run has read and filed.

        It must be asked before the plan is made: what somebody writes meanwhile is what the next run finds moved.

        Whatever anybody did by hand is in the ledger, but for a classification. Beside these this run has written its
        one entry, that the mailboxes were read; any more of them say that something was found.
        """
        self.on = self._now(in_advance)
        quiet = not changes and not self._by_hand and self._world.ledger.head[0] == self._head + 1
        return not quiet or self._head != self._kept.head or self.on != self._kept.rests_on

    def _is_filed_by_hand(self) -> bool:
        filed = self._world.catalog.runs.last().get("classify")
        return filed is not None and (self._last is None or filed.began_at > (self._last.ended_at or filed.began_at))

    def _now(self, in_advance: frozenset[SeriesKey]) -> str:
        world = self._world
        covered = [
            (row["address"], row["present"], row["trouble"], row["unread"], row["read_at"] is None)
            for row in world.catalog.coverage()
        ]
        settings = (world.rules, world.city.mail.removal)
        with world.ledger.still() as in_force:
            told = (in_force.events_revision, in_force.people_revision, len(in_force.reviewed))
        rest = (world.today, world.basis(), settings, world.filing_rules, sorted(in_advance), covered, told)
        return hashlib.sha256(msgspec.json.encode(rest, order="deterministic")).hexdigest()


def counted(number: int, noun: str, many: str = "") -> str:
    """``1 message``, ``2,000 messages``; ``many`` where an s does not make the plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {many or f'{noun}s'}"
