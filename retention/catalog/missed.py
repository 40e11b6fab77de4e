"""Messages newly found gone, kept until somebody has asked whether a hold covers them.

Whether one does is not decided here, nor is it told here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from retention.catalog.opening import Connection
from retention.catalog.rows import KNOWN, Known, known_of, text_of
from retention.core.message import Mailbox

_BATCH = 500


class Missed(Struct, frozen=True):
    """A message that was found gone, and when it was last known to be in its mailbox."""

    known: Known
    seen_at: datetime


class MissedMessages:
    """What was found gone and is not told yet. It is noted with the finding in one transaction: no crash loses one."""

    def __init__(self, db: Connection, mailboxes: Callable[[], tuple[Mailbox, ...]]) -> None:
        self._db = db
        self._mailboxes = mailboxes

    def settle(self, mailbox: int, at: datetime) -> int:
        """Every folder of this mailbox was read: what is still missed is gone. Returns how many are newly gone."""
        # A reading from the beginning misses again what was gone long before: it is not gone anew.
        newly = "mailbox = ? AND pending IS NOT NULL AND gone_at IS NULL AND left_at IS NULL"
        with self._db.writing():
            # What a reading to the end did not miss was there when it began: mostly later than its row was last sent.
            read = self._db.execute(
                """SELECT max(started_at) FROM runs JOIN mailboxes ON started_at <= read_at
                WHERE job = 'sync' AND mailboxes.n = ?""",
                [mailbox],
            ).fetchone()[0]
            self._db.execute(
                f"""INSERT OR REPLACE INTO missed (n, seen_at) SELECT n, max(first_seen_at, ?,
                    coalesce((SELECT started_at FROM runs WHERE runs.n = seen), '')) FROM messages WHERE {newly}""",
                [read or "", mailbox],
            )
            return self._db.execute(f"UPDATE messages SET gone_at = ? WHERE {newly}", [text_of(at), mailbox]).rowcount

    def untold(self) -> Iterator[tuple[Missed, ...]]:
        """What is not told yet, a batch at a time. What came back since, or was taken out by us, is forgotten."""
        last = 0
        while noted := self._noted(last):
            marks, last = ", ".join("?" * len(noted)), max(noted)
            rows = self._db.execute(
                f"""{KNOWN} WHERE messages.n IN ({marks}) AND gone_at IS NOT NULL AND left_at IS NULL
                ORDER BY messages.n""",
                list(noted),
            ).fetchall()
            self.told(noted.keys() - {row["n"] for row in rows})
            by_number = self._by_number()
            yield tuple(Missed(known_of(row, by_number[row["mailbox"]]), noted[row["n"]]) for row in rows)

    def told(self, numbers: Iterable[int]) -> None:
        """These messages, by their short numbers, need not be asked about again."""
        with self._db.writing():
            self._db.executemany("DELETE FROM missed WHERE n = ?", [(n,) for n in numbers])

    def _noted(self, after: int) -> dict[int, datetime]:
        rows = self._db.execute(f"SELECT n, seen_at FROM missed WHERE n > ? ORDER BY n LIMIT {_BATCH}", [after])
        return {row["n"]: datetime.fromisoformat(row["seen_at"]) for row in rows}

    def _by_number(self) -> dict[int, Mailbox]:
        numbers = {row["id"]: row["n"] for row in self._db.execute("SELECT id, n FROM mailboxes")}
        return {numbers[mailbox.id]: mailbox for mailbox in self._mailboxes()}
