"""Rows that are written many in one statement: what is known is what one after the other would have made known."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from retention.catalog import pages
from retention.core.message import Message
from tests.catalog.desk import Desk, message

EDGES = sorted({at + by for at in pages.AT_ONCE for by in (-1, 0, 1)} - {0}) + [sum(pages.AT_ONCE), 150]


def known(desk: Desk) -> list[tuple[object, ...]]:
    with sqlite3.connect(desk.path) as db:
        return db.execute("SELECT * FROM messages ORDER BY n").fetchall()


def rows(count: int) -> tuple[Message, ...]:
    """The last is the first one again, changed; and one says nothing but that it was read."""
    made = [message(f"m{n}", subject=f"Letter {n}") for n in range(count)]
    made += [
        message("m0", subject="Letter 0, changed"),
        Message(mailbox=made[0].mailbox, id="m0", folder=made[0].folder),
    ]
    return tuple(made)


@pytest.mark.parametrize("count", EDGES)
def test_however_many_are_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    for name in ("together", "alone"):
        (tmp_path / name).mkdir()
    together, alone = Desk(tmp_path / "together"), Desk(tmp_path / "alone")
    for _ in range(2):
        together.page(*rows(count))
    monkeypatch.setattr(pages, "AT_ONCE", (1,))
    for _ in range(2):
        alone.page(*rows(count))
    assert known(together) == known(alone) and len(known(alone)) == count


def test_python_is_given_no_place_by_its_name_or_number() -> None:
    """From Python 3.12 each of those is looked for among all, which takes longer than the row."""
    assert not any(re.search(r"\?\d|(?<![\w\"])[:@]\w", sql) for sql in pages._UPSERTS.values())
