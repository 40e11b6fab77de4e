"""``retention hold release`` and ``reinstate``: asked and answered.

The work is in ``jobs/hold/release.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retention.cli import screen
from retention.cli.hold import scope as options
from retention.cli.opening import open_world
from retention.cli.options import Json

Identity = Annotated[Path | None, typer.Option("--identity", help="The key that opens a sealed matter.")]


def release(
    context: typer.Context,
    name: options.Name,
    matter: Annotated[str, typer.Option("--matter", help="The matter once more, exactly as it was placed.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is released.")],
    identity: Identity = None,
    json: Json = False,
) -> None:
    """Release a hold. What it covered is kept until the grace period is over; until then it can be reinstated."""
    from retention.jobs.hold.impact import impact
    from retention.jobs.hold.release import release as job

    with open_world(context) as world:
        released = job(world, name, matter=matter, reason=reason, identity=identity)
        with screen.progress("Looking at what it frees") as progress:
            freed = impact(world, name, progress)
    if json:
        return screen.as_json({"released": released, "impact": freed})
    screen.say(f"The hold '{name}' is released. What it covered is kept until {released.until}.")
    screen.say(
        f"It covers {screen.counted(freed.covered, 'message')}: {freed.held_otherwise:,} are under other holds "
        f"as well, {freed.kept:,} stay for other reasons, {freed.to_capture:,} become records to capture, and "
        f"{freed.to_purge:,} become destroyable."
    )
    screen.table(
        ("what becomes destroyable", "messages"), sorted(freed.by_series.items(), key=lambda one: -one[1])[:20]
    )
    screen.note(f"Until {released.until} it can be taken back: retention hold reinstate {name} --reason …")


def reinstate(
    context: typer.Context,
    name: options.Name,
    reason: Annotated[str, typer.Option("--reason", help="Why the hold goes on.")],
    json: Json = False,
) -> None:
    """Take a release back within its grace period: the hold goes on as if it had never been released."""
    from retention.jobs.hold.release import reinstate as job

    with open_world(context) as world:
        reinstated = job(world, name, reason=reason)
    if json:
        return screen.as_json(reinstated)
    screen.say(f"The hold '{name}' is in force again.")
