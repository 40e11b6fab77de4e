"""``retention sync``: asked and answered.

The work is in ``jobs/sync.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold.collecting import tell_vanished
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import PartlyDone

if TYPE_CHECKING:
    from retention.jobs.sync import Synced


def sync(
    context: typer.Context,
    mailboxes: Annotated[list[str] | None, typer.Argument(help="Addresses; all where none is named.")] = None,
    json: Json = False,
) -> None:
    """Read what has changed in every mailbox since the last time."""
    from retention.jobs.sync import sync as job

    with open_world(context) as world, screen.progress("Reading mailboxes") as progress:
        synced = job(world, tuple(mailboxes or ()), progress)
    if json:
        screen.as_json(synced)
    else:
        show(synced)
    if synced.incomplete:
        raise PartlyDone(
            "Some folders could not be read to their end; what was read is saved.", "Run `retention sync` again."
        )


def named(address: str, trouble: str) -> str:
    """The sentence with the mailbox it is about, said once."""
    return trouble if address in trouble else f"{address}: {trouble}"


def show(synced: Synced) -> None:
    rows = [(box.address, box.folders, box.messages, box.gone) for box in synced.mailboxes if not box.trouble]
    screen.table(("mailbox", "folders", "messages", "gone"), rows)
    for box in synced.mailboxes:
        for trouble in [box.trouble, *box.folder_troubles]:
            if trouble:
                screen.say(f"Not covered: {named(box.address, trouble)}")
        for sentence in (one for one in box.uncovered if one not in synced.of_every and one != box.trouble):
            screen.say(f"Not covered: {named(box.address, sentence)}")
    for sentence in synced.of_every:
        screen.say(f"Never covered, in any mailbox: {sentence}")
    screen.say(f"{screen.counted(len(rows), 'mailbox', 'mailboxes')} read.")
    tell_vanished(synced.vanished)
