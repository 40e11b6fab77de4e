"""Soundness: whether the catalog's file is whole, as SQLite sees it, and how large it is.

What the tables say is not looked at here.
"""

from __future__ import annotations

import sqlite3

from retention.catalog.opening import Connection

MOST = 5


class Soundness:
    """Reads only."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def flaws(self) -> tuple[str, ...]:
        """What SQLite finds wrong with the file, the first few of it; every page is read for it."""
        try:
            rows = self._db.execute(f"PRAGMA quick_check({MOST})").fetchall()
        except sqlite3.DatabaseError as error:
            return (str(error),)
        # The first line names the check, each one below it a page.
        return tuple(" ".join(str(row[0]).split()) for row in rows if row[0] != "ok")

    def size(self) -> int:
        """The bytes of the file, without its log."""
        pages, size = (int(self._db.execute(f"PRAGMA {what}").fetchone()[0]) for what in ("page_count", "page_size"))
        return pages * size
