"""A decision in two plain sentences: what a message belongs to and why, and what is to happen to it and when.

Nothing is decided here that ``decide.py`` did not decide.
"""

from __future__ import annotations

from datetime import date, timedelta

from retention.core.decide import Action, Case, Decision, Why

_FATES = {
    Action.CAPTURE: "The next plan will move it to the record store",
    Action.PURGE: "The next plan will remove it from the mailbox",
}
_ONLY_TIME = frozenset({Why.RECENT, Why.NOT_DUE})


def belongs(case: Case) -> str:
    """The first sentence: the series and why, or why there is none."""
    if case.filing is None:
        return "It has not been classified since it last changed."
    return case.filing.why


def fate(case: Case, decision: Decision) -> str:
    """The second sentence: what is to happen, or everything that keeps the message where it is."""
    if case.series is None or decision.action is Action.KEEP:
        reasons = [reason.sentence.rstrip(".") for reason in decision.reasons]
        return f"It stays where it is: {'; '.join(reasons)}." if reasons else "It stays where it is."
    kept = "" if case.series.transitory else f", where it is kept: {case.series.enforced}"
    return f"{_FATES[decision.action]}{kept}."


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
