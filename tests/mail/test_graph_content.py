"""MIME by ``$value``: whole or not at all, and what becomes of messages that have none.

Nothing is changed in a mailbox here.
"""

from __future__ import annotations

import pytest

from retention.core.message import MessageRef
from retention.errors import MailNotAnswering
from retention.mail.graph import GraphMail, content
from retention.mail.interface import ContentUnavailable, MessageGone
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import letter
from tests.mail.conftest import ANN, Waits, box

AWKWARD = b"Subject: \xff\xfe raw\r\nX: \x00\r\n\nbare newline\rbare return\r\n.\r\n\x1b[2J" + bytes(range(256))


def put(graph: GraphMail, world: World, mime: bytes, **fields: bool) -> MessageRef:
    return MessageRef(box(graph).id, world.add_message(ANN, "Inbox", mime, **fields))  # type: ignore[arg-type]


def asked(simulator: Simulator) -> int:
    return sum(seen.path.endswith("$value") for seen in simulator.requests)


@pytest.mark.parametrize("mime", [b"", b"\r\n", AWKWARD, letter(1) + b"x" * 3_000_000])
def test_mime_comes_byte_for_byte(mime: bytes, graph: GraphMail, world: World) -> None:
    assert b"".join(graph.content(put(graph, world, mime))) == mime


def test_a_large_message_comes_in_pieces_from_a_file(
    graph: GraphMail, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "IN_MEMORY", 1000)
    mime = letter(1) + b"y" * 1_000_000
    pieces = list(graph.content(put(graph, world, mime)))
    assert b"".join(pieces) == mime
    assert len(pieces) > 3 and max(map(len, pieces)) <= content.CHUNK


@pytest.mark.parametrize("kind", ["truncate", "drop", "throttle", "unavailable", "timeout", "expired-token"])
def test_a_broken_answer_is_fetched_again_from_its_beginning(
    kind: str, graph: GraphMail, world: World, faults: Faults
) -> None:
    mime = letter(1) + b"z" * 500_000
    ref = put(graph, world, mime)
    faults.add(kind, on=r"\$value", times=1 if kind == "expired-token" else 3)  # type: ignore[arg-type]
    assert b"".join(graph.content(ref)) == mime


def test_not_one_byte_of_a_partial_answer_is_given_out(graph: GraphMail, world: World, faults: Faults) -> None:
    ref = put(graph, world, letter(1) + b"z" * 500_000)
    faults.add("truncate", on=r"\$value", times=-1)
    with pytest.raises(MailNotAnswering):
        next(graph.content(ref))


@pytest.mark.parametrize(
    "code",
    ["ErrorMimeContentConversionFailed", "ErrorContentConversionFailed", "ErrorCannotOpenFile", "ErrorItemCorrupt"],
)
def test_a_conversion_that_fails_for_good_is_asked_for_once_more_and_then_told(
    code: str, graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    ref = put(graph, world, letter(1))
    faults.add("error", on=r"\$value", times=-1, code=code)
    with pytest.raises(ContentUnavailable, match=code):
        list(graph.content(ref))
    assert asked(simulator) == 2


def test_a_conversion_that_fails_once_is_forgiven(graph: GraphMail, world: World, faults: Faults) -> None:
    ref = put(graph, world, letter(1))
    faults.add("error", on=r"\$value", code="ErrorMimeContentConversionFailed")
    assert b"".join(graph.content(ref)) == letter(1)


def test_a_message_whose_mime_always_fails_stops_no_other(graph: GraphMail, world: World) -> None:
    broken, good = put(graph, world, letter(1), mime_fails=True), put(graph, world, letter(2))
    with pytest.raises(ContentUnavailable):
        list(graph.content(broken))
    assert b"".join(graph.content(good)) == letter(2)


@pytest.mark.parametrize(("status", "code"), [(403, "ErrorAccessDenied"), (500, "Whatever"), (400, "BadRequest")])
def test_any_other_final_answer_keeps_the_message_and_tells_the_code(
    status: int, code: str, graph: GraphMail, world: World, faults: Faults
) -> None:
    ref = put(graph, world, letter(1))
    faults.add("error", on=r"\$value", times=-1, status=status, code=code)
    with pytest.raises(ContentUnavailable, match=code):
        list(graph.content(ref))


def test_a_code_of_throttling_is_read_on_value_too(
    graph: GraphMail, world: World, faults: Faults, waits: Waits
) -> None:
    ref = put(graph, world, letter(1))
    faults.add("error", on=r"\$value", status=500, code="ErrorServerBusy")
    assert b"".join(graph.content(ref)) == letter(1)
    assert len(waits.seconds) == 1


def test_a_message_that_is_gone_is_told_from_a_mailbox_that_is(graph: GraphMail, world: World, faults: Faults) -> None:
    ref = put(graph, world, letter(1))
    gone = put(graph, world, letter(2))
    world.permanent_delete(ANN, gone.id)
    with pytest.raises(MessageGone):
        list(graph.content(gone))
    with pytest.raises(ContentUnavailable, match="Malformed"):
        list(graph.content(MessageRef(ref.mailbox, "no-such-id")))
    world.mailbox(ANN).rest = False
    with pytest.raises(ContentUnavailable, match="MailboxNotEnabledForRESTAPI"):
        list(graph.content(ref))
