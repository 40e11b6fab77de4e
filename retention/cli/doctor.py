"""``retention doctor``: asked and answered.

The work is in ``jobs/doctor.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from retention.jobs.doctor import Check


def doctor(context: typer.Context, json: Json = False) -> None:
    """What is set up, what is not, and what cannot be covered."""
    from retention.jobs.doctor import doctor as job

    with open_world(context) as world:
        checks = job(world)
    if json:
        screen.as_json(checks)
    else:
        for check in checks:
            screen.say(f"{_mark(check)}  {check.what}: {check.found}")
            if check.next_step:
                screen.say(f"      next: {check.next_step}")
    worst = next((check.code for check in checks if check.code), 0)
    if worst:
        raise typer.Exit(worst)


def _mark(check: Check) -> str:
    """What is not covered is neither well nor to be mended: it has to be known."""
    if check.code:
        return "MEND"
    return "note" if check.what.endswith("covered") else "ok  "
