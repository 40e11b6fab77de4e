"""Ends: how far each folder of a mailbox was read, and what kept it from being read to its end.

What follows from it is not known here, and nothing is written.
"""

from __future__ import annotations

from msgspec import Struct

from retention.catalog.opening import Connection
from retention.core.message import Mailbox


class FolderEnd(Struct, frozen=True, kw_only=True):
    """A folder by its id and path. ``whole``: the last reading of it came to its end, and nothing was read since."""

    id: str
    path: str
    trouble: str
    whole: bool


def ends(db: Connection, mailbox: Mailbox) -> tuple[FolderEnd, ...]:
    """Every folder of this mailbox, in the order of the paths.

    A reading that was cut off leaves rows of a later run than the last one that came to its end.
    """
    rows = db.execute(
        """SELECT id, path, trouble, read_run > 0 AND NOT again AND NOT restarted AND trouble = '' AND read_run >=
            coalesce((SELECT max(seen) FROM messages WHERE messages.mailbox = folders.mailbox
                AND messages.folder = folders.id), 0) AS whole
        FROM folders WHERE mailbox = (SELECT n FROM mailboxes WHERE id = ?) ORDER BY path""",
        [mailbox.id],
    ).fetchall()
    return tuple(
        FolderEnd(id=row["id"], path=row["path"], trouble=row["trouble"], whole=bool(row["whole"])) for row in rows
    )
