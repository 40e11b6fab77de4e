"""Standing approvals: given, withdrawn, and which of them approve a plan.

Records are captured under one, and transitory mail leaves; stored records are never destroyed under one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from retention.core.authority import Act
from retention.core.plan import Plan
from retention.core.standing import (
    SeriesKey,
    Standing,
    StandingApproved,
    StandingWithdrawn,
    a_year_from,
    newest,
    shared_out,
)
from retention.errors import PlanTooLarge, ScheduleNotValid, WrongUsage
from retention.jobs.acting import is_same_person, signed, trusted
from retention.jobs.world import World


class InEffect(Struct, frozen=True, kw_only=True):
    """A standing approval that nobody has withdrawn. ``why_not`` says why it approves nothing today, or is empty."""

    entry: int
    by: str
    on: date
    series: tuple[SeriesKey, ...]
    largest: int
    until: date
    reason: str
    why_not: str


def give(world: World, codes: Sequence[str], *, largest: int, until: date, reason: str = "") -> StandingApproved:
    """Approve in advance that mail of these series leaves, at most so many messages in one plan, until that day.

    Raises ``NotThisOffice``, ``WrongUsage`` for what is no series or no number or day that can be, and
    ``ScheduleNotValid`` where a schedule is not adopted.
    """
    world.require(Act.APPROVE)
    if largest < 1:
        raise WrongUsage("--largest must be at least 1.", "Say how many messages one run may take at most.")
    if not world.today <= until <= a_year_from(world.today):
        raise WrongUsage(
            f"--until {until} is not between today and a year from now.",
            f"A standing approval lasts a year at most; the last day is {a_year_from(world.today)}.",
        )
    if not codes:
        raise WrongUsage("No series is named.", "Name each with --series CODE.")
    series = tuple(dict.fromkeys(_series(world, code) for code in codes))
    adopted = _adopted(world)
    for schedule, key in series:
        if schedule not in adopted:
            raise ScheduleNotValid(
                f"{key} is of the schedule {schedule}, which is not adopted: nothing of it can leave.",
                f"Run `retention schedule adopt {schedule}` first.",
            )
    editions = {schedule: adopted[schedule] for schedule, _ in series}
    given = StandingApproved(series=series, editions=editions, largest=largest, until=until, reason=reason.strip())
    world.ledger.append(signed(world, Act.APPROVE, given))
    return given


def unconfirmed(world: World, given: StandingApproved) -> tuple[str, ...]:
    """Those of these series that nobody has verified or confirmed: of them nothing leaves, whoever approves it."""
    adoptions = {name: world.adoption(digest) for name, digest in world.fingerprints.items()}
    return tuple(
        key
        for name, key in given.series
        if (series := world.series_of(name, key)) is not None
        and not series.verified
        and not ((adoption := adoptions[name]) and key in adoption.confirmed)
    )


def withdraw(world: World, entry: int, reason: str) -> StandingWithdrawn:
    """End the standing approval of this entry at once. Raises ``NotThisOffice`` or ``WrongUsage``."""
    world.require(Act.APPROVE)
    standings = world.ledger.in_force.standing
    if entry not in standings.given or entry in standings.withdrawn:
        raise WrongUsage(f"Entry {entry} is no standing approval in force.", "`retention approve --list` has them.")
    if not reason.strip():
        raise WrongUsage("Why it is withdrawn is missing.", "Say it with --reason.")
    withdrawn = StandingWithdrawn(entry=entry, reason=reason.strip())
    world.ledger.append(withdrawn)
    return withdrawn


def standing(world: World) -> tuple[InEffect, ...]:
    """Every standing approval that was not withdrawn, the oldest first; those that have lapsed say why."""
    adopted, withdrawn, given = _adopted(world), world.ledger.in_force.standing.withdrawn, _given(world)
    in_place = newest(given)
    return tuple(
        InEffect(
            entry=one.entry,
            by=one.by,
            on=one.on,
            series=one.said.series,
            largest=one.said.largest,
            until=one.until,
            reason=one.said.reason,
            why_not=one.lapsed(world.today, adopted, withdrawn=False) or _replaced(one, in_place),
        )
        for one in given
        if one.entry not in withdrawn
    )


def covered(world: World) -> frozenset[SeriesKey]:
    """The series that may leave today without a plan that somebody reads. Raises what ``trusted`` raises."""
    counting = {one.entry for one in _counting(world)}
    return frozenset(key for key, entry in newest(_given(world)).items() if entry in counting)


def approving(world: World, plan: Plan) -> tuple[tuple[Standing, int], ...]:
    """The standing approvals that together approve this plan, each with how many of its steps; none: nobody has.

    Whoever made the plan has given none of them that counts. Raises ``PlanTooLarge`` where one of them allows fewer.
    """
    counting = {one.entry: one for one in _counting(world) if not is_same_person(world, one.by, plan.made_by)}
    taken, uncovered = shared_out(((step.schedule, step.series) for step in plan.steps), _given(world), counting)
    if uncovered or not plan.steps:
        return ()
    for entry, steps in taken.items():
        if steps > counting[entry].said.largest:
            raise PlanTooLarge(
                f"Plan {plan.name} would take {steps:,} messages under the standing approval of entry {entry}; it "
                f"allows {counting[entry].said.largest:,} in one run.",
                "Nothing was done; look at what is due with `retention plan`, and have that plan approved.",
            )
    return tuple((counting[entry], steps) for entry, steps in sorted(taken.items()))


def is_over(world: World, plan: Plan) -> bool:
    """Whether a standing approval by which this plan is being applied has ended since."""
    used = [one for one in _given(world) if (plan.digest, one.entry) in world.ledger.in_force.standing.used]
    withdrawn = world.ledger.in_force.standing.withdrawn
    return any(one.entry in withdrawn or world.today > one.until for one in used)


def _given(world: World) -> list[Standing]:
    """Every standing approval there ever was, withdrawn ones too."""
    given, zone = world.ledger.in_force.standing.given, world.city.zone
    return [Standing(n, by, at.astimezone(zone).date(), said) for n, (at, by, said) in given.items()]


def _counting(world: World) -> list[Standing]:
    adopted, withdrawn = _adopted(world), world.ledger.in_force.standing.withdrawn
    live = (one for one in _given(world) if not one.lapsed(world.today, adopted, one.entry in withdrawn))
    return [one for one in live if trusted(world, one.entry)]


def _replaced(one: Standing, in_place: Mapping[SeriesKey, int]) -> str:
    """By which newer ones all of its series were taken over; empty where it still has one of its own."""
    by = sorted({in_place[key] for key in one.said.series})
    if one.entry in by:
        return ""
    return f"It was replaced by {'entry' if len(by) == 1 else 'the entries'} {', '.join(map(str, by))}."


def _adopted(world: World) -> dict[str, str]:
    """The fingerprint of every schedule in use whose adoption is in effect today and can be relied on."""
    return {name: digest for name, digest in world.fingerprints.items() if world.adoption(digest) is not None}


def _series(world: World, code: str) -> SeriesKey:
    """The series that this code names; raises ``WrongUsage`` for none, and for one that two schedules have."""
    every = [(schedule.name, series.key) for schedule in world.schedules for series in schedule.series]
    wanted = code.strip().casefold()
    found = [key for key in every if wanted in (key[1].casefold(), f"{key[0]}/{key[1]}".casefold())]
    if len(found) == 1:
        return found[0]
    if found:
        forms = ", ".join(f"'{schedule}/{key}'" for schedule, key in found)
        raise WrongUsage(f"The series '{code}' is in more than one schedule.", f"Write one of {forms}.")
    near = difflib.get_close_matches(code, [key for _, key in every], n=3, cutoff=0.4)
    hint = f"Perhaps you mean {' or '.join(near)}." if near else "`retention schedule show NAME` lists the series."
    raise WrongUsage(f"There is no series '{code}' in the city's schedules.", hint)
