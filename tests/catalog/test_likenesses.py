"""Copies of a message are found by its Message-ID or by its second; and how far each folder was read is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.catalog import Catalog
from retention.catalog.likenesses import LOOKED_AT
from retention.core.audit import Outcome
from retention.core.message import FILES, Cursor, Folder, Mailbox, Message, Page, Source

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
SENT = datetime(2024, 3, 4, 15, 30, 7, 999_000, tzinfo=UTC)
ANN = Mailbox(id="m1", address="ann@city.example")
OLD = Mailbox(id="files:1", address="ann@city.example/old.pst", kind=FILES)
INBOX = Folder(id="f", path="Inbox")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "retention.db", create=True)
    for box in ANN, OLD:
        catalog.save_mailbox(box, ())
        catalog.save_folders(box, (INBOX,), 1)
    yield catalog
    catalog.close()


def mail(box: Mailbox, id_: str, **said: Any) -> Message:
    return Message(
        mailbox=box.id, id=id_, folder="f", version="v", subject="Elm", sender="c@x.example", sent_at=SENT, **said
    )


def save(catalog: Catalog, box: Mailbox, *messages: Message, run: int = 1, **page: Any) -> None:
    told = {"removed": (), "cursor": Cursor("c"), "restart": False, "complete": True} | page
    catalog.save_page(box, INBOX, Page(messages=messages, **told), run, NOW, "")


def found(catalog: Catalog, message: Message) -> list[tuple[str, str]]:
    return [(one.mailbox.address, one.message.id) for one in catalog.glimpses.like(message)]


@pytest.mark.parametrize("instant", [SENT, SENT.replace(microsecond=0), SENT.replace(microsecond=1)])
def test_a_copy_without_a_message_id_is_found_in_its_second(catalog: Catalog, instant: datetime) -> None:
    save(catalog, OLD, replace(mail(OLD, "1"), sent_at=instant), mail(OLD, "2", preview="quite another text this is"))
    seen = mail(ANN, "9", internet_id="<a@x>", preview="the text of the very message")
    assert found(catalog, seen) == [(OLD.address, "1")]
    assert found(catalog, replace(seen, sent_at=SENT + timedelta(seconds=1))) == []


def test_a_message_id_is_the_same_with_angle_brackets_and_without(catalog: Catalog) -> None:
    save(catalog, OLD, mail(OLD, "1", internet_id="a@x"), mail(OLD, "2", internet_id="<a@x>"))
    for written in "a@x", "<a@x>":
        assert {id_ for _, id_ in found(catalog, mail(ANN, "9", internet_id=written))} == {"1", "2"}


def test_what_has_left_its_mailbox_is_no_copy_and_what_stays_in_a_file_is(catalog: Catalog) -> None:
    for box in ANN, OLD:
        save(catalog, box, mail(box, "1", internet_id="<a@x>"))
        result = Outcome(plan="p", step=1, result="captured", answer="", mailbox=box.id, id="1", digest="d", place="p")
        catalog.mark([result], NOW)
    assert found(catalog, mail(ANN, "9", internet_id="<a@x>")) == [(OLD.address, "1")]


def test_one_file_in_two_folders_that_were_added_is_no_copy_of_itself(catalog: Catalog) -> None:
    source = Source(file="/share/old.pst", at="7")
    save(catalog, OLD, mail(OLD, "1", internet_id="<a@x>", source=source))
    again = mail(replace(OLD, id="files:2"), "old.pst#7", internet_id="<a@x>", source=source)
    assert found(catalog, again) == []
    assert found(catalog, replace(again, source=replace(source, at="8"))) == [(OLD.address, "1")]


def test_a_sender_that_gives_all_its_mail_one_message_id_makes_nothing_slow(catalog: Catalog) -> None:
    save(catalog, OLD, *(mail(OLD, str(n), internet_id="<a@x>") for n in range(LOOKED_AT + 50)))
    assert len(found(catalog, mail(ANN, "9", internet_id="<a@x>"))) == LOOKED_AT


def test_a_folder_was_read_whole_only_where_nothing_was_read_since_its_last_end(catalog: Catalog) -> None:
    def whole() -> bool:
        (end,) = catalog.glimpses.ends(OLD)
        return end.whole

    assert not whole()
    save(catalog, OLD, mail(OLD, "1"), restart=True, complete=False)
    assert not whole()
    save(catalog, OLD, mail(OLD, "2"))
    assert whole()
    save(catalog, OLD, mail(OLD, "3"), run=2, complete=False)
    assert not whole()
    save(catalog, OLD, run=2)
    assert whole()
    catalog.folder_trouble(OLD, INBOX, "it is damaged")
    (end,) = catalog.glimpses.ends(OLD)
    assert (end.whole, end.trouble, end.path) == (False, "it is damaged", "Inbox")
