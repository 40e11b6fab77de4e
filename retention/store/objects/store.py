"""The record store's promises kept in object storage: the same names as on a disk, and conditional writes for a lock.

How objects are read, written and destroyed is in ``bucket.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from retention.core import preserved
from retention.core.preserved import Copy
from retention.core.record import Record, joined, read_sidecar, sidecar
from retention.errors import RecordMismatch, StillLocked, StoreNotAnswering
from retention.store import marker
from retention.store.marker import Marker
from retention.store.objects.bucket import Absent, Bucket, Changed, ObjectSettings, Refused, locked, not_answering
from retention.store.single import LOOK, refuse_bulk, sha256

MARK = "retention-store.json"
"""The object that says *this is the record store*: another bucket does not have it."""
_MARKED = b'{"format": 1}\n'
_LIFTED, _DESTROYING = "lifted", "destroying"
_TRIES = 50
"""Each time that a conditional write fails, somebody else's succeeded: so many may come at once."""

Told = TypeVar("Told", Record, Copy)


class ObjectStore:
    """Records below one address that ``create`` has marked. Raises ``StoreNotAnswering`` where it is not there."""

    def __init__(self, settings: ObjectSettings) -> None:
        self.bucket = Bucket(settings)
        self._look()

    @classmethod
    def create(cls, settings: ObjectSettings) -> ObjectStore:
        """Mark the place; one that is marked already is left as it is.

        A service that does not keep to conditions loses the custody of one of two who write at once: it is refused.
        """
        bucket = Bucket(settings)
        bucket.create(MARK, _MARKED)
        if bucket.create(MARK, _MARKED) or bucket.replace(MARK, _MARKED, '"0123456789abcdef0123456789abcdef"'):
            raise not_answering(settings.url, "it writes over objects without asking (no conditional writes)")
        return cls(settings)

    def free(self) -> int | None:
        self._look()
        return None

    def put(self, record: Record, content: bytes) -> str:
        place = record.place
        refuse_bulk(record, content)
        self._lift(place, being_destroyed=False)
        self._place(f"{place}.eml", content)
        told = self._tell(record, joined, sidecar, read_sidecar)
        self.get(place)
        now = self.record(place)
        # Another process may have added a custody of its own since.
        if joined(told, now) != now:
            raise RecordMismatch(f"The sidecar of the record {place} is not what was written.", LOOK)
        return place

    def get(self, place: str) -> bytes:
        return self._checked(place, "record")

    def record(self, place: str) -> Record:
        return self._told(place, "record", read_sidecar)

    def places(self) -> Iterator[str]:
        for name in self.bucket.names():
            place = name.removesuffix(".eml")
            if place != name and marker.is_place(place):
                yield place

    def digest(self, place: str) -> str:
        found = hashlib.sha256()
        try:
            for piece in self.bucket.pieces(f"{place}.eml"):
                found.update(piece)
        except Absent:
            raise self._missing(place, "record") from None
        return found.hexdigest()

    def has(self, place: str) -> bool:
        return self.bucket.has(f"{place}.eml")

    def quarantine(self, place: str, since: datetime) -> None:
        name, mark = marker.name_of(place), marker.written(Marker(place=place, since=since))
        if not self.has(place):
            raise self._missing(place, "record")
        for _ in range(_TRIES):
            if self.bucket.create(name, mark):
                return
            data, tag = self._tagged(name) or (b"", "")
            waiting = _read(data, place)
            if tag and waiting and waiting.state != _LIFTED:
                return
            if tag and self.bucket.replace(name, mark, tag):
                return
        raise self._restless(place)

    def quarantined(self) -> Iterator[tuple[str, datetime]]:
        for name in self.bucket.names(f"{marker.FOLDER}/"):
            place = marker.place_of(name)
            mark = self._mark(place) if place else None
            if mark:
                yield mark.place, mark.since

    def restore(self, place: str) -> None:
        if not self.has(place):
            raise self._missing(place, "record")
        self._lift(place, being_destroyed=True)

    def destroy(self, place: str) -> None:
        for _ in range(_TRIES):
            mark = self._mark(place)
            if mark is None:
                if self.has(place) or self.bucket.has(f"{place}.json"):
                    raise RecordMismatch(f"The record {place} is not in quarantine.", "Nothing was destroyed.")
                return self._look()
            if mark.state == _DESTROYING or self._claimed(place):
                return self._purge(place)
        raise self._restless(place)

    def _claimed(self, place: str) -> bool:
        """Whether it is certain that nobody else wants the record again while it is being destroyed."""
        try:
            return self._turn(place, _DESTROYING)
        except Refused as error:
            raise locked(self.bucket.url, place, "not even its mark may change") from error

    def _purge(self, place: str) -> None:
        try:
            # The mark last: whatever a crash leaves is still known to be on its way out.
            self.bucket.purge(f"{place}.eml")
            self.bucket.purge(f"{place}.json")
        except StillLocked:
            if self.has(place):
                self._turn(place, "")
            raise
        self.bucket.forget(marker.name_of(place))

    def unexpected(self) -> Iterator[str]:
        names = (name for name in self.bucket.names() if name != MARK)
        return marker.strange(names, lambda place: self.bucket.has(marker.name_of(place)))

    def put_copy(self, copy: Copy, content: bytes) -> str:
        place = copy.place
        if sha256(content) != copy.digest:
            raise RecordMismatch(f"The bytes for the copy {place} do not match its digest.", "Nothing was written.")
        # The sidecar first: after a crash it alone says whose copy this was to be, and whether a hold needs it.
        told = self._tell(copy, preserved.joined, preserved.sidecar, preserved.read_sidecar)
        self._place(f"{place}.eml", content)
        self.get_copy(place)
        now = self.copy(place)
        if preserved.joined(told, now) != now:
            raise RecordMismatch(f"The sidecar of the copy {place} is not what was written.", LOOK)
        return place

    def get_copy(self, place: str) -> bytes:
        return self._checked(place, "copy")

    def has_copy(self, place: str) -> bool:
        return self.has(place)

    def copy(self, place: str) -> Copy:
        return self._told(place, "copy", preserved.read_sidecar)

    def copies(self) -> Iterator[str]:
        before = ""
        for name in self.bucket.names(f"{preserved.FOLDER}/"):
            place, _, ending = name.rpartition(".")
            if place != before and ending in ("eml", "json") and preserved.is_place(place):
                yield place
                before = place

    def destroy_copy(self, place: str) -> None:
        if not preserved.is_place(place):
            raise RecordMismatch(f"'{place}' is no place of a preservation copy.", "Nothing was destroyed.")
        # The sidecar last: a copy of which nobody can say whose it is could never be judged again.
        self.bucket.purge(f"{place}.eml")
        self.bucket.purge(f"{place}.json")

    def _place(self, name: str, content: bytes) -> None:
        """Write the file where none is, or where the one that is there was damaged."""
        for _ in range(_TRIES):
            if self.bucket.create(name, content):
                return
            data, tag = self._tagged(name) or (b"", "")
            if tag and (data == content or self.bucket.replace(name, content, tag)):
                return
        raise self._restless(name)

    def _tell(
        self,
        new: Told,
        join: Callable[[Told, Told], Told],
        text: Callable[[Told], bytes],
        read: Callable[[bytes], Told],
    ) -> Told:
        """Write the sidecar, or add to exactly the one that was read; of two who do so at once none is lost."""
        name, what = f"{new.place}.json", "record" if isinstance(new, Record) else "copy"
        for _ in range(_TRIES):
            if self.bucket.create(name, text(new)):
                return new
            data, tag = self._tagged(name) or (b"", "")
            if tag:
                told = join(self._read(data, new.place, what, read), new)
                if text(told) == data or self.bucket.replace(name, text(told), tag):
                    return told
        raise self._restless(name)

    def _lift(self, place: str, *, being_destroyed: bool) -> None:
        """Take the mark away. Raises ``RecordMismatch`` where the record is being destroyed, unless that ends too."""
        name = marker.name_of(place)
        for _ in range(_TRIES):
            if not self.bucket.has(name):
                return
            mark = _read((self._tagged(name) or (b"", ""))[0], place)
            if mark and mark.state == _DESTROYING and not being_destroyed:
                raise RecordMismatch(
                    f"The record {place} is just being destroyed.",
                    "Nothing was written; let the destruction come to its end, or restore the record.",
                )
            if mark is None or mark.state == _LIFTED or self._turn(place, _LIFTED, mark.state):
                return self.bucket.forget(name)
        raise self._restless(name)

    def _turn(self, place: str, state: str, only: str = "") -> bool:
        """Let the mark say what comes next; whether nobody else changed it meanwhile."""
        name = marker.name_of(place)
        data, tag = self._tagged(name) or (b"", "")
        mark = _read(data, place)
        if mark is None or (state and mark.state != only):
            return False
        return self.bucket.replace(name, marker.written(replace(mark, state=state)), tag)

    def _mark(self, place: str) -> Marker | None:
        """The mark of a record in quarantine. Raises ``RecordMismatch`` where it cannot be read."""
        try:
            mark = marker.read(self.bucket.read(marker.name_of(place)), place)
        except Absent:
            return None
        return None if mark.state == _LIFTED else mark

    def _tagged(self, name: str) -> tuple[bytes, str] | None:
        try:
            return self.bucket.tagged(name)
        except (Absent, Changed):
            return None

    def _checked(self, place: str, what: str) -> bytes:
        """The bytes of this record or copy, equal to its digest."""
        try:
            content = self.bucket.read(f"{place}.eml")
        except Absent:
            raise self._missing(place, what) from None
        if sha256(content) != place.rpartition("/")[2]:
            raise RecordMismatch(f"The {what} {self.bucket.url}/{place}.eml does not match its digest.", LOOK)
        return content

    def _told(self, place: str, what: str, read: Callable[[bytes], Told]) -> Told:
        try:
            data = self.bucket.read(f"{place}.json")
        except Absent:
            raise self._missing(place, f"sidecar of the {what}") from None
        return self._read(data, place, what, read)

    def _read(self, data: bytes, place: str, what: str, read: Callable[[bytes], Told]) -> Told:
        try:
            told = read(data)
            if what == "copy" and told.place != place:
                raise msgspec.DecodeError("it is of other bytes")
            return told
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RecordMismatch(f"The sidecar of the {what} {place} cannot be read: {error}.", LOOK) from error

    def _missing(self, place: str, what: str) -> RecordMismatch:
        self._look()
        return RecordMismatch(f"The {what} {place} is missing from {self.bucket.url}.", LOOK)

    def _restless(self, name: str) -> StoreNotAnswering:
        self._look()
        return not_answering(self.bucket.url, f"{name} is changed by others all the time, or cannot be read")

    def _look(self) -> None:
        """Raise ``StoreNotAnswering`` where the mark is not there: another bucket has not lost its records."""
        if not self.bucket.has(MARK):
            raise StoreNotAnswering(
                f"The record store {self.bucket.url} is not there (no {MARK} in it).",
                "Correct 'store.url', or run `retention init` to make it.",
            )


def _read(data: bytes, place: str) -> Marker | None:
    """The mark; ``None`` where it cannot be read."""
    try:
        return marker.read(data, place)
    except RecordMismatch:
        return None
