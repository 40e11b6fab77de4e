"""``retention apply``: asked and answered.

The work is in ``jobs/apply.py``, and for stored records in ``jobs/record/quarantine.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.cli.plan import PlanFile, read_plan

if TYPE_CHECKING:
    from retention.core.plan import DestructionPlan
    from retention.jobs.apply import Applied


def apply(context: typer.Context, file: PlanFile, json: Json = False) -> None:
    """Do what an approved plan says, asking the holds again before each deed."""
    from retention.core.plan import DestructionPlan

    plan = read_plan(file)
    if isinstance(plan, DestructionPlan):
        return _put_away(context, plan, json)
    from retention.jobs.apply import apply as job

    with open_world(context) as world, screen.progress("Applying") as progress:
        applied = job(world, plan, progress)
    if json:
        return screen.as_json(applied)
    show(applied)
    screen.say(f"Plan {plan.name} is finished; every mailbox's counts reconcile.")


def _put_away(context: typer.Context, plan: DestructionPlan, json: bool) -> None:
    from retention.cli.record.destroying import show as show_destroyed
    from retention.jobs.record.quarantine import quarantine

    with open_world(context) as world, screen.progress("Into quarantine") as progress:
        done = quarantine(world, plan, progress)
        days = world.rules.quarantine
    if json:
        return screen.as_json(done)
    show_destroyed(done)
    screen.say(
        f"They wait in quarantine for {screen.counted(days, 'day')}; until then `retention record restore` helps."
    )
    screen.say("After that: `retention record destroy --end-quarantine`.")


def show(applied: Applied) -> None:
    columns = ("seen", "kept", "captured", "purged", "held", "skipped")
    rows = [(address, *(counts[c] for c in columns)) for address, counts in sorted(applied.counts.items())]
    screen.table(("mailbox", *columns), [*rows, ("all", *(applied.total(c) for c in columns))] if rows else [])
    for step, why in list(applied.skipped.items())[:20]:
        screen.say(f"Not done: step {step}: {why}")
    if len(applied.skipped) > 20:
        screen.say(f"{len(applied.skipped) - 20} more were not done; `--json` has them all.")
    for sentence in applied.uncovered:
        screen.say(f"Not covered: {sentence}")
