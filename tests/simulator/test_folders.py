"""Folders: walking them, naming them, and which of them changed."""

from __future__ import annotations

from typing import Any

import pytest

from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN

FOLDERS = f"/users/{ANN}/mailFolders"


def walked(client: Client, hidden: bool = True) -> dict[str, dict[str, Any]]:
    """Every folder that a walk meets, by its path."""
    option = "?includeHiddenFolders=true" if hidden else "?"
    found: dict[str, dict[str, Any]] = {}

    def walk(path: str, above: str) -> None:
        for row in client.values(path):
            name = f"{above}{row['displayName']}"
            found[name] = row
            walk(f"{FOLDERS}/{row['id']}/childFolders{option}", f"{name}/")

    walk(FOLDERS + option, "")
    return found


def test_a_list_of_folders_holds_ten_unless_more_are_asked_for(client: Client, world: World) -> None:
    for number in range(8):
        world.add_folder(ANN, f"Project {number}")
    first = client.get(FOLDERS).json
    assert len(first["value"]) == 10
    assert "@odata.nextLink" in first
    assert len(client.values(FOLDERS)) == 16
    assert len(client.get(f"{FOLDERS}?$top=100").json["value"]) == 16


def test_hidden_folders_are_shown_only_to_those_who_ask(client: Client, world: World) -> None:
    world.add_folder(ANN, "Inbox/Secret", hidden=True)
    seen, all_ = walked(client, hidden=False), walked(client)
    assert set(all_) - set(seen) == {"Conversation Action Settings", "Inbox/Secret"}
    assert all_["Inbox/Secret"]["isHidden"] is True


def test_nested_folders_are_children_of_children(client: Client, world: World) -> None:
    world.add_folder(ANN, "Inbox/Projects/Bridge/2024")
    found = walked(client)
    assert found["Inbox"]["childFolderCount"] == 1
    assert found["Inbox/Projects/Bridge/2024"]["parentFolderId"] == found["Inbox/Projects/Bridge"]["id"]


def test_a_search_folder_says_that_it_is_one(client: Client, world: World) -> None:
    world.add_folder(ANN, "Unread Mail", search=True)
    assert walked(client)["Unread Mail"]["@odata.type"] == "#microsoft.graph.mailSearchFolder"
    assert "@odata.type" not in walked(client)["Inbox"]


def test_a_folder_answers_to_its_well_known_name_in_any_case(client: Client) -> None:
    for name in ("inbox", "Inbox", "deleteditems", "sentitems", "junkemail", "archive", "conversationhistory"):
        row = client.get(f"{FOLDERS}/{name}").json
        assert client.get(f"{FOLDERS}/{row['id']}").json["displayName"] == row["displayName"]
    assert client.get(f"{FOLDERS}/msgfolderroot").json["displayName"] == "Top of Information Store"


def test_a_walk_does_not_meet_recoverable_items_but_its_name_does(client: Client, world: World) -> None:
    world.add_message(ANN, "Recoverable Items/Deletions", mail())
    assert not any("Recoverable" in path or "Deletions" in path for path in walked(client))
    assert client.get(f"{FOLDERS}/recoverableitemsdeletions").json["totalItemCount"] == 1


def test_purges_have_no_name_in_graph(client: Client) -> None:
    reply = client.get(f"{FOLDERS}/recoverableitemspurges")
    assert (reply.status, reply.code) == (400, "ErrorInvalidIdMalformed")


def test_counts_follow_the_messages(client: Client, world: World) -> None:
    world.add_message(ANN, "Inbox", mail("a"), is_read=False)
    kept = world.add_message(ANN, "Inbox", mail("b"))
    world.edit(ANN, kept, is_read=False)
    world.move(ANN, kept, "Archive")
    inbox, archive = walked(client)["Inbox"], walked(client)["Archive"]
    assert (inbox["totalItemCount"], inbox["unreadItemCount"]) == (1, 1)
    assert (archive["totalItemCount"], archive["unreadItemCount"]) == (1, 1)


def test_folder_ids_never_change_and_keep_their_case(client: Client, world: World) -> None:
    world.add_folder(ANN, "Inbox/Old name")
    before = walked(client)["Inbox/Old name"]["id"]
    world.rename_folder(ANN, "Inbox/Old name", "New name")
    assert walked(client)["Inbox/New name"]["id"] == before
    assert client.get(f"{FOLDERS}/{before.swapcase()}").status in (400, 404)


def test_a_folder_that_was_removed_is_not_found_and_its_mail_can_be_recovered(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox/Old/Deep", mail())
    folder = walked(client)["Inbox/Old/Deep"]["id"]
    world.remove_folder(ANN, "Inbox/Old")
    assert client.get(f"{FOLDERS}/{folder}").code == "ErrorItemNotFound"
    assert client.get(f"{FOLDERS}/{folder}/messages/delta").status == 404
    assert world.where(ANN, id_) == "Recoverable Items/Deletions"
    assert "Inbox/Old" not in walked(client)


def test_a_property_that_folders_have_not_is_refused(client: Client) -> None:
    assert client.get(f"{FOLDERS}?$select=wellKnownName").status == 400
    assert set(client.get(f"{FOLDERS}?$select=displayName").json["value"][0]) == {"id", "displayName"}


def test_folder_delta_tells_what_was_made_renamed_and_removed(client: Client, world: World) -> None:
    world.add_folder(ANN, "Inbox/Stays")
    world.add_folder(ANN, "Inbox/Goes")
    gone = walked(client)["Inbox/Goes"]["id"]
    first = client.get(f"{FOLDERS}/delta").json
    assert {row["displayName"] for row in first["value"]} >= {"Inbox", "Stays", "Goes"}
    world.rename_folder(ANN, "Inbox/Stays", "Stayed")
    world.remove_folder(ANN, "Inbox/Goes")
    world.add_message(ANN, "Inbox", mail())
    later = client.get(first["@odata.deltaLink"]).json
    assert [row.get("displayName") for row in later["value"]] == ["Stayed", None]
    assert later["value"][1] == {"id": gone, "@removed": {"reason": "deleted"}}
    assert client.get(later["@odata.deltaLink"]).json["value"] == []


@pytest.mark.parametrize("token", ["nonsense", "bm9uc2Vuc2U="])
def test_a_folder_token_that_is_none_is_refused(client: Client, token: str) -> None:
    assert client.get(f"{FOLDERS}/delta?$deltatoken={token}").code == "SyncStateInvalid"


def test_china_has_no_folder_delta(client: Client, faults: Faults) -> None:
    faults.no_delta = True
    assert client.get(f"{FOLDERS}/delta").status == 400
