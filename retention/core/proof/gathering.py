"""Gathering a proof: every entry of the ledger is taken in once, and gives the rows of the tables that it proves.

Where the ledger lies and how a packet is written is not known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.core import statement
from retention.core.audit import Entry, Founded, Proved, Refused, SyncEnded, Torn
from retention.core.authority import hold_act
from retention.core.hold import HoldPlaced, State
from retention.core.notice import CustodianAcknowledged, CustodianNoticed
from retention.core.person import PersonRecorded
from retention.core.preserved import Collected, CopyGone, CopyToGo, HeldVanished, Preserved, VanishedAcknowledged
from retention.core.proof.days import Days, Period, standing, unread
from retention.core.proof.deeds import DEEDS, Allowed, Deeds
from retention.core.proof.life import LIFE, Life, is_bound
from retention.core.proof.runs import FROM_START, RUNS, Runs, instant
from retention.core.proof.showing import Marks
from retention.core.proof.tables import BEFORE, NO, SEALED, WAITS, YES, Row

Rows = Iterator[tuple[str, Row]]

_RAN = RUNS | DEEDS
_COPIES = Preserved | Collected | CopyToGo | CopyGone
_VANISHED = HeldVanished | VanishedAcknowledged
_NOTICES = CustodianNoticed | CustodianAcknowledged


class Beside(Struct, frozen=True, kw_only=True):
    """What is said beside the ledger, by settings and catalog: none of it is proven by an entry.

    ``office`` says which offices somebody held on a day; ``known_as`` whose an address or a mailbox's id is, for
    reading; ``addresses`` are those of each mailbox the hold has reached, by its id; ``command`` checks a signature.
    """

    office: Callable[[str, date], str]
    known_as: Callable[[str], str]
    allowed: Allowed
    command: Callable[[Entry], str]
    addresses: Mapping[str, tuple[str, ...]]


class Gathering:
    """The proof of one hold in the making. ``state`` is the hold as it is now.

    ``add`` takes the ledger's entries in order; ``finish`` gives the rows that only the last entry decides. ``marks``
    then say which entries are shown.
    """

    def __init__(
        self,
        state: State,
        *,
        zone: ZoneInfo,
        period: Period,
        made_on: date,
        trusted: Callable[[int], bool],
        beside: Beside,
        whole: bool = False,
    ) -> None:
        self._state, self._zone, self._period, self._made_on = state, zone, period, made_on
        self._trusted, self._beside = trusted, beside
        self.life = Life(state.hold.name, state.history[0].entry, trusted)
        self._people, self._boxes = _reached(state)
        self._anybody = not all(is_bound(version.scope) for version in state.versions)
        self.marks = Marks(whole)
        self.signed: list[Entry] = []
        self.city, self.rehearsal = "", False
        self._days = Days(period)
        self._runs = Runs(self.life, self.marks, self._days)
        self._deeds = Deeds(self.life, self.marks, self._days, self._runs, beside.allowed, self._ever)
        self._counts: Counter[str] = Counter()
        self._noticed: set[str] = set()
        self._acknowledged: set[str] = set()
        self._copies: set[str] = set()
        self._vanished: set[int] = set()

    def add(self, entry: Entry) -> Rows:
        """The rows that this entry proves."""
        self.marks.begin(entry.n)
        for table, row in self._rows(entry):
            self._counts[table] += 1
            self._count(table, row)
            yield table, row
        if entry.signature and self.marks.is_said(entry.n):
            self.signed.append(entry)
            yield "signatures", (str(entry.n), entry.by, _act(entry), self._beside.command(entry))

    def _rows(self, entry: Entry) -> Rows:
        day = self._on(entry.at)
        match entry.body:
            case Founded(city=city):
                self.city, self.rehearsal = city, entry.rehearsal
                self.marks.say(entry.n)
            case body if isinstance(body, get_args(LIFE)):
                self._lives(entry, body)
            case body if isinstance(body, get_args(_RAN)):
                yield from self._ran(entry, body, day)
            case SyncEnded() as told:
                yield from self._synchronised(entry, told, day)
            case PersonRecorded(person=person):
                if not self._people.isdisjoint(person.every_address):
                    self.marks.say(entry.n)
            case body if isinstance(body, get_args(_NOTICES)):
                yield from self._notice(entry, body)
            case body if isinstance(body, get_args(_COPIES)):
                yield from self._copy(entry, body)
            case body if isinstance(body, get_args(_VANISHED)):
                yield from self._vanish(entry, body, day)
            case Refused(act=act, why=why) if self.life.begun and act == hold_act(self._state.hold.kind):
                yield from self._shown(entry, "refused", entry.by, why)
            case Torn(line=line):
                yield from self._shown(entry, "torn", line)
            case Proved(name=name, manifest=manifest) if self.life.is_named(name):
                yield from self._shown(entry, "proofs", entry.by, manifest)

    def _ran(self, entry: Entry, told: _RAN, day: date) -> Rows:
        if isinstance(told, RUNS):
            self._runs.take(entry, told, day)
        else:
            yield from self._deeds.take(entry, told, day)

    def _shown(self, entry: Entry, table: str, *cells: object) -> Rows:
        """A row of an entry that belongs to this proof."""
        self.marks.say(entry.n)
        yield table, (str(entry.n), instant(entry), *map(str, cells))

    def _lives(self, entry: Entry, told: LIFE) -> None:
        if self.life.take(entry, told):
            self.marks.say(entry.n)
            if isinstance(told, HoldPlaced):
                self._runs.placed(entry)

    def _synchronised(self, entry: Entry, told: SyncEnded, day: date) -> Rows:
        self.marks.say(entry.n)
        found = [address for address in sorted(told.unreadable) if self._may_reach(address, day)]
        self._days.synchronised(day, told.mailboxes, found)
        for address in found:
            yield "unreadable", (str(entry.n), instant(entry), str(day), address, told.unreadable[address])

    def _may_reach(self, address: str, day: date) -> bool:
        for cover in self.life.in_force(day):
            known = self._beside.addresses
            if (
                cover.anybody
                or address in cover.addresses
                or any(address in known.get(box, ()) for box in cover.mailboxes)
            ):
                return True
        return False

    def _notice(self, entry: Entry, told: _NOTICES) -> Rows:
        if not self.life.is_named(told.hold):
            return
        if isinstance(told, CustodianNoticed):
            self._noticed.add(told.to)
            kind = "reminder" if told.reminder else "notice"
            yield from self._shown(entry, "notices", told.to, kind, told.answer_by, told.digest)
        else:
            self._acknowledged.add(told.custodian)
            yield from self._shown(entry, "acknowledgements", entry.by, told.custodian, told.on, told.how)

    def _copy(self, entry: Entry, told: _COPIES) -> Rows:
        match told:
            case Preserved() if self.life.is_named(told.hold):
                self._copies.add(told.digest)
                self.marks.say(entry.n)
            case Collected() if self.life.is_named(told.hold):
                failed = "; ".join(f"{why}: {count}" for why, count in sorted(told.failed.items()))
                yield from self._shown(entry, "collections", told.covered, told.copied, told.had, failed)
            case CopyToGo(digests=digests, reason=reason) if mine := self._copies.intersection(digests):
                # The copies of other matters may be destroyed by the same act.
                shown = self._copies.issuperset(digests) or self.marks.withhold()
                if shown:
                    self.marks.say(entry.n)
                cells = (entry.by if shown else "", str(len(mine)), reason if shown else "", YES if shown else NO)
                yield "discarded", (str(entry.n), instant(entry), *cells)
            case CopyGone(digests=digests) if self._copies.issuperset(digests):
                self.marks.say(entry.n)

    def _vanish(self, entry: Entry, told: _VANISHED, day: date) -> Rows:
        if isinstance(told, VanishedAcknowledged):
            if mine := sorted(self._vanished.intersection(told.entries)):
                # The mail of other matters may be answered for in the same act.
                shown = self._vanished.issuperset(told.entries) or self.marks.withhold()
                if shown:
                    self.marks.say(entry.n)
                by, reason = (entry.by, told.reason) if shown else ("", "")
                answered = "; ".join(map(str, mine))
                yield "answers", (str(entry.n), instant(entry), by, answered, reason, YES if shown else NO)
            return
        if not any(self.life.is_named(name) for name in told.holds):
            return
        shown = self.marks.withhold() if set(told.holds) != {self.life.name} else True
        if shown:
            self.marks.say(entry.n)
        self._vanished.add(entry.n)
        self._days.count(day, "vanished")
        which = (told.mailbox, told.address, told.id)
        seen, missed = f"{told.seen_at:%Y-%m-%d %H:%M:%S}", f"{told.missed_at:%Y-%m-%d %H:%M:%S}"
        copy = f"{told.copy} (of an earlier version)" if told.outdated else told.copy
        cells = (str(entry.n), instant(entry), str(day), *which, seen, missed, copy, YES if shown else NO)
        yield "vanished", cells

    def finish(self) -> Rows:
        """The rows that only the last entry decides; then nothing can be added any more."""
        for table, row in self._last_rows():
            self._counts[table] += 1
            self._count(table, row)
            yield table, row

    def _last_rows(self) -> Rows:
        for entry, what, reason, until in self.life.acts():
            day = self._on(entry.at)
            office, signed = self._beside.office(entry.by, day), YES if entry.signature else NO
            yield "life", (str(entry.n), instant(entry), str(day), what, entry.by, office, reason, until, signed)
        yield from (("scope", row) for row in self.life.scopes())
        began = {entry.n: self._on(entry.at) for entry in self.life.entries}
        for cover, term, what, value, n in self.life.reached():
            ends = self.life.ends(cover)
            last = str(ends - timedelta(days=1)) if ends else ""
            known = self._beside.known_as(value)
            yield "coverage", (str(cover.n), term, what, value, known, str(n), str(began[n]), last)
        yield from (("runs", row) for row in self._runs.rows())
        yield from (("unended", row) for row in self._deeds.unended(self._made_on))
        yield from (("records", row) for row in self._deeds.records(self._made_on))
        daily = tuple(self._days.rows(self.life, self._trusted, self._zone))
        yield from (("daily", row) for row in daily)
        yield from (("standing", row) for row in standing(daily))
        yield from (("unread", row) for row in unread(daily))

    def _count(self, table: str, row: Row) -> None:
        """What the facts count beside rows."""
        match table:
            case "daily":
                self._counts["days in force"] += row[1] != NO
            case "runs":
                self._counts["runs from their start"] += row[7] == FROM_START
            case "blocked" | "vanished" | "discarded" | "answers":
                self._counts[f"{table} shown"] += row[-1] == YES
                self._counts["told"] += row[-1] == NO
            case "deeds":
                self._counts["destroyed"] += row[5] == "destroyed"
                self._counts["under way"] += row[12] == YES
            case "records":
                self._counts[row[3]] += 1
            case "unread":
                self._counts["days unread"] += int(row[2])

    def facts(self) -> Iterator[Row]:
        """The proof in short; the packet adds what it counts of the entries it shows."""
        hold, placed, counts = self._state.hold, self.life.entries[0], self._counts
        said: tuple[tuple[str, object], ...] = (
            ("City", self.city),
            ("Rehearsal", YES if self.rehearsal else NO),
            ("Hold", hold.name),
            ("Matter", SEALED if hold.sealed else hold.matter),
            ("Kind", hold.kind),
            ("Placed (UTC)", instant(placed)),
            ("Placed by", placed.by),
            ("Known elsewhere as", hold.origin),
            ("Versions of its scope", len(self.life.covers)),
            ("In force on the day this was made", self.life.standing(self._made_on, self._on(placed.at))[0]),
            ("Period", f"{self._period.first} to {self._period.last}"),
            ("Days of the period on which it was in force", counts["days in force"]),
            ("Runs that could have deleted something meanwhile", counts["runs"]),
            ("Runs that had it to ask from their start", counts["runs from their start"]),
            ("Deeds that it stopped", counts["blocked"]),
            ("Stopped deeds whose entry is shown", counts["blocked shown"]),
            ("Messages that left mailboxes it had reached", counts["deeds"] - counts["destroyed"]),
            ("Records destroyed that came from mailboxes it had reached", counts["destroyed"]),
            ("Left or destroyed by a deed under way when it reached the mailbox", counts["under way"]),
            ("Records destroyed before it reached their mailboxes", counts[BEFORE]),
            ("Records from its mailboxes that wait in quarantine", counts[WAITS]),
            ("Held messages that vanished", counts["vanished"]),
            ("Days without a sync", counts["days unread"]),
            ("Mailboxes that could not be read, each time counted", counts["unreadable"]),
            ("Custodians who were given notice", len(self._noticed)),
            ("Custodians who acknowledged", len(self._acknowledged)),
            ("Entries told of and left unsaid", counts["told"]),
        )
        yield from ((what, str(value)) for what, value in said)

    def _ever(self, mailbox: str, address: str) -> bool:
        return self._anybody or mailbox in self._boxes or address in self._people

    def _on(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _reached(state: State) -> tuple[frozenset[str], frozenset[str]]:
    """Every address, and every mailbox's id, that any version has ever reached."""
    parts = [part for version in state.versions for part, excepted in version.scope.parts() if not excepted]
    reach = [one for version in state.versions for one in version.reach.values()]
    people = frozenset(a for part in parts for a in part.custodians)
    boxes = frozenset(box for part in parts for box in part.mailboxes)
    return people.union(*(one.addresses for one in reach)), boxes.union(*(one.mailboxes for one in reach))


def _act(entry: Entry) -> str:
    try:
        return statement.read(entry.statement).act
    except ValueError:
        return ""
