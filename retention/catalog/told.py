"""What the ledger tells of messages, records and copies, gathered entry by entry and compared with the catalog.

It lies in temporary tables that end with the connection; how the ledger is read is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from retention.catalog.opening import Connection
from retention.core.audit import Entry, Outcome, Stored, read, write
from retention.core.destruction import RecordOutcome
from retention.core.files_added import FilesDropped
from retention.core.preserved import CopyGone, Preserved, place_of
from retention.core.publication import HeadPublished

_BATCH = 5000
_TELLING = frozenset({Outcome, Stored, RecordOutcome, Preserved, CopyGone, FilesDropped, HeadPublished})
_MESSAGE = """INSERT INTO temp.told_messages VALUES (?, ?, ?, ?)
    ON CONFLICT (mailbox, id) DO UPDATE SET result = excluded.result, entry = excluded.entry"""
_PLACE = """INSERT INTO temp.told_places VALUES (?, ?, ?)
    ON CONFLICT (place, copy) DO UPDATE SET sidecar = excluded.sidecar"""
_DROPPED = "(messages.result IS 'dropped' AND mailboxes.id IN (SELECT value FROM json_each(?)))"
"""A message of files that the ledger says are no longer read."""
_SIGNED = "INSERT INTO temp.told_signed VALUES (?, ?, ?)"


class Misremembered(NamedTuple):
    """A message of which the catalog says something else than the ledger; ``n`` is its short number."""

    n: int
    ledger: str
    catalog: str


class Told:
    """``take`` is given the ledger's entries in order, and never needs more memory for many than for few.

    ``entries`` is how many were given, ``heads`` those that were published, each with the entry that says so.
    """

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.entries = 0
        self.heads: list[tuple[int, HeadPublished]] = []
        self._dropped: set[str] = set()
        self._waiting: dict[str, list[tuple[Any, ...]]] = {_MESSAGE: [], _PLACE: [], _SIGNED: []}
        self._count = 0

    def take(self, entry: Entry) -> None:
        """Take in one entry."""
        if entry.n == 0:
            self._begin()
        self.entries = entry.n + 1
        if entry.signature:
            self._note(_SIGNED, (entry.n, entry.previous, write(entry)[0]))
        if type(entry.body) in _TELLING:
            self._gather(entry)

    def _gather(self, entry: Entry) -> None:
        match entry.body:
            case Outcome(mailbox=mailbox, id=id_, result=result):
                self._note(_MESSAGE, (mailbox, id_, result, entry.n))
            case Stored(place=place, sidecar=sidecar):
                self._note(_PLACE, (place, False, sidecar))
            case RecordOutcome(place=place, result="destroyed"):
                self._note(_PLACE, (place, False, ""))
            case Preserved(place=place, sidecar=sidecar):
                self._note(_PLACE, (place, True, sidecar))
            case CopyGone(digests=digests):
                for digest in digests:
                    self._note(_PLACE, (place_of(digest), True, ""))
            case FilesDropped(id=id_):
                self._dropped.add(id_)
            case HeadPublished() as published:
                self.heads.append((entry.n, published))

    def misremembered(self) -> Iterator[Misremembered]:
        """Messages that the ledger says were taken out, and of which the catalog says something else."""
        self._flush()
        rows = self._db.execute(
            f"""SELECT messages.n, told.result, coalesce(messages.result, '')
            FROM temp.told_messages AS told JOIN mailboxes ON mailboxes.id = told.mailbox
            JOIN messages ON messages.mailbox = mailboxes.n AND messages.id = told.id
            WHERE told.result IN ('captured', 'purged') AND messages.result IS NOT told.result AND NOT {_DROPPED}
            ORDER BY told.entry""",
            [self._all_dropped],
        )
        yield from (Misremembered(*row) for row in rows)

    def untold(self) -> Iterator[tuple[str, str]]:
        """The id and the result of each message that the catalog says was taken out, and the ledger says nothing of."""
        self._flush()
        rows = self._db.execute(
            f"""SELECT messages.id, messages.result FROM messages JOIN mailboxes ON mailboxes.n = messages.mailbox
            WHERE left_at IS NOT NULL AND NOT {_DROPPED} AND NOT EXISTS (SELECT 1 FROM temp.told_messages AS told
                WHERE told.mailbox = mailboxes.id AND told.id = messages.id)""",
            [self._all_dropped],
        )
        yield from ((row[0], row[1]) for row in rows)

    def places(self, *, copies: bool) -> Iterator[tuple[str, str]]:
        """Each place of a record, or of a preservation copy, in order, and the digest of its sidecar as last told.

        The digest is empty where the ledger says that what was there is destroyed.
        """
        self._flush()
        rows = self._db.execute("SELECT place, sidecar FROM temp.told_places WHERE copy = ? ORDER BY place", [copies])
        yield from ((row[0], row[1]) for row in rows)

    def count(self) -> int:
        """How many places there are, of records and of copies."""
        self._flush()
        return int(self._db.execute("SELECT count(*) FROM temp.told_places").fetchone()[0])

    def signed(self) -> Iterator[Entry]:
        """Every signed entry, in order."""
        self._flush()
        for n, previous, line in self._db.execute("SELECT n, previous, line FROM temp.told_signed ORDER BY n"):
            yield read(line[:-1], n, previous).entry

    @property
    def _all_dropped(self) -> str:
        return msgspec.json.encode(sorted(self._dropped)).decode()

    def _begin(self) -> None:
        """Empty tables; in pages of their own, of which no more than a few are kept in memory."""
        for table, columns in (
            ("told_messages", "mailbox TEXT, id TEXT, result TEXT, entry INTEGER, PRIMARY KEY (mailbox, id)"),
            ("told_places", "place TEXT, copy INTEGER, sidecar TEXT, PRIMARY KEY (place, copy)"),
            ("told_signed", "n INTEGER PRIMARY KEY, previous TEXT, line BLOB"),
        ):
            self._db.execute(f"DROP TABLE IF EXISTS temp.{table}")
            self._db.execute(f"CREATE TEMP TABLE {table} ({columns}) WITHOUT ROWID")
        self._db.execute("PRAGMA temp.cache_size = -8192")
        self.heads.clear()
        self._dropped.clear()

    def _note(self, into: str, row: tuple[Any, ...]) -> None:
        self._waiting[into].append(row)
        self._count += 1
        if self._count >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        """One transaction that touches nothing but temporary tables: no other process has to wait for it."""
        if not self._count:
            return
        self._db.execute("BEGIN")
        for into, rows in self._waiting.items():
            self._db.executemany(into, rows)
            rows.clear()
        self._db.execute("COMMIT")
        self._count = 0
