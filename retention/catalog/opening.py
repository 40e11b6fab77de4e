"""Opening the catalog file: its version, its locks, and what SQLite says when something is wrong.

No table is described and no query is made here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from retention.catalog.tables import migrations
from retention.errors import AnotherRun, BadConfiguration, StoreNotAnswering

WAIT_FOR_LOCK = 10.0
"""Seconds to wait for another process to end its transaction."""

PAGES_OF_LOG = 16_000
"""Pages of 4 KiB after which SQLite puts its log into the file: ids lie anywhere in an index, and the fewer times its
pages are written the faster is a first sync."""
CACHE = 32 * 1024
"""KiB of pages kept in memory."""


class Connection:
    """A connection that turns what SQLite says into a sentence for the operator."""

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._database = database

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with _explained(self._path):
            return self._database.conn.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with _explained(self._path):
            self._database.conn.executemany(sql, rows)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, taken at once so that a second writer waits instead of failing half-way.

        A block within another is a part of it: nothing of it is on the disk before the outer one ends.
        """
        connection = self._database.conn
        if connection.in_transaction:
            yield
            return
        with _explained(self._path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        self._database.close()


def open_database(path: Path, *, create: bool) -> Connection:
    """Open the catalog and bring its tables up to date.

    Raises ``BadConfiguration`` where the file is missing, is no catalog, or was made by a newer version, and
    ``AnotherRun`` where another process keeps it locked.
    """
    if not create and not path.is_file():
        raise BadConfiguration(f"The catalog {path} is not there.", "Run `retention init` to make one.")
    with _explained(path):
        connection = sqlite3.connect(path, timeout=WAIT_FOR_LOCK)
        connection.row_factory = sqlite3.Row
        _refuse_foreign(path, connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_OF_LOG}")
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        database = Database(connection)
        _refuse_newer(path, database)
        migrations.apply(database)
    return Connection(path, database)


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """A database of something else is not touched."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and Migrations.migrations_table not in tables:
        raise BadConfiguration(f"{path} is a database, but not a catalog.", "Correct 'city.catalog' in retention.toml.")


def _refuse_newer(path: Path, database: Database) -> None:
    applied = {migration.name for migration in migrations.applied(database)}
    unknown = applied - {migration.name for migration in migrations.pending(Database(memory=True))}
    if unknown:
        raise BadConfiguration(
            f"The catalog {path} was made by a newer version of retention ({', '.join(sorted(unknown))}).",
            "Update retention; the catalog was not touched.",
        )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise AnotherRun(
                f"The catalog {path} is locked by another process.", "Wait, then run this again."
            ) from error
        raise StoreNotAnswering(
            f"The catalog {path} cannot be used: {error}.", "Check the disk and the file."
        ) from error
    except sqlite3.DatabaseError as error:
        raise BadConfiguration(
            f"The catalog {path} is not a catalog, or is damaged: {error}.",
            "Move it away and run `retention init` and `retention sync`: the ledger has the evidence.",
        ) from error
