"""What every record store can do.

No store lives here; each implementation is a neighbour of this file, and the jobs see only this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from retention.core.record import Record


class RecordStore(Protocol):
    """A place where records are kept, one file and one sidecar each.

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
        """Every place in the store, in order."""
        ...
