"""Planning over a whole catalog, beside a bare scan of the columns on which a plan rests.

Times are those of the processor, so that others at work on the machine do not count; each size is measured in a process
of its own. The plan takes what the limits allow, as one of every night does.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from retention.catalog.deciding import ASKED
from retention.catalog.opening import CACHE
from retention.catalog.rows import PRESENT
from retention.jobs import plan
from tests.benchmarks.apart import SIZES, catalog_of, measured, peak
from tests.benchmarks.filling import schedule
from tests.benchmarks.table import Figure
from tests.jobs.town import Town

ROUNDS = 2


def benchmark(sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    found = {size: measured(__name__, catalog_of(size)) for size in sizes}
    for size, (ours, bare, most) in found.items():
        yield Figure(
            f"plan of {size:,} messages", f"{ours:.1f} s", f"{bare:.1f} s", f"{ours / bare:.2f} x", "3 x or less"
        )
        yield Figure("its peak memory", f"{most:.0f} MiB")
    small, large = min(sizes), max(sizes)
    growth = found[large][0] / found[small][0]
    yield Figure(f"{large:,} beside {small:,} messages", f"{growth:.1f} x", f"{large / small:.0f} x", aim="no more")


def in_folder(folder: Path) -> tuple[float, float, float]:
    """Seconds of planning and of the bare scan, and the peak of the memory in MiB."""
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(_bare(folder / "retention.db"))
        world = Town(folder, schedule=schedule()).world()
        began = time.process_time()
        plan.plan(world, within_limits=True)
        ours.append(time.process_time() - began)
        world.close()
    return min(ours), min(bare), peak()


def _bare(path: Path) -> float:
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA cache_size = -{CACHE}")
    began = time.process_time()
    cursor = database.execute(f"SELECT {', '.join(ASKED[:-1])} FROM messages WHERE {PRESENT}")
    while cursor.fetchmany(2000):
        pass
    took = time.process_time() - began
    database.close()
    return took


if __name__ == "__main__":
    print(json.dumps(in_folder(Path(sys.argv[1]))))
