"""``retention audit``: asked and answered.

The work is in ``jobs/audit.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retention.cli import screen
from retention.cli.opening import now, open_world
from retention.cli.options import Json
from retention.errors import LedgerBroken

app = typer.Typer(help="Check the evidence.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def root() -> None:
    """Check the evidence."""


@app.command()
def verify(
    context: typer.Context,
    ledger: Annotated[
        Path | None, typer.Option("--ledger", help="Check this file alone; nothing else is opened.")
    ] = None,
    json: Json = False,
) -> None:
    """Check the whole ledger, and every record it speaks of against its digest."""
    from retention.jobs.audit import verify as job

    if ledger is not None:
        return _alone(ledger, json)
    with open_world(context) as world, screen.progress("Checking records") as progress:
        verified = job(world, progress=progress)
    if json:
        return screen.as_json(verified)
    _whole(verified.entries, verified.head)
    screen.say(f"{screen.counted(verified.records, 'record')} read back and equal to their digests.")
    if verified.copies:
        copies = screen.counted(verified.copies, "preservation copy", "preservation copies")
        screen.say(f"{copies} read back and equal to their digests.")
    if verified.unfinished:
        screen.say(f"{screen.counted(verified.unfinished, 'deed')} begun and not ended; `retention apply` ends them.")


def _alone(path: Path, json: bool) -> None:
    from retention.ledger import Ledger

    entries, head = Ledger(path, now=now, by="").head
    if not entries:
        raise LedgerBroken(f"{path} has no whole entry, not even the first.", "It is no ledger, or it was emptied.")
    if json:
        return screen.as_json({"entries": entries, "head": head})
    _whole(entries, head)


def _whole(entries: int, head: str) -> None:
    screen.say(f"The ledger is whole, from its first entry to its last: {screen.counted(entries, 'entry', 'entries')}.")
    screen.say(f"The last one's digest is {head}.")
