"""Files with mail in them as a mail system: each source that was added is a mailbox, which is read and never changed.

How a format is read stands with its container; whose the files are is not known here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec.structs import replace

from retention.core.files import FileSource, told_path
from retention.core.hold.foreign import ForeignHold
from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal, Source
from retention.core.person import Person
from retention.mail.files import opening
from retention.mail.files.finding import Findings, Found, container_at, found_in, not_read
from retention.mail.files.places import Place, Places, check_unchanged
from retention.mail.files.pool import Pool
from retention.mail.interface import (
    ContentUnavailable,
    FolderUnreadable,
    MailboxUnreadable,
    MessageGone,
    RemovalRefused,
    Returned,
    ReturnRefused,
    Sight,
)

PAGE = 256
"""Messages of one page: few enough to be kept in memory whatever they say of themselves."""


class FilesMail:
    """A ``MailSystem``. It must never open a file but to read."""

    def __init__(self, sources: tuple[FileSource, ...], *, page_size: int = PAGE) -> None:
        self._sources = {source.id: source for source in sources}
        self._page_size = page_size
        self._places = Places()
        self._pool = Pool()

    def check_sign_in(self) -> str:
        count = sum(os.path.exists(source.path) for source in self._sources.values())
        places = "place" if count == 1 else "places"
        said = f"Nobody signs in to files; {count:,} {places} with mail in files can be read."
        missing = len(self._sources) - count
        return f"{said} {missing:,} more {'is' if missing == 1 else 'are'} not there now." if missing else said

    def permissions(self) -> tuple[str, ...]:
        """Nobody signs in to files."""
        return ()

    def refuses(self, address: str) -> bool | None:
        return None

    def time(self) -> datetime | None:
        """Files have no clock but that of this machine."""
        return None

    def mailboxes(self) -> Iterator[Mailbox]:
        for source in self._sources.values():
            yield source.mailbox

    def people(self) -> Iterator[Person]:
        """Files know nobody: whose they are was said when they were added."""
        return iter(())

    def holds(self) -> tuple[ForeignHold, ...]:
        return ()

    def folders(self, mailbox: Mailbox) -> tuple[Folder, ...]:
        source = self._source(mailbox.id)
        return tuple(folder for found in self._findings(source).found for folder in self._folders_of(source, found))

    def uncovered(self, mailbox: Mailbox) -> tuple[str, ...]:
        try:
            return not_read(self._findings(self._source(mailbox.id)).unread)
        except MailboxUnreadable as trouble:
            return (str(trouble),)

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        shown, _, inside = folder.id.partition("#")
        found = self._container_at(self._source(mailbox.id), shown)
        if found is None:
            raise FolderUnreadable(f"There is no mail at {folder.path} any more.")
        with self._pool.borrowed(found) as container:
            place, restart, marks = self._places.start(found, container, inside, cursor)
            if place.done:
                yield Page(cursor=place.cursor, complete=True)
                return
            page: list[Message] = []
            for message in container.messages(inside, place.after):
                if len(page) == self._page_size:
                    check_unchanged(found.path, marks)
                    place = replace(place, after=_at(page[-1]))
                    yield Page(messages=tuple(page), cursor=place.cursor, restart=restart)
                    page, restart = [], False
                page.append(_dressed(message, mailbox, folder, found, place))
            check_unchanged(found.path, marks)
            place = replace(place, after=_at(page[-1]) if page else place.after, done=True)
            yield Page(messages=tuple(page), cursor=place.cursor, restart=restart, complete=True)

    def content(self, ref: MessageRef) -> Iterator[bytes]:
        shown, _, at = ref.id.partition("#")
        try:
            source = self._source(ref.mailbox)
            found = self._container_at(source, shown)
            if found is None:
                raise MessageGone(f"There is no mail at {shown or told_path(source.path)} any more.")
            with self._pool.borrowed(found) as container:
                yield from container.content(at)
        except (FolderUnreadable, MailboxUnreadable) as trouble:
            raise ContentUnavailable(str(trouble)) from trouble

    def look(self, ref: MessageRef) -> Sight:
        digest = hashlib.sha256()
        for piece in self.content(ref):
            digest.update(piece)
        return Sight(digest.hexdigest())

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        raise RemovalRefused("Nothing is removed from files: they are only read. A file goes as a whole, by hand.")

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        return iter(())

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        raise ReturnRefused("Nothing is put into files: they are only read.")

    def close(self) -> None:
        self._pool.close()

    def _source(self, id_: str) -> FileSource:
        if id_ not in self._sources:
            raise MailboxUnreadable("These files are not among those that were added.")
        return self._sources[id_]

    def _findings(self, source: FileSource) -> Findings:
        try:
            return found_in(source.path)
        except OSError as error:
            raise MailboxUnreadable(_not_there(source, error)) from error

    def _folders_of(self, source: FileSource, found: Found) -> Iterator[Folder]:
        """The folders inside; where they cannot be told, one that says why when it is read."""
        try:
            with self._pool.borrowed(found) as container:
                inner = container.folders()
        except FolderUnreadable:
            inner = ("",)
        for folder in inner:
            path = "/".join(filter(None, (found.shown, folder))) or source.last_part
            yield Folder(id=f"{found.shown}#{folder}", path=path)

    def _container_at(self, source: FileSource, shown: str) -> Found | None:
        """None where it is gone; where the whole source cannot be reached, nobody knows."""
        try:
            os.stat(source.path)
            return container_at(source.path, shown)
        except OSError as error:
            raise MailboxUnreadable(_not_there(source, error)) from error


def _not_there(source: FileSource, error: OSError) -> str:
    return f"Nothing can be read at {told_path(source.path)}: {opening.why(error)}."


def _at(message: Message) -> str:
    return message.id.partition("#")[2]


def _dressed(message: Message, mailbox: Mailbox, folder: Folder, found: Found, place: Place) -> Message:
    """The message with where it lies in the source, and where the source lies."""
    source = message.source or Source(file="")
    if not source.file:
        source = replace(source, file=told_path(found.path), sha256=place.sha256)
    return replace(message, mailbox=mailbox.id, id=f"{found.shown}#{message.id}", folder=folder.id, source=source)
