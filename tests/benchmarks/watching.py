"""What ``status`` costs over catalogs of many sizes: it must not grow with the number of messages.

Times are those of the processor, in an opened world. What the ledger tells is read when it is opened, and is not
measured here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from retention.jobs.status import status
from tests.benchmarks.apart import SIZES, catalog_of, measured, peak
from tests.benchmarks.filling import schedule
from tests.benchmarks.table import Figure
from tests.jobs.town import Town

ROUNDS = 5


def benchmark(sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    found = {size: measured(__name__, catalog_of(size)) for size in sizes}
    for size, (took, counted, most) in found.items():
        yield Figure(f"status of {size:,} messages", f"{took:.3f} s", f"{counted:.3f} s to count them")
        yield Figure("its peak memory", f"{most:.0f} MiB")
    small, large = min(sizes), max(sizes)
    growth = found[large][0] / found[small][0]
    yield Figure(f"{large:,} beside {small:,} messages", f"{growth:.1f} x", f"{large / small:.0f} x", aim="about 1 x")


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
    return min(ours), counted, peak()


if __name__ == "__main__":
    print(json.dumps(in_folder(Path(sys.argv[1]))))
