"""The plan of what is to leave the mailboxes: its steps and counts.

How a plan is sealed and read, and whether it is too large, is next door; nothing is done to a message here.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from retention.core.decide import Action, Decision
from retention.core.files import PREFIX
from retention.core.message import MessageRef, Removal
from retention.core.plan.sealing import Group, Sealed, read_as

FORMAT = 2


class Step(Struct, frozen=True, kw_only=True):
    """One deed. Subject, sender and dates are there so that people can read the plan; they decide nothing."""

    n: int
    action: Action
    mailbox: str
    address: str
    id: str
    version: str
    schedule: str
    series: str
    title: str
    because: str
    due_on: date | None
    received_on: date | None
    sender: str
    subject: str

    @property
    def ref(self) -> MessageRef:
        return MessageRef(self.mailbox, self.id)

    @property
    def in_files(self) -> bool:
        """Whether the message lies in a file: it is captured from there, and nothing is removed."""
        return self.mailbox.startswith(PREFIX)


class Tally(Struct, kw_only=True):
    """What was decided for one mailbox. ``seen`` is the sum of the others, or the plan is not made."""

    seen: int = 0
    kept: int = 0
    held: int = 0
    capture: int = 0
    purge: int = 0

    def add(self, decision: Decision) -> None:
        self.seen += 1
        if decision.is_held:
            self.held += 1
        elif decision.action is Action.KEEP:
            self.kept += 1
        elif decision.action is Action.CAPTURE:
            self.capture += 1
        else:
            self.purge += 1

    def keep(self, messages: int, *, held: bool) -> None:
        """So many messages stay where they are."""
        self.seen += messages
        if held:
            self.held += messages
        else:
            self.kept += messages

    @property
    def reconciles(self) -> bool:
        return self.seen == self.kept + self.held + self.capture + self.purge


class Plan(Sealed, frozen=True, kw_only=True):
    """One run's deeds in mailboxes. ``uncovered`` says what no decision was made about.

    ``held`` says how many messages each hold keeps; a message that two holds cover counts for both.
    """

    removal: Removal
    counts: dict[str, Tally]
    stays: tuple[Group, ...]
    uncovered: tuple[str, ...]
    held: dict[str, int]
    steps: tuple[Step, ...]


def read(data: bytes) -> Plan:
    """The plan in these bytes. Raises ``NotAPlan`` where one byte is not as it was written."""
    return read_as(data, Plan, FORMAT)
