"""Which row of a sheet holds its headings, and which of our words each heading means.

No cell below the headings is read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from retention.core.spreadsheet.sheet import BadRow, Line, Sheet, letter, listed

COMMON: dict[str, tuple[str, ...]] = {
    "code": (
        "code, series code, series no, series number, series id, record series no, record series number, record code",
        "record series code, record series id, record no, record number, item, item no, item number, item code, rsn",
        "schedule no, schedule number, schedule code, schedule item, classification code, file code, reference id",
        "reference no, reference number, ref, ref no, no, number, retention code, rs no, gs no, grs no",
    ),
    "id": ("id",),
    "title": (
        "title, record title, records title, series title, record series title, record series, record series name",
        "series name, record type, records type, type of record, type of records, record category, record, records",
        "name, record name, label name, records series, records series title, document type",
    ),
    "covers": ("covers, scope, scope note, description of records, includes, contents, examples, what it covers",),
    "retain": (
        "retention period, retention, total retention, retention total, total, retention requirement, retention rule",
        "retention requirements, minimum retention, minimum retention period, period, retention time, retain",
        "retention duration, how long, keep for, retain for",
    ),
    "trigger": (
        "trigger, trigger event, retention trigger, start, starts, starts from, start date, start event",
        "starting event, cut off, cutoff, cut off event, cutoff event, event, retention event, from, after, begins",
        "based on, retention start, retention starts, retention begins, retention start event",
    ),
    "then": (
        "disposition, final disposition, disposition action, disposition method, disposition type, action",
        "final action, disposition instructions, then, disposal, disposal action, disposal method",
    ),
    "citation": (
        "citation, citations, legal citation, legal citations, legal authority, authority, statute, statutes, law",
        "legal, legal reference, legal basis, provision citation, retention citation, statutory authority",
        "citation authority, authority citation, legal authority citation",
    ),
    "access": (
        "access, classification, data classification, access classification, public private, data class, access class",
        "data type, data practices classification, security classification, confidentiality",
    ),
    "note": ("note, notes, remark, remarks, comment, comments",),
    "department": (
        "department, dept, office, office of record, division, responsible department, owner, record owner, custodian",
        "function department, business function department",
    ),
    "section": ("section, category, function, business function, group, sub category",),
    "published": ("published wording, published, published period, as published",),
    "transitory": ("transitory",),
    "verified": ("verified",),
    "standing": ("standing",),
    "key": ("key type",),
    "not_class": ("not class",),
    "permission": ("permission",),
}
"""Our words, and by what headings the schedules of cities are known to call them."""
WEAK = {
    "series": "series",
    "description": "description",
    "record description": "description",
    "records description": "description",
}
"""Headings whose meaning depends on what other headings there are."""
_BETTER = ("retention period", "total retention")
"""Of several columns for one word these outrank the others: what is kept in total is not what is kept in the office."""
_MOST_ABOVE = 40
"""So many rows of titles may stand above the headings."""


class Column(Struct, frozen=True):
    """A column that is understood: where it is, what it is called, and the unit its heading names, if any."""

    number: int
    heading: str
    unit: str = ""


class Headings(Struct, frozen=True):
    """The row of headings, and by our words the columns under it. ``width`` is the number of cells in that row."""

    row: int
    columns: Mapping[str, Column]
    cells: tuple[str, ...]
    width: int


IGNORE = "ignore"
"""What is said of a column that is not to be read."""
KEYS = (*COMMON, IGNORE)
PLAIN: Mapping[str, str] = {
    heading.strip(): key for key, lines in COMMON.items() for line in lines for heading in line.split(",")
}
_UNITS = {"years": "year", "year": "year", "yrs": "year", "months": "month", "mos": "month", "days": "day"}


def normal(heading: str) -> str:
    """A heading without capitals, punctuation and doubled spaces: the form in which headings are compared."""
    return " ".join(re.sub(r"[^\w]+", " ", heading.replace("#", " no ")).lower().split())


def in_column(number: int) -> str:
    """How a person names a column by its letter where its heading is not enough, as ``normal`` gives it."""
    return f"column {letter(number).lower()}"


def find(
    sheet: Sheet, known: Mapping[str, str], needed: tuple[str, ...], said: Mapping[str, str]
) -> tuple[Headings | None, tuple[BadRow, ...]]:
    """The first row that has a heading for each of ``needed``, and what is wrong with it; or why there is none.

    ``said`` maps headings, as a person named them, to our words, and goes before what is known.
    """
    best: tuple[int, Line, dict[str, list[Column]]] | None = None
    for place, line in enumerate(sheet.lines[:_MOST_ABOVE]):
        found = _understood(line, known, said)
        if all(key in found for key in needed):
            headings, problems = _settled(sheet, line, found, said)
            below = sheet.lines[place + 1 : place + 2]
            return headings, (*problems, *_second(sheet, headings, below, {**known, **said}))
        if len(line.filled) > 1 and (best is None or len(found) > best[0]):
            best = (len(found), line, found)
    if best is None:
        return None, (BadRow(sheet.name, 0, "", "no row of headings was found"),)
    _, line, found = best
    missing = [key for key in needed if key not in found]
    seen = listed(text for text in line.cells if text)
    sentence = f"no heading is known to mean {' or '.join(missing)}; seen here: {seen}; "
    sentence += f"say which with --map 'HEADING={missing[0]}'"
    return None, (BadRow(sheet.name, line.number, "", sentence),)


def _understood(line: Line, known: Mapping[str, str], said: Mapping[str, str]) -> dict[str, list[Column]]:
    """By our words, the columns whose headings mean them."""
    found: dict[str, list[Column]] = {}
    weak: list[tuple[str, Column]] = []
    for number in line.filled:
        heading = line.cell(number)
        plain, unit = _without_unit(normal(heading))
        column = Column(number, heading, unit)
        key = said.get(in_column(number)) or said.get(normal(heading)) or known.get(normal(heading)) or known.get(plain)
        if key == IGNORE:
            continue
        if key:
            found.setdefault(key, []).append(column)
        elif plain in WEAK and known is PLAIN:
            weak.append((WEAK[plain], column))
    # "Series" is a code beside a title and a title beside a code; "Description" is a title where nothing else is.
    described = any(kind == "description" for kind, _ in weak)
    for kind, column in sorted(weak, key=lambda one: one[0] == "description"):
        as_title = "title" not in found and ("code" in found or not described or kind == "description")
        key = "title" if as_title else "covers" if kind == "description" else "code"
        found.setdefault(key, []).append(column)
    return found


def _without_unit(plain: str) -> tuple[str, str]:
    words = plain.split()
    if len(words) > 1 and words[-1] in _UNITS:
        rest = words[:-2] if words[-2] == "in" else words[:-1]
        return " ".join(rest), _UNITS[words[-1]]
    return plain, ""


def _settled(
    sheet: Sheet, line: Line, found: Mapping[str, list[Column]], said: Mapping[str, str]
) -> tuple[Headings, tuple[BadRow, ...]]:
    """One column for each word; where two are taken for one word, a person has to say which."""
    problems, columns = [], {}
    for key, candidates in found.items():
        lettered = [one for one in candidates if in_column(one.number) in said]
        named = lettered or [one for one in candidates if normal(one.heading) in said]
        better = [one for one in candidates if _without_unit(normal(one.heading))[0] in _BETTER]
        chosen = named or (better if len(better) == 1 and key == "retain" else candidates)
        if len(chosen) > 1:
            names = listed(f"{letter(one.number)}: {one.heading}" for one in chosen)
            sentence = f"the columns {names} are all taken for '{key}'; say which with --map 'HEADING={key}'"
            sentence += f" or 'column {letter(chosen[0].number)}={key}', or leave one out with '={IGNORE}'"
            problems.append(BadRow(sheet.name, line.number, "", sentence))
        columns[key] = chosen[0]
    problems += _called_the_same(sheet, line, columns, said)
    for merged in sheet.merged:
        if merged.top <= line.number <= merged.bottom and any(
            merged.covers(line.number, one.number) for one in columns.values()
        ):
            problems.append(
                BadRow(sheet.name, line.number, "", f"the headings in {merged.name} are merged; unmerge them")
            )
    width = max(line.filled) + 1
    return Headings(line.number, columns, line.cells, width), tuple(problems)


def _called_the_same(sheet: Sheet, line: Line, columns: Mapping[str, Column], said: Mapping[str, str]) -> list[BadRow]:
    """Columns that bear one heading and are taken for different words: only a person knows which is which."""
    called: dict[str, list[tuple[str, Column]]] = {}
    for key, column in columns.items():
        if in_column(column.number) not in said:
            called.setdefault(normal(column.heading), []).append((key, column))
    found = []
    for same in called.values():
        if len(same) > 1:
            (key, first), *_ = same
            names = listed(f"{letter(column.number)}: {column.heading}" for _, column in same)
            sentence = f"the columns {names} are called the same; say what each of them means"
            sentence += f" with --map 'column {letter(first.number)}={key}'"
            found.append(BadRow(sheet.name, line.number, "", sentence))
    return found


def _second(sheet: Sheet, headings: Headings, below: tuple[Line, ...], known: Mapping[str, str]) -> tuple[BadRow, ...]:
    """A second row of headings directly below the first, such as Number, Name, Months: then what they mean is open."""
    for line in below:
        cells = [normal(line.cell(number)) for number in line.filled]
        retain = headings.columns.get("retain")
        unit = retain is not None and _is_unit(normal(line.cell(retain.number)))
        if line.cells != headings.cells and (unit or (len(cells) > 1 and all(_is_heading(c, known) for c in cells))):
            seen = listed(line.cell(number) for number in line.filled)
            sentence = f"{seen} looks like a second row of headings; write each heading into one cell of one row"
            return (BadRow(sheet.name, line.number, "", f"{sentence}, such as 'Retention (months)'"),)
    return ()


def _is_heading(plain: str, known: Mapping[str, str]) -> bool:
    return plain in known or plain in WEAK or _without_unit(plain)[0] in known or _is_unit(plain)


def _is_unit(plain: str) -> bool:
    words = set(plain.split())
    return bool(words & set(_UNITS)) and words <= {*_UNITS, "in", "no", "of", "number", "or", "and"}
