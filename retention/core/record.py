"""A record: what is written beside each captured message, and where it is filed.

How it reaches a store is not known here.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from retention.core.message import Message, Source, Wording

FORMAT = 2
"""Since form 2 a sidecar says what was not known of a message, and what was known of it in each mailbox."""
_MAY_BE_UNKNOWN = ("subject", "sender", "to", "cc", "bcc", "kind")


class Custody(Struct, frozen=True, kw_only=True):
    """One mailbox the message was captured from, when, and what was known of it there.

    The same bytes may lie in two mailboxes with different conversations, dates of receipt and categories.
    ``by_person``: a person had filed it there, so that no other filing is possible. ``source`` says where in files it
    lies, which stay as they are.
    """

    address: str
    mailbox: str
    id: str
    version: str
    folder: str
    captured_at: datetime
    received_at: datetime | None = None
    sent_at: datetime | None = None
    conversation: str | None = None
    preview: str | None = None
    categories: tuple[str, ...] | None = None
    by_person: bool = False
    source: Source | None = None


class Record(Struct, frozen=True, kw_only=True):
    """All metadata of one captured message. ``digest`` is the SHA-256 of its bytes, ``size`` their number.

    ``year`` is the year in which it was received, in the city's zone. The same bytes captured from several mailboxes
    are one record with several custodies; what differs between these, such as the date of receipt, is the first one's
    here. ``linked`` are the names of attachments that are only links: what they lead to was not captured. ``keys`` are
    those whose events start its clock. ``unknown`` names the fields that are empty because nothing was known. What was
    not known is taken for whatever answer keeps the record longer. ``rebuilt``: there was no MIME, and the file is made
    of the message's properties; it lists in words what these could not carry.
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
    attachments: tuple[str, ...] | None = None
    linked: tuple[str, ...] | None = None
    origin: str | None = None
    on_behalf: str | None = None
    keys: tuple[str, ...] = ()
    earlier: tuple[Wording, ...] = ()
    unknown: tuple[str, ...] = ()
    rebuilt: tuple[str, ...] | None = None
    sensitivity: str | None = None

    @property
    def place(self) -> str:
        """Where it is filed: schedule, series, year and digest, in names that any file system takes."""
        return "/".join((folder_name(self.schedule), folder_name(self.series), f"{self.year:04}", self.digest))

    def message(self, custody: Custody) -> Message:
        """The message as it was known in this mailbox when it was captured from there."""
        oldest = self.format == 1 and custody == self.custody[0]
        return Message(
            mailbox=custody.mailbox,
            id=custody.id,
            version=custody.version,
            path=custody.folder,
            internet_id=self.internet_id or None,
            conversation=custody.conversation,
            subject=self._known("subject"),
            sender=self._known("sender"),
            to=self._known("to"),
            cc=self._known("cc"),
            bcc=self._known("bcc"),
            received_at=self.received_at if oldest else custody.received_at,
            sent_at=self.sent_at if oldest else custody.sent_at,
            size=self.size,
            kind=self._known("kind"),
            categories=custody.categories,
            has_attachments=None if self.attachments is None else bool(self.attachments),
            is_draft=False,
            preview=custody.preview,
            attachments=self.attachments,
            linked=self.linked,
            origin=self.origin,
            on_behalf=self.on_behalf,
            earlier=self.earlier or None,
            sensitivity=self.sensitivity,
            source=custody.source,
            rebuilt=self.rebuilt,
        )

    def filed_by_person(self, custody: Custody) -> bool:
        """Whether a person had filed it there, or may have: the first sidecars do not say."""
        return self.format == 1 or custody.by_person

    def _known(self, field: str) -> Any:
        """What is known of a field; ``None`` where nothing is, which the first sidecars did not tell from nothing."""
        value = getattr(self, field)
        is_unknown = field in self.unknown or (self.format == 1 and not value)
        return None if is_unknown else value


def unknown_of(message: Message) -> tuple[str, ...]:
    """The fields of a record that are empty because the mail system did not say."""
    return tuple(field for field in _MAY_BE_UNKNOWN if getattr(message, field) is None)


_MORE = (
    *("edition", "attachments", "linked", "origin", "on_behalf", "keys", "earlier", "unknown"),
    *("rebuilt", "sensitivity"),
)
_MORE_OF_CUSTODY = ("received_at", "sent_at", "conversation", "preview", "categories", "by_person", "source")
"""Fields that the first sidecars did not have: left out where nothing is known, so that a sidecar stays the same."""
_DEFAULTS: dict[type[Struct], dict[str, Any]] = {
    kind: {one.name: one.default for one in msgspec.structs.fields(kind)} for kind in (Custody, Record)
}


def sidecar(record: Record) -> bytes:
    """The record's metadata as the JSON that is kept beside it, readable without this product.

    What a later version added is left out where nothing is known: a sidecar is the same text for as long as it is kept.
    """
    said = _said(record, _MORE)
    said["custody"] = [_said(custody, _MORE_OF_CUSTODY) for custody in record.custody]
    return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"


def _said(struct: Struct, more: tuple[str, ...]) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(struct)
    for name in more:
        # No attachments at all is something known, and another answer than none known.
        if getattr(struct, name) == _DEFAULTS[type(struct)][name]:
            del said[name]
    return said


def sidecar_digest(record: Record) -> str:
    return hashlib.sha256(sidecar(record)).hexdigest()


def read_sidecar(data: bytes) -> Record:
    """The record of these bytes; raises ``msgspec.DecodeError`` where one of them is not as it was written."""
    record = msgspec.json.decode(data, type=Record)
    if sidecar(record) != data:
        raise msgspec.DecodeError("its text was changed after it was written")
    return record


def joined(old: Record, new: Record) -> Record:
    """The record as first written, with the custodies, keys and earlier wordings of both in the order they came."""
    known = {(custody.mailbox, custody.id, custody.version) for custody in old.custody}
    added = tuple(c for c in new.custody if (c.mailbox, c.id, c.version) not in known)
    return msgspec.structs.replace(
        old,
        custody=old.custody + added,
        keys=tuple(dict.fromkeys(old.keys + new.keys)),
        earlier=tuple(dict.fromkeys(old.earlier + new.earlier)),
    )


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
_RESERVED = {"preserved", "quarantine", *_DEVICES}
"""Device names that Windows refuses as file names, and where copies and the markers of a quarantine lie."""
