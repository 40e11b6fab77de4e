"""The catalog's tables and their migrations.

What the rows mean in Python is in ``rows.py``; nothing here reads or writes a message.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("retention")


@migrations()
def first_tables(db: Database) -> None:
    """Mailboxes, folders, messages, runs.

    ``again`` says that a folder has to be read from its beginning, whatever its cursor. ``pending`` is the run in
    which a message was last missed. ``was_in`` is the folder in which it was known before ``folder``, as long as that
    one has not said that it is gone from there: pages of two folders come in any order.
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
    """What left a folder is found without reading the whole mailbox."""
    db.execute("CREATE INDEX messages_folder ON messages (mailbox, folder)")
    db.execute("CREATE INDEX messages_was_in ON messages (mailbox, was_in) WHERE was_in IS NOT NULL")
