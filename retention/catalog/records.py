"""Stored records as the catalog knows them: where they lie, what their sidecars say, and how they stand.

The ledger and the store are the evidence: every row here can be had again from them (``jobs/record/known.py``). How
records are found is in ``finding.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from sqlite3 import Row
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from retention.catalog.finding import Wanted, found_by
from retention.catalog.opening import Connection
from retention.catalog.reconciling import Difference, differences
from retention.catalog.rows import instant_of, text_of
from retention.core.destruction import Tombstone
from retention.core.record import Custody, Record

State = Literal["kept", "quarantined", "destroyed"]
READ = "records read"
"""The fact that says up to which entry of the ledger these rows have it."""
_TO_SWEEP = "records to sweep"
"""The fact that words of destroyed records may still stand in the file."""
_BATCH = 1000
_LONGEST_NUMBER = 19
_SHORTEST_DIGEST = 8
_record = msgspec.json.Decoder(Record)


class Trouble(StrEnum):
    """What is wrong with a stored record: its file, or the sidecar beside it, is not what the ledger says."""

    MISSING = "missing"
    MISMATCH = "mismatch"
    SIDECAR = "sidecar"


class Kept(Struct, frozen=True, kw_only=True):
    """One record. ``n`` is the short number people type; ``sidecar`` the digest that the ledger told last.

    ``record`` is ``None`` once it is destroyed, and where its sidecar is missing or is not the one that the ledger
    knows: nothing that rests on it may then be decided. ``since`` is when it came into its state, where that is not
    ``kept``. ``trouble`` is one of ``Trouble``, or empty. ``due_why`` is empty where ``due_on`` is as on its capture.
    """

    n: int
    place: str
    digest: str
    schedule: str
    series: str
    year: int
    size: int | None
    record: Record | None
    sidecar: str
    state: State
    since: datetime | None
    stored_at: datetime | None
    verified_at: datetime | None
    trouble: str
    received_at: datetime | None
    due_on: date | None
    due_why: str = ""


class Said(NamedTuple):
    """What one entry of the ledger says of one place. ``sidecar`` is empty where it tells of no storing.

    ``tombstone`` is what is to stay of it, told before it is destroyed: that alone changes nothing.
    """

    place: str
    state: State
    at: datetime
    sidecar: str = ""
    tombstone: Tombstone | None = None


class ToCheck(NamedTuple):
    """A record whose files are to be read again, and the sidecar's digest that the ledger told last."""

    place: str
    sidecar: str


class Records:
    """The rows of all records. Every method that writes is one transaction, or part of ``Catalog.together``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    # From the ledger and the store

    @property
    def read(self) -> int:
        """How many entries of the ledger these rows have taken in."""
        row = self._db.execute("SELECT value FROM facts WHERE key = ?", [READ]).fetchone()
        return int(row["value"]) if row else 0

    def tell(self, said: Iterable[Said], read: int) -> None:
        """Take in what entries of the ledger say, in their order; ``read`` is the first that is not among them."""
        with self._db.writing():
            for one in said:
                if one.sidecar:
                    self._stored(one)
                elif one.tombstone is not None:
                    self._entomb(one.tombstone)
                else:
                    self._stands((one.place,), one.state, one.at)
            self._db.execute("INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)", [READ, str(read)])

    def unread(self) -> tuple[ToCheck, ...]:
        """The next records whose sidecars are to be read, none where all are."""
        rows = self._db.execute(f"SELECT place, sidecar FROM records WHERE unread ORDER BY n LIMIT {_BATCH}")
        return tuple(ToCheck(row["place"], row["sidecar"]) for row in rows)

    def add(self, stored: Iterable[tuple[str, Record, str]]) -> None:
        """Keep what each record's sidecar says: its place, the record, and its sidecar's digest."""
        stored = list(stored)
        with self._db.writing():
            known = self._numbers(place for place, _, _ in stored)
            for place, record, sidecar in stored:
                if place not in known:
                    self._stored(Said(place, "kept", record.custody[-1].captured_at, sidecar))
            self._fill(stored)

    def doubt(self, troubled: Iterable[tuple[str, str]]) -> None:
        """Of these places the sidecar cannot be had, or is not the one told: their records are not known."""
        with self._db.writing():
            for place, trouble in troubled:
                self._db.execute("UPDATE records SET unread = 0, trouble = ? WHERE place = ?", [trouble, place])
                self._forget(place)

    def mark(self, places: Iterable[str], state: State, at: datetime) -> None:
        """Note how these places stand since then. Of a destroyed record no word of its own is kept in any row.

        Of its message, too, only what a tombstone says is kept, unless it lies in its mailbox again. ``sweep`` takes
        the words out of the file.
        """
        with self._db.writing():
            self._stands(tuple(places), state, at)

    def sweep(self) -> None:
        """Take the words of destroyed records out of the index's old parts and out of the log, where there are any."""
        if self._db.execute("SELECT 1 FROM facts WHERE key = ?", [_TO_SWEEP]).fetchone():
            with self._db.writing():
                self._db.execute("PRAGMA secure_delete = ON")
                self._db.execute("INSERT INTO record_words (record_words) VALUES ('optimize')")
                self._db.execute("DELETE FROM facts WHERE key = ?", [_TO_SWEEP])
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def set_due(self, due: Iterable[tuple[str, date | None, str]]) -> None:
        """Keep for each place when its record is due by the rules of today, and why."""
        with self._db.writing():
            self._db.executemany(
                "UPDATE records SET due_on = ?, due_why = ? WHERE place = ?",
                [(str(on) if on else None, why, place) for place, on, why in due],
            )

    # Asked

    def at(self, place: str) -> Kept | None:
        row = self._db.execute("SELECT * FROM records WHERE place = ?", [place]).fetchone()
        return _kept(row) if row else None

    def stored(self) -> Iterator[Kept]:
        """Every record that is not destroyed, by its place; rows may be written while they are read."""
        after = ""
        while rows := self._db.execute(
            f"SELECT * FROM records WHERE place > ? AND state != 'destroyed' ORDER BY place LIMIT {_BATCH}", [after]
        ).fetchall():
            yield from map(_kept, rows)
            after = rows[-1]["place"]

    def find(self, text: str) -> tuple[Kept, ...]:
        """Records by their short number, their place, their digest or the beginning of it (eight signs or more)."""
        bare = text.encode(errors="replace").decode().strip().removesuffix(".eml").removesuffix(".json")
        typed = bare.removeprefix("#")
        if typed.isdecimal() and typed.isascii() and len(typed) < _LONGEST_NUMBER:
            row = self._db.execute("SELECT * FROM records WHERE n = ?", [int(typed)]).fetchone()
            if row:
                return (_kept(row),)
        digest = bare.lower()
        which, values = "place = ?", [bare]
        if len(digest) >= _SHORTEST_DIGEST and set(digest) <= set("0123456789abcdef"):
            which, values = "digest BETWEEN ? AND ?", [digest, f"{digest}g"]
        rows = self._db.execute(f"SELECT * FROM records WHERE {which} ORDER BY n LIMIT {_BATCH}", values).fetchall()
        return tuple(map(_kept, rows))

    def wanted(self, asked: Wanted) -> Iterator[Kept]:
        """Every record that is asked for: the best first where words are looked for, else by number."""
        yield from map(_kept, found_by(self._db, asked))

    def standing(self) -> Iterator[tuple[str, State]]:
        """Every place and how it stands, in order; rows may be written while they are read."""
        after = ""
        while rows := self._db.execute(
            f"SELECT place, state FROM records WHERE place > ? ORDER BY place LIMIT {_BATCH}", [after]
        ).fetchall():
            yield from ((row["place"], row["state"]) for row in rows)
            after = rows[-1]["place"]

    def tally(self) -> dict[str, int]:
        """How many records stand how."""
        return dict(self._db.execute("SELECT state, count(*) FROM records GROUP BY state").fetchall())

    # Checked

    def to_check(self, after: str, since: datetime | None = None) -> tuple[ToCheck, ...]:
        """The next records behind this place whose files are to be there, of those stored since then."""
        bound = _bound(since) if since else ""
        rows = self._db.execute(
            f"""SELECT place, sidecar FROM records WHERE place > ? AND state != 'destroyed'
            AND (? = '' OR stored_at >= ?) ORDER BY place LIMIT {_BATCH}""",
            [after, bound, bound],
        )
        return tuple(ToCheck(row["place"], row["sidecar"]) for row in rows)

    def checked(self, seen: Iterable[tuple[str, str]], at: datetime) -> None:
        """What was seen at each of these places: its trouble, or nothing. A sidecar that is right again is read."""
        with self._db.writing():
            self._db.executemany(
                """UPDATE records SET verified_at = ?1, trouble = ?2,
                    unread = unread OR (?2 != 'sidecar' AND body IS NULL AND state != 'destroyed') WHERE place = ?3""",
                [(text_of(at), trouble, place) for place, trouble in seen],
            )

    def troubled(self) -> tuple[tuple[str, str], ...]:
        """Every place with a trouble, in order, and which."""
        rows = self._db.execute("SELECT place, trouble FROM records WHERE trouble != '' ORDER BY place")
        return tuple((row["place"], row["trouble"]) for row in rows)

    def differences(self, said: Iterable[Said]) -> tuple[Difference, ...]:
        """Where these rows and what the ledger says from its first entry on are not the same."""
        return differences(self._db, said)

    # One row

    def _stored(self, said: Said) -> None:
        """A capture came to this place: it is wanted, and its sidecar says something new."""
        schedule, series, year, digest = said.place.split("/")
        self._db.execute(
            """INSERT INTO records (place, digest, sidecar, stored_at, state, unread, schedule, series, year)
            VALUES (?, ?, ?, ?, 'kept', 1, ?, ?, ?)
            ON CONFLICT (place) DO UPDATE SET sidecar = excluded.sidecar, stored_at = excluded.stored_at,
                state = 'kept', since = NULL, unread = 1""",
            [said.place, digest, said.sidecar, text_of(said.at), schedule, series, int(year)],
        )

    def _stands(self, places: tuple[str, ...], state: State, at: datetime) -> None:
        since = text_of(at) if state != "kept" else None
        self._db.executemany(
            "UPDATE records SET state = ?, since = ? WHERE place = ?", [(state, since, place) for place in places]
        )
        if state == "destroyed":
            for place in places:
                self._db.execute("UPDATE records SET unread = 0, trouble = '' WHERE place = ?", [place])
                self._forget(place, wholly=True)

    def _entomb(self, tombstone: Tombstone) -> None:
        """A catalog that was begun anew has no sidecar any more that says this."""
        self._db.execute(
            """UPDATE records SET schedule = ?, series = ?, size = ?, received_at = ?, due_on = ? WHERE place = ?""",
            [
                tombstone.schedule,
                tombstone.series,
                tombstone.size,
                text_of(tombstone.received_at),
                str(tombstone.due_on) if tombstone.due_on else None,
                tombstone.place,
            ],
        )

    def _fill(self, stored: list[tuple[str, Record, str]]) -> None:
        numbers = self._numbers(place for place, _, _ in stored)
        numbered = [(numbers[place], record, sidecar) for place, record, sidecar in stored]
        self._db.executemany(
            "DELETE FROM record_words WHERE rowid = (SELECT n FROM records WHERE n = ? AND body IS NOT NULL)",
            [(n,) for n, _, _ in numbered],
        )
        self._db.executemany(
            """UPDATE records SET unread = 0, trouble = '', sidecar = ?, schedule = ?, series = ?, year = ?, size = ?,
                received_at = ?, due_on = CASE WHEN due_why IS NULL THEN ? ELSE due_on END, due_why = NULL, body = ?
            WHERE n = ?""",
            [(sidecar, *_said(record), n) for n, record, sidecar in numbered],
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO record_custodians (record, mailbox, address) VALUES (?, ?, ?)",
            [(n, one.mailbox, one.address.lower()) for n, record, _ in numbered for one in record.custody],
        )
        self._db.executemany(
            """INSERT INTO record_words (rowid, subject, sender, recipients, attachments, message_id)
            VALUES (?, ?, ?, ?, ?, ?)""",
            [(n, *_words(record)) for n, record, _ in numbered],
        )

    def _forget(self, place: str, wholly: bool = False) -> None:
        """Take away what the record's sidecar said; ``wholly`` also what its message said."""
        row = self._db.execute("SELECT n, body FROM records WHERE place = ?", [place]).fetchone()
        if row is None or row["body"] is None:
            return
        if wholly:
            # What is only marked as deleted could still be read in the file.
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, 'yes')", [_TO_SWEEP])
            for custody in _record.decode(row["body"]).custody:
                self._forget_message(custody)
        self._db.execute("DELETE FROM record_words WHERE rowid = ?", [row["n"]])
        self._db.execute("UPDATE records SET body = NULL WHERE n = ?", [row["n"]])

    def _forget_message(self, custody: Custody) -> None:
        self._db.execute(
            """UPDATE messages SET subject = NULL, sender = NULL, to_ = NULL, cc = NULL, bcc = NULL, preview = NULL,
                categories = NULL, attachments = NULL, linked = NULL, on_behalf = NULL, earlier = NULL
            WHERE mailbox = (SELECT n FROM mailboxes WHERE id = ?) AND id = ? AND left_at IS NOT NULL""",
            [custody.mailbox, custody.id],
        )

    def _numbers(self, places: Iterable[str]) -> dict[str, int]:
        rows = self._db.execute(
            "SELECT place, n FROM records WHERE place IN (SELECT value FROM json_each(?))", [_json(places)]
        )
        return {row["place"]: row["n"] for row in rows}


def _said(record: Record) -> tuple[Any, ...]:
    """What the columns say of a record, and all of it."""
    due_on = str(record.due_on) if record.due_on else None
    received_at = text_of(record.received_at)
    body = msgspec.json.encode(record)
    return record.schedule, record.series, record.year, record.size, received_at, due_on, body


def _words(record: Record) -> tuple[str, ...]:
    """What is looked for: subject, sender, recipients, attachments, Message-ID."""
    return (
        record.subject,
        " ".join(filter(None, (record.sender, record.on_behalf))),
        " ".join((*record.to, *record.cc, *record.bcc)),
        " ".join((*(record.attachments or ()), *(record.linked or ()))),
        record.internet_id,
    )


def _json(places: Iterable[str]) -> str:
    return msgspec.json.encode(list(places)).decode()


def _bound(instant: datetime) -> str:
    """An instant before which nothing at it sorts, whether it is written with a fraction of a second or without."""
    return (text_of(instant) or "").removesuffix("Z")


def _kept(row: Row) -> Kept:
    body: Any = row["body"]
    return Kept(
        n=row["n"],
        place=row["place"],
        digest=row["digest"],
        schedule=row["schedule"],
        series=row["series"],
        year=row["year"],
        size=row["size"],
        record=_record.decode(body) if body is not None else None,
        sidecar=row["sidecar"],
        state=row["state"],
        since=instant_of(row["since"]),
        stored_at=instant_of(row["stored_at"]),
        verified_at=instant_of(row["verified_at"]),
        trouble=row["trouble"],
        received_at=instant_of(row["received_at"]),
        due_on=date.fromisoformat(row["due_on"]) if row["due_on"] else None,
        due_why=row["due_why"] or "",
    )
