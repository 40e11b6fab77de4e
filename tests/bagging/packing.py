"""Bags for the tests: records made of bytes, packed into a folder, and read again.

Nothing is tested here.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retention.bagging import Facts, Mailbag, Sealed
from retention.core.record import Custody, Record

AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
FACTS = Facts(
    identifier="6700b2a1-f7fb-48d1-92b3-4ba1f5fc88d0",
    city="Town",
    person="Pat Ortiz",
    address="pat.ortiz@town.example",
    version="0.1.0",
    made_at=AT,
    purpose="accession of 2026",
)


def record(content: bytes, **more: Any) -> Record:
    custody = Custody(address="ana@town.example", mailbox="m", id="1", version="1", folder="Inbox", captured_at=AT)
    said: dict[str, Any] = {
        **{"digest": hashlib.sha256(content).hexdigest(), "size": len(content), "schedule": "town"},
        **{"fingerprint": "f", "series": "town-minutes", "title": "Minutes", "retain": "permanent", "citation": "c"},
        **{"because": "its subject", "due_on": None, "year": 2025, "internet_id": "<1@x>", "subject": "Minutes"},
        **{"sender": "a@x", "to": (), "cc": (), "bcc": (), "received_at": AT, "sent_at": AT, "kind": "IPM.Note"},
        **{"categories": (), "custody": (custody,)},
        **more,
    }
    return Record(**said)


def packed(folder: Path, *contents: bytes, facts: Facts = FACTS) -> Sealed:
    """A whole bag of these messages."""
    return packed_of(folder, ((record(one), one) for one in contents), facts)


def packed_of(folder: Path, records: Iterable[tuple[Record, bytes]], facts: Facts = FACTS) -> Sealed:
    with Mailbag(folder, facts) as bag:
        for one, content in records:
            bag.add(one, content)
        sealed = bag.seal(7)
        bag.publish()
    return sealed


def rows(folder: Path, name: str = "mailbag.csv") -> list[dict[str, str]]:
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def info(folder: Path) -> dict[str, str]:
    lines = (folder / "bag-info.txt").read_text("utf-8").split("\n")
    return dict(line.split(": ", 1) for line in lines if line)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
