"""Of the report: how much room each mailbox takes, the largest attachments, and what lies on the record store.

What is done with any of it is not decided here.
"""

from __future__ import annotations

from datetime import datetime

from retention.catalog.figures import Box
from retention.core.city.settings import octets
from retention.jobs.report.material import IN_MAILBOXES, Material
from retention.jobs.report.wording import agreeing, beginning, counted
from retention.page import Column, Figure, Kind, Picture, Row, Section, Series, Table, sums
from retention.page.writing import size

NEARLY = 0.9
"""From this share of its quota on a mailbox is named."""
MOST_BOXES, MOST_ATTACHMENTS, MOST_NAMED = 15, 20, 5


def storing(material: Material) -> Section:
    quota = octets(material.world.city.limits.mailbox_quota)
    boxes = [box for box in material.boxes if not box.mailbox.in_files and not box.dropped]
    return Section(
        name="storage",
        title="Room in the mail system",
        text=(
            f"The city lets a mailbox grow to {size(quota)}." if quota else "The settings name no quota for a mailbox.",
            "Sizes are those that the mail system tells of each message; what it holds beside messages is not counted.",
        ),
        looks=tuple(_full(boxes, quota)),
        figures=(_boxes(material, boxes, quota), _attachments(material)),
    )


def records(material: Material) -> Section:
    """What was captured and is kept, by series."""
    kept, waits, gone = "kept", "quarantined", "destroyed"
    found: dict[tuple[str, str], dict[str, int]] = {}
    for shelf in material.figures.shelves(str(material.world.today)):
        row = found.setdefault(
            (shelf.schedule, shelf.series), dict.fromkeys((kept, waits, gone, "size", "due", "bad"), 0)
        )
        row[shelf.state] += shelf.records
        if shelf.state != gone:
            row["size"] += shelf.size
            row["bad"] += shelf.troubled
        if shelf.state == kept:
            row["due"] += shelf.due
    ranked = sorted(found.items(), key=lambda item: (-item[1][kept], item[0]))
    rows: tuple[Row, ...] = tuple((material.name(key), *row.values()) for key, row in ranked)
    bad = sum(row["bad"] for row in found.values())
    are = agreeing(bad, "is missing or is", "are missing or are")
    looks = [f"{beginning(counted(bad, 'stored record'))} {are} not what the ledger says: `retention record verify`."]
    heads = (
        Column("kept", "Kept", Kind.NUMBER),
        Column("quarantined", "In quarantine", Kind.NUMBER),
        Column("destroyed", "Destroyed", Kind.NUMBER),
        Column("size", "Size", Kind.SIZE),
        Column("due", "Period over", Kind.NUMBER),
        Column("trouble", "Not sound", Kind.NUMBER),
    )
    figure = Figure(
        name="records-by-series",
        title="Records on the store, by series",
        text="Records whose period is over stay until every consent that the law asks for is on file.",
        table=Table(
            (Column("series", "Series"), *heads),
            rows,
            sums(rows),
        ),
        picture=Picture(
            form="bars",
            labels=tuple(material.name(key) for key, _ in ranked[:MOST_BOXES]),
            series=tuple(
                Series(name, tuple(row[state] for _, row in ranked[:MOST_BOXES]))
                for name, state in (("kept", kept), ("in quarantine", waits), ("destroyed", gone))
                if any(row[state] for _, row in ranked)
            ),
        )
        if rows
        else None,
        nothing="No record has been captured yet.",
    )
    trouble = [material.store_trouble] if material.store_trouble else []
    return Section(name="records", title="Records kept", looks=(*trouble, *(looks if bad else ())), figures=(figure,))


def _boxes(material: Material, boxes: list[Box], quota: int | None) -> Figure:
    ranked = sorted(boxes, key=lambda box: (-box.size, box.mailbox.address))
    quotas = (Column("share", "Of its quota", Kind.SHARE),) if quota else ()
    rows = tuple(
        (
            box.mailbox.address,
            sum(box.states.get(state, 0) for state in IN_MAILBOXES),
            box.size,
            *((box.size / quota,) if quota else ()),
            box.largest,
        )
        for box in ranked
    )
    drawn = ranked[:MOST_BOXES]
    room = tuple(max(0, quota - box.size) if quota else 0 for box in drawn)
    series = [Series("mail", tuple(box.size for box in drawn))]
    series += [Series("room left in its quota", room, pale=True)] if quota else []
    total = (
        "All",
        sum(int(row[1] or 0) for row in rows),
        sum(box.size for box in ranked),
        *((None,) if quota else ()),
        None,
    )
    return Figure(
        name="storage-by-mailbox",
        title="Storage by mailbox",
        text=" ".join(_beside(material, ranked)),
        table=Table(
            (
                Column("mailbox", "Mailbox"),
                Column("messages", "Messages", Kind.NUMBER),
                Column("size", "Size", Kind.SIZE),
                *quotas,
                Column("largest", "Largest message", Kind.SIZE),
            ),
            rows,
            total if rows else None,
        ),
        picture=Picture(
            form="bars",
            labels=tuple(box.mailbox.address for box in drawn),
            series=tuple(series),
            kind=Kind.SIZE,
        )
        if any(box.size for box in drawn)
        else None,
        nothing="No mailbox has been read yet.",
    )


def _beside(material: Material, ranked: list[Box]) -> list[str]:
    said = [f"The picture shows the {MOST_BOXES} largest."] if len(ranked) > MOST_BOXES else []
    if material.in_files:
        words = counted(material.in_files, "message in a file", "messages in files")
        takes = agreeing(
            material.in_files, "takes no room in the mail system and is", "take no room in the mail system and are"
        )
        said.append(f"{beginning(words)} {takes} not counted here.")
    return said


def _full(boxes: list[Box], quota: int | None) -> list[str]:
    full = sorted((box for box in boxes if quota and box.size >= NEARLY * quota), key=lambda box: -box.size)
    said = [
        f"{box.mailbox.address} has used {box.size / quota:.0%} of its quota.".replace("%", " %")
        for box in full[:MOST_NAMED]
        if quota
    ]
    if len(full) > MOST_NAMED:
        more = len(full) - MOST_NAMED
        have = agreeing(more, "mailbox has", "mailboxes have")
        said.append(f"{more:,} more {have} used {NEARLY:.0%} or more.".replace("%", " %"))
    return said


def _attachments(material: Material) -> Figure:
    """The largest attachments; a subject is shown of their messages alone, and never in a public report."""
    most = octets(material.world.city.limits.largest_attachment)
    found = material.figures.attached(most or 0)
    larger = counted(found.larger, "message has an attachment that is", "messages have attachments that are")
    said = f"{beginning(larger)} larger than {size(most)}. " if most else ""
    if found.unknown:
        unknown = counted(found.unknown, "message with attachments", "messages with attachments")
        said += f"Of {unknown} it is not known how large these are. "
    subject = () if material.public else (Column("subject", "Subject"),)
    zone = material.period.zone
    rows = tuple(
        (
            f"#{large.n}",
            large.address,
            datetime.fromisoformat(large.received_at).astimezone(zone).date() if large.received_at else None,
            large.size,
            *(() if material.public else (large.subject,)),
        )
        for large in material.figures.largest(MOST_ATTACHMENTS)
    )
    return Figure(
        name="largest-attachments",
        title="The largest attachments",
        text=f"{said}“#” is the number that `retention why` takes. Mail in files is not counted.",
        table=Table(
            (
                Column("message", "Message"),
                Column("mailbox", "Mailbox"),
                Column("received_on", "Received", Kind.DAY),
                Column("size", "Largest attachment", Kind.SIZE),
                *subject,
            ),
            rows,
        ),
        nothing="No message in any mailbox has an attachment.",
    )
