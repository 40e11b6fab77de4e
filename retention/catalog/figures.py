"""Figures for reports: how many messages and records there are, of what size, by filing, mailbox, time and state.

Nothing is written here, and which day a month begins on is for whoever asks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from retention.catalog.drops import DROPPED
from retention.catalog.opening import Connection
from retention.catalog.rows import PRESENT, STORED, filing_of, mailbox_of
from retention.core.classify import Classification
from retention.core.message import Mailbox

_STATE = f"""CASE WHEN left_at IS NOT NULL THEN coalesce(result, 'purged')
    WHEN gone_at IS NOT NULL THEN 'gone' WHEN pending IS NOT NULL THEN 'missed'
    WHEN {STORED} THEN 'stored' ELSE 'present' END"""
"""Where a message is; ``stored``: captured as it is, in the file where it also stays."""


class Mass(NamedTuple):
    """So many messages of one filing (``None``: not filed since they changed), and the bytes of them.

    ``when`` counts the bounds that lie at or before their receipt, so that those received before the first of them have
    0; ``None`` is without a date of receipt.
    """

    filing: int | None
    when: int | None
    state: str
    messages: int
    size: int


class Box(NamedTuple):
    """One mailbox, or files: how many of its messages are where, and the bytes of those that are in it."""

    mailbox: Mailbox
    dropped: bool
    states: dict[str, int]
    size: int
    largest: int


class Large(NamedTuple):
    """One message that lies in a mailbox; ``size`` is that of its largest attachment."""

    n: int
    address: str
    subject: str
    received_at: str | None
    size: int


class Attachments(NamedTuple):
    """How many messages have an attachment that is ``larger`` than was asked, and of how many no sizes are known."""

    larger: int
    unknown: int


class Shelf(NamedTuple):
    """The stored records of one series that stand alike; ``due`` of them have a due day that has come."""

    schedule: str
    series: str
    state: str
    records: int
    size: int
    due: int
    troubled: int


class Figures:
    """Reads only. Each method walks the messages or the records once, and holds only what it counts."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def masses(self, bounds: Sequence[datetime]) -> tuple[Mass, ...]:
        """All messages that were ever known, counted by filing, time of receipt and state."""
        when, values = _placed("received_at", bounds)
        rows = self._db.execute(
            f"""SELECT filed, {when} AS at, {_STATE} AS state, count(*), coalesce(sum(size), 0)
            FROM messages GROUP BY filed, at, state""",
            values,
        )
        return tuple(Mass(*row) for row in rows.fetchall())

    def filings(self) -> dict[int, tuple[Classification, str]]:
        """Every filing by its number, with the rules under which it was made."""
        rows = self._db.execute("SELECT n, body, rules FROM filings")
        return {row["n"]: (filing, row["rules"]) for row in rows if (filing := filing_of(row["body"]))}

    def boxes(self) -> tuple[Box, ...]:
        """Every mailbox that was ever known, in the order of the addresses."""
        found = {
            row["n"]: Box(mailbox_of(row), bool(row["dropped"]), {}, 0, 0)
            for row in self._db.execute(f"SELECT *, {DROPPED} AS dropped FROM mailboxes ORDER BY address")
        }
        rows = self._db.execute(
            f"""SELECT mailbox, {_STATE} AS state, count(*), coalesce(sum(size), 0), coalesce(max(size), 0)
            FROM messages GROUP BY mailbox, state"""
        )
        for n, state, messages, size, largest in rows.fetchall():
            box = found[n]
            box.states[state] = messages
            if state in ("present", "stored"):
                found[n] = box._replace(size=box.size + size, largest=max(box.largest, largest))
        return tuple(found.values())

    def filed(self, numbers: Collection[int]) -> dict[int, int | None]:
        """The filing of each of these messages, by their short numbers."""
        rows = self._db.execute(f"SELECT n, filed FROM messages WHERE n IN ({_numbers(numbers)})")
        return {row[0]: row[1] for row in rows.fetchall()}

    def waiting(
        self, filings: Collection[int], beside_a_record: Collection[int], bounds: Sequence[datetime]
    ) -> tuple[Mass, ...]:
        """Present messages with these filings, and those ``beside_a_record`` whose conversation holds a record."""
        when, values = _placed("received_at", bounds)
        rows = self._db.execute(
            f"""SELECT filed, {when} AS at, 'present', count(*), coalesce(sum(size), 0) FROM messages
            WHERE {PRESENT} AND (filed IN ({_numbers(filings)}) OR (filed IN ({_numbers(beside_a_record)})
                AND conversation != '' AND conversation IN (SELECT conversation FROM record_threads)))
            GROUP BY filed, at""",
            values,
        )
        return tuple(Mass(*row) for row in rows.fetchall())

    def largest(self, most: int) -> tuple[Large, ...]:
        """The messages with the largest attachments that lie in a mailbox, the largest first."""
        rows = self._db.execute(
            f"""SELECT messages.n, address, coalesce(subject, ''), received_at, largest_attachment FROM messages
            JOIN mailboxes ON mailboxes.n = messages.mailbox
            WHERE {PRESENT} AND largest_attachment > 0 ORDER BY largest_attachment DESC, messages.n LIMIT ?""",
            [most],
        )
        return tuple(Large(*row) for row in rows.fetchall())

    def attached(self, size: int) -> Attachments:
        """What is known of the attachments of messages in mailboxes of a mail system, beside this size in bytes."""
        row = self._db.execute(
            f"""SELECT coalesce(sum(largest_attachment > ?), 0),
                coalesce(sum(has_attachments AND largest_attachment IS NULL), 0) FROM messages
            WHERE {PRESENT} AND mailbox NOT IN (SELECT n FROM mailboxes WHERE kind = 'files')""",
            [size],
        ).fetchone()
        return Attachments(*row)

    def shelves(self, today: str) -> tuple[Shelf, ...]:
        """The stored records by series and state, those due by this day (as ``2026-03-01``) counted."""
        rows = self._db.execute(
            """SELECT schedule, series, state, count(*), coalesce(sum(size), 0),
                coalesce(sum(due_on IS NOT NULL AND due_on <= ?), 0), sum(trouble != '')
            FROM records GROUP BY schedule, series, state ORDER BY schedule, series, state""",
            [today],
        )
        return tuple(Shelf(*row) for row in rows.fetchall())


def _placed(column: str, bounds: Sequence[datetime]) -> tuple[str, list[str]]:
    """SQL that says how many of these bounds lie at or before an instant, and the values that it is bound to.

    An instant is written with a ``Z`` or a fraction behind its whole seconds: text that has neither sorts before both.
    """
    if not bounds:
        return f"iif({column} IS NULL, NULL, 0)", []
    cases = " ".join(f"WHEN {column} < ? THEN {at}" for at in range(len(bounds)))
    return f"CASE WHEN {column} IS NULL THEN NULL {cases} ELSE {len(bounds)} END", [_text(one) for one in bounds]


def _text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _numbers(numbers: Collection[int]) -> str:
    return ", ".join(map(str, numbers)) or "NULL"
