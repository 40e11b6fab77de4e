"""Glimpses: all mail of a mailbox with no more of each message than is asked for, and how much of it there is.

Who asks, and what follows from what is seen, is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum

import msgspec
from msgspec import Struct

from retention.catalog.ends import FolderEnd, ends
from retention.catalog.likenesses import Alike, like
from retention.catalog.opening import Connection
from retention.catalog.rows import LOOK, filing_of, look_of
from retention.core.classify import Classification
from retention.core.message import Mailbox, Message

FILING = "filing"
"""What is asked for beside the fields of a message: how it is filed."""

_ALWAYS = ("id", "size")
_BATCH = 2000
_REMOVED, _GONE = "left_at IS NOT NULL", "left_at IS NULL AND gone_at IS NOT NULL"
# By an index, so that no mailbox has to be sorted. What is missed and not settled is neither present nor gone.
_OF_MAILBOX = """messages INDEXED BY messages_folder {filings}
    WHERE messages.mailbox = (SELECT n FROM mailboxes WHERE id = ?) AND pending IS NULL"""


class Standing(StrEnum):
    """Where a message is: in its mailbox, gone from it without our doing, or removed by it."""

    PRESENT = "present"
    GONE = "gone"
    REMOVED = "removed"


class Glimpse(Struct, frozen=True, gc=False):
    """A message of which only what was asked for is said, its id and its size, and how it is filed, if that was asked.

    ``filed_under`` is the fingerprint of the rules under which it was filed.
    """

    message: Message
    standing: Standing
    filing: Classification | None
    filed_under: str


class Glimpses:
    """Reads only."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, mailbox: Mailbox, fields: Collection[str]) -> Iterator[Glimpse]:
        """Every message that was ever known in this mailbox, always in the same order."""
        filings = "LEFT JOIN filings ON filings.n = messages.filed" if FILING in fields else ""
        filing = "filings.body, filings.rules" if filings else "NULL, NULL"
        cursor = self._db.execute(
            f"""SELECT {look_columns(fields)}, {_REMOVED}, {_GONE}, {filing} FROM {_OF_MAILBOX.format(filings=filings)}
            ORDER BY messages.folder, messages.n""",
            [mailbox.id],
        )
        cursor.row_factory = None
        while rows := cursor.fetchmany(_BATCH):
            for row in rows:
                removed, gone, filed, rules = row[-4:]
                yield Glimpse(look_of(row, mailbox.id), _standing(removed, gone), filing_of(filed), rules or "")

    def with_message_ids(self, internet_ids: Collection[str]) -> Iterator[tuple[str, str]]:
        """The Message-ID and the mailbox's address of every message with one of these that has not left its mailbox.

        One that is missed and not settled may still be there, and counts.
        """
        rows = self._db.execute(
            """SELECT DISTINCT messages.internet_id, mailboxes.address
            FROM json_each(?) JOIN messages ON messages.internet_id = json_each.value
            JOIN mailboxes ON mailboxes.n = messages.mailbox
            WHERE messages.gone_at IS NULL AND messages.left_at IS NULL ORDER BY 1, 2""",
            [msgspec.json.encode(tuple(internet_ids)).decode()],
        )
        return ((row[0], row[1]) for row in rows.fetchall())

    def like(self, message: Message) -> Iterator[Alike]:
        """Every other message that is like this one and has not left its mailbox, each once."""
        yield from like(self._db, message)

    def ends(self, mailbox: Mailbox) -> tuple[FolderEnd, ...]:
        """How far each folder of this mailbox was read."""
        return ends(self._db, mailbox)

    def counted(self, mailbox: Mailbox) -> dict[Standing, tuple[int, int]]:
        """How many messages of this mailbox are where, and their size in bytes."""
        rows = self._db.execute(
            f"""SELECT {_REMOVED} AS removed, {_GONE} AS gone, count(*), coalesce(sum(size), 0)
            FROM {_OF_MAILBOX.format(filings="")} GROUP BY removed, gone""",
            [mailbox.id],
        )
        return {_standing(removed, gone): (count, size) for removed, gone, count, size in rows}


def look_columns(fields: Collection[str]) -> str:
    """The columns that ``look_of`` reads; in place of those that were not asked for there is nothing."""
    asked = {*_ALWAYS, *fields}
    assert asked <= {FILING, *(one.rstrip("_") for one in LOOK)}, asked  # what was asked and not read would be unsaid
    return ", ".join(f"messages.{one}" if one.rstrip("_") in asked else "NULL" for one in LOOK)


def _standing(removed: bool, gone: bool) -> Standing:
    return Standing.REMOVED if removed else Standing.GONE if gone else Standing.PRESENT
