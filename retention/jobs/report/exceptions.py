"""Of the report: what people did that an auditor asks about, what went wrong, and held mail that vanished.

Nothing of it is answered for here.
"""

from __future__ import annotations

from retention.jobs import person
from retention.jobs.hold.vanished import vanished
from retention.jobs.report.material import Material, per_column
from retention.jobs.report.told import Event
from retention.page import Column, Figure, Kind, Section, Table

ACTS = (
    Event.PLACED, Event.AMENDED, Event.RELEASED, Event.ADOPTED, Event.APPROVED, Event.STANDING, Event.CONSENTED,
    Event.GRANTED, Event.READ, Event.REVIEWED, Event.PUT_BACK, Event.RESTORED,
)  # fmt: skip
WRONG = (Event.REFUSED, Event.VANISHED, Event.GONE, Event.UNREADABLE, Event.TORN)


def exceptions(material: Material) -> Section:
    at_risk = person.waiting(person.at_risk(material.world, tuple(material.world.catalog.coverage())))
    unanswered = len(material.world.ledger.in_force.copies.unanswered)
    looks = []
    if unanswered:
        noun = "held message" if unanswered == 1 else "held messages"
        looks.append(f"{unanswered:,} {noun} vanished, and nobody has answered for that: `retention hold vanished`.")
    return Section(
        name="exceptions",
        title="Acts and exceptions",
        text=("Everything here is counted from the ledger, which is append-only and checked whenever it is opened.",),
        looks=(*looks, *(() if material.public else at_risk)),
        # Whose mail is held is nobody's business who may be shown a public report.
        figures=(_exceptions(material), _acts(material), *(() if material.public else (_vanished(material),))),
    )


def _exceptions(material: Material) -> Figure:
    columns = len(material.period.begins)
    rows = [(str(event), sum(material.events(event))) for event in WRONG]
    held, skipped = (sum(per_column(material.deeds(result), columns)) for result in ("held", "skipped"))
    stopped = sum(sum(per_column(material.records(result), columns)) for result in ("held", "skipped"))
    rows += [
        ("deeds stopped by a hold at the last moment", held),
        ("messages left, for they had changed since the plan", skipped),
        ("records that were to be destroyed and were not", stopped),
    ]
    return Figure(
        name="exceptions-by-kind",
        title="Exceptions in the period",
        table=Table(
            (Column("what", "What"), Column("number", "How often", Kind.NUMBER)),
            tuple((_capital(name), number) for name, number in rows),
        ),
    )


def _acts(material: Material) -> Figure:
    return Figure(
        name="acts",
        title="Acts of people in the period",
        text="Each is in the ledger with who did it, when and why.",
        table=Table(
            (Column("what", "What"), Column("number", "How often", Kind.NUMBER)),
            tuple((_capital(str(event)), sum(material.events(event))) for event in ACTS),
        ),
    )


def _vanished(material: Material) -> Figure:
    zone = material.period.zone
    rows = tuple(
        (
            one.entry,
            one.told.missed_at.astimezone(zone).date(),
            one.told.seen_at.astimezone(zone).date(),
            one.told.address,
            ", ".join(one.told.holds),
            one.copy,
        )
        for one in vanished(material.world)
    )
    return Figure(
        name="held-mail-vanished",
        title="Held mail that vanished, and that nobody has answered for",
        table=Table(
            (
                Column("entry", "Ledger entry"),
                Column("missed_on", "Missed", Kind.DAY),
                Column("seen_on", "Last seen", Kind.DAY),
                Column("mailbox", "Mailbox"),
                Column("holds", "Held by"),
                Column("copy", "Its copy"),
            ),
            rows,
        ),
        nothing="None: every held message is where it was, or somebody has answered for it.",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
