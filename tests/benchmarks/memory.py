"""How much memory a sync needs at its peak, for few messages and for many: it must not grow with the mailboxes.

Each sync runs in a fresh process, beside a simulator in another; only the syncing process is measured.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from retention.jobs.classify import classify
from retention.jobs.plan import plan
from retention.jobs.sync import sync
from tests.benchmarks.serving import Served, served
from tests.benchmarks.table import Figure
from tests.jobs.town import Town

MAILBOXES, FOLDERS = 10, 33
FEW, MANY = 100_000, 1_000_000
MIB = 1 << 20
JOBS = ("sync", "classify", "plan")


def benchmark() -> Iterator[Figure]:
    few, many = _measured(FEW), _measured(MANY)
    for job in JOBS:
        grown = (many[job][0] - few[job][0]) / MIB
        what = f"{job} of {MANY:,} messages beside {FEW:,}: peak memory"
        aim = "+50 MiB or less" if job == "sync" else ""
        yield Figure(what, _mib(many[job][0]), _mib(few[job][0]), f"{grown:+.0f} MiB", aim)
        rates = [f"{count / done[job][1]:,.0f}/s" for count, done in ((MANY, many), (FEW, few))]
        yield Figure("its messages a second", *rates)


def _mib(size: float) -> str:
    return f"{size / MIB:.0f} MiB"


def _measured(messages: int) -> dict[str, tuple[float, float]]:
    """Peak memory in bytes and seconds of each job, one after the other on one catalog."""
    with tempfile.TemporaryDirectory() as folder:
        with served(f"synthetic:{MAILBOXES}x{messages // MAILBOXES}x{FOLDERS}") as simulator:
            facts = json.dumps(simulator.facts)
            done = {"sync": _in_a_process("sync", folder, facts, messages)}
        for job in ("classify", "plan"):
            done[job] = _in_a_process(job, folder, "{}", messages)
    return done


def _in_a_process(*told: object) -> tuple[float, float]:
    command = [sys.executable, "-m", __spec__.name, *map(str, told)]
    peak, took = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return float(peak), float(took)


def main(job: str, folder: str, facts: str, messages: str) -> None:
    served = Served(json.loads(facts))
    town = Town(Path(folder), mail=served.mail() if served.facts else None)
    world = town.world()
    began = time.perf_counter()
    match job:
        case "sync":
            done = sum(each.messages for each in sync(world).mailboxes)
        case "classify":
            done = classify(world).filed
        case _:
            done = sum(tally.seen for tally in plan(world).counts.values())
    took = time.perf_counter() - began
    world.close()
    assert done == int(messages), done
    print(_peak(), took)


def _peak() -> int:
    """The most memory this process ever had in bytes."""
    status = Path("/proc/self/status")
    # Where there is no such file: the system's figure, which may count the process that started this one.
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
