"""Of the report: what was captured, removed and destroyed, month by month and by series, as the ledger has it.

What lies in mailboxes today is in ``mail.py``.
"""

from __future__ import annotations

from retention.jobs.report.material import Material, per_column, per_series
from retention.jobs.report.told import Event
from retention.page import Column, Figure, Kind, Picture, Section, Series, Table

SHOWN_SERIES = 7
"""So many series have a column and a colour of their own: the rest are counted together."""


def doing(material: Material) -> Section:
    """The deeds of the period."""
    kept_for = material.world.city.mail.recoverable_for
    return Section(
        name="done",
        title="Captured, removed, destroyed",
        text=(
            "These figures are counted from the ledger. A record is captured before its message leaves the "
            "mailbox: its file is on the record store, read back and compared.",
            f"“Removed” means removed from the mailbox: the mail system itself keeps what was removed for {kept_for}.",
        ),
        figures=(_by_month(material), _over_time(material)),
    )


def _by_month(material: Material) -> Figure:
    columns = len(material.period.begins)
    captured, removed, held, skipped = (
        per_column(material.deeds(result), columns) for result in ("captured", "purged", "held", "skipped")
    )
    destroyed = per_column(material.records("destroyed"), columns)
    back = material.events(Event.PUT_BACK)
    counts = (captured, removed, held, skipped, back, destroyed)
    rows = tuple(zip(material.period.labels, *counts, strict=True))
    heads = (
        ("captured", "Captured as records"),
        ("removed", "Removed as transitory"),
        ("held_back", "Held back at the last moment"),
        ("skipped", "Left, for it had changed"),
        ("put_back", "Put back"),
        ("destroyed", "Records destroyed"),
    )
    drawn: tuple[Series, ...] = (
        Series("captured as records", tuple(captured)),
        Series("removed as transitory", tuple(removed)),
    )
    drawn += (Series("records destroyed", tuple(destroyed)),) if any(destroyed) else ()
    return Figure(
        name="done-by-month",
        title="By month",
        text="“Held back” are messages that a hold kept when it was asked once more, right before the deed.",
        table=Table(
            (Column("month", "Month"), *(Column(key, name, Kind.NUMBER) for key, name in heads)),
            rows,
            ("All", *(sum(column) for column in counts)),
        ),
        picture=Picture(form="columns", labels=material.period.labels, series=tuple(drawn))
        if any(any(one.values) for one in drawn)
        else None,
    )


def _over_time(material: Material) -> Figure:
    """The series with the most mail that left, month by month."""
    counts = material.deeds("captured") + material.deeds("purged")
    ranked = [key for key, _ in sorted(per_series(counts).items(), key=lambda item: (-item[1], item[0]))]
    shown, rest = ranked[:SHOWN_SERIES], ranked[SHOWN_SERIES:]
    columns = range(len(material.period.begins))
    names = [material.name(key) for key in shown]
    values = [[counts[column, key] for column in columns] for key in shown]
    if rest:
        names.append(f"{len(rest)} other series" if len(rest) > 1 else material.name(rest[0]))
        values.append([sum(counts[column, key] for key in rest) for column in columns])
    by_column = list(zip(*values, strict=True)) if values else []
    rows = tuple((label, *row, sum(row)) for label, row in zip(material.period.labels, by_column, strict=False))
    return Figure(
        name="done-by-series",
        title="What left the mailboxes, by series",
        text="Captured as records and removed as transitory, together.",
        table=Table(
            (
                Column("month", "Month"),
                *(Column(f"series_{at}", name, Kind.NUMBER) for at, name in enumerate(names, start=1)),
                Column("all", "All", Kind.NUMBER),
            ),
            rows,
            ("All", *(sum(one) for one in values), sum(map(sum, values))) if rows else None,
        ),
        picture=Picture(
            form="columns",
            labels=material.period.labels,
            series=tuple(Series(name, tuple(one)) for name, one in zip(names, values, strict=True)),
        )
        if rows
        else None,
        nothing="Nothing left any mailbox in these days.",
    )
