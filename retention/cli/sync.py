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
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from retention.jobs.sync import MailboxSynced, Synced

SHOWN = 20
"""Sentences of what is not covered that a screen is given."""
LONGEST = 600
"""Characters of one of them; it may name every folder of a mailbox."""


def sync(
    context: typer.Context,
    mailboxes: Annotated[
        list[str] | None,
        typer.Argument(help="Addresses of mailboxes or people, or names of files; all where none is named."),
    ] = None,
    json: Json = False,
) -> None:
    """Read what has changed in every mailbox since the last time."""
    from retention.jobs.sync import sync as job

    with open_world(context) as world, screen.progress("Reading mailboxes") as progress:
        synced, zone = job(world, tuple(mailboxes or ()), progress), world.city.zone
    if json:
        screen.as_json(synced)
    else:
        show(synced, zone)
    if synced.incomplete:
        raise PartlyDone(
            "Some folders could not be read to their end; what was read is saved.", "Run `retention sync` again."
        )


def show(synced: Synced, zone: ZoneInfo) -> None:
    """What each mailbox gave, and what of it was not covered."""
    rows = [(box.address, box.folders, box.messages, box.gone) for box in synced.mailboxes if not box.trouble]
    screen.table(("mailbox", "folders", "messages", "gone"), rows)
    from retention.jobs.coverage import named

    uncovered = [named(box.address, sentence) for box in synced.mailboxes for sentence in _uncovered(box, synced)]
    for sentence in uncovered[:SHOWN]:
        screen.say(f"Not covered: {screen.cut(sentence, LONGEST)}")
    if len(uncovered) > SHOWN:
        screen.say(f"… and {len(uncovered) - SHOWN:,} more: see `retention mailbox list --coverage`.")
    for sentence in synced.of_every:
        screen.say(f"Never covered, in any mailbox: {sentence}")
    screen.say(f"{screen.counted(len(rows), 'mailbox', 'mailboxes')} read.")
    tell_vanished(synced.vanished, zone)


def _uncovered(box: MailboxSynced, synced: Synced) -> Iterator[str]:
    """What of one mailbox was not read, or never can be, unless it is so of every mailbox."""
    from retention.jobs.coverage import folders_unread

    if box.trouble:
        yield box.trouble
    parted = (trouble.partition(": ") for trouble in box.folder_troubles)
    yield from folders_unread((path, why) for path, _, why in parted)
    yield from (one for one in box.uncovered if one not in synced.of_every and one != box.trouble)
