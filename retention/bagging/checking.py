"""Whether a folder is a whole bag of this layout: by the Library of Congress's own library, and by the Mailbag's rules.

How one is written is in ``mailbag.py``, which shares none of this: what wrote a bag must not be all that checks it.
"""

from __future__ import annotations

import csv
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from retention.bagging.tables import COLUMNS
from retention.errors import RecordMismatch, WrongUsage

# Its warnings would reach the terminal as they are; what it finds is raised as well.
logging.getLogger("bagit").addHandler(logging.NullHandler())

REQUIRED = (
    "Bag-Type", "Mailbag-Source", "Mailbag-Specification-Version", "Original-Included", "Bagging-Timestamp",
    "Bagging-Date", "External-Identifier", "Mailbag-Agent", "Mailbag-Agent-Version",
)  # fmt: skip
"""Specification 5.2.2."""
FORMATS = ("mbox", "pst", "msg", "eml", "pdf", "warc")
TAG_MANIFEST = "tagmanifest-sha256.txt"


class Bagged(Struct, frozen=True, kw_only=True):
    """A whole bag: its identifier, the SHA-256 of its tag manifest, and how many messages it lists."""

    identifier: str
    manifest: str
    messages: int


def check(folder: Path) -> Bagged:
    """The bag in this folder, every byte of it checked.

    Raises ``WrongUsage`` where the folder is no bag, and ``RecordMismatch`` where it is one that is not whole.
    """
    import bagit

    try:
        bag = bagit.Bag(str(folder))
    except (bagit.BagError, OSError, ValueError) as error:
        raise WrongUsage(f"{folder} is no bag that can be read: {error}.", "Name the folder of a bag.") from error
    try:
        bag.validate()
    except (bagit.BagError, OSError, ValueError) as error:
        raise RecordMismatch(f"The bag {folder} is not what it says it is: {error}.", _AGAIN) from error
    with _cells_of_any_length():
        problem = next(_problems(folder, bag.info), None)
        messages = sum(1 for _ in _listed(folder)) if problem is None else 0
    if problem is not None:
        raise RecordMismatch(f"The bag {folder} is no Mailbag: {problem}.", _AGAIN)
    return Bagged(
        identifier=str(bag.info["External-Identifier"]),
        manifest=hashlib.sha256((folder / TAG_MANIFEST).read_bytes()).hexdigest(),
        messages=messages,
    )


_AGAIN = "Nothing in it can be relied on; export the records again."


def _problems(folder: Path, info: dict[str, object]) -> Iterator[str]:
    for name in REQUIRED:
        if not isinstance(info.get(name), str) or not info[name]:
            yield f"bag-info.txt has no {name}, or more than one"
    if info.get("Bag-Type") != "Mailbag":
        yield "its Bag-Type is not Mailbag"
    if not any((folder / "data" / name).is_dir() for name in FORMATS):
        yield "it holds no folder of a mail format"
    if not (folder / TAG_MANIFEST).is_file():
        yield f"it has no {TAG_MANIFEST}"
    if next(_listed(folder), None) is None:
        yield "its mailbag.csv is missing, empty, or has other columns"
    seen: set[str] = set()
    for row in _listed(folder):
        if len(row) != len(COLUMNS):
            yield "a row of mailbag.csv has another number of columns than its heading"
            return
        if row[1].lower() in seen:
            yield f"two messages have the Mailbag-Message-ID {row[1]}"
        seen.add(row[1].lower())
        if not (folder / "data" / "eml" / row[3]).is_file():
            yield f"the file of message {row[1]} is not in it"


@contextmanager
def _cells_of_any_length() -> Iterator[None]:
    """A header may be longer than the cells that Python's reader takes by itself: a letter to ten thousand people."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _listed(folder: Path) -> Iterator[list[str]]:
    """The rows of mailbag.csv or of its numbered parts, without the headings. Gives nothing where these are wrong."""
    files = sorted(folder.glob("mailbag-*.csv")) or [folder / "mailbag.csv"]
    for n, path in enumerate(files):
        if not path.is_file():
            return
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            if n == 0 and tuple(next(rows, ())) != COLUMNS:
                return
            yield from rows
