"""The folders and items of a PST as libpff gives them, made into what the other modules here read.

No process is started here, and nothing is written: this is the only module that knows libpff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from retention.mail.files.outlook import tags
from retention.mail.files.outlook.frames import Count, Listed
from retention.mail.files.outlook.item import MapiAttachment, MapiMessage, Unreadable
from retention.mail.files.outlook.names import Names, names_in
from retention.mail.files.outlook.properties import LATIN, MANY, Properties, Value, charset_of

SLASH_IN_A_NAME = "∕"
"""As in the folders of the other mail systems: a path is joined by the plain one."""
SEARCH_FOLDER, NORMAL_MESSAGE = 0x03, 0x04
"""The lower five bits of a node's number ([MS-PST] 2.2.2.1). A search folder only points to what lies elsewhere."""
DEEPEST, MOST_FOLDERS = 100, 100_000
HAS_ATTACHMENTS = 0x10
PIECE = 1 << 20
WITHOUT_FOLDER, ORPHANS = "Items that lie in no folder", "orphans"
_OF_A_RECIPIENT = (tags.RECIPIENT_TYPE, tags.NAME, tags.ADDRESS_TYPE, tags.ADDRESS, tags.SMTP_ADDRESS)


def reason(error: BaseException) -> str:
    """The library's own words for what is wrong, without the names of its functions and what follows from it."""
    if isinstance(error, MemoryError):
        return "it asks for more memory than any real item needs"
    words = re.sub(r"^\s*\w+:\s*", "", str(error).strip().split("\n")[0])
    return re.split(r"\.\s", words)[0].strip(" .")[:120] or type(error).__name__


class PstItems:
    """One open PST. Whatever the library raises for one folder or item is that one's reason."""

    def __init__(self, path: str) -> None:
        import pypff

        self._file = pypff.file()
        try:
            path.encode()
        except UnicodeEncodeError:
            # A name that is no UTF-8 (PEP 383): the library takes no such name, but a file that is open.
            self._file.open_file_object(open(path, "rb"))  # noqa: SIM115
        else:
            self._file.open(path)
        self._charset = (self._file.ascii_codepage or b"").decode("ascii", "replace").replace("cp", "windows-") or LATIN
        self._names = self._named()
        self._folders: dict[str, Any] = {}
        self._doubtful = False

    def folders(self) -> tuple[Listed, ...]:
        """Every folder but search folders; one that cannot be read is listed with its reason."""
        self._folders.clear()
        taken: set[str] = set()
        found: list[Listed] = []
        for each in self._below(self._file.root_folder, "", 0):
            path, number = each.path, 1
            while path in taken:
                number += 1
                path = f"{each.path} ({number})"
            taken.add(path)
            found.append(Listed(each.id, path, each.trouble))
        if self._file.number_of_orphan_items:
            self._folders[ORPHANS] = self._file
            found.append(Listed(ORPHANS, WITHOUT_FOLDER))
        return tuple(found)

    def count(self, folder: str) -> Count:
        where = self._folders[folder]
        if folder == ORPHANS:
            number = where.number_of_orphan_items
            return Count(number, number)
        said = _properties(where, self._charset, []).number(tags.STORED_MESSAGES)
        return Count(where.number_of_sub_messages, said or 0)

    def item(self, folder: str, index: int, doubtful: bool = False) -> tuple[str, MapiMessage | None]:
        """The number of an item, and the item; none where what lies there is no item but a folder.

        ``doubtful``: the file is not whole, and the library does not say where it gives nothing because of that.
        """
        self._doubtful = doubtful
        where = self._folders[folder]
        raw = where.get_orphan_item(index) if folder == ORPHANS else where.get_sub_message(index)
        if folder == ORPHANS and raw.identifier & 0x1F != NORMAL_MESSAGE:
            return str(raw.identifier), None
        return str(raw.identifier), self._message(raw)

    def _below(self, folder: Any, path: str, depth: int) -> Iterator[Listed]:
        if path or folder.number_of_sub_messages:
            yield Listed(self._known(folder), path or "Root")
        try:
            count = folder.number_of_sub_folders
        except Exception as error:
            yield Listed(f"{folder.identifier}.all", _joined(path, "folders that cannot be read"), reason(error))
            return
        for index in range(count):
            try:
                inner = folder.get_sub_folder(index)
                if inner.identifier & 0x1F == SEARCH_FOLDER:
                    continue
                name = (inner.name or f"folder {index + 1}").replace("/", SLASH_IN_A_NAME)
                astray = str(inner.identifier) in self._folders or depth > DEEPEST
                if astray or len(self._folders) > MOST_FOLDERS:
                    raise Unreadable("its folders go in a circle or without an end")
                yield from self._below(inner, _joined(path, name), depth + 1)
            except Exception as error:
                yield Listed(f"{folder.identifier}.{index}", _joined(path, f"folder {index + 1}"), reason(error))

    def _known(self, folder: Any) -> str:
        self._folders[str(folder.identifier)] = folder
        return str(folder.identifier)

    def _message(self, raw: Any) -> MapiMessage:
        damage: list[str] = []
        said = _properties(raw, self._charset, damage)
        charset = charset_of(said.number(tags.CODE_PAGE)) if said.has(tags.CODE_PAGE) else self._charset
        said = Properties(said.values, charset)
        recipients: tuple[Properties, ...] = ()
        attachments: tuple[MapiAttachment, ...] = ()
        if hasattr(type(raw), "get_attachment"):
            recipients = _recipients(raw, charset, damage)
            attachments = tuple(self._attachments(raw, charset, damage))
        else:
            # libpff gives these only for the classes that it knows.
            damage.append("its class is not known to the library, which gives neither recipients nor attachments of it")
        if not attachments and (said.number(tags.FLAGS) or 0) & HAS_ATTACHMENTS:
            damage.append("the attachments that it says it has cannot be found")
        if self._doubtful and any(said.has(tag) and not said.raw(tag) for tag in (tags.BODY, tags.HTML, tags.HEADERS)):
            damage.append("its text or its headers are empty, and the file is not whole")
        if self._names is None:
            damage.append("its categories cannot be read")
        if not said.values:
            damage.append("nothing of it can be read")
        return MapiMessage(
            properties=said,
            recipients=recipients,
            attachments=attachments,
            names=self._names or Names(),
            rtf=lambda: _rtf(raw),
            damage=tuple(damage),
        )

    def _attachments(self, raw: Any, charset: str, damage: list[str]) -> Iterator[MapiAttachment]:
        try:
            count = raw.number_of_attachments
        except Exception as error:
            damage.append(f"its attachments cannot be read ({reason(error)})")
            return
        for index in range(count):
            try:
                yield self._attachment(raw.get_attachment(index), charset, damage)
            except Exception as error:
                damage.append(f"attachment {index + 1} cannot be read ({reason(error)})")

    def _attachment(self, raw: Any, charset: str, damage: list[str]) -> MapiAttachment:
        said = _properties(raw, charset, damage)
        method = said.number(tags.METHOD)
        if method == tags.EMBEDDED or (raw.number_of_sub_items and method != tags.OLE_OBJECT):
            return MapiAttachment(properties=said, embedded=lambda: self._embedded(raw))
        if self._doubtful and not raw.size:
            damage.append("an attachment is empty, and the file is not whole")
        is_file = method in (None, 0, tags.BY_VALUE) or (method in tags.LINKS and said.has(tags.FILE_DATA))
        return MapiAttachment(properties=said, data=(lambda: _data(raw)) if is_file else None)

    def _embedded(self, raw: Any) -> MapiMessage:
        try:
            return self._message(raw.get_sub_item(0))
        except Exception as error:
            raise Unreadable(f"a message in it cannot be read ({reason(error)})") from error

    def _named(self) -> Names | None:
        try:
            listed = self._file.name_to_id_map
            return names_in(_properties(listed, LATIN, [])) if listed is not None else Names()
        except Exception:
            return None


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _properties(raw: Any, charset: str, damage: list[str]) -> Properties:
    values: dict[int, tuple[int, Value]] = {}
    lost = 0
    if not raw.number_of_record_sets:
        return Properties(values, charset)
    records = raw.get_record_set(0)
    for index in range(records.number_of_entries):
        try:
            entry = records.get_entry(index)
            tag, type_ = entry.entry_type, entry.value_type
            if tag is None or type_ is None:
                continue
            large = tag in (tags.FILE_DATA, tags.RTF)
            values[tag] = (type_, b"" if large else _value(type_, entry.data or b""))
        except Exception:
            lost += 1
    if lost:
        damage.append(f"{lost} of its properties cannot be read")
    return Properties(values, charset)


def _value(type_: int, data: bytes) -> Value:
    """Several values of varying length begin with their number and where each begins ([MS-PST] 2.3.3.4.2)."""
    if not type_ & MANY:
        return data
    count = int.from_bytes(data[:4], "little")
    starts = [int.from_bytes(data[at : at + 4], "little") for at in range(4, min(4 + 4 * count, len(data)), 4)]
    return tuple(data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True))


def _recipients(raw: Any, charset: str, damage: list[str]) -> tuple[Properties, ...]:
    found = []
    try:
        table = raw.recipients
        for index in range(table.number_of_record_sets if table is not None else 0):
            row = table.get_record_set(index)
            entries = ((tag, row.get_entry_by_type(tag)) for tag in _OF_A_RECIPIENT)
            said = {tag: (each.value_type, each.data or b"") for tag, each in entries if each is not None}
            found.append(Properties(said, charset))
    except Exception as error:
        damage.append(f"its recipients cannot be read ({reason(error)})")
    return tuple(found)


def _rtf(raw: Any) -> bytes:
    try:
        return raw.rtf_body or b""
    except Exception as error:
        raise Unreadable(reason(error)) from error


def _data(raw: Any) -> Iterator[bytes]:
    try:
        size, given = raw.size or 0, 0
        raw.seek_offset(0, 0)
        while given < size:
            piece = raw.read_buffer(min(PIECE, size - given))
            if not piece:
                raise Unreadable(f"an attachment ends after {given} of its {size} bytes")
            given += len(piece)
            yield piece
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"an attachment cannot be read ({reason(error)})") from error
