"""``retention record forms``: asked and answered.

The work is in ``jobs/record/forms.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.cli.plan import PlanFile, read_plan
from retention.errors import WrongUsage


def forms(
    context: typer.Context,
    plan: PlanFile,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write; not there yet.")] = None,
    json: Json = False,
) -> None:
    """Write what has to be signed before the records of a plan are destroyed: as PDF, HTML and CSV.

    It is the content that goes on the authority's own form, or is attached to it. Each sheet names the plan and the
    digest of the list of its records, so that what is signed is of exactly these.
    """
    from retention.core.plan import DestructionPlan
    from retention.jobs.record.forms import write

    read = read_plan(plan)
    if not isinstance(read, DestructionPlan):
        raise WrongUsage(f"{plan} is a plan to remove mail.", "Name one that `retention record destroy --plan` wrote.")
    folder = output or Path(f"forms-{read.name}")
    with open_world(context) as world, screen.progress("Writing the forms"):
        written = write(world, read, folder)
    if json:
        return screen.as_json(written)
    screen.say(f"What has to be signed for plan {read.name} is in {folder}.")
    screen.table(("form", "schedule", "records"), [(one.form, one.schedule, one.records) for one in written])
    screen.note("Once signed, file each with `retention consent record`.")
