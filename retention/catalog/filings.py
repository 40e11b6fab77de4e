"""Filings: which series each message was filed under, by which rules, and what people decided in reviews.

How a message is filed is decided in ``core/classify``; nothing here reads a mail system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct

from retention.catalog.opening import Connection
from retention.catalog.rows import MESSAGE, PART, PRESENT, filing_of, mailbox_of, message_of, part_of
from retention.core.classify import Classification, Decided
from retention.core.message import Mailbox, Message, MessageRef

_WHOLLY = "filed under"
"""The fact that names the rules under which every message was filed; empty while they are being filed."""
_REVIEWS_READ = "reviews read"
OWN_FOLDERS = {"sentitems": "Sent Items", "drafts": "Drafts", "outbox": "Outbox"}
"""Where what a mailbox itself wrote lies, and what schedules call it."""
_BATCH = 2000
_MOST_NUMBERS = 65536
_DECISION = "reviews.schedule, reviews.series, reviews.keys, reviews.why, reviews.judged, reviews.filed_in"
"""What ``_decided_of`` reads."""
_ALIKE = """reviews.why IS NULL AND messages.internet_id != '' AND EXISTS (
    SELECT 1 FROM reviews AS alike WHERE alike.mailbox = ?1 AND alike.internet_id = messages.internet_id)"""
"""Whether nothing was decided for a message, but something for one with its Message-ID."""


class Unfiled(Struct, frozen=True, gc=False):
    """A message that has to be filed; ``n`` is its short number.

    ``decided`` is what people decided for it; where nothing, for messages of its mailbox with its Message-ID.
    """

    n: int
    mailbox: Mailbox
    message: Message
    decided: tuple[Decided, ...]


class Placed(Struct, frozen=True):
    """A message that is in its mailbox; ``filing`` is the number of its filing."""

    mailbox: Mailbox
    message: Message
    filing: int


_Reader = Callable[[Sequence[Any], str, Mapping[str, str]], Message]


class Filings:
    """The filings in the catalog. Every method that writes is one transaction."""

    def __init__(self, db: Connection, mailboxes: Callable[[], tuple[Mailbox, ...]]) -> None:
        self._db = db
        self._mailboxes = mailboxes
        self._numbers: dict[Classification, int] = {}
        self._numbered_under = ""

    # Filing

    def begin(self, rules: str) -> int:
        """Prepare to file under these rules, and say how many messages are to be filed, at most."""
        if self.filed_under != rules:
            self._save_fact(_WHOLLY, "")
            return self._count(PRESENT)
        return self._count(f"filed IS NULL AND {PRESENT}")

    def present_by_series(self) -> dict[tuple[str, str], int]:
        """How many messages in mailboxes are filed under each series, by its schedule's name and its key."""
        found: dict[tuple[str, str], int] = {}
        rows = self._db.execute(
            f"""SELECT body, number FROM (SELECT filed, count(*) AS number FROM messages WHERE {PRESENT}
                AND mailbox NOT IN (SELECT n FROM mailboxes WHERE kind = 'files') GROUP BY filed)
            JOIN filings ON filings.n = filed"""
        )
        for body, number in rows:
            filing = filing_of(body)
            if filing is not None and filing.schedule_name and filing.series_key:
                key = (filing.schedule_name, filing.series_key)
                found[key] = found.get(key, 0) + number
        return found

    def present(self) -> Iterator[Unfiled]:
        """Every present message, however it is filed, with what people decided for it."""
        yield from self._met(None, MESSAGE, message_of)

    def to_file(self, rules: str) -> Iterator[Unfiled]:
        """Every present message that changed since it was filed, or was filed under other rules.

        Only what filing asks is said of each: to read the rest would take much longer.
        """
        yield from self._met(rules, PART, part_of)

    def save(self, filings: Iterable[tuple[int, Classification, tuple[str, ...]]], rules: str) -> None:
        """Keep the filing and the keys of each of these messages, by its short number."""
        filings = list(filings)
        if self._numbered_under != rules or len(self._numbers) > _MOST_NUMBERS:
            self._numbers, self._numbered_under = {}, rules
        with self._db.writing(), self._numbers_undone():
            numbered = [
                (self._number(filing, rules), msgspec.json.encode(keys).decode() if keys else None, n)
                for n, filing, keys in filings
            ]
            self._db.executemany("UPDATE messages SET filed = ?, keys = ? WHERE n = ?", numbered)
            self._db.execute(
                """INSERT OR IGNORE INTO record_threads SELECT conversation FROM messages
                WHERE n IN (SELECT value FROM json_each(?)) AND conversation != '' ORDER BY conversation""",
                [msgspec.json.encode([n for n, filing, _ in filings if filing.record]).decode()],
            )

    def finish(self, rules: str) -> None:
        """Every message is filed under these rules now: only then are conversations without a record forgotten."""
        if self.filed_under == rules:
            return
        with self._db.writing():
            self._db.execute("DELETE FROM record_threads")
            self._db.execute(
                """INSERT OR IGNORE INTO record_threads SELECT conversation FROM messages
                JOIN filings ON filings.n = messages.filed WHERE filings.record AND conversation != ''
                ORDER BY conversation"""
            )
            self._save_fact(_WHOLLY, rules)

    @property
    def filed_under(self) -> str:
        """The rules under which all was filed; empty while that is not so."""
        return self._fact(_WHOLLY)

    # Reviews

    @property
    def reviews_read(self) -> int:
        """How many entries of the ledger have been looked through for reviews."""
        return int(self._fact(_REVIEWS_READ) or 0)

    def decide(self, decisions: Iterable[tuple[MessageRef, str, Decided]], read: int) -> None:
        """Keep what people decided, in the order in which they did; ``read`` is how far the ledger was read.

        Each stands beside its message and the Message-ID of that, as far as it was known. A later series takes the
        place of an earlier one, and keys are added. The messages are to be filed again.
        """
        with self._db.writing():
            for told, internet_id, decided in decisions:
                ref = self._now(told)
                whole = added(self.decided(ref), decided)
                known = internet_id or self._internet_id(ref)
                self._db.execute(
                    """INSERT OR REPLACE INTO reviews
                        (mailbox, id, schedule, series, keys, why, judged, filed_in, internet_id)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                    [
                        *(ref.mailbox, ref.id, whole.schedule, whole.series, _json(whole.keys), whole.why),
                        *(whole.judged, _json(whole.filed), known),
                    ],
                )
                self._db.execute(
                    """UPDATE messages SET filed = NULL WHERE (id = ? OR internet_id = nullif(?, ''))
                    AND mailbox = (SELECT n FROM mailboxes WHERE mailboxes.id = ?)""",
                    [ref.id, known, ref.mailbox],
                )
            self._save_fact(_REVIEWS_READ, str(read))

    def decided(self, ref: MessageRef) -> Decided | None:
        """What people decided for this message so far."""
        row = self._db.execute(
            f"SELECT {_DECISION} FROM reviews WHERE mailbox = ? AND id = ?", [ref.mailbox, ref.id]
        ).fetchone()
        return _decided_of(row) if row else None

    # For people

    def under(self, rules: str) -> dict[int, Classification]:
        """Every filing that was made under these rules, by its number."""
        rows = self._db.execute("SELECT n, body FROM filings WHERE rules = ?", [rules])
        return {row["n"]: filing for row in rows if (filing := filing_of(row["body"]))}

    def placed(self, filings: Iterable[int], beside_a_record: Iterable[int] = ()) -> Iterator[Placed]:
        """Present messages with these filings, and those ``beside_a_record`` whose conversation holds a record."""
        boxes = {row["n"]: mailbox_of(row) for row in self._db.execute("SELECT * FROM mailboxes")}
        paths = {n: self.paths(box) for n, box in boxes.items()}
        rows = self._db.execute(
            f"""SELECT {MESSAGE}, mailbox, filed FROM messages
            WHERE {PRESENT} AND (filed IN (SELECT value FROM json_each(?)) OR (
                filed IN (SELECT value FROM json_each(?)) AND conversation != ''
                AND conversation IN (SELECT conversation FROM record_threads)))
            ORDER BY n""",
            [msgspec.json.encode(tuple(numbers)).decode() for numbers in (filings, beside_a_record)],
        )
        for row in rows:
            *values, box, filed = row
            yield Placed(boxes[box], message_of(values, boxes[box].id, paths[box]), filed)

    # Within

    def _met(self, rules: str | None, columns: str, read: _Reader) -> Iterator[Unfiled]:
        """Present messages that are to be filed under these rules, or all where no rules are given."""
        values: list[str] = []
        index, filed, which = "messages_to_file", "", "filed IS NULL"
        if rules is None:
            index, which = "messages_present", "TRUE"
        elif self.filed_under != rules:
            index, filed, values = "messages_present", "LEFT JOIN filings ON filings.n = messages.filed", [rules]
            which = "filings.rules IS NOT ?"
        for mailbox in self._mailboxes():
            last, paths = 0, self.paths(mailbox)
            alike = _ALIKE if self._is_reviewed(mailbox) else "FALSE"
            while True:
                cursor = self._db.execute(
                    f"""SELECT {columns}, {_DECISION}, {alike}, messages.n
                    FROM messages INDEXED BY {index}
                    LEFT JOIN reviews ON reviews.mailbox = ?1 AND reviews.id = messages.id
                    {filed}
                    WHERE messages.mailbox = (SELECT n FROM mailboxes WHERE id = ?1) AND messages.n > ?
                        AND {which} AND {PRESENT}
                    ORDER BY messages.n LIMIT {_BATCH}""",
                    [mailbox.id, last, *values],
                )
                cursor.row_factory = None
                rows = cursor.fetchall()
                for row in rows:
                    decided: tuple[Decided, ...] = ()
                    if row[-3] is not None:
                        decided = (_decided_of(row[-8:-2]),)
                    elif row[-2]:
                        decided = self._decided_alike(mailbox, row[-1])
                    yield Unfiled(row[-1], mailbox, read(row, mailbox.id, paths), decided)
                if len(rows) < _BATCH:
                    break
                last = rows[-1][-1]

    def _is_reviewed(self, mailbox: Mailbox) -> bool:
        row = self._db.execute("SELECT EXISTS (SELECT 1 FROM reviews WHERE mailbox = ?)", [mailbox.id]).fetchone()
        return bool(row[0])

    def _decided_alike(self, mailbox: Mailbox, n: int) -> tuple[Decided, ...]:
        """What was decided for messages of this mailbox with the Message-ID of this one."""
        rows = self._db.execute(
            f"""SELECT {_DECISION} FROM reviews WHERE mailbox = ?
            AND internet_id = (SELECT internet_id FROM messages WHERE n = ?) ORDER BY id""",
            [mailbox.id, n],
        )
        return tuple(map(_decided_of, rows))

    def _now(self, ref: MessageRef) -> MessageRef:
        """The message under the id that it has now, where it was moved and ids die with a move."""
        row = self._db.execute(
            """SELECT messages.id FROM former_ids JOIN messages ON messages.n = former_ids.message
            WHERE former_ids.id = ? AND former_ids.mailbox = (SELECT n FROM mailboxes WHERE mailboxes.id = ?)""",
            [ref.id, ref.mailbox],
        ).fetchone()
        return MessageRef(ref.mailbox, row["id"]) if row else ref

    def _internet_id(self, ref: MessageRef) -> str:
        """The Message-ID of a message, as far as the catalog ever knew it."""
        row = self._db.execute(
            """SELECT internet_id FROM messages
            WHERE id = ? AND mailbox = (SELECT n FROM mailboxes WHERE mailboxes.id = ?)""",
            [ref.id, ref.mailbox],
        ).fetchone()
        return (row["internet_id"] or "") if row else ""

    def paths(self, mailbox: Mailbox) -> dict[str, str]:
        """The path of each folder of a mailbox, by its id: joined to every message it would cost more.

        What a mailbox sent lies in folders that are called otherwise in every language; here they have one name.
        """
        rows = self._db.execute(
            "SELECT id, path, well_known FROM folders WHERE mailbox = (SELECT n FROM mailboxes WHERE id = ?)",
            [mailbox.id],
        ).fetchall()
        called = {row["path"]: OWN_FOLDERS[row["well_known"]] for row in rows if row["well_known"] in OWN_FOLDERS}
        return {row["id"]: _in_one_language(row["path"], called) for row in rows}

    def _number(self, filing: Classification, rules: str) -> int:
        """The number under which this filing is kept; one that is new is kept now."""
        number = self._numbers.get(filing)
        if number is None:
            body = msgspec.json.encode(filing).decode()
            self._db.execute(
                "INSERT OR IGNORE INTO filings (rules, body, record, named) VALUES (?, ?, ?, ?)",
                [rules, body, filing.record, filing.series_key is not None],
            )
            row = self._db.execute("SELECT n FROM filings WHERE rules = ? AND body = ?", [rules, body]).fetchone()
            number = self._numbers[filing] = int(row["n"])
        return number

    @contextmanager
    def _numbers_undone(self) -> Iterator[None]:
        """Numbers given out in a transaction that fails were never kept."""
        try:
            yield
        except BaseException:
            self._numbered_under = ""
            raise

    def _count(self, which: str) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM messages WHERE {which}").fetchone()[0])

    def _fact(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM facts WHERE key = ?", [key]).fetchone()
        return row["value"] if row else ""

    def _save_fact(self, key: str, value: str) -> None:
        with self._db.writing():
            self._db.execute("INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)", [key, value])


def _in_one_language(path: str, called: Mapping[str, str]) -> str:
    root, slash, rest = path.partition("/")
    return f"{called.get(root, root)}{slash}{rest}"


def added(before: Decided | None, now: Decided) -> Decided:
    """What both decisions amount to."""
    if before is None:
        return now
    keys = tuple(dict.fromkeys((*before.keys, *now.keys)))
    series = now if now.series or not before.series else before
    return Decided(series.schedule, series.series, keys, series.why, series.judged, series.filed)


def _decided_of(values: Sequence[Any]) -> Decided:
    schedule, series, keys, why, seen, filed = values
    return Decided(schedule, series, _texts(keys), why, seen, _texts(filed))


def _texts(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])


def _json(values: tuple[str, ...]) -> str:
    return msgspec.json.encode(values).decode()
