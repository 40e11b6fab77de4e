"""Folders that Graph cannot read to their end, answers that make no sense, and clouds without delta.

A reading that goes well is tested in the neighbour for reading.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from retention.core.message import Folder, Mailbox, Page
from retention.mail.graph import GraphMail
from retention.mail.graph.asked import SELECT
from retention.mail.graph.clouds import CLOUDS
from retention.mail.graph.reading import Reading
from retention.mail.interface import FolderUnreadable, MailboxUnreadable
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import Copy
from tests.mail.conftest import ANN, Connect, Waits, box, canned, fill, folder, read, told

# -- what cannot be read


def test_without_the_permission_for_sizes_the_reading_is_whole_all_the_same(
    graph: GraphMail, world: World, faults: Faults
) -> None:
    ids = fill(world, 3)
    faults.add("error", on="expand", times=-1, status=403, code="ErrorAccessDenied")
    copy = Copy()
    pages = copy.follow(read(graph))
    assert set(copy.rows) == set(ids) and pages[-1].complete
    assert all(row.size is None for row in copy.rows.values())
    assert [page.restart for page in read(graph, copy.cursor)] == [False]


def test_one_corrupt_message_is_approached_by_smaller_pages(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    ids = fill(world, 3)
    faults.add("error", on=r"delta\?\$select", times=3, code="ErrorContentConversionFailed")
    copy = Copy()
    copy.follow(read(graph))
    assert set(copy.rows) == set(ids)
    sizes = [seen.headers["prefer"].rpartition("=")[2] for seen in simulator.requests if "delta?$select" in seen.path]
    assert sizes == ["1000", "1000", "100", "10"]


def test_a_corrupt_message_that_blocks_the_list_is_told_and_nothing_behind_it_is_taken_for_gone(
    graph: GraphMail, world: World, faults: Faults
) -> None:
    fill(world, 6)
    faults.max_page = 2
    faults.add("error", on="skiptoken", after=1, times=-1, code="ErrorContentConversionFailed")
    taken = []
    with pytest.raises(FolderUnreadable, match="one message in it cannot be converted"):
        for page in graph.pages(box(graph), folder(graph), None):
            taken.append(page)
    assert len(taken) == 2 and not any(page.complete for page in taken)


def test_a_folder_that_is_gone_and_a_mailbox_that_closed_are_told_apart(graph: GraphMail, world: World) -> None:
    fill(world, 1, "Projects")
    mailbox, projects, inbox = box(graph), folder(graph, "Projects"), folder(graph)
    world.remove_folder(ANN, "Projects")
    with pytest.raises(FolderUnreadable, match="no longer there"):
        list(graph.pages(mailbox, projects, None))
    world.mailbox(ANN).access = False
    with pytest.raises(MailboxUnreadable, match="ErrorAccessDenied"):
        list(graph.pages(mailbox, inbox, None))


BOX, INBOX = Mailbox(id="u", address=ANN), Folder(id="f", path="Inbox")
ROOT = "https://graph.example/v1.0"


def answering(*pages: dict[str, object]) -> list[Page]:
    """What a reading makes of these answers, one for each request but the first batch, which answers nothing."""
    left = [{"responses": []}, *pages]
    wire, _ = canned(lambda method, url, body: (200, json.dumps(left.pop(0)).encode()))
    return list(Reading(wire, BOX, INBOX, CLOUDS["global"]).pages(None))


def test_a_round_without_a_delta_link_never_counts_as_complete() -> None:
    with pytest.raises(FolderUnreadable, match="no link to go on"):
        answering({"value": []})


def test_half_a_surrogate_pair_in_a_preview_does_not_hold_up_the_folder() -> None:
    row = {"id": "2", "subject": "x", "bodyPreview": "cut \ud83d"}
    delta = {"value": [row], "@odata.deltaLink": f"{ROOT}/delta"}

    def answer(method: str, url: str, body: bytes | None) -> tuple[int, bytes]:
        if "$batch" in url:
            return 200, json.dumps({"responses": [{"id": "0", "status": 200, "body": delta}]}).encode()
        return 200, json.dumps(delta if "/delta" in url else {"value": []}).encode()

    waits = Waits()
    wire, _ = canned(answer, waits)
    pages = list(Reading(wire, BOX, INBOX, CLOUDS["global"]).pages(None))
    assert pages[0].messages[0].preview == "cut \ufffd" and pages[-1].complete
    assert waits.seconds == []


@pytest.mark.parametrize("link", ["https://evil.example/v1.0/next", "https://graph.example/beta/next", "next"])
def test_a_link_that_leads_elsewhere_is_not_followed(link: str) -> None:
    with pytest.raises(FolderUnreadable, match="pointed elsewhere"):
        answering({"value": [], "@odata.nextLink": link})


def test_pages_that_lead_back_to_themselves_end() -> None:
    again = {"value": [], "@odata.nextLink": f"{ROOT}/again"}
    with pytest.raises(FolderUnreadable, match="lead back"):
        answering(again, again, again)


def test_a_broken_row_is_kept_with_its_trouble() -> None:
    broken = {"id": "2", "subject": 7}
    pages = answering(
        {"value": [broken, {"id": "3", "subject": "x"}], "@odata.deltaLink": f"{ROOT}/delta"}, {"value": []}
    )
    assert [bool(row.trouble) for row in pages[0].messages] == [True, False]


def test_removals_in_the_first_round_are_passed_on() -> None:
    gone = {"id": "2", "@removed": {"reason": "deleted"}}
    (page,) = answering({"value": [gone], "@odata.deltaLink": f"{ROOT}/delta"})
    assert page.removed == ("2",) and page.restart and page.complete


# -- clouds without delta


@pytest.mark.parametrize("cloud", ["china", "global"])
def test_without_delta_every_reading_is_a_full_list_with_sizes(
    cloud: str, connect: Connect, world: World, faults: Faults, simulator: Simulator
) -> None:
    faults.no_delta = True
    faults.max_page = 2
    ids = fill(world, 5)
    mail = connect(cloud=cloud)
    pages = read(mail)
    assert [page.restart for page in pages] == [True, False, False]
    assert [page.complete for page in pages] == [False, False, True]
    assert pages[-1].cursor == ""
    rows = {row.id: row for page in pages for row in page.messages}
    assert set(rows) == set(ids)
    assert all(row.size and row.kind and row.subject and row.folder for row in rows.values())
    assert ("delta" in " ".join(told(simulator))) is (cloud == "global")
    world.permanent_delete(ANN, ids[0])
    again = read(mail, pages[-1].cursor)
    assert again[0].restart and {row.id for page in again for row in page.messages} == set(ids[1:])


def test_a_full_list_that_was_interrupted_goes_on(connect: Connect, world: World, faults: Faults) -> None:
    faults.no_delta = True
    faults.max_page = 2
    ids = fill(world, 5)
    mail, copy = connect(cloud="china"), Copy()
    copy.take(next(mail.pages(box(mail), folder(mail), None)))
    rest = copy.follow(read(mail, copy.cursor))
    assert not any(page.restart for page in rest) and rest[-1].complete
    assert set(copy.rows) == set(ids)


@pytest.mark.parametrize("after", [0, 1])
def test_a_full_list_that_fails_for_its_details_begins_again_with_fewer(
    after: int, connect: Connect, world: World, faults: Faults
) -> None:
    faults.no_delta = True
    faults.max_page = 2
    ids = fill(world, 5)
    faults.add("error", on="attachments", after=after, times=-1, status=400, code="RequestBroker--ParseUri")
    copy = Copy()
    pages = copy.follow(read(connect(cloud="china")))
    assert pages[0].restart and pages[-1].complete and [page.restart for page in pages].count(True) == 1 + after
    assert set(copy.rows) == set(ids) and all(row.size and row.subject for row in copy.rows.values())


def test_a_list_asks_for_exactly_the_fields_of_a_message(
    connect: Connect, world: World, simulator: Simulator, faults: Faults
) -> None:
    fill(world, 1)
    read(connect(cloud="china"))
    (asked,) = (request for request in told(simulator) if "$select" in request)
    query = parse_qs(urlsplit(asked).query)
    assert query["$select"] == [SELECT] and query["$top"] == ["1000"]
    assert not {"body", "uniqueBody", "internetMessageHeaders", "size"} & set(SELECT.split(","))
