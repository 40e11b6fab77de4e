"""Where one message of an mbox ends and the next begins.

There are four kinds of mbox and no mark that tells them apart (RFC 4155 describes one). Lengths that the file states
are not believed, and no body is unquoted: the content is the bytes as they lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from os import SEEK_END
from typing import BinaryIO

from retention.core.dates import believed
from retention.mail.files.opening import PIECE, bytes_at

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 2048
"""So long may a separator and the name of the header after it be."""
_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]+"
_TIME = rb"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
_ZONE = rb"(?:[ \t]+(?P<zone%d>[+-]\d{4}|\(?[A-Z]{1,5}\)?))?"
_DATES = (
    # As C writes a time, with a zone before or after the year, or none: 'Thu Jun 30 12:31:44 +0000 2016'.
    _DAY + rb"(?P<month>[A-Z][a-z]{2})[ \t]+(?P<day>\d{1,2})[ \t]+" + _TIME + _ZONE % 1
    + rb"[ \t]+(?P<year>\d{4})" + _ZONE % 2,
    # As a Date header has it: 'Thu, 30 Jun 2016 12:31:44 +0000'.
    _DAY + rb"(?P<day>\d{1,2})[ \t]+(?P<month>[A-Z][a-z]{2})[ \t]+(?P<year>\d{4})[ \t]+" + _TIME + _ZONE % 1,
)  # fmt: skip
_LINES = tuple(
    re.compile(
        rb"From (?:\S+[ \t]+|\"[^\"\n]*\"\S*[ \t]+|[^\n]*@\S*[ \t]+)?"
        + date
        + rb"(?:[ \t]+remote from \S+)?[ \t]*\r?\n"
    )
    for date in _DATES
)
_HEADER = re.compile(rb"(?:[!-9;-~]+[ \t]*:|>From )")


def separator(text: bytes) -> re.Match[bytes] | None:
    """The separator with which this begins: a line that reads as one, with a date, and a header line after it."""
    for line in _LINES:
        found = line.match(text)
        if found and _HEADER.match(text, found.end()):
            return found
    return None


def is_beginning(text: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return text.startswith(b"From ") and separator(text[:_LONGEST]) is not None


def is_alone(file: BinaryIO) -> bool:
    """Whether no second message follows the first."""
    return next(starts(file, 0, file.seek(0, SEEK_END)), None) is None


def first_line(file: BinaryIO, start: int) -> bytes:
    """The separator at ``start`` with its line end; empty where there is none."""
    found = separator(bytes_at(file, start, _LONGEST))
    return found.group() if found else b""


def starts(file: BinaryIO, behind: int, size: int) -> Iterator[int]:
    """Where the separators behind this place are, in order. It must never keep more than a piece of the file."""
    place, kept = max(behind - 3, 0), b""
    while place < size:
        piece = bytes_at(file, place, PIECE)
        if not piece:
            return
        text, base = kept + piece, place - len(kept)
        place += len(piece)
        found = text.find(b"\nFrom ")
        while found >= 0:
            start = base + found + 1
            if start > behind and _is_separator(file, text, found, base):
                yield start
            found = text.find(b"\nFrom ", found + 1)
        kept = text[-len(b"From ") :]


def _is_separator(file: BinaryIO, text: bytes, found: int, base: int) -> bool:
    """Whether an empty line comes before, and a separator and a header after the line end at ``found``."""
    if found < 2 or len(text) - found < _LONGEST:
        text, found, base = bytes_at(file, max(base + found - 2, 0), _LONGEST), min(base + found, 2), 0
    before = text[max(found - 2, 0) : found]
    return (before.endswith((b"\n", b"\n\r")) or before == b"") and separator(
        text[found + 1 : found + _LONGEST]
    ) is not None


def said_at(line: bytes) -> datetime | None:
    """The instant in a separator, which is taken as UTC where it names no zone; ``None`` where none can be believed."""
    for pattern in _LINES:
        found = pattern.match(line)
        if found:
            return _instant({name: value for name, value in found.groupdict().items() if value})
    return None


def _instant(said: dict[str, bytes]) -> datetime | None:
    zone = said.get("zone2") or said.get("zone1") or b""
    try:
        away = (
            timedelta(hours=int(zone[:3]), minutes=int(zone[:1] + zone[3:]))
            if zone[:1] in (b"+", b"-")
            else timedelta()
        )
        return believed(datetime(
            int(said["year"]), _MONTHS.index(said["month"].decode()) + 1, int(said["day"]),
            int(said["hour"]), int(said["minute"]), int(said.get("second", b"0")), tzinfo=timezone(away),
        ))  # fmt: skip
    except (ValueError, OverflowError):
        return None
