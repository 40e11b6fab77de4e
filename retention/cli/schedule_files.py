"""``retention schedule import`` and ``export``: the city's own schedule from a spreadsheet, and ours as one.

What a row means is in ``core/spreadsheet``; how a file is read, in ``sheets``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen, toml
from retention.cli.opening import asked, now
from retention.cli.options import Json
from retention.cli.schedules import laws, read_schedule, schedule_path
from retention.errors import BadConfiguration, ScheduleNotValid, WrongUsage

if TYPE_CHECKING:
    from retention.core.schedule import Schedule
    from retention.core.spreadsheet.columns import Said, Taken
    from retention.sheets import Book


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The city's schedule as .csv or .xlsx.")],
    name: Annotated[str, typer.Option("--name", help="What the schedule is to be called; else as the file.")] = "",
    title: Annotated[str, typer.Option("--title", help="The schedule's own title.")] = "",
    authority: Annotated[str, typer.Option("--authority", help="By what authority it is in force.")] = "",
    edition: Annotated[str, typer.Option("--edition", help="Which edition of it this is.")] = "",
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", help="The state whose law it stands under.")] = "",
    law: Annotated[
        str, typer.Option("--law", metavar="none", help="Say none where no law that is shipped is that state's.")
    ] = "",
    mapped: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=KEY", help="What a column means; may be repeated.")
    ] = None,
    purview: Annotated[bool, typer.Option("--purview", help="It is Microsoft Purview's file plan.")] = False,
    start: Annotated[str, typer.Option("--start", help="From when a period counts whose row does not say it.")] = "",
    then: Annotated[
        str, typer.Option("--then", help="destroy, keep or review, for rows without a disposition; else review.")
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Of a CSV file that is not UTF-8: cp1252.")] = "",
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Write the rows that are understood, and list the others.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write the schedule.")] = None,
    json: Json = False,
) -> None:
    """Bring in the city's own approved schedule from a spreadsheet; tell every row that is not understood."""
    from retention import sheets
    from retention.core.spreadsheet.columns import slug
    from retention.sheets import schedule_file

    jurisdiction = _jurisdiction(jurisdiction, law)
    name = _named(name) if name else slug(file.stem) or "schedule"
    output = output or asked(context).config.parent / f"{name}.toml"
    schedule_file.writable(output)
    head = {
        "name": name,
        "title": title or file.stem,
        "authority": authority or "the city's own approved schedule",
        "edition": edition or f"as in {file.name}",
        "jurisdiction": jurisdiction,
        "law": law,
    }
    said = _said(mapped or [], start, then, head["authority"])
    book = sheets.read(file, encoding)
    taken = _taken(book, {key: text for key, text in head.items() if text}, said, purview)
    if taken.of_all:
        raise _not_understood(book.file, [str(bad) for bad in taken.problems], skippable=False)
    if taken.problems and not skip_bad_rows:
        raise _not_understood(book.file, [str(bad) for bad in taken.problems])
    if not taken.data["series"]:
        told = [str(bad) for bad in taken.problems]
        raise _not_understood(book.file, told or ["the file: there is no row under the headings"])
    _checked(book.file, taken)
    schedule_file.write(output, _head(book, taken, output), taken.data, toml.LARGEST)
    # What its state's law does not let stand can only be mended in the file itself, and is told by every check.
    _, unlawful = read_schedule(output)
    number = len(taken.data["series"])
    if json:
        return screen.as_json(
            {
                "schedule": name,
                "output": str(output),
                "series": number,
                "file": book.file,
                "sha256": book.sha256,
                "rows_read": taken.rows,
                "rows_left_out": taken.rows - number,
                "skipped": taken.problems,
                "to_mend": unlawful,
                "passed_over": taken.passed_over,
            }
        )
    screen.say(f"Wrote {output}: {number} series from {book.file}.")
    for bad in taken.problems:
        screen.say(f"Left out: {bad}")
    for problem in unlawful:
        screen.say(f"To mend before it can be adopted: {problem}")
    for sentence in taken.passed_over:
        screen.note(f"Note: {sentence}.")
    screen.say(f"{taken.summary}.")
    screen.say(f"Next: `retention schedule check {output}`; then see the top of the file.")


def export(
    context: typer.Context,
    named: Annotated[str, typer.Argument(metavar="NAME", help="A shipped schedule, or the path of a .toml file.")],
    purview: Annotated[bool, typer.Option("--purview", help="As Microsoft Purview's file plan.")] = False,
    reviewer: Annotated[
        str, typer.Option("--reviewer", metavar="ADDRESS", help="Who reviews in Purview what is to be reviewed.")
    ] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A .csv or .xlsx file to write.")] = None,
    json: Json = False,
) -> None:
    """Write a schedule as a spreadsheet, or as Microsoft Purview's file plan; tell what that cannot hold."""
    from retention import sheets
    from retention.core.spreadsheet.purview import file_plan
    from retention.core.spreadsheet.rows import left_out, rows

    schedule = _read(context, named)
    output = output or Path(f"{schedule.name}.csv")
    if purview and output.suffix.lower() != ".csv":
        raise WrongUsage("Purview imports its file plan as CSV only.", "Name a file ending in .csv.")
    if reviewer and not purview:
        raise WrongUsage("--reviewer is only for Purview.", "Say --purview too, or leave it out.")
    if purview:
        plan = file_plan(schedule, reviewer)
        written, missing, events = plan.rows, plan.left_out, plan.events
    else:
        written, missing, events = rows(schedule), tuple(("", what) for what in left_out(schedule)), ()
    sheets.write(output, written, mark=not purview, name="Schedule")
    number = len(written) - 1
    if json:
        told = [{"series": key, "reason": reason} for key, reason in missing]
        return screen.as_json(
            {
                "schedule": schedule.name,
                "output": str(output),
                "series": number,
                "left_out": told,
                "event_types": events,
            }
        )
    screen.say(f"Wrote {output}: {number} series of {schedule.name}.")
    if purview:
        screen.table(("left out", "why"), list(missing))
        if events:
            screen.say(f"Event types that must be in Purview before the import: {', '.join(events)}.")
    elif missing:
        screen.say(f"Not in it: {', '.join(what for _, what in missing)}.")


# --- importing ------------------------------------------------------------------------------------------------------


def _jurisdiction(said: str, law: str) -> str:
    """The state whose law stands above the schedule, as its law is shipped; any name where none of them is its own."""
    from retention.core.schedule import NO_LAW

    known = {name.casefold(): name for name in laws()}
    said, listed = " ".join(said.split()), ", ".join(laws())
    if law not in ("", NO_LAW):
        raise WrongUsage(f"--law '{law}' is not understood.", f"Say --law {NO_LAW}, or leave it out.")
    if not said:
        raise WrongUsage(
            "It was not said under which state's law the schedule stands.",
            f"Say --jurisdiction and the state's name; the law of these comes with retention: {listed}.",
        )
    if law and said.casefold() in known:
        raise WrongUsage(
            f"The law of {known[said.casefold()]} comes with retention and is not left aside.", "Leave out --law."
        )
    if not law and said.casefold() not in known:
        raise WrongUsage(
            f"No law of '{said}' is shipped here (there are {listed}).",
            f"Correct the name, or say --law {NO_LAW} too where none of them is yours.",
        )
    return known.get(said.casefold(), said)


def _named(name: str) -> str:
    from retention.core.spreadsheet.columns import slug

    if slug(name) != name:
        raise WrongUsage(
            f"'{name}' is no name for a schedule.", "Use small letters, digits and hyphens, such as city-of-rosemount."
        )
    return name


def _said(mapped: list[str], start: str, then: str, authority: str) -> Said:
    """What was said beside the file. Raises ``WrongUsage`` where it is not understood."""
    from difflib import get_close_matches

    from retention.core.schedule import Then
    from retention.core.spreadsheet.cells import start_of
    from retention.core.spreadsheet.columns import Said
    from retention.core.spreadsheet.headings import KEYS, normal

    headings = {}
    for one in mapped:
        heading, equals, key = one.rpartition("=")
        if not equals or key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            hint = (
                f"Perhaps '{heading}={near[0]}' is meant." if near else f"Say COLUMN=KEY; keys are {', '.join(KEYS)}."
            )
            raise WrongUsage(f"--map '{one}' is not understood.", hint)
        headings[normal(heading)] = key
    if then and then not in [*Then]:
        raise WrongUsage(f"--then '{then}' is not understood.", f"Say one of {', '.join(Then)}.")
    try:
        start = start_of(start) if start else ""
    except ValueError as wrong:
        raise WrongUsage(f"--start is not understood: {wrong}.", "Say --start received.") from wrong
    return Said(headings=headings, start=start, then=then, citation=authority)


def _taken(book: Book, head: dict[str, str], said: Said, purview: bool) -> Taken:
    from retention.core.spreadsheet.columns import Origin, read
    from retention.core.spreadsheet.purview import FORM, is_file_plan

    form = FORM if purview or is_file_plan(book.sheets) else None
    return read(Origin(book.file, book.sha256), book.sheets, head, said, form)


def _checked(file: str, taken: Taken) -> None:
    """What was read must check as any schedule must, its examples included, before it is written."""
    from retention.core.classify import check
    from retention.core.schedule import parse

    schedule, problems = parse(taken.data, taken.data["schedule"]["name"])
    problems = problems if schedule is None else check(schedule)
    if problems:
        raise _not_understood(file, [str(problem) for problem in problems])


def _not_understood(file: str, told: list[str], *, skippable: bool = True) -> ScheduleNotValid:
    found = screen.counted(len(told), "problem")
    listed = "".join(f"\n  {one}" for one in told)
    return ScheduleNotValid(
        f"{file} has {found}, and nothing was written:{listed}",
        "Correct the file and import it again"
        + (
            ", or leave such rows out with --skip-bad-rows."
            if skippable
            else ", or say what a column means with --map."
        ),
    )


def _head(book: Book, taken: Taken, output: Path) -> list[str]:
    """What stands at the top of the file: where it comes from, what is missing, and what to do next."""
    name, number = taken.data["schedule"]["name"], len(taken.data["series"])
    lines = [
        f"Imported from {book.file} on {now():%Y-%m-%d}: {screen.counted(number, 'series', 'series')}.",
        f"{taken.summary}.",
        f"SHA-256 of that file: {book.sha256}",
        "",
        "No series has a match rule yet: a message belongs to one where a person files it in a folder, or gives it a",
        "category, that bears the series' code or id. Next:",
        f"  1. compare the periods with the approved schedule, and run `retention schedule check {output.name}`;",
        "  2. write match rules ([[series.match]]) with examples for the series that your mail often belongs to;",
        f"  3. name '{output.name}' in city.schedules of retention.toml;",
        f"  4. have your office adopt it: `retention schedule adopt {name} --authority ...`.",
    ]
    if taken.problems:
        lines += [
            "",
            "Rows that were not understood and are NOT in this schedule:",
            *(f"  {b}" for b in taken.problems),
        ]
    if taken.passed_over:
        lines += ["", "Also seen:", *(f"  {sentence}" for sentence in taken.passed_over)]
    return lines


# --- exporting ------------------------------------------------------------------------------------------------------


def _read(context: typer.Context, named: str) -> Schedule:
    try:
        path = Path(named) if Path(named).is_file() else schedule_path(named, asked(context).config.parent)
    except BadConfiguration as missing:
        raise WrongUsage(
            missing.message, "Name one that `retention schedule list` shows, or a .toml file."
        ) from missing
    schedule, problems = read_schedule(path)
    if schedule is None:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise ScheduleNotValid(f"{path.name} does not check:{listed}", "Correct it and export it again.")
    return schedule
