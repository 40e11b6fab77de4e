"""Runs and their deeds, over mail and over stored records, made again from the entries that are shown.

An entry that names another hold too is left unsaid: a row about it says so, and only its place in the chain is proven.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from retention.packet.verifier.chain import Entry
from retention.packet.verifier.days import Days
from retention.packet.verifier.life import Life
from retention.packet.verifier.tables import Table
from retention.packet.verifier.text import cell, instant

IN_ADVANCE = "approved in advance"
STARTS, ENDS = ("apply started", "destruction started"), ("apply ended", "destruction ended")
INTENTS, OUTCOMES = ("intent", "record deed"), ("outcome", "record outcome")
_APPROVED, _HELD = ("approved", IN_ADVANCE), ("hold asked", "hold kept")
DEEDS = (*_APPROVED, *_HELD, "stored", "record restored", *STARTS, *ENDS, *INTENTS, *OUTCOMES)
LEFT = ("captured", "purged", "destroyed")
FROM_START, NOT_NAMED = "from its start", "in force, and not named"
BEFORE, WAITS = "destroyed before", "in quarantine"


class Run:
    """One run that had the hold to ask."""

    def __init__(self, started: Entry, approved: str, asked: str) -> None:
        self.started, self.approved, self.asked = started, approved, asked
        self.versions, self.kept = "", 0
        self.counts: Counter[str] = Counter()
        self.end: Entry | None = None

    def row(self) -> list[str]:
        counts = [str(self.counts[what]) for what in (*LEFT, "blocked", "skipped")]
        begun = [str(self.started.n), instant(self.started.at), self.started.by]
        end = [str(self.end.n), instant(self.end.at), str(self.kept)] if self.end else ["", "", ""]
        holds = self.started.body["holds"]
        return [*begun, *stage(self.started), holds, self.approved, self.asked, self.versions, *counts, *end]


class Deed:
    """A deed that was begun: its first entry, and what the last one says."""

    def __init__(self, begun: Entry, said: dict[str, Any]) -> None:
        self.begun, self.said = begun, said
        stone = said.get("tombstone") or said
        self.series, self.place = str(stone.get("series", "")), str(said.get("place", ""))
        self.action = str(said.get("action", said.get("deed")))
        self.which = [said] if "mailbox" in said else list(stone.get("custody", ()))


class Apart:
    """A record that was put into quarantine or destroyed, in this entry and by this deed."""

    def __init__(self, entry: Entry, day: str, deed: Deed) -> None:
        self.entry, self.day, self.deed = entry, day, deed

    def row(self, state: str, which: list[dict[str, Any]]) -> list[str]:
        entry, body, deed = self.entry, self.entry.body, self.deed
        where = [str(entry.n), instant(entry.at), self.day, state, body["plan"], str(body["step"])]
        return [*where, *cells(which), deed.series, body["place"]]


class Deeds:
    """Takes in runs and deeds one by one, and has the tables compared."""

    def __init__(self, life: Life, days: Days, tables: dict[str, Table]) -> None:
        self.life, self.days, self.tables = life, days, tables
        self.runs: list[Run] = []
        self.run_of: dict[tuple[str, str], Run] = {}
        self.under_way: dict[tuple[str, str], Entry] = {}
        self.latest = ("", "")
        self.messages: dict[str, int] = {}
        self.approvals: dict[str, list[str]] = {}
        self.open: dict[tuple[str, int], Deed] = {}
        self.waiting: dict[str, Apart] = {}
        self.before: list[Apart] = []

    def take(self, entry: Entry, day: str) -> None:
        body, kind = entry.body, entry.kind
        if kind == "approved":
            self.approvals.setdefault(body["plan"], []).append(f"{entry.by} (entry {entry.n})")
        elif kind == IN_ADVANCE:
            said = f"{body['by']} (in advance, entry {body['entry']})"
            self.approvals.setdefault(body["plan"], []).append(said)
        elif kind in STARTS:
            self.started(entry, day)
        elif kind == "hold asked":
            self.asked(entry, day)
        elif kind in INTENTS:
            self.began(entry)
        elif kind in OUTCOMES:
            self.came_to(entry, day)
        elif kind == "hold kept":
            if self.life.is_named(body["name"]):
                # Told again after a crash, the last one before the end counts.
                self.messages[body["plan"]] = body["messages"]
        elif kind in ENDS:
            self.ended(entry)
        else:
            for place in body["places"] if kind == "record restored" else [body["place"]]:
                self.waiting.pop(place, None)

    def placed(self, entry: Entry) -> None:
        for key in self.under_way:
            self._list(key, f"from entry {entry.n} on, when it was placed")

    def started(self, entry: Entry, day: str) -> None:
        self.latest = key = stage(entry)
        self._over(key)
        self.run_of.pop(key, None)
        self.messages.pop(key[0], None)
        self.under_way[key] = entry
        self.days.count(day, "runs")
        if self.life.in_force(day):
            self._list(key, NOT_NAMED)

    def asked(self, entry: Entry, day: str) -> None:
        """The run that has just started names this hold as one that it asks."""
        key = self.latest
        if not self.life.is_named(entry.body["name"]) or key not in self.under_way or key[0] != entry.body["plan"]:
            return
        run = self.run_of.get(key) or self._list(key, NOT_NAMED)
        if run.asked != FROM_START:
            self.days.count(day, "asked")
        run.asked, run.versions = FROM_START, "+".join(map(str, entry.body["versions"]))

    def _list(self, key: tuple[str, str], asked: str) -> Run:
        run = Run(self.under_way[key], "; ".join(self.approvals.get(key[0], [])), asked)
        self.runs.append(run)
        self.run_of[key] = run
        return run

    def _over(self, key: tuple[str, str]) -> None:
        """Of the runs over mail, which have no stage, one is under way at most."""
        for one in list(self.under_way):
            if one == key or not (one[1] or key[1]):
                del self.under_way[one]

    def ended(self, entry: Entry) -> None:
        """An end that tells of mailboxes is of an older ledger: no row has it, for it is shown with the whole only."""
        key = stage(entry)
        self._over(key)
        older = entry.kind == "apply ended" and entry.body.get("counts")
        run = self.run_of.get(key)
        if run and run.end is None and not older:
            run.end, run.kept = entry, self.messages.pop(key[0], 0)

    def began(self, entry: Entry) -> None:
        key = (entry.body["plan"], entry.body["step"])
        self.open[key] = Deed(self.open[key].begun if key in self.open else entry, entry.body)

    def came_to(self, entry: Entry, day: str) -> None:
        body, result = entry.body, entry.body["result"]
        deed = self.open.pop((body["plan"], body["step"]), None)
        which = deed.which if deed else []
        if entry.kind == "outcome":
            address = which[0]["address"] if which else ""
            which = [{"mailbox": body["mailbox"], "address": address, "id": body["id"]}]
        since, mine = self.reached(day, which)
        where = [str(entry.n), instant(entry.at), day, body["plan"], str(body["step"])]
        series, place = (deed.series, deed.place) if deed else ("", "")
        if any(self.life.is_named(name) for name in body.get("holds", ())):
            self._blocked(stage(entry), day)
            self.tables["blocked"].take(*where, *cells(mine or which), series, place, body["answer"], "yes")
        elif since is not None and result in (*LEFT, "skipped"):
            self._count(stage(entry), result)
            if result in LEFT:
                self.days.count(day, "left")
                more = [*cells(mine), series, body.get("place", ""), *why(deed, since)]
                self.tables["deeds"].take(*where, result, *more)
        if entry.kind == "record outcome" and deed:
            self.stands(Apart(entry, day, deed), since)

    def stands(self, one: Apart, since: int | None) -> None:
        """Whether the record waits in quarantine from now on, or was destroyed where the hold did not reach yet."""
        result, place = one.entry.body["result"], one.entry.body["place"]
        if result in ("quarantined", "destroyed"):
            self.waiting.pop(place, None)
        if result == "quarantined":
            self.waiting[place] = one
        elif result == "destroyed" and since is None:
            self.before.append(one)

    def reached(self, day: str, which: list[dict[str, Any]]) -> tuple[int | None, list[dict[str, Any]]]:
        """Those of these mailboxes that the hold had reached by then, and the entry from which on the first was."""
        found = [(self.life.since(day, one["mailbox"], one["address"]), one) for one in which]
        entries = [entry for entry, _ in found if entry is not None]
        return (min(entries) if entries else None), [one for entry, one in found if entry is not None]

    def blocked_unsaid(self, entry: Entry, row: dict[str, str], day: str) -> bool:
        """Whether this entry, left unsaid, may be the outcome that the row speaks of: its intent is shown."""
        deed = self.open.pop((row["plan"], int(row["step"])), None)
        if deed is None:
            return False
        told = [row[key] for key in ("mailbox", "address", "id", "series", "place")]
        _, mine = self.reached(day, deed.which)
        if told != [cell(text) for text in (*cells(mine or deed.which), deed.series, deed.place)]:
            return False
        self._blocked((row["plan"], deed.said.get("deed", "")), day)
        return row["at (UTC)"] == instant(entry.at) and row["day"] == day

    def _blocked(self, key: tuple[str, str], day: str) -> None:
        self._count(key, "blocked")
        self.days.count(day, "blocked")

    def _count(self, key: tuple[str, str], what: str) -> None:
        if key in self.run_of:
            self.run_of[key].counts[what] += 1

    def finish(self, made_on: str) -> None:
        runs, unended, records = self.tables["runs"], self.tables["unended"], self.tables["records"]
        for run in self.runs:
            # In an older ledger, whether a run from before the hold had ended by then stands in an entry left unsaid.
            unknown = run.started.n < self.life.placed and runs.next.get("entry") != str(run.started.n)
            if not unknown:
                runs.take(*run.row())
        for (plan, step), deed in self.open.items():
            _, mine = self.reached(made_on, deed.which)
            if mine:
                begun = [str(deed.begun.n), instant(deed.begun.at)]
                unended.take(*begun, plan, step, deed.action, *cells(mine), deed.place)
        for gone in self.before:
            found = [(self.life.first(one["mailbox"], one["address"]), one) for one in gone.deed.which]
            later = [one for first, one in found if first is not None and gone.entry.n < first]
            if later:
                records.take(*gone.row(BEFORE, later))
        for one in self.waiting.values():
            _, mine = self.reached(made_on, one.deed.which)
            if mine:
                records.take(*one.row(WAITS, mine))


def stage(entry: Entry) -> tuple[str, str]:
    """The plan that an entry is about, and the stage of its destruction: empty where the plan is one over mail."""
    return entry.body["plan"], entry.body.get("stage", entry.body.get("deed", ""))


def cells(which: list[dict[str, Any]]) -> list[str]:
    """Mailboxes, addresses and ids: a record may have been captured from several mailboxes."""
    return ["; ".join(one[key] for one in which) for key in ("mailbox", "address", "id")]


def why(deed: Deed | None, since: int) -> list[str]:
    """The beginning of a deed, and whether that was before the hold reached the mailbox; the rest is given."""
    if deed is None:
        return ["", "", ""]
    return [str(deed.begun.n), "yes" if deed.begun.n < since else "no", ""]
