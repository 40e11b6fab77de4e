"""``retention run``: asked and answered, for cron, systemd and Windows Task Scheduler.

The work is in ``jobs/run.py``; whom its end is told besides is ``cli/telling.py``'s business.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from retention.cli import screen
from retention.cli.opening import asked, now, open_world
from retention.cli.options import Json
from retention.errors import AnotherRun

if TYPE_CHECKING:
    from pathlib import Path

    from retention.jobs.ran import Ran
    from retention.jobs.world import World


def run(context: typer.Context, json: Json = False) -> None:
    """Read, file, apply what is approved, propose what else is due. For cron; running it again goes on."""
    from retention.jobs.run import run as job

    config, began_at = asked(context).config, now()
    told: list[Ran] = []
    try:
        with open_world(context) as world:
            try:
                with screen.progress("Running") as progress:
                    job(world, progress, told.append)
            finally:
                for ran in told:
                    _tell(world, config.parent, ran, json)
    except AnotherRun:
        raise  # the other one tells how it ended
    except Exception as error:
        if not told:
            from retention.cli.telling import tell_unopened

            tell_unopened(config, began_at, error)
        raise


def _tell(world: World, folder: Path, ran: Ran, json: bool) -> None:
    from retention.cli.telling import tell

    if json:
        screen.as_json(ran)
    else:
        screen.say(summary(world, ran))
    for sentence in ran.waiting:
        screen.note(sentence)
    tell(world, folder, ran)


def summary(world: World, ran: Ran) -> str:
    """The run in one line."""
    began = screen.instant(ran.began_at, world.city.zone)
    seconds = sum(stage.seconds for stage in ran.stages)
    ended = f"stopped in {ran.stopped_in}" if ran.stopped_in else "done" if ran.good else "done, but not all"
    return f"Run of {began}: {ended} in {_took(seconds)}; {', '.join(_parts(ran))}."


def _parts(ran: Ran) -> Iterator[str]:
    read, filed, proposed = ran.stage("sync"), ran.stage("classify").get("filed", 0), ran.stage("propose").get("plan")
    if read:
        yield f"{screen.counted(read['mailboxes'] - read['unread'], 'mailbox', 'mailboxes')} read"
        if read["unread"]:
            yield f"{read['unread']:,} not read to the end"
        yield f"{screen.counted(read['rows'], 'message')} new or changed"
        if read["vanished"]:
            yield f"{screen.counted(read['vanished'], 'held message')} vanished"
    yield f"{filed:,} filed"
    yield f"{sum(one.captured for one in ran.moved):,} captured"
    yield f"{sum(one.purged for one in ran.moved):,} purged"
    if ran.totals:
        yield f"{ran.totals['held']:,} held"
    if proposed:
        yield f"plan {proposed} proposed"
    elif ran.waiting:
        yield f"{screen.counted(len(ran.waiting), 'thing waits', 'things wait')} for a person"


def _took(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
