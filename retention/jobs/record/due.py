"""When stored records are due by the rules of today, kept in the catalog; and for which of them that changed.

Whether one may go is decided by ``core/disposal.py`` at the time; what is kept here is for lists and reports.
"""

from __future__ import annotations

import hashlib
from datetime import date

from msgspec import Struct

from retention.core.disposal import due_day
from retention.core.plan import rules_fingerprint
from retention.core.record import Record
from retention.jobs.record.judging import Judging
from retention.jobs.record.known import take_in
from retention.jobs.world import Progress, World, silent

UNDER = "records due under"
"""The catalog's fact that says by which rules the due dates were worked out."""
EACH_TIME = 1000


class Changed(Struct, frozen=True, kw_only=True):
    """One record whose due date is another than before. ``None``: no day can be given, and ``why`` says for what."""

    place: str
    schedule: str
    series: str
    was: date | None
    due_on: date | None
    why: str


def work_out(world: World, progress: Progress = silent) -> tuple[Changed, ...]:
    """Work out every stored record's due date anew where a schedule, an adoption or an event came since; what changed.

    Killed at any point and called again, the end is the same, but for what was told of by then.
    """
    known = take_in(world)
    rules = _rules(world)
    if world.catalog.fact(UNDER) == rules and not known:
        return ()
    judging = Judging(world)
    changed: list[Changed] = []
    waiting: list[tuple[str, date | None, str]] = []
    for n, kept in enumerate(world.catalog.records.stored(), start=1):
        if kept.record is None:
            continue
        due_on, why = due_by(judging, kept.record)
        if due_on != kept.due_on:
            changed.append(
                Changed(
                    place=kept.place,
                    schedule=kept.schedule,
                    series=kept.series,
                    was=kept.due_on,
                    due_on=due_on,
                    why=why,
                )
            )
        waiting.append((kept.place, due_on, why))
        if len(waiting) == EACH_TIME:
            progress(n, None, kept.place.rpartition("/")[0])
            world.catalog.records.set_due(waiting)
            waiting = []
    world.catalog.records.set_due(waiting)
    world.catalog.save_fact(UNDER, rules)
    return tuple(changed)


def due_by(judging: Judging, record: Record) -> tuple[date | None, str]:
    """The first day on which the record's period is over, if that is known, and the period or what it waits for."""
    one = judging.case(record)
    series, day = one.case.series, due_day(one)
    if series is None:
        return day, "no schedule has its series any more: as it was captured"
    return day, str(series.enforced) if day else f"{series.enforced}: no day can be given"


def _rules(world: World) -> str:
    """A digest of all that due dates rest on."""
    schedules = sorted(world.basis().schedules.items())
    said = repr((schedules, rules_fingerprint(world.rules), world.ledger.in_force.events_revision))
    return hashlib.sha256(said.encode()).hexdigest()
