"""How results reach a person or a machine: clean text, tables, progress, JSON.

Nothing is decided and nothing is opened here. What a mail says is untrusted: it is cleaned, and never read as markup.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

Row = tuple[object, ...]

_UNSAFE = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def clean(text: object) -> str:
    """The text with everything that could steer a terminal or hide itself shown as ``·`` instead."""
    return "".join("·" if unicodedata.category(c) in _UNSAFE else c for c in str(text))


def say(text: str = "") -> None:
    """One line of the result, on stdout; a line end in the text cannot begin another."""
    print(clean(text))


def note(text: str) -> None:
    """A line beside the result, on stderr."""
    print(clean(text), file=sys.stderr)


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
    """A table that fits the terminal; numbers to the right. Prints nothing where there are no rows."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    if not rows:
        return
    shown = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold", pad_edge=False)
    for heading, value in zip(headings, rows[0], strict=True):
        shown.add_column(heading, justify="right" if isinstance(value, int) else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else clean(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 80
    Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False).print(shown)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int | None, str], None]]:
    """A bar on stderr while a job runs, where stderr is a terminal; otherwise nothing."""
    if not sys.stderr.isatty():
        yield lambda done, total, at: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
    columns = (
        SpinnerColumn(),
        TextColumn(what, markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, at="")
        yield lambda done, total, at: bar.update(task, completed=done, total=total, at=clean(at)[:40])


def counted(number: int, noun: str, many: str = "") -> str:
    """``1 message``, ``2,000 messages``; ``many`` where an s does not make the plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {many or f'{noun}s'}"
