"""Runs and their deeds, made again from the entries that are shown.

An entry that names another hold too is left unsaid: a row about it says so, and only its place in the chain is proven.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from retention.packet.verifier.chain import Entry
from retention.packet.verifier.days import Days
from retention.packet.verifier.life import Life
from retention.packet.verifier.tables import Table
from retention.packet.verifier.text import instant

DEEDS = ("approved", "apply started", "hold asked", "intent", "outcome", "hold kept", "apply ended")
LEFT = ("captured", "purged")
FROM_START, NOT_NAMED = "from its start", "in force, and not named"


class Run:
    """One run that had the hold to ask."""

    def __init__(self, started: Entry, approved: str, asked: str) -> None:
        self.started, self.approved, self.asked = started, approved, asked
        self.versions, self.kept = "", 0
        self.counts: Counter[str] = Counter()
        self.end: Entry | None = None

    def row(self) -> list[str]:
        counts = [str(self.counts[what]) for what in (*LEFT, "blocked", "skipped")]
        plan, holds = self.started.body["plan"], self.started.body["holds"]
        begun = [str(self.started.n), instant(self.started.at), self.started.by]
        end = [str(self.end.n), instant(self.end.at), str(self.kept)] if self.end else ["", "", ""]
        return [*begun, plan, holds, self.approved, self.asked, self.versions, *counts, *end]


class Deed:
    """A deed that was begun: its first entry, and what the last one says."""

    def __init__(self, begun: Entry, intent: dict[str, Any]) -> None:
        self.begun, self.intent = begun, intent


class Deeds:
    """Takes in runs and deeds one by one, and has the tables compared."""

    def __init__(self, life: Life, days: Days, tables: dict[str, Table]) -> None:
        self.life, self.days, self.tables = life, days, tables
        self.runs: list[Run] = []
        self.run_of: dict[str, Run] = {}
        self.latest: Entry | None = None
        self.approvals: dict[str, list[str]] = {}
        self.open: dict[tuple[str, int], Deed] = {}

    def take(self, entry: Entry, day: str) -> None:
        if entry.kind == "approved":
            self.approvals.setdefault(entry.body["plan"], []).append(f"{entry.by} (entry {entry.n})")
        elif entry.kind == "apply started":
            self.started(entry, day)
        elif entry.kind == "hold asked":
            self.asked(entry, day)
        elif entry.kind == "intent":
            self.began(entry)
        elif entry.kind == "outcome":
            self.came_to(entry, day)
        elif entry.kind == "hold kept":
            self.kept(entry)
        else:
            self.ended(entry)

    def placed(self, entry: Entry) -> None:
        if self.latest:
            self._list(self.latest, f"from entry {entry.n} on, when it was placed")

    def started(self, entry: Entry, day: str) -> None:
        self.latest = entry
        self.days.count(day, "runs")
        if self.life.in_force(day):
            self._list(entry, NOT_NAMED)

    def asked(self, entry: Entry, day: str) -> None:
        """The run that has just started names this hold as one that it asks."""
        plan = entry.body["plan"]
        if not self.life.is_named(entry.body["name"]) or not self.latest or self.latest.body["plan"] != plan:
            return
        run = self.run_of.get(plan)
        if run is None or run.started is not self.latest:
            run = self._list(self.latest, NOT_NAMED)
        if run.asked != FROM_START:
            self.days.count(day, "asked")
        run.asked, run.versions = FROM_START, "+".join(map(str, entry.body["versions"]))

    def _list(self, started: Entry, asked: str) -> Run:
        plan = started.body["plan"]
        run = Run(started, "; ".join(self.approvals.get(plan, [])), asked)
        self.runs.append(run)
        self.run_of[plan] = run
        return run

    def kept(self, entry: Entry) -> None:
        """Told again after a crash, the last one before the end counts."""
        run = self.run_of.get(entry.body["plan"])
        if run and run.end is None and self.life.is_named(entry.body["name"]):
            run.kept = entry.body["messages"]

    def ended(self, entry: Entry) -> None:
        """An end that tells of mailboxes is of an older ledger: no row has it, for it is shown with the whole only."""
        self.latest = None
        run = self.run_of.get(entry.body["plan"])
        if run and run.end is None and not entry.body.get("counts"):
            run.end = entry

    def began(self, entry: Entry) -> None:
        key = (entry.body["plan"], entry.body["step"])
        self.open[key] = Deed(self.open[key].begun if key in self.open else entry, entry.body)

    def came_to(self, entry: Entry, day: str) -> None:
        body = entry.body
        deed = self.open.pop((body["plan"], body["step"]), None)
        address = deed.intent["address"] if deed else ""
        since = self.life.since(day, body["mailbox"], address)
        where = [str(entry.n), instant(entry.at), day, body["plan"], str(body["step"])]
        which = [body["mailbox"], address, body["id"]]
        if any(self.life.is_named(name) for name in body.get("holds", ())):
            self._blocked(body["plan"], day)
            self.tables["blocked"].take(*where, *which, body["answer"], "yes")
        elif since is not None and body["result"] in (*LEFT, "skipped"):
            self._count(body["plan"], body["result"])
            if body["result"] in LEFT:
                self.days.count(day, "left")
                self.tables["deeds"].take(*where, body["result"], *which, *why(deed, since))

    def blocked_unsaid(self, entry: Entry, row: dict[str, str], day: str) -> bool:
        """Whether this entry, left unsaid, may be the outcome that the row speaks of: its intent is shown."""
        deed = self.open.pop((row["plan"], int(row["step"])), None)
        which = {key: row[key] for key in ("mailbox", "address", "id")}
        if deed is None or any(deed.intent[key] != value for key, value in which.items()):
            return False
        self._blocked(row["plan"], day)
        return row["at (UTC)"] == instant(entry.at) and row["day"] == day

    def _blocked(self, plan: str, day: str) -> None:
        self._count(plan, "blocked")
        self.days.count(day, "blocked")

    def _count(self, plan: str, what: str) -> None:
        if plan in self.run_of:
            self.run_of[plan].counts[what] += 1

    def finish(self, made_on: str) -> None:
        runs, unended = self.tables["runs"], self.tables["unended"]
        for run in self.runs:
            # In an older ledger, whether a run from before the hold had ended by then stands in an entry left unsaid.
            unknown = run.started.n < self.life.placed and runs.next.get("entry") != str(run.started.n)
            if not unknown:
                runs.take(*run.row())
        for (plan, step), deed in self.open.items():
            which = [deed.intent[key] for key in ("action", "mailbox", "address", "id")]
            if self.life.since(made_on, which[1], which[2]) is not None:
                unended.take(deed.begun.n, instant(deed.begun.at), plan, step, *which)


def why(deed: Deed | None, since: int) -> list[str]:
    """Series and beginning of a deed, and whether that was before the hold reached the mailbox; the rest is given."""
    if deed is None:
        return ["", "", "", ""]
    return [deed.intent["series"], str(deed.begun.n), "yes" if deed.begun.n < since else "no", ""]
