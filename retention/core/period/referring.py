"""What a period refers to beside itself: the events it waits for, and other series whose period it shares.

Which series there are is asked of the caller.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from retention.core.period.limits import (
    AfterAudit,
    AfterEvent,
    As,
    Ceiling,
    EarlierOf,
    Either,
    Extended,
    Floor,
    If,
    LaterOf,
    Limit,
    OneOf,
    Outcome,
    Period,
    Thereafter,
    UntilEvent,
    within,
)

_MOST_PARTS = 500
_LONGEST_CHAIN = 40


def waits_for(period: Period) -> tuple[str, ...]:
    """The kinds of events that it names, in the order in which they are written; an audit of a year is an ``audit``."""
    return tuple(dict.fromkeys(kind for limit in within(period.limit) for kind in _kinds(limit)))


def _kinds(limit: Limit) -> tuple[str, ...]:
    match limit:
        case UntilEvent(event) | AfterEvent(event=event) | Extended(event=event):
            return (event,)
        case AfterAudit():
            return ("audit",)
        case If(condition=Outcome(event)):
            return (event, f"not {event}")
        case _:
            return ()


def refers_to(period: Period) -> tuple[str, ...]:
    """The series that it names, in the order in which they are written."""
    return tuple(dict.fromkeys(name for limit in within(period.limit) for name in _names(limit)))


def _names(limit: Limit) -> tuple[str, ...]:
    match limit:
        case As(series):
            return (series,)
        case OneOf(series):
            return series
        case _:
            return ()


def resolved(period: Period, find: Callable[[str], Period | None]) -> Period:
    """The same period with those of the series that it names put in their place; ``one of`` stays as it is.

    Raises ValueError with one sentence where a series is unknown, or refers to itself by way of others.
    """
    return _Resolving(find).period(period, ())


class _Resolving:
    def __init__(self, find: Callable[[str], Period | None]) -> None:
        self.find = find
        self.done: dict[str, Limit] = {}

    def period(self, period: Period, path: tuple[str, ...]) -> Period:
        for name in refers_to(period):
            if self.find(name) is None:
                raise ValueError(f"the period '{period}' names the series '{name}', which is not in the schedule")
        limit = self.limit(period.limit, path)
        if sum(1 for _ in within(limit)) > _MOST_PARTS:
            raise ValueError(f"the period '{period}' has more than {_MOST_PARTS} parts when its series are put in")
        return Period(limit)

    def limit(self, limit: Limit, path: tuple[str, ...]) -> Limit:
        match limit:
            case As(name):
                return self.series(name, path)
            case LaterOf(limits) | EarlierOf(limits) | Either(limits):
                return replace(limit, limits=tuple(self.limit(one, path) for one in limits))
            case Floor(inner) | Ceiling(inner) | Thereafter(inner):
                return replace(limit, limit=self.limit(inner, path))
            case Extended(inner, extension):
                return replace(limit, limit=self.limit(inner, path), extension=self.limit(extension, path))
            case If(inner, _, otherwise):
                other = None if otherwise is None else self.limit(otherwise, path)
                return replace(limit, limit=self.limit(inner, path), otherwise=other)
            case _:
                return limit

    def series(self, name: str, path: tuple[str, ...]) -> Limit:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise ValueError(f"the series refer to each other in a circle: {circle}")
        if len(path) >= _LONGEST_CHAIN:
            raise ValueError(f"the series refer to each other more than {_LONGEST_CHAIN} times over: {path[0]} first")
        if name not in self.done:
            found = self.find(name)
            if found is None:
                raise ValueError(f"the series '{name}' is not in the schedule")
            self.done[name] = self.period(found, (*path, name)).limit
        return self.done[name]
