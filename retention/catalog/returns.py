"""Messages that were put back into their mailbox: where they lay before, and that they are present again.

How one is put back is not known here, and nothing is told to the ledger.
"""

from __future__ import annotations

from retention.catalog.opening import Connection
from retention.core.message import Folder, MessageRef


class Returns:
    """What of the catalog has to do with putting back. What was filed and decided of a message stays as it was."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def left_from(self, ref: MessageRef) -> Folder | None:
        """The folder in which it lay when it was taken out; ``None`` where that one is no longer known."""
        row = self._db.execute(
            "SELECT coalesce(left_from, folder) FROM messages WHERE id = ? AND mailbox = "
            "(SELECT n FROM mailboxes WHERE id = ?)",
            [ref.id, ref.mailbox],
        ).fetchone()
        return self.folder(ref.mailbox, row[0]) if row and row[0] else None

    def folder(self, mailbox: str, id_: str) -> Folder | None:
        """A folder of this mailbox as it was last listed."""
        row = self._db.execute(
            "SELECT * FROM folders WHERE id = ? AND mailbox = (SELECT n FROM mailboxes WHERE id = ?)", [id_, mailbox]
        ).fetchone()
        if row is None:
            return None
        return Folder(id=row["id"], path=row["path"], hidden=bool(row["hidden"]), well_known=row["well_known"])

    def mark(self, ref: MessageRef, now: str, folder: str) -> None:
        """The message is present again, in this folder and under the id ``now``; marked again it stays so.

        Where a sync has met it under its new id by then, that row is the message: this one stays as one that left.
        """
        with self._db.writing():
            self._db.execute(
                """UPDATE messages SET id = ?1, folder = ?2, left_at = NULL, gone_at = NULL, pending = NULL,
                    was_in = NULL
                WHERE id = ?3 AND mailbox = (SELECT n FROM mailboxes WHERE id = ?4)
                    AND coalesce(left_at, gone_at) IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM messages AS other WHERE other.mailbox = messages.mailbox
                        AND other.id = ?1 AND other.n != messages.n)""",
                [now, folder, ref.id, ref.mailbox],
            )
