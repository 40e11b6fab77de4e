"""``retention event``: asked and answered.

The work is in ``jobs/event.py``.
"""

from __future__ import annotations

from typing import Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day

app = typer.Typer(
    help="Record what starts a clock: a contract closed, a year audited, a person gone.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def record(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="What happened, as the schedule names it: closed, superseded, audit.")],
    key: Annotated[str, typer.Option("--key", help="To what: 'contract C-2211', 'fiscal year 2026'.")],
    on: Annotated[str, typer.Option("--on", help="On which day; of a month or a year, its last.")],
    source: Annotated[str, typer.Option("--source", help="Where that is written.")] = "",
    json: Json = False,
) -> None:
    """Start the clock of every message that bears this key, past and future."""
    from retention.jobs.event import awaited
    from retention.jobs.event import record as job

    # Of a month or a year the last day: a clock that starts later keeps longer.
    with open_world(context) as world:
        told = job(world, kind, key=key, on=parse_day(on, "--on", end=True), source=source)
        kinds = awaited(world)
    if json:
        return screen.as_json(told)
    screen.say(f"Written down as entry {told.n}: {told.key}, {told.kind} on {told.on}.")
    if told.kind not in kinds and f"{told.kind} of {told.key}" not in kinds:
        waits = ", ".join(kinds) or "nothing"
        screen.note(f"No series of the city's schedules waits for '{told.kind}'; they wait for: {waits}.")


@app.command()
def retract(
    context: typer.Context,
    entry: Annotated[int, typer.Argument(help="The event's entry, as `retention event list` shows it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is taken back.")],
    json: Json = False,
) -> None:
    """Take an event back: the clocks it started stop, and its messages wait again."""
    from retention.jobs.event import retract as job

    with open_world(context) as world:
        told = job(world, entry, reason=reason)
    if json:
        return screen.as_json(told)
    screen.say(f"Taken back: {told.key}, {told.kind} on {told.on}.")


@app.command("list")
def list_(
    context: typer.Context,
    key: Annotated[str, typer.Option("--key", help="Only those of this key.")] = "",
    json: Json = False,
) -> None:
    """The events in force, and what the schedules wait for."""
    from retention.jobs.event import awaited
    from retention.jobs.event import told as job

    with open_world(context) as world:
        events, kinds = job(world, key), awaited(world)
    if json:
        return screen.as_json({"events": events, "awaited": kinds})
    screen.table(
        ("entry", "key", "what happened", "on", "source"),
        [(one.n, one.key, one.kind, str(one.on), one.source) for one in events],
    )
    screen.say(f"{screen.counted(len(events), 'event')} in force. The schedules wait for: {', '.join(kinds) or '-'}.")
