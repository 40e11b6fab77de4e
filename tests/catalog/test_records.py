"""Records in the catalog: found by what is known of them and by their words, and forgotten once they are destroyed."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlite_utils import Database

from retention.catalog import Catalog
from retention.catalog.finding import Wanted, expression
from retention.catalog.records import Said
from retention.catalog.tables import _refuse_without_words
from retention.core.audit import Outcome
from retention.core.record import Custody, Record, sidecar_digest
from retention.errors import BadConfiguration, WrongUsage
from tests.catalog.desk import BOX, NOW, OTHER, Desk, message

AT = datetime(2025, 3, 4, 15, 30, tzinfo=UTC)


def record(n: int = 1, **fields: Any) -> Record:
    content = f"{n}".encode()
    custody = Custody(address=BOX.address, mailbox=BOX.id, id=f"m{n}", version="v1", folder="Inbox", captured_at=NOW)
    whole = {
        "digest": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "schedule": "town",
        "fingerprint": "f" * 64,
        "series": "FIN 04300",
        "title": "Requisitions",
        "retain": "3 years after received",
        "citation": "Town Code 1",
        "because": "it says requisition",
        "due_on": date(2028, 3, 5),
        "year": 2025,
        "internet_id": f"<{n}@x.example>",
        "subject": f"Requisition {n}",
        "sender": "jo@x.example",
        "to": (BOX.address,),
        "cc": (),
        "bcc": (),
        "received_at": AT,
        "sent_at": AT,
        "kind": "IPM.Note",
        "categories": (),
        "custody": (custody,),
    }
    return Record(**whole | fields)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "retention.db", create=True)


def add(catalog: Catalog, *records: Record) -> None:
    catalog.records.add((one.place, one, sidecar_digest(one)) for one in records)


def found(catalog: Catalog, **asked: Any) -> list[int]:
    return [kept.n for kept in catalog.records.wanted(Wanted(**asked))]


def test_a_record_is_found_by_the_words_of_its_headers_and_by_no_others(catalog: Catalog) -> None:
    add(
        catalog,
        record(
            subject="Füße und Zäune: the FENCE",
            sender="carla.ruiz@elsewhere.example",
            to=("ana@town.example",),
            cc=("bo@town.example",),
            bcc=("secret.list@town.example",),
            attachments=("Plan of Elm-Street.pdf",),
            linked=("Budget 2026.xlsx",),
            internet_id="<CAF+1x.9@mail.example>",
        ),
        record(2),
    )
    for words in (
        "fence",
        "fuße zaune",
        "carla.ruiz@elsewhere.example",
        "ruiz",
        "bo@town.example",
        "secret",
        "elm street",
        '"Elm Street"',
        "plan pdf",
        "budget*",
        "bud*",
        "<CAF+1x.9@mail.example>",
        "fence ruiz plan",
    ):
        assert found(catalog, words=words) == [1], words
    for words in ("body", "bud", '"street elm"', "fence requisition", "subject:fence2"):
        assert found(catalog, words=words) == [], words


def test_the_best_comes_first_a_subject_before_a_recipient(catalog: Catalog) -> None:
    add(catalog, record(1, to=("fence@town.example",)), record(2, subject="The fence"), record(3))
    assert found(catalog, words="fence") == [2, 1]


@given(words=st.text(max_size=40))
def test_whatever_is_typed_is_looked_for_and_never_an_error_of_the_index(words: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (a, b)")
    try:
        asked = expression(words)
    except WrongUsage:
        assert not any(sign.isalnum() for sign in words)
    else:
        db.execute("SELECT * FROM t WHERE t MATCH ?", [asked]).fetchall()


@pytest.mark.parametrize("words", ['fence" OR "', "NEAR(a b)", "a AND NOT b", "subject: x", "-fence", "a:b", "*"])
def test_no_word_is_a_command(catalog: Catalog, words: str) -> None:
    add(catalog, record(subject="Something else"))
    try:
        assert found(catalog, words=words) == []
    except WrongUsage:
        assert words == "*"


def test_each_filter_leaves_out_what_is_not_asked_for(catalog: Catalog) -> None:
    other = Custody(address="Pat@town.example", mailbox=OTHER.id, id="x", version="v", folder="", captured_at=NOW)
    add(
        catalog,
        record(1),
        record(2, schedule="county", series="FIN 1", due_on=date(2030, 1, 1), custody=(other,)),
        record(3, received_at=AT + timedelta(microseconds=500_000), due_on=None),
    )
    catalog.records.mark([record(3).place], "quarantined", NOW)
    assert found(catalog) == [1, 2, 3]
    assert found(catalog, schedule="county") == [2]
    assert found(catalog, series="fin 04300") == [1, 3]
    assert found(catalog, mailboxes=(OTHER.id,)) == [2] == found(catalog, addresses=("pat@town.example",))
    assert found(catalog, due_before=date(2030, 1, 1)) == [1]
    assert found(catalog, due_from=date(2030, 1, 1), due_before=date(2031, 1, 1)) == [2]
    assert found(catalog, state="quarantined") == [3]
    # Written with a fraction of a second and without: both are at or after 15:30, and neither is before it.
    assert found(catalog, received_from=AT) == [1, 2, 3] and found(catalog, received_before=AT) == []
    assert found(catalog, received_before=AT + timedelta(seconds=1)) == [1, 2, 3]


def test_what_is_due_on_another_day_than_when_it_was_captured_is_found(catalog: Catalog) -> None:
    add(catalog, record(1), record(2), record(3, due_on=None))
    assert found(catalog, due_changed=True) == []
    catalog.records.set_due([(record(2).place, date(2030, 1, 1), "5 years"), (record(3).place, None, "permanent")])
    assert found(catalog, due_changed=True) == [2]
    kept = catalog.records.at(record(2).place)
    assert kept is not None and (kept.due_on, kept.due_why) == (date(2030, 1, 1), "5 years")


def test_no_word_of_a_destroyed_record_is_left_in_the_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    words = {"subject": "Zwetschgenmus", "preview": "Pflaumenkuchen", "sender": "quitte@x.example"}
    desk.page(message("m1", **words), message("m2"))
    desk.page(message("m1", **words | {"subject": "Zwetschgenmus again"}))
    gone = Outcome(plan="p", step=1, result="captured", answer="", mailbox=BOX.id, id="m1", digest="d", place="p")
    desk.catalog.mark([gone], NOW)
    one = record(**{field: said for field, said in words.items() if field != "preview"})
    there = replace(one.custody[0], preview=words["preview"])
    one = replace(one, custody=(there,))
    add(desk.catalog, one, *(record(n) for n in range(2, 300)))
    desk.catalog.records.mark([one.place], "destroyed", NOW)
    desk.catalog.records.sweep()
    kept = desk.catalog.records.at(one.place)
    assert kept is not None and kept.record is None and kept.digest == one.digest and kept.series == one.series
    assert found(desk.catalog, words="zwetschgenmus") == [] and found(desk.catalog, state="destroyed") == [kept.n]
    left, other = desk.known("m1"), desk.known("m2")
    assert (left.message.subject, left.message.internet_id, left.result) == (None, "<m1@x.example>", "captured")
    assert other.message.subject == "Letter m2"
    for path in tmp_path.glob("retention.db*"):
        data = path.read_bytes().lower()
        for word in (b"zwetschgenmus", b"pflaumenkuchen", b"quitte"):
            assert word not in data, (path.name, word)


def test_what_is_told_twice_is_known_once(catalog: Catalog) -> None:
    said = [Said(record(n).place, "kept", NOW, f"{n}" * 64) for n in range(1, 4)]
    catalog.records.tell(said, 5)
    catalog.records.tell(said, 5)
    assert catalog.records.read == 5 and catalog.records.tally() == {"kept": 3}
    assert [one.place for one in catalog.records.unread()] == [one.place for one in said]


def test_a_row_that_was_changed_or_that_nobody_spoke_of_differs_from_the_ledger(catalog: Catalog) -> None:
    said = [Said(record(n).place, "kept", NOW, f"{n}" * 64) for n in range(1, 5)]
    catalog.records.tell(said, 5)
    assert catalog.records.differences(said) == ()
    catalog.records.mark([said[0].place], "destroyed", NOW)
    catalog.records.tell([Said(said[1].place, "kept", NOW, "f" * 64)], 5)
    found = {one.place: one for one in catalog.records.differences([*said[:3], Said("a/b/2025/c", "kept", NOW, "0")])}
    assert set(found) == {said[0].place, said[1].place, said[3].place, "a/b/2025/c"}
    assert (found[said[0].place].ledger, found[said[0].place].catalog) == ("kept", "destroyed")
    assert found[said[3].place].ledger == "" and found["a/b/2025/c"].catalog == ""


def test_a_build_without_the_full_text_index_is_told_plainly() -> None:
    class Without:
        def execute(self, sql: str) -> Without:
            return self

        def fetchone(self) -> None:
            return None

    with pytest.raises(BadConfiguration, match="FTS5"):
        _refuse_without_words(Without())  # type: ignore[arg-type]
    _refuse_without_words(Database(memory=True))


def test_a_message_that_lies_in_its_mailbox_again_keeps_its_words_when_its_record_is_destroyed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.page(message("m1"))
    add(desk.catalog, record(1))
    desk.catalog.records.mark([record(1).place], "destroyed", NOW)
    assert desk.known("m1").message.subject == "Letter m1"
