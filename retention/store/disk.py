"""Records on a disk or network share: one ``.eml`` and one ``.json`` each, under schedule, series and year.

Preservation copies lie apart, under one folder, and so do the marks of records in quarantine. What a place is called is
decided in ``core/record.py`` and ``core/preserved.py``.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec
from filelock import FileLock

from retention import durable
from retention.core import preserved
from retention.core.preserved import Copy
from retention.core.record import Record, joined, read_sidecar, sidecar
from retention.errors import RecordMismatch, StillLocked, StoreNotAnswering
from retention.store import marker, sound
from retention.store.marker import Marker
from retention.store.single import LOOK as _LOOK
from retention.store.single import refuse_bulk, sha256

MARK = "retention-store.json"
"""The file that says *this is the record store*: an empty mount point does not have it."""
LOCK = "retention-store.lock"
"""Whoever changes a sidecar or a mark that is there holds this meanwhile; the system lets go of a dead one's."""
_PATIENCE, _PAUSE = 60.0, 0.005


class DiskStore:
    """Records under one folder that ``create`` has marked. Raises ``StoreNotAnswering`` where it is not there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._threads = threading.Lock()
        self._lock = FileLock(root / LOCK, timeout=_PATIENCE, poll_interval=_PAUSE, thread_local=False)
        self._half_written: dict[Path, list[Path]] = {}
        self._look()

    @classmethod
    def create(cls, root: Path) -> DiskStore:
        """Make and mark the folder; one that is there already is left as it is."""
        try:
            durable.make_folder(root)
            if not (root / MARK).exists():
                durable.write(root / MARK, b'{"format": 1}\n')
                durable.sync_folder(root)
        except OSError as error:
            raise _explained(root, error) from error
        return cls(root)

    def free(self) -> int | None:
        self._look()
        try:
            if not os.access(self.root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return shutil.disk_usage(self.root).free
        except OSError as error:
            raise _explained(self.root, error) from error

    def put(self, record: Record, content: bytes) -> str:
        place = record.place
        file = self._file(place)
        refuse_bulk(record, content)
        self._look()
        try:
            if self._marker(place).exists():
                self._unmark(place)
            durable.make_folder(file.parent)
            if not file.exists() or sha256(file.read_bytes()) != record.digest:
                durable.write(file, content)
            told = self._tell(record)
            durable.sync_folder(file.parent)
        except OSError as error:
            raise _explained(self.root, error) from error
        self.get(place)
        now = self.record(place)
        # Another process may have added a custody of its own since.
        if joined(told, now) != now:
            raise RecordMismatch(f"The sidecar of the record {place} is not what was written.", _LOOK)
        return place

    def _tell(self, record: Record) -> Record:
        """Write the sidecar, or add the custody to the one that is there; of two who do so at once none is lost."""
        beside = self._sidecar(record.place)
        if not beside.exists():
            with durable.prepared(beside, sidecar(record)) as part:
                # Of all who write it first, the system lets one; without links (FAT, some shares) the lock does.
                with suppress(OSError):
                    os.link(part, beside)
                    return record
                with self._alone():
                    if not beside.exists():
                        part.replace(beside)
                        return record
        with self._alone():
            told = joined(self.record(record.place), record) if beside.exists() else record
            durable.write(beside, sidecar(told))
        return told

    def get(self, place: str) -> bytes:
        return self._checked(place, "record")

    def record(self, place: str) -> Record:
        try:
            return read_sidecar(self._sidecar_bytes(place))
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unread(place, "record", error) from error

    def places(self) -> Iterator[str]:
        self._look()
        return (place for place in self._named("", 3, ".eml") if marker.is_place(place))

    def digest(self, place: str) -> str:
        try:
            with open(self._file(place), "rb", buffering=0) as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise self._missing(place, "record") from None
        except OSError as error:
            raise _explained(self.root, error) from error

    def has(self, place: str) -> bool:
        try:
            # Whatever bears its name is there, a link or a folder too: only what has no name is gone.
            if os.path.lexists(self._file(place)):
                return True
        except OSError as error:
            raise _explained(self.root, error) from error
        self._look()
        return False

    def quarantine(self, place: str, since: datetime) -> None:
        marks = self._marker(place)
        self._look()
        try:
            with self._alone():
                if not self._file(place).is_file():
                    raise self._missing(place, "record")
                with suppress(RecordMismatch):
                    if marks.exists() and self._waiting(place):
                        return
                durable.make_folder(marks.parent)
                durable.write(marks, marker.written(Marker(place=place, since=since)))
                durable.sync_folder(marks.parent)
        except OSError as error:
            raise _explained(self.root, error) from error

    def quarantined(self) -> Iterator[tuple[str, datetime]]:
        self._look()
        for name in self._named(f"{marker.FOLDER}/", 3, ".json"):
            place = name.removeprefix(f"{marker.FOLDER}/")
            if marker.is_place(place):
                yield place, self._waiting(place)

    def restore(self, place: str) -> None:
        self._look()
        if not self.has(place):
            raise self._missing(place, "record")
        try:
            self._unmark(place)
        except OSError as error:
            raise _explained(self.root, error) from error

    def destroy(self, place: str) -> None:
        marks, file, beside = self._marker(place), self._file(place), self._sidecar(place)
        self._look()
        try:
            with self._alone():
                if marks.exists():
                    self._waiting(place)
                    # All of it is asked before the first name goes: a record half gone would be neither.
                    for one in (file, beside):
                        if why := sound.flaw(self.root, one):
                            raise _locked(one, why)
                    # The mark last: whatever a crash leaves is still known to be on its way out.
                    for one in (file, beside, marks):
                        self._remove(one)
                elif file.exists() or beside.exists():
                    raise RecordMismatch(f"The record {place} is not in quarantine.", "Nothing was destroyed.")
        except OSError as error:
            raise _explained(self.root, error) from error
        # A share that went away meanwhile looks as if the record were gone.
        self._look()

    def unexpected(self) -> Iterator[str]:
        self._look()
        links: set[str] = set()
        strange = marker.strange(self._files(links), lambda place: self._marker(place).exists())
        yield from (name for name in strange if name not in links)
        # Whatever a link is called: its bytes lie elsewhere, and never were this store's.
        yield from sorted(links)

    def put_copy(self, copy: Copy, content: bytes) -> str:
        place = copy.place
        file, beside = self._file(place), self._sidecar(place)
        if sha256(content) != copy.digest:
            raise RecordMismatch(f"The bytes for the copy {place} do not match its digest.", "Nothing was written.")
        self._look()
        try:
            durable.make_folder(file.parent)
            told = preserved.joined(self.copy(place), copy) if beside.exists() else copy
            # The sidecar first: after a crash it alone says whose copy this was to be, and whether a hold needs it.
            durable.write(beside, preserved.sidecar(told))
            durable.sync_folder(file.parent)
            if not file.exists() or sha256(file.read_bytes()) != copy.digest:
                durable.write(file, content)
                durable.sync_folder(file.parent)
        except OSError as error:
            raise _explained(self.root, error) from error
        self.get_copy(place)
        if self.copy(place) != told:
            raise RecordMismatch(f"The sidecar of the copy {place} is not what was written.", _LOOK)
        return place

    def get_copy(self, place: str) -> bytes:
        return self._checked(place, "copy")

    def has_copy(self, place: str) -> bool:
        try:
            return self._file(place).is_file()
        except OSError as error:
            raise _explained(self.root, error) from error

    def copy(self, place: str) -> Copy:
        try:
            copy = preserved.read_sidecar(self._sidecar_bytes(place))
            if copy.place != place:
                raise msgspec.DecodeError("it is of other bytes")
            return copy
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unread(place, "copy", error) from error

    def copies(self) -> Iterator[str]:
        self._look()
        for folder in sorted((self.root / preserved.FOLDER).glob("*")):
            files = {f"{preserved.FOLDER}/{folder.name}/{file.stem}" for file in folder.glob("*.*")}
            yield from sorted(filter(preserved.is_place, files))

    def destroy_copy(self, place: str) -> None:
        if not preserved.is_place(place):
            raise RecordMismatch(f"'{place}' is no place of a preservation copy.", "Nothing was destroyed.")
        self._look()
        folder = self._file(place).parent
        try:
            if folder.is_dir():
                # The sidecar last: a copy of which nobody can say whose it is could never be judged again.
                for file in (self._file(place), self._sidecar(place)):
                    file.unlink(missing_ok=True)
                    durable.sync_folder(folder)
        except OSError as error:
            raise _explained(self.root, error) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While this lasts, no other thread or process changes a sidecar or a mark."""
        with self._threads, self._lock:
            yield

    def _waiting(self, place: str) -> datetime:
        """Since when the record has been in quarantine."""
        try:
            return marker.read(self._marker(place).read_bytes(), place).since
        except OSError as error:
            raise _explained(self.root, error) from error

    def _unmark(self, place: str) -> None:
        marks = self._marker(place)
        with self._alone():
            if marks.parent.is_dir():
                marks.unlink(missing_ok=True)
                durable.sync_folder(marks.parent)

    def _remove(self, file: Path) -> None:
        """Take away a file and what crashes left of it half written; raises ``StillLocked`` where the disk will not."""
        folder = file.parent
        if not folder.is_dir():
            return
        if folder not in self._half_written:
            self._half_written[folder] = list(folder.glob(".*.part"))
        try:
            for part in self._half_written[folder]:
                if part.name.startswith(f".{file.name}."):
                    part.unlink(missing_ok=True)
            file.unlink(missing_ok=True)
        except PermissionError as error:
            raise _locked(file, error.strerror) from error
        durable.sync_folder(folder)
        if file.exists():
            raise _locked(file, "it is still there")

    def _named(self, folder: str, deep: int, ending: str) -> Iterator[str]:
        """What so many folders below this one is called and ends so, without its ending, in order."""
        try:
            with os.scandir(self.root / folder) as entries:
                found = [entry.name for entry in entries if entry.is_dir() == (deep > 0)]
        except FileNotFoundError:
            return
        except OSError as error:
            raise _explained(self.root, error) from error
        if deep:
            for name in sorted(f"{name}/" for name in found):
                yield from self._named(f"{folder}{name}", deep - 1, ending)
        else:
            yield from sorted(folder + name.removesuffix(ending) for name in found if name.endswith(ending))

    def _files(self, links: set[str]) -> Iterator[str]:
        """Every file in the store but its own two, by its path from the root, those of one folder in order."""
        for folder, folders, files in os.walk(self.root, onerror=self._stop):
            folders.sort()
            for name in sorted([*files, *folders]):
                path = Path(folder, name)
                below = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    links.add(below)
                if below not in (MARK, LOCK) and (below in links or name not in folders):
                    yield below

    def _checked(self, place: str, what: str) -> bytes:
        """The bytes of this record or copy, equal to its digest."""
        try:
            content = self._file(place).read_bytes()
        except FileNotFoundError:
            raise self._missing(place, what) from None
        except OSError as error:
            raise _explained(self.root, error) from error
        if sha256(content) != place.rpartition("/")[2]:
            raise RecordMismatch(f"The {what} {self._file(place)} does not match its digest.", _LOOK)
        return content

    def _sidecar_bytes(self, place: str) -> bytes:
        try:
            return self._sidecar(place).read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _explained(self.root, error) from error

    def _missing(self, place: str, what: str) -> RecordMismatch:
        self._look()
        return RecordMismatch(f"The {what} {place} is missing from {self.root}.", _LOOK)

    def _unread(self, place: str, what: str, error: Exception) -> RecordMismatch:
        self._look()
        return RecordMismatch(f"The sidecar of the {what} {place} cannot be read: {error}.", _LOOK)

    def _stop(self, error: OSError) -> None:
        raise _explained(self.root, error) from error

    def _look(self) -> None:
        """Raise ``StoreNotAnswering`` where the mark is not there: a share that went away has not lost its records."""
        try:
            there = (self.root / MARK).is_file()
        except OSError as error:
            raise _explained(self.root, error) from error
        if not there:
            raise StoreNotAnswering(
                f"The record store {self.root} is not there (no {MARK} in it).",
                "Mount it, correct 'store.path', or run `retention init` to make it.",
            )

    def _file(self, place: str) -> Path:
        return self.root / f"{place}.eml"

    def _sidecar(self, place: str) -> Path:
        return self.root / f"{place}.json"

    def _marker(self, place: str) -> Path:
        return self.root / marker.name_of(place)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _explained(root: Path, error: OSError) -> StoreNotAnswering:
    return StoreNotAnswering(
        f"The record store {root} does not take or give files: {error.strerror or error}.",
        "Nothing was removed from any mailbox for it; make room or mend the share, then run this again.",
    )


def _locked(file: Path, why: str | None) -> StillLocked:
    return StillLocked(
        f"The record store does not let {file} go: {why}.",
        "Its mark stays; end the lock there, or wait for its end, then run this again.",
    )
