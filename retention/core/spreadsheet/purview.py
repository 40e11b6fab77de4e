"""Microsoft Purview's file plan: its rows become series of ours, and our series its rows, never kept for less.

The columns, values and limits are those of "Use file plan to create and manage retention labels", section "Information
about the label properties for import" (https://learn.microsoft.com/purview/file-plan-manager). No file is read here.

Purview counts in days from a moment, we in civil years and whole days, so every period is written longer: a year as
366 days, a month as 31, and two days more, because our last day is a whole one and a clock change may move it.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from retention.core import period
from retention.core.period.counting import has_no_end
from retention.core.period.limits import (
    AfterAudit,
    AfterDate,
    AfterEvent,
    As,
    Ceiling,
    Dated,
    EarlierOf,
    Either,
    Floor,
    If,
    LaterOf,
    Limit,
    Month,
    NotScheduled,
    NotStated,
    Of,
    OneOf,
    Permanent,
    Thereafter,
    UntilEvent,
    YearEnd,
    parts,
    within,
)
from retention.core.schedule import Schedule, Series, Then
from retention.core.spreadsheet.columns import Form, Origin, Row, Said, finished, named
from retention.core.spreadsheet.headings import normal
from retention.core.spreadsheet.sheet import Sheet, guarded

COLUMNS = (
    "LabelName", "Comment", "Notes", "IsRecordLabel", "RetentionAction", "RetentionDuration", "RetentionType",
    "ReviewerEmail", "ReferenceId", "DepartmentName", "Category", "SubCategory", "AuthorityType", "CitationName",
    "CitationUrl", "CitationJurisdiction", "Regulatory", "EventType", "IsRecordUnlockedAsDefault",
    "ComplianceTagForNextStage",
)  # fmt: skip
NEXT_STAGES = ("ComplianceTagForNextStage", "MultiStageReviewProperty", "FlowId")
"""Columns, of the import or of New-ComplianceTag, that say what comes at the end instead of deletion."""
LONGEST_NAME, LONGEST_TEXT, MOST_DAYS = 64, 1024, 36_525
DAYS = {"day": 1, "month": 31, "year": 366}
MARGIN = 2
UNVERIFIED = "Nothing is deleted: the series was never verified."
"""Stands first in the notes of such a series, so that it is known for one when it comes back."""
_OUR_NOTE = re.compile(r"\bKept: (.+?)\. Written as (?:Unlimited|\d+ days), never shorter\.")
"""What ``file_plan`` writes into the notes of every label: our period, which no number of days can say."""

_OURS = {
    "LabelName": "title", "Comment": "covers", "Notes": "note", "RetentionAction": "then", "EventType": "trigger",
    "RetentionDuration": "retain", "ReferenceId": "code", "CitationName": "citation",
}  # fmt: skip
"""The columns for which we have a word of our own; the others go by their own name."""


def is_file_plan(sheets: tuple[Sheet, ...]) -> bool:
    """Whether one of the first rows has Purview's own heading for a label."""
    return any(normal(text) == "labelname" for sheet in sheets for line in sheet.lines[:5] for text in line.cells)


# --- reading --------------------------------------------------------------------------------------------------------


def _series(row: Row, origin: Origin, said: Said) -> dict[str, Any]:
    """One label as a table of our own file. Its days stay days, for nobody knows which years were meant by them, unless
    it bears our own note of the period."""
    title, code = row.text("title"), row.text("code")
    if not title:
        row.problem("title", "is empty")
    action, reviewer = row.text("then").lower(), row.text("ReviewerEmail")
    aside = {
        "Department": row.text("DepartmentName"),
        "Category": row.text("Category"),
        "Subcategory": row.text("SubCategory"),
        "Jurisdiction": row.text("CitationJurisdiction"),
        "Link": row.text("CitationUrl"),
        "Reviewer": reviewer,
        "Then labelled": row.text("ComplianceTagForNextStage"),
        "Then reviewed in stages": row.text("MultiStageReviewProperty"),
        "Then the flow": row.text("FlowId"),
    }
    if row.text("Regulatory").upper() == "TRUE":
        aside["In Purview"] = "a regulatory record"
    notes = [f"{what}: {text}" for what, text in aside.items() if text]
    retain = row.understood("retain", lambda text: _noted(row, _period(row, text)), "permanent")
    stage = next((row.heading(column) for column in NEXT_STAGES if row.text(column)), "")
    then = row.understood("then", lambda text: _then(text, retain, reviewer or stage), "keep")
    if stage and then == "review":
        row.remarks.append(f"'{title}' has a next stage ({stage}); this series says 'review' instead of destroying")
    note = row.text("note")
    return finished(
        {
            "code": code,
            "id": "" if code else named(title),
            "title": title,
            "covers": row.text("covers"),
            "retain": retain,
            "published": ", ".join(
                filter(None, (action and row.text("then"), row.text("retain"), row.text("RetentionType")))
            ),
            "then": then,
            "citation": row.text("citation") or said.citation,
            "source": row.source(origin),
            # The city's own file plan is its own source; what we wrote into it unverified is not.
            "verified": normal(UNVERIFIED) not in normal(note),
            "note": "; ".join(filter(None, (note, *notes))),
        }
    )


def _period(row: Row, duration: str) -> str:
    if duration.lower() == "unlimited":
        return "permanent"
    if not (duration.isascii() and duration.isdigit()) or not 0 < int(duration[:9]) <= MOST_DAYS:
        raise ValueError(f"'{duration}' is neither Unlimited nor a number of days from 1 to {MOST_DAYS:,}")
    days = "1 day" if int(duration) == 1 else f"{int(duration)} days"
    counted_from = row.text("RetentionType")
    match counted_from.lower():
        case "creationageindays":
            return f"{days} after received"
        case "eventageindays":
            event = row.text("trigger")
            if not event:
                raise ValueError("is counted from an event, but the column EventType is empty")
            return str(period.parse(f"{days} after {normal(event)}"))
        case "taggedageindays" | "modificationageindays":
            raise ValueError(f"is counted as {counted_from}; mail here has no date on which it was labelled or changed")
    raise ValueError(f"the RetentionType '{counted_from}' is none that Purview knows")


def _noted(row: Row, counted: str) -> str:
    """The period that we noted when we wrote the label, as long as the label still counts what we made of it."""
    ours = _OUR_NOTE.search(row.text("note"))
    if not ours:
        return counted
    try:
        noted = period.parse(ours[1])
    except ValueError:
        noted = None
    clock = _within(_clock(noted.limit)) if noted else None
    if clock and _counts(row) == (_written(clock).lower(), clock.counted_from.lower(), normal(clock.event)):
        return str(noted)
    row.remarks.append(f"its note says '{ours[1]}', but the label was changed since; the label's own days were taken")
    return counted


def _counts(row: Row) -> tuple[str, str, str]:
    return row.text("retain").lower(), row.text("RetentionType").lower(), normal(row.text("trigger"))


def _then(action: str, retain: str, asks_first: str) -> str:
    match action.lower():
        case "keep":
            return "keep"
        case "keepanddelete" | "delete" if retain == "permanent":
            return "keep"
        case "keepanddelete" | "delete":
            return "review" if asks_first else "destroy"
        case "":
            raise ValueError("is empty: the label keeps nothing and deletes nothing")
    raise ValueError(f"'{action}' is none of Keep, KeepAndDelete, Delete")


_KNOWN = dict.fromkeys((*COLUMNS, *NEXT_STAGES))
FORM = Form({normal(name): _OURS.get(name, name) for name in _KNOWN}, ("title", "then", "retain"), _series)


# --- writing --------------------------------------------------------------------------------------------------------


class FilePlan(Struct, frozen=True):
    """The rows for Purview, headings first; series left out, and why; event types that must be in Purview before."""

    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[tuple[str, str], ...]
    events: tuple[str, ...]


class _Clock(Struct, frozen=True):
    """How Purview counts: days (none: for ever), from when, and at which event."""

    days: int | None
    counted_from: str = "CreationAgeInDays"
    event: str = ""


def file_plan(schedule: Schedule, reviewer: str = "") -> FilePlan:
    """The schedule as Purview's import reads it. What Purview cannot keep for as long is left out, with the reason."""
    rows: list[tuple[str, ...]] = [COLUMNS]
    left_out, events, names = [], [], set[str]()
    for series in schedule.series:
        clock = _within(_clock(series.enforced.limit))
        if clock is None:
            left_out.append((series.key, _reason(series)))
            continue
        label = _label(series, names)
        names.add(label.lower())
        if clock.event and clock.event not in events:
            events.append(clock.event)
        rows.append(_row(series, schedule, clock, label, reviewer))
    return FilePlan(tuple(rows), tuple(left_out), tuple(events))


def _row(series: Series, schedule: Schedule, clock: _Clock, label: str, reviewer: str) -> tuple[str, ...]:
    action, why = _action(series, clock, reviewer)
    duration = _written(clock)
    notes = (
        f"{'' if series.verified else UNVERIFIED + ' '}Kept: {series.enforced}. "
        f"Written as {duration}{'' if clock.days is None else ' days'}, never shorter.{why}"
    )
    link = series.source if re.fullmatch(r"https?://\S+", series.source) else ""
    told = {
        "LabelName": label,
        "Comment": _cut(f"{series.title}. {series.covers}".strip(), LONGEST_TEXT),
        "Notes": _cut(notes, LONGEST_TEXT),
        "IsRecordLabel": "FALSE",
        "RetentionAction": action,
        "RetentionDuration": duration,
        "RetentionType": clock.counted_from,
        "ReviewerEmail": reviewer if series.then is Then.REVIEW and action == "KeepAndDelete" else "",
        "ReferenceId": series.key,
        "CitationName": series.citation,
        "CitationUrl": link,
        "CitationJurisdiction": schedule.jurisdiction,
        "Regulatory": "FALSE",
        "EventType": clock.event,
    }
    return tuple(guarded(told.get(column, "")) for column in COLUMNS)


def _written(clock: _Clock) -> str:
    return "Unlimited" if clock.days is None else str(clock.days)


def _action(series: Series, clock: _Clock, reviewer: str) -> tuple[str, str]:
    """What Purview does at the end, and why it is less than the schedule allows."""
    if clock.days is None or series.then is Then.KEEP:
        return "Keep", ""
    if not series.verified:
        return "Keep", ""
    if series.then is Then.REVIEW and not reviewer:
        return "Keep", " Nothing is deleted: the schedule asks for a review, and no reviewer was named."
    return "KeepAndDelete", ""


def _reason(series: Series) -> str:
    """Why a series cannot be a label of Purview's."""
    if any(map(_no_rule_yet, within(series.enforced.limit))):
        return f"nobody can say yet how long '{series.enforced}' keeps, and Purview would not wait for that"
    return f"Purview has no way to say '{series.enforced}'"


def _clock(limit: Limit) -> _Clock | None:  # noqa: PLR0911 - one case for each kind of limit
    """The limit as Purview counts; ``None`` where it cannot, or where it might keep for less.

    What was sent on a later day than it was received, by a clock that was wrong, could go too early: only the day of
    receipt is a day that Purview knows.
    """
    match limit:
        case Permanent():
            return _Clock(None)
        case AfterDate(count, unit, Of.RECEIVED, cut, and_days):
            return _Clock(count * DAYS[unit] + and_days + _CUTS.get(type(cut), 0) + MARGIN)
        case UntilEvent(event):
            return _Clock(MARGIN, "EventAgeInDays", event.capitalize())
        case AfterEvent(count, unit, event, cut, and_days):
            days = count * DAYS[unit] + and_days + _CUTS.get(type(cut), 0) + MARGIN
            return _Clock(days, "EventAgeInDays", event.capitalize())
        case LaterOf() | Floor():
            return _longest([_clock(part) for part in parts(limit)])
        case EarlierOf() if any(_no_rule_yet(part) or _undated(part) for part in within(limit)):
            # Here it waits for a part that cannot be counted yet; Purview would go by the others.
            return None
        case EarlierOf(limits):
            # Each of them alone keeps for at least as long as the first that is over.
            return min(filter(None, map(_clock, limits)), key=_by_length, default=None)
        case Ceiling(inner):
            return _clock(inner)
        case Thereafter(inner, count, unit, and_days):
            begun = _clock(inner)
            if begun is not None and begun.days is not None:
                days = begun.days + count * DAYS[unit] + and_days + MARGIN
                return _Clock(days, begun.counted_from, begun.event)
            return begun
        case _:
            return None


def _no_rule_yet(limit: Limit) -> bool:
    """Whether how long this keeps may have to be said first, by a schedule, a ruling or a person."""
    match limit:
        case NotScheduled() | NotStated() | As() | OneOf() | Either() | If(otherwise=None):
            return True
        case Thereafter(inner):
            return has_no_end(inner)
        case _:
            return False


def _undated(limit: Limit) -> bool:
    """Whether it asks for the day on which a message was sent, which not every message has."""
    match limit:
        case AfterDate(of=Of.SENT) | AfterAudit(of=Of.SENT) | If(condition=Dated(of=Of.SENT)):
            return True
        case _:
            return False


_CUTS: dict[type, int] = {YearEnd: DAYS["year"], Month: 13 * DAYS["month"]}
"""How far away the end of a year or of a month may be from which the clock starts."""


def _by_length(clock: _Clock) -> tuple[bool, int]:
    """What waits for an event may wait for ever: it counts as longer than any date."""
    return bool(clock.event) or clock.days is None, clock.days or 0


def _longest(clocks: list[_Clock | None]) -> _Clock | None:
    """The one that is over last, where all start from the same day."""
    known = [clock for clock in clocks if clock is not None]
    if len(known) < len(clocks) or len({(clock.counted_from, clock.event) for clock in known}) > 1:
        forever = [clock for clock in known if clock.days is None]
        return forever[0] if forever else None
    return max(known, key=_by_length)


def _within(clock: _Clock | None) -> _Clock | None:
    """Purview counts to a hundred years. What is longer is kept for ever, unless it waits for an event."""
    if clock is None or clock.days is None or clock.days <= MOST_DAYS:
        return clock
    return None if clock.event else _Clock(None)


def _label(series: Series, taken: set[str]) -> str:
    """A name of the letters that Purview takes, and of no other label."""
    name = " ".join(re.sub(r"[^A-Za-z0-9-]+", " ", f"{series.key} {series.title}").split()).lstrip("- ")
    number = 1
    label = name[:LONGEST_NAME].strip() or "Series"
    while label.lower() in taken:
        number += 1
        label = f"{name[: LONGEST_NAME - len(str(number)) - 1].strip()} {number}"
    return label


def _cut(text: str, longest: int) -> str:
    return text if len(text) < longest else f"{text[: longest - 4].rstrip()}..."
