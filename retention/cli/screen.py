"""How results reach a person or a machine: clean text, lines, instants, JSON; tables and progress have their own files.

Nothing is decided and nothing is opened here. What a mail says is untrusted: it is cleaned, and never read as markup.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from zoneinfo import ZoneInfo

Row = tuple[object, ...]

LONGEST_LINE = 4_000
"""Characters of one line; what is longer is cut, and says so."""

NARROWEST = 40
"""Columns below which no line is wrapped any more."""

_UNSAFE = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
# A command to type is never broken in two: it is copied from the screen.
_WORDS = re.compile(r"(?<=: )retention .+$|`[^`]*`\S*|\S+")
_LABEL = re.compile(r"\s*(?:(?:[^\s:]+ ){0,2}[^\s:]+ {2,}|Error: |Next: +)?")


def clean(text: object) -> str:
    """The text with everything that could steer a terminal or hide itself shown as ``·`` instead."""
    said = str(text)
    if said.isascii() and said.isprintable():
        return said
    return "".join("·" if unicodedata.category(c) in _UNSAFE else c for c in said)


def cut(text: object, longest: int) -> str:
    """The text, no longer than that: where its end is left out, a mark says how much of it."""
    said = str(text)
    if len(said) <= longest:
        return said
    return f"{said[:longest].rstrip()}… ({len(said) - longest:,} more characters)"


def short(id_: str, longest: int = 20) -> str:
    """A long id by its beginning and its end, as far as a person needs it to tell it from others."""
    if len(id_) <= longest:
        return id_
    end = (longest - 1) // 3
    return f"{id_[: longest - 1 - end]}…{id_[len(id_) - end :]}"


def instant(at: datetime | None, zone: ZoneInfo, none: str = "(no date)") -> str:
    """An instant as every command shows it: in the city's own time, to the minute, with the zone's name."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" if at else none


def day(at: datetime | None, zone: ZoneInfo, none: str = "(no date)") -> str:
    """The day on which it was in the city."""
    return f"{at.astimezone(zone):%Y-%m-%d}" if at else none


def say(text: str = "") -> None:
    """One line of the result, on stdout; a line end in the text cannot begin another."""
    _print(text, sys.stdout)


def note(text: str) -> None:
    """A line beside the result, on stderr."""
    _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Wrapped at words where a person reads it; one line, whatever its length, where a program does."""
    line = clean(cut(text, LONGEST_LINE))
    if is_terminal(stream) and len(line) > NARROWEST:
        line = "\n".join(wrapped(line, columns()))
    print(line, file=stream)


def wrapped(line: str, width: int) -> list[str]:
    """The line in lines of that width, broken between words only; what follows stands below where its text begins."""
    from rich.cells import cell_len

    if cell_len(line) <= width or width < NARROWEST:
        return [line]
    label = _LABEL.match(line)
    begin = label.group() if label else ""
    indent = " " * min(cell_len(begin), width // 3)
    lines, current = [], begin
    for word in (found.group() for found in _WORDS.finditer(line, len(begin))):
        joined = f"{current}{word}" if current in (begin, indent) else f"{current} {word}"
        if cell_len(joined) > width and current not in (begin, indent):
            lines.append(current)
            joined = f"{indent}{word}"
        current = joined
    return [*lines, current]


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it on a screen that can be steered."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """How wide the terminal is; 80 where there is none."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() or sys.stderr.isatty() else 80


def as_json(result: Any) -> None:
    """The same result for machines, on stdout; what could steer a terminal is escaped, as JSON allows."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(result), indent=2).decode()
    sys.stdout.write("".join(_escaped(c) if c != "\n" else c for c in text) + "\n")


def _escaped(c: str) -> str:
    if unicodedata.category(c) not in _UNSAFE:
        return c
    units = c.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))


def table(headings: Iterable[str], rows: Iterable[Row], title: str = "") -> None:
    """A table that fits the terminal, or 80 columns; numbers to the right. Prints nothing where there are no rows."""
    rows = list(rows)
    if rows:
        from retention.cli.tables import draw

        draw(tuple(headings), rows, title, columns() if sys.stdout.isatty() else 80)


def progress(what: str) -> AbstractContextManager[Callable[[int, int | None, str], None]]:
    """A bar on stderr while a job runs, with its rate and the time left, where stderr is a terminal; else nothing."""
    from retention.cli.watching import watched

    return watched(what)


def counted(number: int, noun: str, many: str = "") -> str:
    """``1 message``, ``2,000 messages``; ``many`` where an s does not make the plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {many or f'{noun}s'}"


def listed(names: Iterable[str], most: int = 10) -> str:
    """The names with commas between them; of more than ``most`` the first, and how many more there are."""
    named = list(names)
    more = f" and {len(named) - most:,} more" if len(named) > most else ""
    return f"{', '.join(named[:most])}{more}"
