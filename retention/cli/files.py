"""``retention files``: asked and answered.

The work is in ``jobs/files``; files are added with ``retention mailbox add --files``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import StoreNotAnswering, WrongUsage

if TYPE_CHECKING:
    from retention.jobs.files.report import FileReport, FilesReport

app = typer.Typer(
    help="Files of mail that were added: what is in each, and whether it may go.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def files() -> None:
    """Keeps ``report`` a word of its own while it is the only one."""


@app.command()
def report(
    context: typer.Context,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write it to a new file, too.")] = None,
    json: Json = False,
) -> None:
    """What lies in each file that was added, and whether the file as a whole may go. No file is ever deleted.

    A file may go where every message in it is a record that was captured with all of its content and is sound on the
    record store, or was destroyed by law, or is transitory and due; where none is held, the file was read to its end,
    and it is still what was read; and where nothing that lies in it, or that it was added with, may not go.
    """
    from retention.jobs.files.report import report as job

    if csv is not None and csv.exists():
        raise WrongUsage(f"{csv} is there already and is not overwritten.", "Name another file after --csv.")
    with open_world(context) as world, screen.progress("Looking") as progress:
        found = job(world, progress)
    if csv is not None:
        _write(csv, found)
    if json:
        return screen.as_json(found)
    for one in found.files:
        _show(one)
    for said in found.notes:
        screen.say(f"{said.name}: {said.sentence}")
    if not found.files:
        return screen.say("No files were added; see `retention mailbox add --files`.")
    going = sum(one.may_go for one in found.files)
    screen.say(f"{screen.counted(len(found.files), 'file')}; {going:,} may go as a whole.")


def _show(one: FileReport) -> None:
    screen.say(one.path)
    screen.say(f"  {screen.counted(one.messages, 'message')}, {one.elsewhere:,} of them also elsewhere; {one.name}")
    screen.say(f"  records     {one.stored:,} stored, {one.to_capture:,} to be captured, {one.waiting:,} have to wait")
    screen.say(f"  transitory  {one.due:,} due, {one.not_due:,} not due yet")
    others = f"{one.held:,} held, {one.undecided:,} undecided, {one.draft:,} drafts, {one.unreadable:,} unreadable"
    screen.say(f"  others      {others}")
    screen.say(f"  may it go?  {one.why}")
    screen.say()


def _write(path: Path, found: FilesReport) -> None:
    import msgspec

    from retention import durable
    from retention.jobs.files.report import FileReport
    from retention.paper.listing import listing

    headings = FileReport.__struct_fields__
    rows = [tuple(map(_cell, msgspec.structs.astuple(one))) for one in found.files]
    try:
        durable.write(path, listing(headings, rows))
        durable.sync_folder(path.resolve().parent)
    except OSError as error:
        raise StoreNotAnswering(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return screen.clean(value)
