"""Published heads against the ledger: a ledger that was cut, reordered or rewritten since does not agree with them.

What a head is, and when a ledger agrees with it, is in ``core/publication.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from retention.core.publication import HeadPublished, disagreement
from retention.errors import LedgerBroken, TimestampMissing
from retention.ledger import Ledger
from retention.packet.published import Filed
from retention.stamping import Stamp


class Stamps(Protocol):
    """What asks for timestamps and checks them."""

    def ask(self, data: bytes) -> Stamp: ...
    def check(self, token: bytes, data: bytes) -> Stamp: ...


class Heads(Struct, frozen=True, kw_only=True):
    """How many heads the ledger agrees with, how many timestamps hold, and what could not be checked."""

    agreed: int
    stamped: int
    open: tuple[str, ...]


def check_heads(
    ledger: Ledger, filed: Iterable[Filed], told: Iterable[tuple[int, HeadPublished]], stamps: Stamps | None
) -> Heads:
    """Check every head in a file, and every one that the ledger itself tells of, each with the entry that does.

    Raises ``LedgerBroken`` naming the head and the entry, also where a timestamp does not hold.
    """
    found = tuple(filed)
    for each in found:
        _check(ledger, each)
    by_digest = {hashlib.sha256(one.data).hexdigest(): one for one in found}
    missing = 0
    for n, published in told:
        if published.entries > n or not ledger.had(published.entries, published.digest):
            raise LedgerBroken(
                f"The ledger {ledger.path} is broken: the head that entry {n} tells of was never its own.", _NEXT
            )
        one = by_digest.get(published.head)
        missing += one is None
        if one is not None and published.token:
            _check_token(n, published, one)
    tokens = [each for each in found if each.token]
    stamped = sum(_holds(each, stamps) for each in tokens) if stamps is not None else 0
    unchecked = len(tokens) - stamped
    open_ = []
    if missing:
        open_.append(f"{missing} published heads that the ledger tells of are not in a file here.")
    if unchecked:
        open_.append(f"{unchecked} timestamps were not checked: 'audit.timestamp_certificates' is not set.")
    return Heads(agreed=len(found), stamped=stamped, open=tuple(open_))


_NEXT = "Nothing was done; restore the ledger from a copy and compare."


def _check(ledger: Ledger, one: Filed) -> None:
    entries, _ = ledger.head
    why = disagreement(one.head, ledger.founded, ledger.rehearsal, entries, ledger.had)
    if why is not None:
        raise LedgerBroken(
            f"The ledger {ledger.path} does not agree with the published head {one.path.name}: {why}.", _NEXT
        )


def _check_token(n: int, published: HeadPublished, one: Filed) -> None:
    """The token beside a head must be the one that was put there."""
    if hashlib.sha256(one.token).hexdigest() != published.token:
        what = "is not the one" if one.token else "is missing"
        raise LedgerBroken(
            f"The timestamp of the published head {one.path.name} {what} that entry {n} tells of.",
            "Restore it from a copy.",
        )


def _holds(one: Filed, stamps: Stamps) -> bool:
    try:
        stamps.check(one.token, one.data)
    except TimestampMissing as error:
        raise LedgerBroken(
            f"The timestamp of the published head {one.path.name} does not hold: {error.message}",
            "Restore both from a copy, and ask who changed them.",
        ) from error
    return True
