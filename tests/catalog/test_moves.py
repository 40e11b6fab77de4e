"""Removals and moves: one message, two folders, and pages that come in any order.

Whole syncs are in ``test_following.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.audit import Outcome
from tests.catalog.desk import ARCHIVE, BOX, INBOX, NOW, OTHER, Desk, message, partial


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_removal_is_missed_first_and_gone_only_when_the_mailbox_is_settled(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"))
    desk.page(removed=("m1",))
    assert (desk.catalog.missed(BOX), desk.gone("m1"), desk.present) == (1, False, ["m2"])
    assert desk.settle() == 1
    assert (desk.catalog.missed(BOX), desk.gone("m1"), desk.present) == (0, True, ["m2"])
    assert desk.settle() == 0


def test_a_removal_in_another_folder_is_ignored(desk: Desk) -> None:
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE)
    desk.page(removed=("m1",), folder=INBOX)
    assert (desk.catalog.missed(BOX), desk.present) == (0, ["m1"])


@pytest.mark.parametrize("order", ["removal first", "row first"])
def test_a_move_is_never_read_as_a_deletion(desk: Desk, order: str) -> None:
    desk.page(message())
    moved = message(folder=ARCHIVE, version="v2")
    if order == "removal first":
        desk.page(removed=("m1",), folder=INBOX)
        desk.page(moved, folder=ARCHIVE)
    else:
        desk.page(moved, folder=ARCHIVE)
        desk.page(removed=("m1",), folder=INBOX)
    assert desk.settle() == 0
    assert (desk.present, desk.known().message.path) == (["m1"], "Archive/2019")


def test_a_removal_of_a_message_that_was_never_seen_is_harmless(desk: Desk) -> None:
    desk.page(removed=("nobody",))
    assert (desk.catalog.missed(BOX), desk.settle()) == (0, 0)


def test_a_removal_in_one_mailbox_says_nothing_of_another(desk: Desk) -> None:
    desk.page(message())
    desk.page(message(mailbox=OTHER), mailbox=OTHER)
    desk.page(removed=("m1",), mailbox=OTHER)
    assert (desk.catalog.missed(BOX), desk.catalog.missed(OTHER)) == (0, 1)


def test_a_message_that_comes_back_is_present_again_and_no_longer_gone(desk: Desk) -> None:
    desk.page(message())
    desk.page(removed=("m1",))
    desk.settle()
    desk.begin()
    desk.page(message(version="v2"))
    assert (desk.present, desk.gone()) == (["m1"], False)


def late_page(desk: Desk) -> None:
    """It was in the archive when the page was read; when that page is saved, the inbox has been read already."""
    desk.page(message(version="v2"), folder=INBOX)
    desk.page(message(folder=ARCHIVE, version="v1"), folder=ARCHIVE)


def test_a_page_that_comes_late_is_put_right_by_the_removal_that_follows_it(desk: Desk) -> None:
    late_page(desk)
    desk.begin()
    desk.page(complete=True)
    assert desk.catalog.cursor(BOX, INBOX) is not None
    desk.page(removed=("m1",), folder=ARCHIVE)
    # The second look has to read the inbox from its beginning, and finds the message there as it is now.
    assert desk.catalog.missed(BOX) == 1 and desk.catalog.cursor(BOX, INBOX) is None
    desk.page(message(version="v2"), restart=True, complete=True)
    assert desk.settle() == 0 and desk.catalog.cursor(BOX, INBOX) is not None
    assert (desk.present, desk.known().message.path) == (["m1"], "Inbox")
    assert desk.known().message.version == "v2"


def test_a_message_deleted_where_it_had_moved_to_is_missed(desk: Desk) -> None:
    desk.page(message())
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE)
    desk.page(removed=("m1",), folder=INBOX)
    desk.begin()
    desk.page(removed=("m1",), folder=ARCHIVE)
    assert desk.settle() == 1 and desk.gone()


def test_a_message_deleted_where_it_had_moved_to_is_missed_though_its_old_folder_was_read_anew(desk: Desk) -> None:
    desk.page(message(), complete=True)
    desk.begin()
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE, complete=True)
    desk.page(folder=INBOX, restart=True, complete=True)
    desk.begin()
    desk.page(removed=("m1",), folder=ARCHIVE)
    assert desk.settle() == 1 and desk.gone()


@pytest.mark.parametrize("how", ["gone", "purged by us"])
def test_a_message_that_was_restored_and_deleted_again_is_missed(desk: Desk, how: str) -> None:
    desk.page(message())
    if how == "purged by us":
        desk.catalog.mark([Outcome(plan="p", step=1, result="purged", answer="", mailbox=BOX.id, id="m1")], NOW)
    desk.page(removed=("m1",))
    desk.settle()
    desk.begin()
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE)
    assert desk.present == ["m1"]
    desk.page(removed=("m1",), folder=ARCHIVE)
    assert desk.settle() == 1 and desk.gone()


# --- rows that do not say where


def test_a_row_that_does_not_say_where_adds_to_what_is_known(desk: Desk) -> None:
    desk.page(message(size=None, kind=None))
    desk.page(partial(size=7, kind="IPM.Note.SMIME"), folder=ARCHIVE)
    known = desk.known().message
    assert (known.size, known.kind, known.path) == (7, "IPM.Note.SMIME", "Inbox")


def test_a_row_that_does_not_say_where_makes_no_message_known(desk: Desk) -> None:
    desk.page(partial("stranger", size=7))
    assert desk.catalog.known(message("stranger").ref) is None


def test_a_row_that_does_not_say_where_brings_no_missed_or_gone_message_back(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"))
    desk.page(removed=("m1",))
    desk.settle()
    desk.page(removed=("m2",))
    desk.page(partial("m1", size=7), partial("m2", size=7))
    assert (desk.present, desk.gone("m1"), desk.catalog.missed(BOX)) == ([], True, 1)
