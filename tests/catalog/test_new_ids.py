"""Where ids die with a move: what is missed in one folder and newly lies in another goes on under its new id.

What a hold makes of it is in ``tests/jobs/test_moved.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.audit import Outcome
from retention.core.classify.people import Decided
from retention.core.message import Message, MessageRef
from tests.catalog.desk import ARCHIVE, BOX, DELETED, INBOX, NOW, OTHER, Desk, message


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.page(message("m1"), message("m2"))
    desk.settle()
    desk.begin()
    return desk


def again(id: str = "x1", of: str = "m1", **fields: Any) -> Message:
    """The message as it lies in another folder under another id."""
    folder = fields.pop("folder", ARCHIVE)
    return message(id, folder, **{"internet_id": f"<{of}@x.example>", "subject": f"Letter {of}"} | fields)


@pytest.mark.parametrize("removal_first", [True, False])
def test_a_message_that_moved_is_not_gone_and_keeps_its_number(desk: Desk, removal_first: bool) -> None:
    n = desk.known("m1").n
    if removal_first:
        desk.page(removed=("m1",))
    desk.page(again(version="v9"), folder=ARCHIVE)
    if not removal_first:
        desk.page(removed=("m1",))
    assert desk.settle() == 0
    moved = desk.known("x1")
    assert (moved.n, moved.message.version, moved.message.path) == (n, "v9", "Archive/2019")
    assert desk.present == ["x1", "m2"] and desk.catalog.known(MessageRef(BOX.id, "m1")) is None
    assert list(desk.catalog.missed_messages.untold()) == []


def test_it_is_followed_from_move_to_move(desk: Desk) -> None:
    n = desk.known("m1").n
    for number, (here, there) in enumerate([(INBOX, ARCHIVE), (ARCHIVE, DELETED), (DELETED, INBOX)], 1):
        desk.page(removed=(desk.catalog.find(str(n))[0].message.id,), folder=here)
        desk.page(again(f"x{number}", folder=there), folder=there)
        assert desk.settle() == 0
        desk.begin()
    assert desk.known("x3").n == n and desk.present == ["x3", "m2"]


def test_two_equal_messages_of_which_one_vanished_are_not_one_that_moved(desk: Desk) -> None:
    desk.page(again("twin"), folder=ARCHIVE)
    desk.settle()
    desk.begin()
    desk.page(removed=("m1",))
    assert desk.settle() == 1 and desk.gone("m1") and not desk.gone("twin")


def test_two_equal_messages_that_came_together_are_not_one_that_moved(desk: Desk) -> None:
    desk.page(message("a", internet_id="<same@x>", subject="Same"))
    desk.page(again("b", internet_id="<same@x>", subject="Same"), folder=ARCHIVE)
    desk.page(removed=("a",))
    assert desk.settle() == 1 and desk.gone("a")


def test_of_two_equal_messages_that_are_missed_one_moved_and_one_is_gone(desk: Desk) -> None:
    desk.page(again("twin"), folder=ARCHIVE)
    desk.settle()
    desk.begin()
    desk.page(removed=("m1",))
    desk.page(removed=("twin",), folder=ARCHIVE)
    desk.page(again("x1", folder=DELETED), folder=DELETED)
    assert desk.settle() == 1
    assert desk.present == ["x1", "m2"] and desk.gone("twin")


@pytest.mark.parametrize(
    "other",
    [
        {"internet_id": "<other@x>"},
        {"subject": "Another"},
        {"sender": "somebody@x.example"},
        {"received_at": NOW},
        {"internet_id": None},
        {"preview": "Quite other words."},
        {"attachments": ("Plan.pdf",)},
        {"size": 9999},
    ],
)
def test_what_is_not_alike_has_not_moved(desk: Desk, other: dict[str, Any]) -> None:
    desk.page(removed=("m1",))
    desk.page(again(**other), folder=ARCHIVE)
    assert desk.settle() == 1 and desk.gone("m1")


@pytest.mark.parametrize("size, gone", [(2048, 0), (2049, 1)])
def test_without_a_message_id_the_size_has_to_be_the_same_too(desk: Desk, size: int, gone: int) -> None:
    desk.page(message("bare", internet_id=None))
    desk.settle()
    desk.begin()
    desk.page(removed=("bare",))
    desk.page(again("x1", "bare", internet_id=None, size=size), folder=ARCHIVE)
    assert desk.settle() == gone


def test_of_what_says_nothing_of_itself_nothing_is_alike(desk: Desk) -> None:
    nothing = dict.fromkeys(("internet_id", "subject", "sender", "received_at"))
    desk.page(message("odd", **nothing))
    desk.settle()
    desk.begin()
    desk.page(removed=("odd",))
    desk.page(message("odd 2", ARCHIVE, **nothing), folder=ARCHIVE)
    assert desk.settle() == 1


def test_a_like_message_in_another_mailbox_is_no_move(desk: Desk) -> None:
    desk.page(removed=("m1",))
    desk.page(again(mailbox=OTHER), folder=ARCHIVE, mailbox=OTHER)
    assert desk.settle() == 1 and desk.gone("m1")


def test_before_a_mailbox_was_ever_read_to_its_end_nothing_is_certain(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.page(message("m1"))
    desk.begin()
    desk.page(removed=("m1",))
    desk.page(again(), folder=ARCHIVE)
    assert desk.settle() == 1


def test_what_was_decided_and_what_it_said_before_follow_it(desk: Desk) -> None:
    decided = Decided("town", "FIN 1", ("case 4",), "it is a bill")
    desk.catalog.filings.decide([(MessageRef(BOX.id, "m1"), "", decided)], 1)
    desk.page(message("m1", subject="Letter m1", preview="Before."), message("m2"))
    desk.settle()
    desk.begin()
    desk.page(removed=("m1",))
    desk.page(again(preview="Before."), folder=ARCHIVE)
    assert desk.settle() == 0
    followed = desk.catalog.filings.decided(MessageRef(BOX.id, "x1"))
    assert followed is not None and followed.series == "FIN 1"
    assert [one.preview for one in desk.known("x1").message.earlier or ()] == ["Hello."]
    assert desk.known("x1").message.preview == "Before."


def test_what_is_decided_for_the_id_it_had_is_decided_for_it(desk: Desk) -> None:
    desk.page(removed=("m1",))
    desk.page(again(), folder=ARCHIVE)
    desk.settle()
    desk.catalog.filings.decide([(MessageRef(BOX.id, "m1"), "", Decided("town", "FIN 1", (), "a bill"))], 1)
    assert desk.catalog.filings.decided(MessageRef(BOX.id, "x1")) is not None
    assert [one.message.id for one in desk.catalog.find("m1")] == ["x1"]
    assert desk.catalog.message_ids(["m1"]) == ("<m1@x.example>",)


def test_where_it_is_not_certain_which_of_two_moved_neither_s_decision_is_taken_for_it(desk: Desk) -> None:
    desk.page(again("twin"), folder=ARCHIVE)
    desk.settle()
    desk.begin()
    for id_, series in (("m1", "FIN 1"), ("twin", "FIN 2")):
        desk.catalog.filings.decide([(MessageRef(BOX.id, id_), "", Decided("town", series, (), "read"))], 1)
    desk.page(removed=("m1",))
    desk.page(removed=("twin",), folder=ARCHIVE)
    desk.page(again("x1", folder=DELETED), folder=DELETED)
    desk.settle()
    assert desk.catalog.filings.decided(MessageRef(BOX.id, "x1")) is None
    (unfiled,) = [one for one in desk.catalog.filings.present() if one.message.id == "x1"]
    assert {one.series for one in unfiled.decided} == {"FIN 1", "FIN 2"}


def test_what_we_moved_to_deleted_items_lies_there_under_another_id_and_has_left(desk: Desk) -> None:
    desk.catalog.mark([Outcome(plan="p", step=1, result="purged", answer="moved", mailbox=BOX.id, id="m1")], NOW)
    desk.page(removed=("m1",))
    desk.page(again(folder=DELETED), folder=DELETED)
    assert desk.settle() == 0
    assert desk.known("x1").left_at == NOW and desk.present == ["m2"]
    desk.begin()
    desk.page(removed=("x1",), folder=DELETED)
    desk.page(again("x2", folder=INBOX))
    assert desk.settle() == 0 and desk.present == ["m2", "x2"]


def test_what_we_took_out_and_lies_elsewhere_now_was_put_back(desk: Desk) -> None:
    desk.catalog.mark([Outcome(plan="p", step=1, result="purged", answer="moved", mailbox=BOX.id, id="m1")], NOW)
    desk.page(removed=("m1",))
    desk.page(again(), folder=ARCHIVE)
    assert desk.settle() == 0
    assert desk.known("m1").left_at == NOW and desk.present == ["m2", "x1"]


@pytest.mark.parametrize("unknown", ["preview", "attachments", "size"])
def test_what_is_not_told_of_it_in_its_new_place_is_no_difference_and_no_certainty(desk: Desk, unknown: str) -> None:
    """An item that the mail system tells only in part."""
    desk.catalog.filings.decide([(MessageRef(BOX.id, "m1"), "", Decided("town", "FIN 1", (), "a bill"))], 1)
    desk.page(removed=("m1",))
    desk.page(again(**{unknown: None}), folder=ARCHIVE)
    assert desk.settle() == 0
    assert desk.catalog.filings.decided(MessageRef(BOX.id, "x1")) is None


def test_a_size_that_changed_a_little_is_followed_without_its_decision(desk: Desk) -> None:
    desk.catalog.filings.decide([(MessageRef(BOX.id, "m1"), "", Decided("town", "FIN 1", (), "a bill"))], 1)
    desk.page(removed=("m1",))
    desk.page(again(size=2048 + 300), folder=ARCHIVE)
    assert desk.settle() == 0 and desk.present == ["x1", "m2"]
    assert desk.catalog.filings.decided(MessageRef(BOX.id, "x1")) is None


@pytest.mark.parametrize("forged_words", ["Hello.", "Quite other words."])
def test_a_forged_message_beside_the_moved_one_has_not_its_decision(desk: Desk, forged_words: str) -> None:
    desk.catalog.filings.decide([(MessageRef(BOX.id, "m1"), "", Decided("town", "FIN 1", (), "a bill"))], 1)
    desk.page(removed=("m1",))
    desk.page(again("forged", preview=forged_words), folder=ARCHIVE)
    desk.page(again("true"), folder=ARCHIVE)
    assert desk.settle() == 0
    assert not any(desk.catalog.filings.decided(MessageRef(BOX.id, id_)) for id_ in ("forged", "true"))


def test_the_true_one_is_followed_where_a_forged_one_was_met_before_it(desk: Desk) -> None:
    n = desk.known("m1").n
    desk.page(removed=("m1",))
    desk.page(again("forged", size=2050), folder=ARCHIVE)
    desk.page(again("true"), folder=ARCHIVE)
    assert desk.settle() == 0 and desk.known("true").n == n


def test_of_what_we_removed_and_what_another_moved_neither_is_certain(desk: Desk) -> None:
    desk.page(again("twin"), folder=ARCHIVE)
    desk.settle()
    desk.begin()
    desk.catalog.mark([Outcome(plan="p", step=1, result="purged", answer="moved", mailbox=BOX.id, id="m1")], NOW)
    for id_, series in (("m1", "FIN 1"), ("twin", "FIN 2")):
        desk.catalog.filings.decide([(MessageRef(BOX.id, id_), "", Decided("town", series, (), "read"))], 1)
    desk.page(removed=("m1",))
    desk.page(removed=("twin",), folder=ARCHIVE)
    desk.page(again("x1", folder=DELETED), folder=DELETED)
    assert desk.settle() == 1 and desk.gone("twin")
    assert desk.catalog.filings.decided(MessageRef(BOX.id, "x1")) is None


# -- reading that broke off in between


def whole(desk: Desk, *folders: Any) -> None:
    """These folders are read to their end, and nothing is new in them."""
    for folder in folders:
        desk.page(folder=folder, complete=True)


def test_a_copy_that_lay_beside_it_when_a_reading_broke_off_is_no_move(desk: Desk) -> None:
    whole(desk, INBOX)
    desk.page(again("copy"), folder=ARCHIVE)
    desk.begin()
    desk.page(removed=("m1",))
    whole(desk, INBOX, ARCHIVE)
    assert desk.settle() == 1 and desk.gone("m1")


def test_a_copy_that_came_before_it_was_told_again_is_no_move(desk: Desk) -> None:
    """Its folder broke off as well, behind the row that told it."""
    desk.page(again("copy"), folder=ARCHIVE)
    desk.page(message("m1", is_read=False))
    desk.begin()
    desk.page(removed=("m1",))
    assert desk.settle() == 1 and desk.gone("m1")


def test_a_move_out_of_a_folder_that_could_not_be_read_then_is_followed(desk: Desk) -> None:
    whole(desk, INBOX)
    desk.settle()
    desk.begin()
    desk.page(again(), folder=ARCHIVE)
    whole(desk, ARCHIVE)
    desk.begin()
    desk.page(removed=("m1",))
    whole(desk, INBOX, ARCHIVE)
    assert desk.settle() == 0 and desk.present == ["x1", "m2"]


def test_what_moves_on_between_two_readings_that_broke_off_is_one_message(desk: Desk) -> None:
    n = desk.known("m1").n
    desk.page(removed=("m1",))
    desk.page(again("x1"), folder=ARCHIVE)
    whole(desk, INBOX, ARCHIVE)
    desk.begin()
    desk.page(removed=("x1",), folder=ARCHIVE)
    desk.page(again("x2", folder=DELETED), folder=DELETED)
    whole(desk, INBOX, ARCHIVE, DELETED)
    assert desk.settle() == 0 and desk.known("x2").n == n and desk.present == ["x2", "m2"]


def test_what_moved_and_then_vanished_between_two_readings_that_broke_off_is_gone_once(desk: Desk) -> None:
    n = desk.known("m1").n
    desk.page(removed=("m1",))
    desk.page(again("x1"), folder=ARCHIVE)
    desk.begin()
    desk.page(removed=("x1",), folder=ARCHIVE)
    assert desk.settle() == 1 and desk.known("x1").n == n and desk.gone("x1")
    assert [[one.known.n for one in batch] for batch in desk.catalog.missed_messages.untold()] == [[n]]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_however_mail_moves_and_vanishes_as_many_are_gone_as_vanished(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Several messages of few kinds, so that many are alike; none comes that was not there."""
    desk, ids = Desk(tmp_path_factory.mktemp("town")), 0
    there: dict[str, tuple[str, Any]] = {}
    for _ in range(data.draw(st.integers(1, 5))):
        ids += 1
        there[f"i{ids}"] = (data.draw(st.sampled_from("ab")), INBOX)
        desk.page(again(f"i{ids}", there[f"i{ids}"][0], folder=INBOX))
    desk.settle()
    for _ in range(3):
        desk.begin()
        vanished = 0
        for id_, (kind, folder) in tuple(there.items()):
            fate = data.draw(st.sampled_from(["stays", "moves", "vanishes"]))
            if fate == "stays":
                continue
            del there[id_]
            desk.page(removed=(id_,), folder=folder)
            if fate == "vanishes":
                vanished += 1
                continue
            ids += 1
            target = data.draw(st.sampled_from([INBOX, ARCHIVE, DELETED]))
            there[f"i{ids}"] = (kind, target)
            desk.page(again(f"i{ids}", kind, folder=target), folder=target)
        assert desk.settle() == vanished
        assert sorted(desk.present) == sorted(there)
