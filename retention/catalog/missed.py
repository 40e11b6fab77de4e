"""Messages newly found gone, kept until somebody has asked whether a hold covers them; and those that only moved.

Whether a hold does is not decided here, nor is it told here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from retention.catalog import pages
from retention.catalog.moved import Move, moves
from retention.catalog.opening import Connection
from retention.catalog.rows import KNOWN, MESSAGE_COLUMNS, PRESENT, Known, known_of, text_of
from retention.core.message import Mailbox

_BATCH = 500
_KNOWN = "messages known of mailbox {}"
"""The fact that says how far the numbers of messages reached when a mailbox was last read to its end."""
_ROW = ", ".join(MESSAGE_COLUMNS)


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
        """Every folder of this mailbox was read: what is still missed is gone, or has moved and has another id now.

        Returns how many are newly gone.
        """
        # A reading from the beginning misses again what was gone long before: it is not gone anew.
        newly = "mailbox = ? AND pending IS NOT NULL AND gone_at IS NULL AND left_at IS NULL"
        with self._db.writing():
            self._follow(mailbox)
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

    def _follow(self, mailbox: int) -> None:
        """Where ids die with a move, what is missed and newly lies in another folder goes on under its new id.

        Both must be certain: that the one was known before it was missed, and that the other came after the one was
        last known to be there. Of two equal messages that were there together, one that vanishes has not become the
        other.
        """
        known = self._known(mailbox)
        pending = "SELECT EXISTS (SELECT 1 FROM messages WHERE mailbox = ? AND pending IS NOT NULL)"
        if known is not None and self._db.execute(pending, [mailbox]).fetchone()[0]:
            for ours in (True, False):
                for move in moves(self._db, mailbox, known, ours=ours):
                    self._join(mailbox, move)
        self._db.execute(
            "INSERT OR REPLACE INTO facts (key, value) SELECT ?, coalesce(max(n), 0) FROM messages",
            [_KNOWN.format(mailbox)],
        )

    def _known(self, mailbox: int) -> int | None:
        """The last message that was known when this mailbox was last read to its end; ``None`` where it never was."""
        row = self._db.execute("SELECT value FROM facts WHERE key = ?", [_KNOWN.format(mailbox)]).fetchone()
        return int(row["value"]) if row else None

    def _join(self, mailbox: int, move: Move) -> None:
        """Two rows of one message become the first of them, with all that was decided and known of it.

        What a person decided for it follows only where the move is ``certain``: of two that are alike each may have
        been decided otherwise, and is found by its Message-ID as any copy is.
        """
        missed, new = move.missed, move.new
        done = "pending, seen, earlier, result, answer, digest, place"
        row = tuple(self._db.execute(f"SELECT {_ROW}, {done} FROM messages WHERE n = ?", [new]).fetchone())
        (id_, *said), after = row[: len(MESSAGE_COLUMNS)], row[len(MESSAGE_COLUMNS) :]
        if move.certain:
            self._db.execute(
                "INSERT OR REPLACE INTO former_ids SELECT mailbox, id, n FROM messages WHERE n = ?", [missed]
            )
            self._db.execute(
                """UPDATE OR IGNORE reviews SET id = ?1 WHERE id = (SELECT id FROM messages WHERE n = ?2)
                AND mailbox = (SELECT id FROM mailboxes WHERE n = ?3)""",
                [id_, missed, mailbox],
            )
        self._db.execute("DELETE FROM messages WHERE n = ?", [new])
        self._db.execute(
            """UPDATE messages SET id = ?, was_in = NULL, pending = ?, seen = ?, earlier = coalesce(earlier, ?),
                result = coalesce(?, result), answer = coalesce(?, answer), digest = coalesce(?, digest),
                place = coalesce(?, place) WHERE n = ?""",
            [id_, *after, missed],
        )
        pages.add(self._db, mailbox, id_, said)

    def is_seen_twice(self, mailbox: Mailbox) -> bool:
        """Whether a new message has the Message-ID of one that was known: it may have moved while folders were read."""
        n = self._db.execute("SELECT n FROM mailboxes WHERE id = ?", [mailbox.id]).fetchone()[0]
        known = self._known(n)
        if known is None:
            return False
        row = self._db.execute(
            f"""SELECT EXISTS (SELECT 1 FROM (SELECT internet_id FROM messages
                    WHERE mailbox = ?1 AND n > ?2 AND internet_id != '' AND {PRESENT}) AS new
                JOIN messages USING (internet_id) WHERE mailbox = ?1 AND n <= ?2 AND {PRESENT})""",
            [n, known],
        ).fetchone()
        return bool(row[0])

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
