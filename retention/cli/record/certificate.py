"""``retention record certificate``: asked and answered.

The work is in ``jobs/record/certificate.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import WrongUsage

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from retention.jobs.record.certificate import Issued


def certificate(
    context: typer.Context,
    run: Annotated[int | None, typer.Argument(metavar="RUN", help="The ledger's entry that began the run.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it once more, into a folder that is not there yet.")
    ] = None,
    json: Json = False,
) -> None:
    """List the certificates of destruction; with RUN, write one that is not there yet, or once more with --output."""
    from retention.jobs.record import certificate as job

    if run is None and output is not None:
        raise WrongUsage("--output needs the run whose certificate is to be written.", "Run it without to list them.")
    with open_world(context) as world:
        if run is None:
            return _list(job.certificates(world), world.city.zone, json)
        if output is None:
            folder = job.issue(world, run)
        else:
            job.again(world, run, output)
            folder = output
        issued = next(one for one in job.certificates(world) if one.run == run)
    if json:
        return screen.as_json(issued)
    screen.say(
        f"The certificate of the run of entry {run}, of {screen.counted(issued.records, 'record')}, is in {folder}."
    )
    screen.say(f"The SHA-256 of its JSON: {issued.digest}")


def _list(rows: tuple[Issued, ...], zone: ZoneInfo, json: bool) -> None:
    if json:
        return screen.as_json(rows)
    if not rows:
        return screen.say("No run has destroyed records yet.")
    screen.table(
        ("run", "begun", "plan", "records", "certified"),
        [(str(one.run), _at(one.begun_at, zone), one.plan[:12], one.records, _on(one.at, zone)) for one in rows],
    )
    for one in rows:
        if one.folder:
            screen.say(f"{one.run}: certified by {one.by}, in {one.folder}")
        else:
            screen.say(f"{one.run}: `retention record certificate {one.run}` writes it.")


def _at(instant: str, zone: ZoneInfo) -> str:
    """An instant as a certificate has it in writing, UTC, in the city's own time."""
    return screen.instant(_read(instant), zone)


def _on(instant: str, zone: ZoneInfo) -> str:
    return screen.day(_read(instant), zone) if instant else "not yet"


def _read(instant: str) -> datetime:
    return datetime.fromisoformat(instant).replace(tzinfo=UTC)
