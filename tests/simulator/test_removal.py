"""What takes a message elsewhere: move, delete, permanentDelete, and the version they may depend on."""

from __future__ import annotations

import pytest

from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN


@pytest.fixture
def id_(world: World) -> str:
    return world.add_message(ANN, "Inbox/Projects", mail())


def path(id_: str) -> str:
    return f"/users/{ANN}/messages/{id_}"


def test_a_move_answers_with_the_message_in_its_new_place(client: Client, world: World, id_: str) -> None:
    before = client.get(path(id_)).json
    reply = client.post(f"{path(id_)}/move", {"destinationId": "deleteditems"})
    assert reply.status == 201
    assert reply.json["id"] == id_
    assert reply.json["parentFolderId"] == world.folder(ANN, "Deleted Items").id
    assert reply.json["changeKey"] != before["changeKey"]
    assert world.where(ANN, id_) == "Deleted Items"


def test_a_move_into_a_folder_by_its_id_and_into_recoverable_items_by_its_name(
    client: Client, world: World, id_: str
) -> None:
    archive = world.folder(ANN, "Archive").id
    assert client.post(f"{path(id_)}/move", {"destinationId": archive}).status == 201
    assert world.where(ANN, id_) == "Archive"
    assert client.post(f"{path(id_)}/move", {"destinationId": "recoverableitemsdeletions"}).status == 201
    assert world.where(ANN, id_) == "Recoverable Items/Deletions"
    assert client.get(path(id_)).status == 200


def test_without_the_header_a_move_changes_the_id_and_kills_the_old_one(client: Client, world: World, id_: str) -> None:
    forgetful = Client(client.simulator, prefer=None)
    old = forgetful.get(path(id_)).json["id"]
    new = forgetful.post(f"{path(old)}/move", {"destinationId": "archive"}).json["id"]
    assert old != new
    assert forgetful.get(path(old)).code == "ErrorItemNotFound"
    assert forgetful.get(path(new)).status == 200
    assert client.get(path(id_)).status == 200


@pytest.mark.parametrize("body", [{}, {"destinationId": ""}, {"destinationId": "nowhere"}, {"destinationId": 7}])
def test_a_move_to_nowhere_is_refused(client: Client, world: World, id_: str, body: dict[str, object]) -> None:
    assert client.post(f"{path(id_)}/move", body).status == 400
    assert world.where(ANN, id_) == "Inbox/Projects"


def test_a_search_folder_takes_no_messages(client: Client, world: World, id_: str) -> None:
    folder = world.add_folder(ANN, "Unread Mail", search=True)
    assert client.post(f"{path(id_)}/move", {"destinationId": folder.id}).code == "ErrorMoveCopyFailed"


def test_a_delete_goes_to_deleted_items_and_from_there_to_recoverable_items_and_no_further(
    client: Client, world: World, id_: str
) -> None:
    assert (client.delete(path(id_)).status, world.where(ANN, id_)) == (204, "Deleted Items")
    assert (client.delete(path(id_)).status, world.where(ANN, id_)) == (204, "Recoverable Items/Deletions")
    assert client.delete(path(id_)).code == "ErrorCannotDeleteObject"
    assert world.where(ANN, id_) == "Recoverable Items/Deletions"


def test_what_lies_in_recoverable_items_is_listed_there_and_can_be_moved_out_again(
    client: Client, world: World, id_: str
) -> None:
    deletions = f"/users/{ANN}/mailFolders/recoverableitemsdeletions"
    client.post(f"{path(id_)}/move", {"destinationId": "recoverableitemsdeletions"})
    assert [row["id"] for row in client.get(f"{deletions}/messages").json["value"]] == [id_]
    assert client.get(deletions).json["totalItemCount"] == 1
    projects = world.folder(ANN, "Inbox/Projects").id
    reply = client.post(f"{path(id_)}/move", {"destinationId": projects})
    assert (reply.status, reply.json["id"], reply.json["parentFolderId"]) == (201, id_, projects)
    assert client.get(f"{deletions}/messages").json["value"] == []
    assert world.ids(ANN) == [id_]


def test_a_permanent_delete_goes_to_purges_and_is_seen_no_more(client: Client, world: World, id_: str) -> None:
    assert client.post(f"{path(id_)}/permanentDelete").status == 204
    assert world.where(ANN, id_) == "Recoverable Items/Purges"
    assert client.get(path(id_)).code == "ErrorItemNotFound"
    assert client.delete(path(id_)).status == 404


def test_where_the_cloud_has_no_permanent_delete_it_is_an_unknown_segment(
    client: Client, world: World, faults: Faults, id_: str
) -> None:
    faults.no_permanent_delete = True
    assert client.post(f"{path(id_)}/permanentDelete").status == 400
    assert world.where(ANN, id_) == "Inbox/Projects"


@pytest.mark.parametrize("how", ["DELETE", "move", "permanentDelete"])
def test_nothing_is_removed_in_another_version_than_the_one_named(
    client: Client, world: World, faults: Faults, id_: str, how: str
) -> None:
    def remove(etag: str) -> int:
        if how == "DELETE":
            return client.delete(path(id_), If_Match=etag).status
        return client.post(f"{path(id_)}/{how}", {"destinationId": "deleteditems"}, If_Match=etag).status

    old = world.message(ANN, id_).etag
    world.edit(ANN, id_, is_read=False)
    assert remove(old) == 412
    assert world.where(ANN, id_) == "Inbox/Projects"
    assert remove(world.message(ANN, id_).etag) in (201, 204)
    assert world.where(ANN, id_) != "Inbox/Projects"


def test_a_system_that_does_not_look_at_the_version_can_be_played(
    client: Client, world: World, faults: Faults, id_: str
) -> None:
    faults.ignore_if_match = True
    assert client.delete(path(id_), If_Match='W/"other"').status == 204


def test_any_version_can_be_named_by_a_star(client: Client, id_: str) -> None:
    assert client.delete(path(id_), If_Match="*").status == 204


def test_every_edit_and_every_move_gives_another_change_key(world: World, id_: str) -> None:
    keys = [world.message(ANN, id_).change_key]
    for change in (
        lambda: world.edit(ANN, id_, is_read=False),
        lambda: world.move(ANN, id_, "Archive"),
        lambda: world.edit(ANN, id_, subject="New", mime=mail("New")),
        lambda: world.delete(ANN, id_),
    ):
        change()
        keys.append(world.message(ANN, id_).change_key)
    assert len(set(keys)) == 5
    world.move(ANN, id_, "Deleted Items")
    assert world.message(ANN, id_).change_key == keys[-1]
