"""``retention schedule``: asked and answered.

What a schedule is, is in ``core/schedule.py``; the work of adopting one, in ``jobs/adopt.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import asked, open_world, read_city
from retention.cli.options import Json
from retention.cli.schedule_diff import diff
from retention.cli.schedule_files import export, import_
from retention.cli.schedules import checked_schedule, read_schedule, shipped_folder, tried_schedule
from retention.errors import WrongUsage

if TYPE_CHECKING:
    from retention.core.classify import Classification
    from retention.core.schedule import Example, Match, Schedule, Series

app = typer.Typer(help="Read, check and adopt retention schedules.", no_args_is_help=True, rich_markup_mode=None)
Named = Annotated[str, typer.Argument(help="A shipped schedule's name, or the path of a .toml file.")]


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """The schedules that are shipped, and which of them the city uses."""
    from retention.core.schedule import fingerprint

    config = asked(context).config
    used = read_city(config).city.schedules if config.is_file() else ()
    rows = []
    for path in [*sorted(shipped_folder("schedules").glob("*.toml")), *_own(used, config.parent)]:
        schedule, _ = read_schedule(path)
        if schedule is None:
            screen.note(f"{path} does not check and is left out; see `retention schedule check {path}`.")
        else:
            verified = sum(series.verified for series in schedule.series)
            in_use = any(Path(name).stem == path.stem for name in used)
            rows.append((schedule.name, len(schedule.series), verified, in_use, fingerprint(schedule)))
    if json:
        keys = ("name", "series", "verified", "used", "fingerprint")
        return screen.as_json([dict(zip(keys, row, strict=True)) for row in rows])
    shown = [(name, n, verified, "yes" if used else "no", mark[:16]) for name, n, verified, used, mark in rows]
    screen.table(("schedule", "series", "verified", "used here", "fingerprint"), shown)


@app.command()
def show(
    context: typer.Context,
    named: Named,
    code: Annotated[str, typer.Argument(metavar="SERIES", help="One series, by its code or id.")] = "",
    json: Json = False,
) -> None:
    """One schedule in plain words, series by series; or all that is known of one series."""
    from retention.core.schedule import fingerprint

    schedule = checked_schedule(named, asked(context).config.parent)
    series = schedule.find(code) if code else None
    if code and series is None:
        raise WrongUsage(f"{schedule.name} has no series '{code}'.", f"See `retention schedule show {schedule.name}`.")
    if json:
        return screen.as_json(series or schedule)
    if series is not None:
        return _series(series)
    screen.say(f"{schedule.title}, {schedule.edition}")
    screen.say(f"{schedule.authority}")
    screen.say(f"fingerprint {fingerprint(schedule)}")
    if schedule.notice:
        screen.say(schedule.notice)
    rows = [(s.key, s.title, str(s.retain), "yes" if s.verified else "no") for s in schedule.series]
    screen.table(("series", "title", "kept", "verified"), rows)


def _series(series: Series) -> None:
    """All that is known of one series, a line for each thing that is said."""
    screen.say(f"{series.key}: {series.title}")
    lines = {
        "covers": series.covers,
        "kept": str(series.retain),
        "counted": "" if series.enforced == series.retain else f"{series.enforced} (as the law asks)",
        "then": "may go from the mailbox, and is no record" if series.transitory else str(series.then),
        "published": series.published,
        "rests on": series.standing or "",
        "citation": series.citation,
        "source": series.source,
        "verified": "yes" if series.verified else "no: it lets nothing go until an office confirms it by its code",
        "access": series.access,
        "note": series.note,
    }
    for name, text in lines.items():
        if text:
            screen.say(f"  {name:<10} {text}")
    for match in series.match:
        screen.say(f"  {'rule':<10} {match.name or 'a message'}: {'; '.join(_conditions(match))}")
    for example in series.examples:
        belongs = "belongs" if example.belongs else "does not"
        screen.say(f"  {'example':<10} {belongs}: {_described(example)}")


def _described(example: Example) -> str:
    """An example by all that makes it another than a plain note in the Inbox."""
    plain = type(example)(belongs=example.belongs)
    said = []
    told = ("sender", "to", "folder", "category", "kind", "direction", "origin", "department", "office", "attachment")
    for name in told:
        value = getattr(example, name)
        if value != getattr(plain, name):
            said.append(f"{name} {value if isinstance(value, str) else ', '.join(value)}")
    if example.has_attachments and not example.attachment:
        said.append("with attachments")
    text = [f"text '{example.preview}'"] if example.preview else []
    return "; ".join([f"'{example.subject}'", *said, *text])


def _conditions(match: Match) -> list[str]:
    """The conditions of a match as a person says them; of a long list only its beginning."""
    said = []
    for one in match.conditions:
        values = ", ".join(f"'{value}'" for value in one.values[:6])
        more = f" and {len(one.values) - 6} more" if len(one.values) > 6 else ""
        said.append(f"{one.field} {'without' if one.excluded else 'with'} {values}{more}")
    if match.has_attachments is not None:
        said.append("with attachments" if match.has_attachments else "without attachments")
    return said


@app.command()
def check(context: typer.Context, named: Named, json: Json = False) -> None:
    """Every problem of a schedule at once, its own examples included."""
    from retention.core.schedule import NO_LAW

    schedule = checked_schedule(named, asked(context).config.parent)
    examples = sum(len(series.examples) for series in schedule.series)
    if json:
        return screen.as_json({"schedule": schedule.name, "series": len(schedule.series), "examples": examples})
    screen.say(f"{schedule.name} checks: {len(schedule.series)} series, {examples} examples decided as stated.")
    known = schedule.law not in ("", NO_LAW)
    law = f"It stands under: {schedule.law}." if known else "No law of its jurisdiction is known here."
    screen.say(law)
    screen.say(_consents(schedule))


def _consents(schedule: Schedule) -> str:
    """Whose consent is asked for before a record of this schedule is destroyed."""
    if not schedule.gated:
        return (
            'Nobody said whose consent a destruction needs, so no record goes: write each [[gate]], or gates = "none".'
        )
    only = {"always": "", "unscheduled": ", for what no schedule lists"}
    asked_for = "; ".join(f"{gate.title}{only[gate.when]}" for gate in schedule.gates)
    return f"Before a record is destroyed it asks for: {asked_for or 'no consent'}."


@app.command()
def test(
    context: typer.Context,
    named: Named,
    subject: Annotated[str, typer.Option("--subject", help="Try a message with this subject.")] = "",
    sender: Annotated[str, typer.Option("--sender", help="Its sender.")] = "",
    to: Annotated[list[str] | None, typer.Option("--to", help="A recipient; may be given again.")] = None,
    folder: Annotated[str, typer.Option("--folder", help="The folder it lies in.")] = "Inbox",
    preview: Annotated[str, typer.Option("--preview", help="How its text begins.")] = "",
    category: Annotated[list[str] | None, typer.Option("--category", help="A category; may be given again.")] = None,
    attachment: Annotated[list[str] | None, typer.Option("--attachment", help="The name of an attachment.")] = None,
    json: Json = False,
) -> None:
    """Try a message on a schedule; without one, show how each of the schedule's own examples is decided."""
    from retention.core.classify import Matcher, shown
    from retention.core.schedule import Example

    tries = bool(subject or sender or preview or category or attachment or to or folder != "Inbox")
    read = tried_schedule if tries else checked_schedule
    schedule = read(named, asked(context).config.parent)
    matcher = Matcher((schedule,))
    if not tries:
        examples = [(one, example) for one in schedule.series for example in one.examples]
        return _examples(json, [(one.key, ex, matcher.classify(*shown(ex))) for one, ex in examples])
    tried = Example(
        belongs=True,
        subject=subject,
        sender=sender,
        to=tuple(to or ()),
        folder=folder,
        preview=preview,
        category=tuple(category or ()),
        attachment=tuple(attachment or ()),
    )
    got = matcher.classify(*shown(tried))
    if json:
        return screen.as_json(got)
    screen.say(got.why)
    series = schedule.find(got.series_key) if got.series_key else None
    if series is not None:
        screen.say(f"It is kept: {series.retain}; then {series.then}.")


def _examples(json: bool, decided: list[tuple[str, Example, Classification]]) -> None:
    keys = ("series", "example", "belongs", "filed_under", "why")
    rows = [(key, _described(example), example.belongs, got.series_key, got.why) for key, example, got in decided]
    if json:
        return screen.as_json([dict(zip(keys, row, strict=True)) for row in rows])
    screen.table(
        ("series", "example", "must be", "filed under"),
        [(key, subject, "in" if belongs else "not in", filed or "-") for key, subject, belongs, filed, _ in rows],
    )
    screen.say(f"{screen.counted(len(rows), 'example')}, each decided as stated.")


@app.command()
def adopt(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A schedule the city uses.")],
    authority: Annotated[str, typer.Option("--authority", help="By what: a resolution, a state schedule's number.")],
    effective: Annotated[str, typer.Option("--effective", help="From which day; else as soon as it may.")] = "",
    posted: Annotated[str, typer.Option("--posted", help="Since which day it has been posted for all to see.")] = "",
    confirm: Annotated[
        list[str] | None, typer.Option("--confirm", help="A series nobody verified, confirmed by its code.")
    ] = None,
    json: Json = False,
) -> None:
    """Say, as an office, that exactly this edition is the city's. Until then it destroys nothing."""
    from retention.cli.options import parse_day
    from retention.jobs.adopt import adopt as job

    with open_world(context) as world:
        adopted = job(
            world,
            name,
            authority=authority,
            effective_on=parse_day(effective, "--effective") if effective else None,
            posted_on=parse_day(posted, "--posted") if posted else None,
            confirmed=tuple(confirm or ()),
        )
        unverified = sum(
            not (s.verified or s.key in adopted.confirmed)
            for schedule in world.schedules
            if schedule.name == name
            for s in schedule.series
        )
    if json:
        return screen.as_json(adopted)
    screen.say(f"{name} is adopted by {adopted.authority}, in effect from {adopted.effective_on}.")
    screen.say(f"fingerprint {adopted.fingerprint}")
    if adopted.confirmed:
        screen.say(f"Confirmed by the office: {', '.join(adopted.confirmed)}.")
    if unverified:
        screen.say(f"{unverified} of its series were never verified: their mail stays where it is.")


app.command()(diff)
app.command("import")(import_)
app.command("export")(export)


def _own(used: tuple[str, ...], folder: Path) -> list[Path]:
    return [folder / name for name in used if name.endswith(".toml") and (folder / name).is_file()]
