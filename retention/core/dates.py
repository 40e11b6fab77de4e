"""Which instants that a message states can be believed, and the civil day of one.

How a mail system or a header writes them is not known here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

_OLDEST, _NEWEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(4500, 1, 1, tzinfo=UTC)
"""Outside of these a date is Exchange's way to say that there is none (0001, 1601, 4501), or a sender's invention.

Whole hours in UTC: ``jobs/deciding.py`` answers for all instants of an hour at once.
"""


def believed(moment: datetime | None) -> datetime | None:
    """The instant in UTC, to which one without a zone belongs too; ``None`` where it stands for none. Never raises."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # Compared before it is taken to UTC, which at either end of the calendar cannot be done.
    if not _OLDEST <= moment < _NEWEST:
        return None
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def day_of(moment: datetime | None, zone: tzinfo) -> date | None:
    """The day in this zone on which it was; ``None`` for an instant that is not known, or cannot be believed."""
    known = believed(moment)
    return known.astimezone(zone).date() if known is not None else None
