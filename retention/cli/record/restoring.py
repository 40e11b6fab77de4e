"""``retention record restore``: asked and answered, for removed mail and for records in quarantine.

The work is in ``jobs/restore.py`` for mail, and in ``jobs/record/quarantine.py`` for records.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from retention.jobs.restore import Restorable, Restored, RestoreList
    from retention.jobs.world import World


def restore(
    context: typer.Context,
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="MESSAGE|RECORD", help="Removed mail by number, id or Message-ID; a record as shown."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is wanted back.")] = "",
    list_: Annotated[bool, typer.Option("--list", help="Only list the removed mail that can be put back.")] = False,
    mailbox: Annotated[list[str] | None, typer.Option("--mailbox", help="With --list: of this mailbox only.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="With --list: show so many; --json shows all.")] = 40,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="With --list: also write a .csv or .xlsx file.")
    ] = None,
    json: Json = False,
) -> None:
    """Put removed mail back into its mailbox, or take a record out of quarantine.

    Mail can be put back while the mail system still has it; a record, until its quarantine has ended. A record is named
    by its number, its place or the beginning of its digest; write record:7 or message:7 where 7 is one of each.
    """
    from retention.errors import WrongUsage

    if list_:
        if what or reason:
            raise WrongUsage("--list puts nothing back.", "Leave out what is to be put back, and the reason.")
        return _list(context, tuple(mailbox or ()), limit, csv, json)
    if csv or mailbox:
        raise WrongUsage("--csv and --mailbox belong to --list.", "Say --list, or leave them out.")
    if not what:
        raise WrongUsage("Nothing is named that is to be put back.", "See `retention record restore --list`.")
    from retention.jobs.record.wanted_back import sorted_out

    with open_world(context) as world:
        places, mail = sorted_out(world, what)
        records = _restore_records(world, places, reason)
        messages = _put_back(world, mail, reason, json)
    if json:
        screen.as_json({"records": records, "messages": messages})
    elif records:
        screen.say(f"{screen.counted(records, 'record')} taken out of quarantine.")
    _tell_failures(messages)


def _restore_records(world: World, places: list[str], reason: str) -> int:
    if not places:
        return 0
    from retention.jobs.record.quarantine import restore as job

    return job(world, places, reason)


def _put_back(world: World, messages: list[str], reason: str, json: bool) -> list[Restored]:
    """One after the other, each told as soon as it is done: what comes later may not be reached."""
    from retention.jobs.restore import put_back

    done = []
    for text in messages:
        one = put_back(world, text, reason)
        done.append(one)
        if not json:
            screen.say(f"{_called(one)}: {_outcome(one)}")
    return done


def _called(one: Restored) -> str:
    number = f"#{one.n} " if one.n else ""
    return f"{number}{one.subject or '(no subject is known)'} of {one.address}"


def _outcome(one: Restored) -> str:
    return f"put back into {one.folder} ({one.answer})." if one.back else f"not put back: {one.answer}"


def _tell_failures(messages: list[Restored]) -> None:
    from retention.errors import PartlyDone

    failed = sum(not one.back for one in messages)
    if failed:
        raise PartlyDone(
            f"{screen.counted(failed, 'message')} of {len(messages):,} could not be put back.",
            "See `retention record restore --list` for what still can be.",
        )
    if messages:
        screen.note("The next sync reads them again; they leave only by a new plan and its approval.")


def _list(context: typer.Context, addresses: tuple[str, ...], limit: int, csv: Path | None, json: bool) -> None:
    from retention.errors import PartlyDone
    from retention.jobs.restore import restorable

    with open_world(context) as world, screen.progress("Asking the mail system"):
        listed = restorable(world, addresses)
        zone = world.city.zone
    if csv:
        _write(csv, listed)
    if json:
        screen.as_json(listed)
    else:
        screen.table(
            ("message", "mailbox", "subject", "left on", "until", "plan"),
            [_row(one, zone) for one in listed.messages[:limit]],
        )
        screen.say(f"{screen.counted(len(listed.messages), 'removed message')} can be put back.")
        if (more := len(listed.messages) - limit) > 0:
            screen.say(f"{more:,} more than are shown (--limit, --csv, or --json).")
        screen.note(
            f"The mail system keeps what was removed for {listed.kept_for} unless the tenant says otherwise "
            "([mail] recoverable_for); what lies in Deleted Items, until it is emptied."
        )
    for address, why in listed.unread.items():
        screen.note(f"{address}: {why}")
    if listed.unread:
        raise PartlyDone(
            f"What can be put back cannot be told of {screen.counted(len(listed.unread), 'mailbox', 'mailboxes')}.",
            "Run it again later.",
        )


def _row(one: Restorable, zone: ZoneInfo) -> tuple[object, ...]:
    number = f"#{one.n}" if one.n else screen.short(one.id)
    until = str(one.until) if one.until else "-"
    return number, one.address, one.subject, screen.day(one.left_at, zone), until, one.plan[:12]


def _write(path: Path, listed: RestoreList) -> None:
    from retention import sheets
    from retention.core.spreadsheet.sheet import guarded

    heading = (
        "message",
        "mailbox",
        "id",
        "message id",
        "subject",
        "received",
        "left",
        "as",
        "plan",
        "lies in",
        "until",
    )
    rows = [
        (
            str(one.n or ""),
            one.address,
            one.id,
            one.internet_id,
            one.subject,
            one.received_at.isoformat() if one.received_at else "",
            one.left_at.isoformat(),
            one.result,
            one.plan,
            one.lies_in,
            str(one.until or ""),
        )
        for one in listed.messages
    ]
    sheets.write(path, (heading, *(tuple(guarded(screen.clean(cell)) for cell in row) for row in rows)))
