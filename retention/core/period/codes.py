"""The short forms that cities and states print for a period: ``CU+2``, ``ACT+3``, ``2Y``, ``0/6``, ``10 after closed``.

What they stand for is written out in the words of the grammar and read there.
"""

from __future__ import annotations

import re

from retention.core.period.limits import Of, Period
from retention.core.period.reading import parse

_EVENTS = {
    "CL": "closed", "C": "completed", "SU": "superseded", "SUP": "superseded", "S": "superseded", "EXP": "expired",
    "E": "expired", "T": "terminated", "TERM": "terminated", "ACT": "inactive", "A": "inactive", "AD": "adopted",
}  # fmt: skip
_YEARS = {
    "CU": "end of calendar year received",
    "CY": "end of calendar year received",
    "FY": "end of fiscal year received",
    "AU": "audit of fiscal year received",
}
_WHOLE = {
    "P": "permanent",
    "PERM": "permanent",
    "DISP": "no retention required",
    "O": "until no longer needed",
}
_STARTS = {
    "audit year": _YEARS["AU"],
    "calendar year end": _YEARS["CU"],
    "fiscal year end": _YEARS["FY"],
    "active": "inactive",
}
_UNITS = {"Y": "year", "M": "month", "D": "day"}
_KNOWN = f"known are {', '.join(sorted({*_EVENTS, *_YEARS, *_WHOLE, 'CR', 'EVT'}))}, with '+' and a number of years"

_LETTERS = re.compile(r"([A-Z]{1,4})(?:\s*\+\s*(\d{1,4}(?:/\d{1,2})?)|\s*(\d{1,4}))?(?:\s*(?:Y|YRS?|YEARS?))?")
_NUMBER = re.compile(r"(\d{1,4}(?:/\d{1,2})?)|(\d{1,4})\s*(Y|YR|YEAR|M|MO|MONTH|D|DAY)S?\.?")
_PLUS = re.compile(r"(.+?)\s*\+\s*(\d{1,4})(?:\s*(?:years?|yrs?))?", re.IGNORECASE)
_AFTER = re.compile(r"(\d{1,4})\s+(?:(years?|yrs?|months?|days?)\s+)?(?:after|from)\s+(.+)", re.IGNORECASE)
_OR_UNTIL = re.compile(r"(.+?) or (until (?!.*\bwhichever\b).+)", re.IGNORECASE)


def read_code(text: str, start: str = "") -> Period:
    """The period for which a printed code stands.

    A code that says how long and not from when (``6``, ``2Y``, ``0/6``, ``CR+2``, ``EVT+2``) counts from ``start``,
    such as ``received`` or the name of an event. What follows a plus is years, or, as in Michigan, years and
    months (``2/6``).

    Letters that are not the same everywhere are read so: ``C`` completed (Rancho Palos Verdes; in South San Francisco a
    bare C means current), ``T`` terminated, ``E`` expired, ``S`` superseded, ``A`` and ``ACT`` until inactive, which a
    person has to record, ``CU`` the calendar year, ``AU`` the audit of the fiscal year, ``O`` until no longer needed.
    ``CR`` is counted by calendar years, as Michigan's legend says, unless it is shorter than a year.

    Raises ValueError with one sentence where the code is not known or says less than a period.
    """
    words = " ".join(text.split())
    if found := _NUMBER.fullmatch(words.upper()):
        length = _length(words, found[1]) if found[1] else f"{found[2]} {_UNITS[found[3][0]]}s"
        return _from(words, length, start)
    if found := _LETTERS.fullmatch(words.upper()):
        return _lettered(words, found[1], found[2] or found[3] or "", start)
    if found := _OR_UNTIL.fullmatch(words):
        return parse(f"either {read_code(found[1], start)} or {found[2]}")
    if found := _AFTER.fullmatch(words):
        unit = found[2] or "years"
        return parse(f"{found[1]} {'years' if unit.lower().startswith('yr') else unit} after {found[3]}")
    if found := _PLUS.fullmatch(words):
        named = " ".join(found[1].lower().split())
        return parse(f"{found[2]} years after {_STARTS.get(named, named)}")
    return parse(words)


def _lettered(text: str, letters: str, number: str, start: str) -> Period:
    if letters in _WHOLE and not number:
        return parse(_WHOLE[letters])
    if letters in ("CR", "EVT"):
        return _created(text, number, start) if letters == "CR" else _named(text, number, start)
    after = _EVENTS.get(letters) or _YEARS.get(letters)
    if not after:
        raise ValueError(f"the code '{text}' is not known; {_KNOWN}")
    return parse(f"{_length(text, number)} after {after}" if number else f"until {after}")


def _created(text: str, number: str, start: str) -> Period:
    if not number:
        raise ValueError(f"the code '{text}' does not say how long; write it with a number of years, such as 'CR+2'")
    whole_years = start in [*Of] and not number.startswith("0/")
    return _from(text, _length(text, number), f"end of calendar year {start}" if whole_years else start)


def _named(text: str, number: str, start: str) -> Period:
    if not start or start in [*Of]:
        raise ValueError(f"the code '{text}' waits for an event that it does not name; give the event as its start")
    return parse(f"{_length(text, number)} after {start}" if number else f"until {start}")


def _from(text: str, length: str, start: str) -> Period:
    if not start:
        raise ValueError(f"the code '{text}' does not say from when; give a start, such as 'received'")
    return parse(f"{length} after {start}")


def _length(text: str, number: str) -> str:
    years, _, months = number.partition("/")
    if int(months or 0) > 11:
        raise ValueError(f"the code '{text}' has more than 11 months; what follows the stroke is months")
    said = [f"{count} {unit}" for count, unit in ((int(years), "years"), (int(months or 0), "months")) if count]
    if not said:
        raise ValueError(f"the code '{text}' has no length; write 'DISP' if no retention is required")
    return " and ".join(said)
