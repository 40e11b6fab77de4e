"""Holds: does this hold cover this message?

A hold is a question asked again each time, never a list of messages; who may place one is not decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from retention.core.authority import HoldKind
from retention.core.message import Mailbox, Message
from retention.core.words import words


class Scope(Struct, frozen=True, kw_only=True):
    """What a hold covers: every condition that is given must be met, by any one of its values.

    ``custodians`` are mailbox addresses and ``mailboxes`` their ids, so that a renamed mailbox stays held.
    ``participants`` are addresses, or ``@domain`` with all below it. ``words`` are looked for, as whole words, in the
    subject and the preview, which is the beginning of the text. Dates are the city's, both ends included, and are
    compared with the day received and the day sent.
    """

    custodians: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    first_on: date | None = None
    last_on: date | None = None

    @property
    def is_empty(self) -> bool:
        return self == Scope()


class Hold(Struct, frozen=True, kw_only=True):
    """The suspension of every deletion within ``scope``. ``name`` is short and unique; ``matter`` says what for."""

    name: str
    matter: str
    kind: HoldKind
    reason: str
    scope: Scope
    placed_at: datetime
    placed_by: str


def covering(hold: Hold, message: Message, mailbox: Mailbox, zone: ZoneInfo) -> str | None:
    """Why this hold covers this message, as the end of a sentence; ``None`` only where it certainly does not.

    A condition that cannot be judged, because the message is unreadable, encrypted or undated, counts as met.
    """
    answers = []
    for answer in _answers(hold.scope, message, mailbox, zone):
        if answer is None:
            return None
        answers.append(answer)
    return " and ".join(answers)


def fingerprint(holds: Iterable[Hold]) -> str:
    """A digest of the whole set of holds, in any order."""
    parts = sorted(msgspec.json.encode(hold, order="sorted") for hold in holds)
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _answers(scope: Scope, message: Message, mailbox: Mailbox, zone: ZoneInfo) -> Iterable[str | None]:
    if scope.custodians or scope.mailboxes:
        yield _custodian(scope, mailbox)
    if scope.first_on or scope.last_on:
        yield _dates(scope, message, zone)
    if scope.participants:
        yield _participants(scope, message, mailbox)
    if scope.words:
        yield _words(scope, message)


def _custodian(scope: Scope, mailbox: Mailbox) -> str | None:
    held = set(mailbox.addresses) & set(scope.custodians) or mailbox.id in scope.mailboxes
    return f"it is in the mailbox of {mailbox.address}" if held else None


def _dates(scope: Scope, message: Message, zone: ZoneInfo) -> str | None:
    for word, instant in (("received", message.received_at), ("sent", message.sent_at)):
        if instant is not None:
            day = instant.astimezone(zone).date()
            if (scope.first_on or date.min) <= day <= (scope.last_on or date.max):
                return f"it was {word} on {day}"
    return "its date cannot be judged" if message.received_at is None or message.sent_at is None else None


def _participants(scope: Scope, message: Message, mailbox: Mailbox) -> str | None:
    """Whoever the message names, and whose mailbox it lies in: a blind copy or a list names nobody of them."""
    named = (*message.participants, *mailbox.addresses)
    for address in named:
        if _names(scope.participants, address):
            return f"it names {address}"
    unsaid = message.trouble or not message.sender or None in (message.to, message.cc, message.bcc)
    # An address without a domain (of an old directory, or of nobody) says not who it is.
    unclear = unsaid or any("@" not in address for address in named)
    return "the people in it cannot be judged" if unclear else None


def _names(participants: tuple[str, ...], address: str) -> bool:
    """Whether an address is one of these, whatever follows a plus in its name, or lies in one of these domains."""
    local, _, domain = address.rpartition("@")
    spelt = {address, f"{local.partition('+')[0]}@{domain}"}
    above = {f"@{domain}", *(f"@{domain[at + 1 :]}" for at, c in enumerate(domain) if c == ".")}
    return any(participant in spelt or participant in above for participant in participants)


def _words(scope: Scope, message: Message) -> str | None:
    text = words(message.subject or "") + words(message.preview or "")
    for phrase in scope.words:
        if _phrase(phrase) in text:
            return f"it says '{phrase}'"
    unsaid = message.trouble or message.subject is None or not message.preview or is_encrypted(message)
    return "its words cannot be judged" if unsaid else None


def is_encrypted(message: Message) -> bool:
    """Whether the message class says that the text cannot be read without a key."""
    return any(mark in (message.kind or "").upper() for mark in ("SMIME", "RPMSG"))


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> str:
    return words(phrase)
