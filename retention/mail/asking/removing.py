"""Removing one message: looked at before every request, never twice, and never unsaid where an answer was lost.

How a server is asked to look and to remove is known to its client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from retention.core.message import MessageRef
from retention.errors import MailNotAnswering
from retention.mail.asking.patience import ATTEMPTS, Patience, Unsure
from retention.mail.interface import MailTrouble, MessageChanged, MessageGone


class Looked(Protocol):
    """A message as it is now."""

    @property
    def change_key(self) -> str: ...


S = TypeVar("S", bound=Looked)


def removed(
    ref: MessageRef,
    version: str,
    patience: Patience,
    *,
    look: Callable[[], S],
    remove: Callable[[S], str],
    is_done: Callable[[S], str] = lambda state: "",
) -> str:
    """Have exactly this version removed; returns the server's answer and what it means.

    ``look`` raises ``MailTrouble``. ``remove`` asks once for the removal, after whoever must be asked right before, and
    raises ``Unsure`` where the answer was not the outcome, or ``MailTrouble``. ``is_done`` says in words why a message
    that changed after a lost answer was removed by it; empty where it was not. Raises ``MessageChanged``, what ``look``
    and ``remove`` raise, and ``MailNotAnswering`` where nobody can say what became of it.
    """
    unsure: Unsure | None = None
    maybe_done = False
    for attempt in range(ATTEMPTS):
        if unsure is not None:
            patience.wait(attempt, unsure.retry_after)
        try:
            state = look()
        except MailTrouble as trouble:
            if not maybe_done:
                raise
            if isinstance(trouble, MessageGone):
                return "was already gone after a dropped answer"
            raise not_known(ref) from trouble
        if state.change_key != version:
            if maybe_done and (answer := is_done(state)):
                return answer
            raise MessageChanged(f"Message {ref.id} is no longer the version that was planned.")
        try:
            return remove(state)
        except Unsure as again:
            unsure = again
            maybe_done = maybe_done or again.maybe_done
        except Exception as error:
            # Also where whoever was asked says no: an earlier request may still take effect.
            if maybe_done:
                raise not_known(ref) from error
            raise
    raise MailNotAnswering(
        f"The mail system did not remove a message in {ATTEMPTS} attempts: {unsure.reason if unsure else ''}.",
        "The message was not removed when last looked at; run again later.",
    )


def not_known(ref: MessageRef) -> MailNotAnswering:
    """After a request whose answer was lost: the deed is left open in the ledger, and looked at when taken up again."""
    return MailNotAnswering(
        f"Whether message {ref.id} was removed is not known: the answer to the request was lost.",
        "Run again later: it is looked at first.",
    )
