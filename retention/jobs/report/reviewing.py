"""Of the report: how many messages wait for a person, for how long they have, and how many were decided.

How messages are grouped for review is in ``core/review.py``.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta

from retention.core.review import Doubt, question
from retention.jobs.report.material import Material
from retention.jobs.report.told import Event
from retention.page import Column, Figure, Kind, Picture, Row, Section, Series, Table, sums

AGES = ((30, "30 days or less"), (90, "31 to 90 days"), (365, "91 days to a year"), (1095, "one to three years"))
OLDER, UNDATED = "over three years", "no date of receipt"
WORDS = {
    Doubt.NO_SERIES: "No series fits it",
    Doubt.SEVERAL: "More than one series fits it",
    Doubt.CONVERSATION: "In the conversation of a record",
    Doubt.CHANGED: "Changed since a person decided",
    Doubt.DISAGREEMENT: "People do not agree",
}


class Backlog:
    """What waits for review, by the age of the message and by what is asked of a person."""

    def __init__(self, material: Material) -> None:
        alone = {n: asked for n, filing in material.filed.items() if (asked := question(filing, False))}
        beside = {n: a for n, filing in material.filed.items() if n not in alone and (a := question(filing, True))}
        self.counts: Counter[tuple[str, Doubt]] = Counter()
        for mass in material.figures.waiting(alone, beside, _bounds(material)):
            asked = alone.get(mass.filing or 0) or beside[mass.filing or 0]
            self.counts[_age(mass.when), asked.doubt] += mass.messages

    @property
    def messages(self) -> int:
        return sum(self.counts.values())


def reviewing(material: Material, backlog: Backlog) -> Section:
    return Section(
        name="review",
        title="Waiting for a person",
        text=("What fits no series, or more than one, stays in its mailbox until a person has decided.",),
        figures=(_by_age(backlog), _decided(material)),
    )


def _by_age(backlog: Backlog) -> Figure:
    ages = [*(name for _, name in AGES), OLDER, UNDATED]
    doubts = [doubt for doubt in Doubt if any(backlog.counts[age, doubt] for age in ages)]
    rows: tuple[Row, ...] = tuple(
        (age, *(backlog.counts[age, doubt] for doubt in doubts), sum(backlog.counts[age, doubt] for doubt in doubts))
        for age in ages
    )
    return Figure(
        name="review-backlog",
        title="The backlog today, by the age of the message",
        table=Table(
            (
                Column("age", "Received"),
                *(Column(doubt.name.lower(), WORDS[doubt], Kind.NUMBER) for doubt in doubts),
                Column("all", "All", Kind.NUMBER),
            ),
            rows if doubts else (),
            sums(rows) if doubts else None,
        ),
        picture=Picture(
            form="bars",
            labels=tuple(ages),
            series=tuple(Series(WORDS[doubt], tuple(backlog.counts[age, doubt] for age in ages)) for doubt in doubts),
        )
        if doubts
        else None,
        nothing="Nothing waits for review.",
    )


def _decided(material: Material) -> Figure:
    counts = material.events(Event.REVIEWED)
    return Figure(
        name="review-decided",
        title="Messages that people decided in review",
        table=Table(
            (Column("month", "Month"), Column("decided", "Decided", Kind.NUMBER)),
            tuple(zip(material.period.labels, counts, strict=True)) if any(counts) else (),
            ("All", sum(counts)),
        ),
        picture=Picture(form="columns", labels=material.period.labels, series=(Series("decided", tuple(counts)),))
        if any(counts)
        else None,
        nothing="Nobody decided anything in review in these days.",
    )


def _bounds(material: Material) -> tuple[datetime, ...]:
    """The instants before which a message is older than each of the ages, the longest ago first."""
    today, zone = material.world.today, material.period.zone
    days = [today - timedelta(days=number) for number, _ in reversed(AGES)]
    return tuple(datetime.combine(day, time(), zone).astimezone(UTC) for day in days)


def _age(when: int | None) -> str:
    if when is None:
        return UNDATED
    return AGES[len(AGES) - when][1] if when else OLDER
