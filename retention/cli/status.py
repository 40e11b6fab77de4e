"""``retention status``: asked and answered.

The work is in ``jobs/status.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retention.cli import screen
from retention.cli.hold.telling import as_told
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import HeldMailAtRisk

if TYPE_CHECKING:
    from retention.jobs.status import Status


def status(context: typer.Context, json: Json = False) -> None:
    """Is it healthy, and what waits for whom. Ends with 36 where held mail vanished or may vanish."""
    from retention.jobs.status import status as job

    with open_world(context) as world:
        state = job(world)
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
    screen.say(f"Ledger: {state.ledger_entries:,} entries, head {state.ledger_head[:16]}…")
    for sentence in state.waiting or ("Nothing waits for anybody.",):
        screen.say(sentence)


def _when(instant: str | None) -> str:
    """An instant as the catalog keeps it, to the minute."""
    return f"{instant[:16].replace('T', ' ')} UTC" if instant else "did not end"
