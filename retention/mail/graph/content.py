"""A message's MIME, whole or not at all.

Nothing is changed in a mailbox here.
"""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

from retention.core.message import MessageRef
from retention.mail.graph.failures import FINAL_CONTENT, NO_MAILBOX, NO_SUCH_ITEM, ServiceError
from retention.mail.graph.wire import Wire, segment
from retention.mail.interface import ContentUnavailable, MessageGone

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of one message kept in memory; larger ones wait in a temporary file until they are whole."""

CHUNK = 256 * 1024
ASKED_AGAIN = 1


def content(wire: Wire, ref: MessageRef) -> Iterator[bytes]:
    """The MIME in chunks, once all of it has arrived (Graph "Get MIME content of a message").

    Exchange makes the MIME when asked; where it cannot, the answer is the same each time (``ErrorMime…Failed`` for
    S/MIME under application permissions): asked once more, then ``ContentUnavailable``. Raises ``MessageGone``.
    """
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        for again in range(ASKED_AGAIN, -1, -1):
            try:
                target = f"/users/{segment(ref.mailbox)}/messages/{segment(ref.id)}/$value"
                wire.ask("GET", target, mailbox=ref.mailbox, into=file)
                break
            except ServiceError as error:
                if error.is_any(FINAL_CONTENT) and again:
                    wire.patience.wait(1)
                    continue
                raise _trouble(error, ref) from error
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _trouble(error: ServiceError, ref: MessageRef) -> Exception:
    if error.is_any(NO_SUCH_ITEM) or (error.status == 404 and not error.is_any(NO_MAILBOX)):
        return MessageGone(f"There is no message {ref.id} any more ({error.code}).")
    if error.is_any(FINAL_CONTENT):
        return ContentUnavailable(f"Exchange cannot convert this message to MIME ({error.code}).")
    return ContentUnavailable(f"Microsoft Graph does not hand over this message's MIME: it answered {error.told}.")
