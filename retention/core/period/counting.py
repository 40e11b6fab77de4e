"""When a period is over: due dates and overdue ones, on the civil calendar and never early by a day.

How a period is written, and what today is, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from retention.core.period.limits import (
    AfterAudit,
    AfterDate,
    AfterEvent,
    As,
    Ceiling,
    Dated,
    Dates,
    Due,
    EarlierOf,
    Either,
    Extended,
    Floor,
    If,
    LaterOf,
    Limit,
    Month,
    Never,
    NotRequired,
    NotScheduled,
    NotStated,
    Of,
    OneOf,
    Outcome,
    Period,
    Permanent,
    Thereafter,
    Undated,
    Unit,
    UntilEvent,
    UntilNotNeeded,
    UntilRead,
    Waiting,
    YearEnd,
    YearStart,
    within,
)
from retention.core.period.printing import met, worded

_ONE_DAY = timedelta(days=1)
_MONTHS = tuple(Month)


def due(period: Period, dates: Dates) -> Due:
    """The first day on which a message of this period may go, or why there is none.

    It must never come early. A period counted from a date is over when its whole anniversary has passed: three years
    after 21 November 2023 is due on 22 November 2026. An anniversary that does not exist (29 February, 31 June) is
    the first day of the next month. After the end of a year, the years that follow are counted whole: two years after
    the end of calendar year 2023 is due on 1 January 2026. The day on which an event happened is kept whole.

    Of several, the later waits for every one of them. The earlier waits for no event, because what has not happened
    cannot have been first; but it waits where one of them cannot be counted or is no rule yet.
    """
    return _due(period.limit, dates)


def overdue_on(period: Period, dates: Dates) -> date | None:
    """The first day on which it must be gone, where a rule says ``at most`` and its clock has started."""
    return _overdue(period.limit, dates)


def _due(limit: Limit, dates: Dates) -> Due:  # noqa: PLR0911, PLR0912 - one case for each kind of limit
    match limit:
        case AfterDate():
            day = _date(limit.of, dates)
            return day if isinstance(day, Undated) else _after(day, limit, dates)
        case AfterEvent(_, _, event):
            on = dates.happened.get(event)
            return Waiting(event) if on is None else _after(on, limit, dates)
        case UntilEvent(event):
            on = dates.happened.get(event)
            return Waiting(event) if on is None else _counted(on, 0, Unit.DAY, 1)
        case NotRequired():
            return dates.received_on or Undated(Of.RECEIVED.value)
        case UntilRead():
            if dates.is_read is not True:
                return Waiting("read")
            return dates.received_on or Undated(Of.RECEIVED.value)
        case Permanent():
            return Never()
        case AfterAudit():
            return _audited(limit, dates)
        case LaterOf(limits):
            return _latest(_due(one, dates) for one in limits)
        case EarlierOf(limits):
            return _earliest([_due(one, dates) for one in limits])
        case Floor(inner, bound):
            return _latest((_due(inner, dates), _due(bound, dates)))
        case Ceiling(inner):
            return _due(inner, dates)
        case Thereafter():
            return _thereafter(limit, dates)
        case Extended(inner, extension, event):
            base = _due(inner, dates)
            return _latest((base, _due(extension, dates))) if dates.is_extended_by(event) else base
        case If():
            return _conditional(limit, dates)
        case _:
            return _unruled(limit)


def _unruled(limit: UntilNotNeeded | NotScheduled | NotStated | As | OneOf | Either) -> Waiting:
    """What no date and no event brings to its end."""
    match limit:
        case UntilNotNeeded():
            return Waiting("no longer needed", "waits for a named person to say that it is no longer needed")
        case NotScheduled():
            return Waiting("authority", "waits until an authority or a schedule covers it", rule_unknown=True)
        case NotStated():
            return Waiting("period", "is kept because its source states no period", rule_unknown=True)
        case As(series):
            return Waiting(series, f"is kept as {series} is, which is not resolved", rule_unknown=True)
        case OneOf(series):
            named = ", ".join(series)
            return Waiting(named, f"waits for a person to say which it belongs to: {named}", rule_unknown=True)
        case Either(limits):
            named = " or ".join(f"'{worded(one)}'" for one in limits)
            return Waiting("ruling", f"waits for a ruling whether {named} governs", rule_unknown=True)


# --- one clock ------------------------------------------------------------------------------------------------------


def _date(of: Of, dates: Dates) -> date | Undated:
    if of is Of.RECEIVED_OR_SENT:
        known = [day for day in (dates.received_on, dates.sent_on) if day is not None]
        return max(known) if known else Undated(of.value)
    day = dates.received_on if of is Of.RECEIVED else dates.sent_on
    return Undated(of.value) if day is None else day


def _after(day: date, limit: AfterDate | AfterEvent, dates: Dates) -> Due:
    count, unit, and_days = limit.count, limit.unit, limit.and_days
    if limit.cut is None:
        return _counted(day, count, unit, and_days + 1)
    try:
        match limit.cut:
            case YearEnd():
                return _counted(_next_year(day, _starts(limit.cut, dates)), count, unit, and_days)
            case YearStart():
                year = YearEnd.CALENDAR if limit.cut is YearStart.CALENDAR else YearEnd.FISCAL
                over = _counted(_this_year(day, _starts(year, dates)), count, unit, and_days + 1)
                # The start of its year lies before it: its own day must have passed all the same.
                return max(over, day + _ONE_DAY) if isinstance(over, date) else over
            case Month():
                return _counted(_after_month(day, _MONTHS.index(limit.cut) + 1), count, unit, and_days)
    except (OverflowError, ValueError):
        return Never()


def _audited(limit: AfterAudit, dates: Dates) -> Due:
    day = _date(limit.of, dates)
    if isinstance(day, Undated):
        return day
    starts = _starts(limit.year, dates)
    try:
        year = (_next_year(day, starts) - _ONE_DAY).year
    except (OverflowError, ValueError):
        return Never()
    # Where the fiscal year is the calendar year, both names are names of the same audit.
    kinds = (limit.year, *YearEnd) if dates.fiscal_year_starts == (1, 1) else (limit.year,)
    found = [on for kind in kinds if (on := dates.happened.get(f"audit of {kind} year {year}"))]
    if not found:
        return Waiting(f"audit of {limit.year} year {year}")
    return _counted(max(found), limit.count, limit.unit, limit.and_days + 1)


def _counted(day: date, count: int, unit: Unit, and_days: int) -> date | Never:
    """So much later; never, where the calendar ends before the period does."""
    try:
        return _shift(day, count, unit) + timedelta(days=and_days)
    except (OverflowError, ValueError):
        return Never()


def _starts(year: YearEnd, dates: Dates) -> tuple[int, int]:
    return (1, 1) if year is YearEnd.CALENDAR else dates.fiscal_year_starts


def _this_year(day: date, starts: tuple[int, int]) -> date:
    """The first day of the year in which ``day`` lies, for years that start on this month and day."""
    this = _day(day.year, *starts)
    return this if this <= day else _day(day.year - 1, *starts)


def _next_year(day: date, starts: tuple[int, int]) -> date:
    """The first day of the year after the one in which ``day`` lies, for years that start on this month and day."""
    this = _day(day.year, *starts)
    return this if this > day else _day(day.year + 1, *starts)


def _after_month(day: date, month: int) -> date:
    """The first day after the first such month that begins after ``day``."""
    begins = _next_year(day, (month, 1))
    return _shift(begins, 1, Unit.MONTH)


def _shift(day: date, count: int, unit: Unit) -> date:
    if unit is Unit.DAY:
        return day + timedelta(days=count)
    months = day.year * 12 + day.month - 1 + count * (12 if unit is Unit.YEAR else 1)
    return _day(months // 12, months % 12 + 1, day.day)


def _day(year: int, month: int, day: int) -> date:
    """That day, or the first day of the next month where the month is too short: later, never earlier."""
    try:
        return date(year, month, day)
    except ValueError:
        if day <= 28:
            raise
        return date(year + month // 12, month % 12 + 1, 1)


# --- several clocks -------------------------------------------------------------------------------------------------


def _latest(all_due: Iterable[Due]) -> Due:
    found = list(all_due)
    if any(isinstance(one, Never) for one in found):
        return Never()
    open_ = [one for one in found if isinstance(one, Waiting | Undated)]
    return _together(open_, " and ") if open_ else max(one for one in found if isinstance(one, date))


def _earliest(found: list[Due]) -> Due:
    """The first that is over; what can never be counted or is no rule yet keeps it all the same."""
    unknown = [one for one in found if isinstance(one, Undated) or (isinstance(one, Waiting) and one.rule_unknown)]
    if unknown:
        return _together(unknown, " and ")
    if days := [one for one in found if isinstance(one, date)]:
        return min(days)
    waiting = [one for one in found if isinstance(one, Waiting)]
    return _together(waiting, " or ") if waiting else Never()


def _together(open_: list[Waiting | Undated] | list[Waiting], word: str) -> Waiting | Undated:
    """All that several wait for, as one answer with one sentence."""
    each = list(dict.fromkeys(open_))
    if len(each) == 1:
        return each[0]
    if all(isinstance(one, Undated) for one in each):
        missing = (name for one in each if isinstance(one, Undated) for name in one.missing.split(" or "))
        return Undated(" or ".join(dict.fromkeys(missing)))
    names = ", ".join(one.for_ if isinstance(one, Waiting) else one.missing for one in each)
    unknown = any(isinstance(one, Undated) or one.rule_unknown for one in each)
    return Waiting(names, word.join(dict.fromkeys(one.sentence for one in each)), unknown)


def _thereafter(limit: Thereafter, dates: Dates) -> Due:
    """The second stage begins on the first day after the first, and its last day is kept whole."""
    if has_no_end(limit.limit):
        says = f"has no day from which what follows '{worded(limit.limit)}' is counted"
        return Waiting("end", says, rule_unknown=True)
    first = _due(limit.limit, dates)
    return _counted(first, limit.count, limit.unit, limit.and_days) if isinstance(first, date) else first


def has_no_end(limit: Limit) -> bool:
    """Whether it may be over without anybody knowing since when, so that nothing can be counted from there."""
    return any(isinstance(one, UntilRead | NotRequired) for one in within(limit))


def _conditional(limit: If, dates: Dates) -> Due:
    meets = _meets(limit.condition, dates)
    if not isinstance(meets, bool):
        return meets
    if meets:
        return _due(limit.limit, dates)
    if limit.otherwise is not None:
        return _due(limit.otherwise, dates)
    says = f"is kept because its period holds only if {met(limit.condition)}"
    return Waiting(met(limit.condition), says, rule_unknown=True)


def _meets(condition: Dated | Outcome, dates: Dates) -> bool | Waiting | Undated:
    if isinstance(condition, Dated):
        day = _date(condition.of, dates)
        if isinstance(day, Undated):
            return day
        return (condition.first or date.min) <= day <= (condition.last or date.max)
    event, opposite = condition.event, f"not {condition.event}"
    said, unsaid = event in dates.happened, opposite in dates.happened
    if said == unsaid:
        told = f"'{event}' and '{opposite}' are both recorded"
        return Waiting(event, f"waits because {told}" if said else f"waits for the event '{event}' or '{opposite}'")
    return said is not condition.negated


# --- ceilings -------------------------------------------------------------------------------------------------------


def _overdue(limit: Limit, dates: Dates) -> date | None:  # noqa: PLR0911 - one case for each kind of limit
    match limit:
        case Ceiling(inner, bound):
            return min(_days((_due(bound, dates), _overdue(inner, dates))), default=None)
        case LaterOf(limits):
            return _overdue_of_all(limits, dates)
        case Floor(inner, bound):
            return _overdue_of_all((inner, bound), dates)
        case EarlierOf(limits):
            return min(_days(_overdue(one, dates) for one in limits), default=None)
        case Extended(inner, extension, event):
            return _overdue_of_all((inner, extension) if dates.is_extended_by(event) else (inner,), dates)
        case If(inner, condition, otherwise):
            meets = _meets(condition, dates)
            branch = inner if meets is True else otherwise if meets is False else None
            return _overdue(branch, dates) if branch is not None else None
        case _:
            return None


def _overdue_of_all(limits: tuple[Limit, ...], dates: Dates) -> date | None:
    """Nothing must be gone while another of these limits still asks to keep it, or may."""
    found = [_overdue(one, dates) if has_ceiling(one) else _due(one, dates) for one in limits]
    days = list(_days(found))
    return max(days) if len(days) == len(found) and any(map(has_ceiling, limits)) else None


def has_ceiling(limit: Limit) -> bool:
    return any(isinstance(one, Ceiling) for one in within(limit))


def _days(found: Iterable[Due | None]) -> list[date]:
    return [one for one in found if isinstance(one, date)]
