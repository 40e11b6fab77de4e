"""Preservation copies of held mail, and held mail that vanished from its mailbox without our doing.

A copy is no record: it has no retention of its own and goes when no hold needs it. How it is stored is not known here.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.core.message import Mailbox, Message, MessageRef

FOLDER = "preserved"
"""Where copies lie in a store: one folder less deep than any record, whatever a schedule is called."""
_PLACE = re.compile(f"{FOLDER}/([0-9a-f]{{2}})/(\\1[0-9a-f]{{62}})")


class Preserved(Struct, frozen=True, kw_only=True, tag="preserved", tag_field="kind"):
    """A copy of one held message is on the store, read back and equal. ``hold`` is the one it was collected for.

    ``digest`` is the SHA-256 of the copy, ``sidecar`` that of the JSON beside it as it was by then.
    """

    hold: str
    mailbox: str
    address: str
    id: str
    version: str
    digest: str
    place: str
    sidecar: str


class Collected(Struct, frozen=True, kw_only=True, tag="collected", tag_field="kind"):
    """A collection came to its end: covered = copied + had a copy already + failed, and how many failed for what."""

    hold: str
    covered: int
    copied: int
    had: int
    failed: dict[str, int] = {}


class CopyToGo(Struct, frozen=True, kw_only=True, tag="copies to be destroyed", tag_field="kind"):
    """An office has exactly these copies destroyed, which no hold needs any more. Written before it is done.

    The holds are asked again right before each of them: one that is needed by then stays, and is said to be preserved
    for that hold. Of one that nothing more is said of, a crash left it open whether it is still there.
    """

    digests: tuple[str, ...]
    reason: str


class CopyGone(Struct, frozen=True, kw_only=True, tag="copies destroyed", tag_field="kind"):
    digests: tuple[str, ...]


class HeldVanished(Struct, frozen=True, kw_only=True, tag="held mail vanished", tag_field="kind"):
    """A held message is no longer in its mailbox, and this product did not take it out.

    ``holds`` cover it; ``seen_at`` is when it was last known to be there, ``missed_at`` when it was missed. ``copy`` is
    the digest of its preservation copy, or empty; ``outdated``: the message was changed after it had been copied.
    """

    mailbox: str
    address: str
    id: str
    internet_id: str
    holds: tuple[str, ...]
    seen_at: datetime
    missed_at: datetime
    copy: str = ""
    outdated: bool = False

    @property
    def ref(self) -> MessageRef:
        return MessageRef(self.mailbox, self.id)


class VanishedAcknowledged(Struct, frozen=True, kw_only=True, tag="vanished acknowledged", tag_field="kind"):
    """Somebody answers for these entries about vanished mail."""

    entries: tuple[int, ...]
    reason: str


Told = Preserved | Collected | CopyToGo | CopyGone | HeldVanished | VanishedAcknowledged
"""What the ledger says of preservation."""


class Found(Struct, frozen=True, kw_only=True):
    """One message whose bytes these are, as it was known, the hold it was collected for, and when."""

    mailbox: Mailbox
    message: Message
    hold: str
    copied_at: datetime

    @property
    def custody(self) -> tuple[str, str, str | None]:
        """Where it was found, and in which version."""
        return self.mailbox.id, self.message.id, self.message.version


class Copy(Struct, frozen=True, kw_only=True):
    """What is written beside a preservation copy: every mailbox it was found in, and the message as it was known there.

    ``digest`` is the SHA-256 of its bytes, ``size`` their number.
    """

    format: int = 1
    digest: str
    size: int
    found: tuple[Found, ...]

    @property
    def place(self) -> str:
        """Where it lies in the store, apart from every record."""
        return place_of(self.digest)


def place_of(digest: str) -> str:
    return f"{FOLDER}/{digest[:2]}/{digest}"


def is_place(place: str) -> bool:
    """Whether a copy lies there: no record ever does."""
    return _PLACE.fullmatch(place) is not None


def joined(old: Copy, new: Copy) -> Copy:
    """The copy as first written, with all that was found in the order in which it came: no custody is ever lost."""
    known = {found.custody for found in old.found}
    return replace(old, found=(*old.found, *(found for found in new.found if found.custody not in known)))


def sidecar(copy: Copy) -> bytes:
    """The copy's metadata as the JSON that is kept beside it, readable without this product.

    What is not known of a message is left out, so that the text stays the same when a later version knows more.
    """
    said = msgspec.to_builtins(copy)
    for found in said["found"]:
        found["message"] = {name: value for name, value in found["message"].items() if value is not None}
    return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"


def sidecar_digest(copy: Copy) -> str:
    return hashlib.sha256(sidecar(copy)).hexdigest()


def read_sidecar(data: bytes) -> Copy:
    """The copy of these bytes; raises ``msgspec.DecodeError`` where one of them is not as it was written."""
    copy = msgspec.json.decode(data, type=Copy)
    if sidecar(copy) != data:
        raise msgspec.DecodeError("its text was changed after it was written")
    return copy


def is_as_told(copy: Copy, told: str) -> bool:
    """Whether all that the ledger knew of this sidecar, by its digest, still stands in it unchanged.

    What a collection found last may stand behind it and not be in the ledger yet: a crash came between.
    """
    ends = range(len(copy.found), 0, -1)
    return any(sidecar_digest(replace(copy, found=copy.found[:end])) == told for end in ends)


class Kept(NamedTuple):
    """The version of a message that was copied last, and the digest of that copy.

    ``life`` is how often a copy of these bytes had been destroyed before: one that is made anew is not of all messages
    of which the earlier one was.
    """

    version: str
    digest: str
    life: int = 0


class Copies:
    """Which messages have a preservation copy, and which held ones vanished and were not answered for."""

    def __init__(self) -> None:
        self.going: set[str] = set()
        self.vanished: dict[int, HeldVanished] = {}
        self.answered: dict[int, VanishedAcknowledged] = {}
        self.collected: dict[str, tuple[datetime, Collected]] = {}
        self._last: dict[str, dict[str, Kept]] = {}
        self._deaths: dict[str, int] = {}
        self._told: set[tuple[MessageRef, datetime]] = set()

    def add(self, entry: int, at: datetime, told: Told) -> None:
        match told:
            case Preserved():
                kept = Kept(told.version, told.digest, self._deaths.get(told.digest, 0))
                self._last.setdefault(told.mailbox, {})[told.id] = kept
                self.going.discard(told.digest)
            case Collected():
                self.collected[told.hold] = (at, told)
            case CopyToGo():
                self.going.update(told.digests)
            case CopyGone():
                self.going.difference_update(told.digests)
                for digest in told.digests:
                    self._deaths[digest] = self._deaths.get(digest, 0) + 1
            case HeldVanished():
                self.vanished[entry] = told
                self._told.add((told.ref, told.missed_at))
            case VanishedAcknowledged(entries=entries):
                self.answered.update(dict.fromkeys(entries, told))

    def of(self, ref: MessageRef) -> Kept | None:
        """The last copy of this message, as far as it is certain that it was not destroyed since."""
        kept = self.last(ref)
        return None if kept is None or kept.digest in self.going else kept

    def last(self, ref: MessageRef) -> Kept | None:
        """The last copy of this message that nobody said to be gone; it may be one that is about to be destroyed."""
        kept = self._last.get(ref.mailbox, {}).get(ref.id)
        return None if kept is None or kept.life < self._deaths.get(kept.digest, 0) else kept

    @property
    def unanswered(self) -> dict[int, HeldVanished]:
        return {entry: one for entry, one in self.vanished.items() if entry not in self.answered}

    @property
    def vanished_from(self) -> dict[str, dict[str, str]]:
        """For the Message-ID of everything that vanished: the holds it was under, and from whose mailbox it did."""
        found: dict[str, dict[str, str]] = {}
        for told in self.vanished.values():
            if told.internet_id:
                found.setdefault(told.internet_id, {}).update(dict.fromkeys(told.holds, told.address))
        return found

    def told_of(self, ref: MessageRef, missed_at: datetime) -> bool:
        """Whether the ledger says already that this message vanished by then."""
        return (ref, missed_at) in self._told
