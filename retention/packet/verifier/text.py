"""Texts as the packet has them, instants and days, and what is found wrong.

What a packet says is not known here.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from datetime import date, datetime
from typing import Any

SHOWN = 1000
"""Rows of a table that the page has at most."""
UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
FIRST_DAY = date(1970, 1, 1).toordinal()


class Found:
    """What was found: problems are reasons not to believe the packet, notes say what could not be checked."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.notes: list[str] = []

    def wrong(self, text: str) -> None:
        self.problems.append(plain(text))

    def note(self, text: str) -> None:
        self.notes.append(plain(text))


class Zone:
    """The city's time zone, as the packet says it: from which second on (since 1970) it is how far east of UTC."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.name = str(said["name"])
        self.starts = [int(start) for start, _ in said["offsets"]]
        self.offsets = [int(offset) for _, offset in said["offsets"]]

    def day(self, at: str) -> str:
        second = seconds(at)
        offset = self.offsets[max(0, bisect_right(self.starts, second) - 1)]
        return date.fromordinal(FIRST_DAY + (second + offset) // 86400).isoformat()

    def check(self, found: Found) -> None:
        """Compare it with what this machine knows of that zone, where it knows anything."""
        try:
            from zoneinfo import ZoneInfo

            zone = ZoneInfo(self.name)
        except (ImportError, KeyError, ValueError, OSError):
            return found.note(
                f"This machine knows no time zone '{self.name}': the days are taken as the packet has them."
            )
        there = [datetime.fromtimestamp(start, zone).utcoffset() for start in self.starts]
        if [offset.total_seconds() for offset in there if offset is not None] != self.offsets:
            found.note(f"This machine knows the time zone '{self.name}' otherwise: the days may be others.")
        return None


def seconds(at: str) -> int:
    """The whole seconds since 1970 of an instant like ``2026-11-21T15:00:00Z``."""
    year, month, day, hour, minute, second = (int(part) for part in re.split("[-T:]", at[:19]))
    return (date(year, month, day).toordinal() - FIRST_DAY) * 86400 + hour * 3600 + minute * 60 + second


def instant(at: str) -> str:
    """An instant as the tables have it."""
    return at[:19].replace("T", " ")


def plain(text: object) -> str:
    """The text on one line, with everything that could steer a screen or hide itself shown as a dot."""
    return UNSAFE.sub("\u00b7", str(text))


def cell(text: object) -> str:
    """The text as a CSV file has it: no spreadsheet program may take it for a formula."""
    shown = plain(text)
    return "'" + shown if shown.startswith(FORMULAS) else shown


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
