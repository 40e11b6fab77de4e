"""A first sync and one with nothing changed, beside a bare probe that reads the same mail and drops it.

The simulator runs in its own process and adds 50 ms to each request, about what a city's line to Microsoft adds.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from retention.jobs.sync import sync
from tests.benchmarks import probe
from tests.benchmarks.serving import Served, served
from tests.benchmarks.table import Figure, seconds, share
from tests.jobs.town import Town

MAILBOXES, EACH, FOLDERS = 4, 5000, 33
LATENCY = 0.05
TIMES = 5
AIM = "80 % or more"


def benchmark() -> Iterator[Figure]:
    first, again, bare, full = [], [], [], []
    with (
        served(f"synthetic:{MAILBOXES}x{EACH}x{FOLDERS}", LATENCY) as simulator,
        tempfile.TemporaryDirectory() as folder,
    ):
        # Once for each, so that the simulator has made its rows and this process has imported what it needs.
        probe.read(simulator, sizes=True)
        _synced(simulator, Path(folder) / "warm")
        for number in range(TIMES):
            bare.append(probe.read(simulator, sizes=False))
            first.append(_synced(simulator, Path(folder) / str(number)))
            full.append(probe.read(simulator, sizes=True))
            simulator.requests()
            again.append(_synced(simulator, Path(folder) / str(number)))
            asked = _asked(simulator)
    assert {each.rows for each in bare + full} == {MAILBOXES * EACH}
    what = f"first sync, {MAILBOXES} x {EACH:,} messages in {FOLDERS} folders, 50 ms a request"
    limits = {
        "the same, beside the same requests sent bare": [each.whole for each in full],
        "the same, beside delta alone": [each.whole for each in bare],
        "the same, beside delta alone, signed in and all folders known": [each.reading for each in bare],
    }
    rate = MAILBOXES * EACH / sorted(first)[TIMES // 2]
    yield Figure(what, f"{rate:,.0f} messages/s")
    for words, limit in limits.items():
        yield Figure(words, seconds(first), seconds(limit), share(first, limit), AIM)
    yield Figure("second sync, nothing changed", seconds(again))
    folders = MAILBOXES * FOLDERS
    per_folder = f"{asked['folder'] / folders:.2f} a folder"
    yield Figure("its requests for messages", per_folder, "1 a folder", f"{asked['folder'] / folders:.2f}", "1.00")
    walk = f"{asked['walk'] / MAILBOXES:.1f} a mailbox"
    yield Figure("its requests to list folders (batches count once)", walk)
    yield Figure("its requests to sign in and to list mailboxes", str(asked["other"]))


def _synced(simulator: Served, folder: Path) -> float:
    """How long one whole sync takes, with a mail system that has not signed in yet."""
    town = Town(folder, mail=simulator.mail())
    world = town.world()
    began = time.perf_counter()
    done = sync(world)
    took = time.perf_counter() - began
    world.close()
    assert [(each.messages, each.folders) for each in done.mailboxes] == [(EACH, FOLDERS)] * MAILBOXES
    return took


def _asked(simulator: Served) -> Counter[str]:
    """Requests by what they were for; a batch counts as one."""
    seen = [each for each in simulator.requests() if "batch-part" not in each["headers"]]
    kinds = Counter[str]()
    for each in seen:
        path = each["path"].partition("?")[0].lower()
        walked = path.endswith(("/$batch", "/mailfolders"))
        kinds["folder" if "/messages" in path else "walk" if walked else "other"] += 1
    return kinds
