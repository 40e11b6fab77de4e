"""What we know: the catalog of mailboxes, folders and messages in SQLite.

The ledger, not the catalog, is the evidence: every row here can be had again by syncing and reading the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from retention.catalog import pages
from retention.catalog.coverage import Coverage
from retention.catalog.deciding import Deciding
from retention.catalog.figures import Figures
from retention.catalog.filings import Filings, Unfiled
from retention.catalog.glimpses import Glimpse, Glimpses, Standing
from retention.catalog.hindsight import Exposed, Hindsight
from retention.catalog.missed import Missed, MissedMessages
from retention.catalog.opening import open_database
from retention.catalog.records import Records
from retention.catalog.returns import Returns
from retention.catalog.rows import (
    KNOWN,
    PRESENT,
    Known,
    known_of,
    mailbox_of,
    message_values,
    text_of,
)
from retention.catalog.runs import Run, Runs
from retention.catalog.soundness import Soundness
from retention.catalog.tallies import Tallies
from retention.catalog.told import Told
from retention.core.audit import Outcome
from retention.core.message import Cursor, Folder, Mailbox, MessageRef, Page

__all__ = ["Catalog", "Exposed", "Glimpse", "Known", "Missed", "Run", "Standing", "Unfiled"]

_BATCH = 2000
LONGEST_NUMBER = 19
"""Digits from which on a number is more than SQLite can count to."""


class Catalog:
    """The catalog file. Used from one thread; every method that writes is one transaction, or part of ``together``."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._db = open_database(path, create=create)
        self._numbers: dict[str, int] = {}
        self.mailboxes_saved = 0
        self.filings = Filings(self._db, self.mailboxes)
        self.glimpses = Glimpses(self._db)
        self.missed_messages = MissedMessages(self._db, self.mailboxes)
        self.hindsight = Hindsight(self._db, self.mailboxes, self.filings.paths)
        self.records = Records(self._db)
        self.returns = Returns(self._db)
        self.soundness = Soundness(self._db)
        self.told = Told(self._db)
        self.covered = Coverage(self._db)
        self.runs = Runs(self._db)
        self.figures = Figures(self._db)
        self.deciding = Deciding(self._db)
        self.tallies = Tallies(self._db)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def together(self, *, by_rows: bool = False) -> Iterator[None]:
        """All that is written in this block is one transaction; what is raised in it must leave it, and undoes all."""
        with self._db.writing(by_rows=by_rows):
            yield

    # Mailboxes and folders

    def save_mailbox(self, mailbox: Mailbox, uncovered: tuple[str, ...]) -> None:
        """Keep what is said of a mailbox; an address it once had stays one of its aliases."""
        row = self._db.execute("SELECT * FROM mailboxes WHERE id = ?", [mailbox.id]).fetchone()
        earlier = {row["address"], *mailbox_of(row).aliases} if row else set()
        aliases = sorted((earlier | set(mailbox.aliases)) - {mailbox.address})
        self.mailboxes_saved += 1
        with self._writing():
            self._db.execute(
                """INSERT INTO mailboxes (id, address, aliases, name, kind, uncovered) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET address = excluded.address, aliases = excluded.aliases,
                    name = excluded.name, kind = excluded.kind, uncovered = excluded.uncovered""",
                [mailbox.id, mailbox.address, _json(aliases), mailbox.name, mailbox.kind, _json(uncovered)],
            )

    def mailboxes(self) -> tuple[Mailbox, ...]:
        return tuple(mailbox_of(row) for row in self._db.execute("SELECT * FROM mailboxes ORDER BY address"))

    def coverage(self) -> list[dict[str, Any]]:
        """For every mailbox: address, messages present, trouble, what of it can never be reached, when last read."""
        return self.covered.mailboxes()

    def mailbox_trouble(self, mailbox: Mailbox, trouble: str) -> None:
        with self._writing():
            self._db.execute("UPDATE mailboxes SET trouble = ? WHERE n = ?", [trouble, self._number(mailbox.id)])

    def save_folders(self, mailbox: Mailbox, folders: tuple[Folder, ...], run: int) -> None:
        """Replace the list of folders; messages of a folder that is no longer there are missed in this run."""
        n = self._number(mailbox.id)
        with self._writing():
            # Where a message lies may be how a person filed it: under another name of its folder it is filed anew.
            self._db.executemany(
                """UPDATE messages SET filed = NULL WHERE mailbox = ?1 AND folder = ?2 AND EXISTS
                    (SELECT 1 FROM folders WHERE mailbox = ?1 AND id = ?2 AND path != ?3)""",
                [(n, folder.id, folder.path) for folder in folders],
            )
            self._db.executemany(
                """INSERT INTO folders (mailbox, id, path, hidden, well_known) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (mailbox, id) DO UPDATE SET path = excluded.path, hidden = excluded.hidden,
                    well_known = excluded.well_known""",
                [(n, folder.id, folder.path, folder.hidden, folder.well_known) for folder in folders],
            )
            kept = {folder.id for folder in folders}
            for row in self._db.execute("SELECT id FROM folders WHERE mailbox = ?", [n]).fetchall():
                if row["id"] not in kept:
                    self._missed(n, row["id"], run, "TRUE", [])
                    self._db.execute("DELETE FROM folders WHERE mailbox = ? AND id = ?", [n, row["id"]])

    def cursor(self, mailbox: Mailbox, folder: Folder) -> Cursor | None:
        row = self._db.execute(
            "SELECT cursor FROM folders WHERE mailbox = ? AND id = ? AND NOT again",
            [self._number(mailbox.id), folder.id],
        ).fetchone()
        return Cursor(row["cursor"]) if row and row["cursor"] is not None else None

    def folder_trouble(self, mailbox: Mailbox, folder: Folder, trouble: str) -> None:
        with self._writing():
            self._db.execute(
                "UPDATE folders SET trouble = ? WHERE mailbox = ? AND id = ?",
                [trouble, self._number(mailbox.id), folder.id],
            )

    # Messages

    def save_page(self, mailbox: Mailbox, folder: Folder, page: Page, run: int, at: datetime, deleted: str) -> None:
        """Save a page and its cursor together. Rows merge into what is known; a repeated row changes nothing.

        A row that does not say in which folder its message is adds to what is known and makes no message known.
        ``deleted`` is the id of the Deleted Items folder: a message we removed that turns up anywhere else was put
        back and is an ordinary message again.
        """
        n = self._number(mailbox.id)
        with self._db.writing(by_rows=True):
            if page.restart:
                self._db.execute(
                    "UPDATE folders SET restarted = ?, again = 0 WHERE mailbox = ? AND id = ?", [run, n, folder.id]
                )
            for placed, rows in groupby(page.messages, key=lambda message: message.folder is not None):
                if placed:
                    pages.save(self._db, n, run, at, deleted, tuple(rows))
                    continue
                for row in rows:
                    pages.add(self._db, n, row.id, message_values(row)[1:])
            for id_ in page.removed:
                self._missed(n, folder.id, run, "id = ?", [id_])
            if page.complete:
                self._complete(n, folder, run)
            self._db.execute("UPDATE folders SET cursor = ? WHERE mailbox = ? AND id = ?", [page.cursor, n, folder.id])

    def _complete(self, n: int, folder: Folder, run: int) -> None:
        """The folder was read to its end: after a reading from the beginning, what was not seen is missed."""
        restarted = self._db.execute(
            "SELECT restarted FROM folders WHERE mailbox = ? AND id = ?", [n, folder.id]
        ).fetchone()
        if restarted and restarted["restarted"]:
            self._missed(n, folder.id, run, "seen < ?", [restarted["restarted"]])
        self._db.execute(
            "UPDATE folders SET read_run = ?, restarted = 0, trouble = '' WHERE mailbox = ? AND id = ?",
            [run, n, folder.id],
        )

    def _missed(self, n: int, folder: str, run: int, which: str, values: list[Any]) -> None:
        """These messages are no longer in this folder: the folder a message is known to be in misses it.

        A move is a removal here and a row elsewhere, told in any order. Where another folder had it and never said
        that it left, that one is to be read again from its beginning before the message can be called gone.
        """
        where = f"mailbox = ? AND {which}"
        self._db.execute(f"UPDATE messages SET was_in = NULL WHERE was_in = ? AND {where}", [folder, n, *values])
        self._db.execute(
            f"""UPDATE folders SET again = 1 WHERE mailbox = ? AND id IN
                (SELECT was_in FROM messages WHERE folder = ? AND was_in IS NOT NULL AND {where})""",
            [n, folder, n, *values],
        )
        missed = "pending = coalesce(pending, ?), was_in = NULL"
        self._db.execute(f"UPDATE messages SET {missed} WHERE folder = ? AND {where}", [run, folder, n, *values])

    def missed(self, mailbox: Mailbox) -> int:
        """How many messages were missed in their folder and have not turned up elsewhere."""
        row = self._db.execute(
            "SELECT count(*) FROM messages WHERE mailbox = ? AND pending IS NOT NULL", [self._number(mailbox.id)]
        ).fetchone()
        return int(row[0])

    def settle_mailbox(self, mailbox: Mailbox, at: datetime) -> int:
        """Every folder was read and read again: what is still missed is gone. Returns how many are newly gone."""
        n = self._number(mailbox.id)
        with self._writing():
            gone = self.missed_messages.settle(n, at)
            self._db.execute("UPDATE messages SET pending = NULL WHERE mailbox = ? AND pending IS NOT NULL", [n])
            self._db.execute("UPDATE mailboxes SET trouble = '', read_at = ? WHERE n = ?", [text_of(at), n])
        return gone

    def present_in(self, mailbox: Mailbox) -> int:
        """How many messages are in this mailbox."""
        return self.tallies.present().get(self._number(mailbox.id), 0)

    def present(self) -> Iterator[Known]:
        """Every message that is in its mailbox, mailbox by mailbox, without holding more than a batch in memory."""
        for mailbox in self.mailboxes():
            yield from self.messages_in(mailbox)

    def messages_in(self, mailbox: Mailbox) -> Iterator[Known]:
        """Every message that is in this mailbox, without holding more than a batch in memory."""
        yield from self._known(mailbox, PRESENT)

    def everything(self) -> Iterator[Known]:
        """Every message that was ever known, also where it is gone or was taken out, mailbox by mailbox."""
        for mailbox in self.mailboxes():
            yield from self._known(mailbox, "pending IS NULL")

    def mark(self, outcomes: Iterable[Outcome], at: datetime) -> None:
        """Note what deeds did; ``captured`` and ``purged`` mean that the message has left its mailbox, if it can."""
        when, left, box = text_of(at), ("captured", "purged"), self._number
        stays = "mailbox IN (SELECT n FROM mailboxes WHERE kind = 'files')"
        with self._writing():
            self._db.executemany(
                f"""UPDATE messages SET left_from = iif(?1 IS NULL OR {stays}, left_from, folder),
                    left_at = iif({stays}, left_at, coalesce(?1, left_at)),
                    result = ?2, answer = ?3, digest = coalesce(nullif(?4, ''), digest),
                    place = coalesce(nullif(?5, ''), place) WHERE mailbox = ?6 AND id = ?7""",
                [
                    (when if o.result in left else None, o.result, o.answer, o.digest, o.place, box(o.mailbox), o.id)
                    for o in (one for one in outcomes if self._is_known(one.mailbox))
                ],
            )

    def find(self, text: str) -> tuple[Known, ...]:
        """Messages by their short number, their id, or their Message-ID (with or without angle brackets)."""
        bare = text.strip().strip("<>")
        typed = bare.removeprefix("#")
        number = int(typed) if typed.isdecimal() and typed.isascii() and len(typed) < LONGEST_NUMBER else -1
        if not bare:
            return ()
        rows = self._db.execute(
            f"""{KNOWN} WHERE messages.n = ? OR messages.id = ? OR messages.internet_id IN (?, ?)
                OR messages.n IN (SELECT message FROM former_ids WHERE id = ?) ORDER BY messages.n""",
            [number, bare, bare, f"<{bare}>", bare],
        ).fetchall()
        by_number = {self._number(mailbox.id): mailbox for mailbox in self.mailboxes()}
        return tuple(known_of(row, by_number[row["mailbox"]]) for row in rows)

    def message_ids(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The Message-IDs of all messages that have, or had, one of these ids in any mailbox."""
        rows = self._db.execute(
            """SELECT DISTINCT internet_id FROM messages WHERE mailbox IN (SELECT n FROM mailboxes)
            AND (id IN (SELECT value FROM json_each(?1)) OR n IN (SELECT message FROM former_ids
                WHERE id IN (SELECT value FROM json_each(?1)))) AND internet_id != '' ORDER BY internet_id""",
            [_json(ids)],
        )
        return tuple(row[0] for row in rows)

    def known(self, ref: MessageRef) -> Known | None:
        box = self._db.execute("SELECT * FROM mailboxes WHERE id = ?", [ref.mailbox]).fetchone()
        if box is None:
            return None
        row = self._db.execute(f"{KNOWN} WHERE messages.mailbox = ? AND messages.id = ?", [box["n"], ref.id]).fetchone()
        return known_of(row, mailbox_of(box)) if row else None

    def left(self) -> Iterator[tuple[str, str, str]]:
        """Mailbox id, message id and result of every message that this product took out of its mailbox."""
        rows = self._db.execute(
            """SELECT mailboxes.id, messages.id, result FROM messages JOIN mailboxes ON mailboxes.n = messages.mailbox
            WHERE left_at IS NOT NULL"""
        )
        yield from ((row[0], row[1], row[2]) for row in rows)

    def tally(self) -> dict[str, int]:
        """How many messages are present, captured, purged, gone without our doing, and present without a filing."""
        return self.tallies.all()

    # Facts

    def fact(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM facts WHERE key = ?", [key]).fetchone()
        return row["value"] if row else None

    def save_fact(self, key: str, value: str) -> None:
        with self._writing():
            self._db.execute(
                "INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [key, value],
            )

    def _known(self, mailbox: Mailbox, where: str) -> Iterator[Known]:
        number, last = self._number(mailbox.id), 0
        while True:
            rows = self._db.execute(
                f"{KNOWN} WHERE messages.mailbox = ? AND messages.n > ? AND {where} ORDER BY messages.n LIMIT {_BATCH}",
                [number, last],
            ).fetchall()
            yield from (known_of(row, mailbox) for row in rows)
            if len(rows) < _BATCH:
                return
            last = rows[-1]["n"]

    def _is_known(self, mailbox_id: str) -> bool:
        """A catalog that was begun anew may not know a mailbox the ledger speaks of."""
        return self._db.execute("SELECT 1 FROM mailboxes WHERE id = ?", [mailbox_id]).fetchone() is not None

    def _number(self, mailbox_id: str) -> int:
        if mailbox_id not in self._numbers:
            row = self._db.execute("SELECT n FROM mailboxes WHERE id = ?", [mailbox_id]).fetchone()
            self._numbers[mailbox_id] = int(row["n"])
        return self._numbers[mailbox_id]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._db.writing():
            yield


def _json(values: Iterable[str]) -> str:
    return msgspec.json.encode(tuple(values)).decode()
