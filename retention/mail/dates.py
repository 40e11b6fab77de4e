"""Which instants of a mail server can be believed.

How each server writes them is known to its client.
"""

from __future__ import annotations

from datetime import UTC, datetime

_OLDEST, _NEWEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(4500, 1, 1, tzinfo=UTC)
"""Outside of these a date is Exchange's way to say that there is none (0001, 1601, 4501)."""


def believed(moment: datetime) -> datetime | None:
    """The instant in UTC, to which one without a zone belongs too; ``None`` where it stands for none."""
    if moment.tzinfo is not UTC:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment if _OLDEST <= moment < _NEWEST else None
