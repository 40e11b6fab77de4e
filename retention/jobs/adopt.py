"""Adopt: an office says that exactly this edition of a schedule is the city's.

What a schedule says and whether it checks is decided in ``core/schedule.py`` and ``core/classify.py``.
"""

from __future__ import annotations

from datetime import date

from retention.core.audit import Adopted
from retention.core.authority import Act
from retention.core.classify import check
from retention.errors import ScheduleNotValid, WrongUsage
from retention.jobs.world import World


def adopt(world: World, name: str, *, authority: str, effective_on: date | None = None) -> Adopted:
    """Write the adoption of the named schedule, by its fingerprint, to the ledger.

    Raises ``NotThisOffice``, ``WrongUsage`` for a schedule the city does not use or an empty authority, and
    ``ScheduleNotValid`` where the schedule does not check.
    """
    world.require(Act.ADOPT_SCHEDULE)
    schedule = next((s for s in world.schedules if s.name == name), None)
    if schedule is None:
        used = ", ".join(s.name for s in world.schedules) or "none"
        raise WrongUsage(f"The city uses no schedule '{name}'.", f"In retention.toml: {used}.")
    if not authority.strip():
        raise WrongUsage("An adoption needs its authority.", "Say it with --authority, e.g. 'Resolution 2026-14'.")
    problems = check(schedule)
    if problems:
        raise ScheduleNotValid(
            f"The schedule {name} has {len(problems)} problems; the first: {problems[0]}",
            "See them all with `retention schedule check`.",
        )
    adopted = Adopted(
        schedule=name,
        fingerprint=world.fingerprints[name],
        authority=authority,
        effective_on=effective_on or world.today,
    )
    world.ledger.append(adopted)
    return adopted
