"""``retention plan``: asked and answered, and the plan file written and read.

What a plan is, is in ``core/plan.py``; how one is made, in ``jobs/plan.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import PlanAltered, SomethingToDo, StoreNotAnswering, WrongUsage

if TYPE_CHECKING:
    from retention.core.plan import AnyPlan, Plan

BEGINNING = 12
"""So many bytes every plan has in common."""
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan file.")]


def plan(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the plan.")] = Path("plan.json"),
    within_limits: Annotated[
        bool, typer.Option("--within-limits", help="Leave for the next plan what [limits] do not let this one take.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 5 where there is something to do.")] = False,
    json: Json = False,
) -> None:
    """Decide about every message and write down what one run would do. Nothing is done."""
    from retention.core.plan import too_large
    from retention.jobs.plan import plan as job

    with open_world(context) as world, screen.progress("Deciding") as progress:
        made = job(world, within_limits=within_limits, progress=progress)
        seen = {address: tally.seen for address, tally in made.counts.items()}
        ceilings = too_large(made.steps, seen, world.city.rules)
    write_plan(output, made)
    if json:
        screen.as_json(made)
    else:
        show(made)
        for sentence in ceilings:
            screen.say(f"Too large to apply: {sentence}")
        after = f"Next: somebody else runs `retention approve {output}`." if made.steps else "It has nothing to do."
        screen.say(f"Plan {made.name} is in {output}. {after}")
    if exit_code and made.steps:
        raise SomethingToDo(f"There are {len(made.steps)} steps to do.", f"Approve and apply {output}.")


def show(plan: Plan) -> None:
    rows = [
        (address, tally.seen, tally.kept, tally.held, tally.capture, tally.purge)
        for address, tally in sorted(plan.counts.items())
    ]
    total = tuple(sum(int(row[i]) for row in rows) for i in range(1, 6))
    screen.table(("mailbox", "seen", "kept", "held", "capture", "purge"), [*rows, ("all", *total)] if rows else [])
    screen.table(
        ("stays", "messages", "for example"), [(group.why, group.count, group.example) for group in plan.stays]
    )
    by_series: dict[tuple[str, str, str], int] = {}
    for step in plan.steps:
        key = (str(step.action), step.series, step.title)
        by_series[key] = by_series.get(key, 0) + 1
    screen.table(("leaves", "series", "title", "messages"), [(*key, n) for key, n in sorted(by_series.items())])
    for sentence in plan.uncovered:
        screen.say(f"Not covered: {sentence}")


def write_plan(path: Path, plan: AnyPlan) -> None:
    """Raises ``WrongUsage`` where a file that is no plan would be lost, a ledger for one."""
    from retention import durable
    from retention.core.plan import write

    content = write(plan)
    try:
        there = path.read_bytes()[:BEGINNING] if path.is_file() else b""
        if there and there != content[:BEGINNING]:
            raise WrongUsage(f"{path} is there already and is no plan.", "Name another place with --output.")
        durable.write(path, content)
    except OSError as error:
        raise StoreNotAnswering(
            f"The plan {path} cannot be written: {error.strerror}.", "Name another place with --output."
        ) from error


def read_plan(path: Path) -> AnyPlan:
    """The plan in that file, of either kind. Raises ``WrongUsage`` for none, ``PlanAltered`` where altered."""
    from retention.core.plan import NotAPlan, read_any

    try:
        return read_any(path.read_bytes())
    except NotAPlan as altered:
        raise PlanAltered(f"{path} is not the plan that was made: {altered}.", "Make a new one.") from altered
    except OSError as error:
        raise WrongUsage(f"The plan {path} cannot be read: {error.strerror}.", "Name the file plan wrote.") from error
