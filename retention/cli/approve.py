"""``retention approve``: asked and answered.

The work is in ``jobs/approve.py``, and for standing approvals in ``jobs/standing.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day
from retention.cli.plan import read_plan
from retention.errors import WrongUsage

if TYPE_CHECKING:
    from retention.jobs.standing import InEffect


def approve(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="PLAN", help="The plan file, or the short name of a plan that a run made.")
    ] = None,
    standing: Annotated[
        bool, typer.Option("--standing", help="Approve in advance what `retention run` finds due in these series.")
    ] = False,
    series: Annotated[
        list[str] | None, typer.Option("--series", metavar="CODE", help="With --standing: a series; may be repeated.")
    ] = None,
    largest: Annotated[
        int, typer.Option("--largest", metavar="N", help="With --standing: how many messages one run may take.")
    ] = 0,
    until: Annotated[
        str, typer.Option("--until", metavar="DAY", help="With --standing: its last day, at most a year from now.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, for the ledger.")] = "",
    withdraw: Annotated[
        int | None, typer.Option("--withdraw", metavar="ENTRY", help="End the standing approval of this entry now.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="The standing approvals there are.")] = False,
    json: Json = False,
) -> None:
    """Say yes, as an office, to exactly this plan, or in advance to what is due in some series. Its maker cannot.

    A standing approval lets transitory mail leave regularly and records be captured, without a plan that somebody
    reads each time. Stored records are never destroyed under one.
    """
    asked = [file is not None, standing, withdraw is not None, list_]
    if sum(asked) != 1:
        raise WrongUsage("Say one of: a PLAN, --standing, --withdraw ENTRY, --list.", "See `retention approve --help`.")
    if standing:
        return _give(context, tuple(series or ()), largest, until, reason, json)
    if withdraw is not None:
        return _withdraw(context, withdraw, reason, json)
    if list_:
        return _list(context, json)
    assert file is not None  # one of the four was asked for
    return _approve(context, file, json)


def _approve(context: typer.Context, file: Path, json: bool) -> None:
    from retention.core.plan import Plan
    from retention.jobs.approve import approve as job

    plan = read_plan(file)
    with open_world(context) as world:
        approved = job(world, plan)
        actor = world.actor
    if json:
        return screen.as_json(approved)
    screen.say(f"{actor} approved plan {plan.name}: {screen.counted(approved.steps, 'step')}.")
    # A run never destroys a record: a person applies such a plan.
    by_run = ", or the next `retention run`" if isinstance(plan, Plan) else ""
    screen.say(f"Next: `retention apply {file}`{by_run}.")


def _give(context: typer.Context, series: tuple[str, ...], largest: int, until: str, reason: str, json: bool) -> None:
    from retention.jobs.standing import give, unconfirmed

    if not until:
        raise WrongUsage("--until is missing: the last day of the standing approval.", "Write it as 2026-12-31.")
    with open_world(context) as world:
        given = give(world, series, largest=largest, until=parse_day(until, "--until", end=True), reason=reason)
        waiting, actor = unconfirmed(world, given), world.actor
    if json:
        return screen.as_json(given)
    screen.say(f"{actor} approved in advance, until {given.until} and at most {given.largest:,} messages in one run:")
    for schedule, key in given.series:
        screen.say(f"  {key} ({schedule})")
    for key in waiting:
        screen.note(
            f"Nothing of {key} leaves yet: `retention schedule adopt` has to confirm it by its code, --confirm."
        )
    screen.say("`retention run` does the rest; a new edition of the schedule has to be approved anew.")


def _withdraw(context: typer.Context, entry: int, reason: str, json: bool) -> None:
    from retention.jobs.standing import withdraw

    with open_world(context) as world:
        withdrawn = withdraw(world, entry, reason)
        actor = world.actor
    if json:
        return screen.as_json(withdrawn)
    screen.say(f"{actor} withdrew the standing approval of entry {entry}: nothing leaves under it any more.")


def _list(context: typer.Context, json: bool) -> None:
    from retention.jobs.standing import standing

    with open_world(context) as world:
        found = standing(world)
    if json:
        return screen.as_json(found)
    if not found:
        return screen.say("There is no standing approval.")
    screen.table(("entry", "by", "since", "until", "at most", "series"), [_row(one) for one in found])
    for one in found:
        if one.why_not:
            screen.say(f"Entry {one.entry} approves nothing: {one.why_not}")


def _row(one: InEffect) -> tuple[object, ...]:
    return one.entry, one.by, str(one.on), str(one.until), one.largest, ", ".join(key for _, key in one.series)
