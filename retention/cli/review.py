"""``retention review``: asked and answered, and lists written for people to fill in and read back.

The work is in ``jobs/review.py`` and ``jobs/sample.py``; what a list must say, in ``core/review.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.lists import read_list
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import WrongUsage

if TYPE_CHECKING:
    from retention.core.review import Group
    from retention.jobs.review import Waiting
    from retention.jobs.sample import Sample

app = typer.Typer(
    help="Decide what no rule can: mail without a series, with several, or beside a record.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
LONGEST_SUBJECT = 100
"""Letters of an example subject in a list."""
MOST_LABELS = 20_000
"""As many rows of a list can be read back."""
HEADINGS = ("group", "question", "sender", "year", "messages", "assigned to", "mailboxes", "example 1", "example 2")
EXPORTED = (*HEADINGS, "example 3", "series", "keys", "reason", "members")
SAMPLED = ("message", "message id", "mailbox", "received", "sender", "subject", "series", "why", "label")
Output = Annotated[Path, typer.Option("--output", "-o", help="The .csv or .xlsx file to write; never over another.")]
Encoding = Annotated[str, typer.Option("--encoding", help="What the file is in where it is not UTF-8: cp1252.")]


@app.command("list")
def list_(
    context: typer.Context,
    assigned_to: Annotated[str, typer.Option("--assigned-to", metavar="ADDRESS", help="Only this person's.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="The largest so many groups.")] = 40,
    json: Json = False,
) -> None:
    """What waits for a person, in groups of one question, sender and year."""
    from retention.jobs.review import waiting

    with open_world(context) as world, screen.progress("Looking"):
        found = waiting(world, assigned_to=assigned_to, limit=limit)
    if json:
        return screen.as_json(found)
    screen.table(
        ("group", "question", "sender", "year", "messages", "assigned to"),
        [(g.id, g.question, g.sender or "(nobody)", _year(g), g.messages, g.assigned_to or "-") for g in found.shown],
    )
    _totals(found)
    if found.shown:
        screen.say("Next: `retention review export -o review.csv`, fill in series and reason, and import it.")


@app.command()
def assign(
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group, as `retention review list` shows it.")],
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Who is to decide: somebody in [people].")],
    json: Json = False,
) -> None:
    """Let a group wait for one person's decision, who may then decide it."""
    from retention.jobs.review import assign as job

    with open_world(context) as world, screen.progress("Looking"):
        assigned = job(world, group, to)
    if json:
        return screen.as_json(assigned)
    waits = screen.counted(assigned.messages, "message")
    screen.say(f"Group {assigned.id} ({waits}, {assigned.question}) waits for {to.strip().lower()} now.")


@app.command()
def export(
    context: typer.Context,
    output: Output,
    assigned_to: Annotated[str, typer.Option("--assigned-to", metavar="ADDRESS", help="Only this person's.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="The largest so many groups.")] = 2000,
    json: Json = False,
) -> None:
    """Write the groups into a list in which a person fills in series, keys and reason."""
    from retention.jobs.review import waiting

    with open_world(context) as world, screen.progress("Looking"):
        found = waiting(world, assigned_to=assigned_to, limit=limit)
    _write(output, [EXPORTED, *(_row(group) for group in found.shown)])
    if json:
        return screen.as_json(found)
    _totals(found)
    screen.say(f"{screen.counted(len(found.shown), 'group')} in {output}: fill in series, or keys, and reason.")
    screen.say(f"Next: `retention review import {output}`; rows left empty stay for later.")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list that `review export` wrote, filled in.")],
    skip_bad_rows: Annotated[bool, typer.Option("--skip-bad-rows", help="Take the rows without a problem.")] = False,
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Write a person's decisions to the ledger and file the messages by them. All rows are taken, or none."""
    from retention.jobs.review import import_ as job

    sheet, _ = read_list(file, encoding)
    with open_world(context) as world, screen.progress("Filing messages") as progress:
        imported = job(world, sheet, skip_bad_rows=skip_bad_rows, progress=progress)
    if json:
        return screen.as_json(imported)
    for problem in imported.problems:
        screen.note(f"Not taken: {problem}")
    groups = screen.counted(imported.groups, "group")
    screen.say(f"{groups} decided: {screen.counted(imported.messages, 'message')}, written to the ledger and filed.")
    if imported.transitory:
        removed = screen.counted(imported.transitory, "message")
        screen.say(f"{removed} of them filed as no record: a plan removes them once they are due.")
    if imported.known:
        screen.say(f"{screen.counted(imported.known, 'message')} had these keys already.")
    if imported.left:
        screen.say(f"{screen.counted(imported.left, 'row')} left for later.")


@app.command()
def sample(
    context: typer.Context,
    of: Annotated[str, typer.Option("--of", help="What to draw from: purge, all that a plan made now would purge.")],
    size: Annotated[int, typer.Option("--size", min=1, max=MOST_LABELS, help="How many messages.")],
    seed: Annotated[str, typer.Option("--seed", help="Any text; the same one draws the same messages again.")],
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="PLAN", help="Draw from what this plan purges, not from now.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .csv or .xlsx file for the labels; never over another.")
    ] = None,
    json: Json = False,
) -> None:
    """Draw messages at random from what would be purged, for a person to read and label.

    Without --plan they are drawn from the catalog as it is now, and prove nothing of a plan made before or after.
    """
    from retention.cli.plan import read_plan
    from retention.core.plan import DestructionPlan
    from retention.jobs.sample import sample as job

    made = read_plan(plan) if plan is not None else None
    if isinstance(made, DestructionPlan):
        raise WrongUsage(f"{plan} is a plan for stored records.", "Name one that `retention plan` wrote.")
    with open_world(context) as world, screen.progress("Drawing") as progress:
        drawn = job(world, of=of, size=size, seed=seed, plan=made, progress=progress)
    if output is not None:
        rows = [
            (str(m.n), m.id, m.mailbox, str(m.received_on or ""), m.sender, m.subject, m.series, m.why, "")
            for m in drawn.messages
        ]
        _write(output, [SAMPLED, *rows])
    if json:
        return screen.as_json(drawn)
    if output is None:
        screen.table(
            ("message", "received", "sender", "subject", "series"),
            [(m.n, str(m.received_on or "-"), m.sender, m.subject, m.series) for m in drawn.messages],
        )
    _proves(drawn)
    if output is not None and drawn.messages:
        screen.say(f"They are in {output}: label each record or transitory.")
        screen.say(f"Next: `retention classify --evaluate {output}`.")


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Subjects are untrusted: no cell may hide signs, begin another row, or be taken for a formula."""
    from retention import sheets
    from retention.core.spreadsheet.sheet import guarded

    cells = tuple(tuple(guarded(" ".join(screen.clean(cell).split())) for cell in row) for row in rows)
    sheets.write(path, cells, name="Review", counts=("messages",))


def _row(group: Group) -> tuple[str, ...]:
    more = (f"and {group.more_mailboxes:,} more",) if group.more_mailboxes else ()
    examples = [*(_short(subject) for subject in group.examples), "", "", ""][:3]
    return (
        *(group.id, group.question, group.sender, str(group.year or ""), str(group.messages), group.assigned_to),
        *("; ".join((*group.mailboxes, *more)), *examples),
        *("", "", "", group.members),
    )


def _short(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"


def _year(group: Group) -> str:
    return str(group.year or "no date")


def _totals(found: Waiting) -> None:
    if not found.groups:
        screen.say("Nothing waits for review.")
    else:
        shown = f"; the largest {len(found.shown):,} are shown" if len(found.shown) < found.groups else ""
        messages, groups = screen.counted(found.messages, "message"), screen.counted(found.groups, "group")
        screen.say(f"{messages} in {groups}: waiting for review{shown}.")
    if found.unfiled:
        screen.note(f"{screen.counted(found.unfiled, 'message')} not filed yet: run `retention classify` first.")


def _proves(drawn: Sample) -> None:
    from retention.core.measure import percent

    size = len(drawn.messages)
    purges = f"Plan {drawn.plan} purges" if drawn.plan else "A plan made now would purge"
    if not size:
        screen.say(f"{purges} nothing, so there is nothing to draw from.")
    elif size == drawn.population:
        screen.say(f"{purges} {screen.counted(size, 'message')}, and these are all of them.")
    else:
        of = f"plan {drawn.plan} purges" if drawn.plan else "would be purged"
        screen.say(f"Drawn with the seed '{drawn.seed}': {size:,} of {drawn.population:,} that {of}.")
        screen.say(f"If none of them is a record, then with 95 % confidence at most {percent(drawn.upper)} of all are.")
    if size and not drawn.plan:
        screen.say("That is true of the catalog as it is now; for a plan, draw from it with --plan PLAN.")
