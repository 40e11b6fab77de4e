"""``retention doctor``: asked and answered.

The work is in ``jobs/doctor.py``.
"""

from __future__ import annotations

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json


def doctor(context: typer.Context, json: Json = False) -> None:
    """What is set up, what is not, and what cannot be covered."""
    from retention.jobs.doctor import doctor as job

    with open_world(context) as world:
        checks = job(world)
    if json:
        screen.as_json(checks)
    else:
        for check in checks:
            screen.say(f"{'ok  ' if not check.code else 'MEND'}  {check.what}: {check.found}")
            if check.next_step:
                screen.say(f"      next: {check.next_step}")
    worst = next((check.code for check in checks if check.code), 0)
    if worst:
        raise typer.Exit(worst)
