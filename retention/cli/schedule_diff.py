"""``retention schedule diff``: asked and answered, and the list of flips written as CSV.

How two schedules are compared is in ``jobs/diff.py``; what a flip is, in ``core/diff.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import asked, open_world, read_city
from retention.cli.options import Json
from retention.cli.schedules import checked_schedule, read_schedule, schedule_path
from retention.errors import BadConfiguration, SomethingToDo, StoreNotAnswering, WrongUsage

if TYPE_CHECKING:
    from retention.core.diff import Fate
    from retention.core.schedule import Schedule
    from retention.jobs.diff import Difference, Flip

_COUNTS_SHOWN = 15
"""So many lines of each table of counts are shown; ``--json`` gives all."""
_SUBJECT_SHOWN = 60
_NAMED = "A schedule's name, or the path of a .toml file."
_SIDE = ("action", "schedule", "series", "title", "period", "keys", "due", "waits for", "stays because")
_COLUMNS = ("number", "mailbox", "received", "sender", "subject", "flip", "held by")


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=_NAMED)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_NAMED)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.csv", help="Also list every message that flips in a new file."),
    ] = None,
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", metavar="CODE", help="As if NEW's adoption confirmed this series; may be repeated."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Show at most so many messages.")] = 20,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 5 where any message flips.")] = False,
    json: Json = False,
) -> None:
    """Every message whose fate would flip if NEW stood in the place of OLD. Nothing is done, and nothing adopted."""
    from retention.jobs.diff import diff as job

    before, after = _schedule(context, old), _schedule(context, new)
    with (
        open_world(context) as world,
        _csv(output) as each,
        screen.progress("Comparing") as progress,
    ):
        found = job(world, before, after, confirmed=tuple(confirm or ()), limit=limit, each=each, progress=progress)
    if json:
        screen.as_json(found)
    else:
        _show(found, output)
    if exit_code and found.flipped:
        flips = screen.counted(found.flipped, "message")
        raise SomethingToDo(f"The fate of {flips} would flip.", "Look at them before anybody adopts the schedule.")


def _schedule(context: typer.Context, named: str) -> Schedule:
    """The schedule that is shipped, lies at that path or is the city's own; raises what ``schedule check`` does."""
    own = None if Path(named).is_file() or named.endswith(".toml") else _own(context, named)
    return checked_schedule(str(own or named), asked(context).config.parent)


def _own(context: typer.Context, named: str) -> Path | None:
    """The file of the city's own schedule of that name, where none is shipped that is called so."""
    config = asked(context).config
    try:
        schedule_path(named, config.parent)
    except BadConfiguration:
        used = [name for name in read_city(config).city.schedules if name.endswith(".toml")]
        own = [schedule_path(name, config.parent) for name in used]
        called = [path for path in own if path.stem == named] or [path for path in own if _is_called(path, named)]
        return called[0] if called else None
    return None


def _is_called(path: Path, named: str) -> bool:
    schedule, _ = read_schedule(path)
    return schedule is not None and schedule.name == named


# --- the screen -----------------------------------------------------------------------------------------------------


def _show(found: Difference, output: Path | None) -> None:
    for which, side in (("Old", found.old), ("New", found.new)):
        screen.say(f"{which}: {side.schedule}, {side.edition}")
        screen.say(f"     fingerprint {side.fingerprint[:16]}")
        if side.unverified:
            screen.say(f"     {side.unverified} of its {side.series} series are not verified: their mail stays.")
    if found.beside:
        screen.say(f"Beside either of them: {', '.join(found.beside)}.")
    kinds = [(one.kind, one.messages, one.held) for one in found.kinds if one.messages]
    screen.table(
        ("fate", "messages", "of these held"),
        [*kinds, ("the same", found.same, ""), ("all", found.seen, sum(held for _, _, held in kinds))],
    )
    for kind in dict.fromkeys(one.kind for one in found.flips):
        screen.table(
            ("number", "mailbox, sender: subject, and below it old → new"),
            [line for one in found.flips if one.kind is kind for line in _lines(one)],
            title=kind.capitalize(),
        )
    _counts(("mailbox", "fate", "messages"), [(one.mailbox, one.kind, one.messages) for one in found.by_custodian])
    _counts(
        ("old series", "new series", "fate", "messages"),
        [(one.old or "none", one.new or "none", one.kind, one.messages) for one in found.by_series],
    )
    _counts(("hold", "fate once it is released", "messages"), [(o.hold, o.kind, o.messages) for o in found.by_hold])
    for sentence in _sentences(found, output):
        screen.say(sentence)


def _lines(one: Flip) -> Iterator[screen.Row]:
    subject = one.subject if len(one.subject) <= _SUBJECT_SHOWN else f"{one.subject[: _SUBJECT_SHOWN - 1]}…"
    # As text: a message is called by its number, without commas.
    yield (str(one.n), f"{one.mailbox}, {one.sender or 'nobody'}: {subject}")
    held = f"; held by {', '.join(one.holds)} until released" if one.holds else ""
    yield ("", f"{one.old} → {one.new}{held}")


def _counts(headings: tuple[str, ...], rows: list[screen.Row]) -> None:
    screen.table(headings, rows[:_COUNTS_SHOWN])
    if len(rows) > _COUNTS_SHOWN:
        screen.say(f"and {screen.counted(len(rows) - _COUNTS_SHOWN, 'more line')}; --json gives all.")


def _sentences(found: Difference, output: Path | None) -> Iterator[str]:
    """What it comes to, and the next step."""
    if found.uncovered:
        boxes = screen.counted(found.uncovered, "mailbox", "mailboxes")
        yield f"Not compared: mail of {boxes} that no sync has read to the end; see `retention status`."
    if output is not None:
        yield f"All {screen.counted(found.flipped, 'flip')} are in {output}."
    elif len(found.flips) < found.flipped:
        yield f"{len(found.flips):,} of {found.flipped:,} are shown; write all of them with -o FILE.csv."
    if not found.flipped:
        yield f"No fate flips: all {screen.counted(found.seen, 'message')} fare the same under both."
        yield from _unconfirmed(found)
        return
    worst = found.kinds[0]
    if worst.messages:
        yield f"{screen.counted(worst.messages, 'message')} could be destroyed that the old schedule keeps."
    else:
        yield "No message could be destroyed that the old schedule never lets go."
    if worst.held:
        yield f"{worst.held:,} of these only once a hold is released."
    yield from _unconfirmed(found)
    number = found.flips[0].n if found.flips else "NUMBER"
    yield f"Next: look into one with `retention why {number}`; once an office agrees:"
    if not found.new.used:
        yield "      name the new schedule in 'city.schedules' of retention.toml, then"
    yield f"      `retention schedule adopt {found.new.schedule} --authority ...`."


def _unconfirmed(found: Difference) -> Iterator[str]:
    if found.unconfirmed:
        stay = screen.counted(found.unconfirmed, "message")
        yield f"{stay} would go once their series are confirmed: see that with --confirm CODE before anybody does."


# --- the file -------------------------------------------------------------------------------------------------------


@contextmanager
def _csv(path: Path | None) -> Iterator[Callable[[Flip], None] | None]:
    """Writes each flip as it is given; the file has its name once it is whole, and there is none where all failed."""
    if path is None:
        yield None
        return
    import csv

    if path.suffix.lower() != ".csv":
        raise WrongUsage(f"{path} does not end in .csv.", "Name a file that does with --output.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _reserve(path)
        try:
            # With a byte order mark, without which Excel takes UTF-8 for something else.
            with open(part, "x", encoding="utf-8-sig", newline="") as file:
                rows = csv.writer(file)
                rows.writerow((*_COLUMNS, *(f"{side} {column}" for side in ("old", "new") for column in _SIDE)))
                yield lambda one: rows.writerow(_cells(_row(one)))
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            path.unlink()
            raise
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StoreNotAnswering(
            f"{path} cannot be written: {error.strerror}.", "Name another place with --output."
        ) from error


def _reserve(path: Path) -> None:
    """Take the name, so that nobody else's file can come to lie there meanwhile."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError as there:
        raise WrongUsage(f"{path} is there already and is not overwritten.", "Name another with --output.") from there


def _row(one: Flip) -> Iterator[object]:
    yield from (one.n, one.mailbox, one.received_on or "", one.sender, one.subject, one.kind, ", ".join(one.holds))
    yield from (*_side(one.old), *_side(one.new))


def _side(fate: Fate) -> Iterator[object]:
    terms = fate.terms
    yield fate.action
    yield from (terms.schedule, terms.series, terms.title, terms.period) if terms else ("", "", "", "")
    yield from ("; ".join(fate.keys), fate.due_on or "", fate.waits_for, fate.why or "")


def _cells(values: Iterable[object]) -> list[str]:
    """What a mail says is untrusted: without control characters, and never a formula to a spreadsheet program."""
    from retention.core.spreadsheet.sheet import guarded

    return [guarded(screen.clean(value).strip()) for value in values]
