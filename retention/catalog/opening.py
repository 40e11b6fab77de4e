"""Opening the catalog file: its version, its locks, and what SQLite says when something is wrong.

No table is described and no query is made here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from retention.errors import AnotherRun, BadConfiguration, StoreNotAnswering

WAIT_FOR_LOCK = 10.0
"""Seconds to wait for another process to end its transaction."""

PAGES_OF_LOG = 16_000
"""Pages of 4 KiB after which SQLite puts its log into the file: ids lie anywhere in an index, and the fewer times its
pages are written the faster is a first sync."""
CACHE = 32 * 1024
"""KiB of pages kept in memory."""


LATEST = 16
"""How many migrations there are. Only where a catalog has not had so many is the library asked for that applies them:
it takes as long to import as all else that a short command needs."""
_APPLIED = "_sqlite_migrations"


class Connection:
    """A connection that turns what SQLite says into a sentence for the operator."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with _explained(self._path):
            return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with _explained(self._path):
            self._connection.executemany(sql, rows)

    @contextmanager
    def writing(self, *, by_rows: bool = False) -> Iterator[None]:
        """One transaction, taken at once so that a second writer waits instead of failing half-way.

        A block within another is a part of it: nothing of it is on the disk before the outer one ends. ``by_rows``:
        what is written is many rows one by one, and nothing that has to be sorted.
        """
        connection = self._connection
        if connection.in_transaction:
            yield
            return
        with _explained(self._path), self._undone_in_memory() if by_rows else nullcontext():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _undone_in_memory(self) -> Iterator[None]:
        """Where a row has triggers SQLite notes how to undo it alone: in a file, that takes longer than the row.

        Not so for good: what is sorted, and what lies in temporary tables, may be longer than the memory.
        """
        self._connection.execute("PRAGMA temp_store = MEMORY")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA temp_store = DEFAULT")

    def close(self) -> None:
        self._connection.close()


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
        if _migrations_of(connection) != LATEST:
            _bring_up_to_date(path, connection)
    return Connection(path, connection)


def _migrations_of(connection: sqlite3.Connection) -> int:
    """How many migrations this file has had."""
    there = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", [_APPLIED]).fetchone()[0]
    return int(connection.execute(f"SELECT count(*) FROM {_APPLIED}").fetchone()[0]) if there else 0


def _bring_up_to_date(path: Path, connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    from retention.catalog.tables import migrations

    database = Database(connection)
    applied = {migration.name for migration in migrations.applied(database)}
    unknown = applied - {migration.name for migration in migrations.pending(Database(memory=True))}
    if unknown:
        raise BadConfiguration(
            f"The catalog {path} was made by a newer version of retention ({', '.join(sorted(unknown))}).",
            "Update retention; the catalog was not touched.",
        )
    migrations.apply(database)


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """A database of something else is not touched."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and _APPLIED not in tables:
        raise BadConfiguration(f"{path} is a database, but not a catalog.", "Correct 'city.catalog' in retention.toml.")


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
