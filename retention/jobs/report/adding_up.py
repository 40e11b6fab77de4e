"""Of the report: whether the figures add up, mailbox by mailbox, and whether catalog and ledger say the same.

Nothing is mended here: ``audit verify`` says which of the two is wrong.
"""

from __future__ import annotations

from retention.catalog.figures import Box
from retention.jobs.report.material import Material
from retention.page import Column, Figure, Kind, Section, Table, sums

STATES = (("present",), ("captured", "stored"), ("purged",), ("gone",), ("missed",))
DROPPED = 10
"""The place in a row of what lay in files that are read no longer, where there is such a column."""


def adding_up(material: Material) -> Section:
    some = any(box.states.get("dropped") for box in material.boxes)
    rows = tuple(_row(material, box, some) for box in material.boxes)
    return Section(
        name="adds-up",
        title="Do the figures add up?",
        text=(
            "Every message that was ever known is in exactly one of these states. The columns whose names begin with "
            "“Ledger” are counted from the ledger, over its whole time.",
        ),
        looks=tuple(_differences(rows)),
        figures=(_figure(rows),),
    )


def _row(material: Material, box: Box, some_dropped: bool) -> tuple[str | int, ...]:
    counts = [sum(box.states.get(state, 0) for state in states) for states in STATES]
    told = [material.told.by_mailbox[box.mailbox.id, result] for result in ("captured", "purged", "put back")]
    dropped = (box.states.get("dropped", 0),) if some_dropped else ()
    return (box.mailbox.address, sum(box.states.values()), *counts, *told, *dropped)


def _differences(rows: tuple[tuple[str | int, ...], ...]) -> list[str]:
    unequal = [row for row in rows if row[1] != sum(int(cell) for cell in (*row[2:7], *row[DROPPED:]))]
    said = [
        f"The states of {row[0]} do not add up to its messages: tell those who look after retention." for row in unequal
    ]
    # What was captured from files that are read no longer is in the ledger alone.
    other = [
        row for row in rows if not any(row[DROPPED:]) and _left(row[3], row[4]) != _left(row[7], row[8]) - int(row[9])
    ]
    if other:
        said.append(
            f"In {len(other):,} of {len(rows):,} mailboxes ledger and catalog count differently. Mail that somebody "
            "brought back, or a catalog that was begun anew, is the usual reason; the ledger is the evidence: see "
            "`retention audit verify`."
        )
    return said


def _left(captured: str | int, removed: str | int) -> int:
    return int(captured) + int(removed)


def _figure(rows: tuple[tuple[str | int, ...], ...]) -> Figure:
    heads = (
        ("ever", "Ever known"),
        ("in_mailbox", "In the mailbox"),
        ("captured", "Captured"),
        ("removed", "Removed"),
        ("gone", "Gone by itself"),
        ("missed", "Missed, not settled"),
        ("ledger_captured", "Ledger: captured"),
        ("ledger_removed", "Ledger: removed"),
        ("ledger_put_back", "Ledger: put back"),
        ("dropped", "In files read no longer"),
    )
    shown = heads if rows and len(rows[0]) > DROPPED else heads[:-1]
    return Figure(
        name="reconciliation",
        title="Every message, mailbox by mailbox",
        table=Table(
            (Column("mailbox", "Mailbox"), *(Column(key, name, Kind.NUMBER) for key, name in shown)),
            rows,
            sums(rows),
        ),
        nothing="No mailbox is known yet.",
    )
