"""Checking a million entries of the ledger beside hashing the same bytes, and the memory it takes for a tenth of them.

The ledger is made of runs as they are written: of every message an intent and an outcome, of every second one a record.
Each check is made in a process of its own, in turns with the hashing. What is compared is the time for which the
processor was at work: on a machine that does other things too, the longer of two would wait for more of them.
"""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from retention.catalog import Catalog
from retention.core.audit import (
    GENESIS,
    Approved,
    Body,
    Counted,
    Ended,
    Entry,
    Founded,
    Intent,
    Outcome,
    Started,
    Stored,
    write,
)
from retention.ledger import Ledger
from tests.benchmarks.apart import SIZES, measured, peak
from tests.benchmarks.table import Figure, seconds

STEPS, TIMES = 1000, 3
BEGAN = datetime(2026, 1, 5, 15, 0, 0, 123456, tzinfo=UTC)
WAYS = {
    "alone": "`audit verify --ledger`: chain, order, form, times",
    "whole": "`audit verify --no-records`: the city's, with what it amounts to and the catalog",
}


def benchmark() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        paths = [made(Path(name) / f"{size}.jsonl", size) for size in SIZES]
        yield Figure(f"bytes of {SIZES[1]:,} entries", f"{paths[1].stat().st_size / 1e6:,.0f} MB")
        for way, what in WAYS.items():
            ours, bare = [], []
            for _ in range(TIMES):
                bare.append(measured(__name__, "hash", paths[1])[0])
                ours.append(measured(__name__, way, paths[1])[0])
            ratio = min(ours) / min(bare)
            yield Figure(f"{what}, {SIZES[1]:,} entries", seconds(ours), seconds(bare), f"{ratio:.1f} x", "within 5 x")
            small, large = (measured(__name__, way, path)[1] for path in paths)
            more = f"{large - small:+.0f} MiB"
            if tool := shutil.which("sha256sum"):
                beside = min(_tool(tool, paths[1]) for _ in range(TIMES))
                yield Figure(
                    "the same beside sha256sum", seconds(ours), seconds([beside]), f"{min(ours) / beside:.1f} x"
                )
            yield Figure(f"its peak beside that of {SIZES[0]:,}", f"{large:.0f} MiB", f"{small:.0f} MiB", more, "flat")


def made(path: Path, entries: int) -> Path:
    """A ledger of so many entries."""
    previous = GENESIS
    with open(path, "wb") as file:
        for n, body in zip(range(entries), _bodies(), strict=False):
            at = BEGAN + timedelta(milliseconds=7 * n)
            salt = hashlib.blake2b(str(n).encode(), digest_size=16).hexdigest()
            line, previous = write(
                Entry(n=n, at=at, by="records@town.example", body=body, previous=previous, salt=salt)
            )
            file.write(line)
    return path


def _bodies() -> Iterator[Body]:
    yield Founded(city="Town")
    for number in count():
        plan = _digest(f"plan {number}")
        yield Approved(plan=plan, steps=STEPS)
        yield Started(plan=plan, holds=_digest("holds"))
        for step in range(1, STEPS + 1):
            yield from _deed(plan, step, number * STEPS + step)
        yield Counted(plan=plan, counts={"records@town.example": {"seen": STEPS}})
        yield Ended(plan=plan)


def _deed(plan: str, step: int, n: int) -> Iterator[Body]:
    is_record = n % 2 == 0
    action, result = ("capture", "captured") if is_record else ("purge", "purged")
    digest = _digest(str(n)) if is_record else ""
    place = f"town/town-requisitions/2025/{digest}" if is_record else ""
    ids = {"mailbox": f"6f1c0000-0000-0000-0000-{n % 1000:012}", "id": f"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg{n:016}"}
    yield Intent(
        plan=plan,
        step=step,
        action=action,
        address=f"box{n % 1000}@town.example",
        version=f"CQAAABYAAAC{n:012}",
        schedule="town",
        series="town-requisitions",
        how="recoverable",
        fingerprint=_digest("edition"),
        conversation=f"AAQkAD{n // 10:012}" if is_record else "",
        **ids,
    )
    if is_record:
        yield Stored(plan=plan, step=step, digest=digest, place=place, sidecar=digest)
    answer = "moved to Recoverable Items"
    yield Outcome(plan=plan, step=step, result=result, answer=answer, digest=digest, place=place, **ids)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tool(tool: str, path: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([tool, path], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _hash(path: Path) -> None:
    with open(path, "rb") as file:
        hashlib.file_digest(file, "sha256")


def _alone(path: Path) -> None:
    Ledger(path, now=lambda: BEGAN, by="", fold=False)


def _whole(path: Path) -> None:
    """What the command does but for the signatures, of which there are none: nobody's catalog knows these messages."""
    with tempfile.TemporaryDirectory() as name:
        catalog = Catalog(Path(name) / "retention.db", create=True)
        Ledger(path, now=lambda: BEGAN, by="", watch=catalog.told.take)
        assert not [*catalog.told.misremembered(), *catalog.told.untold()]
        catalog.close()


if __name__ == "__main__":
    job = {"hash": _hash, "alone": _alone, "whole": _whole}[sys.argv[1]]
    began = time.process_time()
    job(Path(sys.argv[2]))
    print(json.dumps([time.process_time() - began, peak()]))
