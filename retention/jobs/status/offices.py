"""Whom something waits for: the offices that may do an act in this city, and who is called for an exit code.

Whether somebody may act is decided in ``core/authority.py``.
"""

from __future__ import annotations

from retention.core.authority import DEFAULT_ACTS, Act
from retention.core.health import OPERATOR
from retention.jobs.world import World

AUDITOR = "City Auditor"


def offices(world: World, act: Act) -> str:
    """The first of the offices that may do this: one post is called, not a list of all that might answer."""
    return (world.city.acts.get(act) or DEFAULT_ACTS[act])[0]


def called(world: World, code: int) -> str:
    """Who is called for this exit code: its tens digit says so.

    For the evidence (4x) that is the auditor, and in a city that has none the attorney: never the operator, whose own
    work is then looked into.
    """
    match code // 10:
        case 2:
            return offices(world, Act.APPROVE)
        case 3:
            return offices(world, Act.HOLD_LEGAL)
        case 4:
            return AUDITOR if world.city.offices.get(AUDITOR) else offices(world, Act.HOLD_LEGAL)
        case _:
            return OPERATOR
