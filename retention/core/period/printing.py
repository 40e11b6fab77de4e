"""How a retention rule is printed: in plain English, and so that it is read back as the same rule.

Other ways to say the same are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from retention.core.period.limits import (
    After,
    AfterAudit,
    AfterDate,
    AfterEvent,
    As,
    Ceiling,
    Dated,
    EarlierOf,
    Either,
    Extended,
    Floor,
    If,
    LaterOf,
    Limit,
    Month,
    NotRequired,
    NotScheduled,
    NotStated,
    Of,
    OneOf,
    Outcome,
    Period,
    Permanent,
    Thereafter,
    Unit,
    UntilEvent,
    UntilNotNeeded,
    UntilRead,
    YearEnd,
)
from retention.core.period.naming import STOPS

_FIXED: dict[Limit, str] = {
    Permanent(): "permanent",
    NotRequired(): "no retention required",
    UntilRead(): "until read",
    UntilNotNeeded(): "until no longer needed",
    NotScheduled(): "not scheduled",
    NotStated(): "period not stated",
}
_COMBINED = (OneOf, LaterOf, EarlierOf, Either, Floor, Ceiling, Thereafter, Extended, If)
_BARE_SERIES = re.compile(r"(?!at (?:least|most)\b)(?:[^\s(),\"]|\([^\s(),\"]+\)| (?=[^\s),\"]))+", re.IGNORECASE)


def plain(period: Period) -> str:
    """The period in plain English; ``parse`` reads it back as the same period."""
    return worded(period.limit)


def worded(limit: Limit) -> str:  # noqa: PLR0911, PLR0912 - one line for each kind of limit
    """One limit in the words of the grammar."""
    match limit:
        case UntilEvent(event):
            return f"until {event}"
        case AfterDate() | AfterEvent() | AfterAudit():
            length = counted(limit.count, limit.unit, limit.and_days)
            return f"{length} after {_start(limit)}" if length else f"until {_start(limit)}"
        case As(series):
            return f"as {_series(series)}"
        case OneOf(series):
            return f"one of {', '.join(map(_series, series))}"
        case LaterOf(limits):
            return f"later of {_listed(limits, 'and')}"
        case EarlierOf(limits):
            return f"earlier of {_listed(limits, 'and')}"
        case Either(limits):
            return f"either {_listed(limits, 'or')}"
        case Floor(inner, bound):
            return f"{_inner(inner)}, at least {_bound(bound)}"
        case Ceiling(inner, bound):
            return f"{_inner(inner, Floor)}, at most {_bound(bound)}"
        case Thereafter(inner, count, unit, and_days):
            return f"{_inner(inner)}, then {counted(count, unit, and_days)}"
        case Extended(inner, extension, event):
            return f"{_inner(inner, Extended)}, or {_inner(extension)} if {event}"
        case If(inner, condition, None):
            return f"{_inner(inner)} if {met(condition)}"
        case If(inner, condition, otherwise):
            return f"{_inner(inner)} if {met(condition)}, otherwise {_inner(otherwise, If)}"  # type: ignore[arg-type]
        case _:
            return _FIXED[limit]


def counted(count: int, unit: Unit, and_days: int = 0) -> str:
    """``3 years``, ``1 year and 1 day``; nothing where there is nothing to count."""
    lengths = [(number, name) for number, name in ((count, unit), (and_days, Unit.DAY)) if number]
    return " and ".join(f"{number} {name}" if number == 1 else f"{number} {name}s" for number, name in lengths)


def met(condition: Dated | Outcome) -> str:
    """What a condition asks, as it follows ``if``."""
    match condition:
        case Outcome(event, negated):
            return f"not {event}" if negated else event
        case Dated(of, first, None):
            return f"{of} from {_day(first)} on"
        case Dated(of, None, last):
            return f"{of} before {_day(last and last + timedelta(days=1))}"
        case Dated(of, first, last):
            whole = last is not None and (last.month, last.day) == (12, 31)
            return f"{of} from {_day(first)} to {_year(last) if whole else last}"


def _inner(limit: Limit, *bare: type[Limit]) -> str:
    """A limit that is part of another: what is itself combined stands in parentheses, so that nobody reads it apart."""
    return f"({worded(limit)})" if isinstance(limit, _COMBINED) and not isinstance(limit, bare) else worded(limit)


def _listed(limits: Iterable[Limit], word: str) -> str:
    *most, last = map(_inner, limits)
    return f"{', '.join(most)} {word} {last}"


def _bound(bound: After) -> str:
    if isinstance(bound, AfterDate) and bound.of is Of.RECEIVED and bound.cut is None:
        return counted(bound.count, bound.unit, bound.and_days)
    return worded(bound)


def _start(limit: After) -> str:
    match limit:
        case AfterAudit(_, _, year, of):
            return f"audit of {year} year {of}"
        case AfterDate(_, _, of, cut):
            base, joined = of.value, of.value
        case AfterEvent(_, _, event, cut):
            base, joined = event, f"of {event}"
    match cut:
        case None:
            return base
        case Month():
            return f"next {cut} after {base}"
        case YearEnd():
            return f"end of {cut} year {joined}"
        case _:
            return f"{cut} {joined}"


def _series(name: str) -> str:
    bare = _BARE_SERIES.fullmatch(name) and STOPS.isdisjoint(name.lower().split())
    return name if bare else f'"{name}"'


def _day(day: date | None) -> str:
    """A year where the day is the first of it."""
    return _year(day) if day and (day.month, day.day) == (1, 1) else str(day)


def _year(day: date | None) -> str:
    return str(day)[:4]
