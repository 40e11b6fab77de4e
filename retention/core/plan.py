"""Plans: the file that says what one run will do. Make, write, read, is it stale, is it too large.

Where the file lies and who approves it is not known here; nothing is done to a message here.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct

from retention.core.city import Rules
from retention.core.decide import Action, Decision
from retention.core.message import MessageRef, Removal

FORMAT = 2


class Basis(Struct, frozen=True, kw_only=True):
    """What the decisions rested on, as fingerprints: a plan is refused when any of these has moved."""

    schedules: dict[str, str]
    holds: str
    rules: str


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


class Group(Struct, frozen=True, kw_only=True):
    """Messages that stay for the same first reason."""

    why: str
    example: str
    count: int


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


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run's deeds. ``digest`` covers everything else; ``uncovered`` says what no decision was made about.

    ``held`` says how many messages each hold keeps; a message that two holds cover counts for both. ``statement`` and
    ``signature`` are the maker's, where the city knows people by their keys, and are not covered by the digest.
    """

    format: int
    city: str
    made_at: datetime
    made_by: str
    rehearsal: bool
    removal: Removal
    basis: Basis
    counts: dict[str, Tally]
    stays: tuple[Group, ...]
    uncovered: tuple[str, ...]
    held: dict[str, int]
    steps: tuple[Step, ...]
    digest: str = ""
    statement: str = ""
    signature: str = ""

    @property
    def name(self) -> str:
        """What people call the plan: the beginning of its digest."""
        return self.digest[:12]


class NotAPlan(ValueError):
    """The file is not a plan as it was written."""


def seal(plan: Plan) -> Plan:
    """The plan with its digest."""
    return msgspec.structs.replace(plan, digest=_digest(plan))


def write(plan: Plan) -> bytes:
    """The file's bytes: the same plan always gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(plan, order="sorted"), indent=1) + b"\n"


def read(data: bytes) -> Plan:
    """The plan in these bytes. Raises ``NotAPlan`` where one byte is not as it was written."""
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAPlan(f"it cannot be read: {error}") from error
    if plan.format != FORMAT:
        raise NotAPlan(f"it has format {plan.format}; this version writes and reads format {FORMAT}")
    if plan.digest != _digest(plan):
        raise NotAPlan("it was changed after it was made")
    if write(plan) != data:
        raise NotAPlan("its text was changed after it was made")
    return plan


def stale(plan: Plan, basis: Basis, now: datetime, rules: Rules) -> tuple[str, ...]:
    """What has moved since the plan was made, one sentence each; empty where it still stands."""
    moved = []
    if plan.basis.schedules != basis.schedules:
        moved.append("The schedule, or its adoption, has changed.")
    if plan.basis.holds != basis.holds:
        moved.append("The holds have changed.")
    if plan.basis.rules != basis.rules:
        moved.append("The city's settings (leave_for, fiscal year or time zone) have changed.")
    if now - plan.made_at > timedelta(days=rules.plan_valid_for):
        moved.append(f"It is more than {rules.plan_valid_for} days old.")
    if now < plan.made_at:
        moved.append("It was made in the future: the clock has been set back.")
    return tuple(moved)


def too_large(steps: Iterable[Step], seen: Mapping[str, int], rules: Rules) -> tuple[str, ...]:
    """Which ceilings these steps would pass, one sentence each, the worst mailboxes first.

    ``seen`` is how many messages each mailbox has, by its address; one that is not there has none.
    """
    per_mailbox: dict[str, int] = {}
    for step in steps:
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


def rules_fingerprint(rules: Rules) -> str:
    """A digest of the settings that decisions rest on; the ceilings are not among them, they are asked anew."""
    decisive = (rules.leave_for, rules.fiscal_year_starts, rules.time_zone)
    return hashlib.sha256(msgspec.json.encode(decisive)).hexdigest()


def _digest(plan: Plan) -> str:
    blank = msgspec.structs.replace(plan, digest="", statement="", signature="")
    return hashlib.sha256(msgspec.json.encode(blank, order="sorted")).hexdigest()
