"""Consents: proof on file that an authority allowed the destruction of exactly these records.

Which consents are asked for is in ``gate.py``; nothing is destroyed here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from msgspec import Struct


class ConsentRecorded(Struct, frozen=True, kw_only=True, tag="consent recorded", tag_field="kind"):
    """An authority's consent, as it is filed.

    ``gate`` is the id of the gate it opens, ``schedule`` the schedule whose records it is for, ``given_by`` who gave it
    on the day ``given_on``, and ``reference`` what is written on it (a resolution's number, a form's). ``records`` are
    the records it covers: the folder (schedule, series and year) and in each the digests. ``until`` is the last day on
    which it counts. ``document`` is the SHA-256 of the scanned document, ``file`` its name; empty where none was given.
    ``authority`` is the digest of who may give it and by what law, as the gate said by then.
    """

    gate: str
    schedule: str
    reference: str
    given_by: str
    given_on: date
    until: date | None
    records: dict[str, tuple[str, ...]]
    document: str = ""
    file: str = ""
    note: str = ""
    authority: str = ""


class ConsentWithdrawn(Struct, frozen=True, kw_only=True, tag="consent withdrawn", tag_field="kind"):
    """The consent of entry ``entry`` counts no more."""

    entry: int
    reason: str


Told = ConsentRecorded | ConsentWithdrawn
"""What the ledger says of consents."""


class Consent(Struct, frozen=True, kw_only=True):
    """A consent on file: its entry, when and by whom it was filed, and when it was withdrawn, if it was.

    Whether it counts on a day depends on its gate too, and is said in ``gate.py``.
    """

    entry: int
    filed_at: datetime
    filed_by: str
    said: ConsentRecorded
    withdrawn_at: datetime | None = None


class Consents:
    """Every consent on file. ``add`` takes entries in their order; ``of`` is asked about one record."""

    def __init__(self) -> None:
        self.all: dict[int, Consent] = {}
        self._covered: dict[int, frozenset[bytes]] = {}
        self._by_gate: dict[tuple[str, str], list[int]] = {}
        self.revision = 0

    def add(self, n: int, at: datetime, by: str, body: Told) -> None:
        """Take in one entry."""
        self.revision += 1
        match body:
            case ConsentRecorded(gate=gate, schedule=schedule, records=records):
                self._covered[n] = frozenset(
                    _mark(f"{folder}/{digest}") for folder, digests in records.items() for digest in digests
                )
                bare = _without_records(body)
                self.all[n] = Consent(entry=n, filed_at=at, filed_by=by, said=bare)
                self._by_gate.setdefault((schedule, gate), []).append(n)
            case ConsentWithdrawn(entry=entry) if entry in self.all:
                old = self.all[entry]
                self.all[entry] = Consent(
                    entry=entry, filed_at=old.filed_at, filed_by=old.filed_by, said=old.said, withdrawn_at=at
                )

    def records(self, entry: int) -> int:
        """How many records this consent covers."""
        return len(self._covered[entry])

    def covers(self, entry: int, place: str) -> bool:
        """Whether exactly this record is in the list of that consent."""
        return _mark(place) in self._covered[entry]

    def given(self, schedule: str, gate: str) -> int:
        """How many consents for this gate are on file, whatever records they name."""
        return len(self._by_gate.get((schedule, gate), ()))

    def of(self, place: str, schedule: str, gate: str) -> Iterator[Consent]:
        """Every consent for this gate whose list has exactly this record, whether it counts today or not."""
        for n in self._by_gate.get((schedule, gate), ()):
            if self.covers(n, place):
                yield self.all[n]


def grouped(places: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Places as a consent lists them: folder by folder, both in order."""
    found: dict[str, list[str]] = {}
    for place in sorted(set(places)):
        folder, _, digest = place.rpartition("/")
        found.setdefault(folder, []).append(digest)
    return {folder: tuple(digests) for folder, digests in found.items()}


def _without_records(said: ConsentRecorded) -> ConsentRecorded:
    """The consent without its list, which is kept apart in a smaller form: it may name a hundred thousand records."""
    return ConsentRecorded(
        gate=said.gate,
        schedule=said.schedule,
        reference=said.reference,
        given_by=said.given_by,
        given_on=said.given_on,
        until=said.until,
        records=dict.fromkeys(said.records, ()),
        document=said.document,
        file=said.file,
        note=said.note,
        authority=said.authority,
    )


def _mark(place: str) -> bytes:
    """A place in as few bytes as tell it from every other; what is no place is never one of a record."""
    folder, _, digest = place.rpartition("/")
    if _DIGEST.fullmatch(digest) is None:
        return b"no place " + hashlib.sha256(place.encode(errors="replace")).digest()
    return folder.encode(errors="replace") + b"/" + bytes.fromhex(digest)


_DIGEST = re.compile("[0-9a-f]{64}")
