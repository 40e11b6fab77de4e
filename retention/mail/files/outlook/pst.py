"""A PST as a container: its folders, its items as messages, their content built of their properties.

libpff is not imported here: it runs in a process of its own (``reading.py``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from retention.core.message import Message, Source
from retention.mail.files.outlook.frames import (
    Answer,
    Asked,
    ContentAsked,
    Count,
    CountAsked,
    End,
    Failed,
    Folders,
    FoldersAsked,
    Gone,
    Item,
    ItemAsked,
    Listed,
    Piece,
    Soundness,
    SoundnessAsked,
)
from retention.mail.files.outlook.reader import Died, Reader
from retention.mail.interface import ContentUnavailable, FolderUnreadable, MessageGone

PATIENCE = 60.0
MOST_DEATHS = 20
"""After so many items that ended their process the file is given up for this run."""
ASTRAY = "The process that reads Outlook's files does not answer as it must."

Told = TypeVar("Told", Folders, Count, Soundness)

_AT = re.compile(r"([0-9.a-z]+)-([0-9]{1,9})-([0-9]*)\Z")


class Pst:
    """One PST, only ever read. Items that are no mail come too, with their class."""

    kind = "PST"

    def __init__(self, path: str | os.PathLike[str], *, patience: float = PATIENCE) -> None:
        self._path = os.fspath(path)
        self._patience = patience
        self._listed: dict[str, Listed] | None = None
        self._idle: Reader | None = None
        self._busy: set[Reader] = set()
        self._doubt: str | None = None
        self._deaths = 0

    def folders(self) -> tuple[str, ...]:
        """Every folder but search folders, those that cannot be read included: their messages then say why."""
        return tuple(self._folders())

    def messages(self, folder: str, after: str) -> Iterator[Message]:
        where = self._folders().get(folder)
        if where is None:
            raise FolderUnreadable(f"There is no folder '{folder}' in it.")
        if where.trouble:
            raise FolderUnreadable(f"Outlook's file is damaged here: {where.trouble}.")
        count = self._one(CountAsked(where.id), Count)
        doubt = self._doubts()
        for index in range(_behind(after, where), count.found):
            message = self._item(ItemAsked(where.id, index, bool(doubt)))
            source = message.source or Source(file="")
            yield msgspec.structs.replace(message, source=msgspec.structs.replace(source, folder=folder))
        if count.said > count.found:
            raise FolderUnreadable(f"It says that it holds {count.said} items, and {count.found} are found in it.")
        if doubt:
            raise FolderUnreadable(f"The file is damaged: {doubt}. What was read of it may not be all of it.")

    def content(self, at: str) -> Iterator[bytes]:
        found = _AT.match(at)
        if not found or not found[3]:
            raise MessageGone("There is no such item in it.")
        folder, index, item = found.groups()
        try:
            with self._reader() as reader:
                for answer in reader.ask(ContentAsked(folder, int(index), item)):
                    if isinstance(answer, End):
                        return
                    yield _piece(answer)
        except Died as error:
            raise ContentUnavailable(f"Its content cannot be read: {error}.") from error
        except FolderUnreadable as error:
            raise ContentUnavailable(str(error)) from error

    def close(self) -> None:
        for reader in (self._idle, *self._busy):
            if reader is not None:
                reader.close()
        self._idle = None

    def _folders(self) -> dict[str, Listed]:
        if self._listed is None:
            answer = self._one(FoldersAsked(), Folders)
            self._listed = {each.path: each for each in answer.folders}
        return self._listed

    def _doubts(self) -> str:
        """Why the file is not whole. It is read for that from one end to the other, once."""
        if self._doubt is None:
            self._doubt = self._one(SoundnessAsked(), Soundness).doubt
        return self._doubt

    def _item(self, question: ItemAsked) -> Message:
        """The item, or what is wrong with it where its process died over it; the next one is then asked of another."""
        try:
            with self._reader() as reader:
                answer = next(reader.ask(question))
        except Died as error:
            self._deaths += 1
            if self._deaths > MOST_DEATHS:
                raise FolderUnreadable(f"It is too damaged to be read on: {error}, {MOST_DEATHS} times.") from error
            at = f"{question.folder}-{question.index}-"
            source = Source(file="", at=at)
            return Message(mailbox="", id=at, folder="", version="", trouble=str(error), source=source)
        if not isinstance(answer, Item):
            raise FolderUnreadable(answer.reason if isinstance(answer, Failed) else ASTRAY)
        return answer.message

    def _one(self, question: Asked, kind: type[Told]) -> Told:
        """The one answer to a question about the file or a folder."""
        try:
            with self._reader() as reader:
                answer = next(reader.ask(question))
        except Died as error:
            raise FolderUnreadable(f"It cannot be read: {error}.") from error
        if not isinstance(answer, kind):
            raise FolderUnreadable(answer.reason if isinstance(answer, Failed) else ASTRAY)
        return answer

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        """A process to ask; it is kept for the next question only where this one was answered to its end."""
        reader, self._idle = self._idle or Reader(self._path, self._patience), None
        self._busy.add(reader)
        kept = False
        try:
            yield reader
            kept = True
        finally:
            self._busy.discard(reader)
            if kept and self._idle is None and not reader.is_closed:
                self._idle = reader
            else:
                reader.close()


def _behind(after: str, where: Listed) -> int:
    """The place in the folder that follows an item's; the first for one that lies elsewhere."""
    found = _AT.match(after)
    return int(found[2]) + 1 if found and found[1] == where.id else 0


def _piece(answer: Answer) -> bytes:
    if isinstance(answer, Piece):
        return answer.content
    if isinstance(answer, Gone):
        raise MessageGone("There is no such item in it.")
    raise ContentUnavailable(answer.reason if isinstance(answer, Failed) else ASTRAY)
