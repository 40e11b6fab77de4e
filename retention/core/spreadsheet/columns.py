"""The rows of a city's own schedule become series of ours; every row not understood is told.

No file is read here. Which headings mean what is in ``headings.py``; what a cell says, in ``cells.py``; how series
become rows, in ``rows.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from retention.core.schedule import filing, parse
from retention.core.spreadsheet import cells
from retention.core.spreadsheet.headings import PLAIN, Headings, find, in_column, normal
from retention.core.spreadsheet.sheet import BadRow, Line, Sheet, counted, listed


class Origin(Struct, frozen=True):
    """The file that the rows stand in, and the SHA-256 of its bytes: what every series names as its source."""

    file: str
    sha256: str


class Said(Struct, frozen=True, kw_only=True):
    """What a person said of the file beyond what stands in it.

    ``headings`` maps headings to our words. ``start`` is from when a period counts where its row does not say; ``then``
    what follows where no disposition is given; ``citation`` what is cited where a row cites nothing.
    """

    headings: Mapping[str, str] = {}
    start: str = ""
    then: str = ""
    citation: str = ""


class Taken(Struct, frozen=True, kw_only=True):
    """What was read: the dictionary that ``schedule.parse`` reads, without the rows that ``problems`` tell of.

    ``of_all`` are those of the problems that concern no row alone, such as headings that mean the same: with one of
    them nothing that was read can be relied on. ``passed_over`` tells in sentences what was seen and is no series:
    section headings, columns, other sheets. ``rows`` is how many rows were read, whatever came of them.
    """

    data: dict[str, Any]
    problems: tuple[BadRow, ...]
    of_all: tuple[BadRow, ...]
    passed_over: tuple[str, ...]
    rows: int

    @property
    def summary(self) -> str:
        """``3 rows read, 1 written, 2 left out``."""
        written = len(self.data["series"])
        return f"{counted(self.rows, 'row')} read, {written:,} written, {self.rows - written:,} left out"


class Row:
    """One row while it is read: gives the text under our words, and notes what is not understood."""

    def __init__(self, sheet: Sheet, line: Line, headings: Headings, section: str, problems: list[BadRow]) -> None:
        self.sheet, self.line, self.headings, self.section, self.problems = sheet, line, headings, section, problems
        self.remarks: list[str] = []
        """What the series does not do as its row says, in sentences."""
        self.in_years = False
        """Whether a bare number in it was taken for years."""

    def text(self, key: str) -> str:
        column = self.headings.columns.get(key)
        return self.line.cell(column.number) if column else ""

    def heading(self, key: str) -> str:
        column = self.headings.columns.get(key)
        return column.heading if column else ""

    def unit(self, key: str) -> str:
        column = self.headings.columns.get(key)
        return column.unit if column else ""

    def problem(self, key: str, sentence: str) -> None:
        column = self.headings.columns.get(key)
        place = self.sheet.place(self.line.number, column.number) if column else ""
        self.problems.append(BadRow(self.sheet.name, self.line.number, self.heading(key) or key, sentence, place))

    def understood(self, key: str, how: Callable[[str], Any], otherwise: Any) -> Any:
        """The cell as ``how`` understands it; where that raises ValueError, the reason is noted."""
        try:
            return how(self.text(key))
        except ValueError as error:
            self.problem(key, str(error))
            return otherwise

    def source(self, origin: Origin) -> str:
        sheet = f", sheet '{self.sheet.name}'" if self.sheet.name else ""
        return f"{origin.file}{sheet}, row {self.line.number} (SHA-256 {origin.sha256})"


class Form(Struct, frozen=True):
    """A kind of sheet: its headings, which of them it cannot do without, and how one row becomes a series."""

    known: Mapping[str, str]
    needed: tuple[str, ...]
    series: Callable[[Row, Origin, Said], dict[str, Any]]


# --- reading --------------------------------------------------------------------------------------------------------


def read(
    origin: Origin, sheets: tuple[Sheet, ...], head: Mapping[str, str], said: Said, form: Form | None = None
) -> Taken:
    """Every row that is understood as a series under ``head``, and of every other row why it is not."""
    reading = _Reading(origin, said, form or PLAIN_FORM)
    unheaded: list[BadRow] = []
    for sheet in sheets:
        headings, problems = find(sheet, reading.form.known, reading.form.needed, said.headings)
        if headings is None:
            unheaded += problems
            continue
        reading.of_all += problems
        reading.sheet(sheet, headings, readable=not problems)
    if reading.headed:
        reading.passed_over += [f"sheet '{bad.sheet}' was not read: {bad.sentence}" for bad in unheaded]
        reading.of_all += _unknown_headings(said, reading.headed)
    else:
        reading.of_all += unheaded or [BadRow("", 0, "", "there is no row in it")]
    return reading.taken(head)


def _unknown_headings(said: Said, headed: list[Headings]) -> list[BadRow]:
    """Headings that a person named and no sheet has."""
    seen = [text for headings in headed for text in headings.cells if text]
    known = {normal(text) for text in seen}.union(in_column(n) for one in headed for n in range(len(one.cells)))
    unknown = [heading for heading in said.headings if heading not in known]
    return [BadRow("", 0, "--map", f"there is no heading '{heading}'; seen: {listed(seen)}") for heading in unknown]


class _Reading:
    """The rows of one file while they are read."""

    def __init__(self, origin: Origin, said: Said, form: Form) -> None:
        self.origin, self.said, self.form = origin, said, form
        self.problems: list[BadRow] = []
        self.of_all: list[BadRow] = []
        self.rows = 0
        self.passed_over: list[str] = []
        self.headed: list[Headings] = []
        self.series: list[tuple[Row, dict[str, Any]]] = []

    def sheet(self, sheet: Sheet, headings: Headings, *, readable: bool) -> None:
        """The rows of one sheet; none of them where nobody can say what its columns mean."""
        self.headed.append(headings)
        if not readable:
            return
        taken = {column.number for column in headings.columns.values()}
        unread = [text for number, text in enumerate(headings.cells) if text and number not in taken]
        if unread:
            self.passed_over.append(f"columns that were not read: {listed(unread)}")
        section = ""
        for line in sheet.lines:
            # Printed schedules repeat their headings on every page.
            if line.number <= headings.row or line.cells == headings.cells:
                continue
            if heading := _section(sheet, line):
                section = heading
                self.passed_over.append(f"row {line.number} was read as the heading of a section: '{heading}'")
                continue
            self._row(Row(sheet, line, headings, section, self.problems))

    def _row(self, row: Row) -> None:
        self.rows += 1
        before = len(self.problems)
        row.problems += _untrustworthy(row)
        if len(self.problems) == before:
            series = self.form.series(row, self.origin, self.said)
            if len(self.problems) == before:
                self.series.append((row, series))
                self.passed_over += [f"row {row.line.number}: {remark}" for remark in row.remarks]

    def taken(self, head: Mapping[str, str]) -> Taken:
        series = self._each_once()
        while series:
            bad = self._checked(series, head)
            if not bad:
                break
            series = [one for number, one in enumerate(series) if number not in bad]
        self._tell_what_was_not_given(series)
        data = {"schedule": dict(head), "series": [one for _, one in series]}
        problems = {*self.problems, *self.of_all}
        return Taken(
            data=data,
            problems=tuple(sorted(problems, key=lambda bad: (bad.sheet, bad.row, bad.column, bad.sentence))),
            of_all=tuple(self.of_all),
            passed_over=tuple(self.passed_over),
            rows=self.rows,
        )

    def _tell_what_was_not_given(self, series: list[tuple[Row, dict[str, Any]]]) -> None:
        silent = [one["then"] for row, one in series if not row.text("then") and one["retain"] != "permanent"]
        uncited = sum(one.get("citation") == self.said.citation and not row.text("citation") for row, one in series)
        renamed = [
            f"{row.text('id')} is {one['id']}" for row, one in series if row.text("id") not in ("", one.get("id"))
        ]
        if renamed:
            why = "an id of one word is what people call a folder anyway, so no filing is seen in it"
            self.passed_over.append(f"{why}: {', '.join(renamed)}")
        if in_years := sum(row.in_years for row, _ in series):
            self.passed_over.append(f"in {counted(in_years, 'row')} a bare number was read as years")
        if silent:
            these = f"{counted(len(silent), 'row')}: {'this' if len(silent) == 1 else 'these'} series"
            says = "says" if len(silent) == 1 else "say"
            self.passed_over.append(f"no disposition is given in {these} {says} '{silent[0]}'")
        if uncited:
            these = f"{counted(uncited, 'row')}: {'this series cites' if uncited == 1 else 'these series cite'}"
            self.passed_over.append(f"nothing is cited in {these} '{self.said.citation}'")

    def _each_once(self) -> list[tuple[Row, dict[str, Any]]]:
        """The series without those that share a code; an id made of a title may be told apart by its section."""
        seen: dict[str, list[Row]] = {}
        for row, series in self.series:
            key = _key(series)
            if key in seen and series.get("id") and row.section and not row.text("id"):
                series["id"] = f"{slug(row.section)}-{series['id']}"
                series["example"] = _example(series)
                key = _key(series)
            seen.setdefault(key, []).append(row)
        for row, series in self.series:
            if others := [_place(one, row) for one in seen[_key(series)] if one is not row]:
                where = "code" if series.get("code") else "title"
                row.problem(where, f"'{series.get('code') or series['id']}' is used by {' and '.join(others)} too")
        return [(row, series) for row, series in self.series if len(seen[_key(series)]) == 1]

    def _checked(self, series: list[tuple[Row, dict[str, Any]]], head: Mapping[str, str]) -> set[int]:
        """The numbers of the series that the schedule's own reading refuses; what it says is noted at their rows."""
        _, problems = parse({"schedule": dict(head), "series": [one for _, one in series]}, head.get("name", ""))
        places = {_key(one): number for number, (_, one) in enumerate(series)}
        bad = set()
        for problem in problems:
            number = places.get(filing(problem.series)) if problem.series else None
            if number is None:
                self.of_all.append(BadRow("", 0, problem.key, problem.sentence))
            else:
                bad.add(number)
                series[number][0].problem(problem.key, problem.sentence)
        return bad


def _key(series: Mapping[str, Any]) -> str:
    return filing(series.get("code") or series.get("id") or "")


def _place(row: Row, beside: Row) -> str:
    """Where a row stands, as it is said to somebody who looks at another."""
    sheet = f" of sheet '{row.sheet.name}'" if row.sheet.name != beside.sheet.name else ""
    return f"row {row.line.number}{sheet}"


def _section(sheet: Sheet, line: Line) -> str:
    """The heading of a section: the only text of its row, merged across it or in capitals without a figure."""
    if len(line.filled) != 1 or line.marred:
        return ""
    (column,) = line.filled
    text = line.cell(column)
    across = any(m.covers(line.number, column) and m.top == m.bottom and m.right > m.left for m in sheet.merged)
    return text if across or (text.isupper() and not any(c.isdigit() for c in text)) else ""


def _untrustworthy(row: Row) -> list[BadRow]:
    """What is wrong with the row's cells before anybody asks what they say."""
    sheet, line, columns = row.sheet, row.line, row.headings.columns.values()
    found = []
    number, wanted = len(line.cells), row.headings.width
    if sheet.even and not wanted <= number <= len(row.headings.cells):
        said = f"has {counted(number, 'cell')} where there are {counted(wanted, 'heading')}"
        said += "; a comma in a text needs quotation marks around it"
        found.append(BadRow(sheet.name, line.number, "", said))
    for merged in sheet.merged:
        if any(merged.covers(line.number, column.number) for column in columns):
            # Of all its rows the same is said, at the first of them, so that it is told once.
            rows = f" (rows {merged.top} to {merged.bottom})" if merged.bottom > merged.top else ""
            said = f"{rows} is merged; unmerge it and write into every row what holds for it"
            found.append(BadRow(sheet.name, merged.top, "", f"the range {merged.name}{said}"))
    found += [
        BadRow(sheet.name, line.number, column.heading, why, sheet.place(line.number, column.number))
        for column in columns
        if (why := line.marred.get(column.number))
    ]
    return found


def _series(row: Row, origin: Origin, said: Said) -> dict[str, Any]:
    """One row of a plain sheet as a table of our own file."""
    title, code = row.text("title"), row.text("code")
    if not title:
        row.problem("title", "is empty")
    found = _period(row, said)
    permanent = found.retain == "permanent"
    then = row.understood("then", lambda text: cells.then_of(text) if text else said.then or "review", "review")
    if not row.text("then") and permanent:
        then = "keep"
    aside = (("Section", row.section or row.text("section")), ("Department", row.text("department")))
    notes = [f"{what}: {text}" for what, text in aside if text] + [row.text("note")]
    if found.filled:
        notes.append(f"the sheet does not say from when; counted from {found.filled}, as asked at import")
    series = {
        "code": code,
        "id": "" if code else named(row.text("id") or title),
        "title": title,
        "covers": row.text("covers"),
        "retain": found.retain,
        "published": row.text("published") or _published(row),
        "then": then,
        "transitory": row.understood("transitory", cells.yes, False),
        "citation": _citation(row, found.citation) or said.citation,
        "source": row.source(origin),
        # A city's own schedule is its own source; but where a column says which rows were verified, silence is no.
        "verified": not row.heading("verified") or row.understood("verified", cells.yes, False),
        "standing": row.text("standing"),
        "key": row.text("key"),
        "not_class": [one.strip() for one in row.text("not_class").split(",") if one.strip()],
        "permission": row.understood("permission", cells.permission, ""),
        "access": row.text("access"),
        "note": "; ".join(filter(None, notes)),
    }
    return finished(series)


def _period(row: Row, said: Said) -> cells.Found:
    """The row's period, with what stood behind it told."""

    def how(text: str) -> cells.Found:
        return cells.period_of(text, row.text("trigger"), said.start, row.unit("retain"))

    found: cells.Found = row.understood("retain", how, cells.Found(retain="permanent"))
    row.in_years = found.in_years
    if found.citation:
        row.remarks.append(f"'({found.citation})' behind the period was read as a citation")
    if found.mark:
        row.remarks.append(f"the period was read without the mark '{found.mark}'; see what the mark stands for")
    return found


def _citation(row: Row, more: str) -> str:
    """What the row cites, and what it cites behind the period if that is more."""
    cited = row.text("citation")
    return cited if more in cited else "; ".join(filter(None, (cited, more)))


def finished(series: dict[str, Any]) -> dict[str, Any]:
    """The table without what is empty, and with the one example that holds of a series without rules."""
    kept = {key: value for key, value in series.items() if value not in ("", False, []) or key == "verified"}
    return {**kept, "example": _example(kept)}


def _example(series: Mapping[str, Any]) -> list[dict[str, Any]]:
    key = str(series.get("code") or series.get("id") or "")
    # A path is parted at slashes, so only a category can bear a code with one.
    return [{"category": [key], "belongs": True} if "/" in key else {"folder": key, "belongs": True}]


def _published(row: Row) -> str:
    """The cells' own words for the period."""
    trigger = row.text("trigger")
    return row.text("retain") + (f" ({row.heading('trigger')}: {trigger})" if trigger else "")


def slug(text: str) -> str:
    """The text in small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))


def named(title: str) -> str:
    """The id of a series that has no code; of two words at least, so that a folder of that name is seen as a filing."""
    words = slug(title)
    return words if "-" in words or not words else f"{words}-records"


PLAIN_FORM = Form(PLAIN, ("title", "retain"), _series)
