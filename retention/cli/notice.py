"""``retention notice``: asked and answered.

The work is in ``jobs/notice.py``; what a list must say, in ``core/spreadsheet/notices.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day

if TYPE_CHECKING:
    from retention.core.notice import Missing

app = typer.Typer(
    help="Who of the staff was given the city's notices and policies, and signed them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(help="The notice, as the settings name it.")]
Maybe = Annotated[str, typer.Argument(help="Only this notice, as the settings name it.")]


@app.command()
def record(
    context: typer.Context,
    name: Name,
    person: Annotated[str, typer.Option("--person", metavar="ADDRESS", help="Who was given it.")],
    given: Annotated[str, typer.Option("--given", metavar="DAY", help="On which day; today if no day is said.")] = "",
    signed: Annotated[str, typer.Option("--signed", metavar="DAY", help="The day on which they signed it.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="Where the signed paper is.")] = "",
    version: Annotated[str, typer.Option("--version", help="Another version than the current one.")] = "",
    json: Json = False,
) -> None:
    """Record that somebody was given a notice, and when they signed it."""
    from retention.jobs.notice import record as job

    with open_world(context) as world:
        told = job(
            world,
            name,
            person=person,
            given=parse_day(given, "--given") if given else None,
            signed_on=parse_day(signed, "--signed") if signed else None,
            reference=reference,
            version=version,
        )
        current = next(one for one in world.city.notices.staff if one.name == name)
    if json:
        return screen.as_json(told)
    screen.say(f"Recorded: {told.person} was given '{name}', version {told.version}, on {told.given_on}")
    screen.say(f"and signed it on {told.signed_on}." if told.signed_on else "and has not signed it.")
    if told.version != current.version:
        screen.note(f"The current version is {current.version}; this one counts for the past only.")


@app.command("import")
def import_(
    context: typer.Context,
    name: Name,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file: person, given, signed, reference, version.")
    ],
    encoding: Annotated[
        str, typer.Option("--encoding", help="What the file is in where it is not UTF-8: cp1252.")
    ] = "",
    json: Json = False,
) -> None:
    """Record a whole list of who was given a notice and signed it. All rows are taken, or none."""
    from retention.cli.lists import read_list
    from retention.jobs.notice import import_ as job

    sheet, _ = read_list(file, encoding)
    with open_world(context) as world:
        imported = job(world, name, sheet)
    if json:
        return screen.as_json(imported)
    screen.say(f"{screen.counted(len(imported.recorded), 'row')} recorded.")
    if imported.known:
        screen.say(f"{screen.counted(imported.known, 'row')} had been recorded before.")


@app.command("list")
def list_(context: typer.Context, name: Maybe = "", json: Json = False) -> None:
    """The city's notices; of one that is named, everybody who was given it."""
    from retention.jobs.notice import listed as job

    with open_world(context) as world:
        found = job(world, name)
    if json:
        return screen.as_json(found)
    screen.table(
        ("notice", "version", "for", "given", "signed", "missing"),
        [
            (
                *(one.notice.name, one.notice.version, ", ".join(one.notice.departments) or "everybody"),
                *(one.given, one.signed, one.missing),
            )
            for one in found
        ],
    )
    if not found:
        screen.say("The settings name no notice; write one under [[notices.staff]].")
    if name:
        screen.table(
            ("person", "version", "given", "signed", "reference"),
            [
                (told.person, told.version, str(told.given_on), str(told.signed_on or "no"), told.reference)
                for one in found
                for told in one.told
            ],
        )


@app.command()
def due(context: typer.Context, name: Maybe = "", json: Json = False) -> None:
    """Everybody who has not been given the current version of a notice, or has not signed it."""
    from retention.jobs.notice import due as job

    with open_world(context) as world:
        found = job(world, name)
    if json:
        return screen.as_json(found)
    for one in found:
        screen.table(
            ("person", "name", "missing"),
            [(who.person.address, who.person.name, _lacks(who)) for who in one.missing],
            title=screen.clean(f"{one.notice.name}, version {one.notice.version}"),
        )
    number = sum(len(one.missing) for one in found)
    if found:
        screen.say(f"{screen.counted(number, 'notice')} to give or to have signed." if number else "Nobody is missing.")
    else:
        screen.say("The settings name no notice; write one under [[notices.staff]].")


@app.command()
def template(json: Json = False) -> None:
    """The shipped text of a hold's notice to its custodians, to save, edit and name under notices.hold."""
    import sys

    from retention.core.letter import PLACEHOLDERS, SHIPPED

    if json:
        return screen.as_json({"text": SHIPPED, "placeholders": PLACEHOLDERS})
    sys.stdout.write(SHIPPED)
    screen.note(f"It may name {', '.join(f'${one}' for one in PLACEHOLDERS)}.")


def _lacks(who: Missing) -> str:
    return f"given {who.given_on}, not signed" if who.given_on else "not given"
