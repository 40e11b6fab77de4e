"""``retention hold``: asked and answered.

The work is in ``jobs/hold.py``; whether a hold covers a message, in ``core/hold.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from retention.core.hold import Hold

app = typer.Typer(
    help="Place, list and release what suspends every deletion.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(help="The hold's short name, from `hold list`.")]


@app.command()
def place(
    context: typer.Context,
    matter: Annotated[str, typer.Option("--matter", help="What the hold is for.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is placed.")],
    kind: Annotated[str, typer.Option("--kind", help="legal, employee-relations, request or audit.")] = "legal",
    custodians: Annotated[
        list[str] | None, typer.Option("--custodian", help="A mailbox's address; may be repeated.")
    ] = None,
    participants: Annotated[
        list[str] | None, typer.Option("--participant", help="Anyone it names: an address or @domain; repeatable.")
    ] = None,
    words: Annotated[
        list[str] | None, typer.Option("--words", help="A phrase in the subject or the preview; repeatable.")
    ] = None,
    first: Annotated[str, typer.Option("--from", help="Received or sent on this day or later.")] = "",
    last: Annotated[str, typer.Option("--until", help="Received or sent on this day or earlier.")] = "",
    json: Json = False,
) -> None:
    """Place a hold. It is in force when this returns, for a run that is under way and for tomorrow's mail too.

    Every option given narrows the hold; of several values of one option any will do. What cannot be judged is held.
    """
    from retention.core.authority import HoldKind
    from retention.core.hold import Scope
    from retention.errors import WrongUsage
    from retention.jobs.hold import covered, parse_day
    from retention.jobs.hold import place as job

    if kind not in list(HoldKind):
        raise WrongUsage(f"There is no kind of hold '{kind}'.", f"One of {', '.join(HoldKind)}.")
    scope = Scope(
        custodians=tuple(address.strip().lower() for address in custodians or ()),
        participants=tuple(address.strip().lower() for address in participants or ()),
        words=tuple(words or ()),
        first_on=parse_day(first, "--from") if first else None,
        last_on=parse_day(last, "--until") if last else None,
    )
    with open_world(context) as world:
        hold = job(world, matter=matter, kind=HoldKind(kind), reason=reason, scope=scope)
        counted = covered(world, hold)
        strangers = set(hold.scope.custodians) - {mailbox.address for mailbox in world.catalog.mailboxes()}
    if json:
        return screen.as_json({"hold": hold, "covers": counted})
    screen.say(f"The hold '{hold.name}' is in force.")
    screen.say(f"It covers {screen.counted(counted.messages, 'message')} now, and whatever comes.")
    screen.table(("mailbox", "messages"), sorted(counted.by_mailbox.items()))
    for address in sorted(strangers):
        screen.note(f"No mailbox {address} is known yet; the hold will cover it when it appears.")
    if hold.scope.words:
        screen.note(
            "Words are looked for in the subject and the first 255 characters only; add a custodian to be sure."
        )


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """Every hold there ever was, and whether it still holds."""
    from retention.jobs.hold import states

    with open_world(context) as world:
        found = states(world)
    if json:
        return screen.as_json(found)
    rows = [
        (s.hold.name, s.hold.matter, str(s.hold.kind), f"{s.hold.placed_at:%Y-%m-%d}", s.hold.placed_by, s.state)
        for s in found
    ]
    screen.table(("hold", "matter", "kind", "placed", "by", "state"), rows)
    if not rows:
        screen.say("No hold was ever placed.")


@app.command()
def show(context: typer.Context, name: Name, json: Json = False) -> None:
    """One hold: its scope, who placed it and when, and what it covers now."""
    from retention.jobs.hold import covered
    from retention.jobs.hold import show as job

    with open_world(context) as world:
        state = job(world, name)
        counted = covered(world, state.hold)
    if json:
        return screen.as_json({"hold": state, "covers": counted})
    hold = state.hold
    screen.say(f"{hold.name}: {hold.matter} ({hold.kind}), {state.state}")
    screen.say(f"Placed by {hold.placed_by} on {hold.placed_at:%Y-%m-%d %H:%M}Z because: {hold.reason}")
    if state.released_reason:
        screen.say(f"Released because: {state.released_reason}")
    for line in _scope(hold):
        screen.say(f"  {line}")
    screen.say(f"It covers {screen.counted(counted.messages, 'message')} now.")
    screen.table(("mailbox", "messages"), sorted(counted.by_mailbox.items()))


@app.command()
def release(
    context: typer.Context,
    name: Name,
    matter: Annotated[str, typer.Option("--matter", help="The matter once more, exactly as it was placed.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is released.")],
    json: Json = False,
) -> None:
    """Release a hold. What it covered is kept until the grace period is over."""
    from retention.jobs.hold import release as job

    with open_world(context) as world:
        released = job(world, name, matter=matter, reason=reason)
    if json:
        return screen.as_json(released)
    screen.say(f"The hold '{name}' is released. What it covered is kept until {released.until}.")


def _scope(hold: Hold) -> list[str]:
    scope = hold.scope
    lines = [
        ("in the mailbox of", " or ".join(scope.custodians)),
        ("naming", " or ".join(scope.participants)),
        ("saying", " or ".join(f"'{words}'" for words in scope.words)),
        ("from", str(scope.first_on or "")),
        ("until", str(scope.last_on or "")),
    ]
    return [f"{what} {value}" for what, value in lines if value]
