"""Runs, as far as they concern one hold: over mail, and the stages of a destruction of stored records.

What became of single messages and records is gathered in ``deeds.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from retention.core.audit import Approved, Ended, Entry, HoldAsked, HoldKept, Started
from retention.core.destruction import DestructionEnded, DestructionStarted
from retention.core.proof.days import Days
from retention.core.proof.life import Life
from retention.core.proof.showing import Marks
from retention.core.proof.tables import Row
from retention.core.standing import ApprovedInAdvance, StandingApproved

_APPROVALS = Approved | StandingApproved | ApprovedInAdvance
RUNS = _APPROVALS | Started | DestructionStarted | HoldAsked | HoldKept | Ended | DestructionEnded
LEFT = ("captured", "purged", "destroyed")
FROM_START, NOT_NAMED = "from its start", "in force, and not named"

Key = tuple[str, str]
"""A plan, and the stage of its destruction: empty where the plan is one over mail."""


@dataclass
class _Run:
    started: Entry
    key: Key
    holds: str
    approved: str
    asked: str
    versions: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    end: Entry | None = None
    kept: int = 0

    def row(self) -> Row:
        counts = (str(self.counts[what]) for what in (*LEFT, "blocked", "skipped"))
        end = (str(self.end.n), instant(self.end), str(self.kept)) if self.end else ("", "", "")
        started = (str(self.started.n), instant(self.started), self.started.by)
        return *started, *self.key, self.holds, self.approved, self.asked, self.versions, *counts, *end


class Runs:
    """All runs of a ledger, taken in one by one.

    A run over mail that was cut off is begun again by the next one; a stage that was cut off goes on without a word.
    """

    def __init__(self, life: Life, marks: Marks, days: Days) -> None:
        self._life, self._marks, self._days = life, marks, days
        self._listed: list[_Run] = []
        self._run_of: dict[Key, _Run] = {}
        self._under_way: dict[Key, tuple[Entry, Started | DestructionStarted]] = {}
        self._latest: Key | None = None
        self._approvals: dict[str, list[str]] = {}
        self._kept: dict[str, int] = {}

    def placed(self, entry: Entry) -> None:
        """The hold was placed in this entry: a run that was under way has it to ask from now on."""
        for key in self._under_way:
            self._list(key, f"from entry {entry.n} on, when it was placed")

    def take(self, entry: Entry, told: RUNS, day: date) -> None:
        match told:
            case Approved(plan=plan):
                self._marks.say(entry.n)
                self._approvals.setdefault(plan, []).append(f"{entry.by} (entry {entry.n})")
            case StandingApproved():
                self._marks.say(entry.n)
            case ApprovedInAdvance(plan=plan, entry=n, by=by):
                self._marks.say(entry.n)
                self._approvals.setdefault(plan, []).append(f"{by} (in advance, entry {n})")
            case Started() | DestructionStarted():
                self._start(entry, told, day)
            case HoldAsked() if self._life.is_named(told.name):
                self._ask(entry, told, day)
            case HoldKept() if self._life.is_named(told.name):
                # What is told last before the run's end counts: a crash may have come between.
                self._marks.say(entry.n)
                self._kept[told.plan] = told.messages
            case Ended() | DestructionEnded():
                self._end(entry, told)

    def count(self, key: Key, what: str) -> None:
        """A deed of this run came to this."""
        if key in self._run_of:
            self._run_of[key].counts[what] += 1

    def rows(self) -> Iterator[Row]:
        """Every run that had this hold to ask."""
        yield from (run.row() for run in self._listed)

    def _start(self, entry: Entry, told: Started | DestructionStarted, day: date) -> None:
        self._marks.say(entry.n)
        key = _key(told)
        self._over(key)
        self._run_of.pop(key, None)
        self._kept.pop(told.plan, None)
        self._under_way[key] = entry, told
        self._latest = key
        self._days.count(day, "runs")
        if self._life.in_force(day):
            self._list(key, NOT_NAMED)

    def _ask(self, entry: Entry, told: HoldAsked, day: date) -> None:
        """The run that has just started has this hold to ask: an entry of its own says so."""
        self._marks.say(entry.n)
        key = self._latest
        if key is None or key not in self._under_way or key[0] != told.plan:
            return
        run = self._run_of.get(key) or self._list(key, NOT_NAMED)
        if run.asked != FROM_START:
            self._days.count(day, "asked")
        run.asked, run.versions = FROM_START, "+".join(map(str, told.versions))

    def _list(self, key: Key, asked: str) -> _Run:
        entry, told = self._under_way[key]
        run = _Run(entry, key, told.holds, "; ".join(self._approvals.get(told.plan, ())), asked)
        self._listed.append(run)
        self._run_of[key] = run
        return run

    def _over(self, key: Key) -> None:
        """Of the runs over mail, one is under way at most."""
        mail = not key[1]
        self._under_way = {
            one: told for one, told in self._under_way.items() if one != key and not (mail and not one[1])
        }

    def _end(self, entry: Entry, told: Ended | DestructionEnded) -> None:
        key = _key(told)
        self._over(key)
        # Older ledgers say here whose mail is held, by whatever hold: such an end is left unsaid, and not told.
        # The end of a stage counts its records together, of whosever mailboxes.
        older = isinstance(told, Ended) and bool(told.counts)
        if older and not self._marks.withhold():
            return
        self._marks.say(entry.n)
        run = self._run_of.get(key)
        if run and run.end is None and not older:
            run.end, run.kept = entry, self._kept.pop(told.plan, 0)


def _key(told: Started | DestructionStarted | Ended | DestructionEnded) -> Key:
    return told.plan, told.stage if isinstance(told, DestructionStarted | DestructionEnded) else ""


def instant(entry: Entry) -> str:
    """When it was written, in whole seconds of UTC."""
    return f"{entry.at:%Y-%m-%d %H:%M:%S}"
