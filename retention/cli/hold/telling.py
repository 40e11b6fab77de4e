"""How a hold, its scope and what it covers are told on the screen.

Nothing is counted or decided here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from retention.cli import screen

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from retention.core.hold import State
    from retention.jobs.hold.place import Placed
    from retention.jobs.hold.preview import Preview
    from retention.jobs.hold.show import Shown


def tell(counted: Preview, *, sample_in: ZoneInfo | None = None) -> None:
    """What a scope covers, what of it is gone, what nobody can say; and some of it, by the days of that zone."""
    screen.say(
        f"It covers {screen.counted(counted.messages, 'message')} in "
        f"{screen.counted(counted.custodians, 'mailbox', 'mailboxes')} ({megabytes(counted.size)}) now, "
        "and whatever comes."
    )
    screen.table(("mailbox", "messages"), sorted(counted.by_mailbox.items(), key=lambda one: -one[1])[:20])
    if len(counted.by_mailbox) > 20:
        screen.say(f"… and {len(counted.by_mailbox) - 20:,} more mailboxes.")
    if sample_in is not None:
        days = [screen.day(one.received_at, sample_in, none="no date") for one in counted.sample]
        rows = [(f"#{one.n}", day, one.sender, one.subject) for one, day in zip(counted.sample, days, strict=True)]
        screen.table(("message", "received", "from", "subject"), rows, title="Some of them")
    if counted.doubtful:
        screen.say(f"{screen.counted(counted.doubtful, 'message')} of these cannot be judged, and are held for that.")
    if counted.gone or counted.removed:
        screen.say(
            f"Already gone: {screen.counted(counted.gone, 'message')} that somebody else deleted, and "
            f"{counted.removed:,} that retention took out; a captured record is still in the record store."
        )
    for sentence in counted.unreadable[:10]:
        screen.note(f"Cannot be read: {sentence}")
    for address in counted.unknown:
        screen.note(f"No mailbox of {address} is known yet; the hold will cover it when it appears.")
    if counted.unplaced:
        screen.note(
            f"{screen.counted(counted.unplaced, 'mailbox', 'mailboxes')} of which nobody has said whose department "
            "they are of are held too: name them first with `retention person import`."
        )
    for office, first, last in counted.vacant:
        screen.note(f"Nobody is known to have been {office} from {first} to {last}.")


def as_told(one: Shown, identity: Path | None = None) -> dict[str, Any]:
    """A hold as machines are given it."""
    from retention.core.hold.printing import shown
    from retention.jobs.hold.show import deed, reason_of, told_of

    state = one.state
    return {
        "hold": state.hold,
        "standing": one.standing,
        "in_force": one.in_force,
        "holds_until": _until(state),
        "versions": [{"n": each.n, "scope": shown(each.scope), "until": each.until} for each in state.versions],
        "history": [
            {
                **{"entry": each.entry, "at": each.at, "by": each.by, "did": deed(each)},
                "reason": told_of(state, each) or reason_of(each, identity),
            }
            for each in state.history
        ],
        "told_by_mail_system": state.is_told,
    }


def _until(state: State) -> date | None:
    if state.is_told:
        return state.versions[-1].until
    return state.released.until if state.released else None


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB" if size >= 50_000 or not size else "less than 0.1 MB"


def tell_overtaken(placed: Placed) -> None:
    """What had left, or may have, in the moment before the hold was in force."""
    from retention.core.trail import in_words

    for one in placed.overtaken:
        screen.say(f"  {one.result} in the moment before: {one.id} ({in_words(one.answer)})")
    for begun in placed.unsettled:
        screen.say(f"  may have left in the moment before: {begun.id} of {begun.address}; its run was cut off")
    if placed.unsettled:
        screen.note(
            "What became of these the next `retention run` or `retention apply` finds out: see `retention why`."
        )
