"""Opening the catalog file: missing, foreign, newer, locked, full or read-only, each told in one sentence."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from retention.catalog import Catalog, opening
from retention.errors import AnotherRun, BadConfiguration, RetentionError, StoreNotAnswering
from tests.catalog.desk import INBOX, Desk, message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalog with one message in it, closed."""
    desk = Desk(tmp_path)
    desk.page(message())
    desk.catalog.close()
    return desk.path


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "WAIT_FOR_LOCK", 0.0)


@contextmanager
def refused(error: type[RetentionError], path: Path, *words: str) -> Iterator[None]:
    """What is done inside must be refused with one sentence that names the file and another that says what to do."""
    with pytest.raises(error) as told:
        yield
    assert str(path) in told.value.message
    assert told.value.message.endswith(".") and "\n" not in told.value.message
    assert told.value.next_step.endswith(".")
    for word in words:
        assert word in str(told.value)


def test_a_catalog_is_found_again_as_it_was_left(path: Path) -> None:
    for create in (False, True):
        with closing(Catalog(path, create=create)) as catalog:
            assert [known.message.id for known in catalog.present()] == ["m1"]
            assert catalog.cursor(*_first_folder(catalog)) == "cursor"


def test_two_processes_may_have_it_open(path: Path) -> None:
    with closing(Catalog(path)) as one, closing(Catalog(path)) as other:
        one.save_fact("who", "one")
        assert other.fact("who") == "one"
        other.save_fact("who", "other")
        assert one.fact("who") == "other"


def test_a_missing_catalog_is_no_empty_catalog(tmp_path: Path) -> None:
    path = tmp_path / "retention.db"
    with refused(BadConfiguration, path, "not there", "retention init"):
        Catalog(path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_catalog(tmp_path: Path) -> None:
    with refused(BadConfiguration, tmp_path):
        Catalog(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"This is a text.\n" * 100, b"SQLite format 3\0" + b"\xff" * 4080, b"\0" * 8192],
    ids=["text", "head", "0"],
)
def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "retention.db"
    path.write_bytes(content)
    with refused(BadConfiguration, path, "not a catalog", "retention init"):
        Catalog(path)
    assert path.read_bytes() == content


def test_damage_in_the_middle_is_told_when_it_is_met(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with refused(BadConfiguration, path, "damaged"), closing(Catalog(path)) as catalog:
        list(catalog.present())


def test_a_catalog_from_a_newer_version_is_refused_by_name_and_not_touched(path: Path) -> None:
    newer = Migrations("retention")

    @newer()
    def tables_of_tomorrow(db: Database) -> None:
        db.execute("ALTER TABLE messages ADD COLUMN tomorrow TEXT")

    with closing(sqlite3.connect(path)) as connection:
        newer.apply(Database(connection))
    before = path.read_bytes()
    with refused(BadConfiguration, path, "newer version", "tables_of_tomorrow", "Update retention"):
        Catalog(path)
    assert path.read_bytes() == before


def test_a_catalog_from_before_attachments_were_asked_for_keeps_its_mail_and_reads_it_again(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for column in ("attachments", "origin", "on_behalf"):
            connection.execute(f"ALTER TABLE messages DROP COLUMN {column}")
        table = Migrations.migrations_table
        connection.execute(f"DELETE FROM {table} WHERE name = 'attachments_and_origin'")
    with closing(Catalog(path)) as catalog:
        (known,) = catalog.present()
        assert (known.message.id, known.message.subject) == ("m1", "Letter m1")
        assert (known.message.attachments, known.message.origin, known.message.on_behalf) == (None, None, None)
        assert catalog.cursor(*_first_folder(catalog)) is None


def test_another_programs_database_is_not_made_a_catalog_of_by_mistake(tmp_path: Path) -> None:
    path = tmp_path / "retention.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT)")
    with pytest.raises((BadConfiguration, StoreNotAnswering)) as told:
        Catalog(path)
    assert str(path) in told.value.message


def test_a_catalog_that_another_process_keeps_to_itself_is_another_run(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE mailboxes SET trouble = ''")
        with refused(AnotherRun, path, "locked"):
            Catalog(path)
        other.rollback()


def test_a_second_writer_is_another_run_and_writes_nothing(path: Path) -> None:
    with closing(Catalog(path)) as catalog, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE messages SET subject = 'by the other'")
        assert [known.message.subject for known in catalog.present()] == ["Letter m1"]
        with refused(AnotherRun, path, "locked", "run this again"):
            catalog.save_fact("who", "us")
        other.commit()
        assert catalog.fact("who") is None
        catalog.save_fact("who", "us")
        assert catalog.fact("who") == "us"


def test_a_second_writer_waits_for_the_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "WAIT_FOR_LOCK", 7.5)
    with closing(Catalog(path)) as catalog:
        assert catalog._db.execute("PRAGMA busy_timeout").fetchone()[0] == 7500


def test_a_full_disk_is_told_and_the_page_is_not_half_saved(path: Path) -> None:
    with closing(Catalog(path)) as catalog:
        pages = catalog._db.execute("PRAGMA page_count").fetchone()[0]
        catalog._db.execute(f"PRAGMA max_page_count = {pages + 1}")
        with refused(StoreNotAnswering, path, "full"):
            _save_many(catalog)
        assert [known.message.id for known in catalog.present()] == ["m1"]
        assert catalog.cursor(*_first_folder(catalog)) == "cursor"


def test_a_file_that_may_only_be_read_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect

    def read_only(database: Path, **given: Any) -> sqlite3.Connection:
        return real(f"file:{database}?mode=ro", uri=True, **given)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with refused(StoreNotAnswering, path, "readonly"), closing(Catalog(path)) as catalog:
        catalog.save_fact("who", "us")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read_is_told(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with refused(StoreNotAnswering, path), closing(Catalog(path)) as catalog:
            catalog.save_fact("who", "us")
    finally:
        path.parent.chmod(0o700)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "retention.db"
    with refused(StoreNotAnswering, path):
        Catalog(path, create=True)


def _first_folder(catalog: Catalog) -> tuple[Any, Any]:
    return catalog.mailboxes()[0], INBOX


def _save_many(catalog: Catalog) -> None:
    from retention.core.message import Cursor, Page
    from tests.catalog.desk import NOW

    rows = tuple(message(f"big-{number}", preview="x" * 255) for number in range(500))
    catalog.save_page(catalog.mailboxes()[0], INBOX, Page(messages=rows, cursor=Cursor("second")), 9, NOW, "")
