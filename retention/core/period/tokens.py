"""The words of one retention rule, taken from left to right: lengths of time, days, names of series and of events.

How they make a rule is not known here.
"""

from __future__ import annotations

import re
from datetime import date

from retention.core.period.limits import Unit
from retention.core.period.naming import ALLOWED, STOPS

LONGEST_TEXT = 2000
_LONGEST_NAME = 100
_MOST_YEARS = 999
_MOST = {Unit.DAY: _MOST_YEARS * 365, Unit.MONTH: _MOST_YEARS * 12, Unit.YEAR: _MOST_YEARS}
_UNITS = {form: unit for unit in Unit for form in (unit.value, f"{unit}s")}
_SMALLER = {Unit.YEAR: (Unit.MONTH, Unit.DAY), Unit.MONTH: (Unit.DAY,), Unit.DAY: ()}
_TOKEN = re.compile(r'"[^"]*"|[(),"]|[^\s(),"]+')

Length = tuple[int, Unit, int]
"""So many units, and so many days."""


class Tokens:
    """One text, cut into words; ``at`` is the next of them."""

    def __init__(self, text: str) -> None:
        self.text = " ".join(text[: LONGEST_TEXT + 1].replace("\u2019", "'").split())
        self.shown = self.text if len(self.text) <= 200 else f"{self.text[:200]}..."
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"the period '{self.shown}' is longer than {LONGEST_TEXT} letters; {ALLOWED}")
        tokens = list(_TOKEN.finditer(self.text))
        self.spans = [token.span() for token in tokens]
        self.words = [token[0].lower() for token in tokens]
        self.at = 0

    def word(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at] if at < len(self.words) else ""

    def takes(self, *words: str) -> bool:
        """Whether these words come next; then they are behind us."""
        found = self.words[self.at : self.at + len(words)] == list(words)
        self.at += len(words) if found else 0
        return found

    def needs(self, word: str, hint: str) -> None:
        if not self.takes(word):
            found = f"'{self.word()}'" if self.word() else "nothing"
            raise ValueError(f"the period '{self.shown}' has {found} where '{word}' must stand; {hint}")

    def phrase(self) -> str:
        """The words up to the next that ends a name; ``received or sent`` is one name."""
        start = self.at
        while self.word() not in STOPS:
            self.at += 1
        if self.words[start : self.at][-1:] == ["received"]:
            self.takes("or", "sent")
        return " ".join(self.words[start : self.at])

    # --- lengths ----------------------------------------------------------------------------------------------------

    def counts(self, ahead: int = 0) -> bool:
        """Whether a number comes next."""
        return self.word(ahead)[:1] in tuple("0123456789")

    def length(self) -> Length:
        """``3 years``, ``1 year and 1 day``, ``2 years and 6 months``."""
        count, unit = self._number_and_unit()
        months, days = 0, 0
        last = unit
        while self.word() == "and" and self.counts(1) and _UNITS.get(self.word(2)) in _SMALLER[last]:
            self.at += 1
            more, last = self._number_and_unit()
            months, days = (more, days) if last is Unit.MONTH else (months, more)
        if months:
            count, unit = count * 12 + months, Unit.MONTH
        if count > _MOST[unit] or days > _MOST[Unit.DAY]:
            raise ValueError(
                f"the period '{self.shown}' is longer than {_MOST_YEARS} years; write 'permanent' if that is meant"
            )
        return count, unit, days

    def _number_and_unit(self) -> tuple[int, Unit]:
        number, name = self.word(), self.word(1)
        if not (number.isascii() and number.isdigit()) or name not in _UNITS:
            what = f"{number} {name}" if name not in STOPS else number
            raise ValueError(f"'{what}' in the period '{self.shown}' is no number of days, months or years; {ALLOWED}")
        count = int(number[:9])
        if count == 0:
            raise ValueError(f"the period '{self.shown}' has no length; write 'no retention required' if that is meant")
        self.at += 2
        return count, _UNITS[name]

    # --- names and days -----------------------------------------------------------------------------------------------

    def series(self) -> str:
        """The code or name of a series, with its capitals. Parentheses in it must close; quotes allow any word."""
        if self.word()[:1] == '"' and len(self.word()) > 1:
            start, end = self.spans[self.at]
            self.at += 1
            name = self.text[start + 1 : end - 1].strip()
        else:
            name = self._bare_series()
        if not name or '"' in name or len(name) > _LONGEST_NAME:
            raise ValueError(
                f"the period '{self.shown}' does not name a series; write 'as SERIES', such as 'as 18.003'"
            )
        return name

    def _bare_series(self) -> str:
        first, opened = self.at, 0
        while (word := self.word()) and (opened or word not in STOPS - {"("}):
            opened += (word == "(") - (word == ")")
            self.at += 1
        if opened:
            return ""
        return self.text[self.spans[first][0] : self.spans[self.at - 1][1]] if self.at > first else ""

    def day(self, *, last: bool = False) -> date:
        """A day such as 2013-04-01; a year is its first day, or its last."""
        word = self.word()
        self.at += 1
        try:
            if re.fullmatch(r"[1-9][0-9]{3}", word):
                return date(int(word), 12, 31) if last else date(int(word), 1, 1)
            if re.fullmatch(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}", word):
                return date.fromisoformat(word)
        except ValueError:
            pass
        raise ValueError(
            f"'{word}' in the period '{self.shown}' is neither a year nor a day; write '2004' or '2004-07-01'"
        )
