"""``retention hold collect``, ``vanished`` and ``discard``: asked and answered.

The work is in ``jobs/hold``: ``collect.py``, ``vanished.py`` and ``discard.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.hold import scope as options
from retention.cli.hold.telling import megabytes
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from retention.core.preserved import HeldVanished

SHOWN = 20
"""Rows of a list that a screen is given; ``--json`` has them all."""


def collect(context: typer.Context, name: options.Name, json: Json = False) -> None:
    """Copy what the hold covers into the record store: a user can still delete held mail in Outlook.

    A copy is no record: it goes when no hold needs it. Run this again after every sync, from cron too; what has a copy
    is not copied again.
    """
    from retention.errors import PartlyDone
    from retention.jobs.hold.collect import collect as job

    with open_world(context) as world, screen.progress("Copying") as progress:
        collection = job(world, name, progress)
    if json:
        screen.as_json(collection)
    else:
        screen.say(
            f"The hold '{name}' covers {screen.counted(collection.covered, 'message')}: {collection.copied:,} copied "
            f"({megabytes(collection.size)}), {collection.had:,} had a copy, {len(collection.uncopied):,} failed."
        )
        rows = [(f"#{one.n}", one.address, one.why) for one in collection.uncopied[:SHOWN]]
        screen.table(("message", "mailbox", "not copied, because"), rows)
        _and_more(len(collection.uncopied))
    if collection.uncopied:
        failed = screen.counted(len(collection.uncopied), "message")
        raise PartlyDone(f"{failed} could not be copied.", f"Run `retention hold collect {name}` again.")


def vanished(
    context: typer.Context,
    acknowledge: Annotated[
        list[str] | None,
        typer.Option("--acknowledge", metavar="N|all", help="Answer for the entry of this number, or for all."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="What came of it.")] = "",
    json: Json = False,
) -> None:
    """Held messages that are gone from their mailbox, which retention did not take out, until somebody answers."""
    from retention.jobs.hold.vanished import answer
    from retention.jobs.hold.vanished import vanished as job

    with open_world(context) as world:
        if acknowledge:
            answered = answer(world, _numbers(acknowledge), reason=reason)
            if json:
                return screen.as_json({"acknowledged": answered})
            return screen.say(f"{screen.counted(len(answered), 'entry', 'entries')} acknowledged.")
        found, zone = job(world), world.city.zone
    if json:
        return screen.as_json(found)
    if not found:
        return screen.say("No held message vanished that nobody has answered for.")
    for one in found[:SHOWN]:
        screen.say(f"Entry {one.entry}: {one.told.address}: {screen.cut(one.subject or '(no subject is known)', 300)}")
        seen, holds = screen.instant(one.told.seen_at, zone), ", ".join(one.told.holds)
        screen.say(f"  seen last {seen}; held by {holds}; copy: {one.copy}")
    _and_more(len(found))
    screen.say(f"{screen.counted(len(found), 'held message')} vanished.")
    screen.note("Answer for them when you know what became of them: retention hold vanished --acknowledge N --reason …")


def discard(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why they are destroyed.")],
    yes: Annotated[bool, typer.Option("--yes", help="Destroy them; without this they are only counted.")] = False,
    json: Json = False,
) -> None:
    """Destroy the preservation copies that no hold needs any more. Records are never touched by this."""
    from retention.errors import NotConfirmed
    from retention.jobs.hold.discard import discard as job
    from retention.jobs.hold.discard import needless

    with open_world(context) as world, screen.progress("Judging copies") as progress:
        if yes:
            done = job(world, reason=reason, progress=progress)
        else:
            found = needless(world, progress)
    if yes and json:
        return screen.as_json(done)
    if yes:
        screen.say(f"{_copies(done.copies, done.size)} destroyed.")
        if done.stayed:
            screen.say(f"Not destroyed: {screen.counted(done.stayed, 'copy', 'copies')} that a hold needs by now.")
        return None
    if json:
        screen.as_json(found)
    else:
        screen.say(
            f"No hold needs {_copies(len(found.digests), found.size)}. Kept: {found.needed:,} for a hold, and "
            f"{len(found.doubtful):,} for a doubt."
        )
        for sentence in found.doubtful[:SHOWN]:
            screen.say(f"In doubt: {sentence}")
        _and_more(len(found.doubtful))
    if found.digests:
        raise NotConfirmed("Nothing was destroyed.", "Run it again with --yes to destroy them.")


def tell_vanished(told: Iterable[HeldVanished], zone: ZoneInfo) -> None:
    """What a sync found missing that a hold covers: whose it was, when it was seen last, whether there is a copy."""
    told = list(told)
    rows = [
        (one.address, screen.instant(one.seen_at, zone), "yes" if one.copy else "no", ", ".join(one.holds))
        for one in told[:SHOWN]
    ]
    screen.table(("mailbox", "seen last", "copy", "hold"), rows, title="Held messages that vanished")
    _and_more(len(told))
    if told:
        screen.note("See `retention hold vanished`; `retention status` tells of them until somebody answers.")


def _numbers(typed: list[str]) -> tuple[int, ...] | None:
    """The numbers of these entries; ``None`` for all that wait."""
    from retention.errors import WrongUsage

    if typed == ["all"]:
        return None
    for one in typed:
        if not (one.isascii() and one.isdecimal() and len(one) < 19):
            raise WrongUsage(f"'{one}' after --acknowledge is no entry's number.", "Write a number, or all.")
    return tuple(map(int, typed))


def _copies(number: int, size: int) -> str:
    return f"{screen.counted(number, 'copy', 'copies')} ({megabytes(size)})"


def _and_more(number: int) -> None:
    if number > SHOWN:
        screen.say(f"… and {number - SHOWN:,} more; `--json` has them all.")
