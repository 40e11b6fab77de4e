"""Our series as the rows of a plain sheet, and what of a schedule such a sheet cannot hold.

How rows become series again is in ``columns.py``; no file is written here.
"""

from __future__ import annotations

from retention.core.schedule import Schedule
from retention.core.spreadsheet.sheet import guarded

HEADINGS = (
    "Code", "Id", "Title", "Covers", "Retention period", "Published wording", "Disposition", "Citation", "Access",
    "Notes", "Transitory", "Verified", "Standing", "Key type", "Not class", "Permission", "Source",
)  # fmt: skip


def rows(schedule: Schedule) -> tuple[tuple[str, ...], ...]:
    """The schedule as headings and rows; ``read`` gives the same series back, without what ``left_out`` names."""
    body = (
        (
            one.code,
            one.id,
            one.title,
            one.covers,
            str(one.retain),
            one.published,
            one.then.value,
            one.citation,
            one.access,
            one.note,
            _yes(one.transitory),
            _yes(one.verified),
            one.standing.value if one.standing else "",
            one.key_type,
            ", ".join(one.not_class),
            one.permission,
            one.source,
        )
        for one in schedule.series
    )
    return (HEADINGS, *(tuple(guarded(text) for text in row) for row in body))


def left_out(schedule: Schedule) -> tuple[str, ...]:
    """What of a schedule no plain sheet can hold."""
    rules = sum(len(one.match) for one in schedule.series)
    counts = {
        "match rules": rules,
        "examples": sum(len(one.examples) for one in schedule.series),
        "rules by which messages bear keys": len(schedule.keys),
        "gates": len(schedule.own_gates),
        "fallbacks": sum(one.fallback for one in schedule.series),
    }
    return tuple(f"{what} ({number:,})" for what, number in counts.items() if number)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
