"""Acts: which office may do what.

Who is sitting at the keyboard is not decided here, and nothing is signed here yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from retention.core.person import Person, Roll


class HoldKind(StrEnum):
    """What a hold is for."""

    LEGAL = "legal"
    EMPLOYEE_RELATIONS = "employee-relations"
    REQUEST = "request"
    AUDIT = "audit"


class Act(StrEnum):
    """Something only an office may do."""

    HOLD_LEGAL = "hold-legal"
    HOLD_EMPLOYEE_RELATIONS = "hold-employee-relations"
    HOLD_REQUEST = "hold-request"
    HOLD_AUDIT = "hold-audit"
    APPROVE = "approve"
    ADOPT_SCHEDULE = "adopt-schedule"


DEFAULT_ACTS: Mapping[str, tuple[str, ...]] = {
    Act.HOLD_LEGAL: ("City Attorney",),
    Act.HOLD_EMPLOYEE_RELATIONS: ("Employee Relations", "City Attorney"),
    Act.HOLD_REQUEST: ("City Clerk", "Records Manager", "City Attorney"),
    Act.HOLD_AUDIT: ("City Auditor", "City Attorney"),
    Act.APPROVE: ("Records Manager",),
    Act.ADOPT_SCHEDULE: ("Records Manager",),
}
"""Which offices may do each act where ``[acts]`` in ``retention.toml`` does not say otherwise."""


def hold_act(kind: HoldKind) -> Act:
    """The act of placing or releasing a hold of this kind."""
    return Act(f"hold-{kind}")


def refusal(act: Act, person: Person, roll: Roll, acts: Mapping[str, tuple[str, ...]]) -> str | None:
    """``None`` where this person's office may do it; otherwise the sentence that says who may."""
    offices = acts.get(act) or DEFAULT_ACTS[act]
    if set(offices) & set(roll.offices_of(person)):
        return None
    held = ", ".join(roll.offices_of(person)) or "no office"
    return f"{person} holds {held}; '{act}' is an act of {' or '.join(offices)}."
