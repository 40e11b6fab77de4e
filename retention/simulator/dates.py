"""Reading the date of a message out of scanned text, where it comes in many spellings.

No message is read here, and nothing is guessed: what cannot be read for certain is no date.
"""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime, time

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EARLIEST_YEAR, LATEST_YEAR = 1970, 2100
END_OF_DAY = time(23, 59, 59)

_DATE = re.compile(
    rf"(?:(?P<weekday>{'|'.join(WEEKDAYS)})\W+)?"
    rf"(?P<month>{'|'.join(MONTHS)})\W+(?P<day>\d{{1,2}})\W+(?P<year>\d{{4}})"
    r"(?P<time>[\s.,]*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\W*(?P<half>[AP]M)\b)?",
    re.IGNORECASE,
)


def read_date(text: str) -> datetime | None:
    """The instant in UTC that the text names, or None.

    Understood: ISO 8601, the form of mail headers, and ``Monday, April 13, 2009 11:09 AM`` with the slips of OCR
    around it. A text without a zone is taken as UTC, a day without a readable time as its end (the later is the safer:
    nothing is due too early). A weekday that does not fit the date makes it unreadable.
    """
    return _iso(text) or _header_date(text) or _written(text)


def _iso(text: str) -> datetime | None:
    try:
        return _sane(datetime.fromisoformat(text.strip()))
    except ValueError:
        return None


def _header_date(text: str) -> datetime | None:
    if not re.match(r"^\s*(?:\w{3},\s*)?\d{1,2}\s+\w{3}\s+\d{4}\s+\d{1,2}:\d{2}", text):
        return None
    try:
        return _sane(email.utils.parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _written(text: str) -> datetime | None:
    found = _DATE.search(text)
    if not found:
        return None
    try:
        day = datetime(int(found["year"]), MONTHS.index(found["month"].lower()) + 1, int(found["day"]), tzinfo=UTC)
        at = _time(found) if found["time"] else END_OF_DAY
    except ValueError:
        return None
    if found["weekday"] and WEEKDAYS[day.weekday()] != found["weekday"].lower():
        return None
    return _sane(datetime.combine(day.date(), at, UTC))


def _time(found: re.Match[str]) -> time:
    """A time by the twelve-hour clock. Raises ``ValueError``."""
    hour = int(found["hour"])
    if not 1 <= hour <= 12:
        raise ValueError(found["time"])
    return time(hour % 12 + (12 if found["half"].upper() == "PM" else 0), int(found["minute"]))


def _sane(moment: datetime) -> datetime | None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not EARLIEST_YEAR <= aware.year <= LATEST_YEAR:
        return None
    return aware.astimezone(UTC).replace(microsecond=0)
