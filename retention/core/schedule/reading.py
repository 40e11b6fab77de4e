"""Retention schedules: a jurisdiction's series, read from a dictionary, with every problem told at once.

No file and no TOML text is read here, and nothing here decides which series a message belongs to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from msgspec import Struct

from retention.core import period, words
from retention.core.period import Period
from retention.core.words import Field


class Then(StrEnum):
    """What follows when the period is over."""

    DESTROY = "destroy"
    KEEP = "keep"
    REVIEW = "review"


class Problem(Struct, frozen=True, order=True):
    """Something a schedule's author has to mend: in which series (empty: the schedule itself), at which key, what."""

    series: str
    key: str
    sentence: str

    def __str__(self) -> str:
        where = f"series {self.series}, {self.key}" if self.series else self.key
        return f"{where}: {self.sentence}"


class Condition(Struct, frozen=True):
    """One field and the values of which one must fit; with ``excluded``, none may. An unknown field never fits."""

    field: Field
    values: tuple[str, ...]
    excluded: bool = False


class Match(Struct, frozen=True):
    """One way to belong to a series: every condition must fit. ``name`` says which way, for people."""

    conditions: tuple[Condition, ...]
    has_attachments: bool | None = None
    name: str = ""


class Example(Struct, frozen=True, kw_only=True):
    """A message that must, or must not, belong to the series. What is left out is that of a plain note in the Inbox."""

    belongs: bool
    subject: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    folder: str = "Inbox"
    category: tuple[str, ...] = ()
    kind: str = "IPM.Note"
    preview: str = ""
    has_attachments: bool = False


class Series(Struct, frozen=True, kw_only=True):
    """One row of a schedule.

    ``code`` is what the source prints; where it prints none, ``id`` names the row. ``published`` is the period in the
    source's own words. ``verified`` says that the row was read in ``source``. ``transitory`` mail may leave the mailbox
    without becoming a record. ``fallback`` is asked only when nothing else matched.
    """

    code: str
    id: str
    title: str
    covers: str
    retain: Period
    published: str
    then: Then
    transitory: bool
    fallback: bool
    citation: str
    source: str
    verified: bool
    access: str
    note: str
    match: tuple[Match, ...]
    examples: tuple[Example, ...]

    @property
    def key(self) -> str:
        """What the series is called in every file, entry and command."""
        return self.code or self.id

    @property
    def filed_as(self) -> str:
        """What a folder or category must be called for a person's filing to be seen in it; empty where nothing is.

        An id of one word, such as ``complaints``, is what people call a folder anyway: it says nothing of the schedule.
        """
        return self.code or (self.id if "-" in self.id else "")


class Schedule(Struct, frozen=True, kw_only=True):
    """A jurisdiction's retention schedule."""

    name: str
    title: str
    authority: str
    edition: str
    jurisdiction: str
    notice: str
    series: tuple[Series, ...]

    def find(self, key: str) -> Series | None:
        """The series with that code or id, capitals and spacing ignored."""
        wanted = filing(key)
        return next((series for series in self.series if filing(series.key) == wanted), None)


def filing(text: str) -> str:
    """A series code, folder name or category in the form in which they are compared."""
    return " ".join(text.split()).casefold()


# --- reading --------------------------------------------------------------------------------------------------------

_SCHEDULE_KEYS = ("name", "title", "authority", "edition", "jurisdiction", "notice")
_SERIES_TEXTS = ("code", "id", "title", "covers", "retain", "published", "citation", "source", "access", "note", "then")
_SERIES_KEYS = (*_SERIES_TEXTS, "transitory", "fallback", "verified", "match", "example")
_MATCH_KEYS = (*(prefix + field for prefix in ("", "not_") for field in Field), "has_attachments", "name")
_EXAMPLE_LISTS = ("to", "category")
_EXAMPLE_TEXTS = ("subject", "sender", "folder", "kind", "preview")
_EXAMPLE_KEYS = (*_EXAMPLE_TEXTS, *_EXAMPLE_LISTS, "has_attachments", "belongs")


_Lists = Mapping[str, tuple[str, ...]]


class _Table:
    """One table of the schedule while it is read: gives values of the right type, and notes what is wrong."""

    def __init__(self, data: object, known: Iterable[str], series: str, path: str, problems: list[Problem]) -> None:
        self.series, self.path, self.problems = series, path, problems
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.problem("", "must be a table")
        known = tuple(known)
        for key in self.data:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                self.problem(str(key), f"is not a known key; is '{near[0]}' meant?" if near else "is not a known key")

    def problem(self, key: str, sentence: str) -> None:
        self.problems.append(Problem(self.series, ".".join(filter(None, (self.path, key))) or "series", sentence))

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str):
            self.problem(key, f"must be text, not {value!r}")
            return default
        if needed and not value.strip():
            self.problem(key, "is missing")
        return value.strip()

    def flag(self, key: str) -> bool | None:
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.problem(key, f"must be true or false, not {value!r}")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(key, f"must be a list of texts, not {value!r}")
            return ()
        if key in self.data and not value:
            self.problem(key, "is an empty list")
        return tuple(item.strip() for item in value)

    def tables(self, key: str, known: Iterable[str]) -> list[_Table]:
        value = self.data.get(key, [])
        if not isinstance(value, list):
            self.problem(key, "must be a list of tables")
            return []
        path = f"{self.path}.{key}" if self.path else key
        return [_Table(row, known, self.series, f"{path} {n}", self.problems) for n, row in enumerate(value, start=1)]


def parse(data: Mapping[str, Any], name: str) -> tuple[Schedule | None, tuple[Problem, ...]]:
    """Read a schedule from what its TOML file holds; ``name`` is used where the file gives none.

    Gives either the schedule or every problem found, in the order of the file; never both, never neither.
    """
    problems: list[Problem] = []
    top = _Table(data, ("schedule", "words", "series"), "", "", problems)
    head = _Table(top.data.get("schedule", {}), _SCHEDULE_KEYS, "", "schedule", problems)
    needed = {key: head.text(key, needed=True) for key in ("title", "authority", "edition")}
    lists = _lists(top.data.get("words", {}), problems)
    rows = top.data.get("series", [])
    if not isinstance(rows, list) or not rows:
        top.problem("series", "the schedule has no series")
        rows = []
    series = tuple(_series(row, number, lists, problems) for number, row in enumerate(rows, start=1))
    seen: set[str] = set()
    for key in (filing(one.key) for one in series):
        if key in seen:
            problems.append(Problem(key, "code", "is used by more than one series"))
        seen.add(key)
    schedule = Schedule(
        name=head.text("name", name) or name,
        jurisdiction=head.text("jurisdiction"),
        notice=head.text("notice"),
        series=series,
        **needed,
    )
    return (None, tuple(problems)) if problems else (schedule, ())


def _lists(data: object, problems: list[Problem]) -> _Lists:
    """Named lists of words, written once and used in any condition as ``$name``."""
    table = _Table(data, data if isinstance(data, Mapping) else (), "", "words", problems)
    lists = {key: table.texts(key) for key in table.data}
    for key in (key for key, values in lists.items() if any(_names_a_list(value) for value in values)):
        table.problem(key, "names another list; write its words out")
    return lists


def _names_a_list(value: str) -> bool:
    return value.startswith("$") and value[1:2].isalpha()


def _series(data: object, number: int, lists: _Lists, problems: list[Problem]) -> Series:
    known_as = (data.get("code") or data.get("id")) if isinstance(data, Mapping) else None
    row = _Table(data, _SERIES_KEYS, str(known_as or f"number {number}"), "", problems)
    series = Series(
        code=row.text("code"),
        id=row.text("id"),
        title=row.text("title", needed=True),
        covers=row.text("covers"),
        retain=_retain(row),
        published=row.text("published"),
        then=_then(row),
        transitory=row.flag("transitory") or False,
        fallback=row.flag("fallback") or False,
        citation=row.text("citation", needed=True),
        source=row.text("source", needed=True),
        verified=row.flag("verified") or False,
        access=row.text("access"),
        note=row.text("note"),
        match=tuple(_match(table, lists) for table in row.tables("match", _MATCH_KEYS)),
        examples=tuple(_example(table) for table in row.tables("example", _EXAMPLE_KEYS)),
    )
    told = {problem.key for problem in problems if problem.series == row.series}
    for key, sentence in _contradictions(series):
        if key not in told:
            row.problem(key, sentence)
    return series


def _retain(row: _Table) -> Period:
    try:
        return period.parse(row.text("retain", needed=True) or "permanent")
    except ValueError as error:
        row.problem("retain", str(error))
        return Period(period.NotRequired())


def _then(row: _Table) -> Then:
    word = row.text("then", needed=True)
    if word and word not in [*Then]:
        row.problem("then", f"must be one of {', '.join(Then)}, not '{word}'")
    return Then(word) if word in [*Then] else Then.KEEP


def _match(table: _Table, lists: _Lists) -> Match:
    conditions = []
    for prefix in ("", "not_"):
        for field in Field:
            key = prefix + field
            values = tuple(one for value in table.texts(key) for one in _spelt_out(value, key, table, lists))
            for value in values:
                try:
                    words.form(field, value)
                except ValueError as error:
                    table.problem(key, str(error))
            if prefix and words.ANYTHING in values:
                table.problem(key, "excludes everything")
            if values:
                conditions.append(Condition(field, values, excluded=bool(prefix)))
    # Only what a message is seen to have is evidence: not what it lacks, and not "anything".
    if not any(not one.excluded and words.ANYTHING not in one.values for one in conditions):
        table.problem("", "has no condition that says what the message must have")
    return Match(tuple(conditions), table.flag("has_attachments"), table.text("name"))


def _spelt_out(value: str, key: str, table: _Table, lists: _Lists) -> tuple[str, ...]:
    if not _names_a_list(value):
        return (value,)
    if value[1:] not in lists:
        near = get_close_matches(value[1:], lists, n=1)
        table.problem(key, f"'{value}' is no list under [words]" + (f"; is '${near[0]}' meant?" if near else ""))
    return lists.get(value[1:], ())


def _example(table: _Table) -> Example:
    belongs = table.flag("belongs")
    if "belongs" not in table.data:
        table.problem("belongs", "is missing: true or false")
    given: dict[str, Any] = {key: table.text(key) for key in _EXAMPLE_TEXTS if key in table.data}
    given |= {key: table.texts(key) for key in _EXAMPLE_LISTS if key in table.data}
    return Example(belongs=belongs or False, has_attachments=table.flag("has_attachments") or False, **given)


_ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def _contradictions(series: Series) -> Iterable[tuple[str, str]]:
    """What each key allows and both together do not."""
    permanent = isinstance(series.retain.limit, period.Permanent)
    if not series.key:
        yield "code", "is missing; give the code that the source prints, or an id where it prints none"
    if series.code and series.id:
        yield "id", "stands beside a code; give only one of them"
    if not _ID_LETTERS.issuperset(series.id):
        yield "id", f"'{series.id}' may hold only small letters, digits and hyphens; a code is what the source prints"
    if series.verified and not series.source:
        yield "verified", "is true, but there is no source in which it could have been read"
    if permanent and series.then is Then.DESTROY:
        yield "then", "is 'destroy', but the period is permanent"
    if series.transitory and series.then is not Then.DESTROY:
        yield "then", f"is '{series.then}', but a transitory series is one that may go; write 'destroy'"
    if series.transitory and permanent:
        yield "transitory", "is true, but the period is permanent"
    if series.transitory and series.fallback:
        yield "fallback", "is true, but nothing is transitory because nothing else matched"
    if series.fallback and not series.match:
        yield "match", "is missing: a fallback needs a condition too"
    if not any(example.belongs for example in series.examples):
        yield "example", "is missing: at least one message that belongs to the series"


# --- the digest of what decides -------------------------------------------------------------------------------------

_FORM = 1
"""Raised when the same words come to decide differently, so that every schedule must be adopted anew."""


def fingerprint(schedule: Schedule) -> str:
    """SHA-256, as 64 hexadecimal digits, of all that decides and all by what authority it decides.

    Comments, notes, examples and the order of keys, series and values do not change it.
    """
    head = {key: getattr(schedule, key) for key in ("name", "title", "authority", "edition", "jurisdiction")}
    series = sorted((_canonical(one) for one in schedule.series), key=_json)
    return hashlib.sha256(_json({"form": _FORM, **head, "series": series}).encode()).hexdigest()


def _canonical(series: Series) -> dict[str, Any]:
    texts = ("code", "id", "title", "published", "citation", "source")
    flags = ("transitory", "fallback", "verified")
    return {
        **{key: getattr(series, key) for key in (*texts, *flags)},
        "retain": str(series.retain),
        "then": series.then.value,
        "match": sorted((_canonical_match(match) for match in series.match), key=_json),
    }


def _canonical_match(match: Match) -> dict[str, Any]:
    conditions = [[one.field.value, one.excluded, sorted(set(one.values))] for one in match.conditions]
    return {"conditions": sorted(conditions), "has_attachments": match.has_attachments}


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
