"""``retention hold notice`` and ``acknowledge``: asked and answered, and the notices written to their folder.

The work is in ``jobs/hold/notice.py`` and ``jobs/hold/acknowledge.py``; what a notice says, in ``core/letter.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold import scope as options
from retention.cli.hold.releasing import Identity
from retention.cli.opening import asked, open_world
from retention.cli.options import Json, parse_day
from retention.errors import BadConfiguration, StoreNotAnswering, WrongUsage

if TYPE_CHECKING:
    from retention.core.letter import Form
    from retention.jobs.hold.notice import Draft, Due
    from retention.jobs.world import World

LARGEST = 1_000_000
"""Bytes of a text that a city edits; a notice has a page."""


def notice(
    context: typer.Context,
    name: options.Name,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where the notices are written.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option("--template", help="The text to use, instead of the city's own.")
    ] = None,
    remind: Annotated[bool, typer.Option("--remind", help="Only those who were told and have not answered.")] = False,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="ADDRESS", help="Only this person; repeatable.")
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Everybody who works for the city.")] = False,
    due: Annotated[bool, typer.Option("--due", help="Only show who was told, and who has answered.")] = False,
    identity: Identity = None,
    json: Json = False,
) -> None:
    """Write a notice for each custodian whom the hold names and who was not told of it, as text and as a draft of mail.

    The ledger says that somebody was noticed once their files are on the disk. Sending them is yours.
    """
    if due:
        return _show_due(context, name, json)
    if output is None:
        raise WrongUsage("A folder for the notices is needed.", "Name one with --output FOLDER.")
    if to and everyone:
        raise WrongUsage("--to and --all cannot both be meant.", "Give one of them.")
    from retention.jobs.hold import notice as job

    with open_world(context) as world, screen.progress("Writing notices"):
        drafted = job.draft(
            world,
            name,
            _form(world, template, asked(context).config.parent),
            remind=remind,
            to=tuple(to or ()),
            everyone=everyone,
            identity=identity,
        )
        _write(output, drafted)
        job.record(world, drafted)
    if json:
        return screen.as_json(
            {
                "hold": name,
                "written": [
                    {
                        "custodian": one.custodian,
                        "files": [path.name for path, _ in _files(output, drafted) if path.stem == one.file],
                        "digest": one.digest,
                        "answer_by": one.answer_by,
                        "reminder": one.reminder,
                    }
                    for one in drafted.notices
                ],
                "passed": drafted.passed,
                "anybody": drafted.anybody,
            }
        )
    _tell(output, drafted, remind)


def acknowledge(
    context: typer.Context,
    name: options.Name,
    custodian: Annotated[str, typer.Option("--custodian", metavar="ADDRESS", help="Who acknowledged it.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="On which day; today if no day is said.")] = "",
    how: Annotated[str, typer.Option("--how", help="How they did: 'reply of 3 March', 'signed paper'.")] = "",
    file: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="A .csv or .xlsx file of them: custodian, on, how."),
    ] = None,
    encoding: Annotated[
        str, typer.Option("--encoding", help="What the file is in where it is not UTF-8: cp1252.")
    ] = "",
    json: Json = False,
) -> None:
    """Record that a custodian has acknowledged the notice; a custodian may do so in person."""
    if bool(custodian) == (file is not None):
        raise WrongUsage("It is not said who acknowledged it.", "Give either --custodian ADDRESS or --import FILE.")
    from retention.jobs.hold import acknowledge as job

    if file is None:
        with open_world(context) as world:
            told = job.acknowledge(world, name, custodian=custodian, on=parse_day(on, "--on") if on else None, how=how)
        if json:
            return screen.as_json(told)
        return screen.say(f"Recorded: {told.custodian} acknowledged the notice of '{name}' on {told.on}.")
    if on or how:
        raise WrongUsage("--on and --how are of one custodian.", "In a list they are columns of the same names.")
    from retention.cli.lists import read_list

    sheet, _ = read_list(file, encoding)
    with open_world(context) as world:
        imported = job.import_(world, name, sheet)
    if json:
        return screen.as_json(imported)
    screen.say(f"{screen.counted(len(imported.recorded), 'acknowledgement')} recorded.")
    if imported.known:
        screen.say(f"{screen.counted(imported.known, 'acknowledgement')} had been recorded before.")


def _show_due(context: typer.Context, name: str, json: bool) -> None:
    from retention.jobs.hold.notice import due as job

    with open_world(context) as world:
        found = job(world, name)
    if json:
        return screen.as_json(found)
    if not found:
        return screen.say(f"The hold '{name}' is released; nobody is asked for an answer any more.")
    (one,) = found
    if not one.custodians:
        return screen.say(f"The hold '{name}' names nobody; say who is to be told with --to ADDRESS.")
    screen.table(
        ("custodian", "noticed", "answer by", "reminders", "state"),
        [
            (
                *(str(who.custodian), str(who.noticed_on or "-"), str(who.answer_by or "-"), who.reminders),
                f"{who.answer} {who.acknowledged_on}" if who.acknowledged_on else str(who.answer),
            )
            for who in one.custodians
        ],
    )
    _tell_due(one)


def _tell_due(one: Due) -> None:
    from retention.core.custodian import TO_NOTICE, Answer

    answered, custodians = len(one.those(Answer.ACKNOWLEDGED)), len(one.custodians)
    overdue, untold = len(one.those(Answer.OVERDUE)), len(one.those(*TO_NOTICE))
    screen.say(
        f"{answered:,} of {screen.counted(custodians, 'custodian')} answered; {overdue:,} overdue, "
        f"{len(one.those(Answer.SOON)):,} due soon, {untold:,} not told."
    )
    if untold:
        screen.note(f"Tell them: retention hold notice {one.hold} --output FOLDER")
    if overdue:
        screen.note(f"Remind them: retention hold notice {one.hold} --remind --output FOLDER")


def _form(world: World, template: Path | None, folder: Path) -> Form:
    """The text to use: the one named, else the city's own, else the shipped one."""
    from retention.core import letter

    own = world.city.notices.hold
    path, wrong = (template, WrongUsage) if template else (folder / own if own else None, BadConfiguration)
    if path is None:
        return letter.shipped()
    named = "--template" if template else "'notices.hold'"
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise wrong(f"{path} is larger than a notice can be.", f"Name the file of the text in {named}.")
        return letter.read(data.decode("utf-8-sig"), str(path))
    except OSError as error:
        raise wrong(f"{path} cannot be read: {error.strerror}.", f"Correct {named}.") from error
    except UnicodeDecodeError as error:
        raise wrong(f"{path} is not UTF-8 text.", "Save it as UTF-8 and run this again.") from error
    except ValueError as error:
        listed = str(error)
        raise wrong(f"The text of the notice cannot be used:\n  {listed}", "Correct it and run this again.") from error


def _files(folder: Path, drafted: Draft) -> Iterator[tuple[Path, bytes]]:
    for one in drafted.notices:
        yield folder / f"{one.file}.txt", one.text.encode()
        if one.mail is not None:
            yield folder / f"{one.file}.eml", one.mail


def _write(folder: Path, drafted: Draft) -> None:
    """Put every file on the disk. Where one is there with another content, none is written."""
    from retention import durable

    try:
        files = list(_files(folder, drafted))
        if not files:
            return
        others = [path for path, data in files if path.exists() and path.read_bytes() != data]
        if others:
            raise WrongUsage(
                f"{others[0]} is there already and says something else.",
                "Nothing was written or recorded; name another folder with --output.",
            )
        durable.make_folder(folder.resolve())
        for path, data in files:
            if not path.exists():
                durable.write(path, data)
        durable.sync_folder(folder.resolve())
    except OSError as error:
        raise StoreNotAnswering(
            f"The notices cannot be written to {folder}: {error.strerror}.",
            "Nothing was recorded; name another folder with --output.",
        ) from error


def _tell(folder: Path, drafted: Draft, remind: bool) -> None:
    screen.table(
        ("custodian", "file", "answer by"),
        [(str(one.custodian), one.file, str(one.answer_by)) for one in drafted.notices],
    )
    what = "reminder" if remind else "notice"
    if drafted.notices:
        screen.say(f"{screen.counted(len(drafted.notices), what)} in {folder}, and written down in the ledger.")
        screen.say("Now send them: each .eml opens in Outlook as a draft.")
    elif remind:
        screen.say("Nobody is to be reminded now.")
    elif drafted.passed:
        screen.say("Everybody was told already.")
    else:
        screen.say("Nobody is known whom the hold names; say who is to be told with --to ADDRESS.")
    if drafted.passed and drafted.notices and not remind:
        screen.say(f"{screen.counted(len(drafted.passed), 'custodian')} had been told before.")
    for one in drafted.notices:
        if one.mail is None:
            screen.note(f"No mail can be addressed to {one.custodian.address}: deliver the text in another way.")
        if one.custodian.left:
            screen.note(f"{one.custodian} works for the city no more: make sure that it reaches them.")
    if drafted.anybody:
        screen.note("The hold may cover mail of others too; name them with --to ADDRESS, or --all.")
