"""``retention schedule``: asked and answered.

What a schedule is, is in ``core/schedule.py``; the work of adopting one, in ``jobs/adopt.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import asked, open_world, read_city, read_schedule, schedule_path, shipped_folder
from retention.cli.options import Json
from retention.errors import BadConfiguration, ScheduleNotValid, WrongUsage

if TYPE_CHECKING:
    from retention.core.schedule import Schedule

app = typer.Typer(help="Read, check and adopt retention schedules.", no_args_is_help=True, rich_markup_mode=None)
Named = Annotated[str, typer.Argument(help="A shipped schedule's name, or the path of a .toml file.")]


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """The schedules that are shipped, and which of them the city uses."""
    from retention.core.schedule import fingerprint

    config = asked(context).config
    used = read_city(config).city.schedules if config.is_file() else ()
    rows = []
    for path in [*sorted(shipped_folder("schedules").glob("*.toml")), *_own(used, config.parent)]:
        schedule, _ = read_schedule(path)
        if schedule is None:
            screen.note(f"{path} does not check and is left out; see `retention schedule check {path}`.")
        else:
            verified = sum(series.verified for series in schedule.series)
            in_use = any(Path(name).stem == path.stem for name in used)
            rows.append((schedule.name, len(schedule.series), verified, in_use, fingerprint(schedule)))
    if json:
        keys = ("name", "series", "verified", "used", "fingerprint")
        return screen.as_json([dict(zip(keys, row, strict=True)) for row in rows])
    shown = [(name, n, verified, "yes" if used else "no", mark[:16]) for name, n, verified, used, mark in rows]
    screen.table(("schedule", "series", "verified", "used here", "fingerprint"), shown)


@app.command()
def show(context: typer.Context, named: Named, json: Json = False) -> None:
    """One schedule in plain words, series by series."""
    from retention.core.schedule import fingerprint

    schedule = _checked(context, named)
    if json:
        return screen.as_json(schedule)
    screen.say(f"{schedule.title}, {schedule.edition}")
    screen.say(f"{schedule.authority}")
    screen.say(f"fingerprint {fingerprint(schedule)}")
    rows = [(s.key, s.title, str(s.retain), "yes" if s.verified else "no") for s in schedule.series]
    screen.table(("series", "title", "kept", "verified"), rows)


@app.command()
def check(context: typer.Context, named: Named, json: Json = False) -> None:
    """Every problem of a schedule at once, its own examples included."""
    schedule = _checked(context, named)
    examples = sum(len(series.examples) for series in schedule.series)
    if json:
        return screen.as_json({"schedule": schedule.name, "series": len(schedule.series), "examples": examples})
    screen.say(f"{schedule.name} checks: {len(schedule.series)} series, {examples} examples decided as stated.")


@app.command()
def adopt(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A schedule the city uses.")],
    authority: Annotated[str, typer.Option("--authority", help="By what: a resolution, a state schedule's number.")],
    effective: Annotated[str, typer.Option("--effective", help="From which day; today where it is not said.")] = "",
    json: Json = False,
) -> None:
    """Say, as an office, that exactly this edition is the city's. Until then it destroys nothing."""
    from retention.jobs.adopt import adopt as job
    from retention.jobs.hold import parse_day

    with open_world(context) as world:
        effective_on = parse_day(effective, "--effective") if effective else None
        adopted = job(world, name, authority=authority, effective_on=effective_on)
        unverified = sum(
            not s.verified for schedule in world.schedules if schedule.name == name for s in schedule.series
        )
    if json:
        return screen.as_json(adopted)
    screen.say(f"{name} is adopted by {authority}, in effect from {adopted.effective_on}.")
    screen.say(f"fingerprint {adopted.fingerprint}")
    if unverified:
        screen.say(f"{unverified} of its series were never verified: their mail stays where it is.")


def _checked(context: typer.Context, named: str) -> Schedule:
    """The schedule, once everything in it checks; raises ``ScheduleNotValid`` with the whole list."""
    from retention.core.classify import check

    path = Path(named) if Path(named).is_file() else _found(context, named)
    schedule, problems = read_schedule(path)
    if schedule is not None:
        problems = (*problems, *check(schedule))
    if schedule is None or problems:
        found = screen.counted(len(problems), "problem")
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise ScheduleNotValid(f"{path.name} has {found}:{listed}", "Correct them and check again.")
    return schedule


def _found(context: typer.Context, named: str) -> Path:
    try:
        return schedule_path(named, asked(context).config.parent)
    except BadConfiguration as missing:
        raise WrongUsage(
            missing.message, "Name one that `retention schedule list` shows, or a .toml file."
        ) from missing


def _own(used: tuple[str, ...], folder: Path) -> list[Path]:
    return [folder / name for name in used if name.endswith(".toml") and (folder / name).is_file()]
