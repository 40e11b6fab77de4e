"""``retention consent``: asked and answered, and the scanned document's digest taken.

The work is in ``jobs/consent.py``. What a document says is never kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, scanned

if TYPE_CHECKING:
    from retention.jobs.consent import Filed

app = typer.Typer(
    help="Put on file that an authority allowed the destruction of exactly these records.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def record(
    context: typer.Context,
    plan: Annotated[Path, typer.Option("--plan", help="The plan whose records it is for.")],
    gate: Annotated[str, typer.Option("--gate", help="Which gate it opens, as `consent list --plan` shows it.")],
    reference: Annotated[str, typer.Option("--reference", help="What is written on it: a resolution's number.")],
    given_by: Annotated[str, typer.Option("--given-by", help="Who gave it; of a city's office, their address.")],
    given_on: Annotated[str, typer.Option("--given-on", help="On which day, such as 2026-11-03.")],
    until: Annotated[str, typer.Option("--until", help="The last day on which it counts, where it says one.")] = "",
    document: Annotated[
        Path | None, typer.Option("--document", help="The scanned document: its name and digest are kept.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="What else is to be known of it.")] = "",
    json: Json = False,
) -> None:
    """File a consent for the records of a plan that need it, and for no others."""
    from retention.cli.options import parse_day
    from retention.cli.plan import read_plan
    from retention.jobs.consent import record as job

    on, last = parse_day(given_on, "--given-on"), parse_day(until, "--until", end=True) if until else None
    made, paper = read_plan(plan), scanned(document) if document else None
    with open_world(context) as world, screen.progress("Looking at the records"):
        filed = job(
            world,
            made,
            gate,
            reference=reference,
            given_by=given_by,
            given_on=on,
            until=last,
            document=paper,
            note=note,
        )
    if json:
        return screen.as_json(filed)
    for one in filed:
        records = screen.counted(one.records, "record")
        screen.say(f"On file as entry {one.entry}: {one.title}, for {records} of {one.schedule}.")
        screen.say(f"It counts until {one.until}, and for no record that is not in plan {made.name}.")


@app.command()
def withdraw(
    context: typer.Context,
    entry: Annotated[int, typer.Argument(help="The consent's entry, as `retention consent list` shows it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it counts no more.")],
    json: Json = False,
) -> None:
    """Take a consent back: every deed that rests on it and is not done yet stops."""
    from retention.jobs.consent import withdraw as job

    with open_world(context) as world:
        filed = job(world, entry, reason=reason)
    if json:
        return screen.as_json(filed)
    screen.say(f"Withdrawn: {filed.reference} of {filed.given_on}, for {screen.counted(filed.records, 'record')}.")


@app.command("list")
def list_(
    context: typer.Context,
    gate: Annotated[str, typer.Option("--gate", help="Only those of this gate.")] = "",
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Only those for this plan's records; and which gates are open.")
    ] = None,
    json: Json = False,
) -> None:
    """The consents on file; with a plan, which of its gates they open and why others are shut."""
    from retention.cli.plan import read_plan
    from retention.jobs.consent import told as job

    made = read_plan(plan) if plan else None
    with open_world(context) as world, screen.progress("Looking"):
        told = job(world, gate=gate, plan=made)
    if json:
        return screen.as_json(told)
    for one in told.consents:
        _show(one)
    screen.say(f"{screen.counted(len(told.consents), 'consent')} on file.")
    for passage in told.gates:
        screen.say(f"{passage.title} ({passage.gate}): open for {passage.open:,} of {passage.needed:,} records.")
        for sentence, number in passage.shut.items():
            screen.say(f"  {screen.counted(number, 'record')}: {sentence}")
    if made is not None and not told.gates:
        screen.say(f"No record of plan {made.name} needs anybody's consent.")


def _show(one: Filed) -> None:
    """One consent in a few lines: what it covers does not fit a column."""
    standing = f"in force until {one.until}" if one.standing == "in force" else one.standing
    screen.say(f"Entry {one.entry}: {one.title or one.gate}, {standing}.")
    screen.say(f"  {one.reference} of {one.given_on}, given by {one.given_by}.")
    covers = ", ".join(f"{series} {_span(years)}" for series, years in one.covers.items())
    screen.say(f"  For {screen.counted(one.records, 'record')} of {one.schedule}: {covers}.")
    if one.file:
        screen.say(f"  Document: {one.file}, SHA-256 {one.document}.")
    if one.note:
        screen.say(f"  {one.note}")


def _span(years: tuple[str, ...]) -> str:
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
