"""A folder in which each file is one message: ``.eml`` of any program, and Outlook's ``.msg``.

What makes a file a message is decided in ``finding.py``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from retention.core.files import told_path
from retention.core.message import Message, Source
from retention.mail.files import opening
from retention.mail.files.container import Container
from retention.mail.files.finding import loose_in, name_of, shown_name
from retention.mail.files.kinds import Kind, kind_of
from retention.mail.files.reading import Told, message_of, unread
from retention.mail.files.separators import first_line, said_at
from retention.mail.interface import ContentUnavailable, FolderUnreadable, MessageGone


class Loose:
    """A ``Container``. A message is found by its file's name; ``only`` is the name where one file was added alone."""

    kind = "folder of messages"

    def __init__(self, path: str | Path, outlook: Callable[[str], Container], only: str = "") -> None:
        self._path = str(path)
        self._outlook = outlook
        self._only = only

    def folders(self) -> tuple[str, ...]:
        return ("",)

    def messages(self, folder: str, after: str) -> Iterator[Message]:
        listed = self._list()
        for at in sorted(listed):
            if at > after:
                path, kind = listed[at]
                message = self._message(path, at, kind)
                if message is not None:
                    yield message

    def content(self, at: str) -> Iterator[bytes]:
        name = self._only or name_of(at)
        path = os.path.join(self._path, name)
        if name in ("", ".", "..") or os.sep in name or not os.path.lexists(path):
            raise MessageGone("The file of this message is not there any more.")
        if kind_of(path) is Kind.MSG:
            with closing(self._outlook(path)) as inner:
                message = next(inner.messages("", ""), None)
                if message is None:
                    raise ContentUnavailable("No message is in this file.")
                yield from inner.content(message.id)
            return
        try:
            with opening.opened(path) as file:
                yield from opening.pieces(file, 0, opening.marks_of(file).size)
        except OSError as error:
            raise ContentUnavailable(f"The file of this message cannot be read: {opening.why(error)}.") from error

    def close(self) -> None:
        """Nothing stays open between two messages."""

    def state(self, folder: str) -> str:
        """A digest of what lies here, by names and by the marks of the files."""
        digest = hashlib.sha256()
        for at, (path, _) in sorted(self._list().items()):
            try:
                marks = opening.marks_of(path)
            except OSError:
                continue
            digest.update(f"{at}/{marks.told}\n".encode())
        return digest.hexdigest()

    def _message(self, path: str, at: str, kind: Kind) -> Message | None:
        """The message, or None where its file went meanwhile."""
        source = Source(file=told_path(path))
        try:
            if kind is Kind.MSG:
                return self._of_outlook(path, at, source)
            with opening.opened(path) as file:
                told = Told(received_at=said_at(first_line(file, 0)))
                message = message_of(at, opening.pieces(file, 0, opening.marks_of(file).size), source, told)
            return replace(message, source=replace(source, sha256=message.version or ""))
        except FileNotFoundError:
            return None
        except OSError as error:
            return unread(at, source, opening.why(error))
        except FolderUnreadable as trouble:
            return unread(at, source, str(trouble).rstrip("."))

    def _of_outlook(self, path: str, at: str, source: Source) -> Message:
        _, digest, _ = opening.digest_of(path)
        with closing(self._outlook(path)) as inner:
            message = next(inner.messages("", ""), None)
        if message is None:
            return unread(at, source, "no message is in it")
        return replace(message, id=at, source=replace(source, sha256=digest))

    def _list(self) -> dict[str, tuple[str, Kind]]:
        try:
            entries = loose_in(self._path)
            chosen = ((entry, kind) for entry, kind in entries if self._only in ("", entry.name))
            return {shown_name(entry.name): (entry.path, kind) for entry, kind in chosen}
        except OSError as error:
            raise FolderUnreadable(f"It cannot be listed: {opening.why(error)}.") from error
