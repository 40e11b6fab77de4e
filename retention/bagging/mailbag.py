"""Writing a bag: beside its place under another name until it is whole, synced and checked, and then given its name.

Which records go into it is the caller's; whether a bag is whole is found out in ``checking.py``.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct

from retention import durable
from retention.bagging.checking import TAG_MANIFEST, check
from retention.bagging.naming import LISTED, arranged, names, one_line
from retention.bagging.premis import Agents, Premis
from retention.bagging.reading import Told, read
from retention.bagging.tables import Rows, attachments
from retention.core.record import Record, sidecar
from retention.errors import RecordMismatch, StoreNotAnswering, WrongUsage

PROGRAM = "retention"
EML = "data/eml"
AT_ONCE = 16
"""Files that are put on the disk at once."""


class Facts(Struct, frozen=True, kw_only=True):
    """What a bag says of itself. ``made_at`` is in the city's zone."""

    identifier: str
    city: str
    person: str
    address: str
    version: str
    made_at: datetime
    purpose: str = ""


class Sealed(Struct, frozen=True, kw_only=True):
    """A whole bag: the SHA-256 of its tag manifest, and its messages, files and bytes of payload."""

    manifest: str
    messages: int
    files: int
    size: int


class Mailbag:
    """A bag being written; without ``publish`` nothing of it remains. Only its owner can read it.

    Raises ``WrongUsage`` where something is at its place already, and ``StoreNotAnswering`` where it cannot be written.
    """

    def __init__(self, folder: Path, facts: Facts) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._part = self.folder.with_name(f".{self.folder.name}.{os.getpid()}-{os.urandom(4).hex()}.part")
        self._facts = facts
        self._open = ExitStack()
        self._files = self._size = 0
        self._missing: list[str] = []

    def __enter__(self) -> Self:
        if os.path.lexists(self.folder):
            raise WrongUsage(f"There is already something at {self.folder}.", "Name another folder with --bag.")
        facts = self._facts
        agents = Agents(
            city=facts.city, person=facts.person, address=facts.address, program=PROGRAM, version=facts.version
        )
        with self._writing():
            durable.make_folder(self.folder.parent)
            self._part.mkdir(0o700)
            try:
                (self._part / EML).mkdir(parents=True)
                self._manifest = self._open.enter_context(
                    open(self._part / "manifest-sha256.txt", "w", encoding="ascii", newline="\n")
                )
                self._rows = self._open.enter_context(Rows(self._part))
                self._premis = self._open.enter_context(Premis(self._part / "premis.xml", facts.identifier, agents))
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._open.close()
        except OSError:
            if error is None:
                raise
        finally:
            shutil.rmtree(self._part, ignore_errors=True)

    def add(self, record: Record, content: bytes) -> None:
        """The next record, its bytes as the record store has them. Raises ``RecordMismatch`` where they are others."""
        if sha256(content).hexdigest() != record.digest:
            raise RecordMismatch(f"The record {record.place} does not match its digest.", "It was not exported.")
        told = read(content)
        n = self._rows.count + 1
        with self._writing():
            self._payload(f"{EML}/{record.place}.eml", content)
            # A companion file beside each message, by its name (specification 4.1): what the city knows of the record.
            self._payload(f"{EML}/{record.place}.json", sidecar(record))
            self._take_out(n, told)
            self._rows.add(told.doubts, _cells(n, record, told))
            self._premis.record(record, f"{EML}/{record.place}.eml")

    def leave_out(self, message_id: str) -> None:
        """Say in the bag that this message is not in it; one without a Message-ID cannot be named there."""
        if message_id := one_line(message_id):
            self._missing.append(message_id)

    def seal(self, entry: int) -> Sealed:
        """Write what is left, put everything on the disk, and check the whole bag as whoever gets it will.

        ``entry`` is the ledger's entry by which it was ordered.
        """
        facts, messages = self._facts, self._rows.count
        with self._writing():
            self._rows.finish()
            self._premis.finish(facts.made_at, messages, facts.purpose)
            self._open.close()
            _write(self._part / "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
            info = (f"{name}: {one_line(value)}\n" for name, value in self._info(entry) if one_line(value))
            _write(self._part / "bag-info.txt", "".join(info).encode("utf-8", "replace"))
            if self._missing:
                missing = "".join(f"{one}\n" for one in self._missing)
                _write(self._part / "messages_not_retained.txt", missing.encode("utf-8", "replace"))
            tags = sorted(path for path in self._part.iterdir() if path.is_file())
            listed = "".join(f"{_digest(path)}  {path.name}\n" for path in tags)
            _write(self._part / TAG_MANIFEST, listed.encode("ascii"))
            _settle(self._part)
            bagged = check(self._part)
        if (bagged.identifier, bagged.messages) != (facts.identifier, messages):
            raise RecordMismatch(f"The bag {self.folder} is not what was written.", "Nothing of it was kept.")
        return Sealed(manifest=bagged.manifest, messages=messages, files=self._files, size=self._size)

    def publish(self) -> None:
        """Give the bag its name: from now on it is there, whole."""
        with self._writing():
            if os.path.lexists(self.folder):
                raise WrongUsage(f"There is something at {self.folder} by now.", "Name another folder with --bag.")
            self._part.rename(self.folder)
            durable.sync_folder(self.folder.parent)

    def _take_out(self, n: int, told: Told) -> None:
        """The attachments, derived from the message, in a folder that is named by its number."""
        if not told.attachments:
            return
        folder = f"data/attachments/{n}"
        rows = []
        for one, name in zip(told.attachments, names(n, (one.name for one in told.attachments)), strict=True):
            self._payload(f"{folder}/{name}", one.data)
            rows.append((one.name or "unknown", name, one.type, one.content_id))
        self._payload(f"{folder}/{LISTED}", attachments(rows))

    def _payload(self, name: str, data: bytes) -> None:
        path = self._part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data)
        # The digest of what was to be written, not of what lies there: a byte lost on its way is found by the check.
        self._manifest.write(f"{sha256(data).hexdigest()}  {name}\n")
        self._files += 1
        self._size += len(data)

    def _info(self, entry: int) -> Iterator[tuple[str, str]]:
        facts = self._facts
        yield "Bag-Type", "Mailbag"
        yield "Mailbag-Source", "eml"
        yield "Mailbag-Specification-Version", "1.0"
        yield "Original-Included", "True"
        yield "Bagging-Timestamp", facts.made_at.isoformat(timespec="seconds")
        yield "Bagging-Date", facts.made_at.date().isoformat()
        yield "External-Identifier", facts.identifier
        yield "Mailbag-Agent", PROGRAM
        yield "Mailbag-Agent-Version", facts.version
        yield "Source-Organization", facts.city
        yield "Contact-Name", facts.person
        yield "Contact-Email", facts.address
        yield "External-Description", facts.purpose
        yield "Internal-Sender-Identifier", f"ledger entry {entry}"
        yield "Capture-Agent", PROGRAM
        yield (
            "EML-Format-Details",
            "each message as it was captured, never written anew; its metadata beside it as JSON",
        )
        yield "EML-Agent", "email"
        yield "EML-Agent-Version", platform.python_version()
        yield "Payload-Oxum", f"{self._size}.{self._files}"
        yield "Bag-Size", _readable(self._size)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreNotAnswering(
                f"The bag {self.folder} cannot be written: {error.strerror or error}.",
                "Nothing of it was kept; make room, or name another folder with --bag.",
            ) from error


def _cells(n: int, record: Record, told: Told) -> Iterator[str]:
    """The cells of mailbag.csv after the first; a path in a mailbox begins with whose mailbox it was."""
    first = record.custody[0] if record.custody else None
    path = f"{first.address}/{first.folder.strip('/')}" if first else ""
    yield str(n)
    yield told.message_id or record.internet_id
    yield f"{record.place}.eml"
    yield path
    yield arranged(record.place.rpartition("/")[0], path)
    yield str(len(told.attachments))
    yield from told.headers
    yield told.type


def _readable(size: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size} {unit}"
        size //= 1000
    return f"{size} GB"


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _settle(folder: Path) -> None:
    """Put every file and every folder on the disk, before the bag has its name.

    Many at once: a disk takes in one go what waits for it, and ten times as long for one after the other.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="bag") as pool:
        for at, _, files in os.walk(folder, topdown=False):
            for _ in pool.map(_sync, (Path(at) / name for name in files)):
                pass
            durable.sync_folder(Path(at))


def _sync(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
