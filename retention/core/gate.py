"""Gates: which consents a record has to have before it is destroyed, and which of them it does not have.

How gates are read is in ``core/schedule/gates.py``, what consents are on file in ``core/consent.py``.
Nothing is destroyed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct

from retention.core.consent import Consent, Consents
from retention.core.period.limits import NotScheduled, within
from retention.core.schedule import NOT_REQUIRED, Gate, Schedule, Series

__all__ = ["Gate", "Shut", "authority", "gates_for", "last_day", "opened", "shut", "why_shut"]


class Shut(Struct, frozen=True):
    """A gate without a consent that counts, and why there is none, in a sentence."""

    gate: Gate
    sentence: str


def gates_for(schedule: Schedule, series: Series | None) -> tuple[Gate, ...]:
    """The gates of a record of this series; ``None``: no series of the schedule is its series.

    Where none of them is for the unscheduled, a record that no schedule lists must not be destroyed, whatever consents
    it has; nor may any while the schedule is not ``gated``.
    """
    if series is None or _unscheduled(series):
        return schedule.gates
    waived = series.permission == NOT_REQUIRED
    return tuple(gate for gate in schedule.gates if gate.when == "always" and not (waived and gate.waivable))


def _unscheduled(series: Series) -> bool:
    return any(isinstance(limit, NotScheduled) for limit in within(series.enforced.limit))


def last_day(gate: Gate, consent: Consent) -> date:
    """The last day on which this consent opens the gate: its own, and never later than the gate lets one last."""
    longest = _days_after(consent.said.given_on, gate.valid_for)
    return min(consent.said.until or longest, longest)


def shut(
    gates: Iterable[Gate],
    place: str,
    schedule: str,
    consents: Consents,
    today: date,
    counts: Callable[[int], bool],
) -> Iterator[Shut]:
    """Each of the gates for which this record has no consent that counts today.

    ``counts`` says of a consent's entry whether it may be relied on; it is asked only of those that would open a gate.
    """
    for gate in gates:
        found = tuple(consents.of(place, schedule, gate.id))
        if _opening(gate, found, today, counts) is None:
            yield Shut(gate, _why(gate, found, consents.given(schedule, gate.id), today))


def opened(
    gates: Iterable[Gate],
    place: str,
    schedule: str,
    consents: Consents,
    today: date,
    counts: Callable[[int], bool],
) -> tuple[int, ...]:
    """The entries of the consents that open these gates for this record today, one for each gate that is open."""
    found = (_opening(gate, consents.of(place, schedule, gate.id), today, counts) for gate in gates)
    return tuple(entry for entry in found if entry is not None)


def _opening(gate: Gate, found: Iterable[Consent], today: date, counts: Callable[[int], bool]) -> int | None:
    """The first of these consents that counts."""
    return next((one.entry for one in found if why_shut(gate, one, today) is None and counts(one.entry)), None)


def authority(gate: Gate) -> str:
    """A digest of who has to give the consent and by what law: a gate of the same id may come to ask somebody else."""
    return hashlib.sha256("\n".join((gate.by, gate.office, gate.citation)).encode()).hexdigest()


def why_shut(gate: Gate, consent: Consent, today: date) -> str | None:
    """Why this consent does not open the gate on this day, in a few words; ``None`` where it does."""
    if consent.withdrawn_at is not None:
        return "was withdrawn"
    if consent.said.authority != authority(gate):
        return f"was not asked of {gate.by} under {gate.citation}"
    if today < consent.said.given_on:
        return f"is of {consent.said.given_on}, which has not come yet"
    last = last_day(gate, consent)
    return f"expired on {last}" if last < today else None


def _why(gate: Gate, found: tuple[Consent, ...], given: int, today: date) -> str:
    if found:
        last = found[-1]
        why = why_shut(gate, last, today) or "cannot be relied on: it is not signed as it must be"
        return f"{gate.title}: the consent of entry {last.entry} ({last.said.reference}) {why}."
    if given:
        return f"{gate.title}: no consent on file names this record ({given} for others)."
    return f"{gate.title}: no consent is on file; it is given by {gate.by}."


def _days_after(day: date, days: int) -> date:
    """That many days later, or the last day there is."""
    return day + timedelta(days=min(days, (date.max - day).days))
