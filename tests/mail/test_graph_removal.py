"""Removing messages: only the version that was meant, never twice, and told as it is.

The order of export, check and removal is the jobs' affair.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import retention.mail.graph
from retention.core.message import MessageRef, Removal
from retention.errors import MailNotAnswering
from retention.mail.graph import GraphMail
from retention.mail.interface import MailboxUnreadable, MessageChanged, MessageGone, RemovalRefused
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import letter
from tests.mail.conftest import ANN, Connect, Waits, box
from tests.mail.doubles import unasked

DELETIONS, PURGES = "Recoverable Items/Deletions", "Recoverable Items/Purges"
WAYS = [
    (Removal.DELETED_ITEMS, "Deleted Items", "201, moved to Deleted Items"),
    (Removal.RECOVERABLE, DELETIONS, "201, moved to Recoverable Items (Deletions)"),
    (Removal.PERMANENT, PURGES, "204, removed from the mailbox to Purges"),
]


@pytest.fixture
def ref(graph: GraphMail, world: World) -> MessageRef:
    return MessageRef(box(graph).id, world.add_message(ANN, "Inbox", letter(1)))


def version(graph: GraphMail, ref: MessageRef) -> str:
    return graph.look(ref).version


def posts(simulator: Simulator) -> list[str]:
    return [
        seen.path.rpartition("/")[2]
        for seen in simulator.requests
        if seen.method in ("POST", "DELETE", "PATCH") and "/users/" in seen.path
    ]


@pytest.mark.parametrize(("how", "place", "answer"), WAYS)
def test_each_removal_leads_where_its_answer_says(
    how: Removal, place: str, answer: str, graph: GraphMail, world: World, ref: MessageRef
) -> None:
    assert graph.purge(ref, version(graph, ref), how, unasked) == answer
    assert world.where(ANN, ref.id) == place


def test_from_deleted_items_the_next_place_is_recoverable_items(graph: GraphMail, world: World) -> None:
    ref = MessageRef(box(graph).id, world.add_message(ANN, "Deleted Items", letter(1)))
    answer = graph.purge(ref, version(graph, ref), Removal.DELETED_ITEMS, unasked)
    assert answer == "201, moved to Recoverable Items (Deletions)"
    assert world.where(ANN, ref.id) == DELETIONS


def test_the_version_is_read_first_and_sent_along(graph: GraphMail, simulator: Simulator, ref: MessageRef) -> None:
    planned = version(graph, ref)
    simulator.forget_requests()
    graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    assert [seen.method for seen in simulator.requests] == ["GET", "POST"]
    assert simulator.requests[-1].headers["if-match"] == f'W/"{planned}"'


def test_another_version_is_never_removed(
    graph: GraphMail, world: World, simulator: Simulator, ref: MessageRef
) -> None:
    planned = version(graph, ref)
    world.edit(ANN, ref.id, categories=("PW-07",))
    with pytest.raises(MessageChanged):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    assert world.where(ANN, ref.id) == "Inbox" and posts(simulator) == []


def test_a_change_between_the_reading_and_the_removal_is_caught_by_the_service(
    graph: GraphMail, world: World, ref: MessageRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = version(graph, ref)
    moved = graph._removal().remover._moved

    def late(*given: object) -> str:
        world.edit(ANN, ref.id, is_read=False)
        return moved(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(graph._removal().remover, "_moved", late)
    with pytest.raises(MessageChanged, match="ErrorIrresolvableConflict"):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    assert world.where(ANN, ref.id) == "Inbox"


@pytest.mark.parametrize("kind", ["throttle", "unavailable", "drop", "timeout"])
def test_a_change_while_waiting_to_ask_again_stops_the_removal_even_if_the_service_would_not(
    kind: str, graph: GraphMail, world: World, faults: Faults, waits: Waits, ref: MessageRef
) -> None:
    planned = version(graph, ref)
    faults.ignore_if_match = True
    faults.add(kind, on="POST .*/move")  # type: ignore[arg-type]
    waits.during = lambda: world.edit(ANN, ref.id, categories=("hold this",))
    with pytest.raises(MessageChanged):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    assert world.where(ANN, ref.id) == "Inbox"


@pytest.mark.parametrize(("how", "place", "answer"), WAYS)
@pytest.mark.parametrize("kind", ["throttle", "unavailable", "drop", "timeout", "expired-token"])
def test_what_was_not_done_is_asked_for_again(
    kind: str,
    how: Removal,
    place: str,
    answer: str,
    graph: GraphMail,
    world: World,
    faults: Faults,
    ref: MessageRef,
) -> None:
    planned = version(graph, ref)
    faults.add(kind, on="POST .*/(move|permanentDelete)", times=1 if kind == "expired-token" else 3)  # type: ignore[arg-type]
    assert graph.purge(ref, planned, how, unasked) == answer
    assert world.where(ANN, ref.id) == place


@pytest.mark.parametrize(
    ("how", "place", "answer"),
    [
        (Removal.DELETED_ITEMS, "Deleted Items", "was already in Deleted Items after a dropped answer"),
        (Removal.RECOVERABLE, DELETIONS, "was already gone after a dropped answer"),
    ],
)
def test_a_removal_whose_answer_was_lost_is_found_done_and_not_repeated(
    how: Removal,
    place: str,
    answer: str,
    graph: GraphMail,
    world: World,
    faults: Faults,
    simulator: Simulator,
    ref: MessageRef,
) -> None:
    planned = version(graph, ref)
    faults.add("truncate", on="POST .*/move")
    assert graph.purge(ref, planned, how, unasked) == answer
    assert world.where(ANN, ref.id) == place
    assert posts(simulator) == ["move"]


def test_a_removal_that_was_only_throttled_never_claims_another_ones_deletion(
    graph: GraphMail, world: World, faults: Faults, waits: Waits, ref: MessageRef
) -> None:
    planned = version(graph, ref)
    faults.add("throttle", on="POST .*/move")
    waits.during = lambda: world.permanent_delete(ANN, ref.id)
    with pytest.raises(MessageGone):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)


def test_a_removal_that_never_gets_an_answer_ends_with_the_message_in_its_place(
    graph: GraphMail, world: World, faults: Faults, waits: Waits, ref: MessageRef
) -> None:
    planned = version(graph, ref)
    faults.add("drop", on="POST .*/move", times=-1)
    with pytest.raises(MailNotAnswering, match="did not remove"):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    assert world.where(ANN, ref.id) == "Inbox"
    assert len(waits.seconds) < 8


def test_what_is_gone_or_in_recoverable_items_already_is_gone(
    graph: GraphMail, world: World, ref: MessageRef, simulator: Simulator
) -> None:
    planned = version(graph, ref)
    graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    with pytest.raises(MessageGone, match="Recoverable Items"):
        graph.look(ref)
    with pytest.raises(MessageGone):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    world.permanent_delete(ANN, ref.id)
    with pytest.raises(MessageGone):
        graph.purge(ref, planned, Removal.PERMANENT, unasked)
    assert posts(simulator) == ["move"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "ErrorAccessDenied"),
        (400, "ErrorCannotDeleteObject"),
        (403, "ErrorCannotDeleteObject"),
        (500, "ErrorMoveCopyFailed"),
        (507, "ErrorQuotaExceeded"),
    ],
)
def test_a_refusal_is_told_with_its_code_and_is_not_asked_for_again(
    status: int, code: str, graph: GraphMail, world: World, faults: Faults, simulator: Simulator, ref: MessageRef
) -> None:
    planned = version(graph, ref)
    faults.add("error", on="POST .*/move", times=-1, status=status, code=code)
    with pytest.raises(RemovalRefused, match=code):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)
    assert world.where(ANN, ref.id) == "Inbox" and posts(simulator) == ["move"]


def test_a_mailbox_that_closed_is_not_a_message_that_is_gone(graph: GraphMail, world: World, ref: MessageRef) -> None:
    planned = version(graph, ref)
    world.mailbox(ANN).rest = False
    with pytest.raises(MailboxUnreadable):
        graph.purge(ref, planned, Removal.RECOVERABLE, unasked)


@pytest.mark.parametrize("cloud", ["gcc-high", "dod", "china"])
def test_where_the_cloud_has_no_permanent_removal_nothing_is_even_asked(
    cloud: str, connect: Connect, world: World, simulator: Simulator
) -> None:
    mail = connect(cloud=cloud)
    ref = MessageRef(box(mail).id, world.add_message(ANN, "Inbox", letter(1)))
    planned = version(mail, ref)
    simulator.forget_requests()
    with pytest.raises(RemovalRefused, match="recoverable"):
        mail.purge(ref, planned, Removal.PERMANENT, unasked)
    assert simulator.requests == []
    assert mail.purge(ref, planned, Removal.RECOVERABLE, unasked).startswith("201")


def test_a_service_that_does_not_know_permanent_removal_refuses_it(
    graph: GraphMail, world: World, faults: Faults, ref: MessageRef
) -> None:
    faults.no_permanent_delete = True
    with pytest.raises(RemovalRefused, match="permanentDelete"):
        graph.purge(ref, version(graph, ref), Removal.PERMANENT, unasked)
    assert world.where(ANN, ref.id) == "Inbox"


def test_many_removals_under_throttling_all_arrive(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    mailbox = box(graph).id
    refs = [MessageRef(mailbox, world.add_message(ANN, "Inbox", letter(number))) for number in range(20)]
    for after in range(3, 20, 5):
        faults.add("throttle", on="POST .*/move", after=after, code="ErrorTooManyObjectsOpened")
    for ref in refs:
        graph.purge(ref, version(graph, ref), Removal.RECOVERABLE, unasked)
    assert {world.where(ANN, ref.id) for ref in refs} == {DELETIONS}


# -- the code itself

SOURCES = sorted(Path(retention.mail.graph.__file__).parent.glob("*.py"))


def test_only_what_removes_and_what_puts_back_can_change_a_mailbox() -> None:
    for source in SOURCES:
        calls = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
        first = [call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
        assert not {"DELETE", "PATCH", "PUT"} & set(first), source.name
        if source.name not in ("removal.py", "returning.py", "wire.py", "signin.py"):
            assert "POST" not in first, source.name
    returning = next(source for source in SOURCES if source.name == "returning.py").read_text()
    assert "permanentDelete" not in returning and returning.count("/move") == returning.count('"POST"') == 1
    wire = next(source for source in SOURCES if source.name == "wire.py").read_text()
    assert re.findall(r'"POST", (\S+)', wire) == ['"/$batch",']
    assert '"method": "GET"' in wire


def test_no_folder_is_ever_removed_and_nothing_is_called_destroyed() -> None:
    for source in SOURCES:
        text = source.read_text()
        for line in text.splitlines():
            assert not ("permanentDelete" in line and "mailFolders" in line), f"{source.name}: {line}"
        strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
        said = " ".join(value for value in strings if isinstance(value, str)).lower()
        assert "destroyed" not in said, source.name
