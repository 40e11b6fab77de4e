"""``retention record list``, ``search`` and ``due``: asked and answered.

The work is in ``jobs/record/listing.py`` and ``jobs/record/due.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day

if TYPE_CHECKING:
    from retention.jobs.record.listing import Asked, Found, Listed

LONGEST_CELL = 60
"""Letters of a subject in a table; ``--json`` and ``record show`` have them whole."""
Schedule = Annotated[str, typer.Option("--schedule", help="Only records of this schedule.")]
Series = Annotated[str, typer.Option("--series", help="Only records of this series, by its code.")]
Custodian = Annotated[str, typer.Option("--custodian", metavar="ADDRESS", help="Captured from this mailbox.")]
First = Annotated[str, typer.Option("--from", metavar="DAY", help="Received on this day or later.")]
Last = Annotated[str, typer.Option("--to", metavar="DAY", help="Received on this day or before.")]
DueBy = Annotated[str, typer.Option("--due-by", metavar="DAY", help="Due on this day or before.")]
DueYear = Annotated[int | None, typer.Option("--due", metavar="YEAR", min=1, max=9998, help="Due in this year.")]
DueChanged = Annotated[bool, typer.Option("--due-changed", help="Due on another day than when it was captured.")]
Held = Annotated[bool, typer.Option("--held", help="Only records that a hold covers now.")]
Hold = Annotated[str, typer.Option("--hold", metavar="NAME", help="Only records that this hold covers now.")]
State = Annotated[str, typer.Option("--state", help="kept, quarantined or destroyed.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Show so many; --json shows all.")]


def list_(
    context: typer.Context,
    schedule: Schedule = "",
    series: Series = "",
    custodian: Custodian = "",
    first: First = "",
    last: Last = "",
    due_by: DueBy = "",
    due_year: DueYear = None,
    due_changed: DueChanged = False,
    held: Held = False,
    hold: Hold = "",
    state: State = "",
    words: Annotated[str, typer.Option("--words", help="Words of subject, sender, recipients, file names.")] = "",
    limit: Limit = 40,
    json: Json = False,
) -> None:
    """Every record that was captured, or those that are asked for, by the numbers that `record show` takes."""
    asked = _asked(schedule, series, custodian, first, last, due_by, due_year, due_changed, held, hold, state, words)
    _answer(context, asked, limit, json)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help='Words, "several as one", or the beginning of one: fence*.')],
    schedule: Schedule = "",
    series: Series = "",
    custodian: Custodian = "",
    first: First = "",
    last: Last = "",
    due_by: DueBy = "",
    due_year: DueYear = None,
    due_changed: DueChanged = False,
    held: Held = False,
    hold: Hold = "",
    state: State = "",
    limit: Limit = 40,
    json: Json = False,
) -> None:
    """Records by the words of their headers, the best first: subject, sender, recipients, file names, Message-ID.

    All words must be there; capitals and accents do not matter. What a message says below its headers is not searched.
    """
    typed = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
    asked = _asked(schedule, series, custodian, first, last, due_by, due_year, due_changed, held, hold, state, typed)
    _answer(context, asked, limit, json)


def due(context: typer.Context, json: Json = False) -> None:
    """Work out when every record is due by the schedules and events of today, and say which changed."""
    from collections import Counter

    from retention.jobs.record.due import work_out

    with open_world(context) as world, screen.progress("Working out") as progress:
        changed = work_out(world, progress)
    if json:
        return screen.as_json(changed)
    counts = Counter((one.schedule, one.series) for one in changed)
    examples = {(one.schedule, one.series): one for one in changed}
    screen.table(
        ("schedule", "series", "records", "one was due", "and is due"),
        [(*of, count, _day(examples[of].was), _day(examples[of].due_on)) for of, count in counts.most_common()],
    )
    number = screen.counted(len(changed), "record") if changed else "No record is"
    screen.say(f"{number} due on another day than before, by the rules of today.")


def _asked(
    schedule: str,
    series: str,
    custodian: str,
    first: str,
    last: str,
    due_by: str,
    due_year: int | None,
    due_changed: bool,
    held: bool,
    hold: str,
    state: str,
    words: str,
) -> Asked:
    from retention.jobs.record.listing import Asked

    return Asked(
        schedule=schedule,
        series=series,
        custodian=custodian,
        first=parse_day(first, "--from") if first else None,
        last=parse_day(last, "--to", end=True) if last else None,
        due_by=parse_day(due_by, "--due-by", end=True) if due_by else None,
        due_year=due_year,
        due_changed=due_changed,
        held=held,
        hold=hold,
        state=state,
        words=words,
    )


def _answer(context: typer.Context, asked: Asked, limit: int, json: bool) -> None:
    from retention.jobs.record.listing import listed

    with open_world(context) as world, screen.progress("Looking") as progress:
        found = listed(world, asked, None if json else limit, progress)
    if json:
        return screen.as_json(found)
    noted = any(map(_note, found.shown))
    headings = ("record", "received", "due on", "series", "subject", *(("note",) if noted else ()))
    screen.table(headings, [(*_row(one), *((_note(one),) if noted else ())) for one in found.shown])
    _total(found)
    _changes(found.changed)


def _row(one: Listed) -> screen.Row:
    subject = one.subject or ("(destroyed)" if one.state == "destroyed" else "(not known)")
    return (one.n, _day(one.received_on), _day(one.due_on), one.series, _short(subject))


def _note(one: Listed) -> str:
    """Whatever must not be overlooked."""
    notes = [one.state] if one.state != "kept" else []
    notes += [f"held: {', '.join(one.held_by)}"] if one.held_by else []
    return "; ".join([*notes, *([one.trouble] if one.trouble else [])])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _day(on: object) -> str:
    return str(on) if on is not None else "-"


def _total(found: Found) -> None:
    more = found.records - len(found.shown)
    if not found.records:
        screen.say("No record is as asked.")
    elif more:
        screen.say(f"{screen.counted(found.records, 'record')}; {more:,} more than are shown (--limit, or --json).")
    else:
        screen.say(f"{screen.counted(found.records, 'record')}.")


def _changes(changed: dict[str, int]) -> None:
    if changed:
        records = screen.counted(sum(changed.values()), "record")
        screen.note(f"By the rules of today {records} came to be due on another day: see --due-changed.")
