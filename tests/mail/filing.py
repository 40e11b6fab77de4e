"""Files of mail for tests, made as the programs make them, and the bench that tries each format in the contract.

Nothing is tested here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from retention.core.files import FileSource, file_source
from retention.core.message import Folder, Mailbox, Message, Page, Removal
from retention.mail.files.system import FilesMail
from tests.mail.bench import ANN

SEPARATOR = b"From carla.ruiz@example.org Mon Mar  4 15:30:00 2019\n"


class FilesBench:
    """One source for each address; ``mail`` is made anew whenever one is added. A kind of file is a class below."""

    removals: tuple[Removal, ...] = ()

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._sources: tuple[FileSource, ...] = ()
        self._count = 0
        self.mail = FilesMail(())

    def add(self, address: str, path: str, mime: bytes) -> str:
        source = self._source(address)
        self._count += 1
        return self._write(source, path, mime)

    def _source(self, address: str) -> Path:
        folder = self._root / address
        if not folder.is_dir():
            folder.mkdir()
            # The contract knows a mailbox by its address alone.
            source = FileSource(
                id=file_source(str(folder), address).id, path=str(folder), name=address, custodian=address
            )
            self._sources = (*self._sources, source)
            self.mail.close()
            self.mail = FilesMail(self._sources, page_size=2)
        return folder

    def _write(self, source: Path, path: str, mime: bytes) -> str:
        raise NotImplementedError

    def shut(self, address: str) -> None:
        (self._root / address).rename(self._root / "elsewhere")

    def edit(self, address: str, id: str, *, is_read: bool) -> None:
        pytest.skip("nothing in such files says whether a message was read")

    def forget(self, address: str, path: str) -> None:
        pytest.skip("a file does not forget what it was")

    def spoil(self, address: str, id: str) -> None:
        pytest.skip("a message of such files is read wherever the file is")

    def refuse(self, address: str, id: str) -> NoReturn:
        raise NotImplementedError

    def where(self, address: str, id: str) -> NoReturn:
        raise NotImplementedError

    def link(self, address: str, id: str, name: str) -> NoReturn:
        raise NotImplementedError


class LooseBench(FilesBench):
    """Folders of ``.eml``."""

    def _write(self, source: Path, path: str, mime: bytes) -> str:
        file = source / path / f"{self._count:05}.eml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(mime)
        return f"{path}#{file.name}"

    def _file(self, address: str, id: str) -> Path:
        return self._root / address / id.replace("#", "/")

    def move(self, address: str, id: str, path: str) -> None:
        target = self._root / address / path
        target.mkdir(parents=True, exist_ok=True)
        self._file(address, id).rename(target / id.partition("#")[2])

    def delete(self, address: str, id: str) -> None:
        self._file(address, id).unlink()


class MaildirBench(FilesBench):
    """Maildirs with folders inside as Courier and Dovecot name them."""

    def _maildir(self, address: str, path: str) -> tuple[Path, str]:
        """The folder on disk, and its name inside of the Maildir."""
        top, _, inner = path.partition("/")
        name = f".{inner.replace('/', '.')}" if inner else ""
        for folder in ("", name):
            for place in ("cur", "new", "tmp"):
                (self._root / address / top / folder / place).mkdir(parents=True, exist_ok=True)
        return self._root / address / top / name, name

    def _write(self, source: Path, path: str, mime: bytes) -> str:
        folder, name = self._maildir(source.name, path)
        unique = f"1551713400.{self._count:05}.city"
        (folder / "cur" / f"{unique}:2,S").write_bytes(mime)
        return f"{path.partition('/')[0]}#{name}/{unique}"

    def file(self, address: str, id: str) -> Path:
        (found,) = (self._root / address).rglob(f"{id.rpartition('/')[2]}*")
        return found

    def move(self, address: str, id: str, path: str) -> None:
        file = self.file(address, id)
        file.rename(self._maildir(address, path)[0] / "cur" / file.name)

    def delete(self, address: str, id: str) -> None:
        self.file(address, id).unlink()

    def edit(self, address: str, id: str, *, is_read: bool) -> None:
        file = self.file(address, id)
        file.rename(file.with_name(file.name.partition(":")[0] + (":2,S" if is_read else ":2,")))


class MboxBench(FilesBench):
    """Files in mbox format; each folder is one."""

    def _write(self, source: Path, path: str, mime: bytes) -> str:
        file = source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as stream:
            stream.seek(0, os.SEEK_END)
            at = stream.tell()
            stream.write(SEPARATOR + mime + b"\n")
        return f"{path}#{at}"

    def _taken_out(self, address: str, id: str) -> bytes:
        """The message at this place, which is there no more."""
        path, _, at = id.partition("#")
        file = self._root / address / path
        content, start = file.read_bytes(), int(at)
        stop = content.find(b"\n\nFrom ", start)
        stop = len(content) if stop < 0 else stop + 2
        file.write_bytes(content[:start] + content[stop:])
        return content[start + len(SEPARATOR) : stop - 1]

    def move(self, address: str, id: str, path: str) -> None:
        self.add(address, path, self._taken_out(address, id))

    def delete(self, address: str, id: str) -> None:
        self._taken_out(address, id)


# -- what the tests of one format ask


def opened(path: Path, page_size: int = 256) -> tuple[FilesMail, Mailbox]:
    """A mail system of this one file or folder, and its mailbox."""
    mail = FilesMail((file_source(str(path), ANN),), page_size=page_size)
    (mailbox,) = mail.mailboxes()
    return mail, mailbox


def folder_of(mail: FilesMail, mailbox: Mailbox, path: str) -> Folder:
    return next(folder for folder in mail.folders(mailbox) if folder.path == path)


def read(path: Path) -> list[Message]:
    """Every message of every folder, in the order in which they are told."""
    mail, mailbox = opened(path)
    try:
        pages: list[Page] = [page for folder in mail.folders(mailbox) for page in mail.pages(mailbox, folder, None)]
        return [message for page in pages for message in page.messages]
    finally:
        mail.close()


def content_of(path: Path, message: Message) -> bytes:
    mail, _ = opened(path)
    try:
        return b"".join(mail.content(message.ref))
    finally:
        mail.close()
