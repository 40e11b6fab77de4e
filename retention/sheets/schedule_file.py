"""A schedule file of our own, written from what was imported, with its history at the top.

What stands in a series is not decided here; that is in ``core/spreadsheet``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from retention import durable
from retention.errors import ScheduleNotValid, StoreNotAnswering, WrongUsage
from retention.sheets.limits import counted_bytes


def writable(path: Path) -> None:
    """Refuse another ending than .toml, and to write over a file: a schedule may hold a year of somebody's work."""
    if path.suffix.lower() != ".toml":
        raise WrongUsage(f"{path} does not end in .toml, as a schedule does.", "Name a .toml file with --output.")
    if path.exists():
        raise WrongUsage(f"{path} is there already and is not overwritten.", "Name another place with --output.")


def write(path: Path, head: Iterable[str], data: Mapping[str, Any], largest: int) -> None:
    """Write the schedule as TOML under these lines of comment, of no more bytes than a schedule may have."""
    import tomli_w

    comment = "".join(f"# {_plain(line)}".rstrip() + "\n" for line in head)
    content = f"{comment}\n{tomli_w.dumps(data)}".encode()
    writable(path)
    if len(content) > largest:
        raise ScheduleNotValid(
            f"The schedule would have {counted_bytes(len(content))}; no more than {counted_bytes(largest)} are read.",
            "Import it in parts, such as one for each department.",
        )
    try:
        durable.write(path, content)
        durable.sync_folder(path.resolve().parent)
    except OSError as error:
        raise StoreNotAnswering(
            f"{path} cannot be written: {error.strerror}.", "Name another place with --output."
        ) from error


def _plain(line: str) -> str:
    """The line without anything that could end the comment or that TOML does not allow in one."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in line)
