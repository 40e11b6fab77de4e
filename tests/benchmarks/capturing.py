"""Capturing records beside a plain write, sync and rename of the same bytes, one file after the other.

The same bytes means both files of a record: the mail and the JSON beside it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from retention.core.record import Custody, Record, sidecar
from retention.jobs.apply import HANDFUL
from retention.store.disk import DiskStore
from tests.benchmarks.table import Figure, seconds, share
from tests.jobs.town import CLERK, Town, with_limits
from tests.mail.doubles import MemoryMail

MAILS, SIZE, TIMES = 10_000, 40_000, 3
AIM = "70 % or more"


def benchmark() -> Iterator[Figure]:
    mails = [_mail(number) for number in range(MAILS)]
    records = [_record(mail, number) for number, mail in enumerate(mails)]
    plain, single, stored, applied = [], [], [], []
    for _ in range(TIMES):
        plain.append(_plain(mails, records))
        single.append(_stored(mails, records, 1))
        stored.append(_stored(mails, records, HANDFUL))
        applied.append(_applied(mails))
    what = f"store {MAILS:,} records of {SIZE // 1000} kB, checked"
    yield Figure(f"{what}, {HANDFUL} at once", seconds(stored), seconds(plain), share(stored, plain), AIM)
    yield Figure("the same, one at a time", seconds(single), seconds(plain), share(single, plain))
    yield Figure(
        "the whole of apply on memory mail, ledger too", seconds(applied), seconds(plain), share(applied, plain)
    )


def _mail(number: int) -> bytes:
    head = f"From: a@x.example\r\nSubject: Minutes {number}\r\nDate: Fri, 17 Oct 2025 15:00:00 +0000\r\n\r\n".encode()
    line = hashlib.sha256(head).hexdigest().encode() + b"\r\n"
    return head + line * ((SIZE - len(head)) // len(line))


def _record(mail: bytes, number: int) -> Record:
    at = datetime(2025, 10, 17, 15, tzinfo=UTC)
    custody = Custody(address=CLERK, mailbox="b", id=f"m{number}", version="v", folder="Inbox", captured_at=at)
    return Record(
        digest=hashlib.sha256(mail).hexdigest(),
        size=len(mail),
        schedule="town",
        fingerprint="f" * 64,
        series="town-minutes",
        title="Minutes",
        retain="permanent",
        citation="Town Code 1",
        because="it says minutes",
        due_on=None,
        year=2025,
        internet_id=f"<{number}@x.example>",
        subject=f"Minutes {number}",
        sender="a@x.example",
        to=(CLERK,),
        cc=(),
        bcc=(),
        received_at=at,
        sent_at=at,
        kind="IPM.Note",
        categories=(),
        custody=(custody,),
    )


def _plain(mails: list[bytes], records: list[Record]) -> float:
    beside = [sidecar(record) for record in records]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        for number, (mail, told) in enumerate(zip(mails, beside, strict=True)):
            for ending, data in (("eml", mail), ("json", told)):
                part = folder / f".{number}.{ending}"
                with open(part, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(folder / f"{number}.{ending}")
        return time.perf_counter() - began


def _stored(mails: list[bytes], records: list[Record], at_once: int) -> float:
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(at_once) as pool:
        store = DiskStore.create(Path(name) / "records")
        began = time.perf_counter()
        list(pool.map(store.put, records, mails))
        return time.perf_counter() - began


def _applied(mails: list[bytes]) -> float:
    with tempfile.TemporaryDirectory() as name:
        memory = MemoryMail(page_size=1000)
        town = Town(Path(name) / "town", mail=memory)
        with_limits(town, largest_purge=MAILS)
        for mail in mails:
            memory.add(CLERK, "Inbox", mail)
        made = town.approved_plan()
        began = time.perf_counter()
        assert town.apply(made).total("captured") == MAILS
        return time.perf_counter() - began
