"""``retention person``: asked and answered.

The work is in ``jobs/person.py``; what a table must say, in ``core/personnel``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.lists import Encoding, read_list
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day

if TYPE_CHECKING:
    from retention.core.person import Person, Term
    from retention.jobs.person import Listed, Recorded

app = typer.Typer(
    help="Who works, or worked, for the city: their addresses, departments and offices, from when to when.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
NAMED = 20
"""So many people are named one by one."""


@app.command()
def add(
    context: typer.Context,
    address: Annotated[str, typer.Option("--address", help="Their address.")],
    name: Annotated[str, typer.Option("--name", help="Their name.")] = "",
    id_: Annotated[str, typer.Option("--id", help="The personnel office's number for them.")] = "",
    aliases: Annotated[
        list[str] | None, typer.Option("--alias", help="Another address of theirs, present or past; repeatable.")
    ] = None,
    departments: Annotated[
        list[str] | None, typer.Option("--department", help="'Police', or 'Police during 2023-01-01..'; repeatable.")
    ] = None,
    offices: Annotated[
        list[str] | None, typer.Option("--office", help="'Mayor', or 'Mayor during 2023..2025'; repeatable.")
    ] = None,
    owns: Annotated[
        list[str] | None, typer.Option("--owns", metavar="MAILBOX", help="A shared mailbox of theirs; repeatable.")
    ] = None,
    hired: Annotated[str, typer.Option("--hired", metavar="DAY", help="Their first day.")] = "",
    left: Annotated[str, typer.Option("--left", metavar="DAY", help="Their last day, past or to come.")] = "",
    source: Annotated[str, typer.Option("--source", help="Where that is written.")] = "",
    json: Json = False,
) -> None:
    """Write down one person, or what is new of them. Whoever is known stays known, and so do their addresses."""
    from retention.core.person import Person, Term
    from retention.jobs.person import add as job

    first = parse_day(hired, "--hired") if hired else None
    last = parse_day(left, "--left", end=True) if left else None
    person = Person(
        address=_address(address),
        name=name.strip(),
        id=id_.strip(),
        addresses=tuple(map(_address, aliases or ())),
        mailboxes=tuple(map(_address, owns or ())),
        departments=tuple(_term(text, "--department") for text in departments or ()),
        offices=tuple(_term(text, "--office") for text in offices or ()),
        employed=(Term(of="", from_on=first, to_on=last),) if first or last else (),
    )
    with open_world(context) as world:
        recorded = job(world, person, source=source)
    _tell(recorded, json)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A .csv or .xlsx file: employee id, email, department, hired, left …"),
    ] = None,
    directory: Annotated[
        bool, typer.Option("--directory", help="What the mail system's directory says today.")
    ] = False,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Take in the personnel office's table, or the mail system's directory. All rows are taken, or none.

    Only what changes is written down, and nobody is ever removed: whoever has left stays a custodian.
    """
    from retention.errors import WrongUsage
    from retention.jobs import person as job

    if (file is None) != directory:
        raise WrongUsage("It is not said where the people are.", "Give either FILE or --directory.")
    if file is None:
        with open_world(context) as world, screen.progress("Asking the directory"):
            recorded = job.import_directory(world)
    else:
        sheet, source = read_list(file, encoding)
        with open_world(context) as world, screen.progress("Recording people"):
            recorded = job.import_(world, sheet, source=source)
    _tell(recorded, json)


@app.command("list")
def list_(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Only whose name, address or post says this.")] = "",
    custodian_of: Annotated[
        str, typer.Option("--custodian-of", metavar="HOLD", help="Only whom this hold reaches.")
    ] = "",
    department: Annotated[str, typer.Option("--department", help="Only who is or was in it.")] = "",
    left: Annotated[bool, typer.Option("--left", help="Only who has left.")] = False,
    json: Json = False,
) -> None:
    """Everybody who is known, what they are today, and since and until when they are or were employed."""
    from retention.jobs.person import listed as job

    with open_world(context) as world:
        found = job(world, custodian_of=custodian_of, department=department, left=left, text=text.strip())
    if json:
        return screen.as_json(found)
    screen.table(
        ("name", "address", "departments", "offices", "employed"),
        [
            (
                *(one.person.name, one.person.address or f"number {one.person.id}"),
                *(", ".join(one.departments), ", ".join(one.offices), _employed(one)),
            )
            for one in found
        ],
    )
    screen.say(f"{_counted(len(found))}.")


def _employed(one: Listed) -> str:
    if one.since and one.until:
        return f"{one.since} to {one.until}"
    return f"since {one.since}" if one.since else f"until {one.until}" if one.until else ""


def _address(text: str) -> str:
    return text.strip().lower()


def _term(text: str, option: str) -> Term:
    """A department or an office as it is typed, with ``during 2023..2025`` where its days are known."""
    from retention.core.hold.reading import read_post
    from retention.core.person import Term
    from retention.errors import WrongUsage

    try:
        post = read_post(text)
    except ValueError as error:
        raise WrongUsage(
            f"What follows {option} cannot be read: {error}", "Write 'Police during 2023..2025'."
        ) from error
    return Term(of=post.name, from_on=post.from_on, to_on=post.to_on)


def _tell(recorded: Recorded, json: bool) -> None:
    if json:
        return screen.as_json(recorded)
    for sentence in recorded.notes:
        screen.note(f"Note: {sentence}.")
    _name("new", recorded.new)
    _name("changed", recorded.changed)
    screen.say(
        f"{_counted(len(recorded.new))} new, {len(recorded.changed):,} changed, {recorded.unchanged:,} as they were."
    )
    if recorded.absent:
        _name("not named this time", recorded.absent)
        screen.say(
            f"{_counted(len(recorded.absent))} known and not named this time: they stay known, and custodians. "
            "Of who has left, say so with `retention person add --left`."
        )
    tell_reached(recorded.reached)


def tell_reached(count: int) -> None:
    if count:
        screen.say(f"Holds reach more by it: {screen.counted(count, 'entry', 'entries')} of the ledger say what.")


def _name(what: str, people: tuple[Person, ...]) -> None:
    for one in people[:NAMED]:
        screen.say(f"  {what}: {one if one.address else f'{one.name} (number {one.id})'}")
    if len(people) > NAMED:
        screen.say(f"  … and {len(people) - NAMED:,} more")


def _counted(number: int) -> str:
    return screen.counted(number, "person", "people")
