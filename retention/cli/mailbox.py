"""``retention mailbox``: asked and answered.

The work is in ``jobs/mailbox.py``; what a table must say, in ``core/personnel``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.lists import Encoding, read_list
from retention.cli.opening import asked, open_world
from retention.cli.options import Json
from retention.cli.person import tell_reached
from retention.errors import WrongUsage

if TYPE_CHECKING:
    from datetime import datetime

    from retention.jobs.mailbox import Recorded

app = typer.Typer(
    help="The mailboxes, the people behind them, and the holds that reach them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
LONGEST = 600
"""Characters of one sentence of what is not covered; it may name every folder, and ``--json`` has it whole."""


@app.command()
def add(
    context: typer.Context,
    custodian: Annotated[str, typer.Option("--custodian", metavar="PERSON", help="The address of who owns it.")],
    address: Annotated[str, typer.Argument(help="The shared mailbox.", show_default=False)] = "",
    files: Annotated[
        Path | None, typer.Option("--files", metavar="PATH", help="Instead: a file of mail, or a folder of such.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Where that is written.")] = "",
    json: Json = False,
) -> None:
    """Write down who owns a shared mailbox, or files of mail: a hold on that person reaches it too.

    With --files a PST, an MSG, an mbox, a Maildir, or a folder of such and of .eml files is read from the next sync on,
    as a mailbox of its own. It is only ever read: nothing in it is changed, moved or deleted.
    """
    if files is not None:
        return _add_files(context, files, address, custodian, source, json)
    if not address:
        raise WrongUsage("No mailbox was named.", "Write its address, or --files and a path.")
    from retention.jobs.mailbox import add as job

    with open_world(context) as world:
        recorded = job(world, address, custodian=custodian, source=source)
    _tell(recorded, json)


def _add_files(context: typer.Context, path: Path, address: str, custodian: str, source: str, json: bool) -> None:
    from retention.jobs.files.adding import add as job

    if address:
        raise WrongUsage("Files of mail have no address of their own.", "Leave the address away, or --files.")
    with open_world(context) as world, screen.progress("Looking at the files"):
        folder, city = asked(context).config.parent, world.city
        store = [folder / city.store.path] if city.store.system == "disk" else []
        kept = (*store, asked(context).config, folder / city.city.ledger, folder / city.city.catalog)
        added = job(world, path, custodian=custodian, source=source, kept=kept, why_not=_why_not)
    for sentence in added.notes:
        screen.note(f"Note: {sentence}.")
    if json:
        return screen.as_json(added)
    name, whose = added.files.name, added.custodian
    if added.new:
        screen.say(f"{added.files.path} is read as {name}, owned by {whose}, from the next sync on.")
    elif added.owned:
        screen.say(f"{added.files.path} was added before, as {name}; it is owned by {whose} too.")
    else:
        screen.say(f"{added.files.path} was added before, as {name}, owned by {whose}. Nothing was changed.")
    tell_reached(added.reached)


def _why_not(path: str) -> str:
    from retention.mail.files.kinds import Kind, kind_of

    kind = kind_of(path)
    return "" if isinstance(kind, Kind) else kind


@app.command()
def drop(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The files' mailbox as it is listed, or their path.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why they are no longer read.")],
    json: Json = False,
) -> None:
    """Read files of mail no longer that were added by mistake, or are gone. Nothing in them is touched.

    What was read of them stays known, and `why` explains it; files of which a hold covers a message are not dropped.
    """
    from retention.jobs.files.dropping import drop as job

    with open_world(context) as world:
        dropped = job(world, name, reason=reason)
    if json:
        return screen.as_json(dropped)
    if not dropped.new:
        return screen.say(f"{dropped.name} was dropped before: {dropped.reason.rstrip('.')}. Nothing was changed.")
    known = screen.counted(dropped.messages, "message")
    stays = "stays" if dropped.messages == 1 else "stay"
    screen.say(f"{dropped.name} is no longer read; {known} of it {stays} known. {dropped.path} was not touched.")


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
    with open_world(context) as world, screen.progress("Recording owners"):
        recorded = job(world, sheet, source=source)
    _tell(recorded, json)


@app.command("list")
def list_(
    context: typer.Context,
    held: Annotated[bool, typer.Option("--held", help="Only those that a hold reaches.")] = False,
    unowned: Annotated[bool, typer.Option("--unowned", help="Only those of which no person is known.")] = False,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Of each what is covered, and what is not, and why.")
    ] = False,
    json: Json = False,
) -> None:
    """Every mailbox: who is behind it, what is in it, when it was last read, and how many holds reach it."""
    from retention.jobs.coverage import named
    from retention.jobs.mailbox import listed as job

    if coverage:
        return _coverage(context, held=held, unowned=unowned, json=json)
    with open_world(context) as world, screen.progress("Looking at mailboxes"):
        found, zone = job(world, held=held, unowned=unowned), world.city.zone
    if json:
        return screen.as_json(found)
    screen.table(
        ("mailbox", "custodians", "messages", "last read", "holds"),
        [
            (
                *(one.address, ", ".join(who.name or who.address for who in one.custodians), one.messages),
                *(screen.instant(_at(one.read_at), zone, none="never"), len(one.holds)),
            )
            for one in found
        ],
    )
    for one in found:
        if one.trouble:
            screen.say(f"{named(one.address, one.trouble.rstrip('.'))}.")
    screen.say(f"{screen.counted(len(found), 'mailbox', 'mailboxes')}.")


def _at(told: str | None) -> datetime | None:
    from datetime import datetime

    return datetime.fromisoformat(told) if told else None


def _coverage(context: typer.Context, *, held: bool, unowned: bool, json: bool) -> None:
    """A line for each mailbox, and below it one for each thing that is not covered; what is so of all, at the end."""
    from retention.jobs.coverage import coverage as job

    with open_world(context) as world, screen.progress("Looking at mailboxes"):
        found = job(world, held=held, unowned=unowned)
    if json:
        return screen.as_json(found)
    for one in found.mailboxes:
        screen.say(f"{one.address}: {one.covered}.")
        for sentence in one.not_covered:
            if sentence not in found.of_every:
                screen.say(f"    not covered: {screen.cut(sentence, LONGEST)}")
    for sentence in found.of_every:
        screen.say(f"Not covered in any mailbox: {sentence}")
    if found.holds:
        screen.say(f"Not covered: the mail system's own holds. {found.holds}")
    screen.say(f"{screen.counted(len(found.mailboxes), 'mailbox', 'mailboxes')}.")


def _tell(recorded: Recorded, json: bool) -> None:
    if json:
        return screen.as_json(recorded)
    for sentence in recorded.notes:
        screen.note(f"Note: {sentence}.")
    for one in recorded.recorded:
        screen.say(f"  {one.mailbox} is owned by {one.custodian}")
    screen.say(f"{screen.counted(len(recorded.recorded), 'owner')} recorded, {recorded.known:,} known before.")
    if recorded.unknown:
        screen.note(
            f"Not listed by the mail system until now, and held once they are: {screen.listed(recorded.unknown)}."
        )
    tell_reached(recorded.reached)
