"""The plan of what is to leave the mailboxes: its steps and counts, and whether it is too large.

How a plan is sealed and read is next door; nothing is done to a message here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from retention.core.city import Rules
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


def too_large(steps: Iterable[Step], seen: Mapping[str, int], rules: Rules) -> tuple[str, ...]:
    """Which ceilings these steps would pass, one sentence each, the worst mailboxes first.

    ``seen`` is how many messages each mailbox has, by its address; one that is not there has none. What is captured
    from files takes nothing away, and is not counted.
    """
    per_mailbox: dict[str, int] = {}
    for step in steps:
        if step.in_files:
            continue
        per_mailbox[step.address] = per_mailbox.get(step.address, 0) + 1
    total = sum(per_mailbox.values())
    passed = []
    if total > rules.largest_purge:
        passed.append(f"It has {total} steps; 'limits.largest_purge' allows {rules.largest_purge}.")
    for address, steps_in in sorted(per_mailbox.items(), key=lambda item: -item[1]):
        allowed = ceiling(seen.get(address, 0), rules)
        if steps_in > allowed:
            passed.append(
                f"It would take {steps_in} of {seen.get(address, 0)} messages from {address}; "
                f"'limits.largest_share' ({rules.largest_share:.0%}) allows {allowed}."
            )
    return tuple(passed)


def ceiling(seen: int, rules: Rules) -> int:
    """How many messages one plan may take from a mailbox of ``seen`` messages; at least one, so that runs go on."""
    return max(1, math.floor(round(seen * rules.largest_share, 6)))
