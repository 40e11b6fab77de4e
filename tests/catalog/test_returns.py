"""The catalog of what was put back: where it lay, that it is present again, and which attachments are only links."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.audit import Outcome
from tests.catalog.desk import ARCHIVE, BOX, DELETED, FOLDERS, INBOX, NOW, Desk, message, partial


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def took_out(desk: Desk, id_: str = "m1") -> None:
    outcome = Outcome(plan="p", step=1, result="purged", answer="moved", mailbox=BOX.id, id=id_)
    desk.catalog.mark([outcome], NOW)


def test_where_a_message_lay_when_it_was_taken_out_is_known_wherever_it_is_seen_since(desk: Desk) -> None:
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE)
    took_out(desk)
    desk.page(message(folder=DELETED), folder=DELETED)
    assert desk.known().left_at is not None and desk.known().message.folder == DELETED.id
    assert desk.catalog.returns.left_from(message().ref) == ARCHIVE
    desk.begin(tuple(each for each in FOLDERS if each != ARCHIVE))
    assert desk.catalog.returns.left_from(message().ref) is None
    assert desk.catalog.returns.left_from(message("m2").ref) is None


def test_what_was_put_back_is_present_again_and_keeps_what_was_done_with_it(desk: Desk) -> None:
    desk.page(message())
    took_out(desk)
    assert desk.present == []
    for _ in range(2):
        desk.catalog.returns.mark(message().ref, "m1", ARCHIVE.id)
        assert desk.present == ["m1"]
        assert (desk.known().message.path, desk.known().result) == (ARCHIVE.path, "purged")


def test_it_is_known_under_the_id_it_has_now_by_the_same_number(desk: Desk) -> None:
    desk.page(message())
    number = desk.known().n
    took_out(desk)
    desk.catalog.returns.mark(message().ref, "m9", INBOX.id)
    assert desk.present == ["m9"] and desk.known("m9").n == number
    desk.page(partial("m9", folder=INBOX.id, version="v2"))
    assert desk.present == ["m9"] and desk.known("m9").message.subject == "Letter m1"


def test_where_a_sync_has_met_it_under_its_new_id_it_counts_once(desk: Desk) -> None:
    desk.page(message())
    took_out(desk)
    desk.page(message("m9"))
    desk.catalog.returns.mark(message().ref, "m9", INBOX.id)
    assert desk.present == ["m9"] and desk.known("m1").left_at is not None


def test_what_is_in_its_mailbox_is_not_touched(desk: Desk) -> None:
    desk.page(message())
    desk.catalog.returns.mark(message().ref, "m9", ARCHIVE.id)
    assert desk.present == ["m1"] and desk.known().message.folder == INBOX.id


def test_which_attachments_are_only_links_is_kept_and_not_said_is_not_none_at_all(desk: Desk) -> None:
    desk.page(message("m1"), message("m2", linked=("Budget.xlsx",)), message("m3", linked=()))
    assert [desk.known(id_).message.linked for id_ in ("m1", "m2", "m3")] == [None, ("Budget.xlsx",), ()]
    desk.page(partial("m2", version="v2"), partial("m1", linked=("Plan.docx",)))
    assert [desk.known(id_).message.linked for id_ in ("m1", "m2")] == [("Plan.docx",), ("Budget.xlsx",)]
