"""Which records are wanted, by what is known of them and by the words of their headers.

What is then done with them is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from sqlite3 import Row

from msgspec import Struct

from retention.catalog.opening import Connection
from retention.catalog.rows import text_of
from retention.errors import WrongUsage

_AT_ONCE = 1000
_PART = re.compile(r'"[^"]*"?|[^\s"]+')
_RANK = "bm25(record_words, 10.0, 5.0, 3.0, 4.0, 1.0)"
"""A word weighs most in a subject, then in a sender, in an attachment's name, among the recipients."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What is asked of each record; what is empty is not asked. ``words`` are as a person types them.

    ``mailboxes`` and ``addresses``: it came from one of these. ``received_before`` and ``due_before`` are the first
    that is too late. ``due_changed``: it is due on another day than its sidecar says.
    """

    schedule: str = ""
    series: str = ""
    mailboxes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    received_from: datetime | None = None
    received_before: datetime | None = None
    due_from: date | None = None
    due_before: date | None = None
    due_changed: bool = False
    state: str = ""
    words: str = ""


def found_by(db: Connection, asked: Wanted) -> Iterator[Row]:
    """The rows of every record that is wanted: the best first where words are looked for, else by number.

    Only the numbers are held in memory, so that rows may be written while they are read.
    """
    numbers = [row[0] for row in db.execute(*_query(asked)).fetchall()]
    for at in range(0, len(numbers), _AT_ONCE):
        some = numbers[at : at + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = {row["n"]: row for row in db.execute(f"SELECT * FROM records WHERE n IN ({marks})", some)}
        yield from (rows[n] for n in some if n in rows)


def _query(asked: Wanted) -> tuple[str, list[object]]:
    asks = list(_asks(asked))
    if asked.words:
        tables, order = "record_words JOIN records ON records.n = record_words.rowid", f"{_RANK}, records.n"
        asks.append(("record_words MATCH ?", (expression(asked.words),)))
    else:
        tables, order = "records", "records.n"
    where = " AND ".join(ask for ask, _ in asks) or "TRUE"
    return f"SELECT records.n FROM {tables} WHERE {where} ORDER BY {order}", [one for _, some in asks for one in some]


def _asks(asked: Wanted) -> Iterator[tuple[str, tuple[object, ...]]]:
    if asked.schedule:
        yield "schedule = ?", (asked.schedule,)
    if asked.series:
        yield "series = ? COLLATE NOCASE", (asked.series,)
    if asked.mailboxes or asked.addresses:
        boxes, addresses = (", ".join("?" * len(some)) for some in (asked.mailboxes, asked.addresses))
        yield (
            f"""records.n IN (SELECT record FROM record_custodians
                WHERE mailbox IN ({boxes}) OR address IN ({addresses}))""",
            (*asked.mailboxes, *asked.addresses),
        )
    for what, sign, instant in (
        ("received_at", ">=", asked.received_from),
        ("received_at", "<", asked.received_before),
    ):
        if instant is not None:
            # Without its end it sorts before every way in which that second is written.
            yield f"{what} {sign} ?", ((text_of(instant) or "").removesuffix("Z"),)
    for sign, day in ((">=", asked.due_from), ("<", asked.due_before)):
        if day is not None:
            yield f"due_on {sign} ?", (str(day),)
    if asked.due_changed:
        yield "body IS NOT NULL AND due_on IS NOT json_extract(CAST(body AS TEXT), '$.due_on')", ()
    if asked.state:
        yield "state = ?", (asked.state,)


def expression(words: str) -> str:
    """What the index is asked: every word, what stands in quotation marks as one, ``word*`` as a beginning.

    Nothing else that is typed means anything to it. Raises ``WrongUsage`` where there is no word at all.
    """
    found = []
    # Neither a sign that ends a text for SQLite nor half a sign can stand in any word.
    for part in _PART.findall(words.replace("\0", " ").encode(errors="replace").decode()):
        bare = part.strip('"').rstrip("*")
        if any(sign.isalnum() for sign in bare):
            begins = part.endswith("*") and not part.startswith('"')
            found.append(f'"{bare}"{"*" if begins else ""}')
    if not found:
        raise WrongUsage(f"There is no word to look for in '{words}'.", "Give one or more words of a header.")
    return " AND ".join(found)
