"""MIME through Exchange: whole or not at all, in pieces, and what becomes of messages that have none.

Nothing is changed in a mailbox here.
"""

from __future__ import annotations

import base64
import io
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.message import MessageRef
from retention.errors import MailNotAnswering
from retention.mail.exchange import ExchangeMail, content
from retention.mail.exchange.answers import responses
from retention.mail.exchange.failures import Malformed
from retention.mail.exchange.mime import Sink
from retention.mail.interface import ContentUnavailable, MailboxUnreadable, MessageGone
from retention.simulator.ews.names import item_id
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import letter
from tests.mail.conftest import ANN
from tests.mail.exchanging import box, opened_exchange, opening, told  # noqa: F401
from tests.mail.test_exchange_answers import told as enveloped

AWKWARD = b"Subject: \xff\xfe raw\r\nX: \x00\r\n\nbare newline\rbare return\r\n.\r\n\x1b[2J" + bytes(range(256))


def put(exchange: ExchangeMail, world: World, mime: bytes, **fields: bool) -> MessageRef:
    lasting = world.add_message(ANN, "Inbox", mime, **fields)  # type: ignore[arg-type]
    return MessageRef(box(exchange).id, item_id(world.message(ANN, lasting)))


@pytest.mark.parametrize("mime", [b"", b"\r\n", AWKWARD, letter(1) + b"x" * 3_000_000])
def test_mime_comes_byte_for_byte(mime: bytes, exchange: ExchangeMail, world: World) -> None:
    assert b"".join(exchange.content(put(exchange, world, mime))) == mime


@pytest.mark.parametrize("kind", ["truncate", "clip", "drop", "throttle", "busy", "unavailable", "expired-token"])
def test_a_broken_answer_is_fetched_again_from_its_beginning(
    kind: str, exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    mime = letter(1) + b"z" * 500_000
    ref = put(exchange, world, mime)
    faults.add(kind, on="#GetItem", times=1 if kind == "expired-token" else 2)  # type: ignore[arg-type]
    assert b"".join(exchange.content(ref)) == mime


@pytest.mark.parametrize(("kind", "told"), [("truncate", MailNotAnswering), ("clip", ContentUnavailable)])
def test_not_one_byte_of_a_partial_answer_is_given_out(
    kind: str, told: type[Exception], exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    ref = put(exchange, world, letter(1) + b"z" * 500_000)
    faults.add(kind, on="#GetItem", times=-1)  # type: ignore[arg-type]
    with pytest.raises(told):
        next(exchange.content(ref))


def test_content_that_can_never_be_had_is_asked_for_twice(
    exchange: ExchangeMail, world: World, simulator: Simulator
) -> None:
    ref = put(exchange, world, letter(1), mime_fails=True)
    simulator.forget_requests()
    with pytest.raises(ContentUnavailable, match="ErrorContentConversionFailed"):
        next(exchange.content(ref))
    assert told(simulator).count("GetItem") == 2


def test_a_closed_mailbox_and_a_message_that_is_gone_are_told_apart(exchange: ExchangeMail, world: World) -> None:
    ref = put(exchange, world, letter(1))
    dead = put(exchange, world, letter(2))
    world.move(ANN, world.ids(ANN)[-1], "Archive")
    with pytest.raises(MessageGone):
        next(exchange.content(dead))
    with pytest.raises(ContentUnavailable, match="ErrorInvalidIdMalformed"):
        next(exchange.content(MessageRef(ref.mailbox, "AAMkNothing=")))
    world.mailbox(ANN).impersonation = False
    with pytest.raises(MailboxUnreadable):
        next(exchange.content(ref))


def test_a_large_message_is_never_whole_in_memory(
    exchange: ExchangeMail, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "IN_MEMORY", 1000)
    size = 0
    for piece in exchange.content(put(exchange, world, letter(1) + b"y" * 3_000_000)):
        assert len(piece) <= content.CHUNK
        size += len(piece)
    assert size == len(letter(1)) + 3_000_000


# -- the pieces of an answer


def answer(text: bytes, prefix: str = "t:") -> bytes:
    encoded = base64.b64encode(text).decode()
    return enveloped(
        '<m:GetItemResponse><m:ResponseMessages><m:GetItemResponseMessage ResponseClass="Success">'
        "<m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message>"
        f'<{prefix}MimeContent CharacterSet="UTF-8">{encoded}</{prefix}MimeContent><t:ItemId Id="A"/>'
        "</t:Message></m:Items></m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse>"
    )


def fed(pieces: list[bytes]) -> tuple[bytes, Sink]:
    file = io.BytesIO()
    sink = Sink(file)
    for piece in pieces:
        sink.feed(piece)
    sink.check()
    return file.getvalue(), sink


@given(mime=st.binary(max_size=300), cuts=st.lists(st.integers(min_value=0, max_value=900), max_size=8))
def test_wherever_an_answer_is_cut_into_pieces_the_content_is_the_same(mime: bytes, cuts: list[int]) -> None:
    body = answer(mime)
    places = sorted({0, *(min(cut, len(body)) for cut in cuts), len(body)})
    found, sink = fed([body[start:end] for start, end in pairwise(places)])
    assert found == mime
    assert responses(sink.rest())[0].is_success


@given(st.integers(min_value=1, max_value=len(answer(letter(1))) - 1))
def test_an_answer_that_ends_anywhere_before_its_end_is_none(end: int) -> None:
    sink = Sink(io.BytesIO())
    with pytest.raises(Malformed):
        sink.feed(answer(letter(1))[:end])
        responses(sink.rest())
        sink.check()


@pytest.mark.parametrize("wrong", [b"QUJD!REVG", b"QUI=QUJD", b"QUJDR", b"Q"])
def test_what_is_no_base64_is_no_content(wrong: bytes) -> None:
    body = answer(b"ABCDEF").replace(base64.b64encode(b"ABCDEF"), wrong)
    with pytest.raises(Malformed):
        fed([body])


def test_lines_and_spaces_in_the_base64_are_no_part_of_it() -> None:
    encoded = base64.b64encode(b"ABCDEF")
    assert (
        fed([answer(b"ABCDEF").replace(encoded, b"\r\n " + encoded[:3] + b"\n" + encoded[3:] + b"\r\n")])[0]
        == b"ABCDEF"
    )


def test_the_pieces_take_no_more_memory_than_a_few_of_them(tmp_path: object) -> None:
    head, tail = answer(b"").split(b"</t:MimeContent>")
    piece = base64.b64encode(b"x" * 196_608)
    with open(f"{tmp_path}/content", "w+b") as file:
        sink = Sink(file)
        tracemalloc.start()
        sink.feed(head)
        for _ in range(100):
            sink.feed(piece)
        sink.feed(b"</t:MimeContent>" + tail)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sink.check()
        assert file.tell() == 100 * 196_608 and peak < 4_000_000
