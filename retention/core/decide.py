"""THE RULE: one message, its series, the holds and today make one decision with every reason for it.

Nothing is done here, and nothing is asked of a mail system, a store or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.core.city import Rules
from retention.core.classify import Classification
from retention.core.dates import day_of
from retention.core.hold import Covering, Holds
from retention.core.message import Mailbox, Message
from retention.core.period import Dates, Due, Undated, Waiting, due
from retention.core.schedule import Series


class Action(StrEnum):
    """What is to happen. ``CAPTURE`` keeps a message as a record and then takes it out of the mailbox, unless that is a
    file; only a stored record is ever destroyed."""

    KEEP = "keep"
    CAPTURE = "capture"
    PURGE = "purge"
    DESTROY = "destroy"


class Why(StrEnum):
    """Every question that can keep a message where it is, in the order in which people want to read them."""

    HELD = "held"
    UNREADABLE = "unreadable"
    NOT_MAIL = "not mail"
    DRAFT = "draft"
    UNCLASSIFIED = "no series"
    AMBIGUOUS = "more than one series"
    CONVERSATION = "in the conversation of a record"
    UNADOPTED = "schedule not adopted"
    UNVERIFIED = "series not verified"
    UNDATED = "no date"
    RECENT = "too recent"
    NOT_DUE = "not due"
    WAITING = "waits for an event"
    STORED = "a record already"
    IN_FILE = "lies in a file"
    UNSCHEDULED = "its series is in no schedule"
    TURNED = "its series became transitory"
    REVIEW = "a person has to look"
    GATES = "gates not known"
    AWAITS = "awaits approval"


class Reason(Struct, frozen=True):
    """One answer: which question, and a sentence for a person. ``hold`` names the hold where the answer is one."""

    why: Why
    sentence: str
    hold: str = ""


class Case(Struct, frozen=True, kw_only=True):
    """Everything a decision rests on. ``series`` is ``None`` where the filing names none or an unknown one.

    ``fingerprint`` is that of the series' schedule; ``adopted`` says whether exactly it is in effect today, and where
    it is not yet, ``adopted_from`` says from when. ``confirmed``: that adoption confirms the series by its code.
    ``in_record_thread``: its conversation holds a record, or may. ``happened`` is what has happened to all of the keys
    it bears, by kind of event, and ``happened_to_any`` what has happened to one or more of them. ``is_stored``: exactly
    this content was captured from its file already, where it stays.
    """

    message: Message
    mailbox: Mailbox
    filing: Classification | None
    series: Series | None
    fingerprint: str
    adopted: bool
    adopted_from: date | None = None
    confirmed: bool = False
    in_record_thread: bool = False
    happened: Mapping[str, date] = {}
    happened_to_any: Mapping[str, date] = {}
    is_stored: bool = False
    holds: Holds
    today: date
    rules: Rules

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.rules.time_zone)

    @property
    def received_on(self) -> date | None:
        return day_of(self.message.received_at, self.zone)


class Decision(Struct, frozen=True):
    """What is to happen and every reason for it. ``due_on`` is the first day on which the period is over, if known."""

    action: Action
    reasons: tuple[Reason, ...]
    due_on: date | None = None

    @property
    def is_held(self) -> bool:
        return any(reason.why is Why.HELD for reason in self.reasons)

    @property
    def held_by(self) -> tuple[str, ...]:
        """The names of the holds that keep it."""
        return tuple(reason.hold for reason in self.reasons if reason.hold)


def decide(case: Case) -> Decision:
    """Keep unless every question is answered and every answer allows the message to leave its mailbox."""
    reasons = tuple(reason for question in QUESTIONS for reason in question(case))
    due_on = due_of(case)
    on = due_on if isinstance(due_on, date) else None
    if reasons or case.series is None:
        return Decision(Action.KEEP, reasons or (Reason(Why.UNCLASSIFIED, "No series fits it."),), on)
    action = Action.PURGE if case.series.transitory else Action.CAPTURE
    return Decision(action, (), on)


def under(coverings: Iterable[Covering], decision: Decision) -> Decision:
    """What was decided as though there were no holds, now that these cover the message: ``decide`` says the same."""
    holding = tuple(_holding(coverings))
    return Decision(Action.KEEP, (*holding, *decision.reasons), decision.due_on) if holding else decision


def held(case: Case) -> Iterator[Reason]:
    yield from _holding(case.holds.covering(case.message, case.mailbox, case.filing))


def _holding(coverings: Iterable[Covering]) -> Iterator[Reason]:
    for covering in coverings:
        hold = covering.hold
        yield Reason(Why.HELD, f"Held by '{hold.name}' ({hold.title}) because {covering.because}.", hold.name)


def unreadable(case: Case) -> Iterator[Reason]:
    if case.message.trouble:
        yield Reason(Why.UNREADABLE, f"It could not be read: {case.message.trouble.rstrip('.')}.")
    if not case.message.version:
        yield Reason(Why.UNREADABLE, "The mail system did not say which version it is.")


def not_mail(case: Case) -> Iterator[Reason]:
    kind = case.message.kind
    if kind is None:
        yield Reason(Why.NOT_MAIL, "Its message class is not known yet.")
    elif not is_mail(kind):
        yield Reason(Why.NOT_MAIL, f"It is not mail but an item of the class {kind}.")


def is_mail(kind: str) -> bool:
    """Whether this message class is one of mail."""
    return kind.upper().startswith(("IPM.NOTE", "IPM.SCHEDULE.MEETING", "REPORT."))


def draft(case: Case) -> Iterator[Reason]:
    if case.message.is_draft is not False:
        yield Reason(Why.DRAFT, "It is a draft that was not sent.")


def unclassified(case: Case) -> Iterator[Reason]:
    if case.filing is None:
        yield Reason(Why.UNCLASSIFIED, "It has not been classified since it last changed.")
    elif case.series is None and not case.filing.ambiguous:
        yield Reason(Why.UNCLASSIFIED, "No series of the schedule fits it; a person has to look at it.")


def ambiguous(case: Case) -> Iterator[Reason]:
    if case.filing is not None and case.filing.ambiguous:
        yield Reason(Why.AMBIGUOUS, "It fits more than one series, and a person has to choose.")


def conversation(case: Case) -> Iterator[Reason]:
    """A reply may carry what the record is about, whatever its own words say."""
    decided = case.filing is not None and case.filing.by_person
    if case.series is not None and case.series.transitory and case.in_record_thread and not decided:
        sentence = "Its conversation holds a record, or may: not all of it is read and filed. A person has to look."
        yield Reason(Why.CONVERSATION, sentence)


def unadopted(case: Case) -> Iterator[Reason]:
    if case.series is not None and not case.adopted:
        if case.adopted_from is None:
            yield Reason(Why.UNADOPTED, "No office has adopted this edition of the schedule.")
        else:
            yield Reason(Why.UNADOPTED, f"This edition of the schedule is in effect from {case.adopted_from} only.")


def unverified(case: Case) -> Iterator[Reason]:
    if case.series is not None and not (case.series.verified or case.confirmed):
        yield Reason(
            Why.UNVERIFIED, f"Nobody has confirmed {case.series.key} against its source yet, so its mail stays."
        )


def undated(case: Case) -> Iterator[Reason]:
    if case.message.received_at is None:
        yield Reason(Why.UNDATED, "The mail system gives no date on which it was received.")
    elif case.received_on is None:
        yield Reason(Why.UNDATED, "The date on which it is said to have been received cannot be believed.")


def recent(case: Case) -> Iterator[Reason]:
    if case.received_on is None:
        return
    free_on = case.received_on + timedelta(days=case.rules.leave_for)
    if case.today < free_on:
        stays = case.rules.leave_for
        yield Reason(Why.RECENT, f"Mail stays in its mailbox for {stays} days; this one until {free_on}.")


def not_due(case: Case) -> Iterator[Reason]:
    """A record may leave the mail system at any time, because it is kept elsewhere; transitory mail only when due."""
    if case.series is not None and case.series.transitory:
        yield from unfinished(case)


def in_file(case: Case) -> Iterator[Reason]:
    """Nothing is removed from a file: a record is captured once, and the rest goes with the file as a whole."""
    if not case.mailbox.in_files or case.series is None:
        return
    if case.series.transitory:
        yield Reason(Why.IN_FILE, "It lies in a file, which is never changed: it goes when the whole file may go.")
    elif case.is_stored:
        yield Reason(Why.STORED, "It is a record already; its file is never changed.")


def unfinished(case: Case) -> Iterator[Reason]:
    """Why the period is not over, or cannot be said to be."""
    if case.series is None:
        return
    when = due_of(case)
    if isinstance(when, date):
        if case.today < when:
            yield Reason(Why.NOT_DUE, f"{case.series.title}: {case.series.enforced}, which is over on {when}.")
    elif isinstance(when, Waiting):
        yield Reason(Why.WAITING, f"{case.series.title}: {case.series.enforced}; it {when.sentence}.")
    elif isinstance(when, Undated):
        yield Reason(Why.UNDATED, f"{case.series.title}: {case.series.enforced}, and it has no such date.")
    else:
        yield Reason(Why.NOT_DUE, f"{case.series.title}: {case.series.enforced}.")


QUESTIONS = (
    held,
    unreadable,
    not_mail,
    draft,
    unclassified,
    ambiguous,
    conversation,
    unadopted,
    unverified,
    undated,
    recent,
    not_due,
    in_file,
)
"""All are asked even when the first already says keep: each reader wants to see their own reason."""


def due_of(case: Case) -> Due | None:
    """When the period is over for this message, or what it waits for; ``None`` without a series."""
    if case.series is None:
        return None
    dates = Dates(
        received_on=case.received_on,
        sent_on=day_of(case.message.sent_at, case.zone),
        is_read=case.message.is_read,
        fiscal_year_starts=case.rules.fiscal_year_starts,
        happened=case.happened,
        happened_to_any=case.happened_to_any,
    )
    return due(case.series.enforced, dates)
