"""``retention hold preview``, ``list`` and ``show``: asked and answered.

The work is in ``jobs/hold/preview.py`` and ``jobs/hold/show.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold import scope as options
from retention.cli.hold.releasing import Identity
from retention.cli.hold.scope import scope
from retention.cli.hold.telling import as_told, tell
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from pathlib import Path

    from retention.core.hold import Moment, State


def preview(
    context: typer.Context,
    custodians: options.Custodians = None,
    departments: options.Departments = None,
    offices: options.Offices = None,
    participants: options.Participants = None,
    words: options.Words = None,
    first: options.First = "",
    last: options.Last = "",
    conversations: options.Conversations = None,
    series: options.Series = None,
    ids: options.Ids = None,
    written: options.Written = "",
    json: Json = False,
) -> None:
    """What a hold of this scope would cover now, what of it is gone already, and what cannot be read."""
    from retention.core.hold.printing import lines
    from retention.jobs.hold.preview import preview as job

    asked = scope(
        written,
        custodians=custodians,
        departments=departments,
        offices=offices,
        participants=participants,
        words=words,
        first=first,
        last=last,
        conversations=conversations,
        series=series,
        ids=ids,
    )
    with open_world(context) as world, screen.progress("Counting") as progress:
        counted, zone = job(world, asked, progress), world.city.zone
    if json:
        return screen.as_json(counted)
    for line in lines(asked):
        screen.say(f"  {line}")
    tell(counted, sample_in=zone)


def list_(
    context: typer.Context,
    custodian: Annotated[str, typer.Option("--custodian", help="Only holds that reach this person.")] = "",
    json: Json = False,
) -> None:
    """Every hold there ever was, and whether it still holds."""
    from retention.jobs.hold.show import shown

    with open_world(context) as world, screen.progress("Looking at holds"):
        found, zone = shown(world, custodian), world.city.zone
    if json:
        return screen.as_json([as_told(one) for one in found])
    for one in found:
        hold = one.state.hold
        screen.say(f"{hold.name}  ({hold.kind})  {one.standing}")
        screen.say(
            f"    {screen.cut(hold.title, 300)}; placed on {screen.day(hold.placed_at, zone)} by {hold.placed_by}"
        )
    if not found:
        screen.say(f"No hold reaches {custodian}." if custodian else "No hold was ever placed.")


def show(context: typer.Context, name: options.Name, identity: Identity = None, json: Json = False) -> None:
    """One hold: its scope in every version, who did what with it and when, and what it covers now."""
    from retention.core.hold.printing import lines
    from retention.jobs.hold.preview import covered
    from retention.jobs.hold.show import show as job

    with open_world(context) as world, screen.progress("Counting") as progress:
        one, zone = job(world, name), world.city.zone
        counted = covered(world, world.holds().named(name), progress)
    if json:
        return screen.as_json({**as_told(one, identity), "covers": counted})
    state = one.state
    screen.say(f"{state.hold.name}: {_matter(state, identity)} ({state.hold.kind}), {one.standing}")
    for moment in state.history:
        screen.say(f"  {screen.instant(moment.at, zone)}  {_done(state, moment, identity)}")
    for version in state.versions:
        ended = f", replaced, holds until {version.until}" if version.until else ""
        if state.is_told and version.until:
            ended = f", told no longer, kept until {version.until}"
        screen.say(f"Scope, version {version.n}{ended}:")
        for line in lines(version.scope):
            screen.say(f"  {line}")
    tell(counted)


def _matter(state: State, identity: Path | None) -> str:
    from retention.jobs.hold.release import matter_of

    if state.hold.sealed and identity is None:
        return "sealed"
    return matter_of(state.hold, identity)


def _done(state: State, moment: Moment, identity: Path | None) -> str:
    """Who did what, and why; why, of a sealed hold, only with the key that opens it."""
    from retention.jobs.hold.show import deed, reason_of, told_of

    if told := told_of(state, moment):
        return f"{deed(moment)}: {told} (asked by {moment.by})"
    return f"{deed(moment)} by {moment.by}: {reason_of(moment, identity)}"
