"""An mbox: one file in which messages follow each other, each behind a line that begins with ``From``.

Where a message ends is decided in ``separators.py``; a mailbox's folders are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from retention.core.message import Message, Source
from retention.mail.files import opening
from retention.mail.files.reading import Told, message_of
from retention.mail.files.separators import first_line, said_at, starts
from retention.mail.interface import FolderUnreadable, MessageGone


class Mbox:
    """A ``Container``. A message is found by the offset of the line before it."""

    kind = "mbox"

    def __init__(self, path: str | Path) -> None:
        try:
            self._file: BinaryIO = opening.opened(path)
            self._marks = opening.marks_of(self._file)
        except OSError as error:
            raise FolderUnreadable(f"It cannot be opened: {opening.why(error)}.") from error

    def folders(self) -> tuple[str, ...]:
        return ("",)

    def messages(self, folder: str, after: str) -> Iterator[Message]:
        try:
            for start, stop in self._spans(int(after) if after else None):
                line = first_line(self._file, start)
                told = Told(received_at=said_at(line), in_headers=True)
                source = Source(file="", at=str(start))
                yield message_of(source.at, self._content(start, line, stop), source, told)
        except (OSError, ValueError) as error:
            raise FolderUnreadable(f"It cannot be read: {error}.") from error

    def content(self, at: str) -> Iterator[bytes]:
        start = int(at) if at.isdecimal() else -1
        try:
            line = first_line(self._file, start) if 0 <= start < self._marks.size else b""
            if not line:
                raise MessageGone("No message begins at this place of the mbox any more.")
            stop = next(starts(self._file, start, self._marks.size), self._marks.size)
            yield from self._content(start, line, stop)
        except (OSError, ValueError) as error:
            raise FolderUnreadable(f"It cannot be read: {error}.") from error

    def close(self) -> None:
        self._file.close()

    def _spans(self, after: int | None) -> Iterator[tuple[int, int]]:
        """Where each message begins, its separator included, and where the next one does."""
        begun = 0 if after is None else -1
        for start in starts(self._file, after or 0, self._marks.size):
            if begun >= 0:
                yield begun, start
            begun = start
        if begun >= 0 and self._marks.size:
            yield begun, self._marks.size

    def _content(self, start: int, line: bytes, stop: int) -> Iterator[bytes]:
        """The bytes between two separators, without the empty line that belongs to the second."""
        start += len(line)
        last = opening.bytes_at(self._file, max(stop - 4, start), stop - max(stop - 4, start))
        if last.endswith(b"\n\r\n"):
            stop -= 2
        elif last.endswith(b"\n\n"):
            stop -= 1
        yield from opening.pieces(self._file, start, stop)
