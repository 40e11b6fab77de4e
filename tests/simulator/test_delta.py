"""Delta: rounds, tokens, moves, and all that makes a reader's life hard."""

from __future__ import annotations

from typing import Any

import pytest

from retention.simulator.faults import Faults
from retention.simulator.rows import prepare
from retention.simulator.serve import Simulator
from retention.simulator.synthetic import Made
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN

INBOX = f"/users/{ANN}/mailFolders/inbox/messages/delta"
ARCHIVE = f"/users/{ANN}/mailFolders/archive/messages/delta"


def ids(pages: list[list[dict[str, Any]]]) -> list[str]:
    return [row["id"] for page in pages for row in page]


def filled(world: World, count: int = 25, folder: str = "Inbox") -> list[str]:
    return [world.add_message(ANN, folder, mail(f"Message {number}")) for number in range(count)]


def test_a_first_round_gives_every_message_once(client: Client, world: World) -> None:
    expected = filled(world)
    pages, _ = client.round(INBOX, size=10)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert ids(pages) == expected


def test_a_page_holds_ten_unless_another_size_is_preferred_and_never_more_than_a_thousand(
    client: Client, world: World
) -> None:
    filled(world, 1010)
    assert len(client.get(INBOX).json["value"]) == 10
    assert len(client.round(INBOX, size=5000)[0][0]) == 1000
    assert len(client.get(f"{INBOX}?$top=7").json["value"]) == 7


def test_nothing_changed_costs_one_request(client: Client, world: World, simulator: Simulator) -> None:
    filled(world)
    _, link = client.round(INBOX, size=10)
    simulator.forget_requests()
    pages, _ = client.round(link)
    assert pages == [[]]
    assert len(simulator.requests) == 1


def test_a_later_round_gives_only_what_changed(client: Client, world: World) -> None:
    first = filled(world)
    _, link = client.round(INBOX, size=100)
    world.edit(ANN, first[3], is_read=False, categories=("Budget",))
    new = world.add_message(ANN, "Inbox", mail("New"))
    pages, _ = client.round(link)
    (rows,) = pages
    assert ids(pages) == [first[3], new]
    assert (rows[0]["isRead"], rows[0]["categories"], rows[0]["subject"]) == (False, ["Budget"], "Message 3")


def test_a_message_edited_twice_comes_once(client: Client, world: World) -> None:
    first = filled(world, 3)
    _, link = client.round(INBOX)
    for is_read in (False, True, False):
        world.edit(ANN, first[1], is_read=is_read)
    assert ids(client.round(link)[0]) == [first[1]]


def test_a_move_is_removed_in_one_folder_and_new_in_another(client: Client, world: World) -> None:
    moved, stays = filled(world, 2)
    _, inbox = client.round(INBOX)
    _, archive = client.round(ARCHIVE)
    world.move(ANN, moved, "Archive")
    (gone,), _ = client.round(inbox)
    (come,), _ = client.round(archive)
    assert gone == [{"@odata.type": "#microsoft.graph.message", "id": moved, "@removed": {"reason": "deleted"}}]
    assert [row["id"] for row in come] == [moved]
    assert come[0]["subject"] == "Message 0"
    assert stays not in ids([gone, come])


def test_a_message_that_went_and_came_back_is_there(client: Client, world: World) -> None:
    (id_,) = filled(world, 1)
    _, link = client.round(INBOX)
    world.move(ANN, id_, "Archive")
    world.move(ANN, id_, "Inbox")
    (rows,), _ = client.round(link)
    assert [("@removed" in row) for row in rows] == [False]


def test_a_deletion_into_deleted_items_and_one_out_of_them_give_different_reasons(client: Client, world: World) -> None:
    (id_,) = filled(world, 1)
    deleted = f"/users/{ANN}/mailFolders/deleteditems/messages/delta"
    (_, inbox), (_, bin_) = client.round(INBOX), client.round(deleted)
    world.delete(ANN, id_)
    assert client.round(inbox)[0][0][0]["@removed"] == {"reason": "changed"}
    (rows,), bin_ = client.round(bin_)
    assert [row["id"] for row in rows] == [id_]
    world.delete(ANN, id_)
    assert client.round(bin_)[0][0][0]["@removed"] == {"reason": "deleted"}


def test_what_leaves_in_the_middle_of_a_first_round_is_said_before_its_end(client: Client, world: World) -> None:
    first = filled(world, 20)
    page = client.get(INBOX, Prefer='IdType="ImmutableId", odata.maxpagesize=5').json
    world.move(ANN, first[0], "Archive")
    world.move(ANN, first[19], "Archive")
    rest, _ = client.round(page["@odata.nextLink"], size=5)
    removed = [row["id"] for each in rest for row in each if "@removed" in row]
    present = {row["id"] for each in [page["value"], *rest] for row in each if "@removed" not in row} - set(removed)
    assert set(removed) >= {first[0]}
    assert present == set(first[1:19])


def test_a_change_behind_the_reader_comes_in_the_same_or_the_next_round(client: Client, world: World) -> None:
    first = filled(world, 20)
    page = client.get(INBOX, Prefer='IdType="ImmutableId", odata.maxpagesize=5').json
    world.edit(ANN, first[0], subject="Changed since")
    rest, link = client.round(page["@odata.nextLink"], size=5)
    again, _ = client.round(link)
    rows = [row for each in [*rest, *again] for row in each]
    assert "Changed since" in [row["subject"] for row in rows]


def test_a_page_may_be_empty_and_not_be_the_last(client: Client, world: World) -> None:
    first = filled(world, 4)
    for id_ in first[:2]:
        world.move(ANN, id_, "Archive")
    pages, _ = client.round(INBOX, size=2)
    assert pages[0] == []
    assert sorted(ids(pages)) == sorted(first[2:])


def test_every_round_can_begin_with_an_empty_page(client: Client, world: World, faults: Faults) -> None:
    first = filled(world, 3)
    faults.empty_pages = True
    pages, link = client.round(INBOX, size=2)
    assert pages[0] == []
    assert ids(pages) == first
    assert [len(page) for page in client.round(link)[0]] == [0, 0]


def test_what_was_selected_is_kept_in_the_links(client: Client, world: World) -> None:
    filled(world, 5)
    pages, link = client.round(f"{INBOX}?$select=subject,isRead", size=2)
    world.add_message(ANN, "Inbox", mail("New"))
    more, _ = client.round(link)
    keys = {frozenset(row) for page in [*pages, *more] for row in page}
    assert keys == {frozenset({"@odata.type", "@odata.etag", "id", "subject", "isRead"})}


def test_rows_that_were_prepared_are_the_rows_that_are_given_until_something_changes(
    client: Client, world: World
) -> None:
    first = filled(world, 3)
    plain, _ = client.round(f"{INBOX}?$select=subject,isRead")
    prepare(world.mailbox(ANN).messages.values(), "subject,isRead")
    assert client.round(f"{INBOX}?$select=subject,isRead")[0] == plain
    world.edit(ANN, first[0], subject="Newer")
    (rows,), _ = client.round(f"{INBOX}?$select=subject,isRead")
    assert {row["subject"] for row in rows} == {"Newer", "Message 1", "Message 2"}


def test_a_field_that_messages_have_not_is_refused(client: Client) -> None:
    for name in ("size", "itemClass", "sensitivity"):
        assert client.get(f"{INBOX}?$select=id,{name}").status == 400


def test_extended_properties_do_not_come_with_delta(client: Client) -> None:
    assert client.get(f"{INBOX}?$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x0E08')").status == 500


def test_the_same_link_serves_both_forms_of_ids(client: Client, world: World) -> None:
    (id_,) = filled(world, 1)
    pages, link = client.round(INBOX)
    world.edit(ANN, id_, is_read=False)
    forgetful = Client(client.simulator, prefer=None)
    (rows,), _ = forgetful.round(link)
    assert ids(pages) == [id_]
    assert rows[0]["id"] != id_
    assert forgetful.round(INBOX)[0][0][0]["id"] == rows[0]["id"]


def test_a_reader_that_forgets_the_header_is_told_of_a_removal_by_the_id_it_knew(client: Client, world: World) -> None:
    (id_,) = filled(world, 1)
    forgetful = Client(client.simulator, prefer=None)
    pages, link = forgetful.round(INBOX)
    world.move(ANN, id_, "Archive")
    assert ids(forgetful.round(link)[0]) == ids(pages)
    assert forgetful.round(ARCHIVE)[0][0][0]["id"] not in ids(pages)


def test_dead_tokens_are_gone_with_the_place_to_begin_again(client: Client, world: World) -> None:
    filled(world, 3)
    (_, inbox), (_, archive) = client.round(INBOX), client.round(ARCHIVE)
    world.reset_delta(ANN, "Inbox")
    reply = client.get(inbox)
    assert (reply.status, reply.code) == (410, "syncStateNotFound")
    assert len(client.get(reply.headers["Location"]).json["value"]) == 3
    assert client.get(archive).status == 200
    world.reset_delta(ANN)
    assert client.get(archive).status == 410


def test_a_link_in_the_middle_of_a_round_dies_too(client: Client, world: World) -> None:
    filled(world, 30)
    link = client.get(INBOX).json["@odata.nextLink"]
    world.reset_delta(ANN, "Inbox")
    assert client.get(link).status == 410


def test_the_tokens_of_another_run_are_gone(client: Client, world: World) -> None:
    filled(world, 3)
    _, link = client.round(INBOX)
    again = World()
    again.add_mailbox(ANN)
    filled(again, 3)
    with Simulator(again) as other:
        path = link.removeprefix(client.simulator.graph_url)
        assert Client(other).get(other.graph_url + path).status == 410


@pytest.mark.parametrize("change", [lambda token: token[:-6] + "AAAAAA", lambda token: "nonsense", lambda token: "é"])
def test_a_token_that_was_never_given_is_refused(client: Client, change: Any) -> None:
    _, link = client.round(INBOX)
    path, _, token = link.partition("deltatoken=")
    reply = client.get(f"{path}deltatoken={change(token)}")
    assert (reply.status, reply.code) == (400, "SyncStateInvalid")


def test_only_the_filter_on_the_date_is_known_and_it_holds_back_all_but_five_thousand(
    client: Client, world: World
) -> None:
    old = world.add_message(ANN, "Inbox", mail("Old", date="Mon, 02 Jan 2012 10:00:00 +0000"))
    for _ in range(5001):
        world.add_from(ANN, "Inbox", Made(1, 5001))
    pages, _ = client.round(f"{INBOX}?$filter=receivedDateTime ge 2020-01-01T00:00:00Z&$select=id", size=1000)
    assert len(ids(pages)) == 5000
    assert old not in ids(pages)
    assert client.get(f"{INBOX}?$filter=isRead eq true").status == 400
    assert client.get(f"{INBOX}?$filter=receivedDateTime le 2020-01-01T00:00:00Z").status == 400
    assert client.get(f"{INBOX}?$search=x").status == 400
    assert client.get(f"{INBOX}?$orderby=subject").status == 400


def test_change_type_narrows_the_rounds(client: Client, world: World) -> None:
    first = filled(world, 3)
    links = {kind: client.round(f"{INBOX}?changeType={kind}")[1] for kind in ("created", "updated", "deleted")}
    new = world.add_message(ANN, "Inbox", mail("New"))
    world.edit(ANN, first[0], is_read=False)
    world.move(ANN, first[1], "Archive")
    found = {kind: ids(client.round(link)[0]) for kind, link in links.items()}
    assert found == {"created": [new], "updated": [first[0]], "deleted": [first[1]]}
    assert client.get(f"{INBOX}?changeType=imagined").status == 400


def test_rows_may_be_partial_in_later_rounds_only(client: Client, world: World, faults: Faults) -> None:
    faults.partial_rows = True
    first = filled(world, 2)
    pages, link = client.round(INBOX)
    assert all("subject" in row for row in pages[0])
    world.edit(ANN, first[0], is_read=False)
    new = world.add_message(ANN, "Inbox", mail("New"))
    (rows,), link = client.round(link)
    assert rows[0]["id"] == first[0]
    assert rows[0]["isRead"] is False
    assert not {"subject", "from", "receivedDateTime", "toRecipients"} & set(rows[0])
    assert (rows[1]["id"], rows[1]["subject"]) == (new, "New")
    world.edit(ANN, new, subject="Newer")
    assert client.round(link)[0][0][0]["subject"] == "Newer"


def test_a_message_that_came_by_a_move_is_whole(client: Client, world: World, faults: Faults) -> None:
    faults.partial_rows = True
    (id_,) = filled(world, 1)
    _, link = client.round(ARCHIVE)
    world.move(ANN, id_, "Archive")
    world.edit(ANN, id_, is_read=False)
    assert client.round(link)[0][0][0]["subject"] == "Message 0"


def test_rows_may_be_repeated_in_a_page_and_across_pages(client: Client, world: World, faults: Faults) -> None:
    expected = filled(world, 20)
    faults.repeat_rows = True
    pages, link = client.round(INBOX, size=6)
    found = ids(pages)
    assert len(found) > len(set(found)) == 20
    assert set(ids(pages[:1])) & set(ids(pages[1:2]))
    assert any(len(ids([page])) > len(set(ids([page]))) for page in pages)
    assert set(found) == set(expected)
    assert client.round(link)[0] == [[]]


def test_pages_can_be_kept_small(client: Client, world: World, faults: Faults) -> None:
    filled(world, 7)
    faults.max_page = 3
    assert [len(page) for page in client.round(INBOX, size=1000)[0]] == [3, 3, 1]


def test_china_has_no_delta(client: Client, faults: Faults) -> None:
    faults.no_delta = True
    reply = client.get(INBOX)
    assert (reply.status, reply.code) == (400, "BadRequest")
    assert client.get(f"/users/{ANN}/mailFolders/inbox/messages").status == 200
