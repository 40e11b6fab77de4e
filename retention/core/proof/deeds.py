"""Deeds, as far as they concern one hold: what it stopped, and what left mailboxes it had reached or was destroyed.

Whether a hold covers a message is decided in ``core/hold``; here only the ledger's word is gathered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from retention.core.audit import Entry, Intent, Outcome, Stored
from retention.core.destruction import RecordDeed, RecordOutcome, RecordRestored
from retention.core.proof.days import Days
from retention.core.proof.life import Cover, Life
from retention.core.proof.runs import LEFT, Runs, instant
from retention.core.proof.showing import Marks
from retention.core.proof.tables import BEFORE, NO, WAITS, YES, Row

DEEDS = Intent | Stored | Outcome | RecordDeed | RecordOutcome | RecordRestored

Which = tuple[str, str, str]
"""A mailbox's id, its address, and the message's id in it."""

Allowed = Callable[[str, str, tuple[Cover, ...]], str]
"""Why a deed in a mailbox (its id, the message's id) that these versions had reached was allowed, as far as known."""


@dataclass
class _Deed:
    """A deed that was begun: its entries so far, of an interrupted run too."""

    told: Intent | RecordDeed
    begun: Entry
    entries: list[int]

    @property
    def which(self) -> tuple[Which, ...]:
        """From which mailboxes it is, or was captured."""
        if isinstance(self.told, Intent):
            return ((self.told.mailbox, self.told.address, self.told.id),)
        stone = self.told.tombstone
        return tuple((one.mailbox, one.address, one.id) for one in (stone.custody if stone else self.told.custody))

    @property
    def series(self) -> str:
        stone = self.told.tombstone if isinstance(self.told, RecordDeed) else None
        return stone.series if stone else self.told.series

    @property
    def place(self) -> str:
        return self.told.place if isinstance(self.told, RecordDeed) else ""


@dataclass
class _Apart:
    """A record that was put into quarantine or destroyed: the entry that says so, and the row's first cells."""

    n: int
    at: str
    day: str
    told: RecordOutcome
    deed: _Deed

    def row(self, state: str, which: tuple[Which, ...]) -> Row:
        step = (self.told.plan, str(self.told.step))
        return str(self.n), self.at, self.day, state, *step, *cells(which), self.deed.series, self.told.place


class Deeds:
    """All deeds of a ledger, taken in one by one.

    ``ever`` says of a mailbox's id and address whether the hold reaches it at any time: of others nothing is kept.
    """

    def __init__(
        self, life: Life, marks: Marks, days: Days, runs: Runs, allowed: Allowed, ever: Callable[[str, str], bool]
    ) -> None:
        self._life, self._marks, self._days, self._runs = life, marks, days, runs
        self._allowed, self._ever = allowed, ever
        self._open: dict[tuple[str, int], _Deed] = {}
        self._waiting: dict[str, _Apart] = {}
        self._before: list[_Apart] = []

    def take(self, entry: Entry, told: DEEDS, day: date) -> Iterator[tuple[str, Row]]:
        match told:
            case Intent() | RecordDeed():
                deed = self._open.get((told.plan, told.step))
                begun, entries = (deed.begun, deed.entries) if deed else (entry, [])
                self._open[told.plan, told.step] = _Deed(told, begun, [*entries, entry.n])
            case Stored():
                self._waiting.pop(told.place, None)
                if deed := self._open.get((told.plan, told.step)):
                    deed.entries.append(entry.n)
            case RecordRestored(places=places):
                for place in places:
                    self._waiting.pop(place, None)
            case Outcome() | RecordOutcome():
                yield from self._came_to(entry, told, day)

    def _came_to(self, entry: Entry, told: Outcome | RecordOutcome, day: date) -> Iterator[tuple[str, Row]]:
        deed = self._open.pop((told.plan, told.step), None)
        which = deed.which if deed else ()
        if isinstance(told, Outcome):
            which = ((told.mailbox, which[0][1] if which else "", told.id),)
        since, mine = self._reached(day, which)
        key = (told.plan, told.deed if isinstance(told, RecordOutcome) else "")
        where = (str(entry.n), instant(entry), str(day), told.plan, str(told.step))
        series, place = (deed.series, deed.place) if deed else ("", "")
        if any(self._life.is_named(name) for name in told.holds):
            self._say(deed)
            shown = self._marks.withhold() if set(told.holds) != {self._life.name} else True
            if shown:
                self._marks.say(entry.n)
            self._runs.count(key, "blocked")
            self._days.count(day, "blocked")
            because = told.answer if shown else ""
            yield "blocked", (*where, *cells(mine or which), series, place, because, YES if shown else NO)
        elif since is not None and told.result in (*LEFT, "skipped"):
            self._say(deed)
            self._marks.say(entry.n)
            self._runs.count(key, told.result)
            if told.result in LEFT:
                self._days.count(day, "left")
                why = self._why(deed, mine, since, day)
                yield "deeds", (*where, told.result, *cells(mine), series, told.place, *why)
        if isinstance(told, RecordOutcome) and deed:
            self._stands(_Apart(entry.n, instant(entry), str(day), told, deed), since)

    def _stands(self, one: _Apart, since: int | None) -> None:
        """Whether the record waits in quarantine from now on, or was destroyed where the hold did not reach yet."""
        if one.told.result in ("quarantined", "destroyed"):
            self._waiting.pop(one.told.place, None)
        if one.told.result == "quarantined":
            self._waiting[one.told.place] = one
        elif one.told.result == "destroyed" and since is None and any(self._ever(*of[:2]) for of in one.deed.which):
            self._before.append(one)

    def _reached(self, day: date, which: tuple[Which, ...]) -> tuple[int | None, tuple[Which, ...]]:
        """Those of these mailboxes that the hold had reached by then, and the entry from which on the first was."""
        found = [(self._life.since(day, one[0], one[1]), one) for one in which]
        since = min((entry for entry, _ in found if entry is not None), default=None)
        return since, tuple(one for entry, one in found if entry is not None)

    def _why(self, deed: _Deed | None, mine: tuple[Which, ...], since: int, day: date) -> Row:
        """Where it began, whether that was before the hold reached the mailbox, and why it was allowed."""
        if deed is None:
            return "", "", ""
        under_way = YES if deed.begun.n < since else NO
        covers = self._life.in_force(day)
        allowed = dict.fromkeys(self._allowed(mailbox, id_, covers) for mailbox, _, id_ in mine)
        return str(deed.begun.n), under_way, "; ".join(allowed)

    def _say(self, deed: _Deed | None) -> None:
        if deed:
            self._marks.say(*deed.entries)

    def unended(self, day: date) -> Iterator[Row]:
        """Deeds in mailboxes that the hold reaches, begun and with no end written."""
        for (plan, step), deed in self._open.items():
            _, mine = self._reached(day, deed.which)
            if not mine:
                continue
            self._say(deed)
            begun = (str(deed.begun.n), instant(deed.begun))
            action = deed.told.action if isinstance(deed.told, Intent) else deed.told.deed
            yield *begun, plan, str(step), action, *cells(mine), deed.place

    def records(self, day: date) -> Iterator[Row]:
        """Records from its mailboxes that were destroyed before it reached them, and those that wait in quarantine."""
        for gone in self._before:
            found = ((self._life.first(one[0], one[1]), one) for one in gone.deed.which)
            later = tuple(one for first, one in found if first is not None and gone.n < first)
            if later:
                yield self._apart(gone, BEFORE, later)
        for waiting in self._waiting.values():
            _, mine = self._reached(day, waiting.deed.which)
            if mine:
                yield self._apart(waiting, WAITS, mine)

    def _apart(self, one: _Apart, state: str, which: tuple[Which, ...]) -> Row:
        self._say(one.deed)
        self._marks.say(one.n)
        return one.row(state, which)


def cells(which: tuple[Which, ...]) -> Row:
    """Mailboxes, addresses and ids: a record may have been captured from several mailboxes."""
    return "; ".join(one[0] for one in which), "; ".join(one[1] for one in which), "; ".join(one[2] for one in which)
