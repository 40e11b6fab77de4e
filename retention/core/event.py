"""Events that start clocks: a contract closed, a year audited, a person gone; each with the key of what it is about.

Which messages bear a key is decided in ``core/classify``; what follows from an event, in ``core/period``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

YEARS = ("fiscal year", "calendar year")
"""Types of keys that every message bears by its date; a fiscal year is named by the year in which it ends."""
_LONGEST = 200


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened ``on`` a day (in the city's zone) to what ``key`` names; ``kind`` is as in a period."""

    kind: str
    key: str
    on: date


def key(text: str) -> str:
    """The one form of a key, ``contract C-2211``: its type, then its value; capitals and spacing do not matter.

    Raises ValueError with one sentence where the type or the value is missing.
    """
    plain = " ".join(text.split()).casefold()
    type_, value = split(plain)
    if not type_ or not value:
        raise ValueError(f"'{text}' is no key; write its type and its value, such as 'contract C-2211'")
    if type_ in YEARS and not (len(value) == 4 and value.isascii() and value.isdigit()):
        raise ValueError(f"'{text}' names no year; write such as '{type_} 2026'")
    if len(plain) > _LONGEST:
        raise ValueError(f"the key '{text[:40]}…' is longer than {_LONGEST} letters")
    return plain


def split(plain: str) -> tuple[str, str]:
    """Type and value of a key in its one form."""
    for type_ in YEARS:
        if plain == type_ or plain.startswith(f"{type_} "):
            return type_, plain.removeprefix(type_).strip()
    type_, _, value = plain.partition(" ")
    return type_, value


class Happened:
    """What has happened to each key: for each kind of event the latest of its dates, so that no clock starts early."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._dates: dict[str, dict[str, date]] = {}
        self._years: dict[str, date] = {}
        for event in events:
            type_, _ = split(event.key)
            told = self._years if type_ in YEARS else self._dates.setdefault(event.key, {})
            kind = f"{event.kind} of {event.key}" if type_ in YEARS else event.kind
            told[kind] = max(event.on, told.get(kind, event.on))

    def to(self, keys: Iterable[str], key_type: str = "") -> Mapping[str, date]:
        """What has happened to all of these keys that are of ``key_type`` (empty: of any), and to every year.

        A message that bears two contracts waits for both: only what happened to every one of its keys counts, on the
        latest day.
        """
        told = self._told(keys, key_type)
        if not told:
            return self._years
        kinds = set.intersection(*(set(one) for one in told))
        return {**self._years, **{kind: max(one[kind] for one in told) for kind in kinds}}

    def to_any(self, keys: Iterable[str], key_type: str = "") -> Mapping[str, date]:
        """What has happened to one or more of these keys: enough to keep a message longer, never to let it go."""
        told = self._told(keys, key_type)
        kinds = set[str]().union(*(set(one) for one in told))
        return {kind: max(one[kind] for one in told if kind in one) for kind in kinds}

    def _told(self, keys: Iterable[str], key_type: str) -> list[dict[str, date]]:
        return [self._dates.get(one, {}) for one in keys if not key_type or split(one)[0] == key_type]
