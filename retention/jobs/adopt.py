"""Adopt: an office says that exactly this edition of a schedule is the city's.

What a schedule says and whether it checks is decided in ``core/schedule.py`` and ``core/classify.py``.
"""

from __future__ import annotations

from datetime import date, timedelta

from retention.core.audit import Adopted
from retention.core.authority import Act
from retention.core.classify import check
from retention.core.schedule import Schedule
from retention.editions import FOLDER, Editions
from retention.errors import ScheduleNotValid, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.world import World


def adopt(
    world: World,
    name: str,
    *,
    authority: str,
    effective_on: date | None = None,
    posted_on: date | None = None,
    confirmed: tuple[str, ...] = (),
) -> Adopted:
    """Keep the text of the named schedule, then write its adoption, by its fingerprint, to the ledger.

    ``confirmed`` are series that nobody has verified in their source: the office confirms them by their codes. Raises
    ``NotThisOffice``; ``WrongUsage`` for a schedule the city does not use, an empty authority, a series it does not
    have, or an effective date too soon after posting (``limits.posting``); and ``ScheduleNotValid`` where it does not
    check.
    """
    world.require(Act.ADOPT_SCHEDULE)
    schedule = next((s for s in world.schedules if s.name == name), None)
    if schedule is None:
        used = ", ".join(s.name for s in world.schedules) or "none"
        raise WrongUsage(
            f"The city uses no schedule '{name}'.",
            f"Add its file to 'city.schedules' in retention.toml, then name it as one of these is: {used}.",
        )
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
        authority=authority.strip(),
        edition=schedule.edition,
        effective_on=_effective(world, posted_on, effective_on),
        posted_on=posted_on,
        confirmed=series_to_confirm(schedule, confirmed),
        # Before the entry: an edition that is adopted must be at hand for as long as anybody asks about its days.
        kept=editions_of(world).keep(schedule),
    )
    world.ledger.append(signed(world, Act.ADOPT_SCHEDULE, adopted))
    return adopted


def editions_of(world: World) -> Editions:
    """The texts of the editions that were adopted, beside the ledger."""
    return Editions(world.ledger.path.parent / FOLDER)


def _effective(world: World, posted_on: date | None, effective_on: date | None) -> date:
    """The first day on which it is in effect: never before it was posted for as long as the city's rule asks."""
    days = world.city.rules.posting
    if days and posted_on is None:
        raise WrongUsage(
            f"A schedule is posted for {days} days before it takes effect ('limits.posting').",
            "Say since when it has been posted with --posted.",
        )
    if posted_on is not None and posted_on > world.today:
        raise WrongUsage(f"{posted_on} has not come yet.", "Adopt the schedule once it is posted.")
    soonest = max(world.today, (posted_on or date.min) + timedelta(days=days))
    if effective_on is not None and effective_on < soonest and posted_on is not None and days:
        raise WrongUsage(
            f"Posted on {posted_on}, it cannot take effect before {soonest}.", "Give that day or a later one."
        )
    return effective_on or soonest


def series_to_confirm(schedule: Schedule, codes: tuple[str, ...]) -> tuple[str, ...]:
    """The series that an office would confirm by these codes, each once. Raises ``WrongUsage`` for one not there."""
    found = []
    for code in codes:
        series = schedule.find(code)
        if series is None:
            raise WrongUsage(
                f"{schedule.name} has no series '{code}' to confirm.", f"See `retention schedule show {schedule.name}`."
            )
        found.append(series.key)
    return tuple(dict.fromkeys(found))
