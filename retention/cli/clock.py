"""``retention clock``: is the clock to be believed, and an office's word that it is.

The work is in ``jobs/clock.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import BadConfiguration, ClockWrong, TimeZoneMissing

if TYPE_CHECKING:
    from retention.jobs.world import World

app = typer.Typer(help="Whether the clock can be believed: nothing is deleted while it cannot.", no_args_is_help=True)


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """Ask the ledger, the machine, the mail system and the time zone data whether the clock is right."""
    from retention.jobs.clock import state

    with open_world(context) as world:
        found = state(world, told=True)
        unasked = _unasked(world)
        now = world.now()
        here = now.astimezone(world.city.zone)
    if json:
        screen.as_json({"now": now, "well": found.well, "sentences": found.sentences})
    else:
        screen.say(f"It is {here:%Y-%m-%d %H:%M} in {world.city.city.time_zone}, {now:%Y-%m-%d %H:%M} UTC.")
        for sentence in (*found.sentences, *unasked) or ("Nothing speaks against it.",):
            screen.say(sentence)
    if not found.well:
        wrong = TimeZoneMissing if found.code == TimeZoneMissing.exit_code else ClockWrong
        raise wrong("The clock cannot be believed.", "Nothing is deleted until it is right.")


def _unasked(world: World) -> tuple[str, ...]:
    """Why the mail system could not be asked, where its settings are the reason."""
    try:
        _ = world.mail
    except BadConfiguration as error:
        return (f"The mail system was not asked what time it is: {error.message}",)
    return ()


@app.command()
def confirm(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why it is right as it stands.")],
    json: Json = False,
) -> None:
    """Say, as an office, that the clock and the time zone data are right as they stand."""
    from retention.jobs.clock import confirm as job

    with open_world(context) as world:
        confirmed = job(world, reason)
        actor = world.actor
    if json:
        return screen.as_json(confirmed)
    screen.say(f"{actor} confirmed the clock: {confirmed.reason}")
