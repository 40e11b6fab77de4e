"""Retention schedules: a jurisdiction's series, read with every problem told at once.

Each part has its own file: ``series`` the nouns, ``reading`` from a dictionary, ``digest`` the fingerprint.
"""

from retention.core.schedule.digest import fingerprint
from retention.core.schedule.reading import NO_LAW, parse
from retention.core.schedule.series import (
    Condition,
    Example,
    KeyRule,
    Match,
    Problem,
    Schedule,
    Series,
    Standing,
    Then,
    filing,
)

__all__ = [
    "NO_LAW",
    "Condition",
    "Example",
    "KeyRule",
    "Match",
    "Problem",
    "Schedule",
    "Series",
    "Standing",
    "Then",
    "filing",
    "fingerprint",
    "parse",
]
