"""What is known of one file of mail, and whether it is still as it was read.

How it stands with each message in it is said in ``report.py``; a file is only ever read.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterator, Set
from pathlib import Path
from urllib.parse import unquote

from retention.catalog.ends import FolderEnd
from retention.core.files import FileSource, told_path
from retention.core.message import Message
from retention.core.rebuilt import lost_content


class Contents:
    """One file in which messages lie, or one folder of messages that are files, while its messages are counted.

    ``places`` are those of the records that were captured from it and not destroyed since; of ``partial`` of them a
    part of the content is in this file alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.elsewhere = 0
        self.partial = 0
        self.places: set[str] = set()
        self._digests: dict[str, set[str]] = {}
        self._ends: list[FolderEnd] = []

    def add(self, message: Message, lies: str) -> None:
        self.counts[lies] += 1
        if message.source is not None:
            self._digests.setdefault(message.source.file, set()).add(message.source.sha256)

    def keep(self, message: Message, place: str) -> None:
        """The message was captured, and its record is to be at this place."""
        self.places.add(place)
        self.partial += lost_content(message.rebuilt)

    @property
    def files(self) -> Set[str]:
        """The files in which the messages lie, as they were told when they were read."""
        return self._digests.keys()

    def end(self, end: FolderEnd) -> None:
        self._ends.append(end)

    def gone(self) -> Iterator[str]:
        """Whether somebody has taken it away since it was read."""
        if not os.path.lexists(self.path):
            yield "it is not there any more; `retention mailbox drop` lets it be forgotten where no hold needs it"

    def unread(self) -> Iterator[str]:
        """Why it cannot be said that all of it was read."""
        troubles = sorted({end.trouble.rstrip(".") for end in self._ends if end.trouble})
        if troubles:
            yield f"it could not be read to its end ({'; '.join(troubles)})"
        elif not self._ends or not all(end.whole for end in self._ends):
            yield "it was not read to its end yet"
        elif not self.counts.total():
            yield "no message was found in it"

    def changed(self, others: Collection[Path]) -> Iterator[str]:
        """Why it is not, or may not be, what was read; ``others`` are files that are told of by themselves.

        It is read to its end once more: a size and a date can be what they were and the mail another.
        """
        try:
            if any(_digest(self._opened(file)) not in digests for file, digests in self._digests.items()):
                yield "it was changed since it was read"
            elif self.path.is_dir() and (unknown := sum(1 for _ in self._unknown(others))):
                yield f"it holds {unknown:,} files that were not read" if unknown > 1 else "it holds a file not read"
        except OSError as error:
            yield f"it cannot be read now ({error.strerror or 'an error of the disk'})"

    def _opened(self, file: str) -> str:
        """The path by which a file is opened: a name that is no text is told in another way."""
        return str(self.path) if file == told_path(str(self.path)) else file

    def _unknown(self, others: Collection[Path]) -> Iterator[Path]:
        """The files in this folder of which no message is known and that no other line tells of."""
        for folder, below, names in os.walk(self.path, onerror=_stop):
            here = Path(folder)
            below[:] = [name for name in below if here / name not in others]
            files = {here / name for name in names} - set(others)
            yield from (file for file in files if str(file) not in self._digests)


def container_of(id_: str) -> str:
    """How the file is shown in which this message, or this folder, lies: empty where it is the whole source."""
    return id_.partition("#")[0]


def place_of(source: FileSource, container: str) -> Path:
    """Where the file lies. Signs that ids are made with, and bytes that are no text, are shown as ``%xx``."""
    return Path(source.path, unquote(container, errors="surrogateescape")) if container else Path(source.path)


def _stop(error: OSError) -> None:
    """A folder that cannot be looked into may hold anything."""
    raise error


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
