"""The runs of every job: when each began and ended, and what it did.

What a run is for, and what its result says, is the job's business.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from retention.catalog.opening import Connection
from retention.catalog.rows import instant_of, text_of

_RUN = "SELECT job, started_at, ended_at, result FROM runs"


class Run(NamedTuple):
    """One run of a job. ``ended_at`` is ``None`` where it works still or was cut off; then there is no result."""

    began_at: datetime
    ended_at: datetime | None
    result: Any


class Runs:
    """Kept for as long as the catalog is; a run that is begun and never ended stays begun."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def begin(self, job: str, at: datetime) -> int:
        """The number of a new run of this job."""
        with self._db.writing():
            cursor = self._db.execute("INSERT INTO runs (job, started_at) VALUES (?, ?)", [job, text_of(at)])
        assert cursor.lastrowid is not None  # an INSERT always gives one
        return cursor.lastrowid

    def end(self, run: int, at: datetime, result: Any) -> None:
        """Keep when a run ended, and what it did: anything that is written as JSON."""
        with self._db.writing():
            self._db.execute(
                "UPDATE runs SET ended_at = ?, result = ? WHERE n = ?",
                [text_of(at), msgspec.json.encode(result).decode(), run],
            )

    def last(self) -> dict[str, Run]:
        """For each job its last run."""
        rows = self._db.execute(f"{_RUN} WHERE n IN (SELECT max(n) FROM runs GROUP BY job) ORDER BY job")
        return {row["job"]: _run(row) for row in rows.fetchall()}

    def last_good(self, job: str) -> Run | None:
        """The last run of this job that ended well, by its own result (``"good": true``)."""
        good = "job = ? AND ended_at IS NOT NULL AND json_type(result, '$.good') = 'true'"
        row = self._db.execute(f"{_RUN} WHERE {good} ORDER BY n DESC LIMIT 1", [job]).fetchone()
        return _run(row) if row else None

    def each(self, job: str) -> Iterator[Run]:
        """Every run of this job, the oldest first."""
        for row in self._db.execute(f"{_RUN} WHERE job = ? ORDER BY n", [job]):
            yield _run(row)


def _run(row: sqlite3.Row) -> Run:
    began_at = instant_of(row["started_at"])
    assert began_at is not None  # the column is NOT NULL
    return Run(began_at, instant_of(row["ended_at"]), msgspec.json.decode(row["result"]) if row["result"] else None)
