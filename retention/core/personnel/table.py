"""A table whose headings are found by what they mean, and what a cell of it says: addresses, days, words.

What is made of a row is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from retention.core.spreadsheet.sheet import BadRow, letter, listed, unguarded

_SEVERAL = ("addresses", "mailboxes", "custodian")
"""What may stand in more than one column."""
UNKNOWN = "this heading is not known, and its column is not read"
_DAYS = ("hired", "left", "from", "to", "since")
"""Where a cell that a spreadsheet program takes for a date is no doubtful one, but what is wanted."""
_FOREVER = 2200
"""A year from which on an end means that there is none: personnel systems write 12/31/9999."""


class Table:
    """The rows below the headings, each cell found by what its heading means.

    ``problems`` are what is wrong with them; ``notes`` what is not read, or is doubtful, and harms nothing. ``marred``
    says of each row, by its columns, which texts are no good.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[str]],
        numbers: Sequence[int],
        spelled: Mapping[str, str],
        needed: tuple[str, ...],
        *,
        all_needed: bool = False,
        marred: Sequence[Mapping[int, str]] = (),
    ) -> None:
        self.problems: list[BadRow] = []
        self.notes: list[BadRow] = []
        self.headings: dict[str, str] = {}
        self.width = 0
        numbers = numbers or range(1, len(rows) + 1)
        self._marred = dict(zip(numbers, marred, strict=True)) if marred else {}
        filled = [
            (number, [_clean(cell) for cell in cells])
            for number, cells in zip(numbers, rows, strict=True)
            if any(map(_clean, cells)) or self._marred.get(number)
        ]
        if not filled:
            self.problems.append(BadRow("", 0, "", "there is no row; a row of headings was expected"))
        columns = self._columns(filled, spelled) if filled else {}
        missing = [key for key in needed if filled and key not in columns.values()]
        if missing and (all_needed or len(missing) == len(needed)):
            wanted = [spelled[key].partition(",")[0] for key in missing]
            seen_here = listed(text for text in filled[0][1] if text)
            sentence = f"no heading means {' or '.join(wanted)}; seen here: {seen_here}"
            self.problems.append(BadRow("", filled[0][0], "", sentence))
            columns = {}
        self.rows = [row for number, cells in filled[1:] if columns and (row := self._row(number, cells, columns))]

    def _columns(self, filled: Sequence[tuple[int, list[str]]], spelled: Mapping[str, str]) -> dict[int, str]:
        """By their places, the columns whose headings mean something; each other one is told."""
        known = {
            plain(heading): (key, rank)
            for key, headings in spelled.items()
            for rank, heading in enumerate(headings.split(","))
        }
        (at, headings), below = filled[0], filled[1:]
        self.width = len(headings)
        self.problems += [BadRow("", at, "", f"column {letter(n)}: {why}") for n, why in self._marred_in(at)]
        meant = {place: known[plain(text)] for place, text in enumerate(headings) if plain(text) in known}
        best = {
            key: min((rank, place) for place, (other, rank) in meant.items() if other == key)[1]
            for key, _ in meant.values()
        }
        self.headings = {key: headings[place] for key, place in best.items()}
        columns: dict[int, str] = {}
        for place, heading in enumerate(headings):
            key, _ = meant.get(place, ("", 0))
            if key and (key in _SEVERAL or best[key] == place):
                columns[place] = key
            elif key:
                sentence = f"it means the same as {listed([self.headings[key]])}, and its column is not read"
                self.notes.append(BadRow("", at, heading, sentence))
            elif heading:
                self.notes.append(BadRow("", at, heading, UNKNOWN))
            elif any(place < len(cells) and cells[place] for _, cells in below):
                sentence = f"column {letter(place)} has no heading and is not read"
                self.notes.append(BadRow("", at, "", sentence))
        return columns

    def _row(self, number: int, cells: list[str], columns: Mapping[int, str]) -> Row | None:
        if any(cells[self.width :]):
            sentence = f"it has {len(cells)} cells where {self.width} were expected, and is not read"
            self.problems.append(BadRow("", number, "", sentence))
            return None
        bad = [
            BadRow("", number, self.headings[columns[n]], why)
            for n, why in self._marred_in(number)
            if n in columns and not (columns[n] in _DAYS and n < len(cells) and is_day(cells[n]))
        ]
        if bad:
            self.problems += bad
            return None
        found: dict[str, list[str]] = {}
        for place, key in columns.items():
            found.setdefault(key, []).append(cells[place] if place < len(cells) else "")
        return Row(self, number, found)

    def _marred_in(self, number: int) -> list[tuple[int, str]]:
        return sorted(self._marred.get(number, {}).items())


class Row:
    """One row: what it says under each heading that is known. ``undated``: a date in it could not be read."""

    def __init__(self, table: Table, number: int, cells: Mapping[str, Sequence[str]]) -> None:
        self.number = number
        self.undated = False
        self._table = table
        self._cells = cells

    def has(self, key: str) -> bool:
        """Whether the table has a column for it."""
        return key in self._cells

    def heading(self, key: str) -> str:
        return self._table.headings.get(key, "")

    def text(self, key: str) -> str:
        return " ".join(self._cells.get(key, ())).strip()

    def tell(self, key: str, sentence: str) -> None:
        """Let it be known that this cell is not as it should be."""
        self._table.problems.append(BadRow("", self.number, self.heading(key), sentence))

    def addresses(self, key: str) -> tuple[str, ...]:
        """The addresses in the cell, in small letters; what is none is told."""
        text = self.text(key).lower()
        if named := _ANGLED.findall(text):
            text = " ".join(named)
        found = [word.removeprefix("smtp:") for word in re.split(r"[;,\s]+", text) if word]
        for word in found:
            if not is_address(word):
                self.tell(key, f"{listed([word])} is no address: one like name@city.example was expected")
        return tuple(dict.fromkeys(word for word in found if is_address(word)))

    def day(self, key: str) -> date | None:
        """The day in the cell; ``None`` where it is empty, or an end that means none, or ``undated``."""
        if not (text := self.text(key)):
            return None
        try:
            found = day_of(text)
        except ValueError:
            expected = "2026-03-01, or 3/1/2026 with the month first, was expected"
            self.tell(key, f"{listed([text])} is no date: {expected}")
            self.undated = True
            return None
        return None if key in ("left", "to") and found.year >= _FOREVER else found


_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@(?:[\w-]+\.)+[\w-]+")
_ANGLED = re.compile(r"<([^<>]*)>")
_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_DATED = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_TIME}", re.ASCII | re.IGNORECASE)
_AMERICAN = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_TIME}", re.ASCII | re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether this is an address, and nothing else."""
    return _ADDRESS.fullmatch(text) is not None


def is_day(text: str) -> bool:
    try:
        return bool(day_of(text))
    except ValueError:
        return False


def day_of(text: str) -> date:
    """The day of a date, with or without a time. Raises ``ValueError`` for what is none in one of the two ways."""
    if dated := _DATED.fullmatch(text):
        year, month, day = map(int, dated.groups())
    elif american := _AMERICAN.fullmatch(text):
        month, day, year = map(int, american.groups())
    else:
        raise ValueError(text)
    return date(year, month, day)


def _clean(cell: str) -> str:
    return unguarded(" ".join(cell.split()))


def plain(heading: str) -> str:
    """The form in which headings and names are compared: letters and digits alone."""
    return re.sub(r"[\W_]+", "", heading.replace("#", "no")).casefold()
