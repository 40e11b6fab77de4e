"""``retention status``: asked and answered, in one screen.

The work is in ``jobs/status``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold.telling import as_told
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta
    from zoneinfo import ZoneInfo

    from retention.core.health import Finding
    from retention.jobs.gap import Gap
    from retention.jobs.status import Status

LABEL = 15
"""Columns of what stands before each line."""
NAMED = 4
"""So many holds are named; the others are counted, and `hold list` has them all."""


def status(
    context: typer.Context,
    mailboxes: Annotated[
        bool, typer.Option("--mailboxes", help="The capture gap of each mailbox, as a table.")
    ] = False,
    json: Json = False,
) -> None:
    """Is it healthy, and what waits for whom. Ends with the exit code of the gravest thing that is wrong.

    What merely waits for a person is not wrong. The capture gap is how long mail lay in its mailbox, where its owner
    can delete it, before it was captured.
    """
    from retention.jobs.status import status as job

    with open_world(context) as world:
        state = job(world, by_mailbox=mailboxes)
        zone = world.city.zone
    if json:
        _as_json(state)
    elif mailboxes:
        _gaps((*state.gap.mailboxes, state.gap.all))
    else:
        _show(state, zone)
    if state.code:
        raise typer.Exit(state.code)


def _as_json(state: Status) -> None:
    from msgspec.structs import asdict

    holds = [as_told(one) for one in state.holds]
    screen.as_json({**asdict(state), "holds": holds, "waiting": state.waiting, "exit_code": state.code})


def _show(state: Status, zone: ZoneInfo) -> None:
    """The first line says whether all is well; then how things stand; then what is wrong, and what waits for whom."""
    city = f"{state.city}{' (a rehearsal)' if state.rehearsal else ''}"
    wrong = state.wrong
    if wrong:
        _say(f"{city}: {screen.counted(len(wrong), 'thing is', 'things are')} wrong.", "bold red")
    elif not any(state.adopted.values()):
        # Nothing can go wrong where nothing can leave, and nothing goes right either.
        _say(f"{city}: not in use yet; no schedule is adopted.", "bold")
    else:
        _say(f"{city}: all is well.", "bold green")
    for label, said, style in _lines(state, zone):
        _say(f"{label:<{LABEL}}{said}", style)
    _listed("Wrong", wrong, "bold red")
    for whom in dict.fromkeys(one.whom for one in state.waits):
        mine = tuple(one for one in state.waits if one.whom == whom)
        _listed(f"Waits for: {whom}" if whom else "To know", mine)
    if not state.found:
        screen.say("Nothing waits for anybody.")


def _say(text: str, style: str = "") -> None:
    """A line of the result; in colour on a terminal only, where a person looks at it."""
    if not style or not screen.is_terminal(sys.stdout):
        return screen.say(text)
    from rich.console import Console
    from rich.text import Text

    lines = screen.wrapped(screen.clean(text), screen.columns())
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False, soft_wrap=True)
    return console.print(Text("\n".join(lines), style=style))


def _listed(heading: str, found: tuple[Finding, ...], style: str = "") -> None:
    if found:
        screen.say()
        _say(heading, style or "bold")
    for one in found:
        said = f"{one} (exit code {one.code})" if one.code else one.sentence
        screen.say(f"  -  {said}")


def _lines(state: Status, zone: ZoneInfo) -> Iterator[tuple[str, str, str]]:
    """Each line: what it is about, what there is to say, and how it looks."""
    late = any(one.kind == "run overdue" for one in state.found)
    if state.working:
        yield "At work", f"since {state.working}", ""
    if state.last_good is None:
        yield "Last good run", "never", "red" if late else ""
    else:
        ago = _long(state.at - state.last_good)
        yield "Last good run", f"{screen.instant(state.last_good, zone)}, {ago} ago", "red" if late else ""
    messages = ", ".join(f"{what} {number:,}" for what, number in state.messages.items())
    yield "Messages", messages, ""
    yield "Mailboxes", _mailboxes(state, zone), ""
    yield "Schedules", "; ".join(_schedule(name, day, state.today) for name, day in state.adopted.items()), ""
    yield "Holds", _holds(state), ""
    captured, exposed = _exposed(state.gap.all, zone)
    yield "Capture gap", captured, ""
    yield "Exposed", exposed, ""
    review = f"{screen.counted(state.review.messages, 'message')} {'waits' if state.review.messages == 1 else 'wait'}"
    if state.review.since:
        review += f", the oldest received on {state.review.since}"
    yield "Review", review if state.review.messages else "nothing waits", ""
    free = f", {state.free / 1e9:,.1f} GB free" if state.free is not None else ""
    yield "Record store", f"{state.store}{free}", ""
    yield "Ledger", f"{screen.counted(state.ledger_entries, 'entry', 'entries')}, head {state.ledger_head[:16]}…", ""


def _mailboxes(state: Status, zone: ZoneInfo) -> str:
    """How many there are, and when the one that was read longest ago was read to its end."""
    from datetime import datetime

    read = [row["read_at"] for row in state.mailboxes]
    said = f"{len(read):,} known"
    if not read:
        return said
    if unread := sum(at is None for at in read):
        return f"{said}, {unread:,} never read to the end"
    first = min(at if isinstance(at, datetime) else datetime.fromisoformat(at) for at in read)
    return f"{said}, all read to their end since {screen.instant(first, zone)}"


def _schedule(name: str, effective: date | None, today: date) -> str:
    if effective is None:
        return f"{name} not adopted"
    return f"{name} {'in effect since' if effective <= today else 'in effect only from'} {effective}"


def _holds(state: Status) -> str:
    names = [one.state.hold.name for one in state.holds if one.in_force]
    over = len(state.holds) - len(names)
    if not state.holds:
        return "none"
    shown = f": {', '.join(names[:NAMED])}{f' and {len(names) - NAMED:,} more' if len(names) > NAMED else ''}"
    told = sum(one.in_force and one.state.is_told for one in state.holds)
    beside = f"; {told:,} of them in force in the mail system" if told else ""
    return f"{len(names):,} in force{shown if names else ''}{beside}{f'; {over:,} over' if over else ''}"


def _exposed(gap: Gap, zone: ZoneInfo) -> tuple[str, str]:
    """The capture gap of all mailboxes, and what lies exposed now, a sentence each."""
    captured = "no record has been captured yet."
    if gap.longest is not None:
        captured = (
            f"of {screen.counted(gap.captured, 'record')} half were captured within {_long(gap.median)} "
            f"of receipt, nine in ten within {_long(gap.ninth)}, the last after {_long(gap.longest)}."
        )
    oldest = f" (the oldest received on {screen.day(gap.waiting_since, zone)})" if gap.waiting_since else ""
    lost = f", {gap.gone_records:,} of them filed as records" if gap.gone else ""
    exposed = (
        f"{screen.counted(gap.waiting, 'record')} not yet captured{oldest}; "
        f"{screen.counted(gap.gone, 'message')} went without our doing{lost}."
    )
    return captured, exposed


def _gaps(gaps: tuple[Gap, ...]) -> None:
    """Where all addresses are of one domain it is left out of them, so that a row is a line."""
    domains = {gap.address.rpartition("@")[2] for gap in gaps if gap.address}
    alike = f"@{domains.pop()}" if len(domains) == 1 else ""
    screen.table(
        ("mailbox", "captured", "half", "90 %", "longest", "exposed", "since", "gone"),
        [
            (
                *(gap.address.removesuffix(alike) or "all", gap.captured),
                *(_long(span, short=True) for span in (gap.median, gap.ninth, gap.longest)),
                *(gap.waiting, _day(gap.waiting_since), gap.gone),
            )
            for gap in gaps
        ],
        title=f"Capture gap{f' of the mailboxes {alike}' if alike else ''}",
    )
    screen.say("Half, 90 % and all of the records were captured within that time of receipt.")
    screen.say("Exposed: records that their owner can still delete, since the oldest's receipt.")
    screen.say("Gone: messages that went from their mailbox without our doing.")


def _long(span: timedelta | None, short: bool = False) -> str:
    """``31 days``, ``5 hours``, ``12 minutes``; in a table ``31 d``."""
    if span is None:
        return "-"
    minutes = int(span.total_seconds()) // 60
    for unit, length in (("days", 24 * 60), ("hours", 60), ("minutes", 1)):
        if minutes >= 2 * length or unit == "minutes":
            break
    return f"{minutes // length:,} {unit[0] if short else unit}"


def _day(instant: datetime | None) -> date | str:
    return instant.date() if instant else "-"
