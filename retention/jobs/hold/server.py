"""Server holds: ask the mail system for the holds that it keeps mail under itself, and write down what is new of them.

How long one holds that is told no longer is decided in ``core/hold``; nothing is placed or released here.
"""

from __future__ import annotations

from datetime import timedelta

from retention.core.hold import ServerHoldsTold, State
from retention.core.hold.server import gathered
from retention.errors import NoSuchHold
from retention.jobs.world import World
from retention.mail.interface import HoldsUnreadable

_UNREAD = "server holds unread"
"""The fact of the catalog that says why the mail system's own holds are not known, and is empty where they are."""


def ask_for_holds(world: World) -> str:
    """Write an entry where the mail system's own holds changed; return why it did not tell them, or nothing.

    What it told last goes on where it does not tell them now. The entry needs no signature: it only keeps.
    """
    try:
        holds = gathered(world.mail.holds())
    except HoldsUnreadable as trouble:
        _note(world, str(trouble))
        return str(trouble)
    grace = timedelta(days=world.city.rules.release_grace)
    told = ServerHoldsTold(holds=holds, on=world.today, until=world.today + grace)
    if world.ledger.refresh().holds.is_news(told):
        world.ledger.append(told)
    _note(world, "")
    return ""


def holds_unread(world: World) -> str:
    """Why the mail system's own holds were not told when it was asked last; empty where they were."""
    return world.catalog.fact(_UNREAD) or ""


def refuse_told(state: State) -> None:
    """Raise ``NoSuchHold`` for a hold of the mail system: nobody here can change or end it."""
    if state.is_told:
        raise NoSuchHold(
            f"The hold '{state.hold.name}' is one of the mail system, which alone changes and ends it.",
            "Have it ended there; it holds here until the mail system tells it no longer and the grace period is over.",
        )


def _note(world: World, trouble: str) -> None:
    if holds_unread(world) != trouble:
        world.catalog.save_fact(_UNREAD, trouble)
