"""``retention hold prove``: asked and answered.

The work is in ``jobs/hold/prove.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from retention.cli import screen
from retention.cli.hold import scope as options
from retention.cli.hold.releasing import Identity
from retention.cli.opening import asked, open_world
from retention.cli.options import Json, parse_day


def prove(
    context: typer.Context,
    name: options.Name,
    first: Annotated[str, typer.Option("--from", help="The first day shown; else the day of its placing.")] = "",
    last: Annotated[str, typer.Option("--to", help="The last day shown; else today, or its last.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write; not there yet.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Show the whole ledger, other matters too.")] = False,
    identity: Identity = None,
    json: Json = False,
) -> None:
    """Write a folder that proves a hold: who placed it, whom it reached on each day, what it stopped, and every gap.

    Anybody can read it, and check it with the verify.py in it on a machine without this product. What the ledger says
    of other matters is left unsaid, and can be checked not to have been changed.
    """
    from retention.jobs.hold.prove import prove as job

    first_on = parse_day(first, "--from") if first else None
    last_on = parse_day(last, "--to", end=True) if last else None
    with open_world(context) as world, screen.progress("Proving") as progress:
        city = world.city.city
        proven = job(
            world,
            name,
            output or Path(f"proof-{name}-{world.today}"),
            first=first_on,
            last=last_on,
            whole=whole,
            identity=identity,
            signers=asked(context).config.parent / city.signers if city.identity == "ssh" else None,
            progress=progress,
        )
    if json:
        return screen.as_json(proven)
    screen.say(f"The proof of the hold '{name}' is in {proven.folder}.")
    screen.table(("what", "value"), [tuple(map(_in_short, fact)) for fact in proven.facts])
    screen.say(f"The SHA-256 of its manifest: {proven.manifest}")
    if whole:
        screen.note("It shows everything the ledger says, of other matters and of sealed ones too.")
    screen.note("Whoever gets it runs: python3 verify.py --manifest and that digest, told apart from the folder.")


def _in_short(value: object) -> object:
    """A whole digest would leave no room for what it is of; the packet has it whole."""
    return re.sub(r"\b[0-9a-f]{64}\b", lambda found: screen.short(found[0]), value) if isinstance(value, str) else value
