"""A record: what is written beside each captured message, and where it is filed.

How it reaches a store is not known here.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import msgspec
from msgspec import Struct

FORMAT = 1
_ADDED_SINCE = ("edition",)
"""Fields that the first sidecars did not have."""


class Custody(Struct, frozen=True, kw_only=True):
    """One mailbox the message was captured from, and when."""

    address: str
    mailbox: str
    id: str
    version: str
    folder: str
    captured_at: datetime


class Record(Struct, frozen=True, kw_only=True):
    """All metadata of one captured message. ``digest`` is the SHA-256 of its bytes, ``size`` their number.

    ``year`` is the year in which it was received, in the city's zone. The same bytes captured from several mailboxes
    are one record with several custodies.
    """

    format: int = FORMAT
    digest: str
    size: int
    schedule: str
    edition: str = ""
    fingerprint: str
    series: str
    title: str
    retain: str
    citation: str
    because: str
    due_on: date | None
    year: int
    internet_id: str
    subject: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    received_at: datetime | None
    sent_at: datetime | None
    kind: str
    categories: tuple[str, ...]
    custody: tuple[Custody, ...]

    @property
    def place(self) -> str:
        """Where it is filed: schedule, series, year and digest, in names that any file system takes."""
        return "/".join((folder_name(self.schedule), folder_name(self.series), f"{self.year:04}", self.digest))


def sidecar(record: Record) -> bytes:
    """The record's metadata as the JSON that is kept beside it, readable without this product.

    What a later version added is left out where it is empty: a sidecar is the same text for as long as it is kept.
    """
    said = msgspec.to_builtins(record)
    for name in _ADDED_SINCE:
        if not said[name]:
            del said[name]
    return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"


def sidecar_digest(record: Record) -> str:
    return hashlib.sha256(sidecar(record)).hexdigest()


def read_sidecar(data: bytes) -> Record:
    """The record of these bytes; raises ``msgspec.DecodeError`` where one of them is not as it was written."""
    record = msgspec.json.decode(data, type=Record)
    if sidecar(record) != data:
        raise msgspec.DecodeError("its text was changed after it was written")
    return record


def joined(old: Record, new: Record) -> Record:
    """The record as first written, with the custodies of both in the order in which they came."""
    known = {(custody.mailbox, custody.id, custody.version) for custody in old.custody}
    added = tuple(c for c in new.custody if (c.mailbox, c.id, c.version) not in known)
    return msgspec.structs.replace(old, custody=old.custody + added)


def folder_name(text: str) -> str:
    """A folder name of lower-case letters, digits and hyphens that no code or title can steer elsewhere.

    Where letters were lost, a piece of the text's digest keeps two texts apart.
    """
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower())
    name = "-".join(filter(None, plain.split("-")))[:80]
    if name and name == text and name not in _RESERVED:
        return name
    return f"{name or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


_DEVICES = ("con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in range(10)))
_RESERVED = {"preserved", *_DEVICES}
"""Device names that Windows refuses as file names, and where preservation copies lie."""
