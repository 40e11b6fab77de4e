"""A Maildir, with the folders inside it: each message is a file, whose name changes with its flags.

Delivering is not done here, and nothing is renamed: what lies in ``new`` stays there.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from msgspec.structs import replace

from retention.core.files import told_path
from retention.core.message import Message, Source
from retention.mail.files import opening
from retention.mail.files.finding import is_maildir, shown_name
from retention.mail.files.reading import Told, message_of, unread
from retention.mail.interface import ContentUnavailable, FolderUnreadable, MessageGone

_FLAGS = re.compile(r"[:;!]2,([^/]*)$")
"""What a name says behind the part that never changes; Windows allows no colon there, so others stand for it."""
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


class _File(NamedTuple):
    """One message's file: where it lies now, its flags, and whether it has been seen by a mail program at all."""

    path: str
    flags: str
    is_new: bool


class Maildir:
    """A ``Container``. A message is found by its folder's name and the part of its own that never changes."""

    kind = "Maildir"

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._listed: dict[str, dict[str, _File]] = {}

    def folders(self) -> tuple[str, ...]:
        return tuple(self._names())

    def messages(self, folder: str, after: str) -> Iterator[Message]:
        name = self._names().get(folder)
        if name is None:
            raise FolderUnreadable("This folder is not in the Maildir any more.")
        self._list(name)
        for unique in sorted(self._listed[name]):
            at = f"{name}/{unique}"
            if at > after:
                message = self._message(folder, name, unique, at)
                if message is not None:
                    yield message

    def content(self, at: str) -> Iterator[bytes]:
        name, _, unique = at.rpartition("/")
        try:
            found = self._find(name, unique)
            if found is None:
                raise MessageGone(f"The Maildir has no message {unique} any more.")
            with found[1] as file:
                yield from opening.pieces(file, 0, opening.marks_of(file).size)
        except OSError as error:
            raise ContentUnavailable(f"The file of this message cannot be read: {opening.why(error)}.") from error

    def close(self) -> None:
        self._listed.clear()

    def state(self, folder: str) -> str:
        """A digest of what lies in the folder, by names, flags and the marks of the files."""
        name = self._names().get(folder, folder)
        self._list(name)
        digest = hashlib.sha256()
        for unique, file in sorted(self._listed[name].items()):
            try:
                marks = opening.marks_of(file.path)
            except OSError:
                continue
            digest.update(f"{unique}/{file.flags}/{file.is_new}/{marks.told}\n".encode())
        return digest.hexdigest()

    def _message(self, folder: str, name: str, unique: str, at: str) -> Message | None:
        """The message, or None where it went meanwhile."""
        source = Source(file=told_path(os.path.join(self._path, name)), folder=folder)
        try:
            found = self._find(name, unique)
            if found is None:
                return None
            listed, opened = found
            source = replace(source, file=told_path(listed.path))
            with opened as file:
                told = Told(is_read=not listed.is_new and "S" in listed.flags, is_draft="D" in listed.flags)
                message = message_of(at, opening.pieces(file, 0, opening.marks_of(file).size), source, told)
                return replace(message, source=replace(source, sha256=message.version or ""))
        except OSError as error:
            return unread(at, source, opening.why(error))
        except FolderUnreadable:
            # No mail program writes into a message of a Maildir: this one is still being copied.
            return unread(at, source, "it changed while it was read")

    def _find(self, name: str, unique: str) -> tuple[_File, BinaryIO] | None:
        """Where the message lies now, and the file opened; what was renamed since it was listed is looked for again."""
        for again in (False, True):
            if again or name not in self._listed:
                self._list(name)
            listed = self._listed[name].get(unique)
            if listed is None:
                continue
            try:
                return listed, opening.opened(listed.path)
            except FileNotFoundError:
                continue
        return None

    def _list(self, name: str) -> None:
        listed: dict[str, _File] = {}
        for place in ("new", "cur"):
            try:
                with os.scandir(Path(self._path, name, place)) as entries:
                    for entry in entries:
                        if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                            flags = _FLAGS.search(entry.name)
                            unique = entry.name[: flags.start()] if flags else entry.name
                            told = _File(entry.path, flags[1] if flags else "", place == "new")
                            listed[shown_name(unique)] = told
            except OSError as error:
                raise FolderUnreadable(f"Its folder {place} cannot be read: {opening.why(error)}.") from error
        self._listed[name] = listed

    def _names(self) -> dict[str, str]:
        """The folders as a reader would write them, and as they are named on disk; the Maildir itself is ``""``."""
        names = {"": ""}
        try:
            with os.scandir(self._path) as entries:
                inner = sorted(entry.name for entry in entries if _may_be_folder(entry))
            for name in inner:
                with os.scandir(Path(self._path, name)) as entries:
                    if is_maildir(entries):
                        names[_unique(readable(name[1:]), names)] = name
        except OSError as error:
            raise FolderUnreadable(f"The Maildir cannot be listed: {opening.why(error)}.") from error
        return names


def _may_be_folder(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


def _unique(path: str, taken: dict[str, str]) -> str:
    return path if path not in taken else _unique(path + "'", taken)


def readable(name: str) -> str:
    """A folder's name as Maildir++ writes it: dots between the folders, letters above ASCII as IMAP has them."""
    return _SHIFTED.sub(_unshifted, shown_name(name).replace(".", "/"))


def _unshifted(found: re.Match[str]) -> str:
    """Modified UTF-7 (RFC 3501, section 5.1.3)."""
    if not found[1]:
        return "&"
    packed = found[1].replace(",", "/")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-16-be").replace("/", "_")
    except ValueError:
        return found[0]
