"""How far a folder in files was read, and whether the files are still what they were then.

What is read there is not known here.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.core.message import Cursor
from retention.mail.files import opening
from retention.mail.files.container import Container
from retention.mail.files.finding import Found
from retention.mail.files.kinds import Kind
from retention.mail.files.loose import Loose
from retention.mail.files.maildir import Maildir
from retention.mail.files.opening import Marks
from retention.mail.files.separators import first_line
from retention.mail.interface import FolderUnreadable


class Place(Struct, frozen=True, kw_only=True):
    """The state of the file, or of the folder of files, and the last message that was read of it.

    ``size`` and ``marks`` are empty where it is a folder: then ``sha256`` is the digest of its listing.
    """

    size: int = 0
    marks: str = ""
    sha256: str = ""
    after: str = ""
    done: bool = False

    @property
    def cursor(self) -> Cursor:
        return Cursor(msgspec.json.encode(self).decode())


class Start(NamedTuple):
    """Where to read on; ``marks`` are those of the one file, by which a change is noticed while it is read."""

    place: Place
    restart: bool
    marks: Marks | None


class Places:
    """Compares what was with what is. A file is digested once for all of its folders, and only where it may differ."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._digests: dict[str, tuple[Marks, str]] = {}

    def start(self, found: Found, container: Container, folder: str, cursor: Cursor | None) -> Start:
        """Raises ``FolderUnreadable``."""
        old = _place(cursor)
        if isinstance(container, Loose | Maildir):
            now = Place(sha256=container.state(folder))
            return Start(old, False, None) if old and old.sha256 == now.sha256 else Start(now, True, None)
        try:
            with self._locks[found.path]:
                return self._of_file(found, old)
        except OSError as error:
            raise FolderUnreadable(f"It cannot be read: {opening.why(error)}.") from error

    def _of_file(self, found: Found, old: Place | None) -> Start:
        marks = opening.marks_of(found.path)
        if old and marks.told == old.marks:
            return Start(old, False, marks)
        known = self._digests.get(found.path)
        if known is None or known[0] != marks or old:
            marks, digest, beginning = opening.digest_of(found.path, old.size if old else None)
            self._digests[found.path] = marks, digest
        else:
            digest, beginning = known[1], ""
        now = Place(size=marks.size, marks=marks.told, sha256=digest)
        if old and digest == old.sha256:
            return Start(replace(now, after=old.after, done=old.done), False, marks)
        if old and beginning == old.sha256 and found.kind is Kind.MBOX and _goes_on(found.path, old.size):
            return Start(replace(now, after=old.after), False, marks)
        return Start(now, True, marks)


def check_unchanged(path: str, marks: Marks | None) -> None:
    """Raises ``FolderUnreadable`` where the file is another than when reading began."""
    try:
        if marks is not None and opening.marks_of(path) != marks:
            raise FolderUnreadable(opening.CHANGED)
    except OSError as error:
        raise FolderUnreadable(f"It cannot be read any more: {opening.why(error)}.") from error


def _place(cursor: Cursor | None) -> Place | None:
    """None too for what no place can be read of: reading then begins again."""
    try:
        return msgspec.json.decode(cursor, type=Place) if cursor else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _goes_on(path: str, size: int) -> bool:
    """Whether an mbox ended with a whole message, and what was put behind it is the next one."""
    with opening.opened(path) as file:
        end = opening.bytes_at(file, max(size - 3, 0), min(size, 3))
        return (end.endswith(b"\n\n") or end == b"\n\r\n") and bool(first_line(file, size))
