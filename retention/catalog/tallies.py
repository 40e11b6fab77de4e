"""How many messages stand how, in each mailbox: counted as they change, so that nobody has to count them.

The triggers that count are part of the tables; what follows from a number is not known here.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from enum import IntEnum

from msgspec import Struct

from retention.catalog.opening import Connection

GONE, MISSED, CAPTURED, PURGED, TAKEN, STORED = 1, 2, 4, 8, 12, 16
"""The bits of ``state``. ``TAKEN`` are the two that say how it left its mailbox; where both are set, in another way.
``STORED``: exactly this content was captured, though it may still be in its mailbox."""

PRESENT_STATE = f"NOT state & {GONE | MISSED | TAKEN}"
"""Messages that are in their mailbox."""


class Kind(IntEnum):
    """How a message is filed: ``DOUBTFUL`` has no series and may be a record, ``NOTHING`` has none and is none."""

    UNFILED = 0
    NOTHING = 1
    TRANSITORY = 2
    DOUBTFUL = 3
    RECORD = 4


REVIEW = (Kind.NOTHING, Kind.DOUBTFUL)
"""What waits for a person because no series fits, or more than one does."""


class Wait(Struct, frozen=True):
    """How many messages of records took so long, at most, from their receipt to their capture."""

    within: timedelta
    records: int


class Tallies:
    """Reads only. Whatever number is asked for, the cost is that of the mailboxes, never that of the messages."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def all(self) -> dict[str, int]:
        """How many messages are present, captured, purged, gone without our doing, and present without a filing."""
        totals: Counter[str] = Counter()
        for row in self._db.execute(
            """SELECT state, tallies.kind, mailboxes.kind = 'files' AS in_files, sum(messages) FROM tallies
            JOIN mailboxes ON mailboxes.n = tallies.mailbox GROUP BY 1, 2, 3"""
        ):
            state, kind, in_files, count = row
            present, taken = _is_present(state), state & TAKEN
            totals["present"] += present * count
            totals["captured"] += (taken == CAPTURED or bool(in_files and state & STORED)) * count
            totals["purged"] += (taken == PURGED) * count
            totals["gone"] += (state & GONE) * count
            totals["unclassified"] += (present and kind == Kind.UNFILED) * count
        return {what: totals[what] for what in ("present", "captured", "purged", "gone", "unclassified")}

    def present(self) -> dict[int, int]:
        """How many messages are in each mailbox, by its number in the catalog."""
        rows = self._db.execute(f"SELECT mailbox, sum(messages) FROM tallies WHERE {PRESENT_STATE} GROUP BY mailbox")
        return {row[0]: row[1] for row in rows}

    def waiting(self) -> int:
        """How many messages are filed as records, lie in their mailbox and are not captured as they are."""
        return self._count(f"state = 0 AND kind = {Kind.RECORD}")

    def gone(self) -> tuple[int, int]:
        """How many messages went without our doing, and how many of these were filed as records."""
        gone = f"state & {GONE} AND NOT state & {TAKEN}"
        return self._count(gone), self._count(f"{gone} AND kind = {Kind.RECORD}")

    def ages(self, *kinds: Kind) -> dict[date | None, int]:
        """How many present messages of these kinds were received on each day (UTC), the oldest first.

        Only ``REVIEW`` and records that are not captured are counted by day. ``None``: without a date of receipt.
        """
        marks = ", ".join("?" * len(kinds))
        rows = self._db.execute(
            f"""SELECT received_on, sum(messages) AS waiting FROM ages WHERE kind IN ({marks})
            GROUP BY received_on HAVING waiting > 0 ORDER BY received_on""",
            [int(kind) for kind in kinds],
        )
        return {date.fromisoformat(day) if day else None: count for day, count in rows}

    def waits(self) -> tuple[tuple[Wait, ...], int]:
        """How long records had lain in their mailbox when they were captured, the shortest first; and the undated.

        Waits of less than two days are told to the minute, and longer ones to the hour, in full ones.
        """
        rows = self._db.execute("SELECT seconds, messages FROM waits WHERE messages > 0 ORDER BY seconds").fetchall()
        dated = tuple(Wait(timedelta(seconds=seconds), count) for seconds, count in rows if seconds >= 0)
        return dated, sum(count for seconds, count in rows if seconds < 0)

    def _count(self, which: str) -> int:
        row = self._db.execute(f"SELECT coalesce(sum(messages), 0) FROM tallies WHERE {which}").fetchone()
        return int(row[0])


def _is_present(state: int) -> bool:
    return not state & (GONE | MISSED | TAKEN)
