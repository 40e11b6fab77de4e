"""What every record store can do.

No store lives here; each implementation is a neighbour of this file, and the jobs see only this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from retention.core.preserved import Copy
from retention.core.record import Record


class RecordStore(Protocol):
    """A place where records are kept, one file and one sidecar each; and apart from them preservation copies.

    Every method may raise ``StoreNotAnswering``: the store is missing, full or read-only.
    """

    def put(self, record: Record, content: bytes) -> str:
        """Keep the record and return its place; it must be on the disk and read back equal before this returns.

        Idempotent: the same bytes at the same place add their custody and nothing else. Raises ``RecordMismatch``
        where what was read back is not what was written.
        """
        ...

    def get(self, place: str) -> bytes:
        """The record's bytes, checked. Raises ``RecordMismatch`` where they are missing or do not match."""
        ...

    def record(self, place: str) -> Record:
        """The record's sidecar. Raises ``RecordMismatch`` where it is missing or cannot be read."""
        ...

    def places(self) -> Iterator[str]:
        """Every place of a record in the store, in order; never one of a preservation copy."""
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
