"""Files of mail that somebody added: where they lie, and whose they are.

Nothing is opened here; the mail system of files (``retention.mail.files``) reads them, and never changes them.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct

from retention.core.message import FILES, Mailbox
from retention.core.mime import plain

PREFIX = "files:"
"""What the id of every mailbox begins with that is files and no mailbox of a server."""


class FileSource(Struct, frozen=True, kw_only=True):
    """One file, or one folder of files, and the person whose mail it is. ``path`` is absolute.

    ``name`` stands where a mailbox has its address: the custodian's address, a slash, and the last part of the path.
    """

    id: str
    path: str
    name: str
    custodian: str

    @property
    def last_part(self) -> str:
        return self.name.partition("/")[2]

    @property
    def mailbox(self) -> Mailbox:
        return Mailbox(id=self.id, address=self.name, name=self.last_part, kind=FILES)


def file_source(path: str, custodian: str) -> FileSource:
    """The source at this absolute path; its id depends on the path alone."""
    return FileSource(
        id=source_id(path), path=path, name=f"{custodian.lower()}/{last_part(path)}", custodian=custodian.lower()
    )


def source_id(path: str) -> str:
    # A name that is no UTF-8 comes from Python with surrogates in it (PEP 383).
    return PREFIX + hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def last_part(path: str) -> str:
    """The name of the file or folder itself, by either system's separator; the path where that leaves nothing."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path


def told_path(path: str) -> str:
    """A path that any text may hold; it stands as it is where it can."""
    return path if plain(path) == path else escaped(path)


def escaped(path: str) -> str:
    """The path with its bytes that are no UTF-8, and ``%`` and ``#``, as ``%xx``."""
    return "".join(map(_escaped, path))


def _escaped(letter: str) -> str:
    if letter in "%#" or plain(letter) != letter:
        return "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))
    return letter
