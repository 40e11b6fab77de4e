"""Files of mail that are no longer read: their messages have left us, and nothing of them is waited for.

Which files these are, the ledger says; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from retention.catalog.opening import Connection
from retention.catalog.rows import KNOWN, Known, known_of, text_of
from retention.core.message import FILES, Mailbox

_BATCH = 2000
_FACT = "files dropped "
"""What the fact begins with that says so of a mailbox; its id follows."""
DROPPED = f"mailboxes.id IN (SELECT substr(key, {len(_FACT) + 1}) FROM facts WHERE key LIKE '{_FACT}%')"
"""Mailboxes that are files which are no longer read."""


class Drops:
    """What of the catalog has to do with files that are no longer read."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def there(self, mailbox: Mailbox) -> Iterator[Known]:
        """Every message that may be in this mailbox, also one that is missed and not yet gone, a batch at a time."""
        last = 0
        while True:
            rows = self._db.execute(
                f"""{KNOWN} WHERE messages.mailbox = (SELECT n FROM mailboxes WHERE id = ?) AND messages.n > ?
                AND gone_at IS NULL AND left_at IS NULL ORDER BY messages.n LIMIT {_BATCH}""",
                [mailbox.id, last],
            ).fetchall()
            yield from (known_of(row, mailbox) for row in rows)
            if len(rows) < _BATCH:
                return
            last = rows[-1]["n"]

    def agree(self, dropped: Mapping[str, str], at: datetime) -> None:
        """Have the catalog say of all files what the ledger says: which are no longer read, and why, by their ids.

        What is marked already stays as it is. What is dropped no more is read from its beginning when it is read next,
        and a message of it is present again once it is met there.
        """
        with self._db.writing():
            marked = {row["id"] for row in self._db.execute(f"SELECT id FROM mailboxes WHERE {DROPPED}")}
            known = {row["id"] for row in self._db.execute("SELECT id FROM mailboxes WHERE kind = ?", [FILES])}
            for id_ in known & dropped.keys() - marked:
                self._mark(id_, dropped[id_], at)
            self._db.executemany(
                "DELETE FROM facts WHERE key = ?", [(f"{_FACT}{id_}",) for id_ in marked - dropped.keys()]
            )

    def _mark(self, id_: str, answer: str, at: datetime) -> None:
        """The digest and the place of a record that was captured stay: it is the record's all the same."""
        n = self._db.execute("SELECT n FROM mailboxes WHERE id = ?", [id_]).fetchone()["n"]
        self._db.execute(
            """UPDATE messages SET result = 'dropped', answer = ?, left_at = ?, pending = NULL, was_in = NULL
            WHERE mailbox = ? AND gone_at IS NULL AND left_at IS NULL""",
            [answer, text_of(at), n],
        )
        # A cursor would say of files that are added again that nothing in them is new.
        self._db.execute(
            "UPDATE folders SET cursor = NULL, again = 1, restarted = 0, trouble = '' WHERE mailbox = ?", [n]
        )
        self._db.execute("UPDATE mailboxes SET trouble = '', read_at = NULL WHERE n = ?", [n])
        self._db.execute("INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)", [f"{_FACT}{id_}", answer])
