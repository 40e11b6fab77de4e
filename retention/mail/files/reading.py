"""A message of MIME as it is told to the jobs: from its bytes, in flat memory, and never with an error.

Where the bytes come from is not known here.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from retention.core.message import Message, Source
from retention.core.mime import Address, Facts, head_of, read_facts, safely
from retention.mail.files.hidden import Hidden
from retention.mail.files.thinning import Thinned
from retention.mail.origin import origin_of

ENCRYPTED = "IPM.Note.SMIME"
"""Stands for all mail that nobody reads without a key: it is what the holds know it by."""
_INDEX_HEADER = 22
"""Bytes of a conversation index that all messages of one conversation share ([MS-OXOMSG] 2.2.1.3)."""
_MADE_BY_A_PERSON_YET_UNSENT = ("x-unsent", "x-mozilla-draft-info")
_STATUS = re.compile(r"\n(?i:(status):[ \t]*([A-Za-z]*)|(x-mozilla-status):[ \t]*([0-9a-f]{1,4}))[ \t]*(?=\r?\n|$)")
_NEEDED = frozenset({"from", "sender", "to", "cc", "bcc", "date", "received", "subject", "message-id", "return-path"})


class Told(Struct, frozen=True, kw_only=True):
    """What the container itself says of a message. ``None``: it does not say.

    ``in_headers``: it writes its marks into the message's headers, where nobody else's mail says anything of them.
    """

    received_at: datetime | None = None
    is_read: bool | None = None
    is_draft: bool | None = None
    in_headers: bool = False


def message_of(at: str, content: Iterable[bytes], source: Source, told: Told | None = None) -> Message:
    """The message whose bytes these are, as a container tells it. What ``content`` raises passes through."""
    digest, thinned, hidden, size = hashlib.sha256(), Thinned(), Hidden(), 0
    for piece in content:
        digest.update(piece)
        thinned.feed(piece)
        hidden.feed(piece)
        size += len(piece)
    kept = thinned.finish()
    facts, head = read_facts(kept), safely(lambda: head_of(kept), "")
    told = told or Told()
    is_read = _read_by_headers(head) if told.in_headers else told.is_read
    author, sender = _address(facts.author), _address(facts.sender)
    return Message(
        mailbox="",
        id=at,
        version=digest.hexdigest(),
        source=source,
        internet_id=facts.internet_id,
        conversation=_conversation(facts),
        subject=facts.subject,
        sender=author or sender,
        to=_addresses(facts.to),
        cc=_addresses(facts.cc),
        bcc=_addresses(facts.bcc),
        # The line before a message in an mbox may say when somebody exported it: it counts where nothing else does.
        received_at=facts.latest_at or told.received_at,
        sent_at=facts.sent_at,
        size=size,
        kind=ENCRYPTED if facts.is_encrypted and facts.kind == "IPM.Note" else facts.kind,
        categories=(),
        has_attachments=facts.has_attachments,
        is_draft=bool(told.is_draft) or not facts.headers.isdisjoint(_MADE_BY_A_PERSON_YET_UNSENT),
        is_read=is_read,
        preview=facts.preview,
        trouble=_trouble(size, facts, thinned.cut) or hidden.trouble(kept),
        attachments=tuple(each.name for each in facts.attached),
        linked=tuple(each.name for each in facts.attached if each.is_link),
        origin=origin_of(head),
        on_behalf=sender if author and sender != author else "",
        sensitivity=facts.sensitivity,
    )


def unread(at: str, source: Source, why: str) -> Message:
    """A message that is there and cannot be read."""
    return Message(mailbox="", id=at, version="", source=source, trouble=why)


def _read_by_headers(head: str) -> bool | None:
    """By the marks that mail programs keep in an mbox: mutt's and Pine's ``Status``, and Mozilla's in hexadecimal."""
    found = _STATUS.search("\n" + head)
    if found is None:
        return None
    return "R" in found[2] if found[1] else int(found[4], 16) & 1 == 1


def _trouble(size: int, facts: Facts, cut: bool) -> str | None:
    """Why nobody may rely on what was told of it."""
    if not size:
        return "it is empty"
    if cut:
        return "its headers or its parts are too many to be read"
    if not facts.whole:
        return "its parts cannot be told from each other"
    return None if facts.headers & _NEEDED else "it has none of the headers that mail has"


def _conversation(facts: Facts) -> str:
    """Which conversation: the head of Outlook's index, as mail systems tell it; without one, the bare subject's."""
    index = safely(lambda: base64.b64decode(facts.thread_index, validate=True), b"")
    return index[:_INDEX_HEADER].hex() if len(index) >= _INDEX_HEADER else facts.conversation


def _address(person: Address | None) -> str:
    """The address; a name where that is all there is."""
    return (person[1] or person[0]).lower() if person else ""


def _addresses(people: tuple[Address, ...]) -> tuple[str, ...]:
    return tuple(_address(person) for person in people)
