"""What a decision asks of every message that is in a mailbox, and no more of it.

Nothing is decided here. What a row holds is decoded by nobody who can do without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from retention.catalog.glimpses import look_columns
from retention.catalog.opening import Connection
from retention.catalog.rows import KNOWN, PRESENT, RECORD_THREAD, Known, known_of
from retention.core.message import Mailbox

Row = tuple[Any, ...]
"""``ASKED`` in its order, and behind it what ``look_of`` reads, where anything of that was asked for."""

ASKED = "n filed version received_at sent_at kind is_draft is_read trouble keys result digest conversation told".split()
"""``told``: whether a record lies in the conversation, or may; only of what is filed as was asked, else ``None``."""

_BATCH = 2000


class Deciding:
    """Reads only."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def rows(self, mailbox: Mailbox, threaded: Collection[int], fields: Collection[str] = ()) -> Iterator[list[Row]]:
        """Every message that is in this mailbox, in the order of their numbers, a batch at a time.

        ``threaded`` are the filings of which is asked what lies in the conversation, ``fields`` what else is asked of
        each message.
        """
        look = f", {look_columns(fields)}" if fields else ""
        told = f"CASE WHEN filed IN (SELECT value FROM json_each(?1)) THEN {RECORD_THREAD} END"
        cursor = self._db.execute(
            f"""SELECT {", ".join(ASKED[:-1])}, {told}{look} FROM messages INDEXED BY messages_present
            WHERE mailbox = (SELECT n FROM mailboxes WHERE id = ?2) AND {PRESENT} ORDER BY messages.n""",
            [msgspec.json.encode(tuple(threaded)).decode(), mailbox.id],
        )
        cursor.row_factory = None
        while rows := cursor.fetchmany(_BATCH):
            yield rows

    def known(self, mailbox: Mailbox, numbers: Collection[int]) -> tuple[Known, ...]:
        """All that is known of these messages of this mailbox, in the order of their numbers."""
        rows = self._db.execute(
            f"{KNOWN} WHERE messages.n IN (SELECT value FROM json_each(?)) ORDER BY messages.n",
            [msgspec.json.encode(tuple(numbers)).decode()],
        )
        return tuple(known_of(row, mailbox) for row in rows.fetchall())
