"""Mail put back: what the ledger says of messages that were removed and came into their mailbox again.

How a message is put back is the mail system's affair; records that leave their quarantine are told of elsewhere.
"""

from __future__ import annotations

from msgspec import Struct


class ToBePutBack(Struct, frozen=True, kw_only=True, tag="mail to be put back", tag_field="kind"):
    """A removed message is about to be put back into its mailbox, and why. Written before it is done.

    ``plan`` and ``step`` are those by which it left: who removed it, and under which series, stands there.
    """

    mailbox: str
    address: str
    id: str
    plan: str
    step: int
    reason: str


class PutBack(Struct, frozen=True, kw_only=True, tag="mail put back", tag_field="kind"):
    """It is in its mailbox again. ``now`` is its id there, ``folder`` the folder's id, ``answer`` the mail system's."""

    mailbox: str
    id: str
    plan: str
    step: int
    now: str
    folder: str
    answer: str


class NotPutBack(Struct, frozen=True, kw_only=True, tag="mail not put back", tag_field="kind"):
    """It was not put back: the mail system no longer has it, or would not."""

    mailbox: str
    id: str
    plan: str
    step: int
    answer: str


Told = ToBePutBack | PutBack | NotPutBack

Leaving = tuple[str, str, str, int]
"""One removal of one message: its mailbox, its id, the plan and the step. A message may leave more than once."""


class Restorings:
    """What was begun and not ended, and what is back."""

    def __init__(self) -> None:
        self.begun: dict[Leaving, ToBePutBack] = {}
        self.back: dict[Leaving, PutBack] = {}

    def add(self, told: Told) -> None:
        """Take in what the ledger says, in its order."""
        leaving = (told.mailbox, told.id, told.plan, told.step)
        match told:
            case ToBePutBack():
                self.begun[leaving] = told
            case PutBack():
                self.begun.pop(leaving, None)
                self.back[leaving] = told
            case NotPutBack():
                self.begun.pop(leaving, None)
