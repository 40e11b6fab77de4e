"""Reading a retention schedule from a dictionary, with every problem told at once.

No file and no TOML text is read here, and nothing here decides which series a message belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from msgspec.structs import replace

from retention.core import period, words
from retention.core.period import Period
from retention.core.schedule.gates import read_gates, slips
from retention.core.schedule.series import (
    NO_GATES,
    NO_LAW,
    NOT_REQUIRED,
    Condition,
    Example,
    KeyRule,
    Match,
    Problem,
    Schedule,
    Series,
    Standing,
    Then,
    filing,
)
from retention.core.schedule.table import Table
from retention.core.words import Field

_SCHEDULE_KEYS = ("name", "title", "authority", "edition", "jurisdiction", "law", "gates", "notice")
_SERIES_TEXTS = ("code", "id", "title", "covers", "retain", "published", "citation", "source", "access", "note", "then")
_SERIES_MORE = ("transitory", "fallback", "verified", "standing", "key", "not_class", "permission", "match", "example")
_SERIES_KEYS = (*_SERIES_TEXTS, *_SERIES_MORE)
_MATCH_KEYS = (*(prefix + field for prefix in ("", "not_") for field in Field), "has_attachments", "name")
_EXAMPLE_LISTS = ("to", "category", "attachment", "department", "office")
_EXAMPLE_TEXTS = ("subject", "sender", "folder", "kind", "preview", "direction", "origin")
_EXAMPLE_KEYS = (*_EXAMPLE_TEXTS, *_EXAMPLE_LISTS, "has_attachments", "belongs")


_KEY_FIELDS = (Field.SUBJECT, Field.FOLDER, Field.CATEGORY)
_KEY_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz-")

_Lists = Mapping[str, tuple[str, ...]]


def parse(data: Mapping[str, Any], name: str) -> tuple[Schedule | None, tuple[Problem, ...]]:
    """Read a schedule from what its TOML file holds; ``name`` is used where the file gives none.

    Gives either the schedule or every problem found, in the order of the file; never both, never neither.
    """
    problems: list[Problem] = []
    top = Table(data, ("schedule", "words", "keys", "gate", "series"), "", "", problems)
    head = Table(top.data.get("schedule", {}), _SCHEDULE_KEYS, "", "schedule", problems)
    needed = {key: head.text(key, needed=True) for key in ("title", "authority", "edition")}
    lists = _lists(top.data.get("words", {}), problems)
    keys = tuple(rule for table in top.tables("keys", ("type", *_KEY_FIELDS)) for rule in _key_rules(table))
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
    series = _resolved(series, problems)
    problems += _slips_of_key_types(series, {rule.type for rule in keys})
    own_gates = read_gates(top)
    _refuse_two_answers(head, bool(own_gates))
    schedule = Schedule(
        name=head.text("name", name) or name,
        jurisdiction=head.text("jurisdiction"),
        notice=head.text("notice"),
        law=_law(head),
        keys=keys,
        series=series,
        gates=own_gates,
        own_gates=own_gates,
        gated=bool(own_gates) or head.text("gates") == NO_GATES,
        **needed,
    )
    if schedule.law == NO_LAW:
        # Under a law of those that are shipped this is asked once its gates are known, in ``core/law.py``.
        problems += slips(schedule)
    return (None, tuple(problems)) if problems else (schedule, ())


def _law(head: Table) -> str:
    word = head.text("law")
    if word not in ("", NO_LAW):
        head.problem("law", f"must be '{NO_LAW}' or left out, not '{word}'; 'jurisdiction' says which law it is")
    return word


def _refuse_two_answers(head: Table, own: bool) -> None:
    """Whether the law has gates of its own is not known here; ``core/law.py`` asks that."""
    word = head.text("gates")
    if word not in ("", NO_GATES):
        head.problem("gates", f"must be '{NO_GATES}' or left out, not '{word}'; each gate is a [[gate]] of its own")
    elif word and head.data.get("law") != NO_LAW:
        head.problem("gates", f"is '{word}', but only where law = \"{NO_LAW}\" can a schedule say that there are none")
    elif word and own:
        head.problem("gates", f"is '{word}', but there is a [[gate]]; leave one of them out")


def _lists(data: object, problems: list[Problem]) -> _Lists:
    """Named lists of words, written once and used in any condition as ``$name``."""
    table = Table(data, data if isinstance(data, Mapping) else (), "", "words", problems)
    lists = {key: table.texts(key) for key in table.data}
    for key in (key for key, values in lists.items() if any(_names_a_list(value) for value in values)):
        table.problem(key, "names another list; write its words out")
    return lists


def _key_rules(table: Table) -> Iterable[KeyRule]:
    """How messages bear keys of one type, in each field for which a pattern is given."""
    type_ = table.text("type", needed=True)
    if not _KEY_LETTERS.issuperset(type_):
        table.problem("type", f"'{type_}' is no type of key; write one word in small letters, such as contract or case")
    patterns = {field: table.text(field) for field in _KEY_FIELDS if field in table.data}
    if not patterns:
        table.problem("", f"says nowhere how a message bears the key; write {', '.join(_KEY_FIELDS)} = 're:...'")
    for field, pattern in patterns.items():
        try:
            yield KeyRule(type_, field, words.key_pattern(pattern))
        except ValueError as error:
            table.problem(field, str(error))


def _resolved(series: tuple[Series, ...], problems: list[Problem]) -> tuple[Series, ...]:
    """The series with the periods of those they refer to put in."""
    by_key = {filing(one.key): one.retain for one in series}
    resolved = []
    for one in series:
        try:
            enforced = period.resolved(one.retain, lambda key: by_key.get(filing(key)))
        except ValueError as error:
            problems.append(Problem(one.key, "retain", str(error)))
            enforced = one.retain
        resolved.append(replace(one, enforced=enforced))
    return tuple(resolved)


def _slips_of_key_types(series: tuple[Series, ...], types: set[str]) -> Iterable[Problem]:
    """A clock whose key no message bears never starts; a type that only a review gives is no slip."""
    for one in series:
        near = get_close_matches(one.key_type, types, n=1, cutoff=0.75) if one.key_type not in types else []
        if one.key_type and near:
            yield Problem(one.key, "key", f"'{one.key_type}' is no type under [[keys]]; is '{near[0]}' meant?")


def _names_a_list(value: str) -> bool:
    return value.startswith("$") and value[1:2].isalpha()


def _series(data: object, number: int, lists: _Lists, problems: list[Problem]) -> Series:
    known_as = (data.get("code") or data.get("id")) if isinstance(data, Mapping) else None
    row = Table(data, _SERIES_KEYS, str(known_as or f"number {number}"), "", problems)
    retain = _retain(row)
    series = Series(
        code=row.text("code"),
        id=row.text("id"),
        title=row.text("title", needed=True),
        covers=row.text("covers"),
        retain=retain,
        enforced=retain,
        published=row.text("published"),
        then=_then(row),
        transitory=row.flag("transitory") or False,
        fallback=row.flag("fallback") or False,
        citation=row.text("citation", needed=True),
        source=row.text("source", needed=True),
        verified=row.flag("verified") or False,
        access=row.text("access"),
        note=row.text("note"),
        standing=_standing(row),
        key_type=row.text("key"),
        not_class=row.texts("not_class"),
        match=tuple(_match(table, lists) for table in row.tables("match", _MATCH_KEYS)),
        examples=tuple(_example(table) for table in row.tables("example", _EXAMPLE_KEYS)),
        permission=_permission(row),
    )
    told = {problem.key for problem in problems if problem.series == row.series}
    for key, sentence in _contradictions(series):
        if key not in told:
            row.problem(key, sentence)
    return series


def _retain(row: Table) -> Period:
    try:
        return period.parse(row.text("retain", needed=True) or "permanent")
    except ValueError as error:
        row.problem("retain", str(error))
        return Period(period.NotRequired())


def _then(row: Table) -> Then:
    word = row.text("then", needed=True)
    if word and word not in [*Then]:
        row.problem("then", f"must be one of {', '.join(Then)}, not '{word}'")
    return Then(word) if word in [*Then] else Then.KEEP


def _standing(row: Table) -> Standing | None:
    word = row.text("standing")
    if word and word not in [*Standing]:
        row.problem("standing", f"must be one of {', '.join(Standing)}, not '{word}'")
    return Standing(word) if word in [*Standing] else None


def _permission(row: Table) -> str:
    word = row.text("permission")
    if word not in ("", NOT_REQUIRED):
        row.problem("permission", f"must be '{NOT_REQUIRED}' or left out, not '{word}'")
    return word if word == NOT_REQUIRED else ""


def _match(table: Table, lists: _Lists) -> Match:
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


def _spelt_out(value: str, key: str, table: Table, lists: _Lists) -> tuple[str, ...]:
    if not _names_a_list(value):
        return (value,)
    if value[1:] not in lists:
        near = get_close_matches(value[1:], lists, n=1)
        table.problem(key, f"'{value}' is no list under [words]" + (f"; is '${near[0]}' meant?" if near else ""))
    return lists.get(value[1:], ())


def _example(table: Table) -> Example:
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
    if series.not_class and not series.note:
        yield "not_class", "needs a note that says why the series is not of that class"
    if series.fallback and not series.match:
        yield "match", "is missing: a fallback needs a condition too"
    if not any(example.belongs for example in series.examples):
        yield "example", "is missing: at least one message that belongs to the series"
