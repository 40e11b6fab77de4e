"""Putting removed mail back through Graph: once, where it lay, and told as it is.

Which message is put back, and who may, is the jobs' affair.
"""

from __future__ import annotations

import pytest

from retention.core.message import MessageRef, Removal
from retention.errors import MailNotAnswering
from retention.mail.graph import GraphMail
from retention.mail.interface import FolderUnreadable, MailboxUnreadable, MessageGone, ReturnRefused
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import letter
from tests.mail.conftest import ANN, Connect, Waits, box, fill, folder
from tests.mail.doubles import unasked

DELETIONS = "Recoverable Items/Deletions"


def moves(simulator: Simulator) -> int:
    return sum(seen.method == "POST" and seen.path.endswith("/move") for seen in simulator.requests)


@pytest.fixture
def ref(graph: GraphMail, world: World, simulator: Simulator) -> MessageRef:
    """A message that lay in Inbox/Projects and was removed."""
    ref = MessageRef(box(graph).id, world.add_message(ANN, "Inbox/Projects", letter(1)))
    graph.purge(ref, graph.look(ref).version, Removal.RECOVERABLE, unasked)
    simulator.forget_requests()
    return ref


@pytest.fixture
def projects(graph: GraphMail, ref: MessageRef) -> str:
    return folder(graph, "Inbox/Projects").id


@pytest.mark.parametrize("kind", ["throttle", "unavailable", "drop", "timeout", "expired-token"])
def test_what_was_not_done_is_asked_for_again(
    kind: str, graph: GraphMail, world: World, faults: Faults, ref: MessageRef, projects: str
) -> None:
    faults.add(kind, on="POST .*/move", times=1 if kind == "expired-token" else 3)  # type: ignore[arg-type]
    assert graph.put_back(ref, projects).answer == "201, moved back"
    assert world.where(ANN, ref.id) == "Inbox/Projects"


def test_what_was_put_back_and_whose_answer_was_lost_is_found_back_and_not_moved_again(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator, ref: MessageRef, projects: str
) -> None:
    faults.add("truncate", on="POST .*/move")
    back = graph.put_back(ref, projects)
    assert (back.ref, back.folder, back.answer) == (ref, projects, "was back after a dropped answer")
    assert world.where(ANN, ref.id) == "Inbox/Projects"
    assert len(world.ids(ANN)) == moves(simulator) == 1


def test_whether_it_was_put_back_is_not_guessed_where_it_cannot_be_found_after_a_lost_answer(
    graph: GraphMail, world: World, faults: Faults, waits: Waits, ref: MessageRef, projects: str
) -> None:
    faults.add("truncate", on="POST .*/move")
    waits.during = lambda: world.permanent_delete(ANN, ref.id)
    with pytest.raises(MailNotAnswering, match="not known"):
        graph.put_back(ref, projects)


def test_a_system_that_never_answers_leaves_it_where_it_was(
    graph: GraphMail, world: World, faults: Faults, ref: MessageRef, projects: str
) -> None:
    faults.add("drop", on="POST .*/move", times=-1)
    with pytest.raises(MailNotAnswering, match="did not put"):
        graph.put_back(ref, projects)
    assert world.where(ANN, ref.id) == DELETIONS


@pytest.mark.parametrize("status", [403, 400, 500])
def test_a_refusal_is_told_with_its_code_and_is_not_asked_for_again(
    status: int, graph: GraphMail, world: World, faults: Faults, simulator: Simulator, ref: MessageRef, projects: str
) -> None:
    faults.add("error", on="POST .*/move", times=-1, status=status, code="ErrorMoveCopyFailed")
    with pytest.raises(ReturnRefused, match="ErrorMoveCopyFailed"):
        graph.put_back(ref, projects)
    assert world.where(ANN, ref.id) == DELETIONS and moves(simulator) == 1


def test_a_folder_that_its_owner_has_deleted_is_no_place_to_put_anything_back_to(
    graph: GraphMail, world: World, ref: MessageRef, projects: str
) -> None:
    gone, bin_ = world.folder(ANN, "Inbox/Projects"), world.folder(ANN, "Deleted Items")
    assert gone.parent is not None
    gone.parent.children.remove(gone)
    gone.parent = bin_
    bin_.children.append(gone)
    graph.put_back(ref, projects)
    assert world.where(ANN, ref.id) == "Inbox"


def test_a_folder_that_was_removed_gives_way_to_the_inbox(
    graph: GraphMail, world: World, ref: MessageRef, projects: str
) -> None:
    world.remove_folder(ANN, "Inbox/Projects")
    assert graph.put_back(ref, projects).folder == folder(graph).id
    assert world.where(ANN, ref.id) == "Inbox"


def test_what_graph_tells_of_and_no_folder_holds_is_not_taken_to_be_back(
    graph: GraphMail,
    world: World,
    ref: MessageRef,
    projects: str,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hidden = world.mailbox(ANN).add_folder("SubstrateHolds", world.mailbox(ANN).dumpster)
    world.place(world.message(ANN, ref.id), hidden, "deleted")
    with pytest.raises(MessageGone, match="lets nobody"):
        graph.put_back(ref, projects)
    assert moves(simulator) == 0


@pytest.mark.parametrize("refused", ["mailFolders/deleteditems", "mailFolders/recoverableitemsdeletions"])
def test_nothing_is_moved_where_it_cannot_be_told_what_is_removed_mail(
    refused: str, graph: GraphMail, faults: Faults, simulator: Simulator, ref: MessageRef, projects: str
) -> None:
    faults.add("error", on=refused, times=-1, status=403, code="ErrorAccessDenied")
    with pytest.raises(MailboxUnreadable):
        graph.put_back(ref, projects)
    assert moves(simulator) == 0


def test_a_mailbox_that_closed_is_not_a_message_that_is_gone(
    graph: GraphMail, world: World, ref: MessageRef, projects: str
) -> None:
    world.mailbox(ANN).rest = False
    with pytest.raises(MailboxUnreadable):
        graph.put_back(ref, projects)


@pytest.mark.parametrize("cloud", ["global", "gcc-high", "dod", "china"])
def test_it_can_be_listed_and_put_back_in_every_cloud(
    cloud: str, connect: Connect, world: World, ref: MessageRef, projects: str
) -> None:
    mail = connect(cloud=cloud)
    assert [row.id for row in mail.recoverable(box(mail))] == [ref.id]
    assert mail.put_back(ref, projects).folder == projects


def test_many_pages_are_listed_whole_and_a_broken_list_says_so(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    ids = fill(world, 25)
    for id_ in ids:
        world.move(ANN, id_, DELETIONS)
    faults.max_page = 4
    assert sorted(row.id for row in graph.recoverable(box(graph))) == sorted(ids)
    assert not [seen for seen in simulator.requests if "delta" in seen.path]
    faults.add("error", on="recoverableitemsdeletions/messages", times=-1, status=403, code="ErrorInvalidRecipients")
    with pytest.raises(MailboxUnreadable):
        list(graph.recoverable(box(graph)))
    faults.clear()
    faults.add("error", on="recoverableitemsdeletions/messages", times=-1, status=404, code="ErrorItemNotFound")
    with pytest.raises(FolderUnreadable):
        list(graph.recoverable(box(graph)))
