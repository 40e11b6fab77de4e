"""A .msg file as a container of one message: an OLE compound file whose streams are properties ([MS-OXMSG]).

What the properties mean is not known here. Nothing is kept open between two questions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO
from typing import TYPE_CHECKING, cast

from retention.core.message import Message, Source
from retention.mail.files import opening
from retention.mail.files.outlook import tags
from retention.mail.files.outlook.building import mime_of
from retention.mail.files.outlook.item import MapiAttachment, MapiMessage, Unreadable
from retention.mail.files.outlook.names import Names, names_in
from retention.mail.files.outlook.opened import opened
from retention.mail.files.outlook.properties import (
    LATIN,
    MANY,
    TEXT,
    TEXT8,
    Properties,
    Value,
    charset_of,
)
from retention.mail.files.outlook.telling import message_of
from retention.mail.interface import ContentUnavailable, FolderUnreadable, MessageGone

if TYPE_CHECKING:
    from olefile import OleFileIO

AT = "0"
"""There is one message in it."""
MISSING = "Outlook's .msg files are read by olefile, which is not installed: pip install 'retention[outlook]'."
RECIPIENT, ATTACHMENT = "__recip_version1.0_#", "__attach_version1.0_#"
PROPERTIES, VALUE, NAMES = "__properties_version1.0", "__substg1.0_", "__nameid_version1.0"
LARGEST_FILE = 1 << 30
"""Bytes; its parts are read into memory one by one."""
PIECE = 1 << 20
_OF_VARYING_LENGTH = {TEXT8, TEXT, 0x0102, 0x0048, 0x000D}
_HEAD, _HEAD_INSIDE, _HEAD_OF_PART = 32, 24, 8
"""Bytes before the first property: of the message, of a message in it, of a recipient or an attachment."""

Where = tuple[str, ...]
"""Names of storages from the root of the file down."""


class Msg:
    """One .msg file, only ever read."""

    kind = "MSG"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)

    def folders(self) -> tuple[str, ...]:
        return ("",)

    def messages(self, folder: str, after: str) -> Iterator[Message]:
        if after == AT:
            return
        with _opened(self._path, FolderUnreadable) as ole:
            message = _told(ole)
        yield message

    def content(self, at: str) -> Iterator[bytes]:
        if at != AT:
            raise MessageGone("There is no such message in it.")
        with _opened(self._path, ContentUnavailable) as ole:
            try:
                item = _Storages(ole).item((), _HEAD)
                if item.damage:
                    raise Unreadable("; ".join(item.damage))
                yield from mime_of(opened(item))
            except (Unreadable, OSError, RecursionError, ValueError) as error:
                raise ContentUnavailable(f"Its content cannot be built: {error}.") from error

    def close(self) -> None:
        """Nothing stays open."""


def _told(ole: OleFileIO) -> Message:
    try:
        return message_of(_Storages(ole).item((), _HEAD), AT, "")
    except Exception as error:
        trouble = f"the file is damaged ({_reason(error)})"
        return Message(mailbox="", id=AT, folder="", version="", trouble=trouble, source=Source(file="", at=AT))


@contextmanager
def _opened(path: str, refusal: type[FolderUnreadable | ContentUnavailable]) -> Iterator[OleFileIO]:
    try:
        import olefile
    except ImportError as error:
        raise refusal(MISSING) from error
    try:
        file = BufferedReader(cast("FileIO", opening.opened(path)))
    except OSError as error:
        raise refusal(f"It cannot be opened: {opening.why(error)}.") from error
    with file:
        try:
            _check_head(file)
            ole = olefile.OleFileIO(file)
        except Exception as error:
            raise refusal(f"It cannot be read as an Outlook message: {_reason(error)}.") from error
        try:
            yield ole
        finally:
            ole.close()


def _check_head(file: BufferedReader[FileIO]) -> None:
    """Raises where the head counts more sectors than the file has: olefile believes it, and would count to the end."""
    head, size = file.read(76), os.fstat(file.fileno()).st_size
    if size > LARGEST_FILE:
        raise OSError("it is larger than any message can be")
    if len(head) < 76:
        raise OSError("it ends within its head")
    shift = int.from_bytes(head[30:32], "little")
    most = (size >> shift) + 1 if shift in (9, 12) else 0
    if any(int.from_bytes(head[at : at + 4], "little") > most for at in (40, 44, 64, 72)):
        raise OSError("its head says more than the file holds")
    file.seek(0)


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "its storages go in a circle"
    return " ".join(str(error).split()).strip(" .")[:120] or type(error).__name__


class _Storages:
    """One open .msg file. Raises whatever olefile raises; its caller says what that means."""

    def __init__(self, ole: OleFileIO) -> None:
        self._ole = ole
        self._below: dict[Where, list[str]] = {}
        for entry in ole.listdir(streams=True, storages=True):
            self._below.setdefault(tuple(entry[:-1]), []).append(entry[-1])
        self._names = self._named()

    def item(self, where: Where, head: int) -> MapiMessage:
        damage: list[str] = []
        said = self._said(where, head, LATIN, damage)
        charset = charset_of(said.number(tags.CODE_PAGE)) if said.has(tags.CODE_PAGE) else LATIN
        said = Properties(said.values, charset)
        inside = sorted(self._below.get(where, ()))
        recipients = [name for name in inside if name.startswith(RECIPIENT)]
        attachments = [name for name in inside if name.startswith(ATTACHMENT)]
        if self._names is None:
            damage.append("its categories cannot be read")
        if not said.values:
            damage.append("nothing of it can be read")
        return MapiMessage(
            properties=said,
            recipients=tuple([self._said((*where, name), _HEAD_OF_PART, charset, damage) for name in recipients]),
            attachments=tuple([self._attachment((*where, name), charset, damage) for name in attachments]),
            names=self._names or Names(),
            rtf=lambda: self._rtf(where),
            damage=tuple(damage),
        )

    def _attachment(self, where: Where, charset: str, damage: list[str]) -> MapiAttachment:
        said = self._said(where, _HEAD_OF_PART, charset, damage)
        storage = (*where, f"{VALUE}{tags.FILE_DATA:04X}000D")
        if storage in self._below and said.number(tags.METHOD) == tags.EMBEDDED:
            return MapiAttachment(properties=said, embedded=self._embedded(storage))
        stream = (*where, f"{VALUE}{tags.FILE_DATA:04X}0102")
        is_there = stream[-1] in self._below.get(where, ())
        return MapiAttachment(properties=said, data=(lambda: self._pieces(stream)) if is_there else None)

    def _embedded(self, where: Where) -> Callable[[], MapiMessage]:
        def read() -> MapiMessage:
            try:
                return self.item(where, _HEAD_INSIDE)
            except Exception as error:
                raise Unreadable(f"a message in it cannot be read ({_reason(error)})") from error

        return read

    def _said(self, where: Where, head: int, charset: str, damage: list[str]) -> Properties:
        """What one property stream says: sixteen bytes each, the value in them or in a stream of its own."""
        values: dict[int, tuple[int, Value]] = {}
        lost = 0
        try:
            stream = self._stream((*where, PROPERTIES))
            rows = stream[head:]
            if head > _HEAD_OF_PART:
                self._compare(where, stream, damage)
        except Exception as error:
            damage.append(f"the properties of {where[-1] if where else 'it'} cannot be read ({_reason(error)})")
            rows = b""
        for start in range(0, len(rows) - 15, 16):
            type_, tag = (int.from_bytes(rows[at : at + 2], "little") for at in (start, start + 2))
            try:
                if tag not in (tags.FILE_DATA, tags.RTF):
                    values[tag] = (type_, self._value(where, tag, type_, rows[start + 8 : start + 16]))
                elif tag == tags.RTF:
                    values[tag] = (type_, b"")
            except Exception:
                lost += 1
        if lost:
            damage.append(f"{lost} of its properties cannot be read")
        return Properties(values, charset)

    def _compare(self, where: Where, stream: bytes, damage: list[str]) -> None:
        """The head says how many recipients and attachments there are ([MS-OXMSG] 2.4.1); fewer were lost."""
        for at, kind, words in ((16, RECIPIENT, "recipients"), (20, ATTACHMENT, "attachments")):
            said = int.from_bytes(stream[at : at + 4], "little")
            found = sum(name.startswith(kind) for name in self._below.get(where, ()))
            if said > found:
                damage.append(f"it says that it has {said} {words}, and {found} are found in it")

    def _value(self, where: Where, tag: int, type_: int, inline: bytes) -> Value:
        name = f"{VALUE}{tag:04X}{type_:04X}"
        if type_ & MANY and type_ & ~MANY in _OF_VARYING_LENGTH:
            each = re.compile(rf"{re.escape(name)}-[0-9A-F]{{8}}\Z")
            return tuple(self._stream((*where, one)) for one in sorted(self._below.get(where, ())) if each.match(one))
        if type_ & MANY or type_ in _OF_VARYING_LENGTH:
            return self._stream((*where, name))
        return inline

    def _stream(self, path: Where) -> bytes:
        return b"".join(self._pieces(path))

    def _pieces(self, path: Where) -> Iterator[bytes]:
        try:
            size = self._ole.get_size(list(path))
            with self._ole.openstream(list(path)) as stream:
                given = 0
                while piece := stream.read(PIECE):
                    given += len(piece)
                    yield piece
        except Exception as error:
            raise Unreadable(_reason(error)) from error
        if given != size:
            raise Unreadable(f"a part ends after {given} of its {size} bytes")

    def _rtf(self, where: Where) -> bytes:
        try:
            import compressed_rtf

            return bytes(compressed_rtf.decompress(self._stream((*where, f"{VALUE}{tags.RTF:04X}0102"))))
        except Exception as error:
            raise Unreadable(_reason(error)) from error

    def _named(self) -> Names | None:
        try:
            where: Where = (NAMES,)
            parts = {tag: (0x0102, self._stream((*where, f"{VALUE}{tag:04X}0102"))) for tag in (2, 3, 4)}
            return names_in(Properties(parts))
        except Exception:
            return None
