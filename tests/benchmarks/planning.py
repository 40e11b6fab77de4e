"""Planning over a whole catalog, beside a bare scan of the columns on which a plan rests.

Times are those of the processor, so that others at work on the machine do not count; each size is measured in a process
of its own. The plan takes what the limits allow, as one of every night does.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from retention.catalog.deciding import ASKED
from retention.catalog.opening import CACHE
from retention.catalog.rows import PRESENT
from retention.jobs import plan
from tests.benchmarks.filling import multiplied, schedule
from tests.benchmarks.table import Figure
from tests.jobs.town import Town

SIZES = (100_000, 1_000_000)
"""Ten million are measured too where they are asked for: ``python -m tests.benchmarks.planning 10000000``."""
ROUNDS = 2


def benchmark(sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    measured = {size: _measured(size) for size in sizes}
    for size, (ours, bare, peak) in measured.items():
        yield Figure(
            f"plan of {size:,} messages", f"{ours:.1f} s", f"{bare:.1f} s", f"{ours / bare:.2f} x", "3 x or less"
        )
        yield Figure("its peak memory", f"{peak:.0f} MiB")
    small, large = min(sizes), max(sizes)
    growth = measured[large][0] / measured[small][0]
    yield Figure(f"{large:,} beside {small:,} messages", f"{growth:.1f} x", f"{large / small:.0f} x", aim="no more")


def _measured(size: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as name:
        multiplied(Path(name), size)
        done = subprocess.run([sys.executable, "-m", __name__, "in", name], check=True, capture_output=True, text=True)
        ours, bare, peak = json.loads(done.stdout)
        return ours, bare, peak


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
    return min(ours), min(bare), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
    if sys.argv[1] == "in":
        print(json.dumps(in_folder(Path(sys.argv[2]))))
    else:
        print(*benchmark(tuple(map(int, sys.argv[1:]))), sep="\n")
