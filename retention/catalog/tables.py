"""The catalog's tables and their migrations.

What the rows mean in Python is in ``rows.py``; nothing here reads or writes a message.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from retention.catalog.counting import count_messages
from retention.errors import BadConfiguration

migrations = Migrations("retention")


@migrations()
def first_tables(db: Database) -> None:
    """Mailboxes, folders, messages, runs.

    ``again`` says that a folder has to be read from its beginning, whatever its cursor. ``pending`` is the run in
    which a message was first missed since it was last seen. ``was_in`` is the folder in which it was known before
    ``folder``, as long as that one has not said that it is gone from there: pages of two folders come in any order.
    """
    db.execute("""
        CREATE TABLE mailboxes (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            address TEXT NOT NULL,
            aliases TEXT NOT NULL DEFAULT '[]',
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            uncovered TEXT NOT NULL DEFAULT '[]',
            trouble TEXT NOT NULL DEFAULT '',
            read_at TEXT
        )""")
    db.execute("""
        CREATE TABLE folders (
            mailbox INTEGER NOT NULL REFERENCES mailboxes(n),
            id TEXT NOT NULL,
            path TEXT NOT NULL,
            hidden INTEGER NOT NULL,
            well_known TEXT NOT NULL,
            cursor TEXT,
            again INTEGER NOT NULL DEFAULT 0,
            restarted INTEGER NOT NULL DEFAULT 0,
            read_run INTEGER NOT NULL DEFAULT 0,
            trouble TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (mailbox, id)
        ) WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE messages (
            n INTEGER PRIMARY KEY,
            mailbox INTEGER NOT NULL REFERENCES mailboxes(n),
            id TEXT NOT NULL,
            version TEXT,
            folder TEXT,
            was_in TEXT,
            internet_id TEXT,
            conversation TEXT,
            subject TEXT,
            sender TEXT,
            to_ TEXT,
            cc TEXT,
            bcc TEXT,
            received_at TEXT,
            sent_at TEXT,
            size INTEGER,
            kind TEXT,
            categories TEXT,
            has_attachments INTEGER,
            is_draft INTEGER,
            is_read INTEGER,
            preview TEXT,
            trouble TEXT,
            first_seen_at TEXT NOT NULL,
            seen INTEGER NOT NULL,
            pending INTEGER,
            gone_at TEXT,
            classified TEXT,
            filing TEXT,
            series TEXT,
            left_at TEXT,
            result TEXT,
            answer TEXT,
            digest TEXT,
            place TEXT,
            UNIQUE (mailbox, id)
        )""")
    db.execute("CREATE INDEX messages_internet_id ON messages (internet_id)")
    db.execute("CREATE INDEX messages_pending ON messages (mailbox) WHERE pending IS NOT NULL")
    db.execute("CREATE INDEX messages_unclassified ON messages (n) WHERE classified IS NULL")
    db.execute("""
        CREATE TABLE runs (
            n INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            started_at TEXT NOT NULL,
            ended_at TEXT,
            result TEXT
        )""")
    db.execute("CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")


@migrations()
def messages_by_folder(db: Database) -> None:
    """What left a folder is found without reading the whole mailbox.

    The very first version made its tables without three of their columns.
    """
    _add_missing(db, "mailboxes", "aliases", "TEXT NOT NULL DEFAULT '[]'")
    _add_missing(db, "folders", "again", "INTEGER NOT NULL DEFAULT 0")
    _add_missing(db, "messages", "was_in", "TEXT")
    db.execute("CREATE INDEX messages_folder ON messages (mailbox, folder)")
    db.execute("CREATE INDEX messages_was_in ON messages (mailbox, was_in) WHERE was_in IS NOT NULL")


@migrations()
def attachments_and_origin(db: Database) -> None:
    """Names of attachments, how a message was sent, and by whom on behalf of its sender.

    Mail that was read before these were asked for would never say them: every folder is read from its beginning again.
    """
    for column in ("attachments", "origin", "on_behalf"):
        db.execute(f"ALTER TABLE messages ADD COLUMN {column} TEXT")
    db.execute("UPDATE folders SET again = 1")


@migrations()
def filings_apart(db: Database) -> None:
    """Filings are kept once and referred to by number; reviews and the conversations of records have their tables.

    ``messages.filed`` is the filing, ``NULL`` where the message changed since. ``filings.rules`` are those under which
    it was made. ``record_threads`` holds every conversation in which a record lies or lay. Everything is filed anew.
    """
    db.execute("DROP INDEX messages_unclassified")
    for column in ("classified", "filing", "series"):
        db.execute(f"ALTER TABLE messages DROP COLUMN {column}")
    db.execute("ALTER TABLE messages ADD COLUMN filed INTEGER")
    db.execute("ALTER TABLE messages ADD COLUMN keys TEXT")
    db.execute("CREATE INDEX messages_unfiled ON messages (conversation) WHERE filed IS NULL")
    db.execute("""
        CREATE TABLE filings (
            n INTEGER PRIMARY KEY,
            rules TEXT NOT NULL,
            body TEXT NOT NULL,
            record INTEGER NOT NULL,
            UNIQUE (rules, body)
        )""")
    db.execute("CREATE TABLE record_threads (conversation TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute("""
        CREATE TABLE reviews (
            mailbox TEXT NOT NULL,
            id TEXT NOT NULL,
            schedule TEXT NOT NULL,
            series TEXT NOT NULL,
            keys TEXT NOT NULL,
            why TEXT NOT NULL,
            PRIMARY KEY (mailbox, id)
        ) WITHOUT ROWID""")


@migrations()
def messages_counted(db: Database) -> None:
    """What is present, to be filed, taken out or gone is counted, and met mailbox by mailbox, without reading rows.

    Each index holds all that is asked, though some of it is always ``NULL`` there: else the rows would be read for it.
    """
    away = "gone_at, left_at, pending"
    present = "gone_at IS NULL AND left_at IS NULL AND pending IS NULL"
    db.execute(f"CREATE INDEX messages_present ON messages (mailbox, {away}) WHERE {present}")
    db.execute(f"CREATE INDEX messages_to_file ON messages (mailbox, filed, {away}) WHERE filed IS NULL AND {present}")
    db.execute("CREATE INDEX messages_left ON messages (result, left_at) WHERE left_at IS NOT NULL")
    db.execute("CREATE INDEX messages_gone ON messages (gone_at) WHERE gone_at IS NOT NULL")


@migrations()
def reviews_follow_messages(db: Database) -> None:
    """What was decided is found again by the Message-ID, and says what was seen: all is read from the ledger again.

    ``judged`` is the digest of what was seen, and ``filed_in`` names how a person had filed the message by then.
    """
    db.execute("DELETE FROM reviews")
    db.execute("DELETE FROM facts WHERE key = 'reviews read'")
    for column, otherwise in (("internet_id", ""), ("judged", ""), ("filed_in", "[]")):
        db.execute(f"ALTER TABLE reviews ADD COLUMN {column} TEXT NOT NULL DEFAULT '{otherwise}'")
    db.execute("CREATE INDEX reviews_internet_id ON reviews (mailbox, internet_id)")


@migrations()
def missed_messages(db: Database) -> None:
    """What was found gone and of which nobody has asked yet whether a hold covers it; ``seen_at``: last known there."""
    db.execute("CREATE TABLE missed (n INTEGER PRIMARY KEY, seen_at TEXT NOT NULL)")


@migrations()
def earlier_wordings(db: Database) -> None:
    """What a message said before its subject, preview or attachments changed: each ``[subject, preview, names]``."""
    db.execute("ALTER TABLE messages ADD COLUMN earlier TEXT")


@migrations()
def links_and_returns(db: Database) -> None:
    """Which attachments are only links, and in which folder a message lay when it was taken out of its mailbox.

    Of mail that was read before, the links stay unknown until it changes: no folder is read again for them.
    """
    for column in ("linked", "left_from"):
        db.execute(f"ALTER TABLE messages ADD COLUMN {column} TEXT")


@migrations()
def stored_records(db: Database) -> None:
    """Records, whom they were captured from, and the words of their headers; filled from the ledger and the store.

    ``sidecar`` is the digest that the ledger told last, ``unread`` says that the sidecar is to be read for it, and
    ``body`` is the record as that sidecar has it. ``due_why`` is ``NULL`` where nobody has worked out when it is due
    since it was captured.
    """
    _refuse_without_words(db)
    db.execute("""
        CREATE TABLE records (
            n INTEGER PRIMARY KEY,
            place TEXT NOT NULL UNIQUE,
            digest TEXT NOT NULL,
            sidecar TEXT NOT NULL,
            stored_at TEXT,
            state TEXT NOT NULL,
            since TEXT,
            unread INTEGER NOT NULL,
            trouble TEXT NOT NULL DEFAULT '',
            verified_at TEXT,
            schedule TEXT NOT NULL,
            series TEXT NOT NULL,
            year INTEGER NOT NULL,
            size INTEGER,
            received_at TEXT,
            due_on TEXT,
            due_why TEXT,
            body BLOB
        )""")
    db.execute("CREATE INDEX records_digest ON records (digest)")
    db.execute("CREATE INDEX records_series ON records (series COLLATE NOCASE)")
    db.execute("CREATE INDEX records_due_on ON records (due_on) WHERE state != 'destroyed'")
    db.execute("CREATE INDEX records_unread ON records (n) WHERE unread")
    db.execute("CREATE INDEX records_trouble ON records (place) WHERE trouble != ''")
    db.execute("""
        CREATE TABLE record_custodians (
            record INTEGER NOT NULL REFERENCES records(n),
            mailbox TEXT NOT NULL,
            address TEXT NOT NULL,
            PRIMARY KEY (record, mailbox, address)
        ) WITHOUT ROWID""")
    db.execute("CREATE INDEX record_custodians_address ON record_custodians (address)")
    db.execute("CREATE INDEX record_custodians_mailbox ON record_custodians (mailbox)")
    db.execute("""
        CREATE VIRTUAL TABLE record_words USING fts5 (
            subject, sender, recipients, attachments, message_id, tokenize = "unicode61 remove_diacritics 2"
        )""")


@migrations()
def sources_of_files(db: Database) -> None:
    """Where in files a message lies, what could not be carried where it was rebuilt, and how its sender marked it.

    Of mail that was read before, the mark stays unknown until it changes: no folder is read again for it.
    """
    for column in ("source", "rebuilt", "sensitivity"):
        db.execute(f"ALTER TABLE messages ADD COLUMN {column} TEXT")


@migrations()
def sent_in_a_second(db: Database) -> None:
    """Copies of one message are found by the second in which it was sent, also where they bear no Message-ID."""
    db.execute("CREATE INDEX messages_sent_at ON messages (sent_at) WHERE sent_at IS NOT NULL")


@migrations()
def former_ids(db: Database) -> None:
    """The ids that a message had before it was moved, where ids die with a move."""
    db.execute("""
        CREATE TABLE former_ids (
            mailbox INTEGER NOT NULL REFERENCES mailboxes(n),
            id TEXT NOT NULL,
            message INTEGER NOT NULL,
            PRIMARY KEY (mailbox, id)
        ) WITHOUT ROWID""")


@migrations()
def what_was_known_when(db: Database) -> None:
    """The last message that was known when a run began, and the run before the last that read a folder to its end.

    Both tell whether two messages ever lay beside each other. They count in numbers: a clock can be put back.
    """
    db.execute("ALTER TABLE runs ADD COLUMN known INTEGER")
    db.execute("ALTER TABLE folders ADD COLUMN read_before INTEGER NOT NULL DEFAULT 0")
    db.execute("""
        CREATE TRIGGER runs_known AFTER INSERT ON runs BEGIN
            UPDATE runs SET known = (SELECT coalesce(max(n), 0) FROM messages) WHERE n = new.n;
        END""")
    db.execute("""
        CREATE TRIGGER folders_read_before AFTER UPDATE OF read_run ON folders WHEN new.read_run != old.read_run BEGIN
            UPDATE folders SET read_before = old.read_run WHERE mailbox = new.mailbox AND id = new.id;
        END""")


@migrations()
def messages_tallied(db: Database) -> None:
    """How many messages stand how is counted as they change; and the runs of a job are found without reading all.

    For a day, ``sources_of_files`` made no column for how a sender marked a message.
    """
    _add_missing(db, "messages", "sensitivity", "TEXT")
    count_messages(db)
    db.execute("CREATE INDEX runs_job ON runs (job)")


@migrations()
def largest_attachments(db: Database) -> None:
    """How large the largest attachment of a message is; not known of what was read before this, until it changes."""
    db.execute("ALTER TABLE messages ADD COLUMN largest_attachment INTEGER")


def _add_missing(db: Database, table: str, column: str, type_: str) -> None:
    if not db.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", [table, column]).fetchone():
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {type_}")


def _refuse_without_words(db: Database) -> None:
    """Words are found by SQLite's full-text index, which a build of Python may lack."""
    if not db.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone():
        raise BadConfiguration(
            "The SQLite of this Python was built without its full-text index (FTS5).",
            "Use a Python from python.org or from the system's packages; the catalog was not touched.",
        )
