"""SyncFolderItems: rounds, changes, moves, and a sync state that dies."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

from hypothesis import given, settings
from hypothesis import strategies as st

from retention.simulator.ews.names import item_id
from retention.simulator.ews.soap import read_request
from retention.simulator.ews.sync import answer
from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.simulator.client import mail
from tests.simulator.conftest import ANN
from tests.simulator.soap import MESSAGES, SOAP, TYPES, M, Soap, T, folder_element


def kinds(pages: list[list[Element]]) -> list[str]:
    return [each.tag.rpartition("}")[2] for page in pages for each in page]


def ids(pages: list[list[Element]]) -> list[str]:
    return [each.get("Id", "") for page in pages for change in page for each in change.iter(f"{T}ItemId")]


def test_a_first_round_gives_each_item_once_in_pages(soap: Soap, world: World) -> None:
    for number in range(7):
        world.add_message(ANN, "Inbox", mail(str(number)))
    pages, state = soap.round("inbox", size=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(ids(pages)) == sorted(soap.listed("inbox"))
    assert soap.round("inbox", state)[0] == [[]]


def test_later_rounds_tell_what_came_what_changed_what_was_read_and_what_went(soap: Soap, world: World) -> None:
    messages = [world.add_message(ANN, "Inbox", mail(name)) for name in ("stays", "edited", "read", "moved")]
    before = soap.listed("inbox")
    _, state = soap.round("inbox")
    world.edit(ANN, messages[1], subject="other")
    world.edit(ANN, messages[2], is_read=False)
    world.move(ANN, messages[3], "Drafts")
    world.add_message(ANN, "Inbox", mail("new"))
    pages, _ = soap.round("inbox", state)
    assert sorted(kinds(pages)) == ["Create", "Delete", "ReadFlagChange", "Update"]
    gone = next(each for each in pages[0] if each.tag == f"{T}Delete")
    assert gone[0].get("Id") in before


def test_a_move_is_a_delete_here_and_another_id_there(soap: Soap, world: World) -> None:
    message = world.add_message(ANN, "Inbox", mail())
    pages, inbox = soap.round("inbox")
    _, drafts = soap.round("drafts")
    world.move(ANN, message, "Drafts")
    (old,), (gone,), (new,) = ids(pages), ids(soap.round("inbox", inbox)[0]), ids(soap.round("drafts", drafts)[0])
    assert gone == old != new


def test_a_sync_state_dies_with_its_folders_log_and_is_never_taken_for_another(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail())
    _, state = soap.round("inbox")
    assert soap.sync("drafts", state).codes == ["ErrorInvalidSyncStateData"]
    assert soap.sync("inbox", state[:-8]).codes == ["ErrorInvalidSyncStateData"]
    assert soap.sync("inbox", "AAAA").codes == ["ErrorInvalidSyncStateData"]
    world.reset_delta(ANN, "Inbox")
    assert soap.sync("inbox", state).codes == ["ErrorInvalidSyncStateData"]
    assert kinds(soap.round("inbox")[0]) == ["Create"]


def test_a_folder_that_went_cannot_be_synchronized(soap: Soap, world: World) -> None:
    world.add_folder(ANN, "Inbox/Gone")
    id_ = soap.folder("Gone")
    world.remove_folder(ANN, "Inbox/Gone")
    assert soap.sync(id_).codes == ["ErrorSyncFolderNotFound"]


def test_more_than_512_changes_are_never_given(soap: Soap) -> None:
    assert soap.sync("inbox", size=513).fault == "ErrorSchemaValidation"


def test_rows_may_be_repeated_and_a_round_may_begin_with_nothing(soap: Soap, world: World, faults: Faults) -> None:
    for number in range(6):
        world.add_message(ANN, "Inbox", mail(str(number)))
    faults.repeat_rows = faults.empty_pages = True
    pages, _ = soap.round("inbox", size=2)
    assert pages[0] == []
    assert len(ids(pages)) > len(set(ids(pages))) == 6


def test_recoverable_items_and_the_archive_are_synchronized_too(soap: Soap, world: World) -> None:
    world.mailbox(ANN).open_archive()
    world.add_message(ANN, "Recoverable Items/Versions", mail())
    world.add_message(ANN, "In-Place Archive/Inbox", mail())
    for folder in ("recoverableitemsversions", "archiveinbox"):
        assert kinds(soap.round(folder)[0]) == ["Create"]


DEEDS = st.lists(
    st.tuples(st.sampled_from(["add", "read", "edit", "out", "in", "sync"]), st.integers(0, 5)), max_size=30
)


@settings(max_examples=30, deadline=None)
@given(deeds=DEEDS, size=st.integers(1, 4))
def test_whoever_applies_the_changes_knows_what_lies_in_the_folder(deeds: list[tuple[str, int]], size: int) -> None:
    world, faults = World(), Faults()
    mailbox = world.add_mailbox(ANN)
    known: set[str] = set()
    state = ""

    def sync() -> None:
        nonlocal state
        while True:
            told = f"<m:SyncState>{state}</m:SyncState>" if state else ""
            body = (
                f'<s:Envelope xmlns:s="{SOAP}" xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><s:Body><m:SyncFolderItems>'
                "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
                f"{folder_element('inbox')}</m:SyncFolderId>{told}<m:MaxChangesReturned>{size}</m:MaxChangesReturned>"
                "</m:SyncFolderItems></s:Body></s:Envelope>"
            )
            root = fromstring(answer(read_request(body.encode()), mailbox, world, faults).body)
            for change in root.iter(f"{M}Changes"):
                for each in change:
                    (id_,) = [found.get("Id", "") for found in each.iter(f"{T}ItemId")]
                    (known.discard if each.tag == f"{T}Delete" else known.add)(id_)
            state = root.findtext(f".//{M}SyncState") or ""
            if root.findtext(f".//{M}IncludesLastItemInRange") == "true":
                return

    for what, which in deeds:
        everything = sorted(mailbox.messages)
        if what == "add":
            world.add_message(ANN, "Inbox", mail())
        elif what == "sync":
            sync()
        elif everything:
            message = mailbox.messages[everything[which % len(everything)]]
            if what in ("out", "in"):
                world.move(ANN, message.immutable_id, "Drafts" if what == "out" else "Inbox")
            else:
                world.edit(ANN, message.immutable_id, **({"is_read": False} if what == "read" else {"subject": "x"}))
    sync()
    assert known == {item_id(mailbox.messages[serial]) for serial in world.folder(ANN, "Inbox").listing()}
