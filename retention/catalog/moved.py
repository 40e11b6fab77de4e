"""Moves where ids die with them: which of the messages that are missed lie elsewhere under another id.

What becomes of the two rows is in ``missed.py``; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from retention.catalog.opening import Connection

SIZE_MAY_CHANGE = 1024
"""Bytes by which the size that Exchange tells of an item may differ after a move: properties are counted in it."""

_LIKENESS = """CASE
    WHEN internet_id != '' THEN json_array(internet_id, sender, received_at, subject)
    WHEN sender != '' AND received_at IS NOT NULL AND subject IS NOT NULL AND size IS NOT NULL
        THEN json_array('', sender, received_at, subject, size) END"""
"""What a message keeps when it is moved. A Message-ID alone is not enough: anybody can write one into another mail."""

_THERE = """CASE WHEN coalesce(folders.read_before, pending) < pending
    THEN max(folders.read_before, iif(seen < pending, seen, 0)) ELSE pending - 1 END"""
"""The last run in which a missed message was certainly still there: its folder was read to its end, or told it."""

_SIDE = f"""n, {_LIKENESS} AS likeness, pending, size, preview, attachments, left_at IS NOT NULL AS ours,
    (SELECT known FROM runs WHERE runs.n > {_THERE} ORDER BY runs.n LIMIT 1) AS known_there,
    n <= (SELECT known FROM runs WHERE runs.n = pending) AS was_known"""
_FROM = "FROM messages LEFT JOIN folders ON folders.mailbox = messages.mailbox AND folders.id = folder"
_SIDES = f"""SELECT * FROM (
        SELECT 0 AS is_new, {_SIDE} {_FROM} WHERE messages.mailbox = ?1 AND pending IS NOT NULL AND gone_at IS NULL
        UNION ALL
        SELECT 1, {_SIDE} {_FROM}
            WHERE messages.mailbox = ?1 AND n > ?2 AND gone_at IS NULL AND left_at IS NULL {{where}})
    WHERE likeness IS NOT NULL ORDER BY likeness, n"""
_BY_OTHERS = _SIDES.format(where="")
_BY_US = _SIDES.format(where="AND folders.well_known = 'deleteditems'")
"""What this product moved to Deleted Items lies there under another id, and has none the less left its mailbox."""


class Move(Struct, frozen=True):
    """The short numbers of a message that is missed and of the new one that it has become.

    ``certain``: no other that is missed, and no other new one, could be meant.
    """

    missed: int
    new: int
    certain: bool


class _Side(Struct, frozen=True):
    """A message that is missed, or a new one; one that is new and missed already is both, and comes twice."""

    is_new: bool
    n: int
    likeness: str
    pending: int | None
    size: int | None
    preview: str | None
    attachments: str | None
    ours: bool
    known_there: int | None
    """The last number that was known when this one was still there: what came by then lay beside it."""
    was_known: bool | None


def moves(db: Connection, mailbox: int, known: int, *, ours: bool) -> list[Move]:
    """Each message that is missed with the new one it has become, in the order in which the new ones came.

    ``known`` is the last message that was known when the mailbox was last read to its end. ``ours``: those that this
    product had moved to Deleted Items, and otherwise those that it had not.
    """
    cursor = db.execute(_BY_US if ours else _BY_OTHERS, [mailbox, known])
    cursor.row_factory = None
    sides = (_Side(*row) for row in cursor)
    return [move for _, alike in groupby(sides, lambda side: side.likeness) for move in _among(alike, ours)]


def _among(alike: Iterable[_Side], ours: bool) -> Iterator[Move]:
    sides = list(alike)
    missed, new = ([side for side in sides if side.is_new == is_new] for is_new in (False, True))
    left = [side for side in missed if side.ours == ours and side.was_known]
    for place, now in enumerate(new, 1):
        before = _before(now, left, new[place:])
        if before is None:
            continue
        left = [side for side in left if side.n not in (before.n, now.n)]
        if now.pending is not None and now.was_known:
            left.insert(0, replace(now, n=before.n, ours=ours))
        yield Move(before.n, now.n, len(missed) == len(new) == 1 and _is_same(before, now))


def _before(now: _Side, missed: list[_Side], later: list[_Side]) -> _Side | None:
    """What the new message was before: one that is the same in all, otherwise one that does not differ.

    One that is the same as another that came ``later`` is left to that.
    """
    possible = [side for side in missed if side.n < now.n and side.known_there is not None and now.n > side.known_there]
    for side in possible:
        if _is_same(side, now):
            return side
    for side in possible:
        if not _differ(side, now) and not any(_is_same(side, other) for other in later):
            return side
    return None


def _is_same(one: _Side, other: _Side) -> bool:
    """Whether all that is told of them beside their likeness is known of both and is the same."""
    mine, its = ((side.size, side.preview, side.attachments) for side in (one, other))
    return None not in mine and mine == its


def _differ(one: _Side, other: _Side) -> bool:
    if one.size is not None and other.size is not None and abs(one.size - other.size) > SIZE_MAY_CHANGE:
        return True
    said = ((one.preview, other.preview), (one.attachments, other.attachments))
    return any(mine is not None and its is not None and mine != its for mine, its in said)
