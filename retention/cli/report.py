"""``retention report``: asked and answered, and its files written.

What it says is made in ``jobs/report``, and how it looks in ``page``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import asked, now, open_world, read_city
from retention.cli.options import Json, parse_day

if TYPE_CHECKING:
    from datetime import date

    from retention.core.city import City
    from retention.jobs.report import Period, Report


def report(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Write the page, the JSON and the CSV there."),
    ] = None,
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day; else that of a year ago.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="The last day; else today.")] = "",
    annual: Annotated[
        str, typer.Option("--annual", metavar="YEAR", help="For council or auditor: 2026, or FY2026 for a fiscal year.")
    ] = "",
    json: Json = False,
) -> None:
    """Write a page of figures for people, the same as JSON, and one CSV file for each figure.

    The page needs no network and no program: it opens from a file share and prints well. The annual report may be
    shown to anybody: it names no matter of a hold and no subject.
    """
    from retention.errors import WrongUsage
    from retention.jobs.report import Told
    from retention.jobs.report import report as job

    if output is None and not json:
        raise WrongUsage("Nothing says where the report is to go.", "Name a folder with -o, or ask for --json.")
    if annual and (from_ or to):
        raise WrongUsage("--annual says which days it is about.", "Leave out --from and --to.")
    city = read_city(asked(context).config)
    days = _days(city, from_, to, annual)
    told = Told(city.zone)
    with open_world(context, watching=lambda _: told.add) as world, screen.progress("report") as progress:
        made = job(world, days, told, annual=bool(annual), progress=progress)
    if output is not None:
        _write(made, output)
    if json:
        screen.as_json(_plain(made))
    elif output is not None:
        _say(made, output)


def _days(city: City, from_: str, to: str, annual: str) -> Period:
    from retention.jobs.report import last_year, period, year

    today = now().astimezone(city.zone).date()
    if annual:
        return year(annual, city.rules.fiscal_year_starts, today, city.zone)
    if not from_ and not to:
        return last_year(today, city.zone)
    last_on = parse_day(to, "--to", end=True) if to else today
    return period(parse_day(from_, "--from") if from_ else _year_before(last_on), last_on, city.zone)


def _year_before(day: date) -> date:
    from datetime import timedelta

    return day - timedelta(days=364)


def _write(made: Report, folder: Path) -> None:
    from retention.page.folder import write

    write(made, folder)


def _say(made: Report, folder: Path) -> None:
    for sentence in made.preface:
        screen.say(sentence)
    for section in made.sections:
        for sentence in section.looks:
            screen.say(f"Look: {sentence}")
    screen.say(f"Written: {folder / 'report.html'}, report.json, and {len(made.figures)} CSV files beside them.")


def _plain(made: Report) -> object:
    from retention.page.folder import plainly

    return plainly(made)
