"""``retention record show``: one record, and under a grant its content into a file of one's own.

The work is in ``jobs/record/listing.py`` and ``jobs/record/reading.py``.
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

    from retention.core.record import Record
    from retention.jobs.record.listing import Shown


def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="Its number, its place, or the beginning of its digest.")],
    content: Annotated[
        bool, typer.Option("--content", help="Write its content to a file, under a live grant.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The new file for the content.")] = None,
    json: Json = False,
) -> None:
    """One record: what it is, where it came from, when it is due and why, which holds cover it, and its history.

    With --content its bytes are written to a new file, for whoever may read one of the mailboxes it came from; the
    ledger keeps that it was read.
    """
    from retention.errors import WrongUsage
    from retention.jobs.record.listing import show as job

    if content != (output is not None):
        raise WrongUsage("--content and -o go together.", "Name the new file that the content is written to with -o.")
    if output is not None:
        return _content(context, record, output, json)
    with open_world(context) as world, screen.progress("Looking"):
        shown = job(world, record)
        zone = world.city.zone
    if json:
        return screen.as_json(shown)
    _identity(shown, zone)
    if shown.kept.record is not None:
        _headers(shown.kept.record, zone)
    _disposition(shown)
    screen.say("History:")
    for moment in shown.history:
        screen.say(f"  {screen.instant(moment.at, zone)}  entry {moment.entry}, {moment.by}: {moment.what}")


def _content(context: typer.Context, text: str, output: Path, json: bool) -> None:
    from msgspec.structs import asdict

    from retention.cli.access import own_file
    from retention.jobs.record.reading import content

    with own_file(output) as file, open_world(context) as world:
        read = content(world, text)
        file.write(read.data)
    if json:
        told = {name: value for name, value in asdict(read).items() if name != "data"}
        return screen.as_json({**told, "output": str(output)})
    under = f"under the grant of entry {read.grant}" if read.grant else "as its custodian"
    screen.say(f"Record {read.n}, captured from {read.mailbox}, is in {output}, read {under}.")
    screen.say(f"SHA-256 {read.digest}, {screen.counted(read.size, 'byte')}.")


def _identity(shown: Shown, zone: ZoneInfo) -> None:
    kept = shown.kept
    since = f" since {screen.day(kept.since, zone)}" if kept.since else ""
    screen.say(f"Record {kept.n}: {kept.state}{since}")
    screen.say(f"  place      {kept.place}")
    screen.say(f"  size       {screen.counted(kept.size, 'byte') if kept.size is not None else 'not known'}")
    if kept.trouble:
        screen.say(f"  trouble    {kept.trouble}: see `retention record verify`")
    if kept.verified_at:
        screen.say(f"  verified   {screen.instant(kept.verified_at, zone)}")


def _headers(record: Record, zone: ZoneInfo) -> None:
    for name, value in (
        ("subject", record.subject),
        ("sender", record.sender),
        ("to", ", ".join((*record.to, *record.cc, *record.bcc))),
        ("received", screen.instant(record.received_at, zone, none="not known")),
        ("message-id", record.internet_id),
        ("attached", ", ".join(record.attachments or ())),
        ("marked", "" if record.sensitivity == "normal" else record.sensitivity or ""),
        ("only links", ", ".join(record.linked or ())),
        ("rebuilt", _rebuilt(record)),
        ("keys", ", ".join(record.keys)),
        ("series", f"{record.series}, {record.title} ({record.schedule}, {record.citation})"),
        ("because", record.because),
    ):
        if value:
            screen.say(f"  {name:<10} {value}")
    for custody in record.custody:
        at = screen.instant(custody.captured_at, zone)
        screen.say(f"  captured   {at} from {custody.address}, folder {custody.folder or 'not known'}")
        if custody.source:
            where = " ".join(filter(None, (custody.source.folder, custody.source.at)))
            screen.say(f"  stays in   {custody.source.file} {where} (SHA-256 {custody.source.sha256})")


def _rebuilt(record: Record) -> str:
    if record.rebuilt is None:
        return ""
    return f"from Outlook's properties; not carried: {'; '.join(record.rebuilt) or 'nothing'}"


def _disposition(shown: Shown) -> None:
    if shown.kept.state == "destroyed":
        return
    screen.say(f"Due: {shown.due_on or 'no day can be told'}. {shown.due_why}")
    if shown.reasons:
        screen.say("It stays, because:")
        for reason in shown.reasons:
            screen.say(f"  {reason}")
    elif shown.kept.record is not None:
        shut = any(shown.gates.values())
        asks = "the consents below that are missing, a plan and its approval" if shut else "a plan and its approval"
        screen.say(f"Its time is over: what it still takes to destroy it is {asks}.")
    for title, why in shown.gates.items():
        screen.say(f"Gate: {title}. {why or 'A consent is on file.'}")
