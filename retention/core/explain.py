"""A decision in two plain sentences: what a message belongs to and why, and what is to happen to it and when.

Nothing is decided here that ``decide.py`` did not decide.
"""

from __future__ import annotations

from datetime import date, timedelta

from retention.core.decide import Action, Case, Decision, Why
from retention.core.destruction import Tombstone
from retention.core.trail import Happening

_FATES = {
    Action.CAPTURE: "The next plan will move it to the record store",
    Action.PURGE: "The next plan will remove it from the mailbox",
    Action.DESTROY: "The next plan of destruction may have its record destroyed",
}
_FATES_THEN = {
    Action.CAPTURE: "A plan of that day would have moved it to the record store",
    Action.PURGE: "A plan of that day would have removed it from the mailbox",
    Action.DESTROY: "A plan of destruction of that day could have had its record destroyed",
}
_ONLY_TIME = frozenset({Why.RECENT, Why.NOT_DUE})
_CAME_TO = {
    "captured": "It was moved to the record store on {0}.",
    "purged": "It was removed from the mailbox on {0}.",
    "returned": "It was put back into its mailbox on {0}.",
    "quarantined": "Its record was put in quarantine on {0}, where it waits for its destruction.",
    "restored": "Its record was taken out of quarantine on {0} and is kept.",
    "destroyed": "Its record was destroyed on {0}.",
}


def belongs(case: Case) -> str:
    """The first sentence: the series and why, or why there is none."""
    if case.filing is None:
        return "It has not been classified since it last changed."
    return case.filing.why


def fate(case: Case, decision: Decision, then: bool = False) -> str:
    """The second sentence: what is to happen, or everything that keeps the message where it is.

    ``then``: of a day that is past, so that it says what would have happened.
    """
    if case.series is None or decision.action is Action.KEEP:
        stays = "It would have stayed where it was" if then else "It stays where it is"
        reasons = [reason.sentence.rstrip(".") for reason in decision.reasons]
        return f"{stays}: {'; '.join(reasons)}." if reasons else f"{stays}."
    kept = f", where it is kept: {case.series.enforced}" if decision.action is Action.CAPTURE else ""
    return f"{(_FATES_THEN if then else _FATES)[decision.action]}{kept}."


def became(happening: Happening, on: date) -> str:
    """What became of a message or its record on that day."""
    return _CAME_TO[happening.came_to].format(on)


def buried(stone: Tombstone) -> str:
    """What stays of a destroyed record, in a sentence."""
    return (
        f"It was a record of {stone.series} ({stone.title}) of the schedule {stone.schedule}, {stone.edition}: "
        f"{stone.retain}; {stone.citation}. Nothing of what it said is kept."
    )


def next_on(case: Case, decision: Decision) -> date | None:
    """The next day on which the answer changes by time alone; ``None`` where no day does, or it can go today."""
    whys = {reason.why for reason in decision.reasons}
    if not whys or not whys <= _ONLY_TIME:
        return None
    days = []
    received = case.message.received_at
    if Why.RECENT in whys and received is not None:
        days.append(received.astimezone(case.zone).date() + timedelta(days=case.rules.leave_for))
    if Why.NOT_DUE in whys:
        if decision.due_on is None:
            return None
        days.append(decision.due_on)
    return max(days, default=None)
