"""Reading folders through Exchange: nothing is lost by a clipped answer, a busy server, or one broken item.

The promises that every mail system keeps are in the contract suite.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.message import Cursor, Message
from retention.errors import MailNotAnswering
from retention.mail.exchange import ExchangeMail, reading
from retention.mail.exchange.answers import Response
from retention.mail.exchange.wire import Wire
from retention.mail.interface import FolderUnreadable, MailboxUnreadable
from retention.simulator.ews.names import item_id
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import LONG_AGO, Copy, letter
from tests.mail.conftest import ANN, Waits, fill
from tests.mail.exchanging import box, folder, opened_exchange, opening, read, told  # noqa: F401

EVERY_FORM_OF_BUSY = ["unavailable", "throttle", "busy", "connections"]
BROKEN = ["drop", "truncate", "clip", "timeout", "expired-token"]


def rows(mail: ExchangeMail, cursor: Cursor | None = None) -> dict[str | None, Message]:
    return {row.subject: row for page in read(mail, cursor) for row in page.messages}


@pytest.mark.parametrize("on", ["#SyncFolderItems", "#GetItem"])
@pytest.mark.parametrize("kind", [*EVERY_FORM_OF_BUSY, *BROKEN])
def test_an_answer_that_fails_is_asked_for_again_and_no_mail_is_missed(
    kind: str, on: str, exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    fill(world, 30)
    faults.max_page = 7
    faults.add(kind, on=on, after=1, times=1 if kind == "expired-token" else 2)  # type: ignore[arg-type]
    assert sorted(rows(exchange)) == sorted(f"Letter {number}" for number in range(30))


def test_a_clipped_answer_never_gives_a_cursor(exchange: ExchangeMail, world: World, faults: Faults) -> None:
    fill(world, 30)
    faults.max_page = 10
    pages = exchange.pages(box(exchange), folder(exchange), None)
    first = next(pages)
    faults.add("clip", on="#SyncFolderItems", times=-1)
    with pytest.raises((FolderUnreadable, MailNotAnswering)):
        list(pages)
    faults.clear()
    rest = read(exchange, first.cursor)
    assert len(first.messages) + sum(len(page.messages) for page in rest) == 30


@pytest.mark.parametrize("kind", ["throttle", "busy"])
def test_the_wait_that_the_server_asks_for_is_kept(
    kind: str, exchange: ExchangeMail, world: World, faults: Faults, waits: Waits
) -> None:
    fill(world, 3)
    faults.add(kind, on="#GetItem", retry_after=17)  # type: ignore[arg-type]
    assert len(rows(exchange)) == 3
    assert waits.seconds == [17.0]


def test_a_server_that_stays_busy_ends_the_run_after_some_attempts(
    exchange: ExchangeMail, world: World, faults: Faults, waits: Waits
) -> None:
    fill(world, 3)
    there = folder(exchange)
    faults.add("busy", on="#SyncFolderItems", times=-1)
    with pytest.raises(MailNotAnswering, match="ErrorServerBusy"):
        list(exchange.pages(box(exchange), there, None))
    assert len(waits.seconds) == 7


def test_a_mailbox_on_the_move_is_its_own_trouble_and_not_the_run_s(
    exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    fill(world, 3)
    there = folder(exchange)
    faults.add("error", on="#SyncFolderItems", times=-1, code="ErrorMailboxMoveInProgress")
    with pytest.raises(FolderUnreadable, match="ErrorMailboxMoveInProgress"):
        list(exchange.pages(box(exchange), there, None))


def test_a_permanent_error_is_named_and_not_asked_again(
    exchange: ExchangeMail, world: World, faults: Faults, simulator: Simulator, waits: Waits
) -> None:
    there = folder(exchange)
    faults.add("error", on="#SyncFolderItems", times=-1, code="ErrorFolderCorrupt")
    simulator.forget_requests()
    with pytest.raises(FolderUnreadable, match="ErrorFolderCorrupt"):
        list(exchange.pages(box(exchange), there, None))
    assert told(simulator).count("SyncFolderItems") == 1 and waits.seconds == []


def test_an_item_that_failed_once_is_asked_for_again_and_is_whole_in_the_next_reading(
    exchange: ExchangeMail, world: World, simulator: Simulator
) -> None:
    ids = fill(world, 12)
    broken = item_id(world.message(ANN, ids[5]))
    world.break_item(ANN, ids[5])
    cursor = read(exchange)[-1].cursor
    simulator.forget_requests()
    (page,) = read(exchange, cursor)
    assert page.messages == () and told(simulator).count("GetItem") == 1
    world.break_item(ANN, ids[5], "")
    (page,) = read(exchange, page.cursor)
    assert [(row.id, row.subject, row.trouble) for row in page.messages] == [(broken, "Letter 5", "")]
    simulator.forget_requests()
    (page,) = read(exchange, page.cursor)
    assert page.messages == () and "GetItem" not in told(simulator)


@pytest.mark.parametrize("forgotten", [False, True])
def test_an_item_that_failed_and_was_changed_since_is_no_trouble_any_more(
    exchange: ExchangeMail, world: World, forgotten: bool
) -> None:
    ids = fill(world, 3)
    world.break_item(ANN, ids[1])
    cursor = read(exchange)[-1].cursor
    world.break_item(ANN, ids[1], "")
    if forgotten:
        world.reset_delta(ANN)
    else:
        world.edit(ANN, ids[1], categories=("Red",))
    pages = read(exchange, cursor)
    found = {row.subject: row.trouble for page in pages for row in page.messages}
    assert found["Letter 1"] == "" and pages[-1].cursor and "{" not in pages[-1].cursor


def test_an_item_that_failed_and_is_no_longer_there_is_not_asked_for_any_more(
    exchange: ExchangeMail, world: World, simulator: Simulator
) -> None:
    ids = fill(world, 3)
    broken = item_id(world.message(ANN, ids[1]))
    world.break_item(ANN, ids[1])
    cursor = read(exchange)[-1].cursor
    world.permanent_delete(ANN, ids[1])
    simulator.forget_requests()
    (page,) = read(exchange, cursor)
    assert page.removed == (broken,) and page.cursor and "{" not in page.cursor
    assert "GetItem" not in told(simulator)


def test_of_items_that_fail_so_many_are_asked_for_again_and_no_more(
    exchange: ExchangeMail, world: World, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ASKED_AGAIN", 4)
    for id_ in fill(world, 9)[:6]:
        world.break_item(ANN, id_)
    pages = read(exchange)
    for each in world.ids(ANN):
        world.break_item(ANN, each, "")
    assert len(read(exchange, pages[-1].cursor)[0].messages) == 4


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=80))
def test_whatever_stands_in_a_cursor_it_is_read_or_means_the_beginning(text: str) -> None:
    for each in (text, f"ews:{text}", f"ews:{{{text}"):
        reading._position(Cursor(each))


def test_one_broken_item_is_its_own_trouble_and_the_others_come(exchange: ExchangeMail, world: World) -> None:
    ids = fill(world, 12)
    broken = item_id(world.message(ANN, ids[5]))
    world.break_item(ANN, ids[5])
    pages = read(exchange)
    found = {row.id: row for page in pages for row in page.messages}
    assert len(found) == 12 and pages[-1].complete
    assert [row.id for row in found.values() if row.trouble] == [broken]
    assert "ErrorCorruptData" in (found[broken].trouble or "") and found[broken].version


def test_a_request_that_fails_as_a_whole_is_looked_for_in_its_halves(
    exchange: ExchangeMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    fill(world, 8)
    faults.add("throttle", on="#GetItem", times=4, code="ErrorContentConversionFailed")
    found = rows(exchange)
    assert len(found) == 8 and sum(row.trouble is not None for row in found.values()) == 1
    assert told(simulator).count("GetItem") > 4


def test_where_nothing_is_told_of_any_item_it_is_the_folder_that_is_unreadable(
    exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    fill(world, 8)
    there = folder(exchange)
    faults.add("error", on="#GetItem", times=-1, code="ErrorInternalServerError")
    with pytest.raises(FolderUnreadable):
        list(exchange.pages(box(exchange), there, None))


def test_what_vanished_between_its_id_and_its_properties_is_left_out_and_then_removed(
    exchange: ExchangeMail, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(world, 5)
    asked, done = reading.Reading._messages, []

    def later(self: reading.Reading, changes: reading.Changes) -> tuple[Message, ...]:
        if not done:
            done.append(world.permanent_delete(ANN, ids[2]))
        return asked(self, changes)

    monkeypatch.setattr(reading.Reading, "_messages", later)
    copy = Copy()
    pages = copy.follow(read(exchange))
    assert pages[-1].complete and len(copy.rows) == 4
    copy.follow(read(exchange, copy.cursor))
    assert sorted(row.subject or "" for row in copy.rows.values()) == ["Letter 0", "Letter 1", "Letter 3", "Letter 4"]


def test_a_cursor_of_another_mail_system_means_the_beginning_and_is_not_shown_to_the_server(
    exchange: ExchangeMail, world: World, simulator: Simulator
) -> None:
    fill(world, 3)
    for cursor in ("", '{"at":"changes","link":"/users/secret"}', "ews:"):
        (page,) = read(exchange, Cursor(cursor))
        assert page.restart and page.complete and len(page.messages) == 3


def test_a_state_that_dies_in_the_middle_means_the_beginning(
    exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    fill(world, 9)
    faults.max_page = 3
    faults.add("gone", on="#SyncFolderItems", after=2)
    pages = read(exchange)
    assert [page.restart for page in pages].count(True) == 2
    copy = Copy()
    copy.follow(pages)
    assert len(copy.rows) == 9


def test_a_server_that_forgets_again_and_again_is_given_up(
    exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    fill(world, 3)
    there = folder(exchange)
    faults.add("gone", on="#SyncFolderItems", times=-1)
    with pytest.raises(FolderUnreadable, match="forgot 3 times"):
        list(exchange.pages(box(exchange), there, None))


def test_a_folder_that_is_gone_says_so(exchange: ExchangeMail, world: World) -> None:
    world.add_message(ANN, "Inbox/Old", letter(1))
    there = folder(exchange, "Inbox/Old")
    world.remove_folder(ANN, "Inbox/Old")
    with pytest.raises(FolderUnreadable, match="no longer there"):
        list(exchange.pages(box(exchange), there, None))


def test_a_mailbox_that_closes_while_it_is_read_says_so(exchange: ExchangeMail, world: World) -> None:
    there = folder(exchange)
    world.mailbox(ANN).impersonation = False
    with pytest.raises(MailboxUnreadable, match="ErrorImpersonateUserDenied"):
        list(exchange.pages(box(exchange), there, None))


def test_only_the_read_flag_of_a_message_that_was_read_is_said(
    exchange: ExchangeMail, world: World, simulator: Simulator
) -> None:
    ids = fill(world, 3)
    cursor = read(exchange)[-1].cursor
    world.edit(ANN, ids[1], is_read=False)
    simulator.forget_requests()
    (page,) = read(exchange, cursor)
    (row,) = page.messages
    assert (row.is_read, row.subject, row.to) == (False, None, None) and row.version
    assert "GetItem" not in told(simulator)


def test_a_page_is_asked_for_while_the_one_before_is_understood_and_no_more_is_kept(
    exchange: ExchangeMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    fill(world, 40)
    faults.max_page = 5
    pages = exchange.pages(box(exchange), folder(exchange), None)
    simulator.forget_requests()
    next(pages)
    pages.close()  # type: ignore[attr-defined]
    assert told(simulator).count("SyncFolderItems") <= 2
    assert len(rows(exchange)) == 40


def test_many_items_come_in_several_requests(
    exchange: ExchangeMail, world: World, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 10)
    fill(world, 45)
    simulator.forget_requests()
    assert len(rows(exchange)) == 45
    assert told(simulator).count("GetItem") == 5


def test_of_a_batch_only_those_are_asked_for_again_that_did_not_come(
    exchange: ExchangeMail, world: World, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [item_id(world.message(ANN, each)) for each in fill(world, 6)]
    asked: list[int] = []
    ask = Wire.ask

    def partly(self: Wire, operation: str, address: str = "", *, once: bool = False) -> list[Response]:
        answers = ask(self, operation, address, once=once)
        if "GetItem" not in operation:
            return answers
        asked.append(len(answers))
        busy = Response("ErrorServerBusy", "busy", None, 3.0)
        stopped = Response("ErrorBatchProcessingStopped", "stopped", None)
        return [answers[0], busy, *[stopped] * (len(answers) - 2)] if len(answers) > 2 else answers

    monkeypatch.setattr(Wire, "ask", partly)
    (page,) = read(exchange)
    assert [row.id for row in page.messages] == ids and not any(row.trouble for row in page.messages)
    assert (asked, waits.seconds) == ([6, 5, 4, 3, 2], [3.0] * 4)


def test_a_system_that_is_closed_while_it_is_read_says_so_and_leaves_no_thread(
    exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    fill(world, 40)
    faults.max_page = 5
    pages = exchange.pages(box(exchange), folder(exchange), None)
    next(pages)
    exchange.close()
    with pytest.raises(MailNotAnswering, match="closed"):
        list(pages)
    for thread in threading.enumerate():
        if thread.name.startswith("exchange"):
            thread.join(5)
            assert not thread.is_alive()


def test_mail_of_the_archive_is_read_like_any(exchange: ExchangeMail, world: World) -> None:
    world.mailbox(ANN).open_archive()
    world.add_message(ANN, "In-Place Archive/Inbox/2012", letter(7), received_at=LONG_AGO)
    (page,) = read(exchange, path="In-Place Archive/Inbox/2012")
    assert [row.subject for row in page.messages] == ["Letter 7"]


@pytest.mark.parametrize("received", [None, datetime(2031, 1, 1, tzinfo=UTC)])
def test_a_date_is_taken_as_the_server_tells_it(
    received: datetime | None, exchange: ExchangeMail, world: World
) -> None:
    mime = b"Subject: no date\r\n\r\nx" if received is None else letter(1)
    world.add_message(ANN, "Inbox", mime, received_at=received)
    ((row,),) = [page.messages for page in read(exchange)]
    assert row.received_at == received
