"""Why, as of a day: what would have happened to a message on that day, by all that was in force then, and what did.

The day's edition, events, people and holds are put before the same rule as today's; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from retention.catalog import Known, Unfiled
from retention.core.around import Around, Looker
from retention.core.classify import Classification
from retention.core.decide import Case, Decision, decide
from retention.core.destruction import Tombstone
from retention.core.disposal import dispose
from retention.core.event import YEARS
from retention.core.explain import became, belongs, buried, fate, next_on
from retention.core.hold import Covering
from retention.core.hold.printing import shown as printed
from retention.core.message import Mailbox, Message
from retention.core.record import Record
from retention.core.schedule import Series
from retention.core.trail import Happening, Trail
from retention.errors import RecordMismatch, StoreNotAnswering, WrongUsage
from retention.jobs.classify import Filer
from retention.jobs.hold.show import show
from retention.jobs.record.judging import Judging
from retention.jobs.why.finding import Remembered, find, remembered
from retention.jobs.why.reading import Decisions, Reading
from retention.jobs.why.then import InEffect, Then, end_of, world_then
from retention.jobs.world import World

_SETTINGS = "retention.toml is not kept day by day: its limits, and the people and offices in it, are those of now."
_WHERE = "Its folder, whether it was read, and its mailbox's other addresses are those last known, not that day's."
_WORDING = "It was changed since it was first read; what it said that day is not known, and its last wording is judged."
_BESIDE = "Whether all mail of its conversation had been read and filed by then is not written down."
_BACK = "It was taken out once and lies in its mailbox again; on which day it came back is not written down."
_STORED = frozenset({"captured", "quarantined", "restored"})
"""What may have become of a message whose record is on the store."""
_RECORD = "What the rule for stored records said of it cannot be replayed: its record, or that edition, is not at hand."
_UNSAID = "What it said is not kept, so neither its filing nor whether a hold covered it can be replayed."


class HeldThen(Struct, frozen=True, kw_only=True):
    """A hold that was in force that day: its scopes as they were, by version, and why it covered the message.

    ``because`` is empty where nobody can say whether it did: only that it may have reached the mailbox.
    """

    name: str
    title: str
    kind: str
    placed_by: str
    placed_at: datetime
    standing: str
    scopes: dict[int, str]
    because: str = ""


class Replayed(Struct, frozen=True, kw_only=True):
    """One message on a day that is past.

    ``standing`` says where it was at the day's end; the two ``sentences`` what it belonged to by that day's edition and
    what would have happened. ``decision`` is ``None`` where there was nothing to decide, or too little is known; of a
    stored record it is that of the rule for records, and ``gates`` are the consents that were missing by then.
    ``unknown`` is what cannot be known of that day. ``history`` is all that happened, before and after.
    """

    on: date
    at: datetime
    known: Known | None
    remembered: Remembered | None
    standing: str
    sentences: tuple[str, str]
    editions: tuple[InEffect, ...]
    filing: Classification | None = None
    series: Series | None = None
    keys: tuple[str, ...] = ()
    happened: dict[str, date] = {}
    around: Around | None = None
    decision: Decision | None = None
    next_on: date | None = None
    holds: tuple[HeldThen, ...] = ()
    gates: tuple[str, ...] = ()
    unknown: tuple[str, ...]
    tombstone: Tombstone | None
    history: tuple[Happening, ...]


def as_of(world: World, text: str, on: date) -> tuple[Replayed, ...]:
    """Every message of that name as it stood at the end of that day. The ledger is read once for all of it.

    Raises ``WrongUsage`` where there is no such message, the day has not come, or the ledger does not reach so far.
    """
    if on > world.today:
        raise WrongUsage(f"{on} has not come yet.", "Ask for today or a day before; `retention why` says what is next.")
    began = next(link.entry.at for link in world.ledger.links()).astimezone(world.city.zone).date()
    if on < began:
        raise WrongUsage(f"Nothing is written down of {on}: the ledger begins on {began}.", "Ask for a later day.")
    at = end_of(world, on)
    found = find(world, text)
    reading = Reading(world, found, at)
    then, editions, doubts = world_then(world, reading.in_force, at, reading.last_used)
    replay = _Replay(world, then, editions, doubts, reading)
    return tuple(replay.one(known, reading.trails.of[ref]) for ref, known in found.items())


class _Replay:
    """That day's world, asked about one message after the other."""

    def __init__(
        self, world: World, then: Then, editions: tuple[InEffect, ...], doubts: tuple[str, ...], reading: Reading
    ) -> None:
        self._world, self._then, self._editions = world, then, editions
        self._doubts, self._reading = doubts, reading
        self._can_file = all(one.text != "missing" for one in editions) and bool(editions)
        self._filer = Filer(then)
        self._looker = Looker(then.surroundings)
        self._holds = then.holds()
        self._beside: dict[str, bool] = {}
        then.beside = self._record_beside

    def one(self, known: Known | None, trail: Trail) -> Replayed:
        kept = remembered(self._world, trail) if known is None else None
        known = known or _from_store(kept)
        done = trail.came_to(self._then.now())
        standing, there = self._standing(known, done, trail)
        plain = self._plain(known if kept is None else None, kept, trail, standing)
        if done is not None and done.came_to == "destroyed":
            return plain
        if done is not None and done.came_to in _STORED:
            record = self._record(trail)
            if record is not None and self._can_file:
                return self._of_record(plain, record)
            plain = replace(plain, unknown=(_RECORD, *plain.unknown))
        if known is None:
            mailbox = Mailbox(id=trail.ref.mailbox, address=kept.address if kept else "")
            may = tuple(self._held(hold.name, "") for hold in self._holds.reaching(mailbox))
            return replace(plain, sentences=(plain.sentences[0], _UNSAID), holds=may)
        return self._decided(plain, known, trail, there) if there or done is not None else plain

    def _plain(self, known: Known | None, kept: Remembered | None, trail: Trail, standing: str) -> Replayed:
        """What is certain whatever else is: where it was, the day's editions, and what happened."""
        stone, intent = trail.tombstone, trail.intent
        filed = f"It was filed under {intent.series} of the schedule {intent.schedule}." if intent else ""
        return Replayed(
            on=self._then.today,
            at=self._then.now(),
            known=known,
            remembered=kept,
            standing=standing,
            sentences=(buried(stone) if stone else filed, "There was nothing to decide that day."),
            editions=self._editions,
            unknown=(*self._doubts, _SETTINGS),
            tombstone=stone,
            history=tuple(trail.happenings),
        )

    def _decided(self, plain: Replayed, known: Known, trail: Trail, there: bool) -> Replayed:
        """What that day's rule says of it in its mailbox, or would have said had it still been there."""
        filing, keys = self._file(known.mailbox, known.message) if self._can_file else (None, ())
        known_then = replace(known, filing=filing, filed_under=self._then.filing_rules, keys=keys)
        case = self._then.case(known_then, self._holds)
        covering = self._holds.covering(known.message, known.mailbox, filing)
        held = tuple(self._held(one.hold.name, one.because) for one in covering)
        if not self._can_file:
            unfiled = "By which series it was filed that day cannot be replayed."
            return replace(plain, sentences=(unfiled, _only_held(covering)), holds=held)
        decision = decide(case)
        would = fate(case, decision, then=True)
        return replace(
            plain,
            sentences=(belongs(case), would if there else f"Had it still been there: {would[0].lower()}{would[1:]}"),
            filing=filing,
            series=case.series,
            keys=keys,
            happened=_events(case),
            around=self._looker.around(known.message, known.mailbox),
            decision=decision,
            next_on=next_on(case, decision) if there else None,
            holds=held,
            unknown=(*self._unknown(known, case, trail), *plain.unknown),
        )

    def _of_record(self, plain: Replayed, record: Record) -> Replayed:
        """What that day's rule for stored records says of it, and which consents were still missing."""
        judging = Judging(self._then)
        one = judging.case(record)
        decision = dispose(one)
        because = {
            covering.hold.name: covering.because
            for case in one.cases
            for covering in self._holds.covering(case.message, case.mailbox, case.filing)
        }
        return replace(
            plain,
            sentences=(record.because, fate(one.case, decision, then=True)),
            filing=one.case.filing,
            series=one.case.series,
            keys=record.keys,
            happened=_events(one.case),
            decision=decision,
            next_on=next_on(one.case, decision),
            holds=tuple(self._held(name, why) for name, why in because.items()),
            gates=tuple(shut.sentence for shut in judging.shut(record)),
        )

    def _record(self, trail: Trail) -> Record | None:
        """The record as the store keeps it; ``None`` where it is gone since, or the store does not answer."""
        try:
            return self._world.store.record(trail.stored.place) if trail.stored else None
        except (RecordMismatch, StoreNotAnswering):
            return None

    def _standing(self, known: Known | None, done: Happening | None, trail: Trail) -> tuple[str, bool]:
        """Where it was at the end of that day, and whether that was its mailbox."""
        at, zone = self._then.now(), self._world.city.zone
        if done is not None:
            return became(done, done.at.astimezone(zone).date()), done.came_to == "returned"
        received = known.message.received_at if known else None
        if received is not None and received > at:
            return f"It had not come yet: it was received on {received.astimezone(zone).date()}.", False
        if known is None:
            return "It was not yet moved or removed by then, as far as the ledger says.", False
        address = known.mailbox.address
        if known.gone_at is not None and known.gone_at <= at:
            on = known.gone_at.astimezone(zone).date()
            gone = f"It was gone from the mailbox of {address}, first missed on {on}"
            return f"{gone}; retention did not remove it.", False
        seen = min((known.first_seen_at, *(one.at for one in trail.happenings)))
        if seen > at:
            on = seen.astimezone(zone).date()
            return f"It lay in the mailbox of {address} and was not known: it was first read on {on}.", True
        return f"It was in the mailbox of {address}.", True

    def _file(self, mailbox: Mailbox, message: Message) -> tuple[Classification, tuple[str, ...]]:
        """How that day's edition files it, by what people had decided by then."""
        paths = self._world.catalog.filings.paths(mailbox)
        as_filed = replace(message, path=paths.get(message.folder or "", message.path))
        decided = self._reading.decided.of(message)
        _, filing, keys = self._filer.file(Unfiled(0, mailbox, as_filed, decided))
        return filing, keys

    def _record_beside(self, conversation: str) -> bool:
        """Whether that day's edition files any mail of this conversation that was known by then as a record, or did.

        What a person has since decided otherwise was filed otherwise before: a record lay there all the same.
        """
        if conversation not in self._beside:
            found = tuple(self._world.catalog.hindsight.conversation(conversation, self._then.now()))
            decided = Decisions(self._world, (message for _, message in found))
            reviews = decided.each(self._then.now()) if self._reading.in_force.reviewed else ()
            filed = (
                self._filer.file(Unfiled(0, box, message, decided.of(message)))
                for _ in chain((None,), reviews)
                for box, message in found
            )
            self._beside[conversation] = any(filing.record for _, filing, _ in filed)
        return self._beside[conversation]

    def _held(self, name: str, because: str) -> HeldThen:
        one = show(self._then, name)
        hold = one.state.hold
        scopes = {held.version: printed(held.scope) for held in self._holds.holdings if held.hold.name == name}
        return HeldThen(
            name=name,
            title=hold.title,
            kind=hold.kind,
            placed_by=hold.placed_by,
            placed_at=hold.placed_at,
            standing=one.standing,
            scopes=scopes,
            because=because,
        )

    def _unknown(self, known: Known, case: Case, trail: Trail) -> Iterator[str]:
        yield _WHERE
        if known.message.earlier:
            yield _WORDING
        if case.series is not None and case.series.transitory and not (case.filing and case.filing.by_person):
            yield _BESIDE
        last = trail.came_to()
        removed = last is not None and last.came_to in ("captured", "purged") and not known.mailbox.in_files
        if known.n and known.left_at is None and removed:
            yield _BACK


def _events(case: Case) -> dict[str, date]:
    """What has happened to its keys; what happened to a whole year concerns every message and is left out."""
    years = tuple(f" of {year} " for year in YEARS)
    return {kind: on for kind, on in case.happened.items() if not any(year in kind for year in years)}


def _only_held(covering: tuple[Covering, ...]) -> str:
    """All that can be said where the day's schedule is not at hand: a hold by itself would have kept it."""
    if not covering:
        return "What would have happened cannot be replayed without that edition; no hold covered it."
    return f"It would have stayed where it was: held by {', '.join(one.hold.name for one in covering)}."


def _from_store(kept: Remembered | None) -> Known | None:
    """A message that only the record store still knows, as it was when it was captured."""
    if kept is None or kept.record is None:
        return None
    custody = next((one for one in kept.record.custody if (one.mailbox, one.id) == (kept.mailbox, kept.id)), None)
    if custody is None:
        return None
    return Known(
        n=0,
        mailbox=Mailbox(id=custody.mailbox, address=custody.address),
        message=kept.record.message(custody),
        filing=None,
        first_seen_at=custody.captured_at,
        gone_at=None,
        left_at=custody.captured_at,
        filed_under="",
        keys=kept.record.keys,
        in_record_thread=False,
        result="captured",
        answer="",
        digest=kept.digest,
        place=kept.place,
    )
