"""What a jurisdiction's law asks of every series: a floor under its period, classes never destroyed, and gates.

Which law goes with a schedule is not known here, nor how its file is read; the periods themselves are in ``period``,
and whether a gate is open is in ``gate.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from retention.core import period, words
from retention.core.period import Dated, Dates, If, Period, Permanent
from retention.core.period.limits import within
from retention.core.schedule import NO_GATES, NO_LAW, Gate, Problem, Schedule, Series
from retention.core.schedule.gates import read_gates, slips
from retention.core.schedule.table import Table


class NeverClass(Struct, frozen=True, kw_only=True):
    """Records that are never destroyed. ``titles`` are the phrases by which a series' title or covers names them."""

    id: str
    title: str
    citation: str
    source: str
    titles: tuple[str, ...]


class Law(Struct, frozen=True, kw_only=True):
    """What no series of ``jurisdiction`` may undercut. ``floor`` is ``None`` where the law sets no least period.

    The floor is for every series that is not transitory. It is enforced whether or not ``verified`` says that the law
    was read in its ``source``: a doubt may lengthen retention, never shorten it.
    """

    jurisdiction: str
    title: str
    source: str
    verified: bool
    note: str
    floor: Period | None
    floor_citation: str
    floor_source: str
    never: tuple[NeverClass, ...]
    gates: tuple[Gate, ...] = ()


def floored(retain: Period, law: Law | None, transitory: bool) -> Period:
    """The period that is enforced: a record's is never over before the law's floor is, nor before it would be itself.

    An event such as ``superseded`` may come before a message is received, so the floor goes under every period.
    """
    if transitory or law is None or law.floor is None:
        return retain
    return period.later_of(retain, law.floor)


def undercuts(series: Series, law: Law) -> Iterator[str]:
    """What of this series its author must mend before the law lets it stand, one sentence each.

    Only a period that is shorter on its face is told, one that comes due by the message's own dates alone before the
    floor does: when an event will happen nobody knows, and ``floored`` takes care of it.
    """
    yield from _under_the_floor(series, law)
    yield from _of_a_never_class(series, law)


# --- the floor ------------------------------------------------------------------------------------------------------

_DAYS = ((1, 1), (2, 28), (3, 1), (6, 30), (7, 1), (12, 31))
_TRIED = (*(date(year, month, day) for year in range(2023, 2029) for month, day in _DAYS), date(2024, 2, 29))
"""Days of receipt on which the two are compared: with and without a leap day between, at the ends of years."""


def _under_the_floor(series: Series, law: Law) -> Iterator[str]:
    if law.floor is None or series.transitory:
        return
    for day in (*_TRIED, *_turning_points(series.retain)):
        dates = Dates(received_on=day, sent_on=day, is_read=True)
        own, least = period.due(series.retain, dates), period.due(law.floor, dates)
        if isinstance(own, date) and isinstance(least, date) and own < least:
            yield (
                f"'{series.retain}' is shorter than '{law.floor}', which {law.floor_citation} asks for every record; "
                f"a message of {day} could go on {own}, and not before {least}"
            )
            return


def _turning_points(retain: Period) -> Iterator[date]:
    """The first and last days for which a period has one rule and beyond which it has another."""
    conditions = [one.condition for one in within(retain.limit) if isinstance(one, If)]
    for condition in conditions:
        if isinstance(condition, Dated):
            for day, step in ((condition.first, -1), (condition.last, 1)):
                if day is not None and date.min < day < date.max:
                    yield from (day, day + timedelta(days=step))


# --- classes that are never destroyed -------------------------------------------------------------------------------


def _of_a_never_class(series: Series, law: Law) -> Iterator[str]:
    known = {one.id for one in law.never}
    for id_ in series.not_class:
        if id_ not in known:
            near = get_close_matches(id_, known, n=1)
            hint = f"is '{near[0]}' meant?" if near else f"there are: {', '.join(sorted(known)) or 'none'}"
            yield f"not_class names '{id_}', which is no class of {law.title}; {hint}"
    if isinstance(series.enforced.limit, Permanent):
        return
    for one, phrase in _named(series, law):
        if one.id in series.not_class and series.note:
            continue
        yield (
            f"its title or covers says '{phrase}', and '{one.title}' is never destroyed ({one.citation}); "
            f'make it permanent, or write not_class = ["{one.id}"] with a note that says why it is none of these'
        )


def _named(series: Series, law: Law) -> Iterator[tuple[NeverClass, str]]:
    """The classes that the title or the covers of a series names, each once, and by which phrase."""
    phrases = tuple((one, phrase) for one in law.never for phrase in one.titles)
    finder = _finder(tuple(phrase for _, phrase in phrases))
    seen: set[str] = set()
    for number in sorted({*finder(words.words(series.title)), *finder(words.words(series.covers))}):
        one, phrase = phrases[number]
        if one.id not in seen:
            seen.add(one.id)
            yield one, phrase


@lru_cache(maxsize=64)
def _finder(phrases: tuple[str, ...]) -> words.Finder:
    finder = words.Finder(case_sensitive=True)
    for number, phrase in enumerate(phrases):
        finder.add(words.phrase(phrase), number)
    finder.compile()
    return finder


# --- reading --------------------------------------------------------------------------------------------------------


def parse(data: Mapping[str, Any]) -> tuple[Law | None, tuple[Problem, ...]]:
    """Read a law from what its TOML file holds. Gives either the law or every problem found."""
    problems: list[Problem] = []
    top = Table(data, ("law", "floor", "never", "gate"), "", "", problems)
    head = Table(top.data.get("law", {}), ("jurisdiction", "title", "source", "verified", "note"), "", "law", problems)
    jurisdiction, title, source = (head.text(key, needed=True) for key in ("jurisdiction", "title", "source"))
    least, citation, where = _floor(top.data["floor"], problems) if "floor" in top.data else (None, "", "")
    law = Law(
        jurisdiction=jurisdiction,
        title=title,
        source=source,
        verified=head.flag("verified") or False,
        note=head.text("note"),
        floor=least,
        floor_citation=citation,
        floor_source=where,
        never=_classes(top, problems),
        gates=read_gates(top),
    )
    return (None, tuple(problems)) if problems else (law, ())


def _floor(data: object, problems: list[Problem]) -> tuple[Period | None, str, str]:
    part = Table(data, ("retain", "citation", "source"), "", "floor", problems)
    citation, source, text = (part.text(key, needed=True) for key in ("citation", "source", "retain"))
    if not text:
        return None, citation, source
    try:
        least = period.parse(text)
    except ValueError as error:
        part.problem("retain", str(error))
        return None, citation, source
    if not period.is_certain(least):
        part.problem("retain", f"'{least}' must be counted from a message's own dates, or nothing would ever come due")
    return least, citation, source


def _classes(top: Table, problems: list[Problem]) -> tuple[NeverClass, ...]:
    keys = ("id", "title", "citation", "source", "titles")
    classes = tuple(_class(part) for part in top.tables("never", keys))
    ids = [one.id for one in classes if one.id]
    for id_ in sorted({one for one in ids if ids.count(one) > 1}):
        top.problem("never", f"the id '{id_}' is used more than once")
    return classes


def _class(part: Table) -> NeverClass:
    titles = part.texts("titles")
    if not titles:
        part.problem("titles", "must be a list of texts that is not empty")
    for phrase in titles:
        try:
            words.phrase(phrase)
        except ValueError as error:
            part.problem("titles", str(error))
    texts = {key: part.text(key, needed=True) for key in ("id", "title", "citation", "source")}
    return NeverClass(titles=titles, **texts)


# --- schedules ------------------------------------------------------------------------------------------------------


def under(schedule: Schedule, law: Law) -> tuple[Schedule | None, tuple[Problem, ...]]:
    """The schedule with every enforced period raised to the law's floor and with the law's gates before its own; or
    what the law does not let stand."""
    problems = [Problem(one.key, "law", sentence) for one in schedule.series for sentence in undercuts(one, law)]
    if schedule.law == NO_LAW and schedule.gated and not schedule.own_gates and law.gates:
        asked = ", ".join(gate.title for gate in law.gates)
        problems.append(Problem("", "schedule.gates", f"is '{NO_GATES}', but {law.title} asks for: {asked}"))
    series = tuple(replace(one, enforced=floored(one.enforced, law, one.transitory)) for one in schedule.series)
    gates = (*law.gates, *schedule.own_gates)
    lawful = replace(schedule, series=series, law=law.title, gates=gates, gated=True)
    problems += slips(lawful)
    return (None, tuple(problems)) if problems else (lawful, ())
