"""``retention record verify``: asked and answered.

The work is in ``jobs/record/verify.py`` and ``jobs/record/reconciling.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day

if TYPE_CHECKING:
    from retention.jobs.record.verify import Verified


def verify(
    context: typer.Context,
    anew: Annotated[bool, typer.Option("--all", help="Begin again, also where a round was cut off.")] = False,
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="Only what was captured since this day.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing where all is well; for cron.")] = False,
    json: Json = False,
) -> None:
    """Read every record again and compare it with its digest, and the store with the catalog and the ledger.

    A round that was cut off goes on where it was. Everything that is not as it should be is listed; nothing is mended,
    and nothing is deleted.
    """
    from retention.jobs.record.verify import verify as job

    with open_world(context) as world, screen.progress("Verifying records") as progress:
        verified = job(world, anew=anew, since=parse_day(since, "--since") if since else None, progress=progress)
    failure = verified.failure
    if json:
        screen.as_json(verified)
    elif failure or not quiet:
        _tell(verified)
    if failure:
        raise failure


def _tell(verified: Verified) -> None:
    for one in verified.findings:
        screen.say(f"{one.kind}{' (explained)' if one.explained else ''}: {one.sentence}")
    went_on = ", where an earlier round was cut off" if verified.taken_up else ""
    since = f" captured since {verified.since}" if verified.since else ""
    screen.say(f"{screen.counted(verified.checked, 'record')}{since} read again{went_on}.")
    kept = ", ".join(f"{count:,} {state}" for state, count in sorted(verified.records.items()))
    if not verified.failure:
        screen.say(f"Store, catalog and ledger agree on all records: {kept or 'there are none'}.")
