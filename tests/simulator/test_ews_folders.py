"""Folders as EWS tells them: two trees, well-known names, and nothing of the archive in Graph."""

from __future__ import annotations

import pytest

from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import NotThere, World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN
from tests.simulator.soap import ID_ONLY, Soap, property_tag, with_fields

BEN = "ben@city.example"


@pytest.fixture
def archived(world: World, simulator: Simulator) -> Soap:
    """Ben, who has an in-place archive with one message in it."""
    world.add_mailbox(BEN, "Ben", has_archive=True)
    world.add_message(BEN, "In-Place Archive/Old/2019", mail("Old"))
    return Soap(simulator, BEN)


def test_a_deep_search_meets_every_folder_hidden_ones_and_recoverable_items_too(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Inbox/Projects/Depot")
    names = soap.find_folders("root").texts("DisplayName")
    assert {"Top of Information Store", "Depot", "Conversation Action Settings"} <= set(names)
    assert {"Recoverable Items", "Deletions", "Purges", "Versions", "DiscoveryHolds"} <= set(names)
    assert names.index("Inbox") < names.index("Projects") < names.index("Depot")


def test_a_shallow_search_stays_on_one_floor_and_pages(soap: Soap, world: World) -> None:
    for number in range(5):
        world.add_folder(ANN, f"Inbox/Case {number}/Below")
    view = '<m:IndexedPageFolderView MaxEntriesReturned="2" Offset="{}" BasePoint="Beginning"/>'
    first = soap.find_folders("inbox", traversal="Shallow", view=view.format(0))
    last = soap.find_folders("inbox", traversal="Shallow", view=view.format(4))
    assert first.texts("DisplayName") == ["Case 0", "Case 1"]
    assert last.texts("DisplayName") == ["Case 4"]
    pages = [reply.messages[0][-1] for reply in (first, last)]
    assert [page.get("IncludesLastItemInRange") for page in pages] == ["false", "true"]
    assert [page.get("TotalItemsInView") for page in pages] == ["5", "5"]


def test_counts_are_those_of_now(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail("read"))
    world.add_message(ANN, "Inbox", mail("new"), is_read=False)
    reply = soap.get_folders("inbox", "drafts")
    assert reply.texts("TotalCount") == ["2", "0"]
    assert reply.texts("UnreadCount") == ["1", "0"]


def test_a_folder_keeps_its_id_when_it_is_renamed_and_is_found_by_it(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Inbox/Before")
    id_ = soap.folder("Before")
    world.rename_folder(ANN, "Inbox/Before", "After")
    assert soap.get_folders(id_).texts("DisplayName") == ["After"]


def test_one_folder_that_is_gone_costs_none_of_the_others(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Inbox/Gone")
    id_ = soap.folder("Gone")
    world.remove_folder(ANN, "Inbox/Gone")
    assert soap.get_folders("inbox", id_, "x.y", "calendar").codes == [
        *("NoError", "ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorFolderNotFound"),
    ]


def test_the_parent_of_a_folder_is_named_up_to_the_top(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Inbox/Deep")
    found = soap.find_folders("root")
    own, above = found.all("FolderId"), found.all("ParentFolderId")
    parents = {each.get("Id"): up.get("Id") for each, up in zip(own, above, strict=True)}
    top = soap.get_folders("root", shape=ID_ONLY).all("FolderId")[0].get("Id")
    place, steps = soap.folder("Deep"), 0
    while place != top:
        place, steps = parents[place] or "", steps + 1
    assert steps == 3


def test_hidden_folders_say_so_in_a_property(soap: Soap) -> None:
    shape = with_fields("folder:DisplayName", extended=property_tag("0x10F4", "Boolean"))
    reply = soap.find_folders("msgfolderroot", shape=shape)
    told = dict(zip(reply.texts("DisplayName"), reply.texts("Value"), strict=True))
    assert told["Conversation Action Settings"] == "true"
    assert told["Inbox"] == "false"


def test_a_search_folder_looks_like_a_folder_and_shows_what_lies_elsewhere(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Unread Mail", search=True)
    world.add_message(ANN, "Inbox", mail("new"), is_read=False)
    assert len(soap.find_folders("msgfolderroot").all("SearchFolder")) == 1
    assert soap.listed(soap.folder("Unread Mail")) == soap.listed("inbox")


def test_a_calendar_comes_as_what_it_is(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Calendar").container = "IPF.Appointment"
    found = soap.find_folders("msgfolderroot").all("CalendarFolder")
    assert [each.findtext("{*}DisplayName") for each in found] == ["Calendar"]


def test_the_archive_is_a_tree_of_its_own(archived: Soap) -> None:
    names = archived.find_folders("archiveroot").texts("DisplayName")
    assert {"Old", "2019", "Recoverable Items", "Purges"} <= set(names)
    assert "2019" not in archived.find_folders("root").texts("DisplayName")
    reply = archived.get_folders("archivemsgfolderroot", "archiveinbox", "archiverecoverableitemspurges")
    assert reply.texts("DisplayName") == ["Top of Information Store", "Inbox", "Purges"]
    assert len(archived.listed(archived.folder("2019", below="archiveroot"))) == 1


def test_there_is_no_archive_where_there_is_none(soap: Soap, world: World) -> None:
    assert soap.get_folders("archivemsgfolderroot").codes == ["ErrorFolderNotFound"]
    with pytest.raises(NotThere):
        world.add_message(ANN, "In-Place Archive/Inbox", mail())


def test_an_archive_that_cannot_be_reached_says_so_by_name_and_by_id(archived: Soap, world: World) -> None:
    old = archived.folder("Old", below="archiveroot")
    world.mailbox(BEN).archive_trouble = "ErrorMailboxStoreUnavailable"
    assert archived.get_folders("archiveroot", old, "inbox").codes == [
        *("ErrorMailboxStoreUnavailable", "ErrorMailboxStoreUnavailable", "NoError"),
    ]


def test_graph_never_sees_the_archive(archived: Soap, world: World, client: Client) -> None:
    in_archive = world.ids(BEN, "In-Place Archive/Old/2019")[0]
    folder = world.folder(BEN, "In-Place Archive/Old/2019")
    assert client.get(f"/users/{BEN}/messages/{in_archive}").status == 404
    assert client.get(f"/users/{BEN}/mailFolders/{folder.id}").status == 404
    assert client.values(f"/users/{BEN}/messages") == []
    assert "Old" not in [each["displayName"] for each in client.values(f"/users/{BEN}/mailFolders?$top=50")]


def test_the_hierarchy_tells_what_came_what_changed_and_what_went(soap: Soap, world: World) -> None:
    def synced(state: str = "") -> tuple[list[str], str]:
        told = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        reply = soap.send(
            "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:SyncFolderId>"
            f'<t:DistinguishedFolderId Id="msgfolderroot"/></m:SyncFolderId>{told}</m:SyncFolderHierarchy>'
        )
        changes = reply.messages[0].find("{*}Changes")
        assert changes is not None
        return [each.tag.rpartition("}")[2] for each in changes], reply.text("SyncState")

    world.add_folder(ANN, "Inbox/Old")
    first, state = synced()
    assert set(first) == {"Create"}
    world.rename_folder(ANN, "Sent Items", "Sent")
    world.add_folder(ANN, "Inbox/New")
    world.remove_folder(ANN, "Inbox/Old")
    assert sorted(synced(state)[0]) == ["Create", "Delete", "Update"]
    assert synced(synced(state)[1])[0] == []


def test_a_folder_of_somebody_else_is_not_found(soap: Soap, archived: Soap, faults: Faults) -> None:
    assert soap.get_folders(archived.folder("Old", below="archiveroot")).codes == ["ErrorItemNotFound"]
    reply = soap.send(
        f"<m:GetFolder><m:FolderShape>{ID_ONLY}</m:FolderShape><m:FolderIds>"
        f'<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>{BEN}</t:EmailAddress></t:Mailbox>'
        "</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>"
    )
    assert reply.codes == ["ErrorAccessDenied"]
