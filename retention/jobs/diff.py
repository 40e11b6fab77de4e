"""Diff: both of two schedules over the real catalog, and every message whose fate would flip, before one is adopted.

Nothing is written, and which change is of which kind is decided in ``core/diff.py``.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date

from msgspec import Struct

from retention.catalog import Unfiled
from retention.core.around import NOT_KNOWN, Around, Looker
from retention.core.classify import Classification, Matcher, People
from retention.core.decide import Case
from retention.core.diff import (
    Fate,
    Kind,
    OfCustodian,
    OfHold,
    OfKind,
    OfSeries,
    Tally,
    Terms,
    fate,
    flip,
    terms_of,
)
from retention.core.hold import NONE
from retention.core.message import MessageRef
from retention.core.schedule import Schedule, Series, fingerprint
from retention.errors import Disagreement
from retention.jobs.adopt import series_to_confirm
from retention.jobs.classify import read_reviews
from retention.jobs.world import Progress, World, silent

_OLD, _NEW = 1, 2
_ALARM = {kind: place for place, kind in enumerate(Kind)}


class Compared(Struct, frozen=True, kw_only=True):
    """One of the two schedules. ``unverified`` counts its series that stay inert because nobody confirmed them."""

    schedule: str
    title: str
    edition: str
    fingerprint: str
    series: int
    unverified: int
    used: bool


class Flip(Struct, frozen=True, kw_only=True):
    """One message whose fate flips; ``holds`` are the names of those under which it does not leave for now."""

    n: int
    mailbox: str
    received_on: date | None
    sender: str
    subject: str
    kind: Kind
    holds: tuple[str, ...]
    old: Fate
    new: Fate


class Difference(Struct, frozen=True, kw_only=True):
    """What would change if the new schedule stood in the place of the old one; ``seen`` is ``same`` and all flips.

    ``kinds`` and all counts begin with the most alarming, and so do ``flips``, which are at most as many as were asked
    for. ``beside`` are the city's other schedules, the same on both sides. ``uncovered`` counts the mailboxes of which
    the catalog does not know everything, and ``unconfirmed`` all messages that the new schedule keeps only as long as
    nobody confirms their series, whether or not that is a flip.
    """

    old: Compared
    new: Compared
    beside: tuple[str, ...]
    seen: int
    same: int
    kinds: tuple[OfKind, ...]
    by_custodian: tuple[OfCustodian, ...]
    by_series: tuple[OfSeries, ...]
    by_hold: tuple[OfHold, ...]
    flips: tuple[Flip, ...]
    uncovered: int
    unconfirmed: int

    @property
    def flipped(self) -> int:
        return sum(one.messages for one in self.kinds)


def diff(
    world: World,
    old: Schedule,
    new: Schedule,
    *,
    confirmed: tuple[str, ...] = (),
    limit: int = 20,
    each: Callable[[Flip], None] | None = None,
    progress: Progress = silent,
) -> Difference:
    """Both schedules as if adopted and in effect, each in the place of the other among those the city uses.

    ``confirmed`` are series of the new one that its adoption would confirm by their codes, beside those that one in
    force confirms. ``each`` is given every flip as it is found, ``limit`` is how many are kept for the result. The
    catalog is read twice, because transitory mail stays where its conversation holds a record: the first reading
    settles all others, and remembers the hashes of the conversations in which each side files a record; the second
    settles the transitory.
    Beside counts these hashes and one bit for each message are all that is kept in memory. Raises ``WrongUsage`` for a
    series to confirm that is not there, and ``Disagreement`` where the counts do not reconcile.
    """
    codes = series_to_confirm(new, confirmed)
    with world.alone():
        read_reviews(world)
        comparing = _Comparing(world, old, new, codes, limit)
        total = comparing.total
        for reading, settle in enumerate((comparing.settle_others, comparing.settle_transitory)):
            for done, one in enumerate(comparing.messages()):
                if done % 1000 == 0:
                    progress(reading * total + done, 2 * total, one.mailbox.address)
                flipped = settle(one)
                if flipped is not None and each is not None:
                    each(flipped)
        progress(2 * total, 2 * total, "done")
        return comparing.difference()


class _Row(Struct, frozen=True):
    """A series of one side with all that is the same for each of its messages."""

    series: Series
    terms: Terms
    fingerprint: str
    adopted: bool
    confirmed: bool


class _Filed(Struct, frozen=True):
    """How one side files a message, and the keys it sees on it."""

    filing: Classification
    row: _Row | None
    keys: tuple[str, ...]

    @property
    def transitory(self) -> bool:
        return self.row is not None and self.row.series.transitory


class _Side:
    """One side: its schedules, the compared one as if adopted, and how they file a message."""

    def __init__(
        self, world: World, schedule: Schedule, beside: tuple[Schedule, ...], confirmed: tuple[str, ...] = ()
    ) -> None:
        self._world = world
        self._confirmed = confirmed
        self.schedules = (*beside, schedule)
        matcher = Matcher(self.schedules)
        self.looks_around = matcher.looks_around
        self._people = People(self.schedules, matcher)
        self._happened = world.happened
        self._rules, self._today = world.city.rules, world.today
        self._rows: dict[tuple[str, str], _Row] = {}
        for one in self.schedules:
            self._add(one, as_if_adopted=one is schedule)
        rows = [self._rows[schedule.name, series.key] for series in schedule.series]
        self.compared = Compared(
            schedule=schedule.name,
            title=schedule.title,
            edition=schedule.edition,
            fingerprint=fingerprint(schedule),
            series=len(rows),
            unverified=sum(not (row.series.verified or row.confirmed) for row in rows),
            used=any(fingerprint(one) == fingerprint(schedule) for one in world.schedules),
        )

    def _add(self, schedule: Schedule, *, as_if_adopted: bool) -> None:
        digest = fingerprint(schedule)
        adoption = self._world.ledger.in_force.adoption(digest, self._today)
        confirmed = {*(adoption.confirmed if adoption else ()), *(self._confirmed if as_if_adopted else ())}
        for series in schedule.series:
            self._rows[schedule.name, series.key] = _Row(
                series=series,
                terms=terms_of(schedule.name, series),
                fingerprint=digest,
                adopted=as_if_adopted or adoption is not None,
                confirmed=series.key in confirmed,
            )

    def file(self, one: Unfiled, around: Around) -> _Filed:
        filing, keys = self._people.file(one.message, around, one.decided)
        return _Filed(filing, self._rows.get((filing.schedule_name or "", filing.series_key or "")), keys)

    def fate(self, one: Unfiled, filed: _Filed, in_record_thread: bool) -> Fate:
        row, key_type = filed.row, filed.row.series.key_type if filed.row else ""
        case = Case(
            message=one.message,
            mailbox=one.mailbox,
            filing=filed.filing,
            series=row.series if row else None,
            fingerprint=row.fingerprint if row else "",
            adopted=row is not None and row.adopted,
            confirmed=row is not None and row.confirmed,
            in_record_thread=in_record_thread,
            happened=self._happened.to(filed.keys, key_type),
            happened_to_any=self._happened.to_any(filed.keys, key_type),
            holds=NONE,
            today=self._today,
            rules=self._rules,
        )
        return fate(case, row.terms if row else None, filed.keys)


class _Comparing:
    """A comparison in the making."""

    def __init__(self, world: World, old: Schedule, new: Schedule, confirmed: tuple[str, ...], limit: int) -> None:
        self._world = world
        # A schedule of the city gives its place to the one it is compared with; strangers are compared alone.
        others = tuple(one for one in world.schedules if one.name not in (old.name, new.name))
        beside = others if len(others) < len(world.schedules) else ()
        self._beside = tuple(one.name for one in beside)
        self._old, self._new = _Side(world, old, beside), _Side(world, new, beside, confirmed)
        looks_around = self._old.looks_around or self._new.looks_around
        self._looker = Looker(world.surroundings) if looks_around else None
        self._conversations: dict[int, int] = {}
        self._transitory = bytearray()
        self._holds = world.holds()
        self._tally = Tally()
        self._unconfirmed = 0
        self._limit = limit
        self._listed: list[tuple[tuple[int, bool, int], Flip]] = []
        self.total = world.catalog.tally()["present"]
        self._remember_captured()

    def messages(self) -> Iterator[Unfiled]:
        return self._world.catalog.filings.present()

    def settle_others(self, one: Unfiled) -> Flip | None:
        """The flip of a message that no record in its conversation can keep; the others are marked for later."""
        old, new = self._filed(one)
        conversation = one.message.conversation
        if conversation and (old.filing.record or new.filing.record):
            self._add_records(conversation, _OLD * old.filing.record | _NEW * new.filing.record)
        if not conversation or not (old.transitory or new.transitory):
            # One that no conversation is known of may be in that of a record, on both sides.
            return self._settle(one, old, new, _OLD | _NEW if conversation is None else 0)
        place, bit = divmod(one.n, 8)
        self._transitory.extend(bytes(max(0, place + 1 - len(self._transitory))))
        self._transitory[place] |= 1 << bit
        return None

    def settle_transitory(self, one: Unfiled) -> Flip | None:
        """The flip of a message that was marked, now that the records of every conversation are known."""
        place, bit = divmod(one.n, 8)
        if place >= len(self._transitory) or not self._transitory[place] >> bit & 1:
            return None
        records = self._conversations.get(hash(one.message.conversation), 0)
        if self._world.ledger.in_force.has_record(one.message.conversation or ""):
            records = _OLD | _NEW
        return self._settle(one, *self._filed(one), records)

    def _remember_captured(self) -> None:
        """A record that has left its mailbox is the record of its conversation all the same, on both sides."""
        catalog = self._world.catalog
        for mailbox, id_, result in catalog.left():
            known = catalog.known(MessageRef(mailbox, id_)) if result == "captured" else None
            if known is not None and known.message.conversation:
                self._add_records(known.message.conversation, _OLD | _NEW)

    def _add_records(self, conversation: str, sides: int) -> None:
        key = hash(conversation)
        self._conversations[key] = self._conversations.get(key, 0) | sides

    def _settle(self, one: Unfiled, filed_old: _Filed, filed_new: _Filed, records: int) -> Flip | None:
        old = self._old.fate(one, filed_old, bool(records & _OLD))
        new = self._new.fate(one, filed_new, bool(records & _NEW))
        kind = flip(old, new)
        self._unconfirmed += new.unconfirmed
        if kind is None:
            self._tally.stays()
            return None
        holds = self._holds_of(one)
        self._tally.add(kind, one.mailbox.address, old, new, holds)
        received = one.message.received_at
        flipped = Flip(
            n=one.n,
            mailbox=one.mailbox.address,
            received_on=received.astimezone(self._world.city.zone).date() if received else None,
            sender=one.message.sender or "",
            subject=one.message.subject or "",
            kind=kind,
            holds=holds,
            old=old,
            new=new,
        )
        self._list(flipped)
        return flipped

    def _filed(self, one: Unfiled) -> tuple[_Filed, _Filed]:
        """How each side files it; what people decided comes first on both."""
        around = self._looker.around(one.message, one.mailbox) if self._looker else NOT_KNOWN
        return self._old.file(one, around), self._new.file(one, around)

    def _holds_of(self, one: Unfiled) -> tuple[str, ...]:
        return tuple(covering.hold.name for covering in self._holds.covering(one.message, one.mailbox, None))

    def _list(self, flipped: Flip) -> None:
        """Keep the most alarming: by kind, those no hold covers first, then by number."""
        rank = (-_ALARM[flipped.kind], not flipped.holds, -flipped.n)
        if len(self._listed) < self._limit:
            heapq.heappush(self._listed, (rank, flipped))
        elif self._limit:
            heapq.heappushpop(self._listed, (rank, flipped))

    def difference(self) -> Difference:
        tally = self._tally
        if not tally.reconciles or tally.seen != self.total:
            raise Disagreement(
                f"The counts do not reconcile: {tally.seen} messages were compared, {self.total} are there.",
                "Run this again; nothing was written.",
            )
        coverage = self._world.catalog.coverage()
        return Difference(
            old=self._old.compared,
            new=self._new.compared,
            beside=self._beside,
            seen=tally.seen,
            same=tally.same,
            kinds=tally.kinds,
            by_custodian=tally.custodians,
            by_series=tally.series,
            by_hold=tally.holds,
            flips=tuple(flipped for _, flipped in sorted(self._listed, key=lambda one: one[0], reverse=True)),
            uncovered=sum(bool(row["trouble"] or row["unread"] or row["read_at"] is None) for row in coverage),
            unconfirmed=self._unconfirmed,
        )
