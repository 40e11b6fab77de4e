"""The nouns of a retention rule: its limits and conditions, the dates a clock can start from, and what came of it.

Nothing is read, printed or counted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct, field


class Unit(StrEnum):
    """What a period is counted in; months and years are those of the civil calendar."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Of(StrEnum):
    """Which date of the message starts the clock."""

    RECEIVED = "received"
    SENT = "sent"
    RECEIVED_OR_SENT = "received or sent"
    """The later of those that are known."""


class YearEnd(StrEnum):
    """Whose year must first come to its end."""

    CALENDAR = "calendar"
    FISCAL = "fiscal"


class YearStart(StrEnum):
    """The first day of whose year starts the clock."""

    CALENDAR = "start of calendar year"
    FISCAL = "start of fiscal year"


class Month(StrEnum):
    """Which month, begun after the date itself, must first come to its end."""

    JANUARY = "January"
    FEBRUARY = "February"
    MARCH = "March"
    APRIL = "April"
    MAY = "May"
    JUNE = "June"
    JULY = "July"
    AUGUST = "August"
    SEPTEMBER = "September"
    OCTOBER = "October"
    NOVEMBER = "November"
    DECEMBER = "December"


Cut = YearEnd | YearStart | Month
"""Where, for a date, the clock starts if not on the date itself: what a schedule calls the cut-off."""


# --- limits ---------------------------------------------------------------------------------------------------------


class Permanent(Struct, frozen=True, tag=True):
    """Kept for ever."""


class NotRequired(Struct, frozen=True, tag=True):
    """No law or schedule asks to keep it."""


class UntilRead(Struct, frozen=True, tag=True):
    """Kept until it was read."""


class UntilEvent(Struct, frozen=True, tag=True):
    """Kept until ``event`` has happened."""

    event: str


class UntilNotNeeded(Struct, frozen=True, tag=True):
    """Kept until a named person decides that it is no longer needed: never by a date alone."""


class AfterDate(Struct, frozen=True, tag=True):
    """``count`` units, and then ``and_days``, after a date of the message or after its ``cut``.

    A count of 0 is one that has only the cut: until the end of the calendar year.
    """

    count: int
    unit: Unit
    of: Of
    cut: Cut | None = None
    and_days: int = 0


class AfterEvent(Struct, frozen=True, tag=True):
    """``count`` units, and then ``and_days``, after ``event`` has happened or after the ``cut`` of that day."""

    count: int
    unit: Unit
    event: str
    cut: Cut | None = None
    and_days: int = 0


class AfterAudit(Struct, frozen=True, tag=True):
    """``count`` units, and then ``and_days``, after the audit of the year in which a date of the message lies."""

    count: int
    unit: Unit
    year: YearEnd
    of: Of
    and_days: int = 0


class NotScheduled(Struct, frozen=True, tag=True):
    """No schedule covers it: kept until a one-time authority or a schedule does."""


class NotStated(Struct, frozen=True, tag=True):
    """Its source asks to keep it and gives no period: kept."""


class As(Struct, frozen=True, tag=True):
    """The period of another series, which is put in its place before anything is counted."""

    series: str


class OneOf(Struct, frozen=True, tag=True):
    """A series without a period of its own: each of these has one, and a person must say which it is."""

    series: tuple[str, ...]


class LaterOf(Struct, frozen=True, tag=True):
    """Kept until the last of these is over."""

    limits: tuple[Limit, ...]


class EarlierOf(Struct, frozen=True, tag=True):
    """Kept until the first of these is over."""

    limits: tuple[Limit, ...]


class Either(Struct, frozen=True, tag=True):
    """The source names several and does not say which governs: kept until somebody rules."""

    limits: tuple[Limit, ...]


class Floor(Struct, frozen=True, tag=True):
    """A limit, and never less than ``at_least``."""

    limit: Limit
    at_least: After


class Ceiling(Struct, frozen=True, tag=True):
    """A limit, and a time after which it must be gone: what is kept longer is overdue, and nothing is due sooner."""

    limit: Limit
    at_most: After


class Thereafter(Struct, frozen=True, tag=True):
    """A limit and, when that is over, so much longer: the second stage of a custody in two."""

    limit: Limit
    count: int
    unit: Unit
    and_days: int = 0


class Extended(Struct, frozen=True, tag=True):
    """A limit and, once ``event`` has happened, no less than ``extension``."""

    limit: Limit
    extension: Limit
    event: str


class If(Struct, frozen=True, tag=True):
    """A limit for what meets a condition. Without ``otherwise``, what does not meet it is kept."""

    limit: Limit
    condition: Dated | Outcome
    otherwise: Limit | None = None


class Dated(Struct, frozen=True, tag=True):
    """Only mail of certain days, ``first`` and ``last`` included; ``None`` where that side is open."""

    of: Of
    first: date | None = None
    last: date | None = None


class Outcome(Struct, frozen=True, tag=True):
    """How a matter ended, told by one event or by its opposite, ``not`` and the same word: ``not sustained``."""

    event: str
    negated: bool = False


After = AfterDate | AfterEvent | AfterAudit
"""So long after something."""
Limit = (
    Permanent
    | NotRequired
    | UntilRead
    | UntilEvent
    | UntilNotNeeded
    | AfterDate
    | AfterEvent
    | AfterAudit
    | NotScheduled
    | NotStated
    | As
    | OneOf
    | LaterOf
    | EarlierOf
    | Either
    | Floor
    | Ceiling
    | Thereafter
    | Extended
    | If
)
"""One condition of a retention rule, or several that are combined."""


class Period(Struct, frozen=True):
    """How long. ``str`` prints it in the words that ``parse`` reads."""

    limit: Limit

    def __str__(self) -> str:
        from retention.core.period.printing import plain

        return plain(self)


def parts(limit: Limit) -> tuple[Limit, ...]:
    """The limits that this one combines, in the order in which they are written."""
    match limit:
        case LaterOf(limits) | EarlierOf(limits) | Either(limits):
            return limits
        case Floor(inner, bound) | Ceiling(inner, bound):
            return (inner, bound)
        case Thereafter(inner):
            return (inner,)
        case Extended(inner, extension):
            return (inner, extension)
        case If(inner, _, otherwise):
            return (inner,) if otherwise is None else (inner, otherwise)
        case _:
            return ()


def within(limit: Limit) -> Iterator[Limit]:
    """This limit and all that it is made of."""
    yield limit
    for part in parts(limit):
        yield from within(part)


# --- what a clock can start from, and what came of it ---------------------------------------------------------------


class Dates(Struct, frozen=True, kw_only=True):
    """What a clock can start from: civil dates, already in the city's zone. ``None`` means not known.

    ``fiscal_year_starts`` is month and day. ``happened`` gives for a kind of event the day on which it happened for
    this message, and for an audit its whole name: ``audit of fiscal year 2026``, by the year in which it ends. Where a
    message bears several keys that is what happened to all of them; ``happened_to_any`` is what happened to one or
    more, which is enough to keep it longer and never enough to let it go.
    """

    received_on: date | None = None
    sent_on: date | None = None
    is_read: bool | None = None
    fiscal_year_starts: tuple[int, int] = (1, 1)
    happened: Mapping[str, date] = field(default_factory=dict)
    happened_to_any: Mapping[str, date] = field(default_factory=dict)

    def is_extended_by(self, event: str) -> bool:
        return event in self.happened or event in self.happened_to_any


class Waiting(Struct, frozen=True):
    """Cannot be due before something has happened.

    ``rule_unknown`` marks what waits not for an event but because nobody can say yet how long it is to be kept.
    """

    for_: str
    says: str = ""
    rule_unknown: bool = False

    @property
    def sentence(self) -> str:
        return self.says or ("waits to be read" if self.for_ == "read" else f"waits for the event '{self.for_}'")


class Never(Struct, frozen=True):
    """Never due."""

    @property
    def sentence(self) -> str:
        return "is kept permanently"


class Undated(Struct, frozen=True):
    """Cannot be counted, because the date ``missing`` is not known."""

    missing: str

    @property
    def sentence(self) -> str:
        return f"has no date on which it was {self.missing}"


Due = date | Waiting | Never | Undated
"""The first day on which it may go, or why there is none."""
