"""``retention mailbox``: asked and answered.

The work is in ``jobs/mailbox.py``; what a table must say, in ``core/personnel``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.lists import Encoding, read_list
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.cli.person import tell_reached

if TYPE_CHECKING:
    from retention.jobs.mailbox import Recorded

app = typer.Typer(
    help="The mailboxes, the people behind them, and the holds that reach them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The shared mailbox.")],
    custodian: Annotated[str, typer.Option("--custodian", metavar="PERSON", help="The address of who owns it.")],
    source: Annotated[str, typer.Option("--source", help="Where that is written.")] = "",
    json: Json = False,
) -> None:
    """Write down who owns a shared mailbox: a hold on that person reaches it too."""
    from retention.jobs.mailbox import add as job

    with open_world(context) as world:
        recorded = job(world, address, custodian=custodian, source=source)
    _tell(recorded, json)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file: mailbox, custodian.")],
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Write down who owns which shared mailbox. All rows are taken, or none; nobody ceases to own one."""
    from retention.jobs.mailbox import import_ as job

    sheet, source = read_list(file, encoding)
    with open_world(context) as world:
        recorded = job(world, sheet, source=source)
    _tell(recorded, json)


@app.command("list")
def list_(
    context: typer.Context,
    held: Annotated[bool, typer.Option("--held", help="Only those that a hold reaches.")] = False,
    unowned: Annotated[bool, typer.Option("--unowned", help="Only those of which no person is known.")] = False,
    json: Json = False,
) -> None:
    """Every mailbox: who is behind it, what is in it, when it was last read, and how many holds reach it."""
    from retention.jobs.mailbox import listed as job

    with open_world(context) as world:
        found = job(world, held=held, unowned=unowned)
    if json:
        return screen.as_json(found)
    screen.table(
        ("mailbox", "custodians", "messages", "last read", "holds"),
        [
            (
                *(one.address, ", ".join(who.name or who.address for who in one.custodians), one.messages),
                *((one.read_at or "never")[:10], len(one.holds)),
            )
            for one in found
        ],
    )
    for one in found:
        if one.trouble:
            screen.say(f"{one.address}: {one.trouble.rstrip('.')}.")
    screen.say(f"{screen.counted(len(found), 'mailbox', 'mailboxes')}.")


def _tell(recorded: Recorded, json: bool) -> None:
    if json:
        return screen.as_json(recorded)
    for sentence in recorded.notes:
        screen.note(f"Note: {sentence}.")
    for one in recorded.recorded:
        screen.say(f"  {one.mailbox} is owned by {one.custodian}")
    screen.say(f"{screen.counted(len(recorded.recorded), 'owner')} recorded, {recorded.known:,} known before.")
    if recorded.unknown:
        screen.note(f"Not listed by the mail system until now, and held once they are: {', '.join(recorded.unknown)}.")
    tell_reached(recorded.reached)
