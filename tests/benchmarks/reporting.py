"""The report of a large city beside a bare scan of the rows it counts: time, and memory against the number of messages.

The catalog is filled directly, filed by a schedule that is shipped, and a third of the mail is marked as having left.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from retention.catalog import Catalog
from retention.core.audit import Outcome
from retention.jobs import classify
from retention.jobs.report import last_year, report
from retention.page import page
from tests.benchmarks.apart import measured, peak
from tests.benchmarks.filling import filled, schedule
from tests.benchmarks.table import Figure
from tests.jobs.town import NOW, Town

MESSAGES, SMALL = 1_000_000, 100_000
ROUNDS = 3
_COLUMNS = "mailbox, filed, received_at, size, left_at, result, gone_at, pending, digest, version, has_attachments"


def benchmark() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        large, small = (_town(Path(name) / str(size), size) for size in (MESSAGES, SMALL))
        bare, ours, less = [], [], []
        for _ in range(ROUNDS):
            bare.append(_bare(large))
            ours.append(_reported(large))
            less.append(_reported(small))
        peaks = [measured(__name__, town.folder)[0] for town in (large, small)]
    yield Figure(
        f"report of {MESSAGES:,} messages beside reading the same columns of all rows bare",
        f"{min(ours):.1f} s",
        f"{min(bare):.1f} s",
        f"{min(ours) / min(bare):.1f} x",
    )
    yield Figure(
        f"report of {MESSAGES:,} messages beside {SMALL:,}",
        f"{min(ours):.1f} s",
        f"{min(less):.2f} s",
        f"{min(ours) / min(less):.1f} x",
        f"{MESSAGES // SMALL} x or less",
    )
    yield Figure(
        f"peak of a report of {MESSAGES:,} messages beside {SMALL:,}",
        f"{peaks[0]:.0f} MiB",
        f"{peaks[1]:.0f} MiB",
        f"{peaks[0] - peaks[1]:+.0f} MiB",
        "within 50 MiB",
    )


def _town(folder: Path, messages: int) -> Town:
    town = filled(folder, messages)
    world = town.world()
    classify.classify(world)
    world.close()
    catalog = Catalog(folder / "retention.db")
    every = (
        Outcome(
            plan="p", step=n, result="captured" if n % 2 else "purged", answer="", mailbox=known.mailbox.id,
            id=known.message.id,
        )
        for n, known in enumerate(catalog.present())
        if n % 3 == 0
    )  # fmt: skip
    outcomes = list(every)
    rest = iter(outcomes)
    while some := list(islice(rest, 20_000)):
        catalog.mark(some, NOW)
    catalog.close()
    return town


def _reported(town: Town) -> float:
    began = time.perf_counter()
    world = town.world()
    made = report(world, last_year(world.today, town.city.zone))
    assert len(page(made)) > 50_000
    world.close()
    return time.perf_counter() - began


def _bare(town: Town) -> float:
    """Read what a report counts of every row, a batch at a time, and do nothing with it."""
    began = time.perf_counter()
    connection = sqlite3.connect(town.folder / "retention.db")
    cursor = connection.execute(f"SELECT {_COLUMNS} FROM messages")
    while cursor.fetchmany(2000):
        pass
    connection.close()
    return time.perf_counter() - began


if __name__ == "__main__":
    _reported(Town(Path(sys.argv[1]), schedule=schedule()))
    print(json.dumps([peak()]))
