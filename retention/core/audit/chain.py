"""How entries are written, chained and read again.

An entry's line holds its head, which is what the chain is made of, and what it says. The head names the digest of what
is said, so that in a copy for strangers an entry can be left unsaid and the chain be checked all the same. Where the
ledger lies and how it reaches the disk is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from retention.core import (
    access,
    accession,
    clock,
    consent,
    destruction,
    elsewhere,
    notice,
    preserved,
    restoring,
    standing,
)
from retention.core.audit import entries as deeds
from retention.core.files_added import FilesAdded, FilesDropped
from retention.core.hold import HoldAmended, HoldPlaced, HoldReached, HoldReinstated, HoldReleased, ServerHoldsTold
from retention.core.person import PersonRecorded
from retention.core.publication import HeadPublished, LedgerExported

GENESIS = "0" * 64

Body = (
    deeds.Founded
    | deeds.Adopted
    | deeds.EventRecorded
    | deeds.EventRetracted
    | deeds.Reviewed
    | deeds.ReviewAssigned
    | HoldPlaced
    | HoldAmended
    | HoldReleased
    | HoldReinstated
    | HoldReached
    | ServerHoldsTold
    | PersonRecorded
    | FilesAdded
    | FilesDropped
    | notice.CustodianNoticed
    | notice.CustodianAcknowledged
    | notice.StaffNoticed
    | access.AccessRequested
    | access.AccessGranted
    | access.AccessRevoked
    | access.AccessUsed
    | preserved.Preserved
    | preserved.Collected
    | preserved.CopyToGo
    | preserved.CopyGone
    | preserved.HeldVanished
    | preserved.VanishedAcknowledged
    | deeds.PlanMade
    | deeds.Approved
    | standing.StandingApproved
    | standing.StandingWithdrawn
    | standing.ApprovedInAdvance
    | clock.ClockRead
    | clock.ClockConfirmed
    | deeds.Started
    | deeds.HoldAsked
    | deeds.Intent
    | deeds.Stored
    | deeds.Outcome
    | deeds.Counted
    | deeds.HoldKept
    | deeds.Ended
    | deeds.SyncEnded
    | consent.ConsentRecorded
    | consent.ConsentWithdrawn
    | destruction.DestructionStarted
    | destruction.RecordDeed
    | destruction.RecordOutcome
    | destruction.RecordRestored
    | destruction.DestructionEnded
    | destruction.Certified
    | elsewhere.ElsewhereTold
    | accession.ExportOrdered
    | accession.RecordsExported
    | accession.TransferAccepted
    | restoring.ToBePutBack
    | restoring.PutBack
    | restoring.NotPutBack
    | HeadPublished
    | LedgerExported
    | deeds.Proved
    | deeds.Refused
    | deeds.Torn
)


class Entry(Struct, frozen=True, kw_only=True):
    """One entry. ``previous`` is the digest of the entry before it; ``by`` is a person's address, or an account.

    Of a signed act, ``statement`` is the very text that was signed and ``signature`` its SSH signature, armoured.
    ``salt`` keeps what an entry says from being guessed by whoever is shown its head only.
    """

    n: int
    at: datetime
    by: str
    body: Body
    previous: str
    rehearsal: bool = False
    statement: str = ""
    signature: str = ""
    salt: str = ""


class Link(Struct, frozen=True):
    """An entry and its digest: the SHA-256 of its head as it stands in the file."""

    entry: Entry
    digest: str


class Signed(Struct, frozen=True):
    """What is to be written as an entry; for an act that was signed, with its statement and signature."""

    body: Body
    statement: str = ""
    signature: str = ""


class Broken(ValueError):
    """The chain does not hold at this place."""


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the chain is made of. ``said`` is the SHA-256 of what the entry says."""

    n: int
    at: datetime
    previous: str
    said: str
    rehearsal: bool = False


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an entry says, who said it, for a signed act the statement and the signature, and some salt."""

    by: str
    body: Body
    statement: str = ""
    signature: str = ""
    salt: str = ""


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    digest: str
    head: msgspec.Raw = msgspec.Raw()
    said: msgspec.Raw = msgspec.Raw()
    entry: msgspec.Raw = msgspec.Raw()


_AFTER = len('{"digest":"') + 64
"""Where in a line its digest ends."""
_HEAD, _SAID, _ENTRY = b'","head":{', b'"},"said":{', b'","entry":{'
_line = msgspec.json.Decoder(_Line)
_head = msgspec.json.Decoder(Head)
_said = msgspec.json.Decoder(Said)
_first_form = msgspec.json.Decoder(Entry)


def write(entry: Entry) -> tuple[bytes, str]:
    """The entry's line for the file, newline included, and its digest."""
    said = msgspec.json.encode(
        Said(by=entry.by, body=entry.body, statement=entry.statement, signature=entry.signature, salt=entry.salt),
        order="sorted",
    )
    head = msgspec.json.encode(
        Head(n=entry.n, at=entry.at, previous=entry.previous, said=_sha256(said), rehearsal=entry.rehearsal),
        order="sorted",
    )
    digest = _sha256(head)
    return b'{"digest":"' + digest.encode() + b'","head":' + head + b',"said":' + said + b"}\n", digest


def unsaid(line: bytes) -> bytes:
    """The entry's line (without its newline) with what it says left out: the chain is checked over it all the same.

    Raises ``Broken`` for an entry of the first form, which has no head of its own and can only be shown whole.
    """
    whole = _line.decode(line)
    if not bytes(whole.head):
        raise Broken("an entry of the first form can only be shown whole")
    return b'{"digest":"' + whole.digest.encode() + b'","head":' + bytes(whole.head) + b"}"


def read(line: bytes, n: int, previous: str) -> Link:
    """The link that this line (without its newline) holds; raises ``Broken`` where it is not entry ``n``.

    The line is taken apart by places, not by a reader of JSON: of two keys of one name, or of a space between them,
    readers would make different things. So nothing may stand in it that the digests do not cover.
    """
    if line.startswith(_HEAD, _AFTER):
        end = line.find(_SAID, _AFTER) + 2
        whole, said = line[_AFTER + 9 : end], line[end + 8 : -1]
    else:
        end = len(line) if line.startswith(_ENTRY, _AFTER) else 1
        whole, said = line[_AFTER + 10 : -1], b""
    if end == 1 or not line.endswith(b"}}"):
        raise Broken(f"entry {n} is not in the form of a ledger entry")
    digest = sha256(whole).hexdigest()
    if not line.startswith(b'{"digest":"' + digest.encode()):
        raise Broken(f"entry {n} does not match its digest")
    try:
        entry = _joined(n, whole, said) if said else _first_form.decode(whole)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Broken(f"entry {n} cannot be read: {error}") from error
    if entry.n != n:
        raise Broken(f"entry {n} calls itself {entry.n}")
    if entry.previous != previous:
        raise Broken(f"entry {n} does not follow the entry before it")
    return Link(entry, digest)


def chain(lines: Iterable[bytes], n: int = 0, previous: str = GENESIS) -> Iterator[Link]:
    """Every link of these lines in order; raises ``Broken`` at the first that does not hold.

    A line cut off by a crash is passed over only where the very next entry says so and gives its digest; no entry says
    so of a line that is not there.
    """
    torn: tuple[str, Broken] | None = None
    for line in lines:
        try:
            link = read(line, n, previous)
        except Broken as broken:
            if torn:
                raise torn[1] from None
            torn = (_sha256(line), broken)
            continue
        body = link.entry.body
        if torn and not (isinstance(body, deeds.Torn) and body.line == torn[0]):
            raise torn[1]
        if torn is None and isinstance(body, deeds.Torn):
            raise Broken(f"entry {n} says that a line before it was cut off, and there is none")
        torn = None
        yield link
        n, previous = n + 1, link.digest
    if torn:
        raise torn[1]


def _joined(n: int, whole: bytes, said: bytes) -> Entry:
    head = _head.decode(whole)
    if sha256(said).hexdigest() != head.said:
        raise Broken(f"entry {n} does not match its digest")
    told = _said.decode(said)
    return Entry(
        n=head.n,
        at=head.at,
        by=told.by,
        body=told.body,
        previous=head.previous,
        rehearsal=head.rehearsal,
        statement=told.statement,
        signature=told.signature,
        salt=told.salt,
    )


def _sha256(data: bytes) -> str:
    return sha256(data).hexdigest()
