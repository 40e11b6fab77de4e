"""Which of two periods keeps longer, how two are joined so that neither is undercut, and what contradicts itself.

No day is counted here: what holds, holds for every message.
"""

from __future__ import annotations

import math

from msgspec.structs import replace

from retention.core.period.counting import has_no_end
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
    Period,
    Permanent,
    Thereafter,
    Unit,
    UntilEvent,
    UntilNotNeeded,
    UntilRead,
    YearEnd,
    YearStart,
    parts,
)

_LONGEST_DAYS = {Unit.DAY: 1.0, Unit.MONTH: 30.44, Unit.YEAR: 365.25}
_CUT_DAYS = {YearStart: -0.5, Month: 0.25, YearEnd: 0.5}
_DAYS, _EVENT, _PERMANENT = 1, 2, 3
_CLEARLY_DAYS = 3

Weight = tuple[int, float]


def weight(period: Period) -> Weight:
    """Orders periods by how long they keep, longest largest: for naming the longer, never for deciding what goes.

    A period that waits for an event counts as longer than any that does not, since nobody knows when the event happens;
    one whose rule nobody knows yet counts as longer still, and only what is permanent goes before it.
    """
    return _weight(period.limit)


def _weight(limit: Limit) -> Weight:  # noqa: PLR0911, PLR0912 - one case for each kind of limit
    match limit:
        case Permanent():
            return (_PERMANENT, 0.0)
        case AfterDate():
            return (_DAYS, _long(limit))
        case AfterEvent() | AfterAudit():
            return (_EVENT, _long(limit))
        case UntilEvent() | UntilNotNeeded():
            return (_EVENT, 0.0)
        case NotRequired() | UntilRead():
            return (0, 0.0)
        case NotScheduled() | NotStated() | As() | OneOf():
            return (_EVENT, math.inf)
        case EarlierOf(limits):
            return min(map(_weight, limits))
        case Ceiling(inner):
            return _weight(inner)
        case Thereafter(inner, count, unit, and_days):
            kind, days = _weight(inner)
            return (kind, days if kind == _PERMANENT else days + count * _LONGEST_DAYS[unit] + and_days)
        case Either(limits):
            return _heaviest((UntilNotNeeded(), *limits))
        case If(inner, _, None):
            return _heaviest((inner, NotStated()))
        case If(inner, Dated(), otherwise) if otherwise:
            return _heaviest((inner, otherwise))
        case If():
            return _heaviest((UntilNotNeeded(), *parts(limit)))
        case LaterOf() | Floor() | Extended():
            return _heaviest(parts(limit))


def _heaviest(limits: tuple[Limit, ...]) -> Weight:
    """No lighter than any of these."""
    kinds, days = zip(*map(_weight, limits), strict=True)
    return (_PERMANENT, 0.0) if _PERMANENT in kinds else (max(kinds), max(days))


def _long(limit: After) -> float:
    cut = None if isinstance(limit, AfterAudit) else limit.cut
    extra = 0.0 if cut is None else _CUT_DAYS[type(cut)]
    return limit.count * _LONGEST_DAYS[limit.unit] + limit.and_days + extra


def is_certain(period: Period) -> bool:
    """Whether it can come due by the message's own dates alone, with no event and no person's decision."""
    return _is_certain(period.limit)


def _is_certain(limit: Limit) -> bool:  # noqa: PLR0911 - one case for each kind of limit
    match limit:
        case AfterDate() | NotRequired() | UntilRead():
            return True
        case LaterOf(limits):
            return all(map(_is_certain, limits))
        case Floor(inner, bound):
            return _is_certain(inner) and _is_certain(bound)
        case EarlierOf(limits):
            known = not any(isinstance(one, NotScheduled | NotStated | As | OneOf | Either) for one in limits)
            return known and any(map(_is_certain, limits))
        case Ceiling(inner) | Extended(inner):
            return _is_certain(inner)
        case Thereafter(inner):
            return _is_certain(inner) and not has_no_end(inner)
        case If(_, Dated()):
            return any(map(_is_certain, parts(limit)))
        case _:
            return False


# --- two periods as one ---------------------------------------------------------------------------------------------


def later_of(a: Period, b: Period) -> Period:
    """A period that is never over before either of these: for a floor that the law sets under every series."""
    kept: list[Limit] = []
    for limit in (*_limits(a.limit), *_limits(b.limit)):
        if not any(_covers(one, limit) for one in kept):
            kept = [*(one for one in kept if not _covers(limit, one)), limit]
    return Period(kept[0] if len(kept) == 1 else LaterOf(tuple(kept)))


def _limits(limit: Limit) -> tuple[Limit, ...]:
    return tuple(one for part in limit.limits for one in _limits(part)) if isinstance(limit, LaterOf) else (limit,)


def _covers(longer: Limit, shorter: Limit) -> bool:
    """Whether, for every message, ``longer`` is never over before ``shorter``. Where that is not plain: no."""
    match longer, shorter:
        case _ if longer == shorter or isinstance(longer, Permanent):
            return True
        case (AfterDate(of=Of.RECEIVED, cut=None | YearEnd() | Month()), NotRequired()):
            return True
        case (AfterDate() | AfterEvent() | AfterAudit(), AfterDate() | AfterEvent() | AfterAudit()):
            (months, days), (fewer_months, fewer_days) = _months_and_days(longer), _months_and_days(shorter)
            return _start(longer) == _start(shorter) and months >= fewer_months and days >= fewer_days
        case _:
            return False


def _start(limit: After) -> After:
    """What is left when the length is taken away: equal for limits that start on the same day."""
    return replace(limit, count=0, unit=Unit.DAY, and_days=0)


def _months_and_days(limit: After) -> tuple[int, int]:
    if limit.unit is Unit.DAY:
        return 0, limit.count + limit.and_days
    return limit.count * (12 if limit.unit is Unit.YEAR else 1), limit.and_days


# --- what contradicts itself ----------------------------------------------------------------------------------------


def impossible(limit: Limit) -> str | None:
    """Why nobody can mean this, as the end of a sentence."""
    match limit:
        case Thereafter(Permanent()) | Ceiling(Permanent()):
            return "is permanent, so nothing can follow it"
        case Thereafter(inner) if has_no_end(inner):
            return "says 'then' after what has no day on which it ends; write 'LENGTH after received'"
        case Ceiling(inner, bound) if not isinstance(inner, Floor):
            return _too_long((inner,), bound)
        case Ceiling(Floor(inner, floor), bound):
            return _too_long((inner, floor), bound)
    return None


def _too_long(kept: tuple[Limit, ...], bound: After) -> str | None:
    """Only what counts from the same day is compared, and a few days make no difference: months are not alike."""
    for one in kept:
        if not isinstance(one, AfterDate | AfterEvent | AfterAudit) or _start(one) != _start(bound):
            continue
        if _long(one) > _long(bound) + _CLEARLY_DAYS:
            return "must be gone before it may go; 'at most' is to be the longer"
    return None
