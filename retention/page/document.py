"""The nouns of a page of figures: a document of sections, and figures that are a table and perhaps a picture of it.

How they look is in ``html.py``; the same document is written as JSON and as CSV, so that all three say the same.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

Cell = str | int | float | date | datetime | None
"""What stands in a table; ``None`` stands for *not known* or *does not apply*."""
Row = tuple[Cell, ...]


class Kind(StrEnum):
    """How the cells of a column are written for people: sizes are bytes, shares are fractions of one."""

    TEXT = "text"
    NUMBER = "number"
    SIZE = "size"
    SHARE = "share"
    DAY = "day"


class Tone(StrEnum):
    """Whether somebody has to look; it is said in words too, never by a colour alone."""

    PLAIN = "plain"
    WELL = "well"
    LOOK = "look"


class Column(Struct, frozen=True):
    """``name`` is its heading; ``key`` the same for machines."""

    key: str
    name: str
    kind: Kind = Kind.TEXT


class Table(Struct, frozen=True):
    """Rows of cells, the first of which names its row. ``total`` stands below them, where they add up."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None


def sums(rows: tuple[Row, ...]) -> Row | None:
    """What stands below rows of which every cell but the first is a number; nothing where there is no row."""
    columns = list(zip(*rows, strict=True))[1:]
    return ("All", *(sum(cell for cell in one if isinstance(cell, int)) for one in columns)) if rows else None


class Series(Struct, frozen=True):
    """One colour of a picture: its name, and how much of it there is at each label. ``pale``: only what is left."""

    name: str
    values: tuple[float, ...]
    pale: bool = False


class Picture(Struct, frozen=True, kw_only=True):
    """What is drawn above a table. ``form``: ``columns`` over time, ``bars``, or ``spans`` of days.

    Spans have three series: the days before each begins, which are not drawn, how many it lasts, and how many it goes
    on after its end. ``ticks`` are the days that are named below them, ``upto`` is where the scale ends at least, and
    ``kind`` says how its numbers are written.
    """

    form: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    kind: Kind = Kind.NUMBER
    ticks: tuple[tuple[int, str], ...] = ()
    upto: float = 0


class Figure(Struct, frozen=True, kw_only=True):
    """A table, and perhaps a picture of it. ``name`` is that of its CSV file; ``most`` rows of it are on the page."""

    name: str
    title: str
    text: str = ""
    table: Table
    picture: Picture | None = None
    nothing: str = "None."
    most: int = 40


class Section(Struct, frozen=True, kw_only=True):
    """Figures that are read together. ``text`` are sentences before them, ``looks`` those of what is not well."""

    name: str
    title: str
    text: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()


class Fact(Struct, frozen=True, kw_only=True):
    """One number that is read first, and what it counts."""

    name: str
    value: str
    text: str = ""
    tone: Tone = Tone.PLAIN


class Document(Struct, frozen=True, kw_only=True):
    """The whole page. ``first_on`` and ``last_on`` are the days it is about, both included."""

    title: str
    city: str
    about: str
    first_on: date
    last_on: date
    made_at: datetime
    made_by: str
    zone: str
    rehearsal: bool = False
    preface: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    closing: tuple[str, ...] = ()
    annual: bool = False

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order of the page."""
        return tuple(figure for section in self.sections for figure in section.figures)
