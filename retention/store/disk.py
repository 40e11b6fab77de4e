"""Records on a disk or network share: one ``.eml`` and one ``.json`` each, under schedule, series and year.

Preservation copies lie apart, under one folder. What a place is called is decided in ``core/record.py`` and
``core/preserved.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from retention import durable
from retention.core import preserved
from retention.core.preserved import Copy
from retention.core.record import Record, joined, read_sidecar, sidecar
from retention.errors import RecordMismatch, StoreNotAnswering

MARK = "retention-store.json"
"""The file that says *this is the record store*: an empty mount point does not have it."""


class DiskStore:
    """Records under one folder that ``create`` has marked. Raises ``StoreNotAnswering`` where it is not there."""

    def __init__(self, root: Path) -> None:
        self.root = root
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

    def put(self, record: Record, content: bytes) -> str:
        place = record.place
        file, beside = self._file(place), self._sidecar(place)
        if _digest(content) != record.digest:
            raise RecordMismatch(f"The bytes for the record {place} do not match its digest.", "Nothing was written.")
        self._look()
        try:
            durable.make_folder(file.parent)
            if not file.exists() or _digest(file.read_bytes()) != record.digest:
                durable.write(file, content)
            told = joined(self.record(place), record) if beside.exists() else record
            durable.write(beside, sidecar(told))
            durable.sync_folder(file.parent)
        except OSError as error:
            raise _explained(self.root, error) from error
        self.get(place)
        if self.record(place) != told:
            raise RecordMismatch(f"The sidecar of the record {place} is not what was written.", _LOOK)
        return place

    def get(self, place: str) -> bytes:
        return self._checked(place, "record")

    def record(self, place: str) -> Record:
        try:
            return read_sidecar(self._sidecar_bytes(place))
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unread(place, "record", error) from error

    def places(self) -> Iterator[str]:
        self._look()
        for file in sorted(self.root.glob("*/*/*/*.eml")):
            yield file.relative_to(self.root).with_suffix("").as_posix()

    def put_copy(self, copy: Copy, content: bytes) -> str:
        place = copy.place
        file, beside = self._file(place), self._sidecar(place)
        if _digest(content) != copy.digest:
            raise RecordMismatch(f"The bytes for the copy {place} do not match its digest.", "Nothing was written.")
        self._look()
        try:
            durable.make_folder(file.parent)
            told = preserved.joined(self.copy(place), copy) if beside.exists() else copy
            # The sidecar first: after a crash it alone says whose copy this was to be, and whether a hold needs it.
            durable.write(beside, preserved.sidecar(told))
            durable.sync_folder(file.parent)
            if not file.exists() or _digest(file.read_bytes()) != copy.digest:
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

    def _checked(self, place: str, what: str) -> bytes:
        """The bytes of this record or copy, equal to its digest."""
        try:
            content = self._file(place).read_bytes()
        except FileNotFoundError:
            self._look()
            raise RecordMismatch(f"The {what} {place} is missing from {self.root}.", _LOOK) from None
        except OSError as error:
            raise _explained(self.root, error) from error
        if _digest(content) != place.rpartition("/")[2]:
            raise RecordMismatch(f"The {what} {self._file(place)} does not match its digest.", _LOOK)
        return content

    def _sidecar_bytes(self, place: str) -> bytes:
        try:
            return self._sidecar(place).read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _explained(self.root, error) from error

    def _unread(self, place: str, what: str, error: Exception) -> RecordMismatch:
        self._look()
        return RecordMismatch(f"The sidecar of the {what} {place} cannot be read: {error}.", _LOOK)

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


_LOOK = "Do not delete anything; restore the file from a copy and compare."


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _explained(root: Path, error: OSError) -> StoreNotAnswering:
    return StoreNotAnswering(
        f"The record store {root} does not take or give files: {error.strerror or error}.",
        "Nothing was removed from any mailbox for it; make room or mend the share, then run this again.",
    )
