"""``retention hold place`` and ``amend``: asked and answered.

The work is in ``jobs/hold/place.py``.
"""

from __future__ import annotations

from typing import Annotated

import typer

from retention.cli import screen
from retention.cli.hold import scope as options
from retention.cli.hold.scope import scope
from retention.cli.hold.telling import tell, tell_overtaken
from retention.cli.opening import open_world
from retention.cli.options import Json


def place(
    context: typer.Context,
    matter: Annotated[str, typer.Option("--matter", help="What the hold is for.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is placed.")],
    kind: Annotated[str, typer.Option("--kind", help="legal, employee-relations, request or audit.")] = "legal",
    custodians: options.Custodians = None,
    departments: options.Departments = None,
    offices: options.Offices = None,
    participants: options.Participants = None,
    words: options.Words = None,
    first: options.First = "",
    last: options.Last = "",
    conversations: options.Conversations = None,
    series: options.Series = None,
    ids: options.Ids = None,
    written: options.Written = "",
    sealed: Annotated[bool, typer.Option("--sealed", help="Only the Legal office can read matter and reason.")] = False,
    json: Json = False,
) -> None:
    """Place a hold. It is in force when this returns, for a run that is under way and for tomorrow's mail too.

    Every option given narrows the hold; of several values of one option any will do, and so will any of the people
    named by --custodian, --department and --office. What cannot be judged is held.
    """
    from retention.core.authority import HoldKind
    from retention.errors import WrongUsage
    from retention.jobs.hold.place import place as job
    from retention.jobs.hold.preview import covered

    if kind not in list(HoldKind):
        raise WrongUsage(f"There is no kind of hold '{kind}'.", f"One of {', '.join(HoldKind)}.")
    asked = scope(
        written,
        custodians=custodians,
        departments=departments,
        offices=offices,
        participants=participants,
        words=words,
        first=first,
        last=last,
        conversations=conversations,
        series=series,
        ids=ids,
    )
    with open_world(context) as world:
        with screen.progress("Waiting for deeds that are under way"):
            placed = job(world, matter=matter, kind=HoldKind(kind), reason=reason, scope=asked, sealed=sealed)
        hold = placed.hold
        if not json:
            screen.say(f"The hold '{hold.name}' is in force.")
            tell_overtaken(placed)
        with screen.progress("Counting") as progress:
            counted = covered(world, world.holds().named(hold.name), progress)
    if json:
        before = {"overtaken": placed.overtaken, "unsettled": placed.unsettled}
        return screen.as_json({"hold": hold, **before, "covers": counted})
    tell(counted)
    screen.note(f"Copy it before anybody deletes it in Outlook: retention hold collect {hold.name}")
    screen.note(f"Tell the custodians: retention hold notice {hold.name} --output FOLDER")


def amend(
    context: typer.Context,
    name: options.Name,
    reason: Annotated[str, typer.Option("--reason", help="Why the scope is changed.")],
    custodians: options.Custodians = None,
    departments: options.Departments = None,
    offices: options.Offices = None,
    participants: options.Participants = None,
    words: options.Words = None,
    first: options.First = "",
    last: options.Last = "",
    conversations: options.Conversations = None,
    series: options.Series = None,
    ids: options.Ids = None,
    written: options.Written = "",
    json: Json = False,
) -> None:
    """Give a hold another scope, said as a whole. It acts at once.

    What the scope before it covered is kept until the grace period is over, as after a release.
    """
    from retention.jobs.hold.place import amend as job
    from retention.jobs.hold.preview import covered

    asked = scope(
        written,
        custodians=custodians,
        departments=departments,
        offices=offices,
        participants=participants,
        words=words,
        first=first,
        last=last,
        conversations=conversations,
        series=series,
        ids=ids,
    )
    with open_world(context) as world:
        amended = job(world, name, scope=asked, reason=reason)
        with screen.progress("Counting") as progress:
            counted = covered(world, world.holds().named(name), progress)
    if json:
        return screen.as_json({"amended": amended, "covers": counted})
    screen.say(f"The hold '{name}' has its new scope; what the old one covered is kept until {amended.until} too.")
    tell(counted)
