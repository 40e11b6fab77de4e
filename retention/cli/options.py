"""Options that several commands share.

What they do is written where they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from retention.jobs.consent import Document

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def parse_day(text: str, option: str) -> date:
    """A day typed as ``2026-03-01``; raises ``WrongUsage`` naming the option."""
    from datetime import datetime

    from retention.errors import WrongUsage

    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a civil day has no zone
    except ValueError as error:
        raise WrongUsage(f"'{text}' after {option} is not a day.", "Write it as 2026-03-01.") from error


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
