"""The tables in which messages are counted as they change, and the triggers that count them.

What is asked of the counts is in ``tallies.py``.
"""

from __future__ import annotations

from sqlite_utils import Database

_TALLY = (
    "INSERT INTO tallies VALUES ({mailbox}, {state}, {kind}, {by}) ON CONFLICT DO UPDATE SET messages = messages + {by}"
)
_AGE = """INSERT INTO ages SELECT {kind}, coalesce(substr({row}.received_at, 1, 10), ''), {by}
    WHERE {is_aged} ON CONFLICT DO UPDATE SET messages = messages + {by}"""
_WAIT = """INSERT INTO waits SELECT {seconds}, {by} WHERE {row}.left_at IS NOT NULL AND {row}.result IS 'captured'
    ON CONFLICT DO UPDATE SET messages = messages + {by}"""
_COUNTED = "filed gone_at pending left_at result digest version received_at mailbox".split()
"""The columns on which a count rests."""


def count_messages(db: Database) -> None:
    """Make the tables, count what is there, and count from now on whatever changes.

    ``named`` says that a filing names a series. A message that a person has to look at, or a record that is not
    captured, is counted by its day of receipt as well; one that was captured, by how long it had lain there.
    """
    db.execute("ALTER TABLE filings ADD COLUMN named INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE filings SET named = json_extract(body, '$.series_key') IS NOT NULL")
    db.execute("""
        CREATE TABLE tallies (
            mailbox INTEGER NOT NULL, state INTEGER NOT NULL, kind INTEGER NOT NULL, messages INTEGER NOT NULL,
            PRIMARY KEY (mailbox, state, kind)
        ) WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE ages (
            kind INTEGER NOT NULL, received_on TEXT NOT NULL, messages INTEGER NOT NULL,
            PRIMARY KEY (kind, received_on)
        ) WITHOUT ROWID""")
    db.execute("CREATE TABLE waits (seconds INTEGER PRIMARY KEY, messages INTEGER NOT NULL)")
    db.execute(
        f"INSERT INTO tallies SELECT mailbox, {_state('messages')}, {_kind('messages')}, count(*) "
        "FROM messages GROUP BY 1, 2, 3"
    )
    db.execute(
        f"""INSERT INTO ages SELECT {_kind("messages")}, coalesce(substr(received_at, 1, 10), ''), count(*)
        FROM messages WHERE {_is_aged("messages")} GROUP BY 1, 2"""
    )
    db.execute(
        f"""INSERT INTO waits SELECT {_seconds("messages")}, count(*) FROM messages
        WHERE left_at IS NOT NULL AND result = 'captured' GROUP BY 1"""
    )
    changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in _COUNTED)
    db.execute(f"CREATE TRIGGER messages_in AFTER INSERT ON messages BEGIN {_counting('new', 1)} END")
    db.execute(f"CREATE TRIGGER messages_out AFTER DELETE ON messages BEGIN {_counting('old', -1)} END")
    db.execute(
        f"""CREATE TRIGGER messages_over AFTER UPDATE OF {", ".join(_COUNTED)} ON messages WHEN {changed}
        BEGIN {_counting("old", -1)} {_counting("new", 1)} END"""
    )


def _counting(row: str, by: int) -> str:
    """The statements that count this row of a trigger, by one more or by one less."""
    kind = _kind(row)
    tally = _TALLY.format(mailbox=f"{row}.mailbox", state=_state(row), kind=kind, by=by)
    age = _AGE.format(kind=kind, row=row, by=by, is_aged=_is_aged(row))
    wait = _WAIT.format(seconds=_seconds(row), row=row, by=by)
    return f"{tally}; {age}; {wait};"


def _state(row: str) -> str:
    """The bits of ``tallies.py``."""
    return f"""(({row}.gone_at IS NOT NULL) + 2 * ({row}.pending IS NOT NULL)
        + iif({row}.left_at IS NULL, 0, CASE {row}.result WHEN 'captured' THEN 4 WHEN 'purged' THEN 8 ELSE 12 END)
        + 16 * coalesce({row}.result = 'captured' AND {row}.digest = {row}.version, 0))"""


def _kind(row: str) -> str:
    """The number of the ``Kind`` of ``tallies.py``."""
    return f"coalesce((SELECT 1 + named + 2 * record FROM filings WHERE filings.n = {row}.filed), 0)"


def _is_aged(row: str) -> str:
    """Whether it is counted by its day: what waits for a person, or is a record and not captured."""
    present = f"{row}.filed IS NOT NULL AND {row}.gone_at IS NULL AND {row}.left_at IS NULL AND {row}.pending IS NULL"
    is_stored = f"coalesce({row}.result = 'captured' AND {row}.digest = {row}.version, 0)"
    return f"{present} AND ({_kind(row)} IN (1, 3) OR {_kind(row)} = 4 AND NOT {is_stored})"


def _seconds(row: str) -> str:
    """How long it lay there, up to the full minute or hour; -1 without a date of receipt.

    A sender's clock may be wrong: nothing is captured before it was received.
    """
    lay = f"CAST(round((julianday({row}.left_at) - julianday({row}.received_at)) * 86400) AS INTEGER)"
    up = f"iif({lay} < 172800, ({lay} + 59) / 60 * 60, ({lay} + 3599) / 3600 * 3600)"
    return f"coalesce(max(0, {up}), -1)"
