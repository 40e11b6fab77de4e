"""Of the report: every hold that was in force on a day of the period, from when to when, and what it keeps today.

Whether a hold covers a message is decided in ``core/hold``.
"""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from retention.jobs.hold.show import Shown, shown
from retention.jobs.report.material import Material
from retention.jobs.report.period import Period, month_of
from retention.page import Column, Figure, Kind, Picture, Section, Series, Table

MOST_DRAWN = 30
_TICKS = 7


class Life(Struct, frozen=True):
    """A hold from the day on which it was placed: ``ended_on`` it was released, and it held until ``until``."""

    name: str
    matter: str
    kind: str
    placed_on: date
    ended_on: date | None
    until: date | None
    standing: str
    keeps: int


def holding(material: Material) -> Section:
    """A hold of which nobody may know the matter is shown by its kind and its days only."""
    lives = tuple(life for life in _lives(material) if _overlaps(life, material.period))
    text = ["Nothing that a hold covers leaves a mailbox, whatever its series says; tomorrow’s mail is held too."]
    if material.public:
        text.append("This report may be shown to anybody: matters and names of holds are left out of it.")
    return Section(name="holds", title="Legal holds", text=tuple(text), figures=(_timeline(material.period, lives),))


def in_force_today(material: Material) -> int:
    return sum(one.in_force for one in shown(material.world))


def _lives(material: Material) -> list[Life]:
    return [_life(material, number, one) for number, one in enumerate(shown(material.world), start=1)]


def _life(material: Material, number: int, one: Shown) -> Life:
    state = one.state
    zone = material.period.zone
    ended_on = until = None
    if state.is_told and state.versions and state.versions[-1].ended is not None:
        until = state.versions[-1].until
        ended_on = state.history[-1].at.astimezone(zone).date()
    elif state.release is not None and state.released is not None and not one.doubt:
        ended_on, until = state.release.at.astimezone(zone).date(), state.released.until
    return Life(
        name=f"Hold {number}" if material.public else state.hold.name,
        matter="" if material.public else state.hold.title,
        kind=str(state.hold.kind),
        placed_on=state.history[0].at.astimezone(zone).date(),
        ended_on=ended_on,
        until=until,
        standing=one.standing,
        keeps=material.decided.held[state.hold.name],
    )


def _overlaps(life: Life, period: Period) -> bool:
    return life.placed_on <= period.last_on and (life.until is None or life.until >= period.first_on)


def _timeline(period: Period, lives: tuple[Life, ...]) -> Figure:
    named = [Column("hold", "Hold"), Column("kind", "Kind")]
    named += [Column("matter", "Matter")] if any(life.matter for life in lives) else []
    rows = tuple(
        (
            life.name,
            life.kind,
            *((life.matter,) if len(named) == 3 else ()),
            life.placed_on,
            life.ended_on,
            life.until,
            life.standing,
            life.keeps,
        )
        for life in lives
    )
    return Figure(
        name="holds-timeline",
        title="Holds in force in the period",
        text="A message that two holds cover is counted for both.",
        table=Table(
            (
                *named,
                Column("placed_on", "Placed", Kind.DAY),
                Column("released_on", "Released", Kind.DAY),
                Column("until", "Holds until", Kind.DAY),
                Column("state", "Today"),
                Column("messages", "Keeps today", Kind.NUMBER),
            ),
            rows,
        ),
        picture=_picture(period, lives[:MOST_DRAWN]) if lives else None,
        nothing="No hold was in force in these days.",
        most=100,
    )


def _picture(period: Period, lives: tuple[Life, ...]) -> Picture:
    first, over = period.first_on, period.last_on + timedelta(days=1)

    def at(day: date) -> int:
        return (min(max(day, first), over) - first).days

    begins = [at(life.placed_on) for life in lives]
    ends = [max(at(life.ended_on or over), begin) for life, begin in zip(lives, begins, strict=True)]
    over_by = [max(at(life.until or over), end) for life, end in zip(lives, ends, strict=True)]
    return Picture(
        form="spans",
        labels=tuple(life.name for life in lives),
        series=(
            Series("", tuple(begins)),
            Series("in force", tuple(end - begin for begin, end in zip(begins, ends, strict=True))),
            Series("released, and still holding", tuple(b - a for a, b in zip(ends, over_by, strict=True))),
        ),
        ticks=_ticks(period),
        upto=at(over),
    )


def _ticks(period: Period) -> tuple[tuple[int, str], ...]:
    each = -(-len(period.begins) // _TICKS)
    chosen = period.begins[::each]
    return tuple(((max(day, period.first_on) - period.first_on).days, month_of(day)) for day in chosen)
