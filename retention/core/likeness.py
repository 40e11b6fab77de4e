"""Whether two messages are copies of one: mail that lies in a mailbox, in an old file and in a colleague's as well.

What is found alike is only told: neither copy is ever dropped, or decided, for the other's sake.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from retention.core.message import Message

_ANSWER = re.compile(r"^(?:\s*(?:re|fw|fwd|aw|wg|sv|tr)\s*(?:\[\d{1,3}\])?\s*:)+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SAID_ENOUGH = 3
"""So many words of a preview have to be there before two of them can be said to differ."""
_SHARED = 0.6
"""So much of the shorter preview has to be in the other: one system's is cut off elsewhere, or begins with a banner."""


def is_alike(one: Message, other: Message) -> bool:
    """Whether these are copies of one message, as far as what is known of them can tell.

    Two different Message-IDs are two messages. The same one alone is never enough, because some senders give all their
    mail the same; where one is missing, sender, second and subject have to be the same, and nothing else may differ.
    """
    mine, its = message_id(one), message_id(other)
    if mine and its and mine != its:
        return False
    same = (_same_sender(one, other), _same_second(one, other), _same_subject(one, other))
    if mine and its:
        return sum(same) >= 2
    return all(same) and not _differ_in_recipients(one, other) and not _differ_in_words(one, other)


def can_be_found(message: Message) -> bool:
    """Whether enough is known of it for a copy to be recognised at all."""
    return bool(message_id(message)) or bool(message.sent_at and message.sender)


def message_id(message: Message) -> str:
    """Its Message-ID without angle brackets, which some systems leave out."""
    return (message.internet_id or "").strip().removeprefix("<").removesuffix(">").strip()


def second_of(instant: datetime) -> tuple[datetime, datetime]:
    """The second in which it lies and the one after: a header tells no more, where another system counts in parts."""
    begins = instant.replace(microsecond=0)
    return begins, begins + timedelta(seconds=1)


def plain_subject(subject: str) -> str:
    """The subject without what an answer puts before it; capitals and spaces do not count."""
    return " ".join(_ANSWER.sub("", subject, count=1).casefold().split())


def _same_sender(one: Message, other: Message) -> bool:
    """A name of an old directory (``/o=…``), or a name without an address, tells nothing of an address."""
    return bool(one.sender and other.sender) and (one.sender or "").casefold() == (other.sender or "").casefold()


def _same_second(one: Message, other: Message) -> bool:
    if one.sent_at is None or other.sent_at is None:
        return False
    return second_of(one.sent_at) == second_of(other.sent_at)


def _same_subject(one: Message, other: Message) -> bool:
    if one.subject is None or other.subject is None:
        return False
    return plain_subject(one.subject) == plain_subject(other.subject)


def _differ_in_recipients(one: Message, other: Message) -> bool:
    """Hidden recipients are shown to the sender only, and say nothing."""
    mine, its = _recipients(one), _recipients(other)
    return bool(mine and its) and mine != its


def _recipients(message: Message) -> frozenset[str]:
    """Empty where one of them is known by a name only: what is not known cannot differ."""
    everybody = frozenset(address.casefold() for address in (*(message.to or ()), *(message.cc or ())))
    return everybody if all("@" in address for address in everybody) else frozenset()


def _differ_in_words(one: Message, other: Message) -> bool:
    mine, its = _words(one), _words(other)
    fewer = min(len(mine), len(its))
    return fewer >= _SAID_ENOUGH and len(mine & its) < _SHARED * fewer


def _words(message: Message) -> frozenset[str]:
    return frozenset(_WORD.findall((message.preview or "").casefold()))
