"""Deciding about all mail of a mailbox: messages that are alike in all that the rule reads are decided once.

No rule stands here: every answer is one that ``decide`` gave about a message of the catalog, and what is said here is
only to be counted. Whoever does anything to a message must ask ``decide`` about that very one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from retention.catalog import Known
from retention.catalog.deciding import ASKED, Row
from retention.catalog.rows import TRUTH, instant_of, look_of, texts_of
from retention.core.classify import Classification
from retention.core.dates import believed
from retention.core.decide import Action, Case, Decision, decide, is_mail, under
from retention.core.hold import NONE, Covering, Holds
from retention.core.message import Mailbox, Message
from retention.jobs.world import World

_MOST = 1 << 17
"""So many answers are remembered before all are forgotten: the memory of a plan must not grow with the mail."""
_ASKED = len(ASKED)
_TO_ITS_END = timedelta(minutes=59, seconds=59, microseconds=999_999)

Key = tuple[object, ...]
"""All that a decision reads of a message, where there are no holds: two that have the same are decided alike."""


class Fate(Struct, frozen=True, eq=False):
    """What was decided about many messages: the ``note`` under which they are counted, and the holds that keep them.

    ``series`` is where what is due belongs, by its schedule and its key. Two that say the same are one object.
    """

    action: Action
    note: str
    held_by: tuple[str, ...]
    series: tuple[str, str] | None


class Filed(Struct, frozen=True):
    """All that a decision reads of a filing: those that say the same in it have one number ``n``.

    ``threaded``: it matters what lies in the conversation, because its series is transitory and no person decided.
    """

    n: int
    filing: Classification | None
    threaded: bool


class Decider:
    """Asked about one mailbox after the other, under these holds."""

    def __init__(self, world: World, holds: Holds) -> None:
        self._world = world
        self._holds = holds
        self._days = Days(world.city.zone)
        self._filed = _filed(world)
        self._unfiled = Filed(0, None, False)
        self._kinds: dict[str | None, str | bool | None] = {None: None}
        self._like: dict[int, Known] = {}
        self._decided: dict[Key, Fate] = {}
        self._fates: dict[tuple[object, ...], Fate] = {}

    def of(self, mailbox: Mailbox) -> Iterator[tuple[list[int], list[Fate]]]:
        """What is to happen to every message that is in this mailbox: their numbers and their fates, batch by batch."""
        fields = self._holds.looks_at(mailbox)
        # What may be a record itself is not asked what it lies beside.
        threaded = [n for n, filed in self._filed.items() if filed.threaded and not _is_record(filed)]
        for rows in self._world.catalog.deciding.rows(mailbox, threaded, fields):
            keys = self._keys(mailbox, rows)
            fates = self._fates_of(mailbox, keys, rows)
            if self._holds.may_cover(mailbox):
                fates = self._held(mailbox, rows, fates, fields)
            yield [row[0] for row in rows], fates

    def _keys(self, mailbox: Mailbox, rows: list[Row]) -> list[Key]:
        filed_under, unfiled, days, kinds = self._filed, self._unfiled, self._days, self._kinds
        in_record_thread, in_files = self._world.in_record_thread, mailbox.in_files
        keys: list[Key] = []
        for row in rows:
            (
                _,
                number,
                version,
                received,
                sent,
                kind,
                draft,
                read,
                trouble,
                bears,
                result,
                digest,
                conversation,
                told,
            ) = row[:_ASKED]
            filed = filed_under.get(number, unfiled)
            if kind not in kinds:
                # No message class, not even an empty one, is equal to what stands for all of mail.
                kinds[kind] = is_mail(kind) or kind
            keys.append(
                (
                    filed.n,
                    # An hour in which a day ends is no answer: there the instant itself is.
                    received and (days[received[:13]] or received),
                    sent and (days[sent[:13]] or sent),
                    kinds[kind],
                    draft,
                    read,
                    not version,
                    trouble,
                    bears,
                    filed.threaded and in_record_thread(mailbox, conversation, bool(told)),
                    in_files and (result, digest == version),
                )
            )
        return keys

    def _fates_of(self, mailbox: Mailbox, keys: list[Key], rows: list[Row]) -> list[Fate]:
        """The answer to each of these keys: that of a message that bears it."""
        if len(self._decided) > _MOST:
            self._decided.clear()
        decided = self._decided
        return [decided.get(key) or self._decide(mailbox, key, row) for key, row in zip(keys, rows, strict=True)]

    def _decide(self, mailbox: Mailbox, key: Key, row: Row) -> Fate:
        case = self._world.case(self._known(mailbox, row), NONE)
        fate = self._decided[key] = self._fate(case, decide(case))
        return fate

    def _known(self, mailbox: Mailbox, row: Row) -> Known:
        """So much of this message as the rule reads; all else is that of another one, filed as it is."""
        n, number, version, received, sent, kind, draft, read, trouble, bears, result, digest, conversation, told = row[
            :_ASKED
        ]
        filed = self._filed.get(number, self._unfiled).n
        if filed not in self._like:
            (self._like[filed],) = self._world.catalog.deciding.known(mailbox, (n,))
        return replace(
            self._like[filed],
            n=n,
            mailbox=mailbox,
            message=Message(
                mailbox=mailbox.id,
                id="",
                version=version,
                received_at=instant_of(received),
                sent_at=instant_of(sent),
                kind=kind,
                is_draft=TRUTH[draft],
                is_read=TRUTH[read],
                trouble=trouble or None,
                conversation=conversation,
            ),
            keys=texts_of(bears) or (),
            result=result or "",
            digest=digest or "",
            in_record_thread=bool(told),
        )

    def _held(self, mailbox: Mailbox, rows: list[Row], fates: list[Fate], fields: Collection[str]) -> list[Fate]:
        """The same fates, but of what a hold covers."""
        if not fields:
            # Where nothing is asked of a message, what is answered of one is answered of all in its mailbox.
            coverings = self._holds.covering(Message(mailbox=mailbox.id, id=""), mailbox, None)
            return [self._covered(coverings)] * len(fates) if coverings else fates
        found = []
        for row, fate in zip(rows, fates, strict=True):
            filing = self._filed.get(row[1], self._unfiled).filing
            coverings = self._holds.covering(look_of(row[_ASKED:], mailbox.id), mailbox, filing)
            found.append(self._covered(coverings) if coverings else fate)
        return found

    def _covered(self, coverings: tuple[Covering, ...]) -> Fate:
        names = tuple(one.hold.name for one in coverings)
        fate = self._fates.get(names)
        if fate is None:
            held = under(coverings, Decision(Action.KEEP, ()))
            fate = self._fates[names] = Fate(held.action, note_of(held), held.held_by, None)
        return fate

    def _fate(self, case: Case, decision: Decision) -> Fate:
        series = None
        if decision.action is not Action.KEEP:
            assert case.filing is not None and case.filing.schedule_name and case.series is not None
            series = case.filing.schedule_name, case.series.key
        said = decision.action, note_of(decision), decision.held_by, series
        return self._fates.setdefault(said, Fate(*said))


def _is_record(filed: Filed) -> bool:
    return filed.filing is not None and filed.filing.record


class Days(dict[str, int | None]):
    """The day in a zone of every instant of an hour, such as ``2026-11-21T15`` in UTC; ``None`` where that differs.

    It is sure where the hour begins and ends on one day and at one distance from UTC. Clocks are set where days end.
    An hour that cannot be believed has no day either: it may lie on the same one as an hour that can.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def __missing__(self, hour: str) -> int | None:
        if len(self) > _MOST:
            self.clear()
        found = self[hour] = self._day(hour)
        return found

    def _day(self, hour: str) -> int | None:
        try:
            begins = datetime.fromisoformat(f"{hour}:00:00+00:00")
            if believed(begins) is None:
                return None
            first, last = begins.astimezone(self._zone), (begins + _TO_ITS_END).astimezone(self._zone)
        except (ValueError, OverflowError):
            return None
        return first.toordinal() if first.utcoffset() == last.utcoffset() and first.date() == last.date() else None


def note_of(decision: Decision) -> str:
    """Under which words what stays is counted: the first reason, and by which hold; empty for what is due."""
    if not decision.reasons:
        return ""
    first = decision.reasons[0]
    return f"{first.why} by '{first.hold}'" if first.hold else str(first.why)


def _filed(world: World) -> dict[int, Filed]:
    """Every filing under the rules in use, by its number in the catalog."""
    alike: dict[Key, Filed] = {}
    found = {}
    for number, filing in world.catalog.filings.under(world.filing_rules).items():
        said = filing.schedule_name, filing.series_key, filing.ambiguous, filing.by_person, filing.record
        if said not in alike:
            series = world.series_of(filing.schedule_name or "", filing.series_key or "")
            threaded = series is not None and series.transitory and not filing.by_person
            alike[said] = Filed(len(alike) + 1, filing, threaded)
        found[number] = alike[said]
    return found
