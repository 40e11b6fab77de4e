"""What is asked of the catalog afterwards: how long mail lay exposed, and what else was in a conversation by a day.

Nothing is written here, and what follows from the answers is decided elsewhere.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct, field

from retention.catalog.opening import Connection
from retention.catalog.rows import MESSAGE, PRESENT, instant_of, message_of
from retention.core.message import Mailbox, Message

_BATCH = 2000
_RECORDS = "(SELECT n FROM filings WHERE record AND json_extract(body, '$.series_key') IS NOT NULL)"
"""The filings under a series whose mail is captured; what may be a record and has no series waits for a person."""


class Exposed(Struct, kw_only=True):
    """One mailbox: for how many seconds each captured record lay in it before, in no order, and what is not captured.

    ``undated`` records were captured without a date of receipt. ``waiting`` messages are filed as records and still
    lie in the mailbox, the first of them received at ``waiting_since``. ``gone`` messages went without our doing, of
    which ``gone_records`` were filed as records; ``gone_since`` is when the first of all these was missed.
    """

    mailbox: Mailbox
    seconds: array[int] = field(default_factory=lambda: array("q"))
    undated: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    gone: int = 0
    gone_records: int = 0
    gone_since: datetime | None = None


class Hindsight:
    """Reads only."""

    def __init__(
        self,
        db: Connection,
        mailboxes: Callable[[], tuple[Mailbox, ...]],
        paths: Callable[[Mailbox], dict[str, str]],
    ) -> None:
        self._db = db
        self._mailboxes = mailboxes
        self._paths = paths

    def exposed(self) -> tuple[Exposed, ...]:
        """Every mailbox, in the order of the addresses."""
        found = {n: Exposed(mailbox=mailbox) for n, mailbox in self._numbered().items()}
        self._captured(found)
        for row in self._db.execute(
            f"""SELECT mailbox, count(*) AS messages, min(received_at) AS since FROM messages
            INDEXED BY messages_present WHERE {PRESENT} AND filed IN {_RECORDS}
                AND NOT (result IS 'captured' AND digest IS version) GROUP BY mailbox"""
        ):
            one = found[row["mailbox"]]
            one.waiting, one.waiting_since = row["messages"], instant_of(row["since"])
        for row in self._db.execute(
            f"""SELECT mailbox, count(*) AS messages, sum(filed IN {_RECORDS}) AS records, min(gone_at) AS since
            FROM messages WHERE gone_at IS NOT NULL AND left_at IS NULL GROUP BY mailbox"""
        ):
            one = found[row["mailbox"]]
            one.gone, one.gone_records = row["messages"], row["records"] or 0
            one.gone_since = instant_of(row["since"])
        return tuple(sorted(found.values(), key=lambda one: one.mailbox.address))

    def _captured(self, found: dict[int, Exposed]) -> None:
        cursor = self._db.execute(
            """SELECT mailbox, CAST(round((julianday(left_at) - julianday(received_at)) * 86400) AS INTEGER)
            FROM messages WHERE left_at IS NOT NULL AND result = 'captured'"""
        )
        cursor.row_factory = None
        while rows := cursor.fetchmany(_BATCH):
            for n, seconds in rows:
                if seconds is None:
                    found[n].undated += 1
                else:
                    # A sender's clock may be wrong: nothing is captured before it was received.
                    found[n].seconds.append(max(0, seconds))

    def conversation(self, conversation: str, known_by: datetime) -> Iterator[tuple[Mailbox, Message]]:
        """Every message of this conversation that had been read by then in any mailbox, as it is when it is filed."""
        boxes = self._numbered()
        paths = {n: self._paths(mailbox) for n, mailbox in boxes.items()}
        rows = self._db.execute(
            f"SELECT {MESSAGE}, mailbox, first_seen_at FROM messages WHERE conversation = ? ORDER BY n", [conversation]
        )
        for row in rows:
            *values, box, first_seen = row
            if datetime.fromisoformat(first_seen) <= known_by:
                yield boxes[box], message_of(values, boxes[box].id, paths[box])

    def _numbered(self) -> dict[int, Mailbox]:
        numbers = {row["id"]: row["n"] for row in self._db.execute("SELECT id, n FROM mailboxes")}
        return {numbers[mailbox.id]: mailbox for mailbox in self._mailboxes()}
