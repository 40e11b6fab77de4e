"""How a file is opened, told apart from its later self, and measured: to read, and in no other way.

What lies in a file is not known here.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from retention.mail.interface import FolderUnreadable

PIECE = 1024 * 1024
_READ_ONLY = (
    os.O_RDONLY
    # A link put there since the folder was listed is not followed; a pipe put there is not waited for.
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Marks(NamedTuple):
    """What the file system says of a file, by which a change is noticed without reading it.

    ``changed_ns`` can be set to anything by anybody, and is by whoever copies a file with its dates; ``touched_ns``
    cannot, where the system has it (on Windows it is when the file came to be).
    """

    size: int
    changed_ns: int
    touched_ns: int
    number: int

    @property
    def told(self) -> str:
        """All of them as one text: a file's number may be longer than any number that is written down elsewhere."""
        return "/".join(map(str, self))


def opened(path: str | Path) -> BinaryIO:
    """The file, to be read. Raises ``OSError``; it must never follow a link or wait for anybody."""
    number = os.open(path, _READ_ONLY)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(f"{path} is no file")
        return os.fdopen(number, "rb", buffering=0)
    except BaseException:
        os.close(number)
        raise


def marks_of(file: BinaryIO | str | Path) -> Marks:
    """Raises ``OSError``."""
    told = os.fstat(file.fileno()) if not isinstance(file, str | Path) else os.stat(file, follow_symlinks=False)
    return Marks(told.st_size, told.st_mtime_ns, told.st_ctime_ns, told.st_ino)


def pieces(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """The bytes from ``start`` to before ``stop``. Raises ``FolderUnreadable`` where there are fewer by now."""
    while start < stop:
        piece = bytes_at(file, start, min(PIECE, stop - start))
        if not piece:
            raise FolderUnreadable(CHANGED)
        start += len(piece)
        yield piece


def bytes_at(file: BinaryIO, start: int, length: int) -> bytes:
    """Up to so many bytes from there."""
    file.seek(start)
    return file.read(length)


def digest_of(path: str | Path, first: int | None = None) -> tuple[Marks, str, str]:
    """The marks and the SHA-256 of a file, and the SHA-256 of its ``first`` bytes (empty: it has fewer, or none asked).

    Raises ``OSError``, and ``FolderUnreadable`` where it changed meanwhile.
    """
    with opened(path) as file:
        marks, digest, beginning = marks_of(file), hashlib.sha256(), ""
        if first is not None and first <= marks.size:
            for piece in pieces(file, 0, first):
                digest.update(piece)
            beginning = digest.hexdigest()
        for piece in pieces(file, first if beginning and first else 0, marks.size):
            digest.update(piece)
        if marks_of(file) != marks:
            raise FolderUnreadable(CHANGED)
    return marks, digest.hexdigest(), beginning


def why(error: OSError) -> str:
    """Why it could not be opened, in the system's own words."""
    return (error.strerror or str(error)).lower()


CHANGED = "It changed while it was read; it is read again next time."
