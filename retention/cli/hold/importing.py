"""``retention hold import``: asked and answered.

The work is in ``jobs/hold/bring_in.py``; what a file must say, in ``core/hold/exports.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold.telling import tell_overtaken
from retention.cli.lists import Encoding, read_list
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from retention.jobs.hold.bring_in import BroughtIn


def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What Get-Mailbox or Get-CaseHoldPolicy exported, as CSV.")
    ],
    kind: Annotated[str, typer.Option("--kind", help="legal, employee-relations, request or audit.")] = "legal",
    reason: Annotated[str, typer.Option("--reason", help="Why they are holds here too.")] = "",
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Treat the holds of Exchange Online and of eDiscovery as holds here. Imported again, they are widened only.

    Litigation holds, eDiscovery and in-place holds, and retention policies that keep mail: each holds all of its
    mailboxes. None ends here because it ended there; that takes a release.
    """
    from retention.core.authority import HoldKind
    from retention.errors import WrongUsage
    from retention.jobs.hold.bring_in import bring_in

    if kind not in list(HoldKind):
        raise WrongUsage(f"There is no kind of hold '{kind}'.", f"One of {', '.join(HoldKind)}.")
    sheet, source = read_list(file, encoding)
    with open_world(context) as world, screen.progress("Comparing holds"):
        brought = bring_in(world, sheet, kind=HoldKind(kind), source=source, reason=reason)
    if json:
        return screen.as_json(brought)
    _tell(brought)


def _tell(brought: BroughtIn) -> None:

    for sentence in brought.notes:
        screen.note(f"Note: {sentence}")
    for one in brought.placed:
        boxes = one.hold.scope.custodians
        covers = screen.counted(len(boxes), "mailbox", "mailboxes") if boxes else "every mailbox"
        screen.say(f"The hold '{one.hold.name}' is in force: {covers}, for '{one.hold.matter}'.")
        tell_overtaken(one)
    for wider in brought.widened:
        more = "every mailbox" if wider.everywhere else f"{screen.listed(wider.mailboxes)} too"
        screen.say(f"The hold '{wider.name}' now covers {more}.")
    if brought.unchanged:
        screen.say(f"As before: {screen.listed(brought.unchanged)}.")
    if not (brought.placed or brought.widened or brought.unchanged):
        screen.say("The file names no hold that keeps mail.")
    for name, new in brought.again.items():
        screen.note(f"'{name}' was released here and is in force there: '{new}' was placed for it.")
    for name, boxes in brought.left.items():
        screen.note(f"'{name}' does not name {screen.listed(boxes)} in this file any more; it stays held here.")
    for name in brought.ended:
        screen.note(
            f"'{name}' is not in this file and stays in force here; release it with `retention hold release {name}` "
            "once it was ended there."
        )
    if brought.unknown:
        screen.note(f"No mailbox of {screen.listed(brought.unknown)} is known yet; held once it appears.")
