"""``retention record export`` and ``transfer``: asked and answered.

The work is in ``jobs/record/export.py`` and ``transfer.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold.telling import megabytes
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day, scanned
from retention.cli.record.listing import Custodian, First, Last, Schedule, Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retention.jobs.record.export import Exported, Left
    from retention.jobs.record.transfer import Accession

SHOWN = 20
"""Rows of a list that a screen is given; ``--json`` has them all."""


def export(
    context: typer.Context,
    bag: Annotated[Path, typer.Option("--bag", metavar="FOLDER", help="The folder to write; not there yet.")],
    records: Annotated[
        list[str] | None, typer.Argument(metavar="RECORD", help="Records by number, place or digest.")
    ] = None,
    permanent: Annotated[
        bool, typer.Option("--permanent", help="Only records of series that the schedule in use keeps for good.")
    ] = False,
    schedule: Schedule = "",
    series: Series = "",
    custodian: Custodian = "",
    first: First = "",
    last: Last = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What for; it is in the ledger and in the bag.")] = "",
    json: Json = False,
) -> None:
    """Write records into a bag for an archive: BagIt, in the layout of the Mailbag specification 1.0.

    Without a record or an option that chooses, every record goes. Nothing leaves the record store; what waits in
    quarantine is not exported. The bag is checked before it is said to be there.
    """
    from retention.errors import RecordMismatch
    from retention.jobs.record.export import Choice
    from retention.jobs.record.export import export as job
    from retention.jobs.record.listing import Asked

    asked = Asked(
        schedule=schedule,
        series=series,
        custodian=custodian,
        first=parse_day(first, "--from") if first else None,
        last=parse_day(last, "--to", end=True) if last else None,
    )
    choice = Choice(named=tuple(records or ()), asked=asked, permanent=permanent)
    with open_world(context) as world, screen.progress("Exporting") as progress:
        exported = job(world, bag, choice, purpose=purpose, progress=progress)
    if json:
        screen.as_json(exported)
    else:
        _tell(exported)
    broken = [one for one in exported.left if one.broken]
    if broken:
        raise RecordMismatch(
            f"{screen.counted(len(broken), 'record')} could not be exported: {broken[0].place}: {broken[0].why}.",
            "See `retention record verify`; the bag holds the others and names these where they can be named.",
        )


def transfer(
    context: typer.Context,
    export: Annotated[
        str, typer.Argument(metavar="EXPORT", help="The bag: its export's entry, its identifier, or its folder.")
    ] = "",
    archive: Annotated[str, typer.Option("--archive", help="The archive that took the records over.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="Its accession number.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="The day of its receipt.")] = "",
    document: Annotated[Path | None, typer.Option("--document", help="The scanned receipt.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Only list what was exported and taken over.")] = False,
    json: Json = False,
) -> None:
    """Record that an archive took over the records of a bag, by its receipt.

    They stay on the record store until they are destroyed under the law, as any other record.
    """
    from retention.errors import WrongUsage
    from retention.jobs.record.transfer import transfer as job

    if list_:
        if export or archive or reference or on or document:
            raise WrongUsage("--list records nothing.", "Leave out what is to be recorded.")
        return _list(context, json)
    if not export:
        raise WrongUsage("Nothing is named that was taken over.", "See `retention record transfer --list`.")
    paper = scanned(document) if document else None
    with open_world(context) as world, screen.progress("Comparing") as progress:
        day = parse_day(on, "--on")
        told = job(world, export, archive=archive, reference=reference, on=day, document=paper, progress=progress)
    if json:
        return screen.as_json(told)
    records = screen.counted(told.records, "record")
    screen.say(f"{told.archive} took over {records} on {told.on}: {told.reference} (entry {told.entry}).")
    screen.note("They stay on the record store until they are destroyed under the law.")


def _tell(exported: Exported) -> None:
    records = screen.counted(exported.records, "record")
    screen.say(f"{records} ({megabytes(exported.size)}) exported into {exported.folder}, and checked.")
    screen.say(f"Identifier of the bag: {exported.bag}")
    screen.say(f"SHA-256 of its tag manifest: {exported.manifest}")
    _tell_left(exported.left)
    screen.note("It holds the mail of many people: hand it over as you would the records themselves.")
    screen.note(
        f"When the archive has accepted it: retention record transfer {exported.entry} --archive … --reference … --on …"
    )


def _tell_left(left: Sequence[Left]) -> None:
    screen.table(("record", "not in the bag, because"), [(one.place, one.why) for one in left[:SHOWN]])
    if len(left) > SHOWN:
        screen.say(f"… and {len(left) - SHOWN:,} more; `--json` has them all.")


def _list(context: typer.Context, json: bool) -> None:
    from retention.jobs.record.transfer import accessions

    with open_world(context) as world, screen.progress("Looking"):
        found = accessions(world)
    if json:
        return screen.as_json(found)
    if not found:
        return screen.say("Nothing was exported.")
    screen.table(("entry", "records", "purpose", "taken over by", "reference", "on"), [_row(one) for one in found])
    return None


def _row(one: Accession) -> tuple[object, ...]:
    return (one.export, one.records, one.purpose, one.archive or "nobody yet", one.reference, one.on or "")
