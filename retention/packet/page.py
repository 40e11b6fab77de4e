"""The page of a packet: one file that needs no network and no script, made from what proof.json says.

Every text is escaped: subjects, reasons and names are whatever somebody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from msgspec import Struct

from retention.core.proof import SHOWN, Row, Table, plain
from retention.packet.words import HEAD, INTRO, TAIL


class Told(Struct, frozen=True, kw_only=True):
    """One table as proof.json has it: its words, the first rows, and how many there are."""

    name: str
    title: str
    text: str
    columns: tuple[str, ...]
    given: tuple[str, ...]
    rows: tuple[Row, ...]
    count: int


def told(table: Table, rows: list[Row], count: int) -> Told:
    return Told(
        name=table.name,
        title=table.title,
        text=table.text,
        columns=table.columns,
        given=table.given,
        rows=tuple(rows),
        count=count,
    )


def page(hold: str, tables: tuple[Told, ...]) -> Iterator[str]:
    """The page, piece by piece."""
    yield f"{HEAD}<body>\n<main>\n<h1>Proof of the hold {escape(plain(hold))}</h1>\n<p>{escape(INTRO)}</p>\n"
    yield '<nav aria-label="Tables">\n<ul>\n'
    for table in tables:
        yield f'<li><a href="#{table.name}">{escape(table.title)} ({table.count:,})</a></li>\n'
    yield "</ul>\n</nav>\n"
    for table in tables:
        yield from _section(table)
    yield f"</main>\n</body>{TAIL}"


def _section(table: Told) -> Iterator[str]:
    title = f"{table.name}-title"
    yield f'<section id="{table.name}">\n<h2 id="{title}">{escape(table.title)}</h2>\n'
    yield f"<p>{escape(table.text)}</p>\n<p>{_extent(table)}</p>\n"
    if table.rows:
        # Wide tables are scrolled by themselves, from the keyboard too.
        yield f'<div role="region" tabindex="0" aria-labelledby="{title}">\n<table>\n<thead><tr>'
        for column in table.columns:
            yield f'<th scope="col">{escape(column)}{" *" if column in table.given else ""}</th>'
        yield "</tr></thead>\n<tbody>\n"
        for first, *others in table.rows:
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in others)
            yield f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>\n'
        yield "</tbody>\n</table>\n</div>\n"
    yield "</section>\n"


def _extent(table: Told) -> str:
    if not table.count:
        return "None."
    if table.count > SHOWN:
        return f"The first {SHOWN:,} of {table.count:,} rows; all are in {table.name}.csv."
    return f"All of it is in {table.name}.csv too."
