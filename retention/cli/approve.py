"""``retention approve``: asked and answered.

The work is in ``jobs/approve.py``.
"""

from __future__ import annotations

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.cli.plan import PlanFile, read_plan


def approve(context: typer.Context, file: PlanFile, json: Json = False) -> None:
    """Say yes, as an office, to exactly this plan. Its maker cannot."""
    from retention.jobs.approve import approve as job

    plan = read_plan(file)
    with open_world(context) as world:
        approved = job(world, plan)
        actor = world.actor
    if json:
        return screen.as_json(approved)
    screen.say(f"{actor} approved plan {plan.name}: {screen.counted(approved.steps, 'step')}.")
    screen.say(f"Next: `retention apply {file}`.")
