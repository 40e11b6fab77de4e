"""Where the rows of records and what the ledger says of them are not the same.

How the ledger is read, and what follows from a difference, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Protocol

from retention.catalog.opening import Connection

_BATCH = 5000


class Told(Protocol):
    """What one entry of the ledger says of one place."""

    @property
    def place(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def sidecar(self) -> str: ...


class Difference(NamedTuple):
    """A place, and how the ledger and the catalog each say that it stands; empty where one says nothing of it."""

    place: str
    ledger: str
    catalog: str


def differences(db: Connection, said: Iterable[Told]) -> tuple[Difference, ...]:
    """Tell all again in a table of its own, and compare the two: neither has to fit into memory."""
    db.execute("DROP TABLE IF EXISTS temp.told")
    db.execute("CREATE TEMP TABLE told (place TEXT PRIMARY KEY, state TEXT, sidecar TEXT) WITHOUT ROWID")
    rest = iter(said)
    while some := list(islice(rest, _BATCH)):
        with db.writing():
            db.executemany(
                """INSERT INTO temp.told VALUES (?1, ?2, ?3)
                ON CONFLICT (place) DO UPDATE SET state = ?2, sidecar = coalesce(nullif(?3, ''), sidecar)""",
                [(one.place, one.state, one.sidecar) for one in some],
            )
    rows = db.execute(
        """SELECT told.place, told.state, coalesce(records.state, ''), records.sidecar = told.sidecar
            FROM temp.told LEFT JOIN records USING (place)
            WHERE told.state IS NOT records.state OR told.sidecar IS NOT records.sidecar
        UNION ALL
        SELECT place, '', state, TRUE FROM records WHERE place NOT IN (SELECT place FROM temp.told)
        ORDER BY 1"""
    ).fetchall()
    db.execute("DROP TABLE temp.told")
    return tuple(
        Difference(row[0], row[1], row[2] if row[1] != row[2] else f"{row[2]}, another sidecar") for row in rows
    )
