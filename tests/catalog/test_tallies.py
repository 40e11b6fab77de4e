"""What is counted as it changes is what would be counted: whoever writes, and whatever they write."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.catalog import Catalog
from retention.catalog.rows import PRESENT, STORED
from retention.catalog.tallies import REVIEW, Kind, Wait
from retention.core.classify import Classification
from retention.core.message import FILES, Mailbox
from tests.catalog.desk import BOX, OTHER, Desk, message

FILED = (
    Classification(why="nothing fits"),
    Classification(record=True, ambiguous=True, why="two fit"),
    Classification("s1", "town", why="transitory"),
    Classification("s2", "town", record=True, why="a record"),
)
AT = "2026-11-20T10:00:00Z"
WRITES = st.one_of(
    st.tuples(st.just("filed"), st.sampled_from((None, 1, 2, 3, 4))),
    st.tuples(
        st.sampled_from(("gone_at", "left_at", "received_at")), st.sampled_from((None, AT, "2025-03-04T23:59:59Z"))
    ),
    st.tuples(st.just("pending"), st.sampled_from((None, 1))),
    st.tuples(st.just("result"), st.sampled_from((None, "captured", "purged", "dropped"))),
    st.tuples(st.sampled_from(("digest", "version")), st.sampled_from((None, "v1", "v2"))),
    st.tuples(st.just("mailbox"), st.sampled_from((1, 2, 3))),
    st.tuples(st.just("subject"), st.just("another")),
    st.tuples(st.just("DELETE"), st.none()),
)


def filled(folder: Path) -> Desk:
    desk = Desk(folder)
    desk.catalog.save_mailbox(Mailbox(id="old", address="ana@town.example/old.mbox", kind=FILES), ())
    desk.page(*(message(f"m{n}") for n in range(6)))
    desk.catalog.filings.save([(n + 1, filing, ()) for n, filing in enumerate(FILED)], "rules")
    return desk


def counted(path: Path) -> dict[str, Any]:
    """The same numbers as ``tallies`` gives, each counted from the messages."""
    db = sqlite3.connect(path)
    kinds = "LEFT JOIN filings ON filings.n = messages.filed"
    kind = "CASE WHEN filed IS NULL THEN 0 ELSE 1 + (json_extract(body, '$.series_key') IS NOT NULL) + 2 * record END"
    stored = "result = 'captured' AND digest = version"

    def one(which: str) -> int:
        return int(db.execute(f"SELECT count(*) FROM messages {kinds} WHERE {which}").fetchone()[0])

    aged = db.execute(
        f"""SELECT {kind}, substr(received_at, 1, 10) FROM messages {kinds} WHERE {PRESENT} AND filed IS NOT NULL
        AND ({kind} IN (1, 3) OR {kind} = 4 AND NOT coalesce({stored}, 0))"""
    ).fetchall()
    return {
        "all": {
            "present": one(PRESENT),
            "captured": one(f"left_at IS NOT NULL AND result = 'captured' OR {STORED}"),
            "purged": one("left_at IS NOT NULL AND result = 'purged'"),
            "gone": one("gone_at IS NOT NULL"),
            "unclassified": one(f"{PRESENT} AND filed IS NULL"),
        },
        "present": dict(db.execute(f"SELECT mailbox, count(*) FROM messages WHERE {PRESENT} GROUP BY mailbox")),
        "waiting": one(f"{PRESENT} AND {kind} = 4 AND NOT coalesce({stored}, 0)"),
        "gone": (
            one("gone_at IS NOT NULL AND left_at IS NULL"),
            one(f"gone_at IS NOT NULL AND left_at IS NULL AND {kind} = 4"),
        ),
        "review": Counter(date.fromisoformat(day) if day else None for kind, day in aged if kind in (1, 3)),
        "records": Counter(date.fromisoformat(day) if day else None for kind, day in aged if kind == 4),
        "waits": one("left_at IS NOT NULL AND result = 'captured' AND received_at IS NOT NULL"),
        "undated": one("left_at IS NOT NULL AND result = 'captured' AND received_at IS NULL"),
    }


def told(catalog: Catalog) -> dict[str, Any]:
    tallies = catalog.tallies
    waits, undated = tallies.waits()
    return {
        "all": catalog.tally(),
        "present": {mailbox: count for mailbox, count in tallies.present().items() if count},
        "waiting": tallies.waiting(),
        "gone": tallies.gone(),
        "review": tallies.ages(*REVIEW),
        "records": tallies.ages(Kind.RECORD),
        "waits": sum(wait.records for wait in waits),
        "undated": undated,
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(1, 6), WRITES), max_size=25))
def test_every_count_is_that_of_the_messages(writes: list[tuple[int, tuple[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = filled(Path(folder))
        db = sqlite3.connect(desk.path)
        for n, (column, value) in writes:
            if column == "DELETE":
                db.execute("DELETE FROM messages WHERE n = ?", [n])
            else:
                db.execute(f"UPDATE messages SET {column} = ? WHERE n = ?", [value, n])
        db.commit()
        db.close()
        assert told(desk.catalog) == counted(desk.path)
        desk.catalog.close()


def test_the_counts_of_a_life_in_the_catalog(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    assert told(desk.catalog) == counted(desk.path)
    desk.begin()
    desk.page(message("m2", version="v2"), message("m9"), message("other", mailbox=OTHER), removed=("m1", "m3"))
    assert told(desk.catalog) == counted(desk.path)
    desk.settle()
    assert told(desk.catalog) == counted(desk.path)
    assert desk.catalog.present_in(BOX) == counted(desk.path)["present"][1]
    assert sum(row["present"] for row in desk.catalog.coverage()) == desk.catalog.tally()["present"]
    assert [one.messages for one in desk.catalog.covered.portions()] == [
        row["present"] for row in desk.catalog.coverage()
    ]


def test_what_a_transaction_undoes_was_never_counted(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    before = told(desk.catalog)
    with pytest.raises(ZeroDivisionError), desk.catalog.together():
        desk.page(message("new"), removed=("m1",))
        raise ZeroDivisionError
    assert told(desk.catalog) == before == counted(desk.path)


@pytest.mark.parametrize(
    ("lay", "within"),
    [
        (timedelta(seconds=0), timedelta(0)),
        (timedelta(seconds=61), timedelta(minutes=2)),
        (timedelta(hours=47, minutes=59), timedelta(hours=47, minutes=59)),
        (timedelta(days=3, seconds=1), timedelta(days=3, hours=1)),
        (-timedelta(days=2), timedelta(0)),
    ],
)
def test_a_wait_is_told_in_full_minutes_or_hours(tmp_path: Path, lay: timedelta, within: timedelta) -> None:
    desk = Desk(tmp_path)
    received = datetime(2025, 3, 4, 15, 30, tzinfo=UTC)
    desk.page(message("m1", received_at=received))
    with sqlite3.connect(desk.path) as db:
        db.execute("UPDATE messages SET result = 'captured', left_at = ?", [f"{received + lay:%Y-%m-%dT%H:%M:%SZ}"])
    assert desk.catalog.tallies.waits() == ((Wait(within, 1),), 0)


def test_counting_asks_no_message(tmp_path: Path) -> None:
    """What is asked of a catalog of any size is read from the tables of counts alone."""
    desk = filled(tmp_path)
    with sqlite3.connect(desk.path) as db:
        for trigger in ("messages_in", "messages_out", "messages_over"):
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("DELETE FROM messages")
    assert told(desk.catalog)["all"]["present"] == 6 and desk.catalog.coverage()[0]["present"] == 6
