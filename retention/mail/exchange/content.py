"""A message's MIME, whole or not at all.

Nothing is changed in a mailbox here.
"""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

from retention.core.message import MessageRef
from retention.mail.exchange.asked import get_content
from retention.mail.exchange.failures import FINAL_CONTENT, NO_ENTRY, NO_SUCH_ITEM, ServiceError, unreadable
from retention.mail.exchange.mime import Sink
from retention.mail.exchange.wire import Wire
from retention.mail.interface import ContentUnavailable, MessageGone

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of one message kept in memory; larger ones wait in a temporary file until they are whole."""

CHUNK = 256 * 1024
ASKED_AGAIN = 1


def content(wire: Wire, address: str, ref: MessageRef) -> Iterator[bytes]:
    """The MIME in chunks, once all of it has arrived (EWS "GetItem operation", ``IncludeMimeContent``).

    Exchange makes the MIME when asked; where it cannot, the answer is the same each time: asked once more, then
    ``ContentUnavailable``. Raises ``MessageGone``.
    """
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        for again in range(ASKED_AGAIN, -1, -1):
            try:
                wire.fetch(get_content(ref.id), address, Sink(file))
                break
            except ServiceError as error:
                if error.code in FINAL_CONTENT and again:
                    wire.patience.wait(1)
                    continue
                raise _trouble(error, address, ref) from error
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _trouble(error: ServiceError, address: str, ref: MessageRef) -> Exception:
    if error.code in NO_ENTRY:
        return unreadable(address, error)
    if error.code in NO_SUCH_ITEM:
        return MessageGone(f"There is no message {ref.id} any more ({error.code}).")
    if error.code in FINAL_CONTENT:
        return ContentUnavailable(f"Exchange cannot convert this message to MIME ({error.code}).")
    return ContentUnavailable(f"Exchange does not hand over this message's MIME: it answered {error.told}.")
