"""``retention record destroy``: asked and answered; and how the first stage of a destruction is told by ``apply``.

The work is in ``jobs/record/plan.py``, ``quarantine.py`` and ``destroy.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.cli.plan import write_plan
from retention.errors import WrongUsage

if TYPE_CHECKING:
    from retention.core.plan import DestructionPlan
    from retention.jobs.consent import Passage
    from retention.jobs.record.deeds import Destroyed

MOST = 20
"""Records that are named one by one; ``--json`` has them all."""


def destroy(
    context: typer.Context,
    planned: Annotated[bool, typer.Option("--plan", help="Write down which records are due; nothing is done.")] = False,
    quarantined: Annotated[
        bool, typer.Option("--end-quarantine", help="Destroy what has been in quarantine for its time.")
    ] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the plan.")] = Path("destroy.json"),
    schedule: Annotated[str, typer.Option("--schedule", help="Only records of this schedule.")] = "",
    series: Annotated[str, typer.Option("--series", help="Only records of this series.")] = "",
    year: Annotated[int | None, typer.Option("--year", help="Only records received in this year.")] = None,
    reviewed: Annotated[
        list[str] | None,
        typer.Option("--reviewed", metavar="SERIES=WHO", help="The series' records were looked at, and by whom."),
    ] = None,
    one_time: Annotated[
        bool, typer.Option("--one-time", help="Also records that no schedule has any more, by a one-time authority.")
    ] = False,
    within_limits: Annotated[
        bool, typer.Option("--within-limits", help="Leave for the next plan what [limits] do not let this one take.")
    ] = False,
    json: Json = False,
) -> None:
    """Destroy stored records at the end of their time: first a plan, at last the end of its quarantine.

    Between the two it is approved (`retention approve`), the law's consents are filed (`retention consent record`), and
    `retention apply` puts its records into quarantine.
    """
    if planned == quarantined:
        raise WrongUsage("Say either --plan or --end-quarantine.", "See `retention record destroy --help`.")
    if quarantined:
        return _end(context, json)
    from retention.jobs.consent import passages
    from retention.jobs.record.plan import plan as job

    with open_world(context) as world, screen.progress("Deciding") as progress:
        made = job(
            world,
            schedule=schedule,
            series=series,
            year=year,
            reviewed=dict(map(_looked_at, reviewed or ())),
            one_time=one_time,
            within_limits=within_limits,
            progress=progress,
        )
        gates = passages(world, made)
    write_plan(output, made)
    if json:
        return screen.as_json(made)
    show_plan(made, gates)
    _next(output, made, gates)


def _looked_at(text: str) -> tuple[str, str]:
    series, sign, who = text.partition("=")
    if not sign or not series.strip() or not who.strip():
        raise WrongUsage(f"'{text}' after --reviewed does not say who looked.", "Write --reviewed 'FIN 1=Ana Holm'.")
    return series.strip(), who.strip()


def show_plan(plan: DestructionPlan, gates: tuple[Passage, ...] = ()) -> None:
    """What a plan for stored records would destroy, what stays, and which gates are shut."""
    screen.say(
        f"{screen.counted(plan.considered, 'record')} considered: {len(plan.steps):,} to be destroyed, "
        f"{plan.held:,} held, {plan.kept:,} kept."
    )
    screen.table(("stays", "records", "for example"), [(one.why, one.count, one.example) for one in plan.stays])
    by_series: dict[tuple[str, str], list[int]] = {}
    for step in plan.steps:
        by_series.setdefault((step.series, step.title), []).append(step.year)
    screen.table(
        ("goes", "title", "years", "records"),
        [(*key, _years(years), len(years)) for key, years in sorted(by_series.items())],
    )
    screen.table(
        ("gate", "needed for", "open for", "why not for the others"),
        [(f"{gate.gate}: {gate.title}", gate.needed, gate.open, " ".join(gate.shut) or "-") for gate in gates],
    )


def _years(years: list[int]) -> str:
    return str(min(years)) if min(years) == max(years) else f"{min(years)}-{max(years)}"


def _next(output: Path, plan: DestructionPlan, gates: tuple[Passage, ...]) -> None:
    if not plan.steps:
        return screen.say(f"Plan {plan.name} is in {output}. It has nothing to do.")
    screen.say(f"Plan {plan.name} is in {output}.")
    if any(gate.shut for gate in gates):
        screen.say(f"Next: `retention record forms {output}` writes what has to be signed;")
        shut = next(gate.gate for gate in gates if gate.shut)
        screen.say(f"then `retention consent record --plan {output} --gate {shut} ...` files each consent.")
    screen.say(f"Next: somebody else runs `retention approve {output}`, then `retention apply {output}`.")


def _end(context: typer.Context, json: bool) -> None:
    from retention.jobs.record.destroy import destroy as job

    with open_world(context) as world, screen.progress("Destroying") as progress:
        runs = job(world, progress)
        days = world.rules.quarantine
    if json:
        return screen.as_json(runs)
    if not runs:
        screen.say(f"Nothing has been in quarantine for {screen.counted(days, 'day')} yet.")
    for run in runs:
        show(run)


def show(run: Destroyed) -> None:
    """What one stage of one plan came to."""
    screen.say(
        f"Plan {run.plan[:12]}: "
        + (", ".join(f"{n:,} {what}" for what, n in sorted(run.counts.items())) or "there was nothing to do")
    )
    for place, why in list(run.stays.items())[:MOST]:
        screen.say(f"Stays: {place}: {why}")
    if len(run.stays) > MOST:
        screen.say(f"{len(run.stays) - MOST:,} more stay; `--json` has them all.")
    if run.certificate:
        screen.say(f"The certificate is in {run.certificate}.")
