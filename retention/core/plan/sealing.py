"""A sealed plan: made, written, read again; whether it is what was written, and whether it still stands.

What its steps are is next door; where the file lies and who approves it is not known here.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct

from retention.core.city import Rules


class Basis(Struct, frozen=True, kw_only=True):
    """What the decisions rested on, as fingerprints: a plan is refused when any of these has moved."""

    schedules: dict[str, str]
    holds: str
    rules: str


class Group(Struct, frozen=True, kw_only=True):
    """Messages or records that stay for the same first reason."""

    why: str
    example: str
    count: int


class Sealed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every plan says of itself. ``digest`` covers all of it but ``statement`` and ``signature``.

    These are the maker's, where the city knows people by their keys.
    """

    format: int
    city: str
    made_at: datetime
    made_by: str
    rehearsal: bool
    basis: Basis
    digest: str = ""
    statement: str = ""
    signature: str = ""

    @property
    def name(self) -> str:
        """What people call the plan: the beginning of its digest."""
        return self.digest[:12]


class NotAPlan(ValueError):
    """The file is not a plan as it was written."""


S = TypeVar("S", bound=Sealed)


def seal(plan: S) -> S:
    """The plan with its digest."""
    return msgspec.structs.replace(plan, digest=_digest(plan))


def write(plan: Sealed) -> bytes:
    """The file's bytes: the same plan always gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(plan, order="sorted"), indent=1) + b"\n"


def read_as(data: bytes, kind: type[S], form: int) -> S:
    """The plan of this kind in these bytes. Raises ``NotAPlan`` where one byte is not as it was written."""
    try:
        plan = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAPlan(f"it cannot be read: {error}") from error
    if plan.format != form:
        raise NotAPlan(f"it has format {plan.format}; this version writes and reads format {form}")
    if plan.digest != _digest(plan):
        raise NotAPlan("it was changed after it was made")
    if bool(plan.statement) != bool(plan.signature):
        # Neither is covered by the digest: a byte in one of them alone would go unseen.
        raise NotAPlan("it is signed by halves")
    if write(plan) != data:
        raise NotAPlan("its text was changed after it was made")
    return plan


def stale(plan: Sealed, basis: Basis, now: datetime, rules: Rules) -> tuple[str, ...]:
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


def rules_fingerprint(rules: Rules) -> str:
    """A digest of the settings that decisions rest on; the ceilings are not among them, they are asked anew."""
    decisive = (rules.leave_for, rules.fiscal_year_starts, rules.time_zone)
    return hashlib.sha256(msgspec.json.encode(decisive)).hexdigest()


def _digest(plan: Sealed) -> str:
    blank = msgspec.structs.replace(plan, digest="", statement="", signature="")
    return hashlib.sha256(msgspec.json.encode(blank, order="sorted")).hexdigest()
