"""What ``status`` costs over catalogs of many sizes: it must not grow with the number of messages.

Times are those of the processor, in an opened world. What the ledger tells is read when it is opened, and is not
measured here.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from retention.jobs.status import status
from tests.benchmarks.filling import multiplied, schedule
from tests.benchmarks.table import Figure
from tests.jobs.town import Town

SIZES = (100_000, 1_000_000)
"""The larger has ten times the mailboxes too; ten million: ``python -m tests.benchmarks.watching 100000 10000000``."""
ROUNDS = 5


def benchmark(sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    measured = {size: _measured(size) for size in sizes}
    for size, (took, counted, peak) in measured.items():
        yield Figure(f"status of {size:,} messages", f"{took:.3f} s", f"{counted:.3f} s to count them")
        yield Figure("its peak memory", f"{peak:.0f} MiB")
    small, large = min(sizes), max(sizes)
    growth = measured[large][0] / measured[small][0]
    yield Figure(f"{large:,} beside {small:,} messages", f"{growth:.1f} x", f"{large / small:.0f} x", aim="about 1 x")


def _measured(size: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as name:
        multiplied(Path(name), size)
        done = subprocess.run([sys.executable, "-m", __name__, "in", name], check=True, capture_output=True, text=True)
        took, counted, peak = json.loads(done.stdout)
        return took, counted, peak


def in_folder(folder: Path) -> tuple[float, float, float]:
    """Seconds of a status, and of merely counting the messages, and the peak of the memory in MiB."""
    ours = []
    for _ in range(ROUNDS):
        world = Town(folder, schedule=schedule()).world()
        began = time.process_time()
        status(world)
        ours.append(time.process_time() - began)
        began = time.process_time()
        for mailbox in world.catalog.mailboxes():
            world.catalog.glimpses.counted(mailbox)
        counted = time.process_time() - began
        world.close()
    return min(ours), counted, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1] == "in":
        print(json.dumps(in_folder(Path(sys.argv[2]))))
    else:
        print(*benchmark(tuple(map(int, sys.argv[1:]))), sep="\n")
