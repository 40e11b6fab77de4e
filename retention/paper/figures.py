"""Numbers, sizes and instants as a person reads them.

Nothing is counted or measured here.
"""

from __future__ import annotations

from datetime import UTC, datetime


def counted(number: int, what: str) -> str:
    """``1 record``, ``1,200 records``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def bytes_of(size: int) -> str:
    """``1,234,567 bytes, 1.2 MB``: a megabyte has a million bytes."""
    exact = counted(size, "byte")
    for unit, worth in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= worth:
            return f"{exact}, {size / worth:.1f} {unit}"
    return exact


def instant(at: datetime | None) -> str:
    """In Universal Time, to the second; empty where it is not known."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else ""
