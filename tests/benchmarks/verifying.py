"""Verifying records beside ``sha256sum`` over the same files, and one bad byte among 100,000 records.

The same files means both of a record: the mail and the JSON beside it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from retention.core.audit import Stored
from retention.core.record import Record, sidecar
from retention.jobs.record.known import take_in
from retention.jobs.record.verify import Verified, verify
from tests.benchmarks.capturing import _mail, _record
from tests.benchmarks.table import Figure, seconds, share
from tests.jobs.town import Town

RECORDS, TIMES = 10_000, 3
MANY = 100_000
AIM = "80 % or more"


def benchmark() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        town = filled(Path(name), RECORDS, _mail)
        taken = _taken_in(town)
        ours, plain = [], []
        for _ in range(TIMES):
            plain.append(_summed(town))
            ours.append(_verified(town)[0])
        yield Figure(
            f"verify {RECORDS:,} records of 40 kB, and reconcile",
            seconds(ours),
            seconds(plain),
            share(ours, plain),
            AIM,
        )
        yield Figure("take these into the catalog, by their sidecars", seconds([taken]))
    with tempfile.TemporaryDirectory() as name:
        town = filled(Path(name), MANY, _short)
        taken = _taken_in(town)
        flip(next((town.folder / "records").glob("*/*/*/7*.eml")))
        took, said = _verified(town)
        assert [one.kind for one in said.findings] == ["mismatch"]
        assert said.checked == MANY
        plain = [_summed(town)]
        yield Figure(
            f"one bad byte among {MANY:,} small records", seconds([took]), seconds(plain), share([took], plain)
        )
        yield Figure("take these into the catalog, by their sidecars", seconds([taken]))


def filled(folder: Path, records: int, mail: object) -> Town:
    """A town with so many records on its disk, and a ledger that tells of them; nothing of it is synced."""
    town = Town(folder / "town")
    world = town.world()
    stored = []
    for n in range(records):
        content = mail(n)  # type: ignore[operator]
        record = _record(content, n)
        record = replace(record, custody=(replace(record.custody[0], id=f"m{n}"),))
        stored.append(_put(town.folder / "records", record, content, n))
    world.ledger.append(*stored)
    world.close()
    return town


def _put(root: Path, record: Record, content: bytes, n: int) -> Stored:
    file = root / f"{record.place}.eml"
    if n == 0:
        file.parent.mkdir(parents=True)
    beside = sidecar(record)
    file.write_bytes(content)
    file.with_suffix(".json").write_bytes(beside)
    told = hashlib.sha256(beside).hexdigest()
    return Stored(plan="p", step=n, digest=record.digest, place=record.place, sidecar=told)


def _short(n: int) -> bytes:
    return f"From: a@x.example\r\nSubject: Minutes {n}\r\n\r\nHello.\r\n".encode()


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _taken_in(town: Town) -> float:
    world = town.world()
    began = time.perf_counter()
    take_in(world)
    took = time.perf_counter() - began
    world.close()
    return took


def _verified(town: Town) -> tuple[float, Verified]:
    world = town.world()
    began = time.perf_counter()
    said = verify(world, anew=True)
    took = time.perf_counter() - began
    world.close()
    return took, said


def _summed(town: Town) -> float:
    """Every file of the store, named to as few processes as take them."""
    find, tool = shutil.which("find"), shutil.which("sha256sum")
    assert find and tool
    began = time.perf_counter()
    subprocess.run(
        [find, str(town.folder / "records"), "-type", "f", "-exec", tool, "{}", "+"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began
