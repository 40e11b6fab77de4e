"""The headers of a message that is built: those that came with it, and from its properties those that are missing.

How a header is written is not decided here, nor what follows the headers.
"""

from __future__ import annotations

import base64
import email.utils
from collections.abc import Iterator

from retention.mail.files.outlook import tags
from retention.mail.files.outlook.headers import line, people_line, text_line
from retention.mail.files.outlook.opened import Opened, categories_of, subject_of

IMPORTANCE: dict[int | None, str] = {0: "Low", 2: "High"}
SENSITIVITY: dict[int | None, str] = {1: "Personal", 2: "Private", 3: "Company-Confidential"}
LONGEST_INDEX = 600
"""Bytes of a conversation index that fit into a line; it grows by five with every answer."""


def header_lines(opened: Opened) -> bytes:
    """All header lines but those that say how the message is made up, which are the builder's own."""
    kept = [
        (name, value)
        for name, value in opened.fields
        if not name.lower().startswith("content-") and name.lower() != "mime-version"
    ]
    said = {name.lower() for name, _ in kept}
    own = b"".join(text for name, text in _own(opened, said) if name.lower() not in said)
    return b"".join(line(*each) for each in kept) + own + b"MIME-Version: 1.0\r\n"


def _own(opened: Opened, kept: set[str]) -> Iterator[tuple[str, bytes]]:
    item, said = opened.item, opened.item.properties
    yield from _people(opened, kept)
    if moment := said.instant(tags.SUBMITTED_AT) or said.instant(tags.DELIVERED_AT):
        yield "Date", line("Date", email.utils.format_datetime(moment))
    if names := tuple([(name.strip(), "") for name in said.text(tags.REPLY_TO_NAMES).split(";") if name.strip()]):
        yield "Reply-To", people_line("Reply-To", names)
    index = base64.b64encode(said.raw(tags.CONVERSATION_INDEX)[:LONGEST_INDEX]).decode("ascii")
    texts = {
        "Subject": subject_of(item),
        "Message-ID": said.text(tags.INTERNET_ID),
        "In-Reply-To": said.text(tags.IN_REPLY_TO),
        "References": said.text(tags.REFERENCES),
        "Keywords": ", ".join(categories_of(item)),
        "Thread-Topic": said.text(tags.CONVERSATION_TOPIC),
        "Thread-Index": index,
        "List-Unsubscribe": said.text(tags.UNSUBSCRIBE),
        "Importance": IMPORTANCE.get(said.number(tags.IMPORTANCE), ""),
        "Sensitivity": SENSITIVITY.get(said.number(tags.SENSITIVITY), ""),
        "X-Unsent": "1" if (said.number(tags.FLAGS) or 0) & tags.UNSENT else "",
        "X-Outlook-Message-Class": "" if item.kind == "IPM.Note" else item.kind,
    }
    yield from ((name, text_line(name, text)) for name, text in texts.items() if text.strip())


def _people(opened: Opened, kept: set[str]) -> Iterator[tuple[str, bytes]]:
    people = opened.people
    groups = (
        ("From", (people.author,)),
        ("Sender", (people.on_behalf,)),
        *(("To", people.to), ("Cc", people.cc), ("Bcc", people.bcc)),
    )
    for name, group in groups:
        # Thousands of recipients are not to be written only to be left out.
        if name.lower() in kept:
            continue
        if named := tuple([(each.name, each.address) for each in group if each is not None]):
            yield name, people_line(name, named)
