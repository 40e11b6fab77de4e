"""``retention status``: asked and answered.

The work is in ``jobs/status.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold.telling import as_told
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import HeldMailAtRisk

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

    from retention.jobs.gap import Gap
    from retention.jobs.status import Status


def status(
    context: typer.Context,
    mailboxes: Annotated[
        bool, typer.Option("--mailboxes", help="The capture gap of each mailbox, as a table, and nothing else.")
    ] = False,
    json: Json = False,
) -> None:
    """Is it healthy, and what waits for whom. Ends with 36 where held mail vanished or may vanish.

    The capture gap is how long mail lay in its mailbox, where its owner can delete it, before it was captured.
    """
    from retention.jobs.status import status as job

    with open_world(context) as world:
        state = job(world)
    if mailboxes and not json:
        _gaps((*state.gap.mailboxes, state.gap.all))
    else:
        _show(state, json)
    if state.alarms:
        raise HeldMailAtRisk(state.alarms[0], "It stays so until somebody has answered for it.")


def _show(state: Status, json: bool) -> None:
    from msgspec.structs import asdict

    if json:
        return screen.as_json(
            {**asdict(state), "holds": [as_told(one) for one in state.holds], "waiting": state.waiting}
        )
    screen.say(f"{state.city}{' (a rehearsal)' if state.rehearsal else ''}")
    screen.table(("messages", "number"), list(state.messages.items()))
    screen.table(
        ("last run of", "began", "ended"),
        [(job, _when(began), _when(ended)) for job, (began, ended, _) in state.last_runs.items()],
    )
    screen.table(("schedule", "adopted"), [(n, f"from {day}" if day else "no") for n, day in state.adopted.items()])
    screen.table(
        ("hold", "matter", "state"), [(one.state.hold.name, one.state.hold.title, one.standing) for one in state.holds]
    )
    for sentence in _exposed(state.gap.all):
        screen.say(sentence)
    screen.say(f"Ledger: {state.ledger_entries:,} entries, head {state.ledger_head[:16]}…")
    for sentence in state.waiting or ("Nothing waits for anybody.",):
        screen.say(sentence)


def _exposed(gap: Gap) -> tuple[str, str]:
    """The capture gap of all mailboxes, and what lies exposed now, a sentence each."""
    captured = "Capture gap: no record has been captured yet."
    if gap.longest is not None:
        captured = (
            f"Capture gap: of {screen.counted(gap.captured, 'record')} half were captured within {_long(gap.median)} "
            f"of receipt, nine in ten within {_long(gap.ninth)}, the last after {_long(gap.longest)}."
        )
    oldest = f" (the oldest received on {_day(gap.waiting_since)})" if gap.waiting_since else ""
    lost = f", {gap.gone_records:,} of them filed as records" if gap.gone else ""
    exposed = (
        f"Exposed: {screen.counted(gap.waiting, 'record')} not yet captured{oldest}; "
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


def _when(instant: str | None) -> str:
    """An instant as the catalog keeps it, to the minute."""
    return f"{instant[:16].replace('T', ' ')} UTC" if instant else "did not end"
