"""What classifying a message gives: the series it is filed under, and why.

How a series is found is in ``matcher.py``.
"""

from __future__ import annotations

from msgspec import Struct

from retention.core import words
from retention.core.schedule import Series, filing

FORM = 1
"""Raised when the same schedule comes to file the same message differently, so that all mail is filed anew."""


def names_of(series: Series) -> tuple[str, ...]:
    """What a folder or category is called in which a person files this series, in the forms in which they are compared.

    The code alone, or the code and the title, with whatever stands between.
    """
    if not series.filed_as:
        return ()
    return tuple(dict.fromkeys((filing(series.filed_as), words.words(f"{series.filed_as} {series.title}"))))


def forms_of(name: str) -> tuple[str, str]:
    """The forms in which the name of a folder or category is compared with ``names_of``."""
    return filing(name), words.words(name)


class Candidate(Struct, frozen=True):
    """A series that matched, and the schedule it stands in."""

    schedule_name: str
    series_key: str

    def __str__(self) -> str:
        return f"{self.schedule_name}: {self.series_key}"


class Classification(Struct, frozen=True):
    """Which series, and why. Both names are ``None`` where no series matched, or several did (``ambiguous``).

    ``rule`` says which rule matched. ``words`` are the values that were found, each after its field. ``candidates``
    are all series that matched, the longest period first. ``record`` says that it is a record or may be one.
    ``by_person`` says that a person filed it or decided. ``why`` is for a person.
    """

    series_key: str | None = None
    schedule_name: str | None = None
    rule: str = ""
    words: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    ambiguous: bool = False
    record: bool = False
    by_person: bool = False
    why: str = ""


NOTHING = Classification(why="No rule of the schedule fits; without a series it is kept for review.")
FAILED = Classification(record=True, why="The pattern engine could not judge this message; it is kept for review.")
UNREADABLE = Classification(record=True, why="It could not be read, so nobody knows what it is; it is kept for review.")
FILED = "filed by a person"
REVIEWED = "decided in a review"
