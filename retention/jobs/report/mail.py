"""Of the report: the mail by when it was received, by what is decided about it today, and by series.

What was done with it is in ``doing.py``.
"""

from __future__ import annotations

from collections import Counter

from retention.core.decide import Why
from retention.jobs.report.material import IN_MAILBOXES, Material, per_series
from retention.jobs.report.period import long_day
from retention.jobs.report.wording import agreeing, beginning, counted
from retention.page import Column, Figure, Kind, Picture, Row, Section, Series, Table, sums

OPEN, CAPTURED, REMOVED, GONE = "in the mailbox", "captured as a record", "removed as transitory", "gone by itself"
DROPPED = "in files read no longer"
STATES = {
    "present": OPEN,
    "missed": OPEN,
    "captured": CAPTURED,
    "stored": CAPTURED,
    "purged": REMOVED,
    "gone": GONE,
    "dropped": DROPPED,
}
"""What people read for where the catalog says a message is."""
_KEYS = {OPEN: "in_mailbox", CAPTURED: "captured", REMOVED: "removed", GONE: "gone", DROPPED: "dropped"}

WHY = {
    Why.HELD: "A hold keeps it",
    Why.UNREADABLE: "It could not be read, or its version is not known",
    Why.NOT_MAIL: "It is no mail but a calendar entry or the like",
    Why.DRAFT: "It is a draft that was not sent",
    Why.UNCLASSIFIED: "No series of the schedule fits it yet",
    Why.AMBIGUOUS: "More than one series fits it, and a person has to choose",
    Why.CONVERSATION: "Its conversation holds a record, and a person has to look",
    Why.UNADOPTED: "No office has adopted this edition of the schedule, or it is not in effect yet",
    Why.UNVERIFIED: "Nobody has confirmed its series against the source",
    Why.UNDATED: "It bears no date from which to count",
    Why.RECENT: "It is too recent to leave its mailbox",
    Why.NOT_DUE: "Its period is not over",
    Why.WAITING: "It waits for an event, such as the closing of a case",
    Why.STORED: "It is a record already, and stays in its file",
    Why.IN_FILE: "It lies in a file, which is never changed",
}
"""What people read for the first reason for which a message stays."""


def mail(material: Material) -> Section:
    """What there is, and what is to become of it."""
    return Section(
        name="mail",
        title="Mail, and what became of it",
        text=(
            "Every message that was ever known in a mailbox is counted once, in the state it is in today.",
            *_counted_otherwise(material),
        ),
        looks=tuple(_looks(material)),
        figures=(_received(material), _decisions(material), _by_series(material)),
    )


def _received(material: Material) -> Figure:
    period = material.period
    last = len(period.begins) + 1
    counts: Counter[tuple[int | None, str]] = Counter()
    for mass in material.masses:
        counts[mass.when, STATES.get(mass.state, OPEN)] += mass.messages
    seen = {state for _, state in counts}
    order = tuple(state for state in _KEYS if state is not DROPPED or state in seen)
    names: list[tuple[int | None, str]] = [(0, f"before {long_day(period.first_on)}")]
    names += list(enumerate(period.labels, start=1))
    names += [(at, name) for at, name in ((last, f"after {long_day(period.last_on)}"), (None, "no date of receipt"))]
    rows: tuple[Row, ...] = tuple(
        (name, *(counts[at, state] for state in order), sum(counts[at, state] for state in order))
        for at, name in names
        if (at is not None and 0 < at < last) or any(counts[at, state] for state in order)
    )
    columns = [Column(_KEYS[state], beginning(state), Kind.NUMBER) for state in order]
    drawn = tuple(Series(state, tuple(counts[at, state] for at in range(1, last))) for state in order)
    return Figure(
        name="mail-by-month-received",
        title="Mail by the month in which it was received",
        text="“Gone by itself” is what left a mailbox without this product, such as mail that its owner deleted.",
        table=Table((Column("received", "Received"), *columns, Column("all", "All", Kind.NUMBER)), rows, sums(rows)),
        picture=Picture(form="columns", labels=period.labels, series=drawn) if any(map(_any, drawn)) else None,
        nothing="No mailbox has been read yet.",
    )


def _counted_otherwise(material: Material) -> list[str]:
    """Why the tables have other totals: what lies in files, and what was missed and is not settled yet."""
    said, files, stored = [], material.in_files, material.stored
    if files:
        lie = agreeing(files, "lies in a file", "lie in files")
        said.append(
            f"Of {counted(material.decided.seen, 'message')} in mailboxes today, {files:,} {lie} that the city added."
        )
    if stored:
        was = agreeing(
            stored,
            "was captured as a record and stays in its file: the first table counts it",
            "were captured as records and stay in their files: the first table counts them",
        )
        said[-1] += f" {stored:,} of these {was} as captured, the others with the mail in mailboxes."
    if missed := sum(mass.messages for mass in material.masses if mass.state == "missed"):
        was = agreeing(missed, "was", "were")
        said.append(
            f"{beginning(counted(missed, 'message'))} {was} not found when last looked for, which is not settled yet: "
            f"only the first table counts {agreeing(missed, 'it', 'them')} as in the mailbox."
        )
    return said


def _decisions(material: Material) -> Figure:
    """What a plan made now would do, and the first reason for which all the rest stays."""
    found = material.decided
    todo = {
        "It is to be captured as a record, and then leaves its mailbox": found.decisions["capture"],
        "It is transitory and due: it is to be removed from its mailbox": found.decisions["purge"],
    }
    stays = {WHY.get(Why(why), why): number for why, number in found.stays.most_common()}
    rows = [("leaves", words, number) for words, number in todo.items() if number]
    rows += [("stays", words, number) for words, number in stays.items()]
    share = found.seen or 1
    return Figure(
        name="decisions-today",
        title="What is decided today about the mail in mailboxes",
        text="Each message is counted under the first reason for which it stays; a hold comes before every other.",
        table=Table(
            (
                Column("why", "Because"),
                Column("decision", "It"),
                Column("messages", "Messages", Kind.NUMBER),
                Column("share", "Share", Kind.SHARE),
            ),
            tuple((words, what, number, number / share) for what, words, number in rows),
            ("All mail in mailboxes", None, sum(number for _, _, number in rows), None),
        ),
        picture=Picture(
            form="bars",
            labels=tuple(_SHORT.get(words, words) for _, words, _ in rows),
            series=(
                Series("stays", tuple(number if what == "stays" else 0 for what, _, number in rows)),
                Series("leaves", tuple(number if what == "leaves" else 0 for what, _, number in rows)),
            ),
        )
        if rows
        else None,
        nothing="There is no mail in any mailbox that was read.",
    )


_SHORT = {
    "It is to be captured as a record, and then leaves its mailbox": "To be captured",
    "It is transitory and due: it is to be removed from its mailbox": "To be removed",
    WHY[Why.HELD]: "Held",
    WHY[Why.UNREADABLE]: "Unreadable",
    WHY[Why.NOT_MAIL]: "Not mail",
    WHY[Why.DRAFT]: "Draft",
    WHY[Why.UNCLASSIFIED]: "No series yet",
    WHY[Why.AMBIGUOUS]: "Several series",
    WHY[Why.CONVERSATION]: "Beside a record",
    WHY[Why.UNADOPTED]: "Not adopted",
    WHY[Why.UNVERIFIED]: "Not confirmed",
    WHY[Why.UNDATED]: "No date",
    WHY[Why.RECENT]: "Too recent",
    WHY[Why.NOT_DUE]: "Not due",
    WHY[Why.WAITING]: "Waits for event",
    WHY[Why.STORED]: "Record in a file",
    WHY[Why.IN_FILE]: "In a file",
}


def _by_series(material: Material) -> Figure:
    """Every series with mail now, or with mail that left in the period."""
    captured, purged = (per_series(material.deeds(result)) for result in ("captured", "purged"))
    now: Counter[tuple[str, str]] = Counter()
    decisions: Counter[tuple[str, str, str]] = material.decided.by_series
    for (schedule, key, _), number in decisions.items():
        now[schedule, key] += number
    keys = sorted({*now, *captured, *purged}, key=lambda key: (-(now[key] + captured[key] + purged[key]), key))
    rows: tuple[Row, ...] = tuple(
        (
            material.name(key),
            now[key],
            *(decisions[(*key, what)] for what in ("held", "keep", "capture", "purge")),
            captured[key],
            purged[key],
        )
        for key in keys
    )
    heads = (
        ("in_mailbox", "In mailboxes"),
        ("held", "of these held"),
        ("kept", "kept"),
        ("to_capture", "to be captured"),
        ("to_remove", "to be removed"),
        ("captured", "Captured in the period"),
        ("removed", "Removed in the period"),
    )
    return Figure(
        name="mail-by-series",
        title="Mail by series",
        text="What lies in mailboxes today under each series of the schedule, and what left them in the period.",
        table=Table(
            (Column("series", "Series"), *(Column(key, name, Kind.NUMBER) for key, name in heads)), rows, sums(rows)
        ),
        nothing="No mail is filed under any series.",
    )


def _looks(material: Material) -> list[str]:
    unfiled = sum(
        mass.messages for mass in material.masses if mass.state == "present" and mass.filing not in material.filed
    )
    are = counted(unfiled, "message is", "messages are")
    said = [f"{beginning(are)} not filed under the rules in use: run `retention classify`."] if unfiled else []
    present = sum(mass.messages for mass in material.masses if mass.state in IN_MAILBOXES)
    if present != material.decided.seen:
        said.append("The decisions do not add up to the mail in mailboxes: another run changed it. Make it anew.")
    return said


def _any(series: Series) -> bool:
    return any(series.values)
