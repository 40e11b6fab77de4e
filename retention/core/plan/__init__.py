"""Plans: the files that say what one run will do. Make, write, read, is it stale, is it too large.

Nothing is done to a message or a record here.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from retention.core.plan import destruction, removal
from retention.core.plan.destruction import WHAT, DestructionPlan, RecordStep, too_many
from retention.core.plan.limits import Limits, Sizes, ceiling, too_large
from retention.core.plan.removal import FORMAT, Plan, Step, Tally, read
from retention.core.plan.sealing import (
    Basis,
    Group,
    NotAPlan,
    Sealed,
    rules_fingerprint,
    seal,
    stale,
    write,
)

__all__ = [
    "FORMAT",
    "WHAT",
    "AnyPlan",
    "Basis",
    "DestructionPlan",
    "Group",
    "Limits",
    "NotAPlan",
    "Plan",
    "RecordStep",
    "Sealed",
    "Sizes",
    "Step",
    "Tally",
    "ceiling",
    "read",
    "read_any",
    "rules_fingerprint",
    "seal",
    "stale",
    "too_large",
    "too_many",
    "write",
]


AnyPlan = Plan | DestructionPlan


class _Kind(Struct):
    what: str = ""


def read_any(data: bytes) -> AnyPlan:
    """The plan in these bytes, of whichever kind. Raises ``NotAPlan`` where one byte is not as it was written."""
    try:
        kind = msgspec.json.decode(data, type=_Kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAPlan(f"it cannot be read: {error}") from error
    return destruction.read(data) if kind.what == WHAT else removal.read(data)
