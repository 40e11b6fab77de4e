"""What becomes of a message under one schedule and under another, and how alarming the difference is.

Which messages there are, and how the schedules on each side file them, is not known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from math import inf

from msgspec import Struct

from retention.core import event
from retention.core.decide import Action, Case, Why, decide, due_of
from retention.core.period import Never, Waiting, waits_for, weight
from retention.core.schedule import Series, Then, filing


class Course(StrEnum):
    """What becomes of a message if nothing happens but time, events and the release of holds."""

    STAYS = "stays"
    RECORD = "record"
    GOES = "goes"


class Kind(StrEnum):
    """How a fate can flip, the most alarming first. Each flip is of one kind: the first that fits."""

    DESTROYABLE = "newly destroyable"
    UNCONFIRMED = "destroyable once confirmed"
    SOONER = "destroyed sooner"
    CAPTURED = "newly captured"
    SPARED = "no longer destroyable"
    LONGER = "kept longer"
    REFILED = "filed under another series"
    REVIEW = "now needs review"


class Terms(Struct, frozen=True, kw_only=True):
    """What of a series makes a fate. ``period`` is the enforced one, and ``length`` its days as far as it has any.

    ``key_type`` is the type of key whose events start its clock (empty: any), where events do: ``by_events``.
    """

    schedule: str
    series: str
    title: str
    period: str
    then: Then
    length: float
    by_events: bool
    key_type: str


class Fate(Struct, frozen=True, kw_only=True):
    """What the schedules of one side make of a message; holds are left aside, for they are the same on both sides.

    ``action`` is what is to happen today, and ``why`` the first reason that it stays; where the course is to stay, the
    first that does not pass by itself. ``due_on`` is the first day on which the period is over, if known, and
    ``is_due`` says that it has come. ``waits_for`` names the event without which there is no such day. ``for_ever``:
    nothing ends its time as a record. ``unconfirmed``: it would go if only an office confirmed its series. ``keys`` are
    those whose events its clock waits for, where it waits for any.
    """

    course: Course
    action: Action
    why: Why | None = None
    terms: Terms | None = None
    due_on: date | None = None
    is_due: bool = False
    waits_for: str = ""
    for_ever: bool = False
    unconfirmed: bool = False
    keys: tuple[str, ...] = ()

    @property
    def series(self) -> str:
        return self.terms.series if self.terms else ""

    def __str__(self) -> str:
        named = f"{self.series}: " if self.terms else ""
        if self.course is Course.STAYS or self.terms is None:
            return f"{named}stays, {self.why}"
        if self.course is Course.GOES and self.is_due:
            return f"{named}purged{'' if self.action is Action.PURGE else ', ' + str(self.why)}"
        until = f"until {self.due_on}" if self.due_on and not self.for_ever else f"{self.terms.period}{self._of_keys}"
        then = "" if self.terms.then is Then.DESTROY or until == "permanent" else f", then {self.terms.then}"
        return f"{named}{'record' if self.course is Course.RECORD else 'purged'}, {until}{then}"

    @property
    def _of_keys(self) -> str:
        if self.terms is None or not self.terms.by_events or not (self.keys or self.terms.key_type):
            return ""
        return f" (of {' and '.join(self.keys) or f'no {self.terms.key_type}'})"


PASSING = frozenset({Why.HELD, Why.RECENT, Why.NOT_DUE, Why.WAITING, Why.STORED})
"""Reasons that time, an event or a release takes away, or that make it a record all the same; all others stay until a
person or the mail system does more."""


def terms_of(schedule: str, series: Series) -> Terms:
    return Terms(
        schedule=schedule,
        series=series.key,
        title=series.title,
        period=str(series.enforced),
        then=series.then,
        length=weight(series.enforced)[1],
        by_events=any(kind != "audit" for kind in waits_for(series.enforced)),
        key_type=series.key_type,
    )


def fate(case: Case, terms: Terms | None, keys: Iterable[str] = ()) -> Fate:
    """What becomes of the message of this case, whose holds were left out; ``terms`` are those of its series.

    ``keys`` are all that the message bears.
    """
    decision, due = decide(case), due_of(case)
    whys = [reason.why for reason in decision.reasons]
    lasting = [why for why in whys if why not in PASSING]
    if case.series is not None and case.series.transitory:
        # No day and no event is waited for: for this message the period never ends, or not under this schedule.
        endless = isinstance(due, Never) or (isinstance(due, Waiting) and due.rule_unknown)
        lasting += [Why.WAITING if isinstance(due, Waiting) else Why.NOT_DUE] * endless
    if lasting or case.series is None:
        course = Course.STAYS
    else:
        course = Course.GOES if case.series.transitory else Course.RECORD
    return Fate(
        course=course,
        action=decision.action,
        why=next(iter(lasting or whys), None),
        terms=terms,
        due_on=decision.due_on,
        is_due=decision.due_on is not None and decision.due_on <= case.today,
        waits_for=due.for_ if isinstance(due, Waiting) else "",
        for_ever=isinstance(due, Never) or (case.series is not None and case.series.then is Then.KEEP),
        unconfirmed=case.series is not None and case.series.transitory and set(lasting) == {Why.UNVERIFIED},
        keys=_heard(terms, keys),
    )


def _heard(terms: Terms | None, keys: Iterable[str]) -> tuple[str, ...]:
    """The keys whose events count for a period."""
    if terms is None or not terms.by_events:
        return ()
    return tuple(sorted({one for one in keys if not terms.key_type or event.split(one)[0] == terms.key_type}))


def flip(old: Fate, new: Fate) -> Kind | None:
    """Of which kind the change from the old fate to the new one is; ``None`` where the message fares the same."""
    if old.course is not Course.GOES and (new.course is Course.GOES or (new.unconfirmed and not old.unconfirmed)):
        return Kind.DESTROYABLE if new.course is Course.GOES else Kind.UNCONFIRMED
    if new.course is Course.RECORD and old.course is not Course.RECORD:
        return Kind.CAPTURED
    if new.course is not old.course:
        return Kind.SPARED if old.course is Course.GOES else Kind.REVIEW
    if old.terms is None or new.terms is None:
        return _filed_or_not(old, new)
    # A message that stays on both sides stays for ever, whatever the periods of its series.
    later = 0 if new.course is Course.STAYS else _later(old, old.terms, new, new.terms)
    if later:
        return Kind.LONGER if later > 0 else Kind.SOONER
    return None if _same_series(old.terms, new.terms) else Kind.REFILED


def _filed_or_not(old: Fate, new: Fate) -> Kind | None:
    """For a message that stays on both sides, and has no series on one of them, or on neither."""
    if old.terms is not None:
        return Kind.REVIEW
    return None if new.terms is None else Kind.REFILED


def _same_series(old: Terms, new: Terms) -> bool:
    """Whether both are one series; in a schedule of another name, a code alone does not say so."""
    if filing(old.series) != filing(new.series):
        return False
    return old.schedule == new.schedule or filing(old.title) == filing(new.title)


def _later(old: Fate, before: Terms, new: Fate, after: Terms) -> int:
    """Above 0 where it is kept longer, 0 where as long, below 0 where it ends sooner, or may do so."""
    if old.for_ever or new.for_ever:
        return new.for_ever - old.for_ever
    later = _due_later(old, before, new, after)
    # A person's review at the end keeps longer than none, but makes up for no day that is lost.
    reviewed = (after.then is Then.REVIEW) - (before.then is Then.REVIEW)
    return min(later, reviewed) if min(later, reviewed) < 0 else max(later, reviewed)


def _due_later(old: Fate, before: Terms, new: Fate, after: Terms) -> int:
    """When the period is over, compared. Nobody knows when an event happens: in doubt it is sooner."""
    if old.is_due and new.is_due:
        return 0
    if old.due_on is not None and new.due_on is not None:
        # An event may still end either of them before its day.
        return (new.due_on > old.due_on) - (new.due_on < old.due_on) or _clock_later(old, new)
    if new.due_on is not None:
        return -1
    if old.due_on is not None:
        # It was counted from a day and waits for an event now, which may be tomorrow.
        return 1 if old.is_due or after.length >= before.length else -1
    clock = _clock_later(old, new)
    if before.period == after.period or before.length == after.length == inf:
        return clock
    # One whose rule nobody knows yet has no end: it waits for a ruling.
    comparable = (old.waits_for == new.waits_for and clock >= 0) or after.length == inf
    return 1 if comparable and after.length > before.length else -1


def _clock_later(old: Fate, new: Fate) -> int:
    """When events would end the period, by the keys they must be told of: all of them. In doubt it is sooner."""
    if set(old.keys) == set(new.keys):
        return 0
    if not new.keys:
        # Without a key no event ends it; but one that ends by itself may have been prolonged by an event.
        return 1 if new.due_on is None else -1
    return 1 if old.keys and set(old.keys) < set(new.keys) else -1


class OfKind(Struct, frozen=True, kw_only=True):
    """Flips of one kind; ``held`` of them are under a hold."""

    kind: Kind
    messages: int
    held: int


class OfCustodian(Struct, frozen=True, kw_only=True):
    mailbox: str
    kind: Kind
    messages: int


class OfSeries(Struct, frozen=True, kw_only=True):
    """From which series to which; empty where a side files under none."""

    old: str
    new: str
    kind: Kind
    messages: int


class OfHold(Struct, frozen=True, kw_only=True):
    hold: str
    kind: Kind
    messages: int


class Tally:
    """The flips counted: in all, by custodian, by series, and by hold those that are under one."""

    def __init__(self) -> None:
        self.seen = 0
        self.same = 0
        self._kinds: Counter[Kind] = Counter()
        self._held: Counter[Kind] = Counter()
        self._custodians: Counter[tuple[str, Kind]] = Counter()
        self._series: Counter[tuple[str, str, Kind]] = Counter()
        self._holds: Counter[tuple[str, Kind]] = Counter()

    def stays(self) -> None:
        """One more message whose fate is the same."""
        self.seen += 1
        self.same += 1

    def add(self, kind: Kind, custodian: str, old: Fate, new: Fate, holds: tuple[str, ...]) -> None:
        """One more message whose fate flips, and the names of the holds it is under."""
        self.seen += 1
        self._kinds[kind] += 1
        self._held[kind] += bool(holds)
        self._custodians[custodian, kind] += 1
        self._series[old.series, new.series, kind] += 1
        for hold in holds:
            self._holds[hold, kind] += 1

    @property
    def reconciles(self) -> bool:
        counts = {one.total() for one in (self._kinds, self._custodians, self._series)}
        return counts == {self.seen - self.same} and all(self._held[kind] <= self._kinds[kind] for kind in Kind)

    @property
    def kinds(self) -> tuple[OfKind, ...]:
        return tuple(OfKind(kind=kind, messages=self._kinds[kind], held=self._held[kind]) for kind in Kind)

    @property
    def custodians(self) -> tuple[OfCustodian, ...]:
        """The most alarming first, of these the most numerous; and so are the others."""
        return tuple(
            sorted((OfCustodian(mailbox=m, kind=k, messages=n) for (m, k), n in self._custodians.items()), key=_alarm)
        )

    @property
    def series(self) -> tuple[OfSeries, ...]:
        return tuple(
            sorted((OfSeries(old=o, new=w, kind=k, messages=n) for (o, w, k), n in self._series.items()), key=_alarm)
        )

    @property
    def holds(self) -> tuple[OfHold, ...]:
        return tuple(sorted((OfHold(hold=h, kind=k, messages=n) for (h, k), n in self._holds.items()), key=_alarm))


_PLACE = {kind: place for place, kind in enumerate(Kind)}


def _alarm(one: OfCustodian | OfSeries | OfHold) -> tuple[int, int]:
    return (_PLACE[one.kind], -one.messages)
