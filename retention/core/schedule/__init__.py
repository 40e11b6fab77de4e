"""Retention schedules: a jurisdiction's series, read with every problem told at once.

Each part has its own file: ``series`` the nouns, ``reading`` and ``gates`` from a dictionary, ``digest`` the
fingerprint.
"""

from retention.core.schedule.digest import fingerprint
from retention.core.schedule.reading import parse
from retention.core.schedule.series import (
    NO_GATES,
    NO_LAW,
    NOT_REQUIRED,
    Condition,
    Example,
    Gate,
    KeyRule,
    Match,
    Problem,
    Schedule,
    Series,
    Standing,
    Then,
    When,
    filing,
)

__all__ = [
    "NOT_REQUIRED",
    "NO_GATES",
    "NO_LAW",
    "Condition",
    "Example",
    "Gate",
    "KeyRule",
    "Match",
    "Problem",
    "Schedule",
    "Series",
    "Standing",
    "Then",
    "When",
    "filing",
    "fingerprint",
    "parse",
]
