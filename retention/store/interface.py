"""What every record store can do.

No store lives here; each implementation is a neighbour of this file, and the jobs see only this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from retention.core.preserved import Copy
from retention.core.record import Record


class RecordStore(Protocol):
    """A place where records are kept, one file and one sidecar each; and apart from them preservation copies.

    Every method may raise ``StoreNotAnswering``: the store is missing, full or read-only.
    """

    def free(self) -> int | None:
        """How many bytes there is room for; ``None`` where nobody can say. It must be writable."""
        ...

    def put(self, record: Record, content: bytes) -> str:
        """Keep the record and return its place; it must be on the disk and read back equal before this returns.

        Idempotent: the same bytes at the same place add their custody and nothing else, also where two processes do so
        at once. Lifts a quarantine: new custody means that the record is wanted. Raises ``RecordMismatch`` where what
        was read back is not what was written, and ``NotOneRecord``, before anything is written, for what is not one
        message with a series of its own.
        """
        ...

    def get(self, place: str) -> bytes:
        """The record's bytes, checked. Raises ``RecordMismatch`` where they are missing or do not match."""
        ...

    def record(self, place: str) -> Record:
        """The record's sidecar. Raises ``RecordMismatch`` where it is missing or cannot be read."""
        ...

    def places(self) -> Iterator[str]:
        """Every place of a record in the store, in order, in quarantine or not; never one of a preservation copy."""
        ...

    def digest(self, place: str) -> str:
        """The SHA-256 of the record's file as it lies there, read in pieces, equal to its name or not.

        Raises ``RecordMismatch`` where it is missing.
        """
        ...

    def has(self, place: str) -> bool:
        """Whether the record's file is there, in quarantine or not; its bytes are not checked."""
        ...

    def quarantine(self, place: str, since: datetime) -> None:
        """Mark the record as one that is to be destroyed; it stays where it is. An older mark stays as it is.

        Raises ``RecordMismatch`` where there is no such record.
        """
        ...

    def quarantined(self) -> Iterator[tuple[str, datetime]]:
        """Every place that is marked, in order, and since when, also where its destruction was begun.

        Raises ``RecordMismatch`` at a mark that cannot be read: ``quarantine`` writes it anew, ``restore`` takes it
        away.
        """
        ...

    def restore(self, place: str) -> None:
        """Take the record out of quarantine; one that is not in it stays as it is.

        Raises ``RecordMismatch`` where the record is not there any more.
        """
        ...

    def destroy(self, place: str) -> None:
        """Destroy the record, what is beside it, and then its mark; one that is not there is none the less gone.

        It must never destroy what is not in quarantine: raises ``RecordMismatch``. Raises ``StillLocked`` where the
        store does not let the bytes go, or says that it did and still has them; the mark then stays.
        """
        ...

    def unexpected(self) -> Iterator[str]:
        """The paths of all files in the store that are no record, sidecar, copy, mark or the store's own.

        What a crash left half written is among them, and a sidecar whose record is missing.
        """
        ...

    def put_copy(self, copy: Copy, content: bytes) -> str:
        """Keep the preservation copy and return its place, with the promises that ``put`` makes for a record.

        The same bytes found in another mailbox add what was found and nothing else; they must come one after the other.
        """
        ...

    def get_copy(self, place: str) -> bytes:
        """The copy's bytes, checked. Raises ``RecordMismatch`` where they are missing or do not match."""
        ...

    def has_copy(self, place: str) -> bool:
        """Whether the copy's file is there; its bytes are not checked."""
        ...

    def copy(self, place: str) -> Copy:
        """The copy's sidecar. Raises ``RecordMismatch`` where it is missing or cannot be read."""
        ...

    def copies(self) -> Iterator[str]:
        """Every place of a preservation copy, in order, also where a crash left only one of its two files."""
        ...

    def destroy_copy(self, place: str) -> None:
        """Destroy the copy and what is beside it; one that is not there is none the less gone.

        It must never destroy a record: raises ``RecordMismatch`` for any place but a copy's.
        """
        ...
