"""How much of every mailbox was read, and what was not: its folders, what lies in them, and what was said of them.

What follows from it is not decided here, and no mail system is asked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from retention.catalog.drops import DROPPED, Drops
from retention.catalog.opening import Connection
from retention.catalog.rows import PRESENT, instant_of, mailbox_of
from retention.catalog.tallies import PRESENT_STATE
from retention.core.message import Mailbox

ARCHIVE = "In-Place Archive/"
"""What the path of every folder of an in-place archive begins with."""


class Portion(Struct, frozen=True, kw_only=True):
    """One mailbox as far as it was read. ``archived`` are the messages in the folders of its in-place archive.

    ``unread`` are the folders that were not read to their end, each with the reason; ``trouble`` is that of the whole
    mailbox, ``uncovered`` what of it can never be reached.
    """

    mailbox: Mailbox
    folders: int
    messages: int
    archive_folders: int
    archived: int
    read_at: datetime | None
    trouble: str
    unread: tuple[tuple[str, str], ...]
    uncovered: tuple[str, ...]


class Coverage:
    """Of every mailbox but files that are no longer read. Only ``drops`` writes."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.drops = Drops(db)

    def mailboxes(self) -> list[dict[str, Any]]:
        """For every mailbox: address, messages present, trouble, what of it can never be reached, when last read."""
        rows = self._db.execute(f"""
            SELECT address, kind, trouble, uncovered, read_at,
                (SELECT coalesce(sum(messages), 0) FROM tallies WHERE tallies.mailbox = mailboxes.n AND {PRESENT_STATE})
                    AS present,
                (SELECT count(*) FROM folders WHERE folders.mailbox = mailboxes.n AND folders.trouble != '') AS unread
            FROM mailboxes WHERE NOT {DROPPED} ORDER BY address""")
        return [{**dict(row), "uncovered": msgspec.json.decode(row["uncovered"])} for row in rows]

    def portions(self) -> tuple[Portion, ...]:
        """Every mailbox, in the order of the addresses."""
        archive = f"path LIKE '{ARCHIVE}%'"
        rows = self._db.execute(f"""
            SELECT mailboxes.*,
                (SELECT count(*) FROM folders WHERE mailbox = mailboxes.n) AS folders,
                (SELECT count(*) FROM folders WHERE mailbox = mailboxes.n AND {archive}) AS archive_folders,
                (SELECT coalesce(sum(messages), 0) FROM tallies WHERE mailbox = mailboxes.n AND {PRESENT_STATE})
                    AS messages,
                (SELECT count(*) FROM folders JOIN messages ON messages.mailbox = mailboxes.n AND folder = folders.id
                    WHERE folders.mailbox = mailboxes.n AND {archive} AND {PRESENT}) AS archived
            FROM mailboxes WHERE NOT {DROPPED} ORDER BY address""").fetchall()
        unread: dict[int, list[tuple[str, str]]] = {}
        for row in self._db.execute(
            "SELECT mailbox, path, trouble FROM folders WHERE trouble != '' OR read_run = 0 ORDER BY mailbox, path"
        ):
            unread.setdefault(row["mailbox"], []).append((row["path"], row["trouble"]))
        return tuple(
            Portion(
                mailbox=mailbox_of(row),
                folders=row["folders"],
                messages=row["messages"],
                archive_folders=row["archive_folders"],
                archived=row["archived"],
                read_at=instant_of(row["read_at"]),
                trouble=row["trouble"],
                unread=tuple(unread.get(row["n"], ())),
                uncovered=tuple(msgspec.json.decode(row["uncovered"])),
            )
            for row in rows
        )
