"""The rows of a page, as they are merged into what is known of messages.

What follows from a row that is missing is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from retention.catalog.opening import Connection
from retention.catalog.rows import MESSAGE_COLUMNS, message_values, text_of
from retention.core.message import Message

AT_ONCE = (64, 8, 1)
"""Messages in one statement. Where a row has triggers SQLite notes, for each statement, how to undo it alone: in
statements of many rows that is hardly seen, in those of one it takes as long as half the row."""
LONGEST_EARLIER = 16_000
"""Characters of earlier wordings of one message; of what is changed beyond these only that it was changed is kept."""

_TEXTS = ("subject", "preview", "attachments")
_PLACES = ("folder", "categories")
"""What a person files a message by."""


def _earlier(new: Mapping[str, str]) -> str:
    """What ``earlier`` becomes where a row says ``new``; a draft is written until it is sent, and says nothing yet.

    What is taken out of where a person had filed it counts as changed. A row that changes nothing costs a few
    comparisons.
    """
    said, places = (" OR ".join(f"{column} != {new[column]}" for column in group) for group in (_TEXTS, _PLACES))
    changed = f"""{said} OR ({places}) AND EXISTS
        (SELECT 1 FROM filings WHERE filings.n = messages.filed AND body LIKE '%"by_person":true%')"""
    wording = "json_array(subject, preview, json(attachments))"
    return f"""earlier = CASE WHEN NOT coalesce({changed}, FALSE) OR is_draft THEN earlier
        WHEN instr(coalesce(earlier, ''), {wording}) OR earlier LIKE '%[null,null,null]]' THEN earlier
        WHEN length(coalesce(earlier, '')) + length({wording}) > {LONGEST_EARLIER}
            THEN json_insert(coalesce(earlier, '[]'), '$[#]', json_array(NULL, NULL, NULL))
        ELSE json_insert(coalesce(earlier, '[]'), '$[#]', {wording}) END"""


_SAID = ", ".join(f"{column} = coalesce(excluded.{column}, {column})" for column in MESSAGE_COLUMNS[1:])


def _upsert(messages: int) -> str:
    """The statement that makes so many messages known, or adds to what is known of them.

    Its values are, for each message, the number of the mailbox, the run, the time and those of ``MESSAGE_COLUMNS``; and
    at the end the folder of deleted items. None has a name or a number: Python looks for each of those among all. A
    second row of one message is taken as if it came later.
    """
    row = f"({', '.join('?' * (3 + len(MESSAGE_COLUMNS)))})"
    return f"""
        INSERT INTO messages (mailbox, seen, first_seen_at, {", ".join(MESSAGE_COLUMNS)})
        VALUES {", ".join([row] * messages)}
        ON CONFLICT (mailbox, id) DO UPDATE SET {_SAID},
            {_earlier({column: f"excluded.{column}" for column in MESSAGE_COLUMNS})},
            seen = excluded.seen, pending = NULL, gone_at = NULL, filed = NULL,
            was_in = CASE WHEN folder = excluded.folder THEN was_in
                WHEN pending IS NULL AND gone_at IS NULL AND left_at IS NULL THEN folder END,
            result = iif(result = 'dropped', iif(place IS NULL, NULL, 'captured'), result),
            left_at = CASE WHEN coalesce(excluded.folder, folder) = ? THEN left_at END"""


_UPSERTS = {messages: _upsert(messages) for messages in AT_ONCE}
_GIVEN = {column: f"?{n}" for n, column in enumerate(MESSAGE_COLUMNS[1:], 1)}
_ADD = f"""
    UPDATE messages SET {", ".join(f"{column} = coalesce({value}, {column})" for column, value in _GIVEN.items())},
        {_earlier(_GIVEN)},
        filed = NULL WHERE mailbox = ?{len(_GIVEN) + 1} AND id = ?{len(_GIVEN) + 2}"""


def save(db: Connection, mailbox: int, run: int, at: datetime, deleted: str, messages: Sequence[Message]) -> None:
    """These messages lie in this mailbox, as they say; ``deleted`` is the id of its folder of deleted items."""
    first, said = 0, (mailbox, run, text_of(at))
    for together in AT_ONCE:
        while len(messages) - first >= together:
            rows = ((*said, *message_values(message)) for message in messages[first : first + together])
            db.execute(_UPSERTS[together], [*chain.from_iterable(rows), deleted])
            first += together


def add(db: Connection, mailbox: int, id_: str, said: Sequence[Any]) -> None:
    """What is said of a message, the values of ``MESSAGE_COLUMNS`` after its id, adds to what is known of it.

    It makes none known.
    """
    db.execute(_ADD, [*said, mailbox, id_])
