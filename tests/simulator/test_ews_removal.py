"""What takes an item elsewhere over EWS: three ways to delete, moves, and the change key as a condition."""

from __future__ import annotations

import pytest

from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.simulator.client import mail
from tests.simulator.conftest import ANN
from tests.simulator.soap import Soap
from tests.simulator.test_ews_items import only


@pytest.mark.parametrize(
    ("how", "to"),
    [
        ("MoveToDeletedItems", "Deleted Items"),
        ("SoftDelete", "Recoverable Items/Deletions"),
        ("HardDelete", "Recoverable Items/Purges"),
    ],
)
@pytest.mark.parametrize("start", ["", "In-Place Archive/"])
def test_each_way_ends_in_its_own_folder_of_the_same_tree(
    how: str, to: str, start: str, soap: Soap, world: World
) -> None:
    world.mailbox(ANN).open_archive()
    id_ = world.add_message(ANN, f"{start}Inbox", mail())
    item = only(soap, "archiveinbox" if start else "inbox")
    assert soap.delete(item, how=how).codes == ["NoError"]
    assert world.where(ANN, id_) == start + to
    assert soap.delete(item, how=how).codes == ["ErrorItemNotFound"]


def test_nothing_is_destroyed_and_purges_can_be_read(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail("kept"))
    soap.delete(only(soap), how="HardDelete")
    assert soap.get_items(only(soap, "recoverableitemspurges")).text("Subject") == "kept"


def test_what_lies_in_recoverable_items_is_not_deleted_again_but_can_be_purged(soap: Soap, world: World) -> None:
    id_ = world.add_message(ANN, "Recoverable Items/Deletions", mail())
    item = only(soap, "recoverableitemsdeletions")
    assert soap.delete(item, how="SoftDelete").codes == ["ErrorCannotDeleteObject"]
    assert soap.delete(item, how="MoveToDeletedItems").codes == ["ErrorCannotDeleteObject"]
    assert soap.delete(item, how="HardDelete").codes == ["NoError"]
    assert world.where(ANN, id_) == "Recoverable Items/Purges"


def test_another_version_is_not_removed(soap: Soap, world: World, faults: Faults) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    item = only(soap)
    old = world.message(ANN, id_).change_key
    world.edit(ANN, id_, subject="other")
    now = world.message(ANN, id_).change_key
    assert soap.delete(item, key=old).codes == ["ErrorIrresolvableConflict"]
    assert soap.move(item, to="drafts", key=old).codes == ["ErrorIrresolvableConflict"]
    assert world.where(ANN, id_) == "Inbox"
    assert soap.delete(item, key=now).codes == ["NoError"]
    faults.ignore_if_match = True
    assert soap.delete(only(soap, "recoverableitemsdeletions"), how="HardDelete", key=old).codes == ["NoError"]


def test_a_delete_without_a_way_is_refused(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail())
    assert soap.delete(only(soap), how="Shred").fault == "ErrorSchemaValidation"
    assert len(soap.listed("inbox")) == 1


def test_a_move_tells_the_new_id_within_a_mailbox_and_none_into_the_archive(soap: Soap, world: World) -> None:
    world.mailbox(ANN).open_archive()
    id_ = world.add_message(ANN, "Inbox", mail())
    moved = soap.move(only(soap), to="drafts")
    assert [each.get("Id") for each in moved.all("ItemId")] == soap.listed("drafts")
    assert soap.move(only(soap, "drafts"), to="archiveinbox").all("ItemId") == []
    assert world.where(ANN, id_) == "In-Place Archive/Inbox"
    assert soap.move(only(soap, "archiveinbox"), to="inbox").codes == ["NoError"]
    assert world.where(ANN, id_) == "Inbox"


def test_one_that_cannot_be_moved_costs_none_of_the_others(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail("one"))
    world.add_message(ANN, "Inbox", mail("two"))
    first, second = soap.listed("inbox")
    assert soap.move(first, "x", second, to="drafts").codes == ["NoError", "ErrorInvalidIdMalformed", "NoError"]
    assert len(soap.listed("drafts")) == 2


def test_nothing_is_moved_into_a_search_folder(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Unread Mail", search=True)
    world.add_message(ANN, "Inbox", mail())
    assert soap.move(only(soap), to=soap.folder("Unread Mail")).codes == ["ErrorMoveCopyFailed"]
    assert len(soap.listed("inbox")) == 1
