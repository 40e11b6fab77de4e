"""How long a message is kept and from when: the grammar of retention rules, and due dates.

Each part has its own file: ``limits`` the nouns, ``reading`` and ``printing`` the words, ``naming`` what may be an
event, ``counting`` the days, ``comparing`` which keeps longer, ``referring`` other series, ``codes`` what cities print.
Nothing here knows which message or series a period belongs to, or what today is.
"""

from retention.core.period.codes import read_code
from retention.core.period.comparing import is_certain, later_of, weight
from retention.core.period.counting import due, overdue_on
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
)
from retention.core.period.naming import ALLOWED
from retention.core.period.printing import plain
from retention.core.period.reading import parse
from retention.core.period.referring import refers_to, resolved, waits_for

__all__ = [
    "ALLOWED",
    "AfterAudit",
    "AfterDate",
    "AfterEvent",
    "As",
    "Ceiling",
    "Dated",
    "Dates",
    "Due",
    "EarlierOf",
    "Either",
    "Extended",
    "Floor",
    "If",
    "LaterOf",
    "Limit",
    "Month",
    "Never",
    "NotRequired",
    "NotScheduled",
    "NotStated",
    "Of",
    "OneOf",
    "Outcome",
    "Period",
    "Permanent",
    "Thereafter",
    "Undated",
    "Unit",
    "UntilEvent",
    "UntilNotNeeded",
    "UntilRead",
    "Waiting",
    "YearEnd",
    "YearStart",
    "due",
    "is_certain",
    "later_of",
    "overdue_on",
    "parse",
    "plain",
    "read_code",
    "refers_to",
    "resolved",
    "waits_for",
    "weight",
]
