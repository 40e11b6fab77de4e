"""Reading a folder through delta: rounds, lost states, sizes in a second pass, and clouds without delta.

What one row says is tested in the neighbour for rows.
"""

from __future__ import annotations

from typing import Any

import pytest

from retention.core.message import Cursor, Message
from retention.errors import MailNotAnswering
from retention.mail.graph import GraphMail
from retention.mail.graph.asked import SELECT
from retention.mail.interface import FolderUnreadable
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import Copy, letter, with_file
from tests.mail.conftest import ANN, Connect, Waits, box, fill, folder, read, told

LOST = [
    (410, "Gone"),
    (410, "syncStateNotFound"),
    (400, "syncStateNotFound"),
    (404, "SyncStateNotFound"),
    (409, "resyncRequired"),
    (400, "SyncStateInvalid"),
]


# -- rounds


def test_a_folder_of_one_page_is_read_with_its_sizes_by_one_request(
    graph: GraphMail, world: World, simulator: Simulator
) -> None:
    ids = fill(world, 3)
    mailbox, inbox = box(graph), folder(graph)
    simulator.forget_requests()
    (page,) = graph.pages(mailbox, inbox, None)
    assert page.restart and page.complete
    assert {row.id: (row.size, row.kind, row.folder) for row in page.messages} == {
        id_: (len(letter(at)), "IPM.Note", inbox.id) for at, id_ in enumerate(ids)
    }
    outside, delta, sizes = simulator.requests
    assert outside.path == "/v1.0/$batch"
    assert delta.path.endswith(f"/messages/delta?$select={SELECT},conversationIndex") and "$expand" not in delta.path
    assert "/messages?$select=id&$top=1000&$expand=singleValueExtendedProperties(" in sizes.path
    assert sizes.path.endswith("),attachments($select=name,size)")
    assert all("odata.maxpagesize=1000" in seen.headers["prefer"] for seen in (delta, sizes))


def test_a_larger_folder_is_delta_to_its_end_and_then_a_list_of_sizes(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    faults.max_page = 2
    ids = fill(world, 5)
    mailbox, inbox = box(graph), folder(graph)
    simulator.forget_requests()
    pages = list(graph.pages(mailbox, inbox, None))
    rows = [row for page in pages[:3] for row in page.messages]
    sizes = [row for page in pages[3:] for row in page.messages]
    assert [row.id for row in rows] == ids and all(row.size is None and row.subject for row in rows)
    assert {row.id: (row.size, row.kind) for row in sizes} == {
        id_: (len(letter(at)), "IPM.Note") for at, id_ in enumerate(ids)
    }
    said: dict[str, Any] = {"attachments": (), "linked": (), "origin": "person", "sensitivity": "normal"}
    said["largest_attachment"] = 0
    assert all(row == Message(mailbox=mailbox.id, id=row.id, size=row.size, kind=row.kind, **said) for row in sizes)
    # The first page came with the batch and is not asked for again.
    asked = told(simulator)
    assert len(asked) == 6 and "$batch" in asked[0] and "skiptoken" in asked[1]


@pytest.mark.parametrize("wrong", [r"delta\?\$select", "expand", "batch"])
@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "ApplicationThrottled"), (403, "ErrorAccessDenied"), (500, "Whatever"), (501, "NotImplemented")],
)
def test_whatever_is_wrong_with_the_first_request_the_longer_way_is_gone(
    wrong: str, status: int, code: str, graph: GraphMail, world: World, faults: Faults
) -> None:
    ids = fill(world, 3)
    mailbox, inbox = box(graph), folder(graph)
    faults.add("error", on=wrong, status=status, code=code, times=3 if (wrong, status) == ("batch", 500) else 1)
    copy = Copy()
    pages = copy.follow(graph.pages(mailbox, inbox, None))
    assert set(copy.rows) == set(ids) and all(row.size for row in copy.rows.values())
    assert [page.restart for page in pages].count(True) == 1 and pages[-1].complete


def test_a_second_sync_with_nothing_changed_is_one_request_per_folder(
    graph: GraphMail, world: World, simulator: Simulator
) -> None:
    fill(world, 5)
    fill(world, 5, "Archive")
    mailbox = box(graph)
    every = graph.folders(mailbox)
    cursors = {each.id: list(graph.pages(mailbox, each, None))[-1].cursor for each in every}
    simulator.forget_requests()
    for each in every:
        assert len(list(graph.pages(mailbox, each, cursors[each.id]))) == 1
    assert len(simulator.requests) == len(every)


def test_an_empty_folder_costs_one_request(graph: GraphMail, simulator: Simulator) -> None:
    mailbox, inbox = box(graph), folder(graph)
    simulator.forget_requests()
    (only,) = graph.pages(mailbox, inbox, None)
    assert (only.restart, only.complete, only.messages) == (True, True, ())
    assert len(told(simulator)) == 1


def test_sizes_of_new_messages_come_with_them_in_batches_of_twenty(
    graph: GraphMail, world: World, simulator: Simulator
) -> None:
    fill(world, 2)
    cursor = read(graph)[-1].cursor
    late = fill(world, 45)
    mailbox, inbox = box(graph), folder(graph)
    simulator.forget_requests()
    (page,) = graph.pages(mailbox, inbox, cursor)
    assert {row.id for row in page.messages} == set(late)
    assert all(row.size and row.kind == "IPM.Note" for row in page.messages)
    assert [request.split(" ")[0] for request in told(simulator)] == ["GET", "POST", "POST", "POST"]


def test_a_size_that_cannot_be_had_leaves_it_unknown_and_costs_nothing_else(
    graph: GraphMail, world: World, faults: Faults
) -> None:
    cursor = read(graph)[-1].cursor
    bad, good = fill(world, 2)
    faults.add("error", on=rf"messages/{bad}\?", times=-1, status=403, code="ErrorAccessDenied")
    (page,) = read(graph, cursor)
    rows = {row.id: row for row in page.messages}
    assert rows[bad].size is None and rows[bad].kind is None and rows[bad].subject == "Letter 0"
    assert rows[good].size == len(letter(1))


def test_changed_rows_ask_for_no_sizes(graph: GraphMail, world: World, faults: Faults, simulator: Simulator) -> None:
    faults.partial_rows = True
    (id_, *_) = fill(world, 3)
    cursor = read(graph)[-1].cursor
    world.edit(ANN, id_, categories=("PW-07",))
    mailbox, inbox = box(graph), folder(graph)
    simulator.forget_requests()
    (page,) = graph.pages(mailbox, inbox, cursor)
    (row,) = page.messages
    assert (row.categories, row.subject, row.size) == (("PW-07",), None, None)
    assert len(simulator.requests) == 1


def test_an_empty_page_in_the_middle_is_not_the_end(graph: GraphMail, world: World, faults: Faults) -> None:
    ids = fill(world, 3)
    faults.empty_pages = True
    pages = read(graph)
    assert pages[0].messages == () and pages[0].restart and not pages[0].complete
    copy = Copy()
    copy.follow(pages)
    assert set(copy.rows) == set(ids)


def test_an_undated_message_is_read_without_a_date(graph: GraphMail, world: World) -> None:
    world.add_message(ANN, "Inbox", b"Subject: no date\r\n\r\nx")
    (row, *_) = read(graph)[0].messages
    assert (row.subject, row.received_at) == ("no date", None)


def test_a_moved_message_keeps_its_id_and_comes_with_its_size(graph: GraphMail, world: World) -> None:
    (id_, *_) = fill(world, 3)
    fill(world, 1, "Archive")
    inbox, archive = read(graph)[-1].cursor, read(graph, path="Archive")[-1].cursor
    world.move(ANN, id_, "Archive")
    (left,) = read(graph, inbox)
    (came,) = read(graph, archive, "Archive")
    assert left.removed == (id_,) and left.messages == ()
    assert [(row.id, row.size) for row in came.messages] == [(id_, len(letter(0)))]


def test_a_file_that_is_added_later_is_known_by_its_name(graph: GraphMail, world: World, faults: Faults) -> None:
    faults.partial_rows = True
    (id_, *_) = fill(world, 2)
    copy = Copy()
    copy.follow(read(graph))
    assert copy.rows[id_].attachments == ()
    world.add_reference(ANN, id_, "Budget.xlsx", "https://drive.example/budget")
    copy.follow(read(graph, copy.cursor))
    assert copy.rows[id_].attachments == ("Budget.xlsx",)


def test_the_content_of_an_attachment_is_never_asked_for(graph: GraphMail, world: World, simulator: Simulator) -> None:
    cursor = read(graph)[-1].cursor
    world.add_message(ANN, "Inbox", with_file(1, "Plan.pdf"))
    read(graph)
    read(graph, cursor)
    expanding = [seen.path for seen in simulator.requests if "attachments" in seen.path]
    assert len(expanding) == 3 and all("attachments($select=name,size)" in path for path in expanding)


# -- details that the service does not give


@pytest.mark.parametrize("pages", [0, 2])
@pytest.mark.parametrize("status", [400, 403, 500, 501, 503, 504])
def test_without_attachments_and_headers_sizes_and_classes_come_all_the_same(
    status: int, pages: int, graph: GraphMail, world: World, faults: Faults
) -> None:
    faults.max_page = pages
    ids = fill(world, 5)
    faults.add("error", on="attachments", times=-1, status=status, code="Whatever")
    copy = Copy()
    taken = copy.follow(read(graph))
    assert [copy.rows[id_].size for id_ in ids] == [len(letter(at)) for at in range(5)]
    assert {(row.kind, row.attachments, row.origin) for row in copy.rows.values()} == {("IPM.Note", None, None)}
    assert taken[-1].complete and [page.restart for page in taken].count(True) == 1
    late = fill(world, 2)
    copy.follow(read(graph, copy.cursor))
    assert all(copy.rows[id_].size and copy.rows[id_].origin is None for id_ in late)


def test_an_answer_that_never_comes_may_be_too_much_to_ask(graph: GraphMail, world: World, faults: Faults) -> None:
    faults.max_page = 2
    ids = fill(world, 5)
    faults.add("drop", on="attachments", times=-1)
    copy = Copy()
    copy.follow(read(graph))
    assert all(copy.rows[id_].size for id_ in ids)


def test_a_service_that_refuses_them_is_not_asked_twice_in_a_folder(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    fill(world, 3)
    faults.add("error", on="attachments", times=-1, status=400, code="RequestBroker--ParseUri")
    read(graph)
    lists = [seen.path for seen in simulator.requests if "$expand" in seen.path]
    assert ["attachments" in path for path in lists] == [True, False]


def test_what_is_too_much_at_once_comes_in_smaller_pages(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    ids = fill(world, 5)
    faults.add("timeout", on="attachments", times=4)  # twice in the batch, then twice by itself
    copy = Copy()
    copy.follow(read(graph))
    assert {(row.origin, row.attachments) for row in copy.rows.values()} == {("person", ())} and len(copy.rows) == 5
    sizes = [seen.headers["prefer"].rpartition("=")[2] for seen in simulator.requests if "attachments" in seen.path]
    assert sizes == ["1000"] * 4 + ["100"]
    assert set(copy.rows) == set(ids)


def test_what_fails_in_the_middle_of_the_details_costs_no_size(graph: GraphMail, world: World, faults: Faults) -> None:
    faults.max_page = 2
    ids = fill(world, 6)
    faults.add("error", on="attachments", after=2, times=-1, status=500, code="Whatever")
    copy = Copy()
    pages = copy.follow(read(graph))
    assert [copy.rows[id_].size for id_ in ids] == [len(letter(at)) for at in range(6)]
    assert sorted(row.origin or "" for row in copy.rows.values()) == ["", "", "", "", "person", "person"]
    assert pages[-1].complete


def test_killed_amid_plain_details_the_reading_goes_on_with_them(
    graph: GraphMail, world: World, faults: Faults
) -> None:
    faults.max_page = 2
    ids = fill(world, 6)
    faults.add("error", on="attachments", times=-1, status=403, code="ErrorAccessDenied")
    copy, pages = Copy(), graph.pages(box(graph), folder(graph), None)
    while '"plain":true' not in (copy.cursor or "") or not any(row.size for row in copy.rows.values()):
        copy.take(next(pages))
    assert copy.follow(read(graph, copy.cursor))[-1].complete
    assert all(copy.rows[id_].size for id_ in ids)


# -- interruptions


def test_killed_between_the_passes_nothing_that_changes_meanwhile_is_lost(
    graph: GraphMail, world: World, faults: Faults
) -> None:
    faults.max_page = 2
    ids = fill(world, 5)
    copy = Copy()
    pages = graph.pages(box(graph), folder(graph), None)
    while '"details"' not in (copy.cursor or ""):
        copy.take(next(pages))
    late = world.add_message(ANN, "Inbox", letter(77))
    world.permanent_delete(ANN, ids[0])
    copy.follow(read(graph, copy.cursor))
    copy.follow(read(graph, copy.cursor))
    assert set(copy.rows) == {*ids[1:], late}
    assert copy.rows[late].subject == "Letter 77"
    assert all(row.size for row in copy.rows.values())


def test_a_cursor_holds_when_the_service_is_reached_by_another_name(
    connect: Connect, world: World, simulator: Simulator
) -> None:
    fill(world, 2)
    first = connect()
    cursor = read(first)[-1].cursor
    assert "localhost" not in cursor
    elsewhere = simulator.graph_url.replace("localhost", "127.0.0.1")
    other = connect(graph_url=elsewhere, authority_url=elsewhere)
    assert [(page.restart, page.messages) for page in read(other, cursor)] == [(False, ())]


@pytest.mark.parametrize(
    "cursor",
    ["", "{", "7", '{"at":"first"}', '{"at":"elsewhere","link":"/x"}', '{"at":"changes","link":"https://evil"}'],
)
def test_a_cursor_that_makes_no_sense_means_reading_from_the_beginning(
    cursor: str, graph: GraphMail, world: World
) -> None:
    ids = fill(world, 2)
    pages = read(graph, Cursor(cursor))
    assert pages[0].restart and pages[-1].complete
    assert {row.id for row in pages[0].messages} == set(ids)


@pytest.mark.parametrize(("status", "code"), LOST)
def test_a_lost_state_means_reading_again_without_doubles_and_without_deletions(
    status: int, code: str, graph: GraphMail, world: World, faults: Faults
) -> None:
    ids = fill(world, 4)
    copy = Copy()
    copy.follow(read(graph))
    before = dict(copy.rows)
    faults.add("gone", on="deltatoken", status=status, code=code)
    pages = copy.follow(read(graph, copy.cursor))
    assert pages[0].restart and pages[-1].complete and [page.restart for page in pages].count(True) == 1
    assert [row.id for page in pages for row in page.messages if row.subject] == ids
    assert not any(page.removed for page in pages)
    assert copy.rows == before


@pytest.mark.parametrize("where", [r"delta\?\$select", "skiptoken", "expand"])
def test_a_state_lost_in_the_middle_begins_again_in_the_same_call(
    where: str, graph: GraphMail, world: World, faults: Faults
) -> None:
    ids = fill(world, 5)
    faults.max_page = 2
    # The list of sizes in the first batch fails silently; the second one is the second pass.
    faults.add("gone", on=where, after=1 if where == "expand" else 0)
    copy = Copy()
    pages = copy.follow(read(graph))
    assert set(copy.rows) == set(ids) and all(row.size for row in copy.rows.values())
    assert pages[-1].complete and not any(page.complete for page in pages[:-1])
    assert [page.restart for page in pages].count(True) == (1 if "select" in where else 2)


def test_a_service_that_forgets_again_and_again_leaves_the_folder_unread(
    graph: GraphMail, world: World, faults: Faults
) -> None:
    fill(world, 5)
    faults.max_page = 2
    faults.add("gone", on="skiptoken", times=-1)
    with pytest.raises(FolderUnreadable, match="forgot"):
        read(graph)


def test_a_broken_connection_in_the_middle_is_not_seen_by_the_reader(
    graph: GraphMail, world: World, faults: Faults, waits: Waits
) -> None:
    ids = fill(world, 9)
    faults.max_page = 2
    for kind in ("drop", "truncate", "throttle", "unavailable", "timeout", "expired-token"):
        faults.add(kind, on="skiptoken", after=1)  # type: ignore[arg-type]
        faults.add(kind, on="expand", after=1)  # type: ignore[arg-type]
    copy = Copy()
    pages = copy.follow(read(graph))
    assert set(copy.rows) == set(ids) and all(row.size for row in copy.rows.values())
    assert [page.restart for page in pages].count(True) == 1
    # An answer that may mean that it is too much is followed by a smaller page, without a wait in between.
    assert 5 < len(waits.seconds) < 10


def test_a_service_that_stays_away_leaves_a_cursor_to_go_on_from(
    graph: GraphMail, world: World, faults: Faults
) -> None:
    ids = fill(world, 6)
    faults.max_page = 2
    faults.add("unavailable", on="skiptoken", after=1, times=-1)
    copy, pages = Copy(), graph.pages(box(graph), folder(graph), None)
    with pytest.raises(MailNotAnswering):
        copy.follow(pages)
    assert len(copy.rows) == 4
    faults.clear()
    copy.follow(read(graph, copy.cursor))
    assert set(copy.rows) == set(ids)
