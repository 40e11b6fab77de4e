"""THE RULE for a stored record: its series today, the holds and the day make one decision with every reason for it.

By whose consent it may go is asked in ``gate.py``; nothing is done here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from retention.core.classify import Classification
from retention.core.decide import Action, Case, Decision, Reason, Why, due_of, held, unadopted, unfinished, unverified
from retention.core.record import Custody, Record
from retention.core.schedule import Then


class RecordCase(Struct, frozen=True, kw_only=True):
    """Everything the decision about one record rests on: one case for each mailbox that it was captured from.

    The cases differ in their message and mailbox only. ``gated``: somebody has said which consents the schedule's law
    asks for. ``reviewed``: a person says that the records of its series were looked at. ``one_time``: a one-time
    authority is sought for records that no schedule has any more.
    """

    record: Record
    cases: tuple[Case, ...]
    gated: bool
    reviewed: bool = False
    one_time: bool = False

    @property
    def case(self) -> Case:
        return self.cases[0]


def filing_of(record: Record, custody: Custody) -> Classification:
    """How the record is filed: as its message was in this mailbox when it was captured."""
    return Classification(
        series_key=record.series,
        schedule_name=record.schedule,
        rule="captured",
        record=True,
        by_person=record.filed_by_person(custody),
        why=record.because,
    )


def dispose(one: RecordCase) -> Decision:
    """Keep unless every question is answered and every answer allows the record to be destroyed."""
    reasons = tuple(reason for question in QUESTIONS for reason in question(one))
    return Decision(Action.KEEP if reasons else Action.DESTROY, reasons, due_day(one))


def due_day(one: RecordCase) -> date | None:
    """The first day on which its period is over wherever it came from; ``None`` where there is none for one of them."""
    if one.case.series is None:
        return one.record.due_on
    days = [day for case in one.cases if isinstance(day := due_of(case), date)]
    return max(days) if len(days) == len(one.cases) else None


def covered(one: RecordCase) -> Iterator[Reason]:
    """A record is held where any of the mailboxes that it came from is: each hold once."""
    seen = set()
    for case in one.cases:
        for reason in held(case):
            if reason.hold not in seen:
                seen.add(reason.hold)
                yield reason


def unscheduled(one: RecordCase) -> Iterator[Reason]:
    if one.case.series is not None:
        return
    record, today = one.record, one.case.today
    if not one.one_time:
        yield Reason(
            Why.UNSCHEDULED, f"The schedule {record.schedule} has no series {record.series} any more: nobody may say."
        )
    elif record.due_on is None or today < record.due_on:
        yield Reason(Why.NOT_DUE, f"It was captured to be kept for {record.retain}, and that is not over.")


def of_adopted(one: RecordCase) -> Iterator[Reason]:
    yield from unadopted(one.case)
    if one.case.series is None and not one.case.adopted:
        yield Reason(Why.UNADOPTED, "No office has adopted the edition that no longer has its series.")


def of_verified(one: RecordCase) -> Iterator[Reason]:
    yield from unverified(one.case)


def turned(one: RecordCase) -> Iterator[Reason]:
    """What was captured as a record is not destroyed by the rule for what is none."""
    series = one.case.series
    if series is not None and series.transitory:
        yield Reason(Why.TURNED, f"{series.title} has become transitory since it was captured; a person has to look.")


def to_stay(one: RecordCase) -> Iterator[Reason]:
    series = one.case.series
    if series is None or series.transitory:
        return
    if series.then is Then.KEEP:
        yield Reason(Why.NOT_DUE, f"{series.title}: the schedule says to keep it.")
    elif series.then is Then.REVIEW and not one.reviewed:
        yield Reason(Why.REVIEW, f"{series.title}: the schedule says that a person looks at it before it goes.")


def not_over(one: RecordCase) -> Iterator[Reason]:
    """The same bytes may have been received on two days: the period must be over after each."""
    yield from dict.fromkeys(reason for case in one.cases for reason in unfinished(case))


def ungated(one: RecordCase) -> Iterator[Reason]:
    if not one.gated:
        yield Reason(Why.GATES, f"Nobody has said which consents the law asks for under {one.record.schedule}.")


QUESTIONS = (covered, unscheduled, of_adopted, of_verified, turned, to_stay, not_over, ungated)
"""All are asked even when the first already says keep: each reader wants to see their own reason."""
