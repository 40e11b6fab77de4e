"""Tables on the screen: how wide each column is, and where a cell is broken into lines.

What a table says is not known here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from math import ceil

from rich.cells import cell_len, chop_cells

from retention.cli.screen import Row, clean, cut

LONGEST_CELL = 240
"""Characters of one cell; what is longer is cut, and says so."""

NARROWEST = 6
"""Columns that are left to a cell of which nothing else is known."""

BETWEEN = 2
"""Spaces between two columns."""

# A word too long for its column is broken at a sign: an address before its @, a path after its /.
_SIGNS = re.compile(r"(?=@)|(?<=[/\\._:,=+&-])")
# A day, a time or a number says something else as soon as it stands on two lines.
_WHOLE = re.compile(r"[#+-]?\d[\d,.:/-]*%?[,.;:)]?", re.ASCII)
_ADDRESSES = re.compile(r"[^\s,@]+@([\w-]+(?:\.[\w-]+)+)(?:/[^,@]+)?(?:, [^\s,@]+@\1(?:/[^,@]+)?)*")


def draw(headings: tuple[str, ...], rows: Sequence[Row], title: str, width: int) -> None:
    """Print it. No word, address or id is broken as long as there is room for all of them."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    numbers = tuple(isinstance(value, int) for value in rows[0])
    cells = [tuple(_cell(value) for value in row) for row in rows]
    room = width - BETWEEN * (len(headings) - 1)
    domain = ""
    if sum(max(map(cell_len, column)) for column in zip(headings, *cells, strict=True)) > room:
        domain, cells = _without_common_domain(cells)
    shown = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, BETWEEN - 1, 0, 0),
        title=Text(clean(title)) if title else None,
        title_justify="left",
        title_style="bold",
    )
    widths = _widths(headings, cells, numbers, room)
    for heading, is_number, wide in zip(headings, numbers, widths, strict=True):
        named = Text("\n".join(_lines(heading, wide)))
        shown.add_column(named, justify="right" if is_number else "left", width=wide, overflow="fold")
    for row in cells:
        shown.add_row(*(Text("\n".join(_lines(cell, wide))) for cell, wide in zip(row, widths, strict=True)))
    console = Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)
    console.print()
    console.print(shown)
    if domain:
        console.print(Text(f"Every address without a domain is one of @{domain}."))
    console.print()


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else clean(cut(value, LONGEST_CELL))


def _without_common_domain(cells: Sequence[tuple[str, ...]]) -> tuple[str, list[tuple[str, ...]]]:
    """The cells without the domain that all addresses share, and that domain; columns of anything else stay whole."""
    columns = list(zip(*cells, strict=True))
    found = [{_domain(cell) for cell in column if cell} for column in columns]
    # A cell without an address (the sum's 'all', 'nobody') says nothing against it; text with an @ in it does.
    domains = {domain for column in found if "@" not in column for domain in column if domain}
    if len(domains) != 1:
        return "", list(cells)
    (domain,) = domains
    shorter = [
        tuple(cell.replace(f"@{domain}", "") if domain in known and "@" not in known else cell for cell in column)
        for column, known in zip(columns, found, strict=True)
    ]
    return domain, list(zip(*shorter, strict=True))


def _domain(cell: str) -> str:
    """The domain of the cell's addresses; ``@`` where it holds other text with an @; empty where it has none."""
    whole = _ADDRESSES.fullmatch(cell)
    return whole[1] if whole else "@" if "@" in cell else ""


def _widths(headings: Sequence[str], cells: Sequence[Row], numbers: Sequence[bool], room: int) -> list[int]:
    """How wide each column is: as wide as it likes where there is room, else so that as little as can be is broken."""
    columns = [[heading, *map(str, column)] for heading, *column in zip(headings, *cells, strict=True)]
    likes = [max(map(cell_len, column)) for column in columns]
    if sum(likes) <= room:
        return likes
    least = _words(headings, cells)
    at_signs = [max(cell_len(piece) for text in column for piece in _pieces(text)) for column in columns]
    firm = _firm(headings, cells)
    crushed = [min(NARROWEST, wide) for wide in at_signs]
    kept = [max(pair) for pair in zip(firm, crushed, strict=True)]
    for narrower in ([max(pair) for pair in zip(firm, at_signs, strict=True)], kept, crushed):
        for n in sorted(range(len(columns)), key=lambda n: -least[n]):
            if sum(least) <= room:
                break
            if not numbers[n]:
                least[n] = max(narrower[n], min(least[n], least[n] - (sum(least) - room)))
    widths = [max(1, wide) for wide in least]
    _share(widths, [min(like, 10_000) for like in likes], room)
    return widths


def _share(widths: list[int], likes: Sequence[int], room: int) -> None:
    """Give what room is left to the columns whose cells need the most lines."""
    while sum(widths) < room:
        wanting = [n for n, wide in enumerate(widths) if wide < likes[n]]
        if not wanting:
            return
        widths[max(wanting, key=lambda n: (ceil(likes[n] / widths[n]), likes[n] / widths[n]))] += 1


def _words(headings: Sequence[str], cells: Sequence[Row]) -> list[int]:
    """The longest word of each column."""
    columns = zip(headings, *cells, strict=True)
    return [max((cell_len(word) for text in column for word in str(text).split()), default=0) for column in columns]


def _firm(headings: Sequence[str], cells: Sequence[Row]) -> list[int]:
    """What each column needs so that no day and no number in it is broken, and no heading within a word."""
    wholes = (
        [word for text in column for word in str(text).split() if _is_whole(word)]
        for column in zip(*cells, strict=True)
    )
    return [max(map(cell_len, (*heading.split(), *whole, ""))) for heading, whole in zip(headings, wholes, strict=True)]


def _is_whole(word: str) -> bool:
    return _WHOLE.fullmatch(word) is not None


def _pieces(text: str) -> Iterator[str]:
    for word in text.split():
        yield from (word,) if _is_whole(word) else filter(None, _SIGNS.split(word))
    yield ""


def _lines(text: str, width: int) -> list[str]:
    """The cell in lines of that width: broken between words, else at signs, else anywhere."""
    if cell_len(text) <= width:
        return [text]
    lines: list[str] = []
    current = ""
    for word in text.split():
        glue = " " if current else ""
        if cell_len(f"{current}{glue}{word}") <= width:
            current = f"{current}{glue}{word}"
            continue
        if cell_len(word) <= width:
            lines, current = [*lines, current], word
            continue
        for piece in _broken(word, width):
            if cell_len(f"{current}{glue}{piece}") <= width:
                current = f"{current}{glue}{piece}"
            else:
                lines, current = [*lines, *([current] if current else [])], piece
            glue = ""
    return [*lines, current]


def _broken(word: str, width: int) -> Iterator[str]:
    for piece in filter(None, _SIGNS.split(word)):
        yield from chop_cells(piece, width) if cell_len(piece) > width else (piece,)
