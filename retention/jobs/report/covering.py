"""Of the report: what was read of every mailbox, what was not and why, and how long records lay exposed.

No mail system is asked here.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from retention.jobs.coverage import Covered, coverage, named
from retention.jobs.gap import Gap, gap
from retention.jobs.report.material import Material
from retention.jobs.report.wording import agreeing, beginning, counted
from retention.page import Column, Figure, Kind, Section, Table

MOST_NAMED = 5


class Cover:
    """What is covered, read once for the section and for the numbers at the top of the page."""

    def __init__(self, material: Material) -> None:
        self.found = coverage(material.world)
        self.every = frozenset(self.found.of_every)
        self.gaps = gap(material.world)
        self.zone = material.period.zone
        self.stored = material.stored

    @property
    def lacking(self) -> tuple[Covered, ...]:
        """The mailboxes of which something was not read that another sync may read."""
        return tuple(one for one in self.found.mailboxes if one.unread)


def covering(cover: Cover) -> Section:
    said = [f"Of every mailbox: {sentence}" for sentence in cover.found.of_every]
    looks = [named(one.address, one.unread[0]) for one in cover.lacking[:MOST_NAMED]]
    if len(cover.lacking) > MOST_NAMED:
        more = len(cover.lacking) - MOST_NAMED
        looks.append(
            f"{more:,} more {agreeing(more, 'mailbox was', 'mailboxes were')} not wholly read; all are in the table."
        )
    if cover.found.holds:
        said.append(f"The mail system’s own holds are not known: {cover.found.holds}")
    return Section(
        name="coverage",
        title="Coverage and capture gap",
        text=("What could not be read is reported here, never left out.", *said),
        looks=tuple(looks),
        figures=(_coverage(cover), _gap(cover)),
    )


def _coverage(cover: Cover) -> Figure:
    boxes = sorted(cover.found.mailboxes, key=lambda one: (not one.unread, one.address))
    rows = tuple(
        (
            one.address,
            one.folders,
            one.messages,
            one.archived,
            one.read_at.astimezone(cover.zone).date() if one.read_at else None,
            _not_covered(one, cover),
        )
        for one in boxes
    )
    return Figure(
        name="coverage-by-mailbox",
        title="Coverage by mailbox",
        text="Mailboxes of which something is missing come first.",
        table=Table(
            (
                Column("mailbox", "Mailbox"),
                Column("folders", "Folders", Kind.NUMBER),
                Column("messages", "Messages", Kind.NUMBER),
                Column("archived", "In its archive", Kind.NUMBER),
                Column("read_on", "Last read to its end", Kind.DAY),
                Column("covered", "What is not covered"),
            ),
            rows,
        ),
        nothing="No mailbox is known yet.",
    )


def _not_covered(one: Covered, cover: Cover) -> str:
    """What is not covered of this mailbox, beside what is said once of every mailbox."""
    own = " ".join(sentence for sentence in one.not_covered if sentence not in cover.every)
    return own or ("nothing more" if one.not_covered else "nothing")


def _gap(cover: Cover) -> Figure:
    rows = tuple(_row(one.address, one, cover.zone) for one in cover.gaps.mailboxes)
    return Figure(
        name="capture-gap",
        title="How long records lay exposed before they were captured",
        text=(
            "While a record lies in its mailbox its owner can delete it. Half, nine in ten and all of the records that "
            "were captured had lain there no longer than these days; “exposed” ones lie there still."
            + _from_files(cover)
        ),
        table=Table(
            (
                Column("mailbox", "Mailbox"),
                Column("captured", "Captured", Kind.NUMBER),
                Column("half", "Half within (days)", Kind.NUMBER),
                Column("nine_in_ten", "Nine in ten (days)", Kind.NUMBER),
                Column("longest", "All within (days)", Kind.NUMBER),
                Column("exposed", "Exposed", Kind.NUMBER),
                Column("since", "Since", Kind.DAY),
                Column("gone", "Gone by itself", Kind.NUMBER),
                Column("gone_records", "of these records", Kind.NUMBER),
            ),
            rows,
            _row("All", cover.gaps.all, cover.zone) if rows else None,
        ),
        nothing="No mailbox is known yet.",
    )


def _from_files(cover: Cover) -> str:
    """Why fewer are captured here than the ledger has; nothing where no file was captured from."""
    if not cover.stored:
        return ""
    them = agreeing(
        cover.stored,
        "that was captured from a file and stays in it is",
        "that were captured from files and stay in them are",
    )
    return f" {beginning(counted(cover.stored, 'record'))} {them} not counted here."


def _row(name: str, one: Gap, zone: ZoneInfo) -> tuple[str | int | float | date | None, ...]:
    since = one.waiting_since.astimezone(zone).date() if one.waiting_since else None
    lasted = (_days(one.median), _days(one.ninth), _days(one.longest))
    return (name, one.captured, *lasted, one.waiting, since, one.gone, one.gone_records)


def _days(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 86400, 1)
