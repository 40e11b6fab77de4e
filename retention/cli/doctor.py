"""``retention doctor``: asked and answered.

The work is in ``jobs/doctor``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from retention.cli import screen
from retention.cli.opening import asked, open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from pathlib import Path

    from retention.jobs.doctor import Check
    from retention.jobs.world import World


def doctor(context: typer.Context, json: Json = False) -> None:
    """What is set up, what is not, and what cannot be covered, each with the next step."""
    from retention.jobs.doctor import doctor as job

    with open_world(context) as world, screen.progress("Looking") as progress:
        checks = job(world, tuple(_files(world, asked(context).config)), progress)
    if json:
        screen.as_json(checks)
    else:
        for check in checks:
            screen.say(f"{_mark(check)}  {check.what}: {check.found}")
            if check.next_step:
                screen.say(f"      next: {check.next_step}")
    worst = next((check.code for check in checks if check.code), 0)
    if worst:
        raise typer.Exit(worst)


def _mark(check: Check) -> str:
    """What has to be known is neither well nor to be mended."""
    return "MEND" if check.code else "note" if check.note else "ok  "


def _files(world: World, config: Path) -> Iterator[Check]:
    """Who else can write what the city rests on. What is refused for it never opens, and so never comes here."""
    import os

    from retention.jobs.doctor import Check
    from retention.private import openings, renamable

    if os.name != "posix":
        said = "Who can write the city's files is not looked at on Windows."
        step = "See that only those who run retention may change its folder."
        yield Check(what="file permissions", found=said, next_step=step, note=True)
        return
    paths = dict.fromkeys((config, world.catalog.path, world.ledger.path))
    found = [opening for path in paths for opening in openings(path, alone=path == config)]
    for opening in dict.fromkeys(found):
        yield Check(what="file permissions", found=f"{opening.why}.", next_step=f"`{opening.mend}`", code=10)
    for opening in dict.fromkeys(renamable(config)):
        said = f"{opening.why}, and could put another folder in the place of the city's."
        yield Check(what="file permissions", found=said, next_step=f"`{opening.mend}`", note=True)
    if not found:
        yield Check(what="file permissions", found="Nobody else can write the settings, the catalog or the ledger.")
