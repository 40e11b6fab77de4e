"""Options that several commands share.

What they do is written where they are used.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import date

    from retention.jobs.consent import Document

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

settings_file = ContextVar("settings_file", default=Path("retention.toml"))
"""The settings file that this command was given: a day may be counted from the city's own today."""


def parse_day(text: str, option: str, *, end: bool = False) -> date:
    """A day as people write it; what was understood is said on stderr where it was not written as ``2026-03-01``.

    Of a whole month or year its first day is meant, or with ``end`` its last. Raises ``WrongUsage`` naming the option.
    """
    from retention.cli.days import EXAMPLES, is_exact, read_day
    from retention.cli.screen import cut, note
    from retention.errors import WrongUsage

    typed = cut(text.strip(), 80)
    try:
        day = read_day(text, today, end=end)
    except ValueError as error:
        raise WrongUsage(f"'{typed}' after {option} {error}.", EXAMPLES) from error
    if not is_exact(text):
        note(f"{option}: '{typed}' is read as {day:%A}, {day}.")
    return day


def today() -> date:
    """The city's today. Raises ``BadConfiguration`` where there is no city."""
    from retention.cli import opening

    return opening.now().astimezone(opening.read_city(settings_file.get()).zone).date()


def scanned(path: Path) -> Document:
    """The digest and the name of a scanned document. Raises ``WrongUsage`` where it cannot be read."""
    import hashlib

    from retention.errors import WrongUsage
    from retention.jobs.consent import Document

    try:
        with path.open("rb") as file:
            return Document(hashlib.file_digest(file, "sha256").hexdigest(), path.name)
    except OSError as error:
        raise WrongUsage(
            f"The document {path} cannot be read: {error.strerror}.", "Name the scanned file, or leave it out."
        ) from error
