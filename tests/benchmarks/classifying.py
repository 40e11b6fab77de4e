"""Classifying a whole catalog, what changed in it, and nothing at all, beside a bare scan and update of the same rows.

The catalog is filled directly and the schedule is one that is shipped. Each round works on a fresh copy of the same
file, first bare and then ours, so that a busy machine hurts both alike.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from retention.catalog.opening import CACHE, PAGES_OF_LOG
from retention.catalog.rows import PART, PRESENT
from retention.jobs import classify as job
from retention.jobs import plan
from tests.benchmarks.apart import measured, peak
from tests.benchmarks.filling import filled, schedule
from tests.benchmarks.table import Figure
from tests.jobs.town import Town

MESSAGES, SMALL = 1_000_000, 100_000
CHANGED = 1000
ROUNDS = 3


def benchmark() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder / "filled", MESSAGES)
        bare, ours, nothing, changed, other = [], [], [], [], []
        for _ in range(ROUNDS):
            bare.append(_bare(_copied(folder)))
            town = Town(_copied(folder), schedule=schedule())
            ours.append(_classified(town, MESSAGES))
            nothing.append(_classified(town, 0))
            changed.append(_classified(_touched(town), CHANGED))
            town.schedule = replace(town.schedule, series=town.schedule.series[1:])
            other.append(_classified(town, MESSAGES))
        planned = min(_planned(town) for _ in range(ROUNDS))
    what = f"classify {MESSAGES:,} messages"
    yield Figure(what, f"{MESSAGES / min(ours):,.0f} messages/s", f"{MESSAGES / min(bare):,.0f} rows/s")
    yield _beside("the same, beside reading and updating the same rows bare", ours, bare)
    yield Figure("again, nothing changed", f"{min(nothing):.2f} s", aim="under 1 s")
    yield Figure(f"again, {CHANGED:,} messages changed", f"{min(changed):.2f} s")
    yield _beside("again, one series left out of the schedule", other, bare)
    yield Figure(f"plan of {MESSAGES:,} messages", f"{MESSAGES / planned:,.0f} messages/s", aim="20,000 messages/s")
    small, large = (_peak_of(size) for size in (SMALL, MESSAGES))
    yield Figure(
        f"peak of classifying {MESSAGES:,} messages beside {SMALL:,}",
        f"{large:.0f} MiB",
        f"{small:.0f} MiB",
        f"{large - small:+.0f} MiB",
        "within 50 MiB",
    )


def _beside(what: str, ours: list[float], bare: list[float]) -> Figure:
    best, limit = min(ours), min(bare)
    return Figure(what, f"{best:.1f} s", f"{limit:.1f} s", f"{best / limit:.2f} x", "3 x or less")


def _copied(folder: Path) -> Path:
    """The town as it was filled, in the place of the copy before."""
    shutil.rmtree(folder / "copy", ignore_errors=True)
    return Path(shutil.copytree(folder / "filled", folder / "copy"))


def _bare(folder: Path) -> float:
    """Read what classifying asks of every present row and update what it writes, as quickly as Python and SQLite can.

    The same columns, the same batches to the disk, the same settings of the database.
    """
    database = sqlite3.connect(folder / "retention.db", isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"PRAGMA wal_autocheckpoint = {PAGES_OF_LOG}")
    database.execute(f"PRAGMA cache_size = -{CACHE}")
    began, last = time.perf_counter(), 0
    read = f"SELECT n, {PART} FROM messages WHERE n > ? AND {PRESENT} ORDER BY n LIMIT {job.BATCH}"
    while rows := database.execute(read, [last]).fetchall():
        last = rows[-1][0]
        database.execute("BEGIN IMMEDIATE")
        database.executemany("UPDATE messages SET filed = ?, keys = ? WHERE n = ?", [(1, None, row[0]) for row in rows])
        database.execute("COMMIT")
    took = time.perf_counter() - began
    database.close()
    return took


def _classified(town: Town, expected: int) -> float:
    """How long the job takes in an opened world."""
    world = town.world()
    began = time.perf_counter()
    done = job.classify(world)
    took = time.perf_counter() - began
    world.close()
    assert done.filed == expected, done
    return took


def _touched(town: Town) -> Town:
    """The town after a sync that found messages changed, here and there in all its mailboxes."""
    database = sqlite3.connect(town.folder / "retention.db")
    step = MESSAGES // CHANGED
    database.execute("UPDATE messages SET filed = NULL WHERE n % ? = 0", [step])
    database.commit()
    database.close()
    return town


def _planned(town: Town) -> float:
    world = town.world()
    began = time.perf_counter()
    made = plan.plan(world)
    took = time.perf_counter() - began
    world.close()
    assert sum(tally.seen for tally in made.counts.values()) == MESSAGES
    return took


def _peak_of(messages: int) -> float:
    """Peak memory in MiB of a process that does nothing but classify so many messages."""
    with tempfile.TemporaryDirectory() as name:
        filled(Path(name), messages)
        return measured(__name__, name)[0]


if __name__ == "__main__":
    job.classify(Town(Path(sys.argv[1]), schedule=schedule()).world())
    print(json.dumps([peak()]))
