"""What a record store takes: one message, with a series decision of its own.

Where it is then kept is not known here.
"""

from __future__ import annotations

import hashlib
import re

from retention.core.record import Record
from retention.errors import NotOneRecord, RecordMismatch

LOOK = "Do not delete anything; restore the file from a copy and compare."
"""What to do about a record that is not as it was written."""
_OUTLOOK = b"!BDN"
"""How a ``.pst`` and an ``.ost`` begin ([MS-PST] 2.2.2.6)."""
_NEXT = re.compile(rb"\n\r?\nFrom [^\r\n]+ \d\d:\d\d[^\r\n]*\r?\n[!-9;-~]+:[ \t]")
"""The second message of an mbox: after an empty line its postmark, and a header right below (RFC 4155)."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def refuse_bulk(record: Record, content: bytes) -> None:
    """Raise ``NotOneRecord`` for anything but one message with its own series: a policy allows no bulk.

    One message that a mail program had kept with its postmark is still one message.
    """
    if not (record.series.strip() and record.schedule.strip()):
        raise NotOneRecord(
            f"The record {record.digest} has no series of a schedule.",
            "Nothing was written; decide its series first (`retention review list`).",
        )
    if content.startswith(_OUTLOOK):
        raise _bulk(record, "an Outlook data file")
    if content.startswith(b"From ") and _NEXT.search(content):
        raise _bulk(record, "a mailbox file (mbox) of several messages")
    if sha256(content) != record.digest:
        raise RecordMismatch(
            f"The bytes for the record {record.place} do not match its digest.", "Nothing was written."
        )


def _bulk(record: Record, what: str) -> NotOneRecord:
    return NotOneRecord(
        f"The bytes for the record {record.digest} are {what}, no single message.",
        "Nothing was written; keep each of its messages as a record of its own.",
    )
