"""Runs and their deeds, as far as they concern one hold: what it stopped, and what left mailboxes that it had reached.

Whether a hold covers a message is decided in ``core/hold``; here only the ledger's word is gathered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from retention.core.audit import Approved, Ended, Entry, HoldAsked, HoldKept, Intent, Outcome, Started, Stored
from retention.core.proof.days import Days
from retention.core.proof.life import Cover, Life
from retention.core.proof.showing import Marks
from retention.core.proof.tables import NO, YES, Row

DEEDS = Approved | Started | HoldAsked | Intent | Stored | Outcome | HoldKept | Ended
LEFT = ("captured", "purged")
FROM_START, NOT_NAMED = "from its start", "in force, and not named"

Allowed = Callable[[Intent, tuple[Cover, ...]], str]
"""Why a deed in a mailbox that these versions had reached was allowed, as far as it is known."""


@dataclass
class _Run:
    started: Entry
    plan: str
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
        return *started, self.plan, self.holds, self.approved, self.asked, self.versions, *counts, *end


@dataclass
class _Deed:
    """A deed that was begun: its entries so far, of an interrupted run too."""

    intent: Intent
    begun: Entry
    entries: list[int]


class Deeds:
    """All runs and deeds of a ledger, taken in one by one."""

    def __init__(self, life: Life, marks: Marks, days: Days, allowed: Allowed) -> None:
        self._life, self._marks, self._days, self._allowed = life, marks, days, allowed
        self._runs: list[_Run] = []
        self._run_of: dict[str, _Run] = {}
        self._latest: tuple[Entry, Started] | None = None
        self._approvals: dict[str, list[str]] = {}
        self._open: dict[tuple[str, int], _Deed] = {}

    def placed(self, entry: Entry) -> None:
        """The hold was placed in this entry: a run that was under way has it to ask from now on."""
        if self._latest:
            self._list(*self._latest, f"from entry {entry.n} on, when it was placed")

    def take(self, entry: Entry, told: DEEDS, day: date) -> Iterator[tuple[str, Row]]:
        match told:
            case Approved(plan=plan):
                self._marks.say(entry.n)
                self._approvals.setdefault(plan, []).append(f"{entry.by} (entry {entry.n})")
            case Started():
                self._start(entry, told, day)
            case HoldAsked() if self._life.is_named(told.name):
                self._ask(entry, told, day)
            case HoldKept() if self._life.is_named(told.name):
                self._keep(entry, told)
            case Ended():
                self._end(entry, told)
            case Intent():
                deed = self._open.get((told.plan, told.step))
                begun, entries = (deed.begun, deed.entries) if deed else (entry, [])
                self._open[told.plan, told.step] = _Deed(told, begun, [*entries, entry.n])
            case Stored():
                if deed := self._open.get((told.plan, told.step)):
                    deed.entries.append(entry.n)
            case Outcome():
                yield from self._came_to(entry, told, day)

    def _start(self, entry: Entry, told: Started, day: date) -> None:
        self._marks.say(entry.n)
        self._latest = entry, told
        self._days.count(day, "runs")
        if self._life.in_force(day):
            self._list(entry, told, NOT_NAMED)

    def _ask(self, entry: Entry, told: HoldAsked, day: date) -> None:
        """The run that has just started has this hold to ask: an entry of its own says so."""
        self._marks.say(entry.n)
        if self._latest is None or self._latest[1].plan != told.plan:
            return
        run = self._run_of.get(told.plan)
        if run is None or run.started is not self._latest[0]:
            run = self._list(*self._latest, NOT_NAMED)
        if run.asked != FROM_START:
            self._days.count(day, "asked")
        run.asked, run.versions = FROM_START, "+".join(map(str, told.versions))

    def _list(self, entry: Entry, told: Started, asked: str) -> _Run:
        approved = "; ".join(self._approvals.get(told.plan, ()))
        run = _Run(entry, told.plan, told.holds, approved, asked)
        self._runs.append(run)
        self._run_of[told.plan] = run
        return run

    def _keep(self, entry: Entry, told: HoldKept) -> None:
        """What is told last before the run's end counts: a crash may have come between."""
        self._marks.say(entry.n)
        run = self._run_of.get(told.plan)
        if run and run.end is None:
            run.kept = told.messages

    def _end(self, entry: Entry, told: Ended) -> None:
        self._latest = None
        # Older ledgers say here whose mail is held, by whatever hold: such an end is left unsaid, and not told.
        if told.counts and not self._marks.withhold():
            return
        self._marks.say(entry.n)
        run = self._run_of.get(told.plan)
        if run and run.end is None and not told.counts:
            run.end = entry

    def _came_to(self, entry: Entry, told: Outcome, day: date) -> Iterator[tuple[str, Row]]:
        deed = self._open.pop((told.plan, told.step), None)
        counts = self._run_of[told.plan].counts if told.plan in self._run_of else Counter[str]()
        address = deed.intent.address if deed else ""
        since = self._life.since(day, told.mailbox, address)
        where = (str(entry.n), instant(entry), str(day), told.plan, str(told.step))
        if any(self._life.is_named(name) for name in told.holds):
            self._say(deed)
            shown = self._marks.withhold() if set(told.holds) != {self._life.name} else True
            if shown:
                self._marks.say(entry.n)
            counts["blocked"] += 1
            self._days.count(day, "blocked")
            because = told.answer if shown else ""
            yield "blocked", (*where, told.mailbox, address, told.id, because, YES if shown else NO)
        elif since is not None and told.result in (*LEFT, "skipped"):
            self._say(deed)
            self._marks.say(entry.n)
            counts[told.result] += 1
            if told.result in LEFT:
                self._days.count(day, "left")
                yield "deeds", (*where, told.result, told.mailbox, address, told.id, *self._why(deed, since, day))

    def _why(self, deed: _Deed | None, since: int, day: date) -> Row:
        """The series, where it began, whether that was before the hold reached the mailbox, and why it was allowed."""
        if deed is None:
            return "", "", "", ""
        under_way = YES if deed.begun.n < since else NO
        return (
            deed.intent.series,
            str(deed.begun.n),
            under_way,
            self._allowed(deed.intent, self._life.in_force(day)),
        )

    def _say(self, deed: _Deed | None) -> None:
        if deed:
            self._marks.say(*deed.entries)

    def runs(self) -> Iterator[Row]:
        """Every run that had this hold to ask."""
        yield from (run.row() for run in self._runs)

    def unended(self, day: date) -> Iterator[Row]:
        """Deeds in mailboxes that the hold reaches, begun and with no end written."""
        for (plan, step), deed in self._open.items():
            intent = deed.intent
            if self._life.since(day, intent.mailbox, intent.address) is None:
                continue
            self._say(deed)
            begun = (str(deed.begun.n), instant(deed.begun))
            yield *begun, plan, str(step), intent.action, intent.mailbox, intent.address, intent.id


def instant(entry: Entry) -> str:
    """When it was written, in whole seconds of UTC."""
    return f"{entry.at:%Y-%m-%d %H:%M:%S}"
